"""Clarinet and flute: a pipe, and lips or a reed that feed the wave in it.

The air column is a delay line. At the mouth a small valve, moved by the very wave that
it feeds, turns steady breath into an oscillation. The valve has no memory; all time
passes in the pipe, and so pitch can be computed exactly.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, one_of
from dsplab._array import array_namespace, delay_loop, lfilter_rows, linear_recursion
from dsplab.sources.envelopes import adsr, ramp
from dsplab.synths._round_trip import (
    BELL,
    LOWEST,
    as_rows,
    bell_taps,
    numbers_like,
    playable,
    pole_delay,
    same_length,
    steady,
)
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

PIPES = ("clarinet", "flute")


def clarinet(
    breath, f0, sample_rate, *, cutoff=5000.0, loss=0.05, opening=0.7, stiffness=0.3
):
    """Blow a clarinet: a pipe that is closed by a reed and open at the other end.

    A wave comes back from the open end upside down, and so it takes two round trips to
    repeat: half the length of a flute for the same note, and odd harmonics only. The
    reed closes the more, the higher the pressure outside it is above that inside:

        p_in[n] = -(1 - loss) (bell * p_out)(n - sample_rate / (2 f0))
        d = p_in - breath,   reed(d) = clip(opening - stiffness d, -1, 1)
        p_out = breath + d reed(d)

    Args:
      breath: pressure in the mouth, (..., n_samples): a tone begins above about 0.5 and
        the reed stays shut above 1; 0.65 to 0.95 is safe. Noise and vibrato belong to
        it.
      f0: Hz at every sample, (..., n_samples), from 20 to sample_rate / 16.
      sample_rate: Hz.
      cutoff: of the bell, Hz (see `_round_trip.bell_taps`): lower is darker.
      loss: what a round trip takes away, 0.02 to 0.2.
      opening: how far the reed is open at rest.
      stiffness: slope of the reed; softer ones (0.4) are brighter.

    Returns:
      Pressure, (..., n_samples), its constant part included.

    Raises:
      ValueError: if f0 is too high for the sample rate.

    Reference: M. E. McIntyre, R. T. Schumacher, J. Woodhouse, "On the Oscillations of
    Musical Instruments", 1983; the reed after J. O. Smith, "Physical Audio Signal
    Processing". The bell is a filter of ours that does not detune.

    >>> y = clarinet(np.full(2400, 0.8), np.full(2400, 100.0), 8000)
    >>> bool(np.allclose(y[-80:], y[-160:-80], atol=0.02))  # a period of 80 samples
    True
    """
    breath, f0 = (
        as_signal(breath, name="breath"),
        playable(f0, sample_rate, shortest=16),
    )
    same_length(f0, breath=breath)
    xp = array_namespace(breath, f0)
    shape = np.broadcast_shapes(breath.shape, f0.shape)
    f0 = steady(xp.asarray(f0, dtype=breath.dtype))
    cutoff, loss, opening, stiffness = numbers_like(
        breath, cutoff=cutoff, loss=loss, opening=opening, stiffness=stiffness
    )
    line = bell_taps(sample_rate / (2.0 * f0), cutoff, sample_rate)

    def step(state, past, now):
        difference = -(1.0 - loss) * past[0] - now[0]
        reed = xp.clip(opening - stiffness * difference, -1.0, 1.0)
        y = now[0] + difference * reed
        return state, (y,), y

    rows = xp.broadcast_to(breath, shape).reshape(-1, shape[-1])
    longest = int(sample_rate / (2.0 * LOWEST)) + BELL
    line = as_rows(line, shape)
    return delay_loop(step, (), (rows,), [line], longest=longest).reshape(shape)


def flute(
    breath,
    f0,
    sample_rate,
    *,
    noise=None,
    cutoff=5000.0,
    loss=0.05,
    end=0.5,
    jet=1.6,
    offset=0.4,
    reach=0.8,
):
    """Blow a flute: a pipe open at both ends, and a jet of air across one of them.

    The wave in the pipe moves the jet, which a while later blows more into the hole or
    more past it. A player makes this while half a period: then the jet pushes when the
    wave is there to be pushed, exactly, and no pitch is off. (At twice the frequency it
    would brake: the flute does not overblow.)

        b[n] = (1 - loss) (bell * u)(n - sample_rate / f0)
        u = end b + breath (tanh(jet j + offset) - tanh(offset)),
        j[n] = -b(n - sample_rate / (2 f0)), through a low-pass at reach f0

    The low-pass, by which a broad jet follows slow waves better, has a phase delay at
    f0, and that is taken off the half period.

    Args:
      breath: strength of the jet, (..., n_samples): 0.5 to 1.1; 0 is silence.
      f0: Hz at every sample, (..., n_samples), from 20 to sample_rate / 8.
      sample_rate: Hz.
      noise: turbulence of the jet, (..., n_samples), about 0.01 to 0.2; None for none.
        It adds to what starts every tone, the change of breath itself.
      cutoff: of the open end, Hz (see `_round_trip.bell_taps`).
      loss: what a period takes away, 0.02 to 0.2.
      end: how much of the wave the blown end throws back.
      jet: how far the jet moves.
      offset: of the jet from the edge, 0 to 0.5: even harmonics.
      reach: of the jet, in multiples of f0: brighter, and less safe, above 1.

    Returns:
      Flow, (..., n_samples).

    Raises:
      ValueError: if f0 is too high for the sample rate.

    Reference: M. Karjalainen, U. Laine, T. Laakso, V. Valimaki, "Transmission-Line
    Modeling and Real-Time Synthesis of String and Wind Instruments", 1991; P. R. Cook,
    "A Meta-Wind-Instrument Physical Model", 1992. Here the jet's delay is half a period
    by construction, and every filter's phase delay is counted.

    >>> y = flute(np.full(4000, 0.8), np.full(4000, 100.0), 8000)
    >>> bool(np.allclose(y[-80:], y[-160:-80], atol=0.05))
    True
    """
    breath, f0 = as_signal(breath, name="breath"), playable(f0, sample_rate, shortest=8)
    xp = array_namespace(breath, f0)
    noise = xp.zeros_like(breath) if noise is None else as_signal(noise, name="noise")
    same_length(f0, breath=breath, noise=noise)
    shape = np.broadcast_shapes(breath.shape, f0.shape, noise.shape)
    f0 = steady(xp.asarray(f0, dtype=breath.dtype))
    omega = 2.0 * np.pi * f0 / sample_rate
    middle = omega.mean(axis=-1, keepdims=True)
    cutoff, loss, end, jet, offset, reach = numbers_like(
        breath, cutoff=cutoff, loss=loss, end=end, jet=jet, offset=offset, reach=reach
    )
    pole = xp.exp(-reach * middle)
    gain = xp.sqrt(1.0 - 2.0 * pole * xp.cos(middle) + pole * pole)  # 1 at f0
    delays = 2.0 * np.pi / omega, 3.0 * np.pi / omega - pole_delay(pole, omega)
    lines = [bell_taps(delay, cutoff, sample_rate) for delay in delays]
    b = xp.broadcast_to(gain[..., 0], shape[:-1]).reshape(1, -1)
    a = xp.broadcast_to(-pole[..., 0], shape[:-1]).reshape(1, -1)
    b, a = xp.concatenate([b, 0.0 * b]), xp.concatenate([xp.ones_like(a), a])
    still = xp.tanh(offset)

    def step(state, past, now):
        moved, state = lfilter_rows(b, a, past[1], state)
        bent = xp.tanh(offset - jet * (1.0 - loss) * moved + now[1])
        y = end * (1.0 - loss) * past[0] + now[0] * (bent - still)
        return state, (y, y), y

    before = xp.concatenate([0.0 * breath[..., :1], breath[..., :-1]], axis=-1)
    noise = noise + (breath - before)
    rows = [xp.broadcast_to(s, shape).reshape(-1, shape[-1]) for s in (breath, noise)]
    return delay_loop(
        step,
        xp.zeros((1, rows[0].shape[0]), dtype=breath.dtype),
        tuple(rows),
        [as_rows(line, shape) for line in lines],
        longest=int(1.5 * sample_rate / LOWEST) + BELL,
    ).reshape(shape)


class Patch(NamedTuple):
    """A wind instrument and how it is blown."""

    pipe: str = "flute"  # or "clarinet"
    breath: float = 0.85  # at velocity 127
    noise: float = 0.05  # in the breath
    cutoff: float = 5000.0  # Hz
    loss: float = 0.05
    shape: float = 0.4  # a flute's offset, a clarinet's reed stiffness
    attack: float = 0.06  # seconds
    release: float = 0.1
    vibrato: float = 0.1  # of the breath, as a part
    vibrato_rate: float = 5.0  # Hz
    gain: float = 0.2


PRESETS = {
    "clarinet": Patch(
        "clarinet", 0.82, 0.02, 5200.0, 0.05, 0.3, 0.045, 0.06, 0.0, 5.0, 0.62
    ),
    "chalumeau": Patch(
        "clarinet", 0.82, 0.04, 4200.0, 0.05, 0.28, 0.07, 0.08, 0.02, 4.5, 0.58
    ),
    "flute": Patch("flute", 0.85, 0.04, 5000.0, 0.05, 0.4, 0.07, 0.1, 0.1, 5.2, 0.24),
    "recorder": Patch(
        "flute", 0.62, 0.015, 4500.0, 0.08, 0.15, 0.03, 0.05, 0.0, 5.0, 0.4
    ),
    "shakuhachi": Patch(
        "flute", 0.9, 0.3, 6500.0, 0.1, 0.45, 0.12, 0.2, 0.22, 4.2, 0.2
    ),
}


def voice(f0, held, sample_rate, *, velocity=100.0, patch="flute", noise=None):
    """Blow one note.

    Args:
      f0: Hz at every sample, (..., n_samples), release included.
      held: seconds for which it is blown, a number or (...,).
      sample_rate: Hz.
      velocity: 1 to 127: level, and with more breath also colour.
      patch: name of a preset or a `Patch`.
      noise: white noise in [-1, 1) of the breath, (..., n_samples); None for the same
        noise every time.

    Returns:
      Signal like f0.
    """
    patch = find_patch(patch, PRESETS)
    closed = one_of(patch.pipe, PIPES, name="patch.pipe") == "clarinet"
    f0 = playable(f0, sample_rate, shortest=16 if closed else 8)
    xp, n_samples = array_namespace(f0, held, velocity, *patch[1:]), f0.shape[-1]
    if noise is None:
        noise = np.random.default_rng(0).uniform(-1.0, 1.0, n_samples)
    noise = patch.noise * xp.asarray(noise, dtype=f0.dtype)
    t = xp.asarray(np.arange(n_samples) / sample_rate, dtype=f0.dtype)
    wave = xp.sin(2.0 * np.pi * t * patch.vibrato_rate) * ramp(t - 0.2, 0.4)
    held, velocity = numbers_like(f0, held=held, velocity=velocity)
    strength = velocity[..., None] / 127.0
    times = {"attack": patch.attack, "release": patch.release}
    level = adsr(held, n_samples, sample_rate, **times, sustain=1.0, release_curve=2.0)
    breath = patch.breath * (0.9 + 0.1 * strength) * level
    breath = breath * (1.0 + patch.vibrato * wave)
    pipe = {"cutoff": patch.cutoff, "loss": patch.loss}
    if closed:
        breath, reed = breath * (1.0 + noise), patch.shape
        y = clarinet(breath, f0, sample_rate, stiffness=reed, **pipe)
    else:
        y = flute(breath, f0, sample_rate, noise=noise, offset=patch.shape, **pipe)
    y = _without_constant(y, f0, sample_rate)
    return patch.gain * velocity_gain(velocity)[..., None] * y


def _without_constant(y, f0, sample_rate):
    """A high-pass two octaves below the note: breath itself is not heard."""
    xp = array_namespace(y)
    pole = xp.exp(-0.5 * np.pi * f0 / sample_rate)
    before = xp.concatenate([xp.zeros_like(y[..., :1]), y[..., :-1]], axis=-1)
    return linear_recursion((-pole,), y - before)


def tail(patch="flute"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release) + 0.1


def play(notes, sample_rate, *, patch="flute", rng=0, **options):
    """Play notes on a wind instrument; see `dsplab.synths.notes.play_notes`.

    >>> y = play([(0.0, 0.3, 69)], 8000, patch="clarinet")
    >>> bool(0.05 < np.abs(y).max() < 0.5)
    True
    """
    patch = find_patch(patch, PRESETS)
    options = {"patch": patch, "tail": tail(patch), "rng": rng} | options
    return play_notes(voice, notes, sample_rate, **options)
