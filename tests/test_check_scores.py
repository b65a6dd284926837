"""Exercises of lesson 5 on MIDI files: wrong solutions caught, right ones pass."""

import numpy as np


def times_by_interp(beats, tempos):
    marks = np.append(tempos[:, 0], tempos[-1, 0] + 1e6)
    lengths = np.diff(marks) * 60 / tempos[:, 1]
    return np.interp(beats, marks, np.append(0.0, np.cumsum(lengths)))


def times_by_loop(beats, tempos):
    seconds = []
    for beat in beats:
        total = 0.0
        for k, (mark, rate) in enumerate(tempos):
            end = tempos[k + 1, 0] if k + 1 < len(tempos) else np.inf
            total += max(min(beat, end) - mark, 0.0) * 60 / rate
        seconds.append(total)
    return np.array(seconds)


def times(beats, tempos, *, minute=60.0, sums=np.cumsum, late=0, keep=1.0):
    """The tempo map, and what can go wrong with it."""
    marks, rates = tempos[:, 0], tempos[:, 1]
    used = rates[1:] if late else rates[:-1]
    starts = np.append(0.0, sums(np.diff(marks) * minute / used))
    k = np.maximum(np.searchsorted(marks, beats, side="right") - 1, 0)
    return starts[k] + (beats - keep * marks[k]) * minute / rates[k]


def roll_by_slices(notes, frame_rate, n_frames):
    roll = np.zeros((n_frames, 128))
    for onset, duration, key, velocity in notes:
        begin = int(np.ceil(onset * frame_rate))
        end = int(np.ceil((onset + duration) * frame_rate))
        column = roll[begin:end, int(key)]
        column[...] = np.maximum(column, velocity)
    return roll


def roll_by_sorting(notes, frame_rate, n_frames):
    t = np.arange(n_frames)[:, None] / frame_rate
    roll = np.zeros((n_frames, 128))
    for row in notes[np.argsort(notes[:, 3])]:
        held = (row[0] <= t[:, 0]) & (t[:, 0] < row[0] + row[1])
        roll[held, int(row[2])] = row[3]
    return roll


def roll(notes, frame_rate, n_frames, *, shift=0.0, last=False, held=None, mix=None,
         fresh=False, on=None):  # fmt: skip
    """The piano roll, and what can go wrong with it."""
    mix = mix or np.maximum
    t = np.arange(n_frames) / frame_rate
    y = np.zeros((n_frames, 128))
    for onset, duration, key, velocity in notes:
        if fresh:
            y = np.zeros_like(y)
        end = onset + duration if held is None else held(onset, duration)
        down = (onset + shift <= t) & ((t <= end) if last else (t < end))
        column = int(key) if on is None else on(int(key))
        y[down, column] = mix(y[down, column], velocity)
    return y


RIGHT = {
    "beat_times": [times, times_by_interp, times_by_loop],
    "piano_roll": [roll, roll_by_slices, roll_by_sorting],
}

WRONG = {
    "beat_times": [
        (lambda b, t: times(b, t)[:-1], "1 too few"),
        (lambda b, t: times(b, t)[0], "As many numbers"),
        (lambda b, t: times(b, t, minute=1.0), "60 / tempo"),
        (lambda b, t: times(b, t, minute=60000.0), "60 / tempo"),
        (lambda b, t: b * t[0, 1] / 60, "60 / tempo"),
        (lambda b, t: b * 60 / t[0, 1], "After it"),
        (lambda b, t: b * 60 / t[-1, 1], "Beats before the change stay"),
        (lambda b, t: times(b, t, keep=0.0), "since then"),
        (lambda b, t: times(b, t, late=1), "Beats before|time of the change"),
        (lambda b, t: times(b, t, sums=lambda x: x), "np.cumsum"),
        (lambda b, t: times(b, t, sums=np.zeros_like), "time of the change"),
        (lambda b, t: np.sort(times(b, t)), "order|60 / tempo"),
    ],
    "piano_roll": [
        (lambda n, f, k: roll(n, f, k).T, "wrong way round"),
        (lambda n, f, k: roll(n, f, k)[:, :127], "128"),
        (lambda n, f, k: roll(n, f, k + 1), "n_frames"),
        (lambda n, f, k: roll(n, f, k, on=lambda key: key - 1), "Column `key`"),
        (lambda n, f, k: (roll(n, f, k) > 0).astype(float), "holds the velocity"),
        (lambda n, f, k: roll(n, f, k, last=True), "at its end it is over"),
        (lambda n, f, k: roll(n, f, k, held=lambda on, d: d), "onset + duration"),
        (lambda n, f, k: roll(n, f, k, shift=0.1), "Column `key`|sounds from onset"),
        (lambda n, f, k: roll(n, 4, k), "times frame_rate"),
        (lambda n, f, k: roll(n, f, k, fresh=True), "none takes another"),
        (lambda n, f, k: roll(n, f, k, mix=np.add), "Not the sum"),
        (lambda n, f, k: roll(n, f, k, mix=lambda a, b: b), "not the last"),
        (lambda n, f, k: roll(n, f, k) / 127, "times the right|holds the velocity"),
    ],
}  # fmt: skip
