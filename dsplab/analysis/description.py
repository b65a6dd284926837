"""A sound as a vector of numbers: what it is like, for a table of many.

describe      one sound; `NAMES` says what each number is
describe_all  many sounds: a table, a row for each

`dsplab.analysis.collections` compares and groups them.
"""

import math

import numpy as np

from dsplab._arguments import as_signal, positive
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import safe_divide
from dsplab.analysis.envelope import log_attack_time, rms, zero_crossing_rate
from dsplab.analysis.mfcc import mfcc
from dsplab.analysis.spectral_shape import (
    spectral_contrast,
    spectral_flatness,
    spectral_flux,
    spectral_moments,
    spectral_rolloff,
)

N_COEFFICIENTS = 13
TRACKS = (
    "level",
    "centroid",
    "spread",
    "skewness",
    "rolloff",
    "flatness",
    "flux",
    "zero crossings",
    *(f"contrast {k}" for k in range(5)),
    *(f"mfcc {k}" for k in range(N_COEFFICIENTS)),
)
NAMES = (
    *(f"{track} {part}" for track in TRACKS for part in ("mean", "deviation")),
    "log attack time",
)


def describe(x, sample_rate):
    """Describe a sound by numbers: level, spectral shape, timbre, attack.

    Each descriptor is a curve in time; of each the mean and the standard deviation are
    kept, weighted by the energy of the frames, so that silence around a sound says
    nothing about it. Frames are 46 ms long, a quarter of it apart. Frequencies are in
    octaves above 1 kHz, level and flux in decibels, as they are heard.

    Args:
      x: one sound, (..., n_samples).
      sample_rate: Hz; compare sounds of the same one, or resample them before. At least
        4 kHz.

    Returns:
      Shape (..., 53); `NAMES` says what each is.

    Raises:
      ValueError: if x is no signal or sample_rate below 4000.

    >>> x = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> vector = describe(x, 8000)
    >>> vector.shape, round(float(vector[NAMES.index("centroid mean")]), 1)
    ((53,), 0.0)
    """
    if positive(sample_rate, name="sample_rate") < 4000:
        raise ValueError(f"sample_rate must be at least 4000, got {sample_rate!r}")
    x = as_signal(x)
    xp = array_namespace(x)
    n_fft = 2 ** round(math.log2(0.046 * sample_rate))
    sizes = {"n_fft": n_fft, "hop_length": n_fft // 4}
    level = rms(x, frame_length=n_fft, hop_length=n_fft // 4)
    curves = _curves(x, sample_rate, level, sizes)  # (..., n_curves, n_frames)
    weight = (level**2)[..., None, :]
    even = xp.ones_like(weight) / weight.shape[-1]
    total = weight.sum(axis=-1, keepdims=True)
    weight = xp.where(total > 0.0, safe_divide(weight, total), even)
    mean = (weight * curves).sum(axis=-1)
    variance = (weight * (curves - mean[..., None]) ** 2).sum(axis=-1)
    still = variance <= 0.0
    deviation = xp.where(still, 0.0, xp.sqrt(xp.where(still, 1.0, variance)))
    both = xp.stack([mean, deviation], axis=-1).reshape(*x.shape[:-1], -1)
    attack = log_attack_time(x, sample_rate)[..., None]
    return xp.concatenate([both, attack], axis=-1)


def _curves(x, sample_rate, level, sizes):
    """All descriptors of TRACKS, (..., n_curves, n_frames)."""
    xp = array_namespace(x)
    moments = spectral_moments(x, sample_rate, **sizes)
    single = (
        _decibels(level),
        _octaves(moments.centroid),
        _octaves(moments.spread),
        moments.skewness,
        _octaves(spectral_rolloff(x, sample_rate, **sizes)),
        spectral_flatness(x, **sizes),
        _decibels(spectral_flux(x, **sizes) / sizes["n_fft"]),
        zero_crossing_rate(
            x, frame_length=sizes["n_fft"], hop_length=sizes["hop_length"]
        ),
    )
    lowest = sample_rate / 80  # five bands: from here octaves, up to half the rate
    contrast = spectral_contrast(x, sample_rate, n_bands=4, f_min=lowest, **sizes)
    n_mels = {"n_mels": 40, "n_coefficients": N_COEFFICIENTS}
    timbre = mfcc(x, sample_rate, **n_mels, **sizes)
    return xp.concatenate([xp.stack(single, axis=-2), contrast, timbre], axis=-2)


def _decibels(amplitude):
    return 20.0 * array_namespace(amplitude).log10(amplitude + 1e-5)


def _octaves(hertz):
    xp = array_namespace(hertz)
    return xp.log2(xp.maximum(hertz, 20.0) / 1000.0)


def describe_all(sounds, sample_rate):
    """Describe many sounds of different lengths: a table with a row for each.

    Args:
      sounds: signals, each (n_samples,) or (n_channels, n_samples); channels are
        described one by one and averaged.
      sample_rate: Hz, of all.

    Returns:
      NumPy array (n_sounds, 53); `NAMES` are its columns.

    Raises:
      ValueError: if there is none, or one is no signal.

    >>> describe_all([np.sin(np.arange(4000.0)), np.cos(np.arange(5000.0))], 8000).shape
    (2, 53)
    """
    rows = []
    for k, x in enumerate(sounds):
        x = as_signal(x, name=f"sounds[{k}]", ndim=(1, 2))
        rows.append(np.asarray(describe(np.atleast_2d(x), sample_rate)).mean(axis=0))
    if not rows:
        raise ValueError("sounds must be one signal at least, got none")
    return np.stack(rows)
