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


def test_phase_integrates_the_curve(xp):
    f = np.linspace(100, 900, 4000)
    p = oscillators.phase(xp.asarray(f), RATE, start=0.25)
    expected = 0.25 + np.concatenate([[0.0], np.cumsum(f[:-1])]) / RATE
    np.testing.assert_allclose(
        np.exp(2j * np.pi * np.asarray(p)), np.exp(2j * np.pi * expected), atol=1e-9
    )


def test_float32_sine_is_clean_after_ten_seconds():
    n = 10 * 44100
    y = oscillator(jnp.full(n, 441.0, jnp.float32), 44100)
    spectrum = abs(np.fft.rfft(np.asarray(y[-44100:], float) * np.hanning(44100)))
    peak = spectrum.argmax()
    rest = np.delete(spectrum, np.arange(peak - 4, peak + 5))
    assert peak == 441 and 20 * np.log10(rest.max() / spectrum.max()) < -80


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
    with pytest.raises(ValueError, match="frequency must have 1 or more dimensions"):
        oscillator(440.0, RATE)
    with pytest.raises(ValueError, match="amplitudes must have shape"):
        harmonic_oscillator(np.ones(4), 1.0, RATE)
