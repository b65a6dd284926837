"""Precision and recall, density and coverage: published results, definition, blocks."""

import tracemalloc

import numpy as np
import pytest

from neural.evaluation import neighbours
from neural.evaluation.density_coverage import density_coverage
from neural.evaluation.neighbours import distance_blocks, squared_radii
from neural.evaluation.precision_recall import precision_recall

R = np.random.RandomState
# real, generated, dimensions, k, shift, scale; results of prdc 0.2
PUBLISHED = [
    (200, 150, 16, 5, 0.0, 1.0, (0.8466666666666667, 0.93, 0.9306666666666668, 0.91)),
    (200, 150, 16, 5, 0.5, 0.7, (0.9533333333333334, 0.215, 1.4266666666666667, 0.715)),
    (1000, 1000, 64, 5, 0.0, 1.0, (0.729, 0.765, 0.917, 0.961)),
    (64, 64, 2, 3, 1.0, 1.0, (0.890625, 0.671875, 0.8333333333333333, 0.546875)),
]


def pair(n, m, d, shift=0.0, scale=1.0):
    return R(0).randn(n, d), R(1).randn(m, d) * scale + shift


@pytest.mark.parametrize("n, m, d, k, shift, scale, expected", PUBLISHED)
def test_published_results(n, m, d, k, shift, scale, expected):
    real, generated = pair(n, m, d, shift, scale)
    found = (
        *precision_recall(real, generated, k=k),
        *density_coverage(real, generated, k=k),
    )
    assert found == pytest.approx(expected, abs=1e-12)


def test_improved_precision_and_recall_of_three_neighbours():
    # torch-fidelity 0.4.0 and Kynkaanniemi's code
    found = precision_recall(*pair(200, 150, 16, 0.5, 0.7))
    assert found == pytest.approx((0.9066666666666666, 0.16), abs=1e-12)


def test_definition():
    real, generated = pair(40, 30, 3, 0.4)

    def radius(x, i, k):
        return sorted(np.linalg.norm(x - x[i], axis=1))[k]

    r = [radius(real, i, 2) for i in range(40)]
    g = [radius(generated, j, 2) for j in range(30)]
    distance = np.linalg.norm(real[:, None] - generated, axis=-1)
    inside_real = [[distance[i, j] < r[i] for j in range(30)] for i in range(40)]
    inside_generated = [[distance[i, j] < g[j] for j in range(30)] for i in range(40)]
    expected = (
        np.mean(np.any(inside_real, axis=0)),
        np.mean(np.any(inside_generated, axis=1)),
    )
    assert precision_recall(real, generated, k=2) == pytest.approx(expected)
    expected = np.sum(inside_real) / (2 * 30), np.mean(np.any(inside_real, axis=1))
    assert density_coverage(real, generated, k=2) == pytest.approx(expected)


def test_equal_sets_are_perfect():
    x = R(0).randn(50, 4) + 1e3  # far from 0, where |x|^2 + |y|^2 - 2 x.y rounds
    assert precision_recall(x, x) == (1.0, 1.0)
    assert density_coverage(x, x).coverage == 1.0


def test_repeated_sounds_are_at_distance_0():
    x = np.repeat(R(0).randn(10, 4) + 1e3, 4, axis=0)
    assert (squared_radii(x, 3) == 0.0).all()
    assert precision_recall(x, x[::-1]) == (1.0, 1.0)  # their surface is included
    assert density_coverage(x, x, k=3).density == 0.0  # an empty ball has no inside


def test_blocks_are_the_whole(monkeypatch):
    real, generated = pair(45, 31, 5, 0.3)
    whole = precision_recall(real, generated), density_coverage(real, generated)
    monkeypatch.setattr(neighbours.distance_blocks, "__kwdefaults__", {"block": 7})
    sizes = [len(squares) for _, squares in distance_blocks(real, generated)]
    assert sizes == [7] * 6 + [3]
    assert (
        precision_recall(real, generated),
        density_coverage(real, generated),
    ) == whole


def test_memory_grows_with_the_sum_of_the_sizes(monkeypatch):
    monkeypatch.setattr(neighbours.distance_blocks, "__kwdefaults__", {"block": 100})
    real, generated = pair(2000, 2000, 4)
    tracemalloc.start()
    density_coverage(real, generated)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2000 * 2000 * 8 / 2  # one matrix of all distances is twice that


def test_a_collapsed_model_is_precise_and_recalls_nothing():
    real = R(0).randn(300, 8)
    one = real[:1] + 1e-3 * R(1).randn(200, 8)
    found = precision_recall(real, one)
    assert found.precision == 1.0 and found.recall < 0.01
    assert density_coverage(real, one).coverage < 0.1


def test_errors():
    real, generated = pair(10, 3, 2)
    with pytest.raises(ValueError, match="generated must have at least 4 rows, got 3"):
        precision_recall(real, generated)
    with pytest.raises(ValueError, match="real must have at least 11 rows, got 10"):
        density_coverage(real, generated, k=10)
    with pytest.raises(ValueError, match="k must be an integer at least 1"):
        precision_recall(real, generated, k=0)
    with pytest.raises(ValueError, match="columns as real, 2, got 1"):
        density_coverage(real, generated[:, :1])
