"""Attacks (hits, consonants) and how a time map is bent so that each sounds as it was.

Where an attack belongs, the map runs at speed one, so that the attack sounds once and
when it should; the time is paid back between attacks. OLA, WSOLA and the phase vocoder
share this.
"""

import functools
import itertools
from typing import NamedTuple

import numpy as np

from dsplab._array import (
    ALL,
    array_namespace,
    by_itself,
    in_blocks,
    rows_at_once,
    running_max,
    sum_of_squares,
)

FAR = 1 << 28  # samples; farther than any attack
STEP = 0.000375  # s, to which the beginning of an attack is found
STEPS = 4  # of them in a block, in which its energy is measured
QUIET = 0.02  # s, before an attack, above which it must rise ...
RISE_DB = 10.0  # ... by so much ...
FLOOR_DB = -30.0  # ... and be no weaker than this beside the strongest
APART = 0.03  # s; of attacks closer than this the strongest counts
# of a sample, from which on the next one is taken: at simple speeds many moments lie
# exactly between two samples, where float32 would decide by chance
ROUND_UP = 0.49


class Bend(NamedTuple):
    """How the moments of frames move, (n_frames,) each; distances in input samples."""

    shift: np.ndarray  # to be added to the moment
    belongs: np.ndarray  # whether an attack sounds in the output of the frame
    attack: np.ndarray  # which: the sample in which the nearest one begins
    behind: np.ndarray  # from the moment to the last attack up to it, 0 or less
    ahead: np.ndarray  # from the moment to the next attack


def whole_and_part(moments):
    """Moments as integers and what is left of them, which float32 can hold."""
    whole = np.floor(moments).astype(np.int32)
    return whole, moments - whole


def bend(x, moments, speed, *, half, sample_rate, begin):
    """How the moments of frames move so that each attack is read as it is.

    A frame in whose output an attack at input time a belongs, |a - moment| / speed <
    half a frame, reads as if the speed were one all the way to the attack. One in whose
    output it does not belong keeps half a frame away from it.

    Args:
      x: signal, shape (n_channels, n_samples), zeros before `begin`.
      moments: of the middles of frames, in samples of x; a NumPy array.
      speed: of the map there; where it is one, nothing moves.
      half: samples in half a frame, a number or (n_frames,).
      sample_rate: Hz.
      begin: the sample in which the sound begins.
    """
    xp = array_namespace(x)
    whole, part = whole_and_part(moments)
    part = xp.asarray(part, dtype=x.dtype)
    last, following = nearest_attacks(x, whole, sample_rate, begin)
    behind, ahead = last - whole - part, following - whole - part
    attack = xp.where(abs(behind) < ahead, last, following)
    distance = xp.where(abs(behind) < ahead, behind, ahead)
    half = xp.asarray(half, dtype=x.dtype)
    slow = xp.asarray(np.where(speed == 0.0, 1e-9, speed), dtype=x.dtype)
    belongs = abs(distance) < half * abs(slow)
    away = distance - xp.where(distance > 0, half, -half)
    shift = xp.where(abs(distance) < half, away, 0.0)
    shift = xp.where(belongs, distance - distance / slow, shift)
    shift = xp.where(xp.asarray(speed == 1.0), 0.0, shift)
    return Bend(shift, belongs, attack, behind, ahead)


def nearest_attacks(x, moments, sample_rate, begin):
    """Position of the last attack up to each moment and of the next one: integers.

    None is put before `begin`, where the sound itself begins.
    """
    xp = array_namespace(x)
    step = max(round(STEP * sample_rate), 1)
    # by itself, or XLA finds the attacks anew for every step of the running maxima
    attacks, position = by_itself(lambda x: _attacks(x, step, sample_rate), x)
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
    energy = _energy_of_slope(x, n_blocks, step)  # (STEPS, n_blocks)
    total = energy.sum(axis=0)  # (n_blocks,)
    before, apart = (_blocks(t, step, sample_rate) for t in (QUIET, APART))
    past = _highest(xp.pad(total, (before, 0))[:-1], before)
    least = 10.0 ** (FLOOR_DB / 10.0) * total.max() + float(np.finfo(x.dtype).tiny)
    rise = xp.maximum(total, xp.pad(total, (0, 1))[1:]) / (past + least)
    first = rise > _highest(xp.pad(rise, (apart, 0))[:-1], apart)
    top = rise >= _highest(xp.pad(rise, (0, apart)), apart + 1)
    steps = [*energy, *xp.pad(energy, ((0, 0), (0, 1)))[:, 1:]]  # and of the next block
    loud = 0.1 * functools.reduce(xp.maximum, steps)
    quiet = itertools.accumulate((e <= loud for e in steps[:-1]), xp.logical_and)
    begins = sum(quiet)  # how many steps come before a loud one
    position = step * (begins + STEPS * np.arange(n_blocks))
    return first & top & (rise > 10.0 ** (RISE_DB / 10.0)), position


def _energy_of_slope(x, n_blocks, step):
    """Of each step of each block, all channels together: (STEPS, n_blocks)."""
    xp = array_namespace(x)
    n = n_blocks * STEPS * step

    def energy(now, following):
        slope = (following - now).reshape(len(x), -1, STEPS, step)
        return (sum_of_squares(slope).sum(axis=0),)

    rows = (x[:, k : k + n].reshape(len(x), n_blocks, -1) for k in (0, 1))
    size = rows_at_once(x, numpy=256, jax=ALL)
    energies = in_blocks(energy, *rows, size=size)[0]
    return xp.stack([energies[:, s] for s in range(STEPS)])


def least_distance(sample_rate):
    """Samples from an attack to the next one, at least."""
    step = max(round(STEP * sample_rate), 1)
    return max((_blocks(APART, step, sample_rate) - 1) * STEPS * step, 1)


def _blocks(duration, step, sample_rate):
    return max(round(duration * sample_rate / (STEPS * step)), 1)


def _highest(values, n):
    """Highest of every n neighbours, values[i : i + n]."""
    xp = array_namespace(values)
    size = 1
    while size < n:
        more = min(size, n - size)
        values = xp.maximum(values[:-more], values[more:])
        size += more
    return values
