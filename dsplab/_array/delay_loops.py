"""Loops through lines read between their samples: waves in strings and pipes."""

import numpy as np

from dsplab._array.library import array_namespace
from dsplab._array.recursions import scan


def delay_loop(step, state, now, lines, *, longest):
    """Run a loop in which everything passes through delay lines.

    Each line is read between its samples, at a delay that may change all the time:

        past[n] = sum_k weights[k][n] fed[n - delay[n] - k]
        state, fed[n], y[n] = step(state, past[n], now[n])

    What enters a line comes out `delay` samples later at the earliest, and so a block
    of so many samples depends on earlier blocks alone: NumPy takes one such block at a
    time. JAX takes a sample at a time, and keeps a ring of the last `longest` samples.

    Args:
      step: function of arrays (..., n_block): a tuple of one for each line, and `now`.
        Returns the state, what is fed into each line (a tuple), and the output, an
        array or a tuple.
      state: whatever step hands on to the next block.
      now: tuple of arrays (..., n_samples), cut up for step.
      lines: for each line (delay, weights): integers (..., n_samples), all at least 1,
        and the weights of the taps, (n_taps, ..., n_samples); what does not change has
        1 for n_samples, which is quicker. All of the rank that the signals have.
      longest: at least the largest delay, and n_taps more.

    Returns:
      y, (..., n_samples), or a tuple of such.
    """
    arrays = [*now, *(part for line in lines for part in line)]
    xp = array_namespace(*arrays)
    shapes = [a.shape for a in now] + [line[0].shape for line in lines]
    shape = np.broadcast_shapes(*shapes, *(line[1].shape[1:] for line in lines))
    now = tuple(xp.broadcast_to(a, shape) for a in now)
    run = _by_blocks if xp is np else _by_samples
    return run(step, state, now, lines, longest, shape)


def _by_blocks(step, state, now, lines, longest, shape):
    n = shape[-1]
    fed = [np.zeros((*shape[:-1], longest + n), dtype=w.dtype) for _, w in lines]
    reads = [
        _reader(line, *parts, longest) for line, parts in zip(fed, lines, strict=True)
    ]
    delays = [delay for delay, _ in lines]
    block = min(int(delay.min()) for delay in delays)
    moving = any(delay.shape[-1] > 1 for delay in delays)
    ys, start = [], 0
    while start < n:
        if moving:  # as far as nothing comes back that has not gone in
            ahead = slice(start, start + 2 * block)
            near = (d[..., ahead] if d.shape[-1] > 1 else d for d in delays)
            block = min(2 * block, *(int(d.min()) for d in near))
        stop = min(start + block, n)
        past = tuple(read(start, stop) for read in reads)
        state, new, y = step(state, past, tuple(a[..., start:stop] for a in now))
        for line, samples in zip(fed, new, strict=True):
            line[..., longest + start : longest + stop] = samples
        ys.append(y)
        start = stop
    if isinstance(ys[0], tuple):
        return tuple(np.concatenate(y, axis=-1) for y in zip(*ys, strict=True))
    return np.concatenate(ys, axis=-1)


def _reader(line, delay, weights, longest):
    """A function (start, stop) that reads the samples of one block from a line."""
    n_taps = len(weights)
    if delay.size == weights[0].size == 1 and line.size == line.shape[-1]:
        first, flat = longest - int(delay.item()) - n_taps + 1, line.reshape(-1)
        taps, one_row = weights.ravel(), (*line.shape[:-1], -1)

        def read_steadily(a, b):  # one voice, at one pitch
            samples = flat[first + a : first + b + n_taps - 1]
            return np.convolve(samples, taps, "valid").reshape(one_row)

        return read_steadily
    shape = line.shape[:-1] + (line.shape[-1] - longest,)
    weights = np.broadcast_to(weights, (n_taps, *shape))
    rows = np.arange(int(np.prod(shape[:-1]))).reshape(*shape[:-1], 1)
    place = rows * line.shape[-1] + longest + np.arange(shape[-1]) - delay
    back = np.arange(n_taps).reshape(-1, *(1 for _ in shape))

    def read(a, b):
        samples = line.take(place[..., a:b] - back)
        return np.multiply(weights[..., a:b], samples, out=samples).sum(axis=0)

    return read


def _by_samples(step, state, now, lines, longest, shape):
    import jax
    import jax.numpy as jnp

    *batch, n = shape
    rings = tuple(jnp.zeros((*batch, 2 * longest), dtype=w.dtype) for _, w in lines)
    delays = tuple(jnp.broadcast_to(d, shape).astype("int32") for d, _ in lines)
    weights = (jnp.broadcast_to(w, (len(w), *shape)) for _, w in lines)
    weights = tuple(jnp.moveaxis(w, 0, -2) for w in weights)  # (..., n_taps, n)

    def read(ring, begin, weight):
        taps = jax.lax.dynamic_slice_in_dim(ring, begin, weight.shape[-1])
        return (weight * taps).sum(-1, keepdims=True)

    for _ in batch:
        read = jax.vmap(read)

    def one(carry, inputs):
        state, rings = carry
        at, now_n, delays_n, weights_n = inputs
        # newest first and everything twice: any stretch of it lies in one piece
        at = longest - 1 - at % longest
        begins = (at + delay for delay in delays_n)
        past = tuple(map(read, rings, begins, weights_n))
        state, fed, y = step(state, past, tuple(a[..., None] for a in now_n))
        for place in (at, at + longest):
            rings = tuple(
                jax.lax.dynamic_update_slice_in_dim(ring, new, place, axis=-1)
                for ring, new in zip(rings, fed, strict=True)
            )
        return (state, rings), jax.tree.map(lambda part: part[..., 0], y)

    at = jnp.arange(n, dtype="int32")
    return scan(one, (state, rings), (at, now, delays, weights))[1]
