"""Wavetable voice: its waves, its walk through them, its presets."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.wavetable import make_tables, wavetable_oscillator
from dsplab.synths.wavetable import PEAK, PRESETS, WAVES, Patch, play, voice

RATE = 22050
F0 = np.full(6000, 220.0)
PLAIN = {"attack": 0.0, "decay": 0.0, "sustain": 1.0, "unison": 1}


def test_a_plain_patch_is_the_oscillator():
    tables = make_tables(WAVES["classic"]())
    patch = Patch(waves=tables, position=0.4, **PLAIN)
    y = voice(F0, 1.0, RATE, velocity=127.0, patch=patch)
    expected = PEAK * wavetable_oscillator(F0, tables, RATE, position=0.4)
    np.testing.assert_allclose(y[1:], expected[1:], atol=1e-9)


@pytest.mark.parametrize("name", WAVES)
def test_waves_are_cycles_of_amplitude_one(name):
    cycles = WAVES[name]()
    np.testing.assert_allclose(np.abs(cycles).max(axis=-1), 1.0, rtol=0.01)
    assert np.abs(cycles.mean(axis=-1)).max() < 1e-9


def test_the_envelope_walks_from_saw_to_sine():
    patch = PRESETS["sweep"]._replace(position=0.0, sweep_decay=0.3)
    y = voice(np.full(RATE, 220.0), 1.0, RATE, velocity=127.0, patch=patch)

    def centroid(part):
        power = np.abs(np.fft.rfft(part * np.hanning(len(part)))) ** 2
        return (np.fft.rfftfreq(len(part), 1 / RATE) * power).sum() / power.sum()

    assert centroid(y[500:3000]) > 2 * centroid(y[12000:20000])
    assert abs(centroid(y[12000:20000]) - 220.0) < 5.0


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_in_tune_and_keep_their_level(name):
    y = voice(F0, 0.2, RATE, velocity=127.0, patch=name)
    assert y.shape == F0.shape and 0.03 < np.abs(y).max() < 0.5
    spectrum = np.abs(np.fft.rfft(y * np.hanning(6000), 1 << 15))
    peak = spectrum.argmax() * RATE / (1 << 15)
    assert abs(peak / 220.0 - round(peak / 220.0)) < 0.03


def test_libraries_and_gradient():
    tables = make_tables(WAVES["swarm"](), length=64)[:, :4]

    def sound(position, sweep):
        patch = Patch(waves=jnp.asarray(tables), position=position, sweep=sweep,
                      unison=1)  # fmt: skip
        return voice(jnp.asarray(F0[:300]), 0.01, RATE, patch=patch)

    patch = Patch(waves=tables, position=0.3, sweep=0.2, unison=1)
    ours = voice(F0[:300], 0.01, RATE, patch=patch)
    np.testing.assert_allclose(jax.jit(sound)(0.3, 0.2), ours, atol=1e-9)

    def level(position, sweep):
        return (sound(position, sweep) ** 2 * jnp.arange(300)).sum()

    jax.test_util.check_grads(jax.jit(level), (0.3, 0.2), 1, ["rev"], rtol=1e-3)


def test_dtype_batch_and_play():
    f0 = np.full((2, 500), 220.0, np.float32)
    y = voice(f0, np.array([0.01, 0.02], np.float32), RATE)
    assert y.shape == (2, 500) and y.dtype == np.float32
    assert play([(0.0, 0.01, 60.0)], RATE, patch="talking").shape == (4631,)


def test_errors():
    with pytest.raises(ValueError, match="patch must be one of 'sweep', 'talking'"):
        voice(F0, 0.1, RATE, patch="bell")
    with pytest.raises(ValueError, match="sample_rate must be a number"):
        voice(F0, 0.1, 0)
