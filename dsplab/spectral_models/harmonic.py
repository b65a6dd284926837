"""Harmonic model: a voice as the multiples of one pitch, which moves."""

import math

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace, nearest_in, take
from dsplab.analysis.peaks import analysis_sizes, spectral_peaks
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.spectral_models.sinusoidal import unbent
from dsplab.spectral_models.tracking import Partials, lasting

FARTHEST = 1.0 / 3.0  # of f0: a peak farther from a multiple of it is none of its own


def harmonic_analysis(
    x,
    sample_rate,
    *,
    f0=None,
    window="blackman_harris",
    window_length=None,
    n_fft=None,
    hop_length=None,
    threshold_db=-80.0,
    n_harmonics=100,
    shortest=0.02,
    slope=0.01,
):
    """Take a voice apart into its harmonics.

    Harmonic h is the spectral peak that is nearest to h f0, if it is within a third of
    f0 and, from the first harmonic on, within `slope` of its frequency more: strings
    that are stiff are a little sharp above.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      f0: pitch in Hz at each frame, (..., n_frames), NaN or 0 where there is none;
        frame m is sample m hop_length. None finds it (`autocorrelation_pitch`), from 60
        to 1000 Hz.
      window, n_fft, hop_length, threshold_db: as for `spectral_peaks`.
      window_length: samples, odd; None for 34 ms, four periods of 118 Hz. Take as many
        of the lowest pitch: a shorter one follows better, a longer one keeps the
        harmonics of a low voice apart.
      n_harmonics: most harmonics.
      shortest: seconds; a harmonic that sounds less long is left out.
      slope: how far, as a share of its frequency, a harmonic may be from h f0 more than
        a third of f0.

    Returns:
      `Partials`, arrays (..., n_harmonics, n_frames), harmonic h in row h - 1.

    Raises:
      ValueError: if f0 is not a track of as many frames, or a number out of range.

    Reference:
      Serra and Smith, "Spectral modeling synthesis", Computer Music Journal 14, 1990.

    >>> t = np.arange(8000) / 8000
    >>> x = 0.3 * np.cos(2 * np.pi * 200 * t) + 0.1 * np.cos(2 * np.pi * 600 * t)
    >>> partials = harmonic_analysis(x, 8000, n_harmonics=4)
    >>> partials.frequency[:, 150].round(2).tolist()
    [200.0, 0.0, 600.0, 0.0]
    """
    x = as_signal(x)
    positive(sample_rate, name="sample_rate")
    if window_length is None:
        window_length = 2 * round(0.017 * sample_rate) + 1
    sizes = analysis_sizes(sample_rate, window, window_length, n_fft, hop_length)
    integer(n_harmonics, name="n_harmonics")
    positive(shortest, name="shortest", allow_zero=True)
    positive(slope, name="slope", allow_zero=True)
    peaks = spectral_peaks(
        x,
        sample_rate,
        window=sizes.window,
        window_length=len(sizes.window),
        n_fft=sizes.n_fft,
        hop_length=sizes.hop_length,
        threshold_db=threshold_db,
        n_peaks=2 * n_harmonics,
    )
    f0 = pitch_at_frames(x, sample_rate, sizes.hop_length, f0)
    partials = _choose(peaks, f0, n_harmonics, slope, sample_rate)
    n_frames = max(math.ceil(shortest * sample_rate / sizes.hop_length), 1)
    return unbent(lasting(partials, n_frames), sizes, sample_rate)


def pitch_at_frames(x, sample_rate, hop_length, f0=None):
    """f0 in Hz at the frames of an analysis, (..., n_frames); 0 where there is none."""
    n_frames = 1 + -(-x.shape[-1] // hop_length)
    xp = array_namespace(x)
    if f0 is None:
        track = autocorrelation_pitch(x, sample_rate=sample_rate, hop_length=hop_length)
        f0 = track.f0
        after = n_frames - f0.shape[-1]
        still = [(0, 0)] * (f0.ndim - 1)
        return xp.pad(xp.nan_to_num(f0), [*still, (0, after)], mode="edge")
    f0 = as_values(array_namespace(f0).nan_to_num(f0), name="f0")
    if f0.shape != (*x.shape[:-1], n_frames) and f0.shape != (n_frames,):
        raise ValueError(
            f"f0 must have a value for each of {n_frames} frames, {hop_length} samples "
            f"apart; got shape {f0.shape}"
        )
    return xp.broadcast_to(xp.asarray(f0, dtype=x.dtype), (*x.shape[:-1], n_frames))


def _choose(peaks, f0, n_harmonics, slope, sample_rate):
    """The peak nearest to each multiple of f0: `Partials`."""
    xp = array_namespace(peaks.frequency)
    frequency, amplitude, angle = (xp.swapaxes(a, -1, -2) for a in peaks)
    number = np.arange(1, n_harmonics + 1)
    wanted = f0[..., None] * xp.asarray(number, dtype=f0.dtype)
    there = xp.where(frequency > 0.0, frequency, 2.0 * sample_rate)
    wanted_here = xp.minimum(wanted, sample_rate)
    places = nearest_in(there, wanted_here)
    distance = xp.abs(take(there, places) - wanted)
    near = distance <= f0[..., None] * FARTHEST + slope * (wanted - f0[..., None])
    found = near & (f0[..., None] > 0.0)
    same = places[..., 1:] == places[..., :-1]  # a peak belongs to one multiple only
    closer = distance[..., 1:] < distance[..., :-1]
    none = xp.zeros_like(found[..., :1])
    stolen = xp.concatenate([same & closer, none], axis=-1)
    taken = xp.concatenate([none, same & ~closer], axis=-1)
    found = found & ~stolen & ~taken
    chosen = (
        xp.where(found, take(a, places), 0.0) for a in (frequency, amplitude, angle)
    )
    return Partials(*(xp.swapaxes(a, -1, -2) for a in chosen))
