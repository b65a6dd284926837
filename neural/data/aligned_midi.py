"""Recordings and the MIDI files that say what is played in them, moment by moment.

Two layouts:

* A table, as MAESTRO has it: a .csv file whose columns include audio_filename and
  midi_filename, relative to its folder, and may include split and year.
* Files of the same name, but for the ending: song.wav and song.mid (or .midi), at any
  depth.

A clip is cut out of a recording, and with it the piano roll of the same time.
"""

import csv
import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer, one_of
from dsplab.formats.audio_blocks import audio_size
from dsplab.formats.errors import FormatError, unreadable
from dsplab.formats.midi import read_midi
from dsplab.formats.midi_notes import channel_notes, piano_roll
from neural.data.order import draws
from neural.data.sounds import found_files, read_part

ENDINGS = (".mid", ".midi", ".MID", ".MIDI")
KEYS = 128


class Recordings(NamedTuple):
    """Recordings with MIDI, one row of each column a recording.

    folder: of all; audio, midi: files, relative to it.
    lengths: samples that each has at `sample_rate`, which is that of what is read.
    splits: of the table, "" where there is none; years: 0 where there is none.
    """

    folder: Path
    audio: np.ndarray
    midi: np.ndarray
    lengths: np.ndarray
    splits: np.ndarray
    years: np.ndarray
    sample_rate: int


def open_recordings(folder, *, sample_rate, shortest, split=None, pattern="*"):
    """Find recordings with MIDI files; sounds and notes stay where they are.

    Args:
      folder: a string or `pathlib.Path`.
      sample_rate: Hz, to which what is read is resampled.
      shortest: samples at that rate; recordings with fewer are left out.
      split: of the table, such as "train"; None for all.
      pattern: of the names of sound files, where there is no table: "*.flac", "bach/*".

    Returns:
      `Recordings`, in the order of the table, or of the names.

    Raises:
      FormatError: a ValueError, if the table is not what it should be, or there is no
        recording; with the folder, the pattern, how many files there are, and the
        shortest that is allowed.
      OSError: if a file of the table is missing.
    """
    folder = Path(folder)
    integer(sample_rate, name="sample_rate")
    integer(shortest, name="shortest")
    tables = sorted(folder.glob("*.csv"))
    if tables:
        found = _table(tables[0], split)
        what = f"{len(found)} of split {split!r} found in {tables[0].name}"
    else:
        found, n_files = _same_names(folder, pattern)
        what = f"{n_files} sound files found with the pattern {pattern!r}, "
        what += f"{len(found)} of them with a .mid or .midi beside them"
    sizes = [audio_size(folder / row[0]) for row in found]
    lengths = [int(s.n_samples * sample_rate / s.sample_rate) for s in sizes]
    keep = [k for k, length in enumerate(lengths) if length >= shortest]
    if not keep:
        least = f"{shortest} samples at {sample_rate} Hz ({shortest / sample_rate:g} s)"
        raise FormatError(
            f"no recording to learn from in '{folder}': {what}, the longest has "
            f"{max(lengths, default=0)} samples; the shortest allowed is {least}"
        )
    rows = [(*found[k][:2], lengths[k], *found[k][2:]) for k in keep]
    columns = (np.array(column) for column in zip(*rows, strict=True))
    return Recordings(folder, *columns, sample_rate)


