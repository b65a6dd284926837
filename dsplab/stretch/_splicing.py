"""Frames read anywhere in a sound and joined without a seam (what OLA and WSOLA share).

Output frame m begins at m hop_length and its centre belongs to one moment of the input,
which the time map says. Two things are done to that moment here:

* it is taken as it is where the map runs at speed one, so that nothing changes there;
* near an attack (a hit, a consonant) the map is bent to run at speed one, so that the
  attack sounds once, as it was and when it should, and is paid back between attacks.
"""

from typing import NamedTuple

import numpy as np

from dsplab._array import (
    ALL,
    array_namespace,
    between_zeros,
    blend,
    by_itself,
    filter_rows,
    in_blocks,
    row_reader,
    rows_at_once,
)
from dsplab.stretch._attacks import QUIET, ROUND_UP, bend, whole_and_part
from dsplab.stretch.time_map import input_position, local_rate, output_length
from dsplab.windows import hann

FREE, FOLLOW, FIXED = 0, 1, 2  # where a frame may be read: anywhere near its moment,
# where the frame before it goes on, or exactly at its moment
LATE = 0.005  # s, by which a search may move an attack


class Plan(NamedTuple):
    """Where each frame should begin in padded x, and how free it is."""

    x: np.ndarray  # (n_channels, before + n_samples + after)
    starts: np.ndarray  # (n_frames,) integers, in padded x
    kinds: np.ndarray  # (n_frames,) FREE, FOLLOW or FIXED
    least: np.ndarray  # (n_frames,) how far a start may move without meeting
    most: np.ndarray  # an attack that does not belong to the frame


def plan(x, rate, *, sample_rate, frame_length, hop_length, margin):
    """Say where the frames begin; `margin` more zeros are put at both ends of x."""
    xp = array_namespace(x)
    n_samples, half = x.shape[-1], frame_length / 2
    n_parts = -(-frame_length // hop_length)
    n_hops = -(-output_length(rate, n_samples) // hop_length)
    centres = hop_length * np.arange(1 - n_parts, n_hops) + half
    moments = input_position(rate, centres, n_samples=n_samples)
    # beyond the ends is only silence, and no need to go far into it
    moments = np.clip(moments, -frame_length, n_samples + frame_length)
    speed = local_rate(rate, centres, n_samples=n_samples)
    sides = 2 * frame_length + 2 * hop_length + margin + round(QUIET * sample_rate) + 8
    x = between_zeros(x.reshape(-1, n_samples), sides)
    bent = bend(
        x, moments + sides, speed, half=half, sample_rate=sample_rate, begin=sides
    )
    follow, least, most = _freedom(bent, half, round(LATE * sample_rate))
    whole, part = whole_and_part(moments - half)
    part = xp.asarray(part, dtype=x.dtype)
    starts = sides + whole + xp.ceil(part + bent.shift - ROUND_UP).astype(xp.int32)
    kinds = xp.where(xp.asarray(speed == 1.0), FIXED, xp.where(follow, FOLLOW, FREE))
    return Plan(x, starts, kinds, least, most)


def _freedom(bent, half, late):
    """Which frames share their attack with the one before, and how far each may move.

    Returns:
      Whether it is shared; the least and the most by which the frame may move further.
    """
    xp = array_namespace(bent.shift)
    least = xp.minimum(bent.behind + half - bent.shift, 0.0)
    most = xp.maximum(bent.ahead - half - bent.shift, 0.0)
    same = bent.attack[1:] == bent.attack[:-1]
    same = bent.belongs[1:] & bent.belongs[:-1] & same
    follow = xp.concatenate([xp.zeros_like(same[:1]), same])
    first = bent.belongs & ~follow  # the frame that brings the attack, and its time
    return follow, xp.where(first, -late, least), xp.where(first, late, most)


def splice(x, starts, fractions=None, *, frame_length, hop_length):
    """Join frames x[start + fraction :] at every hop_length samples: (C, n_samples).

        y = a + sum_k w_k (b_k - a),   a the newest of the frames that overlap

    The weights are a Hann window over the sum of all that overlap; written like this,
    frames that agree give exactly what they agree on.
    """
    xp = array_namespace(x)
    n_parts = -(-frame_length // hop_length)
    window = np.zeros(n_parts * hop_length)
    window[:frame_length] = hann(frame_length)
    window = window.reshape(n_parts, hop_length)
    weights = xp.asarray(window / np.maximum(window.sum(axis=0), 1e-9), dtype=x.dtype)

    def mix(read, starts, fractions=None):  # (C, n_frames, hop_length)
        def part(k):
            fraction = None if fractions is None else fractions[:, k]
            return _read(read, starts[:, k] + k * hop_length, fraction, hop_length)

        newest = y = part(0)
        for k in range(1, n_parts):
            change = blend(newest, part(k), weights[k])
            y = change if k == 1 else y + (change - newest)
        return (y,)

    def in_cache(x, *overlapping):
        read = row_reader(x, hop_length + 3)
        size = rows_at_once(x, numpy=16, jax=ALL)
        return in_blocks(lambda *rows: mix(read, *rows), *overlapping, size=size)[0]

    def overlapping(values):  # newest first: (n_frames, n_parts)
        n = values.shape[0]
        parts = [values[n_parts - 1 - k : n - k] for k in range(n_parts)]
        return xp.stack(parts, axis=-1)

    rows = (starts,) if fractions is None else (starts, fractions)
    y = by_itself(in_cache, x, *(overlapping(values) for values in rows))
    return y.reshape(x.shape[0], -1)


def _read(read, starts, fractions, length):
    """x[start + fraction + n], by a cubic through four samples: (C, n_frames, n)."""
    if fractions is None:
        return read(starts, length)
    rows = read(starts - 1, length + 3)
    f = fractions
    taps = (
        f * (f - 1.0) * (2.0 - f) / 6.0,
        (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0,
        (f + 1.0) * f * (2.0 - f) / 2.0,
        (f + 1.0) * f * (f - 1.0) / 6.0,
    )
    return filter_rows(rows, array_namespace(rows).stack(taps, axis=-1))
