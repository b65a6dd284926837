"""A voice: what a singer recorded, cut into units and taken apart into sinusoids.

A unit is either an *articulation*, from the middle of one sound to the middle of the
next, or a *stationary* vowel. It is known by its harmonics, frame by frame: how loud
each is, and its *shape*, the phase that is left when the turning of the pitch has been
taken out,

    angle_h(m) = 2 pi (h turns(m) + shape_h(m)),

and by the power of its noise in bands. Shapes move slowly: two periods of the same
vowel at other pitches, or another day, differ by shape only.
"""

import functools
import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab.formats.errors import unreadable
from dsplab.formats.whole_files import whole_file

VERSION = 2
FLOOR_DB = -100.0  # what is softer is silent
LEVEL_STEP = 0.02  # dB; how finely levels are stored: a held vowel moves as little
NOISE_STEP = 0.1
SHAPE_STEP = 1.0 / 512.0  # cycles
F0_STEP = 1.0 / 64.0  # Hz


class Unit(NamedTuple):
    """A piece of a recording; frame m is m hop_length samples after its begin."""

    left: str  # phoneme that it begins in
    right: str  # and ends in; the same for a stationary vowel
    pitch: float  # MIDI number of its middle pitch
    boundary: float  # seconds from its begin to where `right` begins
    f0: np.ndarray  # Hz, (n_frames,); 0 without a pitch
    level_db: np.ndarray  # of the harmonics, (n_harmonics, n_frames)
    shape: np.ndarray  # cycles, (n_harmonics, n_frames)
    noise_db: np.ndarray  # (n_bands, 2 n_frames - 1): twice as many frames

    @property
    def stationary(self):
        """Whether it is a vowel that is held."""
        return self.left == self.right


class Voice(NamedTuple):
    """All units of a singer, and the sizes of their analysis, in samples."""

    name: str
    sample_rate: int
    hop_length: int
    units: tuple
    licence: str = ""

    @property
    def noise_sizes(self):
        """Frames of the noise: twice as many as of the harmonics."""
        return {"n_fft": self.hop_length, "hop_length": self.hop_length // 2}

    def seconds(self, unit):
        """How long a unit is."""
        return (len(unit.f0) - 1) * self.hop_length / self.sample_rate


def write_voice(path, voice):
    """Write a voice into one file: arrays in a zip, differences along time.

    Levels are stored in fiftieths of a decibel, those of noise in tenths, shapes in
    512ths of a cycle.

    Args:
      path: a string or `pathlib.Path`; usually .voice.
      voice: `Voice`.
    """
    units, arrays = [], {name: [] for name in _STEPS}
    for unit in voice.units:
        rows = [len(getattr(unit, name)) for name in ("level_db", "noise_db")]
        units.append([*unit[:4], len(unit.f0), *rows])
        for name, step in _STEPS.items():
            counts = np.round(getattr(unit, name) / step).astype(np.int32)
            steps = np.diff(counts, axis=-1, prepend=0)
            arrays[name].append(steps.ravel())
    about = {"version": VERSION, "units": units} | {
        name: getattr(voice, name)
        for name in ("name", "sample_rate", "hop_length", "licence")
    }
    with whole_file(path) as file, zipfile.ZipFile(file, "w") as whole:
        _store(whole, "voice.json", json.dumps(about).encode())
        for name, parts in arrays.items():
            packed = np.concatenate(parts).astype("<i2")
            # low bytes first, then high ones, which are nearly always the same
            _store(whole, name, packed.view(np.uint8).reshape(-1, 2).T.tobytes())


_STEPS = {
    "f0": F0_STEP, "level_db": LEVEL_STEP, "shape": SHAPE_STEP, "noise_db": NOISE_STEP,
}  # fmt: skip


def _store(whole, name, data):
    """Add a part; with one date, so that the same voice makes the same file."""
    info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_LZMA
    whole.writestr(info, data)


def read_voice(path):
    """Read a voice that `write_voice` wrote.

    Args:
      path: of the file.

    Returns:
      `Voice`.

    Raises:
      FormatError: if it is no such file, or a damaged one.
      OSError: if there is none.

    >>> from dsplab import banks
    >>> voice = read_voice(banks.voice())
    >>> voice.name, voice.sample_rate
    ('tenor', 44100)
    """
    path = Path(path)
    data = path.read_bytes()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as whole:
            about = json.loads(whole.read("voice.json"))
            if about["version"] != VERSION:
                reason = f"it is of version {about['version']}, not {VERSION}"
                raise unreadable(path, reason)
            columns = {name: _unpacked(whole.read(name)) for name in _STEPS}
        units = tuple(_units(about["units"], columns))
        sizes = (int(about[name]) for name in ("sample_rate", "hop_length"))
        return Voice(about["name"], *sizes, units, about["licence"])
    except (zipfile.BadZipFile, KeyError, TypeError, EOFError, NotImplementedError):
        raise unreadable(path, "this is no voice, or a damaged one") from None
    except (ValueError, OSError, RuntimeError) as error:
        if str(path) in str(error):
            raise
        raise unreadable(path, f"this voice is damaged: {error}") from None


def _unpacked(data):
    """The differences of a part."""
    split = np.frombuffer(data, np.uint8).reshape(2, -1)
    return np.ascontiguousarray(split.T).view("<i2")[:, 0].astype(np.int32)


def _units(rows, columns):
    """Cut the columns into units."""
    at = dict.fromkeys(columns, 0)
    for left, right, pitch, boundary, n_frames, n_harmonics, n_bands in rows:
        shapes = {
            "f0": (n_frames,),
            "level_db": (n_harmonics, n_frames),
            "shape": (n_harmonics, n_frames),
            "noise_db": (n_bands, 2 * n_frames - 1),
        }
        arrays = []
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            steps = columns[name][at[name] : at[name] + size].reshape(shape)
            arrays.append(np.cumsum(steps, axis=-1) * _STEPS[name])
            at[name] += size
        yield Unit(left, right, float(pitch), float(boundary), *arrays)


@functools.cache
def find_voice(voice):
    """The voice itself, or that of a path, or the shipped one, by its name.

    >>> find_voice("tenor").name
    'tenor'
    """
    from dsplab import banks

    return read_voice(banks.voice() if voice == "tenor" else voice)
