"""Additive synthesis: a sound as the sum of its partials, each with its own life.

Three things make the timbre: where the partials lie (multiples of the fundamental, a
stiff string's, a bell's), how strong they are (a slope, drawbars, the formants of a
vowel), and how each begins and dies away.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values
from dsplab._array import array_namespace, is_array
from dsplab.filters.formants import vowel
from dsplab.sources.envelopes import adsr, ramp
from dsplab.sources.modulation import lfo
from dsplab.sources.partials import sum_partials
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

PEAK = 0.5  # of a note at velocity 127
HOP = 256  # samples between the frames in which levels are given


class Patch(NamedTuple):
    """What one can turn. Times in seconds; numbers may be arrays, to be learned."""

    n_partials: int = 32
    tilt_db: Any = -6.0  # per octave above the fundamental
    even: Any = 1.0  # level of the even partials: 0 for a stopped pipe
    levels: Any = None  # one for each partial, on top of the tilt
    ratios: Any = None  # to the fundamental, where not 1, 2, 3, ...
    inharmonicity: Any = None  # B of a stiff string: k sqrt(1 + B k^2)
    vowel: str | None = None  # formants, such as "a" (see `filters.formants`)
    transpose: Any = 0.0  # semitones
    attack: Any = 0.01
    decay: Any = 0.1
    sustain: Any = 1.0
    release: Any = 0.1
    bloom: Any = 0.0  # the highest partial is complete this much later
    t60: Any = None  # partials die away: the first in this time,
    damping: Any = 0.0  # partial k in t60 / k^damping; or one number for each in `t60`
    unison: int = 1  # players
    detune_cents: Any = 8.0  # between the lowest and the highest of them
    vibrato_cents: Any = 0.0
    vibrato_hz: Any = 5.5
    vibrato_delay: Any = 0.3  # seconds until it is complete
    dynamics_db: Any = 3.0  # more tilt when played as softly as possible


def drawbars(registration):
    """Levels of the partials of an organ with nine drawbars, from "888000000".

    The drawbars are pipes of 16, 5 1/3, 8, 4, 2 2/3, 2, 1 3/5, 1 1/3 and 1 foot: the
    harmonics 1, 3, 2, 4, 6, 8, 10, 12 and 16 of a tone an octave below the key. Pulled
    out by one step, a pipe is 3 dB louder; 8 is all, 0 is silent.

    Args:
      registration: nine digits from 0 to 8; spaces do not matter.

    Returns:
      Levels of the 16 harmonics, a tuple.

    >>> [round(level, 3) for level in drawbars("80 8600 000")[:4]]
    [1.0, 1.0, 0.0, 0.501]
    """
    steps = registration.replace(" ", "") if isinstance(registration, str) else ""
    if len(steps) != 9 or set(steps) - set("012345678"):
        raise ValueError(
            f"registration must be nine digits from 0 to 8, got {registration!r}"
        )
    levels = [0.0] * 16
    for harmonic, step in zip((1, 3, 2, 4, 6, 8, 10, 12, 16), steps, strict=True):
        levels[harmonic - 1] = 10 ** (3 * (int(step) - 8) / 20) if step != "0" else 0.0
    return tuple(levels)


# Risset's bell; where he adds 1 and 1.7 Hz, so that the pairs beat, stand ratios here
BELL_RATIOS = (
    0.56, 0.5625, 0.92, 0.9239, 1.19, 1.7, 2.0, 2.74, 3.0, 3.76, 4.07,
)  # fmt: skip
BELL_LEVELS = (1.0, 0.67, 1.0, 1.8, 2.67, 1.67, 1.46, 1.33, 1.33, 1.0, 1.33)
BELL_TIMES = (1.0, 0.9, 0.65, 0.55, 0.325, 0.35, 0.25, 0.2, 0.15, 0.1, 0.075)

PRESETS = {
    "organ": Patch(
        n_partials=16, tilt_db=0.0, levels=drawbars("888604003"), transpose=-12.0,
        attack=0.006, release=0.03, dynamics_db=0.0, vibrato_cents=6.0, vibrato_hz=6.7,
    ),
    "bell": Patch(
        n_partials=11, tilt_db=0.0, levels=BELL_LEVELS, ratios=BELL_RATIOS,
        attack=0.002, release=4.0, t60=tuple(9.0 * t for t in BELL_TIMES),
    ),
    "choir": Patch(
        n_partials=80, tilt_db=-9.0, vowel="a", unison=4, detune_cents=24.0,
        attack=0.25, release=0.4, bloom=0.15, vibrato_cents=25.0, vibrato_delay=0.8,
    ),
    "clarinet": Patch(
        n_partials=24, tilt_db=-7.0, even=0.08, attack=0.04, decay=0.15, sustain=0.85,
        release=0.08, bloom=0.04,
    ),
    "brass": Patch(
        n_partials=40, tilt_db=-5.0, attack=0.05, decay=0.2, sustain=0.8, release=0.12,
        bloom=0.18, vibrato_cents=8.0, vibrato_delay=0.9, dynamics_db=7.0,
    ),
    "piano": Patch(
        n_partials=40, tilt_db=-8.0, inharmonicity=4e-4, attack=0.002, release=0.25,
        t60=9.0, damping=0.6, dynamics_db=6.0,
    ),
}  # fmt: skip


def voice(f0, held, sample_rate, *, velocity=100.0, patch="organ"):
    """Play one note.

    Args:
      f0: Hz at every sample, release included, (..., n_samples).
      held: seconds for which the key is down.
      sample_rate: Hz.
      velocity: 1 to 127: louder, and brighter.
      patch: a name of `PRESETS`, or a `Patch`.

    Returns:
      Signal like f0.

    >>> voice(np.full(2000, 220.0), 0.02, 8000, patch="bell").shape
    (2000,)
    """
    f0 = as_signal(f0, name="f0")
    patch = find_patch(patch, PRESETS)
    xp = array_namespace(f0, held, velocity, *filter(is_array, patch))
    held, velocity = (
        xp.asarray(as_values(value, name=name), dtype=f0.dtype)
        for name, value in (("held", held), ("velocity", velocity))
    )
    ratios = _ratios(patch, xp.asarray(f0))
    f0, starts = _players(
        xp.asarray(f0), sample_rate, patch
    )  # (..., unison, n_samples)
    frames = f0[..., ::HOP]
    levels = _spectrum(frames, ratios, velocity, patch)
    levels = levels * _lives(frames, sample_rate, patch)  # (..., unison, n, n_frames)
    harmonic = patch.ratios is None and patch.inharmonicity is None
    options = {"starts": starts, "hop_length": HOP}
    options["ratios"] = None if harmonic else ratios
    y = sum_partials(f0, levels, sample_rate, **options).mean(axis=-2)
    shape = {"attack": patch.attack, "decay": patch.decay, "sustain": patch.sustain}
    level = adsr(held, y.shape[-1], sample_rate, release=patch.release, **shape)
    return y * level * (PEAK * velocity_gain(velocity))[..., None]


def _ratios(patch, like):
    xp = array_namespace(like)
    k = xp.arange(1, patch.n_partials + 1, dtype=like.dtype)
    if patch.ratios is not None:
        return _one_each(patch.ratios, like)
    if patch.inharmonicity is None:
        return k
    return k * xp.sqrt(1.0 + patch.inharmonicity * k * k)


def _one_each(values, like):
    """A number, or one for each partial, as an array."""
    if isinstance(values, list | tuple):
        values = array_namespace(*values, like).stack([as_values(v) for v in values])
    return array_namespace(like, values).asarray(as_values(values), dtype=like.dtype)


def _players(f0, sample_rate, patch):
    """Each player's pitch, (..., unison, n_samples), and phases, (unison, n)."""
    n, xp = patch.unison, array_namespace(f0)
    place = np.arange(n) / max(n - 1, 1) - (0.5 if n > 1 else 0.0)
    cents = patch.detune_cents * xp.asarray(place, dtype=f0.dtype)[:, None]
    if not (isinstance(patch.vibrato_cents, float) and patch.vibrato_cents == 0.0):
        rate = patch.vibrato_hz * xp.ones((n, f0.shape[-1]), dtype=f0.dtype)
        start = np.arange(n)[:, None] / n
        wave = lfo(rate, sample_rate, start=start, fade=patch.vibrato_delay)
        cents = cents + patch.vibrato_cents * wave
    f0 = f0[..., None, :] * 2.0 ** (patch.transpose / 12.0 + cents / 1200.0)
    k = np.arange(patch.n_partials)
    starts = k * (k + 1) / (2.0 * patch.n_partials)  # or all would peak together
    return f0, (starts + np.arange(n)[:, None] * 0.381966) % 1.0


