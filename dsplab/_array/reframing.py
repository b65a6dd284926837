"""From a signal through its frames to the next signal, as iterations on spectra go."""

import numpy as np

from dsplab._array.rows import frames_at, overlap_add

AT_ONCE = 8  # frames, and what is made of them: what a cache holds


def through_frames(function, y, *rows, frame_length, hop_length):
    """Cut y into frames, change them, add them up again.

    function(frames, *rows) returns new frames and more rows of any kind, each made of
    its own frame alone; there are as many frames as `rows` have. NumPy takes a few at a
    time and keeps nothing of what is between.

    Returns:
      The sum of the new frames, like y, and the other rows.
    """
    n_frames = rows[0].shape[-2]
    if not isinstance(y, np.ndarray):
        starts = range(0, n_frames * hop_length, hop_length)
        frames, kept = function(frames_at(y, starts, frame_length), *rows)
        return overlap_add(frames, hop_length), kept
    frames = np.lib.stride_tricks.sliding_window_view(y, frame_length, axis=-1)
    frames = frames[..., ::hop_length, :]
    total, kept = np.zeros_like(y), []
    for at in range(0, n_frames, AT_ONCE):
        some = slice(at, min(at + AT_ONCE, n_frames))
        made, other = function(frames[..., some, :], *(r[..., some, :] for r in rows))
        part = overlap_add(made, hop_length)
        begin = at * hop_length
        total[..., begin : begin + part.shape[-1]] += part
        kept.append(other)
    return total, np.concatenate(kept, axis=-2)
