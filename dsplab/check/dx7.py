"""Exercises of lesson 11: the level of a DX7 operator, and operators connected."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise

index_of_level = exercise(
    "index_of_level",
    "index_of_level(level)",
    "the modulation index, in radians, of an operator of output level 20 to 99 (a "
    "number or an array): 4 pi at 99, and half of it for every eight steps less",
)


def _index(level):
    octaves = (np.asarray(level, dtype=float) - 99.0) / 8.0
    return np.asarray(4.0 * np.pi * 2.0**octaves)


@index_of_level.property(
    "level 99 is an index of 4 pi",
    "A full operator moves the next one's phase by two cycles either way: 2 * 2 pi "
    "radians.",
)
def _(student):
    agree(student(99), _index(99))


@index_of_level.property(
    "eight steps less are half as much",
    "Halve once for every eight steps: 2 ** ((level - 99) / 8).",
    points=2,
    steps=(1, 2, 5, 9),
)
def _(student, steps):
    agree(student(99 - 8 * steps), _index(99 - 8 * steps))


@index_of_level.property(
    "between them it goes on by equal factors",
    "Neither rounding nor a straight line: the exponent may be a fraction. Each single "
    "step is a factor of 2 ** (1 / 8), 0.75 dB.",
    level=(95, 98, 60, 33, 20),
)
def _(student, level):
    agree(student(level), _index(level))


@index_of_level.property(
    "it takes many levels at once",
    "With NumPy 2.0 ** (array) works on every element: no if, no math.pow.",
    n=(2, 5, 40),
)
def _(student, n):
    level = np.linspace(20.0, 99.0, n)
    agree(student(level), _index(level))


connect = exercise(
    "connect",
    "connect(phases, levels, modulators, carriers)",
    "operators that modulate each other: operator k is levels[k] sin(2 pi phases[k] + "
    "the sum of the operators whose numbers are in modulators[k]), those have higher "
    "numbers; the result is the sum of the operators in carriers",
)
TWO, THREE = ((1,), ()), ((1, 2), (), ())


def _phases(n_operators, n=60, seed=0):
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0.01, 0.2, n_operators)
    return [rate * np.arange(n) for rate in rates]


def _connect(phases, levels, modulators, carriers):
    sounds = {}
    for k in reversed(range(len(phases))):
        moved = sum(sounds[j] for j in modulators[k])
        sounds[k] = levels[k] * np.sin(2.0 * np.pi * phases[k] + moved)
    return sum(sounds[k] for k in carriers)


@connect.property(
    "one operator is a sine",
    "A phase of 1 is a whole cycle: level * np.sin(2 * np.pi * phase).",
    level=(1.0, 0.5, 3.0),
)
def _(student, level):
    p = _phases(1)
    same_shape(student(p, [level], ((),), (0,)), p[0].shape)
    agree(student(p, [level], ((),), (0,)), level * np.sin(2.0 * np.pi * p[0]))


@connect.property(
    "operators side by side are added",
    "Sum the sounds of all carriers; those that are not in carriers are not heard.",
    carriers=((0, 1), (0, 1, 2), (2,), (0, 2)),
)
def _(student, carriers):
    p, levels = _phases(3), [1.0, 0.7, 0.4]
    agree(
        student(p, levels, ((), (), ()), carriers),
        _connect(p, levels, ((), (), ()), carriers),
    )


@connect.property(
    "a modulator moves the phase, by as many radians as it is high",
    "Its sound, with its level, is added inside the sine, after the multiplication by "
    "2 pi; a modulator that is no carrier is not heard itself.",
    points=2,
    index=(0.5, 1.0, 4.0),
)
def _(student, index):
    p, levels = _phases(2), [0.8, index]
    agree(student(p, levels, TWO, (0,)), _connect(p, levels, TWO, (0,)))


@connect.property(
    "several modulators are summed before the sine",
    "Add the sounds of all modulators of an operator: one sine of the sum, not a sum "
    "of sines.",
    levels=([1.0, 1.0, 1.0], [0.5, 2.0, 0.7]),
)
def _(student, levels):
    p = _phases(3)
    agree(student(p, levels, THREE, (0,)), _connect(p, levels, THREE, (0,)))


@connect.property(
    "a modulator may be modulated itself",
    "Begin with the highest number: when its turn comes, all that modulates an "
    "operator must have been played, with what modulates that.",
    points=2,
    modulators=(
        ((1,), (2,), ()),
        ((1,), (), (3,), (4,), (5,), ()),
        ((1, 2, 4), (), (3,), (), (5,), ()),
        ((1,), (), (3, 4, 5), (), (), ()),
    ),
    carriers=((0,), (0, 2)),
)
def _(student, modulators, carriers):
    n = len(modulators)
    p, levels = _phases(n, seed=n), list(np.linspace(1.0, 0.4, n))
    agree(
        student(p, levels, modulators, carriers),
        _connect(p, levels, modulators, carriers),
    )


@connect.property(
    "levels may change at every sample",
    "A level is a number or an array: multiply sample by sample.",
    falls=(1.0, 0.3),
)
def _(student, falls):
    p = _phases(2)
    levels = [1.0, np.linspace(3.0, 3.0 - 3.0 * falls, 60)]
    agree(student(p, levels, TWO, (0,)), _connect(p, levels, TWO, (0,)))
