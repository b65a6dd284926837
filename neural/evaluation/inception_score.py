"""Inception score: is each sound clearly something, and are all kinds there?

A classifier that was trained on real sounds looks at each generated one. It should be
sure about each (p(y|x) is narrow), and over all of them every class should occur (p(y)
is broad):

    IS = exp( mean over x of KL( p(y|x) || p(y) ) ),   p(y) = mean over x of p(y|x).

1 is the worst, the number of classes the best. A generator that repeats one good sound
for each class gets the best score too: look at recall, coverage or NDB beside it.

Reference:
  T. Salimans, I. Goodfellow, W. Zaremba, V. Cheung, A. Radford, X. Chen, "Improved
  Techniques for Training GANs", 2016 (arXiv:1606.03498): ten splits. LoopTest (T. Hung
  et al., "A Benchmarking Initiative for Audio-Domain Music Generation Using the
  Freesound Loop Dataset", 2021) takes one split, and its "+-" is the exponential of the
  divergences' standard deviation, which is another thing than the deviation between
  splits: here they have two names.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import rel_entr

from dsplab._arguments import integer
from neural.evaluation.features import as_probabilities


class InceptionScore(NamedTuple):
    """What `inception_score` says.

    Attributes:
      score: mean over the splits.
      deviation: standard deviation over the splits; 0 for one.
      spread: exp of the standard deviation of KL over the sounds of a split, the mean
        over splits; what LoopTest prints behind its "+-".
    """

    score: float
    deviation: float
    spread: float


def inception_score(probabilities, *, n_splits=1):
    """How sure a classifier is of each sound, and how varied the sounds are.

    Args:
      probabilities: (n, k), for each sound the classifier's p(y|x): its softmax.
      n_splits: the sounds are taken in so many groups, in their order: shuffle them
        before if they are sorted. A group should have many more sounds than classes.

    Returns:
      `InceptionScore`, in [1, k].

    Raises:
      ValueError: if rows are no distributions or a split would be empty.

    >>> inception_score(np.eye(4)).score
    4.0
    """
    n_splits = integer(n_splits, name="n_splits")
    p = as_probabilities(probabilities, least=n_splits)
    edges = [k * len(p) // n_splits for k in range(n_splits + 1)]
    divergences = [
        rel_entr(part, part.mean(axis=0)).sum(axis=1)  # (sounds of the split,)
        for part in (p[a:b] for a, b in zip(edges[:-1], edges[1:], strict=True))
    ]
    scores = np.exp([part.mean() for part in divergences])
    spreads = np.exp([part.std() for part in divergences])
    return InceptionScore(*map(float, (scores.mean(), scores.std(), spreads.mean())))
