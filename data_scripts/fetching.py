"""Fetch a file so that what stands at its name is whole and right, or nothing is.

    folder/.name.part     what has come so far
    folder/.name.origin   of which version of the file that is a part
    folder/name           only after size and checksum were compared

* **Resume.** A transfer that breaks off goes on where it stopped (HTTP Range), in the
  same run or in a later one. The request says of which version the first part was
  (If-Range), so a file that has changed meanwhile begins anew, as it does with a server
  that has no ranges.
* **A wrong checksum leaves no file**, and the next run begins from nothing.
* **Twice is once.** A file that is there and has the right checksum is not fetched; one
  that differs is not overwritten, but named.

Where no checksum is published, that of the first download is recorded beside the file
(name.sha256) and holds from then on.
"""

import contextlib
import errno
import hashlib
import http.client
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NamedTuple

CHUNK = 2**18  # bytes that are written at a time
PATIENCE = 30.0  # seconds without a byte
HOPELESS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}
TRIES = 5  # failures in a row, without a byte in between, after which it gives up


class FetchError(OSError):
    """A file could not be fetched, or is not what it should be."""


class Source(NamedTuple):
    """Where a file comes from and what it must be.

    Attributes:
      url: http or https.
      name: of the file on disk.
      size: bytes, or None where that is not known.
      checksums: "sha256:..." or "md5:...", all of which must hold; empty if none is
        known.
    """

    url: str
    name: str
    size: int | None = None
    checksums: tuple[str, ...] = ()


def fetch(source, folder, *, report=lambda *_: None, wait=1.0):
    """Bring a file into a folder, unless it is there.

    Args:
      source: `Source`.
      folder: made if it is missing.
      report: called with bytes so far and bytes in all (or None).
      wait: seconds before a second try, doubled before each further one.

    Returns:
      Path of the file.

    Raises:
      FetchError: if the server gives up, the file has another checksum or size, or
        another file of this name is there.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / source.name
    if path.exists():
        _compare(path, source, "it was not fetched by this script: move it away")
        return path
    part, origin = (folder / f".{source.name}.{end}" for end in ("part", "origin"))
    failures, seconds = 0, wait
    while True:
        before = _size(part)
        try:
            _transfer(source, part, origin, report)
            break
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            _give_up_if_hopeless(error, source, part)
            failures = 1 if _size(part) > before else failures + 1
            if failures >= TRIES:
                raise FetchError(
                    f"{source.url}: {_reason(error)}; {_size(part):,} bytes are kept "
                    f"in {part}: run this again to go on"
                ) from None
            seconds = wait if failures == 1 else 2.0 * seconds
            time.sleep(seconds)
    _accept(part, origin, path, source)
    return path


def checksum(path, kind="sha256"):
    """Checksum of a file, in hexadecimal digits, read in pieces."""
    digest = hashlib.new(kind)
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _transfer(source, part, origin, report):
    """One connection: fetch what is missing of the part."""
    done, version = _size(part), _version(origin, source.url)
    headers = {"Accept-Encoding": "identity"}
    if done and version:
        headers |= {"Range": f"bytes={done}-", "If-Range": version}
    request = urllib.request.Request(source.url, headers=headers)
    try:
        response = urllib.request.urlopen(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # nothing is left to send, or the file became shorter
            total = re.search(r"/(\d+)$", error.headers.get("Content-Range", ""))
            if total and int(total[1]) == done:
                return
            _forget(part, origin)
            raise urllib.error.URLError("the file has become shorter") from None
        raise
    with response:
        start, total = _place(response, done)
        _require_room(part, start, total)
        if start != done:  # no ranges here, or another version: from the beginning
            _forget(part, origin)
        version = _version_of(response)
        if version:
            origin.write_text(json.dumps({"url": source.url, "version": version}))
        with open(part, "r+b" if part.exists() else "wb") as file:
            file.seek(start)
            file.truncate()
            while chunk := response.read(CHUNK):
                file.write(chunk)
                start += len(chunk)
                report(start, total)
    if total is not None and start < total:
        raise urllib.error.URLError(f"the connection broke off at byte {start:,}")


def _place(response, done):
    """Where the body begins in the file, and the file's size, if the server says it."""
    length = response.headers.get("Content-Length")
    length = int(length) if length and length.isdigit() else None
    if response.status == 206:
        found = re.match(
            r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "")
        )
        if not found or int(found[1]) != done:
            raise urllib.error.URLError("the server sent another part than asked for")
        return done, None if found[2] == "*" else int(found[2])
    return 0, length


def _require_room(part, start, total):
    """Raise if what is to come does not fit on the disk."""
    free = shutil.disk_usage(part.parent).free + (_size(part) if not start else 0)
    if total is not None and total - start > free:
        raise FetchError(
            f"{part.parent} has {free:,} bytes left, and {total - start:,} are to come"
        )


def _version_of(response):
    """What tells this version of the file from others: a strong ETag, or the date."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified", "")


def _version(origin, url):
    """The version of which there is a part, or nothing."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        noted = json.loads(origin.read_text())
        return noted["version"] if noted["url"] == url else ""
    return ""


def _give_up_if_hopeless(error, source, part):
    """Raise at once what another try would not mend."""
    if isinstance(error, urllib.error.HTTPError):
        if error.code < 500 and error.code not in (408, 425, 429):
            raise FetchError(f"{source.url}: {error.code} {error.reason}") from None
    elif isinstance(error, FetchError):
        raise error
    elif getattr(error, "errno", None) in HOPELESS:
        got = f"{error.strerror} after {_size(part):,} bytes"
        raise FetchError(f"cannot write {part}: {got}") from None


def _reason(error):
    return getattr(error, "reason", None) or error or type(error).__name__


def _accept(part, origin, path, source):
    """Compare the part with what it must be, and give it its name."""
    try:
        _compare(part, source, "nothing of it is kept", recorded=path)
    except FetchError:
        _forget(part, origin)
        raise
    with open(part, "rb") as file:
        os.fsync(file.fileno())
    if not source.checksums:
        _record(path).write_text(f"{checksum(part)}  {path.name}\n")
    os.replace(part, path)
    origin.unlink(missing_ok=True)


def _compare(path, source, otherwise, recorded=None):
    """Raise if a file has not the size and checksums that it must have."""
    size = _size(path)
    if source.size is not None and size != source.size:
        raise FetchError(
            f"{source.name} must have {source.size:,} bytes, got {size:,}: {otherwise}"
        )
    wanted, known = source.checksums, _record(recorded or path)
    if not wanted and known.exists():
        wanted = (f"sha256:{known.read_text().split()[0]}",)
    for item in wanted:
        kind, digits = item.split(":")
        got = checksum(path, kind)
        if got != digits:
            raise FetchError(
                f"{source.name} must have {kind} {digits}, got {got}: {otherwise}"
            )


def _record(path):
    """The file in which the checksum of a first download is kept."""
    return path.with_name(f"{path.name}.sha256")


def _size(path):
    return path.stat().st_size if path.exists() else 0


def _forget(part, origin):
    part.unlink(missing_ok=True)
    origin.unlink(missing_ok=True)
