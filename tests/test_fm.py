"""FM voices: what a patch says is what sounds; presets; learning."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.synths.fm import PRESETS, Operator, Patch, play, tail, voice
from dsplab.synths.operators import lines, sidebands

RATE, N = 16000, 8000
F0 = np.full(N, 200.0)
STEADY = {"attack": 0.0, "sustain": 1.0}
EVERY = pytest.mark.parametrize("name", PRESETS)


def test_a_steady_patch_is_its_sidebands(xp):
    operators = (Operator(**STEADY), Operator(ratio=1.5, level=2.0, **STEADY))
    y = voice(xp.asarray(F0), 9.0, RATE, velocity=127.0, patch=Patch(operators))
    frequency, amplitude = lines(*sidebands(200.0, 300.0, 2.0, sample_rate=RATE))
    spectrum = -np.fft.rfft(np.asarray(y)).imag / (N / 2)
    bins = np.round(frequency / 2).astype(int)
    keep = bins > 0
    np.testing.assert_allclose(spectrum[bins[keep]], 0.5 * amplitude[keep], atol=1e-9)


def test_fixed_frequencies_velocity_and_keyboard():
    loud, soft = (
        Patch((Operator(**STEADY), Operator(0.0, level, hertz=440.0, **STEADY)))
        for level in (2.0, 1.0)
    )
    touchy = loud._replace(
        operators=(loud.operators[0], loud.operators[1]._replace(velocity=1.0))
    )
    full = voice(F0, 9.0, RATE, velocity=127.0, patch=loud)
    np.testing.assert_allclose(
        voice(F0, 9.0, RATE, velocity=127.0, patch=touchy), full, atol=1e-12
    )
    half = voice(F0, 9.0, RATE, velocity=63.5, patch=touchy)
    expected = voice(F0, 9.0, RATE, velocity=127.0, patch=soft) / 4
    np.testing.assert_allclose(half, expected, atol=1e-12)
    tracked = loud._replace(
        operators=(loud.operators[0], loud.operators[1]._replace(keyboard_db=-20.0))
    )
    high = np.full(N, 4 * 261.6255653)
    modulator = loud.operators[1]._replace(level=0.02)
    expected = loud._replace(operators=(loud.operators[0], modulator))
    np.testing.assert_allclose(
        voice(high, 9.0, RATE, patch=tracked), voice(high, 9.0, RATE, patch=expected)
    )


@EVERY
def test_presets_are_as_loud_as_they_should_be_and_end(name):
    rate = 44100
    n = int((0.4 + tail(name)) * rate)
    y = voice(np.full(n, 220.0), 0.4, rate, velocity=127.0, patch=name)
    assert 0.4 < abs(y).max() <= 0.5 + 1e-9 and abs(y.mean()) < 0.04
    assert abs(y[-10:]).max() < 2e-3


def centroid(y):
    spectrum = abs(np.fft.rfft(y * np.hanning(len(y))))
    return (spectrum * np.fft.rfftfreq(len(y), 1 / RATE)).sum() / spectrum.sum()


def test_presets_sound_like_their_names():
    def note(name, velocity=100.0):
        return voice(F0, 9.0, RATE, velocity=velocity, patch=name)

    # odd harmonics
    spectrum = abs(np.fft.rfft(note("clarinet")[4000:]))
    assert spectrum[100] < 0.01 * spectrum[50] < spectrum[150]  # bins of 4 Hz
    # brass brightens with loudness, and after the attack
    brass = note("brass")
    assert centroid(brass[1500:3000]) > 1.2 * centroid(brass[:600])
    assert centroid(note("brass", 120.0)) > 1.2 * centroid(note("brass", 30.0))
    # what is struck loses its brightness while it sounds
    for name in ("electric piano", "bell", "bass", "marimba"):
        y = note(name)
        assert centroid(y[200:1800]) > 1.1 * centroid(y[6000:7600])
    # a bell is not harmonic
    spectrum = abs(np.fft.rfft(note("bell") * np.hanning(N)))
    assert spectrum[1:].argmax() % 100 > 5


@EVERY
def test_both_libraries_agree(name):
    f0 = np.linspace(180, 220, 1000)
    y = voice(f0, 0.03, RATE, velocity=80.0, patch=name)
    jitted = jax.jit(lambda f0: voice(f0, 0.03, RATE, velocity=80.0, patch=name))
    np.testing.assert_allclose(jitted(jnp.asarray(f0)), y, atol=1e-9)
    assert voice(f0.astype(np.float32), 0.03, RATE, patch=name).dtype == np.float32


def test_a_batch_of_keys_and_learning():
    f0, held = np.stack([F0[:400], 2 * F0[:400]]), np.array([0.01, 0.02])
    y = voice(f0, held, RATE, patch="brass")
    np.testing.assert_allclose(y[1], voice(f0[1], 0.02, RATE, patch="brass"))

    def loss(x):
        modulator = Operator(ratio=x[0], level=x[1], decay=x[2], sustain=0.2)
        y = voice(jnp.asarray(f0), held, RATE, patch=Patch((Operator(), modulator)))
        return (y**2).sum() + (y**3).sum()

    both, at = jax.jit(jax.value_and_grad(loss)), jnp.asarray([1.41, 2.0, 0.01])
    for k, slope in enumerate(both(at)[1]):
        nudge = 1e-6 * jnp.eye(3)[k]
        change = both(at + nudge)[0] - both(at - nudge)[0]
        np.testing.assert_allclose(slope, change / 2e-6, rtol=1e-3)


def test_notes_and_errors():
    y = play([(0.0, 0.2, 60), (0.1, 0.2, 64.5)], RATE, patch="marimba")
    assert y.shape == (11201,) and 0.1 < abs(y).max() < 1
    with pytest.raises(ValueError, match="patch must be one of 'electric piano'"):
        voice(F0, 0.1, RATE, patch="tuba")
    with pytest.raises(ValueError, match="modulators must be 1 tuples"):
        voice(F0, 0.1, RATE, patch=Patch((Operator(),)))
