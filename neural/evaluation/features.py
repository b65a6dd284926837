"""What a set of features is: one row of numbers for each sound."""

import numpy as np


def as_features(x, *, name="features", least=1):
    """Return x as float64 (n, d) after checking shape, values and how many there are.

    Args:
      x: array (n, d).
      name: how the caller calls it, for the message.
      least: how many rows it must have.

    Raises:
      ValueError: naming the argument, what is required and what came.

    >>> as_features([[1, 2], [3, 4]]).dtype
    dtype('float64')
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiu" or x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(
            f"{name} must be real numbers, shape (n, d), got {x.dtype} {x.shape}"
        )
    if len(x) < least:
        raise ValueError(f"{name} must have at least {least} rows, got {len(x)}")
    x = x.astype(np.float64)
    if not np.isfinite(x).all():
        rows = np.flatnonzero(~np.isfinite(x).all(axis=1))
        raise ValueError(f"{name} contains NaN or infinity, first in row {rows[0]}")
    return x


def as_feature_pair(real, generated, *, least=1):
    """Two sets of features that have the same number of columns."""
    real = as_features(real, name="real", least=least)
    generated = as_features(generated, name="generated", least=least)
    if real.shape[1] != generated.shape[1]:
        raise ValueError(
            f"generated must have as many columns as real, {real.shape[1]}, "
            f"got {generated.shape[1]}"
        )
    return real, generated


def as_probabilities(p, *, name="probabilities", least=1):
    """Return p as float64 (n, k) whose rows are distributions.

    Raises:
      ValueError: if anything is below 0 or a row does not sum to 1 (within 1e-3, what
        half precision leaves).

    >>> as_probabilities([[0.25, 0.75]])
    array([[0.25, 0.75]])
    """
    p = as_features(p, name=name, least=least)
    if (p < 0).any():
        raise ValueError(f"{name} must be at least 0, got {p.min():g}")
    sums = p.sum(axis=1)
    worst = np.argmax(abs(sums - 1.0))
    if abs(sums[worst] - 1.0) > 1e-3:
        raise ValueError(
            f"{name} must sum to 1 in each row, row {worst} sums to {sums[worst]:g}; "
            "of logits, take the softmax first"
        )
    return p
