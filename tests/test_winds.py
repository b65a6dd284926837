"""Winds: in tune over their range, in the right register, equal in both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.synths import winds
from dsplab.synths.winds import Patch, clarinet, flute

RATE = 44100
N = 2000  # one shape for everything that JAX compiles


def cents_off(y, f0):
    """How far the fundamental is from f0, from its phase in two halves."""
    n = 4000
    window = np.hanning(n)
    turn = np.exp(-2j * np.pi * f0 * np.arange(2 * n) / RATE)
    tone = y[-2 * n :] * turn
    first, second = window @ tone[:n], window @ tone[n:]
    return 1200 * np.log2(1 + np.angle(second / first) * RATE / (2 * np.pi * n * f0))


def is_loudest(y, f0):
    """Whether no partial is louder than the fundamental."""
    spectrum = abs(np.fft.rfft((y[-8000:] - y[-8000:].mean()) * np.hanning(8000)))
    return abs(spectrum.argmax() * RATE / 8000 - f0) < 20.0


@pytest.mark.parametrize("f0", [82.41, 220.0, 659.26, 1760.0])
@pytest.mark.parametrize("blow, breath", [(clarinet, 0.8), (flute, 0.7), (flute, 1.0)])
def test_in_tune_and_in_the_lowest_register(f0, blow, breath):
    n = 20000
    rise = np.minimum(np.arange(n) / 1500, 1.0)
    y = blow(breath * rise, np.full(n, f0), RATE)
    assert abs(cents_off(y, f0)) < 5.0
    assert is_loudest(y, f0)


def test_a_clarinet_is_its_loop(xp):
    """Where half a period is a whole number, with the bell's weights written out."""
    n, half, loss = 400, 40, 0.05
    breath = np.minimum(np.arange(n) / 50, 1.0) * 0.8
    f0 = np.full(n, RATE / (2.0 * half))
    y = clarinet(xp.asarray(breath), xp.asarray(f0), RATE, cutoff=5000.0, loss=loss)
    sigma = np.sqrt(np.log(2) / 2) / (2 * np.pi) * RATE / 5000
    k = np.arange(-6, 6)
    bell = np.exp(-0.5 * (k / sigma) ** 2)
    out = np.zeros(n + half + 10)  # after as much silence
    for i in range(n):
        past = [out[i + half + 10 - half - j] for j in k]
        p_in = -(1 - loss) * (bell / bell.sum()) @ past
        d = p_in - breath[i]
        out[i + half + 10] = breath[i] + d * np.clip(0.7 - 0.3 * d, -1, 1)
    np.testing.assert_allclose(y, out[half + 10 :], atol=1e-9)


def test_the_jet_brakes_an_octave_above():
    """Started with a wave at twice the frequency, the flute goes back to its own."""
    n, f0 = 20000, 440.0
    t = np.arange(n)
    kick = 0.5 * np.sin(4 * np.pi * f0 * t / RATE) * (t < 3000)
    y = flute(np.full(n, 0.9), np.full(n, f0), RATE, noise=kick)
    assert is_loudest(y, f0)


def test_no_breath_no_sound(xp):
    silence, f0 = xp.zeros(N), xp.full(N, 300.0)
    for blow in (clarinet, flute):
        assert abs(np.asarray(blow(silence, f0, RATE))).max() < 1e-12


@pytest.mark.parametrize("patch", ["clarinet", "flute"])
def test_numpy_equals_jax(patch):
    f0 = 440.0 * (1.0 + 0.01 * np.linspace(0, 1, N))
    run = jax.jit(winds.voice, static_argnums=2, static_argnames="patch")
    y = run(jnp.asarray(f0), 0.03, RATE, velocity=90.0, patch=patch)
    expected = winds.voice(f0, 0.03, RATE, velocity=90.0, patch=patch)
    np.testing.assert_allclose(y, expected, atol=1e-9)


def test_a_batch_is_its_rows():
    f0 = np.array([[200.0], [317.0]]) * np.ones((2, N))
    y = winds.voice(f0, np.array([0.03, 0.05]), RATE, velocity=np.array([50.0, 90.0]))
    for k, (held, velocity) in enumerate([(0.03, 50.0), (0.05, 90.0)]):
        row = winds.voice(f0[k], held, RATE, velocity=velocity)
        np.testing.assert_allclose(y[k], row, atol=1e-12)


@pytest.mark.parametrize("name", winds.PRESETS)
def test_presets_speak_at_every_level_and_end(name):
    n, held = 33000, 0.4
    for f0, velocity in ((110.0, 127.0), (880.0, 127.0), (440.0, 40.0)):
        y = winds.voice(np.full(n, f0), held, RATE, velocity=velocity, patch=name)
        loud = abs(y[: int(held * RATE)]).max() * (127 / velocity) ** 2
        assert 0.2 < loud <= 0.55
        assert is_loudest(y[: int(held * RATE)], f0)
        end = int((held + winds.tail(name)) * RATE)
        assert abs(y[end:]).max() < 0.02 * abs(y).max()


def test_play_and_dtype(xp):
    y = winds.play([(0.0, 0.2, 69.0)], 8000, patch="recorder")
    assert 0.05 < abs(y).max() < 0.5
    x = xp.ones(100, dtype=xp.float32)
    for blow in (clarinet, flute):
        y = blow(0.8 * x, 400.0 * x, 8000)
        assert y.dtype == np.float32 and type(y) is type(x)


def test_gradients():
    breath = jnp.linspace(0.5, 0.9, 60)

    for blow in (clarinet, flute):

        def energy(f0, blow=blow):
            return (blow(breath, f0 * jnp.ones(60), 8000) ** 2).mean()

        both = jax.jit(jax.value_and_grad(energy))
        slope = both(401.0)[1]
        step = (both(401.01)[0] - both(400.99)[0]) / 0.02
        assert float(slope) == pytest.approx(float(step), rel=1e-3)


def test_errors():
    with pytest.raises(ValueError, match=r"f0 must be within 20..500 Hz"):
        clarinet(np.ones(5), np.full(5, 600.0), 8000)
    with pytest.raises(ValueError, match="breath and f0 must have the same number"):
        flute(np.ones(5), np.full(4, 600.0), 8000)
    with pytest.raises(ValueError, match="patch.pipe must be one of"):
        winds.voice(np.full(5, 200.0), 1.0, 8000, patch=Patch(pipe="oboe"))
