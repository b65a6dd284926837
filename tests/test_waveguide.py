"""The string as two waves: equal to two rails, in tune, deaf where there is a node."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.synths import waveguide
from dsplab.synths.waveguide import waveguide_string

RATE = 44100
N = 2000  # one shape for everything that JAX compiles


def test_it_is_two_rails_that_turn_round_at_their_ends(xp):
    pieces, at, ear, n = 20, 5, 12, N
    force = np.random.default_rng(0).uniform(-1, 1, n) * (np.arange(n) < 30)
    y = waveguide_string(
        xp.asarray(force),
        xp.full(n, RATE / (2.0 * pieces)),
        RATE,
        position=at / pieces,
        pickup=ear / pieces,
        t60=0.05,
        brightness=1.0,
    )
    g = 10 ** (-3 / (0.05 * RATE / (2.0 * pieces)))
    right, left = np.zeros(pieces + 1), np.zeros(pieces + 1)
    expected = np.zeros(n)
    for i in range(n):
        right, left = np.roll(right, 1), np.roll(left, -1)
        right[at] += force[i] / 2
        left[at] += force[i] / 2
        right[0], left[-1] = -left[0], -g * right[-1]
        expected[i] = right[ear] + left[ear]
    np.testing.assert_allclose(y, expected, atol=1e-9)


@pytest.mark.parametrize("f0", [196.0, 440.0, 1760.0])
def test_in_tune(f0):
    n = 8000
    force = (np.arange(n) < 3).astype(float)
    stiff = {"inharmonicity": 1e-4, "n_allpasses": 1}
    y = waveguide_string(force, np.full(n, f0), RATE, t60=9.0, brightness=0.9, **stiff)
    turn = np.exp(-2j * np.pi * f0 * np.arange(n) / RATE)
    first, second = (np.hanning(4000) @ (y * turn)[k : k + 4000] for k in (0, 4000))
    hertz = np.angle(second / first) * RATE / (2 * np.pi * 4000)
    assert abs(1731.2 * hertz / f0) < 0.1


@pytest.mark.parametrize("where", ["position", "pickup"])
def test_a_partial_with_a_node_there_is_missing(where):
    n, f0 = 44100, 441.0
    force = (np.arange(n) < 2).astype(float)
    places = {"position": 0.11, "pickup": 0.17} | {where: 0.25}
    y = waveguide_string(force, np.full(n, f0), RATE, t60=1.0, brightness=1.0, **places)
    level = abs(np.fft.rfft(y))[[441 * k for k in (1, 2, 3, 4, 5)]]
    assert level[3] < 0.03 * level.max() and level[0] > 0.1 * level.max()


def test_numpy_equals_jax():
    f0 = 220.0 * (1.0 + 0.01 * np.linspace(0, 1, N))
    run = jax.jit(waveguide.voice, static_argnums=2)
    expected = waveguide.voice(f0, 0.03, RATE, velocity=90.0)
    y = run(jnp.asarray(f0), 0.03, RATE, velocity=90.0)
    np.testing.assert_allclose(y, expected, atol=1e-9)


def test_a_batch_is_its_rows():
    f0 = np.array([[200.0], [317.0]]) * np.ones((2, N))
    y = waveguide.voice(f0, np.array([0.02, 0.03]), RATE)
    for k, held in enumerate((0.02, 0.03)):
        row = waveguide.voice(f0[k], held, RATE)
        np.testing.assert_allclose(y[k], row, atol=1e-12)


@pytest.mark.parametrize("name", waveguide.PRESETS)
def test_presets_sound_and_end(name):
    y = waveguide.voice(np.full(N * 9, 110.0), 0.2, RATE, velocity=127.0, patch=name)
    assert 0.1 < abs(y).max() <= 0.5
    end = int((0.2 + waveguide.tail(name)) * RATE)
    assert end >= y.size or abs(y[end:]).max() < 0.01 * abs(y).max()


def test_play_and_dtype():
    y = waveguide.play([(0.0, 0.1, 45.0)], 8000, patch="clavichord")
    assert 0.02 < abs(y).max() < 0.5
    x = np.ones(100, dtype=np.float32)
    y = waveguide_string(x, 400.0 * x, 8000, n_allpasses=1, inharmonicity=1e-4)
    assert y.dtype == np.float32


def test_gradient():
    force = jnp.asarray((np.arange(N) < 9).astype(float))

    @jax.jit
    @jax.value_and_grad
    def energy(f0):
        y = waveguide_string(force, f0 * jnp.ones(N), RATE)
        return (y[900:1000] ** 2).sum()

    slope = float(energy(441.3)[1])
    step = float(energy(441.3 + 1e-4)[0] - energy(441.3 - 1e-4)[0]) / 2e-4
    assert slope == pytest.approx(step, rel=1e-3)


def test_errors():
    with pytest.raises(ValueError, match=r"f0 must be within 20..500 Hz"):
        waveguide_string(np.ones(5), np.full(5, 600.0), 8000)
    with pytest.raises(ValueError, match="force and f0 must have the same number"):
        waveguide_string(np.ones(5), np.full(4, 300.0), 8000)
