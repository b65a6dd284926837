"""Moving delays: pitch by the formula, voices, channels that differ."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.effects.chorus import PRESETS, chorus, detuning_cents, tape, vibrato
from dsplab.sources.interpolation import fractional_delay

RATE, N = 8000, 4000
X = np.random.default_rng(0).standard_normal((2, N))
T = np.arange(2 * RATE) / RATE
TONE = np.exp(2j * np.pi * 500 * T)


def cents_of(effect):
    """How far each sample of a 500 Hz tone is out of tune, by its angle."""
    y = effect(TONE.real.copy()) + 1j * effect(TONE.imag.copy())
    y = y[2000:-2000]
    return 1200 * np.log2(np.diff(np.unwrap(np.angle(y))) * RATE / (2 * np.pi * 500))


def test_chorus_equals_its_definition():
    options = {"n_voices": 2, "frequency": 3.0, "depth": 0.002, "delay": 0.005}
    y = chorus(X, RATE, mix=0.4, **options)
    t = np.arange(N) / RATE
    for c in range(2):
        wet = 0.0
        for v in range(2):
            wave = np.sin(2 * np.pi * (3.0 * t + v / 2 + c / 4))
            samples = RATE * (0.005 + 0.002 * wave)
            wet = wet + fractional_delay(X[c], samples, method="lagrange")
        wanted = 0.6 * X[c] + 0.4 * wet / np.sqrt(2)
        np.testing.assert_allclose(y[c], wanted, atol=1e-9)


def test_chorus_detunes_as_far_as_the_formula_says():
    options = {"n_voices": 1, "frequency": 2.0, "depth": 0.002, "mix": 1.0}
    cents = cents_of(lambda x: chorus(x, RATE, **options))
    assert abs(cents.max() - float(detuning_cents(0.002, 2.0))) < 0.05


@pytest.mark.parametrize("wanted", [10.0, 50.0])
def test_vibrato_goes_as_far_as_asked(wanted):
    cents = cents_of(lambda x: vibrato(x, RATE, frequency=5.0, cents=wanted))
    assert abs(cents.max() - wanted) < 0.05


def test_tape_deviates_as_much_as_asked():
    cents = cents_of(lambda x: tape(x, RATE, wow=0.002, flutter=0.001))
    speed = 2 ** (cents / 1200) - 1
    assert 0.002 < np.abs(speed).max() < 0.0031


def test_channels_move_apart_or_together():
    same = np.stack([X[0], X[0]])
    wide, narrow = chorus(same, RATE), chorus(same, RATE, spread=0.0)
    np.testing.assert_allclose(narrow[0], narrow[1], atol=1e-12)
    assert np.abs(wide[0] - wide[1]).max() > 0.1
    np.testing.assert_allclose(wide[0], chorus(X[0], RATE), atol=1e-12)


def test_no_mix_gives_back_the_input():
    np.testing.assert_array_equal(chorus(X, RATE, mix=0.0), X)
    np.testing.assert_allclose(vibrato(X, RATE, cents=0.0), X, atol=1e-5)


@pytest.mark.parametrize("effect", [chorus, vibrato, tape])
def test_jax_makes_the_same_of_it(effect):
    y = jax.jit(lambda x: effect(x, RATE))(jnp.asarray(X))
    np.testing.assert_allclose(y, effect(X, RATE), atol=1e-9)
    assert effect(X.astype(np.float32), RATE).dtype == np.float32


@pytest.mark.parametrize("name", PRESETS)
def test_presets_move(name):
    y = chorus(TONE.real, RATE, **PRESETS[name])
    level = np.abs(y[RATE // 2 :].reshape(-1, 80)).max(axis=-1)
    assert level.max() < 1.7 and level.max() - level.min() > 0.1


def test_gradient():
    smooth = jnp.asarray(np.sin(np.arange(300) / 9))

    def energy(depth, delay):
        return (chorus(smooth, RATE, depth=depth, delay=delay) ** 2).sum()

    jax.test_util.check_grads(jax.jit(energy), (0.002, 0.0051), 1, ["rev"], eps=1e-7)


def test_errors():
    with pytest.raises(ValueError, match="depth must be at most delay"):
        chorus(X, RATE, depth=0.02, delay=0.01)
    with pytest.raises(ValueError, match="n_voices must be an integer"):
        chorus(X, RATE, n_voices=0)
    with pytest.raises(ValueError, match="frequency must be positive"):
        vibrato(X, RATE, frequency=0.0)
