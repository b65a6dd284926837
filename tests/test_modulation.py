"""LFOs by their definition, in time with keys; the matrix as a product."""

import functools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.modulation import RANDOM, WAVES, lfo, modulation_matrix

RATE, N = 200, 400
CURVE = np.linspace(0.5, 4.0, N)
P = np.concatenate([[0.0], np.cumsum(CURVE[:-1])]) / RATE  # cycles, not wrapped
NOISE = np.random.default_rng(4).uniform(-1, 1, 6)
FORMULAS = {
    "sine": lambda p: np.sin(2 * np.pi * p),
    "triangle": lambda p: 2 / np.pi * np.arcsin(np.sin(2 * np.pi * p)),
    "saw_up": lambda p: 2 * (p % 1) - 1,
    "saw_down": lambda p: 1 - 2 * (p % 1),
    "square": lambda p: np.where(p % 1 < 0.5, 1.0, -1.0),
    "sample_and_hold": lambda p: NOISE[np.floor(p).astype(int) % 6],
}


def run(xp, frequency, **options):
    f = functools.partial(lfo, sample_rate=RATE, **options)
    frequency = xp.asarray(frequency)
    return np.asarray(jax.jit(f)(frequency) if xp is jnp else f(frequency))


@pytest.mark.parametrize("shape", FORMULAS)
def test_every_shape_follows_its_formula_along_a_curve(xp, shape):
    y = run(xp, CURVE, shape=shape, start=0.3, noise=xp.asarray(NOISE))
    np.testing.assert_allclose(y, FORMULAS[shape](P + 0.3), atol=1e-9)


def test_smooth_random_glides_through_the_values(xp):
    y = run(xp, np.full(N, 5.0), shape="smooth_random", noise=xp.asarray(NOISE))
    np.testing.assert_allclose(y[::40], NOISE[np.arange(10) % 6], atol=1e-9)
    middle = (NOISE + np.roll(NOISE, -1)) / 2
    np.testing.assert_allclose(y[20::40], middle[np.arange(10) % 6], atol=1e-9)
    assert abs(np.diff(y)).max() < 1.5 * 2 / 40  # no jumps
    assert abs(np.diff(y, n=2)).max() < 6 * 2 / 40**2 * 1.01  # nor corners but small


def test_keys_start_it_again(xp):
    times = xp.asarray([0.505, 1.3])
    for shape in ("sine", "sample_and_hold"):
        noise = xp.asarray(NOISE)
        y = run(xp, np.full(N, 3.0), shape=shape, retrigger=times, noise=noise)
        p = 3.0 * np.arange(N) / RATE
        expected = FORMULAS[shape](p)
        begins, used = [0, 101, 260, N], 0
        for begin, end in zip(begins, begins[1:], strict=False):
            part = p[: end - begin]
            now = FORMULAS[shape](part + (used if shape in RANDOM else 0))
            expected[begin:end] = now
            used += int(np.floor(part[-1])) + 1
        np.testing.assert_allclose(y, expected, atol=1e-9)


def test_a_trigger_takes_a_new_random_value_wherever_the_cycle_is():
    y = lfo(
        np.full(N, 1.0), RATE, shape="sample_and_hold", start=0.613, retrigger=[0.6],
        noise=NOISE,
    )  # fmt: skip
    turns = [0, 78, 120, 198, 398, N]  # struck at 0.6 s, full the other times
    expected = np.repeat(NOISE[:5], np.diff(turns))
    np.testing.assert_array_equal(y, expected)


def test_it_fades_in_after_a_delay(xp):
    y = run(xp, np.full(N, 1e-9), start=0.25, delay=0.5, fade=xp.asarray(1.0))
    expected = np.clip((np.arange(N) / RATE - 0.5) / 1.0, 0, 1)
    np.testing.assert_allclose(y, expected, atol=1e-8)
    again = run(xp, np.full(N, 1e-9), start=0.25, delay=0.5, fade=1.0, retrigger=[1.0])
    np.testing.assert_allclose(again[200:], expected[:200], atol=1e-8)


def test_the_matrix_is_a_product_with_names():
    lfo_curve, wheel, velocity = np.sin(np.arange(50.0)), np.linspace(0, 1, 50), 0.7
    pitch, cutoff = modulation_matrix(
        [lfo_curve, wheel, velocity], [[0.5, 0, 0], [200.0, 1000, 3]], base=[60, 100]
    )
    np.testing.assert_allclose(pitch, 60 + 0.5 * lfo_curve)
    np.testing.assert_allclose(cutoff, 100 + 200 * lfo_curve + 1000 * wheel + 2.1)


def test_batches_dtype_and_library(xp):
    f = xp.full((2, 50), 3.0, dtype=xp.float32)
    sources = xp.ones((2, 3, 50), dtype=xp.float32)
    depths = [[[1.0, 2.0, 3.0]], [[0.0, 1.0, 0.0]]]
    results = [lfo(f, RATE, shape=shape, noise=[0.5]) for shape in WAVES]
    results += [lfo(f, RATE, shape=RANDOM[1], noise=[[0.5, 1.0], [0.1, 0.2]], fade=0.1)]
    matrix = modulation_matrix(sources, depths, base=[1.0])
    for y, shape in [(r, (2, 50)) for r in results] + [(matrix, (2, 1, 50))]:
        assert y.shape == shape and y.dtype == np.float32 and type(y) is type(f)
    np.testing.assert_allclose(matrix[..., 0], [[7.0], [2.0]])


def test_gradients():
    def vibrato(rate, depth, fade):
        wave = lfo(rate * jnp.ones(N), RATE, fade=fade)
        (pitch,) = modulation_matrix([wave], depth[None, None], base=[3.0])
        return (pitch**3).mean()

    where = (jnp.asarray(2.3), jnp.asarray(0.7), jnp.asarray(0.4012))
    jax.test_util.check_grads(jax.jit(vibrato), where, 1, ["rev"])


def test_errors():
    f = np.full(10, 2.0)
    with pytest.raises(ValueError, match="shape must be one of 'sine', 'triangle'"):
        lfo(f, RATE, shape="saw")
    with pytest.raises(ValueError, match="noise must be given for 'smooth_random'"):
        lfo(f, RATE, shape="smooth_random")
    with pytest.raises(ValueError, match="fade must be at least 0"):
        lfo(f, RATE, fade=-1.0)
    with pytest.raises(ValueError, match="depths must have shape .* 2"):
        modulation_matrix([f, f], [[1.0]])
    with pytest.raises(ValueError, match="base must have shape .* 1"):
        modulation_matrix([f, f], [[1.0, 2.0]], base=[1.0, 2.0])
    with pytest.raises(ValueError, match="sources must be equally long"):
        modulation_matrix([f, f[:5]], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="sources must have shape"):
        modulation_matrix(f, [[1.0]])
