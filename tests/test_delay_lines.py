"""Recursions through long delays: each equals its loop, in both libraries."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab import _array

N = 60
X = np.random.default_rng(0).standard_normal((2, N))


def test_spaced_lfilter_is_a_filter_in_powers_of_the_delay(xp):
    b, a, spacing = [-0.5, 1.0], [1.0, -0.5], 7
    y = np.zeros((2, N))
    for n in range(N):
        before = (X[:, n - spacing], y[:, n - spacing]) if n >= spacing else (0.0, 0.0)
        y[:, n] = b[0] * X[:, n] + b[1] * before[0] - a[1] * before[1]
    got = _array.spaced_lfilter(b, a, xp.asarray(X), spacing=spacing)
    np.testing.assert_allclose(got, y, atol=1e-12)


def test_lines_that_feed_one_another_equal_the_loop(xp):
    lengths, matrix = (5, 8), np.array([[0.3, -0.5], [0.4, 0.2]])
    w, ends = np.zeros((2, N)), np.zeros((2, N))
    for n in range(N):
        for i, length in enumerate(lengths):
            ends[i, n] = w[i, n - length] if n >= length else 0.0
        w[:, n] = X[:, n] + matrix @ ends[:, n]

    def step(count, past, x):
        s = _array.line_ends(past, lengths, 5)
        return count + 1, x + xp.asarray(matrix) @ s, s

    options = {"block": 5, "memory": 8, "shape": (2,)}
    got = _array.in_loop(step, 0, xp.asarray(X), **options)
    np.testing.assert_allclose(got, ends, atol=1e-12)


@pytest.mark.parametrize("columns", [1, 2])
def test_lfilter_rows_goes_on_where_it_stopped(xp, columns):
    b = np.array([[0.5, 0.2], [0.1, 0.3], [0.2, 0.0]])[:, :columns]
    a = np.array([[1.0, 1.0], [-0.4, 0.5], [0.1, 0.2]])[:, :columns]
    state, parts = xp.zeros((2, 2)), []
    for part in np.split(X, 3, axis=-1):
        y, state = _array.lfilter_rows(
            xp.asarray(b), xp.asarray(a), xp.asarray(part), state
        )
        parts.append(y)
    for i in range(2):
        wanted = _array.lfilter(b[:, i % columns], a[:, i % columns], X[i])
        np.testing.assert_allclose(np.concatenate(parts, -1)[i], wanted, atol=1e-12)


def test_gradient_through_a_loop():
    def energy(gain):
        def step(state, past, x):
            s = _array.line_ends(past, (6,), 6)
            return state, x + gain * s, s

        options = {"block": 6, "memory": 6, "shape": (1,)}
        return (_array.in_loop(step, (), jnp.asarray(X[:1]), **options) ** 2).sum()

    jax.test_util.check_grads(jax.jit(energy), (jnp.asarray(0.6),), 1, ["rev"])


@pytest.mark.parametrize("length", [1, 2, 5, 8, 13])
def test_moving_max_is_the_greatest_of_each_window(xp, length):
    windows = np.lib.stride_tricks.sliding_window_view(X, length, axis=-1)
    got = _array.moving_max(xp.asarray(X), length)
    np.testing.assert_array_equal(got, windows.max(axis=-1))
