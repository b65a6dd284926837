"""The voice's filter: a resonant lowpass of second order, still or moving.

Its resonance is a peak q dB above the level at the bottom; half as much is taken off
everything, so that a resonant sound is not louder than a flat one:

    Q = 10^((q_cb / 10 - 3.01) / 20),   gain = 1 / sqrt(Q)
"""

import functools
import math

import numpy as np

from dsplab._array import lfilter, lfilter_rows, linear_recursion
from dsplab.filters.design import second_order
from dsplab.synths.soundfont.envelopes import TICK

OPEN = 13500.0  # absolute cents, 20 kHz: a flat filter that high does nothing
HIGHEST = 0.45  # of the sample rate
LOWEST = 5.0  # Hz
GRID = 2.0  # cents between the cutoffs of a filter that moves
_RAMP = np.arange(TICK, dtype=np.float32) / np.float32(TICK)


def resonance(q_centibels):
    """Q of the filter: q dB above that of a flat one.

    >>> round(float(resonance(0.0)), 4)
    0.7071
    """
    return 10.0 ** ((np.clip(q_centibels, 0.0, 960.0) / 10.0 - 3.01) / 20.0)


FLAT = resonance(0.0)


def coefficients(cutoff, q, sample_rate):
    """b and a, (..., 3), of the filter with cutoffs in Hz (...) and a resonance."""
    inside = np.clip(np.asarray(cutoff, float), LOWEST, HIGHEST * sample_rate)
    b, a = second_order("lowpass", inside, sample_rate, q=np.asarray(q, float))
    return b / np.sqrt(q)[..., None], a


@functools.lru_cache(maxsize=64)
def _table(q, sample_rate):
    """Coefficients b0, b1, -a1, -a2, (4, n), for cutoffs GRID cents apart."""
    highest = 1200.0 * math.log2(HIGHEST * sample_rate / LOWEST)
    cents = np.arange(0.0, highest + GRID, GRID)
    b, a = coefficients(LOWEST * 2.0 ** (cents / 1200.0), q, sample_rate)
    return np.stack([b[:, 0], b[:, 1], -a[:, 1], -a[:, 2]])


def _looked_up(cutoff, q, sample_rate):
    """b0, b1, -a1, -a2, (4, n_ticks)."""
    if np.ndim(q):
        b, a = coefficients(cutoff, q, sample_rate)
        return b[:, 0], b[:, 1], -a[:, 1], -a[:, 2]
    table = _table(float(q), float(sample_rate))
    cutoff = np.maximum(cutoff, LOWEST) * (1.0 / LOWEST)
    place = np.log2(cutoff) * (1200.0 / GRID) + 0.5
    return table[:, np.minimum(place, table.shape[1] - 1).astype(int)]


def still(x, b, a):
    """Filter from rest."""
    return lfilter(b.astype(x.dtype), a.astype(x.dtype), x)


def fixed(x, cutoff, q, sample_rate, *, before):
    """Go on filtering by one cutoff in Hz; see `moving`."""
    b, a = coefficients(cutoff, q, sample_rate)
    x1, x2, y1, y2 = before
    state = (b[1] * x1 + b[2] * x2 - a[1] * y1 - a[2] * y2, b[2] * x1 - a[2] * y1)
    b, a = b[:, None], a[:, None]
    y, _ = lfilter_rows(b, a, x[None], np.array(state, x.dtype)[:, None])
    return y[0], np.array([x[-1], x[-2], y[0, -1], y[0, -2]])


def moving(x, cutoff, q, sample_rate, *, before):
    """Filter by a cutoff that changes from tick to tick.

        y[n] = b0 x[n] + b1 x[n-1] + b0 x[n-2] - a1 y[n-1] - a2 y[n-2]

    All ticks are filtered at once, each as if silence went before; that leaves two
    numbers a tick which depend on the tick before, and they are solved for; then all
    are filtered again, now from what really went before.

    Args:
      x: (n_ticks * TICK,).
      cutoff: Hz in each tick, (n_ticks,).
      q: resonance, see `resonance`: a number, or one in each tick.
      sample_rate: Hz.
      before: (x[-1], x[-2], y[-1], y[-2]).

    Returns:
      Signal like x, and the next `before`.
    """
    b0, b1, c1, c2 = _looked_up(cutoff, q, sample_rate)
    v = _weighted(x, b0, b1, before)
    y, silence = np.empty_like(v), np.zeros(len(c1))
    newest, older = _through(v, c1, c2, silence, silence, y)
    first, second = _states(c1, c2, newest, older, before)
    _through(v, c1, c2, first, second, y)
    y = y.T.astype(x.dtype).reshape(-1)
    return y, (x[-1], x[-2], y[-1], y[-2])


def _weighted(x, b0, b1, before):
    """b0 x[n] + b1 x[n-1] + b0 x[n-2], (TICK, n_ticks): time first."""
    past = np.empty((TICK + 2, len(b0)))
    past[2:] = x.reshape(-1, TICK).T
    past[0, 0], past[1, 0] = before[1], before[0]
    past[:2, 1:] = past[TICK:, :-1]
    v = past[2:] + past[:-2]
    v *= b0
    past *= b1
    v += past[1:-1]
    return v


def _through(v, c1, c2, newest, older, y):
    """y[k] = v[k] + c1 y[k-1] + c2 y[k-2], in place, from the y[-1], y[-2] given."""
    part = np.empty_like(c1)
    for k, row in enumerate(v):
        out = np.multiply(newest, c1, out=y[k])
        out += row
        out += np.multiply(older, c2, out=part)
        older, newest = newest, out
    return newest, older


def _states(c1, c2, newest, older, before):
    """y[-1] and y[-2] of every tick, given how each ends if it begins with zeros."""
    one, none = np.ones_like(c1), np.zeros_like(c1)
    p, r, s, t = c1, c2, one, none  # the matrix of a step, to the power of TICK
    for _ in range(TICK.bit_length() - 1):
        p, r, s, t = p * p + r * s, r * (p + t), s * (p + t), r * s + t * t
    # (newest, older)[m] = (p, r; s, t)[m] (newest, older)[m - 1] + those from zeros
    v = np.stack([older, newest], axis=-1).reshape(-1)
    v[0] += s[0] * before[2] + t[0] * before[3]
    v[1] += p[0] * before[2] + r[0] * before[3]
    a1 = np.stack([-s, none], axis=-1)  # rows of older ticks and newest in turn
    a2, a3 = np.stack([-t, -p], axis=-1), np.stack([none, -r], axis=-1)
    a1[0] = a2[0] = a3[0] = 0.0
    y = linear_recursion([a.reshape(-1) for a in (a1, a2, a3)], v)
    first = np.concatenate([[before[2]], y[1:-1:2]])
    return first, np.concatenate([[before[3]], y[:-2:2]])


def straight(edges):
    """Draw straight lines from edge to edge of the ticks, (n_ticks * TICK,)."""
    y = np.multiply.outer(edges[1:] - edges[:-1], _RAMP.astype(edges.dtype, copy=False))
    y += edges[:-1, None]
    return y.reshape(-1)
