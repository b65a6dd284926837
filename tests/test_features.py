"""Sets of features: what is accepted, what is refused."""

import numpy as np
import pytest

from neural.evaluation.features import as_feature_pair, as_features, as_probabilities


def test_what_is_accepted_comes_back_as_float64():
    x = as_features(np.ones((3, 2), np.float32))
    assert x.dtype == np.float64 and x.shape == (3, 2)
    assert as_features([[1, 2]]).tolist() == [[1.0, 2.0]]
    a, b = as_feature_pair(np.zeros((2, 3)), np.zeros((5, 3)))
    assert a.shape == (2, 3) and b.shape == (5, 3)


@pytest.mark.parametrize("x", [[1.0], np.zeros((2, 2, 2)), [["a"]], np.zeros((2, 0))])
def test_other_shapes_and_kinds(x):
    with pytest.raises(ValueError, match=r"features must be real numbers, shape \(n"):
        as_features(x)


def test_values_counts_and_columns():
    x = np.zeros((4, 2))
    x[2, 1] = np.nan
    with pytest.raises(ValueError, match="x contains NaN or infinity, first in row 2"):
        as_features(x, name="x")
    with pytest.raises(ValueError, match="at least 5 rows, got 4"):
        as_features(np.zeros((4, 2)), least=5)
    with pytest.raises(ValueError, match="as many columns as real, 3, got 2"):
        as_feature_pair(np.zeros((2, 3)), np.zeros((2, 2)))


def test_probabilities():
    half = np.array([[0.3, 0.7]], np.float16)  # does not sum to 1 exactly
    assert as_probabilities(half).shape == (1, 2)
    with pytest.raises(ValueError, match="must be at least 0, got -1"):
        as_probabilities([[-1.0, 2.0]])
    with pytest.raises(ValueError, match="row 1 sums to 3; of logits, take the soft"):
        as_probabilities([[0.5, 0.5], [1.0, 2.0]])
