"""Step sequencer: a row of steps played round and round, as notes or as a curve."""

import math

import numpy as np

from dsplab._arguments import as_values, integer, positive, require
from dsplab._array import array_namespace
from dsplab.sources.envelopes import ramp
from dsplab.sources.notes import Note, as_notes, name_to_midi
from dsplab.sources.rhythm import note_seconds, pattern, step_times

ACCENT = 1.3  # an accented note is struck so much harder
OVERLAP = 0.2  # of a step: a note that slides is held until after the next begins


def sequence(
    steps,
    *,
    tempo,
    value="1/16",
    gate=0.5,
    swing=0.5,
    velocity=90.0,
    accents=None,
    slides=None,
    n_repeats=1,
):
    """Turn a row of steps into notes, as a hardware sequencer plays them.

    Accents and slides have rows of their own, which go round at their own length: an
    accent on every third of sixteen steps moves through the bar.

    Args:
      steps: text such as "C2 - C3 Eb2+G2" (- rests, + makes a chord), or a list: a MIDI
        number or a name, None for a rest, a tuple for a chord.
      tempo: beats a minute.
      value: note value of a step: "1/16", "1/8T" (see `rhythm.note_beats`).
      gate: part of the step for which the key is held, one or one for each step.
      swing: where in its pair the second step begins: 0.5 straight, 2/3 shuffled.
      velocity: one, or one for each step, 0 to 127 (0 is a rest).
      accents: text like "x..x..x." or truth values: steps to be struck harder.
      slides: likewise: steps held until after the next has begun, so that a voice that
        glides slides into it, and legato.
      n_repeats: how often the row is played.

    Returns:
      List of `Note`s.

    Raises:
      ValueError: if there is no note in it, or a number is out of range.

    >>> notes = sequence("C2 - C3 C2", tempo=60, value="1/4", accents="x...")
    >>> [(n.onset, n.pitch, n.velocity) for n in notes]
    [(0.0, 36.0, 117.0), (2.0, 48.0, 90.0), (3.0, 36.0, 90.0)]
    """
    chords = _read_steps(steps)
    n_steps = len(chords) * integer(n_repeats, name="n_repeats")
    onsets = step_times(n_steps + 1, tempo, value=value, swing=swing)
    gates = _cycled(gate, n_steps, name="gate")
    velocities = _cycled(velocity, n_steps, name="velocity")
    velocities = velocities * np.where(_marks(accents, n_steps, "accents"), ACCENT, 1.0)
    slid = _marks(slides, n_steps, "slides")
    parts = np.where(slid, 1.0 + OVERLAP, gates)
    notes = [
        Note(onsets[n], part * (onsets[n + 1] - onsets[n]), pitch, min(v, 127.0))
        for n, (part, v) in enumerate(zip(parts, velocities, strict=True))
        for pitch in chords[n % len(chords)]
        if v > 0
    ]
    return as_notes(notes, name="steps")


def _read_steps(steps):
    """A tuple of pitches for each step."""
    if isinstance(steps, str):
        steps = [None if s == "-" else s for s in steps.replace("|", " ").split()]
    try:
        chords = [_read_step(step) for step in steps]
    except (TypeError, ValueError) as error:
        wanted = "steps must be notes, None or tuples of notes"
        raise ValueError(f"{wanted}: {error}") from None
    if not any(chords):
        raise ValueError("steps must contain a note")
    return chords


def _read_step(step):
    if step is None:
        return ()
    parts = step.split("+") if isinstance(step, str) else step
    parts = parts if isinstance(parts, list | tuple) else (parts,)
    return tuple(float(name_to_midi(p) if isinstance(p, str) else p) for p in parts)


def _cycled(values, n_steps, *, name):
    values = np.atleast_1d(as_values(values, name=name))
    require(values >= 0.0, f"{name} must be at least 0")
    return np.resize(values, n_steps)


def _marks(marks, n_steps, name):
    """Truth values, for each step, of a text or list that goes round."""
    if marks is None:
        return np.zeros(n_steps, dtype=bool)
    if isinstance(marks, str):
        return np.resize(pattern(marks) > 0, n_steps)
    return _cycled(marks, n_steps, name=name) > 0


def step_curve(
    values,
    length,
    sample_rate,
    *,
    tempo,
    value="1/16",
    swing=0.5,
    glide=0.0,
    slides=None,
):
    """Turn a row of steps into a curve: of pitch, of cutoff, of anything.

    Args:
      values: one for each step, shape (..., n_steps), played round and round.
      length: samples of the curve.
      sample_rate: Hz.
      tempo: beats a minute.
      value: note value of a step: "1/16", "1/8T" (see `rhythm.note_beats`).
      swing: where in its pair the second step begins: 0.5 straight, 2/3 shuffled.
      glide: seconds in which a step is reached from the one before, at most a step.
      slides: text like "..x." or truth values: only these steps are reached so, the
        others at once.

    Returns:
      Curve, shape (..., length).

    >>> step_curve([1.0, 3.0], 8, 4.0, tempo=60, value="1/4", glide=0.5).tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 3.0, 3.0]
    """
    values = as_values(values, name="values")
    if not values.ndim:
        raise ValueError("values must have shape (..., n_steps), got a number")
    xp, n_values = array_namespace(values), values.shape[-1]
    rate = positive(sample_rate, name="sample_rate")
    seconds = np.arange(integer(length, name="length")) / rate
    n_steps = 2 + math.floor(seconds[-1] / note_seconds(value, tempo))
    onsets = step_times(n_steps, tempo, value=value, swing=swing)
    step = np.searchsorted(onsets, seconds + 1e-9, side="right") - 1
    now = values[..., step % n_values]
    if positive(glide, name="glide", allow_zero=True) == 0.0:
        return now
    if n_steps > 1 and glide > np.diff(onsets).min() + 1e-9:
        raise ValueError(f"glide must be at most as long as a step, got {glide}")
    before = values[..., np.maximum(step - 1, 0) % n_values]
    way = ramp(seconds - onsets[step], glide)
    if slides is not None:
        way = np.where(_marks(slides, n_steps, "slides")[step], way, 1.0)
    return before + (now - before) * xp.asarray(way, dtype=values.dtype)
