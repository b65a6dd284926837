"""Cubic splines of oversampled recordings."""

import numpy as np
import pytest

from dsplab.sources.spline import read_spline, spline

N = 4000


def error_db(frequency, dtype=np.float64, highest=1.0):
    """Error of reading a sine at uneven places, against the sine itself."""
    x = np.sin(2 * np.pi * frequency * np.arange(N)).astype(dtype)
    places = 1500.0 + np.cumsum(np.random.default_rng(0).uniform(0.5, 1.5, 800))
    y = read_spline(spline(x, highest), places)
    assert y.dtype == dtype
    error = y - np.sin(2 * np.pi * frequency * places)
    return 10 * np.log10(2 * np.mean(error**2) + 1e-30)


@pytest.mark.parametrize(
    ("frequency", "db"), [(0.02, -95.0), (0.125, -88.0), (0.25, -80.0), (0.35, -70.0)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_reads_between_samples(frequency, db, dtype):
    assert error_db(frequency, dtype) < db


def test_samples_are_kept():
    x = np.hanning(500) * np.cos(2.9 * np.arange(500))
    y = read_spline(spline(x), np.arange(500.0))
    assert np.abs(y - x).max() < 1e-3 * np.abs(x).max()


def test_silence_beyond_the_ends():
    x = np.hanning(100)
    y = read_spline(spline(x), np.array([-500.0, -3.0, 50.0, 104.0, 1e6]))
    assert np.abs(y[[0, 1, 3, 4]]).max() < 1e-4 and y[2] > 0.9


def test_what_would_rise_too_far_is_left_out():
    high, low = (
        np.abs(read_spline(spline(np.sin(2 * np.pi * f * np.arange(N)), 2.0),
                           np.arange(1000.0, 1500.0))).max()
        for f in (0.3, 0.2)
    )  # fmt: skip
    assert high < 1e-3 and low > 0.9


def test_errors():
    with pytest.raises(ValueError, match="highest"):
        spline(np.ones(10), 0.0)
    with pytest.raises(ValueError, match="places"):
        read_spline(np.ones(30), np.ones((2, 3)))
