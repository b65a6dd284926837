"""Chapter 2: notes from their names, by SING."""

import numpy as np

import neural
from dsplab.convert import midi_to_hz
from neural.recipes import sing as recipe
from tour import measures, pictures
from tour.chapters.notes import LESSON, chapter, steady_pitch
from tour.records import Figure, Player, Result
from tour.sounds import Sound

TUNES = {"organ": (54, 64), "oboe": (56, 66), "trombone": (49, 59, 69)}  # not heard
EACH = 0.7  # seconds
WAY = "organ", "flute"


@chapter.system("SING", source="neural/notes/sing.py", lesson=LESSON)
def symbols(_material):
    """Is told an instrument and a pitch, says frame by frame what is to be heard, and
    makes all of a note's samples in one pass. Here it plays what it never heard: these
    instruments at these pitches, and what lies between an organ and a flute.
    """
    params, config = neural.pretrained("sing")
    player = recipe.instrument(params, config)
    names = [name for name, tune in TUNES.items() for _ in tune]
    pitch = np.array([p for tune in TUNES.values() for p in tune] + [60] * 5)
    ends = (player.latent(name)[None] for name in WAY)
    way = player.between(*ends, np.linspace(0.0, 1.0, 5, dtype=np.float32))
    latent = np.concatenate([[player.latent(name) for name in names], way])

    def play():
        return np.asarray(player.notes(pitch, None, latent), float)

    play()  # compiled now
    notes, seconds = measures.timed(play)
    rate, n = config.sample_rate, round(EACH * config.sample_rate)
    short = 0.5 * notes[:, :n] * np.minimum((n - np.arange(n)) / (0.02 * rate), 1.0)
    sounds, first = [], 0
    for name, tune in [*TUNES.items(), (" to ".join(WAY), range(5))]:
        rows = short[first : first + len(tune)]
        sounds.append(Sound(name, rows.ravel(), rate))
        first += len(tune)
    heard = [steady_pitch(note, rate) for note in short]
    return Result(
        players=[Player(sound.name, sound) for sound in sounds],
        picture=pictures.spectrograms(
            [pictures.image(sound, n_fft=512, top=2000.0) for sound in sounds],
            alt="Spectrograms of an organ, an oboe and a trombone: rising notes, their "
            "partials steady; and five notes on the way from an organ to a flute: "
            "lines beside the partials fade.",
        ),
        figures=[
            measures.cents_figure(
                "Pitch error",
                np.array(heard),
                midi_to_hz(pitch.astype(float)),
                "median of all notes",
            ),
            Figure(
                "Generation",
                measures.number(notes.size / seconds),
                "samples/s",
                f"{len(notes)} notes at once",
            ),
            measures.speed(notes.size / rate, seconds),
        ],
    )
