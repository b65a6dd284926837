"""FM synthesis: a few sines that modulate each other, from bells to bass.

A modulator's envelope is a brightness in time, its ratio to the carrier decides which
partials there are: that is all, and why six operators were enough for the sound of a
decade. `Patch` describes any number of `Operator`s and who modulates whom; the sines
themselves, and the theory of their spectra, are in `operators`.
"""

from typing import Any, NamedTuple

from dsplab._arguments import as_signal, as_values
from dsplab._array import array_namespace
from dsplab.sources.envelopes import adsr
from dsplab.sources.phasor import fractional_part, phase
from dsplab.synths.notes import find_patch, play_notes, velocity_gain
from dsplab.synths.operators import play_operators

PEAK = 0.5  # of a note at velocity 127
MIDDLE_C = 261.6255653


class Operator(NamedTuple):
    """A sine with an envelope. Seconds; numbers may be arrays, to be learned."""

    ratio: Any = 1.0  # to the fundamental
    level: Any = 1.0  # of a carrier: amplitude; of a modulator: index, in radians
    attack: Any = 0.002
    decay: Any = 1.0
    sustain: Any = 1.0
    release: Any = 0.1
    attack_curve: Any = 1.0
    decay_curve: Any = 4.0
    hertz: Any = 0.0  # added to ratio f0: with ratio 0 a fixed frequency, else a beat
    velocity: Any = 0.0  # of its level, 0 to 1: how much of it a soft touch takes away
    keyboard_db: Any = 0.0  # of its level, per octave above middle C
    feedback: Any = None  # radians with which it modulates itself; None for not


class Patch(NamedTuple):
    """Operators and who modulates whom."""

    operators: tuple  # of Operator
    modulators: tuple = ((1,), ())  # for each, the numbers of those that modulate it
    carriers: tuple = (0,)  # numbers of those that are heard


PRESETS = {
    # a body and a tine: the tine's ratio of 14 is the "ting" of a soft hammer
    "electric piano": Patch(
        (
            Operator(level=0.6, decay=4.0, sustain=0.0, release=0.25),
            Operator(
                ratio=14.0, level=0.9, decay=0.5, sustain=0.0, velocity=0.9,
                keyboard_db=-6.0,
            ),
            Operator(level=0.4, decay=5.0, sustain=0.0, release=0.3, hertz=0.4),
            Operator(level=1.6, decay=2.5, sustain=0.0, velocity=0.7, keyboard_db=-3.0),
        ),
        modulators=((1,), (), (3,), ()),
        carriers=(0, 2),
    ),
    # an inharmonic ratio, and an index that dies away with the sound
    "bell": Patch(
        (
            Operator(decay=9.0, sustain=0.0, decay_curve=6.9, release=5.0),
            Operator(
                ratio=1.4, level=8.0, decay=9.0, sustain=0.0, decay_curve=6.0,
                release=5.0, velocity=0.3, keyboard_db=-4.0,
            ),
        ),
    ),
    # one to one, and brightness follows loudness
    "brass": Patch(
        (
            Operator(attack=0.07, decay=0.3, sustain=0.85, release=0.12),
            Operator(
                level=4.5, attack=0.11, decay=0.35, sustain=0.75, release=0.1,
                velocity=0.6, keyboard_db=-3.0,
            ),
        ),
    ),
    # three to two: odd harmonics of half the modulator only
    "clarinet": Patch(
        (
            Operator(ratio=3.0, attack=0.05, decay=0.2, sustain=0.9, release=0.08),
            Operator(
                ratio=2.0, level=2.6, attack=0.03, decay=0.25, sustain=0.7,
                release=0.08, velocity=0.4, keyboard_db=-2.0,
            ),
        ),
    ),
    # a saw by feedback, whose brightness falls at once: a plucked filter
    "bass": Patch(
        (
            Operator(decay=1.6, sustain=0.0, release=0.08),
            Operator(
                level=3.5, decay=0.35, sustain=0.15, decay_curve=5.0, velocity=0.6,
                keyboard_db=-3.0,
            ),
            Operator(ratio=1.0, level=1.0, decay=0.5, sustain=0.1, feedback=0.7),
        ),
        modulators=((1,), (2,), ()),
    ),
    # a bar of wood: its second mode is at 3.9, and gone at once
    "marimba": Patch(
        (
            Operator(decay=1.1, sustain=0.0, decay_curve=6.9, release=0.4),
            Operator(
                ratio=3.93, level=1.1, decay=0.12, sustain=0.0, decay_curve=6.9,
                velocity=0.6, keyboard_db=-3.0,
            ),
            Operator(ratio=11.2, level=1.5, decay=0.02, sustain=0.0, velocity=0.8),
        ),
        modulators=((1, 2), (), ()),
    ),
}  # fmt: skip


