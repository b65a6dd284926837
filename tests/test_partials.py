"""Sums of partials equal the sums they stand for, whichever way they are computed."""

import functools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.partials import sum_partials

RATE, N, HOP, K = 8000, 1500, 128, 6
FRAMES = np.arange(13) * HOP
LEVELS = (
    np.random.default_rng(3).uniform(0.1, 1.0, (K, 13)) / np.arange(1, K + 1)[:, None]
)
GLIDE = 300.0 * 2 ** (np.sin(np.arange(N) / 100) / 6)
STEADY = np.full(N, 313.0)
STARTS = np.random.default_rng(4).uniform(0, 1, K)
RATIOS = np.array([0.56, 1.0, 2.003, 2.74, 4.07, 5.0])


def textbook(f0, ratios, starts=(0.0,) * K):
    p = np.concatenate([[0.0], np.cumsum(f0[:-1])]) / RATE
    levels = [np.interp(np.arange(N), FRAMES, row) for row in LEVELS]
    return sum(
        a * np.sin(2 * np.pi * (r * p + s))
        for a, r, s in zip(levels, ratios, starts, strict=True)
    )


def run(xp, f0, **options):
    f = functools.partial(sum_partials, sample_rate=RATE, hop_length=HOP, **options)
    arrays = xp.asarray(f0), xp.asarray(LEVELS)
    return jax.jit(f)(*arrays) if xp is jnp else f(*arrays)


def test_harmonics_along_a_curve(xp):
    y = run(xp, GLIDE, starts=STARTS)
    expected = textbook(GLIDE, np.arange(1, K + 1), STARTS)
    # the polynomial between the points of the cycle
    np.testing.assert_allclose(y, expected, atol=2e-5 * abs(expected).max())


def test_many_harmonics_are_exact_to_a_hundred_db():
    n = 40
    y = sum_partials(np.full(N, 50.0), 1 / np.arange(1.0, n + 1)[:, None], RATE)
    p = 50 * np.arange(N) / RATE
    expected = sum(np.sin(2 * np.pi * k * p) / k for k in range(1, n + 1))
    assert 20 * np.log10(abs(y - expected).max() / abs(expected).max()) < -100


@pytest.mark.parametrize("f0", [GLIDE, STEADY], ids=["glide", "steady"])
def test_any_ratios(xp, f0):
    y = run(xp, f0, ratios=RATIOS, starts=STARTS)
    np.testing.assert_allclose(y, textbook(f0, RATIOS, STARTS), atol=1e-9)


def test_libraries_agree():
    a, b = (run(xp, GLIDE, starts=STARTS) for xp in (np, jnp))
    np.testing.assert_allclose(a, b, atol=1e-9)


def test_nothing_sounds_above_half_the_sample_rate():
    f0 = np.linspace(500, 1500, N)
    for ratios in (None, np.arange(1.0, K + 1)):
        y = run(np, f0, ratios=ratios)
        p = np.concatenate([[0.0], np.cumsum(f0[:-1])]) / RATE
        only = LEVELS * (np.arange(1, K + 1)[:, None] < 3)  # 2 * 1500 < 4000
        late = np.arange(N) >= N - HOP
        expected = sum(
            np.interp(np.arange(N), FRAMES, only[k]) * np.sin(2 * np.pi * (k + 1) * p)
            for k in range(K)
        )
        np.testing.assert_allclose(y[late], expected[late], atol=1e-4)


def test_batches_are_their_rows(xp):
    f0 = np.stack([GLIDE, STEADY])
    for ratios in (None, RATIOS):
        both = run(xp, f0, ratios=ratios)
        for row, one in zip(both, f0, strict=True):
            np.testing.assert_allclose(row, run(np, one, ratios=ratios), atol=1e-9)


def test_one_frame_holds_and_dtype_is_kept(xp):
    f0 = xp.asarray(GLIDE, dtype=xp.float32)
    for ratios in (None, RATIOS):
        f = functools.partial(sum_partials, sample_rate=RATE, ratios=ratios)
        y = (jax.jit(f) if xp is jnp else f)(f0, xp.ones((K, 1)))
        assert y.dtype == np.float32 and type(y) is type(f0)
        p = np.concatenate([[0.0], np.cumsum(GLIDE[:-1])]) / RATE
        r = np.arange(1, K + 1) if ratios is None else ratios
        expected = sum(np.sin(2 * np.pi * ratio * p) for ratio in r)
        np.testing.assert_allclose(y, expected, atol=3e-4)


@pytest.mark.parametrize("ratios", [None, RATIOS], ids=["harmonic", "free"])
def test_gradients(ratios):
    def energy(levels, bend):
        y = sum_partials(
            jnp.asarray(GLIDE) + bend, levels, RATE, ratios=ratios, hop_length=HOP
        )
        return (y[:1400:7] * y[3:1400:7]).sum() / 10

    where = jnp.asarray(LEVELS), jnp.asarray(1.01)
    jax.test_util.check_grads(jax.jit(energy), where, 1, ["rev"], rtol=1e-3)


def test_errors():
    with pytest.raises(ValueError, match="amplitudes must have shape"):
        sum_partials(STEADY, [1.0], RATE)
    with pytest.raises(ValueError, match="ratios must have one for each of 2"):
        sum_partials(STEADY, [[1.0], [1.0]], RATE, ratios=[1.0])
    with pytest.raises(ValueError, match=r"ratios must have shape \(2,\)"):
        sum_partials(STEADY, [[1.0], [1.0]], RATE, ratios=[[1.0, 2.0]])
