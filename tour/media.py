"""The files of the page: players at one loudness that never clip, and pictures."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from pathlib import Path

import numpy as np
import scipy.signal

from dsplab.formats.audio_files import encode_audio

LOUDNESS_DB = -20.0  # root mean square of the sounding parts, below full scale
PEAK = 0.89  # nothing is louder; leaves room for what Ogg adds
MOST_FLAC = 320_000  # bytes; what is larger becomes Ogg Vorbis
PLAYABLE = range(8000, 48001)  # Hz


@dataclasses.dataclass(frozen=True)
class Clip:
    """A player's file, relative to the page, and how long it plays."""

    label: str
    path: str
    seconds: float


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A picture's files: {(theme, narrow): (path, width, height)}."""

    files: dict
    alt: str


def slug(text):
    """A name that is safe in a path and an anchor.

    >>> slug("Griffin-Lim, fast")
    'griffin-lim-fast'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def loudness(x):
    """Root mean square of the parts of x that sound, in amplitude; 0 for silence."""
    power = np.mean(np.square(np.atleast_2d(x)), axis=0)
    block = max(1, power.size // 100)
    blocks = power[: power.size // block * block].reshape(-1, block).mean(axis=1)
    loud = blocks[blocks > 1e-4 * blocks.max()] if blocks.max() > 0 else blocks
    return float(np.sqrt(loud.mean()))


def gains(sounds, *, same_loudness):
    """A gain for each sound: equal loudness (or one gain for all), peaks under PEAK."""
    levels = np.array([loudness(x) for x in sounds])
    peaks = np.array([float(np.abs(x).max()) for x in sounds])
    if not same_loudness:
        levels[:] = levels.max()
    wanted = 10.0 ** (LOUDNESS_DB / 20.0) / np.maximum(levels, 1e-9)
    wanted = np.where(levels > 1e-7, wanted, 1.0)
    highest = (wanted * peaks).max()
    return wanted * min(1.0, PEAK / highest) if highest > 0 else wanted


def write_players(players, folder, *, same_loudness=True):
    """Write the sounds of a system's players as FLAC, long ones as Ogg; their Clips."""
    sounds = [player.sound.x for player in players]
    levels = gains(sounds, same_loudness=same_loudness)
    clips = []
    for player, gain in zip(players, levels, strict=True):
        y, rate = playable(gain * player.sound.x, player.sound.sample_rate)
        data, suffix = (
            encode_audio(y, rate, extension=".flac", subtype="PCM_16"),
            "flac",
        )
        if len(data) > MOST_FLAC:
            data, suffix = encode_audio(y, rate, extension=".ogg"), "ogg"
        digest = hashlib.sha256(data).hexdigest()[:12]  # one file for equal sounds
        path = Path(folder) / f"{slug(player.sound.name)}-{digest}.{suffix}"
        path.write_bytes(data)
        clips.append(
            Clip(player.label, f"{path.parent.name}/{path.name}", y.shape[-1] / rate)
        )
    return clips


def playable(x, sample_rate):
    """The sound at a rate that every browser plays, at most PEAK loud."""
    if sample_rate not in PLAYABLE:
        rate = PLAYABLE[-1] if sample_rate > PLAYABLE[-1] else PLAYABLE[0]
        step = np.gcd(rate, sample_rate)
        x = scipy.signal.resample_poly(x, rate // step, sample_rate // step, axis=-1)
        sample_rate = rate
    peak = float(np.abs(x).max())
    return (x * (PEAK / peak) if peak > PEAK else x), sample_rate


def write_picture(picture, folder, name):
    """Write the four drawings of a picture; their Drawing."""
    files = {}
    for theme in ("light", "dark"):
        for narrow in (False, True):
            data, size = picture.render(theme, narrow=narrow)
            path = (
                Path(folder) / f"{name}-{theme}-{'narrow' if narrow else 'wide'}.webp"
            )
            path.write_bytes(data)
            files[theme, narrow] = (f"{path.parent.name}/{path.name}", *size)
    return Drawing(files, picture.alt)
