"""Plucked strings: in tune, decaying by the formula, equal to the textbook loop."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.synths import plucked
from dsplab.synths.plucked import Patch, loss, pluck, string

RATE = 44100
N = 3000  # one shape for everything that JAX compiles


def impulse(n=N):
    return (np.arange(n) == 0).astype(float)


def transfer(f0, frequency, *, t60=3.0, n=RATE, **options):
    """What a wave of that frequency is multiplied by in one period, by measurement.

    The answer to an impulse is 1 / (1 - loop): loop = 1 - 1 / transform.
    """
    y = string(impulse(n), np.full(n, f0), RATE, t60=t60, **options)
    turn = np.exp(-2j * np.pi * frequency * np.arange(n) / RATE)
    return 1.0 - 1.0 / (y @ turn)


@pytest.mark.parametrize("f0", [82.41, 440.0, 1760.0])
@pytest.mark.parametrize("stiff", [{}, {"inharmonicity": 1e-4, "n_allpasses": 2}])
def test_the_fundamental_comes_round_in_phase_after_60_db(f0, stiff):
    loop = transfer(f0, f0, t60=0.1, n=6000, **stiff)
    cents = 1731.2 * np.angle(loop) / (2.0 * np.pi)
    assert abs(cents) < 0.002
    assert abs(loop) ** (0.1 * f0) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("f0", [110.0, 440.0, 1760.0])
def test_t60_of_eight_harmonics_is_the_formula(f0):
    rho, s = loss(np.array(f0), 0.3, RATE)
    for frequency in f0 * np.arange(1, 9):
        gain = rho * abs(1 - s + s * np.exp(-2j * np.pi * frequency / RATE))
        measured = abs(transfer(f0, frequency, t60=0.3, n=12000))
        assert np.log(measured) == pytest.approx(np.log(gain), rel=0.01)


def test_loss_meets_t60_and_never_amplifies(xp):
    f0 = xp.asarray([50.0, 440.0, 4000.0])
    for brightness in (0.0, 0.7):
        rho, s = loss(f0, 2.0, RATE, brightness=brightness)
        turn = np.exp(-2j * np.pi * np.asarray(f0) / RATE)
        gain = np.asarray(rho) * abs(1 - np.asarray(s) + np.asarray(s) * turn)
        np.testing.assert_allclose(gain, 1e-3 ** (1 / (np.asarray(f0) * 2.0)))
        assert (np.asarray(rho) <= 1.0).all() and (np.asarray(s) <= 0.5).all()


def test_it_is_karplus_and_strong_where_no_tuning_is_needed(xp):
    """f0 = fs / (N + 1/2 + 1): the tuning allpass is a delay of one sample."""
    period, n, rho = 30, 400, 0.99
    x = np.random.default_rng(0).uniform(-1, 1, n) * (np.arange(n) < period)
    f0 = RATE / (period + 0.5)
    t60 = -3.0 / (np.log10(rho * np.cos(np.pi * f0 / RATE)) * f0)
    y = string(xp.asarray(x), xp.full(n, f0), RATE, t60=t60)
    expected = np.zeros(n + period + 1)  # after as much silence
    for i in range(n):
        a, b = expected[i + 1], expected[i]
        expected[i + period + 1] = x[i] + 0.5 * rho * (a + b)
    np.testing.assert_allclose(y, expected[period + 1 :], atol=1e-9)


def test_stiff_partials_are_stretched():
    f0, b = 110.0, 2e-4
    for k in (2, 6, 12):
        f = k * f0 * np.sqrt((1 + b * k * k) / (1 + b))
        stiff = {"inharmonicity": b, "n_allpasses": 6}
        loop = transfer(f0, f, t60=0.3, n=16000, **stiff)
        assert abs(np.angle(loop)) / (2 * np.pi * k) * 1731.2 < 1.5  # cents


def test_a_glide_follows_its_curve(xp):
    """A steady string and one that is bent there and back end with the same phase."""
    n = 12000
    bend = 1.0 + 0.02 * np.hanning(n)
    f0 = xp.asarray(440.0 * bend)
    y = np.asarray(string(xp.asarray(impulse(n)), f0, RATE, t60=30.0, brightness=1.0))
    assert np.isfinite(y).all()
    cycles = np.cumsum(440.0 * bend) / RATE
    tone = y * np.exp(-2j * np.pi * cycles)
    smooth = np.convolve(tone, np.hanning(2000), "valid")[::500]
    drift = np.unwrap(np.angle(smooth[2:])) / (2 * np.pi)
    assert np.ptp(drift) < 0.12  # cycles, of the 120 that are played


def test_half_the_signs_make_a_drum():
    f0, noise = np.full(N, 200.0), np.random.default_rng(1).uniform(-1, 1, N)
    x = pluck(noise, f0, RATE)
    drum = string(x, f0, RATE, blend=0.5, noise=noise)[N // 2 :]
    tone = string(x, f0, RATE)[N // 2 :]

    def repeats(y):
        return np.corrcoef(y[:-220], y[220:])[0, 1]

    assert repeats(tone) > 0.8 and abs(repeats(drum)) < 0.3


def test_where_it_is_plucked_a_partial_is_missing(xp):
    noise = np.random.default_rng(2).uniform(-1, 1, N)
    f0 = RATE / 200.0
    for rough in (0.0, 1.0):
        x = pluck(xp.asarray(noise), xp.full(N, f0), RATE, position=0.25, rough=rough)
        spectrum = abs(np.fft.rfft(np.asarray(x)[:2000]))[::10]  # its harmonics
        assert spectrum[4] < 1e-3 * spectrum[1:4].max() and spectrum[0] < 1e-6


def test_numpy_equals_jax_in_every_preset():
    f0 = 220.0 * (1.0 + 0.01 * np.linspace(0, 1, N))
    run = jax.jit(plucked.voice, static_argnums=2, static_argnames="patch")
    for name in ("steel guitar", "drum"):
        y = run(jnp.asarray(f0), 0.03, RATE, velocity=90.0, patch=name)
        expected = plucked.voice(f0, 0.03, RATE, velocity=90.0, patch=name)
        np.testing.assert_allclose(y, expected, atol=1e-9)


def test_a_batch_is_its_rows():
    f0 = np.array([[200.0], [317.0]]) * np.ones((2, N))
    y = plucked.voice(f0, np.array([0.03, 0.05]), RATE, velocity=np.array([50.0, 90.0]))
    for k, (held, velocity) in enumerate([(0.03, 50.0), (0.05, 90.0)]):
        row = plucked.voice(f0[k], held, RATE, velocity=velocity)
        np.testing.assert_allclose(y[k], row, atol=1e-12)


def test_presets_are_of_one_level_and_stop_when_damped():
    n = 20000
    for name in plucked.PRESETS:
        for f0 in (82.0, 500.0):
            y = plucked.voice(np.full(n, f0), 1.0, RATE, velocity=127.0, patch=name)
            assert 0.2 < abs(y).max() <= 0.5
    held = 0.2
    patch = Patch(release=0.1)
    y = plucked.voice(np.full(n, 200.0), held, RATE, patch=patch)
    after = int((held + plucked.tail(patch)) * RATE)
    assert abs(y[after:]).max() < 2e-3 * abs(y).max()


def test_play_and_dtype(xp):
    notes = [(0.0, 0.02, 57.0), (0.01, 0.02, 64.0, 60.0)]
    y = plucked.play(notes, 8000, patch="muted guitar")
    assert 0.05 < abs(y).max() < 0.5 and y.size > 0.03 * 8000
    x = xp.ones(200, dtype=xp.float32)
    y = string(x, 400.0 * x, 8000, n_allpasses=1, inharmonicity=1e-4)
    assert y.dtype == np.float32 and type(y) is type(x)
    for name in plucked.PRESETS if xp is np else ():
        y = plucked.voice(400.0 * x, 0.01, 8000, patch=name)
        assert y.dtype == np.float32


def test_gradients():
    x = jnp.asarray(np.random.default_rng(3).uniform(-1, 1, 60))

    def energy(f0, t60):
        y = string(x, f0 * jnp.ones(60), 8000, t60=t60)
        return (y * jnp.linspace(0, 1, 60)).sum()

    values = jnp.asarray(701.3), jnp.asarray(0.2)
    jax.test_util.check_grads(jax.jit(energy), values, 1, ["rev"], rtol=1e-3)


def test_errors():
    with pytest.raises(ValueError, match="x and f0 must have the same number"):
        string(np.ones(5), np.ones(4) * 100.0, 8000)
    with pytest.raises(ValueError, match=r"f0 must be within 20..1000 Hz"):
        string(np.ones(5), np.full(5, 1500.0), 8000)
    with pytest.raises(ValueError, match="f0 is too high for so many allpasses"):
        string(np.ones(5), np.full(5, 900.0), 8000, n_allpasses=8)
    with pytest.raises(ValueError, match="blend below 1 needs noise"):
        string(np.ones(5), np.full(5, 900.0), 8000, blend=0.5)
    with pytest.raises(ValueError, match="patch must be 'nylon guitar'"):
        plucked.voice(np.full(5, 200.0), 1.0, 8000, patch=3)
