"""What moves a voice's pitch and filter: two LFOs and the modulation envelope."""

import math
from typing import NamedTuple

import numpy as np

from dsplab.synths.soundfont import envelopes, filtering
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.envelopes import TICK, Envelope

MOD_LFO = g.MOD_LFO_DELAY, g.MOD_LFO_FREQUENCY
VIB_LFO = g.VIB_LFO_DELAY, g.VIB_LFO_FREQUENCY
PITCH_DEPTHS = g.MOD_LFO_TO_PITCH, g.VIB_LFO_TO_PITCH, g.MOD_ENV_TO_PITCH
DEPTHS = (*PITCH_DEPTHS, g.MOD_LFO_TO_CUTOFF, g.MOD_ENV_TO_CUTOFF)
SETTINGS = (*DEPTHS, g.FILTER_CUTOFF, g.FILTER_Q, g.COARSE_TUNE, g.FINE_TUNE)
SLOWEST, FASTEST = -16000.0, 4500.0  # absolute cents, of an LFO


class Motion(NamedTuple):
    """How the pitch and the filter of a note move, beside its generators."""

    cents: float  # pitch above that of the sample, without coarse and fine tuning
    slowness: float  # sample rate of the sample over that of the result
    envelope: Envelope
    sample_rate: float


def moves(values, depths=DEPTHS):
    """Whether anything (the pitch, for instance) moves by itself, by its generators."""
    return any(values[number] != 0.0 for number in depths)


def lfo(ticks, which, sample_rate):
    """An LFO of each voice at its `Ticks`, (n,)."""
    delay, frequency = ticks.settings[:, which].T
    rate = sample_rate / TICK
    delay = np.floor(g.seconds(delay, envelopes.LONGEST_DELAY) * rate)
    step = 4.0 / rate * g.hertz(np.clip(frequency, SLOWEST, FASTEST))
    return envelopes.triangle(ticks.ticks, *ticks.spread(np.stack([delay, step])))


def curves(ticks, sample_rate):
    """Ratio, cutoff in Hz and resonance of each voice at its `Ticks`, (3, n)."""
    by_lfo, by_vibrato, by_envelope, *rest = ticks.generators(SETTINGS)
    lfo_to_cutoff, envelope_to_cutoff, cutoff, q, coarse, fine = rest
    motions = [voice.motion for voice in ticks.voices]
    cents = ticks.spread([motion.cents for motion in motions]) + 100.0 * coarse + fine
    cutoff = np.clip(cutoff, 1500.0, 13500.0)
    if by_lfo.any() or lfo_to_cutoff.any():
        shape = lfo(ticks, MOD_LFO, sample_rate)
        cents += shape * by_lfo
        cutoff += shape * lfo_to_cutoff
    if by_vibrato.any():
        cents += lfo(ticks, VIB_LFO, sample_rate) * by_vibrato
    if by_envelope.any() or envelope_to_cutoff.any():
        envelope = ticks.envelope([motion.envelope for motion in motions])
        shape = envelope.modulation(ticks.ticks, ticks.released)
        cents += shape * by_envelope
        cutoff += shape * envelope_to_cutoff
    ratio = ticks.spread([motion.slowness for motion in motions])
    ratio *= 2.0 ** (cents / 1200.0)
    return np.stack([ratio, _hertz(cutoff, q), filtering.resonance(q)])


def _hertz(cutoff, q):
    """Cutoff in Hz; a flat filter beyond what is heard is none."""
    y = g.hertz(np.minimum(cutoff, filtering.OPEN))
    return np.where((cutoff >= filtering.OPEN) & (q <= 0.0), math.inf, y)
