"""Reading recordings at any pace: in tune, and without wrong notes."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
from test_oscillators import wrong_notes_db

from dsplab.sources.oscillators import oscillator
from dsplab.sources.transposition import varispeed

RATE = 44100


@pytest.mark.parametrize("f0", [221, 330, 661, 1245, 150])
def test_a_saw_of_220_hz_transposed_has_no_wrong_notes(f0):
    n = int(1.1 * f0 / 220 * RATE) + 10000
    options = {"shape": "saw", "antialiasing": "additive"}
    fade = np.minimum(1.0, np.minimum(np.arange(n), n - 1 - np.arange(n)) / 2000)
    x = fade * oscillator(np.full(n, 220.5), RATE, **options)
    y = varispeed(x, np.full(RATE + 1000, f0 / 220.5), start=5000.3)[500 : 500 + RATE]
    assert wrong_notes_db(y, f0) < -98
    k = np.arange(1, min(16000 // f0, 95) + 1)
    found = np.abs(np.fft.rfft(y))[k * f0] / RATE
    assert np.abs(20 * np.log10(found * np.pi * k)).max() < 0.01


def test_the_tape_may_slow_down_stop_and_turn():
    x = np.exp(-0.5 * ((np.arange(400) - 200.0) / 20.0) ** 2)
    ratio = np.concatenate([np.linspace(1.0, -1.0, 600), np.zeros(50)])
    place = 60.3 + np.concatenate([[0.0], np.cumsum(ratio[:-1])])
    expected = np.exp(-0.5 * ((place - 200.0) / 20.0) ** 2)
    np.testing.assert_allclose(varispeed(x, ratio, start=60.3), expected, atol=5e-5)


def test_libraries_channels_and_dtype():
    x = np.random.default_rng(0).standard_normal((2, 300))
    ratio = np.linspace(0.5, 1.7, 200)

    def play(x, ratio):
        return varispeed(x, ratio, start=11.7, highest=1.7)

    y = play(x, ratio)
    assert y.shape == (2, 200)
    np.testing.assert_allclose(jax.jit(play)(x, ratio), y, atol=1e-9)
    single = play(x.astype(np.float32), ratio.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, y, atol=1e-4)


def test_float32_stays_in_place_for_a_minute():
    n = 60 * RATE
    x = np.sin(2 * np.pi * 0.01 * np.arange(n // 2 + 100)).astype(np.float32)
    y = varispeed(x, np.full(n, 0.5, np.float32))[-20000:-3000]
    expected = np.sin(2 * np.pi * 0.005 * np.arange(n))[-20000:-3000]
    np.testing.assert_allclose(y, expected, atol=2e-5)


def test_gradient_with_respect_to_the_pace():
    x = np.random.default_rng(1).standard_normal(100)

    def level(ratio):
        y = varispeed(jnp.asarray(x), jnp.full(40, ratio), start=20.2, highest=1.5)
        return (y * jnp.arange(40.0)).sum()

    jax.test_util.check_grads(jax.jit(level), (1.1234,), 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="highest must be a number, finite and pos"):
        varispeed(np.ones(99), np.ones(9), highest=0.0)
    with pytest.raises(ValueError, match="start must be a number or broadcast to"):
        varispeed(np.ones(99), np.ones(9), start=np.ones(3))
