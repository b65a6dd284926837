"""RIFF: files made of chunks, each with a name of four letters and a length.

Programs that write them count wrongly in small ways: the size of the whole file, the
byte that fills up an odd chunk. Such files are read nevertheless.
"""

import struct
from typing import NamedTuple

HEADER = struct.Struct("<4sI")  # name, length


class Chunk(NamedTuple):
    """A piece of a file: its bytes lie at start <= position < end."""

    kind: bytes  # four letters
    start: int
    end: int
    missing: int  # bytes that it promises beyond those that there are

    @property
    def size(self):
        """Bytes that there are."""
        return self.end - self.start


def chunks(data, start, end, *, known=()):
    """List the chunks between two positions.

    A list ends where no further header fits. A chunk that reaches beyond the end is cut
    off there.

    Args:
      data: the bytes of the file.
      start: position of the first chunk's header.
      end: position after the last chunk.
      known: names that may follow: where an odd chunk lacks the byte that fills it up,
        such a name gives it away.

    >>> chunks(b"abcd\\x03\\x00\\x00\\x00xyz", 0, 11)
    [Chunk(kind=b'abcd', start=8, end=11, missing=0)]
    """
    found = []
    while start + 8 <= end:
        kind, size = HEADER.unpack_from(data, start)
        first = start + 8
        start = last = min(first + size, end)
        found.append(Chunk(kind, first, last, first + size - last))
        if size % 2 and bytes(data[last : last + 4]) not in known:
            start += 1
    return found


def chunk(kind, data):
    """Return the bytes of a chunk.

    >>> chunk(b"abcd", b"xyz")
    b'abcd\\x03\\x00\\x00\\x00xyz\\x00'
    """
    return kind + len(data).to_bytes(4, "little") + data + bytes(len(data) % 2)
