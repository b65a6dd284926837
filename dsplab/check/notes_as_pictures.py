"""Exercises of lesson 21: note_picture, picture_magnitude, frame_means."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

note_picture = exercise(
    "note_picture",
    "note_picture(power, range_db)",
    "power, shape (rows, frames), is |X|^2 of a note. Return its picture: decibels "
    "under the loudest point of this note, no less than -range_db, on a scale from 0 "
    "(range_db below, or silent) to 1 (the loudest point)",
)
SIZES = ((2, 3), (8, 5), (5, 8))
RANGES = (120.0, 60.0, 30.0)
NOTES = {"sizes": SIZES, "range_db": RANGES}


def _power(rows, frames, loud=1.0):
    """A note whose points lie 0 to 100 decibels under its loudest."""
    rng = np.random.default_rng(rows)
    decibels = -100.0 * rng.random((rows, frames))
    return loud * 10.0 ** ((decibels - decibels.max()) / 10.0)


def _picture(power, range_db):
    ratio = np.maximum(power, 1e-30) / max(power.max(), 1e-30)
    y = 1.0 + np.maximum(10.0 * np.log10(ratio), -range_db) / range_db
    return y if power.max() > 0 else np.zeros_like(power)


@note_picture.property(
    "it has a number for each point of the spectrogram",
    "Return an array of the shape of power.",
    **NOTES,
)
def _(student, sizes, range_db):
    same_shape(student(_power(*sizes), range_db), sizes)


@note_picture.property(
    "the loudest point is 1, range_db below it is 0",
    "Divide by power.max() first: then the loudest point is at 0 dB. 0 dB shall become "
    "1, -range_db shall become 0: 1 + decibels / range_db.",
    loud=(1.0, 4.0),
    range_db=RANGES,
)
def _(student, loud, range_db):
    power = loud * 10.0 ** (-range_db * np.array([[0.0, 1.0]]) / 10.0)
    agree(student(power, range_db), np.array([[1.0, 0.0]]))


@note_picture.property(
    "decibels of a power",
    "Half-way down is 0.5. |X|^2 is a power: its decibels are 10 log10, those of a "
    "magnitude 20 log10. The picture is linear in decibels, not in power.",
    range_db=RANGES,
)
def _(student, range_db):
    power = 10.0 ** (-range_db * np.array([[0.0, 0.25, 0.5, 0.75]]) / 10.0)
    agree(student(power, range_db), np.array([[1.0, 0.75, 0.5, 0.25]]))


@note_picture.property(
    "what is further down is 0, not less",
    "np.maximum(decibels, -range_db) before you divide by the range.",
    range_db=(60.0, 30.0),
    sizes=SIZES,
)
def _(student, range_db, sizes):
    got = student(_power(*sizes), range_db)
    if np.min(got) < -1e-9:
        raise Wrong(f"A point of your picture is {np.min(got):.3g}.")
    agree(got, _picture(_power(*sizes), range_db))


@note_picture.property(
    "a soft note looks like a loud one",
    "The reference is the loudest point of *this* note, wherever it is: power.max() "
    "over rows and frames, not 1, not the maximum of each frame.",
    loud=(1e4, 1e-6),
    sizes=SIZES,
)
def _(student, loud, sizes):
    agree(student(_power(*sizes, loud), 120.0), _picture(_power(*sizes), 120.0))


@note_picture.property(
    "digital silence is black",
    "log10(0) is minus infinity, and 0 / 0 is NaN: np.maximum(power, 1e-30) before "
    "the logarithm, and zeros where nothing sounds at all.",
    points=2,
    range_db=RANGES,
    silent=(False, True),
)
def _(student, range_db, silent):
    power = np.zeros((3, 4)) if silent else np.array([[4.0, 0.0], [0.04, 0.0]])
    got = student(power.copy(), range_db)
    if not np.isfinite(got).all():
        raise Wrong("Your picture holds numbers that are not finite.")
    agree(got, _picture(power, range_db))


picture_magnitude = exercise(
    "picture_magnitude",
    "picture_magnitude(picture, range_db)",
    "the way back: magnitudes |X| (not powers) of a picture from `note_picture`, the "
    "loudest being 1; black points are 0",
)
GREYS = ((1.0, 0.5), (1.0, 0.75, 0.25, 0.125), (0.9, 0.3, 0.6))


@picture_magnitude.property(
    "it has a number for each point of the picture",
    "Return an array of the shape of the picture.",
    **NOTES,
)
def _(student, sizes, range_db):
    same_shape(student(_picture(_power(*sizes), range_db), range_db), sizes)


@picture_magnitude.property(
    "white is a magnitude of 1",
    "A picture of 1 is 0 dB: (picture - 1) * range_db are the decibels.",
    range_db=RANGES,
)
def _(student, range_db):
    agree(student(np.ones((2, 3)), range_db), np.ones((2, 3)))


@picture_magnitude.property(
    "grey is a magnitude, not a power",
    "From decibels to a magnitude: 10 ** (decibels / 20). 10 ** (decibels / 10) is "
    "|X|^2, of which the inverse transform would make another sound.",
    grey=GREYS,
    range_db=RANGES,
)
def _(student, grey, range_db):
    grey = np.array([grey])
    wanted = 10.0 ** ((grey - 1.0) * range_db / 20.0)
    got = student(grey, range_db)
    if np.shape(got) == wanted.shape and np.allclose(got, wanted**2):
        raise Wrong("Your result is |X|^2, not |X|.")
    agree(got, wanted, tolerance=1e-9)


@picture_magnitude.property(
    "black is silence",
    "By the formula 0 is -range_db, which is heard as noise all over the note. What "
    "was black may have been anything below; silence is the better guess.",
    points=2,
    range_db=(30.0, 60.0),
)
def _(student, range_db):
    got = student(np.array([[1.0, 0.0], [0.0, 0.0]]), range_db)
    agree(got, np.array([[1.0, 0.0], [0.0, 0.0]]))


frame_means = exercise(
    "frame_means",
    "frame_means(y, hop_length)",
    "y, shape (time, channels), is what an encoder makes of each sample. Return the "
    "codes, shape (time // hop_length, channels): the mean of each hop_length samples, "
    "blocks side by side; samples beyond the last whole block are left out",
)
BLOCKS = ((4, 1, 2), (12, 2, 4), (14, 3, 4), (9, 2, 3))


def _samples(time, channels):
    return np.random.default_rng(time).standard_normal((time, channels))


def _means(y, hop_length):
    n = len(y) // hop_length
    return y[: n * hop_length].reshape(n, hop_length, -1).mean(axis=1)


@frame_means.property(
    "a code for each whole block",
    "n = len(y) // hop_length codes; y[: n * hop_length] are the samples that count.",
    blocks=BLOCKS,
)
def _(student, blocks):
    time, channels, hop_length = blocks
    got = student(_samples(time, channels), hop_length)
    same_shape(got, (time // hop_length, channels))


@frame_means.property(
    "what does not change is its own code",
    "The mean, not the sum: divide by hop_length.",
    blocks=BLOCKS,
)
def _(student, blocks):
    time, channels, hop_length = blocks
    row = 1.0 + np.arange(channels)
    got = student(np.tile(row, (time, 1)), hop_length)
    agree(got, np.tile(row, (time // hop_length, 1)))


@frame_means.property(
    "neighbours in time share a code, channels do not",
    "reshape(n, hop_length, channels).mean(axis=1): sample t belongs to block "
    "t // hop_length. reshape(hop_length, n, channels) takes every n-th sample, "
    "and one sample of each block is no mean.",
    points=2,
    blocks=BLOCKS,
)
def _(student, blocks):
    time, channels, hop_length = blocks
    y = _samples(time, channels)
    agree(student(y.copy(), hop_length), _means(y, hop_length))
