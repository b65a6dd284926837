"""Features computed once and kept on disk, so that no fault of the disk goes unseen.

An entry is named by what it was made from: SHA-256 of the file's contents, of the name
of what computes and of its settings. So a file that has changed, or another setting, is
another entry, and nothing old is ever taken for new. An entry holds a checksum of
itself; one that is damaged is made again. It is written beside its place and moved
there: two processes that make the same one do not disturb each other.

    sha256 of the rest | length of the header | header, JSON | arrays, one by one
"""

import hashlib
import json
import warnings
from pathlib import Path

import numpy as np

from dsplab.formats.whole_files import whole_file

MAGIC, DIGEST = b"dsplab features 1\n", 32  # a line, and the bytes of a checksum


class DamagedEntryWarning(UserWarning):
    """An entry of a cache was damaged, and has been made again."""


def cached(folder, path, settings, compute):
    """What `compute` makes of a file: from the cache, or now and into the cache.

    Args:
      folder: of the cache; made if it is not there. Delete it at any time.
      path: of the file.
      settings: dict of all that the result depends on besides the file: numbers,
        strings, lists of them; and a number that grows when `compute` changes.
      compute: function of the path, to a dict of names and arrays.

    Returns:
      dict: name to array.

    Raises:
      ValueError: if settings are not plain values, or an array holds objects.
      OSError: if the file cannot be read, or the disk is full; what was in the cache
        stays.

    Warns:
      DamagedEntryWarning: if an entry was not what had been written.
    """
    place = entry_path(folder, path, settings)
    return kept(place, lambda: compute(path), about=f"the features of '{path}'")


def kept(place, compute, *, about):
    """What a cache keeps at a place; if it is not there, what `compute()` makes, kept.

    Args:
      place: path of the entry.
      compute: function to a dict of names and arrays.
      about: what they are, for the warning that the entry was damaged.
    """
    if place.is_file():
        found = _unpacked(place.read_bytes())
        if found is not None:
            return found
        text = f"'{place}' is damaged; {about} are computed again"
        warnings.warn(text, DamagedEntryWarning, stacklevel=3)
    features = {name: np.asarray(a) for name, a in compute().items()}
    data = _packed(features)
    place.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(place) as file:
        file.write(data)
    return features


def entry_path(folder, path, settings):
    """Where the features of a file with these settings are, or would be."""
    try:
        text = json.dumps(settings, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"settings must be plain values: {error}") from None
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256")
    digest.update(text.encode())
    name = digest.hexdigest()
    return Path(folder) / name[:2] / f"{name}.features"


def _packed(features):
    """The bytes of an entry."""
    for name, array in features.items():
        if array.dtype.hasobject:
            raise ValueError(f"feature {name!r} must be an array of numbers")
    header = json.dumps([[k, a.dtype.str, a.shape] for k, a in features.items()])
    rest = len(header.encode()).to_bytes(8, "little") + header.encode()
    rest += b"".join(np.ascontiguousarray(a).tobytes() for a in features.values())
    return MAGIC + hashlib.sha256(rest).digest() + rest


def _unpacked(data):
    """The features of an entry; None if it is damaged."""
    start = len(MAGIC) + DIGEST
    rest = memoryview(data)[start:]
    whole = data[: len(MAGIC)] == MAGIC and len(data) >= start + 8
    if not whole or hashlib.sha256(rest).digest() != data[len(MAGIC) : start]:
        return None
    at = 8 + int.from_bytes(rest[:8], "little")
    features = {}
    for name, kind, shape in json.loads(bytes(rest[8:at])):
        n_bytes = int(np.prod(shape)) * np.dtype(kind).itemsize
        array = np.frombuffer(rest[at : at + n_bytes], kind).reshape(shape)
        features[name], at = array.copy(), at + n_bytes
    return features
