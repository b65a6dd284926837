"""Yamaha DX7: six operators, 32 ways to connect them, and the sound of a decade.

Six sines, each with an envelope of its own, modulate each other's phase as one of 32
algorithms says. This plays the voices that its owners have programmed since 1983 (read
them with `dsplab.formats.dx7.read_sysex`) as the instrument does: its tables, its
envelopes on a logarithmic scale, its scalings over the keyboard, LFO and pitch
envelope. Where its converters would add noise, this adds none.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive, require
from dsplab._array import array_namespace, wrapped_cumsum
from dsplab.convert import hz_to_midi
from dsplab.formats.dx7 import Operator
from dsplab.sources.phasor import fractional_part
from dsplab.synths import _dx7_algorithms, _dx7_envelopes, _dx7_levels, _dx7_lfo
from dsplab.synths._dx7_algorithms import ALGORITHMS
from dsplab.synths._dx7_patches import BANK
from dsplab.synths.notes import find_patch, play_notes

PRESETS = {patch.name.lower(): patch for patch in BANK}


LONGEST = 10.0  # seconds after its key, no voice sounds longer
FADE = 1.0  # seconds in which one that would is faded out


def voice(
    f0,
    held,
    sample_rate,
    *,
    velocity=100.0,
    patch="e piano",
    wheel=0.0,
    tremolo_wheel=0.0,
    onset=0.0,
):
    """Play one note.

    Args:
      f0: Hz at every sample, release included, (..., n_samples). The first one is the
        key's: scalings and detuning go by it, the rest is pitch bend.
      held: seconds for which the key is down, a number or an array (...).
      sample_rate: Hz. Everything that moves slowly moves once in a block of 64 samples
        at 44.1 kHz, and in as long a block, nearly, at other rates.
      velocity: 1 to 127: as loud and as bright as the operators' sensitivity says.
      patch: a name of `PRESETS`, or a `Patch`, whose numbers may be arrays () to be
        learned: between the whole numbers all laws are straight lines. Its algorithm
        and its wave are whole numbers.
      wheel: 0 to 1, how far a modulation wheel opens the LFO's way to the pitch; a
        number or a curve like f0.
      tremolo_wheel: the same for its way to the levels.
      onset: seconds at which the key goes down: where an LFO and oscillators are that
        do not begin anew with each key.

    Returns:
      Signal like f0. Its peak is at most 0.5 at full level, and 0.92 where the touch
      adds all that it can. What is beyond half the sampling rate comes back, as in the
      instrument.

    Reference:
      Chowning and Bristow, "FM Theory and Applications", Yamaha, 1986. Tables and laws:
      measurements by the authors of its software successors (Levien's msfa, Gauthier's
      Dexed). Several carriers are together as loud as one, as in the instrument.

    >>> voice(np.full(800, 220.0), 0.05, 8000).shape
    (800,)
    """
    f0 = as_signal(f0, name="f0")
    require(f0 > 0.0, "f0 must be positive at every sample")
    patch = _checked(find_patch(patch, PRESETS))
    xp = array_namespace(f0, held, velocity, onset, wheel, *_numbers(patch))
    f0 = xp.asarray(f0)
    key = _key(f0, held, sample_rate, velocity=velocity, onset=onset)
    wheels = [_in_blocks(w, key, f0) for w in (wheel, tremolo_wheel)]
    op = _columns(patch.operators, f0)
    lfo = _lfo(patch, key)
    levels = _levels(op, key, patch)
    gains = _gains(patch, op, levels, (*lfo, wheels[1]))
    octaves = _octaves(patch, key, (*lfo, wheels[0]))
    y = _dx7_algorithms.sound(patch, _turns(patch, op, key, octaves, f0), gains)
    y = y.reshape(*y.shape[:-2], -1)[..., : f0.shape[-1]]
    n = f0.shape[-1]
    if n < (LONGEST - FADE) * sample_rate:
        return y
    t = xp.arange(n).astype(f0.dtype) / sample_rate
    return y * xp.clip((key.held + LONGEST - t) / FADE, 0.0, 1.0)


def block_length(sample_rate):
    """Samples in a block: a power of two, 64 at 44.1 kHz.

    >>> block_length(44100), block_length(96000), block_length(16000)
    (64, 128, 32)
    """
    positive(sample_rate, name="sample_rate")
    return 2 ** max(round(math.log2(64.0 * sample_rate / 44100.0)), 0)


class _Key(NamedTuple):
    """A key that goes down: numbers (..., 1), and the blocks that it sounds for."""

    f0: Any  # Hz
    held: Any
    velocity: Any
    onset: Any
    sample_rate: float
    block: int  # samples
    n_blocks: int

    @property
    def off(self):
        """Blocks that begin before the key is let go."""
        seconds = self.block / self.sample_rate
        return array_namespace(self.held).ceil(self.held / seconds - 1e-6)

    @property
    def span(self):
        """Of a block, in those of 64 samples at 44.1 kHz."""
        return self.block / 64.0 * 44100.0 / self.sample_rate


def _key(f0, held, sample_rate, **more):
    more = {"held": held, **more}
    xp, dtype = array_namespace(f0), f0.dtype
    values = {
        name: xp.asarray(as_values(value, name=name), dtype=dtype)[..., None]
        for name, value in more.items()
    }
    block = block_length(sample_rate)
    sizes = {"block": block, "n_blocks": -(-f0.shape[-1] // block)}
    return _Key(f0[..., :1], sample_rate=sample_rate, **values, **sizes)


def _checked(patch):
    """The patch, if what decides its structure does so."""
    if len(patch.operators) != 6:
        raise ValueError(f"operators must be 6, got {len(patch.operators)}")
    integer(patch.algorithm, name="algorithm", most=32)
    integer(patch.lfo_wave, name="lfo_wave", least=0, most=5)
    return patch


def _numbers(patch):
    """Everything in a patch that may be an array."""
    parts = [*patch.operators, patch]
    rows = [part for whole in parts for part in whole[:-1]]
    return [n for row in rows for n in (row if isinstance(row, tuple) else (row,))]


def _columns(operators, like):
    """An `Operator` whose numbers are arrays (6,), its rates and levels (4, 6)."""
    xp = array_namespace(like)

    def column(name):
        rows = [getattr(op, name) for op in operators]
        if isinstance(rows[0], tuple):
            rows = list(zip(*rows, strict=True))
        return xp.asarray(rows, dtype=like.dtype)

    return Operator(*map(column, Operator._fields))


def _in_blocks(curve, key, like):
    """A number or a curve like f0 as it is when each block begins."""
    xp = array_namespace(like)
    curve = xp.asarray(as_values(curve, name="wheel"), dtype=like.dtype)
    return curve[..., :: key.block] if curve.ndim and curve.shape[-1] > 1 else curve


def _levels(op, key, patch):
    """Level of each operator in each block, in doublings, (..., 6, n_blocks)."""
    xp = array_namespace(key.f0)
    note = xp.floor(hz_to_midi(key.f0) + patch.transpose + 0.5)
    return _dx7_envelopes.amplitude_envelope(
        op,
        _dx7_levels.operator_level(op, note, key.velocity),
        _dx7_levels.rate_scaling(op, note),
        off=key.off,
        n_blocks=key.n_blocks,
        block=key.span,
    )


def _lfo(patch, key):
    """The LFO in each block, and how far it is faded in."""
    xp = array_namespace(key.f0)
    seconds = key.block / key.sample_rate
    synced = xp.asarray(patch.lfo_sync, dtype=key.f0.dtype) > 0.5
    start = _dx7_lfo.cycles(patch.lfo_speed, key.onset)
    start = xp.where(synced, 0.5 + 0.0 * start, start)
    options = {"n_blocks": key.n_blocks, "seconds": seconds}
    lfo = _dx7_lfo.oscillator(patch, start=start, **options)
    return lfo, _dx7_lfo.delay(patch.lfo_delay, like=key.f0, **options)


def _gains(patch, op, levels, lfo):
    """Gain of each operator as each block begins and ends, (..., 6, n_blocks), radians.

    Within a block it goes straight from one to the other.
    """
    xp = array_namespace(levels)
    kept = 1.0 - _dx7_lfo.amplitude_modulation(patch, op, *lfo)
    gain = 2.0 ** (levels * kept - _dx7_levels.FULL)
    before = xp.concatenate([xp.zeros_like(gain[..., :1]), gain[..., :-1]], axis=-1)
    heard = xp.maximum(gain, before) >= _dx7_levels.SOFTEST
    return tuple(
        xp.where(heard, 2.0 * np.pi * g, xp.zeros_like(g)) for g in (before, gain)
    )


def _octaves(patch, key, lfo):
    """Octaves by which the pitch is moved in each block, (..., n_blocks)."""
    xp, dtype = array_namespace(key.f0), key.f0.dtype
    rates, levels = (
        xp.asarray(list(row), dtype=dtype)
        for row in (patch.pitch_rates, patch.pitch_levels)
    )
    envelope = _dx7_envelopes.pitch_envelope(
        rates, levels, off=key.off, n_blocks=key.n_blocks, block=key.span
    )
    return envelope + _dx7_lfo.pitch_modulation(patch, *lfo) + patch.transpose / 12.0


def _turns(patch, op, key, octaves, f0):
    """The phases of all operators, `Turns`."""
    xp, rate = array_namespace(f0), key.sample_rate
    base = key.f0 * 2.0 ** (patch.transpose / 12.0)
    ratio, hertz = _dx7_levels.frequencies(op, base)  # (..., 6)
    missing = key.n_blocks * key.block - f0.shape[-1]
    f0 = xp.pad(f0, [(0, 0)] * (f0.ndim - 1) + [(0, missing)], mode="edge")
    turns = f0.reshape(*f0.shape[:-1], key.n_blocks, key.block)
    turns = turns * (2.0**octaves / rate)[..., None]  # cycles a sample
    local = xp.cumsum(turns, axis=-1)
    local -= turns
    moved = ratio[..., None] * turns.sum(axis=-1)[..., None, :]
    moved = moved + hertz[..., None] * (key.block / rate)
    start = xp.concatenate([xp.zeros_like(moved[..., :1]), moved[..., :-1]], axis=-1)
    free = (ratio * base + hertz) * key.onset * (1.0 - patch.key_sync)
    start = wrapped_cumsum(start) + fractional_part(free)[..., None]
    return _dx7_algorithms.Turns(start, ratio, hertz / rate, local)


def tail(patch="e piano"):
    """Seconds for which a note goes on after its key is released, at most LONGEST.

    >>> tail("e piano") < tail("gong")
    True
    """
    patch = find_patch(patch, PRESETS)
    heard = ALGORITHMS[patch.algorithm - 1].carriers
    return max(_release(patch.operators[k - 1]) for k in heard)


def _release(op):
    """Seconds until an operator is silent, from the loudest that it can be."""
    read = _dx7_levels.read
    highest = (
        127.0 if _gets_louder(op) else float(read(_dx7_levels.LEVELS, _one(op.level)))
    )
    top = 32.0 * highest + 2.0 * 16.0 * float(op.velocity_sensitivity) - 4256.0
    loudest, last = (
        max(float(read(_dx7_levels.ENVELOPE_LEVELS, _one(x))) + top, 16.0) / 256.0
        for x in (max(op.levels[:3]), op.levels[3])
    )
    floor = math.log2(_dx7_levels.SOFTEST) + _dx7_levels.FULL
    if last > floor:
        return LONGEST
    fall = float(_dx7_levels.speed(_one(op.rates[3]), _one(0.0))) * 44100.0 / 64.0
    seconds = max(loudest - floor, 0.0) / fall + 2 * 64 / 44100
    return min(seconds, LONGEST)


def _one(x):
    return np.asarray(x, dtype=float)


def _gets_louder(op):
    return (op.left_curve > 1 and op.left_depth > 0) or (
        op.right_curve > 1 and op.right_depth > 0
    )


def play(notes, sample_rate, *, patch="e piano", wheel=0.0, **options):
    """Play notes: see `play_notes` for the options.

    Args:
      wheel: 0 to 1, the modulation wheel: a number, or a curve (n_samples,) over the
        piece, held at its end.

    >>> play([(0.0, 0.1, 60)], 8000, patch="clavinet").ndim
    1
    """
    patch = find_patch(patch, PRESETS)
    curve = np.atleast_1d(as_values(wheel, name="wheel"))

    def one(f0, *arguments, onset, **more):
        when = round(onset * sample_rate) + np.arange(f0.shape[-1])
        now = curve[np.minimum(when, curve.shape[-1] - 1)]
        return voice(f0, *arguments, wheel=now, onset=onset, **more)

    return play_notes(
        one, notes, sample_rate, patch=patch, tail=tail(patch), onsets=True, **options
    )
