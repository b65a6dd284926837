"""Sounds with labels: a folder with a table, one line a sound.

The table (loops.csv, labels.csv: the only .csv of the folder) has a column `file`, and
may have `split`; any other column may be the label. `data_scripts.render_loops` writes
one, with `style` or `role`. Where a sound may be several things at once, the column
holds all of them, joined: bass+melody.
"""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer, one_of
from dsplab.formats.audio_blocks import audio_size
from dsplab.formats.errors import FormatError, unreadable
from neural.data.order import draws
from neural.data.sounds import read_part

JOINT = "+"  # between the labels of one sound


class Labelled(NamedTuple):
    """Sounds and what they are, one row of each column a sound.

    folder: of the table; names: files, relative to it.
    label: index into classes, which are the words of the whole table, in order; or,
      where a sound may have several, (n, n_classes) float32, 1 where it has.
    lengths: samples that each has at `sample_rate`, which is that of what is read.
    """

    folder: Path
    names: np.ndarray
    label: np.ndarray
    classes: tuple
    lengths: np.ndarray
    sample_rate: int


def open_labelled(folder, *, label, sample_rate, shortest=1, split=None, several=False):
    """Read which sounds there are; they stay where they are.

    Args:
      folder: with one table, a string or `pathlib.Path`.
      label: column of the table, such as "style".
      sample_rate: Hz, to which what is read is resampled.
      shortest: samples at that rate; sounds with fewer are left out.
      split: such as "train"; None for all.
      several: whether a sound may have several labels, joined by "+", or none.

    Returns:
      `Labelled`, in the order of the table. Classes are those of all splits, so that
      they have the same numbers in each.

    Raises:
      FormatError: a ValueError, if the table is not what it should be, or no sound is
        long enough; with the folder, how many there are, and the shortest allowed.
      OSError: if a file is missing.
    """
    folder = Path(folder)
    integer(sample_rate, name="sample_rate")
    integer(shortest, name="shortest")
    path = _table_of(folder)
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns, rows = reader.fieldnames or (), list(reader)
    for name in ("file", label):
        if name not in columns:
            text = f"it has no column {name!r}, it has {', '.join(columns) or 'none'}"
            raise unreadable(path, text)
    words = [_words(row[label], several) for row in rows]
    classes = tuple(sorted({word for each in words for word in each}))
    if split is not None:
        splits = tuple(sorted({row.get("split") or "" for row in rows}))
        one_of(split, splits, name="split")
        rows = [row for row in rows if row.get("split") == split]
        words = [_words(row[label], several) for row in rows]
    names = [row["file"] for row in rows]
    sizes = [audio_size(folder / name) for name in names]
    lengths = [int(s.n_samples * sample_rate / s.sample_rate) for s in sizes]
    keep = [k for k, length in enumerate(lengths) if length >= shortest]
    if not keep:
        raise FormatError(
            f"no sound to learn from in '{folder}': {len(rows)} found in {path.name} "
            f"of split {split!r}, the longest has {max(lengths, default=0)} samples; "
            f"the shortest allowed is {shortest} at {sample_rate} Hz"
        )
    return Labelled(
        folder,
        np.array([names[k] for k in keep]),
        _numbers([words[k] for k in keep], classes, several),
        classes,
        np.array([lengths[k] for k in keep]),
        sample_rate,
    )


def _words(text, several):
    return [word for word in text.split(JOINT) if word] if several else [text]


def _numbers(words, classes, several):
    """Indices (n,), or with several a row of zeros and ones for each sound."""
    if not several:
        return np.array([classes.index(word) for (word,) in words], np.int32)
    return np.array([[c in each for c in classes] for each in words], np.float32)


def _table_of(folder):
    tables = sorted(folder.glob("*.csv"))
    if len(tables) != 1:
        n_files = len(list(folder.iterdir()))
        text = f"it must have one .csv, got {len(tables)} among {n_files} files"
        raise unreadable(folder, text + "; a rendering that was interrupted?")
    return tables[0]


def batch(sounds, seed, step, *, batch_size, n_samples, part=slice(None)):
    """Read the sounds of one training step, each from its beginning.

    Args:
      sounds: `Labelled`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: sounds of all processes together.
      n_samples: of each; shorter ones are followed by silence.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples) float32; label, the rows of `sounds.label`.
    """
    chosen = {"batch_size": batch_size, "part": part}
    numbers = [draw.row for draw in draws(len(sounds.names), seed, step, **chosen)]
    return {
        "x": rows(sounds, numbers, n_samples=n_samples),
        "label": sounds.label[numbers],
    }


def rows(sounds, numbers, *, n_samples=None):
    """Read these sounds, each from its beginning.

    Args:
      sounds: `Labelled`.
      numbers: which, a list.
      n_samples: of each, shorter ones followed by silence; by default as many as the
        longest of the set has.

    Returns:
      (len(numbers), n_samples) float32.
    """
    n = int(sounds.lengths.max()) if n_samples is None else n_samples
    paths = [sounds.folder / sounds.names[k] for k in numbers]
    return np.stack([read_part(path, sounds.sample_rate, 0, n) for path in paths])
