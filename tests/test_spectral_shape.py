"""Spectral shape, MFCC, chroma, level: librosa's numbers, both libraries, gradients."""

import jax
import librosa
import numpy as np
import pytest
from jax.test_util import check_grads

from dsplab.analysis import beats, chroma, envelope, frame_loudness
from dsplab.analysis import spectral_shape as shape
from dsplab.analysis.mfcc import mfcc
from dsplab.spectral import stft

RATE, SIZES = 16000, {"n_fft": 512, "hop_length": 128}
LEVEL = {"frame_length": 512, "hop_length": 128}


def sound(n=8000):
    """Silence, then a decaying tone with noise."""
    t = np.arange(n) / RATE
    x = sum(np.sin(2 * np.pi * 233.0 * k * t) / k for k in range(1, 15))
    x = 0.2 * np.exp(-3 * t) * x + 1e-3 * np.random.default_rng(0).standard_normal(n)
    return np.where(t > 0.1, x, 0.0)


X = sound()
FEATURE = librosa.feature
SAME = {
    "centroid": (
        lambda x: shape.spectral_centroid(x, RATE, **SIZES),
        lambda x: FEATURE.spectral_centroid(y=x, sr=RATE, **SIZES)[0],
    ),
    "spread": (
        lambda x: shape.spectral_spread(x, RATE, **SIZES),
        lambda x: FEATURE.spectral_bandwidth(y=x, sr=RATE, **SIZES)[0],
    ),
    "rolloff": (
        lambda x: shape.spectral_rolloff(x, RATE, **SIZES),
        lambda x: FEATURE.spectral_rolloff(y=x, sr=RATE, **SIZES)[0],
    ),
    "flatness": (
        lambda x: shape.spectral_flatness(x, **SIZES),
        lambda x: FEATURE.spectral_flatness(y=x, **SIZES)[0],
    ),
    "contrast": (
        lambda x: shape.spectral_contrast(x, RATE, n_bands=5, **SIZES),
        lambda x: FEATURE.spectral_contrast(y=x, sr=RATE, n_bands=5, **SIZES),
    ),
    "contrast of many bins": (
        lambda x: shape.spectral_contrast(x, RATE, n_bands=5, quantile=0.3, **SIZES),
        lambda x: FEATURE.spectral_contrast(
            y=x, sr=RATE, n_bands=5, quantile=0.3, **SIZES
        ),
    ),
    "mfcc": (
        lambda x: mfcc(x, RATE, n_mels=40, **SIZES),
        lambda x: FEATURE.mfcc(y=x, sr=RATE, n_mels=40, **SIZES),
    ),
    "chroma": (
        lambda x: chroma.chroma(x, RATE, tuning=0.2, **SIZES),
        lambda x: FEATURE.chroma_stft(y=x, sr=RATE, tuning=0.2, **SIZES),
    ),
    "chroma of 24": (
        lambda x: chroma.chroma(x, RATE, n_classes=24, **SIZES),
        lambda x: FEATURE.chroma_stft(y=x, sr=RATE, tuning=0.0, n_chroma=24, **SIZES),
    ),
    "rms": (
        lambda x: envelope.rms(x, **LEVEL),
        lambda x: FEATURE.rms(y=x, dtype=np.float64, **LEVEL)[0],
    ),
    "zero crossings": (
        lambda x: envelope.zero_crossing_rate(x, **LEVEL),
        lambda x: FEATURE.zero_crossing_rate(x, **LEVEL)[0],
    ),
    "onset strength": (
        lambda x: beats.onset_strength(x, RATE, n_mels=40, **SIZES),
        lambda x: librosa.onset.onset_strength(y=x, sr=RATE, n_mels=40, **SIZES),
    ),
    "median onset strength": (
        lambda x: beats.onset_strength(x, RATE, n_mels=40, average="median", **SIZES),
        lambda x: librosa.onset.onset_strength(
            y=x, sr=RATE, n_mels=40, aggregate=np.median, **SIZES
        ),
    ),
}
OTHERS = {
    "moments": lambda x: shape.spectral_moments(x, RATE, **SIZES),
    "flux": lambda x: shape.spectral_flux(x, **SIZES),
    "rising flux": lambda x: shape.spectral_flux(x, rectify=True, **SIZES),
    "loudness": lambda x: frame_loudness.frame_loudness(x, RATE, **SIZES),
    "power": lambda x: frame_loudness.frame_loudness(x, RATE, average="power", **SIZES),
}
EVERY = {**{name: ours for name, (ours, _) in SAME.items()}, **OTHERS}


@pytest.mark.parametrize("name", SAME)
def test_equal_to_librosa(name):
    ours, theirs = SAME[name]
    expected = theirs(X)
    found = ours(X)
    assert found.shape == expected.shape
    # librosa's mel and chroma filters are rounded to float32
    np.testing.assert_allclose(found, expected, atol=2e-7 * abs(expected).max())


