"""From the bytes of a SoundFont file to its presets, instruments and samples.

A file is three lists of chunks: INFO (texts), sdta (all recordings in a row) and pdta
(nine tables: presets, instruments, samples and their zones).

What other players put up with is put up with here, by the rules of FluidSynth: what
makes no sense is left out and named in a warning.
"""

import mmap
import os
import stat
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab.formats._soundfont_samples import read_samples
from dsplab.formats._soundfont_tables import (
    TABLES,
    read_instruments,
    read_presets,
    read_tables,
)
from dsplab.formats._soundfont_text import as_text
from dsplab.formats._soundfont_types import INFO, LONGEST, Modulator, SoundFont
from dsplab.formats.containers import kind_of
from dsplab.formats.errors import DamagedWarning, unreadable
from dsplab.formats.riff import chunks

LISTS = (b"INFO", b"sdta", b"pdta")
KNOWN = {b"LIST", b"smpl", b"sm24", *TABLES, *(name.encode() for name in INFO)}


class Source(NamedTuple):
    """A file that is being read."""

    name: str | None
    data: memoryview
    remarks: dict  # what is left out -> names of what it belongs to

    def remark(self, what, whose):
        """Note something that the warning is to mention."""
        self.remarks.setdefault(what, []).append(whose)

    def error(self, reason, byte=None):
        """The error that says why the file is of no use."""
        return unreadable(self.name, reason, byte=byte)


def read_soundfont(file):
    """Read a SoundFont: presets, instruments and samples, ready to be played.

    SF2 with 16- or 24-bit samples and SF3 (Ogg Vorbis) are read. A file on disk is
    mapped into memory, not loaded: a bank of hundreds of megabytes opens at once, and
    of its samples only those take memory that are used.

    Args:
      file: a path (a string or `pathlib.Path`), the bytes of a file, or a binary file.

    Returns:
      A `SoundFont`. Zones and samples that cannot be played are left out.

    Raises:
      FormatError: a ValueError with the file, the byte and why it is no SoundFont.
      OSError: if there is no such file, it is a folder, or reading is not permitted.

    Warns:
      DamagedWarning: with what was left out or put right, if anything was.

    Reference: "SoundFont Technical Specification", version 2.04 (E-mu Systems, 2006);
      deviations are treated as by FluidSynth.

    >>> from dsplab.formats.soundfont import Sample, SoundFont, encode_soundfont
    >>> beep = Sample("beep", np.full(99, 500, np.int16), None, 44100)
    >>> data = encode_soundfont(SoundFont({"name": "Beeps"}, (), (), (beep,)))
    >>> sound_font = read_soundfont(data)
    >>> sound_font.info["name"], sound_font.samples[0].sample_rate
    ('Beeps', 44100)
    """
    source = _open(file)
    lists = _lists(source)
    info = _info(source, lists[b"INFO"]) if b"INFO" in lists else {"version": (2, 1)}
    tables = read_tables(source, *lists[b"pdta"])
    samples, kept = read_samples(source, lists.get(b"sdta"), tables[b"shdr"][0])
    instruments = read_instruments(source, tables, kept)
    presets = read_presets(source, tables, len(instruments))
    _warn(source)
    return SoundFont(info, presets, instruments, tuple(samples))


def _open(file):
    """The bytes of a file, mapped if it lies on a disk."""
    if isinstance(file, bytes | bytearray | memoryview):
        return Source(None, memoryview(file).cast("B"), {})
    if hasattr(file, "read"):
        name, data = getattr(file, "name", None), file.read()
        if isinstance(data, str):
            raise ValueError("file must be opened in binary mode")
        return Source(name if isinstance(name, str) else None, memoryview(data), {})
    path = Path(file)
    if path.exists() and not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        raise unreadable(path, "it is not a regular file")
    with open(path, "rb") as opened:
        if os.fstat(opened.fileno()).st_size == 0:
            raise unreadable(path, "the file is empty")
        mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    return Source(str(path), memoryview(mapped), {})


def _warn(source):
    """Say in one warning what was left out."""
    if not source.remarks:
        return
    parts = []
    for what, names in source.remarks.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        parts.append(f"{what} ({names[0]}{more})")
    name = "these bytes have" if source.name is None else f"'{source.name}' has"
    text = f"{name} faults, the rest was read: {'; '.join(parts)}"
    warnings.warn(text, DamagedWarning, stacklevel=3)


def _lists(source):
    """Where the three lists of the file are: name -> (start, end)."""
    data = source.data
    if bytes(data[:4]) != b"RIFF" or bytes(data[8:12]) != b"sfbk":
        raise source.error(f"it is not a SoundFont but {_kind(bytes(data[:16]))}", 0)
    size = int.from_bytes(data[4:8], "little")
    if size + 8 not in (len(data), len(data) + 1, len(data) - 1):
        source.remark(f"its size is {len(data)} bytes", f"its header says {size + 8}")
    found = {}
    for part in chunks(data, 12, len(data), known=KNOWN):
        kind = bytes(data[part.start : part.start + 4])
        if part.kind == b"LIST" and kind in LISTS and kind not in found:
            found[kind] = (part.start + 4, part.end)
            if part.missing:
                source.remark(f"{part.missing} bytes are missing", kind.decode())
    if b"pdta" not in found:
        raise source.error(
            "it has no list of presets (pdta); is it cut off?", len(data)
        )
    if b"INFO" not in found:
        source.remark("it has no list of texts", "INFO")
    return found


def _kind(head):
    """What a file that begins so is, in words."""
    if head[:4] == b"RIFF" and len(head) >= 12:
        name = {b"DLS ": "a DLS bank", b"WAVE": "a WAV file", b"RMID": "a MIDI file"}
        return name.get(head[8:12], f"a RIFF file of kind {head[8:12]!r}")
    if head[:4] == b"MThd":
        return "a MIDI file"
    return kind_of(head) or f"a file that begins with {head[:4]!r}"


def _info(source, span):
    """The texts and versions of the file, by their names in `INFO`."""
    info = {}
    for part in chunks(source.data, *span, known=KNOWN):
        kind = part.kind.decode("latin-1")
        key = INFO.get(kind)
        if key is None or key in info:
            continue
        data = bytes(source.data[part.start : min(part.end, part.start + 65536)])
        if kind in ("ifil", "iver"):
            if len(data) < 4:
                raise source.error(f"its chunk '{kind}' is too short", part.start)
            info[key] = tuple(np.frombuffer(data[:4], "<u2").tolist())
        elif kind == "DMOD":
            records = np.frombuffer(data[: len(data) // 10 * 10], TABLES[b"pmod"])
            info[key] = tuple(Modulator(*row) for row in records[:-1].tolist())
        else:
            longest = LONGEST.get(kind, 255)
            if len(data.rstrip(b"\0")) > longest:
                source.remark(f"text cut to {longest} bytes", kind)
            info[key] = as_text(data[:longest])
    version = info.setdefault("version", (2, 1))
    if version[0] not in (2, 3):
        major, minor = version
        raise source.error(f"version {major}.{minor} is not known, only 2 and 3 are")
    return info
