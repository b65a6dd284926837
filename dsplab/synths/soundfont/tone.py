"""The sound of a voice before its envelope: a sample at a pitch, through a filter.

Most of the time neither pitch nor filter moves. Then the sound is a piece of a wave
that has been transposed, and filtered, as a whole, and that other notes may use too.
Where something moves, the sample is read at its places and filtered tick by tick; when
all stands still again, the pitch is nudged for some milliseconds, by less than a cent,
until the place is one that the ready-made wave has.
"""

import math
from fractions import Fraction

import numpy as np

from dsplab.synths.soundfont import filtering, waves
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.waves import LONGEST, nearest_fraction

SETTLING = 16  # ticks, 23 ms at 44.1 kHz


class Tone:
    """A sample that is read, from some place on, some ticks at a time."""

    def __init__(self, waves, source, *, made=0, place=0.0, before=(0.0,) * 4):
        """Begin at the start, with the filter at rest, or go on from somewhere.

        Args:
          waves: the store of `Waves`.
          source: which part of which sample.
          made: samples made before.
          place: samples of the source read before.
          before: of the filter: x[-1], x[-2], y[-1], y[-2].
        """
        self.waves, self.source = waves, source
        self.made, self.place, self.before = made, place, before
        self.pitch, self.shift = None, 0  # whose ready-made wave, how far ahead in it
        self.pace = None  # ratio at the end of what was made
        self.filter = None  # cutoff and q, where that wave is filtered as well
        self.run = None  # what is being filtered

    def render(self, n, curves, turns):
        """Make n ticks.

        Args:
          n: how many.
          curves: ratio (samples of the source for each sample), cutoff in Hz (infinite:
            no filter) and resonance of each tick, (3, n); (3, 1) if nothing moves.
          turns: of the loop, until the sample goes on to its end; None for ever.

        Returns:
          Parts, one after the other: arrays, and what is to be filtered, `Run`s.
        """
        if self.run is not None:
            self.before, self.run = self.run.before, None
        parts = []
        for first, last, still in _stretches(n, curves):
            if still:
                parts += self._still(last - first, *curves[:, first].tolist(), turns)
            else:
                ratio, *steps = curves[:, first:last]
                steps = map(_number_if_still, steps)
                parts += self._moving(last - first, ratio, *steps, turns)
        return parts

    def _still(self, n, ratio, cutoff, q, turns):
        """Nothing moves: settle if need be, then take what is ready."""
        ratio = nearest_fraction(ratio)
        if self.made == 0:
            self.pitch, self.filter = ratio, (cutoff, q)
        if self.made + self.shift + n * TICK > LONGEST:
            return self._moving(n, ratio, cutoff, q, turns)
        if (self.pitch, self.filter) == (ratio, (cutoff, q)):
            return [self._ready(n, turns)]
        settling = min(n, SETTLING)
        if self.pitch == ratio:
            parts = self._moving(settling, ratio, cutoff, q, turns)
        else:
            step = settling * TICK
            goal = max(round(self.place / float(ratio) + step), step)
            self.pace = nudged = (goal * float(ratio) - self.place) / step
            parts = self._moving(settling, nudged, cutoff, q, turns)
            self.pitch, self.shift = ratio, goal - self.made
            self.place = goal * float(ratio)
        self.filter = cutoff, q
        if n > settling:
            parts.append(self._ready(n - settling, turns))
        return parts

    def _ready(self, n, turns):
        """A piece of a ready-made wave."""
        (cutoff, q), first = self.filter, self.made + self.shift
        x = self._piece(first, n, turns, cutoff=cutoff, q=q)
        gain = q**-0.5  # of the filter at low frequencies: its x is almost y / gain
        self.before, self.run = (x[-1] / gain, x[-2] / gain, x[-1], x[-2]), None
        return x

    def _piece(self, first, n, turns, **options):
        last = first + n * TICK
        x = self.waves.steady(self.source, turns, self.pitch, length=last, **options)
        self.made, self.place = self.made + n * TICK, last * float(self.pitch)
        self.pace = float(self.pitch)
        x = x[first:last]
        if len(x) == n * TICK:
            return x
        return np.concatenate([x, np.zeros(n * TICK - len(x), x.dtype)])

    def _moving(self, n, ratio, cutoff, q, turns):
        """Sound of a sample whose pitch or filter moves."""
        pitch = _standing(ratio)
        if self.made == 0:
            self.pitch = pitch
        first = self.made + self.shift
        if pitch is not None and pitch == self.pitch and first + n * TICK <= LONGEST:
            x = self._piece(first, n, turns)
        else:
            x = self._read(n, ratio, turns)
            self.pitch = None
        self.filter = None
        if np.ndim(cutoff) == 0 and cutoff == math.inf:
            y = x * np.float32(np.max(q) ** -0.5)
            self.before, self.run = (x[-1], x[-2], y[-1], y[-2]), None
            return [y]
        parts = []
        if self.run is None:
            self.run = filtering.Run(self.before, self.waves.sample_rate)
            parts.append(self.run)
        self.run.add(x, cutoff, q)
        return parts

    def _read(self, n, ratio, turns):
        """The sample at a pitch that moves, or at a place that no wave has."""
        ratio = np.broadcast_to(np.asarray(ratio, float), n)
        edges = waves.edges_of(ratio, self.pace)
        starts = self.place + waves.passed(edges)
        self.made, self.place = self.made + n * TICK, float(starts[-1])
        self.pace = float(edges[-1])
        return self.waves.read(self.source, turns, starts[:-1], edges)


def _standing(ratio):
    """The fraction for a ratio that stands still, or None."""
    if isinstance(ratio, Fraction):
        return ratio
    if np.ndim(ratio) and np.ptp(ratio) != 0.0:
        return None
    return nearest_fraction(float(np.ravel(ratio)[0]))


def _number_if_still(curve):
    still = curve[0] == curve[-1] and (curve == curve[0]).all()
    return float(curve[0]) if still else curve


def _stretches(n, curves):
    """Where nothing moves for long, and where something does: (first, last, still).

    >>> ratio = np.r_[np.ones(40), np.linspace(1, 2, 30), np.full(50, 2.0)]
    >>> _stretches(120, ratio[None])
    [(0, 41, True), (41, 69, False), (69, 120, True)]
    """
    moves = np.ones(curves.shape[1] + 1, bool)
    moves[1:-1] = np.logical_or.reduce(curves[:, 1:] != curves[:, :-1])
    bounds = np.flatnonzero(moves)
    if len(bounds) == 2:
        return [(0, n, True)]
    found, done = [], 0
    for k in np.flatnonzero(np.diff(bounds) > 2 * SETTLING):
        if bounds[k] > done:
            found.append((done, int(bounds[k]), False))
        done = int(bounds[k + 1])
        found.append((int(bounds[k]), done, True))
    if done < n:
        found.append((done, n, False))
    return found
