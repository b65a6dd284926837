"""TFRecord files of tf.train.Example, read and written without TensorFlow.

A file is a row of records, each

    length     8 bytes, little-endian
    checksum   of the length, 4 bytes
    data       `length` bytes
    checksum   of the data, 4 bytes

The checksum is CRC-32C (Castagnoli's polynomial), rotated and moved: that of data which
holds checksums itself would otherwise be weak. The data is a protocol buffer,

    Example { Features features = 1 }      Features { map<string, Feature> feature = 1 }
    Feature { BytesList = 1 | FloatList = 2 | Int64List = 3 }, each list { value = 1 }

in the form of `protocol_buffers`. Numbers may be packed into one field or come each in
its own.
"""

import contextlib
import mmap
import struct

import numpy as np

from dsplab.formats.errors import unreadable
from dsplab.formats.whole_files import whole_file
from neural.data.checksum import crc32c
from neural.data.protocol_buffers import MessageError, encoded, field, fields, integers

MASK = 0xA282EAD8
HEADER, FOOTER = 12, 4  # bytes before and after the data
KINDS = {1: "bytes", 2: "float", 3: "int64"}


def masked_checksum(data):
    """CRC-32C of bytes as TFRecord files hold it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK) % 2**32


class Records:
    """A TFRecord file: how many records there are, and the data of each.

    The file is walked through once, from length to length, which are checked; data is
    read, and its checksum compared, when it is asked for.
    """

    def __init__(self, path):
        """Find all records."""
        self.path = path
        with open(path, "rb") as file:
            file.seek(0, 2)
            if file.tell() == 0:
                raise unreadable(path, "the file is empty")
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self.places = list(self._walk())
        except ValueError:
            self.close()
            raise

    def _walk(self):
        at, end = 0, len(self._bytes)
        while at < end:
            if at + HEADER > end:
                raise unreadable(self.path, "it ends inside a header", byte=at)
            length, checksum = struct.unpack_from("<QI", self._bytes, at)
            if masked_checksum(self._bytes[at : at + 8]) != checksum:
                text = "the checksum of a length is wrong; no TFRecord file?"
                raise unreadable(self.path, text, byte=at)
            if at + HEADER + length + FOOTER > end:
                raise unreadable(self.path, "it ends inside a record", byte=at)
            yield at + HEADER, length
            at += HEADER + length + FOOTER

    def __len__(self):
        """How many records."""
        return len(self.places)

    def unchecked(self, k):
        """Data of record k, its checksum not looked at: a view, which costs nothing."""
        start, length = self.places[k]
        return memoryview(self._bytes)[start : start + length]

    def read(self, k):
        """Bytes of record k.

        Raises:
          FormatError: if they are not what was written.
        """
        start, length = self.places[k]
        data = self._bytes[start : start + length]
        checksum = struct.unpack_from("<I", self._bytes, start + length)[0]
        if masked_checksum(data) != checksum:
            text = f"record {k} is damaged: its checksum is wrong"
            raise unreadable(self.path, text, byte=start)
        return data

    def close(self):
        """Close the file; if a view of it is in use, as soon as that is not."""
        with contextlib.suppress(BufferError):
            self._bytes.close()


def write_records(path, records):
    """Write a TFRecord file of the bytes of each record; whole or not at all."""
    with whole_file(path) as file:
        for data in records:
            length = struct.pack("<Q", len(data))
            file.write(length + struct.pack("<I", masked_checksum(length)))
            file.write(bytes(data) + struct.pack("<I", masked_checksum(data)))


def parse_example(data, *, only=None):
    """Read a serialised tf.train.Example.

    Args:
      data: its bytes.
      only: names of the features that are wanted; the others are passed over.

    Returns:
      dict: name to float32 array, int64 array, or list of bytes.

    Raises:
      FormatError: if the bytes are no Example.

    >>> parse_example(make_example({"pitch": [60], "name": [b"a"]}))
    {'pitch': array([60]), 'name': [b'a']}
    """
    try:
        return _features(memoryview(data).cast("B"), only)
    except MessageError as error:
        raise unreadable(None, str(error), byte=error.byte) from None


def _features(view, only):
    """The wanted features of an Example."""
    found = {}
    for number, features in fields(view):
        for inner, entry in fields(features) if number == 1 else ():
            parts = dict(fields(entry)) if inner == 1 else {}
            name = bytes(parts.get(1, b"")).decode("utf-8", "replace")
            if 1 in parts and (only is None or name in only):
                found[name] = _feature(parts.get(2, view[:0]))
    return found


def _feature(view):
    """The values of a Feature: the last of its lists counts."""
    values = np.zeros(0, np.float32)
    for kind, listed in fields(view):
        values = [value for number, value in fields(listed) if number == 1]
        if kind == 1:
            values = [bytes(value) for value in values]
        elif kind == 2:
            values = np.frombuffer(b"".join(values), "<f4")
        elif kind == 3:
            values = np.array([n for value in values for n in integers(value)], "i8")
    return values


def make_example(features):
    """Serialise a tf.train.Example.

    Args:
      features: name to an array of floats (stored as float32), of whole numbers, or to
        a list of bytes.

    Returns:
      bytes.
    """
    entries = []
    for name, values in features.items():
        kind, listed = _listed(values)
        feature = field(kind, listed)
        entries.append(field(1, field(1, name.encode()) + field(2, feature)))
    return field(1, b"".join(entries))


def _listed(values):
    """(kind, serialised list) of the values of a feature."""
    if len(values) and isinstance(values[0], bytes):
        return 1, b"".join(field(1, value) for value in values)
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return 2, field(1, values.astype("<f4").tobytes())
    numbers = [int(n) % 2**64 for n in values]
    return 3, field(1, b"".join(map(encoded, numbers)))
