"""Peaks of a spectrum: which sinusoids a moment of sound is made of.

A sinusoid under a window becomes, in the spectrum, a copy of the window's transform W
around its frequency. A parabola through the three decibel values at a maximum nearly
finds its top; what it misses is known, because W is.
"""

import functools
import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import (
    angle,
    array_namespace,
    frames_in_blocks,
    largest,
    row_spectra,
    rows_at_once,
)
from dsplab.windows import get_window

GRID = 129  # points between two bins on which the window's transform is tabulated
TINY = 1e-30  # power of nothing


class Peaks(NamedTuple):
    """Sinusoids found, frame by frame, from low to high; all zero where there is none.

    frequency: Hz, (..., n_peaks, n_frames).
    amplitude: linear; a full-scale sine has 1.
    angle: of the cosine in the middle of the frame, radians.
    """

    frequency: np.ndarray
    amplitude: np.ndarray
    angle: np.ndarray


class Analysis(NamedTuple):
    """Sizes of a spectral analysis, in samples, and its window."""

    window: np.ndarray
    n_fft: int
    hop_length: int


def analysis_sizes(sample_rate, window, window_length, n_fft, hop_length):
    """Fill in what is None: a window of 45 ms, 4 hops a 512th of 44.1 kHz apart."""
    positive(sample_rate, name="sample_rate")
    if window_length is None:
        window_length = 2 * round(0.0227 * sample_rate) + 1
    integer(window_length, name="window_length", least=5)
    if window_length % 2 == 0:
        raise ValueError(f"window_length must be odd, got {window_length}")
    if n_fft is None:
        n_fft = 2 ** math.ceil(math.log2(window_length))
    integer(n_fft, name="n_fft", least=window_length)
    if hop_length is None:
        hop_length = max(round(sample_rate * 128 / 44100), 1)
    integer(hop_length, name="hop_length")
    # symmetric about its middle, so that its transform is real
    w = get_window(window, window_length - 1) if isinstance(window, str) else None
    w = np.append(w, w[0]) if w is not None else get_window(window, window_length)
    return Analysis(np.asarray(w, dtype=np.float64), n_fft, hop_length)


def spectral_peaks(
    x,
    sample_rate,
    *,
    window="blackman_harris",
    window_length=None,
    n_fft=None,
    hop_length=None,
    threshold_db=-80.0,
    n_peaks=100,
):
    """Find the sinusoids of every moment of a sound.

    A peak is a bin above its neighbours and the threshold. With the decibels l, m, r of
    its lower neighbour, itself and its upper one, it lies

        p = (l - r) / (2 (l - 2 m + r))

    bins above its bin; p, which would be exact if W were a parabola, is corrected by
    what W itself would give, and so is the amplitude. Its phase is that of its bin: W
    is real when time is counted from the middle of the window.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      window: name, or the window itself (symmetric, an odd number of samples).
      window_length: samples, odd; None for 45 ms. Longer keeps partials apart that
        are close, but for their movement: eight periods of the difference with
        "blackman_harris", six with "blackman", four with "hamming", in this order of
        how much of one partial leaks into others (-92, -58, -43 dB).
      n_fft: size of the transform; None for the next power of two.
      hop_length: samples between frames; None for 2.9 ms (128 at 44.1 kHz).
      threshold_db: what is below is no peak; decibels below a full-scale sine.
      n_peaks: most peaks in a frame; the strongest are taken.

    Returns:
      `Peaks`, of arrays (..., n_peaks, n_frames); frame m is about sample
      m hop_length, and the last one is at or after the end.

    Raises:
      ValueError: if a size or the rate is out of range.

    Reference:
      Smith and Serra, "PARSHL: an analysis/synthesis program for non-harmonic sounds
      based on a sinusoidal representation", ICMC 1987; the correction by the window's
      own transform is in the place of its zero padding.

    >>> x = 0.5 * np.cos(2 * np.pi * 440.0 * np.arange(8000) / 8000)
    >>> peaks = spectral_peaks(x, 8000, n_peaks=3)
    >>> [round(float(row[0, 100]), 3) for row in peaks[:2]]
    [440.0, 0.5]
    """
    x = as_signal(x)
    integer(n_peaks, name="n_peaks")
    sizes = analysis_sizes(sample_rate, window, window_length, n_fft, hop_length)
    threshold = 10.0 ** (threshold_db / 10.0)

    def find(frames):
        return peaks_in(spectra(frames, sizes), sizes, threshold, n_peaks)

    xp, half = array_namespace(x), len(sizes.window) // 2
    frequency, amplitude, phase = (
        xp.swapaxes(a, -1, -2)
        for a in frames_in_blocks(
            find,
            xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, 0)]),  # frame 0 is about 0
            1 + -(-x.shape[-1] // sizes.hop_length),
            frame_length=len(sizes.window),
            hop_length=sizes.hop_length,
            size=rows_at_once(x, 64, 16),
        )
    )
    return Peaks(frequency * (sample_rate / sizes.n_fft), amplitude, phase)


