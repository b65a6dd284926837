"""Multi-resolution sinusoidal model: long windows for what is low, short ones above.

A long window keeps a bass apart from the next string; a short one keeps a cymbal at its
place. Ears do likewise: they resolve narrow bands below and short times above.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace, nearest_in, take
from dsplab.analysis.peaks import Analysis, Peaks, analysis_sizes, spectral_peaks
from dsplab.spectral_models.sinusoidal import unbent
from dsplab.spectral_models.tracking import Partials, follow_peaks

SECONDS = (0.093, 0.045, 0.023)  # windows below, between and above EDGES
EDGES = (1000.0, 5000.0)


class Band(NamedTuple):
    """Sizes of a band's analysis; its limits and the resolution there, in Hz."""

    sizes: Analysis
    low: float
    high: float
    width: float


def multiresolution_analysis(
    x,
    sample_rate,
    *,
    window="blackman_harris",
    window_lengths=None,
    edges=EDGES,
    hop_length=None,
    threshold_db=-80.0,
    n_partials=100,
    shortest=0.01,
    deviation=20.0,
    slope=0.01,
):
    """Take a sound apart into sinusoids, each band of frequencies with its own window.

    Peaks are found with each window, those of its band are taken, and all of them are
    joined to partials (`follow_peaks`), which may pass from band to band. What two
    windows see at an edge, within a bin of the shorter, is taken from the longer.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      window: name.
      window_lengths: samples, odd, one for each band, from the lowest on; None for 93,
        45 and 23 ms. A window resolves partials that are 4 sample_rate / length apart.
      edges: Hz between the bands, ascending, one fewer than the windows.
      hop_length: samples between frames, for all; None for 2.9 ms.
      threshold_db, n_partials, shortest, deviation, slope: as for
        `sinusoidal_analysis`.

    Returns:
      `Partials`, (..., n_partials, n_frames), for `sinusoidal_synthesis`.

    Raises:
      ValueError: if the edges are not one fewer than the windows and ascending.

    Reference:
      Levine, Verma and Smith, "Multiresolution sinusoidal modeling for wideband audio
      with modifications", ICASSP 1998, who split the sound into bands; here each window
      sees all of it, as in the course of sms-tools.

    >>> t = np.arange(8000) / 8000
    >>> x = 0.3 * np.cos(2 * np.pi * 200 * t) + 0.1 * np.cos(2 * np.pi * 1600 * t)
    >>> partials = multiresolution_analysis(x, 8000, n_partials=3)
    >>> partials.frequency[:, 150].round(2).tolist()
    [200.0, 1600.0, 0.0]
    """
    x = as_signal(x)
    bands = _bands(sample_rate, window, window_lengths, edges, hop_length)
    integer(n_partials, name="n_partials")
    positive(shortest, name="shortest", allow_zero=True)
    found = None
    for band in bands:
        peaks = spectral_peaks(
            x,
            sample_rate,
            window=band.sizes.window,
            window_length=len(band.sizes.window),
            n_fft=band.sizes.n_fft,
            hop_length=band.sizes.hop_length,
            threshold_db=threshold_db,
            n_peaks=n_partials,
        )
        found = _join(found, peaks, band)
    hop = bands[0].sizes.hop_length
    partials = follow_peaks(
        found,
        n_partials=n_partials,
        deviation=deviation,
        slope=slope,
        shortest=max(math.ceil(shortest * sample_rate / hop), 1),
    )
    return _unbent(partials, bands, sample_rate)


def _bands(sample_rate, window, window_lengths, edges, hop_length):
    positive(sample_rate, name="sample_rate")
    if window_lengths is None:
        window_lengths = [2 * round(0.5 * s * sample_rate) + 1 for s in SECONDS]
    limits = [0.0, *np.asarray(as_values(list(edges), name="edges")), math.inf]
    if len(window_lengths) != len(limits) - 1 or sorted(set(limits)) != limits:
        raise ValueError(
            "edges must be positive, ascending and one fewer than window_lengths, got "
            f"{tuple(edges)} and {tuple(window_lengths)}"
        )
    sizes = [
        analysis_sizes(sample_rate, window, n, None, hop_length) for n in window_lengths
    ]
    return [
        Band(s, low, high, sample_rate / len(s.window))
        for s, (low, high) in zip(sizes, itertools.pairwise(limits), strict=True)
    ]


def _join(below, peaks, band):
    """Peaks found so far and those of the next band, from low to high."""
    xp = array_namespace(peaks.frequency)
    f = peaks.frequency
    # where the longer window put a peak just above the edge, this one may just below
    inside = (f > 0.0) & (f >= band.low - 0.1 * band.width) & (f < band.high)
    if below is not None:
        known, new = (xp.swapaxes(p.frequency, -1, -2) for p in (below, peaks))
        known = xp.where(known > 0.0, known, 4.0 * xp.max(new) + 1.0)  # none: far away
        apart = xp.abs(take(known, nearest_in(known, new)) - new) > band.width
        inside = inside & xp.swapaxes(apart, -1, -2)
    peaks = Peaks(*(xp.where(inside, a, 0.0) for a in peaks))
    if below is None:
        return peaks
    both = [xp.concatenate(pair, axis=-2) for pair in zip(below, peaks, strict=True)]
    order = xp.argsort(xp.where(both[0] > 0.0, both[0], xp.inf), axis=-2)
    return Peaks(*(xp.take_along_axis(a, order, axis=-2) for a in both))


def _unbent(partials, bands, sample_rate):
    """Each partial freed of its movement's effect, as its band's window had it."""
    xp = array_namespace(partials.frequency)
    whole = unbent(partials, bands[0].sizes, sample_rate)
    for band in bands[1:]:
        there = partials.frequency >= band.low
        other = unbent(partials, band.sizes, sample_rate)
        whole = Partials(
            *(xp.where(there, b, a) for a, b in zip(whole, other, strict=True))
        )
    return whole
