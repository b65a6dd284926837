"""Exercises of lesson 17: brightness, pitch classes, what is most alike."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

centroid = exercise(
    "centroid",
    "centroid(magnitude, frequencies)",
    "the spectral centroid of every frame: the mean of the frequencies, weighted by "
    "the magnitudes (n_bins, n_frames) of their bins; 0 where a frame is silent",
)
SPECTRA = {"n_bins": (2, 3, 9), "n_frames": (1, 2, 5), "gain": (1.0, 0.01, 50.0)}


def _magnitude(n_bins, n_frames):
    return np.random.default_rng(n_bins + n_frames).uniform(0, 1, (n_bins, n_frames))


def _centroid(magnitude, frequencies):
    total = magnitude.sum(axis=0)
    moment = (frequencies[:, None] * magnitude).sum(axis=0)
    return np.where(total > 0, moment / np.maximum(total, 1e-30), 0.0)


@centroid.property(
    "it has one value for each frame",
    "Sum over the bins, axis=0; the frames stay.",
    n_bins=(2, 3, 9),
    n_frames=(1, 2, 5),
)
def _(student, n_bins, n_frames):
    f = 100.0 * np.arange(n_bins)
    c = student(_magnitude(n_bins, n_frames), f)
    same_shape(c, (n_frames,))
    same_kind(c, f)


@centroid.property(
    "of a single line it is its frequency",
    "Each bin counts with its own frequency: frequencies[:, None] * magnitude, divided "
    "by the sum of the magnitudes.",
    k=(0, 1, 2, 4),
    gain=(1.0, 0.01, 50.0),
)
def _(student, k, gain):
    f = np.array([0.0, 100.0, 250.0, 400.0, 1000.0])
    magnitude = np.repeat(gain * np.eye(5)[:, k : k + 1], 3, axis=1)
    agree(student(magnitude, f), np.full(3, f[k]))


@centroid.property(
    "of two lines it is nearer to the stronger one",
    "The weights are the magnitudes themselves: not their squares, and not decibels. A "
    "mean, not the strongest line and not the middle one.",
    points=2,
    **SPECTRA,
)
def _(student, n_bins, n_frames, gain):
    f = 100.0 * np.arange(n_bins) ** 1.5
    magnitude = gain * _magnitude(n_bins, n_frames)
    agree(student(magnitude, f), _centroid(magnitude, f))


@centroid.property(
    "in silence it is 0",
    "There the sum of the magnitudes is 0: divide by np.maximum(total, 1e-30).",
    n_bins=(2, 3, 9),
)
def _(student, n_bins):
    magnitude = _magnitude(n_bins, 3) * np.array([1.0, 0.0, 1.0])
    f = 100.0 * np.arange(n_bins)
    agree(student(magnitude, f), _centroid(magnitude, f))


pitch_classes = exercise(
    "pitch_classes",
    "pitch_classes(frequencies, amplitudes)",
    "how much of each of the twelve notes is in a spectrum, C first: the squared "
    "amplitude of every peak, added to the note nearest to it, whatever its octave; "
    "divided by the largest of the twelve",
)


def _hz(*notes):
    return 440.0 * 2.0 ** ((np.array(notes, dtype=float) - 69.0) / 12.0)


def _classes(frequencies, amplitudes):
    note = np.round(69 + 12 * np.log2(frequencies / 440)).astype(int)
    power = np.zeros(12)
    np.add.at(power, note % 12, amplitudes**2)
    return power / power.max()


def _same_classes(student, frequencies, amplitudes):
    got, wanted = student(frequencies, amplitudes), _classes(frequencies, amplitudes)
    same_shape(got, (12,))
    same_kind(got, wanted)
    if int(np.argmax(got)) != int(np.argmax(wanted)):
        k, right = int(np.argmax(got)), int(np.argmax(wanted))
        raise Wrong(f"The strongest is number {k}, where {right} is right (C is 0).")
    agree(got, wanted)


@pitch_classes.property(
    "a single note is in its class, C being 0",
    "69 + 12 log2(f / 440) is the MIDI number, 60 for middle C; modulo 12 it is 0 for "
    "every C. Twelve values, one of them 1.",
    note=(60, 69, 61, 71, 64),
)
def _(student, note):
    _same_classes(student, _hz(note), np.array([0.5]))


@pitch_classes.property(
    "the octave does not matter",
    "Modulo 12, also far above and far below.",
    note=(48, 24, 93, 107),
)
def _(student, note):
    _same_classes(student, _hz(note, note + 12), np.array([0.5, 0.2]))


@pitch_classes.property(
    "what is out of tune goes to the nearest note",
    "Round the number of the note (np.round), before the modulo: a B that is nearly a "
    "C is a C. Cutting off (astype(int), //) puts flat notes a semitone too low.",
    points=2,
    note=(60.4, 59.6, 68.7, 64.45),
)
def _(student, note):
    _same_classes(student, _hz(note), np.array([1.0]))


@pitch_classes.property(
    "peaks of a class add their powers",
    "power[k] += amplitude^2 for every peak; power[notes] += ... counts a class only "
    "once, np.add.at or a loop counts each. Divide by the maximum, not by the sum.",
    points=2,
    notes=((60, 64, 67), (60, 72, 67), (57, 60, 64, 69, 81), (60, 72, 84, 61)),
)
def _(student, notes):
    amplitudes = np.linspace(0.3, 1.0, len(notes))
    _same_classes(student, _hz(*notes), amplitudes)


most_alike = exercise(
    "most_alike",
    "most_alike(table, query, n)",
    "the indices of the n rows of the table that are nearest to the query, nearest "
    "first, when every column is divided by its standard deviation over the table",
)
TABLES = {"n_rows": (4, 6, 9), "n_columns": (1, 2, 4), "n": (1, 2, 4)}


def _table(n_rows, n_columns):
    rng = np.random.default_rng(10 * n_rows + n_columns)
    return rng.uniform(0, 1, (n_rows, n_columns)), rng.uniform(0, 1, n_columns)


def _alike(table, query, n):
    distance = (((table - query) / table.std(axis=0)) ** 2).sum(axis=1)
    return np.argsort(distance)[:n]


def _same_rows(got, wanted):
    same_shape(got, wanted.shape)
    if not np.array_equal(got, wanted):
        raise Wrong(f"Found are {got.tolist()}, expected {wanted.tolist()}.")


@most_alike.property(
    "it gives n indices",
    "np.argsort(distance)[:n]: indices of rows, not rows and not distances.",
    **TABLES,
)
def _(student, n_rows, n_columns, n):
    table, query = _table(n_rows, n_columns)
    found = student(table, query, n)
    same_shape(found, (n,))
    if not np.isin(found, np.arange(n_rows)).all():
        raise Wrong(f"{found.tolist()} are not indices of {n_rows} rows.")


@most_alike.property(
    "a row of the table is most like itself",
    "At distance 0 nothing is nearer: the smallest distance comes first.",
    n_rows=(4, 6, 9),
    row=(0, 1, 3),
)
def _(student, n_rows, row):
    table, _ = _table(n_rows, 3)
    _same_rows(student(table, table[row].copy(), 1), np.array([row]))


@most_alike.property(
    "with one descriptor, those with the nearest values, in order",
    "Nearest first; a value that is too small is as far as one that is too large: "
    "square the difference.",
    n_rows=(4, 6, 9),
    n=(1, 2, 4),
)
def _(student, n_rows, n):
    table, query = _table(n_rows, 1)
    _same_rows(student(table, query, n), _alike(table, query, n))


@most_alike.property(
    "the unit of a descriptor does not matter",
    "Divide every column of differences by table.std(axis=0) before the squares are "
    "added: one number for each column, from the table alone.",
    points=2,
    units=((1.0, 1000.0, 0.01), (100.0, 1.0, 1.0), (1e-3, 1.0, 1e3)),
    n_rows=(4, 6, 9),
    n=(2, 4),
)
def _(student, units, n_rows, n):
    table, query = _table(n_rows, 3)
    table, query = table * np.array(units), query * np.array(units)
    _same_rows(student(table, query, n), _alike(table, query, n))
