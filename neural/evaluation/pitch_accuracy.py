"""Pitch accuracy and pitch entropy: does a note have the pitch that was asked for?

A classifier of pitches, trained on real notes, listens to the generated ones.

    accuracy   share of notes whose likeliest pitch is the one asked for
    entropy    mean over notes of H(pitch | note), nats: how unsure it is

Both need the classifier to be good: state its accuracy on real notes beside them.

Reference:
  J. Engel, K. Agrawal, S. Chen, I. Gulrajani, C. Donahue, A. Roberts, "GANSynth:
  Adversarial Neural Audio Synthesis", 2019 (arXiv:1902.08710). The classifier and its
  code were not published. Their entropy is that of the classifier's output; we take the
  mean over notes (the entropy of the mean output would only tell which pitches the set
  has).
"""

import numpy as np
from scipy.special import entr

from neural.evaluation.features import as_probabilities


def pitch_accuracy(probabilities, pitch, *, lowest_pitch):
    """Share of notes that the classifier hears at the pitch that was asked for.

    Args:
      probabilities: (n, k), for each note over k successive MIDI pitches.
      pitch: (n,), MIDI pitches asked for, integers.
      lowest_pitch: MIDI pitch of the first column.

    Returns:
      float in 0 ... 1. A pitch that the classifier does not know is an error, not a
      miss.

    >>> pitch_accuracy([[0.9, 0.1], [0.6, 0.4]], [60, 61], lowest_pitch=60)
    0.5
    """
    p = as_probabilities(probabilities)
    pitch = np.asarray(pitch)
    if pitch.shape != (len(p),) or pitch.dtype.kind not in "iu":
        raise ValueError(
            f"pitch must be integers, shape ({len(p)},), one for each row of "
            f"probabilities, got {pitch.dtype} {pitch.shape}"
        )
    highest = lowest_pitch + p.shape[1] - 1
    if (pitch < lowest_pitch).any() or (pitch > highest).any():
        raise ValueError(
            f"pitch must be in {lowest_pitch} ... {highest}, which the classifier "
            f"knows, got {pitch.min()} ... {pitch.max()}"
        )
    return float((p.argmax(axis=1) + lowest_pitch == pitch).mean())


def pitch_entropy(probabilities):
    """How unsure the classifier is of a note's pitch, in nats; 0 is certain.

    Args:
      probabilities: (n, k), for each note over the pitches.

    Returns:
      float in 0 ... ln k.

    >>> round(pitch_entropy([[0.5, 0.5], [1.0, 0.0]]), 4)
    0.3466
    """
    return float(entr(as_probabilities(probabilities)).sum(axis=1).mean())
