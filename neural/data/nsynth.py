"""NSynth: single notes, four seconds each, with what is known about them.

The format of the NSynth data set, which `data_scripts.render_notes` writes too: a
folder (or .tar.gz, as it is distributed) with examples.json, one entry a note, and
audio/<note_str>.wav, 16 kHz, 16 bits, one channel: the key is held for three seconds
and released for one. In the data set there are 305 979 notes of 1006 instruments; no
instrument of train is in valid or test.

Sounds are read when they are asked for. A batch is a pure function of (seed, step), as
in `neural.data.notes`.

Reference:
  J. Engel, C. Resnick, A. Roberts, S. Dieleman, D. Eck, K. Simonyan, M. Norouzi,
  "Neural Audio Synthesis of Musical Notes with WaveNet Autoencoders", ICML 2017.
"""

import errno
import importlib
import io
import json
import re
import wave
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dsplab.formats.errors import unreadable
from neural.data import tfrecord
from neural.data.archives import Archive

FAMILIES = (
    "bass brass flute guitar keyboard mallet organ reed string synth_lead vocal"
).split()
SOURCES = ("acoustic", "electronic", "synthetic")
QUALITIES = (
    "bright dark distortion fast_decay long_release multiphonic nonlinear_env "
    "percussive reverb tempo-synced"
).split()
VELOCITIES = (25, 50, 75, 100, 127)
SAMPLE_RATE, N_SAMPLES = 16000, 64000
HELD = 3.0  # seconds
SPLITS = ("train", "valid", "test")
NUMBERS = {  # what an entry must say, and the numbers that it may
    "instrument": (0, 2**31),
    "pitch": (0, 127),
    "velocity": (0, 127),
    "sample_rate": (1, 2**31),
    "instrument_family": (0, len(FAMILIES) - 1),
    "instrument_source": (0, len(SOURCES) - 1),
}


class Notes(NamedTuple):
    """Notes of a set, one row of each array a note. Sounds: `audio`."""

    place: Any  # a `pathlib.Path` of a folder, an `Archive`, or `nsynth_records.Sounds`
    names: np.ndarray  # note_str, such as "organ_electronic_044-055-127"
    instrument: np.ndarray  # number that no other instrument of the set has
    pitch: np.ndarray  # MIDI
    velocity: np.ndarray
    family: np.ndarray  # index into FAMILIES
    source: np.ndarray  # index into SOURCES
    qualities: np.ndarray  # bool, (n, 10), in the order of QUALITIES
    sample_rate: int = SAMPLE_RATE
    prefix: str = ""  # of names in an archive
    title: np.ndarray = np.empty(0, str)  # what instruments are called; "" if unknown


def open_notes(path, *, split=None):
    """Read what is known about the notes of a set; the sounds stay where they are.

    Args:
      path: a folder with examples.json and audio/; a folder of such folders
        (nsynth-train, nsynth-valid, nsynth-test; or nsynth-train.jsonwav.tar.gz ...),
        if a split is named; or a .tfrecord (also of a set split into
        nsynth-train.tfrecord-00000-of-00010 and so on), .tar or .tar.gz. What is
        compressed is walked through once, and reading from it is slow: unpack it to
        train. An archive stays open: `notes.place.close()` closes it.
      split: "train", "valid" or "test".

    Returns:
      `Notes`, in the order of their names.

    Raises:
      FormatError: a ValueError, if something is missing or is not what it should be.
    """
    path = _place(Path(path), split)
    records = tfrecord.NAME.fullmatch(path.name.removesuffix(".tar"))
    if records and not path.is_dir():
        return importlib.import_module("neural.data.nsynth_records").open_records(path)
    if path.is_dir():
        place, prefix, file = path, "", path / "examples.json"
        if not file.is_file():
            raise unreadable(
                path, "it has no examples.json; a rendering that was interrupted?"
            )
        text = file.read_bytes()
    else:
        place = Archive(path)
        named = [n for n in place.members if Path(n).name == "examples.json"]
        if not named:
            place.close()
            raise unreadable(path, "it has no examples.json")
        prefix, text = named[0].removesuffix("examples.json"), place.read(named[0])
    return _table(place, prefix, text, path)


