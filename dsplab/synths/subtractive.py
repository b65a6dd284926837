"""Subtractive synthesis: bright waves, and a filter that takes away what is too much.

Oscillators, a filter and an amplifier in a row, as in the Minimoog; two envelopes and a
slow wave turn their knobs while the note sounds.
"""

from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, one_of
from dsplab._array import array_namespace, computed_once, is_array
from dsplab.filters.design import KINDS, Q_FLAT
from dsplab.filters.ladder import OUTPUTS, ladder
from dsplab.filters.time_varying import state_variable
from dsplab.sources.envelopes import adsr
from dsplab.sources.modulation import lfo
from dsplab.sources.oscillators import oscillator
from dsplab.sources.sync import sync_oscillator
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

PEAK = 0.5  # of a note at velocity 127, about
MIDDLE_C = 261.6256  # Hz, where key tracking leaves the cutoff alone
RESONANT = 64.0  # the q of a state-variable filter at resonance 1, over that at 0
GOLDEN = 0.618034  # of a cycle, between the phases of players: never two alike


class Patch(NamedTuple):
    """What one can turn. Numbers may be arrays (to be learned, or one a note).

    The names and whole numbers say which circuit it is, and stay what they are.
    """

    shape: str = "saw"  # of oscillator 1
    shape_2: str = "saw"
    synced: bool = False  # 1 starts 2 anew: no pulse then; pitch_2 is its timbre
    unison: int = 1  # players, each with both oscillators
    filter: str = "lowpass24"  # a kind of `filters.ladder` or `time_varying`
    lfo_shape: str = "triangle"
    level: Any = 1.0  # of oscillator 1
    level_2: Any = 0.0
    sub: Any = 0.0  # level of a square an octave below
    noise: Any = 0.0  # level
    width: Any = 0.5  # of pulses
    pitch_2: Any = 0.0  # semitones from oscillator 1
    spread_cents: Any = 0.0  # between the lowest and the highest player
    cutoff: Any = 1000.0  # Hz, for middle C, played as loud as can be
    resonance: Any = 0.0  # 0 to 1
    drive: Any = None  # of the ladder's saturation
    key_tracking: Any = 0.5  # octaves of cutoff for an octave of pitch
    cutoff_octaves: Any = 0.0  # what the filter's envelope adds
    cutoff_velocity: Any = 1.0  # octaves less when played as softly as can be
    cutoff_attack: Any = 0.005  # seconds
    cutoff_decay: Any = 0.3
    cutoff_sustain: Any = 0.3
    cutoff_release: Any = 0.3
    attack: Any = 0.005  # of the loudness
    decay: Any = 0.2
    sustain: Any = 0.8
    release: Any = 0.15
    lfo_hz: Any = 5.0
    lfo_fade: Any = 0.0  # seconds until it is complete
    lfo_cents: Any = 0.0  # vibrato: both oscillators
    lfo_pitch_2: Any = 0.0  # semitones: of oscillator 2 alone
    lfo_width: Any = 0.0
    lfo_octaves: Any = 0.0  # of cutoff
    glide: Any = 0.0  # seconds of slide from note to note
    volume: Any = 1.0


PRESETS = {
    "bass": Patch(
        shape_2="square", level_2=0.6, pitch_2=-0.06, sub=0.7, cutoff=180.0,
        resonance=0.45, cutoff_octaves=3.3, cutoff_decay=0.22, cutoff_sustain=0.1,
        decay=0.4, sustain=0.7, release=0.09, key_tracking=0.4,
        volume=1.15,
    ),
    "acid": Patch(
        filter="lowpass18", cutoff=160.0, resonance=0.86, drive=1.0, key_tracking=0.2,
        cutoff_octaves=3.4, cutoff_attack=0.003, cutoff_decay=0.2, cutoff_sustain=0.0,
        attack=0.003, decay=0.25, sustain=0.6, release=0.05, glide=0.06,
        volume=0.7,
    ),
    "lead": Patch(
        level_2=0.8, pitch_2=0.09, cutoff=1400.0, resonance=0.35, cutoff_octaves=1.6,
        cutoff_decay=0.6, cutoff_sustain=0.5, attack=0.01, sustain=0.85, release=0.2,
        lfo_hz=5.6, lfo_fade=0.6, lfo_cents=18.0, glide=0.05, key_tracking=0.7,
    ),
    "sync lead": Patch(
        synced=True, level=0.15, level_2=1.0, pitch_2=22.0, filter="lowpass12",
        cutoff=6000.0, resonance=0.1, lfo_hz=0.35, lfo_pitch_2=9.0, attack=0.01,
        release=0.15, key_tracking=0.6,
    ),
    "pad": Patch(
        unison=5, spread_cents=26.0, level_2=0.7, pitch_2=-12.0, filter="lowpass",
        cutoff=700.0, resonance=0.1, cutoff_octaves=1.3, cutoff_attack=1.1,
        cutoff_decay=2.0, cutoff_sustain=0.6, cutoff_release=1.2, attack=0.6,
        decay=1.0, sustain=0.85, release=1.2, lfo_hz=0.25, lfo_octaves=0.35,
        volume=0.55,
    ),
    "strings": Patch(
        shape="pulse", shape_2="saw", level=0.7, level_2=0.8, unison=4,
        spread_cents=18.0, width=0.4, lfo_hz=4.7, lfo_width=0.06, lfo_cents=5.0,
        lfo_fade=0.5, filter="lowpass", cutoff=3200.0, resonance=0.02, attack=0.18,
        sustain=0.95, release=0.35, key_tracking=0.4, cutoff_velocity=1.5,
        volume=0.48,
    ),
    "brass": Patch(
        level_2=0.8, pitch_2=0.05, cutoff=450.0, resonance=0.15, cutoff_octaves=3.0,
        cutoff_attack=0.07, cutoff_decay=0.4, cutoff_sustain=0.72, cutoff_release=0.12,
        attack=0.04, sustain=0.9, release=0.12, lfo_hz=5.2, lfo_fade=0.9,
        lfo_cents=7.0, cutoff_velocity=2.0, key_tracking=0.6, noise=0.015,
        volume=1.2,
    ),
    "pluck": Patch(
        shape_2="pulse", width=0.3, level_2=0.7, pitch_2=12.0, filter="lowpass12",
        cutoff=320.0, resonance=0.3, cutoff_octaves=4.2, cutoff_attack=0.001,
        cutoff_decay=0.35, cutoff_sustain=0.0, cutoff_release=0.3, attack=0.001,
        decay=0.9, sustain=0.0, release=0.3, key_tracking=0.8,
        volume=0.78,
    ),
}  # fmt: skip


