"""Discretised mixtures of logistics: a distribution over codes, exactly."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import jit

from neural.mixtures import amplitudes, drawn, log_probability

EVERY_CODE = np.arange(65536)
DRAW = jit(functools.partial(drawn, n_codes=8))
P16 = jit(lambda o: log_probability(o, EVERY_CODE, n_codes=65536))
# three of them
BELLS = np.array([0.5, -0.3, 0.9, 0.4, -0.7, 0.1, -1.2, 0.3, -2.0], np.float32)


def outputs(mean, scale):
    """One bell."""
    return jnp.stack([0.0, mean, jnp.log(scale)])


@pytest.mark.parametrize("shrink", [0.0, 4.0, 9.0, 14.0])
def test_the_probabilities_of_all_65536_codes_sum_to_one(shrink):
    narrow = BELLS - np.repeat([0.0, 0.0, shrink], 3).astype(
        "float32"
    )  # from wider than the scale to less than a cell
    p = np.exp(np.asarray(P16(narrow), float))
    np.testing.assert_allclose(p.sum(), 1.0, atol=2e-4)  # float32: 65536 cells


def test_a_bell_without_width_is_the_nearest_code():
    for mean in (-1.3, -0.70001, 0.0, 0.123456, 1.0):
        p = np.exp(P16(outputs(mean, 1e-12)))
        nearest = np.abs(amplitudes(EVERY_CODE, 65536) - np.float32(mean)).argmin()
        assert p.argmax() == nearest
        if mean:  # at 0, two codes are equally near
            np.testing.assert_allclose(p[nearest], 1.0, atol=1e-6)


def test_it_is_the_difference_of_sigmoids():
    # in float64, as the equation says
    weights, mean, log_scale = BELLS.astype(float).reshape(3, 3)
    weights = np.exp(weights) / np.exp(weights).sum()

    def cdf(x):
        return 1 / (1 + np.exp(-(x[:, None] - mean) / np.exp(log_scale)))

    edges = (np.arange(255) + 0.5) * 2 / 255 - 1
    inner = cdf(edges) @ weights
    expected = np.diff(np.concatenate([[0.0], inner, [1.0]]))
    got = jit(functools.partial(log_probability, n_codes=256))(BELLS, np.arange(256))
    np.testing.assert_allclose(np.exp(got), expected, rtol=2e-5)


def test_far_away_it_is_small_and_has_a_slope():
    # where the difference of sigmoids would be 0 and its logarithm infinite
    def nats(mean):
        return -log_probability(outputs(mean, 1e-3), 60000, n_codes=65536)

    value, slope = jit(jax.value_and_grad(nats))(-0.9)
    assert 1e3 < value < 1e4
    np.testing.assert_allclose(slope, -1e3, rtol=1e-3)  # towards it, 1 / s


def test_what_is_drawn_has_the_probabilities():
    rows = np.broadcast_to(BELLS, (20000, 9))
    codes = np.asarray(DRAW(jax.random.key(1), rows, temperature=1.0))
    assert codes.dtype == np.int32
    seen = np.bincount(codes, minlength=8) / len(codes)
    p = np.exp(jit(functools.partial(log_probability, n_codes=8))(BELLS, np.arange(8)))
    np.testing.assert_allclose(seen, p, atol=0.012)


def test_at_temperature_zero_it_is_the_middle_of_the_heaviest():
    rows = np.broadcast_to(BELLS, (20000, 9))
    codes = DRAW(jax.random.key(2), rows, temperature=0.0)
    middle = BELLS[3:6][BELLS[:3].argmax()]  # 0.1: between codes 3 and 4 of 8
    np.testing.assert_array_equal(codes, round(3.5 * (middle + 1)))
