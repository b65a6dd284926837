"""Sampler: the right zone, in tune, looped without a click, clean when transposed."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
from test_oscillators import wrong_notes_db

from dsplab.convert import midi_to_hz
from dsplab.sources.oscillators import oscillator
from dsplab.synths import sampler
from dsplab.synths.sampler import PRESETS, Patch, Zone, map_keys, play, tail, voice

RATE = 44100
T = np.arange(RATE) / RATE
TONE = np.sin(2 * np.pi * 441.0 * T)
A4 = 69 + 12 * np.log2(441.0 / 440.0)
PLAIN = {"attack": 0.0, "decay": 0.0, "sustain": 1.0, "release": 0.0}


def hz(pitch, n=RATE // 2):
    return np.full(n, float(midi_to_hz(pitch)))


@pytest.mark.parametrize("rate", [RATE, 22050])
@pytest.mark.parametrize("cents", [0.0, -730.0, 1234.0])
def test_a_note_is_in_tune_whatever_the_sample_rates(rate, cents):
    tone = np.sin(2 * np.pi * 441.0 * np.arange(rate * 2) / rate)
    patch = Patch(zones=(Zone(tone, rate, A4),), **PLAIN)
    f = 441.0 * 2 ** (cents / 1200)
    y = voice(np.full(20000, f), 1.0, RATE, velocity=127.0, patch=patch)
    expected = 0.5 * np.sin(2 * np.pi * f * np.arange(20000) / RATE)
    np.testing.assert_allclose(y[500:], expected[500:], atol=2e-4)


def test_two_octaves_up_without_wrong_notes():
    x = oscillator(np.full(5 * RATE, 220.5), RATE, shape="saw", antialiasing="additive")
    root = 69 + 12 * np.log2(220.5 / 440)
    patch = Patch(zones=(Zone(x, RATE, root),), start=0.1, **PLAIN)
    y = voice(np.full(RATE + 500, 883.0), 9.0, RATE, patch=patch)[500:]
    assert wrong_notes_db(y, 883) < -95


def test_zones_by_key_and_velocity():
    zones = tuple(
        Zone(np.full(9000, level), RATE, 60, keys, velocities)
        for level, keys, velocities in [
            (0.1, (0, 60), (1, 127)),
            (0.2, (60, 127), (1, 64)),
            (0.4, (60, 127), (64, 127)),
        ]
    )
    patch = Patch(zones=zones, **PLAIN)

    def level(pitch, velocity):
        y = voice(hz(pitch, 1000), 1.0, RATE, velocity=velocity, patch=patch)
        return y[100] / (0.5 * (velocity / 127) ** 2)

    cases = {(59, 100): 0.1, (60, 63): 0.2, (60, 64): 0.4, (127, 127): 0.4}
    for (pitch, velocity), expected in cases.items():
        assert abs(level(pitch, velocity) - expected) < 1e-3
    both = Patch(zones=(zones[0], zones[0]._replace(gain_db=-6.0206)), **PLAIN)
    y = voice(hz(50, 1000), 1.0, RATE, velocity=127, patch=both)
    assert abs(y[500] - 0.075) < 1e-3


def test_map_keys_shares_the_keyboard():
    zones = map_keys({40: TONE, 50: TONE, 70: TONE}, RATE)
    assert [zone.keys for zone in zones] == [(0, 45), (45, 60), (60, 127)]
    (zone,) = map_keys({69: TONE}, RATE, loop="auto")
    assert (zone.loop[1] - zone.loop[0]) % 100 == 0 and zone.crossfade > 0


def test_a_loop_goes_on_as_if_the_recording_did():
    zone = Zone(TONE, RATE, A4, loop=(10000, 20000))
    for crossfade in (0, 500):
        patch = Patch(zones=(zone._replace(crossfade=crossfade),), **PLAIN)
        y = voice(np.full(60000, 600.0), 5.0, RATE, velocity=127.0, patch=patch)
        expected = 0.5 * np.sin(2 * np.pi * 600.0 * np.arange(60000) / RATE)
        np.testing.assert_allclose(y[500:], expected[500:], atol=2e-4)


def test_a_crossfade_mixes_the_ends_of_a_loop():
    x = np.concatenate([np.zeros(1000), np.ones(2000)]) * TONE[:3000]
    zone = Zone(x, RATE, A4, loop=(500, 2500), crossfade=400)
    y = voice(np.full(4000, 441.0), 1.0, RATE, velocity=127.0,
              patch=Patch(zones=(zone,), **PLAIN))  # fmt: skip
    envelope = np.abs(y).reshape(-1, 100).max(axis=1) / 0.5
    np.testing.assert_allclose(envelope[12:20], 1.0, atol=0.02)
    assert (
        0.3 < envelope[22] < 0.9
        and envelope[24] < 0.3
        and envelope[26] < 0.02
        and envelope[32] > 0.98
    )


def test_after_the_loop_comes_the_end_of_the_recording():
    x = np.concatenate([TONE[:20000], 0.25 * TONE[:10000]])
    zone = Zone(x, RATE, A4, loop=(5000, 15000), until_release=True)
    patch = Patch(zones=(zone,), **(PLAIN | {"release": 9.0}))
    y = voice(np.full(60000, 441.0), 30000 / RATE, RATE, velocity=127.0, patch=patch)
    # in the loop at 10000 when the key is let go: 10000 samples later, the softer part
    late = np.abs(y[41000:49000]).max() / np.abs(y[32000:39000]).max()
    assert 0.15 < late < 0.25
    assert np.abs(y[50500:]).max() < 1e-3


def test_one_shot_start_and_pan():
    patch = Patch(zones=(Zone(TONE, RATE, A4, pan=-1.0),), one_shot=True, start=0.5)
    y = voice(np.full(30000, 441.0), 0.01, RATE, velocity=127.0, patch=patch)
    assert y.shape == (2, 30000) and np.abs(y[1]).max() < 1e-12
    assert np.abs(y[0, 10000:20000]).max() > 0.49 and np.abs(y[0, 22500:]).max() < 1e-6
    assert tail(patch) == 1.0


@pytest.mark.parametrize("name", PRESETS)
def test_presets_play_in_tune_and_keep_their_level(name):
    y = voice(hz(64, 30000), 0.4, RATE, velocity=127.0, patch=name)
    assert 0.1 < np.abs(y).max() < 0.56
    spectrum = np.abs(np.fft.rfft(y[3000:27000] * np.hanning(24000), 1 << 17))
    f = float(midi_to_hz(64 + PRESETS[name].transpose))
    near = spectrum[int(0.97 * f * (1 << 17) / RATE) :][
        : int(0.06 * f * (1 << 17) / RATE)
    ]
    assert near.max() > 0.3 * spectrum.max()


def test_libraries_agree_with_loops_and_channels():
    x = np.stack([TONE[:800], np.cos(0.3 * np.arange(800))])
    zone = Zone(x, 8000, 60, loop=(200, 600), crossfade=100, until_release=True)

    def sound(x, f0):
        patch = Patch(zones=(zone._replace(x=x),))
        return voice(f0, 0.1, 8000, velocity=90.0, patch=patch)

    f0 = np.linspace(200.0, 300.0, 1200)
    y = sound(x, f0)
    assert y.shape == (2, 1200)
    ours = voice(f0, 0.1, 8000, velocity=90.0, patch=Patch(zones=(zone,)))
    np.testing.assert_allclose(sound(jnp.asarray(x), jnp.asarray(f0)), ours, atol=1e-9)
    single = sound(x.astype(np.float32), f0.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, y, atol=1e-3)


def test_gradient_with_respect_to_recording_and_pitch():
    def level(x, f0):
        patch = Patch(zones=(Zone(x, 8000, 60, keys=(0, 64)),))
        y = voice(f0 + jnp.zeros(60), 0.1, 8000, patch=patch)
        return (y * jnp.arange(60.0)).sum()

    x = np.random.default_rng(0).standard_normal(100)
    jax.test_util.check_grads(jax.jit(level), (x, 251.3), 1, ["rev"], rtol=1e-4)


def test_play_sums_notes():
    patch = Patch(zones=(Zone(TONE, RATE, A4),))
    y = play([(0.0, 0.05, 60.0), (0.02, 0.05, 64.0)], RATE, patch=patch)
    assert y.shape[-1] == int(np.ceil((0.07 + 0.15) * RATE))


def test_errors():
    with pytest.raises(ValueError, match="patch must be one of 'electric piano'"):
        voice(hz(60), 0.1, RATE, patch="piano")
    with pytest.raises(ValueError, match="f0 must have 1 dimensions"):
        voice(np.ones((2, 9)), 0.1, RATE)
    assert sampler.PEAK == 0.5
