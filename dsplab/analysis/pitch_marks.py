"""One mark in every period of a voice: where PSOLA cuts it into grains."""

import itertools
import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_array, as_signal, positive
from dsplab.analysis._low_rate import reduce_rate
from dsplab.analysis._periods import DEPTH, interpolated_maximum
from dsplab.analysis._tracks import track_hop_length

RESOLUTION = 256  # marks are multiples of 1 / 256 sample, so that their sums are exact
SEARCH = 0.2  # a period may differ from the track by this share of itself
LARGEST_JUMP = 0.4  # octaves from frame to frame within one chain of marks
LARGEST_DRIFT = 0.002  # of the sum of measured periods that is taken for their error
RADIUS = 0.75  # of the window in which periods are compared, in periods
BLOCK = 512  # marks measured at a time: what fits into a processor's cache
BEYOND = 0.03  # s, by which a voice may go on before and after what the track says ...
ALIKE = 0.7  # ... while its periods correlate by so much
OFFSETS = 64  # places within a period that are tried for the mark


class PitchMarks(NamedTuple):
    """Times in samples, increasing and fractional, and which of them are voiced.

    The first lies before the sound and the last after it.
    """

    positions: np.ndarray
    voiced: np.ndarray


def pitch_marks(x, f0, *, sample_rate, hop_length=None, unvoiced_period=0.005):
    """Mark every period of a voice at the place where it has most of its energy.

    The track says how long a period is, but not where it starts, and only to a percent
    or so. In each voiced stretch a first guess is the integral of f0. Around each guess
    the distance to the next period is then measured on the sound itself, as the
    lag of the largest correlation of the sound around it, w a window of 1.5 periods T,

        lag = argmax sum_n w[n] x[m + n] x[m + n + lag],  |lag - T| < T / 5,

    between the samples; the marks are the running sum of these lags. They stay on the
    same spot of the waveform on glides, at any pitch. A chain goes on for up to 30 ms
    beyond what the track, whose frames are long, calls voiced, while one period is like
    the next (a correlation above 0.7). The whole chain is shifted to where the mean
    period has its energy. Between the voiced stretches marks follow
    one another every `unvoiced_period`.

    NumPy only: the number of marks depends on the sound.

    Args:
      x: signal, (n_samples,).
      f0: track in Hz, (n_frames,), frame m belongs to sample m hop_length; NaN or 0
        where unvoiced. After its last frame the sound counts as unvoiced.
      sample_rate: Hz.
      hop_length: samples from frame to frame of the track; None for 10 ms.
      unvoiced_period: seconds from mark to mark where there is no pitch.

    Returns:
      `PitchMarks(positions, voiced)`, both (n_marks,).

    Raises:
      ValueError: if f0 is not one-dimensional, negative, infinite or above a quarter
        of the sampling rate, or another argument is out of range.

    Reference:
      The correlation is that of the pulses of Praat ("cc"); see also Moulines and
      Charpentier, "Pitch-synchronous waveform processing techniques for text-to-speech
      synthesis using diphones", Speech Communication 9, 1990. Measuring all periods
      at once, between the samples, and adding them up is ours.

    >>> x = np.sin(2 * np.pi * 100 * np.arange(4000) / 8000)
    >>> marks = pitch_marks(x, np.full(51, 100.0), sample_rate=8000)
    >>> np.diff(marks.positions[marks.voiced])[:3].round(1).tolist()
    [80.0, 80.0, 80.0]
    """
    x = np.asarray(as_signal(x, ndim=1))
    positive(sample_rate, name="sample_rate")
    positive(unvoiced_period, name="unvoiced_period")
    hop_length = track_hop_length(hop_length, sample_rate)
    f0 = check_track(f0, "f0", sample_rate)
    chains = _chains(x.astype(np.float64, copy=False), f0, sample_rate, hop_length)
    return _filled(chains, x.shape[0], max(unvoiced_period * sample_rate, 1.0))


def check_track(f0, name, sample_rate):
    """Return a track as float64 with 0 where it is NaN or 0."""
    f0 = as_array(f0, name=name)
    if f0.dtype.kind not in "fiu":
        raise ValueError(f"{name} must be real numbers in Hz, got {f0.dtype}")
    f0 = np.asarray(f0, dtype=np.float64)
    if f0.ndim != 1 or f0.shape[0] == 0:
        raise ValueError(f"{name} must have shape (n_frames,), got {f0.shape}")
    f0 = np.where(np.isnan(f0), 0.0, f0)
    if f0.min() < 0.0 or f0.max() > sample_rate / 4:
        raise ValueError(
            f"{name} must lie in 0..sample_rate / 4 (NaN or 0: unvoiced), "
            f"got {f0.min():g}..{f0.max():g} Hz"
        )
    return f0


