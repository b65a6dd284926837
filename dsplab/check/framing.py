"""Exercises of lesson 1: a window, cutting into frames, adding frames up."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import signals

hann = exercise(
    "hann",
    "hann(length)",
    "the periodic Hann window 0.5 - 0.5 cos(2 pi n / length), n = 0 ... length-1",
)


def hann_window(length):
    """What `hann` should return."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)


@hann.property(
    "it has `length` samples",
    "n runs over np.arange(length).",
    length=(4, 5, 8, 16, 2, 1),
)
def _(student, length):
    same_shape(student(length), (length,))


@hann.property(
    "it follows the formula",
    "It begins with 0 and reaches 1 in the middle: 0.5 minus half a cosine, whose "
    "period is the whole window.",
    length=(4, 8, 16, 64),
)
def _(student, length):
    y, wanted = student(length), hann_window(length)
    if not np.allclose(y, 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, length))):
        agree(y, wanted)


@hann.property(
    "it is periodic",
    "Divide by length, not length - 1: np.hanning and np.linspace(0, 2 * np.pi, "
    "length) give the symmetric window, whose zero comes twice when windows are put in "
    "a row.",
    length=(4, 5, 8),
)
def _(student, length):
    agree(student(length), hann_window(length))


@hann.property(
    "shifted by half, it sums to one",
    "cos(a) + cos(a + pi) = 0, so the two cosines cancel and 0.5 + 0.5 is left.",
    length=(4, 8, 64),
)
def _(student, length):
    w = student(length)
    agree(w + np.roll(w, length // 2), np.ones(length), what="The sum")


frame = exercise(
    "frame",
    "frame(x, frame_length, hop_length)",
    "cut x into overlapping frames, one per column: frames[n, m] = x[m hop_length + "
    "n], as many as fit whole",
)
FRAMED = {
    "frame_length": (2, 3, 4, 8),
    "hop_length": (1, 2, 3, 4, 8),
    "more": (0, 1, 2, 5, 8, 17),
}


def cut(x, frame_length, hop_length):
    """What `frame` should return."""
    starts = range(0, len(x) - frame_length + 1, hop_length)
    return np.stack([x[s : s + frame_length] for s in starts], axis=-1)


@frame.property(
    "its shape is (frame_length, n_frames)",
    "Frames stand in columns (np.stack(..., axis=-1)), and n_frames = 1 + (n_samples - "
    "frame_length) // hop_length: the last frame may end exactly at the end of the "
    "signal, and none may reach beyond.",
    **FRAMED,
)
def _(student, frame_length, hop_length, more):
    x = np.arange(float(frame_length + more))
    frames = student(x, frame_length, hop_length)
    same_shape(frames, cut(x, frame_length, hop_length).shape)


@frame.property(
    "frame m begins at sample m hop_length",
    "Column 0 is x[0 : frame_length], column 1 begins hop_length samples later (not "
    "frame_length later: frames overlap).",
    points=2,
    **FRAMED,
)
def _(student, frame_length, hop_length, more):
    x = np.arange(float(frame_length + more))
    agree(student(x, frame_length, hop_length), cut(x, frame_length, hop_length))


@frame.property(
    "the values are those of the signal",
    "No window here, no scaling: frames are copies.",
    x=signals(8, 13, kinds=("ones", "noise")),
)
def _(student, x):
    agree(student(x, 4, 2), cut(x, 4, 2))


overlap_add = exercise(
    "overlap_add",
    "overlap_add(frames, hop_length)",
    "add the columns of frames up to a signal, column m from sample m hop_length on; "
    "its length is frame_length + hop_length (n_frames - 1)",
)
ADDED = {
    "frame_length": (2, 3, 4, 8),
    "hop_length": (1, 2, 3, 4),
    "n_frames": (1, 2, 5),
}


def _overlap_add(frames, hop_length):
    frame_length, n_frames = frames.shape
    y = np.zeros(frame_length + hop_length * (n_frames - 1))
    for m in range(n_frames):
        y[m * hop_length : m * hop_length + frame_length] += frames[:, m]
    return y


@overlap_add.property(
    "its length is frame_length + hop_length (n_frames - 1)",
    "The first frame takes frame_length samples, each further one adds hop_length.",
    **ADDED,
)
def _(student, frame_length, hop_length, n_frames):
    frames = np.ones((frame_length, n_frames))
    same_shape(student(frames, hop_length), _overlap_add(frames, hop_length).shape)


@overlap_add.property(
    "where frames overlap, they add",
    "y[a:b] += frame, not =: the second frame must not overwrite the end of the first. "
    "And nothing is averaged: two ones make a two.",
    points=2,
    **ADDED,
)
def _(student, frame_length, hop_length, n_frames):
    frames = np.ones((frame_length, n_frames))
    agree(student(frames, hop_length), _overlap_add(frames, hop_length))


@overlap_add.property(
    "column m goes to sample m hop_length",
    "frames[:, m] is frame m: time runs down a column, from frame to frame along a "
    "row.",
    **ADDED,
)
def _(student, frame_length, hop_length, n_frames):
    shape = (frame_length, n_frames)
    frames = np.random.default_rng(1).uniform(-1, 1, shape)
    agree(student(frames, hop_length), _overlap_add(frames, hop_length))
