"""Excerpts of notes, as a classifier may meet them: cut short, dull, noisy, late.

What a model plays lasts half a second at 4 kHz, or four at 16; a recording has a floor
of noise. A judge of all of them must have heard all of them, so every note of a batch
is disturbed anew:

    from its onset, after up to 50 ms of silence
    three in four cut after 0.4 s or later, anywhere up to the whole length
    three in five low-passed, as at a rate of 4 or 8 kHz or anything to 16
    white noise 25 to 80 dB below it

Levels are left to the classifier, which takes them away (`classifiers.hearing`).
"""

from typing import NamedTuple

import numpy as np
import scipy.fft

from dsplab._arguments import integer
from dsplab.resampling import resample
from neural.data import nsynth
from neural.data.order import draws

AT_ONCE = 64  # notes that are tested together
ONSET = 0.01  # of the peak: where a sound begins
LATEST = 0.05  # seconds before the note, at most
CUT, SHORTEST = 0.75, 0.4  # share of notes that are cut; seconds that are left at least
DULL, DULLEST = 0.6, 1900.0  # share of notes that are low-passed; Hz
CUTOFFS = (2000.0, 4000.0)  # Nyquist frequencies of models' rates
NOISE_DB = (-80.0, -25.0)


class Pool(NamedTuple):
    """Notes of several sets, as one.

    sets: of `nsynth.Notes`; place: set and row of each note, (n, 2); pitch, family,
    instrument: of each note, (n,); an instrument's number is that of its set.
    """

    sets: tuple
    place: np.ndarray
    pitch: np.ndarray
    family: np.ndarray
    instrument: np.ndarray


def open_pool(folders, *, split, pitches=None):
    """Notes of one split of some folders.

    Args:
      folders: that `nsynth.open_notes` opens.
      split: "train", "valid" or "test".
      pitches: lowest and highest; None for all.

    Returns:
      `Pool`.

    Raises:
      ValueError: if there is none.
    """
    sets = tuple(nsynth.open_notes(folder, split=split) for folder in folders)
    if pitches is not None:
        sets = tuple(nsynth.select(notes, pitches=pitches) for notes in sets)
    sizes = [len(notes.names) for notes in sets]
    if not sum(sizes):
        raise ValueError(f"there is no note of split {split!r} in {list(folders)}")
    place = np.concatenate(
        [np.stack([np.full(n, k), np.arange(n)], 1) for k, n in enumerate(sizes)]
    )
    columns = (
        np.concatenate([getattr(notes, name) for notes in sets]).astype(np.int32)
        for name in ("pitch", "family", "instrument")
    )
    return Pool(sets, place, *columns)


def parted_by_pairs(pool):
    """A pool in two: nine pairs of instrument and pitch in ten, and the tenth.

    The second tells how well instruments are known that were heard, at other keys.
    """
    tenth = (pool.pitch + 3 * pool.instrument) % 10 == 0
    return tuple(
        Pool(pool.sets, *(column[mask] for column in pool[1:]))
        for mask in (~tenth, tenth)
    )


def sound(pool, row, sample_rate):
    """A note of the pool from its onset.

    Raises:
      ValueError: if it has another rate: such sets are at 16 kHz.
    """
    k, place = pool.place[row]
    notes = pool.sets[k]
    if notes.sample_rate != sample_rate:
        raise ValueError(
            f"notes must be at {sample_rate} Hz, got {notes.sample_rate} Hz"
        )
    return from_onset(nsynth.audio(notes, place))


def batch(
    pool,
    seed,
    step,
    *,
    batch_size,
    n_samples,
    sample_rate,
    balanced=False,
    part=slice(None),
):
    """The disturbed notes of one training step.

    Args:
      pool: `Pool`.
      seed: of the whole run.
      step: the batch's number; the same (seed, step) gives the same batch.
      batch_size: notes of all processes together.
      n_samples: of each.
      sample_rate: Hz, of the notes.
      balanced: each family as often as any other; else each note once before any comes
        again.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: x (batch, n_samples) float32; pitch, family (batch,) int32; dice (batch,)
      uint32, to draw more from.
    """
    integer(n_samples, name="n_samples")
    n = len(pool.place)
    chosen = draws(n, seed, step, batch_size=batch_size, part=part)
    families = [np.flatnonzero(pool.family == k) for k in np.unique(pool.family)]
    x, rows = [], []
    for draw in chosen:
        row = draw.row
        if balanced:
            row = draw.rng.choice(families[draw.rng.integers(len(families))])
        rows.append(row)
        whole = sound(pool, row, sample_rate)
        x.append(disturbed(whole, n_samples, sample_rate, draw.rng))
    return {
        "x": np.stack(x),
        "pitch": pool.pitch[rows],
        "family": pool.family[rows],
        "dice": np.array([d.rng.integers(2**32) for d in chosen], np.uint32),
    }


def disturbed(x, n_samples, sample_rate, rng):
    """A note as it might come: (n_samples,) float32, its peak about 1.

    Args:
      x: the note from its onset.
      n_samples: of the result.
      sample_rate: Hz.
      rng: `numpy.random.Generator`, which draws how.
    """
    late = rng.integers(min(round(LATEST * sample_rate), n_samples // 2) + 1)
    length = n_samples
    if rng.random() < CUT:
        length = int(rng.uniform(min(SHORTEST * sample_rate, n_samples), n_samples))
    y = np.zeros(n_samples, np.float32)
    note = x[: min(length, n_samples - late)]
    y[late : late + len(note)] = note
    cutoff = rng.choice([*CUTOFFS, rng.uniform(DULLEST, sample_rate / 2)])
    if rng.random() < DULL:
        y = low_passed(y, cutoff, sample_rate)
    y /= max(np.abs(y).max(), 1e-9)
    noise_db = 10.0 * np.log10(np.mean(y**2) + 1e-20) + rng.uniform(*NOISE_DB)
    noise = rng.standard_normal(n_samples).astype(np.float32)
    return y + np.float32(10.0 ** (noise_db / 20.0)) * noise


def low_passed(x, cutoff, sample_rate):
    """A sound as a lower rate leaves it: nothing at and above cutoff (Hz)."""
    X = scipy.fft.rfft(x)
    X[int(np.ceil(len(x) * cutoff / sample_rate)) :] = 0.0
    return scipy.fft.irfft(X, len(x))


def from_onset(x):
    """A sound (n_samples,) without what comes before a hundredth of its peak.

    >>> from_onset(np.array([0.0, 0.001, 1.0, 0.0]))
    array([1., 0.])
    """
    level = np.abs(x)
    return x[np.argmax(level > ONSET * level.max()) :]


def short_notes(pool, *, sample_rate=nsynth.SAMPLE_RATE, seconds=1.0, every=1):
    """The notes of a pool from their onsets, short and at a model's rate, to test with.

    Args:
      pool: `Pool`.
      sample_rate: Hz, to which they are resampled.
      seconds: that are left of each.
      every: take each note, or each second one, ...

    Yields:
      Notes (n, n_samples), their rows in the pool, and sample_rate: some at a time.
    """
    chosen = np.arange(0, len(pool.place), every)
    for first in range(0, len(chosen), AT_ONCE):
        rows = chosen[first : first + AT_ONCE]
        x = np.zeros((len(rows), round(seconds * nsynth.SAMPLE_RATE)), np.float32)
        for clip, row in zip(x, rows, strict=True):
            note = sound(pool, row, nsynth.SAMPLE_RATE)[: len(clip)]
            clip[: len(note)] = note
        yield resample(x, round(seconds * sample_rate)), rows, sample_rate
