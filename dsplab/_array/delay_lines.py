"""Recursions through long delays, a block at a time: echoes, reverberation.

What comes back after D samples cannot matter sooner: D samples are computed at once.
"""

import numpy as np

from dsplab._array.library import array_namespace
from dsplab._array.recursions import difference_equation, lfilter, scan

ROUNDS = 16  # blocks that NumPy's store of a loop holds besides its memory


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
    still = [[(0, 0)] * (part.ndim - 1) for part in x]
    x = [xp.pad(p, [*s, (0, -n % block)]) for p, s in zip(x, still, strict=True)]
    if xp is np:
        return _numpy_in_loop(step, state, x, block, memory, shape)[..., :n]

    def turn(carried, now):
        state, past = carried
        state, w, y = step(state, past, *now)
        return (state, xp.concatenate([past, w], axis=-1)[..., -memory:]), (y,)

    past = xp.zeros((*shape, memory), dtype=x[0].dtype)
    rows = (p.reshape(*p.shape[:-1], -1, block) for p in x)
    rows = tuple(xp.moveaxis(row, -2, 0) for row in rows)
    y = xp.moveaxis(scan(turn, (state, past), rows, axis=0)[1][0], 0, -2)
    return y.reshape(*y.shape[:-2], -1)[..., :n]


def _numpy_in_loop(step, state, x, block, memory, shape):
    """The same, with a store that is moved back to its start only when it is full."""
    n, y = x[0].shape[-1], None
    store, at = np.zeros((*shape, memory + ROUNDS * block), dtype=x[0].dtype), memory
    for start in range(0, n, block):
        if at == store.shape[-1]:
            store[..., :memory] = store[..., at - memory :].copy()
            at = memory
        now = (part[..., start : start + block] for part in x)
        state, w, y_block = step(state, store[..., at - memory : at], *now)
        store[..., at : at + block] = w
        at += block
        if y is None:
            y = np.empty((*y_block.shape[:-1], n), dtype=x[0].dtype)
        y[..., start : start + block] = y_block
    return y


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
    if b.shape[1] == 1 and x.ndim == 2:  # in inner loops: quick
        y, zi = scipy.signal.lfilter(b[:, 0], a[:, 0], x, zi=state.T)
        return y, zi.T
    zi = np.moveaxis(state, 0, -1)
    if b.shape[1] == 1:
        y, zi = scipy.signal.lfilter(b[:, 0], a[:, 0], x, zi=zi)
        return y, np.moveaxis(zi, -1, 0)
    y, after = np.empty_like(x), np.empty_like(zi)
    for i in range(x.shape[-2]):
        row = scipy.signal.lfilter(b[:, i], a[:, i], x[..., i, :], zi=zi[..., i, :])
        y[..., i, :], after[..., i, :] = row
    return y, np.moveaxis(after, -1, 0)
