"""Pitch by probabilistic YIN."""

import math

from dsplab._arguments import positive
from dsplab._array import array_namespace, running_max
from dsplab.analysis._periods import dips_of
from dsplab.analysis._tracks import best_path, check_voice, chosen_track, sharpened

TINY = 1e-9  # a probability that is no more than a way out


def pyin(
    x,
    *,
    sample_rate,
    hop_length=None,
    f_min=60.0,
    f_max=1000.0,
    threshold=0.1,
    deepest=0.01,
    unvoiced=0.01,
    fastest=35.92,
    switch=0.01,
):
    """Follow the pitch of one voice: YIN for every threshold, then the likeliest path.

    YIN takes the first dip of its difference d' below a threshold s, which is hard to
    choose. Here s has a distribution, Beta(2, b), of which the share above d' is

        S(d') = (1 - d')^b (1 + b d'),   b = 2 / threshold - 2.

    A dip is YIN's answer for every s between its depth and that of the deepest before
    it, so its probability is the difference of two S. What no dip takes is how likely
    the frame is unvoiced. Through these candidates the likeliest path is sought
    (Viterbi): a step of pitch is as likely as 1 - step / fastest, one from voiced to
    unvoiced has the probability `switch`.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      hop_length: samples from frame to frame; None for 10 ms.
      f_min: lowest pitch in Hz; two stretches of 2 / f_min are compared.
      f_max: highest pitch in Hz.
      threshold: mean of the thresholds, below 1. More finds the pitch of rough voices,
        but takes a strong second harmonic for the first.
      deepest: probability of the deepest dip at thresholds below all of them.
      unvoiced: what the probability of no pitch is multiplied by; less makes more
        frames voiced.
      fastest: octaves per second that no voice exceeds.
      switch: probability that a voice begins or ends from one frame to the next.

    Returns:
      `Pitch(times, f0, voicing)` as of `yin`.

    Raises:
      ValueError: as for `yin`.

    Reference:
      Mauch and Dixon, "pYIN: a fundamental frequency estimator using probabilistic
      threshold distributions", ICASSP 2014. Ours: the distribution in closed form
      instead of a hundred thresholds; states are the dips themselves, so that f0 is not
      rounded to bins of pitch, and one for all unvoiced frames.

    >>> x = np.sin(2 * np.pi * 220.2 * np.arange(8000) / 16000)
    >>> round(float(pyin(x, sample_rate=16000).f0[25]), 2)
    220.2
    """
    x, hop_length = check_voice(x, sample_rate, hop_length, f_min, f_max)
    for name, value in (
        ("threshold", threshold), ("deepest", deepest), ("unvoiced", unvoiced),
        ("fastest", fastest), ("switch", switch),
    ):  # fmt: skip
        positive(value, name=name)
    if threshold >= 1.0:
        raise ValueError(f"threshold must be below 1, got {threshold!r}")
    xp = array_namespace(x)
    f0, dips, likeness, early, spread = dips_of(
        x, sample_rate, hop_length, f_min, f_max
    )
    order = xp.argsort(-f0, axis=-1)  # the shortest period first
    f0, dips, likeness = (
        xp.take_along_axis(a, order, axis=-1) for a in (f0, dips, likeness)
    )
    share = probabilities(dips, threshold, deepest)
    rest = unvoiced * xp.maximum(1.0 - xp.sum(share, axis=-1, keepdims=True), TINY)
    widest = fastest * hop_length / sample_rate
    best = best_path(
        xp.log(xp.maximum(xp.concatenate([rest, share], axis=-1), TINY)),
        xp.log2(f0),
        lambda octaves: -xp.log(xp.maximum(1.0 - octaves / widest, TINY)),
        -math.log(switch),
    )
    track = chosen_track(f0, likeness, best, hop_length / sample_rate)
    return track._replace(f0=sharpened(track.f0, early(track.f0), spread))


def probabilities(dips, threshold, deepest):
    """How probable each dip is YIN's answer, (..., n), with the first period first."""
    xp = array_namespace(dips)
    b = 2.0 / threshold - 2.0

    def above(depth):
        return (1.0 - depth) ** b * (1.0 + b * depth)

    depth = xp.minimum(dips, 1.0)
    least = -running_max(-depth)
    before = xp.concatenate([xp.ones_like(least[..., :1]), least[..., :-1]], axis=-1)
    share = xp.maximum(above(depth) - above(before), 0.0)
    least = least[..., -1:]
    lowest = (depth == least) & (depth < before) & (least < 1.0)
    return share + xp.where(lowest, deepest * (1.0 - above(least)), 0.0)
