"""A folder of sounds as a table: every file described, in one call.

describe_folder  the table; what cannot be read is named and left out
table_text       the same as CSV or JSON

`dsplab.analysis.collections` finds neighbours and groups in it.
"""

import csv
import io
import json
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab._arguments import one_of, positive
from dsplab.analysis.description import NAMES, describe_all
from dsplab.resampling import resample


class Collection(NamedTuple):
    """Sounds of a folder.

    names: their files, relative to the folder, with /; in order, n_sounds of them.
    features: a row for each, (n_sounds, 53); `dsplab.analysis.description.NAMES`.
    skipped: (name, why) of each file that could not be read.
    """

    names: tuple
    features: np.ndarray
    skipped: tuple


def describe_folder(folder, sample_rate, *, progress=None):
    """Describe every sound in a folder, and in the folders in it.

    Sounds of other rates are resampled first, so that all rows can be compared. What
    a sound had above half of its own rate nobody knows: keep rates that differ much
    in different collections, or choose the lowest of them.

    Args:
      folder: a string or `pathlib.Path`. Names that begin with a dot are passed over,
        as are files that are not called .wav, .flac, .ogg, .mp3, .aiff ...
      sample_rate: Hz, that of all descriptions; 22050 is usual.
      progress: called with (number of files done, number of files, name of the next).

    Returns:
      `Collection`.

    Raises:
      FormatError: if there is no sound file, or none that can be read.
      OSError: if the folder does not exist or is none.

    Warns:
      UserWarning: for each file that is skipped, with its name and the cause.

    >>> import tempfile
    >>> from dsplab.formats.audio_files import write_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_audio(f"{folder}/a.wav", np.sin(np.arange(9000.0)), 8000)
    ...     sounds = describe_folder(folder, 8000)
    >>> sounds.names, sounds.features.shape, sounds.skipped
    (('a.wav',), (1, 53), ())
    """
    from dsplab.formats.errors import FormatError

    positive(sample_rate, name="sample_rate")
    paths = sound_files(folder)
    names, rows, skipped = [], [], []
    for k, path in enumerate(paths):
        name = path.relative_to(folder).as_posix()
        if progress is not None:
            progress(k, len(paths), name)
        try:
            rows.append(describe_file(path, sample_rate))
            names.append(name)
        except (FormatError, OSError) as error:
            skipped.append((name, str(error)))
            warnings.warn(f"skipped: {error}", UserWarning, stacklevel=2)
    if not rows:
        text = f"none of the {len(paths)} sound files in '{folder}' can be read"
        raise FormatError(f"{text}; the first: {skipped[0][1]}")
    return Collection(tuple(names), np.stack(rows), tuple(skipped))


def describe_file(path, sample_rate):
    """The row of one file, (53,), as `describe_folder` makes it."""
    from dsplab.formats.audio_files import read_audio

    x, rate = read_audio(path)
    if rate != sample_rate:
        x = resample(x, max(round(x.shape[-1] * sample_rate / rate), 1))
    return describe_all([x], sample_rate)[0]


def sound_files(folder):
    """Paths of the sound files below a folder, in order."""
    from dsplab.formats.audio_files import EXTENSIONS
    from dsplab.formats.errors import FormatError

    folder = Path(folder)
    next(folder.iterdir(), None)  # Python says what is wrong with the folder
    seen = sorted(path for path in folder.rglob("*") if not _hidden(path, folder))
    files = [path for path in seen if not path.is_dir()]
    found = [path for path in files if path.suffix.lower() in EXTENSIONS]
    if not found:
        known = " ".join(EXTENSIONS)
        text = f"there is no sound file ({known}) among the {len(files)} files"
        raise FormatError(f"cannot describe '{folder}': {text} in it")
    return found


def _hidden(path, folder):
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def table_text(collection, *, form="csv", groups=None):
    """A collection as text: a line, or an object, for each sound.

    Args:
      collection: a `Collection`.
      form: "csv", whose first line names the columns, or "json".
      groups: whole numbers, (n_sounds,), as `k_means(...).label`; one more column.

    Returns:
      Text. Numbers are written so that they are read back exactly.

    >>> rows = Collection(("a.wav",), np.ones((1, 53)), ())
    >>> table_text(rows, groups=[2])[:22], table_text(rows, groups=[2])[-10:]
    ('sound,group,level mean', '0,1.0,1.0\\n')
    """
    one_of(form, ("csv", "json"), name="form")
    columns = [*([] if groups is None else ["group"]), *NAMES]
    rows = [[float(v) for v in row] for row in collection.features]
    if groups is not None:
        rows = [[int(g), *row] for g, row in zip(groups, rows, strict=True)]
    if form == "json":
        sounds = [
            {"sound": name, **dict(zip(columns, row, strict=True))}
            for name, row in zip(collection.names, rows, strict=True)
        ]
        skipped = [{"sound": name, "why": why} for name, why in collection.skipped]
        return json.dumps({"sounds": sounds, "skipped": skipped}, indent=1) + "\n"
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sound", *columns])
    writer.writerows([n, *r] for n, r in zip(collection.names, rows, strict=True))
    return text.getvalue()
