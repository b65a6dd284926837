"""The flanger: its loop, its notches, and what happens at zero."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.effects.flanger import PRESETS, flanger

RATE, N = 8000, 600
X = np.random.default_rng(0).standard_normal((2, N))
STILL = {"frequency": 0.001, "depth": 0.0, "feedback": 0.0}  # a delay that stands


@pytest.mark.parametrize("feedback", [0.6, -0.6])
def test_flanger_equals_the_loop(feedback):
    options = {"frequency": 5.0, "delay": 0.001, "depth": 0.002}
    y = flanger(X[0], RATE, feedback=feedback, mix=0.5, **options)
    n = np.arange(N)
    d = 8.0 + 16.0 * (0.5 - 0.5 * np.cos(2 * np.pi * 5.0 * n / RATE))
    w, s = np.zeros(N), np.zeros(N)
    for i in range(N):
        whole, u = int(d[i]), d[i] % 1.0
        cubic = [
            -u * (u - 1) * (u - 2) / 6,
            (u + 1) * (u - 1) * (u - 2) / 2,
            -(u + 1) * u * (u - 2) / 2,
            (u + 1) * u * (u - 1) / 6,
        ]
        places = [i - whole + 1 - k for k in range(4)]
        s[i] = sum(c * w[p] for c, p in zip(cubic, places, strict=True) if p >= 0)
        w[i] = X[0, i] + feedback * s[i]
    np.testing.assert_allclose(y, 0.5 * X[0] + 0.5 * s, atol=1e-9)


def test_notches_are_at_odd_halves_of_the_delay():
    click = np.eye(1, 4000)[0]
    y = flanger(click, RATE, delay=0.002, mix=0.5, **STILL)
    H = abs(np.fft.rfft(y))  # 2 Hz a bin; notches at 250, 750, 1250 ... Hz
    np.testing.assert_allclose(H[125::250], 0.0, atol=1e-6)
    np.testing.assert_allclose(H[::250], 1.0, atol=1e-6)


@pytest.mark.parametrize("feedback, place", [(0.7, 0), (-0.7, 125)])
def test_feedback_of_either_sign_moves_the_peaks(feedback, place):
    click = np.eye(1, 4000)[0]
    options = {**STILL, "feedback": feedback}
    H = abs(np.fft.rfft(flanger(click, RATE, delay=0.002, mix=1.0, **options)))
    np.testing.assert_allclose(H[place::250], 1 / (1 - 0.7), rtol=1e-4)


def test_through_zero_the_two_tapes_meet():
    x = np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)
    options = {"frequency": 0.5, "delay": 0.0005, "depth": 0.004, "feedback": 0.0}
    y = flanger(x, RATE, through_zero=True, mix=0.5, **options)
    meets = RATE // 2  # a quarter of the cycle: the middle of the sweep
    around = slice(meets - 5, meets + 5)
    np.testing.assert_allclose(y[around], x[around], atol=0.03)
    back = flanger(x, RATE, through_zero=True, mix=0.0, **options)
    np.testing.assert_array_equal(back, x)


def test_channels_and_mix():
    y = flanger(np.stack([X[0], X[0]]), RATE, spread=0.0)
    np.testing.assert_allclose(y[0], y[1], atol=1e-12)
    np.testing.assert_allclose(y[0], flanger(X[0], RATE), atol=1e-12)
    np.testing.assert_array_equal(flanger(X, RATE, mix=0.0), X)


def test_jax_makes_the_same_of_it():
    y = jax.jit(lambda x: flanger(x, RATE))(jnp.asarray(X))
    np.testing.assert_allclose(y, flanger(X, RATE), atol=1e-9)
    assert flanger(X.astype(np.float32), RATE).dtype == np.float32


@pytest.mark.parametrize("name", PRESETS)
def test_presets_stay_bounded(name):
    y = flanger(np.sign(np.sin(np.arange(4000) / 20)), RATE, **PRESETS[name])
    assert 0.1 < np.abs(y).max() < 6.0


def test_gradient():
    def energy(feedback, mix):
        y = flanger(jnp.asarray(X[0, :200]), RATE, feedback=feedback, mix=mix)
        return (y**2).sum()

    jax.test_util.check_grads(jax.jit(energy), (0.5, 0.4), 1, ["rev"], eps=1e-5)


def test_errors():
    with pytest.raises(ValueError, match=r"feedback must be in \(-1, 1\)"):
        flanger(X, RATE, feedback=1.0)
    with pytest.raises(ValueError, match="delay must be a number"):
        flanger(X, RATE, delay=-0.001)
