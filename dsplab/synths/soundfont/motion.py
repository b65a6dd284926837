"""What moves a voice's pitch and filter: two LFOs and the modulation envelope."""

import math
from typing import NamedTuple

import numpy as np

from dsplab.synths.soundfont import envelopes, filtering
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.envelopes import TICK, Envelope

MOD_LFO = g.MOD_LFO_DELAY, g.MOD_LFO_FREQUENCY
VIB_LFO = g.VIB_LFO_DELAY, g.VIB_LFO_FREQUENCY
DEPTHS = (
    g.MOD_LFO_TO_PITCH, g.VIB_LFO_TO_PITCH, g.MOD_ENV_TO_PITCH, g.MOD_LFO_TO_CUTOFF,
    g.MOD_ENV_TO_CUTOFF,
)  # fmt: skip
SETTINGS = (*DEPTHS, g.FILTER_CUTOFF, g.FILTER_Q, g.COARSE_TUNE, g.FINE_TUNE)
SLOWEST, FASTEST = -16000.0, 4500.0  # absolute cents, of an LFO


class Motion(NamedTuple):
    """How the pitch and the filter of a note move. `get` gives its generators.

    get(number) is a number, or values at the edges of the ticks.
    """

    cents: float  # pitch above that of the sample, without coarse and fine tuning
    slowness: float  # sample rate of the sample over that of the result
    envelope: Envelope
    sample_rate: float

    def moves(self, get):
        """Whether anything moves by itself."""
        return any(get(number) != 0.0 for number in DEPTHS)

    def lfo(self, which, get, ticks):
        """An LFO at ticks (n,)."""
        delay, frequency = (float(np.max(get(number))) for number in which)
        rate = self.sample_rate / TICK
        delay = int(g.seconds(delay, envelopes.LONGEST_DELAY) * rate)
        frequency = g.hertz(min(max(frequency, SLOWEST), FASTEST))
        return envelopes.triangle(ticks, delay, 4.0 * frequency / rate)

    def curves(self, get, ticks, released=math.inf):
        """Ratio, cutoff in Hz and resonance: numbers, or one for each tick.

        Args:
          get: see above.
          ticks: edges of the ticks, (n + 1,).
          released: the tick at which the key is let go.
        """
        cents = self.cents + 100.0 * get(g.COARSE_TUNE) + get(g.FINE_TUNE)
        cutoff, q = g.within(get(g.FILTER_CUTOFF), 1500.0, 13500.0), get(g.FILTER_Q)
        to_pitch, to_cutoff = get(g.MOD_LFO_TO_PITCH), get(g.MOD_LFO_TO_CUTOFF)
        if g.present(to_pitch) or g.present(to_cutoff):
            lfo = self.lfo(MOD_LFO, get, ticks)
            cents, cutoff = _moved(cents, lfo, to_pitch), _moved(cutoff, lfo, to_cutoff)
        if g.present(get(g.VIB_LFO_TO_PITCH)):
            vibrato = self.lfo(VIB_LFO, get, ticks)
            cents = _moved(cents, vibrato, get(g.VIB_LFO_TO_PITCH))
        to_pitch, to_cutoff = get(g.MOD_ENV_TO_PITCH), get(g.MOD_ENV_TO_CUTOFF)
        if g.present(to_pitch) or g.present(to_cutoff):
            shape = self.envelope.modulation(ticks, released)
            cents = _moved(cents, shape, to_pitch)
            cutoff = _moved(cutoff, shape, to_cutoff)
        ratio = self.slowness * 2.0 ** (cents / 1200.0)
        return tuple(map(_of_ticks, (ratio, *_filter(cutoff, q))))


def _moved(value, motion, depth):
    return value + motion * depth if g.present(depth) else value


def _filter(cutoff, q):
    """Cutoff and resonance; a flat filter beyond what is heard does not move."""
    if g.present(np.maximum(q, 0.0)):
        return g.hertz(np.minimum(cutoff, filtering.OPEN)), filtering.resonance(q)
    if not isinstance(cutoff, np.ndarray):
        still = math.inf if cutoff >= filtering.OPEN else g.hertz(cutoff)
        return still, filtering.FLAT
    if cutoff.min() >= filtering.OPEN:
        return math.inf, filtering.FLAT
    return np.where(cutoff >= filtering.OPEN, math.inf, g.hertz(cutoff)), filtering.FLAT


def _of_ticks(edges):
    """Each tick has the value at its end."""
    return edges[1:] if isinstance(edges, np.ndarray) else float(edges)
