"""Exercise of lesson 8: how far two sounds are apart, whatever their phases."""

import numpy as np

from dsplab.check.comparing import agree
from dsplab.check.exercise import exercise
from dsplab.check.inputs import signals
from dsplab.check.trial import Wrong
from dsplab.spectral import stft

FLOOR = 0.1  # added to magnitudes before the logarithm

spectral_distance = exercise(
    "spectral_distance",
    "spectral_distance(x, y, sizes)",
    "the mean of |log(|X| + 0.1) - log(|Y| + 0.1)| over all bins and frames, where X "
    "and Y are spectral.stft(..., n_fft=n, hop_length=n // 4), averaged over the n in "
    "sizes; a number",
)
SIZES = ((64,), (64, 128), (32, 64, 256))
PAIRS = {"x": signals(512, 700, kinds=("zeros", "impulse", "noise")), "sizes": SIZES}


def _one_size(x, y, n):
    X, Y = (np.abs(stft(part, n_fft=n, hop_length=n // 4)) for part in (x, y))
    return np.abs(np.log(X + FLOOR) - np.log(Y + FLOOR)).mean()


def _distance(x, y, sizes):
    return np.asarray(np.mean([_one_size(x, y, n) for n in sizes]))


def _other(x):
    """A second sound of the same length, with other partials."""
    return 0.5 * x + 0.3 * np.sin(0.3 * np.arange(len(x)))


def _number(distance):
    """The student's result, if it is one real number."""
    if np.ndim(distance) or np.iscomplexobj(distance):
        kind = "complex" if np.iscomplexobj(distance) else "an array"
        raise Wrong(f"Your result is {kind}, not one number.")
    return np.asarray(distance, dtype=float)


@spectral_distance.property(
    "it is one number",
    "Take the mean over bins and frames, then over the sizes: .mean() twice.",
    **PAIRS,
)
def _(student, x, sizes):
    _number(student(x, _other(x), sizes))


@spectral_distance.property(
    "a sound is at distance 0 from itself, and above 0 from another",
    "Compare X with Y, bin by bin; and take the absolute value of the difference "
    "before the mean, or what is too loud makes up for what is too soft.",
    **PAIRS,
)
def _(student, x, sizes):
    own, other = _number(student(x, x, sizes)), _number(student(x, _other(x), sizes))
    if abs(own) > 1e-9:
        raise Wrong(f"The distance of a sound from itself is {own:.3g}.")
    if not other > 1e-6:
        raise Wrong(f"The distance from another sound is {other:.3g}.")


@spectral_distance.property(
    "x and y may be exchanged",
    "Nothing is divided by what belongs to x alone.",
    **PAIRS,
)
def _(student, x, sizes):
    y = _other(x)
    there, back = _number(student(x, y, sizes)), _number(student(y, x, sizes))
    agree(back, there, what="The distance from y to x")


@spectral_distance.property(
    "phases do not count",
    "Take np.abs of the STFT before the logarithm: a sound upside down, -x, sounds the "
    "same and is at distance 0.",
    **PAIRS,
)
def _(student, x, sizes):
    distance = _number(student(x, -x, sizes))
    if not abs(distance) < 1e-9:
        raise Wrong(f"The distance of -x from x is {distance:.3g}.")


@spectral_distance.property(
    "silence has a distance too",
    "log(0) is minus infinity: add 0.1 to the magnitude, inside the logarithm.",
    x=signals(512, kinds=("noise", "impulse")),
    sizes=SIZES,
)
def _(student, x, sizes):
    distance = _number(student(x, 0.0 * x, sizes))
    if not np.isfinite(distance):
        raise Wrong(f"The distance from silence is {distance}.")


@spectral_distance.property(
    "every size counts the same",
    "One mean for each size, then the mean of those: short frames have more values "
    "than long ones, and must not outvote them.",
    x=signals(512, kinds=("noise",)),
    sizes=SIZES,
)
def _(student, x, sizes):
    y = _other(x)
    parts = [_number(student(x, y, (n,))) for n in sizes]
    whole = _number(student(x, y, sizes))
    agree(whole, np.asarray(np.mean(parts)), what="The distance for all sizes")


@spectral_distance.property(
    "it follows the definition",
    "Natural logarithm of magnitudes (not of powers), 0.1 added to them, hop_length="
    "n // 4, absolute differences (not squares).",
    points=2,
    **PAIRS,
)
def _(student, x, sizes):
    y = _other(x)
    agree(_number(student(x, y, sizes)), _distance(x, y, sizes))