def _chains(x, f0, sample_rate, hop_length):
    """The marks of each voiced stretch, and their periods: a list of pairs."""
    runs = _runs(f0)
    if not runs:
        return []
    beyond = round(BEYOND * sample_rate / hop_length)
    guesses = []
    for run, room in zip(runs, _rooms(runs, len(f0)), strict=True):
        more = [min(beyond, n) for n in room]
        guesses.append(_integrated(f0, run, more, sample_rate, hop_length))
    guesses = [guess for guess in guesses if len(guess[0])]
    if not guesses:
        return []
    marks, periods, sure = (np.concatenate(part) for part in zip(*guesses, strict=True))
    low, factor = reduce_rate(x, sample_rate, f0.max())
    measured = [
        _measured(low, *(v[k : k + BLOCK] / factor for v in (marks, periods)))
        for k in range(0, len(marks), BLOCK)
    ]
    measured, alike = np.concatenate(measured, axis=1)
    alike = sure | (alike > ALIKE)
    borders = np.cumsum([len(guess[0]) for guess in guesses])[:-1]
    chains = []
    for guess, lags, certain, good in zip(
        *(np.split(part, borders) for part in (marks, factor * measured, sure, alike)),
        strict=True,
    ):
        kept = _joined(certain, good)
        guess, lags, certain = guess[kept], lags[kept], certain[kept]
        if not len(guess):
            continue
        chain = np.concatenate([[0.0], np.cumsum(lags[:-1])])
        late = (guess - chain)[certain]
        if len(late) > 8:  # the track knows the mean period better than their sum
            slope = np.polyfit(chain[certain], late, 1)[0]
            chain *= 1.0 + (slope if abs(slope) < LARGEST_DRIFT else 0.0)
        chain += np.median((guess - chain)[certain])
        chain += lags * _energy_offset(low, chain / factor, lags / factor)
        chains.append((chain, lags))
    return chains


def _runs(f0):
    """First frame and end of each stretch of voiced frames without a jump of pitch."""
    logarithm = np.log2(np.maximum(f0, 1e-3))
    jump = np.abs(np.diff(logarithm, prepend=-99.0, append=-99.0)) > LARGEST_JUMP
    edges = np.flatnonzero(jump)
    return [
        (first, end)
        for first, end in zip(edges[:-1], edges[1:], strict=True)
        if f0[first] > 0.0
    ]


