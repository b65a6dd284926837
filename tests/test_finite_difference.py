"""The string as an equation: waves, dispersion and energy of the textbook."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.synths import finite_difference
from dsplab.synths.finite_difference import (
    Patch,
    energy,
    most_segments,
    string_motion,
    tuned,
)

PIECES = 20
RATE = 44100


def mode(k):
    return np.sin(np.pi * k * np.arange(1, PIECES) / PIECES)


def run(xp, shape, n=100, **options):
    """In JAX jitted: one compilation for a shape."""
    if xp is np:
        return string_motion(shape, n, **options)
    play = jax.jit(lambda u, o: string_motion(u, n, **o))
    return play(jnp.asarray(shape), {k: jnp.asarray(v) for k, v in options.items()})


def test_at_courant_one_it_is_two_waves(xp):
    """d'Alembert: half of the shape to each side, upside down from the ends."""
    shape = np.random.default_rng(0).uniform(-1, 1, PIECES - 1)
    u = run(xp, shape)
    around = np.concatenate([[0.0], shape, [0.0], -shape[::-1]])  # two lengths
    for n in (1, 7, 40, 99):
        expected = 0.5 * (np.roll(around, n) + np.roll(around, -n))
        np.testing.assert_allclose(u[:, n], expected[1:PIECES], atol=1e-12)


@pytest.mark.parametrize("k", [1, 5, 19])
def test_a_mode_swings_at_the_frequency_of_numerical_dispersion(xp, k):
    courant, stiffness = 0.8, 0.03
    u = run(xp, mode(k), courant=courant, stiffness=stiffness)
    s = np.sin(np.pi * k / (2 * PIECES))
    half = np.arcsin(np.sqrt(courant**2 * s**2 + 4 * stiffness * s**4))
    expected = np.outer(mode(k), np.cos(2 * half * np.arange(100)))
    np.testing.assert_allclose(u, expected, atol=1e-12)


def test_energy_is_conserved_without_loss(xp):
    shape = np.random.default_rng(1).uniform(-1, 1, PIECES - 1)
    options = {"courant": 0.9, "stiffness": 0.04}
    e = np.asarray(energy(run(xp, shape, **options), **options))
    np.testing.assert_allclose(e, e[0], rtol=1e-12)
    lossy = run(xp, shape, **options, loss=0.01)
    e = np.asarray(energy(lossy, **options))
    assert (np.diff(e) < 0).all()


def test_loss_makes_a_mode_decay_by_its_formula():
    """|z|^2 = (1 - loss - 8 dulling s^2) / (1 + loss)."""
    k, loss, dulling = 3, 0.01, 0.02
    u = string_motion(mode(k), 400, courant=0.7, loss=loss, dulling=dulling)
    s = np.sin(np.pi * k / (2 * PIECES))
    per_step = np.sqrt((1 - loss - 8 * dulling * s * s) / (1 + loss))
    level = np.abs(u[9]) + 1e-12
    peaks = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] > level[2:])) + 1
    slope = np.polyfit(peaks[2:-2], np.log(level[peaks[2:-2]]), 1)[0]
    assert slope == pytest.approx(np.log(per_step), rel=0.02)


def test_tuned_strings_are_in_tune(xp):
    for f0, b in ((110.0, 0.0), (440.0, 3e-4)):
        n = most_segments(f0, RATE, inharmonicity=b)
        c, k = tuned(xp.asarray(f0), RATE, segments=n, inharmonicity=b)
        s = np.sin(np.pi / (2 * n))
        half = np.arcsin(np.sqrt(float(c) ** 2 * s**2 + 4 * float(k) * s**4))
        assert half * RATE / np.pi == pytest.approx(f0, rel=1e-12)
        assert 0.8 < float(c) ** 2 + 4 * float(k) <= 1.0 + 1e-12
        # its twentieth partial is stretched as B says, with no more segments possible
        s = np.sin(np.pi * 5 / (2 * n))
        half = np.arcsin(np.sqrt(float(c) ** 2 * s**2 + 4 * float(k) * s**4))
        ideal = 5 * f0 * np.sqrt((1 + 25 * b) / (1 + b))
        assert abs(1200 * np.log2(half * RATE / np.pi / ideal)) < 20


def test_voice_is_in_tune_and_of_one_level():
    n = 8000
    for name in ("nylon string", "piano wire"):
        y = finite_difference.voice(
            np.full(n, 440.0), 1.0, RATE, velocity=127.0, patch=name
        )
        assert 0.2 < abs(y).max() <= 0.5
        turn = np.exp(-2j * np.pi * 440.0 * np.arange(n) / RATE)
        first, second = (np.hanning(4000) @ (y * turn)[k : k + 4000] for k in (0, 4000))
        hertz = np.angle(second / first) * RATE / (2 * np.pi * 4000)
        assert abs(hertz) < 0.1


def test_numpy_equals_jax():
    patch = Patch(inharmonicity=1e-4, segments=30)
    f0 = np.linspace(300.0, 310.0, 300)
    play = jax.jit(lambda f: finite_difference.voice(f, 0.004, RATE, patch=patch))
    expected = finite_difference.voice(f0, 0.004, RATE, patch=patch)
    np.testing.assert_allclose(play(jnp.asarray(f0)), expected, atol=1e-9)


def test_many_steps_at_a_time_are_single_steps():
    """Where the pitch moves, if only at the end, NumPy goes step by step."""
    f0 = np.full(700, 1500.0)
    moving = np.append(f0[:-1], 1499.0)
    a, b = (finite_difference.voice(f, 0.01, RATE) for f in (f0, moving))
    np.testing.assert_allclose(a[:-1], b[:-1], atol=1e-10)


def test_play_dtype_and_batch(xp):
    y = finite_difference.play([(0.0, 0.02, 69.0)], 8000, patch="rubber band")
    assert 0.05 < abs(y).max() < 0.5
    shape = xp.ones((2, 5), dtype=xp.float32)
    u = string_motion(shape, 4)
    f0 = np.full(50, 400.0, dtype=np.float32)
    assert finite_difference.voice(f0, 0.01, 8000).dtype == np.float32
    assert u.shape == (2, 5, 4) and u.dtype == np.float32 and type(u) is type(shape)


def test_gradient():
    shape = jnp.asarray(mode(2))

    def end(courant):
        return run(jnp, shape, courant=courant)[3, 50]

    slope = float(jax.grad(end)(0.9))
    step = float(end(0.9 + 1e-6) - end(0.9 - 1e-6)) / 2e-6
    assert slope == pytest.approx(step, rel=1e-4)


def test_errors():
    with pytest.raises(ValueError, match=r"courant\^2 \+ 4 stiffness .* got 1.21"):
        string_motion(np.ones(5), 10, courant=1.1)
    with pytest.raises(ValueError, match="u must have 2 or more dimensions"):
        energy(np.ones(5))
    with pytest.raises(ValueError, match="patch.segments must be given"):
        jax.jit(lambda f: finite_difference.voice(f, 1.0, 8000))(jnp.full(9, 200.0))
