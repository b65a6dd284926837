"""Chapter 1, modulation: envelopes, slow waves, sequencer and arpeggiator."""

import numpy as np

from dsplab.convert import midi_to_hz
from dsplab.sources.arpeggiator import arpeggiate
from dsplab.sources.envelopes import adsr, breakpoints
from dsplab.sources.modulation import RANDOM, WAVES, lfo, modulation_matrix
from dsplab.sources.notes import parse_score
from dsplab.sources.oscillators import oscillator
from dsplab.sources.rhythm import note_hz, note_seconds
from dsplab.sources.sequencer import sequence
from dsplab.synths import subtractive
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_02_additive_and_subtractive.py"


def _closed_form(t, held, attack, decay, sustain, release, bend=4.0):
    """The level of an ADSR at times t, written once more, by cases."""

    def part(u):
        u = np.clip(u, 0.0, 1.0)
        return (1.0 - np.exp(-bend * u)) / (1.0 - np.exp(-bend))

    def pressed(t):
        rise = (1.0 - np.exp(-np.clip(t / attack, 0, 1))) / (1.0 - np.exp(-1.0))
        return np.where(
            t < attack, rise, 1 - (1 - sustain) * part((t - attack) / decay)
        )

    end = pressed(np.array(held)) * (1.0 - part((t - held) / release))
    return np.where(t < held, pressed(t), end)


@chapter.system("Envelopes", source="dsplab/sources/envelopes.py", lesson=LESSON)
def envelopes(_material):
    """How a level moves while a key is held and after it. Released at any moment, even
    in the attack, the sound ends from where it is; any drawn line can wait or go round.
    """
    n, t = 2 * RATE, np.arange(2 * RATE) / RATE
    times = {"attack": 0.3, "decay": 0.4, "sustain": 0.4, "release": 0.5}
    held = np.array([0.15, 0.5, 1.2])
    y, seconds = measures.timed(lambda: adsr(held, n, RATE, **times))
    exact = np.stack([_closed_form(t, h, *times.values()) for h in held])
    loop = breakpoints(
        1.4, n, RATE, levels=[0.0, 1.0, 0.3, 1.0, 0.0],
        durations=[0.05, 0.1, 0.1, 0.4], loop=(1, 3),
    )  # fmt: skip
    tone = oscillator(np.full(n, 220.0), RATE, shape="saw")
    sounds = 0.2 * y * tone
    curves = [Curve(t[::50], e[::50], f"{h:g} s") for e, h in zip(y, held, strict=True)]
    return Result(
        players=[
            Player("released in the attack", Sound("attack", sounds[0], RATE)),
            Player("released late", Sound("sustain", sounds[2], RATE)),
            Player("going round", Sound("loop", 0.2 * loop * tone, RATE)),
        ],
        picture=pictures.plots(
            Plot(curves, "one envelope, key held for", "seconds", "level"),
            Plot([Curve(t[::50], loop[::50])], "a line that goes round", "seconds"),
            alt="Left, three curves that rise together and fall to zero from different "
            "heights at 0.15, 0.5 and 1.2 seconds. Right, a zigzag that ends in a "
            "straight fall.",
        ),
        figures=[
            measures.db("Against its formula", np.abs(y - exact).max() + 1e-17),
            measures.speed(held.size * n / RATE, seconds),
        ],
    )


