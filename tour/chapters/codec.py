"""Chapter 2: sound as a few codes, by the neural audio codec."""

import functools

import numpy as np

import neural
from neural.data.bank_notes import bank_notes
from neural.evaluation.codec_baselines import mu_law
from neural.evaluation.spectral_distance import multi_scale_distance
from neural.recipes import codec as recipe
from tour import measures, pictures
from tour.chapters.notes import chapter
from tour.records import Figure, Player, Result
from tour.sounds import Sound

CODES = "tutorials/lesson_23_codec_language_models.py"
UNHEARD = (("trumpet", 62), ("recorder", 69), ("trumpet", 71), ("recorder", 74))
SECONDS = 0.768  # of each note
DEPTH = 5  # bits a sample of mu-law, which does best with them at this bit rate


@functools.cache
def _model():
    return neural.pretrained("codec")


@chapter.system("Neural audio codec", source="neural/notes/codec.py", lesson=CODES)
def coded(_material):
    """Writes sound as 280 small numbers a second, 2 kbit, where a disc takes 700 times
    as many: each codebook says what those before it have left over. Two instruments
    that it never heard while it learned; 8 kHz.
    """
    params, config = _model()
    x = notes(config)
    codes = config.n_codebooks
    back, seconds = measures.timed(recipe.there_and_back, params, x, config)
    few = recipe.there_and_back(params, x, config, n_codebooks=2)
    each = config.bit_rate / codes
    sounds = {"original": x}
    for n, y in ((2, few), (codes, back)):
        sounds[f"{n} codebooks, {n * each / 1000:.2g} kbit/s"] = y
    law = f"mu-law, {config.bit_rate / 1000:.2g} kbit/s"
    bits, rate = config.bit_rate, config.sample_rate
    sounds[law] = mu_law(x, bits, rate, depth=DEPTH, hold=True)
    far = {name: distance(x, y) for name, y in sounds.items()}
    shown = [list(sounds)[k] for k in (0, 2, 3)]
    images = [sound(name, sounds[name], config) for name in shown]
    return Result(
        players=[Player(name, sound(name, y, config)) for name, y in sounds.items()],
        picture=pictures.spectrograms(
            [
                pictures.image(s, n_fft=512, top=4000.0, title=name)
                for s, name in zip(images, shown, strict=True)
            ],
            alt="Three spectrograms of four notes: harmonics of the original, nearly "
            "the same ones of the codec, and those of mu-law covered by noise.",
        ),
        figures=[
            Figure("Codec", measures.number(far[shown[1]]), "", "spectral distance"),
            Figure("mu-law", measures.number(far[law]), "", "at the same bit rate"),
            measures.speed(x.size / config.sample_rate, seconds),
        ],
    )


def notes(config):
    """Notes (n, n_samples) of instruments that the model has never heard."""
    n_samples = round(SECONDS * config.sample_rate)
    options = {"sample_rate": config.sample_rate, "n_samples": n_samples}
    return np.concatenate([bank_notes(*note, **options) for note in UNHEARD])


def distance(x, y):
    """Mean spectral distance."""
    return float(np.mean(multi_scale_distance(x, np.asarray(y, x.dtype))))


def sound(name, x, config):
    """Notes one after the other, at a level that is heard."""
    return Sound(name, 0.5 * x.ravel() / np.abs(x).max(), config.sample_rate)
