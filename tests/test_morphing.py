"""Sounds between two, noises in another time; gradients through the models."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.spectral_models import (
    Partials,
    add_noise,
    harmonic_analysis,
    morph_noise,
    morph_partials,
    morph_with_noise,
    multiresolution_analysis,
    scale_frequency,
    scale_noise_time,
    scale_time,
    scale_time_with_noise,
    sinusoidal_synthesis,
    stochastic_analysis,
    stochastic_synthesis,
    with_residual,
)
from dsplab.spectral_models.combined import WithNoise

RATE, HOP = 8000, 32
WHITE = np.random.default_rng(0).standard_normal(8000)
ONE, OTHER = np.full((6, 9), 1.0), np.full((6, 9), 0.01)


def partials(f, a, n=33):
    f = np.broadcast_to(np.asarray(f, dtype=float)[:, None], (len(f), n))
    angle = 2 * np.pi * f * np.arange(n) * HOP / RATE
    return Partials(f, np.full(f.shape, a), angle)


def test_noise_between_two_is_one_of_decibels(xp):
    share = np.linspace(0.0, 1.0, 9)
    between = morph_noise(xp.asarray(ONE), xp.asarray(OTHER), xp.asarray(share), RATE)
    np.testing.assert_allclose(20 * np.log10(between), np.tile(-40 * share, (6, 1)))
    ends = [morph_noise(ONE, OTHER[:, :4], s, RATE) for s in (0.0, 1.0)]
    np.testing.assert_allclose(ends[0], ONE)
    np.testing.assert_allclose(ends[1], OTHER)


def test_the_shorter_noise_is_lengthened():
    rising = np.tile(np.linspace(0.1, 0.5, 5), (6, 1))
    last = morph_noise(ONE, rising, 1.0, RATE)
    np.testing.assert_allclose(last[0], np.linspace(0.1, 0.5, 9))
    first = morph_noise(rising, ONE, 0.0, RATE)
    np.testing.assert_allclose(first[0], np.linspace(0.1, 0.5, 9))


def test_noise_in_another_time(xp):
    rising = xp.asarray(np.tile(np.arange(9.0), (6, 1)))
    np.testing.assert_allclose(scale_noise_time(rising, 1.0, RATE), rising)
    fast = scale_noise_time(rising, 2.0, RATE, n_fft=64, hop_length=16)
    np.testing.assert_allclose(fast[3], [0, 2, 4, 6, 8])
    back = [[128, 0], [32, 96]]
    turned = scale_noise_time(rising, back, RATE, n_fft=64, hop_length=16)
    np.testing.assert_allclose(turned[3], [8, 7, 6, 5, 4, 3, 2])


def test_a_stretched_noise_is_as_loud_and_as_white():
    envelope = stochastic_analysis(0.1 * WHITE, RATE)
    slow = scale_noise_time(envelope, 0.5, RATE, length=8000)
    other = np.random.default_rng(1).standard_normal(16000)
    y = stochastic_synthesis(slow, other, RATE)
    assert y.shape == (16000,)
    assert abs(20 * np.log10(y.std() / 0.1)) < 0.3
    power = abs(np.fft.rfft(y)) ** 2
    halves = power[:4000].mean(), power[4000:].mean()
    assert abs(10 * np.log10(halves[0] / halves[1])) < 0.6


def test_harmonics_and_noise_go_together():
    one = WithNoise(partials([400.0, 800.0], 0.5), ONE)
    other = WithNoise(partials([900.0, 1800.0], 0.005), OTHER)
    options = {"hop_length": HOP, "n_fft": 256}
    both = morph_with_noise(one, other, 0.5, RATE, **options)
    np.testing.assert_allclose(both.partials.frequency[:, 4], [600, 1200])
    np.testing.assert_allclose(both.partials.amplitude, 0.05)
    np.testing.assert_allclose(both.envelope, 0.1)
    shares = {"amplitude_share": 0.0, "noise_share": 1.0}
    apart = morph_with_noise(one, other, 0.5, RATE, **shares, **options)
    np.testing.assert_allclose(apart.partials.amplitude, 0.5)
    np.testing.assert_allclose(apart.envelope, 0.01)
    curve = np.linspace(0.0, 1.0, 33)  # noise frames are 4 frames of the partials apart
    moving = morph_with_noise(one, other, curve, RATE, **options).envelope
    np.testing.assert_allclose(20 * np.log10(moving[0]), -40 * curve[::4])


def test_harmonics_and_noise_in_another_time():
    model = WithNoise(partials([400.0], 0.5), np.tile(np.arange(9.0), (6, 1)))
    options = {"hop_length": HOP, "n_fft": 256}
    same = scale_time_with_noise(model, 1.0, RATE, **options)
    for a, b in zip(jax.tree.leaves(same), jax.tree.leaves(model), strict=True):
        np.testing.assert_allclose(np.exp(1j * a), np.exp(1j * b), atol=1e-9)
    slow = scale_time_with_noise(model, 0.5, RATE, **options)
    assert slow.partials.frequency.shape == (1, 65)
    np.testing.assert_allclose(slow.envelope[0], np.arange(17) / 2)


def test_angles_of_a_morph_turn_as_its_frequency_says():
    both = morph_partials(
        partials([400.0], 0.5), partials([900.0], 0.5), 0.25, RATE, hop_length=HOP
    )
    y = sinusoidal_synthesis(both, RATE, hop_length=HOP)
    turns = 400 * 2.25**0.25 * np.arange(1025) / RATE
    wanted = 0.5 * np.cos(2 * np.pi * turns)
    np.testing.assert_allclose(y, wanted, atol=1e-9)


def test_where_one_has_no_such_harmonic_the_others_frequency_stands():
    none = Partials(*(np.zeros((1, 33)) for _ in range(3)))
    there = partials([400.0], 0.5)
    there = there._replace(angle=there.angle + 1.0)
    for pair in ((none, there), (there, none)):
        both = morph_partials(*pair, 0.5, RATE, hop_length=HOP)
        np.testing.assert_allclose(np.exp(1j * (both.angle - there.angle)), 1.0)
        np.testing.assert_allclose(both.frequency, 400)
        np.testing.assert_allclose(both.amplitude, np.sqrt(0.5 * 1e-6), rtol=1e-6)
    nothing = morph_partials(none, none, 0.5, RATE, hop_length=HOP)
    assert not nothing.frequency.any() and not nothing.amplitude.any()


def test_float32_stays(xp):
    small = jax.tree.map(
        lambda a: xp.asarray(a, dtype=np.float32), partials([400.0, 900.0], 0.1)
    )
    noise = xp.asarray(ONE, dtype=np.float32)
    white = xp.asarray(WHITE[:999], dtype=np.float32)

    def everything(small, noise, white):
        return [
            morph_partials(small, small, 0.5, RATE, hop_length=HOP),
            scale_time(small, 0.8, RATE, hop_length=HOP),
            scale_frequency(small, 1.2, RATE, hop_length=HOP, keep_timbre=True),
            morph_noise(noise, noise, 0.5, RATE),
            scale_noise_time(noise, 0.8, RATE),
            stochastic_synthesis(noise, white, RATE),
            stochastic_analysis(white, RATE),
        ]

    run = everything if xp is np else jax.jit(everything)
    results = run(small, noise, white)
    assert {str(a.dtype) for a in jax.tree.leaves(results)} == {"float32"}


def test_noise_of_numpy_for_an_envelope_of_jax():
    envelope = jnp.asarray(ONE)
    run = jax.jit(lambda e: stochastic_synthesis(e, WHITE[:900], RATE))
    wanted = stochastic_synthesis(ONE, WHITE[:900], RATE)
    np.testing.assert_allclose(run(envelope), wanted, atol=1e-9)


T = np.arange(1200) / RATE
SOUND = 0.5 * np.cos(2 * np.pi * (500 * T + 100 * T**2)) + 0.2 * np.cos(
    2 * np.pi * 1000 * T
)
F0 = np.full(1 + 1200 // HOP + 1, 500.0)
SIZES = {"hop_length": HOP, "window_length": 321}


def of_bands(x):
    sizes = {"window_lengths": [321, 201], "edges": [800.0], "n_partials": 3}
    options = {"hop_length": HOP, "threshold_db": -30.0, **sizes}
    found = multiresolution_analysis(x, RATE, **options)
    return with_residual(x, found, RATE, hop_length=HOP).residual


def of_harmonics(x):
    found = harmonic_analysis(
        x, RATE, f0=F0[:39], n_harmonics=2, threshold_db=-30.0, **SIZES
    )
    return sinusoidal_synthesis(found, RATE, hop_length=HOP)


def of_noise(x):
    return stochastic_synthesis(
        stochastic_analysis(x, RATE, n_fft=64), WHITE[:1200], RATE, n_fft=64
    )


def of_both(x):
    found = partials([500.0, 1000.0], 0.1)
    model = WithNoise(found, stochastic_analysis(x, RATE, n_fft=64))
    model = scale_time_with_noise(model, 0.9, RATE, hop_length=HOP, n_fft=64)
    return add_noise(model, WHITE[:1200], RATE, hop_length=HOP, n_fft=64)


@pytest.mark.parametrize("model", [of_bands, of_harmonics, of_noise, of_both])
def test_gradient_of_analysis_and_synthesis(model):
    target = 0.3 * np.cos(2 * np.pi * 500 * T)

    def far(x):
        return ((model(x)[300:900] - target[300:900]) ** 2).sum()

    x = SOUND + 0.01 * WHITE[:1200]
    slope = jax.jit(jax.grad(far))
    g = np.asarray(slope(jnp.asarray(x)))
    for way in (SOUND, WHITE[-1200:]):  # as the definition says, in NumPy
        ahead = (far(x + 1e-6 * way) - far(x - 1e-6 * way)) / 2e-6
        assert g @ way == pytest.approx(ahead, rel=2e-3)
    assert abs(g).max() > 1e-3  # something to learn from
    assert np.isfinite(slope(jnp.zeros(1200))).all()


def test_gradients_of_transformations():
    def moved(f, a, angle, share):
        one = Partials(f, a, angle)
        other = one._replace(frequency=1.2 * f, amplitude=0.5 * a)
        both = morph_partials(one, other, share, RATE, hop_length=HOP)
        both = scale_frequency(both, 1.0 + share, RATE, hop_length=HOP)
        both = scale_time(both, 0.7, RATE, hop_length=HOP)
        return (sinusoidal_synthesis(both, RATE, hop_length=HOP)[:400] ** 3).sum()

    parts = [jnp.asarray(v) for v in partials([400.0, 700.0], 0.5, 9)]
    jax.test_util.check_grads(
        jax.jit(moved), (*parts, jnp.asarray(0.3)), 1, ["rev"], rtol=1e-3
    )


def test_errors():
    with pytest.raises(ValueError, match="one and other must have the same bands"):
        morph_noise(ONE, ONE[:3], 0.5, RATE)
    with pytest.raises(ValueError, match="rate"):
        scale_noise_time(ONE, -1.0, RATE)
