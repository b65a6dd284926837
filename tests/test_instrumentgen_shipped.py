"""The shipped InstrumentGen: the pitch that it is asked for, words and sounds."""

import functools

import jax
import numpy as np
import pytest

import neural
from neural.data.nsynth import FAMILIES
from neural.evaluation.note_scores import open_judge
from neural.evaluation.pitch_accuracy import pitch_accuracy
from neural.notes.instrumentgen import Config
from neural.recipes import instrumentgen as recipe

TEXTS = ("acoustic brass", "acoustic flute", "electronic organ", "acoustic string")


@pytest.fixture(scope="module")
def played():
    """48 notes of the shipped model: their sounds, pitches and texts."""
    params, config = neural.pretrained("instrumentgen")
    pitch = config.lowest_pitch + np.arange(48) % config.n_pitches
    told = {"pitch": pitch, "velocity": 100, "embedding": recipe.read(TEXTS * 12)}
    x, rate = recipe.play(params, config, jax.random.key(0), **told)
    return x, rate, pitch


def test_the_shipped_one_plays_the_pitch_it_is_asked_for(played):
    x, rate, pitch = played
    assert neural.pretrained("instrumentgen")[1] == Config.tiny() and rate == 8000
    judge = open_judge("pitch-classifier")
    p, lowest = judge.probabilities(x, rate), judge.config.lowest_pitch
    assert pitch_accuracy(p, pitch, lowest_pitch=lowest) > recipe.RIGHT - 0.1


def test_its_notes_are_of_the_family_in_the_text(played):
    x, rate, _ = played
    p = open_judge("family-classifier").probabilities(x, rate)
    asked = [FAMILIES.index(text.split()[1]) for text in TEXTS]
    own = p[np.arange(48), np.array(asked * 12)].mean()
    other = [
        p[np.arange(48), np.array((asked[k:] + asked[:k]) * 12)] for k in (1, 2, 3)
    ]
    assert own > 1.5 * np.mean(other)


def test_a_note_of_a_text_or_of_a_sound():
    params, config = neural.pretrained("instrumentgen")
    play = functools.partial(recipe.generate, params, config, duration=1.5)
    x = play(text="bright brass", pitch=55)
    assert x.shape == (12000,) and np.abs(x[:8000]).max() > 0.01 and not x[8192:].any()
    like = play(audio=(x, 8000), pitch=55)
    assert (like != x).any()
    with pytest.raises(ValueError, match="not both"):
        play(text="brass", audio=(x, 8000))
    with pytest.raises(ValueError, match="pitch must be within 48 and 72, got 90"):
        play(pitch=90)


def test_as_an_instrument_it_has_keys_velocities_and_texts():
    params, config = neural.pretrained("instrumentgen")
    one = recipe.instrument(params, config)
    assert one.pitches == (48, 72) and one.velocities == (50, 100)
    z = np.stack([one.latent("dark organ"), one.latent(one.usual)])
    way = np.asarray(one.between(z[:1], z[1:], 0.5))
    np.testing.assert_allclose(np.linalg.norm(way), 1.0, atol=1e-4)
    x = one.notes(np.array([60]), np.array([100]), way)
    assert x.shape == (1, round(one.held * one.sample_rate))
