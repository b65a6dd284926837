"""Consonance: do partials fit together, and do they fit a fundamental?

roughness        how much partials beat with each other, by Plomp and Levelt
dissonance       the same of a sound, moment by moment
inharmonicity    how far the partials of a sound are from multiples of its pitch
string_stretch   how stiff a string is, from its partials
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import safe_divide
from dsplab.analysis.peaks import Peaks, spectral_peaks
from dsplab.analysis.pitch import autocorrelation_pitch

# Sethares' fit of Plomp and Levelt's curve: two exponentials of the distance
RISE, FALL = 3.5, 5.75
WORST = 0.24  # distance of greatest roughness, in units that follow the critical band
SLOPE, OFFSET = 0.0207, 18.96
GREATEST = (FALL / RISE) ** (-RISE / (FALL - RISE)) - (FALL / RISE) ** (
    -FALL / (FALL - RISE)
)


def roughness(frequencies, amplitudes):
    """How much partials beat with each other: the sum over all pairs.

        sum_(i<j) min(a_i, a_j) (exp(-3.5 d) - exp(-5.75 d)) / 0.181,
        d = 0.24 |f_j - f_i| / (0.0207 min(f_i, f_j) + 18.96)

    0 for a unison and for what is more than a critical band apart; a pair of sines of
    amplitude 1 is at worst 1 rough. Against the interval of two harmonic sounds it has
    its minima where scales have their steps.

    Args:
      frequencies: Hz, (..., n_partials).
      amplitudes: at least 0, (..., n_partials); 0 for a partial that is not there.

    Returns:
      Shape (...).

    Raises:
      ValueError: if the shapes differ.

    Reference:
      Plomp and Levelt, "Tonal consonance and critical bandwidth", J. Acoust. Soc. Am.
      38, 1965; W. Sethares, "Local consonance and the relationship between timbre and
      scale", J. Acoust. Soc. Am. 94(3), 1993. His later book takes the least of two
      amplitudes, as here, instead of their product.

    >>> fifth, tritone = [440.0, 660.0, 880.0], [440.0, 622.3, 880.0, 1244.5]
    >>> bool(roughness(fifth, np.ones(3)) < roughness(tritone, np.ones(4)))
    True
    """
    f = as_values(frequencies, name="frequencies")
    a = as_values(amplitudes, name="amplitudes")
    if f.shape != a.shape or f.ndim == 0:
        raise ValueError(
            "amplitudes must have the shape of frequencies, (..., n_partials), got "
            f"{a.shape} and {f.shape}"
        )
    xp = array_namespace(f, a)
    f, a = xp.asarray(f), xp.asarray(a, dtype=f.dtype)
    i, j = np.triu_indices(f.shape[-1], 1)
    if i.size == 0:
        return 0.0 * a.sum(axis=-1)
    low, high = xp.minimum(f[..., i], f[..., j]), xp.maximum(f[..., i], f[..., j])
    d = WORST * (high - low) / (SLOPE * low + OFFSET)
    pair = xp.minimum(a[..., i], a[..., j]) * (xp.exp(-RISE * d) - xp.exp(-FALL * d))
    return pair.sum(axis=-1) / GREATEST


def dissonance(x, sample_rate, *, n_peaks=30, n_fft=2048, hop_length=None):
    """How rough a sound is at each moment, whatever its level.

        roughness of the peaks / sum of their amplitudes

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_peaks: the strongest, that count.
      n_fft: size of the transform; the window is as long, less one sample.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Shape (..., n_frames); 0 for one partial and for silence, 0.5 for the worst pair.

    >>> t = np.arange(8000) / 8000
    >>> third = np.sin(2 * np.pi * 400 * t) + np.sin(2 * np.pi * 500 * t)
    >>> second = np.sin(2 * np.pi * 400 * t) + np.sin(2 * np.pi * 430 * t)
    >>> bool(dissonance(third, 8000)[8] < 0.5 * dissonance(second, 8000)[8])
    True
    """
    peaks = _peaks(x, sample_rate, n_peaks, n_fft, hop_length)
    xp = array_namespace(peaks.frequency)
    f, a = (xp.swapaxes(part, -1, -2) for part in peaks[:2])
    return safe_divide(roughness(f, a), a.sum(axis=-1))


def inharmonicity(
    x, sample_rate, *, f0=None, n_peaks=30, n_fft=2048, hop_length=None, f_min=60.0
):
    """How far the partials of a sound are from multiples of its pitch.

        (2 / f0) sum_p |f_p - h_p f0| a_p^2 / sum_p a_p^2,   h_p = round(f_p / f0) >= 1

    Args:
      x: signal of one voice, (..., n_samples).
      sample_rate: Hz.
      f0: Hz, a number or of the shape of the result; None: found by
        `autocorrelation_pitch`. NaN where there is no pitch.
      n_peaks: the strongest, that count.
      n_fft: size of the transform; the window is as long, less one sample.
      hop_length: samples between frames; n_fft // 4 by default.
      f_min: Hz, the lowest pitch sought where f0 is None.

    Returns:
      Shape (..., n_frames): 0 for a harmonic sound, 1 at most; NaN without pitch.

    Reference:
      Peeters et al., "The Timbre Toolbox", J. Acoust. Soc. Am. 130(5), 2011. Each peak
      goes to its nearest multiple, instead of each multiple to its nearest peak.

    >>> t = np.arange(8000) / 8000
    >>> x = sum(np.sin(2 * np.pi * 200 * h * t) / h for h in range(1, 6))
    >>> bool(inharmonicity(x, 8000)[8] < 0.001)
    True
    """
    peaks = _peaks(x, sample_rate, n_peaks, n_fft, hop_length)
    hop = n_fft // 4 if hop_length is None else hop_length
    if f0 is None:
        options = {"hop_length": hop, "f_min": f_min}
        highest = min(1000.0, sample_rate / 4)
        f0 = autocorrelation_pitch(
            x, sample_rate=sample_rate, f_max=highest, **options
        ).f0
    frequency, amplitude = peaks.frequency, peaks.amplitude
    xp = array_namespace(frequency)
    f0 = xp.asarray(f0, dtype=frequency.dtype)
    pitched = f0 > 0.0
    f0 = xp.where(pitched, f0, 1.0)[..., None, :] if f0.ndim else f0
    number = xp.maximum(xp.round(frequency / f0), 1.0)
    power = amplitude**2
    away = (xp.abs(frequency - number * f0) * power).sum(axis=-2)
    ratio = safe_divide(2.0 * away / (f0[..., 0, :] if f0.ndim else f0), power.sum(-2))
    return xp.where(pitched, xp.minimum(ratio, 1.0), xp.nan)


class StringStretch(NamedTuple):
    """A stiff string: f_n = n f0 sqrt(1 + stiffness n^2)."""

    f0: np.ndarray
    stiffness: np.ndarray


def string_stretch(frequencies, *, amplitudes=None):
    """How stiff a string is, from its partials: the piano tuner's B.

    A stiff string's partials are too high, f_n = n f0 sqrt(1 + B n^2); so (f_n / n)^2
    is a line in n^2, which is fitted by least squares.

    Args:
      frequencies: Hz of the partials 1, 2, 3 ..., (..., n_partials), at least 2.
      amplitudes: weights, of the same shape; partials that were not found have 0.

    Returns:
      `StringStretch(f0, stiffness)`, (...); for a piano B is about 0.0003 in the middle
      and 0.01 in the highest octaves.

    Reference:
      Fletcher, Blackham and Stratton, "Quality of piano tones", J. Acoust. Soc. Am.
      34(6), 1962.

    >>> n = np.arange(1, 9)
    >>> f0, stiffness = string_stretch(220.0 * n * np.sqrt(1 + 0.0004 * n**2))
    >>> print(f0.round(3), stiffness.round(6))
    220.0 0.0004
    """
    f = as_signal(frequencies, name="frequencies", min_length=2)
    xp = array_namespace(f)
    w = xp.ones_like(f) if amplitudes is None else as_values(amplitudes) ** 2
    if w.shape != f.shape:
        raise ValueError(
            f"amplitudes must have the shape of frequencies, {f.shape}, got {w.shape}"
        )
    n = xp.asarray(np.arange(1, f.shape[-1] + 1), dtype=f.dtype)
    place, value = n**2, (f / n) ** 2
    w = safe_divide(w, w.sum(axis=-1, keepdims=True))
    middle, mean = ((w * part).sum(axis=-1, keepdims=True) for part in (place, value))
    away = w * (place - middle)
    slope = safe_divide((away * (value - mean)).sum(-1), (away * place).sum(-1))
    start = mean[..., 0] - slope * middle[..., 0]
    return StringStretch(xp.sqrt(xp.maximum(start, 0.0)), safe_divide(slope, start))


def _peaks(x, sample_rate, n_peaks, n_fft, hop_length):
    """Peaks of 1 + n_samples // hop_length frames."""
    positive(sample_rate, name="sample_rate")
    x, n_fft = as_signal(x), integer(n_fft, name="n_fft", least=8)
    hop = n_fft // 4 if hop_length is None else hop_length
    sizes = {"window": "blackman", "window_length": n_fft // 2 * 2 - 1, "n_fft": n_fft}
    peaks = spectral_peaks(x, sample_rate, **sizes, hop_length=hop, n_peaks=n_peaks)
    return Peaks(*(track[..., : 1 + x.shape[-1] // hop] for track in peaks))
