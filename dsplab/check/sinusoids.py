"""Exercises of lesson 14: peaks, what lies between the bins, harmonics."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

find_peaks = exercise(
    "find_peaks",
    "find_peaks(level, threshold)",
    "the indices k, ascending, for which level[k] is above level[k - 1], not below "
    "level[k + 1], and above the threshold; never the first or the last index",
)
ONE = (0.0, 1.0, 3.0, 2.0, 0.0)
LEVELS = {  # name: levels in dB
    "one peak": ONE,
    "two peaks": (0.0, 5.0, 1.0, 2.0, 7.0, 6.0, 1.0),
    "neighbours": (0.0, 4.0, 3.0, 4.0, 0.0),
    "below zero": (-90.0, -20.0, -80.0, -30.0, -95.0, -60.0, -99.0),
}


def _peaks(level, threshold):
    left, here, right = level[:-2], level[1:-1], level[2:]
    return 1 + np.flatnonzero((here > left) & (here >= right) & (here > threshold))


def _same_places(got, wanted):
    got = np.atleast_1d(got)
    if got.dtype.kind == "b":
        raise Wrong(
            "Your result is True and False, expected indices.",
            "np.flatnonzero turns a row of True and False into the indices of True.",
        )
    if got.shape != wanted.shape or not np.array_equal(got, wanted):
        raise Wrong(f"Found are {got.tolist()}, expected {wanted.tolist()}.")


@find_peaks.property(
    "a maximum is found, at its own index",
    "level[1:-1] leaves out the first bin, so that its index 0 is bin 1: add 1. "
    "Indices, and not the levels that stand there.",
    levels=(ONE, (1.0, 2.0, 3.0, 4.0, 0.0), (0.0, 9.0, 1.0)),
)
def _(student, levels):
    level = np.array(levels)
    _same_places(student(level, -100.0), _peaks(level, -100.0))


@find_peaks.property(
    "all maxima are found, in order, wherever they are",
    "Every bin that is higher than both neighbours, not only the highest; also two "
    "bins from each other; also where all levels are negative.",
    points=2,
    levels=tuple(LEVELS.values()),
)
def _(student, levels):
    level = np.array(levels)
    _same_places(student(level, -100.0), _peaks(level, -100.0))


@find_peaks.property(
    "what is not above the threshold is none",
    "The level of the bin itself must be greater than the threshold.",
    levels=tuple(LEVELS.values()),
    threshold=(2.5, -25.0, 4.0, 10.0),
)
def _(student, levels, threshold):
    level = np.array(levels)
    _same_places(student(level, threshold), _peaks(level, threshold))


@find_peaks.property(
    "the ends are none",
    "The first bin has no left neighbour, the last no right one; level[-1] is not the "
    "left neighbour of level[0].",
    levels=((5.0, 1.0, 3.0, 1.0, 2.0), (9.0, 1.0, 0.0), (0.0, 1.0, 9.0)),
)
def _(student, levels):
    level = np.array(levels)
    _same_places(student(level, -100.0), _peaks(level, -100.0))


@find_peaks.property(
    "a top of two equal bins counts once",
    "Above the left neighbour (>), not below the right one (>=): the first of the two.",
    levels=((0.0, 3.0, 3.0, 0.0), (0.0, 1.0, 2.0, 2.0, 1.0, 4.0, 0.0)),
)
def _(student, levels):
    level = np.array(levels)
    _same_places(student(level, -100.0), _peaks(level, -100.0))


vertex = exercise(
    "vertex",
    "vertex(left, here, right)",
    "the top of the parabola through the levels of three neighbouring bins: how many "
    "bins it is from the middle one, p = (left - right) / (2 (left - 2 here + right)), "
    "and its height, here - (left - right) p / 4; two numbers, or two arrays",
)
TOPS = {
    "p": (0.0, 0.25, -0.4, 0.5),
    "height": (0.0, -20.0, 3.0),
    "curve": (-1.0, -6.0, -0.1),
}


def _parabola(p, height, curve):
    return tuple(np.float64(height + curve * (x - p) ** 2) for x in (-1, 0, 1))


@vertex.property(
    "it gives two numbers, place and height",
    "Return both at once: a tuple of p and the height.",
    **TOPS,
)
def _(student, p, height, curve):
    same_shape(student(*_parabola(p, height, curve)), (2,))


@vertex.property(
    "the place is where the parabola has its top",
    "The higher neighbour draws the top to its side: p is positive if right is above "
    "left. The denominator is 2 (left - 2 here + right), which is negative at a top.",
    points=2,
    **TOPS,
)
def _(student, p, height, curve):
    found = student(*_parabola(p, height, curve))
    agree(found[:1], np.array([p]), what="The place", tolerance=1e-5)


@vertex.property(
    "the height is that of the top",
    "The top is above the middle bin, unless it is on it: here - (left - right) p / 4.",
    points=2,
    **TOPS,
)
def _(student, p, height, curve):
    found = student(*_parabola(p, height, curve))
    agree(found[1:], np.array([float(height)]), what="The height", tolerance=1e-5)


@vertex.property(
    "arrays of levels give arrays",
    "Plain arithmetic does it; an `if` about a number does not work for arrays.",
    n=(2, 5),
)
def _(student, n):
    p = np.linspace(-0.4, 0.5, n)
    levels = (-3.0 * (x - p) ** 2 + np.arange(n) for x in (-1, 0, 1))
    agree(student(*levels), np.stack([p, np.arange(float(n))]))


harmonics = exercise(
    "harmonics",
    "harmonics(peaks, f0, n_harmonics)",
    "for h = 1 ... n_harmonics the frequency of the peak that is nearest to h f0, or 0 "
    "where none is within f0 / 3 of it",
)
VOICES = {  # name: frequencies of peaks, f0
    "exact": ((100.0, 200.0, 300.0), 100.0),
    "a little off": ((101.0, 199.0, 304.0, 398.0), 100.0),
    "one missing": ((110.0, 330.0, 440.0), 110.0),
    "noise between": ((100.0, 145.0, 198.0, 251.0, 305.0), 100.0),
    "too far": ((100.0, 160.0, 300.0, 440.0), 100.0),
    "two near": ((100.0, 190.0, 203.0, 290.0, 320.0), 100.0),
}


def _harmonics(peaks, f0, n_harmonics):
    wanted = f0 * np.arange(1, n_harmonics + 1)
    distance = np.abs(peaks - wanted[:, None])
    return np.where(distance.min(axis=1) <= f0 / 3, peaks[distance.argmin(axis=1)], 0.0)


@harmonics.property(
    "it has n_harmonics values",
    "One for each h, also where there is no such harmonic: there it is 0.",
    voice=tuple(VOICES.values()),
    n_harmonics=(1, 3, 6),
)
def _(student, voice, n_harmonics):
    f = student(np.array(voice[0]), voice[1], n_harmonics)
    same_shape(f, (n_harmonics,))
    same_kind(f, np.zeros(1))


@harmonics.property(
    "exact multiples are found",
    "Harmonic h is at h f0, with h from 1 on: np.arange(1, n_harmonics + 1) * f0.",
    f0=(100.0, 63.5),
    n_harmonics=(1, 3, 6),
)
def _(student, f0, n_harmonics):
    peaks = f0 * np.arange(1.0, 7.0)
    agree(student(peaks, f0, n_harmonics), peaks[:n_harmonics])


@harmonics.property(
    "the frequency is that of the peak, not the multiple",
    "What is wanted is where the partial is, not where it should be.",
    n_harmonics=(1, 3, 4),
)
def _(student, n_harmonics):
    peaks, f0 = map(np.array, VOICES["a little off"])
    found = student(peaks, float(f0), n_harmonics)
    agree(found, _harmonics(peaks, float(f0), n_harmonics))


@harmonics.property(
    "the nearest peak wins, and none that is farther than f0 / 3",
    "For every h the smallest |peak - h f0|; if even that is more than f0 / 3, the "
    "answer is 0. The limit does not grow with h.",
    points=2,
    voice=tuple(VOICES.values()),
    n_harmonics=(3, 1, 6),
)
def _(student, voice, n_harmonics):
    peaks, f0 = np.array(voice[0]), voice[1]
    found = student(peaks, f0, n_harmonics)
    agree(found, _harmonics(peaks, f0, n_harmonics))
