"""SoundFonts: banks of recorded instruments, which a MIDI file or a keyboard plays.

read_soundfont     an SF2 or SF3 file as presets, instruments and samples
write_soundfont    the other way; encode_soundfont gives the bytes
waveform           the sound of a sample
GENERATORS         what the numbers of a zone mean; NUMBERS finds them by name
"""

from dsplab.formats.soundfont_reading import read_soundfont
from dsplab.formats.soundfont_samples import waveform
from dsplab.formats.soundfont_types import (
    GENERATORS,
    NUMBERS,
    Generator,
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
)
from dsplab.formats.soundfont_writing import encode_soundfont, write_soundfont

__all__ = [
    "GENERATORS",
    "NUMBERS",
    "Generator",
    "Instrument",
    "Modulator",
    "Preset",
    "Sample",
    "SoundFont",
    "Zone",
    "encode_soundfont",
    "read_soundfont",
    "waveform",
    "write_soundfont",
]
