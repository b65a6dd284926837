"""Cutting a signal into overlapping frames, and adding frames up into a signal.

`overlap_add` is the adjoint (transpose) of `frame`: what one reads, the other writes.
"""

from dsplab import _array
from dsplab._arguments import as_signal, integer
from dsplab._array import array_namespace, frames_at


def frame(x, *, frame_length, hop_length):
    """Cut a signal into overlapping frames, from its first sample on.

        frames[..., n, m] = x[..., m hop_length + n]

    Args:
      x: signal, shape (..., n_samples), at least one frame long.
      frame_length: samples in a frame.
      hop_length: samples from the start of one frame to the next.

    Returns:
      Frames, shape (..., frame_length, n_frames) with n_frames = 1 + (n_samples -
      frame_length) // hop_length; samples after the last whole frame are left out.

    Raises:
      ValueError: if x is shorter than a frame or a length is not a positive integer.

    >>> frame(np.arange(6.0), frame_length=4, hop_length=2).shape
    (4, 2)
    """
    frame_length = integer(frame_length, name="frame_length")
    hop_length = integer(hop_length, name="hop_length")
    x = as_signal(x, min_length=frame_length)
    starts = range(0, x.shape[-1] - frame_length + 1, hop_length)
    return array_namespace(x).swapaxes(frames_at(x, starts, frame_length), -1, -2)


def overlap_add(frames, *, hop_length):
    """Add overlapping frames up to a signal.

        y[..., n] = sum_m frames[..., n - m hop_length, m]

    Args:
      frames: shape (..., frame_length, n_frames).
      hop_length: samples from the start of one frame to the next; any size.

    Returns:
      Signal, shape (..., frame_length + hop_length (n_frames - 1)).

    Raises:
      ValueError: if frames has fewer than two dimensions.

    >>> overlap_add(np.ones((4, 2)), hop_length=2).tolist()
    [1.0, 1.0, 2.0, 2.0, 1.0, 1.0]
    """
    hop_length = integer(hop_length, name="hop_length")
    frames = as_signal(frames, name="frames")
    if frames.ndim < 2:
        raise ValueError(
            f"frames must have shape (..., frame_length, n_frames), got {frames.shape}"
        )
    rows = array_namespace(frames).swapaxes(frames, -1, -2)
    return _array.overlap_add(rows, hop_length)
