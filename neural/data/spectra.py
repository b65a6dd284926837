"""A folder of sounds as pictures of their bands: what spectrogram models learn from.

The picture of each file (`log_spectra`, by published settings or one's own) is computed
once and kept in a cache on disk (`feature_cache`): another file, or another setting, is
another entry. So are the mean and deviation of each band over all frames of the set,
which models learn to bring to 0 and 1.

    bars = open_spectra("loops", "looptest", cache="cache")
    batch(bars, seed, step, batch_size=16)["x"]        (16, 320, 80)

Interrupted, it goes on where it was. Files are looked at when the set is opened: open
it again after they changed.
"""

import dataclasses
import hashlib
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neural.data import sounds as sound_files
from neural.data.feature_cache import cached, entry_path, kept
from neural.data.log_spectra import Settings, log_spectrum, named, shortest
from neural.data.order import draws

VERSION = 1  # grows when what is computed changes


class Spectra(NamedTuple):
    """Pictures of the sounds of a folder.

    sounds: `neural.data.sounds.Sounds`; settings: `log_spectra.Settings`.
    entries: where in the cache each picture is.
    mean, std: of each band, (n_bands,); 0 and 1 if the settings say so.
    """

    sounds: sound_files.Sounds
    settings: Settings
    entries: tuple
    mean: np.ndarray
    std: np.ndarray


def open_spectra(folder, settings, *, cache, pattern="*", like=None, progress=None):
    """Find the sounds of a folder, and compute what the cache lacks.

    Args:
      folder: of sounds of any rate; see `neural.data.sounds.open_sounds`.
      settings: a name of `log_spectra.SETTINGS`, such as "looptest"; or `Settings`.
      cache: folder for what is computed, made if it is not there.
      pattern: of names relative to the folder.
      like: `Spectra` of the training set, whose mean and deviation are taken: for the
        sounds that a model is tested with.
      progress: called with (number of files done, number of files, name of the next).

    Returns:
      `Spectra`.

    Raises:
      FormatError: a ValueError, if no sound is long enough.
      ValueError: if `like` has other settings.
      OSError: if there is no such folder, or the disk is full.
    """
    settings = named(settings)
    if like is not None and like.settings != settings:
        raise ValueError(f"like must have the settings {settings}, got {like.settings}")
    rate, least = settings.sample_rate, shortest(settings)
    found = sound_files.open_sounds(
        folder, sample_rate=rate, shortest=least, pattern=pattern
    )
    entries = []
    for row, name in enumerate(found.names):
        if progress is not None:
            progress(row, len(found.names), name)
        path, key = found.folder / name, _key(settings)
        place = entry_path(cache, path, key)
        if not place.is_file():
            cached(cache, path, key, lambda _, row=row: _picture(found, row, settings))
        entries.append(place)
    zeros = np.zeros(settings.n_bands)
    spectra = Spectra(found, settings, tuple(entries), zeros, zeros + 1.0)
    if like is not None:
        return spectra._replace(mean=like.mean, std=like.std)
    return _with_statistics(spectra, cache) if settings.standardised else spectra


def _key(settings):
    """What an entry depends on besides its file: not how examples are cut from it."""
    said = dataclasses.asdict(settings)
    del said["standardised"]
    if settings.form != "nsynth":  # which fills up to as many
        del said["n_frames"]
    return said | {"version": VERSION}


def _picture(sounds, row, settings):
    x = sound_files.read(sounds, row, 0, int(sounds.lengths[row]))
    return {"x": log_spectrum(x, settings)}


def picture(spectra, row):
    """The whole picture of a sound as it was computed, (frames, n_bands), float32."""
    path = spectra.sounds.folder / spectra.sounds.names[row]
    return kept(
        spectra.entries[row],
        lambda: _picture(spectra.sounds, row, spectra.settings),
        about=f"the bands of '{path}'",
    )["x"]


def _with_statistics(spectra, cache):
    """The same with mean and deviation of each band, from the cache or into it."""
    digest = hashlib.sha256("\n".join(p.name for p in spectra.entries).encode())
    place = Path(cache) / "statistics" / f"{digest.hexdigest()}.features"
    found = kept(place, lambda: _statistics(spectra), about="statistics of the set")
    return spectra._replace(**found)


def _statistics(spectra):
    """Mean and deviation over all frames, file after file in double precision."""
    count, mean, squares = 0, np.zeros_like(spectra.mean), np.zeros_like(spectra.mean)
    for row in range(len(spectra.entries)):
        x = picture(spectra, row).astype(np.float64)
        off = x.mean(axis=0) - mean
        total = count + len(x)
        squares += ((x - x.mean(axis=0)) ** 2).sum(axis=0)
        squares += off**2 * count * len(x) / total
        mean += off * len(x) / total
        count = total
    std = np.sqrt(squares / count)
    return {"mean": mean, "std": np.where(std > 0.0, std, 1.0)}


def standardise(x, spectra):
    """Bring bands (..., n_bands) to mean 0 and deviation 1 of the set."""
    return ((x - spectra.mean) / spectra.std).astype(x.dtype)


def restore(x, spectra):
    """Undo `standardise`: what a model made, as the picture of a sound."""
    return (x * spectra.std + spectra.mean).astype(x.dtype)


def batch(spectra, seed, step, *, batch_size, anywhere=False, part=slice(None)):
    """Read the pictures of one training step.

    Args:
      spectra: `Spectra`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: pictures of all processes together.
      anywhere: cut each out of its file at random; by default from the beginning, which
        is right for bars.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_frames, n_bands) float32, standardised if the settings say so;
      row (batch,) int32, which file each is from.
    """
    n_frames, n_bands = spectra.settings.n_frames, spectra.settings.n_bands
    chosen = draws(len(spectra.entries), seed, step, batch_size=batch_size, part=part)
    x = np.zeros((len(chosen), n_frames, n_bands), np.float32)
    for clip, draw in zip(x, chosen, strict=True):
        whole = picture(spectra, draw.row)
        room = len(whole) - n_frames
        start = int(draw.rng.integers(room + 1)) if anywhere else 0
        clip[:] = standardise(whole[start : start + n_frames], spectra)
    return {"x": x, "row": np.array([draw.row for draw in chosen], np.int32)}
