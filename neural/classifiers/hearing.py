"""What a classifier of notes hears: the first moment of a sound, as loud as any other.

    heard        a sound at the network's rate and length, from its onset
    notes_heard  the same of many
    decibels     power to a picture: 1 is the loudest spot, 0 is `floor_db` below it
    in_batches   pictures through the network

So neither the level, nor silence before the note, nor the rate of the file matters. A
sound that is too short is followed by silence, as the notes learned from were.
"""

import numpy as np

from dsplab._arguments import as_signal, positive
from dsplab.resampling import resample
from neural.data.excerpts import from_onset

AT_ONCE = 16  # sounds that go through a network together
SPARE = 0.05  # seconds after what is needed, so that its end is resampled well


def heard(x, sample_rate, wanted_rate, n_samples):
    """The first n_samples of a sound from its onset, at another rate.

    Args:
      x: signal (n_samples,).
      sample_rate: Hz.
      wanted_rate: Hz, of the result.
      n_samples: of the result.

    Returns:
      (n_samples,) float32; zeros if the sound is silent.

    >>> x = np.concatenate([np.zeros(100), np.ones(50)])
    >>> y = heard(x, 8000, 8000, 60)
    >>> float(y[0]), float(y.sum())
    (1.0, 50.0)
    """
    rate = positive(sample_rate, name="sample_rate")
    x = from_onset(np.asarray(as_signal(x, ndim=1)))
    x = x[: int((n_samples / wanted_rate + SPARE) * rate) + 1]
    if rate != wanted_rate:
        x = resample(x, max(round(len(x) * wanted_rate / rate), 1))
    y = np.zeros(n_samples, np.float32)
    y[: len(x)] = x[:n_samples]
    return y


def notes_heard(x, sample_rate, config):
    """Notes (n, n_samples), or one, as a network hears them: `heard`, row by row.

    Args:
      x: signals, each of them a note.
      sample_rate: Hz.
      config: with sample_rate and duration, the network's.
    """
    x = np.atleast_2d(np.asarray(as_signal(x, ndim=(1, 2))))
    n_samples = round(config.duration * config.sample_rate)
    rows = [heard(note, sample_rate, config.sample_rate, n_samples) for note in x]
    return np.stack(rows)


def in_batches(function, rows):
    """A jitted function of rows, a few at a time so that it is compiled once.

    >>> in_batches(lambda rows: rows + 1, np.zeros((20, 1))).shape
    (20, 1)
    """
    found = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        full = np.pad(some, [(0, AT_ONCE - len(some))] + [(0, 0)] * (some.ndim - 1))
        found.append(np.asarray(function(full))[: len(some)])
    return np.concatenate(found)


def decibels(power, floor_db):
    """Power (..., frames, bands) as a picture in 0 ... 1, float32.

    >>> decibels(np.array([[1.0, 1e-4, 0.0]]), 80.0)
    array([[1. , 0.5, 0. ]], dtype=float32)
    """
    top = power.max(axis=(-2, -1), keepdims=True)
    relative = power / np.where(top > 0.0, top, 1.0)
    seen = 10.0 / floor_db * np.log10(np.maximum(relative, 1e-30)) + 1.0
    return np.maximum(seen, 0.0).astype(np.float32)
