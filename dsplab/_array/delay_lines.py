"""Recursions through long delays, a block at a time: echoes, reverberation.

What comes back after D samples cannot matter sooner: D samples are computed at once.
"""

import numpy as np

from dsplab._array.library import array_namespace
from dsplab._array.recursions import difference_equation, lfilter, scan


def spaced_lfilter(b, a, x, *, spacing):
    """Filter x by b(z^D) / a(z^D), D = spacing: every D-th sample by itself.

    With b = [1], a = [1, -g] it is the comb y[n] = x[n] + g y[n - D].
    """
    xp = array_namespace(b, a, x)
    n = x.shape[-1]
    still = [(0, 0)] * (x.ndim - 1)
    rows = xp.pad(x, [*still, (0, -n % spacing)])
    rows = rows.reshape(*x.shape[:-1], -1, spacing)
    if xp is np:
        import scipy.signal

        b, a = np.asarray(b, dtype=x.dtype), np.asarray(a, dtype=x.dtype)
        y = scipy.signal.lfilter(b, a, rows, axis=-2)
    else:
        y = xp.swapaxes(lfilter(b, a, xp.swapaxes(rows, -1, -2)), -1, -2)
    return y.reshape(*x.shape[:-1], -1)[..., :n]


def in_loop(step, state, x, *, block, memory, shape):
    """Run lines of delay whose ends feed their beginnings.

    Args:
      step: (state, past, x) -> (state, w, y), where past, (*shape, memory), is what
        the lines were given last, and w, (*shape, block), what they are given now.
      state: whatever else is carried from block to block; of fixed shapes.
      x: array (..., n_samples), or a tuple of such.
      block: samples at a time; no more than the shortest way around the loop.
      memory: samples that the longest line holds.
      shape: of the lines: (..., n_lines).

    Returns:
      All y, one after the other: (..., n_samples).
    """
    x = x if isinstance(x, tuple) else (x,)
    xp, n = array_namespace(*x), x[0].shape[-1]

    def blocks(part):
        still = [(0, 0)] * (part.ndim - 1)
        part = xp.pad(part, [*still, (0, -n % block)])
        return xp.moveaxis(part.reshape(*part.shape[:-1], -1, block), -2, 0)

    def turn(carried, now):
        state, past = carried
        state, w, y = step(state, past, *now)
        return (state, xp.concatenate([past, w], axis=-1)[..., -memory:]), (y,)

    past = xp.zeros((*shape, memory), dtype=x[0].dtype)
    _, (y,) = scan(turn, (state, past), tuple(blocks(part) for part in x), axis=0)
    y = xp.moveaxis(y, 0, -2)
    return y.reshape(*y.shape[:-2], -1)[..., :n]


def line_ends(past, lengths, block):
    """What comes out of each line in a block: past[..., i, n - lengths[i]]."""
    xp, memory = array_namespace(past), past.shape[-1]
    starts = [memory - length for length in lengths]
    ends = [past[..., i, s : s + block] for i, s in enumerate(starts)]
    return xp.stack(ends, axis=-2)


def lfilter_rows(b, a, x, state):
    """Filter row i of x, (..., n_rows, n), by b[:, i] / a[:, i], from a state on.

    b and a have shape (order + 1, n_rows), or (order + 1, 1) for one filter for all;
    a[0] is 1. The state has shape (order, ..., n_rows), zeros in the beginning.

    Returns:
      y like x, and the state after its last sample.
    """
    xp = array_namespace(b, a, x)
    if xp is not np:
        return difference_equation(b, a, x, state=state)
    import scipy.signal

    b, a = np.asarray(b, dtype=x.dtype), np.asarray(a, dtype=x.dtype)
    zi = np.moveaxis(state, 0, -1)
    if b.shape[1] == 1:
        y, zi = scipy.signal.lfilter(b[:, 0], a[:, 0], x, zi=zi)
        return y, np.moveaxis(zi, -1, 0)
    y, after = np.empty_like(x), np.empty_like(zi)
    for i in range(x.shape[-2]):
        row = scipy.signal.lfilter(b[:, i], a[:, i], x[..., i, :], zi=zi[..., i, :])
        y[..., i, :], after[..., i, :] = row
    return y, np.moveaxis(after, -1, 0)


def sparse_recursion(v, gains, delays):
    """y[n] = v[n] + sum_k gains[k][n] y[n - delays[k][n]], whole delays of at least 1.

    Rows (..., n_samples). NumPy only: a triangular system of which nearly everything
    is zero, solved by SciPy's SuperLU in one go, however short the delays are.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import spsolve_triangular

    n, n_taps = v.shape[-1], len(gains)
    at = np.arange(n)
    y = np.empty((v.size // n, n))
    for r, row in enumerate(v.reshape(-1, n)):
        entries, places = np.empty((n, n_taps + 1)), np.empty((n, n_taps + 1), np.int32)
        entries[:, -1], places[:, -1] = 1.0, at
        for k in range(n_taps):
            place = at - np.broadcast_to(delays[k], v.shape).reshape(-1, n)[r]
            gain = np.broadcast_to(gains[k], v.shape).reshape(-1, n)[r]
            entries[:, k], places[:, k] = -gain * (place >= 0), np.maximum(place, 0)
        starts = np.arange(0, entries.size + 1, n_taps + 1, dtype=np.int32)
        system = csr_array((entries.ravel(), places.ravel(), starts), shape=(n, n))
        system.sum_duplicates()
        y[r] = spsolve_triangular(system, row, unit_diagonal=True)
    return y.reshape(v.shape).astype(v.dtype, copy=False)
