"""Modulators: how velocity, wheels and pedals move a sound's settings.

A modulator takes a source (a controller, the velocity, ...), bends it by a curve,
multiplies it by a second source and an amount, and adds that to a generator:

    generator += amount curve(source) curve(second source)

Ten of them are always there unless the file says otherwise (`DEFAULTS`): that is how
velocity comes to make a note louder. A source is a word of bits: 0 to 6 its number, 7
set for controllers, 8 negative, 9 bipolar, from 10 the curve.
"""

import functools
import math

from dsplab.formats.soundfont import Modulator
from dsplab.synths.soundfont import generators as g

NONE, VELOCITY, KEY, KEY_PRESSURE, CHANNEL_PRESSURE = 0, 2, 3, 10, 13
PITCH_WHEEL, BEND_RANGE = 14, 16
SOURCES = (NONE, VELOCITY, KEY, KEY_PRESSURE, CHANNEL_PRESSURE, PITCH_WHEEL, BEND_RANGE)
# controllers that do something else already: banks, data entry, modes
NO_SOURCES = frozenset((0, 6, 32, 38, *range(98, 102), *range(120, 128)))
CONTROLLER, NEGATIVE, BIPOLAR = 0x80, 0x100, 0x200
LINEAR, CONCAVE, CONVEX, SWITCH = 0x000, 0x400, 0x800, 0xC00
ABSOLUTE = 2  # the one transform beside none
FULL_SCALE_CB = 960.0

# 8.4.1 to 8.4.10 of the format's description but 8.4.2, velocity to cutoff, which it
# defines in two ways and FluidSynth in none; the last is FluidSynth's
DEFAULTS = (
    Modulator(VELOCITY | NEGATIVE | CONCAVE, g.ATTENUATION, 960, 0, 0),
    Modulator(CHANNEL_PRESSURE, g.VIB_LFO_TO_PITCH, 50, 0, 0),
    Modulator(CONTROLLER | 1, g.VIB_LFO_TO_PITCH, 50, 0, 0),
    Modulator(CONTROLLER | NEGATIVE | CONCAVE | 7, g.ATTENUATION, 960, 0, 0),
    Modulator(CONTROLLER | BIPOLAR | 10, g.PAN, 500, 0, 0),
    Modulator(CONTROLLER | NEGATIVE | CONCAVE | 11, g.ATTENUATION, 960, 0, 0),
    Modulator(CONTROLLER | 91, g.REVERB_SEND, 200, 0, 0),
    Modulator(CONTROLLER | 93, g.CHORUS_SEND, 200, 0, 0),
    # 128 semitones and not 127, so that a bend by two semitones is one
    Modulator(PITCH_WHEEL | BIPOLAR, g.FINE_TUNE, 12800, BEND_RANGE, 0),
    Modulator(CONTROLLER | BIPOLAR | CONCAVE | 8, g.BALANCE, 960, 0, 0),
)
VELOCITY_TO_CUTOFF = (VELOCITY | NEGATIVE, g.FILTER_CUTOFF, VELOCITY | SWITCH)


def concave(u):
    """Curve of hearing: 0 to 1 for u from 0 to 1, steep at the end.

        -(20 / 48) log10(1 - u), so that 96 dB of attenuation follow (1 - u)^2

    >>> round(concave(0.5) * 96.0, 2)  # dB of half the way
    12.04
    """
    return 1.0 if u >= 1.0 else min(max(-math.log10(1.0 - u) / 2.4, 0.0), 1.0)


def convex(u):
    """The mirror of `concave`: steep at the start.

    >>> round(convex(0.5), 4) == round(1.0 - concave(0.5), 4)
    True
    """
    return 1.0 - concave(1.0 - u)


@functools.cache
def curve(source):
    """What a source of 0 to 127 becomes, a tuple of 128 numbers.

    The steps are 1/128 wide, so that 64 is the middle, and the top is 127/128.

    >>> curve(CONTROLLER | BIPOLAR | 10)[64], curve(CONTROLLER | 91)[127]
    (0.0, 0.9921875)
    """
    return tuple(bend(source, value / 128.0) for value in range(128))


def bend(source, share, steps=128):
    """Send a share of 0 to 1 - 1/steps through the curve of a source."""
    if source & 0x7F == NONE and not source & CONTROLLER:
        return 1.0
    top = 1.0 - 1.0 / steps
    share = top - share if source & NEGATIVE else share
    kind = source & 0xFC00
    if source & BIPOLAR:
        share = share if share == top else 2.0 * share - 1.0
        size, sign = abs(share), math.copysign(1.0, share)
        return sign if kind == SWITCH else sign * _bent(kind, size, top)
    if kind == SWITCH:
        return float(share >= 0.5)
    return _bent(kind, share, top)


def _bent(kind, share, top):
    if kind == LINEAR:
        return share
    return min((concave if kind == CONCAVE else convex)(share * 128.0 / 127.0), top)


def merged(modulators, more, *, add=False):
    """Two lists of modulators as one; of two alike, the later wins, or both add up."""
    result = {_identity(modulator): modulator for modulator in modulators}
    for modulator in more:
        like = _identity(modulator)
        before = result.get(like)
        if add and before is not None:
            modulator = before._replace(amount=before.amount + modulator.amount)
        result[like] = modulator
    return tuple(result.values())


def _identity(modulator):
    return modulator.source, modulator.destination, modulator.amount_source


def usable(modulators):
    """Leave out what links modulators, and what has an unknown source or curve."""
    return tuple(
        modulator
        for modulator in modulators
        if modulator.destination < g.COUNT
        and _identity(modulator) != VELOCITY_TO_CUTOFF
        and _known(modulator.source)
        and _known(modulator.amount_source)
    )


def _known(source):
    number = source & 0x7F
    if source >> 10 > 3:
        return False
    return number not in NO_SOURCES if source & CONTROLLER else number in SOURCES


def value(modulator, sources):
    """What a modulator adds; sources(word) is the bent value of a source."""
    y = modulator.amount * sources(modulator.source)
    if modulator.amount_source:
        y *= sources(modulator.amount_source)
    return abs(y) if modulator.transform == ABSOLUTE else y
