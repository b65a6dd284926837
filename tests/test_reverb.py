"""Rooms of combs and allpasses: the textbook loops, flat allpasses, decay times."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.effects.reverb import (
    FREEVERB_COMBS,
    PRESETS,
    TUNED_AT,
    allpass,
    comb,
    freeverb,
    schroeder,
)

RATE, N = 4000, 2000
X = np.random.default_rng(0).standard_normal((2, N))
CLICK = np.eye(1, N)[0]


def decay_of(y, rate, *, lowest=-35.0):
    """T60 by the slope of the energy that is still to come, -5 dB to `lowest`."""
    energy = np.cumsum(np.asarray(y)[::-1] ** 2)[::-1]
    db = 10 * np.log10(energy / energy[0])
    first, last = np.argmax(db < -5.0), np.argmax(db < lowest)
    slope = np.polyfit(np.arange(first, last) / rate, db[first:last], 1)[0]
    return -60.0 / slope


def test_comb_and_allpass_equal_their_loops(xp):
    length, gain = 7, 0.6
    c, a = np.zeros(100), np.zeros(100)
    for n in range(100):
        past = n - length
        x_past, c_past, a_past = ((v[past] if past >= 0 else 0.0) for v in (X[0], c, a))
        c[n] = X[0, n] + gain * c_past
        a[n] = -gain * X[0, n] + x_past + gain * a_past
    x = xp.asarray(X[0, :100])
    np.testing.assert_allclose(comb(x, length, gain), c, atol=1e-12)
    np.testing.assert_allclose(allpass(x, length, gain), a, atol=1e-12)


def test_an_allpass_is_flat_and_a_comb_is_a_comb():
    flat = abs(np.fft.rfft(allpass(CLICK, 31, 0.7)))
    np.testing.assert_allclose(flat, 1.0, atol=1e-9)
    teeth = abs(np.fft.rfft(comb(CLICK, 20, 0.5)))
    np.testing.assert_allclose(teeth[:: N // 20], 2.0, atol=1e-9)
    np.testing.assert_allclose(teeth[N // 40 :: N // 20], 1 / 1.5, atol=1e-9)


def test_schroeder_decays_in_the_time_asked_for():
    y = schroeder(CLICK, RATE, decay=0.8, mix=1.0, tail=0.6)
    assert abs(decay_of(y, RATE) - 0.8) < 0.03
    late = schroeder(CLICK, RATE, decay=0.8, mix=1.0, pre_delay=0.1)
    assert late.shape == (N + round(0.9 * RATE),)
    np.testing.assert_allclose(late[400:2000], y[:1600], atol=1e-12)


def freeverb_loop(x, rate, feedback, damping):
    """One channel, as the original goes: a buffer and an index for each line."""
    scale = rate / TUNED_AT
    wet = np.zeros(x.size)
    for length in FREEVERB_COMBS:
        buffer, at, store = np.zeros(round(length * scale)), 0, 0.0
        for n in range(x.size):
            out = buffer[at]
            store = out * (1 - damping) + store * damping
            buffer[at] = 2 * 0.015 * x[n] + store * feedback
            at = (at + 1) % buffer.size
            wet[n] += out
    for length in (556, 441, 341, 225):
        buffer, at = np.zeros(round(length * scale)), 0
        for n in range(x.size):
            held = buffer[at]
            buffer[at] = wet[n] + held * 0.5
            wet[n] = held - wet[n]
            at = (at + 1) % buffer.size
    return 3 * wet


def test_freeverb_equals_the_original_program():
    options = {"room_size": 0.5, "damping": 0.5, "mix": 1.0, "tail": 0.0}
    y = freeverb(X[0], RATE, **options)
    np.testing.assert_allclose(y, freeverb_loop(X[0], RATE, 0.84, 0.2), atol=1e-12)


def test_freeverb_is_wide_or_not():
    options = {"mix": 1.0, "tail": 0.0}
    wide = freeverb(X, RATE, **options)
    narrow = freeverb(X, RATE, width=0.0, **options)
    assert np.corrcoef(wide[:, 600:])[0, 1] < 0.5
    np.testing.assert_allclose(narrow[0], narrow[1], atol=1e-12)
    np.testing.assert_allclose(narrow[0], wide.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_ring_and_die_away(name):
    options = {**PRESETS[name], "mix": 1.0, "pre_delay": 0.0}
    y = freeverb(CLICK, RATE, **options)
    energy = np.cumsum(y[::-1] ** 2)[::-1]
    assert energy[-1] < 1e-5 * energy[0]
    assert decay_of(y, RATE) > {"room": 0.3, "cathedral": 2.0}.get(name, 0.6)


@pytest.mark.parametrize("effect", [schroeder, freeverb])
def test_no_mix_gives_back_the_input(effect):
    y = effect(X, RATE, mix=0.0, tail=0.01)
    np.testing.assert_array_equal(y[:, :N], X)
    np.testing.assert_array_equal(y[:, N:], 0.0)


@pytest.mark.parametrize("effect", [schroeder, freeverb])
def test_jax_makes_the_same_of_it(effect):
    x = X[0, :300]
    y = jax.jit(lambda x: effect(x, RATE, tail=0.0))(jnp.asarray(x))
    np.testing.assert_allclose(y, effect(x, RATE, tail=0.0), atol=1e-9)
    assert effect(x.astype(np.float32), RATE, tail=0.0).dtype == np.float32


def test_gradient():
    def energy(size, damping):
        options = {"room_size": size, "damping": damping, "tail": 0.0}
        return (freeverb(jnp.asarray(X[0, :300]), RATE, **options) ** 2).sum()

    jax.test_util.check_grads(jax.jit(energy), (0.5, 0.4), 1, ["rev"], eps=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="pre_delay must be a number"):
        freeverb(X, RATE, pre_delay=-1.0)
    with pytest.raises(ValueError, match="length must be an integer at least 1"):
        comb(X, 0, 0.5)
    with pytest.raises(ValueError, match="tail must be given in seconds"):
        jax.jit(lambda d: schroeder(jnp.asarray(X), RATE, decay=d))(1.0)
