"""Notes in memory: a set of single notes at a model's own rate and length.

`neural.data.nsynth` reads a note when it is asked for, 16 kHz and four seconds. A small
model learns from a second of it at 8 kHz, and a thousand times from each note: `load`
reads the whole of one or more sets once, resampled and cut, and `batch` takes rows.

Two ways to hold something out:

    by instrument   the sets nsynth-train, -valid and -test: is a timbre understood
                    that was never heard?
    by pair         `held_out_pairs`: one pair of instrument and pitch in ten, for
                    models that are told the instrument by its number, and so must
                    have heard it
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer
from dsplab.resampling import resample
from neural.data import nsynth
from neural.data.order import draws

NUMBERS = ("instrument", "pitch", "velocity", "family", "source")
SILENT = 1e-3  # peak of a note that is left out
AT_ONCE = 64  # notes that are resampled together


class NoteSet(NamedTuple):
    """Notes, one row of each array a note.

    x: (n, n_samples) float32, from the onset, as loud as they were.
    instrument: its number, which no other instrument of these sets has.
    pitch: MIDI; velocity: 1 to 127; family, source: indices into `nsynth.FAMILIES`,
    `nsynth.SOURCES`: (n,) int32.
    names: note_str; sample_rate: Hz; qualities: (n, 10) bool, see `nsynth.QUALITIES`;
    title: what the instrument is called, "" where the set does not say.
    """

    x: np.ndarray
    instrument: np.ndarray
    pitch: np.ndarray
    velocity: np.ndarray
    family: np.ndarray
    source: np.ndarray
    names: np.ndarray
    sample_rate: int
    qualities: np.ndarray | None = None
    title: np.ndarray | None = None


def load(folders, *, sample_rate, n_samples, split=None, **wanted):
    """Read notes.

    Args:
      folders: one or more sets that `nsynth.open_notes` opens.
      sample_rate: Hz, to which they are resampled.
      n_samples: of each, at that rate; a note that is shorter is followed by silence.
      split: "train", "valid" or "test".
      **wanted: pitches=(lowest, highest), velocities=..., families=..., as
        `nsynth.select` takes them.

    Returns:
      `NoteSet`, silent notes left out.

    Raises:
      ValueError: if a folder holds no such notes.
    """
    integer(sample_rate, name="sample_rate")
    integer(n_samples, name="n_samples")
    parts, first = [], 0
    for folder in folders:
        notes = nsynth.select(_opened(folder, split), **wanted)
        if not len(notes.names):
            raise ValueError(
                f"there is no note in '{folder}' of split {split!r} with {wanted}"
            )
        notes = notes._replace(instrument=notes.instrument + first)
        first = int(notes.instrument.max()) + 1
        parts.append(_loaded(notes, sample_rate, n_samples))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    *columns, qualities, title = columns
    return NoteSet(*columns, sample_rate, qualities, title)


def _opened(folder, split):
    try:
        return nsynth.open_notes(folder, split=split)
    except FileNotFoundError:
        raise ValueError(
            f"there are no notes in '{folder}': 'python -m data_scripts.render_notes "
            f"{folder} --sound-font dsplab/banks/general_midi.sf2' renders some"
        ) from None


def _loaded(notes, sample_rate, n_samples):
    """Columns of a `NoteSet`, without the rate."""
    # what is read of each: as long as n_samples lasts, in whole samples at both rates
    n_read = -(-n_samples * notes.sample_rate // sample_rate)
    x = np.zeros((len(notes.names), n_samples), np.float32)
    for first in range(0, len(x), AT_ONCE):
        rows = range(first, min(first + AT_ONCE, len(x)))
        heard = np.zeros((len(rows), n_read), np.float32)
        for clip, row in zip(heard, rows, strict=True):
            whole = nsynth.audio(notes, row)[:n_read]
            clip[: len(whole)] = whole
        n_out = round(n_read * sample_rate / notes.sample_rate)
        x[first : first + len(rows)] = resample(heard, n_out)[:, :n_samples]
    loud = np.abs(x).max(axis=1) > SILENT
    numbers = [getattr(notes, name)[loud].astype(np.int32) for name in NUMBERS]
    told = (notes.names[loud], notes.qualities[loud], notes.title[loud])
    return x[loud], *numbers, *told


def rows_of(notes, chosen):
    """The notes with these numbers, or of this mask."""
    columns = {
        name: value[chosen]
        for name, value in notes._asdict().items()
        if isinstance(value, np.ndarray)
    }
    return notes._replace(**columns)


def held_out_pairs(notes):
    """Which notes are kept for testing where instruments are known by number: a mask.

    One pair of instrument and pitch in ten, so that each pitch is heard from other
    instruments and each instrument at other pitches.
    """
    return (notes.pitch + 3 * notes.instrument) % 10 == 0


def batch(notes, seed, step, *, batch_size, part=slice(None)):
    """Take the notes of one training step: each once before any comes again.

    Args:
      notes: `NoteSet`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: notes of all processes together.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples); instrument, pitch, velocity, family, source (batch,).
    """
    chosen = draws(len(notes.x), seed, step, batch_size=batch_size, part=part)
    rows = [draw.row for draw in chosen]
    return {name: getattr(notes, name)[rows] for name in ("x", *NUMBERS)}
