"""The shape of a spectrum: what makes a sound bright or dull, a tone or a noise.

    spectral_moments    centroid, spread, skewness, kurtosis: where its energy lies
    spectral_centroid   the first of them, brightness
    spectral_spread     the second, width
    spectral_rolloff    the frequency below which most of it lies
    spectral_flatness   0 for a tone, 1 for white noise
    spectral_contrast   peaks over valleys, octave by octave
    spectral_flux       how much it changes from one frame to the next

Each takes a sound and returns a value for each moment, frame m being centred on sample
m hop_length: the numbers of librosa 0.11 with its default settings. Channels and
batches are described one by one.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer, positive
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import (
    LEAST_POWER,
    bin_frequencies,
    decibels,
    framewise,
    magnitude_of,
    power_rows,
    safe_divide,
)


class Moments(NamedTuple):
    """Moments of a spectrum, each (..., n_frames).

    centroid: Hz.
    spread: Hz.
    skewness: above 0 where more lies below the centroid and a tail above it.
    kurtosis: 3 for the bell curve; more where there is a peak with long tails.
    """

    centroid: np.ndarray
    spread: np.ndarray
    skewness: np.ndarray
    kurtosis: np.ndarray


def spectral_moments(x, sample_rate, *, n_fft=2048, hop_length=None):
    """Where the energy of a sound lies: centre, width, slant and peakedness.

    The magnitude spectrum is read as a distribution of frequencies:

        p_k = |X_k| / sum |X|,     c = sum f_k p_k,     s^2 = sum (f_k - c)^2 p_k,
        skewness = sum (f_k - c)^3 p_k / s^3,    kurtosis = sum (f_k - c)^4 p_k / s^4

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      `Moments`, of arrays (..., n_frames); all 0 in silence.

    Reference:
      Peeters et al., "The Timbre Toolbox", J. Acoust. Soc. Am. 130(5), 2011.

    >>> x = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> moments = spectral_moments(x, 8000, n_fft=512)
    >>> round(float(moments.centroid[20]))
    1000
    """
    positive(sample_rate, name="sample_rate")

    def moments(power):
        S = magnitude_of(power)
        xp = array_namespace(S)
        p = safe_divide(S, S.sum(axis=-1, keepdims=True))
        f = bin_frequencies(sample_rate, n_fft, p)
        centroid = (f * p).sum(axis=-1, keepdims=True)
        away = f - centroid
        second = away * away * p
        variance = second.sum(axis=-1, keepdims=True)
        third = (second * away).sum(axis=-1, keepdims=True)
        fourth = (second * away * away).sum(axis=-1, keepdims=True)
        spread = magnitude_of(xp.maximum(variance, 0.0))
        skewness = safe_divide(third, spread**3)
        return centroid, spread, skewness, safe_divide(fourth, spread**4)

    return Moments(*(m[..., 0] for m in framewise(moments, x, n_fft, hop_length)))


def spectral_centroid(x, sample_rate, *, n_fft=2048, hop_length=None):
    """Brightness: the mean frequency of the spectrum, Hz.

        sum_k f_k |X_k| / sum_k |X_k|

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Hz, (..., n_frames); 0 in silence. Equal to librosa's `spectral_centroid`.

    >>> x = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)
    >>> round(float(spectral_centroid(x, 8000, n_fft=512)[20]))
    1000
    """
    positive(sample_rate, name="sample_rate")

    def centroid(power):
        S = magnitude_of(power)
        f = bin_frequencies(sample_rate, n_fft, S)
        total = S.sum(axis=-1, keepdims=True)
        return (safe_divide((f * S).sum(axis=-1, keepdims=True), total),)

    return framewise(centroid, x, n_fft, hop_length)[0][..., 0]


def spectral_spread(x, sample_rate, *, n_fft=2048, hop_length=None):
    """Width: how far from the centroid the energy lies, Hz.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Hz, (..., n_frames), the second of `spectral_moments`. Equal to librosa's
      `spectral_bandwidth`.

    >>> noise = np.random.default_rng(0).standard_normal(8000)
    >>> bool(spectral_spread(noise, 8000, n_fft=512).mean() > 1000)  # 4000 / sqrt(12)
    True
    """
    return spectral_moments(x, sample_rate, n_fft=n_fft, hop_length=hop_length).spread


def spectral_rolloff(x, sample_rate, *, share=0.85, n_fft=2048, hop_length=None):
    """The frequency below which most of the spectrum lies.

        the least f_k with sum_(j<=k) |X_j| >= share sum |X|

    Voiced sounds have a low one, noise and cymbals a high one.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      share: of the summed magnitudes, above 0 and at most 1.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Hz, (..., n_frames); 0 in silence. Equal to librosa's `spectral_rolloff`.

    Raises:
      ValueError: if share is not in 0..1.

    >>> noise = np.random.default_rng(0).standard_normal(8000)
    >>> rolloff = spectral_rolloff(noise, 8000, n_fft=512)
    >>> bool(abs(rolloff.mean() - 0.85 * 4000) < 50)
    True
    """
    positive(sample_rate, name="sample_rate")
    if positive(share, name="share") > 1:
        raise ValueError(f"share must be at most 1, got {share!r}")

    def count(power):
        S = magnitude_of(power)
        below = array_namespace(S).cumsum(S, axis=-1)
        bins = (below < share * below[..., -1:]).sum(axis=-1, keepdims=True)
        return (bins.astype(S.dtype),)

    bins = framewise(count, x, n_fft, hop_length)[0][..., 0]
    return bins * (sample_rate / n_fft)


def spectral_flatness(x, *, n_fft=2048, hop_length=None):
    """How much a sound is noise: geometric over arithmetic mean of the power.

        exp(mean log |X|^2) / mean |X|^2

    Args:
      x: signal, (..., n_samples).
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Shape (..., n_frames): near 0 for tones, about 0.56 for white noise (whose bins
      differ), 1 for an impulse, and for silence. Equal to librosa's.

    >>> x = np.zeros(2048)
    >>> x[1024] = 1.0
    >>> float(spectral_flatness(x, n_fft=512)[8].round(6))
    1.0
    """

    def flatness(power):
        xp = array_namespace(power)
        power = xp.maximum(power, LEAST_POWER)
        geometric = xp.exp(xp.log(power).mean(axis=-1, keepdims=True))
        return (geometric / power.mean(axis=-1, keepdims=True),)

    return framewise(flatness, x, n_fft, hop_length)[0][..., 0]


def spectral_flux(x, *, rectify=False, n_fft=2048, hop_length=None):
    """How much the spectrum changes from one frame to the next.

        flux_m = sqrt(sum_k d_k^2),   d_k = |X_k,m| - |X_k,m-1|

    Args:
      x: signal, (..., n_samples).
      rectify: whether only what grows counts, max(d, 0): for onsets.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Shape (..., n_frames); before the first frame is silence. It grows with the
      level, and with n_fft as a sum of samples does.

    >>> x = np.zeros(4096)
    >>> x[2048] = 1.0
    >>> int(spectral_flux(x, n_fft=512).argmax())
    15
    """
    S = magnitude_of(power_rows(x, n_fft, hop_length))  # (..., n_frames, n_bins)
    xp = array_namespace(S)
    before = xp.pad(S[..., :-1, :], [(0, 0)] * (S.ndim - 2) + [(1, 0), (0, 0)])
    change = xp.maximum(S - before, 0.0) if rectify else S - before
    return magnitude_of((change**2).sum(axis=-1))


def spectral_contrast(
    x,
    sample_rate,
    *,
    n_bands=6,
    f_min=200.0,
    quantile=0.02,
    n_fft=2048,
    hop_length=None,
):
    """How far the peaks of each octave stand above its valleys: tones over noise.

    The magnitudes of each band are sorted; those of the quantile at the top and at the
    bottom are averaged:   contrast = dB(mean of the highest) - dB(mean of the lowest).

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_bands: octaves above f_min; there is one band more, below it, and the last one
        reaches up to half the sampling rate.
      f_min: Hz.
      quantile: share of a band that is averaged, at least one bin.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Shape (..., n_bands + 1, n_frames), in 10 log10 of a magnitude: half of what is
      commonly called decibels. Equal to librosa's, which does it so.

    Raises:
      ValueError: if the highest band begins above half the sampling rate.

    Reference:
      Jiang et al., "Music type classification by spectral contrast feature", ICME
      2002. They take the logarithm without decibels.

    >>> noise = np.random.default_rng(0).standard_normal(8000)
    >>> spectral_contrast(noise, 8000, n_bands=4, n_fft=512).shape
    (5, 63)
    """
    positive(sample_rate, name="sample_rate")
    positive(f_min, name="f_min")
    n_bands = integer(n_bands, name="n_bands")
    if f_min * 2.0 ** (n_bands - 1) >= sample_rate / 2:
        raise ValueError(
            f"f_min and n_bands must leave the highest band below {sample_rate / 2:g} "
            f"Hz, got f_min {f_min!r} and n_bands {n_bands}"
        )
    if not 0 < positive(quantile, name="quantile") < 1:
        raise ValueError(f"quantile must be below 1, got {quantile!r}")
    n_fft = integer(n_fft, name="n_fft", least=2)
    bands = list(_octaves(sample_rate, n_fft, n_bands, f_min, quantile))

    averages = _averages([n for _, _, n in bands])

    def both_ends(power):
        xp = array_namespace(power)
        ends = [_ends(power[..., first:last], n) for first, last, n in bands]
        roots = magnitude_of(xp.concatenate(ends, axis=-1))
        means = roots @ xp.asarray(averages, dtype=roots.dtype)
        return means[..., 0::2], means[..., 1::2]

    low, high = framewise(both_ends, x, n_fft, hop_length)  # (..., n_frames, n_bands)
    contrast = decibels(high) - decibels(low)
    return array_namespace(contrast).swapaxes(contrast, -1, -2)


def _octaves(sample_rate, n_fft, n_bands, f_min, quantile):
    """First and last bin (not included) of each band, and how many are averaged."""
    n_bins = n_fft // 2 + 1
    hertz = np.arange(n_bins) * (sample_rate / n_fft)
    edges = np.append(0.0, f_min * 2.0 ** np.arange(n_bands + 1))
    for k in range(n_bands + 1):
        inside = np.flatnonzero((hertz >= edges[k]) & (hertz <= edges[k + 1]))
        if inside.size == 0:
            raise ValueError(f"n_fft must be larger: band {k} has no bin")
        first = inside[0] - (k > 0)  # a band shares a bin with its lower neighbour
        end = n_bins if k == n_bands else inside[-1] + 1
        n = max(int(np.rint(quantile * (end - first))), 1)
        end = end if k == n_bands else max(end - 1, first + 1)
        yield first, end, min(n, end - first)


def _ends(band, n):
    """The n lowest and the n highest of each row, (..., 2 n).

    To sort is quicker here than to `partition`: rows are short, and sorted by vectors.
    """
    xp = array_namespace(band)
    band = xp.sort(band, axis=-1)
    return xp.concatenate([band[..., :n], band[..., -n:]], axis=-1)


def _averages(counts):
    """Matrix that averages the ends of all bands, (2 sum of counts, 2 n_bands)."""
    sizes = np.repeat(counts, 2)
    which = np.repeat(np.arange(sizes.size), sizes)
    return (which[:, None] == np.arange(sizes.size)) / sizes
