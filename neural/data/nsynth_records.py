"""NSynth as TFRecord files, the other form in which it is distributed.

A record is a tf.train.Example with a note's sound (`audio`, 64000 floats at 16 kHz) and
what is known about it: note_str, pitch, velocity, instrument_source, instrument_family,
qualities. Which notes are of one instrument, the name says where nothing else does.
TensorFlow Datasets splits the same notes into many files and has other names for some
of this: id, instrument/label, instrument/family, qualities/bright ...
`neural.data.nsynth.open_notes` comes here for files that end in .tfrecord, whole or in
shards, compressed or not.
"""

import functools
from pathlib import Path

import numpy as np

from dsplab._arguments import integer
from dsplab.formats.errors import unreadable
from neural.data import nsynth
from neural.data.tfrecord import (
    Records,
    inside,
    make_example,
    parse_example,
    shard_names,
    shards,
    write_records,
)

NUMBERS = "pitch velocity instrument_family instrument_source".split()
OTHER_NAMES = {
    "id": "note_str",
    "instrument/label": "instrument",
    "instrument/family": "instrument_family",
    "instrument/source": "instrument_source",
}
QUALITIES = tuple(f"qualities/{name}" for name in nsynth.QUALITIES)
WANTED = ("note_str", "instrument", "qualities", *NUMBERS, *OTHER_NAMES, *QUALITIES)


class Sounds:
    """The sounds of the TFRecord files of a set, by the names of their notes."""

    def __init__(self, files):
        """Find all notes of (path, part) of each file; `entries` says what they are."""
        self.entries, self.rows = [], {}
        for path, part in files:
            look = functools.partial(_entry, path)
            records = Records(path, look, part=part)
            for k, entry in enumerate(records.seen):
                name = entry["note_str"]
                if name in self.rows:
                    where = self.rows[name][0].path
                    text = f"two notes have the same name, {name!r}; one in '{where}'"
                    raise unreadable(path, text)
                self.rows[name] = records, k
            self.entries += records.seen

    def audio(self, name):
        """float32 sound of a note, its checksum compared."""
        records, k = self.rows[str(name)]
        x = parse_example(records.read(k), only=("audio",)).get("audio")
        if not isinstance(x, np.ndarray) or x.dtype != np.float32 or not x.size:
            raise unreadable(records.path, f"note {str(name)!r} has no audio")
        return x

    def close(self):
        """Do nothing: no file stays open."""


def open_records(path):
    """Read what is known about the notes of a set; sounds stay in its files.

    Args:
      path: such as nsynth-valid.tfrecord, or the .tar with it that is distributed; or
        one file of a set that is split. Of a set that is split, nsynth-valid.tfrecord
        without the rest is all of it.

    Returns:
      `neural.data.nsynth.Notes`, in the order of their names: a set that is split
      differently is the same.

    Raises:
      FormatError: a ValueError, if a file is damaged or missing, or a record no note.
    """
    packed = Path(path).suffix == ".tar"
    sounds = Sounds(inside(path) if packed else [(p, None) for p in shards(path)])
    return _table(sounds, sounds.entries, path)


def _entry(path, k, data):
    """What a record says, as an entry of examples.json would."""
    example = parse_example(data, only=WANTED)
    example = {OTHER_NAMES.get(name, name): v for name, v in example.items()}
    name = example.get("note_str")
    if not isinstance(name, list) or len(name) != 1:
        raise unreadable(path, f"record {k} has no note_str")
    entry = {"note_str": name[0].decode("utf-8", "replace"), "sample_rate": 16000}
    for key in ("instrument", *NUMBERS):
        values = example.get(key, ())
        if len(values) == 1 and not isinstance(values, list):
            entry[key] = int(values[0])
    apart = [q for name in QUALITIES for q in example.get(name, ())]
    return entry | {"qualities": [int(q) for q in example.get("qualities", apart)]}


def _table(sounds, found, path):
    order = sorted(found, key=lambda entry: entry["note_str"])
    instruments = sorted({entry["note_str"].split("-")[0] for entry in order})
    for entry in order:
        by_name = instruments.index(entry["note_str"].split("-")[0])
        entry.setdefault("instrument", by_name)
    names = [entry["note_str"] for entry in order]
    return nsynth.table_of(sounds, "", names, order, path)


def write_notes(path, notes, *, n_shards=None, compressed=False):
    """Write the notes of a set as a TFRecord file, or as several.

    Args:
      path: of the file, such as notes.tfrecord.
      notes: `neural.data.nsynth.Notes`, of a folder, an archive or other such files.
      n_shards: how many files to split the set into, notes.tfrecord-00000-of-00010 and
        so on; None for one file with the name itself.
      compressed: by gzip: smaller, and slow to read from.
    """
    rows = range(len(notes.names))
    paths, parts = [path], [rows]
    if n_shards is not None:
        if not 1 <= integer(n_shards, name="n_shards") <= len(rows):
            text = f"n_shards must be at most the {len(rows)} notes, got {n_shards}"
            raise ValueError(text)
        paths, parts = shard_names(path, n_shards), np.array_split(rows, n_shards)
    for file, part in zip(paths, parts, strict=True):
        write_records(
            file, (_example(notes, row) for row in part), compressed=compressed
        )


def _example(notes, row):
    numbers = {
        "instrument": notes.instrument,
        "pitch": notes.pitch,
        "velocity": notes.velocity,
        "instrument_family": notes.family,
        "instrument_source": notes.source,
    }
    features = {
        "note_str": [str(notes.names[row]).encode()],
        "audio": nsynth.audio(notes, row),
        "qualities": notes.qualities[row].astype(int),
    }
    return make_example(features | {k: v[row : row + 1] for k, v in numbers.items()})
