"""What the descriptors of a spectrum share: magnitudes, decibels, the unit of a row."""

import functools

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import array_namespace, fft, frames_at, in_blocks
from dsplab.mel import mel_filterbank
from dsplab.windows import get_window

LEAST_POWER = 1e-10  # what lies lower counts as this: -100 dB
BANDS = 32  # mel bands that are gathered at once
RANGE_DB = 80.0  # and what is this far below the loudest bin, as that


def framewise(function, x, n_fft, hop_length):
    """function(power) of all frames of x: a tuple of (..., n_frames).

    The power |X|^2 of `dsplab.spectral.stft` comes in rows, (..., n_rows, n_bins), some
    at a time under NumPy, which stay in the cache; so the results are (..., n_rows, n)
    and n may be 1.
    """
    n_fft = integer(n_fft, name="n_fft", least=2)
    hop = max(n_fft // 4, 1) if hop_length is None else hop_length
    hop = integer(hop, name="hop_length")
    x = as_signal(x)
    xp = array_namespace(x)
    n_frames = 1 + x.shape[-1] // hop
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(n_fft // 2, n_fft - n_fft // 2)])
    window = xp.asarray(get_window("hann", n_fft), dtype=x.dtype)
    frames = frames_at(x, range(0, n_frames * hop, hop), n_fft)

    def rows(frames):
        X = fft(x).rfft(frames * window)
        return function(X.real**2 + X.imag**2)

    return in_blocks(rows, frames, size=32)


def magnitude_of(power):
    """Its root, with a derivative of 0 where it is 0."""
    xp = array_namespace(power)
    nothing = power == 0.0
    return xp.where(nothing, 0.0, xp.sqrt(xp.where(nothing, 1.0, power)))


def power_rows(x, n_fft, hop_length):
    """|STFT|^2, (..., n_frames, n_bins)."""
    return framewise(lambda power: (power,), x, n_fft, hop_length)[0]


def bin_frequencies(sample_rate, n_fft, like):
    """Hz of each bin, (n_bins,)."""
    hertz = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    return array_namespace(like).asarray(hertz, dtype=like.dtype)


def decibels(power):
    """10 log10 of a spectrum (..., n_bins, n_frames) or of bands, over 80 dB only."""
    xp = array_namespace(power)
    db = 10.0 * xp.log10(xp.maximum(power, LEAST_POWER))
    return xp.maximum(db, db.max(axis=(-2, -1), keepdims=True) - RANGE_DB)


def mel_decibels(x, sample_rate, n_fft, hop_length, **bands):
    """`decibels` of `dsplab.mel.mel_spectrogram`, (..., n_mels, n_frames)."""
    positive(sample_rate, name="sample_rate")  # before it is looked up
    groups = _mel_filters(sample_rate, n_fft=n_fft, **bands)

    def gathered(power):
        xp = array_namespace(power)
        parts = [
            power[..., first:last] @ xp.asarray(filters, dtype=power.dtype)
            for first, last, filters in groups
        ]
        return (xp.concatenate(parts, axis=-1),)

    db = decibels(framewise(gathered, x, n_fft, hop_length)[0])
    return array_namespace(db).swapaxes(db, -1, -2)


@functools.lru_cache(maxsize=8)
def _mel_filters(sample_rate, **bands):
    """[(first bin, last bin, filters)]: some bands at a time see few of the bins."""
    filters = mel_filterbank(sample_rate, **bands)
    groups = []
    for k in range(0, len(filters), BANDS):
        group = filters[k : k + BANDS]
        seen = np.flatnonzero(group.any(axis=0))
        first, end = (seen[0], seen[-1] + 1) if seen.size else (0, 1)
        groups.append((first, end, np.ascontiguousarray(group[:, first:end].T)))
    return groups


def safe_divide(a, b):
    """a / b, and a where b is (nearly) nothing."""
    xp = array_namespace(a, b)
    return a / xp.where(b < float(np.finfo(a.dtype).tiny), 1.0, b)
