"""What the descriptors of a spectrum share: magnitudes, decibels, the unit of a row."""

import numpy as np

from dsplab._array import array_namespace
from dsplab.spectral import stft

LEAST_POWER = 1e-10  # what lies lower counts as this: -100 dB
RANGE_DB = 80.0  # and what is this far below the loudest bin, as that


def power_spectrum(x, n_fft, hop_length):
    """|STFT|^2, (..., n_bins, n_frames)."""
    X = stft(x, n_fft=n_fft, hop_length=hop_length)
    return X.real**2 + X.imag**2


def magnitude_spectrum(x, n_fft, hop_length):
    """|STFT|, (..., n_bins, n_frames), with a derivative of 0 where it is 0."""
    power = power_spectrum(x, n_fft, hop_length)
    xp = array_namespace(power)
    nothing = power == 0.0
    return xp.where(nothing, 0.0, xp.sqrt(xp.where(nothing, 1.0, power)))


def bin_frequencies(sample_rate, n_fft, like):
    """Hz of each bin, (n_bins, 1)."""
    hertz = np.arange(n_fft // 2 + 1)[:, None] * (sample_rate / n_fft)
    return array_namespace(like).asarray(hertz, dtype=like.dtype)


def decibels(power):
    """10 log10 of a spectrum (..., n_bins, n_frames) or of bands, over 80 dB only."""
    xp = array_namespace(power)
    db = 10.0 * xp.log10(xp.maximum(power, LEAST_POWER))
    return xp.maximum(db, db.max(axis=(-2, -1), keepdims=True) - RANGE_DB)


def safe_divide(a, b):
    """a / b, and a where b is (nearly) nothing."""
    xp = array_namespace(a, b)
    return a / xp.where(b < float(np.finfo(a.dtype).tiny), 1.0, b)
