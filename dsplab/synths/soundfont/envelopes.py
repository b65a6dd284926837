"""Envelopes and LFOs, as functions of time: no sample needs the one before it.

Settings move in ticks of 64 samples, and what they set is drawn straight from tick to
tick. An envelope is delay, attack, hold, decay, sustain and, from the moment when the
key is let go, release. The attack of the volume is a straight line; after it, the
decibels fall in straight lines, so that `decay` and `release` are the times for 96 dB.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab.synths.soundfont import generators as g

TICK = 64  # samples
FALL_DB = 96.0  # from the top of an envelope to its bottom
LONGEST_DELAY = 5000.0  # timecents, of delay and hold
SHORTEST_RELEASE = -7200.0  # timecents, 16 ms: no click at the end of a note


class Envelope(NamedTuple):
    """An envelope, its times in ticks; or one for each of some ticks, as arrays."""

    delay: float
    attack: float
    hold: float
    decay: float  # from the top to the bottom
    sustain: float  # height, 0 to 1
    release: float  # from the top to the bottom

    def height(self, ticks, released=math.inf):
        """Where the envelope is, 0 to 1, after so many ticks; and whether it attacks.

        Args:
          ticks: (n,).
          released: the tick at which the key is let go.

        Returns:
          Heights, (n,); which of the ticks lie in the delay or attack, (n,).
        """
        held = np.minimum(ticks, released) - self.delay
        deep = 1.0 - self.sustain
        steep = deep / np.maximum(self.decay * deep, 1e-9)
        up = np.clip(held / self.attack, 0.0, 1.0)
        down = 1.0 - (held - (self.attack + self.hold)) * steep
        y = np.minimum(up, np.maximum(down, self.sustain))
        return y, held <= self.attack

    def volume(self, ticks, released=math.inf):
        """Amplitude, (n,): straight while it rises, then straight in decibels."""
        y, rises = self.height(ticks, released)
        fallen = np.maximum(ticks - released, 0.0) / self.release
        depth = np.where(rises, 0.0, 1.0 - y) + fallen
        level = np.exp(depth * (-FALL_DB / 20.0 * math.log(10.0)))
        return level * np.where(rises | (y <= 0.0), y, 1.0)

    def modulation(self, ticks, released=math.inf):
        """Strength of the modulation, (n,): convex while it rises, then straight."""
        y, rises = self.height(ticks, released)
        convex = np.maximum(1.0 + np.log10(np.maximum(y, 1e-9)) / 2.4, 0.0)
        fallen = np.maximum(ticks - released, 0.0) / self.release
        return np.maximum(np.where(rises, convex, y) - fallen, 0.0)

    def silent(self, released=math.inf, audible=FALL_DB):
        """The tick from which the volume is silent for good.

        Args:
          released: the tick at which the key is let go.
          audible: decibels by which it can fall before it is heard no more.
        """
        bottom = 1.0 - min(max(audible, 0.0), FALL_DB) / FALL_DB
        top = self.delay + self.attack + self.hold
        end = math.inf
        if self.sustain <= bottom:
            end = top + self.decay * (1.0 - bottom)
        if released == math.inf or end <= released:
            return end
        level = float(self.volume(released))
        if level <= 0.0:
            return released
        height = 1.0 + 20.0 * math.log10(level) / FALL_DB
        return released + max(height - bottom, 0.0) * self.release


def envelope(values, first, key, sample_rate):
    """The envelope whose generators begin with number `first`, for a key.

    Args:
      values: all generators, with what modulators add to them.
      first: g.VOL_ENV or g.MOD_ENV.
      key: holds and decays may be shorter for high keys.
      sample_rate: Hz.
    """
    rate = sample_rate / TICK
    delay, attack, hold, decay, sustain, release = values[first : first + 6]
    hold += values[first + g.KEY_TO_HOLD] * (60.0 - key)
    decay += values[first + g.KEY_TO_DECAY] * (60.0 - key)
    if first == g.VOL_ENV:
        release = max(release, SHORTEST_RELEASE)
    return Envelope(
        float(int(g.seconds(delay, LONGEST_DELAY) * rate)),
        1.0 + int(g.seconds(attack) * rate),
        float(round(g.seconds(hold, LONGEST_DELAY) * rate)),
        float(round(g.seconds(decay) * rate)),
        # the format counts the sustain of the volume in centibels, FluidSynth in
        # thousands of the 96 dB, as that of the modulation
        min(max(1.0 - 0.001 * sustain, 0.0), 1.0),
        1.0 + int(g.seconds(release) * rate),
    )


def triangle(ticks, delay, step):
    """An LFO: a triangle that rises from 0, at ticks (n,), from tick `delay` on.

    step is how far it goes in a tick: a cycle is 4. Both may be arrays like the ticks.

    >>> triangle(np.arange(5), 1, 0.5).tolist()
    [0.0, 0.0, 0.5, 1.0, 0.5]
    """
    way = np.maximum(ticks - delay, 0.0) * step
    return 1.0 - np.abs((way + 1.0) % 4.0 - 2.0)
