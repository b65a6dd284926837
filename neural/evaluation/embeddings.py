"""What a measure of sets listens with: functions from a sound to rows of features.

A Frechet distance, a recall or a number of bins means nothing without the features it
was taken of, so a function goes together with its name, and results carry it.

    vggish_embedding   the published network: comparable with the literature
    classifier_embedding
                       the last layer of a classifier that comes along: hears what its
                       classes differ in, of notes as short as half a second
    style_embedding    that of the classifier of drum loops
    mel_statistics     mean and deviation of mel bands: needs no weights, hears timbre
                       and level, no order in time; comparable with itself only

Any other network's is made the same way: Embedding("its name", function, shortest=1.0).
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import neural
from dsplab._arguments import one_of
from neural.classifiers import loop_style
from neural.evaluation import vggish
from neural.evaluation.note_scores import JUDGES, open_judge


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


def classifier_embedding(name="family-classifier"):
    """The last layer but one of a classifier that comes along: one row for each note.

    A Frechet distance of it is no Frechet audio distance of the literature, and only
    comparable with others of the same classifier.

    Args:
      name: "family-classifier" or "pitch-classifier".
    """
    judge = open_judge(one_of(name, tuple(JUDGES.values()), name="name"))

    def function(x, sample_rate):
        x = np.atleast_2d(x).mean(axis=0, keepdims=True)
        return judge.embed(x, sample_rate)

    return Embedding(f"{name} of this project, last layer, not VGGish", function)


def style_embedding():
    """The last layer but one of the shipped classifier of styles: a row for each loop.

    It hears the first two seconds. As with `classifier_embedding`, distances of it are
    comparable with others of it only.
    """
    params, config = neural.pretrained("loop-style")

    def function(x, sample_rate):
        x = np.atleast_2d(x).mean(axis=0, keepdims=True)
        return loop_style.embed(params, x, sample_rate, config)

    return Embedding("loop-style of this project, last layer, not VGGish", function)


def mel_statistics():
    """Mean and deviation of 64 logarithmic mel bands over each 0.96 s: 128 numbers.

    >>> mel_statistics().function(np.zeros(16000), 16000).shape
    (1, 128)
    """

    def function(x, sample_rate):
        seen = vggish.patches(x, sample_rate)  # (n, frames, bands)
        return np.concatenate([seen.mean(axis=1), seen.std(axis=1)], axis=1)

    return Embedding("mel statistics, not VGGish", function, vggish.SHORTEST)
