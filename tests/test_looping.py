"""Loops found in recordings: whole periods, of the same level, after the attack."""

import numpy as np
import pytest

from dsplab.sources.looping import find_loop
from dsplab.sources.oscillators import harmonic_oscillator

RATE = 8000


def test_a_loop_of_a_steady_tone_is_a_whole_number_of_periods():
    n = 2 * RATE
    x = harmonic_oscillator(np.full(n, 160.0), 1.0 / np.arange(1, 9), RATE)
    x[: RATE // 4] += np.random.default_rng(0).standard_normal(RATE // 4)
    start, end = find_loop(np.stack([x, 0.5 * x]), RATE)
    assert (end - start) % 50 == 0
    assert n // 4 <= start < end <= 0.95 * n and end - start >= RATE // 10


def test_vibrato_and_beats_are_met_in_the_same_place():
    t = np.arange(3 * RATE) / RATE
    x = np.sin(2 * np.pi * 200 * t + 3.0 * np.sin(2 * np.pi * 5 * t))
    start, end = find_loop(x, RATE)
    ahead = np.arange(200)
    np.testing.assert_allclose(x[start + ahead], x[end + ahead], atol=0.02)


def test_errors():
    with pytest.raises(ValueError, match="x must be longer for a loop of 0.1 seconds"):
        find_loop(np.ones(500), RATE)
