"""The user's own recording as material: read, checked, and cut to an excerpt."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from dsplab.formats.audio_files import read_audio
from dsplab.formats.errors import TruncatedWarning
from tour.sounds import Material, Sound

EXCERPT = 10.0  # seconds that are played and worked on
SHORTEST = 0.5  # seconds
LOWEST_RATE = 4000  # Hz
MOST_BYTES = 2**31  # 100 minutes of stereo at 44.1 kHz


class Unusable(Exception):
    """A recording that the tour cannot play with, and why, in one line."""


def load(path):
    """Read a recording of any kind and length as the material of a tour.

    Raises:
      Unusable: with one line that names the file and what is wrong with it.
    """
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", TruncatedWarning)
            x, rate = read_audio(path, dtype="float32", max_bytes=MOST_BYTES)
    except OSError as error:
        raise Unusable(f"cannot read '{path}': {error.strerror}") from None
    except ValueError as error:  # a FormatError says it all
        raise Unusable(str(error)) from None
    name = Path(path).name
    seconds = x.shape[-1] / rate
    if seconds < SHORTEST:
        text = f"'{path}' holds {seconds:.2f} s of sound, the tour needs {SHORTEST} s"
        raise Unusable(text)
    if rate < LOWEST_RATE:
        text = f"'{path}' has {rate} samples a second, the tour needs {LOWEST_RATE}"
        raise Unusable(text)
    start, x = _excerpt(x, rate)
    if not np.abs(x).max() > 0:
        raise Unusable(f"'{path}' holds nothing but silence")
    about = _about(name, x, rate, seconds, start) + "".join(
        f" Note: {warning.message}." for warning in caught
    )
    return _material(name, x, rate, about)


def _excerpt(x, rate):
    """The loudest EXCERPT seconds of a long sound, faded at the cuts, in float64."""
    n = round(EXCERPT * rate)
    if x.shape[-1] <= 1.2 * n:
        return 0.0, x.astype(np.float64)
    loud = np.square(x[0] if x.ndim == 2 else x, dtype=np.float64)
    energy = np.concatenate([[0.0], np.cumsum(loud)])
    starts = np.arange(0, x.shape[-1] - n + 1, max(1, rate // 2))
    start = int(starts[np.argmax(energy[starts + n] - energy[starts])])
    fade = np.clip(np.arange(n) / (0.01 * rate), 0.0, 1.0)
    return start / rate, x[..., start : start + n] * fade * fade[::-1]


def _about(name, x, rate, seconds, start):
    kind = {1: "mono", 2: "stereo"}.get(
        x.shape[0] if x.ndim == 2 else 1, f"{x.shape[0]} channels, mixed to mono"
    )
    text = f"Your recording {name} ({clock(seconds)}, {kind}, {rate} Hz)"
    heard = x.shape[-1] / rate
    if heard < seconds:
        text += f", heard here from {clock(start)} to {clock(start + heard)},"
    return (
        f"{text} goes through everything that transforms a sound. The descriptions of "
        "pictures tell how they look with the project's own sounds."
    )


def clock(seconds):
    """Minutes and seconds.

    >>> clock(83.25)
    '1:23.2'
    """
    return f"{int(seconds // 60)}:{seconds % 60:04.1f}"


def _material(name, x, rate, about):
    if x.ndim == 2 and x.shape[0] > 2:
        x = x.mean(axis=0)
    x = x / max(1.0, float(np.abs(x).max()))
    music = Sound(name, x, rate)
    mono = Sound(name, music.mono, rate)
    return Material(music, mono, mono, own=True, about=about)
