"""Noise: the slope of its spectrum, its level, and where it stops falling."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.noise import COLOURS, noise

RATE, N = 8000, 8192
WHITE = np.random.default_rng(0).standard_normal(N)


@pytest.mark.parametrize("colour", sorted(COLOURS))
def test_power_follows_its_power_of_frequency(xp, colour):
    y = np.asarray(noise(xp.asarray(WHITE), RATE, colour=colour))
    gain = np.abs(np.fft.rfft(y)[1:-1] / np.fft.rfft(WHITE)[1:-1])
    f = np.fft.rfftfreq(N, 1 / RATE)[1:-1]
    slope = 20 * np.diff(np.log10(gain)) / np.diff(np.log2(f))  # dB an octave
    expected = 10 * np.log10(2.0) * COLOURS[colour]
    np.testing.assert_allclose(slope[f[:-1] > 20], expected, atol=1e-6)
    np.testing.assert_allclose(slope[f[1:] < 20], 0.0, atol=1e-6)


@pytest.mark.parametrize("colour", sorted(COLOURS))
@pytest.mark.parametrize("n", [N, N - 1])
def test_an_impulse_train_of_all_frequencies_keeps_its_energy(colour, n):
    x = np.zeros(n)
    x[0] = 1.0
    lost = 1.0 / n if colour == "white" else 0.0
    energy = (noise(x, RATE, colour=colour) ** 2).sum()
    np.testing.assert_allclose(energy, 1.0, atol=1e-9 + 0 * lost)


def test_equal_power_in_each_octave_of_pink():
    y = noise(WHITE, RATE, colour="pink")
    power = np.abs(np.fft.rfft(y)) ** 2
    f = np.fft.rfftfreq(N, 1 / RATE)
    octaves = [power[(f >= low) & (f < 2 * low)].sum() for low in (250, 500, 1000)]
    np.testing.assert_allclose(octaves, np.mean(octaves), rtol=0.15)


def test_libraries_slopes_and_dtype(xp):
    y = noise(xp.asarray(WHITE), RATE, colour="red")
    np.testing.assert_allclose(y, noise(WHITE, RATE, colour=-2.0), atol=1e-9)
    two = noise(xp.asarray(np.stack([WHITE, -WHITE]), dtype=xp.float32), RATE, colour=1)
    assert two.shape == (2, N) and two.dtype == np.float32
    np.testing.assert_allclose(two[1], -two[0], atol=1e-5)


def test_gradient_with_respect_to_the_slope():
    def level(slope):
        return (noise(jnp.asarray(WHITE[:64]), RATE, colour=slope)[:9] ** 2).sum()

    jax.test_util.check_grads(level, (-0.7,), 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="colour must be one of 'red', 'brown', 'pi"):
        noise(WHITE, RATE, colour="green")
    with pytest.raises(ValueError, match="lowest must be a number, finite and pos"):
        noise(WHITE, RATE, colour="pink", lowest=0.0)
