"""A network of lines: its loop, its energy, its decay in every band."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal
from test_reverb import decay_of

from dsplab.effects.feedback_delay_network import (
    MATRICES,
    PRESETS,
    absorption,
    decay_times,
    feedback_delay_network,
    line_lengths,
    mixing_matrix,
)

RATE, N = 2000, 600
X = np.random.default_rng(0).standard_normal((2, N))
OPTIONS = {"decay": 0.7, "size": 0.5, "mix": 1.0, "n_lines": 4, "tail": 0.0}


def loop(x, decay, decay_high):
    """Sample by sample, two channels, four lines."""
    lengths = line_lengths(RATE, size=0.5, n_lines=4)
    b, a = absorption(lengths, (None, decay, decay_high), RATE, high=400.0)
    turn, signs = mixing_matrix(4), mixing_matrix(4, matrix="hadamard")
    w, s, y = np.zeros((4, N)), np.zeros((4, N)), np.zeros((2, N))
    for n in range(N):
        for i, length in enumerate(lengths):
            end = w[i, n - length] if n >= length else 0.0
            before = w[i, n - length - 1] if n > length else 0.0
            s[i, n] = b[0, i] * end
            if len(b) > 1:
                s[i, n] += b[1, i] * before - a[1, i] * (s[i, n - 1] if n else 0.0)
        w[:, n] = signs[:2].T @ x[:, n] + turn @ s[:, n]
        y[:, n] = signs[2:] @ s[:, n]
    g = 10 ** (-3 * np.mean(lengths) / (decay * RATE))
    return np.sqrt(4 * (1 / g**2 - 1) / 2) * y


@pytest.mark.parametrize("high", [None, 0.3])
def test_network_equals_the_loop(high):
    y = feedback_delay_network(X, RATE, decay_high=high, high=400.0, **OPTIONS)
    np.testing.assert_allclose(y, loop(X, 0.7, high), atol=1e-12)


def test_jax_makes_the_same_of_it():
    options = {**OPTIONS, "decay_high": 0.3, "decay_low": 0.9, "low": 100.0}
    options["high"] = 400.0
    y = jax.jit(lambda x: feedback_delay_network(x, RATE, **options))(jnp.asarray(X))
    wanted = feedback_delay_network(X, RATE, **options)
    np.testing.assert_allclose(y, wanted, atol=1e-9)


@pytest.mark.parametrize("matrix", MATRICES)
def test_without_loss_the_energy_stays(matrix):
    a = mixing_matrix(8, matrix=matrix)
    np.testing.assert_allclose(a @ a.T, np.eye(8), atol=1e-12)
    click = np.eye(1, 8000)[0]
    y = feedback_delay_network(
        click, RATE, decay=1e12, mix=1.0, matrix=matrix, tail=0.0
    )
    power = (y[800:].reshape(8, -1) ** 2).mean(axis=1)
    np.testing.assert_allclose(power / power.mean(), 1.0, atol=0.06)


def test_decay_is_that_of_the_design_in_every_band():
    options = {"decay": 1.0, "decay_low": 1.5, "decay_high": 0.5, "n_lines": 16}
    click = np.eye(8, 24000)  # eight ears hear more than one
    y = feedback_delay_network(click, 16000, mix=1.0, tail=0.0, **options)
    for f in (125.0, 250.0, 500.0, 1000.0, 2000.0, 7000.0):
        band = (f / 1.1, f * 1.1)
        sections = scipy.signal.butter(4, band, "band", fs=16000, output="sos")
        heard = (scipy.signal.sosfilt(sections, y) ** 2).sum(axis=0) ** 0.5
        measured = decay_of(heard, 16000)
        designed = float(decay_times(f, 16000, **options))
        assert abs(measured / designed - 1.0) < 0.02, f
    assert abs(decay_times(10.0, 16000, **options) - 1.5) < 0.01
    assert abs(decay_times(7990.0, 16000, **options) - 0.5) < 0.01


def test_flat_decay_is_exact():
    click = np.eye(1, 16000)[0]
    y = feedback_delay_network(click, 8000, decay=1.2, mix=1.0, tail=0.0)
    assert abs(decay_of(y, 8000) / 1.2 - 1.0) < 0.01
    np.testing.assert_allclose(decay_times([100.0, 3000.0], 8000, decay=1.2), 1.2)


def test_noise_keeps_its_level_and_channels_are_independent():
    noise = np.random.default_rng(1).standard_normal((2, 40000))
    y = feedback_delay_network(noise, 8000, decay=0.5, mix=1.0, tail=0.0)[:, 8000:]
    assert np.abs(20 * np.log10(y.std(axis=-1))).max() < 1.0
    assert abs(np.corrcoef(y)[0, 1]) < 0.1


def test_no_mix_gives_back_the_input_and_the_tail_is_the_decay():
    y = feedback_delay_network(X, RATE, decay=0.5, mix=0.0, pre_delay=0.1)
    assert y.shape == (2, N + round(0.6 * RATE))
    np.testing.assert_array_equal(y[:, :N], X)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_ring_without_clipping(name):
    x = 0.3 * np.random.default_rng(2).standard_normal((2, 4000))
    options = {**PRESETS[name], "tail": 0.5}
    y = feedback_delay_network(x, 8000, **options)
    assert np.abs(y).max() < 1.5 and np.abs(y[:, 4400:]).max() > 0.0


def test_lengths_are_primes():
    lengths = line_lengths(44100, n_lines=16)
    assert len(set(lengths)) == 16 and lengths == sorted(lengths)
    assert all(n % k for n in lengths for k in range(2, int(n**0.5) + 1))


def test_gradient():
    def energy(decay, high):
        options = {**OPTIONS, "decay": decay, "decay_high": high, "high": 400.0}
        y = feedback_delay_network(jnp.asarray(X[0, :200]), RATE, **options)
        return (y**2).sum()

    jax.test_util.check_grads(jax.jit(energy), (0.7, 0.3), 1, ["rev"], eps=1e-4)


def test_dtype_and_errors():
    y = feedback_delay_network(X.astype(np.float32), RATE, **OPTIONS)
    assert y.dtype == np.float32
    with pytest.raises(ValueError, match="n_lines must be one of 4, 8, 16"):
        feedback_delay_network(X, RATE, n_lines=5)
    with pytest.raises(ValueError, match="decay must be positive"):
        feedback_delay_network(X, RATE, decay=-1.0)
    with pytest.raises(ValueError, match="decay_high must be a number of seconds"):
        feedback_delay_network(X, RATE, decay_high=[1.0, 2.0])
    with pytest.raises(ValueError, match="matrix must be one of"):
        mixing_matrix(8, matrix="random")
