"""Oscillators: exact at simple frequencies, in tune, clean where they promise it."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources import oscillators
from dsplab.sources.oscillators import harmonic_oscillator, oscillator

RATE = 8000


def test_one_period_of_each_shape(xp):
    f = xp.full(8, 1000.0)
    expected = {
        "sine": np.sin(2 * np.pi * np.arange(8) / 8),
        "saw": np.arange(8) / 4 - 1,
        "square": [1, 1, 1, 1, -1, -1, -1, -1],
        "pulse": [1, 1, 1, 1, -1, -1, -1, -1],
        "triangle": [0, 0.5, 1, 0.5, 0, -0.5, -1, -0.5],
    }
    for shape in oscillators.SHAPES:
        y = oscillator(f, RATE, shape=shape, antialiasing="none")
        np.testing.assert_allclose(y, expected[shape], atol=1e-12)


@pytest.mark.parametrize("dtype, least", [(np.float64, 200.0), (np.float32, 120.0)])
def test_a_sine_of_a_minute_is_the_ideal_one(dtype, least):
    n = 60 * 44100
    play = jax.jit(lambda f: oscillator(f, 44100))
    y = np.asarray(play(jnp.full(n, 4186.0, dtype)), float)
    ideal = np.sin(2 * np.pi * (4186 * np.arange(n) % 44100) / 44100)
    assert 10 * np.log10((ideal**2).sum() / ((y - ideal) ** 2).sum()) > least


# method: highest level of wrong notes below 16 kHz at 1245 and 4186 Hz, in dB, and the
# greatest error of a harmonic below 16 kHz
QUALITY = {
    "none": (-16.2, -10.5, 0.01),
    "polyblep": (-39.2, -32.1, 3.5),
    "blep": (-120.0, -117.0, 0.01),
    "minblep": (-120.0, -117.0, 0.01),
    "dpw": (-30.0, -23.5, 1.8),
    "blit": (-200.0, -200.0, 1.8),
    "additive": (-200.0, -200.0, 0.01),
    "wavetable": (-140.0, -140.0, 0.01),
}


def wrong_notes_db(y, f0):
    """Power below 16 kHz that is not of a harmonic, over that of the harmonics."""
    power = np.abs(np.fft.rfft(np.asarray(y, float))) ** 2
    k = np.arange(len(power))
    harmonic = (k % f0 == 0) & (k > 0)
    wrong = ~harmonic & (k < 16000) & (k > 0)
    return 10 * np.log10(power[wrong].sum() / power[harmonic].sum() + 1e-30)


@pytest.mark.parametrize("method", oscillators.ANTIALIASING)
def test_wrong_notes_and_treble_of_a_saw(method):
    *most, error = QUALITY[method]
    for f0, level in zip((1245, 4186), most, strict=True):
        f = np.full(2 * 44100, float(f0))
        y = oscillator(f, 44100, shape="saw", antialiasing=method, start=0.1)[44100:]
        assert wrong_notes_db(y, f0) < level
        k = np.arange(1, 16000 // f0 + 1)
        found = np.abs(np.fft.rfft(y))[k * f0] / 44100
        assert np.abs(20 * np.log10(found * np.pi * k)).max() < error


@pytest.mark.parametrize("shape", ["square", "pulse", "triangle"])
@pytest.mark.parametrize("method", ["blep", "additive", "wavetable", "blit", "dpw"])
def test_other_shapes_are_the_sums_of_their_harmonics(shape, method):
    f0, width = 1245, 0.3 if shape == "pulse" else 0.5
    f = np.full(2 * 44100, float(f0))
    options = {"shape": shape, "antialiasing": method, "width": width}
    y = oscillator(f, 44100, **options)[44100:]
    spectrum = np.fft.rfft(y) / 22050
    k = np.arange(1, 13)
    if shape == "triangle":
        expected = -8j * np.sin(np.pi * k / 2) / (np.pi * k) ** 2
    else:
        expected = 2j * (np.exp(-2j * np.pi * k * width) - 1.0) / (np.pi * k)
    rough = {"blit": 0.03, "dpw": 0.08}.get(method, 2e-4)
    np.testing.assert_allclose(np.abs(spectrum[k * f0]), np.abs(expected), atol=rough)
    if method not in ("dpw", "blit"):
        np.testing.assert_allclose(spectrum[k * f0], expected, atol=2e-4)
        assert wrong_notes_db(y, f0) < -110
    assert abs(spectrum[0].real / 2 - (2 * width - 1)) < 2e-3


@pytest.mark.parametrize("method", oscillators.ANTIALIASING)
def test_both_libraries_agree_in_a_glide(method):
    def play(f, width):
        options = {"antialiasing": method, "start": 0.2}
        pulse = oscillator(f, RATE, shape="pulse", width=width, **options)
        other = "saw" if method == "minblep" else "triangle"
        return pulse, oscillator(f, RATE, shape=other, **options)

    f, width = np.linspace(3001.3, -1503.7, 600), np.linspace(0.2, 0.9, 600)
    ours = play(f, width)
    for y, expected in zip(jax.jit(play)(f, width), ours, strict=True):
        np.testing.assert_allclose(y, expected, atol=1e-9)
        level = 1e3 if method == "blit" else 2.5  # a sum that leaks wanders in a glide
        assert np.abs(expected).max() < level


def test_a_glide_has_the_harmonics_of_the_textbook():
    f = np.geomspace(300.0, 700.0, 4000)
    y = oscillator(f, 44100, shape="saw")
    clean = harmonic_oscillator(f, -2 / (np.pi * np.arange(1, 74)), 44100)
    low = np.fft.rfft((y - clean) * np.hanning(4000))[: 4000 * 16 // 44]
    assert np.abs(low).max() < 2e-3 * np.abs(np.fft.rfft(clean)).max()


def test_slow_and_still_oscillators_and_the_whole_width():
    still = oscillator(np.zeros(50), RATE, shape="saw", start=0.75)
    np.testing.assert_allclose(still, 0.5)
    for width, level in ((0.0, -1.0), (1.0, 1.0)):
        y = oscillator(np.full(200, 440.0), RATE, shape="pulse", width=width)
        np.testing.assert_allclose(y, level, atol=1e-12)


@pytest.mark.parametrize("method", oscillators.ANTIALIASING[1:])
def test_above_half_the_sample_rate_there_is_silence(method):
    y = oscillator(np.full(100, 4000.0), RATE, shape="saw", antialiasing=method)
    np.testing.assert_array_equal(y, 0.0)


def test_gradient_with_respect_to_pitch_and_width():
    def energy(f0, width):
        f = f0 + jnp.zeros(64)
        y = oscillator(f, RATE, shape="pulse", width=width, start=0.05)
        return (y * jnp.linspace(1.0, 2.0, 64)).sum()

    jax.test_util.check_grads(jax.jit(energy), (431.0, 0.3), 1, ["rev"], rtol=1e-4)


def test_harmonics_have_their_levels_and_stop_at_nyquist(xp):
    amplitudes = [1.0, 0.5, 0.25, 0.125]
    y = harmonic_oscillator(xp.full(RATE, 1200.0), amplitudes, RATE)
    spectrum = abs(np.fft.rfft(np.asarray(y))) / (RATE / 2)
    np.testing.assert_allclose(spectrum[[1200, 2400, 3600]], amplitudes[:3], atol=1e-9)
    others = np.delete(spectrum, [1200, 2400, 3600])
    assert others.max() < 1e-9  # the fourth, 4800 Hz, would have come back at 3200


def test_harmonic_curves_follow_time(xp):
    n = 100
    levels = np.stack([np.ones(n), np.linspace(0, 1, n)])
    f0 = np.full(n, 100.0)
    y = harmonic_oscillator(xp.asarray(f0), levels, RATE)
    t = np.arange(n) / RATE
    expected = np.sin(2 * np.pi * 100 * t) + levels[1] * np.sin(2 * np.pi * 200 * t)
    np.testing.assert_allclose(y, expected, atol=1e-9)


def test_batches_and_dtype(xp):
    f = xp.full((2, 50), 440.0, dtype=xp.float32)
    for y in (oscillator(f, RATE), harmonic_oscillator(f, [1.0, 0.5], RATE)):
        assert y.shape == (2, 50) and y.dtype == np.float32 and type(y) is type(f)


def test_gradient_with_respect_to_amplitudes():
    def energy(a):
        return (harmonic_oscillator(jnp.full(200, 300.0), a, RATE) ** 2).sum()

    jax.test_util.check_grads(energy, (jnp.asarray([1.0, 0.3]),), 1, ["rev"])


def test_errors():
    with pytest.raises(ValueError, match="shape must be one of 'sine', 'saw'"):
        oscillator(np.ones(4), RATE, shape="sin")
    with pytest.raises(ValueError, match="antialiasing must be one of 'none', 'poly"):
        oscillator(np.ones(4), RATE, shape="saw", antialiasing="yes")
    with pytest.raises(ValueError, match="must not be 'minblep' for a triangle"):
        oscillator(np.ones(4), RATE, shape="triangle", antialiasing="minblep")
    with pytest.raises(ValueError, match="width must be a number or broadcast"):
        oscillator(np.ones(4), RATE, shape="pulse", width=np.ones(3))
    with pytest.raises(ValueError, match="frequency must have 1 or more dimensions"):
        oscillator(440.0, RATE)
    with pytest.raises(ValueError, match="amplitudes must have shape"):
        harmonic_oscillator(np.ones(4), 1.0, RATE)