@pytest.mark.parametrize("name", EVERY)
def test_both_libraries_stereo_and_dtype(name, xp, compiled):
    stereo = np.stack([X, 0.3 * X[::-1]])
    found = compiled(EVERY[name])(xp.asarray(stereo))
    for channel, x in enumerate(stereo):
        for part, expected in zip(parts(found), parts(EVERY[name](x)), strict=True):
            scale = abs(expected).max()
            np.testing.assert_allclose(part[channel], expected, atol=1e-9 * scale)
    if xp is np:
        single = parts(EVERY[name](stereo.astype(np.float32)))
        assert all(part.dtype == np.float32 for part in single)


def parts(result):
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("name", ["centroid", "spread", "flatness", "mfcc", "loudness"])
def test_gradient(name):
    t = np.arange(700) / RATE
    tone = np.sin(2 * np.pi * 700 * t) + 0.01 * np.sin(2 * np.pi * 3100 * t)
    noise = np.random.default_rng(0).standard_normal(700)

    def level(a):
        return EVERY[name](a * tone + noise).mean()

    check_grads(jax.jit(level), (0.9,), order=1, modes=["rev"], rtol=1e-3)


def test_moments_are_those_of_the_distribution():
    magnitude = abs(stft(X, **SIZES))[:, 40]
    f, p = np.arange(257) * RATE / 512, magnitude / magnitude.sum()
    centroid = (f * p).sum()
    away = f - centroid
    spread = np.sqrt((away**2 * p).sum())
    third, fourth = ((away**k * p).sum() / spread**k for k in (3, 4))
    found = [m[40] for m in shape.spectral_moments(X, RATE, **SIZES)]
    np.testing.assert_allclose(found, [centroid, spread, third, fourth], rtol=1e-9)


def test_flux_is_the_distance_of_neighbours():
    x = X[1700:]  # sounds at once
    S = abs(stft(x, **SIZES))
    change = np.diff(S, prepend=0.0)
    expected = np.linalg.norm(change, axis=0)
    np.testing.assert_allclose(shape.spectral_flux(x, **SIZES), expected, atol=1e-9)
    grown = np.linalg.norm(np.maximum(change, 0.0), axis=0)
    found = shape.spectral_flux(x, rectify=True, **SIZES)
    np.testing.assert_allclose(found, grown, atol=1e-9)


def test_a_weighting_is_librosas():
    f = np.linspace(1.0, 24000.0, 500)
    expected = librosa.A_weighting(f)
    np.testing.assert_allclose(frame_loudness.a_weighting_db(f), expected, atol=4e-4)
    single = frame_loudness.a_weighting_db(f.astype(np.float32))
    np.testing.assert_allclose(single, expected, atol=1e-3)


def test_frame_loudness_as_written():
    """The definition, from librosa's weighting and a plain spectrum."""
    power_db = 20 * np.log10(np.maximum(abs(stft(X, **SIZES)), 1e-20))
    weight = librosa.A_weighting(librosa.fft_frequencies(sr=RATE, n_fft=512)[1:])
    weight = np.append(-80.0, weight)[:, None]
    expected = np.maximum(power_db + weight - 20.7, -120.0).mean(axis=0)
    found = frame_loudness.frame_loudness(X, RATE, **SIZES)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    power = (10 ** ((power_db + weight) / 10)).mean(axis=0)
    expected = np.maximum(10 * np.log10(power), -80.0)
    options = {"average": "power", "reference_db": 0.0, "range_db": 80.0}
    found = frame_loudness.frame_loudness(X, RATE, **options, **SIZES)
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_silence_is_described_by_finite_numbers():
    for name, describe in EVERY.items():
        for part in parts(describe(np.zeros(4000))):
            assert np.isfinite(part).all(), name


def test_errors():
    with pytest.raises(ValueError, match="share must be at most 1"):
        shape.spectral_rolloff(X, RATE, share=1.1)
    with pytest.raises(ValueError, match="highest band below 8000 Hz"):
        shape.spectral_contrast(X, RATE, n_bands=7)
    with pytest.raises(ValueError, match="n_fft must be larger"):
        shape.spectral_contrast(X, RATE, n_fft=64, f_min=60.0)
    with pytest.raises(ValueError, match="quantile must be below 1"):
        shape.spectral_contrast(X, RATE, quantile=1.0)
    with pytest.raises(ValueError, match="n_coefficients must be an integer in 1..40"):
        mfcc(X, RATE, n_coefficients=41, n_mels=40)
    with pytest.raises(ValueError, match="average must be one of"):
        frame_loudness.frame_loudness(X, RATE, average="sum")
