"""Every program of a real bank, beside FluidSynth, where both are installed.

Levels within 0.5 dB, pitches within a cent, times within 5 %. FluidSynth is given a
bank on which its interpolation plays no part; see `bench._unfolded`, `bench._fluid`.
`python -m bench soundfont` does the same with more keys.
"""

import ctypes.util
import os
from pathlib import Path

import pytest

from bench._fluid import BARS, HELD, RATE, Fluid, differences, level
from bench._unfolded import write_unfolded
from dsplab.formats.soundfont import read_soundfont
from dsplab.synths.soundfont import play_note

BANK = Path("/usr/share/sounds/sf2/TimGM6mb.sf2")
LIBRARY = os.environ.get("DSPLAB_FLUIDSYNTH") or ctypes.util.find_library("fluidsynth")
pytestmark = [
    pytest.mark.skipif(LIBRARY is None, reason="FluidSynth is not installed"),
    pytest.mark.skipif(not BANK.exists(), reason="TimGM6mb.sf2 is not installed"),
]
KEY, VELOCITY = 55, 100
FAMILIES = [
    "pianos", "bells", "organs", "guitars", "basses", "strings", "ensembles", "brass",
    "reeds", "pipes", "leads", "pads", "effects", "ethnic", "percussion", "noises",
]  # fmt: skip
# on these FluidSynth 2.3 differs from 2.6: filters and pitches that envelopes move
CHANGED = frozenset((
    11, 16, 19, 22, 28, 45, 46, 48, 49, 50, 51, 52, 53, 66, 75, 80, 101, 107, 125,
))  # fmt: skip


@pytest.fixture(scope="module")
def sound_font():
    return read_soundfont(BANK)


@pytest.fixture(scope="module")
def theirs(sound_font, tmp_path_factory):
    path = tmp_path_factory.mktemp("fluidsynth") / "unfolded.sf2"
    write_unfolded(path, sound_font, KEY, rate=RATE)
    return Fluid(LIBRARY, path)


@pytest.mark.parametrize("family", FAMILIES)
def test_notes_are_fluidsynths(family, theirs, sound_font):
    first = 8 * FAMILIES.index(family)
    old = tuple(map(int, theirs.version.split(".")[:2])) < (2, 6)
    for program in range(first, first + 8):
        if old and program in CHANGED:
            continue
        other = theirs.note(program, KEY, VELOCITY)
        assert level(other, 0.0, HELD) > -90.0, program
        options = {"sound_font": sound_font, "reverb": False, "chorus": False}
        y = play_note(KEY, HELD, RATE, program=program, velocity=VELOCITY, **options)
        off = dict(zip(BARS, differences(y, other), strict=True))
        assert all(not abs(off[k]) > bar for k, bar in BARS.items()), (program, off)