def _table(path, split):
    """(audio, midi, split, year) of each line of a table."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"audio_filename", "midi_filename"} <= set(rows[0]):
        raise unreadable(path, "its columns must have audio_filename and midi_filename")
    splits = [row.get("split") or "" for row in rows]
    if split is not None:
        one_of(split, tuple(sorted(set(splits))), name="split")
    return [
        (row["audio_filename"], row["midi_filename"], side, int(row.get("year") or 0))
        for row, side in zip(rows, splits, strict=True)
        if split in (None, side)
    ]


def _same_names(folder, pattern):
    """(audio, midi, "", 0) of each pair of files, and how many sounds there are."""
    files = found_files(folder, pattern)
    found = []
    for path in files:
        beside = [path.with_suffix(ending) for ending in ENDINGS]
        beside = [other for other in beside if other.is_file()]
        if beside:
            names = (p.relative_to(folder).as_posix() for p in (path, beside[0]))
            found.append((*names, "", 0))
    return found, len(files)


def read_notes(recordings, row, *, pedal=False):
    """The notes of a recording: (onset, duration, pitch, velocity) rows, seconds.

    Args:
      recordings: `Recordings`.
      row: which one.
      pedal: whether a note lasts while the sustain pedal holds it.

    Returns:
      float64, (n_notes, 4), by onset; drums are left out.
    """
    return _notes(recordings.folder / recordings.midi[row], bool(pedal))


@functools.lru_cache(maxsize=64)  # a clip needs few of a recording's notes, and often
def _notes(path, pedal):
    midi = read_midi(path)
    channels = channel_notes(midi, pedal=pedal)
    notes = [n for channel, part in channels.items() if channel != 9 for n in part]
    table = np.array([tuple(note)[:4] for note in notes], dtype=float).reshape(-1, 4)
    table = table[np.argsort(table[:, 0], kind="stable")]
    table.flags.writeable = False
    return table


def clip_of(recordings, row, start, n_samples, *, frame_rate, pedal=False):
    """A clip of a recording and the piano roll of the same time.

    Args:
      recordings: `Recordings`.
      row: which one.
      start: first sample, at `recordings.sample_rate`.
      n_samples: how many.
      frame_rate: rows of the roll a second.
      pedal: as in `read_notes`.

    Returns:
      x (n_samples,) float32; roll (n_frames, 128) float32, velocities 0 to 127; onsets
      (n_frames, 128), velocities in the row where a note begins.
    """
    path = recordings.folder / recordings.audio[row]
    x = read_part(path, recordings.sample_rate, start, n_samples)
    begin = start / recordings.sample_rate
    duration = n_samples / recordings.sample_rate
    notes = read_notes(recordings, row, pedal=pedal)
    begins, ends = notes[:, 0] - begin, notes[:, 0] + notes[:, 1] - begin
    here = (begins < duration) & (ends > 0.0)
    cut = notes[here].copy()
    cut[:, 0] = np.maximum(begins[here], 0.0)
    cut[:, 1] = ends[here] - cut[:, 0]
    options = {"duration": duration}
    roll = piano_roll([tuple(note) for note in cut], frame_rate, **options)
    onsets = np.zeros_like(roll)
    for time, _, pitch, velocity in cut[begins[here] >= 0.0]:
        frame = min(round(time * frame_rate), len(roll) - 1)
        key = min(max(round(pitch), 0), KEYS - 1)
        onsets[frame, key] = max(onsets[frame, key], velocity)
    return x, roll, onsets


def batch(
    recordings, seed, step, *, batch_size, n_samples, frame_rate, pedal=False,
    part=slice(None),
):  # fmt: skip
    """Read the clips of one training step, each cut out of its recording at random.

    Args:
      recordings: `Recordings`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: clips of all processes together.
      n_samples: of each.
      frame_rate: rows of the rolls a second.
      pedal: as in `read_notes`.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples); roll, onsets (batch, n_frames, 128); row (batch,).
    """
    clips, rows = [], []
    n = len(recordings.audio)
    for draw in draws(n, seed, step, batch_size=batch_size, part=part):
        room = max(int(recordings.lengths[draw.row]) - n_samples, 0)
        start = int(draw.rng.integers(room + 1))
        options = {"frame_rate": frame_rate, "pedal": pedal}
        clips.append(clip_of(recordings, draw.row, start, n_samples, **options))
        rows.append(draw.row)
    x, roll, onsets = (np.stack(column) for column in zip(*clips, strict=True))
    return {"x": x, "roll": roll, "onsets": onsets, "row": np.array(rows, np.int32)}
