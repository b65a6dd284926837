"""Phase distortion: a cosine at amount 0, its waves, few aliases, both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.shaping.phase_distortion import (
    WARPS,
    WINDOWS,
    phase_distortion,
    resonance,
)

RATE = 44100
SHAPES = pytest.mark.parametrize("shape", WARPS)
F0 = np.full(441, 100.0)  # one period
P = np.arange(441) / 441


@SHAPES
def test_no_distortion_is_a_cosine(xp, shape):
    y = phase_distortion(xp.asarray(F0), RATE, shape=shape, amount=0.0)
    turns = 2 if shape == "double sine" else 1
    np.testing.assert_allclose(y, np.cos(2 * np.pi * turns * P), atol=1e-4)


def test_the_saw_reads_each_half_of_the_cosine_at_its_speed():
    y = phase_distortion(F0, RATE, shape="saw", amount=0.8)
    corner = 0.5 * (1 - 0.97 * 0.8)
    read = np.where(
        P < corner, 0.5 * P / corner, 0.5 + 0.5 * (P - corner) / (1 - corner)
    )
    np.testing.assert_allclose(y, np.cos(2 * np.pi * read), atol=2e-3)


def test_waves_are_what_they_are_called():
    square = phase_distortion(F0, RATE, shape="square", amount=1.0)
    assert np.median(abs(square)) > 0.99 and abs(square.mean()) < 0.05
    pulse = phase_distortion(F0, RATE, shape="pulse", amount=0.9)
    assert np.mean(pulse > 0.99) > 0.85 and pulse.min() < -0.9


@SHAPES
def test_aliases_are_few(shape):
    f0 = np.full(2 * RATE, 445.0)  # 445 does not divide the rate: aliases lie apart
    y = phase_distortion(f0, RATE, shape=shape, amount=0.8)[RATE // 2 :][:RATE]
    power = abs(np.fft.rfft(y)) ** 2
    audible = np.arange(power.size) < 16000
    alias = np.arange(power.size) % 445 != 0
    assert power[alias & audible].sum() < 1e-9 * power.sum()


@pytest.mark.parametrize("window", WINDOWS)
def test_resonance_peaks_where_it_is_asked_to(xp, window):
    f0 = np.full(RATE // 2, 100.0)
    y = np.asarray(resonance(xp.asarray(f0), RATE, frequency=1510.0, window=window))
    spectrum = abs(np.fft.rfft(y))
    assert abs(y.mean()) < 0.02
    assert abs(spectrum[500:].argmax() * 2 + 1000 - 1500) <= 1
    assert np.isclose(y[441:882], y[882:1323], atol=1e-6).all()  # pitch stays


def test_curves_both_libraries_and_dtype():
    f0 = np.stack([np.linspace(100, 300, 300), np.linspace(500, 50, 300)])
    amount = np.linspace(0, 1, 300)
    for f in (
        lambda f0, a: phase_distortion(f0, RATE, shape="square", amount=a),
        lambda f0, a: resonance(f0, RATE, frequency=500 + 3000 * a),
    ):
        ours = jax.jit(f)(jnp.asarray(f0), jnp.asarray(amount))
        np.testing.assert_allclose(ours, f(f0, amount), atol=1e-9)
        assert f(f0.astype(np.float32), amount).dtype == np.float32


def test_gradient_by_amount():
    f0 = jnp.full(100, 441.0)
    target = phase_distortion(f0, RATE, amount=0.6)

    @jax.jit
    def loss(amount):
        return ((phase_distortion(f0, RATE, amount=amount) - target) ** 2).sum()

    slope = jax.jit(jax.grad(loss))(0.5)
    np.testing.assert_allclose(
        slope, (loss(0.5 + 1e-5) - loss(0.5 - 1e-5)) / 2e-5, rtol=1e-3
    )


def test_errors():
    with pytest.raises(ValueError, match="shape must be one of 'saw'"):
        phase_distortion(F0, RATE, shape="sine")
    with pytest.raises(ValueError, match="window must be one of 'saw'"):
        resonance(F0, RATE, frequency=500.0, window="hann")
