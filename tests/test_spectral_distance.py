"""Spectral distances: published results, laws, both libraries, gradients."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neural.evaluation.spectral_distance import (
    multi_resolution_distance,
    multi_scale_distance,
)

R = np.random.RandomState
N = 6000
T = np.arange(N)
X = np.sin(2 * np.pi * 0.03 * T) * np.exp(-T / 3000) + R(0).randn(N) * 0.01
Y = 0.7 * np.sin(2 * np.pi * 0.031 * T) * np.exp(-T / 2000) + R(1).randn(N) * 0.02
BOTH = pytest.mark.parametrize(
    "distance", [multi_scale_distance, multi_resolution_distance]
)
SMALL = {
    multi_scale_distance: {"n_ffts": (64, 32)},
    multi_resolution_distance: {"resolutions": ((64, 12, 48),)},
}


def test_published_results(xp, compiled):
    # TensorFlow 2.21 with DDSP's sizes; auraloss 0.4.0 in float64
    x, y = xp.asarray(X), xp.asarray(Y)
    found = compiled(multi_scale_distance)(x, y)
    assert float(found) == pytest.approx(2.4183967844156276 + 5.599722691920552, 1e-9)
    found = compiled(multi_resolution_distance)(x, y)
    assert float(found) == pytest.approx(1.528555819909655, 1e-9)


def test_linear_part_alone():
    found = multi_scale_distance(X, Y, log_weight=0.0)
    assert float(found) == pytest.approx(2.4183967844156276, 1e-9)


def test_definition():
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(8) / 8)
    x, y = X[:19], Y[:19]

    def magnitudes(z):
        z = np.concatenate([z, np.zeros(8)])
        return [abs(np.fft.rfft(z[2 * m : 2 * m + 8] * window)) for m in range(10)]

    a, b = np.array(magnitudes(x)), np.array(magnitudes(y))
    logs = np.log(np.maximum(a, 1e-5)) - np.log(np.maximum(b, 1e-5))
    expected = abs(a - b).mean() + 0.5 * abs(logs).mean()
    found = multi_scale_distance(x, y, n_ffts=(8,), log_weight=0.5)
    assert float(found) == pytest.approx(expected, rel=1e-12)


@BOTH
def test_laws(distance):
    x, y = X[:600], Y[:600]
    options = SMALL[distance]
    assert float(distance(x, x, **options)) == 0.0
    assert float(distance(x, -x, **options)) == 0.0  # phase is not heard
    near, far = (float(distance(x, x + a * y, **options)) for a in (0.1, 1.0))
    assert 0.0 < near < far
    batch = distance(np.stack([x, y]), np.stack([y, x]), **options)
    assert batch.shape == (2,)
    assert float(batch[0]) == pytest.approx(float(distance(x, y, **options)))


@BOTH
def test_dtype_is_kept_and_silence_is_finite(distance, xp, compiled):
    x = xp.asarray(X[:100], dtype=xp.float32)
    function = compiled(lambda x, y: distance(x, y, **SMALL[distance]))
    found = function(x, xp.zeros_like(x))
    assert found.dtype == xp.float32 and np.isfinite(float(found))
    assert float(function(0 * x, 0 * x)) == 0.0


@BOTH
def test_gradient(distance):
    x, y, v = X[:100], Y[:100], R(2).randn(100)
    gradient = jax.jit(
        jax.grad(lambda y: distance(jnp.asarray(x), y, **SMALL[distance]))
    )
    step = 1e-7
    ends = (distance(x, y + sign * step * v, **SMALL[distance]) for sign in (1, -1))
    slope = (next(ends) - next(ends)) / (2 * step)
    assert float(gradient(y) @ v) == pytest.approx(float(slope), rel=1e-4)
    assert np.isfinite(gradient(x)).all()  # at the minimum
    assert np.isfinite(gradient(0 * y)).all()  # of silence


@BOTH
def test_errors(distance):
    with pytest.raises(ValueError, match="y must have the shape of x"):
        distance(X, Y[:-1])
    with pytest.raises(ValueError, match="x contains NaN"):
        distance(X * np.nan, Y)
