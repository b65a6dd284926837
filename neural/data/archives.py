"""Files inside a .tar or .tar.gz, read where they lie: nothing is unpacked.

A tar file is a row of files; once it has been walked through, each can be found again.
Compressed, there is no way into the middle: what a byte means depends on all before it.
So on the way through, the decompressor is copied every so often, and later goes on from
the copy that is nearest before what is wanted.
"""

import bisect
import io
import tarfile
import zlib
from pathlib import Path

from dsplab.formats.errors import unreadable

STEP = 2**25  # bytes of contents from copy to copy; a copy takes about 70 kB
CHUNK = 2**18  # bytes of the file that are read at a time
GZIP = 31  # zlib's window bits for a gzip header and 32 kB


class Unzipped(io.RawIOBase):
    """The contents of a .gz file, readable anywhere that has once been passed.

    The file is open only while a chunk is read: a set may have a thousand of them.
    """

    def __init__(self, path, *, step=STEP):
        """Begin at the beginning."""
        self._name, self._step = str(path), step
        self._places, self._copies = [0], [(0, zlib.decompressobj(GZIP))]
        self._at = 0
        self._go_on_from(0)

    def _go_on_from(self, k):
        self._where, machine = self._copies[k]
        self._machine, self._made, self._rest = machine.copy(), self._places[k], b""

    def readable(self):
        """Yes."""
        return True

    def seekable(self):
        """Yes, from the beginning and from here."""
        return True

    def tell(self):
        """Byte of the contents that comes next."""
        return self._at

    def seek(self, offset, whence=io.SEEK_SET):
        """Go to a byte of the contents."""
        if whence == io.SEEK_END:
            raise io.UnsupportedOperation("the end is not known before it is read")
        self._at = offset if whence == io.SEEK_SET else self._at + offset
        return self._at

    def readinto(self, buffer):
        """Read what comes next."""
        if not self._made <= self._at <= self._made + len(self._rest) + self._step:
            self._go_on_from(bisect.bisect_right(self._places, self._at) - 1)
        while self._at >= self._made + len(self._rest):
            if not self._next():
                return 0
        part = self._rest[self._at - self._made :][: len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _next(self):
        """Decompress the next chunk; False at the end."""
        self._made, self._rest = self._made + len(self._rest), b""
        if self._made >= self._places[-1] + self._step and not self._machine.eof:
            self._places.append(self._made)
            self._copies.append((self._where, self._machine.copy()))
        with open(self._name, "rb") as file:
            file.seek(self._where)
            chunk = file.read(CHUNK)
        if self._machine.eof:  # another member may follow, or zeros that fill a block
            filled, chunk = len(chunk), chunk.lstrip(b"\0")
            self._where += filled - len(chunk)
            if not chunk:
                return bool(filled)
            self._machine = zlib.decompressobj(GZIP)
        if not chunk:
            raise unreadable(self._name, "it ends in the middle")
        try:
            self._rest = self._machine.decompress(chunk)
        except zlib.error as error:
            reason = f"its contents are damaged: {error}"
            raise unreadable(self._name, reason, byte=self._where) from None
        self._where += len(chunk) - len(self._machine.unused_data)
        return True


class Archive:
    """A .tar, .tar.gz or .tgz: names, and the bytes of each."""

    def __init__(self, path, *, step=STEP):
        """Walk through once and note where everything lies."""
        self.path = Path(path)
        with open(self.path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        self._file = (
            io.BufferedReader(Unzipped(path, step=step), CHUNK)
            if packed
            else open(path, "rb")  # noqa: SIM115  closed in close()
        )
        self.members = {}  # name -> (first byte, how many)
        try:
            with tarfile.open(fileobj=self._file, mode="r:") as tar:
                for member in tar:
                    if member.isfile():
                        self.members[member.name] = member.offset_data, member.size
        except tarfile.TarError as error:
            self.close()
            raise unreadable(str(path), f"it is no tar file: {error}") from None
        except ValueError:
            self.close()
            raise

    def read(self, name):
        """Bytes of a file."""
        if name not in self.members:
            raise unreadable(str(self.path), f"it has no '{name}'")
        offset, size = self.members[name]
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) < size:
            raise unreadable(str(self.path), f"it ends inside '{name}'")
        return data

    def close(self):
        """Close the file."""
        self._file.close()
