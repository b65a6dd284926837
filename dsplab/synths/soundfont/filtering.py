"""The voice's filter: a resonant lowpass of second order, still or moving.

Its resonance is a peak q dB above the level at the bottom; half as much is taken off
everything, so that a resonant sound is not louder than a flat one:

    Q = 10^((q_cb / 10 - 3.01) / 20),   gain = 1 / sqrt(Q)
"""

import numpy as np

from dsplab._array import lfilter, lfilter_rows, linear_recursion
from dsplab.filters.design import second_order
from dsplab.synths.soundfont.envelopes import TICK

OPEN = 13500.0  # absolute cents, 20 kHz: a flat filter that high does nothing
HIGHEST = 0.45  # of the sample rate
LOWEST = 5.0  # Hz
_RAMP = np.arange(TICK, dtype=np.float32) / np.float32(TICK)


def resonance(q_centibels):
    """Q of the filter: q dB above that of a flat one.

    >>> round(resonance(0.0), 4)
    0.7071
    """
    return 10.0 ** ((min(max(q_centibels, 0.0), 960.0) / 10.0 - 3.01) / 20.0)


def coefficients(cutoff, q, sample_rate):
    """b and a, (..., 3), of the filter with cutoffs in Hz (...) and a resonance."""
    inside = np.clip(np.asarray(cutoff, float), LOWEST, HIGHEST * sample_rate)
    b, a = second_order("lowpass", inside, sample_rate, q=np.asarray(q, float))
    return b / np.sqrt(q)[..., None] if np.ndim(q) else b / np.sqrt(q), a


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
    """Filter by cutoffs that change from tick to tick.

    Args:
      x: (n_ticks * TICK,).
      cutoff: Hz at the n_ticks + 1 edges of the ticks; between, the filter's
        coefficients are drawn straight.
      q: resonance, see `resonance`.
      sample_rate: Hz.
      before: (x[-1], x[-2], y[-1], y[-2]).

    Returns:
      Signal like x, and the next `before`.
    """
    b, a = coefficients(cutoff, q, sample_rate)
    b0, b1, a1, a2 = (straight(c) for c in (b[:, 0], b[:, 1], a[:, 1], a[:, 2]))
    past = np.concatenate([before[1::-1], x])  # b2 = b0
    v = b0 * (past[2:] + past[:-2]) + b1 * past[1:-1]
    v[0] -= a1[0] * before[2] + a2[0] * before[3]
    v[1] -= a2[1] * before[2]
    y = linear_recursion((a1, a2), v)
    return y.astype(x.dtype), np.array([x[-1], x[-2], y[-1], y[-2]])


def straight(edges):
    """Draw straight lines from edge to edge of the ticks, (n_ticks * TICK,)."""
    edges = np.asarray(edges)
    steps = np.diff(edges)[:, None]
    return (edges[:-1, None] + steps * _RAMP.astype(edges.dtype)).reshape(-1)
