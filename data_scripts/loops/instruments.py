"""What plays the loops: programs of the General MIDI bank, synthesizers, drum kits.

Every instrument has a number, and the number says on which side it is: of six, one is
for validation and one for the test, in every rendering, whatever its seed. So a loop
that somebody renders anew for a test is played by what was never learned.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from dsplab import banks
from dsplab.formats.midi import Event
from dsplab.formats.soundfont import read_soundfont
from dsplab.synths import fm, modal, plucked, subtractive, waveguide
from dsplab.synths.soundfont import play_events

CYCLE = ("train", "train", "valid", "train", "train", "test")
ENGINES = {
    "fm": fm, "modal": modal, "plucked": plucked, "subtractive": subtractive,
    "waveguide": waveguide,
}  # fmt: skip
DRAWS_NOISE = {"plucked", "subtractive"}


class Instrument(NamedTuple):
    """What plays. `plays` is a program number, or (engine, preset)."""

    name: str
    side: str
    plays: Any


# from number 128 on, in this order
PATCHES = (
    ("fm", "bass"), ("plucked", "bass"), ("subtractive", "acid"),
    ("subtractive", "bass"), ("waveguide", "electric bass"), ("fm", "electric piano"),
    ("fm", "brass"), ("plucked", "nylon guitar"), ("plucked", "harp"),
    ("modal", "vibraphone"), ("subtractive", "pluck"), ("fm", "bell"),
)  # fmt: skip
CHORDS = (
    *range(0, 8), 11, *range(16, 22), *range(23, 32), 46, *range(48, 55),
    *range(61, 64), *range(88, 96), 133, 134, 135, 136, 137, 138,
)  # fmt: skip
MELODY = (
    0, 2, *range(4, 7), *range(8, 17), *range(21, 28), *range(40, 43), 45, 46, 48, 52,
    *range(56, 61), *range(64, 88), *range(104, 112), 114, *range(133, 140),
)  # fmt: skip
BASS = (*range(32, 40), 43, 58, 87, *range(128, 133))
FX = tuple(range(119, 128))  # and those of `noises`
KITS = {"train": ("808", "acoustic"), "valid": ("lofi",), "test": ("909",)}


def side_of(number):
    """train, valid or test: where the instrument of this number is heard."""
    return CYCLE[number % len(CYCLE)]


def instruments(numbers, side):
    """The instruments of these numbers that are on this side, in order."""
    found = []
    for number in numbers:
        plays = number if number < 128 else PATCHES[number - 128]
        name = f"program {number}" if number < 128 else " ".join(plays)
        if side_of(number) == side:
            found.append(Instrument(name, side, plays))
    return found


@functools.lru_cache(maxsize=1)
def _bank():
    return read_soundfont(banks.general_midi())


def play(instrument, notes, sample_rate, *, rng):
    """Play notes on an instrument, dry: one channel, until it has died away."""
    if not isinstance(instrument.plays, int):
        name, preset = instrument.plays
        options = {"rng": rng} if name in DRAWS_NOISE else {}
        y = ENGINES[name].play(notes, sample_rate, patch=preset, **options)
        return np.asarray(y, np.float64)
    events = [Event(0.0, "program", 0, 0, instrument.plays)]
    for note in notes:
        key, velocity = round(note.pitch), round(note.velocity)
        events.append(Event(note.onset, "note_on", 0, key, velocity))
        events.append(Event(note.onset + note.duration, "note_off", 0, key, 64))
    events.sort(key=lambda event: (event.time, event.kind == "note_on"))
    options = {"sound_font": _bank(), "reverb": False, "chorus": False}
    y = play_events(events, sample_rate, gain=1.0, **options)
    return y.astype(np.float64).sum(axis=0) / np.sqrt(2.0)
