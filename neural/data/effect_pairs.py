"""Sounds before and after an effect, with the settings of its knobs.

A folder with pairs.csv, one line a pair: `dry` and `wet` name two sound files, and each
other column is a knob; what it says is a number, or, where a column holds anything but
numbers, a word (which device, say). The two files run together, sample by sample: they
must have the same rate and, but for a tail of the wet one, the same length.

    dry,wet,device,drive,tone
    dry/000.wav,wet/000.wav,overdrive,0.25,0.5

`data_scripts.render_effects` writes such a folder. Recordings of a real device are late
by what the converters take: `delay` finds it.
"""

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer
from dsplab.formats.audio_blocks import audio_part, audio_size
from dsplab.formats.errors import FormatError, unreadable
from neural.data.order import draws

TABLE = "pairs.csv"


class Pairs(NamedTuple):
    """Pairs of recordings, one row of each column a pair.

    folder: where pairs.csv is; dry, wet: files, relative to it.
    lengths: samples that both have, at `sample_rate`.
    knobs: float32, (n, n_knobs), in the order of `knob_names`.
    words: column name to the words of a column without numbers, (n,).
    """

    folder: Path
    dry: np.ndarray
    wet: np.ndarray
    lengths: np.ndarray
    knobs: np.ndarray
    knob_names: tuple
    words: dict
    sample_rate: int


def open_pairs(folder, *, shortest=1):
    """Read what pairs there are; the sounds stay where they are.

    Args:
      folder: with pairs.csv, a string or `pathlib.Path`.
      shortest: samples; pairs with fewer are left out.

    Returns:
      `Pairs`, in the order of the lines.

    Raises:
      FormatError: a ValueError, if the table or a pair is not what it should be, or no
        pair is long enough; with the folder, how many there are, and what is allowed.
      OSError: if a file is missing.
    """
    folder = Path(folder)
    integer(shortest, name="shortest")
    rows = _lines(folder)
    sizes = [_size(folder, row) for row in rows]
    rates = sorted({rate for rate, _ in sizes})
    if len(rates) > 1:
        raise unreadable(folder, f"its sounds have different sample rates: {rates}")
    lengths = np.array([length for _, length in sizes])
    keep = np.flatnonzero(lengths >= shortest)
    if not keep.size:
        raise FormatError(
            f"no pair to learn from in '{folder}': {len(rows)} found in {TABLE}, the "
            f"longest has {lengths.max()} samples; the shortest allowed is {shortest}"
        )
    columns = {
        name: np.array([rows[k][name] for k in keep])
        for name in rows[0]
        if name not in ("dry", "wet")
    }
    numbers = {name: _numbers(words) for name, words in columns.items()}
    knobs = {name: values for name, values in numbers.items() if values is not None}
    table = np.stack([*knobs.values()], axis=1) if knobs else np.zeros((len(keep), 0))
    return Pairs(
        folder,
        *(np.array([rows[k][name] for k in keep]) for name in ("dry", "wet")),
        lengths[keep],
        table.astype(np.float32),
        tuple(knobs),
        {name: words for name, words in columns.items() if name not in knobs},
        rates[0],
    )


def _lines(folder):
    """The lines of the table, as dicts."""
    path = folder / TABLE
    if not path.is_file():
        n_files = len(list(folder.iterdir()))
        raise unreadable(folder, f"it has no {TABLE} among {n_files} files")
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        try:
            names, rows = reader.fieldnames or (), list(reader)
        except (csv.Error, UnicodeDecodeError) as error:
            raise unreadable(path, f"it is no table: {error}") from None
    if "dry" not in names or "wet" not in names:
        raise unreadable(path, f"its columns must have dry and wet, got {list(names)}")
    if not rows:
        raise unreadable(path, "it has no pairs")
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise unreadable(path, f"line {number} must have {len(names)} fields")
    return rows


def _size(folder, row):
    """(sample rate, samples that both have) of a pair."""
    dry, wet = (audio_size(folder / row[name]) for name in ("dry", "wet"))
    if dry.sample_rate != wet.sample_rate:
        raise unreadable(
            folder / row["wet"],
            f"its rate is {wet.sample_rate} Hz, that of '{row['dry']}' "
            f"{dry.sample_rate} Hz",
        )
    if wet.n_samples < dry.n_samples:
        text = f"it has {wet.n_samples} samples, '{row['dry']}' {dry.n_samples}"
        raise unreadable(folder / row["wet"], text)
    return dry.sample_rate, dry.n_samples


def _numbers(words):
    """A column as numbers, or None if one of its words is none."""
    try:
        values = words.astype(float)
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def batch(pairs, seed, step, *, batch_size, n_samples, part=slice(None)):
    """Read the pairs of one training step, each cut at one random place.

    Args:
      pairs: `Pairs`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: pairs of all processes together.
      n_samples: of each; shorter ones are followed by silence.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: dry, wet (batch, n_samples) float32, one channel; knobs (batch, n_knobs);
      row (batch,) int32.
    """
    chosen = draws(len(pairs.dry), seed, step, batch_size=batch_size, part=part)
    sounds = np.zeros((2, len(chosen), n_samples), np.float32)
    for k, draw in enumerate(chosen):
        room = max(int(pairs.lengths[draw.row]) - n_samples, 0)
        start = int(draw.rng.integers(room + 1))
        length = min(n_samples, int(pairs.lengths[draw.row]))
        for clips, names in zip(sounds, (pairs.dry, pairs.wet), strict=True):
            x = audio_part(pairs.folder / names[draw.row], start, length)
            clips[k, : x.shape[-1]] = x.mean(axis=0)
    rows = np.array([draw.row for draw in chosen], np.int32)
    return {"dry": sounds[0], "wet": sounds[1], "knobs": pairs.knobs[rows], "row": rows}


def delay(dry, wet, *, longest):
    """How many samples the wet sound is late: where the two correlate best.

    Args:
      dry: (n_samples,).
      wet: (n_samples,); distortion is no hindrance, an effect that is itself an echo
        may be.
      longest: samples that it may be late.

    Returns:
      int, 0 to longest. Cut as many from the beginning of wet.
    """
    dry, wet = (np.asarray(as_signal(x, ndim=1), np.float64) for x in (dry, wet))
    longest = integer(longest, name="longest", least=0)
    n = 2 ** int(np.ceil(np.log2(len(dry) + len(wet) + longest)))
    spectrum = np.conj(np.fft.rfft(dry, n)) * np.fft.rfft(wet, n)
    return int(np.argmax(np.abs(np.fft.irfft(spectrum, n)[: longest + 1])))
