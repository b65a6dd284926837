"""The adaptive vocoder: chords get long frames, everything else is the vocoder's."""

import jax
import numpy as np
import pytest

from dsplab.analysis.comparison import spectral_convergence
from dsplab.stretch.adaptive_vocoder import adaptive_vocoder
from dsplab.stretch.phase_vocoder import phase_vocoder

RATE = 16000  # Hz
FREEZE = [(0, 0), (8000, 8000), (8000, 16000), (24000, 32000)]


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * 0.1


def moments(duration, rate):
    """The moment of the input that belongs to each sample of the output, s."""
    return np.arange(round(duration * RATE / rate)) / RATE * rate


def chord(rate=1.0, duration=2.0):
    """A low triad with four partials a note, as it should sound at a rate."""
    t = moments(duration, rate)
    tones = (np.cos(2 * np.pi * k * f * t / rate + f) / k
             for f in (98.0, 123.5, 146.8) for k in range(1, 5))  # fmt: skip
    return 0.1 * sum(tones) * np.minimum(1, np.minimum(t, duration - t) / 0.05)


def voice(rate=1.0, duration=2.0):
    """A low voice with vibrato."""
    t = moments(duration, rate)
    f0 = 110.0 * 2.0 ** (0.05 * np.sin(2 * np.pi * 5.0 * t))
    angle = 2 * np.pi * np.cumsum(f0) / RATE
    tones = (np.cos(k * angle) / k for k in range(1, 12))
    return 0.1 * sum(tones) * np.minimum(1, np.minimum(t, duration - t) / 0.05)


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25])
def test_low_chords_do_not_beat(rate):
    def error(stretch):
        y = stretch(chord(), rate, sample_rate=RATE)
        return spectral_convergence(chord(rate), y)

    assert error(adaptive_vocoder) < 0.25
    assert error(adaptive_vocoder) < 0.4 * error(phase_vocoder)


@pytest.mark.parametrize("rate", [0.5, 1.25])
def test_a_voice_keeps_short_frames(rate):
    y = adaptive_vocoder(voice(), rate, sample_rate=RATE)
    np.testing.assert_array_equal(y, phase_vocoder(voice(), rate, sample_rate=RATE))


def test_frames_change_where_the_music_does():
    x = np.concatenate([chord(), voice()])
    y = adaptive_vocoder(x, 0.8, sample_rate=RATE)
    ideal = np.concatenate([chord(0.8), voice(0.8)])
    plain = phase_vocoder(x, 0.8, sample_rate=RATE)
    for part, most in ((slice(0, 40000), 0.5), (slice(48000, None), 1.05)):
        error, before = (spectral_convergence(ideal[part], v[part]) for v in (y, plain))
        assert error < most * before


@pytest.mark.parametrize("shape", [(1,), (5,), (300,), (2, 30000)])
def test_rate_one_returns_the_input(shape):
    x = noise(*shape)
    y = adaptive_vocoder(x, 1, sample_rate=RATE)
    np.testing.assert_allclose(y, x, atol=1e-12)


def test_rate_one_returns_a_chord():
    y = adaptive_vocoder(chord(), 1, sample_rate=RATE)
    np.testing.assert_allclose(y, chord(), atol=1e-12)


@pytest.mark.parametrize("sample_rate", [500, 2000, 8000, 44100])
@pytest.mark.parametrize("rate", [0.01, 0.7, 30.0])
@pytest.mark.parametrize("n_samples", [31, 1500])
def test_length_is_exact_and_values_finite(sample_rate, rate, n_samples):
    y = adaptive_vocoder(chord()[:n_samples], rate, sample_rate=sample_rate)
    assert y.shape == (round(n_samples / rate),)
    assert np.isfinite(y).all()


def test_a_time_map_with_a_freeze():
    y = adaptive_vocoder(chord()[:24000], FREEZE, sample_rate=RATE)
    assert y.shape == (32000,)
    loudness = [np.std(y[n : n + 1600]) for n in range(4000, 28000, 1600)]
    assert max(loudness) / min(loudness) < 1.3


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_both_libraries_do_the_same(dtype):
    x = np.stack([chord(), 0.5 * chord()]).astype(dtype)
    y = jax.jit(lambda x: adaptive_vocoder(x, 0.8, sample_rate=RATE))(x)
    assert isinstance(y, jax.Array) and y.dtype == dtype
    expected = adaptive_vocoder(x, 0.8, sample_rate=RATE)
    assert expected.dtype == dtype
    atol = 1e-9 if dtype == np.float64 else 5e-3
    np.testing.assert_allclose(y, expected, atol=atol)


def test_a_batch_under_jit():
    x = np.stack([chord(), voice()])
    y = jax.jit(jax.vmap(lambda x: adaptive_vocoder(x, 0.8, sample_rate=RATE)))(x)
    expected = np.stack([adaptive_vocoder(r, 0.8, sample_rate=RATE) for r in x])
    np.testing.assert_allclose(y, expected, atol=1e-9)


def test_a_delay_between_channels_stays():
    x = np.stack([chord()[8:], chord()[:-8]])
    y = adaptive_vocoder(x, 0.7, sample_rate=RATE)
    left, right = y[0, 2000:-2008], y[1, 2008:-2000]
    assert np.corrcoef(left, right)[0, 1] > 0.98


def test_the_gradient_is_finite():
    total = jax.jit(
        jax.grad(lambda x: (adaptive_vocoder(x, 0.8, **OPTIONS) ** 2).sum())
    )
    for x in (chord()[:6000], np.zeros(6000)):
        assert np.isfinite(np.asarray(total(jax.numpy.asarray(x)))).all()


OPTIONS = {"sample_rate": RATE}


@pytest.mark.parametrize("name", ["sample_rate", "crossover"])
def test_errors(name):
    with pytest.raises(ValueError, match=f"{name} must be"):
        adaptive_vocoder(noise(1000), 0.8, **(OPTIONS | {name: 0}))
