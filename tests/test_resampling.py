"""Doubling and halving the sampling rate: flat, clean, in time, inverse."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.resampling import PASS, STOP_DB, downsample, upsample

N = 600
MIDDLE = slice(200, 400)  # far from the silence at both ends


def sine(frequency, n=N, *, factor=1, offset=0.0):
    """Cycles per sample of the original rate."""
    return np.sin(2 * np.pi * frequency * (np.arange(n * factor) + offset) / factor)


@pytest.mark.parametrize("factor", [2, 8])
@pytest.mark.parametrize("frequency", [0.003, 0.25, PASS])
def test_upsampling_is_the_sine_between_the_samples(xp, factor, frequency):
    y = upsample(xp.asarray(sine(frequency)), factor)
    between = slice(200 * factor, 400 * factor)
    wanted = sine(frequency, factor=factor)
    np.testing.assert_allclose(y[between], wanted[between], atol=2e-5)
    np.testing.assert_array_equal(y[::factor], sine(frequency))  # samples stay


@pytest.mark.parametrize("offset", [0.0, 0.5, -0.5])
@pytest.mark.parametrize("factor", [2, 8])
def test_downsampling_keeps_what_fits_and_removes_the_rest(xp, factor, offset):
    for frequency in (0.01, 0.3, PASS):
        high = sine(frequency, factor=factor, offset=offset)
        y = downsample(xp.asarray(high), factor, offset=offset)
        np.testing.assert_allclose(y[MIDDLE], sine(frequency)[MIDDLE], atol=2e-5)
    for frequency in (1 - PASS, 0.7, 0.99):
        high = sine(frequency, factor=factor, offset=offset)
        y = np.asarray(downsample(xp.asarray(high), factor, offset=offset))
        assert abs(y[MIDDLE]).max() < 2 * 10 ** (-STOP_DB / 20)


def test_down_undoes_up_and_is_half_its_adjoint(xp):
    rng = np.random.default_rng(0)
    x, z = rng.standard_normal((2, N)), rng.standard_normal((2, 2 * N))
    y = np.asarray(upsample(xp.asarray(x), 2))
    back = np.asarray(downsample(xp.asarray(z), 2))
    np.testing.assert_allclose((y * z).sum(), 2 * (x * back).sum(), rtol=1e-10)
    smooth = sine(0.2)[None] * np.hanning(N)
    again = downsample(upsample(xp.asarray(smooth), 4), 4)
    np.testing.assert_allclose(again, smooth, atol=3e-5)


def test_lengths_dtype_and_library(xp):
    x = xp.ones((2, 3, 7), dtype=xp.float32)
    for factor in (1, 2, 4):
        y, z = upsample(x, factor), downsample(x, factor)
        assert y.shape == (2, 3, 7 * factor) and z.shape == (2, 3, -(-7 // factor))
        assert y.dtype == z.dtype == np.float32 and type(y) is type(z) is type(x)


def test_both_libraries_agree():
    x = np.random.default_rng(1).standard_normal((2, N))
    for function in (lambda x: upsample(x, 4), lambda x: downsample(x, 4, offset=0.5)):
        ours = jax.jit(function)(jnp.asarray(x))
        np.testing.assert_allclose(ours, function(x), atol=1e-12)


def test_gradient():
    x = jnp.asarray(np.random.default_rng(2).standard_normal(20))
    jax.test_util.check_grads(lambda x: downsample(upsample(x, 2), 2), (x,), 1, "rev")


@pytest.mark.parametrize("factor", [0, 3, 6, 2.5, -2])
def test_only_powers_of_two(factor):
    for function in (upsample, downsample):
        with pytest.raises(ValueError, match="factor must be"):
            function(np.ones(8), factor)


def test_offset_is_at_most_a_sample():
    with pytest.raises(ValueError, match="offset must be in -1..1"):
        downsample(np.ones(8), 2, offset=1.5)
