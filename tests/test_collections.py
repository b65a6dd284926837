"""Collections of sounds: described, neighbours found, groups found again."""

import jax
import numpy as np
import pytest

from dsplab.analysis import collections as co
from dsplab.analysis import description as de

RATE = 8000


def sounds():
    """Four plucked tones, four noises, four swelling tones, in this order."""
    rng = np.random.default_rng(0)
    t = np.arange(4000) / RATE
    for k in range(4):
        f = 200.0 * 2.0 ** (k / 12)
        tone = sum(np.sin(2 * np.pi * f * h * t) / h for h in range(1, 9))
        yield tone * np.exp(-8 * t)
    for k in range(4):
        yield rng.standard_normal(4000) * np.exp(-(2 + k) * t)
    for k in range(4):
        yield np.sin(2 * np.pi * 700.0 * 2.0 ** (k / 12) * t) * t


LABELS = np.repeat([0, 1, 2], 4)


def test_description_is_the_same_in_both_libraries():
    x = np.stack(list(sounds()))[::4]
    expected = de.describe(x, RATE)
    assert expected.shape == (3, len(de.NAMES)) and len(set(de.NAMES)) == len(de.NAMES)
    found = jax.jit(lambda x: de.describe(x, RATE))(x)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert de.describe(x.astype(np.float32), RATE).dtype == np.float32


def test_silence_around_a_sound_says_nothing():
    x = next(sounds())
    padded = np.concatenate([np.zeros(4096), x, np.zeros(4096)])
    one, other = de.describe(x, RATE), de.describe(padded, RATE)
    for name in ("centroid mean", "flatness mean", "mfcc 1 mean", "rolloff mean"):
        at = de.NAMES.index(name)
        np.testing.assert_allclose(one[at], other[at], rtol=0.1, atol=0.05)


def test_groups_are_found_again():
    table = de.describe_all(sounds(), RATE)
    features = co.standardise(table).features
    np.testing.assert_allclose(features.mean(axis=0), 0.0, atol=1e-9)
    label = co.k_means(features, 3).label
    assert len({tuple(label[k : k + 4]) for k in (0, 4, 8)}) == 3
    assert all(len(set(label[k : k + 4])) == 1 for k in (0, 4, 8))
    near = co.nearest_neighbours(features, features, n_neighbours=2)
    assert (near.index[:, 0] == np.arange(12)).all()
    assert (LABELS[near.index[:, 1]] == LABELS).all()
    for left_out in range(12):
        rest = np.arange(12) != left_out
        scaled = co.standardise(table[rest])
        query = co.standardise(table[left_out], like=scaled).features
        found = co.classify(scaled.features, LABELS[rest], query, n_neighbours=3)
        assert found == LABELS[left_out]


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine"])
def test_distances_are_scipys(xp, metric):
    import scipy.spatial.distance

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 4)), rng.standard_normal((7, 4))
    name = {"manhattan": "cityblock"}.get(metric, metric)
    expected = scipy.spatial.distance.cdist(a, b, name)
    found = co.distances(xp.asarray(a), xp.asarray(b), metric=metric)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_k_means_is_the_same_in_both_libraries_and_a_fixed_point(xp, compiled):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3)) + 4.0 * rng.integers(0, 3, (60, 1))
    options = {"n_starts": 2, "n_iterations": 20}
    expected = co.k_means(x, 4, **options)
    found = compiled(lambda x: co.k_means(x, 4, **options))(xp.asarray(x))
    assert np.asarray(found.label).tolist() == expected.label.tolist()
    np.testing.assert_allclose(found.centre, expected.centre, atol=1e-9)
    for k in range(4):
        members = x[expected.label == k]
        np.testing.assert_allclose(expected.centre[k], members.mean(axis=0))
    away = x - expected.centre[expected.label]
    np.testing.assert_allclose(expected.spread, (away**2).sum())


def test_errors():
    with pytest.raises(ValueError, match="n_clusters must be an integer in 1..2"):
        co.k_means(np.ones((2, 3)), 3)
    with pytest.raises(ValueError, match="query and features must have the same"):
        co.nearest_neighbours(np.ones((3, 2)), np.ones(3), n_neighbours=1)
    with pytest.raises(ValueError, match="labels must be whole numbers"):
        co.classify(np.ones((3, 2)), np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="sounds must be one signal at least"):
        de.describe_all([], RATE)
    with pytest.raises(ValueError, match="sample_rate must be at least 4000"):
        de.describe(np.zeros(4000), 2000)
