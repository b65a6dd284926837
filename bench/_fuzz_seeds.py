"""Good files for the fuzzer to damage, small and large, and what their formats say."""

import functools
import io
import struct

import numpy as np
import soundfile

from dsplab.formats.dx7 import Operator, Patch, encode_sysex
from dsplab.formats.soundfont import (
    GENERATORS,
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
    encode_soundfont,
)

MOST = 2**20  # bytes of the largest file


@functools.cache
def soundfonts():
    """SF2 of 16 and 24 bits, SF3, and banks as large as the fuzzer's largest file."""
    plain = _bank(np.int16, deep=False)
    small = [plain, _bank(np.int16, deep=True), _bank(np.uint8, deep=False)]
    zones = tuple(Zone({k: 1 for k in range(5, 14)}, (), 0) for _ in range(3000))
    head = plain.instruments[0]._replace(zones=zones)
    wide = plain._replace(instruments=(head,) + 8000 * plain.instruments[1:2])
    one = Sample("one", np.ones(1, np.int16), None, 8000, (0, 1))
    many = SoundFont({}, (), (), (one,) * 7000)
    large = [encode_soundfont(bank)[:MOST] for bank in (wide, many)]
    texts = b"INFO" + 120000 * b"INAM\0\0\0\0"
    large.append(encode_soundfont(plain).replace(b"INFO", texts, 1)[:MOST])
    return [encode_soundfont(bank) for bank in small], large


def _bank(dtype, *, deep):
    """Two presets, two instruments, three samples; every kind of zone."""
    rng = np.random.default_rng(5)
    if dtype == np.uint8:
        pcm = _stream(rng)
        length = 900
    else:
        length = 60
        pcm = rng.integers(-(2**15), 2**15, length).astype(dtype)
    low = rng.integers(0, 256, length).astype(np.uint8) if deep else None
    sides = (("mono", None), ("left", 2), ("right", 1))
    samples = tuple(
        Sample(f"S{k}", pcm, low, 22050, (9, 50), 60 + k, -k, side, link)
        for k, (side, link) in enumerate(sides)
    )
    moved = (Modulator(0x0502, 48, 960), Modulator(0x81, 6, 50, 0x10, 2))
    whole = Zone({number: 1 for number in GENERATORS if number not in (43, 44)}, moved)
    zones = tuple(Zone({43: (k, 99), 44: (0, 9), 54: 1}, moved, k) for k in range(3))
    instruments = (Instrument("I0", (whole, *zones)), Instrument("I1", zones[:1]))
    layers = (Zone({51: -12}), Zone({48: 30}, (), 0), Zone({43: (0, 60)}, moved, 1))
    presets = (Preset("P0", 0, 0, layers), Preset("P1", 9, 128, layers[1:]))
    info = {"version": (2, 4), "name": "Seed", "comment": "to be damaged"}
    info["default_modulators"] = moved
    return SoundFont(info, presets, instruments, samples)


def _stream(rng):
    """A short Ogg Vorbis stream."""
    file = io.BytesIO()
    x = rng.uniform(-0.5, 0.5, 900)
    soundfile.write(file, x, 22050, format="OGG", subtype="VORBIS")
    return np.frombuffer(file.getvalue(), np.uint8)


@functools.cache
def midi_files():
    """Types 0, 1 and 2, SMPTE time, running status, texts; and very long tracks."""
    head = _midi_track(
        b"\0\xff\x51\x03\x07\xa1\x20\0\xff\x58\x04\x03\x02\x18\x08"
        b"\0\xff\x59\x02\xfd\x01\0\xff\x03\x04Lead\x60\xff\x51\x03\x03\xd0\x90"
    )
    notes = _midi_track(
        b"\0\xc0\x05\0\xb0\x07\x64\0\x65\0\0\x64\0\0\x06\x0c\0\x90\x3c\x40\x10\x40\x50"
        b"\x60\x3c\0\0\x40\0\0\xe0\0\x60\x08\xd0\x22\0\xa0\x3c\x11\0\xb0\x40\x7f"
        b"\0\xf0\x05\x7e\x7f\x09\x01\xf7\x81\0\x90\x3c\x01\x83\x7f\x80\x3c\x30"
    )
    drums = _midi_track(b"\0\xff\x21\x01\x01\0\x99\x24\x7f\x18\x89\x24\0\0\xf7\x01\xf8")
    small = [
        _midi(1, 480, head, notes, drums),
        _midi(0, 96, notes),
        _midi(2, 96, notes, drums),
        _midi(1, -25 * 256 + 40, head, notes),
    ]
    running = _midi_track(b"\0\x90" + b"\x3c\x40\x01\x3c\0\x01" * 170000)
    texts = _midi_track(b"\0\xff\x05\x01a" * 200000)
    tempos = _midi_track(b"\1\xff\x51\x03\x07\xa1\x20" * 140000)
    tiny = [_midi_track(b"")] * 60000
    held = _midi_track(b"\0\x90\x3c\x40\0\x99\x24\x40" * 130000)
    pedal = _midi_track(b"\1\xb0\x40\x7f\0\x90\x3c\x40\1\x80\x3c\0\1\xb0\x40\0" * 60000)
    empty = _midi_track(b"\0\xf0\0" * 340000)
    full = (running, texts, tempos, held, pedal, empty)
    large = [_midi(1, 96, track) for track in full]
    large.append(_midi(1, 96, *tiny))
    return small, [data[:MOST] for data in large]


def _midi(kind, division, *tracks):
    head = struct.pack(">4sIHHh", b"MThd", 6, kind, min(len(tracks), 65535), division)
    return head + b"".join(tracks)


def _midi_track(data):
    data += b"\0\xff\x2f\0"
    return b"MTrk" + struct.pack(">I", len(data)) + data


@functools.cache
def sysex_files():
    """A voice, a bank, a bank without header, other makes between; very many."""
    one = Patch(name="SEED", operators=(Operator(rates=(9, 8, 7, 6)),) * 6)
    voice, bank = encode_sysex(one), encode_sysex([one] * 32)
    other = b"\xf0\x41\x10\x16\x12\x01\x02\xf7"
    small = [voice, bank, bank[6:-2], other + voice + b"\xfe" + other + bank]
    large = [voice * (MOST // 163), bank * (MOST // 4104), b"\xf0" * MOST]
    return small, [*large, b"\xf0\x43\0\0\1\x1b" * (MOST // 6)]


WORDS = {  # what each format knows by name, for the fuzzer to strew about
    "SoundFont": [b"RIFF", b"LIST", b"sfbk", b"INFO", b"sdta", b"pdta", b"OggS"]
    + [b"ifil", b"smpl", b"sm24", b"DMOD", b"phdr", b"pbag", b"pgen", b"pmod"]
    + [b"inst", b"ibag", b"igen", b"imod", b"shdr", b"\x29\0", b"\x35\0", b"\x10\x80"],
    "MIDI": [b"MThd", b"MTrk", b"RIFF", b"RMID", b"\xff\x2f\0", b"\xff\x51\x03"]
    + [b"\xff\x58\x04", b"\xff\x21\x01", b"\xff\x7f", b"\xf0", b"\xf7", b"\x81\x80\0"]
    + [b"\xff\xff\xff\x7f", b"\xb0\x65\0", b"\xb0\x64\0", b"\xb0\x06", b"\xb0\x40"],
    "SysEx": [b"\xf0\x43", b"\xf0\x43\0\x09\x20\0", b"\xf0\x43\0\0\x01\x1b", b"\xf7"]
    + [b"\xf0", b"\xfe", b"\x43\x10", b"\x01\x1b", b"\x20\0"],
}
