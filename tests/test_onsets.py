import numpy as np
import pytest

from dsplab.analysis.onsets import (
    attack_times,
    onset_error,
    onset_times,
    pre_echo_db,
)

RATE = 44100
ONSETS = np.array([0.2, 0.45, 0.7, 1.0, 1.11, 1.5])


def hits(onsets=ONSETS, length=2 * RATE, seed=1):
    """Short noise bursts with an attack of 0.3 ms and a decay of 6 ms."""
    t = np.arange(int(0.06 * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(t.size)
    hit = noise * np.minimum(t / 0.0003, 1) * np.exp(-t / 0.006)
    x = np.zeros(length)
    for start in np.round(np.asarray(onsets) * RATE).astype(int):
        x[start : start + t.size] += 0.3 * hit
    return x


def test_hits_are_found():
    found = onset_times(hits(), sample_rate=RATE)
    assert found.shape == ONSETS.shape
    assert abs(found - ONSETS).max() < 0.002


def test_hits_are_found_over_a_drone():
    t = np.arange(2 * RATE) / RATE
    x = hits() + 0.05 * np.sin(2 * np.pi * 110 * t)
    found = onset_times(x, sample_rate=RATE)
    assert abs(found[:, None] - ONSETS).min(axis=0).max() < 0.003


def test_no_hits_in_silence():
    assert onset_times(np.zeros(9000), sample_rate=RATE).shape == (0,)


def test_attack_times_follow_a_shift():
    x = hits()
    first = attack_times(x, ONSETS, sample_rate=RATE)
    for shift in (1, 100, -300):
        moved = attack_times(np.roll(x, shift), ONSETS, sample_rate=RATE)
        np.testing.assert_allclose(moved - first, shift / RATE, atol=1e-9)


def test_attack_beyond_the_ends_is_nan():
    got = attack_times(hits(), [0.01, 0.2, 1.99], sample_rate=RATE)
    assert np.isnan(got).tolist() == [True, False, True]


def test_onset_error_after_a_change_of_speed():
    x, y = hits(), hits(ONSETS / 0.8 + 0.0015, length=3 * RATE)
    error = onset_error(x, y, ONSETS, ONSETS / 0.8, sample_rate=RATE)
    np.testing.assert_allclose(error, 0.0015, atol=2 / RATE)
    same = onset_error(x, x, ONSETS, ONSETS, sample_rate=RATE)
    assert (same == 0).all()


def test_low_accompaniment_is_left_out():
    t = np.arange(2 * RATE) / RATE
    x = hits()
    y = x + 0.5 * np.sin(2 * np.pi * 60 * t)
    error = onset_error(x, y, ONSETS, ONSETS, sample_rate=RATE, highpass=1500.0)
    assert error.max() < 0.0005


@pytest.mark.parametrize("echo_db", [-10.0, -25.0])
def test_pre_echo_of_a_known_level(echo_db):
    x = np.zeros(RATE)
    at = RATE // 2
    x[at:] = 1.0
    x[at - 2000 : at] = 10 ** (echo_db / 20)
    assert abs(pre_echo_db(x, [0.5], sample_rate=RATE)[0] - echo_db) < 1.0


def test_clean_attack_has_the_lowest_pre_echo():
    assert (pre_echo_db(hits(), ONSETS, sample_rate=RATE)[[0, 1, 2]] == -60.0).all()


def test_wrong_arguments():
    with pytest.raises(ValueError, match="x must have 1 dimensions"):
        onset_times(np.zeros((2, 900)), sample_rate=RATE)
    with pytest.raises(ValueError, match="onsets contains NaN"):
        attack_times(hits(), [np.nan], sample_rate=RATE)
    with pytest.raises(ValueError, match="threshold must be"):
        onset_times(hits(), sample_rate=RATE, threshold=0)
