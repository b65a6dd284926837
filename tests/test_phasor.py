"""Phase: the integral of frequency, and the places where it wraps."""

import jax
import jax.numpy as jnp
import numpy as np

from dsplab.sources.phasor import phase, phase_step, wraps

RATE = 8000


def test_phase_integrates_the_curve(xp):
    f = np.linspace(100, 900, 4000)
    p = phase(xp.asarray(f), RATE, start=0.25)
    expected = 0.25 + np.concatenate([[0.0], np.cumsum(f[:-1])]) / RATE
    np.testing.assert_allclose(
        np.exp(2j * np.pi * np.asarray(p)), np.exp(2j * np.pi * expected), atol=1e-9
    )


def test_a_float32_glide_stays_with_its_float64_self():
    f = np.geomspace(50.0, 5000.0, 20 * 44100)
    p = np.asarray(jax.jit(lambda f: phase(f, 44100))(jnp.asarray(f, jnp.float32)))
    exact = phase(np.asarray(f, np.float32).astype(float), 44100)
    error = (p - exact + 0.5) % 1.0 - 0.5
    assert p.dtype == np.float32 and np.abs(error).max() < 2e-6


def test_phase_stays_below_one(xp):
    p = phase(xp.full(3, -1e-18), RATE)
    assert float(p.max()) < 1.0


def test_wraps_tell_when(xp):
    f = np.concatenate([np.full(300, 333.3), np.full(300, -777.7)])
    p, step = phase(xp.asarray(f), RATE, start=0.4), phase_step(xp.asarray(f), RATE)
    direction, delay = (np.asarray(a) for a in wraps(p, step))
    turns = 0.4 + np.concatenate([[0.0], np.cumsum(f[:-1])]) / RATE
    expected = np.diff(np.floor(turns), prepend=0.0)
    np.testing.assert_array_equal(direction, expected)
    passed = np.flatnonzero(expected)
    at = turns[passed] - delay[passed] * np.asarray(step)[passed]
    np.testing.assert_allclose(at, np.round(at), atol=1e-9)
    assert (delay[expected == 0] == 0).all()