def voice(f0, held, sample_rate, *, velocity=100.0, patch="bass", noise=None):
    """Play one note.

        y = amplifier(t) filter(mixture(t), cutoff(t)),
        cutoff(t) = cutoff 2^(tracking + envelope + velocity + slow wave)

    To find a patch by gradient descent, put arrays for its numbers: inside the function
    that is differentiated, patch._replace(cutoff=c, resonance=r).

    Args:
      f0: Hz at every sample, release included, shape (..., n_samples).
      held: seconds for which the key is down, a number or an array (...).
      sample_rate: Hz.
      velocity: 1 to 127: louder, and brighter.
      patch: a name of `PRESETS`, or a `Patch`; its numbers may have the shape (...).
      noise: white noise in [-1, 1), like f0, for a patch that has noise in it.

    Returns:
      Signal like f0.

    Reference:
      R. Moog, Voltage-controlled electronic music modules, JAES 13(3), 1965.

    >>> voice(np.full(2000, 110.0), 0.2, 8000, patch="bass").shape
    (2000,)
    """
    f0 = as_signal(f0, name="f0")
    patch = find_patch(patch, PRESETS)
    arrays = [part for part in (held, velocity, noise, *patch) if is_array(part)]
    xp = array_namespace(f0, *arrays)
    f0 = xp.asarray(f0)
    held, velocity = (
        xp.asarray(as_values(value, name=name), dtype=f0.dtype)
        for name, value in (("held", held), ("velocity", velocity))
    )
    columns = _columns(patch, f0)
    wave = _slow_wave(columns, f0, sample_rate)
    x = _mixture(columns, f0, wave, sample_rate)
    if not _off(patch.noise):
        x = x + columns.noise * _checked_noise(noise, f0)
    times = [getattr(patch, f"cutoff_{name}") for name in _STAGES]
    bend = _envelope(held, f0, sample_rate, times)
    softness = 1.0 - velocity[..., None] / 127.0
    octaves = columns.cutoff_octaves * bend + columns.lfo_octaves * wave
    octaves = octaves - columns.cutoff_velocity * softness
    octaves = octaves + columns.key_tracking * xp.log2(xp.maximum(f0, 1.0) / MIDDLE_C)
    cutoff = columns.cutoff * 2.0**octaves
    y = _filtered(columns, computed_once(x), computed_once(cutoff), sample_rate)
    loudness = _envelope(
        held, f0, sample_rate, [getattr(patch, name) for name in _STAGES]
    )
    level = PEAK * velocity_gain(velocity)[..., None] * columns.volume
    return (y * loudness * level).astype(f0.dtype)


_STAGES = ("attack", "decay", "sustain", "release")
_CIRCUIT = ("shape", "shape_2", "synced", "unison", "filter", "lfo_shape")


def _columns(patch, like):
    """The patch with its numbers as arrays (..., 1), which meet the samples."""
    xp = array_namespace(like, *filter(is_array, patch))

    def column(name, value):
        if name in _CIRCUIT or value is None or _off(value):
            return value
        return xp.asarray(as_values(value, name=name), dtype=like.dtype)[..., None]

    return Patch(*(column(*item) for item in patch._asdict().items()))


