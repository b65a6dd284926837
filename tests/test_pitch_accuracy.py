"""Pitch accuracy and entropy."""

import numpy as np
import pytest

from neural.evaluation.pitch_accuracy import pitch_accuracy, pitch_entropy

P = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6], [0.4, 0.3, 0.3]])


def test_accuracy_counts_the_likeliest_pitch():
    assert pitch_accuracy(P, [24, 25, 26, 24], lowest_pitch=24) == 1.0
    assert pitch_accuracy(P, [24, 24, 26, 25], lowest_pitch=24) == 0.5


def test_entropy_is_the_mean_over_notes_in_nats():
    expected = np.mean([-sum(a * np.log(a) for a in row) for row in P])
    assert pitch_entropy(P) == pytest.approx(expected, rel=1e-12)
    assert pitch_entropy(np.eye(5)) == 0.0
    assert pitch_entropy(np.full((3, 61), 1 / 61)) == pytest.approx(np.log(61))


def test_errors():
    with pytest.raises(ValueError, match=r"in 24 ... 26, which .* got 24 ... 27"):
        pitch_accuracy(P, [24, 25, 26, 27], lowest_pitch=24)
    with pytest.raises(ValueError, match=r"pitch must be integers, shape \(4,\)"):
        pitch_accuracy(P, [24, 25], lowest_pitch=24)
    with pytest.raises(ValueError, match="pitch must be integers"):
        pitch_accuracy(P, [24.0, 25.0, 26.0, 24.0], lowest_pitch=24)
    with pytest.raises(ValueError, match="take the softmax first"):
        pitch_entropy(3 * P)
