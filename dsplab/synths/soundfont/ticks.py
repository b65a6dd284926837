"""The ticks of many voices, one voice after the other: what moves, for all at once.

A voice has few ticks in a block, and a NumPy call takes as long as some hundred of
them. So whatever moves from tick to tick (envelopes, LFOs, levels, pitches, filters) is
worked out for a group of voices in one long row:

    ticks   0 1 2 3 4 | 7 8 9 | 0 1 2 3 4 5 6
    voices      a     |   b   |       c
"""

import numpy as np

from dsplab.synths.soundfont.envelopes import Envelope


class Ticks:
    """Some ticks of each of some voices.

    A voice is what has `values` (its generators), `changes` (of some: pairs of a tick
    and the value from there on, the first for the past) and a `released` tick.
    """

    def __init__(self, voices, firsts, counts):
        """From a first tick on, so many of each voice (none is left out)."""
        self.voices = voices
        self.firsts, self.counts = np.asarray(firsts), np.asarray(counts)
        self.stops = np.cumsum(self.counts)
        self.starts = self.stops - self.counts
        self.ticks = np.arange(self.stops[-1]) + self.spread(firsts - self.starts)
        self.released = self.spread([voice.released for voice in voices])
        self.settings = np.array([voice.values for voice in voices])
        self.moved = [i for i, voice in enumerate(voices) if voice.changes]

    def spread(self, numbers):
        """A number of each voice, (..., n_voices), for each of its ticks (..., n)."""
        return np.repeat(np.asarray(numbers, float), self.counts, axis=-1)

    def generator(self, number):
        """A generator's value at each tick, (n,)."""
        return self.generators((number,))[0]

    def generators(self, numbers):
        """Values of generators at each tick, (len(numbers), n)."""
        y = self.spread(self.settings[:, numbers].T)
        for i in self.moved:
            begin, first, changes = (
                self.starts[i],
                self.firsts[i],
                self.voices[i].changes,
            )
            for row, number in zip(y, numbers, strict=True):
                for tick, value in changes.get(number, ()):
                    row[begin + max(tick - first, 0) : self.stops[i]] = value
        return y

    def envelope(self, envelopes):
        """The envelope of each voice, for each of its ticks."""
        return Envelope(*self.spread(np.array(envelopes).T))
