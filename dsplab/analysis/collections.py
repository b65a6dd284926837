"""A collection of sounds: compared, named after their neighbours, grouped.

standardise         every column with mean 0 and deviation 1, so that all count alike
distances           from every row to every other
nearest_neighbours  the sounds most like one
classify            what the nearest are called
k_means             groups of sounds that are alike

A table has a row for each sound, as `dsplab.analysis.description` makes it.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_array, as_values, integer, one_of
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import safe_divide


class Standard(NamedTuple):
    """A table whose columns count alike, and how it was made: (raw - mean) / scale."""

    features: np.ndarray
    mean: np.ndarray
    scale: np.ndarray


class Neighbours(NamedTuple):
    """Rows of a table nearest to a query, nearest first, (..., n_neighbours)."""

    index: np.ndarray
    distance: np.ndarray


class Clusters(NamedTuple):
    """Groups of rows.

    label: which group each row is in, (n_sounds,).
    centre: mean of each group, (n_clusters, n_features).
    spread: sum of the squared distances of all rows from their centres.
    """

    label: np.ndarray
    centre: np.ndarray
    spread: np.ndarray


def standardise(features, *, like=None):
    """Let all columns of a table count alike: mean 0 and standard deviation 1.

    Hz, decibels and seconds cannot be added; in standard deviations they can.

        (features - mean) / scale,   scale the deviation, or 1 where that is 0

    Args:
      features: table, (n_sounds, n_features), or a row.
      like: a `Standard` whose mean and scale are used, for sounds that come later.

    Returns:
      `Standard(features, mean, scale)`.

    Raises:
      ValueError: if features is not a table.

    >>> print(standardise([[1.0, 5.0], [3.0, 5.0]]).features)
    [[-1.  0.]
     [ 1.  0.]]
    """
    features = _table(features, ndim=(2,) if like is None else (1, 2))
    xp = array_namespace(features)
    if like is None:
        mean, deviation = features.mean(axis=0), features.std(axis=0)
        scale = xp.where(deviation > 1e-12 * abs(mean), deviation, 1.0)
    else:
        mean, scale = like.mean, like.scale
    if features.shape[-1] != mean.shape[0]:
        raise ValueError(
            f"features must have {mean.shape[0]} columns, got {features.shape[-1]}"
        )
    return Standard((features - mean) / scale, mean, scale)


def distances(features, other=None, *, metric="euclidean"):
    """Distance from each row of a table to each row of another (or of itself).

        euclidean    sqrt(sum (a - b)^2)
        manhattan    sum |a - b|
        cosine       1 - a b / (|a| |b|)

    Args:
      features: (n_sounds, n_features), standardised.
      other: (n_others, n_features); None for features.
      metric: "euclidean", "manhattan" or "cosine", which ignores lengths.

    Returns:
      Shape (n_sounds, n_others).

    Raises:
      ValueError: if the tables have different columns, or the metric is unknown.

    >>> distances([[0.0, 0.0], [3.0, 4.0]]).tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    features = _table(features)
    other = features if other is None else _table(other, name="other")
    one_of(metric, ("euclidean", "manhattan", "cosine"), name="metric")
    if other.shape[-1] != features.shape[-1]:
        raise ValueError(
            f"other must have {features.shape[-1]} columns, got {other.shape[-1]}"
        )
    xp = array_namespace(features, other)
    if metric == "cosine":
        a, b = (safe_divide(t, _lengths(t)) for t in (features, other))
        return 1.0 - a @ b.T
    away = features[:, None, :] - xp.asarray(other, dtype=features.dtype)
    if metric == "manhattan":
        return abs(away).sum(axis=-1)
    power = (away**2).sum(axis=-1)
    return xp.where(power > 0.0, xp.sqrt(xp.where(power > 0.0, power, 1.0)), 0.0)


def _lengths(table):
    return array_namespace(table).sqrt((table**2).sum(axis=-1, keepdims=True))


def nearest_neighbours(features, query, *, n_neighbours=5, metric="euclidean"):
    """The sounds most like one: rows of a table that are nearest to a query.

    Args:
      features: (n_sounds, n_features), standardised.
      query: (n_features,) or (n_queries, n_features), standardised like it.
      n_neighbours: how many; a query that is in the table is its own nearest.
      metric: as in `distances`.

    Returns:
      `Neighbours(index, distance)`, (..., n_neighbours), nearest first.

    Raises:
      ValueError: if there are fewer sounds, or the columns differ.

    >>> table = np.array([[0.0], [1.0], [5.0]])
    >>> nearest_neighbours(table, [0.9], n_neighbours=2).index.tolist()
    [1, 0]
    """
    features = _table(features)
    query = _table(query, name="query", ndim=(1, 2))
    if query.shape[-1] != features.shape[-1]:
        raise ValueError(
            f"query and features must have the same columns, got {query.shape[-1]} and "
            f"{features.shape[-1]}"
        )
    n = integer(n_neighbours, name="n_neighbours", most=features.shape[0])
    xp = array_namespace(features, query)
    rows = xp.asarray(query, dtype=features.dtype).reshape(-1, query.shape[-1])
    away = distances(rows, features, metric=metric)
    index = xp.argsort(away, axis=-1)[:, :n]
    found = index, xp.take_along_axis(away, index, axis=-1)
    return Neighbours(*(part.reshape(*query.shape[:-1], n) for part in found))


