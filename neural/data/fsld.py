"""FSLD, the Freesound Loop Dataset: loops, and what people wrote about them.

The folder FSL10K as it is distributed:

    metadata.json                            by sound id: name, username, tags, license,
                                             preview_url, annotations.bpm (the author's)
    audio/wav/<base>.wav                     base is in preview_url: .../<base>-hq.mp3
    annotations/<annotator>/sound-<id>.json  of about 3000 loops, by one or more people

Where several people annotated a loop, the majority decides; a loop that one of them
would discard is left out. The tempo of an annotation is taken before that of the
author, and both before one that is found by a computer: those err by an octave.

Reference:
  A. Ramires, F. Font, D. Bogdanov, J. Smith, Y.-H. Yang, J. Ching, B.-Y. Chen, Y.-K.
  Wu, H. Wei-Han, X. Serra, "The Freesound Loop Dataset and annotation tool", ISMIR
  2020. Each loop has its own Creative Commons licence: keep `username` and `license`
  with what you pass on.
"""

import hashlib
import json
import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab.formats.audio_files import EXTENSIONS, read_audio
from dsplab.formats.errors import FormatError, unreadable
from neural.data.one_bar import one_bar_loops

ROLES = ("percussion", "bass", "chords", "melody", "fx", "vocal")
GENRES = (
    "bass music", "live sounds", "cinematic", "global", "hip hop", "house / techno",
    "other dance music",
)  # fmt: skip
ENDINGS = tuple(EXTENSIONS)
SPLITS = ("train", "valid", "test")


class Loops(NamedTuple):
    """Loops, one row of each column a loop.

    folder: FSL10K; paths: of the sound files, relative to it.
    ids: numbers of Freesound, as strings; usernames, licenses: for the attribution.
    bpm: beats a minute, NaN where nobody wrote it; well_cut: whether all said so.
    roles: bool, (n, 6), in the order of ROLES; genres: (n, 7), of GENRES.
    key, mode, signature: as written, such as "A", "min", "4/4"; "" if not.
    n_annotators: 0 where only the author's words are known.
    """

    folder: Path
    ids: np.ndarray
    paths: np.ndarray
    usernames: np.ndarray
    licenses: np.ndarray
    bpm: np.ndarray
    well_cut: np.ndarray
    roles: np.ndarray
    genres: np.ndarray
    key: np.ndarray
    mode: np.ndarray
    signature: np.ndarray
    n_annotators: np.ndarray


def open_loops(folder, *, annotated=True):
    """Read what is known about the loops; the sounds stay where they are.

    Args:
      folder: FSL10K, a string or `pathlib.Path`.
      annotated: whether to take only loops that somebody annotated.

    Returns:
      `Loops`, in the order of their numbers.

    Raises:
      FormatError: a ValueError, if something is missing or is not what it should be,
        with the folder, the pattern, and how many files there are.
    """
    folder = Path(folder)
    entries = _json(folder / "metadata.json")
    written = _annotations(folder)
    files = {_stem(p.name): p for p in sorted((folder / "audio" / "wav").glob("*"))}
    rows, discarded = [], 0
    for number in sorted(entries, key=lambda n: (len(n), n)):
        opinions = written.get(number, [])
        if annotated and not opinions:
            continue
        if any(opinion.get("discard") for opinion in opinions):
            discarded += 1
            continue
        base = _base(entries[number], folder / "metadata.json", number)
        if base in files:
            path = files[base].relative_to(folder).as_posix()
            rows.append(_row(number, path, entries[number], opinions))
    if not rows:
        raise FormatError(
            f"no loop in '{folder}': {len(entries)} sounds in metadata.json, "
            f"{len(written)} of them annotated (annotations/*/sound-*.json), "
            f"{discarded} of these discarded, "
            f"{len(files)} files found with the pattern audio/wav/*"
        )
    return Loops(folder, *(np.array(column) for column in zip(*rows, strict=True)))


