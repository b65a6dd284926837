"""NDB and JSD: are the kinds of sounds as frequent as they should be?

The training set is cut into K bins, by k-means, and each generated sound belongs to the
bin whose centre is nearest. Where the share of generated sounds in a bin differs from
the share of real ones by more than chance allows, the bin is *statistically different*:

    z = (p - q) / sqrt( r (1 - r) (1/n + 1/m) ),   r = (n p + m q) / (n + m),

which is a two-sample test of proportions; NDB is the number of bins that fail it. For
two samples of one distribution it is about K times the significance level, not 0. A
collapsed model fails nearly everywhere. JSD is the Jensen-Shannon divergence of the two
lists of shares, in nats: 0 ... ln 2.

Reference:
  E. Richardson, Y. Weiss, "On GANs and GMMs", 2018 (arXiv:1805.12462). The published
  code clusters on an unseeded random sixth of the features when there are many; here
  all are used and the seed is an argument. Features are whitened one by one (mean 0,
  deviation 1 over the training set), and a bin empty on both sides is not different.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, rel_entr

from dsplab._arguments import integer
from neural.evaluation.features import as_features
from neural.evaluation.neighbours import distance_blocks


class Bins(NamedTuple):
    """The training set in K bins.

    Attributes:
      centres: (K, d), whitened.
      shares: (K,), which part of the training set lies in each.
      count: how many sounds the training set has.
      mean: (d,), taken off before.
      deviation: (d,), divided by before.
    """

    centres: np.ndarray
    shares: np.ndarray
    count: int
    mean: np.ndarray
    deviation: np.ndarray


class Difference(NamedTuple):
    """What `ndb` says.

    Attributes:
      ndb: number of bins whose shares differ.
      share: ndb / K, what papers print.
      jsd: Jensen-Shannon divergence of the shares, nats.
      z: (K,), z-score of each bin.
      p_values: (K,), two-tailed.
    """

    ndb: int
    share: float
    jsd: float
    z: np.ndarray
    p_values: np.ndarray


def make_bins(real, *, n_bins=100, rng=0, n_runs=10, start=None):
    """Cut the training set into bins.

    Args:
      real: features (n, d), such as flattened spectrograms; n well above n_bins.
      n_bins: K.
      rng: Generator or seed for the first centres (k-means++).
      n_runs: how often k-means begins anew; the tightest result counts.
      start: the first centres, whitened, (K, d), instead of drawing them.

    Returns:
      `Bins`.

    Raises:
      ValueError: on fewer sounds than bins.

    >>> sorted(make_bins([[0.0], [0.1], [5.0]] * 4, n_bins=2).shares.round(2).tolist())
    [0.33, 0.67]
    """
    n_bins = integer(n_bins, name="n_bins")
    real = as_features(real, name="real", least=n_bins)
    mean, deviation = real.mean(axis=0), real.std(axis=0) + 1e-6
    x, rng = (real - mean) / deviation, np.random.default_rng(rng)
    if start is not None:
        starts = [as_features(start, name="start", least=n_bins)]
    else:
        n_runs = integer(n_runs, name="n_runs")
        starts = (_spread_out(x, n_bins, rng) for _ in range(n_runs))
    runs = (_k_means(x, centres) for centres in starts)
    _, labels, centres = min(runs, key=lambda run: run[0])
    shares = np.bincount(labels, minlength=len(centres)) / len(x)
    return Bins(centres, shares, len(x), mean, deviation)


def _spread_out(x, n_bins, rng):
    """First centres: rows of x, drawn by squared distance from those before."""
    chosen = [int(rng.integers(len(x)))]
    squares = ((x - x[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < n_bins:
        total = squares.sum()
        weights = squares / total if total > 0 else None
        chosen.append(int(rng.choice(len(x), p=weights)))
        squares = np.minimum(squares, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
    return x[chosen]


def _k_means(x, centres, most=300):
    """Lloyd's algorithm: (sum of squared distances, labels, centres)."""
    labels = None
    for _ in range(most):
        before, (labels, squares) = labels, _nearest(x, centres)
        if before is not None and (labels == before).all():
            break
        counts = np.bincount(labels, minlength=len(centres))
        sums = np.zeros_like(centres)
        np.add.at(sums, labels, x)
        filled = counts > 0
        centres = np.where(filled[:, None], sums / np.maximum(counts, 1)[:, None], 0.0)
        # an empty bin takes one of the sounds that are farthest from their centres
        farthest = np.argsort(squares)[::-1][: (~filled).sum()]
        centres[~filled] = x[farthest]
    return float(squares.sum()), labels, centres


def _nearest(x, centres):
    """Number of the nearest centre for each row of x, and its squared distance."""
    labels, distances = np.empty(len(x), dtype=np.int64), np.empty(len(x))
    for rows, squares in distance_blocks(x, centres):
        labels[rows] = squares.argmin(axis=1)
        distances[rows] = squares.min(axis=1)
    return labels, distances


def ndb(bins, generated, *, significance=0.05):
    """Count the bins in which generated sounds are too many or too few.

    Args:
      bins: from `make_bins`.
      generated: features (m, d).
      significance: of the test of each bin.

    Returns:
      `Difference`.

    >>> bins = make_bins([[0.0], [0.1], [5.0], [5.1]] * 50, n_bins=2)
    >>> ndb(bins, [[0.0]] * 100).ndb, ndb(bins, [[0.0], [5.0]] * 50).ndb
    (2, 0)
    """
    x = as_features(generated, name="generated")
    if x.shape[1] != bins.centres.shape[1]:
        raise ValueError(
            f"generated must have as many columns as the bins, {bins.centres.shape[1]}"
            f", got {x.shape[1]}"
        )
    labels, _ = _nearest((x - bins.mean) / bins.deviation, bins.centres)
    shares = np.bincount(labels, minlength=len(bins.centres)) / len(x)
    return compare_shares(
        bins.shares, shares, counts=(bins.count, len(x)), significance=significance
    )


def compare_shares(p, q, *, counts, significance=0.05):
    """The tests and the divergence, from the shares alone.

    Args:
      p: (K,), shares of the training set, sum 1.
      q: (K,), shares of the generated set, sum 1.
      counts: how many sounds each set has.
      significance: of the test of each bin.

    Returns:
      `Difference`.

    >>> compare_shares([0.5, 0.5], [0.5, 0.5], counts=(10, 10)).ndb
    0
    """
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    if p.ndim != 1 or p.shape != q.shape:
        raise ValueError(f"q must have the shape of p, (K,), got {p.shape}, {q.shape}")
    n, m = counts
    pooled = (n * p + m * q) / (n + m)
    error = np.sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m))
    z = np.where(error > 0, (p - q) / np.where(error > 0, error, 1.0), 0.0)
    p_values = 2.0 * ndtr(-abs(z))
    different = int((p_values < significance).sum())
    middle = 0.5 * (p + q)
    jsd = 0.5 * (rel_entr(p, middle).sum() + rel_entr(q, middle).sum())
    return Difference(different, different / len(p), float(jsd), z, p_values)
