"""Sound files written piece by piece: an hour of music in the memory of a second."""

import contextlib
import warnings
from pathlib import Path

import numpy as np
import soundfile

from dsplab._arguments import as_signal, integer, one_of
from dsplab.formats.audio_files import (
    BLOCK,
    EXTENSIONS,
    encode_audio,
    require_room,
    whole_samples,
)
from dsplab.formats.errors import ClippedWarning
from dsplab.formats.whole_files import whole_file


@contextlib.contextmanager
def audio_writer(path, sample_rate, *, n_channels, subtype=None):
    """Write a sound file piece by piece; it is there once all is written.

    Formats, subtypes and errors are those of `write_audio`. If anything goes wrong, in
    here or in what makes the pieces, the old file stays, or none.

    Args:
      path: a string or `pathlib.Path` ending in .wav, .flac, .ogg, .opus, .mp3, ...
      sample_rate: in Hz, a whole number.
      n_channels: how many channels every piece has.
      subtype: how samples are stored.

    Yields:
      Function that writes the next piece, of shape (n_channels, n_samples).

    Raises:
      FormatError: if the format cannot hold this sound.
      ValueError: if a piece is not finite floating-point sound of these channels.
      OSError: if the folder is missing, writing is not permitted, the disk is full.

    Warns:
      ClippedWarning: with the peak, if it is beyond 1 and the format is not float.

    >>> import tempfile
    >>> from dsplab.formats.audio_files import read_audio
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with audio_writer(f"{folder}/a.wav", 44100, n_channels=2) as write:
    ...         for k in range(3):
    ...             write(np.full((2, 10), 0.25 * k))
    ...     read_audio(f"{folder}/a.wav")[0].shape
    (2, 30)
    """
    path = Path(path)
    with _named(path):
        integer(n_channels, name="n_channels")
        trial = np.zeros((n_channels, BLOCK))  # says what this format cannot hold
        encode_audio(trial, sample_rate, extension=path.suffix, subtype=subtype)
    container, default = EXTENSIONS[path.suffix.lower()]
    stream = _Stream(path, n_channels, sample_rate, container, subtype or default)
    with whole_file(path) as file:
        stream.open(file)
        try:
            yield stream.write
        finally:
            stream.close()
    stream.warn()


@contextlib.contextmanager
def _named(path):
    """Errors of values that say which file could not be written."""
    try:
        yield
    except ValueError as error:
        raise type(error)(f"cannot write '{path}': {error}") from None


class _Stream:
    """What is open, and what has been written so far."""

    def __init__(self, path, n_channels, sample_rate, container, subtype):
        self.path, self.n_channels, self.rate = path, n_channels, sample_rate
        self.container, self.subtype = container, subtype
        self.n_samples, self.peak = 0, 0.0

    def open(self, file):
        """Begin to write into a file."""
        self.file = _Attentive(file)
        options = {"format": self.container, "subtype": self.subtype}
        self.sound = soundfile.SoundFile(
            self.file, "w", self.rate, self.n_channels, **options
        )

    def write(self, x):
        """Write the next piece."""
        with _named(self.path):
            x = np.asarray(as_signal(x, ndim=2))
            one_of(len(x), (self.n_channels,), name="the number of channels of x")
            self.n_samples += x.shape[-1]
            total = np.broadcast_to(x[0, 0], (self.n_channels, self.n_samples))
            require_room(total, self.rate, self.container, self.subtype)
            self.peak = max(self.peak, float(x.max()), -float(x.min()))
        if self.subtype not in ("FLOAT", "DOUBLE"):
            x = np.clip(x, -1.0, 1.0)
        for start in range(0, x.shape[-1], BLOCK):
            piece = x[:, start : start + BLOCK].T
            self.sound.write(whole_samples(piece, self.subtype))
        self.file.require_success()

    def close(self):
        """Finish the file."""
        self.sound.close()
        self.file.require_success()

    def warn(self):
        """Say so if there was more than the format holds."""
        if self.peak > 1.0 and self.subtype not in ("FLOAT", "DOUBLE"):
            text = f"peak {self.peak:.4g} is {20 * np.log10(self.peak):.1f} dB beyond "
            text += f"full scale: clipped for {self.subtype}; scale by "
            text += f"{1 / self.peak:.3f} or store FLOAT"
            warnings.warn(text, ClippedWarning, stacklevel=5)


class _Attentive:
    """A file that remembers the error which libsndfile would not pass on."""

    def __init__(self, file):
        self.file, self.error = file, None
        self.seek, self.tell, self.read = file.seek, file.tell, file.read

    def write(self, data):
        """Write, or remember why not."""
        try:
            if self.error is None:
                self.file.write(data)
        except OSError as error:
            self.error = error
        return len(data)

    def require_success(self):
        """Raise what went wrong."""
        if self.error is not None:
            raise self.error