def classify(features, labels, query, *, n_neighbours=5, metric="euclidean"):
    """Name a sound after its neighbours: the label most of the nearest have.

    Args:
      features: (n_sounds, n_features), standardised.
      labels: whole numbers from 0, (n_sounds,).
      query: as in `nearest_neighbours`.
      n_neighbours: as there; few follow details, many smooth them.
      metric: as in `distances`.

    Returns:
      Labels, (...); of two that are as frequent, the one whose sounds are nearer.

    Raises:
      ValueError: if there is not a label for each sound.

    >>> table = np.array([[0.0], [0.2], [0.9], [1.0]])
    >>> int(classify(table, np.array([0, 0, 1, 1]), [0.8], n_neighbours=3))
    1
    """
    labels = np.asarray(as_array(labels, name="labels"))
    features = _table(features)
    if labels.shape != features.shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"labels must be whole numbers of shape ({features.shape[0]},), got "
            f"{labels.dtype} {labels.shape}"
        )
    options = {"n_neighbours": n_neighbours, "metric": metric}
    near = nearest_neighbours(features, query, **options)
    xp = array_namespace(near.index)
    every = xp.asarray(labels)[near.index][..., None] == np.arange(labels.max() + 1)
    closeness = 1.0 / (1.0 + near.distance)  # less than a vote, summed: breaks ties
    votes = every * (1.0 + 1e-3 * closeness / near.index.shape[-1])[..., None]
    return xp.argmax(votes.sum(axis=-2), axis=-1)


def k_means(features, n_clusters, *, rng=0, n_starts=8, n_iterations=30):
    """Group the rows of a table: each belongs to the nearest of k centres.

    Each centre moves to the mean of its rows, each row to the nearest centre, in turn.
    That ends in a local optimum: of several starts the one with the least spread is
    kept. A start takes rows as centres, each with a probability that grows with its
    squared distance from those already taken.

    Args:
      features: (n_sounds, n_features), standardised.
      n_clusters: k.
      rng: numpy.random.Generator or its seed, for the starts.
      n_starts: how many.
      n_iterations: of each.

    Returns:
      `Clusters(label, centre, spread)`.

    Raises:
      ValueError: if there are fewer rows than clusters.

    Reference:
      S. Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory
      28(2), 1982; Arthur and Vassilvitskii, "k-means++: the advantages of careful
      seeding", SODA 2007.

    >>> k_means(np.array([[0.0], [0.1], [5.0], [5.1]]), 2).label.tolist() in (
    ...     [0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    features = _table(features)
    k = integer(n_clusters, name="n_clusters", most=features.shape[0])
    integer(n_iterations, name="n_iterations")
    draws = np.random.default_rng(rng).random((integer(n_starts, name="n_starts"), k))
    xp = array_namespace(features)
    centres = xp.stack([_start(features, xp.asarray(row)) for row in draws])
    for _ in range(n_iterations):
        power = _powers(features, centres)
        nearest = power.argmin(axis=-1)[..., None] == np.arange(k)
        member = nearest.astype(features.dtype)  # (n_starts, n_sounds, k)
        count = member.sum(axis=-2)[..., None]
        mean = xp.swapaxes(member, -1, -2) @ features / xp.maximum(count, 1.0)
        centres = xp.where(count > 0.0, mean, centres)
    power = _powers(features, centres)
    spread = power.min(axis=-1).sum(axis=-1)
    best = xp.argmin(spread)
    return Clusters(power[best].argmin(axis=-1), centres[best], spread[best])


def _powers(features, centres):
    """Squared distances, (n_starts, n_sounds, k)."""
    return ((features[:, None, :] - centres[:, None]) ** 2).sum(axis=-1)


def _start(features, draws):
    """Rows far from each other, (k, n_features), by k numbers in 0..1."""
    xp, n = array_namespace(features), features.shape[0]
    power = xp.ones_like(features[:, 0])
    chosen = []
    for k, draw in enumerate(draws):
        sums = xp.cumsum(power)
        row = xp.minimum((sums <= draw * sums[-1]).sum(), n - 1)
        chosen.append(features[row])
        away = ((features - chosen[-1]) ** 2).sum(axis=-1)
        power = away if k == 0 else xp.minimum(power, away)
    return xp.stack(chosen)


def _table(features, *, name="features", ndim=(2,)):
    features = as_values(features, name=name)
    if features.ndim not in ndim:
        shapes = " or ".join("(n_rows, n_features)" if d == 2 else "(n_features,)"
                             for d in ndim)  # fmt: skip
        raise ValueError(f"{name} must have shape {shapes}, got {features.shape}")
    return features
