"""Pitch from the peaks of the spectrum: two-way mismatch."""

import functools
import math

import numpy as np

from dsplab._arguments import integer, positive
from dsplab._array import array_namespace, fft, in_blocks
from dsplab.analysis._low_rate import reduce_rate
from dsplab.analysis._periods import DEPTH, fading, fast_length, likeness_at
from dsplab.analysis._tracks import (
    check_voice,
    chosen_track,
    framed,
    likeliest,
    middle_peak,
    quietness,
    sharpened,
)
from dsplab.analysis.peaks import Analysis, peaks_in, spectra
from dsplab.windows import blackman

PERIODS = 4.6  # of the lowest pitch in a frame: enough to tell its harmonics apart
STRONGEST = 5  # peaks of which fractions are tried as pitch ...
DIVISORS = 6  # ... from the peak itself to a sixth of it
SAME = 1.01  # candidates closer than this ratio are one
CANDIDATES = 6  # kept for each frame
NONE = 9.0  # mismatch of what is no candidate
PERIODICITY = 0.3  # what the likeness of two periods counts beside the mismatch


def two_way_mismatch(
    x,
    *,
    sample_rate,
    hop_length=None,
    f_min=60.0,
    f_max=1000.0,
    n_peaks=20,
    threshold_db=-40.0,
    missing=0.4,
    tolerance=0.2,
    voicing_threshold=0.45,
    silence_threshold=0.03,
    jump_cost=0.35,
    voicing_cost=0.14,
):
    """Follow the pitch of one voice by its partials: precise in noise, at any timbre.

    A pitch f0 predicts peaks at its multiples. It is wrong if peaks f_k lie elsewhere
    (f0 too high), and if predicted ones are missing (f0 too low); both are counted.
    With c_k = 1 for a peak on a multiple of f0, 0 for one that is `tolerance` f0 or
    more off, a_k its amplitude, and N the multiples up to the highest peak,

        mismatch(f0) = 1 - sum sqrt(a_k) c_k / sum sqrt(a_k) + missing (1 - sum c_k / N)

    Tried are the strongest peaks, their halves, thirds ... sixths and the differences
    of neighbours, so the fundamental itself need not sound. The path with least
    mismatch and jumps is the track; f0 is then that of which the peaks h_k f0 are
    multiples, a least-squares fit with weights a_k^2 / h_k.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      hop_length: samples from frame to frame; None for 10 ms.
      f_min: lowest pitch in Hz. A frame is 4.6 / f_min long: take it as high as the
        voice allows where pitch moves fast.
      f_max: highest pitch in Hz.
      n_peaks: most peaks of a frame.
      threshold_db: peaks below the strongest by more are left out.
      missing: weight of predicted peaks that are missing. Less for voices with few
        partials far apart, more where f0 comes out an octave too low.
      tolerance: how far off a peak may be, as a share of f0, below 0.5.
      voicing_threshold: frames whose voicing is below it are unvoiced.
      silence_threshold: frames whose amplitude is below this share of the loudest
        sample tend to be unvoiced.
      jump_cost: for a jump of an octave in 10 ms, in units of the mismatch.
      voicing_cost: for a change between voiced and unvoiced.

    Returns:
      `Pitch(times, f0, voicing)` as of `autocorrelation_pitch`; voicing is the
      autocorrelation after one period.

    Raises:
      ValueError: as for `autocorrelation_pitch`.

    Reference:
      Maher and Beauchamp, "Fundamental frequency estimation of musical signals using a
      two-way mismatch procedure", J. Acoust. Soc. Am. 95(4), 1994. Ours: a mismatch is
      measured in the distance of the multiples and is 1 at most (theirs, in Hz over
      the square root of the frequency, grows with a gap in the spectrum, and prefers
      an octave above to a missing fundamental); candidates, path and fit; voicing.

    >>> t = np.arange(8000) / 16000
    >>> x = sum(np.sin(2 * np.pi * 200 * k * t) for k in (3, 4, 5, 7))
    >>> round(float(two_way_mismatch(x, sample_rate=16000).f0[25]), 2)
    200.0
    """
    x, hop_length = check_voice(x, sample_rate, hop_length, f_min, f_max)
    integer(n_peaks, name="n_peaks", least=2)
    positive(missing, name="missing", allow_zero=True)
    positive(tolerance, name="tolerance")
    positive(voicing_threshold, name="voicing_threshold", allow_zero=True)
    positive(silence_threshold, name="silence_threshold")
    xp = array_namespace(x)
    low, factor = reduce_rate(x, sample_rate, f_max)
    rate = sample_rate / factor
    n_lags = math.ceil(rate / f_min) + DEPTH + 2
    sizes, gain, spread = _sizes(2 * round(0.5 * PERIODS * rate / f_min) + 1, n_lags)
    frame_length = len(sizes.window)
    frames, late = framed(low, x.shape[-1], hop_length, factor, frame_length)

    def candidates(frames):
        frames = frames - xp.mean(frames, axis=-1, keepdims=True)
        X = spectra(frames, sizes)
        power = X.real**2 + X.imag**2
        least = xp.max(power, axis=-1, keepdims=True) * 10.0 ** (threshold_db / 10.0)
        place, amplitude, _ = peaks_in(X, sizes, xp.maximum(least, 1e-30), n_peaks)
        frequency = place * (rate / sizes.n_fft)
        f0 = _proposals(frequency, amplitude, tolerance)
        error = mismatch(f0, frequency, amplitude, missing, tolerance)
        f0, error = _least(f0, error, f_min, f_max)
        r = fft(frames).irfft(power, sizes.n_fft)[..., :n_lags]
        r = r / xp.maximum(r[..., :1], 1e-30) * xp.asarray(gain, dtype=r.dtype)
        peak = middle_peak(frames, math.ceil(rate / f_min))[..., None]
        return f0, error, likeness_at(r, rate / f0), frequency, amplitude, peak

    f0, error, likeness, frequency, amplitude, peak = in_blocks(candidates, frames)
    likeness = xp.where(error < NONE, likeness, 0.0)
    better = xp.min(error, axis=-1, keepdims=True) - error
    score = better + PERIODICITY * (likeness - voicing_threshold)
    quiet = quietness(peak[..., 0], silence_threshold / (1.0 + voicing_threshold))
    per_frame = 0.01 * sample_rate / hop_length
    costs = jump_cost * per_frame, voicing_cost * per_frame
    best = likeliest(f0, score, 2.0 * quiet, *costs)
    track = chosen_track(f0, likeness, best, hop_length / sample_rate)
    fine = _fitted(track.f0[..., None], frequency, amplitude, tolerance, tilt=1)[..., 0]
    return track._replace(f0=sharpened(fine, late, spread * factor / hop_length))