def _rooms(runs, n_frames):
    """Frames before and after each run that are nearer to it than to another one."""
    ends = [(0, 0), *runs, (n_frames, n_frames)]
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(ends)]
    gaps = [gaps[0], *(gap // 2 for gap in gaps[1:-1]), gaps[-1]]
    return list(itertools.pairwise(gaps))


def _integrated(f0, run, more, sample_rate, hop_length):
    """A mark wherever the integral of f0 is whole: positions, periods, and whether it
    lies in the run, or in the frames before and after it.
    """
    first, end = run[0] - more[0], run[1] + more[1]
    time = np.arange(first, end) * float(hop_length)
    # a frame stands for half a hop on either side
    time = np.concatenate(
        [[time[0] - hop_length / 2], time, [time[-1] + hop_length / 2]]
    )
    time = np.maximum(time, 0.0)
    f0 = np.pad(f0[run[0] : run[1]], (more[0] + 1, more[1] + 1), mode="edge")
    cycles = np.diff(time) * 0.5 * (f0[1:] + f0[:-1]) / sample_rate
    cycles = np.concatenate([[0.0], np.cumsum(cycles)])
    marks = np.interp(np.arange(0.0, cycles[-1]), cycles, time)
    period = sample_rate / np.interp(marks, time, f0)
    begins, ends = ((frame - 0.5) * hop_length for frame in run)
    return marks, period, (marks > begins - period) & (marks <= ends)


def _joined(sure, good):
    """The sure marks, and the good ones that follow on them without a gap."""
    inside = np.flatnonzero(sure)
    if not len(inside):
        return slice(0, 0)
    bad = np.flatnonzero(~good)
    before, after = bad[bad < inside[0]], bad[bad > inside[-1]]
    return slice(before[-1] + 1 if len(before) else 0, after[0] if len(after) else None)


def _measured(x, marks, periods):
    """The distance from the period at each mark to the next one, in samples of x, and
    how much they are alike: (2, n_marks).
    """
    longest = math.ceil(periods.max())
    radius = math.ceil(RADIUS * longest)
    reach = math.ceil(SEARCH * longest) + DEPTH + 2
    margin = 3 * longest + reach + 4
    centre = np.round(np.clip(marks, 0, x.shape[0])).astype(int)
    first, end = centre.min() - margin, centre.max() + margin
    before, after = max(-first, 0), max(end - x.shape[0], 0)
    x = np.pad(x[max(first, 0) : end], (before, after))
    centre = centre - first
    first_lag = np.round(periods).astype(int) - reach  # of the 2 reach + 1 to be tried

    left = centre - radius
    offset = np.arange(2 * radius + 1)
    # a window without edges: one with edges would pull all lags to one side
    distance = (offset - radius) ** 2 / ((RADIUS * periods) ** 2)[:, None]
    window = (1.0 - np.minimum(distance, 1.0)) ** 2
    one = x[left[:, None] + offset]
    other = x[(left + first_lag)[:, None] + np.arange(2 * (radius + reach) + 1)]
    energy = np.sum(one**2 * window, axis=1) * np.sum(
        other[:, reach:-reach] ** 2 * window, axis=1
    )
    r = _correlation(one * window, other)  # (n_marks, 2 reach + 1)
    r = r / np.sqrt(np.maximum(energy, 1e-24))[:, None]

    off = np.abs(np.arange(2 * reach + 1) - reach)
    near = off <= np.maximum(SEARCH * periods, 1.0)[:, None]
    best = np.argmax(np.where(near, r, -9.0), axis=1)
    lag, height = (part[:, 0] for part in interpolated_maximum(r, best[:, None]))
    # where the sound does not repeat, the track knows better
    return np.stack([np.where(height > 0.5, first_lag + lag, periods), height])


def _correlation(one, other):
    """sum_n one[n] other[n + lag] of each row, low-passed, for the lags that fit."""
    import scipy.fft

    n_fft = scipy.fft.next_fast_len(other.shape[1], real=True)
    product = np.conj(scipy.fft.rfft(one, n_fft)) * scipy.fft.rfft(other, n_fft)
    # what is too near the Nyquist frequency cannot be interpolated: fade it out
    share = np.arange(product.shape[1]) / product.shape[1]
    product *= np.cos(0.5 * np.pi * np.clip((share - 0.4) / 0.35, 0.0, 1.0)) ** 2
    return scipy.fft.irfft(product, n_fft)[:, : other.shape[1] - one.shape[1] + 1]


def _energy_offset(x, marks, periods):
    """Where in the mean period the energy is, as a share of it in [-0.5, 0.5)."""
    share = np.arange(OFFSETS) / OFFSETS - 0.5
    at = np.round(marks[:, None] + share * periods[:, None]).astype(int)
    energy = np.mean(x[np.clip(at, 0, x.shape[0] - 1)] ** 2, axis=0)
    hann = np.cos(2.0 * np.pi * np.clip(share, -0.25, 0.25)) ** 2  # half a period wide
    spectrum = np.fft.rfft(energy) * np.fft.rfft(np.fft.ifftshift(hann))
    return share[np.argmax(np.fft.irfft(spectrum, OFFSETS))]


def _filled(chains, n_samples, unvoiced_period):
    """Join the chains by unvoiced marks, from before the sound to after it."""
    last = -np.ceil(unvoiced_period)
    parts, flags = [np.array([last])], [np.array([False])]
    for chain, periods in chains:
        chain = np.round(chain * RESOLUTION) / RESOLUTION
        chain = chain[(chain > last + 0.5 * periods[0]) & (chain < n_samples)]
        if len(chain):
            between = _between(last, chain[0], unvoiced_period)
            parts += [between, chain]
            flags += [np.zeros(len(between), bool), np.ones(len(chain), bool)]
            last = chain[-1]
    end = np.ceil(n_samples + unvoiced_period)
    rest = np.append(_between(last, end, unvoiced_period), end)
    return PitchMarks(
        np.concatenate([*parts, rest]),
        np.concatenate([*flags, np.zeros(len(rest), bool)]),
    )


def _between(first, last, distance):
    """Points that divide first..last into equal parts of about `distance`."""
    n_parts = max(int(round((last - first) / distance)), 1)
    points = first + (last - first) * np.arange(1, n_parts) / n_parts
    return np.round(points * RESOLUTION) / RESOLUTION
