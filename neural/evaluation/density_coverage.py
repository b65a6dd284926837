"""Density and coverage: precision and recall that one strange sound cannot spoil.

A real outlier has a huge ball, and everything inside it counts as precise. So balls are
counted instead of asking for one, and only balls of real sounds are used, since
generated outliers are the more frequent ones:

    density    mean over generated sounds of (real balls it lies in) / k
    coverage   share of real sounds that have a generated one in their ball.

Density may exceed 1: then the sounds crowd where the real ones are dense. Both expect
about 1 for two samples of one distribution (coverage 1 - 2^-k).

Reference:
  M. Naeem, S. Oh, Y. Uh, Y. Choi, J. Yoo, "Reliable Fidelity and Diversity Metrics for
  Generative Models", 2020 (arXiv:2002.09797), with k = 5.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer
from neural.evaluation.features import as_feature_pair
from neural.evaluation.neighbours import distance_blocks, squared_radii


class DensityCoverage(NamedTuple):
    """Density, at least 0; coverage in 0 ... 1."""

    density: float
    coverage: float


def density_coverage(real, generated, *, k=5):
    """How many real sounds are near each generated one; how many have one near.

    Args:
      real: features (n, d).
      generated: features (m, d).
      k: to which neighbour the balls of real sounds reach.

    Returns:
      `DensityCoverage`. Memory grows with n + m, not with n m.

    Raises:
      ValueError: if real has no k + 1 rows, or the sets do not match.

    >>> line = np.arange(4.0)[:, None]
    >>> density_coverage(line, [[0.5], [0.6]], k=1)
    DensityCoverage(density=2.0, coverage=0.5)
    """
    k = integer(k, name="k")
    real, generated = as_feature_pair(real, generated)
    if len(real) <= k:
        raise ValueError(f"real must have at least {k + 1} rows, got {len(real)}")
    radii = squared_radii(real, k)
    n_inside, covered = 0, np.zeros(len(real), dtype=bool)
    for rows, squares in distance_blocks(real, generated):
        inside = squares < radii[rows, None]
        n_inside += int(inside.sum())
        covered[rows] = inside.any(axis=1)
    return DensityCoverage(n_inside / (k * len(generated)), float(covered.mean()))
