"""Granular synthesis: where grains come from, when, how high, which way, which side."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.synths.granular import PRESETS, SHAPES, Patch, granulate, play, voice

RATE = 8000
X = np.sin(2 * np.pi * 400.0 * np.arange(2 * RATE) / RATE)
NOISE = np.random.default_rng(0).uniform(-1, 1, 3000)
REGULAR = {"spray": 0.0, "irregularity": 0.0, "spread": 0.0}


def cloud(x=X, **options):
    return granulate(x, RATE, **({"noise": NOISE, "duration": 1.0} | options))


def test_overlapping_hann_grains_at_the_recorded_pace_are_the_recording():
    x = np.random.default_rng(1).standard_normal(2 * RATE)
    x = np.convolve(x, np.hanning(9) / 4, "same")  # no treble: a short kernel reads it
    y = cloud(x, grain=0.1, density=20.0, position=0.2, **REGULAR)
    expected = x[1600 : 1600 + RATE]
    np.testing.assert_allclose(y[0, 800:-800], expected[800:-800], atol=1e-4)
    np.testing.assert_allclose(y[0], y[1], atol=1e-12)


def test_a_grain_is_a_window_on_the_recording():
    y = cloud(density=1.0, grain=0.05, position=0.5, **REGULAR)[0]
    t = (np.arange(400) + 0.5) / 400
    expected = X[4000:4400] * (0.5 - 0.5 * np.cos(2 * np.pi * t))
    np.testing.assert_allclose(y[:400], expected, atol=1e-4)
    assert np.abs(y[400:]).max() == 0


def test_a_backward_grain_is_the_same_turned_round():
    x = np.random.default_rng(2).standard_normal(RATE)
    options = {"density": 1.0, "grain": 0.05, "position": 0.5, **REGULAR}
    forward, backward = (cloud(x, reverse=r, **options)[0, :400] for r in (0.0, 1.0))
    np.testing.assert_allclose(backward, forward[::-1], atol=1e-9)


@pytest.mark.parametrize("semitones", [-12.0, 7.0, 24.0])
def test_pitch_moves_by_semitones(semitones):
    y = cloud(pitch=semitones, grain=0.1, **REGULAR)[0]
    spectrum = np.abs(np.fft.rfft(y * np.hanning(RATE)))
    assert abs(spectrum.argmax() - 400 * 2 ** (semitones / 12)) < 12


def test_time_is_stretched_and_frozen():
    t = np.arange(2 * RATE) / RATE
    chirp = np.sin(2 * np.pi * (200 * t + 300 * t**2))  # 200 + 600 t Hz
    for speed, expected in ((0.0, 500.0), (0.5, 650.0), (-0.5, 350.0)):
        y = cloud(chirp, position=0.5, speed=speed, grain=0.08, **REGULAR)[0]
        spectrum = np.abs(np.fft.rfft(y[3600:4400] * np.hanning(800), RATE))
        # from 0.5 s on, and in the middle of a grain
        assert abs(spectrum.argmax() - expected - 600 * 0.04 * (1 - speed)) < 25


def test_curves_of_position_and_pitch():
    place = np.where(np.arange(RATE) < RATE // 2, 0.0, 1.0)
    x = np.concatenate([X[:RATE], np.zeros(RATE)])
    y = cloud(x, position=place, speed=0.0, **REGULAR)[0]
    assert np.abs(y[:3000]).max() > 0.5 and np.abs(y[5000:]).max() < 1e-3


def test_spread_and_channels():
    y = cloud(spread=1.0, density=8.0, grain=0.05, irregularity=0.0)
    energy = (y.reshape(2, 8, -1) ** 2).sum(axis=-1)
    assert (energy.max(axis=0) / energy.min(axis=0)).max() > 3.0
    assert cloud(np.stack([X, 0 * X]), spread=0.0)[1].max() == 0.0


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_keeps_the_level(shape):
    y = cloud(shape=shape, density=60.0, spread=0.0)
    assert 0.35 < np.sqrt(np.mean(y**2)) / np.sqrt(np.mean(X**2)) < 2.0


@pytest.mark.parametrize("name", PRESETS)
def test_presets_keep_their_level(name):
    y = voice(np.full(12000, 262.0), 1.0, 12000, velocity=127.0, patch=name)
    assert y.shape == (2, 12000) and 0.05 < np.abs(y).max() < 0.7


def test_libraries_agree():
    def sound(x, noise, pitch):
        options = {"spray": 0.1, "spread": 1.0, "pitch_spray": 1.0, "reverse": 0.5}
        return granulate(x, RATE, noise=noise, duration=0.1, density=100.0,
                         grain=0.02, pitch=pitch, highest=2.0, **options)  # fmt: skip

    y = sound(X[:1000], NOISE, 3.3)
    np.testing.assert_allclose(jax.jit(sound)(X[:1000], NOISE, 3.3), y, atol=1e-9)
    single = sound(X[:1000].astype(np.float32), NOISE.astype(np.float32), 3.3)
    assert single.dtype == np.float32 and single.shape == y.shape
    np.testing.assert_allclose(single, y, atol=5e-3)


def test_gradient_with_respect_to_pitch_and_recording():
    def level(x, pitch):
        y = granulate(x, RATE, noise=jnp.asarray(NOISE), duration=0.02, density=200.0,
                      grain=0.01, pitch=pitch, highest=2.0)  # fmt: skip
        return (y * jnp.arange(160.0)).sum()

    jax.test_util.check_grads(jax.jit(level), (X[:300], 3.21), 1, ["rev"], rtol=1e-3)


def test_play_draws_its_grains():
    patch = Patch(recording=X, root=67.0)
    notes = [(0.0, 0.2, 60.0), (0.1, 0.2, 67.0)]
    y = play(notes, RATE, patch=patch, rng=np.random.default_rng(1))
    other = play(notes, RATE, patch=patch, rng=np.random.default_rng(2))
    assert y.shape[0] == 2 and np.abs(y - other).max() > 0.01


def test_errors():
    with pytest.raises(ValueError, match="noise must have at least 200 numbers for 40"):
        cloud(noise=NOISE[:100])
    with pytest.raises(ValueError, match="shape must be one of 'hann', 'triangle'"):
        cloud(shape="square")
    with pytest.raises(ValueError, match="density must be a number, finite and posi"):
        cloud(density=0.0)
