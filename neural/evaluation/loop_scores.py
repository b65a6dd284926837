"""What the project's classifier of styles says of a folder of loops.

    inception score (styles)   sure of the style, and all styles there; at most 14
    styles                     how many of the styles some loop was taken for

The classifier learned drum loops of `dsplab` at 120 beats a minute and knows nothing
else: read what a model reaches beside what real loops reach. The inception scores of
the literature were taken with a classifier of 66 genres, and are not comparable.
"""

import functools

import numpy as np

import neural
from dsplab.analysis.folders import sound_files
from dsplab.formats.audio_files import read_audio
from neural.classifiers import loop_style
from neural.evaluation.inception_score import inception_score


@functools.cache
def open_classifier():
    """Parameters and configuration of the classifier that comes along."""
    return neural.pretrained("loop-style")


def style_probabilities(folder):
    """How probable each style is for each loop of a folder.

    Args:
      folder: of sounds, of any rate; of each the first two seconds are heard.

    Returns:
      (n_files, n_classes), in the order of the files' names.

    Raises:
      FormatError: if there is no sound.
    """
    params, config = open_classifier()
    heard = []
    for path in sound_files(folder):
        x, sample_rate = read_audio(path, dtype="float32")
        x = x if x.ndim == 1 else x.mean(axis=0)
        heard.append(loop_style.bars(x, sample_rate, config)[0])
    return loop_style.probabilities(params, np.stack(heard), config.sample_rate, config)


def loop_scores(folder):
    """Judge a folder of loops.

    Returns:
      A dict of scores, and a list of sentences to beware of.
    """
    p = style_probabilities(folder)
    scores = {
        "inception score (styles)": inception_score(p).score,
        "styles": float(len(set(p.argmax(axis=1).tolist()))),
    }
    n_classes = p.shape[1]
    if len(p) >= 10 * n_classes:
        return scores, []
    text = f"the inception score of {len(p)} loops in '{folder}' is too low by chance"
    return scores, [f"{text}: take {10 * n_classes} at least"]
