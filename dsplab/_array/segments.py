"""A ring of sines in segments side by side: most rings forget how they began.

A sine that modulates itself has no closed form, and a loop over its samples is slow.
But unless its feedback is so strong that it is noise, two rings that began differently
soon play the same. So the segments of a signal are played together, a sample of each
at a time, and each from a little before its place on. A second start shows which of
them forget. And none is believed that does not begin as the one before it has ended:
those are played in a loop.
"""

import numpy as np

LENGTH = 512  # samples of a segment
BEFORE = 128  # samples in which it has to forget
SAME = 1e-12  # radians between two states that are one
FEWEST = 24  # segments: fewer are not quicker than a loop
SOME, MOST = 8, 0.5  # one of so many is tried first, and if so many forget, all


def in_segments(curves, loop):
    """Play y[n] = .. d[n] sin(c[n] + b[n] sin(a[n] + y[n-1] + y[n-2])), from silence.

    Args:
      curves: a, b, c, d .., arrays (n_samples,) of float64.
      loop: function of (start, stop, state) that plays these samples one after the
        other, from y[start - 1] and y[start - 2] on.

    Returns:
      (n_samples,)
    """
    n = curves[0].size
    n_segments = n // LENGTH
    some = slice(SOME // 2, n_segments, SOME)
    if n_segments < FEWEST or _forgetting(_columns(curves, some))[1].mean() < MOST:
        return loop(0, n, (0.0, 0.0))
    columns = _columns(curves, slice(n_segments))
    starts, forget = _forgetting(columns)
    y, last = np.empty(n), (0.0, 0.0)
    segments = y[: n_segments * LENGTH].reshape(n_segments, LENGTH)
    chosen = [c[BEFORE:, forget] for c in columns]
    segments[forget] = _played(chosen, starts[forget].T)
    for k, start in enumerate(starts.tolist()):
        if not forget[k] or max(map(_distance, start, last)) > SAME:
            segments[k] = loop(k * LENGTH, (k + 1) * LENGTH, last)
        last = segments[k, :-3:-1].tolist()
    y[n_segments * LENGTH :] = loop(n_segments * LENGTH, n, last)
    return y


def _distance(a, b):
    return abs(a - b)


def _columns(curves, which):
    """Arrays (BEFORE + LENGTH, n): segments, each from a little before its place on."""
    columns = []
    for curve in curves:
        whole = np.concatenate([np.zeros(BEFORE), curve])
        windows = np.lib.stride_tricks.sliding_window_view(whole, BEFORE + LENGTH)
        columns.append(np.ascontiguousarray(windows[::LENGTH][which].T))
    return columns


def _forgetting(columns):
    """How they begin: y[-1] and y[-2], (n_segments, 2); and whether that is sure."""
    start = np.zeros((2, 2, columns[0].shape[1]))
    start[:, 1] = columns[-1][0]
    ends = _played([c[:BEFORE, None] for c in columns], start)[..., :-3:-1]
    return ends[0], (abs(ends[0] - ends[1]) < SAME).all(axis=-1)


def _played(columns, start):
    """Play columns from y[-1] and y[-2] on; time comes last in the result."""
    x = np.empty_like(start[0])
    y = np.empty((len(columns[0]) + 2, *x.shape))
    y[1], y[0] = start
    for k, now in enumerate(zip(*columns, strict=True)):
        np.add(y[k], y[k + 1], out=x)
        for angle, level in zip(now[::2], now[1::2], strict=True):
            x += angle
            np.sin(x, out=x)
            x *= level
        y[k + 2] = x
    return np.moveaxis(y[2:], 0, -1)
