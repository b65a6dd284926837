"""The classifier of instrument families: what it sees, and the shipped one's figure."""

import numpy as np
import pytest

import neural
from data_scripts.notes.instruments import from_sound_font, render
from data_scripts.render_notes import split
from dsplab.banks import general_midi
from dsplab.mel import mel_spectrogram
from dsplab.resampling import resample
from neural.classifiers import family, short_chunk
from neural.classifiers.hearing import notes_heard
from neural.data.nsynth import FAMILIES

RATE = 16000


@pytest.fixture(scope="module")
def classifier():
    return neural.pretrained("family-classifier")


@pytest.fixture(scope="module")
def notes():
    """A note of each third instrument it heard, at a key it did not: x, families."""
    bank = general_midi()
    instruments = from_sound_font(bank, None)
    sides = split(instruments, (0.1, 0.1), 0)
    x, families = [], []
    for number, (instrument, side) in enumerate(zip(instruments, sides, strict=True)):
        if side != "train" or number % 2:
            continue
        key = next(k for k in range(55, 65) if (k + 3 * number) % 10 == 0)
        x.append(render(instrument, key, 100, sound_font=bank, seed=0)[:RATE])
        families.append(FAMILIES.index(instrument.family))
    return np.stack(x), np.array(families)


def test_the_picture_is_mel_bands_in_decibels(classifier):
    config = classifier[1]
    x = np.random.default_rng(0).standard_normal((2, RATE)).astype("f4")
    seen = family.picture(x, config)
    assert seen.dtype == np.float32 and seen.shape == (2, 32, 64)
    power = mel_spectrogram(
        x, RATE, n_fft=1024, hop_length=512, n_mels=64, f_min=40.0, norm="peak"
    )
    db = 10 * np.log10(power / power.max(axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(
        80 * (seen.swapaxes(1, 2) - 1), np.maximum(db, -80), atol=1e-3
    )


def test_probabilities_and_embedding_are_of_one_network(classifier, notes):
    params, config = classifier
    x = notes[0][:3]
    p = family.probabilities(params, x, RATE, config)
    np.testing.assert_allclose(p.sum(axis=1), 1.0, rtol=1e-5)
    hidden = family.embed(params, x, RATE, config)
    assert hidden.shape == (3, config.n_hidden)
    last = params["Dense_1"]
    logits = hidden @ last["kernel"] + last["bias"]
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(p, odds / odds.sum(axis=1, keepdims=True), atol=1e-5)
    seen = family.picture(notes_heard(x, RATE, config), config)
    np.testing.assert_allclose(
        hidden, short_chunk.embed(params, seen, config), atol=1e-5
    )


def test_level_and_silence_before_do_not_matter(classifier, notes):
    params, config = classifier
    x = notes[0][:2]
    expected = family.probabilities(params, x, RATE, config)
    late = np.pad(0.01 * x, [(0, 0), (3000, 0)])
    found = family.probabilities(params, late, RATE, config)
    np.testing.assert_allclose(found, expected, atol=1e-3)
    twice = resample(x, 2 * RATE)
    found = family.probabilities(params, twice, 2 * RATE, config)
    np.testing.assert_allclose(found, expected, atol=0.02)


def test_the_shipped_one_knows_instruments_at_keys_it_never_heard(classifier, notes):
    params, config = classifier
    assert config.classes == tuple(FAMILIES)
    x, families = notes
    right = family.probabilities(params, x, RATE, config).argmax(axis=1) == families
    assert len(right) == 45
    assert right.mean() >= 0.65  # one in eleven by chance
