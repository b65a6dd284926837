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

The file may be compressed by gzip as a whole; its name need not say so. A large set is
a row of files, its *shards*: x.tfrecord-00000-of-00010 ... x.tfrecord-00009-of-00010.
"""

import contextlib
import errno
import gzip
import mmap
import re
import struct
from pathlib import Path

import numpy as np

from dsplab.formats.errors import unreadable
from dsplab.formats.whole_files import whole_file
from neural.data.archives import Archive, Unzipped
from neural.data.checksum import crc32c
from neural.data.protocol_buffers import MessageError, encoded, field, fields, integers

MASK = 0xA282EAD8
HEADER, FOOTER = 12, 4  # bytes before and after the data
GZIP = b"\x1f\x8b"  # what a compressed file begins with
PIECE = 2**20  # bytes that are unpacked at a time
NAME = re.compile(r".+\.tfrecord(-\d{5,}-of-\d{5,})?(\.gz)?")
KINDS = {1: "bytes", 2: "float", 3: "int64"}


def masked_checksum(data):
    """CRC-32C of bytes as TFRecord files hold it."""
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + MASK) % 2**32


def is_header(data):
    """Whether bytes begin with a length and its checksum."""
    if len(data) < HEADER:
        return False
    return masked_checksum(data[:8]) == struct.unpack_from("<I", data, 8)[0]


class Records:
    """A TFRecord file: how many records there are, and the data of each.

    The file is walked through once, from length to length, which are checked; data is
    read, and its checksum compared, when it is asked for. In a compressed file that is
    slow (up to 32 MB are unpacked for one record): unpack it to train.
    """

    def __init__(self, path, look=None, *, part=None):
        """Find all records.

        Args:
          path: of the file. It is opened when something is read, and closed again.
          look: function of a record's number and data, called with each on the way,
            before any checksum is compared; what it returns is kept in `seen`.
          part: (first byte, how many), where it is a part of another file: `inside`.

        Raises:
          FormatError: a ValueError, if it is no TFRecord file, or ends too early.
        """
        self.path, self.places, self.seen = path, [], []
        begin, size = (0, Path(path).stat().st_size) if part is None else part
        self._part = slice(begin, begin + size)
        with open(path, "rb") as file:
            file.seek(begin)
            first = file.read(min(HEADER, size))
        if not first:
            raise unreadable(path, "the file is empty")
        packed = first.startswith(GZIP) and not is_header(first)  # it may be a length
        if packed and part is not None:
            raise unreadable(path, "it is compressed inside an archive: unpack it")
        self._unpacked = Unzipped(path) if packed else None
        with self._open() as take:
            for place, data in self._walk(take):
                if look is not None:
                    self.seen.append(look(len(self.places), data))
                self.places.append(place)

    @contextlib.contextmanager
    def _open(self):
        """A function of a place and a length, to as many bytes as there are."""
        if self._unpacked is not None:
            yield self._take
            return
        with open(self.path, "rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            view = memoryview(mapped)[self._part]
            yield lambda at, length: view[at : at + length]
        finally:
            with contextlib.suppress(BufferError):  # a view is still in use
                view.release()
                mapped.close()

    def _take(self, at, length):
        self._unpacked.seek(at)
        parts = []
        while length > 0 and (part := self._unpacked.read(min(length, PIECE))):
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    def _walk(self, take):
        at = 0
        while header := bytes(take(at, HEADER)):
            if len(header) < HEADER:
                raise self._unreadable("it ends inside a header", at)
            if not is_header(header):
                text = "the checksum of a length is wrong; no TFRecord file?"
                raise self._unreadable(text, at)
            (length,) = struct.unpack_from("<Q", header)
            both = take(at + HEADER, length + FOOTER)
            if len(both) < length + FOOTER:
                raise self._unreadable("it ends inside a record", at)
            yield (at + HEADER, length), both[:length]
            at += HEADER + length + FOOTER

    def _unreadable(self, text, at):
        where = "" if self._unpacked is None else ", once unpacked"
        return unreadable(self.path, text + where, byte=at)

    def __len__(self):
        """How many records."""
        return len(self.places)

    def read(self, k):
        """Bytes of record k.

        Raises:
          FormatError: if they are not what was written.
        """
        start, length = self.places[k]
        if self._unpacked is None:
            with open(self.path, "rb") as file:
                file.seek(self._part.start + start)
                both = file.read(length + FOOTER)
        else:
            both = self._take(start, length + FOOTER)
        data, checksum = both[:length], both[length:]
        if checksum != struct.pack("<I", masked_checksum(data)):
            text = f"record {k} is damaged: its checksum is wrong"
            raise self._unreadable(text, start)
        return data

    def close(self):
        """Do nothing: no file stays open, unlike that of an `Archive`."""


def inside(path):
    """TFRecord files inside a .tar that is not compressed, for `Records`.

    Returns:
      List of (path, (first byte, how many)), in the order of their names.

    Raises:
      FormatError: if it is none, or has none.
    """
    with contextlib.closing(Archive(path)) as archive:
        names = [n for n in archive.members if NAME.fullmatch(Path(n).name)]
        found = [(path, archive.members[name]) for name in sorted(names)]
    if not found:
        raise unreadable(path, "there is no TFRecord file in it")
    return found


def shards(path):
    """Paths of the files that a set is in.

    Args:
      path: such as x.tfrecord. Where there is no such file, it is the name of a set:
        x.tfrecord-00000-of-00010 and so on, or x.tfrecord.gz. What is there compressed
        (.gz) and unpacked is taken unpacked.

    Returns:
      List of `pathlib.Path`, in order.

    Raises:
      FormatError: a ValueError, if shards are missing, or there are two sets of them.
      FileNotFoundError: if there is nothing of that name.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    form = re.compile(re.escape(path.name) + r"(?:-(\d{5,})-of-(\d{5,}))?(\.gz)?")
    there = sorted(path.parent.iterdir()) if path.parent.is_dir() else []
    found = {}  # how many the set has -> number -> file; None for a file alone
    for file in reversed(there):  # so that a name without .gz comes after it
        if match := form.fullmatch(file.name):
            number, count = match[1] and int(match[1]), match[2] and int(match[2])
            found.setdefault(count, {})[number] = file
    if not found:
        text = f"there is no '{path}', nor '{path.name}-00000-of-...'"
        raise FileNotFoundError(errno.ENOENT, text)
    if len(found) > 1:
        kinds = ", ".join(f"{c} files" if c else "1 file" for c in found)
        raise unreadable(path, f"there are sets of {kinds}; keep one of them")
    ((count, files),) = found.items()
    missing = sorted(set(range(count or 0)) - set(files))
    if missing or len(files) != (count or 1):
        few = ", ".join(f"{k:05d}" for k in missing[:5]) + ", ..." * (len(missing) > 5)
        text = f"{len(missing)} of its {count} files are missing: {few}"
        raise unreadable(path, text)
    return [files[k] for k in sorted(files, key=lambda k: k or 0)]


def shard_names(path, n_shards):
    """Names of the files of a set that is split: x-00000-of-00010 ...

    >>> shard_names("x.tfrecord", 2)
    ['x.tfrecord-00000-of-00002', 'x.tfrecord-00001-of-00002']
    """
    return [f"{path}-{k:05d}-of-{n_shards:05d}" for k in range(n_shards)]


def write_records(path, records, *, compressed=False):
    """Write a TFRecord file of the bytes of each record; whole or not at all."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(whole_file(path))
        if compressed:
            packed = gzip.GzipFile("", "wb", compresslevel=6, fileobj=file, mtime=0)
            file = stack.enter_context(packed)
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
