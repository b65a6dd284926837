"""Hard sync: the pitch of one, the sweep of the other, no wrong notes of either."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
from test_oscillators import wrong_notes_db

from dsplab.sources.oscillators import oscillator
from dsplab.sources.sync import SHAPES, sync_oscillator

RATE = 44100
N = 2000


@pytest.mark.parametrize("shape", SHAPES)
def test_in_unison_it_is_the_plain_oscillator(shape):
    f = np.linspace(300.0, 900.0, N)
    y = sync_oscillator(f, f, RATE, shape=shape, start=0.3)
    # the second runs by the first's pace, and starts in the middle of its cycle
    expected = oscillator(f, RATE, shape=shape, start=0.3)
    np.testing.assert_allclose(y, expected, atol=1e-9)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("ratio", [1.5, 2.0, 2.37, 4.01, 7.3, 12.7, 0.6, -1.7])
def test_no_wrong_notes(shape, ratio):
    f = np.full(2 * RATE, 1245.0)
    y = sync_oscillator(f, ratio * f, RATE, shape=shape)[RATE:]
    assert wrong_notes_db(y, 1245) < -105


def test_it_is_the_textbook_wave_of_a_high_rate():
    f0, ratio, times = 1245.0, 2.37, 64
    t = np.arange(RATE // 4 * times) / (RATE * times)
    p = ratio * ((f0 * t) % 1.0)
    spectrum = np.fft.rfft(2 * (p % 1.0) - 1) / times  # which aliases little
    y = sync_oscillator(np.full(RATE // 4, f0), np.full(RATE // 4, f0 * ratio), RATE)
    n = RATE // 4 * 15 // 44
    error = np.fft.rfft(y * 1.0)[:n] - spectrum[:n]
    assert np.abs(error).max() < 5e-3 * np.abs(spectrum).max()


def test_libraries_agree_in_a_sweep():
    def play(f, synced):
        return [sync_oscillator(f, synced, RATE, shape=shape) for shape in SHAPES]

    f = np.linspace(500.0, 900.0, 400)
    sweep = f * np.linspace(1.0, 9.0, 400)
    for y, expected in zip(jax.jit(play)(f, sweep), play(f, sweep), strict=True):
        np.testing.assert_allclose(y, expected, atol=1e-9)
        assert np.abs(expected).max() < 2.0


def test_dtype_and_channels():
    y = sync_oscillator(np.full((2, 100), 440.0, np.float32), 700.0, RATE)
    assert y.shape == (2, 100) and y.dtype == np.float32


def test_gradient_with_respect_to_the_sweep():
    def level(ratio):
        f = jnp.full(120, 431.0)
        y = sync_oscillator(f, ratio * f, RATE, start=0.1)
        return (y * jnp.linspace(1.0, 2.0, 120)).sum()

    jax.test_util.check_grads(jax.jit(level), (1.73,), 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="shape must be one of 'saw', 'square', 'tri"):
        sync_oscillator(np.ones(9), np.ones(9), RATE, shape="sine")
    with pytest.raises(ValueError, match="synced must be a number or broadcast to"):
        sync_oscillator(np.ones(9), np.ones(4), RATE)
