"""The key of a piece: which of the 24 its pitch classes resemble most."""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, one_of
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import safe_divide
from dsplab.analysis.chroma import hpcp, tuning

NAMES = "C C# D Eb E F F# G Ab A Bb B".split()
# how well each pitch class fits, from the tonic on: (major, minor)
PROFILES = {
    "krumhansl": (
        (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
        (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
    ),
    "temperley": (
        (5.0, 2.0, 3.5, 2.0, 4.5, 4.0, 2.0, 4.5, 2.0, 3.5, 1.5, 4.0),
        (5.0, 2.0, 3.5, 4.5, 2.0, 4.0, 2.0, 4.5, 3.5, 2.0, 1.5, 4.0),
    ),
}


class Key(NamedTuple):
    """A key, each (...): which, how sure, and what else it could be.

    tonic: pitch class, 0 for C.
    minor: whether it is minor.
    strength: correlation with its profile, -1 to 1.
    correlations: of all 24, (..., 24): C major, C# major ... B major, C minor ...
    """

    tonic: np.ndarray
    minor: np.ndarray
    strength: np.ndarray
    correlations: np.ndarray


def find_key(x, sample_rate, *, profile="temperley", **options):
    """Find the key of a piece: by its tuning, its HPCP, its mean and `key_of_classes`.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      profile: "krumhansl" or "temperley", see `key_of_classes`.
      **options: of `dsplab.analysis.chroma.hpcp`; `tuning` is found where not given.

    Returns:
      `Key`; `key_name` says it.

    Raises:
      ValueError: if the profile is unknown.

    Reference:
      E. Gomez, "Tonal description of polyphonic audio for music content processing",
      INFORMS Journal on Computing 18(3), 2006.

    >>> t = np.arange(11025) / 11025
    >>> scale = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60]
    >>> f = 440 * 2 ** ((np.repeat(scale, 1000) - 69) / 12)
    >>> key_name(find_key(np.sin(2 * np.pi * np.cumsum(f / 11025)), 11025))
    'C major'
    """
    x = as_signal(x)
    if "tuning" not in options:
        found = tuning(x, sample_rate)
        options["tuning"] = found[..., None, None]
    classes = hpcp(x, sample_rate, **options)
    return key_of_classes(classes.mean(axis=-1), profile=profile)


def key_of_classes(classes, *, profile="temperley"):
    """The key whose profile correlates best with how much of each pitch class there is.

        r(k) = correlation of classes with the profile turned by k,  k = 0 .. 11

    Args:
      classes: shape (..., 12), C first: a mean chroma or HPCP, or counted notes.
      profile: "krumhansl", how well listeners found each tone to fit after a cadence;
        "temperley", adapted to find keys: it knows the leading note in minor.

    Returns:
      `Key`. Silence has the strength 0.

    Raises:
      ValueError: if classes is not (..., 12), or the profile is unknown.

    Reference:
      Krumhansl and Kessler, "Tracing the dynamic changes in perceived tonal
      organization in a spatial representation of musical keys", Psych. Review 89, 1982;
      D. Temperley, "What's key for key?", Music Perception 17(1), 1999.

    >>> key_name(key_of_classes([1.0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1]))
    'C major'
    """
    classes = as_values(classes, name="classes")
    if classes.ndim == 0 or classes.shape[-1] != 12:
        raise ValueError(f"classes must have shape (..., 12), got {classes.shape}")
    one_of(profile, tuple(PROFILES), name="profile")
    xp = array_namespace(classes)
    turned = [np.roll(row, k) for row in PROFILES[profile] for k in range(12)]
    profiles = np.stack(turned) - np.mean(turned, axis=-1, keepdims=True)
    profiles /= np.sqrt((profiles**2).sum(axis=-1, keepdims=True))
    away = classes - classes.mean(axis=-1, keepdims=True)
    away = safe_divide(away, abs(away).max(axis=-1, keepdims=True))
    power = (away**2).sum(axis=-1, keepdims=True)
    flat = power == 0.0
    away = away / xp.sqrt(xp.where(flat, 1.0, power))
    r = away @ xp.asarray(profiles.T, dtype=classes.dtype)
    best = xp.argmax(r, axis=-1)
    return Key(best % 12, best >= 12, r.max(axis=-1), r)


def key_name(key):
    """The name of a key, such as "Bb minor"; of one piece, not of a batch.

    >>> key_name(Key(np.array(10), np.array(True), np.array(0.9), np.zeros(24)))
    'Bb minor'
    """
    return f"{NAMES[int(key.tonic)]} {'minor' if bool(key.minor) else 'major'}"
