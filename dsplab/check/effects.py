"""Exercises of lesson 7: echoes that repeat, and a curve that turns down."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import Signal, signals

comb = exercise(
    "comb",
    "comb(x, length, gain)",
    "echoes of echoes: y[n] = x[n] + gain y[n - length], where y is 0 before its "
    "start; as long as x",
)
COMBED = {"length": (1, 2, 3, 5, 40), "gain": (0.5, -0.5, 0.9, 0.0)}


def _comb(x, length, gain):
    y = np.array(x, dtype=float)
    for n in range(length, len(y)):
        y[n] += gain * y[n - length]
    return y


@comb.property(
    "it is as long as the signal",
    "The echoes after the end are cut off: work on an array like x.",
    x=signals(1, 4, 9, kinds=("ones",)),
    length=(1, 3, 12),
)
def _(student, x, length):
    same_shape(student(x, length, 0.5), x.shape)


@comb.property(
    "nothing changes before the first echo",
    "For n < length there is no y[n - length] yet: y[n] = x[n]. In Python an index "
    "below zero counts from the end of the array.",
    x=signals(6, 12, kinds=("ones", "ramp", "noise")),
    length=(2, 3, 5),
)
def _(student, x, length):
    agree(student(x, length, 0.5)[:length], x[:length])


@comb.property(
    "the first echo comes after length samples, gain times as loud",
    "y[length] takes gain * y[0]: not one sample earlier or later.",
    length=(1, 2, 3, 5),
    gain=(0.5, -0.5),
)
def _(student, length, gain):
    click = np.eye(1, 2 * length)[0]
    agree(student(click, length, gain), _comb(click, length, gain))


@comb.property(
    "every echo has an echo of its own",
    "Add gain times the output, y[n - length], not the input, x[n - length]: the "
    "second echo is gain squared. So y must be made from left to right.",
    points=2,
    x=signals(12, 30, kinds=("ones", "ramp", "noise")),
    **COMBED,
)
def _(student, x, length, gain):
    agree(student(x, length, gain), _comb(x, length, gain))


@comb.property(
    "it answers a sum with the sum of the answers",
    "Nothing in the formula may depend on how loud x is.",
    x=signals(12, 30, kinds=("ones", "noise")),
    length=(1, 4),
)
def _(student, x, length):
    other = Signal("noise", len(x)).array()
    both = student(x, length, 0.5) + 3 * student(other, length, 0.5)
    agree(student(x + 3 * other, length, 0.5), both)


gain_curve = exercise(
    "gain_curve",
    "gain_curve(level_db, threshold_db, ratio)",
    "the gain in dB that a compressor applies at each level in dB: 0 up to the "
    "threshold; above it, so that the level comes out at threshold_db + (level_db - "
    "threshold_db) / ratio",
)
CURVED = {"threshold_db": (-20.0, 0.0, -35.0), "ratio": (2.0, 4.0, 10.0, 1.0)}
LEVELS = (-20.0, -40.0, -10.0, 0.0, -35.0, 6.0)


def _gain_curve(level_db, threshold_db, ratio):
    return np.minimum(0.0, (threshold_db - level_db) * (1.0 - 1.0 / ratio))


@gain_curve.property(
    "one gain for each level",
    "Work on the whole array: np.maximum and np.where compare arrays, `if` cannot.",
    n=(1, 2, 5),
)
def _(student, n):
    same_shape(student(np.linspace(-40.0, 0.0, n), -20.0, 2.0), (n,))


@gain_curve.property(
    "up to the threshold nothing changes",
    "Below the threshold the gain is 0 dB, which is a factor of 1. level_db - "
    "threshold_db is negative there: np.maximum(..., 0) makes 0 of it.",
    **CURVED,
)
def _(student, threshold_db, ratio):
    levels = threshold_db - np.array([0.0, 1.0, 10.0, 80.0])
    agree(student(levels, threshold_db, ratio) + 1.0, np.ones(4), what="1 + your gain")


@gain_curve.property(
    "at a ratio of 1 nothing changes",
    "ratio dB in for 1 dB out: with 1, as much comes out as goes in.",
    threshold_db=(-20.0, -40.0),
)
def _(student, threshold_db):
    levels = np.linspace(-60.0, 6.0, 12)
    agree(student(levels, threshold_db, 1.0) + 1.0, np.ones(12), what="1 + your gain")


@gain_curve.property(
    "above it, one dB more comes out for ratio dB more that go in",
    "What comes out is level + gain. It is to lie (level_db - threshold_db) / ratio "
    "above the threshold; so the gain is that much less than level_db - threshold_db, "
    "and negative.",
    points=2,
    level_db=LEVELS,
    **CURVED,
)
def _(student, level_db, threshold_db, ratio):
    levels = np.array([level_db, level_db + 7.0])
    gain = student(levels, threshold_db, ratio)
    wanted = levels + _gain_curve(levels, threshold_db, ratio)
    agree(levels + gain, wanted, what="The level that comes out")