def _place(path, split):
    if not path.exists():
        if split is None and tfrecord.NAME.fullmatch(path.name):
            return path  # a set that is split, or FileNotFoundError when it is opened
        raise FileNotFoundError(errno.ENOENT, f"there is no '{path}'")
    if split is None or (path / "examples.json").exists() or path.is_file():
        return path
    if split not in SPLITS:
        raise ValueError(f"split must be 'train', 'valid' or 'test', got {split!r}")
    folder = path / f"nsynth-{split}"
    packed = path / f"nsynth-{split}.jsonwav.tar.gz"
    records = path / f"nsynth-{split}.tfrecord"
    there = [place for place in (folder, packed, records) if place.exists()]
    if there or not (more := sorted(path.glob(f"{records.name}*"))):
        return (*there, folder)[0]
    return more[0] if [p.suffix for p in more] == [".tar"] else records


def _table(place, prefix, text, path):
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise unreadable(path, f"examples.json is no JSON: {error}") from None
    if not isinstance(entries, dict) or not entries:
        raise unreadable(path, "examples.json has no notes")
    names = sorted(entries)
    return table_of(place, prefix, names, [entries[name] for name in names], path)


def table_of(place, prefix, names, entries, path):
    """`Notes` of these names, entry by entry; `path` is named where one is wrong."""
    rows = [_row(*pair, path) for pair in zip(names, entries, strict=True)]
    columns = np.asarray([row[:-1] for row in rows]).T
    rates = set(columns[3].tolist())
    if len(rates) > 1:
        raise unreadable(path, f"its notes have different sample rates: {rates}")
    return Notes(
        place,
        np.asarray(names),
        columns[0],
        columns[1],
        columns[2],
        columns[4],
        columns[5],
        np.asarray([row[-1] for row in rows]),
        rates.pop(),
        prefix,
        np.asarray([str(entry.get("instrument_name", "")) for entry in entries]),
    )


def _row(name, entry, path):
    """Numbers of one entry of examples.json, checked."""
    if not isinstance(entry, dict):
        raise unreadable(path, f"the entry of {name!r} is no object")
    row = []
    for key, (low, high) in NUMBERS.items():
        value = entry.get(key)
        if type(value) is not int or not low <= value <= high:
            expected = f"a whole number from {low} to {high}"
            raise unreadable(
                path, f"{key} of {name!r} must be {expected}, got {value!r}"
            )
        row.append(value)
    qualities = entry.get("qualities")
    if not isinstance(qualities, list) or len(qualities) != len(QUALITIES):
        reason = f"qualities of {name!r} must be {len(QUALITIES)} numbers"
        raise unreadable(path, f"{reason}, got {qualities!r}")
    return (*row, [bool(quality) for quality in qualities])


def select(
    notes, *, families=None, sources=None, pitches=None, velocities=None, without=()
):
    """Keep some of the notes.

    Args:
      notes: `Notes`.
      families: names out of FAMILIES; None for all.
      sources: names out of SOURCES.
      pitches: lowest and highest MIDI pitch: (24, 84) is GANSynth's.
      velocities: numbers, such as (100, 127).
      without: names out of QUALITIES that a note must not have.

    Returns:
      `Notes`.
    """
    keep = np.ones(len(notes.names), dtype=bool)
    for column, names, known in (
        (notes.family, families, FAMILIES),
        (notes.source, sources, SOURCES),
    ):
        if names is not None:
            keep &= np.isin(column, [_index(name, known) for name in names])
    if pitches is not None:
        keep &= (notes.pitch >= pitches[0]) & (notes.pitch <= pitches[1])
    if velocities is not None:
        keep &= np.isin(notes.velocity, velocities)
    for name in without:
        keep &= ~notes.qualities[:, _index(name, QUALITIES)]
    return take(notes, np.flatnonzero(keep))


