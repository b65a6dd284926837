"""Joints: what two units differ by where they meet, spread until nothing jumps.

The second unit is first moved by the part of a period that makes the two waves most
alike. What each harmonic's phase and level still jump by is then shared out over n
frames on both sides,

    left_m += d share r(m / n),    right_m -= d (1 - share) r(m / n),

m counted from the joint, along half a wave of a cosine, r(t) = (1 + cos(pi t)) / 2,
which begins and ends level: at the joint the two agree, and nothing hurries. A
stationary vowel takes all of it, over its whole length: it gets the timbre of its
neighbours, between which it leads, and keeps what makes it alive.

One frame is a poor witness of how a vowel sounds: breath and rounding let each harmonic
tremble, and more so in a unit of a higher pitch. So in a vowel both units are calmed
towards the joint first, and differ there by what they differ in for many frames.
"""

import numpy as np

from dsplab._arguments import as_values, integer, one_of
from dsplab._array import array_namespace

TRANSITION = 0.06  # seconds on either side of the joint of two articulations
CALM = 0.03  # seconds to either side over which a vowel is a mean at its joint
POINTS = 256  # of a period at which two waves are compared


def alignment(difference, weight):
    """Find the part of a period by which one wave lies behind another.

    It is where the sum of their common harmonics is greatest,

        s = argmax sum_h weight_h cos(2 pi (difference_h - h s))

    Args:
      difference: of their shapes, cycles, (..., n_harmonics).
      weight: of the harmonics, the product of their amplitudes.

    Returns:
      Cycles of the fundamental, (...,), between 0 and 1.

    Reference:
      Bonada and Loscos, "Sample-based singing voice synthesizer by spectral
      concatenation", SMAC 2003, move by the jump of the fundamental alone.

    >>> h = np.arange(1, 9)
    >>> round(float(alignment(0.25 * h % 1.0, 1.0 / h)), 3)
    0.25
    """
    difference = as_values(difference, name="difference")
    weight = as_values(weight, name="weight")
    xp = array_namespace(difference, weight)
    number = np.arange(1, difference.shape[-1] + 1)
    shifts = np.arange(POINTS) / POINTS
    table = xp.asarray(np.exp(-2j * np.pi * number[:, None] * shifts))
    wave = ((weight * xp.exp(2j * np.pi * difference)) @ table).real
    near = xp.argmax(wave, axis=-1)
    return near.astype(difference.dtype) / POINTS


def wrapped(cycles):
    """The same angle between -1/2 and 1/2 of a turn."""
    xp = array_namespace(cycles)
    return cycles - xp.round(cycles)


def spread(rows, jump, n_frames, *, side):
    """Lead rows to a jump, or back from it, along half a wave of a cosine.

    Args:
      rows: (n_rows, n_frames_of_unit).
      jump: what is added at the joint, (n_rows,).
      n_frames: frames that it is spread over; those farther away stay.
      side: "left": rows end at the joint; "right": they begin there.

    Returns:
      Rows; at the joint they differ by jump from what they were.

    >>> spread(np.zeros((1, 4)), np.array([4.0]), 3, side="left").round(9).tolist()
    [[0.0, 1.0, 3.0, 4.0]]
    """
    rows, jump = as_values(rows, name="rows"), as_values(jump, name="jump")
    integer(n_frames, name="n_frames")
    one_of(side, ("left", "right"), name="side")
    xp = array_namespace(rows, jump)
    length = rows.shape[-1]
    far = np.arange(length)[::-1] if side == "left" else np.arange(length)
    way = np.minimum(far / max(min(n_frames, length - 1), 1), 1.0)
    share = 0.5 + 0.5 * np.cos(np.pi * way)
    return rows + jump[..., None] * xp.asarray(share)


def calmed(rows, n_frames, reach, *, side, heard):
    """Let rows stop trembling towards a joint: near it they become their moving mean.

    The mean is one of 2 reach + 1 frames under a Hann window, mirrored at the joint,
    where rows thus begin or end level. It takes over along half a wave of a cosine.

    Args:
      rows: (n_rows, n_frames_of_unit).
      n_frames: frames over which the mean takes over; 0 changes nothing.
      reach: frames to either side that a mean takes in.
      side: "left": rows end at the joint; "right": they begin there.
      heard: where there is anything, booleans like rows. A mean that would take in
        nothing is not taken, so that what begins suddenly is not smeared.

    Returns:
      Rows.

    >>> rows = np.array([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]])
    >>> calmed(rows, 2, 1, side="left", heard=rows >= 0.0).tolist()
    [[0.0, 1.0, 0.0, 1.0, 0.25, 0.75]]
    """
    rows = as_values(rows, name="rows")
    integer(n_frames, name="n_frames", least=0)
    integer(reach, name="reach")
    one_of(side, ("left", "right"), name="side")
    length = rows.shape[-1]
    if n_frames == 0 or length <= reach:
        return rows
    xp = array_namespace(rows)
    window = np.hanning(2 * reach + 3)[1:-1]
    window = window / window.sum()
    edges = [(0, 0), (reach, reach)]
    around = xp.pad(rows, edges, mode="symmetric")
    there = xp.pad(heard, edges, mode="symmetric")
    mean, whole = 0.0 * rows, heard
    for k, weight in enumerate(window.tolist()):
        mean = mean + weight * around[:, k : k + length]
        whole = whole & there[:, k : k + length]
    far = np.arange(length)[::-1] if side == "left" else np.arange(length)
    share = 0.5 + 0.5 * np.cos(np.pi * np.minimum(far / n_frames, 1.0))
    return xp.where(whole, rows + xp.asarray(share, rows.dtype) * (mean - rows), rows)