def _json(path):
    if not path.is_file():
        raise unreadable(path.parent, f"it has no {path.name}; FSL10K was expected")
    try:
        found = json.loads(path.read_bytes())
    except ValueError as error:
        raise unreadable(path, f"it is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise unreadable(path, "it is no JSON object")
    return found


def _annotations(folder):
    """Number to the list of what each annotator wrote."""
    written = {}
    for path in sorted(folder.glob("annotations/*/sound-*.json")):
        written.setdefault(path.stem.removeprefix("sound-"), []).append(_json(path))
    return written


def _base(entry, path, number):
    """The name of the sound file without its ending."""
    url = entry.get("preview_url") if isinstance(entry, dict) else None
    if not isinstance(url, str) or "-hq" not in url:
        raise unreadable(path, f"sound {number} has no preview_url with '-hq'")
    return _stem(url.rsplit("/", 1)[-1].rsplit("-hq", 1)[0])


def _stem(name):
    """A name without endings of sound files, of which it may have several."""
    while name.lower().endswith(ENDINGS):
        name = name.rsplit(".", 1)[0]
    return name


def _row(number, path, entry, opinions):
    """One row of `Loops`, but for the folder."""
    said = [opinion.get("instrumentation") or {} for opinion in opinions]
    roles = [_most([bool(s.get(role)) for s in said]) for role in ROLES]
    styles = [opinion.get("genres") or () for opinion in opinions]
    genres = [_most([genre in style for style in styles]) for genre in GENRES]
    tempos = [_number(opinion.get("bpm")) for opinion in opinions]
    tempos = [tempo for tempo in tempos if not math.isnan(tempo)]
    author = _number((entry.get("annotations") or {}).get("bpm"))
    return (
        number,
        path,
        str(entry.get("username", "")),
        str(entry.get("license", "")),
        float(np.median(tempos)) if tempos else author,
        bool(opinions) and all(bool(o.get("well_cut")) for o in opinions),
        roles,
        genres,
        *(_commonest(opinions, name) for name in ("key", "mode", "signature")),
        len(opinions),
    )


def _most(votes):
    return 2 * sum(votes) > len(votes)


def _number(value):
    """A tempo as it was typed, such as 120 or "120.0"; NaN if it is none."""
    try:
        value = float(value)
    except (TypeError, ValueError):
        return math.nan
    return value if 0.0 < value < math.inf else math.nan


def _commonest(opinions, name):
    words = [str(o[name]) for o in opinions if o.get(name)]
    return max(sorted(set(words)), key=words.count, default="")


def take(loops, rows):
    """The loops with these numbers, in this order."""
    columns = loops._asdict()
    folder = columns.pop("folder")
    return Loops(folder, **{name: column[rows] for name, column in columns.items()})


def split_of(loops, *, held_out=(0.1, 0.1)):
    """Which of SPLITS each loop belongs to; all loops of an author are in one.

    It depends on the author's name alone, so it stays when the set grows.

    Args:
      loops: `Loops`.
      held_out: about which parts of the authors go to valid and test.

    Returns:
      Names out of SPLITS, (n,).
    """
    return split_by(loops.usernames, held_out=held_out)


def split_by(names, *, held_out=(0.1, 0.1)):
    """Which of SPLITS each of these names belongs to, (n,); it depends on it alone."""
    edges = np.cumsum([1.0 - sum(held_out), held_out[0]])
    digests = [hashlib.sha256(name.encode()).digest()[:8] for name in names]
    places = [int.from_bytes(digest) / 2**64 for digest in digests]
    return np.array(SPLITS)[np.searchsorted(edges, places, side="right")]


def bars(loops, row, **options):
    """Cut a loop into bars: `neural.data.one_bar.one_bar_loops` of one channel.

    Args:
      loops: `Loops`.
      row: which loop.
      options: further arguments of `one_bar_loops`.

    Returns:
      `Bars`, and the sample rate of the file.
    """
    x, sample_rate = read_audio(loops.folder / loops.paths[row], dtype="float32")
    x = x if x.ndim == 1 else x.mean(axis=0)
    bpm = None if np.isnan(loops.bpm[row]) else float(loops.bpm[row])
    return one_bar_loops(x, sample_rate, bpm=bpm, **options), sample_rate
