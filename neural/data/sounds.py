"""A folder of sound files to learn from: any rate, any number of channels, any length.

Nothing is converted or copied beforehand. What is needed of a file is read when it is
needed, resampled if it must be, and mixed to one channel.
"""

import fnmatch
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer
from dsplab.formats.audio_blocks import audio_part, audio_size
from dsplab.formats.audio_files import EXTENSIONS
from dsplab.formats.errors import FormatError
from neural.data.order import draws

MARGIN = 0.04  # seconds read on either side of what is resampled


class Sounds(NamedTuple):
    """Sound files, one row of each column a file.

    folder: where they are; names: relative to it, with /; in order.
    lengths: samples that each has at `sample_rate`, which is that of what is read.
    rates: Hz, of the files themselves.
    """

    folder: Path
    names: tuple
    lengths: np.ndarray
    rates: np.ndarray
    sample_rate: int


def open_sounds(folder, *, sample_rate, shortest, pattern="*"):
    """Find the sound files of a folder, and of the folders in it.

    Args:
      folder: a string or `pathlib.Path`; names that begin with a dot are passed over.
      sample_rate: Hz, to which what is read is resampled.
      shortest: samples at that rate; files with fewer are left out.
      pattern: of names relative to the folder, such as "*.wav", "drums/*" or "*kick*";
        * stands for anything, slashes included.

    Returns:
      `Sounds`, in the order of their names.

    Raises:
      FormatError: a ValueError, if there is none; with the folder, the pattern, how
        many files there are, and the shortest that is allowed.
      OSError: if there is no such folder.

    Warns:
      UserWarning: for each file that cannot be read, with the cause.
    """
    folder = Path(folder)
    integer(sample_rate, name="sample_rate")
    integer(shortest, name="shortest")
    files = found_files(folder, pattern)
    names, rates, lengths, unreadable = [], [], [], 0
    for path in files:
        try:
            size = audio_size(path)
        except (FormatError, OSError) as error:
            unreadable += 1
            warnings.warn(f"skipped: {error}", UserWarning, stacklevel=2)
            continue
        names.append(path.relative_to(folder).as_posix())
        rates.append(size.sample_rate)
        lengths.append(int(size.n_samples * sample_rate / size.sample_rate))
    lengths = np.asarray(lengths, dtype=int)
    long = np.flatnonzero(lengths >= shortest)
    if not long.size:
        counts = f"{len(files)} sound files found, {unreadable} of them unreadable"
        least = f"{shortest} samples at {sample_rate} Hz ({shortest / sample_rate:g} s)"
        raise FormatError(
            f"no sound to learn from in '{folder}' with the pattern {pattern!r}: "
            f"{counts}, the longest has {lengths.max(initial=0)} samples; "
            f"the shortest clip allowed is {least}"
        )
    names = tuple(names[k] for k in long)
    return Sounds(folder, names, lengths[long], np.array(rates)[long], sample_rate)


def found_files(folder, pattern):
    """Paths of the sound files below a folder whose names fit, in order."""
    next(Path(folder).iterdir(), None)  # Python says what is wrong with the folder
    found = []
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        known = path.suffix.lower() in EXTENSIONS and fnmatch.fnmatch(name, pattern)
        if known and not hidden and path.is_file():
            found.append(path)
    return found


def read(sounds, row, start, n_samples):
    """Some samples of a file, float32, (n_samples,); what lies outside is silence.

    Args:
      sounds: `Sounds`.
      row: which file.
      start: first sample, at `sounds.sample_rate`.
      n_samples: how many.
    """
    path = sounds.folder / sounds.names[row]
    rate = int(sounds.rates[row])
    return read_part(path, sounds.sample_rate, start, n_samples, rate=rate)


def read_part(path, sample_rate, start, n_samples, *, rate=None):
    """Some samples of a file at another rate, float32, (n_samples,), one channel.

    `rate` is the file's own, where that is known.
    """
    rate = audio_size(path).sample_rate if rate is None else rate
    if rate == sample_rate:
        return _mono(path, start, n_samples)
    margin = round(MARGIN * rate)
    first = int(np.floor(start * rate / sample_rate)) - margin
    n = int(np.ceil(n_samples * rate / sample_rate)) + 2 * margin + 1
    n += -n % (rate // int(np.gcd(rate, int(sample_rate))))  # whole samples of both
    x = _mono(path, first, n)
    fade = np.sin(np.linspace(0.0, np.pi / 2, margin // 2, dtype=np.float32)) ** 2
    x[: fade.size] *= fade  # so that the ends, which are none, do not ring
    x[x.size - fade.size :] *= fade[::-1]
    late = start - first * sample_rate / rate  # in samples of the result
    y = _resampled(x, n * int(sample_rate) // rate, late % 1.0)
    return y[int(late) :][:n_samples].astype(np.float32)


def _resampled(x, n_samples, early):
    """x, in n_samples over the same time, a fraction of a new sample early.

    What lies above both Nyquist frequencies is cut off; a delay turns each sinusoid.
    """
    n_bins = min(x.size, n_samples) // 2
    angle = 2.0 * np.pi * early / n_samples * np.arange(n_bins)
    X = np.fft.rfft(x)[:n_bins] * np.exp(1j * angle)
    return np.fft.irfft(X, n_samples) * (n_samples / x.size)


def _mono(path, start, n_samples):
    """Samples start .. start + n_samples at the file's own rate, silence around it."""
    x = np.zeros(n_samples, np.float32)
    before = max(-start, 0)
    if n_samples > before:
        part = audio_part(path, max(start, 0), n_samples - before)
        part = part.mean(axis=0) if len(part) > 1 else part[0]
        x[before : before + part.size] = part
    return x


def batch(sounds, seed, step, *, batch_size, n_samples, part=slice(None)):
    """Read the clips of one training step, each cut out of its file at random.

    Args:
      sounds: `Sounds`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: clips of all processes together.
      n_samples: of each; shorter files are followed by silence.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples) float32; row (batch,) int32, which file each is from.
    """
    chosen = draws(len(sounds.names), seed, step, batch_size=batch_size, part=part)
    x = np.zeros((len(chosen), n_samples), np.float32)
    for clip, draw in zip(x, chosen, strict=True):
        room = max(int(sounds.lengths[draw.row]) - n_samples, 0)
        clip[:] = read(sounds, draw.row, int(draw.rng.integers(room + 1)), n_samples)
    return {"x": x, "row": np.array([draw.row for draw in chosen], np.int32)}
