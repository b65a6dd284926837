"""From peaks to partials: which peak of this frame goes on from which of the last.

Two peaks of frames that follow each other belong together if each is the other's
nearest in frequency, and near enough. Who belongs to whom does not depend on what was
before, so all frames are decided at once; only the numbering goes from frame to frame.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import (
    array_namespace,
    nearest_in,
    numbered,
    occupied,
    put_at,
    running_max,
    take,
)
from dsplab.analysis.peaks import Peaks


class Partials(NamedTuple):
    """Sinusoids followed through time, one in each row; zero while there is none.

    frequency: Hz, (..., n_partials, n_frames).
    amplitude: linear; a full-scale sine has 1.
    angle: of the cosine at the frame's place, radians.
    """

    frequency: np.ndarray
    amplitude: np.ndarray
    angle: np.ndarray


def follow_peaks(peaks, *, n_partials=100, deviation=20.0, slope=0.01, shortest=1):
    """Join the peaks of each frame to those of the next.

    Args:
      peaks: `Peaks`, arrays (..., n_peaks, n_frames), from low to high.
      n_partials: rows of the result; where they do not suffice, the highest peaks of a
        frame find no place.
      deviation: farthest step of a partial from frame to frame, in Hz at 0 Hz.
      slope: and what it has more for each Hz.
      shortest: partials of fewer frames are taken out.

    Returns:
      `Partials`, (..., n_partials, n_frames). A row that ends is empty for a frame at
      least before it is used again.

    Reference:
      McAulay and Quatieri, "Speech analysis/synthesis based on a sinusoidal
      representation", IEEE TASSP 34, 1986 (their matching, made mutual).

    >>> f = np.array([[100.0, 101.0, 0.0], [200.0, 300.0, 301.0]])
    >>> f = np.where(f[0] > 0, f, f[::-1])  # from low to high
    >>> a = np.where(f > 0, 1.0, 0.0)
    >>> follow_peaks(Peaks(f, a, a), n_partials=3).frequency.astype(int).tolist()
    [[100, 101, 0], [200, 0, 0], [0, 300, 301]]
    """
    integer(n_partials, name="n_partials")
    positive(deviation, name="deviation", allow_zero=True)
    positive(slope, name="slope", allow_zero=True)
    integer(shortest, name="shortest")
    peaks = Peaks(*(as_signal(a, name="peaks") for a in peaks))
    xp = array_namespace(peaks.frequency)
    peaks = (xp.swapaxes(a, -1, -2) for a in peaks)  # (..., n_frames, n_peaks)
    frequency, *rest = occupied(*peaks)
    before = _predecessors(frequency, deviation, slope)
    rows = numbered(frequency > 0.0, before, n_partials)
    placed = (put_at(rows, a, n_partials) for a in (frequency, *rest))
    return lasting(Partials(*(xp.swapaxes(a, -1, -2) for a in placed)), shortest)


def lasting(partials, shortest):
    """The partials that last for so many frames, or more."""
    xp = array_namespace(partials.frequency)
    stays = _run_lengths(partials.frequency > 0.0) >= shortest
    return Partials(*(xp.where(stays, a, 0.0) for a in partials))


def _predecessors(frequency, deviation, slope):
    """Index in the frame before of what each peak goes on from; -1 if it is new."""
    xp = array_namespace(frequency)
    here = xp.where(frequency > 0.0, frequency, 4.0 * xp.max(frequency) + 1.0)
    last, now = here[..., :-1, :], here[..., 1:, :]
    back = nearest_in(last, now)  # (..., n_frames - 1, n_peaks)
    forth = nearest_in(now, last)
    mutual = take(forth, back) == np.arange(back.shape[-1])
    step = xp.abs(now - take(last, back))
    near = step <= deviation + slope * now
    back = xp.where(mutual & near, back, -1)
    return xp.concatenate([xp.full_like(back[..., :1, :], -1), back], axis=-2)


def _run_lengths(mask):
    """Length of the run of True that each element is in, along the last axis."""
    xp = array_namespace(mask)
    place = xp.broadcast_to(np.arange(mask.shape[-1]), mask.shape)

    def since_false(mask):
        return place - running_max(xp.where(mask, -1, place))

    return since_false(mask) + since_false(mask[..., ::-1])[..., ::-1] - 1
