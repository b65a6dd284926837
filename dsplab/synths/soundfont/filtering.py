"""The voice's filter: a resonant lowpass of second order, still or moving.

Its resonance is a peak q dB above the level at the bottom; half as much is taken off
everything, so that a resonant sound is not louder than a flat one:

    Q = 10^((q_cb / 10 - 3.01) / 20),   gain = 1 / sqrt(Q)
"""

import functools
import math

import numpy as np

from dsplab._array import lfilter
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
    """What a part needs of its filter, (n, 7): b0 = b1 / 2 = b2, -a1, -a2, and

    (p, r; s, t), the matrix of a step (-a1, -a2; 1, 0) to the power of SPAN.
    """
    b, a = coefficients(cutoff, q, sample_rate)
    p, r, s, t = -a[:, 1], -a[:, 2], 1.0, 0.0
    for _ in range(SPAN.bit_length() - 1):
        p, r, s, t = p * p + r * s, r * (p + t), s * (p + t), r * s + t * t
    return np.stack([b[:, 0], -a[:, 1], -a[:, 2], p, r, s, t], axis=-1)


@functools.lru_cache(maxsize=64)
def _table(q, sample_rate):
    """`_for_parts` of cutoffs GRID cents apart."""
    highest = 1200.0 * math.log2(HIGHEST * sample_rate / LOWEST)
    cents = np.arange(0.0, highest + GRID, GRID)
    return _for_parts(LOWEST * 2.0 ** (cents / 1200.0), q, sample_rate)


def _looked_up(cutoff, q, sample_rate):
    """`_for_parts` of the cutoff of each tick, (n_ticks, 7)."""
    if np.ndim(q):
        return _for_parts(cutoff, q, sample_rate)
    table = _table(float(q), float(sample_rate))
    cutoff = np.maximum(cutoff, LOWEST) * (1.0 / LOWEST)
    place = np.log2(cutoff) * (1200.0 / GRID) + 0.5
    return table.take(np.minimum(place, len(table) - 1).astype(int), axis=0)


def still(x, b, a):
    """Filter from rest."""
    return lfilter(b.astype(x.dtype), a.astype(x.dtype), x)


