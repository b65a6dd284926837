"""Recursions written as steps of numbers, each step with coefficients of its own."""

import itertools

import numpy as np

from dsplab._array.library import array_namespace, computed_once
from dsplab._array.recursions import scan

BLOCK = 8192  # samples that NumPy takes at a time, so that they stay in the cache


def linear_scan(step, state, x, coefficients=(), *, curves=None, prepare=None):
    """Scan step(state, x[n], c[n]) -> (state, y[n]), linear in the state and x.

    The coefficients c may change at every sample. A loop in Python takes microseconds a
    sample; but a linear recursion is a triangular system of equations with few
    diagonals, which LAPACK solves in nanoseconds. NumPy learns its matrix from the step
    itself, from what it answers to each unit state, for all samples at once; solves for
    the states, in float64; and asks the step for y. JAX scans.

    So the step is written once, as in the textbook; it must do the same to arrays as to
    numbers, and answer zeros with zeros.

    Args:
      step: function of a tuple of numbers, a number and a tuple of numbers.
      state: tuple: what it is before the start, numbers or arrays (...).
      x: array (..., n_samples).
      coefficients: tuple of arrays that broadcast to x, or numbers.
      curves: function of the coefficients, that makes others of them for the step.
      prepare: a function of those, which JAX computes in each step and not beforehand.

    Returns:
      The state after the last sample, and y: an array like x, or a tuple of such.
    """
    x, state, coefficients = _alike(x, state, coefficients)
    curves, prepare = (f or (lambda *c: c) for f in (curves, prepare))
    if isinstance(x, np.ndarray):

        def both(*c):
            return prepare(*curves(*c))

        return _solve_in_blocks(step, state, x, coefficients, both)
    return _scan(step, state, x, curves(*coefficients), prepare, unroll=2)


def number_scan(step, state, x, coefficients=(), *, prepare=None):
    """`linear_scan` for a step that is not linear: a loop over samples in NumPy.

    Row by row, over Python's floats, whose arithmetic is ten times as quick as that of
    NumPy's numbers: about a microsecond for twenty operations. JAX scans all rows.
    """
    x, state, coefficients = _alike(x, state, coefficients)
    prepare = prepare or (lambda *c: c)
    if not isinstance(x, np.ndarray):
        return _scan(step, state, x, coefficients, prepare)
    *batch, n = x.shape
    c = [_as_rows(c, batch) for c in prepare(*coefficients)]
    rows = x.reshape(-1, n).tolist()
    starts = zip(*(part.reshape(-1).tolist() for part in state), strict=True)
    ends, ys = [], []
    for r, (row, s) in enumerate(zip(rows, starts, strict=True)):
        for x_n, *c_n in zip(row, *(_numbers(c_k, r) for c_k in c), strict=False):
            s, y_n = step(s, x_n, c_n)
            ys.append(y_n)
        ends.append(s)
    several = isinstance(ys[0], tuple)
    y = np.asarray(ys, dtype=x.dtype).reshape(*x.shape, -1)
    ends = np.asarray(ends, dtype=x.dtype).reshape(*batch, -1)
    y = tuple(np.moveaxis(y, -1, 0)) if several else y[..., 0]
    return tuple(np.moveaxis(ends, -1, 0)), y


def settled(*numbers):
    """The numbers of a step, computed before they are used.

    XLA would compute each anew wherever it occurs, and what it is made of as well: a
    step of a few dozen operations becomes one of thousands.
    """
    if isinstance(numbers[0], float):
        return numbers
    return computed_once(array_namespace(*numbers).stack(numbers))


def _numbers(c, row):
    """Those of one row, endless where they stand still."""
    c = c[row] if c.ndim == 2 else c
    return c.tolist() if c.size > 1 else itertools.repeat(c.item())


def _alike(x, state, coefficients):
    xp = array_namespace(x, *state, *coefficients)
    x, shape = xp.asarray(x), x.shape[:-1]
    state = tuple(xp.broadcast_to(xp.asarray(s, x.dtype), shape) for s in state)
    return x, state, tuple(xp.asarray(c, dtype=x.dtype) for c in coefficients)


