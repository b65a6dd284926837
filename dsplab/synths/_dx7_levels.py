"""The numbers of the DX7's panel in physical units: its tables and its laws.

Levels are counted in steps of 1/256 of a doubling (0.0235 dB), as in the instrument.
The tables are its own, read from its ROM or measured on it. A law holds for the whole
numbers that a DX7 knows, and is a straight line between them: so it can be learned.
"""

import numpy as np

from dsplab._array import array_namespace

STEPS = 256.0  # of level, in a doubling
SILENCE = 16.0  # steps: nothing is softer
FULL = 14.0  # doublings, at which an operator moves the next one's phase by a cycle
SOFTEST = 1120.0 / 2**24  # cycles: what stays below is not played
BLOCK, BLOCK_RATE = 64, 44100.0  # all that moves slowly moves once in so many samples

_LOW = [0, 5, 9, 13, 17, 20, 23, 25, 27, 29, 31, 33, 35, 37, 39, 41, 42, 43, 45, 46]
LEVELS = np.array(_LOW + list(range(48, 128)))  # of output level 0 to 99, in 32 steps
ENVELOPE_LEVELS = LEVELS // 2 * 64.0  # in steps: 98 is 99, and so on
RATES = np.arange(100) * 41 // 64  # 64 speeds are all that there are
SPEEDS = (4.0 + np.arange(64) % 4) * 2.0 ** (np.arange(64) // 4 - 16)  # / block
WAITS = np.array([  # ms that a segment takes whose level is there, by its rate
    40000, 40000, 32000, 32000, 27000, 23000, 22500, 20000, 16000, 16000, 13250, 11500,
    11400, 10000, 9500, 8000, 7000, 6500, 5750, 5000, 5000, 4000, 3300, 3300, 2850,
    2500, 2500, 2000, 2000, 1700, 1400, 1400, 1250, 1100, 1000, 850, 710, 700, 625, 625,
    500, 420, 400, 350, 320, 300, 250, 210, 210, 175, 150, 150, 125, 125, 100, 90, 90,
    78, 65, 61, 51, 45, 43, 41, 32, 31, 28, 26, 21, 19, 19, 16, 13, 13, 12, 10, 10,
    *(20 * (99 - np.arange(77, 100)) / 44.1),
]) / 1000  # fmt: skip
FIRST_WAITS = np.where(np.arange(100) < 77, WAITS / 20, WAITS)  # of level 1, if it is 0
VELOCITIES = np.array([  # loudness of velocity 0, 2, 4 ... 126, in 16 / 8 steps
    0, 70, 86, 97, 106, 114, 121, 126, 132, 138, 142, 148, 152, 156, 160, 163, 166, 170,
    173, 174, 178, 181, 184, 186, 189, 190, 194, 196, 198, 200, 202, 205, 206, 209, 211,
    214, 216, 218, 220, 222, 224, 225, 227, 229, 230, 232, 233, 235, 237, 238, 240, 241,
    242, 243, 244, 246, 246, 248, 249, 250, 251, 252, 253, 254,
])  # fmt: skip
EXPONENTIAL = np.array([  # level of the exponential curves, every three keys
    *range(10), 11, 14, 16, 19, 23, 27, 33, 39, 47, 56, 66, 80, 94, 110, 126, 142, 158,
    174, 190, 206, 222, 238, 250,
])  # fmt: skip
COARSE = np.array([0.5, *range(1, 32)])
DEPTHS = np.arange(100) * 165 // 64 / 256  # of the LFO, 0 to 1
PITCH_SENSITIVITIES = np.array([0, 10, 20, 33, 55, 92, 153, 255]) / 128  # octaves
AMPLITUDE_SENSITIVITIES = np.array([0, 4342338, 7171437, 2**24]) / 2**24


def read(table, x):
    """Read a table at x, on a straight line between its entries.

    >>> read(COARSE, np.array([0.0, 0.5, 31.0])).tolist()
    [0.5, 0.75, 31.0]
    """
    xp = array_namespace(x)
    table = xp.asarray(table, dtype=x.dtype)
    x = xp.clip(x, 0.0, len(table) - 1.0)
    below = xp.clip(xp.floor(x), 0.0, len(table) - 2.0)
    k = below.astype("int32")
    return table[k] + (x - below) * (table[k + 1] - table[k])


def between(law, x):
    """law(x), a law of whole numbers, on a straight line between them."""
    below = array_namespace(x).floor(x)
    return law(below) + (x - below) * (law(below + 1.0) - law(below))


def operator_level(op, note, velocity):
    """Level of an operator as its key begins, in steps, without its envelope.

    Args:
      op: an `Operator` whose fields are arrays (6,).
      note: number of the key, (..., 1).
      velocity: 0 to 127, (..., 1).

    Returns:
      (..., 6)
    """
    xp = array_namespace(note)
    level = read(LEVELS, op.level) + level_scaling(op, note)
    return xp.maximum(
        32.0 * xp.minimum(level, 127.0) + velocity_steps(op, velocity), 0.0
    )


def level_scaling(op, note):
    """What the place on the keyboard adds, in 32 steps: more with each three keys."""
    xp = array_namespace(note)
    away = note - op.breakpoint - 17.0
    right = _curve(xp.floor((away + 1.0) / 3.0), op.right_depth, op.right_curve)
    left = _curve(xp.floor((1.0 - away) / 3.0), op.left_depth, op.left_curve)
    return xp.where(away >= 0.0, right, left)


def _curve(group, depth, curve):
    xp = array_namespace(group)
    group = xp.maximum(group, 0.0)
    bent = (curve > 0.5) & (curve < 2.5)
    height = xp.where(bent, read(EXPONENTIAL, group) / 8.0, group)
    scaled = between(lambda d: xp.floor(height * d * 329.0 / 4096.0), depth)
    return xp.where(curve < 1.5, -scaled, scaled)


def velocity_steps(op, velocity):
    """What the touch adds, in steps: nothing at about 100, much less below."""
    xp = array_namespace(velocity)

    def steps(v):
        loud = read(VELOCITIES, xp.floor(v / 2.0)) - 239.0
        return 16.0 * xp.floor((op.velocity_sensitivity * loud + 7.0) / 8.0)

    return between(steps, velocity)


def rate_scaling(op, note):
    """How many speeds quicker the envelope of a high key is."""
    xp = array_namespace(note)
    x = xp.clip(xp.floor(note / 3.0) - 7.0, 0.0, 31.0)
    return xp.floor(op.rate_scaling * x / 8.0)


def speed(rate, scaling):
    """Doublings in a block of 64 samples at 44.1 kHz: by how much a level moves."""
    xp = array_namespace(scaling)
    return read(SPEEDS, xp.minimum(read(RATES, rate) + scaling, 63.0))


def wait(rate, scaling, *, first):
    """Seconds that a segment takes which has nowhere to go."""
    xp = array_namespace(scaling)
    return read(FIRST_WAITS if first else WAITS, xp.minimum(rate + scaling, 99.0))


def frequencies(op, f0):
    """Ratio of each operator to the key's frequency, or its own frequency.

    Args:
      op: an `Operator` whose fields are arrays (6,).
      f0: Hz of the key, (..., 1).

    Returns:
      ratio and hertz, (..., 6): one of them is 0.
    """
    xp = array_namespace(f0)
    x = xp.log2(f0)  # high keys are detuned by more hertz, and fewer cents
    detuned = 0.0209 / 7.0 * xp.exp(-0.396 * x) * x * op.detune
    ratio = read(COARSE, op.coarse) * (1.0 + 0.01 * op.fine) * 2.0**detuned
    power = op.coarse - 4.0 * xp.floor(op.coarse / 4.0) + 0.01 * op.fine
    sharp = xp.maximum(op.detune, 0.0) * (13457.0 / 2**24)
    hertz = 10.0**power * 2.0**sharp
    fixed = op.fixed > 0.5
    nothing = xp.zeros_like(ratio)
    return xp.where(fixed, nothing, ratio), xp.where(fixed, hertz, nothing)
