"""SoundFonts: banks of recorded instruments, which a MIDI file or a keyboard plays.

read_soundfont     an SF2 or SF3 file as presets, instruments and samples
write_soundfont    the other way; encode_soundfont gives the bytes
waveform           the sound of a sample
GENERATORS         what the numbers of a zone mean; NUMBERS finds them by name
"""

from dsplab.formats._soundfont_reading import read_soundfont
from dsplab.formats._soundfont_samples import n_samples_of, waveform
from dsplab.formats._soundfont_types import (
    GENERATORS,
    INFO,
    NUMBERS,
    Generator,
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
)
from dsplab.formats._soundfont_writing import encode_soundfont, write_soundfont

__all__ = [
    "GENERATORS",
    "INFO",
    "NUMBERS",
    "Generator",
    "Instrument",
    "Modulator",
    "Preset",
    "Sample",
    "SoundFont",
    "Zone",
    "encode_soundfont",
    "n_samples_of",
    "read_soundfont",
    "waveform",
    "write_soundfont",
]
