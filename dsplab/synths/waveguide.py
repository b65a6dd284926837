"""Digital waveguide: a string as two waves that run in opposite directions.

What moves on a string is two shapes, one running to the bridge and one to the nut; the
string is where both add up. Each has a rail, a delay line of half a period. At the ends
they turn round, upside down. So a string can be struck anywhere and listened to
anywhere, and what is heard depends on both places.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal
from dsplab._array import array_namespace, delay_loop, lfilter_rows
from dsplab.sources.envelopes import ramp
from dsplab.sources.interpolation import fractional_delay
from dsplab.synths._round_trip import (
    LOWEST,
    ORDER,
    allpasses_in_a_row,
    as_rows,
    average_delay,
    delay_taps,
    numbers_like,
    playable,
    same_length,
    steady,
    stiff_part,
)
from dsplab.synths.notes import find_patch, play_notes, velocity_gain
from dsplab.synths.plucked import loss

PEAK = 0.5  # at velocity 127, at most


def waveguide_string(
    force,
    f0,
    sample_rate,
    *,
    position=0.2,
    pickup=0.1,
    t60=4.0,
    brightness=0.3,
    inharmonicity=0.0,
    n_allpasses=0,
    damper=1.0,
):
    """Strike or pluck a string at one place and listen at another.

    With L the length of a rail, half a period less half of what the filters take:

        at the bridge  right[n] = r[n - L] + force[n - (1 - position) L] / 2
                       l[n] = -H(z) right[n]
        at the nut     left[n] = l[n - L] + force[n - position L] / 2
                       r[n] = -left[n]
        heard          r[n - pickup L] + l[n - (1 - pickup) L], and the force's own
                       wave, if it passes the place before it comes to an end

    H is all that the string loses on its way round and all its stiffness, gathered at
    the bridge (see `plucked.string`).

    Args:
      force: what excites the string, (..., n_samples): one short push is a hammer.
      f0: Hz at every sample, (..., n_samples), from 20 to sample_rate / 16.
      sample_rate: Hz.
      position: of the force, 0 (nut) to 1 (bridge), part of the string.
      pickup: where it is heard, likewise.
      t60: seconds in which the fundamental falls by 60 dB.
      brightness: 0 to 1.
      inharmonicity: B; needs n_allpasses.
      n_allpasses: 0 for a perfectly flexible string.
      damper: what is left after a period under a felt or a finger, a number or (...,
        n_samples).

    Returns:
      Signal: velocity of the string at the pick-up, (..., n_samples).

    Raises:
      ValueError: if f0 is too high for the sample rate.

    Reference: J. O. Smith, "Physical Modeling Using Digital Waveguides", 1992.

    >>> force = np.zeros(80)
    >>> force[0] = 2.0
    >>> y = waveguide_string(force, np.full(80, 400.0), 16000, position=0.5, pickup=0.5,
    ...     t60=1e9, brightness=1.0)
    >>> np.flatnonzero(abs(y) > 0.5).tolist(), y[[0, 20, 40]].round(2).tolist()
    ([0, 20, 40, 60], [2.0, -2.0, 2.0])
    """
    force, f0 = as_signal(force, name="force"), playable(f0, sample_rate, shortest=16)
    same_length(f0, force=force)
    xp, n_samples = array_namespace(force, f0), force.shape[-1]
    f0 = steady(xp.asarray(f0, dtype=force.dtype))
    position, pickup, damper, inharmonicity = numbers_like(
        force,
        position=position,
        pickup=pickup,
        damper=damper,
        inharmonicity=inharmonicity,
    )
    gain, stretch = loss(f0, t60, sample_rate, brightness=brightness)
    omega = 2.0 * np.pi * f0 / sample_rate
    stiff, taken = stiff_part(omega, inharmonicity, n_allpasses)
    rail = 0.5 * (2.0 * np.pi / omega - average_delay(stretch, omega) - taken)  # L
    shape = np.broadcast_shapes(force.shape, f0.shape, damper.shape)
    force = xp.broadcast_to(force, shape)
    to_bridge, to_nut = (
        0.5 * fractional_delay(force, part * rail, method="lagrange", order=ORDER)
        for part in (1.0 - position, position)
    )
    now = (to_bridge, to_nut, gain * damper, stretch)
    now = [xp.broadcast_to(part, shape).reshape(-1, n_samples) for part in now]
    line = as_rows(delay_taps(rail), shape)
    filters = allpasses_in_a_row(stiff, shape[:-1], force.dtype)
    rails = _run(now, line, filters, sample_rate)
    rails = [wave.reshape(shape) for wave in rails]
    return _heard(rails, force, rail, position, pickup)


def _run(now, line, filters, sample_rate):
    """What leaves the nut and what leaves the bridge, (n_strings, n_samples) each."""
    xp, n_strings, dtype = array_namespace(*now), now[0].shape[0], now[0].dtype
    (b, a), order = filters, len(filters[0]) - 1

    def step(state, past, now):
        filtered, last = state
        bridge, nut, gain, stretch = now
        right, left = past[0] + bridge, past[1] + nut
        if order:
            right, filtered = lfilter_rows(b, a, right, filtered)
        before = xp.concatenate([last, right[..., :-1]], axis=-1)
        back = -gain * ((1.0 - stretch) * right + stretch * before)
        return (filtered, right[..., -1:]), (-left, back), (-left, back)

    state = xp.zeros((order, n_strings), dtype), xp.zeros((n_strings, 1), dtype)
    longest = int(0.5 * sample_rate / LOWEST) + ORDER + 2
    return delay_loop(step, state, tuple(now), [line, line], longest=longest)


def _heard(waves, force, rail, position, pickup):
    """Both waves at the pick-up, and the force's own where it passes."""
    xp = array_namespace(force, rail)

    def after(x, part):
        return fractional_delay(x, part * rail, method="lagrange", order=ORDER)

    direct = xp.abs(pickup - position)
    share = xp.asarray(xp.where(direct == 0.0, 1.0, 0.5), dtype=force.dtype)
    own = share * after(force, direct)
    return after(waves[0], pickup) + after(waves[1], 1.0 - pickup) + own


