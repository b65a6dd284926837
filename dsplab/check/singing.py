"""Exercise of lesson 18, the singing voice: a joint without a click."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

join_phases = exercise(
    "join_phases",
    "join_phases(left, right, n)",
    "join two phase tracks of a harmonic (in cycles, one value a frame): the jump from "
    "left[-1] to right[0], wrapped to -1/2 ... 1/2, is shared equally, on straight "
    "lines: m frames away from the joint a frame takes the share 1/2 (1 - m / n), from "
    "m = n on nothing; return np.concatenate([left, right]), corrected",
)
STILL = (0.25, 0.25, 0.25, 0.25, 0.25, 0.25)
RISES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
FALLS = (2.1, 1.9, 1.8, 1.5, 1.45, 1.4, 1.35)
TRACKS = {"left": (STILL, RISES, FALLS), "right": (RISES, STILL, FALLS)}


def _joined(left, right, n):
    jump = right[0] - left[-1]
    jump = jump - np.round(jump)
    far = np.arange(max(len(left), len(right)))
    share = 0.5 * np.maximum(1.0 - far / n, 0.0)
    before = left + jump * share[: len(left)][::-1]
    return np.concatenate([before, right - jump * share[: len(right)]])


def _both(student, left, right, n):
    """The student's result, whole turns left out, and the right one."""
    left, right = np.array(left), np.array(right)
    got = student(left.copy(), right.copy(), n)
    wanted = _joined(left, right, n)
    same_shape(got, wanted.shape)
    same_kind(got, wanted)
    off = np.asarray(got) - wanted
    return wanted + off - np.round(off), wanted


@join_phases.property(
    "every frame of both is there",
    "Return one array, first all of left, then all of right: np.concatenate([left, "
    "right]).",
    n=(1, 3),
    **TRACKS,
)
def _(student, left, right, n):
    got = student(np.array(left), np.array(right), n)
    same_shape(got, (len(left) + len(right),))


@join_phases.property(
    "where nothing jumps, nothing changes",
    "The jump is right[0] - left[-1], less whole turns: jump - np.round(jump). A phase "
    "of 1.25 cycles is one of 0.25: that is no jump.",
    left=(STILL,),
    right=(STILL, tuple(1.0 + x for x in STILL), tuple(x - 3.0 for x in STILL)),
    n=(1, 2, 4),
)
def _(student, left, right, n):
    agree(*_both(student, left, right, n))


@join_phases.property(
    "at the joint both sides agree",
    "left[-1] gets half of the jump added, right[0] the other half taken off: then "
    "they are equal, but for whole turns.",
    points=2,
    n=(1, 2, 4),
    **TRACKS,
)
def _(student, left, right, n):
    got, _ = _both(student, left, right, n)
    rest = got[len(left)] - got[len(left) - 1]
    if abs(rest - np.round(rest)) > 1e-6:
        raise Wrong(f"At the joint the phase still jumps by {rest:.3g} cycles.")


@join_phases.property(
    "each side takes half of it, the short way round",
    "A jump of 0.9 cycles is one of -0.1: subtract np.round(jump) before you share it "
    "out. Both sides move by the same, in opposite directions, and with n = 1 only the "
    "two frames at the joint do.",
    left=(STILL, RISES),
    right=(tuple(0.9 + x for x in STILL), tuple(x - 0.4 for x in RISES), RISES),
    n=(1,),
)
def _(student, left, right, n):
    agree(*_both(student, left, right, n))


@join_phases.property(
    "it fades on a straight line over n frames",
    "The frame at the joint (m = 0) takes all of its half, the next (m = 1) the part "
    "1 - 1 / n of it, and from m = n on nothing: np.maximum(1 - m / n, 0). On the "
    "left m counts backwards, from left[-1].",
    points=2,
    n=(4, 2, 3, 5),
    **TRACKS,
)
def _(student, left, right, n):
    agree(*_both(student, left, right, n))
