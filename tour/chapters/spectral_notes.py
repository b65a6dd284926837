"""Chapter 2: the NSynth autoencoders, notes as codes."""

import functools

import jax
import numpy as np

import neural
from dsplab.analysis.spectral_shape import spectral_centroid
from dsplab.convert import midi_to_hz
from neural.data.bank_notes import bank_notes, louder
from neural.evaluation.morphs import ways
from neural.notes import nsynth_spectral, nsynth_wavenet
from neural.recipes import nsynth_wavenet as wavenet_recipe
from tour import measures, pictures
from tour.chapters.notes import audible, chapter, steady_pitch
from tour.records import Figure, Player, Result
from tour.sounds import Sound

LESSON = "tutorials/lesson_21_nsynth_autoencoders.py"
TUNE = (60, 64, 67, 72)
MORPH = ("recorder", "sawtooth")  # the ends of the way
STEPS = 5
UNHEARD = ("recorder", "trumpet")  # in nobody's training data
NOTE_SECONDS = 0.5


@functools.cache
def _shipped(name):
    return neural.pretrained(name)


@chapter.system(
    "NSynth's spectral autoencoder",
    source="neural/notes/nsynth_spectral.py",
    lesson=LESSON,
)
def autoencoder(_material):
    """Looks at a note as at a picture and keeps sixteen numbers of it. From them, and
    any pitch, it paints a picture anew; what lies between two codes is an instrument
    that nobody built.
    """
    params, config = _shipped("nsynth-spectral")
    heard = bank_notes(
        "+".join(MORPH),
        60,
        sample_rate=config.sample_rate,
        n_samples=config.n_samples,
    )
    seen = nsynth_spectral.picture(heard, config)
    z = np.asarray(nsynth_spectral.encode(params, seen, config))
    share = np.linspace(0.0, 1.0, STEPS)[:, None]
    path = (1.0 - share) * z[:1] + share * z[1:]
    codes = np.concatenate([np.repeat(z[:1], len(TUNE), axis=0), path])
    pitch = np.array([*TUNE, *[60] * STEPS])

    def play(codes):
        return nsynth_spectral.generate(params, codes, pitch, config=config)

    notes, seconds = measures.timed(play, codes)
    notes = 0.5 * np.asarray(notes, float)
    rate, n = config.sample_rate, round(0.6 * config.sample_rate)
    tune = Sound("transposed", notes[: len(TUNE), :n].ravel(), rate)
    way = Sound("from one to the other", notes[len(TUNE) :, :n].ravel(), rate)
    before = Sound("the note it saw", 0.5 * heard[0] / np.abs(heard[0]).max(), rate)
    centroids = [brightness(note, rate) for note in notes[len(TUNE) :]]
    heard_pitch = [steady_pitch(note[:n], rate) for note in notes[: len(TUNE)]]
    return Result(
        players=[
            Player(f"a {MORPH[0]}, middle C", before),
            Player("its code at four pitches", tune),
            Player(f"{MORPH[0]} to {MORPH[1]}", way),
        ],
        picture=pictures.spectrograms(
            [pictures.image(s, n_fft=512, top=4000.0) for s in (before, tune, way)],
            alt="Three spectrograms: a steady note; the same timbre at four rising "
            "pitches; and five notes of one pitch whose upper partials come in one "
            "after the other.",
        ),
        figures=[
            measures.cents_figure(
                "Pitch error",
                np.array(heard_pitch),
                midi_to_hz(np.array(TUNE, float)),
                "median of the transposed notes",
            ),
            Figure(
                "On the way",
                " · ".join(f"{c:.0f}" for c in centroids),
                "Hz",
                "centre of gravity of the spectrum",
            ),
            measures.speed(notes.size / rate, seconds),
        ],
    )


def brightness(note, sample_rate):
    """Centre of gravity of a note's spectrum in Hz, the median over time."""
    return float(np.median(spectral_centroid(note, sample_rate)))


@chapter.system(
    "NSynth's WaveNet autoencoder",
    source="neural/notes/nsynth_wavenet.py",
    lesson=LESSON,
)
def heard_and_played(_material):
    """One network hears a note and writes eight numbers every 32 ms, a WaveNet plays
    what they say: nobody tells it pitch or name. This small one, trained for minutes,
    never heard a recorder or a trumpet: colour it keeps, under noise, pitch hardly.
    """
    params, config = _shipped("nsynth-wavenet")
    rate = config.sample_rate
    n_samples = round(NOTE_SECONDS * rate / config.hop_length) * config.hop_length
    heard = louder(
        bank_notes("+".join(UNHEARD), 60, sample_rate=rate, n_samples=n_samples)
    )
    z = np.asarray(nsynth_wavenet.encode(params, heard, config))
    way = ways(z, n_stops=STEPS)[:, 0]
    notes = nsynth_wavenet.generate(
        params,
        jax.random.key(0),
        way,
        config=config,
        temperature=wavenet_recipe.TEMPERATURE,
    )
    notes = np.asarray(notes, float)
    codes = wavenet_recipe.codes_of(heard, config)
    own, other = wavenet_recipe.held_out_nats(params, config, codes)
    before = audible(Sound("what it heard", heard.astype(float).ravel(), rate))
    again = audible(Sound("what it plays", notes[[0, -1]].ravel(), rate))
    between = audible(Sound("from one to the other", notes.ravel(), rate))
    centroids = wavenet_recipe.centroid(notes, rate)
    return Result(
        players=[
            Player(f"{UNHEARD[0]}, {UNHEARD[1]}: heard", before),
            Player("played from their numbers", again),
            Player(f"{UNHEARD[0]} to {UNHEARD[1]}", between),
        ],
        picture=pictures.spectrograms(
            [
                pictures.image(s, n_fft=512, top=rate / 2)
                for s in (before, again, between)
            ],
            alt="Three spectrograms: two notes, the second with more partials; as the "
            "WaveNet plays them, the first with its partial in noise, the second as "
            "noise that is strong where its partials were; and five such sounds, each "
            "brighter than the one before.",
        ),
        figures=[
            Figure("Told its own numbers", measures.number(own), "nats/sample"),
            Figure("Told the other note's", measures.number(other), "nats/sample"),
            Figure(
                "On the way",
                " · ".join(f"{c:.0f}" for c in centroids),
                "Hz",
                "centre of gravity of the spectrum",
            ),
        ],
    )