def spectra(frames, sizes):
    """Spectra of frames (..., n_frames, n) in which a sine is as high as it is loud."""
    w = 2.0 * sizes.window / sizes.window.sum()
    return row_spectra(frames, w, sizes.n_fft, size=64)


def peaks_in(X, sizes, threshold, n_peaks):
    """Bin (with fraction), amplitude and angle of the peaks of `spectra`, each
    (..., n_frames, n_peaks). threshold is a power, of every frame or of each.
    """
    xp = array_namespace(X)
    w, n_fft, half = sizes.window, sizes.n_fft, len(sizes.window) // 2
    power = X.real**2 + X.imag**2  # (..., n_frames, n_bins)
    middle = power[..., 1:-1]
    above = (middle > power[..., :-2]) & (middle >= power[..., 2:])
    some = largest(middle, above & (middle > threshold), n_peaks)
    near = [xp.maximum(some.read(power, step), TINY) for step in range(3)]
    low, here, high = (10.0 * xp.log10(p) for p in near)
    bend = low - 2.0 * here + high  # 0 on a plateau that rounding makes a peak of
    tables = transform_tables(w.tobytes(), n_fft)
    parabola = 0.5 * (low - high) / xp.where(bend < 0.0, bend, -1.0)  # -1/2 to 1/2
    offset, gain = read_evenly(tables, parabola + 0.5)
    k, value = some.column + 1, some.read(X, 1)
    turn = k * half % n_fft * (2.0 * np.pi / n_fft)  # count time from the middle
    phase = angle(value) + turn.astype(here.dtype)
    values = (k + offset, xp.sqrt(near[1]) / gain, phase)
    return tuple(some.put(v.astype(power.dtype)) for v in values)


def read_evenly(tables, place):
    """Tables (n,) read on straight lines at place, 0 the first entry, 1 the last."""
    xp = array_namespace(place)
    last = len(tables[0]) - 1
    place = xp.clip(place, 0.0, 1.0) * last
    k = xp.minimum(place.astype(int), last - 1)
    share = place - k.astype(place.dtype)
    tables = (xp.asarray(table, dtype=place.dtype) for table in tables)
    return [t[k] + share * (t[k + 1] - t[k]) for t in tables]


@functools.lru_cache(maxsize=32)
def transform_tables(window, n_fft):
    """Offset in bins and gain of the bin, for parabolas with tops at -1/2 ... 1/2."""
    w = np.frombuffer(window)
    offsets = np.linspace(-0.6, 0.6, 8 * GRID)
    bins = offsets + np.array([-1.0, 0.0, 1.0])[:, None]  # of l, m, r as seen from it
    time = np.arange(len(w)) - len(w) // 2
    W = np.cos((2.0 * np.pi / n_fft) * bins[..., None] * time) @ w / w.sum()
    high, here, low = 20.0 * np.log10(np.maximum(np.abs(W), 1e-15))  # W is even
    beyond = 0.5 * (low - high) / (low - 2.0 * here + high)
    tops = np.linspace(-0.5, 0.5, GRID)
    return np.interp(tops, beyond, offsets), np.interp(tops, beyond, W[1])
