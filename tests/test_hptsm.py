"""HPTSM: the sum of two stretched parts, with sharp hits and clean tones."""

import jax
import numpy as np
import pytest

from dsplab.analysis.separation import harmonic_percussive
from dsplab.stretch.hptsm import hptsm
from dsplab.stretch.ola import ola
from dsplab.stretch.phase_vocoder import phase_vocoder

RATE = 16000  # Hz


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * 0.1


def hits_at(times, n_samples):
    y = np.zeros(n_samples)
    for time in times:
        n = int(round(time * RATE))
        decay = np.exp(-np.arange(800) / (0.006 * RATE))
        y[n : n + 800] += (noise(800, seed=3) * decay)[: n_samples - n]
    return y


def test_is_the_sum_of_two_stretched_parts():
    x = noise(6000) + hits_at([0.1, 0.25], 6000)
    hits = harmonic_percussive(
        x,
        sample_rate=RATE,
        n_fft=1024,
        harmonic_duration=0.15,
        percussive_bandwidth=500,
        bass=0.0,
        margin=1.5,
        mask="binary",
    ).percussive
    expected = phase_vocoder(x - hits, 0.8, sample_rate=RATE)
    expected = expected + ola(hits, 0.8, sample_rate=RATE)
    y = hptsm(x, 0.8, sample_rate=RATE, margin=1.5)
    assert np.std(hits) > 0.1 * np.std(x)
    np.testing.assert_allclose(y, expected, atol=1e-12)


@pytest.mark.parametrize("shape", [(1,), (60,), (6000,), (2, 6000)])
def test_rate_one_returns_the_input(shape):
    x = noise(*shape)
    np.testing.assert_allclose(hptsm(x, 1.0, sample_rate=RATE), x, atol=1e-9)


def test_rate_one_returns_the_input_in_jax():
    x = noise(2, 4000)
    y = jax.jit(lambda x: hptsm(x, 1.0, sample_rate=RATE))(x)
    np.testing.assert_allclose(y, x, atol=1e-9)


@pytest.mark.parametrize("rate", [0.01, 0.5, 1.7, 100.0])
def test_length_is_exact_and_values_finite(rate):
    y = hptsm(noise(777), rate, sample_rate=RATE)
    assert y.shape == (round(777 / rate),)
    assert np.isfinite(y).all()


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_hits_stay_sharp_and_on_time(rate):
    times = np.array([0.3, 0.75, 1.1, 1.6])
    t = np.arange(2 * RATE) / RATE
    chord = sum(np.sin(2 * np.pi * f * t) for f in (220, 277, 330)) * 0.02
    y = hptsm(hits_at(times, 2 * RATE) + chord, rate, sample_rate=RATE)
    energy = np.diff(y, append=0) ** 2  # of the slope: the chord is low
    for time in times / rate:
        n = int(round(time * RATE))
        before = energy[n - 400 : n - 32].mean()
        after = energy[n - 32 : n + 128].mean()
        assert after > 30 * before


@pytest.mark.parametrize("rate", [0.5, 0.8, 1.25, 2.0])
def test_a_sine_stays_a_sine(rate):
    t = np.arange(3 * RATE) / RATE
    fade = np.clip(np.minimum(t, 3 - t) / 0.05, 0, 1)
    y = hptsm(fade * np.sin(2 * np.pi * 443.7 * t), rate, sample_rate=RATE)
    inside = y[len(y) // 3 : 2 * len(y) // 3]
    t = np.arange(len(inside)) / RATE
    basis = np.stack([np.cos(2 * np.pi * 443.7 * t), np.sin(2 * np.pi * 443.7 * t)], 1)
    fit = basis @ np.linalg.lstsq(basis, inside, rcond=None)[0]
    assert np.std(inside - fit) < 10 ** (-83 / 20) * np.std(fit)


def test_silence_and_a_freeze(xp, compiled):
    freeze = [(0, 0), (2000, 2000), (2000, 5000), (4000, 7000)]
    stretch = compiled(lambda x: hptsm(x, freeze, sample_rate=RATE))
    assert not np.any(np.asarray(stretch(xp.zeros(4000))))
    y = np.asarray(stretch(xp.asarray(noise(4000))))
    assert y.shape == (7000,) and np.isfinite(y).all()


def test_a_delay_between_channels_stays():
    source = np.convolve(noise(20000), np.ones(3))
    x = np.stack([source[8:16008], source[:16000]])
    y = hptsm(x, 0.7, sample_rate=RATE)
    assert np.corrcoef(y[0, 2000:-2008], y[1, 2008:-2000])[0, 1] > 0.98


def test_a_batch_under_jit():
    x = noise(2, 4000)
    y = jax.jit(jax.vmap(lambda x: hptsm(x, 0.8, sample_rate=RATE)))(x)
    expected = np.stack([hptsm(row, 0.8, sample_rate=RATE) for row in x])
    np.testing.assert_allclose(y, expected, atol=1e-9)
    assert isinstance(y, jax.Array) and y.dtype == np.float64


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept(dtype):
    assert hptsm(noise(1000).astype(dtype), 0.8, sample_rate=RATE).dtype == dtype


def test_float32_is_kept_in_jax():
    x = noise(1000).astype(np.float32)
    y = jax.jit(lambda x: hptsm(x, 0.8, sample_rate=RATE))(x)
    assert isinstance(y, jax.Array) and y.dtype == np.float32
    np.testing.assert_allclose(y, hptsm(x, 0.8, sample_rate=RATE), atol=1e-4)


def test_gradient_is_finite():
    x = jax.numpy.asarray(noise(2000))
    g = jax.jit(jax.grad(lambda x: (hptsm(x, 0.8, sample_rate=RATE) ** 2).sum()))(x)
    assert np.isfinite(np.asarray(g)).all() and np.any(np.asarray(g))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"margin": 0.5}, "margin must be at least 1"),
        ({"sample_rate": 0}, "sample_rate must be"),
        ({"n_fft": 1}, "n_fft must be"),
    ],
)
def test_errors(change, match):
    with pytest.raises(ValueError, match=match):
        hptsm(noise(1000), 0.8, **({"sample_rate": RATE} | change))
