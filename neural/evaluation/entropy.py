"""Yardsticks for a model of codes: what counting alone achieves.

A model's loss in nats means little by itself: quiet or smooth sound is easy to predict.
So it is set beside two models that need no training,

    unigram   H(c[t])            knows how often each code occurs
    bigram    H(c[t] | c[t-1])   knows in addition how often one follows another

with the frequencies counted *on the very codes they are tested on*. No unigram or
bigram model trained elsewhere can do better there, so a network that falls below the
bigram entropy has certainly learned from more than the sample before.
"""

import numpy as np


def unigram_entropy(codes, *, n_codes=256):
    """Nats a code, if only the frequencies of codes are known.

    >>> round(unigram_entropy(np.array([[0, 1, 0, 1]]), n_codes=2), 4)
    0.6931
    """
    counts = np.bincount(np.ravel(codes), minlength=n_codes)
    return _entropy(counts)


def bigram_entropy(codes, *, n_codes=256):
    """Nats a code, if the frequencies of pairs of successive codes are known.

    Args:
      codes: (batch, time) integers below n_codes; pairs do not span rows.
      n_codes: number of different codes.

    >>> bigram_entropy(np.array([[0, 1, 0, 1, 0]]), n_codes=2)
    0.0
    """
    codes = np.asarray(codes)
    joint = codes[:, :-1] * n_codes + codes[:, 1:]
    before = _entropy(np.bincount(np.ravel(codes[:, :-1]), minlength=n_codes))
    return _entropy(np.bincount(np.ravel(joint), minlength=n_codes**2)) - before


def _entropy(counts):
    p = counts[counts > 0] / counts.sum()
    return float(-(p * np.log(p)).sum())
