"""Entropies of codes that counting alone knows."""

import math

import numpy as np
import pytest

from neural.evaluation.entropy import bigram_entropy, unigram_entropy

CODES = np.random.default_rng(0).integers(5, size=(3, 200))


def test_unigram_is_the_entropy_of_the_frequencies():
    counts = [int((CODES == code).sum()) for code in range(5)]
    expected = -sum(n / 600 * math.log(n / 600) for n in counts)
    assert unigram_entropy(CODES, n_codes=5) == pytest.approx(expected, rel=1e-12)
    assert unigram_entropy(CODES) == pytest.approx(expected, rel=1e-12)


def test_bigram_is_the_mean_over_what_came_before():
    total, expected = 3 * 199, 0.0
    for before in range(5):
        follow = CODES[:, 1:][CODES[:, :-1] == before]
        shares = np.bincount(follow, minlength=5) / len(follow)
        entropy = -sum(p * math.log(p) for p in shares if p > 0)
        expected += len(follow) / total * entropy
    assert bigram_entropy(CODES, n_codes=5) == pytest.approx(expected, abs=1e-12)


def test_pairs_do_not_span_rows():
    rows = np.array([[0, 0, 0, 0], [1, 1, 1, 1]])
    assert bigram_entropy(rows, n_codes=2) == pytest.approx(0.0, abs=1e-12)
    assert bigram_entropy(rows.reshape(1, -1), n_codes=2) > 0.1
