"""From a signal through its frames to the next signal, as iterations on spectra go."""

import numpy as np

from dsplab._array.rows import frames_at, overlap_add

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
