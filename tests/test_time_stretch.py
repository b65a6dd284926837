"""The door to every method: it leads where it says."""

import numpy as np
import pytest

from dsplab.stretch.time_stretch import METHODS, time_stretch

RATE = 16000  # Hz


def tone(n_samples=8000):
    t = np.arange(n_samples) / RATE
    return sum(np.cos(2 * np.pi * 150 * k * t) / k for k in range(1, 9)) * 0.2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rate", [0.8, 1.6])
def test_is_the_method(method, rate):
    y = time_stretch(tone(), rate, sample_rate=RATE, method=method)
    assert y.shape == (round(8000 / rate),)
    expected = METHODS[method](tone(), rate, sample_rate=RATE)
    np.testing.assert_array_equal(y, expected)


def test_options_reach_the_method():
    y = time_stretch(
        tone(), 0.8, sample_rate=RATE, method="phase_vocoder", locking="none"
    )
    assert not np.array_equal(
        y, time_stretch(tone(), 0.8, sample_rate=RATE, method="phase_vocoder")
    )


def test_unknown_method():
    with pytest.raises(ValueError, match="method must be one of 'adaptive_vocoder'"):
        time_stretch(tone(), 0.8, sample_rate=RATE, method="magic")


def test_the_default_keeps_a_tone_and_a_hit():
    x = tone()
    hit = np.zeros(8000)
    hit[4000] = 1.0
    y = time_stretch(x + hit, 0.5, sample_rate=RATE)
    slope = np.diff(y - time_stretch(x, 0.5, sample_rate=RATE))
    assert abs(int(abs(slope).argmax()) - 8000) <= 8  # 0.5 ms
    assert abs(np.diff(y)[7000:7900]).max() < 1.3 * abs(np.diff(x)).max()
