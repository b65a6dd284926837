"""Where the samples of a plain WAV file lie, so that some of them can be read at once.

Plain is what most are: 16-bit integers or 32-bit floats, whose chunks before the
samples are short. Everything else is libsndfile's.
"""

import struct
from typing import NamedTuple

import numpy as np

HEAD = 512  # bytes of a file that are looked at
KINDS = {(1, 16): "<i2", (3, 32): "<f4"}  # (format, bits) to the samples' type


class Layout(NamedTuple):
    """Samples of n_channels, `kind` each, from byte `first` to byte `end`."""

    kind: str
    n_channels: int
    first: int
    end: int


def plain_layout(head):
    """The `Layout` of a file that begins with `head`, or None if it is not plain."""
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    at, known = 12, None
    while at + 8 <= len(head):
        name, size = struct.unpack_from("<4sI", head, at)
        at += 8
        if name == b"fmt " and at + 16 <= len(head):
            code, channels, _, _, block, bits = struct.unpack_from("<HHIIHH", head, at)
            kind = KINDS.get((code, bits))
            fits = kind and channels and block == channels * bits // 8
            known = (kind, channels) if fits else None
        if name == b"data":
            return known and Layout(*known, at, at + size)
        at += size + size % 2
    return None


def plain_part(file, layout, start, length):
    """Samples start .. start + length of an open file, float32, fewer at its end."""
    kind = np.dtype(layout.kind)
    block = kind.itemsize * layout.n_channels
    first = layout.first + start * block
    n = max(min(length, (layout.end - first) // block), 0)
    file.seek(first)
    data = file.read(n * block)
    n = len(data) // block
    x = np.frombuffer(data, kind, n * layout.n_channels).reshape(n, layout.n_channels)
    scale = np.float32(1.0 if kind.kind == "f" else 2.0**-15)
    return np.ascontiguousarray(x.T.astype(np.float32) * scale)
