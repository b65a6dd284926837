"""The voice's filter: a resonant lowpass of second order, still or moving.

Its resonance is a peak q dB above the level at the bottom; half as much is taken off
everything, so that a resonant sound is not louder than a flat one:

    Q = 10^((q_cb / 10 - 3.01) / 20),   gain = 1 / sqrt(Q)
"""

import functools
import math

import numpy as np

from dsplab._array import lfilter, lfilter_rows
from dsplab.filters.design import second_order
from dsplab.synths.soundfont import generators as g
from dsplab.synths.soundfont.envelopes import TICK

OPEN = 13500.0  # absolute cents, 20 kHz: a flat filter that high does nothing
HIGHEST = 0.45  # of the sample rate
LOWEST = 5.0  # Hz
GRID = 2.0  # cents between the cutoffs of a filter that moves
SPAN = 16  # samples of a part of a tick: a power of two that divides it
AT_ONCE = 1024  # ticks that are filtered together; more do not fit the caches
SINGLE = 0.01  # of the sample rate, times Q: from there on float32 errs by -105 dB
_RAMPS = np.stack([1.0 - np.arange(TICK) / TICK, np.arange(TICK) / TICK])
_RAMPS = _RAMPS.astype(np.float32)  # exact: TICK is a power of two


def resonance(q_centibels):
    """Q of the filter: q dB above that of a flat one.

    >>> round(float(resonance(0.0)), 4)
    0.7071
    """
    return 10.0 ** ((g.within(q_centibels, 0.0, 960.0) / 10.0 - 3.01) / 20.0)


FLAT = resonance(0.0)


def coefficients(cutoff, q, sample_rate):
    """b and a, (..., 3), of the filter with cutoffs in Hz (...) and a resonance."""
    inside = np.clip(np.asarray(cutoff, float), LOWEST, HIGHEST * sample_rate)
    b, a = second_order("lowpass", inside, sample_rate, q=np.asarray(q, float))
    return b / np.sqrt(q)[..., None], a


def _for_parts(cutoff, q, sample_rate):
    """What a part needs of its filter, (7, n): b0 = b1 / 2 = b2, -a1, -a2, and

    (p, r; s, t), the matrix of a step (-a1, -a2; 1, 0) to the power of SPAN.
    """
    b, a = coefficients(cutoff, q, sample_rate)
    p, r, s, t = -a[:, 1], -a[:, 2], 1.0, 0.0
    for _ in range(SPAN.bit_length() - 1):
        p, r, s, t = p * p + r * s, r * (p + t), s * (p + t), r * s + t * t
    return np.stack([b[:, 0], -a[:, 1], -a[:, 2], p, r, s, t])


@functools.lru_cache(maxsize=64)
def _table(q, sample_rate):
    """`_for_parts` of cutoffs GRID cents apart."""
    highest = 1200.0 * math.log2(HIGHEST * sample_rate / LOWEST)
    cents = np.arange(0.0, highest + GRID, GRID)
    return _for_parts(LOWEST * 2.0 ** (cents / 1200.0), q, sample_rate)


def _looked_up(cutoff, q, sample_rate):
    """`_for_parts` of the cutoff of each tick, (7, n_ticks)."""
    if np.ndim(q):
        return _for_parts(cutoff, q, sample_rate)
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

        y[n] = b0 (x[n] + 2 x[n-1] + x[n-2]) - a1 y[n-1] - a2 y[n-2]

    All parts of ticks are filtered at once, each as if silence went before; that leaves
    two numbers a part which depend on the part before, and they are solved for; then
    all are filtered again, now from what really went before.

    Args:
      x: (n_ticks * TICK,).
      cutoff: Hz in each tick, (n_ticks,).
      q: resonance, see `resonance`: a number, or one in each tick.
      sample_rate: Hz.
      before: (x[-1], x[-2], y[-1], y[-2]).

    Returns:
      Signal like x, and the next `before`.
    """
    single = np.min(cutoff) >= SINGLE * sample_rate * max(np.max(q), 1.0)
    parts = np.repeat(_looked_up(cutoff, q, sample_rate), TICK // SPAN, axis=1)
    b0, c1, c2 = parts[:3].astype(np.float32 if single else np.float64)
    y, n_rounds = np.empty_like(x), -(-len(x) // (AT_ONCE * TICK))
    step = -(-len(x) // (n_rounds * TICK)) * TICK
    for first in range(0, len(x), step):
        now = x[first : first + step]
        here = slice(first // SPAN, (first + step) // SPAN)
        v, c = _weighted(now, b0[here], before), (c1[here], c2[here])
        z, silence = np.empty_like(v), np.zeros_like(c[0])
        ends = _through(v, *c, silence, silence, z)
        _through(v, *c, *_states(parts[3:, here], *ends, before), z)
        y[first : first + step].reshape(-1, SPAN)[...] = z.T
        before = now[-1], now[-2], *z[: SPAN - 3 : -1, -1]
    return y, before


def _weighted(x, b0, before):
    """b0 (x[n] + 2 x[n-1] + x[n-2]), (SPAN, n_parts): time first."""
    past = np.concatenate([[before[1], before[0]], x], dtype=b0.dtype)
    pairs = past[1:] + past[:-1]
    both = (pairs[1:] + pairs[:-1]).reshape(-1, SPAN)
    return np.multiply(both.T, b0, out=np.empty((SPAN, len(b0)), b0.dtype))


def _through(v, c1, c2, newest, older, y):
    """y[k] = v[k] + c1 y[k-1] + c2 y[k-2], in place, from the y[-1], y[-2] given."""
    part = np.empty_like(c1)
    for k, row in enumerate(v):
        out = np.multiply(newest, c1, out=y[k])
        out += row
        out += np.multiply(older, c2, out=part)
        older, newest = newest, out
    return newest, older


def _states(powers, newest, older, before):
    """y[-1] and y[-2] of every part, given how each ends if it begins with zeros.

    With (p, r; s, t) the powers of `_for_parts`,

        (newest, older)[m] = (p, r; s, t)[m] (newest, older)[m - 1] + those from zeros

    which is one system of equations with four diagonals for older and newest in turn.
    """
    import scipy.linalg.lapack

    p, r, s, t = powers
    states = np.empty((len(p) + 1, 2))
    states[0] = before[3], before[2]
    states[1:, 0], states[1:, 1] = older, newest
    band = np.zeros((2 * len(states), 4))  # of a column: what is k below the diagonal
    columns = band[:-2].reshape(-1, 2, 4)
    columns[:, 1, 1], columns[:, 0, 2] = -s, -t
    columns[:, 1, 2], columns[:, 0, 3] = -p, -r
    solved = scipy.linalg.lapack.dtbtrs(band.T, states.ravel(), uplo="L", diag="U")[0]
    return solved[1:-2:2].astype(newest.dtype), solved[:-2:2].astype(newest.dtype)


def straight(edges):
    """Draw straight lines from edge to edge of the ticks, (n_ticks * TICK,)."""
    both = np.stack([edges[:-1], edges[1:]], axis=-1)
    return (both @ _RAMPS.astype(edges.dtype, copy=False)).reshape(-1)
