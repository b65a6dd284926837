"""Frames of a signal, some at a time, and what is made of them."""

import numpy as np

from dsplab._array.library import array_namespace
from dsplab._array.rows import frames_at, frames_seen, in_blocks, overlap_add

AT_ONCE = 16  # frames, and what is made of them: what a cache holds


def through_frames(function, y, *rows, frame_length, hop_length):
    """Cut y into frames, change them, add them up again: a signal like y.

    function(frames, *rows) returns new frames, each made of its own frame and rows
    alone; there are as many frames as `rows` have. NumPy takes a few at a time and
    keeps nothing of what is between.
    """
    n_frames = rows[0].shape[-2]
    if not isinstance(y, np.ndarray):
        starts = range(0, n_frames * hop_length, hop_length)
        frames = frames_at(y, starts, frame_length)
        return overlap_add(function(frames, *rows), hop_length)
    frames = np.lib.stride_tricks.sliding_window_view(y, frame_length, axis=-1)
    frames = frames[..., ::hop_length, :]
    hops = -(-frame_length // hop_length)
    total = np.zeros((*y.shape[:-1], n_frames + hops - 1, hop_length), dtype=y.dtype)
    for at in range(0, n_frames, AT_ONCE):
        some = slice(at, min(at + AT_ONCE, n_frames))
        made = function(frames[..., some, :], *(r[..., some, :] for r in rows))
        for k in range(hops):  # the k-th hop of each
            part = made[..., k * hop_length : (k + 1) * hop_length]
            total[..., some.start + k : some.stop + k, : part.shape[-1]] += part
    return total.reshape(*y.shape[:-1], -1)[..., : y.shape[-1]]


def frames_in_blocks(function, x, n_frames, *, frame_length, hop_length, size=16):
    """function(frames), a tuple of rows (..., n_frames, n): frames do not interact.

    Frame m is x[..., m hop_length : m hop_length + frame_length], of zeros beyond the
    end. `size` frames are cut and taken at a time, so that the cache holds what is
    between: XLA would write all of them to memory first.
    """
    missing = (n_frames - 1) * hop_length + frame_length - x.shape[-1]
    x = array_namespace(x).pad(x, [(0, 0)] * (x.ndim - 1) + [(0, max(missing, 0))])
    if isinstance(x, np.ndarray):
        starts = range(0, n_frames * hop_length, hop_length)
        return in_blocks(function, frames_seen(x, starts, frame_length), size=size)
    return _jax_frames_in_blocks(function, x, n_frames, frame_length, hop_length, size)


def _jax_frames_in_blocks(function, x, n_frames, frame_length, hop_length, size):
    import jax

    jnp, still = jax.numpy, [(0, 0)] * (x.ndim - 1)
    size = min(size, n_frames)
    n_blocks, hops = -(-n_frames // size), -(-frame_length // hop_length)
    length = (n_blocks * size + hops - 1) * hop_length
    x = jnp.pad(x, [*still, (0, max(length - x.shape[-1], 0))])[..., :length]
    x = x.reshape(*x.shape[:-1], -1, hop_length)

    def block(k):
        part = jax.lax.dynamic_slice_in_dim(x, k * size, size + hops - 1, axis=-2)
        parts = [part[..., h : h + size, :] for h in range(hops)]
        return function(jnp.concatenate(parts, axis=-1)[..., :frame_length])

    def joined(rows):
        rows = jnp.moveaxis(rows, 0, -3)
        return rows.reshape(*rows.shape[:-3], -1, rows.shape[-1])[..., :n_frames, :]

    return tuple(joined(y) for y in jax.lax.map(block, jnp.arange(n_blocks)))
