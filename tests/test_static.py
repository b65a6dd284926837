"""Fixed filters are SciPy's, also in pieces and backwards."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.filters import design, static

RATE = 8000
X = np.random.default_rng(0).standard_normal((2, 240))
B, A = design.second_order("highshelf", 700.0, RATE, gain_db=5.0)
SECTIONS = design.butterworth("lowpass", 900.0, RATE, order=5)


def test_filters_are_scipys(xp):
    x = xp.asarray(X)
    y = static.filter_signal(x, B, A)
    np.testing.assert_allclose(y, scipy.signal.lfilter(B, A, X), atol=1e-12)
    y = static.filter_sections(x, SECTIONS)
    np.testing.assert_allclose(y, scipy.signal.sosfilt(SECTIONS, X), atol=1e-12)
    y = static.filter_signal(x, [2.0, 1.0], [2.0])
    np.testing.assert_allclose(y, X + 0.5 * np.pad(X, ((0, 0), (1, 0)))[:, :-1])


def test_blocks_continue_one_another(xp):
    parts, state = [], None
    for k in range(0, 240, 80):
        y, state = static.filter_block(xp.asarray(X[:, k : k + 80]), B, A, state=state)
        parts.append(np.asarray(y))
    whole = scipy.signal.lfilter(B, A, X)
    np.testing.assert_allclose(np.concatenate(parts, axis=-1), whole, atol=1e-12)


def test_zero_phase_is_scipys(xp):
    y = static.zero_phase(xp.asarray(X), SECTIONS)
    expected = scipy.signal.sosfiltfilt(SECTIONS, X, padlen=21)
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_a_short_signal_is_padded_as_far_as_it_goes(xp):
    y = static.zero_phase(xp.asarray(X[:, :5]), SECTIONS)
    expected = scipy.signal.sosfiltfilt(SECTIONS, X[:, :5], padlen=4)
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_dtype_is_kept(xp):
    x = xp.asarray(X, dtype=xp.float32)
    for y in (static.filter_signal(x, B, A), static.zero_phase(x, SECTIONS)):
        assert y.dtype == np.float32 and type(y) is type(x)


def test_gradients():
    def filtered(x, cutoff):
        return static.filter_signal(x, *design.second_order("lowpass", cutoff, RATE))

    numbers = (jnp.asarray(X[0, :20]), jnp.asarray(900.0))
    jax.test_util.check_grads(jax.jit(filtered), numbers, 1, rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="a must not begin with 0"):
        static.filter_signal(X, B, [0.0, 1.0])
    with pytest.raises(ValueError, match="state must have shape"):
        static.filter_block(X, B, A, state=np.zeros(2))
    with pytest.raises(ValueError, match="sections must have shape"):
        static.filter_sections(X, np.ones((3, 2, 6)))
