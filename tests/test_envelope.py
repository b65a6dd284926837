"""Envelope and attack: closed forms."""

import numpy as np
import pytest

from dsplab.analysis import envelope as en

RATE = 8000
T = np.arange(RATE) / RATE


def test_the_envelope_of_a_sine_is_flat():
    e = en.amplitude_envelope(0.5 * np.sin(2 * np.pi * 200 * T), RATE)
    np.testing.assert_allclose(e[400:-400], 0.5 / np.sqrt(2.0), rtol=1e-6)


def test_the_envelope_is_the_energy_under_a_triangle(xp, compiled):
    x = np.random.default_rng(0).standard_normal((2, 600))
    found = compiled(lambda x: en.amplitude_envelope(x, 1000, smoothing=0.05))(
        xp.asarray(x)
    )
    box = np.ones(25) / 25
    triangle = np.convolve(box, box)
    expected = [np.sqrt(np.convolve(row**2, triangle, "same")) for row in x]
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("rise", [0.05, 0.2, 0.5])
def test_attack_time_of_a_ramp(xp, compiled, rise):
    """A straight rise takes seven tenths of its time from 20 to 90 %."""
    x = np.clip((T - 0.1) / rise, 0, 1) * np.sin(2 * np.pi * 1000 * T)
    found = compiled(lambda x: en.log_attack_time(x, RATE))(xp.asarray(x))
    np.testing.assert_allclose(10 ** float(found), 0.7 * rise, rtol=0.06)


def test_attack_time_does_not_hear_the_level_nor_the_tail():
    x = np.clip(T / 0.1, 0, 1) * np.exp(-3 * T) * np.sin(2 * np.pi * 1000 * T)
    both = np.stack([x, 0.001 * x])
    first, second = en.log_attack_time(both, RATE)
    assert first == pytest.approx(second, abs=1e-9)
    longer = np.append(x, np.zeros(4000))
    assert en.log_attack_time(longer, RATE) == pytest.approx(first, abs=1e-9)


def test_an_instant_rise():
    x = np.where(T >= 0.5, np.sin(2 * np.pi * 2000 * T + 0.5), 0.0)
    seconds = 10 ** en.log_attack_time(x, RATE, smoothing=0.02)
    assert seconds == pytest.approx(0.55 * 0.02, rel=0.03)


def test_temporal_centroid_of_a_decay(xp, compiled):
    """exp(-t / tau) has its centre at tau, however smoothed but for the start."""
    noise = np.sin(2 * np.pi * 1000 * T + 0.3)
    x = xp.asarray(np.exp(-T / 0.1) * noise)
    found = compiled(lambda x: en.temporal_centroid(x, RATE))(x)
    np.testing.assert_allclose(float(found), 0.1, rtol=0.02)


def test_silence_and_errors():
    silence = np.zeros(RATE)
    assert en.temporal_centroid(silence, RATE) == 0.0
    assert np.isfinite(en.log_attack_time(silence, RATE))
    with pytest.raises(ValueError, match="0 < start < stop <= 1"):
        en.log_attack_time(silence, RATE, start=0.9, stop=0.2)
    with pytest.raises(ValueError, match="frame_length must be"):
        en.rms(silence, frame_length=1)
