"""Chapter 1, General MIDI: 128 instruments and a drum kit, of our own synthesizers."""

import numpy as np

from dsplab.banks import general_midi
from dsplab.convert import midi_to_hz
from dsplab.formats.midi import Event
from dsplab.formats.soundfont import read_soundfont, waveform
from dsplab.synths.soundfont import play_events
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_05_wavetable_granular_sampling.py"
BEAT = 0.4  # seconds
WALK = 6.0
# one of each family: program and key
FAMILIES = (
    (0, 60), (11, 72), (19, 48), (24, 52), (33, 40), (40, 67), (52, 60), (56, 70),
    (65, 58), (73, 79), (81, 60), (90, 55), (98, 72), (107, 62), (114, 66), (119, 60),
)  # fmt: skip
CHORDS = ((57, 60, 64), (53, 57, 60))
TUNE = (76, 79, 81, 79, 77, 76, 74, 72)
KICKS, SNARES, CRASH = (0, 3, 6), (2, 6), 49


def notes(channel, rows):
    """Events of rows (beat, beats, key, velocity)."""
    for beat, beats, key, velocity in rows:
        begin, end = 0.05 + beat * BEAT, 0.05 + (beat + 0.95 * beats) * BEAT
        yield Event(begin, "note_on", channel, key, velocity)
        yield Event(end, "note_off", channel, key, 64)


def band():
    """Two bars for piano, bass, strings, flute and drums."""
    parts = {0: [], 1: [], 2: [], 3: [], 9: [(0, 1, CRASH, 90)]}
    for bar, chord in enumerate(CHORDS):
        at = 4 * bar
        parts[0] += [(at + k, 1, key, 85) for k in (1, 3) for key in chord]
        parts[1] += [(at + k, 0.5, chord[0] - 24, 105) for k in (0, 1.5, 2, 3.5)]
        parts[2] += [(at, 4, key + 12, 60) for key in chord]
        parts[9] += [(at + 0.5 * k, 0.4, 42, 60 + 30 * (k % 2 == 0)) for k in range(8)]
        parts[9] += [(at + 0.5 * k, 0.4, 36, 110) for k in KICKS]
        parts[9] += [(at + 0.5 * k, 0.4, 38, 105) for k in SNARES]
    parts[3] = [(k, 1, key, 95) for k, key in enumerate(TUNE)]
    programs = {0: 4, 1: 33, 2: 48, 3: 73, 9: 0}
    events = [Event(0.0, "program", c, 0, p) for c, p in programs.items()]
    for channel, rows in parts.items():
        events += notes(channel, rows)
    return sorted(events, key=lambda event: event.time)


def families():
    """A note of each of the sixteen families, one after the other."""
    events = []
    for k, (program, key) in enumerate(FAMILIES):
        at = 0.05 + 0.32 * k
        events += [
            Event(at, "program", 0, 0, program),
            Event(at, "note_on", 0, key, 100),
            Event(at + 0.3, "note_off", 0, key, 64),
        ]
    return events


def worst_cents(bank):
    """How far the loops of the pitched samples are from their keys, the worst."""
    off = []
    for sample in bank.samples:
        begin, end = sample.loop
        turns = (end - begin) * float(midi_to_hz(sample.root)) / sample.sample_rate
        if end and abs(turns - round(turns)) < 0.01:  # what has no pitch has no turns
            off.append(1200 * np.log2(round(turns) / turns))
    return np.abs(off).max()


def seam(bank, name, label):
    """The end of a sample's loop, and its beginning behind it."""
    (sample,) = [sample for sample in bank.samples if sample.name == name]
    x, (begin, end) = waveform(sample), sample.loop
    around = round(0.008 * sample.sample_rate)
    there = np.arange(end - around, end + around)
    x = x[np.where(there < end, there, there - end + begin)]
    t = 1000.0 * (there - end) / sample.sample_rate
    return Curve(t, x / np.abs(x).max(), label)


@chapter.system(
    "General MIDI", source="data_scripts/make_general_midi.py", lesson=LESSON
)
def bank_of_the_house(_material):
    """All that is above, as the instruments of General MIDI: each recorded at a few
    pitches by its synthesizer, with a loop that is not cut out but computed.
    """
    bank = read_soundfont(general_midi())
    y, seconds = measures.timed(play_events, band(), RATE, sound_font=bank)
    walk = play_events(families(), RATE, sound_font=bank)
    walk = walk[:, : round(WALK * RATE)]
    song = Sound("four instruments and a kit", 0.7 * y / np.abs(y).max(), RATE)
    each = Sound("sixteen families", 0.5 * walk / np.abs(walk).max(), RATE)
    seams = [seam(bank, "trumpet 62", "trumpet"), seam(bank, "violin 64", "violin")]
    return Result(
        players=[Player("a band", song), Player("a note of each family", each)],
        picture=pictures.plots(
            pictures.image(each, top=9000.0, title="a note of each family"),
            Plot(seams, "loops begin where they end", "ms from the seam", ""),
            alt="A spectrogram of sixteen notes, each with another pattern of lines; "
            "beside it two periodic waves that go on across a seam without a break.",
        ),
        figures=[
            Figure("Instruments", "128", "", "and a drum kit of 47 keys"),
            Figure(
                "Size",
                measures.number(general_midi().stat().st_size / 1e6, 3),
                "MB",
                f"{len(bank.samples)} samples",
            ),
            Figure(
                "Pitch error of the loops",
                measures.number(worst_cents(bank), 2),
                "cents",
                "worst of all with a pitch",
            ),
            measures.speed(y.shape[-1] / RATE, seconds),
        ],
    )
