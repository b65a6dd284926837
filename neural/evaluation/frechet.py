"""Frechet distance: how far the cloud of generated sounds is from that of real ones.

Each set of features is summed up as a Gaussian, and two Gaussians have a distance that
can be written down (Wasserstein's, of order 2; its square is what everybody reports):

    d = |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2).

With an image network's features it is the Frechet inception distance; with VGGish's it
is the Frechet audio distance (`neural.evaluation.folders`).

**The square root.** S1 S2 is not symmetric, and `sqrtm`, which published code uses,
returns complex numbers when a covariance is singular, as it is whenever there are fewer
sounds than features. With R1 R1 = S1 and R2 R2 = S2, both symmetric,

    tr (S1 S2)^(1/2) = sum of the singular values of R1 R2,

which is real, exact and needs no epsilon on a diagonal.

**Sets that do not fit memory.** Means and scatter matrices of blocks can be added
(Chan's rule), so a set is read once, block by block: `gaussian_of_blocks`.

Reference:
  M. Heusel, H. Ramsauer, T. Unterthiner, B. Nessler, S. Hochreiter, "GANs Trained by a
  Two Time-Scale Update Rule Converge to a Local Nash Equilibrium", 2017
  (arXiv:1706.08500). K. Kilgour, M. Zuluaga, D. Roblek, M. Sharifi, "Frechet Audio
  Distance", 2019 (arXiv:1812.08466). T. Chan, G. Golub, R. LeVeque, "Updating Formulae
  and a Pairwise Algorithm for Computing Sample Variances", 1979.
"""

import contextlib
import warnings
from typing import NamedTuple

import numpy as np

from dsplab.formats.errors import unreadable
from neural.data.tfrecord import Records, parse_example
from neural.evaluation.features import as_features


class FewSamplesWarning(UserWarning):
    """There are too few samples for a covariance to be known well."""


class Gaussian(NamedTuple):
    """What is kept of a set of features.

    Attributes:
      count: how many rows there were.
      mean: (d,).
      scatter: (d, d), sum over rows of (x - mean)(x - mean)^T.
    """

    count: int
    mean: np.ndarray
    scatter: np.ndarray

    @property
    def covariance(self):
        """(d, d), divided by count - 1, as published code does."""
        return self.scatter / (self.count - 1)


def gaussian(features):
    """Sum up features (n, d).

    >>> gaussian([[0.0, 1.0], [2.0, 5.0]]).covariance
    array([[2., 4.],
           [4., 8.]])
    """
    x = as_features(features)
    mean = x.mean(axis=0)
    return Gaussian(len(x), mean, (x - mean).T @ (x - mean))


def merged(a, b):
    """The `Gaussian` of both sets together.

    >>> merged(gaussian([[0.0]]), gaussian([[2.0], [4.0]])).mean
    array([2.])
    """
    if a.mean.shape != b.mean.shape:
        raise ValueError(
            f"both sets must have the same number of columns, got {len(a.mean)} and "
            f"{len(b.mean)}"
        )
    count, shift = a.count + b.count, b.mean - a.mean
    mean = a.mean + shift * (b.count / count)
    between = np.outer(shift, shift) * (a.count * b.count / count)
    return Gaussian(count, mean, a.scatter + b.scatter + between)


def gaussian_of_blocks(blocks):
    """Sum up a set that comes in blocks (n_k, d), of which one at a time is held."""
    total = None
    for block in blocks:
        if len(block):
            part = gaussian(block)
            total = part if total is None else merged(total, part)
    if total is None:
        raise ValueError("blocks must hold at least one row, got none")
    return total


def read_statistics(path):
    """Read the statistics of a set that google-research's FAD code has written.

    Published sets come so, a few kilobytes instead of the sounds. They are comparable
    only if the sounds were embedded in the same way, at the same sample rate: that code
    once ignored the rate of a file.

    Args:
      path: a .stats file: one TFRecord with mu, sigma and counts.

    Returns:
      `Gaussian`.

    Raises:
      FormatError: if it is damaged or something else.
    """
    with contextlib.closing(Records(path)) as records:
        if len(records.places) != 1:
            reason = f"statistics are one record, it has {len(records.places)}"
            raise unreadable(path, reason)
        found = parse_example(records.read(0))
    missing = {"mu", "sigma", "embedding_count"} - found.keys()
    if missing:
        raise unreadable(path, f"it has no '{min(missing)}'")
    mean = np.asarray(found["mu"], dtype=np.float64)
    covariance = np.asarray(found["sigma"], dtype=np.float64)
    count = int(found["embedding_count"][0])
    if covariance.size != mean.size**2:
        raise unreadable(path, f"mu has {mean.size} values, sigma {covariance.size}")
    covariance = covariance.reshape(mean.size, mean.size)
    return Gaussian(count, mean, covariance * (count - 1))


def frechet_distance(real, generated):
    """Distance of two sets of features, each taken for a Gaussian.

    Args:
      real: features (n, d), or their `Gaussian`.
      generated: the same, of the other set; the order does not matter.

    Returns:
      float, at least 0. It depends on the features and, for a few samples, on how many
      there are: fewer samples, greater distance. Compare equal counts.

    Warns:
      FewSamplesWarning: if a set has no more samples than features.

    Raises:
      ValueError: on fewer than two samples, NaN, or sets that do not match.

    >>> frechet_distance([[0.0], [2.0]], [[3.0], [5.0]])
    9.0
    """
    a = _summed_up(real, "real")
    b = _summed_up(generated, "generated")
    if a.mean.shape != b.mean.shape:
        raise ValueError(
            f"generated must have as many columns as real, {len(a.mean)}, "
            f"got {len(b.mean)}"
        )
    roots = _root(a.covariance) @ _root(b.covariance)
    cross = np.linalg.svd(roots, compute_uv=False).sum()
    spread = (np.trace(a.scatter) / (a.count - 1)) + (
        np.trace(b.scatter) / (b.count - 1)
    )
    return max(float(((a.mean - b.mean) ** 2).sum() + spread - 2.0 * cross), 0.0)


def _summed_up(features, name):
    """The `Gaussian` of features or of what is one already."""
    if not isinstance(features, Gaussian):
        features = gaussian(as_features(features, name=name))
    count, d = features.count, len(features.mean)
    if count < 2:
        raise ValueError(f"{name} must have at least 2 samples, got {count}")
    if count <= d:
        warnings.warn(
            f"{name} has {count} samples for {d} features: its covariance is singular, "
            "and the distance is too great by an unknown amount; take more than "
            f"{d}, better ten times as many",
            FewSamplesWarning,
            stacklevel=3,
        )
    return features


def _root(covariance):
    """The symmetric square root; eigenvalues that are rounding errors are none."""
    values, vectors = np.linalg.eigh(covariance)
    least = len(values) * np.finfo(np.float64).eps * max(values[-1], 0.0)
    values = np.sqrt(np.where(values > least, values, 0.0))
    return (vectors * values) @ vectors.T
