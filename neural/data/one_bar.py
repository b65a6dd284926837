"""Loops cut into bars, each brought to the same tempo: what loop models learn from.

A loop that was cut well says more than any tracker: it is a whole number of bars long,
and begins with one. So where duration and tempo fit, bars are that number of equal
parts, to the sample. Otherwise beats are found, downbeats are where the bass is, and
every whole bar is taken, the last one too if the sound ends where it ends.

Bars are stretched one by one, so that nothing of a neighbour leaks into one. Far from
the wanted tempo a stretched loop no longer sounds like one, and is left out, with the
reason.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab.analysis.beats import beats
from dsplab.stretch.time_stretch import time_stretch

FIT = 0.04  # of a bar, by which the duration of a well cut loop may be wrong
FARTHEST = 1.25  # ratio of tempos from which on a loop is left out
BASS, BASS_SECONDS = 150.0, 0.08  # Hz below which, and how long, downbeats are heard
ENDS = 1.2  # what it counts that a bar begins or ends with the sound


class Bars(NamedTuple):
    """Bars of a loop.

    x: (n_bars, ..., n_samples), none if the loop was left out; all equally long.
    starts: seconds in the loop where each began.
    bpm: tempo of the loop as it was.
    why_not: why there is no bar; empty if there is one.
    """

    x: np.ndarray
    starts: np.ndarray
    bpm: float
    why_not: str


def one_bar_loops(
    x, sample_rate, *, bpm=None, target_bpm=120.0, farthest=FARTHEST, beats_per_bar=4
):
    """Cut a loop into bars of the same tempo.

    Args:
      x: loop, (n_samples,) or (n_channels, n_samples).
      sample_rate: Hz.
      bpm: beats a minute, where somebody wrote it down; None: found, and halved or
        doubled until it is within half an octave of the target.
      target_bpm: of the result; at 120 a bar lasts 2 s.
      farthest: ratio of the two tempos from which on a loop is left out.
      beats_per_bar: 4 as a rule.

    Returns:
      `Bars`; x has round(60 beats_per_bar / target_bpm sample_rate) samples.

    Raises:
      ValueError: if an argument is out of range.
    """
    x = np.asarray(as_signal(x, ndim=(1, 2)))
    target = positive(target_bpm, name="target_bpm")
    n_beats = integer(beats_per_bar, name="beats_per_bar")
    if positive(farthest, name="farthest") < 1.0:
        raise ValueError(f"farthest must be at least 1, got {farthest!r}")
    length = round(60.0 * n_beats / target * positive(sample_rate, name="sample_rate"))
    none = np.zeros((0, *x.shape[:-1], length), x.dtype)
    given = bpm is not None
    tempo = positive(bpm, name="bpm") if given else _found_tempo(x, sample_rate, target)
    if not tempo:
        return Bars(none, np.zeros(0), 0.0, "no beat was found")
    edges, tempo = _bar_edges(x, sample_rate, tempo, n_beats)
    if max(tempo / target, target / tempo) > farthest:
        text = f"{tempo:.1f} beats a minute are too far from {target:g}"
        return Bars(none, np.zeros(0), tempo, text)
    if len(edges) < 2:
        bar = 60.0 * n_beats / tempo
        text = f"no whole bar of {bar:.2f} s in {x.shape[-1] / sample_rate:.2f} s"
        return Bars(none, np.zeros(0), tempo, text)
    pairs = zip(edges[:-1], edges[1:], strict=True)
    rows = [_bar(x, *pair, length, sample_rate) for pair in pairs]
    return Bars(np.stack(rows), edges[:-1] / sample_rate, float(tempo), "")


def _found_tempo(x, sample_rate, target):
    """Beats a minute, within half an octave of the target; 0 if there is no beat."""
    found = beats(x, sample_rate, around=target).tempo
    return found and found * 2.0 ** np.round(np.log2(target / found))


def _bar_edges(x, sample_rate, tempo, n_beats):
    """Samples where bars begin and the last ends; and the tempo, more exactly."""
    n_bars = x.shape[-1] / sample_rate * tempo / (60.0 * n_beats)
    whole = round(n_bars)
    if whole >= 1 and abs(n_bars - whole) < FIT:
        exact = 60.0 * n_beats * whole * sample_rate / x.shape[-1]
        return np.round(np.linspace(0.0, x.shape[-1], whole + 1)).astype(int), exact
    found = beats(x, sample_rate, bpm=tempo).times
    if len(found) < n_beats:
        return np.zeros(0, int), tempo
    times = _with_ends(found, 60.0 / tempo, x.shape[-1] / sample_rate)
    edges = times[_downbeat(x, sample_rate, times, n_beats) :: n_beats] * sample_rate
    return np.round(np.clip(edges, 0, x.shape[-1])).astype(int), tempo


def _downbeat(x, sample_rate, times, n_beats):
    """Which of the first beats begins a bar: the one with most bass, and ends that fit.

    Where beats are alike, one is preferred whose bars begin or end with the sound.
    """
    duration = x.shape[-1] / sample_rate
    heard = times < duration - BASS_SECONDS
    bass = np.where(heard, _bass_after(x, sample_rate, times), np.nan)
    best, downbeat = -1.0, 0
    for k in range(min(n_beats, int(heard.sum()))):
        edges = times[k::n_beats]
        near = 0.1 * (times[1] - times[0]) if len(times) > 1 else 0.0
        fits = edges[0] < near or duration - edges[-1] < near
        score = np.nanmean(bass[k::n_beats]) * (ENDS if fits else 1.0)
        best, downbeat = max((best, downbeat), (score, k), key=lambda pair: pair[0])
    return downbeat


def _with_ends(times, period, duration):
    """Beats, and those before and after that nothing is heard of, within the sound."""
    k = np.arange(len(times))
    slope, start = np.polyfit(k, times, 1) if len(times) > 1 else (period, times[0])
    before = int((times[0] + FIT * period) // slope)
    after = int((duration + FIT * period - times[-1]) // slope)
    early = times[0] - slope * np.arange(before, 0, -1)
    late = times[-1] + slope * np.arange(1, after + 1)
    return np.concatenate([early, times, late])


def _bass_after(x, sample_rate, times):
    """How much bass each beat begins with, beside the loudest."""
    mono = x if x.ndim == 1 else x.mean(axis=0)
    n = max(round(BASS_SECONDS * sample_rate), 16)
    starts = np.round(times * sample_rate).astype(int)
    frames = np.pad(mono, (n, 2 * n))[starts[:, None] + n + np.arange(n)]
    power = abs(np.fft.rfft(frames * np.hanning(2 * n)[n:], 4 * n)) ** 2
    return power[:, : max(round(BASS / sample_rate * 4 * n), 2)].sum(axis=-1)


def _bar(x, first, last, length, sample_rate):
    """Samples first .. last of x, stretched to `length`; attacks stay as sharp."""
    part = x[..., first:last]
    if last - first == length:
        return part
    return time_stretch(part, (last - first) / length, sample_rate=sample_rate)
