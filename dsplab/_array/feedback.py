"""Sines that modulate each other in a ring: what feedback does to an oscillator."""

import itertools
import math

import numpy as np

from dsplab._array.elementary import sine
from dsplab._array.library import array_namespace
from dsplab._array.stepwise import number_scan


def sine_ring(angles, levels, amount, *, newest=0.5):
    """Play sines of which each moves the next one's phase, and the last the first's.

        x_1[n] = levels[0][n] sin(angles[0][n] + back[n])
        x_2[n] = levels[1][n] sin(angles[1][n] + x_1[n]) ...,  y[n] = the last of them
        back[n] = amount (newest y[n-1] + (1 - newest) y[n-2])

    A recursion that is not linear: NumPy loops over Python's numbers, some 0.2
    microseconds a sample; JAX scans.

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
            moved = level * xp.sin(angle + moved)
            x.append(moved)
    return [*x, y]


def _looped(angles, levels, amount, newest):
    shape = angles[0].shape
    amount = np.asarray(amount)
    # scaled by what comes back of it, y needs no further product in the loop
    quick = newest == 0.5 and amount.size == 1 and amount != 0.0 and len(angles) < 4
    scale = newest * amount.item() if quick else 1.0
    levels = [*levels[:-1], scale * levels[-1]]
    weights = () if quick else (newest * amount, (1.0 - newest) * amount)
    curves = [np.broadcast_to(c, shape) for c in (*angles, *levels, *weights)]
    curves = [c.reshape(-1, shape[-1]) for c in curves]
    play = (_single, _pair, _triple)[len(angles) - 1] if quick else _any
    rows = []
    for r in range(len(curves[0])):
        numbers = zip(*(_numbers(c[r]) for c in curves), strict=True)
        rows.append(np.fromiter(play(numbers), np.float64, shape[-1]))
    y = rows[0] if len(rows) == 1 else np.stack(rows)
    return (y / scale).reshape(shape).astype(angles[0].dtype, copy=False)


def _numbers(row):
    """The numbers of a row; one that stands still is not copied."""
    still = row.strides[-1] == 0 or row.size == 1
    return itertools.repeat(float(row[0]), row.size) if still else row.tolist()


def _single(numbers):
    """A sine that modulates itself: the inner loop of most DX7 sounds."""
    sin, y, before = math.sin, 0.0, 0.0
    for a, g in numbers:
        x = g * sin(a + y + before)
        before = y
        y = x
        yield x


def _pair(numbers):
    sin, y, before = math.sin, 0.0, 0.0
    for a, b, g, h in numbers:
        x = h * sin(b + g * sin(a + y + before))
        before = y
        y = x
        yield x


def _triple(numbers):
    sin, y, before = math.sin, 0.0, 0.0
    for a, b, c, g, h, i in numbers:
        x = i * sin(c + h * sin(b + g * sin(a + y + before)))
        before = y
        y = x
        yield x


def _any(numbers):
    """As many sines as there are, moved in any way."""
    y = before = 0.0
    for *row, newer, older in numbers:
        n = len(row) // 2
        x = newer * y + older * before
        for angle, level in zip(row[:n], row[n:], strict=True):
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
