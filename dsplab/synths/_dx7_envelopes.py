"""Envelopes of the DX7: four rates, four levels, straight on a logarithmic scale.

A level falls by the same number of decibels in each block. It rises quickly at first
and ever more slowly: in each block by the number of whole doublings that it lies below
17, times what it would fall; and it begins at 1716 / 256 doublings, some 50 dB below
full level. A segment that has nowhere to go takes its time nevertheless. All of it is a
row of straight lines, whose corners are computed here.

A line is (start, rise, length): from block `start` on, for `length` blocks, which need
not be whole: a block that would go beyond the target ends on it.
"""

import numpy as np

from dsplab._array import array_namespace, is_traced, scan
from dsplab.synths._dx7_levels import ENVELOPE_LEVELS, SILENCE, STEPS, read, speed, wait

CEILING, BEGIN = 17, 1716.0 / STEPS  # doublings
PITCH_LEVELS = np.array([  # of 0 to 99, in 32nds of an octave
    -128, -116, -104, -95, -85, -76, -68, -61, -56, -52, -49, -46, -43, -41, -39, -37,
    -35, *range(-33, 34), 34, 35, 38, 40, 43, 46, 49, 53, 58, 65, 73, 82, 92, 103, 115,
    127,
])  # fmt: skip
PITCH_SPEEDS = np.array([  # of 0 to 99, in octaves in 21.3 seconds
    1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14,
    14, 15, 16, 16, 17, 18, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 30, 31, 33, 34,
    36, 37, 38, 39, 41, 42, 44, 46, 47, 49, 51, 53, 54, 56, 58, 60, 62, 64, 66, 68, 70,
    72, 74, 76, 79, 82, 85, 88, 91, 94, 98, 102, 106, 110, 115, 120, 125, 130, 135, 141,
    147, 153, 159, 165, 171, 178, 185, 193, 202, 211, 232, 243, 254, 255,
]) / 21.3  # fmt: skip


def amplitude_envelope(op, level, scaling, *, off, n_blocks, block):
    """Level of each operator in each block, in doublings.

    Args:
      op: `Operator` whose rates and levels are (4, 6).
      level: of the operator, in steps, (..., 6).
      scaling: of its rates, (..., 6).
      off: blocks that begin before the key is let go, (..., 1).
      n_blocks: how many to compute.
      block: duration of one, in those of 64 samples at 44.1 kHz.

    Returns:
      (..., 6, n_blocks)
    """
    xp = array_namespace(level, off)
    targets = [
        xp.maximum(read(ENVELOPE_LEVELS, at) + level - 4256.0, SILENCE) / STEPS
        for at in op.levels
    ]
    steps = [speed(rate, scaling) * block for rate in op.rates]
    waits = [wait(op.rates[k], scaling, first=k == 0) for k in range(3)]
    idle = [xp.ceil(seconds * 44100.0 / 64.0 / block - 1e-6) for seconds in waits]
    nothing = xp.zeros_like(targets[0])
    empty = [nothing + (op.levels[0] == 0.0), nothing, nothing]

    def stage(state, now):
        level, at, waited = state
        target, step, idle, empty = now
        still = ((target == level) | (empty > 0.0)) & (idle > 0.0)
        (level, end), lines = _towards(target, level, at, step, still)
        # a wait ends in the block in which the next segment begins
        at = xp.where(still, at + idle - 1.0 + waited, end)
        return (level, at, xp.where(still, 1.0 + nothing, nothing)), lines

    stages = tuple(
        xp.stack(part, axis=-1) for part in (targets[:3], steps[:3], idle, empty)
    )
    _, lines = scan(stage, (nothing, nothing, nothing), stages)
    held = tuple(part.reshape(*nothing.shape, -1) for part in lines)
    last = _sum(held, off[..., None])[..., 0]
    _, left = _towards(targets[3], last, off + nothing, steps[3], targets[3] == last)
    k = xp.arange(1, n_blocks + 1).astype(level.dtype)
    released = last[..., None] + _sum(left, k)
    return xp.where(k <= off[..., None], _sum(held, k), released)


def _towards(target, level, at, step, still):
    """Level and block at the end, and the lines to a target: each (..., n_lines)."""
    xp = array_namespace(target)
    nothing = xp.zeros_like(target)
    rising, falling = (target > level) & ~still, (target <= level) & ~still
    fall = xp.where(falling, level - target, nothing)
    begin = xp.maximum(xp.minimum(BEGIN, target) - level, 0.0)
    begin = xp.where(rising, begin, nothing)
    first = ((at, -fall, fall / step), (at, begin, 1.0 + nothing))
    whole = xp.maximum(xp.ceil(fall / step), 1.0)
    at = at + xp.where(falling | (rising & (target <= BEGIN)), whole, nothing)

    def rise(state, below):  # whole doublings below the ceiling
        level, at = state
        one = below * step
        goes = rising & (level < target) & (level <= CEILING - below)
        room = xp.floor((CEILING - below - level) / one) + 1.0
        needed = (target - level) / one
        arrives = goes & (xp.ceil(needed) <= room)
        length = xp.where(goes, xp.where(arrives, needed, room), nothing)
        higher = xp.where(arrives, target, level + length * one)
        return (higher, at + xp.ceil(length)), (at, higher - level, length)

    belows = xp.arange(10, 0, -1).astype(target.dtype)
    end, more = scan(rise, (level - fall + begin, at), belows)
    first = (xp.stack(part, axis=-1) for part in zip(*first, strict=True))
    lines = zip(first, more, strict=True)
    return end, tuple(xp.concatenate(part, axis=-1) for part in lines)


def pitch_envelope(rates, levels, *, off, n_blocks, block):
    """Octaves that everything is higher, in each block, (..., n_blocks).

    Args:
      rates, levels: four each, (4,).
      off, n_blocks, block: as in `amplitude_envelope`.
    """
    xp = array_namespace(levels, off)
    steps = read(PITCH_SPEEDS, rates) * (block * 64.0 / 44100.0)
    targets = read(PITCH_LEVELS, levels) / 32.0 + 0.0 * off[..., None]  # (..., 1, 4)

    def stage(state, now):
        (level, at), (target, step) = state, now
        line = _straight(target, level, at, step)
        at = at + xp.maximum(xp.ceil(line[2]), 1.0)
        return (target, at), line

    start, at = targets[..., 3], 0.0 * off
    stages = (targets[..., :3], xp.broadcast_to(steps[:3], targets[..., :3].shape))
    _, held = scan(stage, (start, at), stages)
    last = start + _sum(held, off[..., None])[..., 0]
    left = _straight(start, last, off, steps[3])
    k = xp.arange(1, n_blocks + 1).astype(levels.dtype)
    released = last[..., None] + _sum(tuple(part[..., None] for part in left), k)
    held = start[..., None] + _sum(held, k)
    return xp.where(k <= off[..., None], held, released)[..., 0, :]


def _straight(target, level, at, step):
    return at, target - level, array_namespace(target).abs(target - level) / step


def _sum(lines, k):
    """How far all lines have gone after k blocks: (..., n_lines) to (..., n)."""
    start, rise, length = lines
    xp = array_namespace(k, rise)
    if not is_traced(rise):  # most are not there at all
        there = rise.reshape(-1, rise.shape[-1]).any(axis=0)
        start, rise, length = (part[..., there] for part in lines)
    length = xp.where(length > 0.0, length, xp.ones_like(length))
    gone = (k[..., None, :] - start[..., None]) / length[..., None]
    return (rise[..., None] * xp.clip(gone, 0.0, 1.0)).sum(axis=-2)
