"""Chapter 2: instruments out of words, by a language model over a codec's codes."""

import functools

import jax
import numpy as np

import neural
from neural.evaluation.note_scores import open_judge
from neural.evaluation.pitch_accuracy import pitch_accuracy
from neural.recipes import instrumentgen as recipe
from tour import measures, pictures
from tour.chapters.notes import chapter
from tour.records import Figure, Player, Result
from tour.sounds import Sound

CODES = "tutorials/lesson_23_codec_language_models.py"
TEXTS = "bright plucked string", "dark sustained organ", "acoustic brass"
TUNE = (60, 64, 67, 72)  # MIDI numbers
KEYS = tuple(range(48, 73, 2))  # of the keyboard run, with the first text


@functools.cache
def _model():
    return neural.pretrained("instrumentgen")


@chapter.system("InstrumentGen", source="neural/notes/instrumentgen.py", lesson=CODES)
def written(_material):
    """Is told a key and a text, and writes a note in the codes of a codec, as a
    language model writes words. After six minutes of learning most notes have the key
    that they were asked for, and words make a difference, if no large one.
    """
    params, config = _model()
    pitch = np.concatenate([TUNE] * len(TEXTS) + [KEYS])
    told = np.repeat(TEXTS, len(TUNE)).tolist() + [TEXTS[0]] * len(KEYS)
    key, z = jax.random.key(1), recipe.read(told)

    def play():
        return recipe.play(params, config, key, pitch=pitch, embedding=z)[0]

    x, seconds = measures.timed(play)
    n, rate = len(TUNE) * len(TEXTS), config.sample_rate
    tunes = x[:n].reshape(len(TEXTS), len(TUNE), -1)[:, :, : round(0.75 * rate)]
    players = [
        loud(f"“{text}”", tune, rate) for text, tune in zip(TEXTS, tunes, strict=True)
    ]
    run = x[n:, : round(0.35 * rate)]
    players.append(loud(f"two octaves of “{TEXTS[0]}”", run, rate))
    judge = open_judge("pitch-classifier")
    p, lowest = judge.probabilities(x, rate), judge.config.lowest_pitch
    right = 100 * pitch_accuracy(p, pitch, lowest_pitch=lowest)
    return Result(
        players=players,
        picture=pictures.spectrograms(
            [
                pictures.image(player.sound, n_fft=512, top=4000.0, title=text)
                for player, text in zip(players, TEXTS, strict=False)
            ],
            alt="Spectrograms of the same four keys, rising, with three texts: steps "
            "of a few lines each, with noise between them.",
        ),
        figures=[
            Figure("Pitch", measures.number(right), "%", "heard as asked for"),
            measures.speed(x.size / rate, seconds),
        ],
    )


def loud(name, notes, rate):
    """Notes in a row, at a level that is heard."""
    x = np.asarray(notes, dtype=float).ravel()
    return Player(name, Sound(name, 0.5 * x / np.abs(x).max(), rate))
