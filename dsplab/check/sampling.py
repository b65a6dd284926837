"""Exercises of lesson 5: an oscillator that reads a table, a cloud of grains."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise

read_table = exercise(
    "read_table",
    "read_table(table, frequency, sample_rate, n_samples)",
    "play a table that holds one cycle in N points: sample n is read at the place n "
    "frequency N / sample_rate, on a straight line between the two points around it; "
    "after the last point comes the first",
)
TABLES = {
    "n_points": (4, 5, 8, 16),
    "step": (1.0, 0.5, 2.0, 0.25, 1.375, 2.75),
    "n_samples": (3, 12, 40),
}


def _table(n_points):
    """A cycle whose points are all different, and whose ends do not meet."""
    return np.random.default_rng(n_points).uniform(-1.0, 1.0, n_points)


def _read(table, frequency, sample_rate, n_samples):
    n_points = len(table)
    place = np.arange(n_samples) * frequency * n_points / sample_rate
    ring = np.append(table, table[0])
    return np.interp(place % n_points, np.arange(n_points + 1), ring)


def _both(student, n_points, step, n_samples):
    """The student's result and the right one, at `step` points a sample."""
    sample_rate = 100.0 * n_points
    arguments = _table(n_points), 100.0 * step, sample_rate, n_samples
    return student(*arguments), _read(*arguments)


@read_table.property(
    "it has n_samples samples",
    "One value for each n = 0 ... n_samples - 1: place = np.arange(n_samples) * ...",
    **TABLES,
)
def _(student, n_points, step, n_samples):
    same_shape(_both(student, n_points, step, n_samples)[0], (n_samples,))


@read_table.property(
    "at one point a sample it is the table itself",
    "frequency cycles a second are frequency * N points a second, and frequency * N / "
    "sample_rate points a sample. It begins at point 0.",
    n_points=(4, 5, 8, 16),
)
def _(student, n_points):
    got, wanted = _both(student, n_points, 1.0, n_points)
    same_kind(got, wanted)
    agree(got, wanted)


@read_table.property(
    "after the last point comes the first",
    "The place grows for ever, the table has N points: take it modulo N. (N, not N - "
    "1: point 0 comes after point N - 1, and only once.)",
    n_points=(4, 5, 8, 16),
    step=(1.0, 2.0, 3.0),
    n_samples=(12, 40),
)
def _(student, n_points, step, n_samples):
    agree(*_both(student, n_points, step, n_samples))


@read_table.property(
    "between two points lies a straight line",
    "With m = floor(place) and the rest r = place - m: (1 - r) table[m] + r table[m + "
    "1]. Neither the nearest point nor the one before.",
    points=2,
    n_points=(8, 16),
    step=(0.5, 0.25, 0.375),
    n_samples=(3, 12),
)
def _(student, n_points, step, n_samples):
    n_samples = min(n_samples, int((n_points - 1) / step))
    agree(*_both(student, n_points, step, n_samples))


@read_table.property(
    "and between the last point and the first, too",
    "Where m is N - 1, its neighbour is table[0]: table[(m + 1) % N].",
    points=2,
    **TABLES,
)
def _(student, n_points, step, n_samples):
    agree(*_both(student, n_points, step, n_samples))


cloud = exercise(
    "cloud",
    "cloud(x, starts, hop_length, window)",
    "make a cloud of grains: grain k is x[starts[k] : starts[k] + len(window)] times "
    "the window, and is added from sample k hop_length on; the result ends with the "
    "last grain",
)
GRAINS = {
    "length": (2, 4, 6),
    "hop_length": (1, 2, 4, 9),
    "starts": ((0,), (0, 1), (3, 3, 3), (7, 2, 0, 5)),
}


def _cloud(x, starts, hop_length, window):
    y = np.zeros(hop_length * (len(starts) - 1) + len(window))
    for k, start in enumerate(starts):
        grain = x[start : start + len(window)] * window
        y[k * hop_length : k * hop_length + len(window)] += grain
    return y


def _clouds(student, length, hop_length, starts, *, flat=False):
    x = np.random.default_rng(5).uniform(-1.0, 1.0, 20)
    window = np.ones(length) if flat else np.hanning(length + 2)[1:-1]
    arguments = x, np.array(starts), hop_length, window
    return student(*arguments), _cloud(*arguments)


@cloud.property(
    "it ends with the last grain",
    "The last of K grains begins at (K - 1) hop_length and is len(window) long.",
    **GRAINS,
)
def _(student, length, hop_length, starts):
    got, wanted = _clouds(student, length, hop_length, starts)
    same_shape(got, wanted.shape)


@cloud.property(
    "one grain is a piece of the recording under the window",
    "x[start : start + len(window)] * window, from the place that starts says.",
    length=(2, 4, 6),
    starts=((0,), (3,), (7,)),
)
def _(student, length, starts):
    got, wanted = _clouds(student, length, 1, starts)
    same_kind(got, wanted)
    agree(got, wanted)


@cloud.property(
    "grain k begins at sample k hop_length",
    "starts says where in x a grain is taken from; where in the result it goes, only "
    "its number says. That is how time is stretched.",
    length=(2, 4),
    hop_length=(4, 9),
    starts=((0, 1), (3, 3, 3), (7, 2, 0, 5)),
)
def _(student, length, hop_length, starts):
    agree(*_clouds(student, length, hop_length, starts))


@cloud.property(
    "where grains overlap, they add",
    "y[a:b] += grain, not =: the next grain must not overwrite the end of the one "
    "before. Nothing is averaged.",
    points=2,
    length=(4, 6),
    hop_length=(1, 2),
    starts=((0, 1), (3, 3, 3), (7, 2, 0, 5)),
)
def _(student, length, hop_length, starts):
    agree(*_clouds(student, length, hop_length, starts))


@cloud.property(
    "the recording is not changed",
    "Multiply a copy: grain = x[a:b] * window makes one, x[a:b] *= window does not.",
    length=(4,),
    starts=((3, 3, 3), (0, 1)),
)
def _(student, length, starts):
    agree(*_clouds(student, length, 9, starts))
