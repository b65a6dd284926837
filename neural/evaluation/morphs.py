"""Is the straight line between two codes a way for the ear?

    ways       codes on the straight lines between all pairs of some
    one_way    the share of ways along which a measure rises all the time, or falls

A mix of two sounds plays both. A morph is to be *one* sound whose properties lie
between theirs: half-way, half as bright. So brightness, or whatever is measured, must
not turn round on the way.
"""

import numpy as np


def ways(z, *, n_stops=5):
    """Walk straight from each code to each other one.

    Args:
      z: codes (n, ...).
      n_stops: on each way, its ends included.

    Returns:
      (n_stops, n (n - 1) / 2, ...).
    """
    z = np.asarray(z)
    first, second = np.triu_indices(len(z), 1)
    share = np.linspace(0.0, 1.0, n_stops, dtype=z.dtype)
    share = share.reshape(-1, *[1] * z.ndim)
    return (1 - share) * z[first] + share * z[second]


def one_way(found, *, apart=1.1):
    """Share of ways that never turn round.

    Args:
      found: a positive measure, such as the centroid in Hz, (n_stops, n_ways).
      apart: only ways whose ends differ by this factor count: where they hardly do,
        there is no way to go.

    Returns:
      Number from 0 to 1, NaN if no way counts.

    >>> found = np.array([[100.0, 300.0, 100.0], [150, 200, 300], [200, 100, 200]])
    >>> round(one_way(found), 2)
    0.67
    """
    ratio = found[-1] / found[0]
    rises = np.diff(found[:, np.maximum(ratio, 1.0 / ratio) >= apart], axis=0) > 0
    return float(np.mean(rises.all(axis=0) | ~rises.any(axis=0)))
