"""Wavetable synthesizer: a voice that walks through a row of waves as it sounds.

An envelope and a low-frequency oscillator move the place between the first and the last
wave; two or more oscillators, slightly apart, make it wide.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, positive
from dsplab._array import array_namespace
from dsplab.sources.envelopes import adsr
from dsplab.sources.modulation import lfo
from dsplab.sources.wavetable import make_tables, wavetable_oscillator
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

PEAK = 0.33
N_HARMONICS = 256
FORMANTS = {  # Hz, of a man's vowels: Peterson and Barney, 1952, rounded
    "u": (300, 870, 2240),
    "o": (570, 840, 2410),
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
}
VOICE_F0 = 130.0  # Hz, of the voice whose vowels the tables hold


class Patch(NamedTuple):
    """What one can turn. Times in seconds; numbers may be arrays, to be learned."""

    waves: Any = "classic"  # a name of `WAVES`, or tables from `make_tables`
    position: Any = 0.0  # 0 first wave, 1 last
    sweep: Any = 0.0  # by how much the envelope of the position moves it
    sweep_attack: Any = 0.01
    sweep_decay: Any = 1.0
    lfo_hz: Any = 0.3
    lfo_depth: Any = 0.0
    unison: int = 2
    detune_cents: Any = 10.0  # between the outermost of them
    vibrato_cents: Any = 0.0
    vibrato_hz: Any = 5.2
    attack: Any = 0.01
    decay: Any = 0.3
    sustain: Any = 0.8
    release: Any = 0.2


def _partials(levels):
    """Cycles with these levels of sines, (n_frames, n_harmonics), of equal energy."""
    levels = np.asarray(levels, dtype=float)
    levels = levels / np.sqrt((levels**2).sum(axis=-1, keepdims=True))
    spectrum = np.zeros((len(levels), 2 * N_HARMONICS + 1), dtype=complex)
    spectrum[:, 1 : levels.shape[-1] + 1] = -1j * levels
    cycles = np.fft.irfft(spectrum, axis=-1)
    return cycles / np.abs(cycles).max(axis=-1, keepdims=True)


def _classic():
    """Sine, triangle, square, saw, and pulses that get narrower."""
    k = np.arange(1, N_HARMONICS + 1)
    odd = k % 2
    waves = [1.0 * (k == 1), odd * np.sin(np.pi * k / 2) / k**2, odd / k, 1.0 / k]
    waves += [np.sin(np.pi * k * width) / k for width in (0.3, 0.15, 0.07)]
    return _partials(waves)


def _vowels():
    """u o a e i, as sung by a low voice: harmonics under three formants."""
    f = VOICE_F0 * np.arange(1, 41)
    levels = []
    for formants in FORMANTS.values():
        resonances = [1.0 / (1.0 + ((f - c) / (60 + 0.04 * c)) ** 2) for c in formants]
        levels.append(sum(r / (1 + k) for k, r in enumerate(resonances)))
    return _partials(levels)


def _bells():
    """A sine that gains sparse high harmonics, as glass does."""
    levels = np.zeros((8, 32))
    levels[:, 0] = 1.0
    levels[:, [2, 6, 9, 15, 22]] = np.linspace(0.0, 0.7, 8)[:, None]
    return _partials(levels)


def _swarm():
    """Sixteen spectra drawn by chance, each a little like its neighbours."""
    rng = np.random.default_rng(3)
    k = np.arange(1, 65)
    levels = rng.uniform(0.0, 1.0, (16, 64)) ** 3
    return _partials((levels + np.roll(levels, 1, axis=0)) / k**0.7)


WAVES = {"classic": _classic, "vowels": _vowels, "bells": _bells, "swarm": _swarm}

PRESETS = {
    "sweep": Patch(
        waves="classic", position=0.25, sweep=0.75, sweep_decay=2.5, sustain=0.7,
    ),
    "talking": Patch(
        waves="vowels", position=0.5, lfo_hz=0.9, lfo_depth=0.5, vibrato_cents=18.0,
        unison=1, attack=0.04, sustain=1.0,
    ),
    "glass": Patch(
        waves="bells", sweep=1.0, sweep_attack=0.001, sweep_decay=2.0, attack=0.002,
        decay=2.5, sustain=0.0, release=0.8, detune_cents=5.0,
    ),
    "swarm": Patch(
        waves="swarm", lfo_hz=0.11, lfo_depth=0.5, position=0.5, unison=4,
        detune_cents=22.0, attack=0.5, sustain=1.0, release=1.0,
    ),
}  # fmt: skip


def voice(f0, held, sample_rate, *, velocity=100.0, patch="sweep"):
    """Play one note.

    Args:
      f0: Hz at every sample, release included, (..., n_samples).
      held: seconds for which the key is down.
      sample_rate: Hz.
      velocity: 1 to 127: louder, and further into the row of waves.
      patch: a name of `PRESETS`, or a `Patch`.

    Returns:
      Signal like f0.

    >>> voice(np.full(2000, 220.0), 0.2, 8000, patch="glass").shape
    (2000,)
    """
    f0 = as_signal(f0, name="f0")
    patch = find_patch(patch, PRESETS)
    positive(sample_rate, name="sample_rate")
    tables = _house_tables(patch.waves) if isinstance(patch.waves, str) else patch.waves
    xp = array_namespace(f0, held, velocity, tables)
    f0, n = xp.asarray(f0), f0.shape[-1]
    held, velocity = (
        xp.asarray(as_values(value, name=name), dtype=f0.dtype)
        for name, value in (("held", held), ("velocity", velocity))
    )
    place = _place(f0, held, velocity, sample_rate, patch)
    tables = xp.asarray(tables, dtype=f0.dtype)
    y = 0.0
    for player in range(patch.unison):
        share = player / max(patch.unison - 1, 1) - (0.5 if patch.unison > 1 else 0.0)
        cents = patch.detune_cents * share + _vibrato(f0, sample_rate, patch, player)
        f = f0 * 2.0 ** (cents / 1200.0)
        start = (player * 0.381966) % 1.0
        y = y + wavetable_oscillator(
            f, tables, sample_rate, position=place, start=start
        )
    shape = {"attack": patch.attack, "decay": patch.decay, "sustain": patch.sustain}
    level = adsr(held, n, sample_rate, release=patch.release, **shape)
    gain = PEAK / (0.5 + 0.5 * patch.unison) * velocity_gain(velocity)
    return y * (xp.asarray(level, dtype=f0.dtype) * gain[..., None])


def _place(f0, held, velocity, sample_rate, patch):
    """Which wave, at every sample."""
    xp = array_namespace(f0)
    times = {"attack": patch.sweep_attack, "decay": patch.sweep_decay, "release": 1e-3}
    n = f0.shape[-1]
    moved = adsr(n / sample_rate + 0.0 * held, n, sample_rate, sustain=0.0, **times)
    wave = lfo(xp.zeros_like(f0) + patch.lfo_hz, sample_rate)
    strength = 0.5 + 0.5 * velocity[..., None] / 127.0
    place = patch.position + patch.sweep * strength * moved + patch.lfo_depth * wave
    return xp.clip(place, 0.0, 1.0).astype(f0.dtype)


def _vibrato(f0, sample_rate, patch, player):
    """Cents, growing in half a second."""
    if isinstance(patch.vibrato_cents, float) and patch.vibrato_cents == 0.0:
        return 0.0
    rate = array_namespace(f0).zeros_like(f0) + patch.vibrato_hz
    return patch.vibrato_cents * lfo(rate, sample_rate, start=0.3 * player, fade=0.5)


@functools.cache
def _house_tables(name):
    return make_tables(WAVES[name]())


def tail(patch):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release)


def play(notes, sample_rate, *, patch="sweep", **options):
    """Play notes; options as for `play_notes` (bend, glide, polyphony).

    >>> play([(0.0, 0.1, 60.0)], 8000, patch="talking").ndim
    1
    """
    options = {"tail": tail(patch), **options}
    return play_notes(
        voice, notes, sample_rate, patch=find_patch(patch, PRESETS), **options
    )
