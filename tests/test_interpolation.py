"""Interpolation: polynomials exactly, sines nearly, delays as long as said."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.interpolate

from dsplab.sources.interpolation import fractional_delay, lagrange, read_at

N = 200
PLACES = np.random.default_rng(0).uniform(40, 150, 64)


@pytest.mark.parametrize("order", [1, 3, 5, 7])
def test_lagrange_reads_a_polynomial_exactly(xp, order):
    t = np.arange(N) / N
    x = sum((k + 1) * t**k for k in range(order + 1))
    expected = sum((k + 1) * (PLACES / N) ** k for k in range(order + 1))
    y = read_at(xp.asarray(x), PLACES, method="lagrange", order=order)
    np.testing.assert_allclose(y, expected, rtol=1e-10)


def test_lagrange_is_scipys_polynomial():
    x = np.random.default_rng(1).standard_normal(6)
    polynomial = scipy.interpolate.lagrange(np.arange(-2, 4), x)
    weights = 0.3 ** np.arange(6) @ lagrange(5)  # at fraction 0.8, u = 0.3
    np.testing.assert_allclose(weights @ x, polynomial(0.8), rtol=1e-9)


def test_linear_is_numpys():
    x = np.random.default_rng(2).standard_normal(N)
    y = read_at(np.asarray(x), PLACES, method="linear")
    np.testing.assert_allclose(y, np.interp(PLACES, np.arange(N), x), atol=1e-12)


@pytest.mark.parametrize("frequency, error", [(0.1, 3e-5), (0.3, 3e-5), (0.4, 2e-4)])
def test_sinc_reads_a_sine_of_any_pitch(xp, frequency, error):
    x = np.sin(2 * np.pi * frequency * np.arange(N))
    y = read_at(xp.asarray(x), PLACES)
    np.testing.assert_allclose(y, np.sin(2 * np.pi * frequency * PLACES), atol=error)


def test_samples_come_back_at_whole_places():
    x = np.random.default_rng(3).standard_normal((2, N))
    for method in ("linear", "lagrange", "sinc"):
        y = read_at(np.asarray(x), np.arange(float(N)), method=method)
        np.testing.assert_allclose(y, x, atol=2e-5)


def test_silence_beyond_the_ends():
    y = read_at(np.ones(10), [-100.0, -1e30, 5.0, 50.0, 1e30])
    np.testing.assert_allclose(y, [0, 0, 1, 0, 0], atol=2e-2)
    assert float(abs(y[0])) == 0.0 and float(abs(y[4])) == 0.0


def test_each_row_may_be_read_elsewhere():
    x = np.random.default_rng(4).standard_normal((3, N))
    places = PLACES.reshape(1, -1) + np.arange(3.0)[:, None]
    y = np.asarray(read_at(np.asarray(x), places))
    for row in range(3):
        np.testing.assert_allclose(y[row], read_at(x[row], places[row]), atol=1e-12)
    many = read_at(np.asarray(x[0]), places)
    np.testing.assert_allclose(many[0], read_at(x[0], places[0]), atol=1e-12)


def test_delay_is_as_long_as_said():
    x = np.exp(-0.5 * ((np.arange(N) - 80.0) / 6.0) ** 2)
    y = fractional_delay(np.asarray(x), 12.34)
    expected = np.exp(-0.5 * ((np.arange(N) - 92.34) / 6.0) ** 2)
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_a_growing_delay_lowers_the_pitch():
    n = np.arange(N)
    y = fractional_delay(np.asarray(np.sin(0.3 * n)), 20 + 0.25 * n)
    np.testing.assert_allclose(y[80:], np.sin(0.3 * (0.75 * n - 20))[80:], atol=3e-5)


def test_float32_keeps_its_fractions_late_in_a_signal():
    n = 3_000_000
    x = np.sin(0.1 * np.arange(n)).astype(np.float32)
    y = fractional_delay(x, np.float32(0.37), method="lagrange")
    assert y.dtype == np.float32
    late = np.arange(n - 5000, n - 10)
    np.testing.assert_allclose(y[late], np.sin(0.1 * (late - 0.37)), atol=6e-6)


def test_gradient_with_respect_to_signal_and_delay():
    x = np.random.default_rng(5).standard_normal(60)

    def energy(x, delay):
        return (fractional_delay(x, delay) ** 2 * jnp.arange(60.0)).sum()

    jax.test_util.check_grads(jax.jit(energy), (x, 3.3), 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="method must be one of 'linear', 'lagr"):
        read_at(np.ones(9), PLACES, method="cubic")
    with pytest.raises(ValueError, match="order must be 1, 3, 5 or 7, got 4"):
        read_at(np.ones(9), PLACES, method="lagrange", order=4)
    with pytest.raises(ValueError, match="position must have 1 or more dimensions"):
        read_at(np.ones(9), 1.0)
    with pytest.raises(ValueError, match="delay must be a number or broadcast"):
        fractional_delay(np.ones(9), np.ones(4))
