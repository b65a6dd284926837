"""The 32 algorithms of the DX7: who modulates whom, and what that sounds like."""

from typing import Any, NamedTuple

import numpy as np

from dsplab._array import (
    ALL,
    array_namespace,
    in_blocks,
    is_array,
    is_traced,
    rows_at_once,
    sine_ring,
)
from dsplab.synths import _dx7_levels
from dsplab.synths.operators import play_operators


class Algorithm(NamedTuple):
    """Who modulates whom: numbers of operators as on the panel, 1 to 6."""

    carriers: tuple  # those that are heard
    modulators: tuple  # (5, 4): operator 5 modulates operator 4
    feedback: tuple = (6, 6)  # (4, 6): operator 4 modulates operator 6, a sample later


def _algorithm(carriers, modulators, feedback="66"):
    pairs = tuple((int(a), int(b)) for a, b in modulators.split())
    return Algorithm(
        tuple(map(int, carriers)), pairs, (int(feedback[0]), int(feedback[1]))
    )


ALGORITHMS = tuple(
    _algorithm(*row)
    for row in (
        ("13", "65 54 43 21"), ("13", "65 54 43 21", "22"),
        ("14", "65 54 32 21"), ("14", "65 54 32 21", "46"),
        ("135", "65 43 21"), ("135", "65 43 21", "56"),
        ("13", "65 53 43 21"), ("13", "65 53 43 21", "44"),
        ("13", "65 53 43 21", "22"), ("14", "64 54 32 21", "33"),
        ("14", "64 54 32 21"), ("13", "63 53 43 21", "22"),
        ("13", "63 53 43 21"), ("13", "64 54 43 21"),
        ("13", "64 54 43 21", "22"), ("1", "65 43 51 31 21"),
        ("1", "65 43 51 31 21", "22"), ("1", "65 54 41 31 21", "33"),
        ("145", "65 64 32 21"), ("124", "64 54 32 31", "33"),
        ("1245", "65 64 32 31", "33"), ("1345", "65 64 63 21"),
        ("1245", "65 64 32"), ("12345", "65 64 63"),
        ("12345", "65 64"), ("124", "64 54 32"),
        ("124", "64 54 32", "33"), ("136", "54 43 21", "55"),
        ("1235", "65 43"), ("1236", "54 43", "55"),
        ("12345", "65"), ("123456", ""),
    )
)  # fmt: skip
HEARD = 1.0 / 4.0  # amplitude of a carrier that would move a phase by one cycle
FEEDBACKS = np.array([0.0, *(2.0**k for k in range(-7, 0))])  # of 0 to 7
QUARTER = (4, 6, 32)  # algorithms that feed back what is heard: a quarter of it


class Turns(NamedTuple):
    """What the phases of all operators, in cycles, are made of: start + ratio local +
    step n, at sample n of a block.
    """

    start: Any  # of each block, (..., 6, n_blocks)
    ratio: Any  # (..., 6)
    step: Any  # cycles a sample of those with a frequency of their own, (..., 6)
    local: Any  # cycles of the key within a block, (..., n_blocks, block)


def sound(patch, turns, gains):
    """Play all operators as the algorithm connects them.

    Those with feedback come first, for all of the note. Then all others, some blocks at
    a time, which stay in the cache.

    Args:
      patch: `Patch`.
      turns: `Turns`.
      gains: of all operators, as each block begins and as it ends, (..., 6, n_blocks).

    Returns:
      (..., n_blocks, block)
    """
    xp = array_namespace(turns.local)
    algorithm = ALGORITHMS[patch.algorithm - 1]
    carriers = tuple(k - 1 for k in algorithm.carriers)
    modulators = tuple(
        tuple(a - 1 for a, b in algorithm.modulators if b == k) for k in range(1, 7)
    )
    ring, amount = _feedback(patch, algorithm, like=turns.local)
    columns = tuple(xp.swapaxes(part, -1, -2) for part in (turns.start, *gains))
    whole = (turns.local, *columns)
    known = _ring(turns, whole, ring, amount) if ring else ()

    def some(*rows):
        sounds = dict(zip(ring, rows[4:], strict=True))
        parts = [_curves(turns, rows, k, k in sounds) for k in range(6)]
        phases, levels = zip(*parts, strict=True)
        options = {"modulators": modulators, "carriers": carriers, "sounds": sounds}
        return (play_operators(phases, levels, **options),)

    size = rows_at_once(turns.local, numpy=128, jax=ALL)
    (y,) = in_blocks(some, *whole, *known, size=size)
    return y * (HEARD / (2.0 * np.pi * len(carriers)))


def _feedback(patch, algorithm, *, like):
    """Numbers of the operators in the ring, the first one that is fed, and by what."""
    if not is_array(patch.feedback) and patch.feedback == 0:
        return (), None
    last, first = algorithm.feedback
    amount = array_namespace(like).asarray(patch.feedback, dtype=like.dtype)
    amount = _dx7_levels.read(FEEDBACKS, amount)
    ring = tuple(range(first - 1, last - 2, -1))
    return ring, amount / (4.0 if patch.algorithm in QUARTER else 1.0)


def _ring(turns, rows, ring, amount):
    """What the operators with feedback play, each (..., n_blocks, block)."""
    parts = [_curves(turns, rows, k, False) for k in ring]
    flat = [[c.reshape(*c.shape[:-2], -1) for c in part] for part in parts]
    angles, levels = zip(*((2.0 * np.pi * p, level) for p, level in flat), strict=True)
    played = sine_ring(angles, levels, amount)
    return tuple(y.reshape(parts[0][0].shape) for y in played)


def _curves(turns, rows, k, known):
    """Phase and level of an operator at every sample of some blocks.

    Zeros where it is silent.
    """
    local, start, before, gain = rows[:4]
    xp, block = array_namespace(local), local.shape[-1]
    before, gain = before[..., k, None], gain[..., k, None]
    if known:
        return local, local  # nobody asks for them
    if not (is_traced(gain) or gain.any() or before.any()):
        return xp.zeros_like(local), xp.zeros_like(local)
    p = turns.ratio[..., k, None, None] * local
    p += start[..., k, None]
    if is_traced(turns.step) or turns.step[..., k].any():
        n = xp.arange(block).astype(local.dtype)
        p += turns.step[..., k, None, None] * n
    rise = xp.asarray(np.arange(1, block + 1) / block, dtype=local.dtype)
    level = (gain - before) * rise
    level += before
    return p, level
