"""The pitch classifier: its picture, its laws, that it learns, and the shipped one."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import neural
from data_scripts.notes.instruments import from_sound_font, render
from data_scripts.render_notes import split
from dsplab.banks import general_midi
from dsplab.convert import midi_to_hz
from dsplab.resampling import resample
from neural.classifiers import pitch
from neural.classifiers.pitch import MARGIN, Config
from neural.evaluation.pitch_accuracy import pitch_accuracy
from neural.optimization import init_state

RATE = 16000
SMALL = Config(
    duration=0.25,
    window_length=2048,
    n_fft=2048,
    hop_length=1024,
    lowest_pitch=60,
    n_pitches=12,
    harmonics=(0.5, 1, 2, 3),
    n_channels=4,
)


@pytest.fixture(scope="module")
def params():
    return pitch.init(jax.random.key(0), SMALL)


def tones(pitches, n_samples, *, rate=RATE):
    """Notes of eight harmonics that die away."""
    t = np.arange(n_samples) / rate
    f0 = midi_to_hz(np.asarray(pitches, float))[:, None]
    parts = [np.sin(2 * np.pi * h * f0 * t) / h for h in range(1, 9)]
    kept = [part * (h * f0 < rate / 2) for h, part in enumerate(parts, 1)]
    return (np.sum(kept, axis=0) * np.exp(-3 * t)).astype(np.float32)


@pytest.mark.parametrize("config", [Config.tiny(), SMALL])
def test_a_sine_is_in_the_middle_band_of_its_semitone(config):
    weights = pitch.filters(config)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, rtol=1e-5)
    assert weights.min() >= 0.0
    t = np.arange(round(config.duration * RATE)) / RATE
    pitches = np.array([60.0, 60 + 1 / 3, 66.0, 84 - 1 / 3, 100.0])
    x = np.sin(2 * np.pi * midi_to_hz(pitches)[:, None] * t).astype(np.float32)
    seen = pitch.picture(x, config)
    assert seen.dtype == np.float32 and seen.min() >= 0.0 and seen.max() == 1.0
    expected = config.bands * (pitches - config.lowest_band) + config.bands // 2
    np.testing.assert_array_equal(
        seen.mean(axis=1).argmax(axis=1), np.round(expected).astype(int)
    )


def test_the_stack_is_the_picture_at_harmonics():
    rng = np.random.default_rng(0)
    seen = rng.random((2, 3, SMALL.n_bands)).astype("f4")
    found = np.asarray(pitch.stack(jnp.asarray(seen), SMALL))
    semitones = SMALL.n_pitches + 2 * MARGIN
    assert found.shape == (2, 3, 3 * semitones, 4)
    first = 3 * (SMALL.lowest_pitch - MARGIN - SMALL.lowest_band)
    for k, h in enumerate(SMALL.harmonics):
        for position in range(3 * semitones):
            band = first + position + round(36 * np.log2(h))
            inside = band < SMALL.n_bands
            expected = seen[:, :, band] if inside else 0.0
            np.testing.assert_allclose(found[:, :, position, k], expected, rtol=1e-6)


def test_every_key_has_the_same_weights(params):
    # a picture a semitone higher gives the logits of the next key
    rng = np.random.default_rng(1)
    config = dataclasses.replace(SMALL, n_pitches=60, lowest_pitch=40)
    seen = np.zeros((1, 2, config.n_bands), "f4")
    middle = slice(130, 190)
    seen[..., middle] = rng.random((1, 2, 60))
    higher = np.roll(seen, config.bands, axis=-1)
    a, b = (np.asarray(pitch.apply(params, x, config))[0] for x in (seen, higher))
    np.testing.assert_allclose(b[17:-16], a[16:-17], atol=1e-5)
    assert np.ptp(a[17:-16]) > 0.01


def test_it_starts_at_chance_and_learns_a_batch(params):
    seen = pitch.picture(tones(range(60, 72), 4000), SMALL)
    batch = {"picture": seen, "label": np.arange(12)}
    assert abs(pitch.loss(params, config=SMALL, **batch) - np.log(12)) < 0.8
    rule = optax.adam(5e-2)
    state = init_state(params, rule)
    for _ in range(40):
        state, metrics = pitch.train_step(state, batch, config=SMALL, optimizer=rule)
    assert metrics["loss"] < 0.1
    found = pitch.probabilities(state["params"], tones([60, 65], 4000), RATE, SMALL)
    np.testing.assert_array_equal(found.argmax(axis=1), [0, 5])


def test_level_rate_and_silence_before_do_not_matter():
    params, config = neural.pretrained("pitch-classifier")
    x = tones([62], 8000)
    expected = pitch.probabilities(params, x, RATE, config)
    assert expected.argmax() + config.lowest_pitch == 62 and expected.max() > 0.9
    late = np.pad(0.003 * x, [(0, 0), (5000, 0)])
    np.testing.assert_allclose(
        pitch.probabilities(params, late, RATE, config), expected, atol=1e-4
    )
    for rate in (8000, 22050, 48000):
        other = resample(x, len(x[0]) * rate // RATE)
        p = pitch.probabilities(params, other, rate, config)
        assert p.argmax() == expected.argmax() and p.max() > 0.9
    silent = pitch.probabilities(params, 0.0 * x, RATE, config)
    np.testing.assert_allclose(silent.sum(), 1.0, rtol=1e-5)


def test_the_embedding_is_of_the_pitch_that_is_heard():
    params, config = neural.pretrained("pitch-classifier")
    x = tones([50, 62], 8000)
    found = pitch.embed(params, x, RATE, config)
    assert found.shape == (2, config.n_channels)
    seen = pitch.picture(pitch.notes_heard(x, RATE, config), config)
    _, channels = pitch.PitchNetwork(config).apply({"params": params}, seen)
    p = pitch.probabilities(params, x, RATE, config)
    expected = [q @ rows for q, rows in zip(p, np.asarray(channels), strict=True)]
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.fixture(scope="module")
def held_out():
    """Notes, keys and families of instruments that it was not trained on."""
    bank = general_midi()
    instruments = from_sound_font(bank, None)
    sides = split(instruments, (0.1, 0.1), 0)
    heard = zip(instruments, sides, strict=True)
    played = [
        (instrument, key)
        for instrument, side in heard
        for key in (36, 52, 68, 84)
        if side != "train"
    ]
    x = [render(i, key, 100, sound_font=bank, seed=0)[:RATE] for i, key in played]
    return np.stack(x), np.array([(key, i.family == "synth_lead") for i, key in played])


@pytest.mark.parametrize(("rate", "seconds"), [(RATE, 1.0), (4000, 0.5)])
def test_the_shipped_one_knows_the_pitch_of_held_out_instruments(
    held_out, rate, seconds
):
    params, config = neural.pretrained("pitch-classifier")
    x, (pitches, synthetic) = held_out[0], held_out[1].T
    x = resample(x, rate)[:, : round(seconds * rate)]
    p = pitch.probabilities(params, x, rate, config)
    assert len(p) == 88
    assert pitch_accuracy(p, pitches, lowest_pitch=config.lowest_pitch) >= 0.9
    # of the five synthetic pads, two are of partials that are no harmonics
    p, pitches = p[synthetic == 0], pitches[synthetic == 0]
    assert pitch_accuracy(p, pitches, lowest_pitch=config.lowest_pitch) >= 0.97


def test_keys_that_were_not_trained_on_are_known():
    # 36 to 84 were; the same weights read the others
    params, config = neural.pretrained("pitch-classifier")
    pitches = [28, 31, 33, 88, 91, 95, 99, 101]
    p = pitch.probabilities(params, tones(pitches, RATE), RATE, config)
    np.testing.assert_array_equal(p.argmax(axis=1) + config.lowest_pitch, pitches)