def _spectrum(f0, ratios, velocity, patch):
    """Levels at frames of f0, (..., unison, n_frames): (..., unison, n, n_frames)."""
    xp = array_namespace(f0, ratios, velocity)
    tilt = patch.tilt_db - patch.dynamics_db * (1.0 - velocity[..., None] / 127.0)
    levels = 10.0 ** (tilt * xp.log2(ratios) / 20.0)  # (..., n)
    is_even = np.arange(1, patch.n_partials + 1) % 2 == 0
    levels = levels * xp.where(is_even, patch.even, 1.0)
    if patch.levels is not None:
        levels = levels * _one_each(patch.levels, f0)
    levels = levels[..., None, :, None].astype(f0.dtype)
    if patch.vowel is not None:
        levels = levels * _formants(f0[..., None, :] * ratios[:, None], patch.vowel)
    total = xp.abs(levels).sum(axis=-2, keepdims=True)
    power = (levels**2).sum(axis=-2, keepdims=True)
    loudest = xp.minimum(total, 2.0 * xp.sqrt(power))  # about the peak of the sum
    return levels / loudest.mean(axis=-1, keepdims=True)


def _formants(frequency, name):
    """Gain of a throat: resonances in a row, 1 at 0 Hz."""
    gain = 1.0
    for centre, bandwidth in zip(*vowel(name, voice="woman"), strict=True):
        real, imaginary = centre**2 - frequency**2, bandwidth * frequency
        gain = (
            gain * centre**2 / array_namespace(frequency).sqrt(real**2 + imaginary**2)
        )
    return gain


def _lives(frames, sample_rate, patch):
    """How far each partial has come in and died away: (n, n_frames)."""
    xp, n = array_namespace(frames, *filter(is_array, patch)), patch.n_partials
    t = xp.arange(frames.shape[-1], dtype=frames.dtype) * (HOP / sample_rate)
    k = xp.arange(n, dtype=frames.dtype)[:, None]
    lives = ramp(t, patch.bloom * k / max(n - 1, 1))
    if patch.t60 is None:
        return lives
    t60 = _one_each(patch.t60, frames)
    t60 = t60[:, None] if t60.ndim else t60 / (k + 1.0) ** patch.damping
    return lives * xp.exp(t * (-3.0 * math.log(10.0)) / t60)


def tail(patch="organ"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release)


def play(notes, sample_rate, *, patch="organ", **options):
    """Play a piece: notes, or rows (onset, duration, pitch[, velocity]).

    The options (bend, glide, polyphony) are those of `synths.notes.play_notes`.

    >>> play([(0.0, 0.1, 60), (0.1, 0.1, 64)], 8000, patch="clarinet").shape
    (2240,)
    """
    patch = find_patch(patch, PRESETS)
    return play_notes(
        voice, notes, sample_rate, patch=patch, tail=tail(patch), **options
    )
