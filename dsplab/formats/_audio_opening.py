"""A sound file opened for libsndfile, and what is wrong with it, in words."""

import contextlib
import io
import stat

import soundfile

from dsplab.formats.containers import kind_of
from dsplab.formats.errors import FormatError
from dsplab.formats.mpeg import with_header


@contextlib.contextmanager
def opened_sound(path):
    """Open a sound file; what libsndfile says, then or later, becomes a FormatError.

    Args:
      path: a `pathlib.Path`.

    Yields:
      The file, opened for reading, and the `soundfile.SoundFile`.

    Raises:
      FormatError: with the name of the file and why it holds no usable sound.
      OSError: if there is no such file, it is a folder, or reading is not permitted.
    """
    with open_regular(path) as file:
        head = file.read(512)
        try:
            with soundfile.SoundFile(_source(path, head)) as sound:
                yield file, sound
        except soundfile.LibsndfileError as error:
            reason = _why_not(head, error)
            raise FormatError(f"cannot read '{path}': {reason}") from None


def open_regular(path):
    """The file, opened so that Python says what is wrong with the path."""
    if path.suffix.lower() == ".raw":  # libsndfile would ask for the rate
        text = "headerless samples do not say their sample rate or format"
        raise FormatError(f"cannot read '{path}': {text}")
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        raise FormatError(f"cannot read '{path}': it is not a regular file")
    return open(path, "rb")


def _source(path, head):
    """What libsndfile is to open: the file, or an MP3 with the length that it lacks."""
    if path.suffix.lower() == ".mp3" or head[:3] == b"ID3" or head[:1] == b"\xff":
        data = path.read_bytes()
        repaired = with_header(data)
        if repaired is not None:
            return io.BytesIO(repaired)
    return path


def _why_not(head, error):
    """Why libsndfile would not open a file that begins with `head`."""
    if not head:
        return "the file is empty"
    kind = kind_of(head)
    if kind is not None:
        return f"this is {kind}; supported are WAV, AIFF, FLAC, Ogg, Opus and MP3"
    reason = error.error_string.rstrip(". ")
    reason = reason.removeprefix("Error : ").removeprefix("Error in ")
    return f"{reason[:1].lower()}{reason[1:]} (libsndfile)"
