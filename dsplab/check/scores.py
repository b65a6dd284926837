"""Exercises of lesson 5, MIDI files: a tempo map, a piano roll."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise

beat_times = exercise(
    "beat_times",
    "beat_times(beats, tempos)",
    "say at which second each beat is: tempos are rows (beat, beats a minute), the "
    "first at beat 0, and each holds from its beat on",
)
ONE = ((0.0, 120.0),)
TWO = ((0.0, 120.0), (4.0, 60.0))
THREE = ((0.0, 90.0), (2.0, 180.0), (8.0, 45.0))
BEATS = {"beats": ((0.0,), (1.0,), (4.0,), (0.5, 3.0), (6.0, 1.0, 9.5, 4.0, 20.0))}


def _beat_times(beats, tempos):
    marks, rates = np.array(tempos).T
    seconds = np.append(0.0, np.cumsum(np.diff(marks) * 60.0 / rates[:-1]))
    k = np.searchsorted(marks, beats, side="right") - 1
    return seconds[k] + (beats - marks[k]) * 60.0 / rates[k]


def _times(student, beats, tempos):
    arguments = np.array(beats), np.array(tempos)
    return student(*arguments), _beat_times(*arguments)


@beat_times.property(
    "one second for each beat",
    "As many numbers come out as beats go in, also if there is one only.",
    tempos=(ONE, TWO),
    **BEATS,
)
def _(student, tempos, beats):
    got, wanted = _times(student, beats, tempos)
    same_shape(got, wanted.shape)
    same_kind(got, wanted)


@beat_times.property(
    "at one tempo a beat lasts 60 / tempo seconds",
    "120 beats a minute are two a second: a beat is 60 / tempo seconds long.",
    tempos=(ONE, ((0.0, 60.0),), ((0.0, 93.0),)),
    **BEATS,
)
def _(student, tempos, beats):
    agree(*_times(student, beats, tempos))


@beat_times.property(
    "a new tempo changes what comes, not what was",
    "Beats before the change stay where they are. After it: the time of the change, "
    "plus the beats since then at the new tempo.",
    points=2,
    tempos=(TWO, ((0.0, 60.0), (1.0, 240.0))),
    **BEATS,
)
def _(student, tempos, beats):
    agree(*_times(student, beats, tempos))


@beat_times.property(
    "several changes add up",
    "The time of a change is that of the change before it, plus the beats between the "
    "two at the tempo between them: np.cumsum.",
    points=2,
    tempos=(THREE, (*TWO, (5.0, 200.0), (5.5, 20.0))),
    **BEATS,
)
def _(student, tempos, beats):
    agree(*_times(student, beats, tempos))


piano_roll = exercise(
    "piano_roll",
    "piano_roll(notes, frame_rate, n_frames)",
    "draw notes, rows (onset, duration, key, velocity), as an array (n_frames, 128): "
    "row k is the moment k / frame_rate; in column `key` stands the velocity while "
    "onset <= moment < onset + duration, of several the greatest, and 0 elsewhere",
)
FRAMES = {"frame_rate": (4, 8, 20), "n_frames": (8, 5, 30)}
A = (0.0, 1.0, 60, 100)
LATE = (0.5, 0.75, 64, 80)
CHORD = (A, (0.0, 0.5, 67, 90), LATE)
TWICE = ((0.0, 1.0, 60, 50), (0.5, 1.0, 60, 120), (1.0, 1.0, 60, 30))


def _piano_roll(notes, frame_rate, n_frames):
    moments = np.arange(n_frames) / frame_rate
    roll = np.zeros((n_frames, 128))
    for onset, duration, key, velocity in notes:
        held = (onset <= moments) & (moments < onset + duration)
        roll[held, int(key)] = np.maximum(roll[held, int(key)], velocity)
    return roll


def _rolls(student, notes, frame_rate, n_frames):
    arguments = np.array(notes), frame_rate, n_frames
    return student(*arguments), _piano_roll(*arguments)


@piano_roll.property(
    "it has n_frames rows, and a column for each key",
    "np.zeros((n_frames, 128)): time runs down, the keys 0 ... 127 to the right.",
    notes=((A,), CHORD),
    **FRAMES,
)
def _(student, notes, frame_rate, n_frames):
    same_shape(_rolls(student, notes, frame_rate, n_frames)[0], (n_frames, 128))


@piano_roll.property(
    "a note from the beginning stands in its column",
    "Column `key` holds the velocity, all others stay 0. (Rows of an array are "
    "floats: int(key) is the column.)",
    notes=((A,), ((0.0, 1.0, 0, 1),), ((0.0, 1.0, 127, 127),)),
    frame_rate=(4,),
    n_frames=(4,),
)
def _(student, notes, frame_rate, n_frames):
    agree(*_rolls(student, notes, frame_rate, n_frames))


@piano_roll.property(
    "it begins with its onset and ends when the key is let go",
    "It sounds from onset to onset + duration: at its end it is over. In rows, that "
    "is times frame_rate.",
    points=2,
    notes=((LATE,), ((0.0, 0.25, 60, 100),), ((0.25, 0.5, 72, 70),)),
    frame_rate=(4, 8, 20),
    n_frames=(30, 5),
)
def _(student, notes, frame_rate, n_frames):
    agree(*_rolls(student, notes, frame_rate, n_frames))


@piano_roll.property(
    "a chord is several columns",
    "Every note is drawn into the same roll; none takes another away.",
    notes=(CHORD,),
    **FRAMES,
)
def _(student, notes, frame_rate, n_frames):
    agree(*_rolls(student, notes, frame_rate, n_frames))


@piano_roll.property(
    "of two notes on one key the stronger is seen",
    "Not the sum, and not the last one: np.maximum of what stands there and the "
    "velocity.",
    notes=(TWICE, TWICE[::-1], TWICE[:2]),
    frame_rate=(4, 8),
    n_frames=(12,),
)
def _(student, notes, frame_rate, n_frames):
    agree(*_rolls(student, notes, frame_rate, n_frames))
