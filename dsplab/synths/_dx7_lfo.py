"""The low frequency oscillator of the DX7, and what it does to pitch and level."""

import numpy as np

from dsplab._array import array_namespace
from dsplab.sources.phasor import fractional_part
from dsplab.synths._dx7_levels import (
    AMPLITUDE_SENSITIVITIES,
    DEPTHS,
    PITCH_SENSITIVITIES,
    read,
)

TEMPO = 4437500000 / 2**32  # one cycle at speed 0 takes 15.5 s
SPEEDS = TEMPO * np.array([  # Hz
    0.062541, 0.125031, 0.312393, 0.43712, 0.62461, 0.750694, 0.93633, 1.1253, 1.24961,
    1.43678, 1.56092, 1.75208, 1.87512, 2.06249, 2.24719, 2.37445, 2.56049, 2.68673,
    2.87398, 2.99895, 3.18801, 3.36984, 3.50018, 3.68222, 3.81207, 4.0008, 4.1862,
    4.31072, 4.50126, 4.62321, 4.81464, 4.93048, 5.1219, 5.31519, 5.43478, 5.61735,
    5.75043, 5.94672, 6.06281, 6.24844, 6.4317, 6.56426, 6.74946, 6.86813, 7.05219,
    7.25058, 7.37572, 7.55629, 7.68758, 7.87774, 7.9936, 8.18197, 8.37241, 8.50485,
    8.68508, 8.81057, 8.98634, 9.12242, 9.30059, 9.50028, 9.60799, 9.79816, 9.95025,
    10.1174, 11.2511, 11.3843, 12.5628, 13.6761, 13.9043, 15.0921, 16.3666, 16.6389,
    17.8699, 19.1939, 19.425, 20.8333, 21.0349, 22.5023, 24.0038, 24.2601, 25.7467,
    27.1739, 27.5786, 29.0529, 30.6937, 31.1915, 32.6584, 34.3171, 34.6741, 36.4166,
    38.1971, 38.5505, 40.3877, 40.7498, 42.6257, 44.3262, 44.8833, 46.7727, 48.5909,
    49.2611,
])  # fmt: skip
DELAY_UNIT = 25190424 / 2**32  # of the delay's counter, in a second


def _random_values():
    """All values of sample and hold, in their order: they come back."""
    values, state = [], 0
    while not values or state:
        values.append(((state ^ 128) + 1) / 256)
        state = (179 * state + 17) % 256
    return np.array(values)


RANDOM = _random_values()


def cycles(speed, seconds):
    """How many cycles the LFO makes in some seconds."""
    xp = array_namespace(seconds, speed)
    return read(SPEEDS, xp.asarray(speed, dtype=seconds.dtype)) * seconds


def oscillator(patch, *, start, n_blocks, seconds):
    """The LFO at each block, 0 to 1.

    Args:
      patch: `Patch`.
      start: cycles at which it is as the key goes down, (..., 1).
      n_blocks: how many.
      seconds: of a block.

    Returns:
      (..., n_blocks)
    """
    xp = array_namespace(start)
    k = xp.arange(1, n_blocks + 1).astype(start.dtype)
    turned = start + cycles(patch.lfo_speed, k * seconds)
    p = fractional_part(turned)
    if patch.lfo_wave == 0:
        return 1.0 - xp.abs(2.0 * p - 1.0)
    if patch.lfo_wave == 1:
        return fractional_part(0.5 - p)
    if patch.lfo_wave == 2:
        return fractional_part(p + 0.5)
    if patch.lfo_wave == 3:
        return (p < 0.5).astype(p.dtype)
    if patch.lfo_wave == 4:
        return 0.5 + 0.5 * xp.sin(2.0 * np.pi * p)
    which = xp.floor(turned).astype("int32") % len(RANDOM)
    return xp.asarray(RANDOM, dtype=p.dtype)[which]


def delay(value, *, n_blocks, seconds, like):
    """How far the LFO is faded in at each block, (n_blocks,): first not at all.

    A counter of two speeds: its first half passes in silence, in the second the LFO
    comes in.
    """
    xp = array_namespace(like)
    left = 99.0 - xp.asarray(value, dtype=like.dtype)
    high = xp.floor(left / 16.0)
    count = (16.0 + left - 16.0 * high) * 2.0 ** (high + 1.0)
    unit = DELAY_UNIT * seconds
    slow, quick = (
        count * unit,
        unit * xp.maximum(128.0 * xp.floor(count / 128.0), 128.0),
    )
    k = xp.arange(1, n_blocks + 1).astype(like.dtype)
    silent = xp.ceil(0.5 / slow)
    counted = silent * slow + (k - silent) * quick
    faded = xp.where(k < silent, 0.0 * k, xp.clip(2.0 * counted - 1.0, 0.0, 1.0))
    return xp.where(left >= 99.0, xp.ones_like(faded), faded)


def pitch_modulation(patch, lfo, faded, wheel):
    """Octaves by which LFO and wheel move the pitch, (..., n_blocks): the wider one."""
    xp = array_namespace(lfo)
    depth = read(DEPTHS, xp.asarray(patch.lfo_pitch_depth, dtype=lfo.dtype)) * faded
    reach = xp.asarray(patch.pitch_sensitivity, dtype=lfo.dtype)
    width = xp.maximum(depth, wheel * (127.0 / 128.0))
    return (lfo - 0.5) * read(PITCH_SENSITIVITIES, reach) * width


def amplitude_modulation(patch, op, lfo, faded, wheel):
    """Part of its level (in doublings) that each operator loses, (..., 6, n_blocks).

    Something is lost, 1.2 percent, wherever there is a sensitivity: so is the law of
    the engine that is our reference, whose authors doubt it themselves.
    """
    xp = array_namespace(lfo)
    depth = read(DEPTHS, xp.asarray(patch.lfo_amplitude_depth, dtype=lfo.dtype)) * faded
    down = (1.0 - lfo) * xp.maximum(depth, wheel * (127.0 / 128.0))
    reach = read(AMPLITUDE_SENSITIVITIES, op.amplitude_sensitivity)
    x = down[..., None, :] * reach[:, None]
    lost = xp.exp(4.48 * x + 12.2) / 2.0**24
    return xp.where(op.amplitude_sensitivity[:, None] > 0.0, lost, xp.zeros_like(lost))
