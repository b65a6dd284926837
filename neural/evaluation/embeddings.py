"""What a measure of sets listens with: functions from a sound to rows of features.

A Frechet distance, a recall or a number of bins means nothing without the features it
was taken of, so a function goes together with its name, and results carry it.

    vggish_embedding   the published network: comparable with the literature
    mel_statistics     mean and deviation of mel bands: needs no weights, hears timbre
                       and level, no order in time; comparable with itself only

Any other network's is made the same way, for instance the project's classifiers':
Embedding("pitch classifier, last layer", function, shortest=1.0).
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from neural.evaluation import vggish


class Embedding(NamedTuple):
    """A function from sounds to features, and what it is called.

    Attributes:
      name: what results are labelled with.
      function: (x, sample_rate) to features (n, d), for x (n_samples,) or (n_channels,
        n_samples) of any rate; n may be any number of clips.
      shortest: seconds that a sound must last.
    """

    name: str
    function: Callable
    shortest: float = 0.0


def vggish_embedding(path, *, hop_frames=vggish.N_FRAMES):
    """VGGish's 128 numbers for each 0.96 s: what the Frechet audio distance takes.

    Args:
      path: vggish_model.ckpt.
      hop_frames: see `vggish.patches`.
    """
    params = vggish.load(path)

    def function(x, sample_rate):
        return vggish.embed(params, x, sample_rate, hop_frames=hop_frames)

    return Embedding(f"VGGish ({Path(path).name})", function, vggish.SHORTEST)


def mel_statistics():
    """Mean and deviation of 64 logarithmic mel bands over each 0.96 s: 128 numbers.

    >>> mel_statistics().function(np.zeros(16000), 16000).shape
    (1, 128)
    """

    def function(x, sample_rate):
        seen = vggish.patches(x, sample_rate)  # (n, frames, bands)
        return np.concatenate([seen.mean(axis=1), seen.std(axis=1)], axis=1)

    return Embedding("mel statistics, not VGGish", function, vggish.SHORTEST)
