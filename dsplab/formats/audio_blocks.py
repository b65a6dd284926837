"""Sound files read piece by piece: an hour of music in the memory of a minute."""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import soundfile

from dsplab._arguments import integer
from dsplab._array import is_finite
from dsplab.formats._audio_opening import open_regular, opened_sound
from dsplab.formats._plain_wav import HEAD, plain_layout, plain_part
from dsplab.formats.audio_files import read_audio
from dsplab.formats.errors import FormatError, TruncatedWarning


class AudioSize(NamedTuple):
    """What a sound file says of itself, before its samples are read."""

    sample_rate: int
    n_channels: int
    n_samples: int


def audio_size(path):
    """How much sound a file holds, as its header says.

    Args:
      path: a string or `pathlib.Path`.

    Returns:
      `AudioSize`.

    Raises:
      FormatError, OSError: as `dsplab.formats.audio_files.read_audio`.

    >>> import tempfile
    >>> from dsplab.formats.audio_files import write_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_audio(f"{folder}/a.wav", np.zeros((2, 100)), 48000)
    ...     audio_size(f"{folder}/a.wav")
    AudioSize(sample_rate=48000, n_channels=2, n_samples=100)
    """
    with opened_sound(Path(path)) as (_, sound):
        return AudioSize(sound.samplerate, sound.channels, sound.frames)


def audio_blocks(path, block_length):
    """Read a sound file in pieces, each when it is asked for.

    An MP3 file is decoded whole, because a decoder that stops and goes on loses what a
    frame keeps in its predecessors; all others take no more memory than a piece.

    Args:
      path: a string or `pathlib.Path`.
      block_length: samples in a piece; the last one may have fewer.

    Yields:
      float32, (n_channels, n_samples).

    Raises:
      FormatError, OSError: as `dsplab.formats.audio_files.read_audio`.

    Warns:
      TruncatedWarning: if the file ends, or is damaged, before its promised end.

    >>> import tempfile
    >>> from dsplab.formats.audio_files import write_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_audio(f"{folder}/a.wav", np.zeros((2, 100)), 48000)
    ...     [block.shape for block in audio_blocks(f"{folder}/a.wav", 40)]
    [(2, 40), (2, 40), (2, 20)]
    """
    integer(block_length, name="block_length")
    path = Path(path)
    with opened_sound(path) as (_, sound):
        if sound.format == "MP3":
            x = np.atleast_2d(read_audio(path, dtype="float32")[0])
            for start in range(0, x.shape[-1], block_length):
                yield x[:, start : start + block_length]
            return
        n_read = 0
        while n_read < sound.frames:
            x = _next(sound, min(block_length, sound.frames - n_read))
            if x.shape[-1] == 0:
                break
            if not is_finite(x):
                text = f"samples after number {n_read} are NaN or infinite"
                raise FormatError(f"cannot read '{path}': {text}")
            n_read += x.shape[-1]
            yield x
        if n_read == 0:
            raise FormatError(f"cannot read '{path}': it holds no samples")
        if n_read < sound.frames:
            text = f"'{path}' is cut off or damaged: read {n_read} of {sound.frames}"
            warnings.warn(f"{text} samples", TruncatedWarning, stacklevel=2)


def audio_part(path, start, length):
    """Read some samples of a sound file, without those before and after.

    Args:
      path: a string or `pathlib.Path`.
      start: first sample, from 0.
      length: how many; fewer come where the file ends.

    Returns:
      float32, (n_channels, n_samples).

    Raises:
      FormatError, OSError: as `dsplab.formats.audio_files.read_audio`.

    >>> import tempfile
    >>> from dsplab.formats.audio_files import write_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_audio(f"{folder}/a.wav", np.arange(9.0) / 16, 48000)
    ...     (16 * audio_part(f"{folder}/a.wav", 7, 4)).tolist()
    [[7.0, 8.0]]
    """
    integer(start, name="start", least=0)
    integer(length, name="length")
    path = Path(path)
    with open_regular(path) as file:
        layout = plain_layout(file.read(HEAD))
        x = layout and plain_part(file, layout, start, length)
    x = _part(path, start, length) if x is None else x
    whole_numbers = layout and layout.kind == "<i2"
    if not whole_numbers and not is_finite(x):
        text = f"samples after number {start} are NaN or infinite"
        raise FormatError(f"cannot read '{path}': {text}")
    return x


def _part(path, start, length):
    """`audio_part` by libsndfile."""
    with opened_sound(path) as (_, sound):
        if sound.format == "MP3":
            x = np.atleast_2d(read_audio(path, dtype="float32")[0])
            return x[:, start : start + length]
        start = min(start, sound.frames)
        sound.seek(start)
        return _next(sound, min(length, sound.frames - start))


def _next(sound, n_samples):
    """The next samples, (n_channels, n_samples), fewer at the first damage."""
    before = sound.tell()
    x = np.empty((n_samples, sound.channels), np.float32)
    try:
        n_read = len(sound.read(out=x))
    except soundfile.LibsndfileError:
        n_read = max(sound.tell() - before, 0)
    return np.ascontiguousarray(x[:n_read].T)
