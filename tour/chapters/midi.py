"""Chapter 1, MIDI files: what is in them, and how they become sound."""

import io
import time

import numpy as np

from dsplab.formats.midi import read_midi, write_midi
from dsplab.formats.midi_curves import bend_events
from dsplab.formats.midi_notes import parts
from dsplab.rendering import render_midi
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.song import song
from tour.sounds import RATE, Sound

ENGINES = {
    0: "fm:electric piano", 1: "fm:bass", 3: "additive:clarinet", 5: "fm:bell",
    6: "fm:brass", 9: "drums:808",
}  # fmt: skip
GROUPS = {  # what is drawn in one colour, by channels
    "melody": (3, 5), "chords": (0, 2, 4, 6), "bass": (1,), "drums": (9,),
}  # fmt: skip
OPTIONS = {"gain": 1.0, "duration": 5.6}


@chapter.system(
    "MIDI to audio",
    source="dsplab/rendering/files.py",
    lesson="tutorials/lesson_05_wavetable_granular_sampling.py",
)
def midi_to_audio(_material):
    """A MIDI file says which key is struck when, how wheels and pedals move, and how
    fast the music goes. A bank of recorded notes turns it into sound, or any
    synthesizer of this page, channel by channel.
    """
    file = io.BytesIO()
    write_midi(file, song(2))
    midi = read_midi(file.getvalue())
    begin = time.perf_counter()
    y = render_midi(midi, RATE, **OPTIONS)
    seconds = time.perf_counter() - begin
    theirs = Sound("bank", y.astype(float), RATE)
    mixed = render_midi(midi, RATE, engines=ENGINES, **OPTIONS | {"duration": 3.5})
    ours = Sound("synthesizers", mixed.astype(float), RATE)
    again = io.BytesIO()
    write_midi(again, midi)
    pairs = zip(*_sorted(midi, read_midi(again.getvalue())), strict=True)
    moved = sum(one != other for one, other in pairs)
    roll = Plot(
        [_strokes(midi, *group) for group in GROUPS.items()],
        "What the file says: notes",
        "seconds",
        "key",
        {"xlim": (0.0, theirs.duration)},
    )
    return Result(
        players=[
            Player("the shipped bank", theirs),
            Player("synthesizers on six channels", ours),
        ],
        picture=pictures.plots(
            roll,
            pictures.wave(theirs, title="What is heard: the bank"),
            alt="Above, notes as short lines at their keys: bass, chords, a melody and "
            "drums, in two bars. Below, the waveform of the same seconds.",
            stacked=True,
        ),
        figures=[
            measures.speed(theirs.duration, seconds),
            Figure("Notes", str(sum(len(part.notes) for part in parts(midi)))),
            Figure("Events moved by writing and reading", str(moved)),
            Figure("Flute bends by", f"{_bend(midi):.2f}", "semitones"),
        ],
    )


def _strokes(midi, label, channels):
    """The notes of some channels, as lines."""
    notes = [n for part in parts(midi) if part.channel in channels for n in part.notes]
    spans = [(n.onset, n.onset + n.duration, np.nan) for n in notes]
    keys = [(n.pitch, n.pitch, np.nan) for n in notes]
    return Curve(np.ravel(spans), np.ravel(keys), label, width=2.6)


def _sorted(*files):
    return [sorted(midi.events, key=lambda event: event[:4]) for midi in files]


def _bend(midi):
    return -bend_events(midi, channel=3)[:, 1].min()
