"""Responses: SciPy's, closed forms, and there and back."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.filters import design, response

RATE = 8000
F = np.linspace(0.0, 3999.0, 50)
W = 2 * np.pi * F / RATE
B, A = design.second_order("peaking", 700.0, RATE, q=3.0, gain_db=5.0)


def test_frequency_response_and_delay_are_scipys(xp):
    b, a = xp.asarray(B), xp.asarray(A)
    h = response.frequency_response(b, a, F, sample_rate=RATE)
    expected = scipy.signal.freqz(B, A, W)[1]
    np.testing.assert_allclose(h, expected, atol=1e-12)
    level = response.magnitude_db(b, a, F, sample_rate=RATE)
    np.testing.assert_allclose(level, 20 * np.log10(abs(expected)), atol=1e-9)
    turn = response.phase_response(b, a, F, sample_rate=RATE)
    np.testing.assert_allclose(turn, np.unwrap(np.angle(expected)), atol=1e-9)
    delay = response.group_delay(b, a, F, sample_rate=RATE)
    np.testing.assert_allclose(delay, scipy.signal.group_delay((B, A), W)[1], atol=1e-9)


def test_many_filters_at_once(xp):
    b, a = design.second_order("lowpass", xp.asarray([300.0, 700.0]), RATE)
    h = response.frequency_response(b, a, F, sample_rate=RATE)
    one = response.frequency_response(b[1], a[1], F, sample_rate=RATE)
    assert h.shape == (2, 50)
    np.testing.assert_allclose(h[1], one, atol=1e-12)


def test_sections_multiply(xp):
    sections = design.chebyshev("lowpass", xp.asarray(900.0), RATE, order=5)
    h = response.sections_response(sections, F, RATE)
    expected = scipy.signal.sosfreqz(np.asarray(sections), W)[1]
    np.testing.assert_allclose(h, expected, atol=1e-12)


def test_the_impulse_responses_spectrum_is_the_response(xp):
    h = response.impulse_response(xp.asarray(B), xp.asarray(A), 400)
    spectrum = np.fft.rfft(np.asarray(h), 8000)[:4000:80]
    expected = response.frequency_response(B, A, np.arange(0, 4000, 80.0),
                                           sample_rate=RATE)  # fmt: skip
    np.testing.assert_allclose(spectrum, expected, atol=1e-6)


def test_transfer_function_is_its_definition(xp):
    z = np.array([1.3 + 0.4j, -2.0, 0.5j])
    b, a = np.array([1.0, 2.0, 3.0, 0.5]), np.array([1.0, -0.3])
    expected = sum(c * z**-k for k, c in enumerate(b)) / (1.0 - 0.3 / z)
    got = response.transfer_function(xp.asarray(b), xp.asarray(a), xp.asarray(z))
    np.testing.assert_allclose(got, expected, atol=1e-12)


def test_laplace_response_is_scipys(xp):
    b, a = np.array([2.0, 1.0]), np.array([1.0, 300.0, 4e6])
    h = response.laplace_response(xp.asarray(b), xp.asarray(a), F)
    np.testing.assert_allclose(h, scipy.signal.freqs(b, a, 2 * np.pi * F)[1], rtol=1e-9)


def test_poles_and_zeros_there_and_back(xp):
    zeros, poles, gain = response.poles_and_zeros(B, A)
    expected = scipy.signal.tf2zpk(B, A)
    assert gain == pytest.approx(expected[2])
    np.testing.assert_allclose(np.sort_complex(zeros), np.sort_complex(expected[0]))
    np.testing.assert_allclose(np.sort_complex(poles), np.sort_complex(expected[1]))
    back = response.from_poles_and_zeros(
        xp.asarray(zeros), xp.asarray(poles), gain=gain
    )
    np.testing.assert_allclose(back[0], B, atol=1e-12)
    np.testing.assert_allclose(back[1], A, atol=1e-12)
    late, a = np.array([0.0, 2.0, 1.0]), np.array([1.0, 0.5])
    back = response.from_poles_and_zeros(*response.poles_and_zeros(late, a)[:2], gain=2)
    np.testing.assert_allclose(back, [late, [1.0, 0.5, 0.0]], atol=1e-12)


def test_stability_is_where_the_poles_are(xp):
    rng = np.random.default_rng(0)
    a = np.concatenate([np.ones((60, 1)), rng.uniform(-1.2, 1.2, (60, 4))], axis=1)
    inside = [abs(np.roots(row)).max() < 1.0 for row in a]
    assert 5 < sum(inside) < 55
    np.testing.assert_array_equal(response.is_stable(xp.asarray(a)), inside)


def test_dtype_is_kept(xp):
    b, a = xp.asarray(B, dtype=xp.float32), xp.asarray(A, dtype=xp.float32)
    f = xp.asarray(F, dtype=xp.float32)
    h = response.frequency_response(b, a, f, sample_rate=RATE)
    assert h.dtype == np.complex64 and type(h) is type(b)
    assert response.impulse_response(b, a, 9).dtype == np.float32


def test_the_level_is_differentiable_in_the_cutoff():
    def level(cutoff, q):
        b, a = design.second_order("lowpass", cutoff, RATE, q=q)
        return response.magnitude_db(b, a, F[1:4], sample_rate=RATE)

    numbers = (jnp.asarray(900.0), jnp.asarray(2.0))
    jax.test_util.check_grads(jax.jit(level), numbers, 1, rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="z must not be 0"):
        response.transfer_function(B, A, 0.0)
    with pytest.raises(ValueError, match="b must be one polynomial, not all 0"):
        response.poles_and_zeros([0.0, 0.0], A)
    with pytest.raises(ValueError, match="a must be float32 or float64 and have 1 or"):
        response.is_stable(1.0)
