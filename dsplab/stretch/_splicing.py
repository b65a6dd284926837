"""Frames read anywhere in a sound and joined without a seam (what OLA and WSOLA share).

Output frame m begins at m hop_length and its centre belongs to one moment of the input,
which the time map says. Two things are done to that moment here:

* it is taken as it is where the map runs at speed one, so that nothing changes there;
* near an attack (a hit, a consonant) the map is bent to run at speed one, so that the
  attack sounds once, as it was and when it should, and is paid back between attacks.
"""

from typing import NamedTuple

import numpy as np

from dsplab._array import array_namespace, blend, filter_rows, frames_at, running_max
from dsplab.stretch.time_map import input_position, local_rate, output_length
from dsplab.windows import hann

FREE, FOLLOW, FIXED = 0, 1, 2  # where a frame may be read: anywhere near its moment,
# where the frame before it goes on, or exactly at its moment
FAR = 1 << 28  # samples; farther than any attack
STEP = 0.000375  # s, to which the beginning of an attack is found
STEPS = 4  # of them in a block, in which its energy is measured
QUIET = 0.02  # s, before an attack, above which it must rise ...
RISE_DB = 10.0  # ... by so much ...
FLOOR_DB = -30.0  # ... and be no weaker than this beside the strongest
LATE = 0.005  # s, by which a search may move an attack
APART = 0.03  # s; of attacks closer than this the strongest counts


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
    x = xp.pad(x.reshape(-1, n_samples), [(0, 0), (sides, sides)])
    shift, follow, least, most = _keep_attacks(
        x, moments + sides, speed, half=half, sample_rate=sample_rate, begin=sides
    )
    whole = np.floor(moments - half + 0.5).astype(np.int32)
    part = xp.asarray(moments - half + 0.5 - whole, dtype=x.dtype)
    starts = sides + whole + xp.floor(part + shift).astype(xp.int32)
    kinds = xp.where(xp.asarray(speed == 1.0), FIXED, xp.where(follow, FOLLOW, FREE))
    return Plan(x, starts, kinds, least, most)


def _keep_attacks(x, moments, speed, *, half, sample_rate, begin):
    """How the moments of frames move so that each attack is read as it is.

    A frame in whose output an attack at input time a belongs, |a - moment| / speed <
    half a frame, reads as if the speed were one all the way to the attack. One in whose
    output it does not belong keeps half a frame away from it.

    Returns:
      The shift of each moment; whether a frame shares its attack with the one before;
      the least and the most by which it may move further.
    """
    xp = array_namespace(x)
    whole = np.floor(moments).astype(np.int32)
    part = xp.asarray(moments - whole, dtype=x.dtype)
    last, following = _nearest_attacks(x, whole, sample_rate, begin)
    behind, ahead = last - whole - part, following - whole - part  # samples of input
    attack = xp.where(abs(behind) < ahead, last, following)
    distance = xp.where(abs(behind) < ahead, behind, ahead)
    slow = xp.asarray(np.where(speed == 0.0, 1e-9, speed), dtype=x.dtype)
    belongs = abs(distance) < half * abs(slow)
    away = distance - xp.where(distance > 0, half, -half)
    shift = xp.where(abs(distance) < half, away, 0.0)
    shift = xp.where(belongs, distance - distance / slow, shift)
    shift = xp.where(xp.asarray(speed == 1.0), 0.0, shift)
    least = xp.minimum(behind + half - shift, 0.0)
    most = xp.maximum(ahead - half - shift, 0.0)
    same = belongs[1:] & belongs[:-1] & (attack[1:] == attack[:-1])
    follow = xp.concatenate([xp.zeros_like(same[:1]), same])
    first = belongs & ~follow  # the frame that brings the attack, and decides its time
    late = round(LATE * sample_rate)
    least, most = xp.where(first, -late, least), xp.where(first, late, most)
    return shift, follow, least, most


def _nearest_attacks(x, moments, sample_rate, begin):
    """Position of the last attack up to each moment and of the next one: integers.

    None is put before `begin`, where the sound itself begins.
    """
    xp = array_namespace(x)
    step = max(round(STEP * sample_rate), 1)
    attacks, position = _attacks(x, step, sample_rate)
    position = xp.maximum(position, begin)
    last = running_max(xp.where(attacks, position, -FAR))
    following = -running_max(xp.where(attacks, -position, -FAR)[::-1])[::-1]
    following = xp.concatenate([following, xp.full_like(following[:1], FAR)])
    block = np.clip(moments // (STEPS * step), 0, attacks.shape[0] - 1)
    return last[block], following[block + 1]


def _attacks(x, step, sample_rate):
    """Where the sound suddenly gets louder.

    Louder is measured on the slope of x, which is small for low notes.

    Returns:
      For each block of STEPS steps, whether an attack begins in it or in the next one;
      and in which sample, to one step.
    """
    xp = array_namespace(x)
    n_blocks = (x.shape[-1] - 1) // (STEPS * step)
    n = n_blocks * STEPS * step
    slope = x[:, 1 : n + 1] - x[:, :n]
    slope = slope.reshape(-1, n_blocks, STEPS, step)
    energy = xp.einsum("cbsn,cbsn->bs", slope, slope)
    total = energy.sum(axis=1)  # (n_blocks,)
    before, apart = (
        max(round(t * sample_rate / (STEPS * step)), 1) for t in (QUIET, APART)
    )
    past = _highest(xp.pad(total, (before, 0))[:-1], before)
    least = 10.0 ** (FLOOR_DB / 10.0) * total.max() + float(np.finfo(x.dtype).tiny)
    rise = xp.maximum(total, xp.pad(total, (0, 1))[1:]) / (past + least)
    first = rise > _highest(xp.pad(rise, (apart, 0))[:-1], apart)
    top = rise >= _highest(xp.pad(rise, (0, apart)), apart + 1)
    both = xp.concatenate([energy, xp.pad(energy, ((0, 1), (0, 0)))[1:]], axis=1)
    begins = xp.argmax(both > 0.1 * both.max(axis=1, keepdims=True), axis=1)
    position = step * (begins + STEPS * np.arange(n_blocks))
    return first & top & (rise > 10.0 ** (RISE_DB / 10.0)), position


def _highest(values, n):
    """Highest of every n neighbours, values[i : i + n]."""
    xp = array_namespace(values)
    size = 1
    while size < n:
        more = min(size, n - size)
        values = xp.maximum(values[:-more], values[more:])
        size += more
    return values


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

    def part(k):
        chosen = slice(n_parts - 1 - k, starts.shape[0] - k)
        fraction = None if fractions is None else fractions[chosen]
        return _read(x, starts[chosen] + k * hop_length, fraction, hop_length)

    newest = y = part(0)
    for k in range(1, n_parts):
        change = blend(newest, part(k), weights[k])
        y = change if k == 1 else y + (change - newest)
    return y.reshape(x.shape[0], -1)


def _read(x, starts, fractions, length):
    """x[start + fraction + n], by a cubic through four samples: (C, n_frames, n)."""
    if fractions is None:
        return frames_at(x, starts, length)
    rows = frames_at(x, starts - 1, length + 3)
    f = fractions
    taps = (
        f * (f - 1.0) * (2.0 - f) / 6.0,
        (f + 1.0) * (f - 1.0) * (f - 2.0) / 2.0,
        (f + 1.0) * f * (2.0 - f) / 2.0,
        (f + 1.0) * f * (f - 1.0) / 6.0,
    )
    return filter_rows(rows, array_namespace(x).stack(taps, axis=-1))
