"""NSynth as TFRecord files, the other form in which it is distributed.

A record is a tf.train.Example with a note's sound (`audio`, 64000 floats at 16 kHz) and
what is known about it: note_str, pitch, velocity, instrument_source, instrument_family,
qualities. Which notes are of one instrument, the name says where nothing else does.
`neural.data.nsynth.open_notes` comes here for files that end in .tfrecord.
"""

import numpy as np

from dsplab.formats.errors import unreadable
from neural.data import nsynth
from neural.data.tfrecord import Records, make_example, parse_example, write_records

NUMBERS = "pitch velocity instrument_family instrument_source".split()


class Sounds(Records):
    """The sounds of a TFRecord file, by the names of their notes."""

    rows = ()

    def audio(self, name):
        """float32 sound of a note, its checksum compared."""
        example = parse_example(self.read(self.rows[str(name)]), only=("audio",))
        x = example.get("audio")
        if not isinstance(x, np.ndarray) or x.dtype != np.float32 or not x.size:
            raise unreadable(self.path, f"note {str(name)!r} has no audio")
        return x


def open_records(path):
    """Read what is known about the notes of a TFRecord file; sounds stay in it.

    Args:
      path: such as nsynth-valid.tfrecord. It stays open: `notes.place.close()`.

    Returns:
      `neural.data.nsynth.Notes`, in the order of their names.

    Raises:
      FormatError: a ValueError, if the file is damaged, or a record is no note.
    """
    sounds = Sounds(path)
    try:
        wanted = ("note_str", "instrument", "qualities", *NUMBERS)
        found = [
            _entry(parse_example(sounds.unchecked(k), only=wanted), k, path)
            for k in range(len(sounds))
        ]
        sounds.rows = {entry["note_str"]: k for k, entry in enumerate(found)}
        if len(sounds.rows) < len(found):
            raise unreadable(path, "two of its notes have the same name")
        return _table(sounds, found, path)
    except ValueError:
        sounds.close()
        raise


def _entry(example, k, path):
    """What a record says, as an entry of examples.json would."""
    name = example.get("note_str")
    if not isinstance(name, list) or len(name) != 1:
        raise unreadable(path, f"record {k} has no note_str")
    entry = {"note_str": name[0].decode("utf-8", "replace"), "sample_rate": 16000}
    for key in ("instrument", *NUMBERS):
        values = example.get(key, ())
        if len(values) == 1 and not isinstance(values, list):
            entry[key] = int(values[0])
    qualities = example.get("qualities", ())
    return entry | {"qualities": [int(q) for q in qualities]}


def _table(sounds, found, path):
    order = sorted(found, key=lambda entry: entry["note_str"])
    instruments = sorted({entry["note_str"].split("-")[0] for entry in order})
    for entry in order:
        by_name = instruments.index(entry["note_str"].split("-")[0])
        entry.setdefault("instrument", by_name)
    names = [entry["note_str"] for entry in order]
    return nsynth.table_of(sounds, "", names, order, path)


def write_notes(path, notes):
    """Write the notes of a set as a TFRecord file.

    Args:
      path: of the file, such as notes.tfrecord.
      notes: `neural.data.nsynth.Notes`, of a folder, an archive or another such file.
    """
    write_records(path, (_example(notes, row) for row in range(len(notes.names))))


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
