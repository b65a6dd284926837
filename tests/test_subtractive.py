"""Subtractive synthesis: in tune, filtered as it says, presets of decent level."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.filters.time_varying import state_variable
from dsplab.sources.oscillators import oscillator
from dsplab.synths import subtractive
from dsplab.synths.subtractive import PRESETS, Patch, play, tail, voice

RATE, N = 16000, 4000
NOISE = np.random.default_rng(0).uniform(-1, 1, N)
STILL = {
    "attack": 0.0, "sustain": 1.0, "cutoff_velocity": 0.0, "key_tracking": 0.0,
    "filter": "lowpass", "decay": 0.0,
}  # fmt: skip


def level_at(y, frequency):
    """Amplitude of a sine in the last 2000 samples."""
    y = np.asarray(y)[-2000:] * np.hanning(2000)
    turns = np.exp(-2j * np.pi * frequency * np.arange(2000) / RATE)
    return 2 * abs(y @ turns) / np.hanning(2000).sum()


def test_it_is_its_parts_in_a_row():
    patch = Patch(**STILL, cutoff=900.0, resonance=0.5)
    f0 = np.linspace(200, 300, 1000)
    y = voice(f0, 1.0, RATE, velocity=127, patch=patch)
    x = oscillator(f0, RATE, shape="saw")
    expected = 0.5 * state_variable(x, 900.0, RATE, q=0.5**0.5 * 8.0)
    np.testing.assert_allclose(y, expected, atol=1e-9)


@functools.cache
def jitted(name):
    return jax.jit(
        lambda f0, held, velocity, noise: voice(
            f0, held, RATE, velocity=velocity, patch=name, noise=noise
        )
    )


@pytest.mark.parametrize("name", ["sync lead", "strings", "brass"])
def test_both_libraries_agree(name):
    f0 = np.full(N, 146.83)
    expected = voice(f0, 0.15, RATE, velocity=90.0, patch=name, noise=NOISE)
    y = jitted(name)(jnp.asarray(f0), 0.15, 90.0, jnp.asarray(NOISE))
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_in_tune_and_neither_faint_nor_clipped(name):
    patch = PRESETS[name]
    y = play([(0.0, 0.5, 57.0, 127.0)], RATE, patch=name)
    assert 0.1 < abs(y).max() <= 0.56
    assert len(y) == np.ceil((0.5 + patch.release) * RATE)
    assert abs(y[-20:]).max() < 0.01
    held = y[2000:8000] * np.hanning(6000)
    spectrum = abs(np.fft.rfft(held, 96000))
    f = np.arange(len(spectrum)) / 6.0
    strong = f[(spectrum > 0.05 * spectrum.max()) & (f > 30)]
    off = abs(strong / 110.0 - np.round(strong / 110.0)) * 110.0
    # partials of 220 Hz or of the octave below; vibrato and unison widen the high ones
    assert (off < 8.0 + 0.015 * strong).all()


def test_the_filter_takes_away_what_it_says():
    f0 = np.full(N, 200.0)
    dull = Patch(**STILL, cutoff=400.0)
    y, open_ = (
        voice(f0, 1.0, RATE, velocity=127, patch=patch)
        for patch in (dull, dull._replace(cutoff=7800.0))
    )
    lost = 20 * np.log10(level_at(open_, 1600) / level_at(y, 1600))
    assert 22 < lost < 28  # two octaves above the cutoff, 12 dB an octave


def test_velocity_key_and_envelope_open_the_filter():
    patch = Patch(**{**STILL, "cutoff_velocity": 2.0}, cutoff=500.0)
    loud, soft = (
        voice(np.full(N, 200.0), 1.0, RATE, velocity=v, patch=patch) for v in (127, 32)
    )
    brightness = [level_at(y, 1600) / level_at(y, 200) for y in (loud, soft)]
    assert brightness[0] > 2.5 * brightness[1]
    patch = Patch(**{**STILL, "key_tracking": 1.0}, cutoff=600.0)
    ratios = []
    for f0 in (100.0, 400.0):
        y = voice(np.full(N, f0), 1.0, RATE, patch=patch)
        ratios.append(level_at(y, 4 * f0) / level_at(y, f0))
    assert ratios[0] == pytest.approx(ratios[1], rel=0.05)
    patch = Patch(**STILL, cutoff=300.0, cutoff_octaves=4.0, cutoff_sustain=0.0,
                  cutoff_decay=0.1)  # fmt: skip
    y = voice(np.full(N, 200.0), 1.0, RATE, patch=patch)
    early, late = (abs(np.diff(part)).max() for part in (y[200:600], y[-400:]))
    assert early > 3 * late


def test_sub_pitch_and_unison_are_where_they_belong():
    f0 = np.full(N, 400.0)
    patch = Patch(**STILL, cutoff=7000.0, sub=1.0, level_2=1.0, pitch_2=7.0)
    y = voice(f0, 1.0, RATE, patch=patch)
    for frequency in (200.0, 400.0, 400.0 * 2 ** (7 / 12)):
        assert level_at(y, frequency) > 0.02
    wide = Patch(**STILL, cutoff=7000.0, unison=3, spread_cents=200.0)
    y = voice(f0, 1.0, RATE, patch=wide)
    for cents in (-100, 0, 100):
        assert level_at(y, 400 * 2 ** (cents / 1200)) > 0.03


def test_a_batch_of_patches_is_each_of_them():
    cutoffs = np.array([300.0, 2000.0])
    f0 = np.full((2, 500), 220.0)
    patch = PRESETS["lead"]
    together = voice(f0, 0.02, RATE, patch=patch._replace(cutoff=cutoffs))
    for k in range(2):
        alone = voice(f0[k], 0.02, RATE, patch=patch._replace(cutoff=cutoffs[k]))
        np.testing.assert_allclose(together[k], alone, atol=1e-12)


def test_dtype_is_kept(xp):
    f0 = xp.asarray(np.full(500, 220.0), dtype=xp.float32)
    y = (
        voice(f0, 0.02, RATE, patch="pad")
        if xp is np
        else jitted("pluck")(f0, 0.02, 90.0, None)
    )
    assert y.dtype == np.float32 and type(y) is type(f0)


def test_the_gradient_of_a_patch():
    """That of JAX, through oscillators, envelopes and filter, against differences."""
    f0, target = np.full(500, 220.0), 0.1 * NOISE[:500]

    def distance(xp, cutoff, resonance, decay):
        patch = PRESETS["pluck"]._replace(
            filter="lowpass", cutoff=cutoff, resonance=resonance, cutoff_decay=decay
        )
        return ((voice(xp.asarray(f0), 0.02, RATE, patch=patch) - target) ** 2).sum()

    at = (700.0, 0.4, 0.2)
    gradient = jax.jit(jax.grad(functools.partial(distance, jnp), (0, 1, 2)))(*at)
    for k, value in enumerate(at):
        h = 1e-4 * value
        ends = [(*at[:k], value + side * h, *at[k + 1 :]) for side in (1, -1)]
        slope = (distance(np, *ends[0]) - distance(np, *ends[1])) / (2 * h)
        assert gradient[k] == pytest.approx(slope, rel=1e-4)


def test_play_and_tail():
    y = play([(0.0, 0.1, 60), (0.1, 0.1, 64)], 8000, patch="brass")
    again = play([(0.0, 0.1, 60), (0.1, 0.1, 64)], 8000, patch="brass")
    np.testing.assert_array_equal(y, again)
    assert tail("pad") == PRESETS["pad"].release


def test_errors():
    f0 = np.full(100, 220.0)
    with pytest.raises(ValueError, match="patch must be one of 'bass'"):
        voice(f0, 0.1, RATE, patch="organ")
    with pytest.raises(ValueError, match="noise must be given for this patch"):
        voice(f0, 0.1, RATE, patch=Patch(noise=0.5))
    with pytest.raises(ValueError, match="noise must be as long as f0"):
        voice(f0, 0.1, RATE, patch=Patch(noise=0.5), noise=np.zeros(7))
    with pytest.raises(ValueError, match="filter must be one of 'lowpass24'"):
        subtractive.play([(0, 0.1, 60)], RATE, patch=Patch(filter="comb"))