def _scan(step, state, x, coefficients, prepare, *, unroll=1):
    """By `jax.lax.scan`, preparing in each step, which saves storing the results."""
    xp = array_namespace(x)
    moving = tuple(xp.broadcast_to(c, x.shape) for c in coefficients if _moves(c))

    def one(state, now):
        moved = iter(now[1:])
        c = (next(moved) if _moves(c) else _only(c) for c in coefficients)
        state, y = step(state, now[0], prepare(*c))
        return tuple(xp.broadcast_to(s, x.shape[:-1]) for s in state), y

    return scan(one, state, (x, *moving), unroll=unroll)


def _moves(c):
    """Whether a coefficient changes with time; others are not copied for each step."""
    return c.ndim > 0 and c.shape[-1] > 1


def _only(c):
    return c[..., 0] if c.ndim else c


def _solve_in_blocks(step, state, x, coefficients, prepare):
    *batch, n = x.shape
    rows = x.astype(np.float64, copy=False).reshape(-1, n)
    s = [part.reshape(-1).astype(np.float64) for part in state]
    coefficients = [_as_rows(c, batch) for c in coefficients]
    ys, order, size = [], len(s), min(n, BLOCK)
    band = np.zeros((size, order, 2 * order))
    states = np.empty((rows.shape[0], size + 1, order))  # written over by each block
    for at in range(0, n, BLOCK):
        now = slice(at, at + BLOCK)
        c = prepare(*(c[..., now] if _moves(c) else c for c in coefficients))
        s, y = _solve(step, s, rows[:, now], c, (band, states))
        ys.append(y if isinstance(y, tuple) else (y,))
    joined = tuple(
        np.concatenate(parts, axis=-1).reshape(x.shape).astype(x.dtype, copy=False)
        for parts in zip(*ys, strict=True)
    )
    ends = tuple(part.reshape(batch).astype(x.dtype) for part in s)
    return ends, joined if isinstance(y, tuple) else joined[0]


def _as_rows(c, batch):
    c = c.astype(np.float64, copy=False)
    if c.ndim < 2:
        return c
    return np.broadcast_to(c, (*batch, c.shape[-1])).reshape(-1, c.shape[-1])


def _solve(step, start, x, c, buffers):
    """The states are the solution of s[n] - matrix[n] s[n-1] = step's answer to x."""
    order = len(start)
    drive = step((0.0,) * order, x, c)[0]
    units = (tuple(float(i == j) for i in range(order)) for j in range(order))
    columns = [step(unit, 0.0, c)[0] for unit in units]  # [j][i]: s_i takes of s_j
    n_rows, n = x.shape
    band, s = buffers[0][:n], buffers[1][:, : n + 1]
    for i in range(order):
        s[:, 0, i], s[:, 1:, i] = start[i], drive[i]
        for j in range(order):
            entry = columns[j][i]
            s[:, 1, i] += (entry[..., 0] if np.ndim(entry) else entry) * start[j]
    for r in range(n_rows):
        _solve_interleaved(columns, s[r, 1:], band, r)
    before = tuple(s[:, :-1, i] for i in range(order))
    y = step(before, x, c)[1]
    parts = y if isinstance(y, tuple) else (y,)
    parts = tuple(p.copy() if np.may_share_memory(p, s) else p for p in parts)
    return list(s[:, -1].T.copy()), parts if isinstance(y, tuple) else parts[0]


def _solve_interleaved(columns, s, band, r):
    """Solve row r in place: its states in one row, s_j of before order + i - j back.

    LAPACK's band holds, for each unknown, what those 1, 2, ... after it take of it.
    """
    import scipy.linalg.lapack

    n, order = s.shape
    for j, column in enumerate(columns):
        for i, entry in enumerate(column):
            rank = np.ndim(entry)
            if r == 0 or rank == 2:  # else it stands there from the row before
                taken = entry[r % len(entry)] if rank == 2 else entry
                taken = taken[..., 1:] if np.size(taken) > 1 else taken
                np.negative(taken, out=band[:-1, j, order + i - j])
    unknowns, matrix = s.reshape(n * order), band.reshape(n * order, 2 * order).T
    solved, _ = scipy.linalg.lapack.dtbtrs(
        matrix, unknowns, uplo="L", diag="U", overwrite_b=True
    )
    if not np.shares_memory(solved, unknowns):
        unknowns[:] = solved
