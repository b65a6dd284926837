"""Unpack a .zip, .tar or .tar.gz of strangers into a folder, and nowhere else.

Refused, before anything is written: names that lead out of the folder (.., absolute,
drive letters), links and devices, names that meet each other (also where upper and
lower case are one), more files or bytes than allowed. Sizes that a header promises are
not believed: what comes out is counted as it is written, so a small file cannot grow
without end. All is unpacked beside the folder and moved into place at the end: after a
failure there is nothing.
"""

import os
import shutil
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from dsplab.formats.errors import unreadable

CHUNK = 2**20
MOST_FILES = 1_000_000
MOST_BYTES = 2**38  # 256 GiB; NSynth's largest archive holds 75 GB


def unpack(path, folder, *, most_files=MOST_FILES, most_bytes=MOST_BYTES):
    """Unpack an archive into a folder that is not there yet.

    Args:
      path: the archive; its first bytes decide what it is, not its name.
      folder: to make; what is inside comes directly below.
      most_files: more than these are refused.
      most_bytes: the same, of all contents together.

    Returns:
      Number of files.

    Raises:
      FormatError: if the archive is damaged, or does what no honest one does.
      FileExistsError: if the folder is there.
    """
    path, folder = Path(path), Path(folder)
    if folder.exists():
        raise FileExistsError(f"'{folder}' is there: move it away or choose another")
    beside = folder.with_name(f".{folder.name}.unpacking")
    shutil.rmtree(beside, ignore_errors=True)  # of a run that was killed
    beside.mkdir(parents=True)
    try:
        with _opened(path) as (members, contents):
            places = _places(path, members, most_files, most_bytes)
            left = most_bytes
            for member, place in places:
                target = beside / place
                target.parent.mkdir(parents=True, exist_ok=True)
                with contents(member) as source, open(target, "xb") as file:
                    left -= _copied(source, file, left, path)
        os.replace(beside, folder)
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise unreadable(path, f"the archive is damaged: {error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return len(places)


class _opened:
    """An open archive: its members, and a function from one to its contents."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        if zipfile.is_zipfile(self.path):
            self.archive = zipfile.ZipFile(self.path)
            members = [_ZipMember(info) for info in self.archive.infolist()]
            return members, lambda member: self.archive.open(member.info)
        self.archive = tarfile.open(self.path)
        members = (_TarMember(info) for info in self.archive)
        return members, lambda member: self.archive.extractfile(member.info)

    def __exit__(self, *_):
        self.archive.close()


class _TarMember:
    """A file, folder or anything else inside a tar."""

    def __init__(self, info):
        self.info, self.name, self.size = info, info.name, info.size
        self.is_folder = info.isdir()
        self.is_file = info.isreg() and not info.issparse()
        self.is_secret = False


class _ZipMember:
    """A file or folder inside a zip; links are told by their Unix mode."""

    def __init__(self, info):
        self.info, self.name, self.size = info, info.filename, info.file_size
        kind = (info.external_attr >> 16) & 0o170000
        self.is_folder = info.is_dir() and kind in (0, 0o040000)
        self.is_file = not info.is_dir() and kind in (0, 0o100000)
        self.is_secret = bool(info.flag_bits & 1)


def _places(path, members, most_files, most_bytes):
    """(member, where it goes) of all files, after looking at every one."""
    files, total = {}, 0
    for number, member in enumerate(members):
        if number >= most_files:
            raise unreadable(path, f"it has more than {most_files:,} entries")
        place = _inside(path, member.name)
        if member.is_folder:
            continue
        if not member.is_file:
            raise unreadable(path, f"'{member.name}' is a link or no plain file")
        if member.is_secret:
            raise unreadable(path, f"'{member.name}' is encrypted")
        key = str(place).casefold()
        if key in files or not place.parts:
            raise unreadable(path, f"'{member.name}' has the name of another file")
        files[key] = member, place
        total += member.size
        if total > most_bytes:
            raise unreadable(path, f"it unpacks to more than {most_bytes:,} bytes")
    folders = {str(above).casefold() for _, p in files.values() for above in p.parents}
    if both := sorted(folders & files.keys()):
        raise unreadable(path, f"'{both[0]}' is a file and a folder")
    return list(files.values())


def _inside(path, name):
    """The relative path that a name stands for."""
    place = PurePosixPath(name)
    leads_out = place.is_absolute() or ".." in place.parts
    if leads_out or any(sign in name for sign in "\\:\0"):
        raise unreadable(path, f"{name!r} would lead out of the folder")
    return place


def _copied(source, file, left, path):
    """Copy, counting what comes out; the number of bytes."""
    n_bytes = 0
    while chunk := source.read(CHUNK):
        n_bytes += len(chunk)
        if n_bytes > left:
            raise unreadable(path, "it unpacks to more bytes than allowed")
        file.write(chunk)
    return n_bytes