def _off(value):
    """Whether a knob is at 0 for good: what it turns is not computed."""
    return isinstance(value, int | float) and value == 0


def _slow_wave(patch, f0, sample_rate):
    """The LFO, like f0; or 0 where it moves nothing."""
    knobs = (patch.lfo_cents, patch.lfo_pitch_2, patch.lfo_width, patch.lfo_octaves)
    if all(_off(knob) for knob in knobs):
        return 0.0
    rate = patch.lfo_hz + 0.0 * f0
    fade = 0.0 if _off(patch.lfo_fade) else patch.lfo_fade[..., 0]
    return computed_once(lfo(rate, sample_rate, shape=patch.lfo_shape, fade=fade))


def _mixture(patch, f0, wave, sample_rate):
    """Both oscillators of every player, and the one below; peaks at about 1."""
    xp, n = array_namespace(f0), patch.unison
    bend = patch.lfo_cents * wave / 1200.0
    f0 = f0 if _off(patch.lfo_cents) else f0 * 2.0**bend
    players, width = f0, patch.width + patch.lfo_width * wave
    starts = GOLDEN * np.arange(n) % 1.0
    if n > 1:
        place = xp.asarray(np.arange(n) / (n - 1) - 0.5, dtype=f0.dtype)[:, None]
        cents = place * (patch.spread_cents if _off(patch.spread_cents)
                         else patch.spread_cents[..., None, :])  # fmt: skip
        players = f0[..., None, :] * 2.0 ** (cents / 1200.0)
        width = width[..., None, :]
        starts = xp.asarray(starts, dtype=f0.dtype)[:, None]
    else:
        starts = starts[0]
    y = 0.0 * f0
    for level, sound in (
        (patch.level, lambda: _first(patch, players, width, starts, sample_rate)),
        (patch.level_2, lambda: _second(patch, players, wave, width, starts,
                                        sample_rate)),
    ):  # fmt: skip
        if not _off(level):
            waves = sound()
            y = y + level * (waves.sum(axis=-2) / n**0.5 if n > 1 else waves)
    if not _off(patch.sub):
        y = y + patch.sub * oscillator(0.5 * f0, sample_rate, shape="square")
    total = patch.level + patch.level_2 + patch.sub + patch.noise
    return y / total


def _first(patch, f0, width, starts, sample_rate):
    return oscillator(f0, sample_rate, shape=patch.shape, width=width, start=starts)


def _second(patch, f0, wave, width, starts, sample_rate):
    semitones = patch.pitch_2 + patch.lfo_pitch_2 * wave
    if not _off(semitones):
        between = semitones[..., None, :] if patch.unison > 1 else semitones
        other = f0 * 2.0 ** (between / 12.0)
    else:
        other = f0
    if patch.synced:
        return sync_oscillator(f0, other, sample_rate, shape=patch.shape_2)
    starts = (starts + 0.25) % 1.0
    return oscillator(other, sample_rate, shape=patch.shape_2, width=width,
                      start=starts)  # fmt: skip


def _checked_noise(noise, f0):
    if noise is None:
        raise ValueError("noise must be given for this patch: rng.uniform(-1, 1, n)")
    noise = as_signal(noise, name="noise")
    if noise.shape[-1] != f0.shape[-1]:
        raise ValueError(
            f"noise must be as long as f0, {f0.shape[-1]} samples, got {noise.shape}"
        )
    return array_namespace(f0, noise).asarray(noise, dtype=f0.dtype)


def _envelope(held, f0, sample_rate, times):
    named = dict(zip(_STAGES, times, strict=True))
    return adsr(held, f0.shape[-1], sample_rate, **named)


def _filtered(patch, x, cutoff, sample_rate):
    one_of(patch.filter, (*OUTPUTS, *KINDS), name="filter")
    if patch.filter in OUTPUTS:
        options = {"resonance": patch.resonance, "drive": patch.drive}
        y = ladder(x, cutoff, sample_rate, kind=patch.filter, **options)
        return y * (1.0 + 2.0 * patch.resonance)  # half of what feedback takes away
    q = Q_FLAT * RESONANT**patch.resonance
    return state_variable(x, cutoff, sample_rate, kind=patch.filter, q=q)


def tail(patch="bass"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release)


def play(notes, sample_rate, *, patch="bass", rng=0, **options):
    """Play a piece: notes, or rows (onset, duration, pitch[, velocity]).

    The options (bend, glide, polyphony) are those of `synths.notes.play_notes`; rng
    draws the noise.

    >>> play([(0.0, 0.1, 36), (0.1, 0.1, 48)], 8000, patch="bass").shape
    (2321,)
    """
    patch = find_patch(patch, PRESETS)
    options = {"glide": patch.glide, **options}
    if not _off(patch.noise):
        options["rng"] = rng
    return play_notes(
        voice, notes, sample_rate, patch=patch, tail=tail(patch), **options
    )