class Run:
    """A stretch of one voice that is to be filtered, together with those of others."""

    def __init__(self, before, sample_rate):
        """Go on from (x[-1], x[-2], y[-1], y[-2])."""
        self.before, self.rate = before, sample_rate
        self.parts, self.steps, self.single = [], [], True
        self.y = None

    def add(self, x, cutoff, q):
        """Append x, (n_ticks * TICK,), with a cutoff and a resonance for each tick.

        Numbers stand for a filter that does not move.
        """
        if np.ndim(cutoff) == 0:
            steps = _for_parts(np.array([cutoff]), q, self.rate)
            steps = np.repeat(steps, len(x) // TICK, axis=0)
        else:
            steps = _looked_up(cutoff, q, self.rate)
        self.single &= bool(np.min(cutoff) >= SINGLE * self.rate * max(np.max(q), 1.0))
        self.parts.append(x)
        self.steps.append(steps)

    def finish(self, y, before):
        """Take note of the result, and of what the next stretch goes on from."""
        self.y, self.before = y, before
        self.parts, self.steps = [], []

    def take(self):
        """Hand out the result, which is not kept."""
        y, self.y = self.y, None
        return y


def filter_together(runs):
    """Filter the runs of many voices.

        y[n] = b0 (x[n] + 2 x[n-1] + x[n-2]) - a1 y[n-1] - a2 y[n-2]

    All parts of ticks are filtered at once, each as if silence went before; that leaves
    two numbers a part which depend on the part before, and they are solved for; then
    all are filtered again, now from what really went before.
    """
    for kind, dtype in ((True, np.float32), (False, np.float64)):
        some = [run for run in runs if run.single == kind]
        if some:
            _filter(some, dtype)


def sounded(sounds):
    """Sounds, lists of arrays and of runs, with all the runs filtered."""
    filter_together([x for parts in sounds for x in parts if isinstance(x, Run)])
    return [[x.take() if isinstance(x, Run) else x for x in parts] for parts in sounds]


def _filter(runs, dtype):
    """Filter runs, a round after the other; new memory is slow, so it is used again."""
    x = np.concatenate([part for run in runs for part in run.parts])
    steps = np.concatenate([part for run in runs for part in run.steps])
    befores = np.array([run.before for run in runs])
    ends = np.cumsum([sum(map(len, run.parts)) for run in runs])
    starts, heard = np.array([0, *ends[:-1]]) // SPAN, x[[ends - 1, ends - 2]].T
    last = np.empty((2, len(x) // SPAN), dtype)  # y[-1] and y[-2] of each part
    n_parts = min(AT_ONCE, len(steps)) * TICK // SPAN
    rooms, after = np.empty((2, SPAN, n_parts), dtype), ()
    for first in range(0, len(x), AT_ONCE * TICK):
        now, y = first // SPAN, x[first : first + AT_ONCE * TICK]
        parts = steps[first // TICK : first // TICK + AT_ONCE].T.copy()
        parts = np.repeat(parts, TICK // SPAN, axis=1)
        inside = (starts >= now) & (starts < now + parts.shape[1])
        heads, before = starts[inside] - now, befores[inside]
        if not (len(heads) and heads[0] == 0):  # goes on from the last round
            after = *after, *last[:, now - 1]
            heads, before = np.append(0, heads), np.append([after], before, axis=0)
        after, (v, z) = (y[-1], y[-2]), rooms[:, :, : parts.shape[1]]
        _filtered(y, parts, heads, before, v, z)
        y.reshape(-1, SPAN)[...] = z.T
        last[:, now : now + parts.shape[1]] = z[: SPAN - 3 : -1]
    states = np.concatenate([heard, last[:, ends // SPAN - 1].T], axis=1)
    for run, part, state in zip(runs, np.split(x, ends[:-1]), states, strict=True):
        run.finish(part, tuple(state))


def _filtered(x, parts, heads, before, v, z):
    """Filter x to z, (SPAN, n_parts); at `heads` runs begin, with `before`."""
    b0, c1, c2 = parts[:3].astype(z.dtype)
    silence = np.zeros_like(b0)
    _weighted(x, b0, heads, before, out=v)
    ends = _through(v, c1, c2, silence, silence, z)
    _through(v, c1, c2, *_states(parts[3:], *ends, heads, before), z)


def _weighted(x, b0, heads, before, out):
    """b0 (x[n] + 2 x[n-1] + x[n-2]), (SPAN, n_parts): time first."""
    both = np.empty(len(x), b0.dtype)
    pairs = x[1:] + x[:-1]
    both[2:] = pairs[1:] + pairs[:-1]
    both, x = both.reshape(-1, SPAN), x.reshape(-1, SPAN)
    newest, older = before[:, 0], before[:, 1]
    both[heads, 0] = x[heads, 0] + 2.0 * newest + older
    both[heads, 1] = x[heads, 1] + 2.0 * x[heads, 0] + newest
    np.multiply(both.T, b0, out=out)


def _through(v, c1, c2, newest, older, y):
    """y[k] = v[k] + c1 y[k-1] + c2 y[k-2], in place, from the y[-1], y[-2] given."""
    part = np.empty_like(c1)
    for k, row in enumerate(v):
        out = np.multiply(newest, c1, out=y[k])
        out += row
        out += np.multiply(older, c2, out=part)
        older, newest = newest, out
    return newest, older


def _states(powers, newest, older, heads, before):
    """y[-1] and y[-2] of every part, given how each ends if it begins with zeros.

    With (p, r; s, t) the powers of `_for_parts`,

        (newest, older)[m] = (p, r; s, t)[m] (newest, older)[m - 1] + those from zeros

    which is one system of equations with four diagonals for older and newest in turn.
    What goes before a head is given.
    """
    import scipy.linalg.lapack

    states = np.empty((len(older) + 1, 2))
    states[1:, 0], states[1:, 1] = older, newest
    states[heads] = before[:, 3:1:-1]
    band = np.zeros((2 * len(states), 4))  # of a column: what is k below the diagonal
    columns = band[:-2].reshape(-1, 2, 4)
    p, r, s, t = -powers
    columns[:, 1, 1], columns[:, 0, 2] = s, t
    columns[:, 1, 2], columns[:, 0, 3] = p, r
    columns[heads[1:] - 1] = 0.0
    solved = scipy.linalg.lapack.dtbtrs(band.T, states.ravel(), uplo="L", diag="U")
    both = solved[0][:-2].reshape(-1, 2).astype(newest.dtype)
    return both[:, 1].copy(), both[:, 0].copy()


def straight(lines, out=None):
    """Draw a straight line through each tick, (n_ticks * TICK,).

    Args:
      lines: where they begin, and where the next would: (n_ticks, 2).
      out: where to write, (n_ticks * TICK,).
    """
    out = np.empty(len(lines) * TICK, lines.dtype) if out is None else out
    np.matmul(lines, _RAMPS.astype(lines.dtype, copy=False), out=out.reshape(-1, TICK))
    return out