@functools.cache
def _sizes(length, n_lags):
    """The analysis, what its window takes of an autocorrelation, and its spread."""
    window = blackman(length - 1)
    window = np.append(window, window[0])
    n_fft = fast_length(length + n_lags)
    t = np.arange(length) - length // 2
    # the frequency that a peak shows of a movement t^2 is that of least squares
    spread = math.sqrt((window @ t**4) / (window @ t**2) / 3.0)
    return Analysis(window, n_fft, 1), fading(window, n_lags, n_fft), spread


def _multiples(f0, frequency):
    """Which multiples of f0 the peaks are, 0 if none, and how far off, in f0.

    f0 is (..., n_f0), the peaks (..., n_peaks): (..., n_f0, n_peaks).
    """
    xp = array_namespace(f0)
    ratio = frequency[..., None, :] / f0[..., None]
    number = xp.round(ratio)
    return number, xp.abs(ratio - number)


def _fitted(f0, frequency, amplitude, tolerance, tilt=0):
    """The f0 of which the peaks near to multiples are multiples, by least squares."""
    xp = array_namespace(f0)
    number, off = _multiples(f0, frequency)
    weight = (amplitude**2)[..., None, :] / xp.maximum(number, 1.0) ** tilt
    weight = xp.where((off < tolerance) & (number > 0), weight, 0.0) * number
    total = xp.sum(weight * number, axis=-1)
    fit = xp.sum(weight * frequency[..., None, :], axis=-1) / xp.where(
        total > 0.0, total, 1.0
    )
    return xp.where(total > 0.0, fit, f0)


def _proposals(frequency, amplitude, tolerance):
    """Pitches to try, (..., n): fractions of strong peaks, distances of neighbours."""
    xp = array_namespace(frequency)
    first = xp.argsort(-amplitude, axis=-1)[..., :STRONGEST]
    strong = xp.take_along_axis(frequency, first, axis=-1)
    divisors = xp.asarray(np.arange(1.0, DIVISORS + 1), dtype=frequency.dtype)
    parts = (strong[..., None] / divisors).reshape(*strong.shape[:-1], -1)
    apart = frequency[..., 1:] - frequency[..., :-1]  # negative where there is no peak
    f0 = xp.concatenate([parts, apart], axis=-1)
    return _fitted(xp.maximum(f0, 1.0), frequency, amplitude, tolerance)


def mismatch(f0, frequency, amplitude, missing, tolerance):
    """How badly each f0 (..., n) explains the peaks (..., n_peaks): (..., n)."""
    xp = array_namespace(f0)
    number, off = _multiples(f0, frequency)
    close = xp.where(number > 0, xp.maximum(1.0 - off / tolerance, 0.0), 0.0)
    weight = xp.sqrt(amplitude)[..., None, :]
    total = xp.maximum(xp.sum(weight, axis=-1), 1e-30)
    measured = 1.0 - xp.sum(weight * close, axis=-1) / total
    count = xp.maximum(xp.max(number, axis=-1), 1.0)
    predicted = 1.0 - xp.minimum(xp.sum(close, axis=-1) / count, 1.0)
    return measured + missing * predicted


def _least(f0, error, f_min, f_max):
    """The different f0 of least error: themselves, f_max for none, and their errors."""
    xp = array_namespace(f0)
    order = xp.argsort(f0, axis=-1)
    f0, error = (xp.take_along_axis(a, order, axis=-1) for a in (f0, error))
    inside = (f0 >= 0.999 * f_min) & (f0 <= 1.001 * f_max)
    error = xp.where(inside, error, NONE)
    same = f0[..., 1:] < SAME * f0[..., :-1]
    lower = error[..., 1:] < error[..., :-1]
    none = xp.zeros_like(same[..., :1])
    again = xp.concatenate([same & lower, none], axis=-1)
    again = again | xp.concatenate([none, same & ~lower], axis=-1)
    error = xp.where(again, NONE, error)
    best = xp.argsort(error, axis=-1)[..., :CANDIDATES]
    f0, error = (xp.take_along_axis(a, best, axis=-1) for a in (f0, error))
    return xp.where(error < NONE, f0, f_max), error
