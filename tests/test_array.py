"""What only `_array` knows: each primitive equals its loop, in both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal

from dsplab import _array


def test_namespace_is_jax_if_any_argument_is():
    assert _array.array_namespace(np.ones(2), 3.0) is np
    assert _array.array_namespace(np.ones(2), jnp.ones(2)) is jnp
    assert jax.jit(lambda x: x + (_array.array_namespace(x) is jnp))(0) == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_is_finite_sees_a_single_value(xp, bad):
    x = np.ones(100)
    assert _array.is_finite(xp.asarray(x))
    x[57] = bad
    assert not _array.is_finite(xp.asarray(x))


def test_is_finite_is_not_fooled_by_a_sum_that_overflows(xp):
    assert _array.is_finite(xp.asarray(np.full(10, 1e308)))


def test_scan_runs_tuples_and_keeps_steps_last(xp):
    x = xp.arange(12.0).reshape(2, 6)

    def step(total, pair):
        a, b = pair
        total = total + a * b
        return total, (total, a)

    end, (sums, seen) = _array.scan(step, xp.zeros(2), (x, x))
    np.testing.assert_allclose(sums, np.cumsum(np.asarray(x) ** 2, axis=-1))
    np.testing.assert_array_equal(seen, x)
    np.testing.assert_array_equal(end, sums[..., -1])


def test_wrapped_cumsum_is_a_cumsum_modulo_one(xp):
    x = np.random.default_rng(0).uniform(-1, 1, (2, 500))
    y = _array.wrapped_cumsum(xp.asarray(x))
    turns = np.asarray(y) - np.cumsum(x, axis=-1)
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-12)
    assert (np.asarray(y) >= 0).all() and (np.asarray(y) <= 1).all()


def test_wrapped_cumsum_keeps_a_float32_phase_for_ten_seconds(xp):
    step = np.float32(440 / 44100)
    n = 10 * 44100
    y = np.asarray(_array.wrapped_cumsum(xp.full(n, step, dtype=xp.float32)), float)
    turns = np.arange(1, n + 1) * float(step)
    sine = np.exp(2j * np.pi * (y - turns))
    # slow drift is a change of frequency; what a second holds besides it is noise
    blocks = sine.reshape(10, -1)
    noise = blocks - blocks.mean(axis=1, keepdims=True)
    assert 10 * np.log10((abs(noise) ** 2).mean()) < -60
    assert y.dtype == np.float64 and np.isfinite(y).all()


@pytest.mark.parametrize("order", [(3, 3), (1, 3), (3, 1), (5, 2)])
def test_lfilter_is_scipys(xp, order):
    rng = np.random.default_rng(1)
    b, a = rng.uniform(-0.3, 0.3, order[0]), rng.uniform(-0.2, 0.2, order[1])
    a[0] = 1.0
    x = rng.standard_normal((2, 200))
    expected = scipy.signal.lfilter(b, a, x)
    np.testing.assert_allclose(
        _array.lfilter(b, a, xp.asarray(x)), expected, atol=1e-12
    )


def test_frames_at_copies_from_each_start(xp):
    x = np.random.default_rng(2).standard_normal((2, 50))
    starts = np.array([3, 0, 40, 7])
    frames = _array.frames_at(xp.asarray(x), starts, 10)
    assert frames.shape == (2, 4, 10)
    for m, s in enumerate(starts):
        np.testing.assert_array_equal(frames[:, m], x[:, s : s + 10])
