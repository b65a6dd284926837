"""What the bytes of a sound file say before anything is decoded.

A decoder takes a file that was cut off for a short one, without a word. The containers
state how many bytes of sound should follow (WAV, AIFF, AU, CAF, Wave64) or mark their
last page (Ogg), so that a missing end can be told.
"""

import os
import struct

KINDS = (  # offset, first bytes, what such a file is
    (4, b"ftyp", "MPEG-4 audio or video (m4a, mp4)"),
    (0, b"\x1aE\xdf\xa3", "Matroska or WebM"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "Windows Media (wma)"),
    (0, b"\xff\xf1", "raw AAC"),
    (0, b"\xff\xf9", "raw AAC"),
    (0, b"#!AMR", "AMR"),
    (0, b"MThd", "a MIDI file, notes instead of sound"),
    (8, b"sfbk", "a SoundFont"),
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"\x89PNG", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (0, b"%PDF", "a PDF document"),
)
SOUND = (b"fLaC", b"OggS", b"RIFF", b"RIFX", b"RF64", b"FORM", b"caff", b".snd")
MOST_CHUNKS = 1000  # a chain longer than this is damage, not a sound file


def kind_of(head):
    """Name what kind of file starts with these bytes, or None if it is not known."""
    for offset, magic, kind in KINDS:
        if head[offset : offset + len(magic)] == magic:
            return kind
    text = head.decode("utf-8", errors="replace")
    strange = sum(not c.isprintable() and c not in "\t\r\n" for c in text)
    if head[:4] not in SOUND and not strange and text.count("\ufffd") <= len(text) / 8:
        return "text"
    return None


def sound_bytes(file):
    """Find the stretch of a file that holds the samples.

    Args:
      file: a file opened for reading bytes.

    Returns:
      (promised, present): the bytes of sound the header promises and the bytes that
      follow it, or None where the format does not say.
    """
    size = os.fstat(file.fileno()).st_size
    head = file.read(40)
    try:
        if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
            return _chunks(file, size, ">" if head[:4] == b"RIFX" else "<", b"data")
        if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
            return _chunks(file, size, ">", b"SSND")
        if head[:4] in (b".snd", b"dns."):
            order = ">" if head[:4] == b".snd" else "<"
            offset, promised = struct.unpack(order + "II", head[4:12])
            return _known(promised, size - offset)
        if head[:4] == b"caff":
            return _caf(file, size)
        if head[:4] == b"riff" and head[24:28] == b"wave":
            return _wave64(file, size)
    except struct.error:  # the header itself is cut off
        pass
    return None


def _known(promised, present, unknown=(0xFFFFFFFF, 0x7FFFFFFF)):
    """The pair, or None if the writer did not know the length (a stream, a pipe)."""
    return None if promised in unknown or present < 0 else (promised, present)


def _chunks(file, size, order, wanted):
    """RIFF, RF64 and AIFF: chunks of an id, a length and padding to an even address."""
    position, long_size = 12, None
    for _ in range(MOST_CHUNKS):
        file.seek(min(position, size))
        name, length = struct.unpack(order + "4sI", file.read(8))
        position += 8
        if name == b"ds64":
            _, long_size = struct.unpack("<QQ", file.read(16))
        if name == wanted:
            extra = 8 if wanted == b"SSND" else 0  # offset and block size come first
            if long_size is not None and length == 0xFFFFFFFF:
                length = long_size
            return _known(length - extra, size - position - extra)
        position += length + length % 2
    return None


def _caf(file, size):
    position = 8
    for _ in range(MOST_CHUNKS):
        file.seek(min(position, size))
        name, length = struct.unpack(">4sq", file.read(12))
        if name == b"data":  # an edit count of 4 bytes comes first; -1 is unknown
            return _known(length - 4, size - position - 16, unknown=(-5,))
        if length < 0:
            return None
        position += 12 + length
    return None


def _wave64(file, size):
    position = 40
    for _ in range(MOST_CHUNKS):
        file.seek(min(position, size))
        name, _, length = struct.unpack("<4s12sQ", file.read(24))
        if name == b"data":
            return _known(length - 24, size - position - 24)
        position += (max(length, 24) + 7) // 8 * 8
    return None


def ogg_ends(file):
    """Whether the last page of an Ogg file is whole and marked as the last one."""
    size = os.fstat(file.fileno()).st_size
    file.seek(max(0, size - 2 * 65307))  # 65307 bytes is the longest page
    tail = file.read()
    start = tail.rfind(b"OggS")
    if start < 0 or len(tail) < start + 27:
        return False
    n_segments = tail[start + 26]
    segments = tail[start + 27 : start + 27 + n_segments]
    whole = len(tail) >= start + 27 + n_segments + sum(segments)
    return whole and bool(tail[start + 5] & 4)
