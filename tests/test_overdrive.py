"""Overdrive and its relatives: the circuit, harmonics, knobs, both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from dsplab.effects import diode_clipper as circuit
from dsplab.effects.diode_clipper import diode_clipper
from dsplab.effects.overdrive import distortion, fuzz, overdrive, tube_amplifier

RATE = 44100
DEVICES = (overdrive, fuzz, distortion, tube_amplifier)
EVERY = pytest.mark.parametrize("device", DEVICES, ids=lambda d: d.__name__)
X = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 200))


def sine(frequency, n=8820, amplitude=0.4):
    return amplitude * np.sin(2 * np.pi * frequency * np.arange(n) / RATE)


def harmonics(y, frequency):
    """Levels in dB of harmonics 1 to 8, over the second half."""
    half = y[len(y) // 2 :]
    spectrum = abs(np.fft.rfft(half * np.hanning(len(half))))
    bins = np.round(np.arange(1, 9) * frequency * len(half) / RATE).astype(int)
    return 20 * np.log10(spectrum[bins] / spectrum[bins[0]])


@pytest.mark.parametrize("volts, error", [(0.2, 2e-5), (4.5, 2e-3)])
def test_the_diode_clipper_solves_its_equation(volts, error):
    R, C = circuit.RESISTANCE, circuit.CAPACITANCE
    current, volt = circuit.SATURATION_CURRENT, circuit.THERMAL_VOLTAGE
    rate = 8 * RATE

    def drive(t):
        return volts * np.sin(2 * np.pi * 800 * t)

    def slope(t, v):
        return (drive(t) - v) / (R * C) - 2 * current / C * np.sinh(v / volt)

    t = np.arange(400) / rate
    solved = scipy.integrate.solve_ivp(
        slope, (0.0, t[-1]), [0.0], "LSODA", t_eval=t, rtol=1e-8, atol=1e-9
    )
    y = diode_clipper(drive(t), rate, oversampling=1)
    np.testing.assert_allclose(y, solved.y[0], atol=error)


def test_newton_has_converged_and_fulfils_the_recursion():
    u = 100.0 * np.sin(2 * np.pi * 0.01 * np.arange(500))  # thermal voltages
    a, b = 3e-5, 0.13
    v = circuit._solve(u, a, b)
    q = (1 + b) * v + a * np.sinh(v)
    np.testing.assert_allclose(
        q[1:], 2 * v[:-1] - q[:-1] + b * (u[1:] + u[:-1]), atol=1e-6
    )


def test_quiet_sounds_meet_a_plain_low_pass():
    y = diode_clipper(sine(7234.3, amplitude=0.001), RATE)
    gain = abs(y[2000:]).max() / 0.001
    assert abs(20 * np.log10(gain) + 3.01) < 0.1  # 1 / (2 pi R C) = 7234 Hz


@EVERY
def test_drive_makes_harmonics_and_tone_removes_them(device):
    x = sine(220)
    soft, loud = (harmonics(device(x, RATE, drive=d), 220) for d in (0.1, 0.9))
    assert loud[2] > soft[2] - 1.0 and loud[4] > soft[4]
    dark, bright = (harmonics(device(x, RATE, tone=t), 220) for t in (0.0, 1.0))
    assert np.all(dark[[2, 4]] < bright[[2, 4]] - 2)


def test_what_is_uneven_makes_even_harmonics():
    x = sine(220)
    for device in (overdrive, distortion):
        assert harmonics(device(x, RATE), 220)[1] < -80
    for device in (fuzz, tube_amplifier):
        assert harmonics(device(x, RATE, drive=0.3), 220)[1] > -40


def test_overdrive_keeps_the_bass_clean():
    low, high = (
        harmonics(overdrive(sine(f), RATE, drive=0.4), f)[2] for f in (55, 880)
    )
    assert low < high - 15


def test_overdrive_amplifies_quiet_sounds_by_what_it_says():
    x = sine(5000, amplitude=1e-5)
    quiet, loud = (abs(overdrive(x, RATE, drive=d)[4000:]).max() for d in (0.0, 1.0))
    high = 1 / np.sqrt(
        1 + (np.tan(np.pi * 720 / RATE) / np.tan(np.pi * 5000 / RATE)) ** 2
    )
    gain = high * np.exp(1j * np.arccos(high))  # of the high-pass, as analogue
    expected = abs(1 + 0.5 * 10 ** (46 / 20) * gain) / abs(1 + 0.5 * gain)
    assert abs(20 * np.log10(loud / quiet / expected)) < 0.1


@EVERY
def test_level_is_a_factor_and_nothing_thumps(device):
    x = sine(330)
    y = device(x, RATE, level=0.5)
    np.testing.assert_allclose(device(x, RATE, level=1.0), 2 * y, atol=1e-12)
    assert abs(y).max() < 0.8 and abs(y[4410:].mean()) < 0.06
    assert not device(np.zeros(200), RATE).any() or device in (fuzz, tube_amplifier)


@EVERY
def test_both_libraries_dtype_and_curves(device):
    drive = np.linspace(0, 1, 200)
    y = device(X, RATE, drive=drive, tone=0.3)
    jitted = jax.jit(lambda x, d: device(x, RATE, drive=d, tone=0.3))
    np.testing.assert_allclose(jitted(jnp.asarray(X), drive), y, atol=1e-9)
    assert device(X.astype(np.float32), RATE).dtype == np.float32
    np.testing.assert_allclose(device(X[0], RATE, drive=drive, tone=0.3), y[0])


@EVERY
def test_gradient_by_the_knobs(device):
    x = jnp.asarray(X)

    def loss(knobs):
        drive, tone, level = knobs
        return (device(x, RATE, drive=drive, tone=tone, level=level) ** 2).sum()

    value_and_slope, at = jax.jit(jax.value_and_grad(loss)), jnp.array([0.6, 0.4, 0.7])
    for k, slope in enumerate(value_and_slope(at)[1]):
        nudge = 1e-4 * jnp.eye(3)[k]
        change = value_and_slope(at + nudge)[0] - value_and_slope(at - nudge)[0]
        np.testing.assert_allclose(slope, change / 2e-4, rtol=2e-3)


def test_errors():
    with pytest.raises(ValueError, match="drive must be a number or broadcast"):
        overdrive(X, RATE, drive=np.ones(3))
    with pytest.raises(ValueError, match="oversampling must be an integer"):
        diode_clipper(X, RATE, oversampling=1.5)
