"""What all effects have in common: settings, how long the sound goes on, dry and wet.

Channels stay as they are: (n_samples,) is mono, (..., n_channels, n_samples) is not.
"""

import math

import numpy as np

from dsplab._arguments import integer, positive
from dsplab._array import array_namespace, is_traced

SILENT = 1e-3  # -60 dB
LONGEST = 30.0  # seconds that a tail may last unless somebody asks for more


def held(value, length):
    """A curve that goes on at its last value, up to a length; numbers stay."""
    more = length - value.shape[-1] if value.ndim else 0
    if not value.ndim or value.shape[-1] == 1 or more == 0:
        return value
    xp = array_namespace(value)
    return xp.pad(value, [(0, 0)] * (value.ndim - 1) + [(0, more)], mode="edge")


def ring(x, seconds, sample_rate):
    """x and after it silence, for what the effect has still to say."""
    xp = array_namespace(x)
    more = integer(math.ceil(seconds * sample_rate - 1e-6), name="tail", least=0)
    return xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, more)])


def tail_seconds(tail, once, feedback):
    """The tail asked for, or how long an echo every `once` seconds is above -60 dB."""
    if tail is not None:
        return positive(tail, name="tail", allow_zero=True)
    if is_traced(feedback):
        raise ValueError("tail must be given in seconds where feedback is traced")
    loudest = float(np.abs(np.asarray(feedback)).max())
    if loudest >= 1.0:
        raise ValueError(f"tail must be given: feedback {loudest:g} never dies away")
    rounds = math.log(SILENT) / math.log(loudest) if loudest > 0.0 else 0.0
    return min(once * (1.0 + math.ceil(rounds)), max(LONGEST, once))


def dry_wet(x, wet, mix):
    """(1 - mix) x + mix wet, x going on in silence: at 0 nothing but x, bit for bit."""
    xp = array_namespace(x, wet)
    more = wet.shape[-1] - x.shape[-1]
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, more)]) if more else x
    mix = held(mix, wet.shape[-1])
    return (1.0 - mix) * x + mix * wet


def channels(x):
    """x as (..., n_channels, n_samples): mono gets an axis for its one channel."""
    return x[None] if x.ndim == 1 else x


def channels_of(x, *, exactly=None, why=""):
    """How many channels x has; an error if they are not `exactly` so many."""
    n_channels = 1 if x.ndim == 1 else x.shape[-2]
    if exactly is not None and n_channels != exactly:
        raise ValueError(
            f"x must have {exactly} channels {why}, got shape {x.shape} "
            "(dsplab.effects.mixing.stereo makes two of one)"
        )
    return n_channels