@chapter.system(
    "Low-frequency oscillators", source="dsplab/sources/modulation.py", lesson=LESSON
)
def slow_waves(_material):
    """Waves too slow to hear move what is heard: pitch, loudness, colour, in time with
    the music if wanted. A matrix says which source moves which destination, how far.
    """
    n, tempo = int(2.4 * RATE), 100.0
    noise = np.random.default_rng(6).uniform(-1.0, 1.0, 32)
    rate = np.full(n, note_hz("1/8", tempo))
    waves = {s: lfo(rate, RATE, shape=s, noise=noise) for s in WAVES + RANDOM}
    swell = adsr(2.2, n, RATE, attack=0.05, release=0.15, sustain=1.0)
    players = []
    for label, shape, semitones, gain in (
        ("vibrato", "sine", 0.4, 0.0),
        ("tremolo in eighths", "saw_down", 0.0, 0.5),
        ("a siren", "triangle", 5.0, 0.0),
        ("sample and hold", "sample_and_hold", 7.0, 0.0),
    ):
        sources = [waves[shape], 1.0]
        pitch, level = modulation_matrix(sources, [[semitones, 57.0], [gain, 1 - gain]])
        y = 0.25 * level * swell * oscillator(midi_to_hz(pitch), RATE, shape="saw")
        players.append(Player(label, Sound(label, y, RATE)))
    t = np.arange(n)[::40] / RATE
    plots = [
        Plot(
            [Curve(t, waves[s][::40] - 2.6 * k) for k, s in enumerate(names)],
            title, "seconds", options={"yticks": [], "xlim": (0.0, last)},
        )
        for names, last, title in (
            (WAVES, 1.2, "sine, triangle, saws, square"),
            (RANDOM, 2.4, "random: held, smooth"),
        )
    ]  # fmt: skip
    _, seconds = measures.timed(lfo, rate, RATE)
    triggers = np.flatnonzero(np.diff(waves["sample_and_hold"])) / RATE
    off = np.abs(np.diff(triggers) - note_seconds("1/8", tempo)).max()
    return Result(
        players=players,
        picture=pictures.plots(
            *plots,
            alt="Left, five waves above one another over a second: sine, triangle, "
            "rising and falling saw, square. Right, steps at random heights and a "
            "smooth curve through random heights.",
        ),
        figures=[
            Figure("Off an eighth", measures.number(1e6 * off), "µs"),
            measures.speed(n / RATE, seconds),
        ],
    )


CHORDS = "A3+C4+E4/4 F3+A3+C4/4 C4+E4+G4/4 G3+B3+D4/4"
LINE = "A1 A1 A2 - A1 - G1 A1 - C2 A1 - E2 D2 C2 G1"


@chapter.system(
    "Sequencer and arpeggiator", source="dsplab/sources/sequencer.py", lesson=LESSON
)
def phrases(_material):
    """A row of steps with accents, slides and swing becomes a bass line; held chords
    become a figure of single notes. Both hand notes to any synthesizer.
    """
    tempo = 126.0
    line = sequence(
        LINE, tempo=tempo, gate=0.55, accents="x..x..x...x..x..",
        slides="..x....x....x...", n_repeats=2,
    )  # fmt: skip
    figure = arpeggiate(
        parse_score(CHORDS, tempo=2 * tempo), tempo=tempo, order="up_down", octaves=2,
        gate=0.8, latch=True,
    )  # fmt: skip
    bass, seconds = measures.timed(
        subtractive.play, line, RATE, patch="acid", glide=0.05
    )
    high = subtractive.play(figure, RATE, patch="pluck")
    both = np.zeros(max(bass.size, high.size))
    both[: bass.size] += bass
    both[: high.size] += 0.6 * high
    sounds = {"steps": bass, "arpeggio": high, "together": both}
    plots = [
        Plot(
            [Curve(*_bars(notes), width=2.0)], title, "seconds", "MIDI note",
            {"xlim": (0, 3.8)},
        )
        for notes, title in ((line, "the steps, twice"), (figure, "the arpeggio"))
    ]  # fmt: skip
    grid = np.array([note.onset for note in figure]) / note_seconds("1/16", tempo)
    return Result(
        players=[Player(name, Sound(name, y, RATE)) for name, y in sounds.items()],
        picture=pictures.plots(
            *plots,
            alt="Two piano rolls of short bars: a bass line that repeats after half of "
            "the time, and a figure that climbs and falls through four chords.",
        ),
        figures=[
            Figure("Notes", str(len(line) + len(figure)), "", "of 16 steps, 4 chords"),
            Figure("Off the grid", measures.number(np.abs(grid - grid.round()).max())),
            measures.speed(bass.size / RATE, seconds),
        ],
    )


def _bars(notes):
    """Lines of a piano roll as one broken line: times and pitches."""
    x = [(n.onset, n.onset + n.duration, np.nan) for n in notes]
    return np.ravel(x), np.ravel([(n.pitch, n.pitch, np.nan) for n in notes])
