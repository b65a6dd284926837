"""Grains of a sound: where they come from and go to, and how they are added up.

What stands here is of fixed shape once there is a plan (`dsplab.stretch.psola`): it may
be jitted, batched and differentiated.
"""

from typing import NamedTuple

import numpy as np

from dsplab._array import array_namespace, is_traced, join_rows, row_reader
from dsplab.resampling import TAPS, halfway

# the odd polynomial nearest to the sine on -pi / 2..pi / 2, highest power first
SINE = (
    1.5345596425793867e-10,
    -2.5025074097188558e-08,
    2.755679526400084e-06,
    -1.9841264395972742e-04,
    8.33333330431215e-03,
    -1.666666666598645e-01,
    0.9999999999995407,
)


class Grains(NamedTuple):
    """Where grains come from and go to.

    centre: first sample not before the grain's centre, (n_grains,) integers, and
    ahead: how much the centre is before that, in samples; the same for all below.
    left, right: the halves of its window, in samples.
    gain: its weight.
    shift, fraction: output sample n is read at (2 n direction - shift + fraction) / 2.
    direction: 1, or -1 for a grain played backwards.
    n_samples: length of the output.
    reach: 1 where no grain goes beyond its neighbours, else 2.
    longest: most samples from one grain to the next, or more.
    """

    centre: np.ndarray
    ahead: np.ndarray
    left: np.ndarray
    right: np.ndarray
    gain: np.ndarray
    shift: np.ndarray
    fraction: np.ndarray
    direction: np.ndarray
    n_samples: int
    reach: int
    longest: int


def place_grains(x, grains):
    """Cut grains out of x, and add them up where the plan says.

    Every output sample is the sum of the two (or four) grains around it, each
    read from x by interpolation between its samples.

    Args:
      x: signal, (..., n_samples).
      grains: `Grains`; its arrays may be NumPy or JAX, traced or not. Under `jax.vmap`
        plans of one n_samples are padded by repeating their last grain.

    Returns:
      Signal, (..., grains.n_samples).

    >>> x = np.sin(np.arange(100.0))
    >>> from dsplab.analysis.pitch_marks import PitchMarks
    >>> from dsplab.stretch.psola import plan_grains
    >>> marks = PitchMarks(np.arange(-80.0, 200.0, 40.0), np.ones(7, bool))
    >>> bool(np.abs(place_grains(x, plan_grains(marks, 1.0, 100)) - x).max() < 1e-15)
    True
    """
    xp = array_namespace(x, grains.centre)
    begins = xp.clip(grains.centre, 0, grains.n_samples)
    begins = xp.where(np.arange(len(begins)) == 0, 0, begins)
    read = _reader(xp, x, grains)
    tables = [_table(xp, grains, k, begins, x) for k in _neighbours(grains)]

    def make(
        some, length
    ):  # of some grains, what sounds until the next: (..., n, length)
        since = xp.arange(length).astype(x.dtype)
        return sum(
            _one_grain(xp, read, [v[some] for v in table], since) for table in tables
        )

    return join_rows(make, begins, grains.n_samples, grains.longest, like=x)


def _neighbours(grains):
    return range(1 - grains.reach, grains.reach + 1)


def _reader(xp, x, grains):
    """Functions that read rows of x, and of the samples half way between: a pair.

    Where grains are played backwards, x follows a second time, reversed.
    """
    margin = grains.longest + 2 * TAPS
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(margin, margin)])
    between = halfway(x)
    if is_traced(grains.direction) or (grains.direction < 0).any():
        x = xp.concatenate([x, x[..., ::-1]], axis=-1)
    return row_reader(x, grains.longest), row_reader(between, grains.longest)


def _table(xp, grains, k, begins, x):
    """What the samples after each grain need to know of the k-th grain from it.

    The slope and start of the angle of its window, -pi / 2 at its middle; how much of
    the samples of x and of those between them make its own; where both are read.
    """
    half = _ahead(xp, grains.right if k <= 0 else -grains.left, k)
    slope = np.pi / xp.where(xp.abs(half) < 1e-9, 1e-9, half)
    since = begins - _ahead(xp, grains.centre, k) + _ahead(xp, grains.ahead, k)
    start = since * slope - 0.5 * np.pi
    gain = 0.5 * _ahead(xp, grains.gain, k, 0.0)
    between = gain * _ahead(xp, grains.fraction, k)
    shift = _ahead(xp, grains.shift, k)
    odd = shift % 2 == 1
    real = (
        xp.where(odd, between, gain - between),
        xp.where(odd, gain - between, between),
    )
    real = [xp.asarray(v, dtype=x.dtype)[:, None] for v in (slope, start, *real)]

    margin = grains.longest + 2 * TAPS
    n_padded = x.shape[-1] + 2 * margin
    first = margin + begins - (shift + 1) // 2
    backwards = _ahead(xp, grains.direction, k) < 0
    mirrored = n_padded - 1 - margin + begins + shift // 2
    last = n_padded - grains.longest  # beyond it is silence, as in the margins
    at = xp.clip(xp.where(backwards, mirrored, first + odd), 0, last)
    at = at + xp.where(backwards, n_padded, 0)
    return [*real, at, xp.clip(first - TAPS + 1, 0, last - 2 * TAPS + 1)]


def _one_grain(xp, read, table, since):
    """What one of the grains around them contributes to rows of output samples."""
    slope, start, of_x, of_between, at, before = table
    length = since.shape[-1]
    y = of_x * read[0](at, length)
    y += of_between * read[1](before, length)
    angle = since * slope
    angle += start
    # beyond its window a grain weighs nothing
    y *= 1.0 - _sine(xp.minimum(angle, 0.5 * np.pi))
    return y


def _sine(angle):
    """sin(angle) to 6e-14 for |angle| <= pi / 2: quicker than that of NumPy."""
    square = angle * angle
    y = SINE[0] * square
    for coefficient in SINE[1:-1]:
        y += coefficient
        y *= square
    y += SINE[-1]
    y *= angle
    return y


def _ahead(xp, values, k, edge=None):
    """values[j + k] for every j; beyond the ends the last one, or `edge`."""
    n = values.shape[0]
    where = np.arange(n) + k
    moved = values[np.clip(where, 0, n - 1)]
    if edge is None:
        return moved
    return xp.where((where >= 0) & (where < n), moved, edge)