class Patch(NamedTuple):
    """A string, what strikes it and where it is heard."""

    position: float = 0.2
    pickup: float = 0.1
    contact: float = 0.0008  # seconds of the push, at velocity 127
    t60: float = 5.0  # at 220 Hz; an octave higher 0.7 of it
    brightness: float = 0.5
    inharmonicity: float = 0.0
    n_allpasses: int = 0
    release: float = 0.12  # seconds to fall by 60 dB once it is damped


PRESETS = {
    "electric guitar, bridge": Patch(0.18, 0.06, 0.0004, 7.0, 0.7, 5e-5, 2),
    "electric guitar, neck": Patch(0.3, 0.24, 0.0008, 7.0, 0.6, 5e-5, 2),
    "electric bass": Patch(0.25, 0.2, 0.003, 6.0, 0.4, 1e-4, 4, 0.1),
    "hammered dulcimer": Patch(0.1, 0.05, 0.0005, 4.0, 0.6, 1e-4, 2, 2.0),
    "clavichord": Patch(0.02, 0.15, 0.0004, 3.0, 0.5, 3e-5, 2, 0.05),
}


def voice(f0, held, sample_rate, *, velocity=100.0, patch="electric guitar, neck"):
    """Strike one note.

    Args:
      f0: Hz at every sample, (..., n_samples), release included.
      held: seconds until it is damped, a number or (...,).
      sample_rate: Hz.
      velocity: 1 to 127: level, and with it how short the push is.
      patch: name of a preset or a `Patch`.

    Returns:
      Signal like f0.
    """
    f0, patch = playable(f0, sample_rate, shortest=16), find_patch(patch, PRESETS)
    xp = array_namespace(f0, held, velocity, *patch)
    t = xp.asarray(np.arange(f0.shape[-1]) / sample_rate, dtype=f0.dtype)
    held, velocity = numbers_like(f0, held=held, velocity=velocity)
    contact = patch.contact * (2.0 - velocity[..., None] / 127.0)
    turn = xp.clip(t / contact, 0.0, 1.0)
    push = 0.5 - 0.5 * xp.cos(2.0 * np.pi * turn)
    t60 = patch.t60 * xp.sqrt(220.0 / steady(f0))
    faster = xp.maximum(1.0 / patch.release - 1.0 / t60, 0.0)
    let_go = ramp(t - held[..., None], 0.02)
    y = waveguide_string(
        xp.broadcast_to(push, np.broadcast_shapes(push.shape, f0.shape)),
        f0,
        sample_rate,
        position=patch.position,
        pickup=patch.pickup,
        t60=t60,
        brightness=patch.brightness,
        inharmonicity=patch.inharmonicity,
        n_allpasses=patch.n_allpasses,
        damper=xp.exp(-math.log(1000.0) * let_go * faster / f0),
    )
    return PEAK * velocity_gain(velocity)[..., None] * y


def tail(patch="electric guitar, neck"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release) + 0.02


def play(notes, sample_rate, *, patch="electric guitar, neck", **options):
    """Play notes; see `dsplab.synths.notes.play_notes`.

    >>> y = play([(0.0, 0.2, 57)], 8000, patch="electric bass")
    >>> bool(0.05 < np.abs(y).max() < 0.5)
    True
    """
    patch = find_patch(patch, PRESETS)
    options = {"patch": patch, "tail": tail(patch)} | options
    return play_notes(voice, notes, sample_rate, **options)
