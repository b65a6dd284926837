"""Inception score: the definition, published code's results, its bounds."""

import math

import numpy as np
import pytest
from scipy.special import softmax

from neural.evaluation.inception_score import inception_score

LOGITS = np.random.RandomState(0).randn(200, 9) * 2


def test_published_results():
    p = softmax(LOGITS, axis=1)
    one = inception_score(p)  # LoopTest's way
    assert one.score == pytest.approx(2.538015720587895, abs=1e-9)
    assert one.spread == pytest.approx(1.5109038422442176, abs=1e-9)
    assert one.deviation == 0.0
    ten = inception_score(p, n_splits=10)  # torch-fidelity 0.4.0, unshuffled
    assert ten.score == pytest.approx(2.36088831235528, abs=1e-9)
    assert ten.deviation == pytest.approx(0.15767077740342952, abs=1e-9)


def test_definition():
    p = softmax(LOGITS[:7], axis=1)
    marginal = [sum(row[k] for row in p) / 7 for k in range(9)]
    divergences = [
        sum(a * math.log(a / m) for a, m in zip(row, marginal, strict=True))
        for row in p
    ]
    expected = math.exp(sum(divergences) / 7)
    assert inception_score(p).score == pytest.approx(expected, rel=1e-12)


def test_bounds():
    assert inception_score(np.eye(9)[np.arange(90) % 9]).score == pytest.approx(9.0)
    assert inception_score(np.eye(9)[np.zeros(20, int)]).score == 1.0  # collapsed
    assert inception_score(np.full((20, 9), 1 / 9)).score == pytest.approx(1.0)


def test_splits_that_do_not_divide_the_count_use_every_sound():
    p = np.eye(3)[[0, 1, 2, 0, 1, 2, 0]]
    assert inception_score(p, n_splits=2).score == pytest.approx(
        np.mean([inception_score(p[:3]).score, inception_score(p[3:]).score])
    )


def test_errors():
    with pytest.raises(ValueError, match="at least 30 rows, got 9"):
        inception_score(np.eye(9), n_splits=30)
    with pytest.raises(ValueError, match="n_splits must be an integer"):
        inception_score(np.eye(9), n_splits=0)
    with pytest.raises(ValueError, match="take the softmax first"):
        inception_score(abs(LOGITS))
