"""Sines that modulate each other in a ring: what feedback does to an oscillator."""

import functools
import itertools
import math
from array import array

import numpy as np

from dsplab._array.elementary import sine, sine_of_cycles
from dsplab._array.library import array_namespace
from dsplab._array.segments import in_segments
from dsplab._array.stepwise import number_scan


def sine_ring(angles, levels, amount, *, newest=0.5):
    """Play sines of which each moves the next one's phase, and the last the first's.

        x_1[n] = levels[0][n] sin(angles[0][n] + back[n])
        x_2[n] = levels[1][n] sin(angles[1][n] + x_1[n]) ...,  y[n] = the last of them
        back[n] = amount (newest y[n-1] + (1 - newest) y[n-2])

    A recursion that is not linear. NumPy plays segments of it side by side, and loops
    over Python's numbers where feedback makes noise; JAX scans.

    Args:
      angles: radians, a row of arrays (..., n_samples), of one shape.
      levels: a row of as many arrays that broadcast to them.
      amount: number or array that broadcasts to them.
      newest: share of the newest sample in what comes back.

    Returns:
      A list of the x, like the angles.
    """
    xp = array_namespace(angles[0])
    run = _looped if xp is np else _scanned
    y = run(angles, levels, amount, newest)
    x, before = [], [(0, 0)] * (y.ndim - 1)
    if len(angles) > 1:  # what they were follows from y, at once
        delayed = [xp.pad(y, [*before, (k, 0)])[..., : y.shape[-1]] for k in (1, 2)]
        moved = amount * (newest * delayed[0] + (1.0 - newest) * delayed[1])
        for angle, level in zip(angles[:-1], levels[:-1], strict=True):
            moved = level * sine_of_cycles(angle * (0.5 / np.pi), moved)
            x.append(moved)
    return [*x, y]


def _looped(angles, levels, amount, newest):
    shape = angles[0].shape
    amount = np.asarray(amount)
    # scaled by what comes back of it, y needs no further product in the loop
    quick = newest == 0.5 and amount.size == 1 and amount != 0.0 and len(angles) < 4
    scale = newest * amount.item() if quick else 1.0
    levels = [*levels[:-1], scale * levels[-1]]
    curves = [c for pair in zip(angles, levels, strict=True) for c in pair]
    curves += [] if quick else [newest * amount, (1.0 - newest) * amount]
    curves = [np.broadcast_to(c, shape).reshape(-1, shape[-1]) for c in curves]
    play = (_single, _pair, _triple)[len(angles) - 1] if quick else _any
    y = np.zeros(curves[0].shape)
    for r, row in enumerate(y):
        heard = np.flatnonzero(curves[2 * len(angles) - 1][r])
        n = heard[-1] + 1 if heard.size else 0  # what follows is silent
        mine = [c[r, :n].astype(np.float64, copy=False) for c in curves]
        loop = functools.partial(_from_to, play, mine)
        row[:n] = in_segments(mine, loop) if quick else loop(0, n, (0.0, 0.0))
    y /= scale
    return y.reshape(shape).astype(angles[0].dtype, copy=False)


def _from_to(play, curves, start, stop, state):
    """Samples start to stop of a row, after y[start - 1] and y[start - 2]."""
    numbers = zip(*(_numbers(c[start:stop]) for c in curves), strict=True)
    return np.fromiter(play(numbers, *state), np.float64, stop - start)


def _numbers(row):
    """The numbers of a row, made one by one: a list of all would not fit a cache."""
    if row.size and row.strides[-1] == 0:
        return itertools.repeat(float(row[0]), row.size)
    return array("d", row.tobytes())


def _single(numbers, y, before):
    """A sine that modulates itself: the inner loop of most DX7 sounds."""
    sin = math.sin
    for a, g in numbers:
        x = g * sin(a + y + before)
        before = y
        y = x
        yield x


def _pair(numbers, y, before):
    sin = math.sin
    for a, g, b, h in numbers:
        x = h * sin(b + g * sin(a + y + before))
        before = y
        y = x
        yield x


def _triple(numbers, y, before):
    sin = math.sin
    for a, g, b, h, c, i in numbers:
        x = i * sin(c + h * sin(b + g * sin(a + y + before)))
        before = y
        y = x
        yield x


def _any(numbers, y, before):
    """As many sines as there are, moved in any way."""
    for *row, newer, older in numbers:
        x = newer * y + older * before
        for angle, level in zip(row[::2], row[1::2], strict=True):
            x = level * math.sin(angle + x)
        y, before = x, y
        yield x


def _scanned(angles, levels, amount, newest):
    n = len(angles)

    def step(state, angle, c):
        y, before = state
        x = c[-1] * (newest * y + (1.0 - newest) * before)
        for k, level in enumerate(c[n - 1 : 2 * n - 1]):
            x = level * sine(x + (c[k - 1] if k else angle))
        return (x, y), x

    curves = (*angles[1:], *levels, amount)
    return number_scan(step, (0.0, 0.0), angles[0], curves)[1]
