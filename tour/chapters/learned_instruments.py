"""Chapter 2: learned models as instruments that play MIDI."""

import numpy as np

import neural
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import midi_to_hz
from dsplab.formats.midi_notes import midi_of
from dsplab.rendering import render_midi
from neural.instruments import record
from neural.recipes import gansynth as recipe
from neural.sampled import sound_font
from tour import measures, pictures
from tour.chapters.notes import LESSON, chapter
from tour.records import Figure, Player, Result
from tour.sounds import Sound

RATE = 16000
SOUNDS = "4", "1"  # seeds of two timbres
EACH = 0.25  # seconds of a key in the run
TUNE = (  # beats of half a second: onset, duration, pitch
    (0, 1, 72), (1, 0.5, 74), (1.5, 0.5, 76), (2, 1, 79), (3, 1, 76), (4, 0.5, 81),
    (4.5, 0.5, 79), (5, 0.5, 76), (5.5, 0.5, 72), (6, 2, 74), (0, 2, 60), (2, 2, 64),
    (4, 2, 65), (6, 2, 67), (0, 2, 64), (2, 2, 67), (4, 2, 69), (6, 2, 71),
    (8, 2, 60), (8, 2, 64), (8, 2, 67), (8, 2, 72),
)  # fmt: skip


@chapter.system("A model to play", source="neural/instruments.py", lesson=LESSON)
def keyboard(_material):
    """A note that GANSynth draws for each key, tuned, looped and laid over a keyboard,
    is an instrument: it plays MIDI, or leaves as a SoundFont. From the lowest key to
    the highest it goes from one timbre to another.
    """
    instrument = recipe.instrument(*neural.pretrained("gansynth"))
    takes = record(instrument, sounds=SOUNDS, sample_rate=RATE)
    font = sound_font(takes, "morph", sample_rate=RATE)
    lowest, highest = instrument.pitches
    pitch = np.arange(lowest, highest + 1)
    run = [(EACH * n, EACH, p) for n, p in enumerate(pitch)]
    keys = played(run, font, "key by key")
    f0 = autocorrelation_pitch(
        keys.x, sample_rate=RATE, f_min=150.0, f_max=1500.0, hop_length=RATE // 100
    ).f0
    parts = f0[: round(100 * EACH * len(run))].reshape(len(run), -1)[:, 8:-5]
    heard = np.nanmedian(parts, axis=1)
    tune = [(0.4 * on, 0.4 * long, p) for on, long, p in TUNE]
    return Result(
        players=[
            Player("a tune", played(tune, font, "a tune")),
            Player("key by key, from one timbre to the other", keys),
        ],
        picture=pictures.spectrograms(
            [pictures.image(keys, n_fft=1024, top=4000.0)],
            alt="Spectrogram of 25 rising keys: a fundamental and its harmonics climb "
            "in small steps, up to 2 kHz, where the model's sound ends.",
        ),
        figures=[
            measures.cents_figure(
                "Pitch error", heard, midi_to_hz(pitch.astype(float)), "median of keys"
            ),
            Figure(
                "Keys of their own",
                str(len(takes)),
                f"of {len(pitch)}",
                "a neighbour plays where a note was out of tune",
            ),
        ],
    )


def played(notes, font, name):
    """Notes (onset, duration, pitch) on a SoundFont, mixed to one channel."""
    y = render_midi(midi_of(notes), RATE, sound_font=font, chorus=False)
    y = y.mean(axis=0, dtype=float)
    return Sound(name, 0.7 * y / np.abs(y).max(), RATE)
