"""Fewer bits and a slower clock: levels, noise, held samples, gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.shaping.reduction import reduce_bits, reduce_rate

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (2, 4000))


@pytest.mark.parametrize("bits", [3, 8, 12])
def test_levels_and_noise_of_a_code(xp, bits):
    y = np.asarray(reduce_bits(xp.asarray(X), bits))
    step = 2.0 ** (1 - bits)
    np.testing.assert_allclose(y / step, np.round(y / step), atol=1e-9)
    assert abs(y - X).max() <= step / 2 + 1e-12
    noise_db = 10 * np.log10(np.mean((y - X) ** 2))
    assert abs(noise_db - (20 * np.log10(step) - 10 * np.log10(12))) < 0.3


def test_dither_turns_a_threshold_into_a_mean():
    quiet = np.full(20000, 0.3 / 4)  # 0.3 of a step of three bits
    triangular = RNG.uniform(-0.5, 0.5, (2, 20000)).sum(axis=0)
    assert not reduce_bits(quiet, 3).any()
    assert abs(reduce_bits(quiet, 3, dither=triangular).mean() / quiet[0] - 1) < 0.1


def test_rounding_passes_the_gradient():
    slope = jax.grad(lambda g: reduce_bits(g * jnp.asarray(X[0]), 4).sum())(0.7)
    np.testing.assert_allclose(slope, X[0].sum())


@pytest.mark.parametrize("ratio", [2, 5])
def test_samples_are_held(xp, ratio):
    y = reduce_rate(xp.asarray(X), 48000, clock=48000 / ratio)
    np.testing.assert_array_equal(y, np.repeat(X[:, ::ratio], ratio, axis=1))


def test_a_fast_clock_takes_every_sample_and_a_curve_is_followed(xp):
    x = xp.asarray(X)
    np.testing.assert_array_equal(reduce_rate(x, 48000, clock=99e3), X)
    rate = np.where(np.arange(4000) < 2000, 48000.0, 12000.0)
    y = np.asarray(reduce_rate(x, 48000, clock=rate))
    np.testing.assert_array_equal(y[:, :2000], X[:, :2000])
    changes = np.flatnonzero(np.diff(y[0, 2000:]))
    np.testing.assert_array_equal(np.diff(changes), 4)


def test_dtype():
    for y in (
        reduce_bits(X.astype(np.float32)),
        reduce_rate(X.astype(np.float32), 48000, clock=9000),
    ):
        assert y.dtype == np.float32
