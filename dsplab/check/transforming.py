"""Exercises of lesson 16: phases from frequencies, a timbre kept, a sound between."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise

run_phases = exercise(
    "run_phases",
    "run_phases(frequency, hop_length, sample_rate)",
    "the running phases of partials in radians: 0 in the first frame, and from frame "
    "to frame 2 pi times the mean of both frequencies times hop_length / sample_rate "
    "more; shape (n_partials, n_frames)",
)
TRACKS = {
    "n_partials": (1, 2, 3),
    "n_frames": (2, 3, 6),
    "hop_length": (1, 8, 64),
    "sample_rate": (1000, 16000),
}


def _steady(n_partials, n_frames):
    return np.repeat(100.0 * np.arange(1, n_partials + 1)[:, None], n_frames, axis=1)


def _moving(n_partials, n_frames):
    rng = np.random.default_rng(n_partials)
    return _steady(n_partials, n_frames) + rng.uniform(0, 40, (n_partials, n_frames))


def _phases(frequency, hop_length, sample_rate):
    mean = (frequency[:, 1:] + frequency[:, :-1]) / 2
    steps = 2 * np.pi * mean * hop_length / sample_rate
    return np.pad(np.cumsum(steps, axis=1), ((0, 0), (1, 0)))


@run_phases.property(
    "its shape is that of the frequencies",
    "There is a step less than there are frames; the first phase, 0, comes in addition "
    "(np.pad).",
    **TRACKS,
)
def _(student, n_partials, n_frames, hop_length, sample_rate):
    f = _moving(n_partials, n_frames)
    angle = student(f, hop_length, sample_rate)
    same_shape(angle, f.shape)
    same_kind(angle, f)


@run_phases.property(
    "the first phase is 0",
    "In the first frame no time has passed.",
    **TRACKS,
)
def _(student, n_partials, n_frames, hop_length, sample_rate):
    angle = student(_steady(n_partials, n_frames), hop_length, sample_rate)
    agree(angle[:, :1], np.zeros((n_partials, 1)), what="The first phase")


@run_phases.property(
    "a steady partial turns evenly, by 2 pi f hop_length / sample_rate a frame",
    "hop_length / sample_rate seconds pass from frame to frame, in which f times that "
    "many turns are made, 2 pi each; sum up along the frames, axis=1.",
    points=2,
    **TRACKS,
)
def _(student, n_partials, n_frames, hop_length, sample_rate):
    f = _steady(n_partials, n_frames)
    agree(student(f, hop_length, sample_rate), _phases(f, hop_length, sample_rate))


@run_phases.property(
    "a partial that moves turns by the mean of both frequencies",
    "Between two frames the frequency is on its way from one to the other: (f[:, 1:] + "
    "f[:, :-1]) / 2, neither the old one nor the new one alone.",
    points=2,
    **TRACKS,
)
def _(student, n_partials, n_frames, hop_length, sample_rate):
    f = _moving(n_partials, n_frames)
    agree(student(f, hop_length, sample_rate), _phases(f, hop_length, sample_rate))


keep_timbre = exercise(
    "keep_timbre",
    "keep_timbre(frequency, amplitude, ratio)",
    "the amplitudes of partials that are moved to ratio * frequency, such that the "
    "timbre stays: read from the curve through (frequency, amplitude in dB), on "
    "straight lines, level beyond its ends",
)
MOUTHS = {
    "n": (1, 2, 4, 9),
    "ratio": (1.0, 2.0, 1.5, 0.5, 1.26),
    "gain": (1.0, 0.1),
}


def _mouth(n, gain):
    frequency = 110.0 * np.arange(1, n + 1)
    return frequency, gain * 10 ** np.random.default_rng(n).uniform(-3, 0, n)


def _kept(frequency, amplitude, ratio):
    level = 20 * np.log10(amplitude)
    return 10 ** (np.interp(ratio * frequency, frequency, level) / 20)


@keep_timbre.property(
    "it has one amplitude for each partial",
    "As many as there are partials, those beyond the last point included.",
    **MOUTHS,
)
def _(student, n, ratio, gain):
    frequency, amplitude = _mouth(n, gain)
    a = student(frequency, amplitude, ratio)
    same_shape(a, (n,))
    same_kind(a, amplitude)


@keep_timbre.property(
    "at a ratio of 1 nothing changes",
    "Read at its own points, a curve gives its own values: amplitudes, not decibels, "
    "and 20 log10 goes back by 10 ** (level / 20).",
    n=(1, 2, 4, 9),
    gain=(1.0, 0.1),
)
def _(student, n, gain):
    frequency, amplitude = _mouth(n, gain)
    agree(student(frequency, amplitude, 1.0), amplitude)


@keep_timbre.property(
    "an octave higher, partial h has the amplitude of partial 2 h",
    "The curve stays, the partials move along it: it is read at ratio * frequency, and "
    "its points are those of the unmoved sound.",
    points=2,
    n=(2, 4, 9),
)
def _(student, n):
    frequency, amplitude = _mouth(n, 1.0)
    agree(student(frequency, amplitude, 2.0), _kept(frequency, amplitude, 2.0))


@keep_timbre.property(
    "between two partials it lies on a straight line of decibels",
    "np.interp(ratio * frequency, frequency, level), where level is in decibels, not "
    "the amplitude itself; beyond its ends np.interp stays level by itself.",
    points=2,
    **MOUTHS,
)
def _(student, n, ratio, gain):
    frequency, amplitude = _mouth(n, gain)
    agree(student(frequency, amplitude, ratio), _kept(frequency, amplitude, ratio))


between = exercise(
    "between",
    "between(one, other, share)",
    "what lies between two tables of positive numbers, in ratios: one^(1 - share) "
    "other^share; share is a number, or has one value for each frame",
)
PAIRS = {"shape": ((1, 3), (2, 4), (3, 6)), "share": (0.5, 0.0, 1.0, 0.25)}


def _pair(shape):
    rng = np.random.default_rng(shape[0])
    return rng.uniform(1, 3, shape), rng.uniform(0.01, 5, shape)


@between.property(
    "it has the shape of the tables",
    "Plain arithmetic on arrays of one shape keeps it.",
    **PAIRS,
)
def _(student, shape, share):
    y = student(*_pair(shape), share)
    same_shape(y, shape)
    same_kind(y, np.zeros(1))


@between.property(
    "share 0 is the first, share 1 the second",
    "The share is that of the second sound: one ** (1 - share) * other ** share.",
    shape=((1, 3), (2, 4)),
    share=(0.0, 1.0),
)
def _(student, shape, share):
    agree(student(*_pair(shape), share), _pair(shape)[int(share)])


@between.property(
    "half way between 200 and 800 is 400",
    "As many octaves to the one as to the other: the geometric mean, which is the mean "
    "of the logarithms, and not (one + other) / 2.",
    points=2,
    **PAIRS,
)
def _(student, shape, share):
    one, other = np.full(shape, 200.0), np.full(shape, 800.0)
    agree(student(one, other, share), np.full(shape, 200.0 * 4.0**share))


@between.property(
    "the share may change from frame to frame",
    "An array (n_frames,) fits tables (n_partials, n_frames) as it is; no float() or "
    "`if` about it.",
    points=2,
    shape=((1, 3), (2, 4), (3, 6)),
)
def _(student, shape):
    one, other = _pair(shape)
    share = np.linspace(0, 1, shape[1])
    agree(student(one, other, share), one ** (1 - share) * other**share)
