"""Loudness: the test signals of EBU Tech 3341 and 3342, the standard's calibration."""

import jax
import numpy as np
import pytest

from dsplab.analysis import loudness as ld

RATE = 48000


def tone(*parts, rate=RATE, frequency=1000.0):
    """A stereo sine whose level steps: (dBFS, seconds) after another."""
    level = np.concatenate(
        [np.full(round(s * rate), 10 ** (db / 20)) for db, s in parts]
    )
    x = level * np.sin(2 * np.pi * frequency * np.arange(len(level)) / rate)
    return np.stack([x, x])


def test_the_filters_are_the_printed_ones():
    shelf = [1.53512485958697, -2.69169618940638, 1.19839281085285]
    shelf += [1.0, -1.69065929318241, 0.73248077421585]
    highpass = [1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621]
    np.testing.assert_allclose(ld.k_weighting(48000), [shelf, highpass], atol=1e-7)


# EBU Tech 3341, table 1: cases 1 to 5, all to be read within 0.1 LU
@pytest.mark.parametrize(
    "parts, expected",
    [
        ([(-23, 20)], -23.0),
        ([(-33, 20)], -33.0),
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),
    ],
)
def test_programme_loudness_of_the_test_signals(parts, expected):
    x = tone(*parts, rate=16000)  # a third of the samples, the same filters
    assert abs(float(ld.loudness(x, 16000)) - expected) < 0.1


def test_what_is_below_the_absolute_gate_is_no_programme():
    x = tone((-69, 5), (-75, 5), rate=8000)
    assert abs(float(ld.loudness(x, 8000)) + 69.0) < 0.1


def test_five_channels():  # case 6: -28 dBFS in front, -24 centre, -30 behind
    levels = 10 ** (np.array([-28, -28, -24, -30, -30]) / 20)
    x = levels[:, None] * tone((0, 4), rate=16000)[0]
    assert abs(float(ld.loudness(x, 16000)) + 23.0) < 0.1
    with_bass = np.insert(x, 3, x[0], axis=0)  # the bass effects are not counted
    np.testing.assert_allclose(ld.loudness(with_bass, 16000), ld.loudness(x, 16000))


def test_calibration():
    """A full-scale sine of 997 Hz in one front channel reads -3.01 LUFS."""
    x = tone((0, 2), frequency=997.0)[0]
    assert abs(float(ld.loudness(x, RATE)) + 3.01) < 0.005


def test_momentary_and_short_term():
    x = tone((-33, 2), (-23, 4), rate=16000)
    momentary = ld.momentary_loudness(x, 16000)
    short = ld.short_term_loudness(x, 16000)
    assert momentary.shape == (57,) and short.shape == (31,)
    np.testing.assert_allclose(momentary[:17], -33.0, atol=0.1)
    np.testing.assert_allclose(momentary[20:], -23.0, atol=0.1)
    np.testing.assert_allclose(short[-1], -23.0, atol=0.1)


# EBU Tech 3342, table 1: within 1 LU
@pytest.mark.parametrize(
    "levels, expected",
    [
        ((-20, -30), 10),
        ((-20, -15), 5),
        ((-40, -20), 20),
        ((-50, -35, -20, -35, -50), 15),
    ],
)
def test_loudness_range_of_the_test_signals(levels, expected):
    x = tone(*((db, 20) for db in levels), rate=8000)
    assert abs(float(ld.loudness_range(x, 8000)) - expected) < 0.3


# EBU Tech 3341, cases 15 to 19: +0.2 / -0.4 dB; rate over frequency, degrees, amplitude
@pytest.mark.parametrize(
    "period, degrees, amplitude",
    [(4, 0, 0.5), (4, 45, 0.5), (6, 60, 0.5), (8, 67.5, 0.5), (4, 45, 1.41)],
)
def test_true_peak_of_the_test_signals(xp, period, degrees, amplitude):
    n = np.arange(4800)
    x = amplitude * np.sin(2 * np.pi * (n / period + degrees / 360))
    x = x * np.clip(np.minimum(n, 4799 - n) / 1000, 0, 1)  # no click at the ends
    read = float(ld.true_peak(xp.asarray(x), RATE))
    assert -0.4 < read - 20 * np.log10(amplitude) < 0.2


def test_the_gates_as_the_standard_writes_them():
    rng = np.random.default_rng(0)
    n = 16000 * 8
    level = np.repeat(10 ** (rng.uniform(-80, 0, 16) / 20), n // 16)
    x = np.stack([level, level[::-1]]) * rng.standard_normal((2, n))
    power = 10 ** ((ld.momentary_loudness(x, 16000) + 0.691) / 10)
    loud = power[-0.691 + 10 * np.log10(power) > -70]
    loud = loud[10 * np.log10(loud) > 10 * np.log10(loud.mean()) - 10]
    expected = -0.691 + 10 * np.log10(loud.mean())
    np.testing.assert_allclose(ld.loudness(x, 16000), expected, atol=1e-9)
    short = ld.short_term_loudness(x, 16000)
    short = short[short > -70]
    gate = 10 * np.log10((10 ** (short / 10)).mean()) - 20
    low, high = np.percentile(short[short > gate], [10, 95])
    np.testing.assert_allclose(ld.loudness_range(x, 16000), high - low, atol=1e-9)


def test_both_libraries_batches_and_dtype():
    x = np.random.default_rng(0).standard_normal((3, 2, 8000 * 4))
    x[0, :, 12000:] *= 0.01

    def everything(x):
        whole = ld.loudness(x, 8000), ld.loudness_range(x, 8000)
        return *whole, ld.true_peak(x, 8000, factor=2)

    expected = everything(x)
    assert [e.shape for e in expected] == [(3,), (3,), (3, 2)]
    for got, wanted in zip(jax.jit(everything)(x), expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-9)
    for alone, wanted in zip(everything(x[1]), expected, strict=True):
        np.testing.assert_allclose(alone, wanted[1], atol=1e-9)
    for single, wanted in zip(everything(x.astype(np.float32)), expected, strict=True):
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, wanted, atol=2e-3)


def test_gradient():
    x = np.random.default_rng(0).standard_normal((1, 3300))
    gradient = jax.jit(jax.grad(lambda g: ld.loudness(g * x, 8000)))(2.0)
    np.testing.assert_allclose(gradient, 20 / np.log(10) / 2.0, rtol=1e-6)


def test_silence_and_errors():
    silence = np.zeros((2, 32000))
    assert ld.loudness(silence, 8000) == ld.SILENCE and ld.SILENCE == -300.0
    assert ld.loudness_range(silence, 8000) == 0.0
    assert ld.true_peak(silence[0], 8000) == -300.0
    with pytest.raises(ValueError, match="at least 3200 samples"):
        ld.loudness(np.zeros(3199), 8000)
    with pytest.raises(ValueError, match="x must have 1, 2, 3, 5, 6 channels"):
        ld.loudness(np.zeros((7, 4000)), 8000)
    with pytest.raises(ValueError, match=r"channel_gains must have shape \(2,\)"):
        ld.loudness(silence, 8000, channel_gains=[1.0])
    with pytest.raises(ValueError, match="sample_rate must be above 4000"):
        ld.k_weighting(4000)
