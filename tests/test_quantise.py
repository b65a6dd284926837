"""Mu-law and equal steps: published vectors, laws, and both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.quantise import (
    mu_law_compress,
    mu_law_decode,
    mu_law_encode,
    mu_law_expand,
    uniform_decode,
    uniform_encode,
)

X = np.array([-1, -0.5, -0.1, -0.01, -0.001, 0, 0.001, 0.01, 0.1, 0.5, 0.999, 1.0])


def test_codes_are_those_of_a_published_quantiser():
    # floor(128 f(x)) as in Magenta's NSynth code, whose +128 at x = 1 is clipped here
    nsynth = [-128, -113, -76, -30, -6, 0, 5, 29, 75, 112, 127, 127]
    np.testing.assert_array_equal(mu_law_encode(X) - 128, nsynth)


def test_the_equation():
    expected = np.sign(X) * np.log(1 + 255 * abs(X)) / np.log(256)
    np.testing.assert_allclose(mu_law_compress(X), expected, atol=1e-15)


@pytest.mark.parametrize("n_codes", [2, 16, 256, 1024])
def test_every_code_survives(n_codes):
    codes = np.arange(n_codes)
    x = mu_law_decode(codes, n_codes=n_codes)
    np.testing.assert_array_equal(mu_law_encode(x, n_codes=n_codes), codes)
    np.testing.assert_array_equal(x, -x[::-1])  # mirrored codes, mirrored signal


@pytest.mark.parametrize("n_codes", [2, 256, 65536])
def test_every_code_of_equal_steps_survives(n_codes):
    codes = np.arange(n_codes)
    x = uniform_decode(codes, n_codes=n_codes)
    assert x.dtype == np.float32
    np.testing.assert_allclose(np.diff(x), 2 / n_codes, rtol=1e-6)
    np.testing.assert_array_equal(uniform_encode(x, n_codes=n_codes), codes)
    np.testing.assert_array_equal(x, -x[::-1])
    edges = np.array([-9.0, -1.0, 1.0, 9.0])
    top = n_codes - 1
    np.testing.assert_array_equal(
        uniform_encode(edges, n_codes=n_codes), [0, 0, top, top]
    )
    with pytest.raises(ValueError, match=r"n_codes must be an integer in 2..65536"):
        uniform_encode(x, n_codes=65537)
    with pytest.raises(ValueError, match=f"integers in 0..{top}"):
        uniform_decode([n_codes], n_codes=n_codes)


def test_expand_undoes_compress():
    x = np.linspace(-1.5, 1.5, 301)
    np.testing.assert_allclose(mu_law_expand(mu_law_compress(x)), x, atol=1e-14)


def test_error_is_relative_to_the_signal():
    x = np.random.default_rng(0).uniform(-1, 1, 10000)
    error = np.abs(mu_law_decode(mu_law_encode(x)) - x)
    # half a cell in f, divided by f'
    bound = (1 + 255 * np.abs(x)) / 255 * np.log(256) / 256
    assert np.all(error <= 1.03 * bound)


def test_beyond_full_scale_is_clipped():
    np.testing.assert_array_equal(mu_law_encode(np.array([-9.0, 9.0])), [0, 255])


def test_jax_gives_the_same_and_compiles():
    x = np.linspace(-1, 1, 999, dtype=np.float32)
    codes = jax.jit(mu_law_encode)(jnp.asarray(x))
    assert codes.dtype == jnp.int32
    assert np.mean(np.asarray(codes) != mu_law_encode(x)) < 0.005  # a cell's edge
    even = jax.jit(uniform_encode)(jnp.asarray(x))
    np.testing.assert_array_equal(even, uniform_encode(x))
    np.testing.assert_array_equal(
        jax.jit(uniform_decode)(even), uniform_decode(np.asarray(even))
    )
    y = jax.jit(mu_law_decode)(codes)
    np.testing.assert_allclose(y, mu_law_decode(np.asarray(codes)), atol=1e-6)


@pytest.mark.parametrize("x", [-0.3, 0.0, 0.3])
def test_derivative(x):
    slope = jax.grad(lambda v: mu_law_compress(v)[0])(jnp.array([x]))
    expected = 255 / (1 + 255 * abs(x)) / np.log(256)
    np.testing.assert_allclose(slope, [expected], rtol=1e-5)


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="x must be float32 or float64, got int64"):
        mu_law_encode(np.array([1, 2]))
    with pytest.raises(ValueError, match="n_codes"):
        mu_law_encode(X, n_codes=1)
    with pytest.raises(ValueError, match="mu must be"):
        mu_law_compress(X, mu=0.0)