def voice(f0, held, sample_rate, *, velocity=100.0, patch="electric piano"):
    """Play one note.

    Args:
      f0: Hz at every sample, release included, (..., n_samples).
      held: seconds for which the key is down, a number or an array (...).
      sample_rate: Hz.
      velocity: 1 to 127: louder, and as bright as the operators' `velocity` says.
      patch: a name of `PRESETS`, or a `Patch`.

    Returns:
      Signal like f0. Sidebands above half the sampling rate come back, as in every FM
      synthesizer: `keyboard_db` keeps the index low for high notes.

    Reference:
      Chowning, "The synthesis of complex audio spectra by means of frequency
      modulation", Journal of the Audio Engineering Society 21, 1973, gives the ratios
      of the bell, the brass and the clarinet.

    >>> voice(np.full(800, 220.0), 0.05, 8000, patch="brass").shape
    (800,)
    """
    f0 = as_signal(f0, name="f0")
    patch = find_patch(patch, PRESETS)
    xp = array_namespace(f0, held, velocity, *_numbers(patch))
    f0 = xp.asarray(f0)
    held, velocity = (
        xp.asarray(as_values(value, name=name), dtype=f0.dtype)
        for name, value in (("held", held), ("velocity", velocity))
    )
    phases = _phases(patch.operators, f0, sample_rate)
    levels = [
        _level(op, f0, held, sample_rate, velocity[..., None]) for op in patch.operators
    ]
    y = play_operators(
        phases,
        levels,
        modulators=patch.modulators,
        carriers=patch.carriers,
        feedback=[op.feedback for op in patch.operators],
    )
    loudest = sum(patch.operators[k].level for k in patch.carriers)
    return y * (PEAK * velocity_gain(velocity))[..., None] / loudest


def _phases(operators, f0, sample_rate):
    """Phase of each operator; harmonics of one fundamental read it from that one."""
    fundamental, phases = phase(f0, sample_rate), []
    for op in operators:
        whole = isinstance(op.ratio, float | int) and op.ratio == int(op.ratio)
        if whole and isinstance(op.hertz, float | int) and op.hertz == 0.0:
            phases.append(fractional_part(op.ratio * fundamental))
        else:
            phases.append(phase(op.ratio * f0 + op.hertz, sample_rate))
    return phases


def _level(op, f0, held, sample_rate, velocity):
    """Level of an operator in time: envelope, velocity and place on the keyboard."""
    xp = array_namespace(f0)
    envelope = adsr(
        held,
        f0.shape[-1],
        sample_rate,
        attack=op.attack,
        decay=op.decay,
        sustain=op.sustain,
        release=op.release,
        attack_curve=op.attack_curve,
        decay_curve=op.decay_curve,
    )
    touch = 1.0 - op.velocity * (1.0 - velocity / 127.0)
    octaves = xp.log2(xp.maximum(f0[..., :1], 1.0) / MIDDLE_C)
    level = op.level * touch * 10.0 ** (op.keyboard_db * octaves / 20.0)
    return level.astype(f0.dtype) * envelope.astype(f0.dtype)


def _numbers(patch):
    """Everything in a patch that may be an array."""
    return [value for op in patch.operators for value in op]


def tail(patch="electric piano"):
    """Seconds for which a note goes on after its key is released.

    >>> tail("brass")
    0.12
    """
    patch = find_patch(patch, PRESETS)
    return float(max(patch.operators[k].release for k in patch.carriers))


def play(notes, sample_rate, *, patch="electric piano", **options):
    """Play notes: see `play_notes` for the options.

    >>> play([(0.0, 0.1, 60)], 8000, patch="marimba").shape
    (4000,)
    """
    patch = find_patch(patch, PRESETS)
    return play_notes(
        voice, notes, sample_rate, patch=patch, tail=tail(patch), **options
    )
