"""Improved precision and recall: does it sound real, and is all of reality there?

Around each sound of a set lies a ball that reaches to its k-th neighbour; all balls
together are the set's *manifold*.

    precision   share of generated sounds inside a ball of a real one   (quality)
    recall      share of real sounds inside a ball of a generated one   (variety)

A model that repeats a few good sounds has high precision and low recall.

Reference:
  T. Kynkaanniemi, T. Karras, S. Laine, J. Lehtinen, T. Aila, "Improved Precision and
  Recall Metric for Assessing Generative Models", 2019 (arXiv:1904.06991), with k = 3
  and balls that include their surface. M. Naeem et al. (`density_coverage`) exclude it
  and take k = 5: the same numbers unless distances are exactly equal.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer
from neural.evaluation.features import as_feature_pair
from neural.evaluation.neighbours import distance_blocks, squared_radii


class PrecisionRecall(NamedTuple):
    """Shares in 0 ... 1."""

    precision: float
    recall: float


def precision_recall(real, generated, *, k=3):
    """Share of generated sounds among the real ones, and the other way round.

    Args:
      real: features (n, d).
      generated: features (m, d); take m about n.
      k: to which neighbour the balls reach; a greater one smooths the manifold.

    Returns:
      `PrecisionRecall`. Memory grows with n + m, not with n m.

    Raises:
      ValueError: if a set has no k + 1 rows, or they do not match.

    >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> precision_recall(square, [[0.5, 0.5], [0.5, 0.4], [9.0, 9.0]], k=1)
    PrecisionRecall(precision=0.6666666666666666, recall=0.25)
    """
    k = integer(k, name="k")
    real, generated = as_feature_pair(real, generated, least=k + 1)
    real_radii, generated_radii = squared_radii(real, k), squared_radii(generated, k)
    precise = np.zeros(len(generated), dtype=bool)
    recalled = np.zeros(len(real), dtype=bool)
    for rows, squares in distance_blocks(real, generated):
        precise |= (squares <= real_radii[rows, None]).any(axis=0)
        recalled[rows] = (squares <= generated_radii).any(axis=1)
    return PrecisionRecall(float(precise.mean()), float(recalled.mean()))
