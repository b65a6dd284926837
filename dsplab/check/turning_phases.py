"""Exercises of lesson 22: how far phases turn, and the phases again."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

SLACK = 1e-6  # above 1, for those who compute in single precision

phase_turns = exercise(
    "phase_turns",
    "phase_turns(angle)",
    "how far each phase turns from one frame to the next, in half turns, within -1 ... "
    "1; angle (n_bins, n_frames) in radians; the first column is the first phase "
    "itself, over pi",
)
SIZES = {"n_bins": (2, 1, 5), "n_frames": (3, 2, 8)}


def _wrapped(half_turns):
    return half_turns - 2.0 * np.round(half_turns / 2.0)


def _random(n_bins, n_frames):
    draw = np.random.default_rng(10 * n_bins + n_frames)
    return draw.uniform(-0.95, 0.95, (n_bins, n_frames))


def _steady(turn, n_frames):
    """Phases of two bins that turn by as many half turns each frame, as seen."""
    start = np.array([[0.25], [-0.5]])
    return np.pi * _wrapped(start + turn * np.arange(n_frames))


def _same_direction(got, wanted, what):
    """Whether half turns agree but for whole turns, which nobody sees."""
    off = np.abs(_wrapped(got - wanted))
    if off.max() > 1e-4:
        row, m = np.unravel_index(np.argmax(off), off.shape)
        raise Wrong(
            f"{what} in bin {row}, frame {m}, is {got[row, m]:.4g}, where "
            f"{wanted[row, m]:.4g} is right."
        )


@phase_turns.property(
    "it is as large as what it was given",
    "Between n_frames frames there are n_frames - 1 steps; the first phase, put before "
    "them, makes n_frames: np.concatenate along axis 1.",
    **SIZES,
)
def _(student, n_bins, n_frames):
    y = student(np.pi * _random(n_bins, n_frames))
    same_shape(y, (n_bins, n_frames))
    same_kind(y, np.zeros(1))


@phase_turns.property(
    "the first column is the first phase, in half turns",
    "No frame is before the first: keep angle[:, :1], divided by pi. Without it nobody "
    "could find the phases again.",
    **SIZES,
)
def _(student, n_bins, n_frames):
    turns = _random(n_bins, n_frames)
    agree(student(np.pi * turns)[:, 0], turns[:, 0], what="Column 0")


@phase_turns.property(
    "what turns slowly is steady",
    "The step from frame to frame, along axis 1: the new phase less the old one, "
    "divided by pi.",
    turn=(0.25, -0.25, 0.1),
    n_frames=(2, 3),
)
def _(student, turn, n_frames):
    angle = np.pi * turn * np.arange(n_frames)[None].repeat(2, axis=0)
    agree(student(angle)[:, 1:], np.full((2, n_frames - 1), turn), what="The turn")


@phase_turns.property(
    "a steady tone stays steady where its phase jumps",
    "A phase that reaches pi comes in again at -pi, and the step looks like nearly a "
    "whole turn back. Bring every step into -1 ... 1: d - 2 round(d / 2), in half "
    "turns; or np.unwrap the phases along the frames first.",
    points=2,
    turn=(0.75, -0.75, 0.9),
    n_frames=(4, 9),
)
def _(student, turn, n_frames):
    y = student(_steady(turn, n_frames))
    agree(y[:, 1:], np.full((2, n_frames - 1), turn), what="The turn")


@phase_turns.property(
    "all values follow the formula",
    "Each bin by itself, and nothing is smoothed or summed: half turns from one frame "
    "to the next, within -1 ... 1.",
    **SIZES,
)
def _(student, n_bins, n_frames):
    half = _random(n_bins, n_frames)
    y = student(np.pi * half)
    if np.abs(y).max() > 1.0 + SLACK:
        raise Wrong(f"One value is {y.flat[np.argmax(np.abs(y))]:.4g}.")
    wanted = np.concatenate([half[:, :1], _wrapped(np.diff(half, axis=1))], axis=1)
    _same_direction(y, wanted, "The value")


phases_again = exercise(
    "phases_again",
    "phases_again(turns)",
    "the phases in radians, within -pi ... pi, from what phase_turns made of them; "
    "turns (n_bins, n_frames) in half turns",
)


@phases_again.property(
    "it is as large as what it was given",
    "Every column gives one: the first is a phase already, each later one is added.",
    **SIZES,
)
def _(student, n_bins, n_frames):
    y = student(_random(n_bins, n_frames))
    same_shape(y, (n_bins, n_frames))
    same_kind(y, np.zeros(1))


@phases_again.property(
    "the first column is the first phase",
    "Half turns times pi are radians.",
    **SIZES,
)
def _(student, n_bins, n_frames):
    turns = _random(n_bins, n_frames)
    agree(student(turns)[:, 0], np.pi * turns[:, 0], what="Column 0")


@phases_again.property(
    "each phase is the one before and the turn",
    "np.cumsum along the frames, axis 1; the first column is where the sum begins.",
    turn=(0.125, -0.125, 0.05),
    n_frames=(3, 5),
)
def _(student, turn, n_frames):
    y = student(np.full((2, n_frames), turn))
    wanted = np.pi * turn * np.arange(1, n_frames + 1)[None].repeat(2, axis=0)
    agree(y, wanted, what="The phase")


@phases_again.property(
    "phases stay within -pi ... pi",
    "The sum runs on for ever; take whole turns away: s - 2 round(s / 2), in half "
    "turns, or np.angle(np.exp(1j * phase)).",
    turn=(0.75, -0.75, 0.4),
    n_frames=(4, 9),
)
def _(student, turn, n_frames):
    y = student(np.full((2, n_frames), turn))
    if np.abs(y).max() > np.pi + 1e-5:
        raise Wrong(f"One phase is {y.flat[np.argmax(np.abs(y))]:.4g}.")


@phases_again.property(
    "the phases come back",
    "Sum first, wrap then: what is cut off before the sum is missing in all that "
    "follows. And take whole turns away, nothing else.",
    points=2,
    **SIZES,
)
def _(student, n_bins, n_frames):
    half = _random(n_bins, n_frames)
    turns = np.concatenate([half[:, :1], _wrapped(np.diff(half, axis=1))], axis=1)
    _same_direction(student(turns) / np.pi, half, "The phase, over pi,")
