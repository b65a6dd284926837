"""The sound of a group of voices in one block, worked out together."""

import math

import numpy as np

from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont import motion
from dsplab.synths.soundfont.filtering import sounded
from dsplab.synths.soundfont.ticks import Ticks

MIX = g.PAN, g.BALANCE, g.REVERB_SEND, g.CHORUS_SEND


def sounds(voices, counts, sample_rate):
    """The samples of voices at their pitch, through their filter, for so many ticks.

    Returns:
      For each voice its parts, arrays one after the other.
    """
    leads = [voice.lead(n) for voice, n in zip(voices, counts, strict=True)]
    own = [i for i, (k, _) in enumerate(leads) if k < counts[i]]
    if own:
        lengths = [counts[i] - leads[i][0] for i in own]
        lengths = [
            1 if voices[i].is_still() else n for i, n in zip(own, lengths, strict=True)
        ]
        firsts = [voices[i].tick + leads[i][0] + 1 for i in own]  # values at their ends
        ticks = Ticks([voices[i] for i in own], firsts, lengths)
        curves = motion.curves(ticks, sample_rate)
        for i, first, last in zip(own, ticks.starts, ticks.stops, strict=True):
            k, parts = leads[i]
            parts += voices[i].render(k, counts[i], curves[:, first:last])
    return sounded([parts for _, parts in leads])


def levels(ticks, sample_rate):
    """How loud each voice is at the edges of its ticks, (n,)."""
    attenuation, louder = ticks.generators((g.ATTENUATION, g.MOD_LFO_TO_VOLUME))
    attenuation = np.clip(attenuation, 0.0, 1440.0)
    if louder.any():
        attenuation -= motion.lfo(ticks, motion.MOD_LFO, sample_rate) * louder
    level = ticks.envelope([voice.volume for voice in ticks.voices])
    level = level.volume(ticks.ticks, ticks.released) * g.amplitude(attenuation)
    first, last = ticks.spread(np.array([v.heard() for v in ticks.voices]).T)
    level[(ticks.ticks <= first) | (ticks.ticks >= last)] = 0.0
    return level


def lines(ticks, edges):
    """Values at the beginning and at the end of each tick, (n_ticks, 2), float32."""
    begins = np.ones(len(edges), bool)
    begins[ticks.stops - 1] = False
    places = np.flatnonzero(begins)
    return np.stack([edges[places], edges[places + 1]], axis=-1).astype(np.float32)


def gains(ticks, sends):
    """Gains of each voice to left, right, reverb and chorus.

    Args:
      ticks: `Ticks` of the edges.
      sends: whether anybody hears what is sent to the reverberator, the chorus.

    Returns:
      For each voice four numbers, (4,), or, where they move, one row for each tick.
    """
    still = list(_shares(*ticks.settings[:, MIX].T, sends).T)
    for i in ticks.moved:
        if ticks.voices[i].changes.keys() & set(MIX):
            values = ticks.generators(MIX)[:, ticks.starts[i] : ticks.stops[i] - 1]
            still[i] = _shares(*values, sends)
    return still


def _shares(pan, balance, reverb, chorus, sends):
    angle = (np.clip(pan, -500.0, 500.0) + 500.0) * (math.pi / 2000.0)
    left = np.cos(angle) * g.amplitude(np.maximum(balance, 0.0))
    right = np.sin(angle) * g.amplitude(np.maximum(-balance, 0.0))
    sent = [
        0.001 * np.clip(send, 0.0, 1000.0) * heard
        for send, heard in zip((reverb, chorus), sends, strict=True)
    ]
    return np.stack([left, right, *sent]).astype(np.float32)