def _index(name, known):
    if name not in known:
        raise ValueError(f"{name!r} is none of {', '.join(known)}")
    return list(known).index(name)


def take(notes, rows):
    """The notes with these numbers, in this order."""
    columns = {
        name: value[rows]
        for name, value in notes._asdict().items()
        if isinstance(value, np.ndarray)
    }
    return notes._replace(**columns)


def audio(notes, row):
    """Sound of a note, float32 in [-1, 1), (n_samples,)."""
    name = f"audio/{notes.names[row]}.wav"
    if not isinstance(notes.place, Path | Archive):  # a TFRecord file
        return notes.place.audio(notes.names[row])
    if isinstance(notes.place, Archive):
        data = notes.place.read(notes.prefix + name)
    else:
        path = notes.place / name
        if not path.is_file():
            reason = f"'{name}', which examples.json lists, is missing"
            raise unreadable(notes.place, reason)
        data = path.read_bytes()
    return decode(data, notes.sample_rate, name=name)


def decode(data, sample_rate, *, name):
    """The samples of a WAV file of one channel and 16 bits, its bytes given."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            what = file.getnchannels(), file.getsampwidth(), file.getframerate()
            data = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise unreadable(name, f"it is no WAV file: {error}") from None
    if what != (1, 2, sample_rate):
        channels, width, rate = what
        got = f"{channels} of {8 * width} bits at {rate} Hz"
        reason = f"it must have 1 channel of 16 bits at {sample_rate} Hz, got {got}"
        raise unreadable(name, reason)
    return np.frombuffer(data, "<i2").astype(np.float32) / 32768.0


def batch(
    notes,
    seed,
    step,
    *,
    batch_size,
    n_samples=N_SAMPLES,
    anywhere=False,
    part=slice(None),
):
    """Read the notes of one training step.

    Args:
      notes: `Notes`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: notes of all processes together, drawn independently.
      n_samples: of each note; what it lacks is silence.
      anywhere: cut each out of its note at random instead of from the beginning.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples) float32; instrument, pitch, velocity, family, source
      (batch,) int32; qualities (batch, 10).
    """
    if not len(notes.names):
        raise ValueError("notes must be at least one note, got none")
    rng = np.random.default_rng([seed, step])
    rows = rng.integers(len(notes.names), size=batch_size)[part]
    places = rng.random(batch_size)[part]
    x = np.zeros((len(rows), n_samples), dtype=np.float32)
    for clip, row, place in zip(x, rows, places, strict=True):
        whole = audio(notes, row)
        room = max(len(whole) - n_samples, 0)
        start = int(place * (room + 1)) if anywhere else 0
        heard = whole[start:][:n_samples]
        clip[: len(heard)] = heard
    numbers = ("instrument", "pitch", "velocity", "family", "source")
    chosen = {name: getattr(notes, name)[rows].astype(np.int32) for name in numbers}
    return {"x": x, **chosen, "qualities": notes.qualities[rows]}


def parse_name(name):
    """What a note_str says: (family, source, number, pitch, velocity).

    >>> parse_name("synth_lead_synthetic_003-055-127")
    ('synth_lead', 'synthetic', 3, 55, 127)
    """
    names = "|".join(FAMILIES), "|".join(SOURCES)
    match = re.fullmatch(r"({})_({})_(\d+)-(\d+)-(\d+)".format(*names), name)
    if match is None:
        raise ValueError(f"{name!r} is no name of a note")
    return (*match.groups()[:2], *map(int, match.groups()[2:]))


def note_name(family, source, number, pitch, velocity):
    """The note_str of a note.

    >>> note_name("organ", "electronic", 44, 55, 127)
    'organ_electronic_044-055-127'
    """
    return f"{family}_{source}_{number:03d}-{pitch:03d}-{velocity:03d}"
