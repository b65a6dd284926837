"""From notes to sound: every engine plays one voice, this plays many of them.

An engine is a module with a `Patch` (its musical parameters), `PRESETS`, and

    voice(f0, held, sample_rate, *, velocity, patch)    one note
    tail(patch)                                         seconds it sounds on, let go
    play(notes, sample_rate, *, patch)                  a piece, by `play_notes`
"""

import math

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, one_of, positive
from dsplab._array import add_at, array_namespace
from dsplab.convert import midi_to_hz
from dsplab.sources.notes import as_notes

STEAL_SECONDS = 0.005  # a voice that is taken away fades out in this time


def velocity_gain(velocity):
    """Amplitude for a MIDI velocity: (velocity / 127)^2, 12 dB a halving.

    >>> float(velocity_gain(127.0))
    1.0
    """
    return (as_values(velocity, name="velocity") / 127.0) ** 2


def find_patch(patch, presets):
    """Return the preset of that name, or the patch itself."""
    if isinstance(patch, str):
        return presets[one_of(patch, tuple(presets), name="patch")]
    kind = type(next(iter(presets.values())))
    if not isinstance(patch, kind):
        names = ", ".join(repr(name) for name in presets)
        raise ValueError(f"patch must be {names} or a {kind.__name__}; got {patch!r}")
    return patch


def play_notes(
    voice,
    notes,
    sample_rate,
    *,
    patch,
    tail,
    bend=None,
    glide=0.0,
    polyphony=None,
    rng=None,
    onsets=False,
):
    """Play notes by a voice, as many at a time as there are.

    Args:
      voice: function (f0, held, sample_rate, *, velocity, patch) of one note, whose
        result has the samples of f0 last; with rng, it is given noise=... as well.
      notes: `Note`s, or rows (onset, duration, pitch[, velocity]) in seconds and MIDI
        numbers.
      sample_rate: Hz.
      patch: the parameters that the voice is given. If they are JAX arrays, so is f0.
      tail: seconds that a voice sounds on after its key is released.
      bend: semitones by which everything is bent, shape (n_samples,); what lies beyond
        its end is bent as its end is.
      glide: seconds of slide from the pitch of the note before; 0 for none.
      polyphony: most voices at a time: beyond it the oldest is taken away (faded out).
      rng: `numpy.random.Generator` that draws each voice's white noise, in [-1, 1), or
        the seed of one; None for voices without noise.
      onsets: whether the voice is told onset=..., the seconds at which the key goes
        down: what was running before goes on.

    Returns:
      Signal of the voice's library, (..., n_samples), as long as the last tail.

    Raises:
      ValueError: if notes are not notes, or a number is out of range.

    >>> def beep(f0, held, sample_rate, *, velocity, patch):
    ...     return patch * np.ones_like(f0)
    >>> y = play_notes(beep, [(0, 1, 60), (1, 1, 64)], 4, patch=0.2, tail=0.5)
    >>> y.tolist()
    [0.2, 0.2, 0.2, 0.2, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2]
    """
    notes = as_notes(notes)
    positive(sample_rate, name="sample_rate")
    positive(tail, name="tail", allow_zero=True)
    positive(glide, name="glide", allow_zero=True)
    if bend is not None:
        bend = as_signal(bend, name="bend", ndim=1)
    if rng is not None:
        rng = np.random.default_rng(rng)
    stops = _stops(notes, tail, polyphony)
    total = max(math.ceil(stop * sample_rate) for stop in stops)
    parts = patch if isinstance(patch, tuple) else (patch,)
    xp, y, before = array_namespace(*parts), None, None
    for note, stop in zip(notes, stops, strict=True):
        begin = round(note.onset * sample_rate)
        n = max(math.ceil(stop * sample_rate) - begin, 1)
        f0 = _pitch_curve(note, before, n, sample_rate, bend, glide)
        options = {"velocity": note.velocity, "patch": patch}
        if rng is not None:
            options["noise"] = xp.asarray(rng.uniform(-1.0, 1.0, n))
        if onsets:
            options["onset"] = note.onset
        sound = voice(xp.asarray(f0), note.duration, sample_rate, **options)
        if stop < note.onset + note.duration + tail:
            sound = _faded(sound, sample_rate)
        if y is None:
            y = xp.zeros((*sound.shape[:-1], total), dtype=sound.dtype)
        y, before = add_at(y, sound, begin), note.pitch
    return y


def _stops(notes, tail, polyphony):
    """When each note is silent at last, in seconds."""
    stops = [note.onset + note.duration + tail for note in notes]
    if polyphony is None:
        return stops
    integer(polyphony, name="polyphony")
    for k, note in enumerate(notes):
        sounding = [j for j in range(k) if stops[j] > note.onset + STEAL_SECONDS]
        for j in sounding[: max(len(sounding) + 1 - polyphony, 0)]:  # oldest first
            stops[j] = note.onset + STEAL_SECONDS
    return stops


def _pitch_curve(note, before, n, sample_rate, bend, glide):
    """Frequency in Hz at each of n samples."""
    pitch = np.full(n, note.pitch)
    if glide and before is not None:
        way = np.minimum(np.arange(n) / (glide * sample_rate), 1.0)
        pitch = before + (note.pitch - before) * way
    if bend is not None:
        begin = round(note.onset * sample_rate)
        when = np.minimum(begin + np.arange(n), bend.shape[-1] - 1)
        pitch = pitch + bend[when]
    return midi_to_hz(pitch)


def _faded(sound, sample_rate):
    """The sound, its end faded out."""
    n = min(math.ceil(STEAL_SECONDS * sample_rate), sound.shape[-1])
    fade = np.ones(sound.shape[-1])
    fade[-n:] = np.linspace(1.0, 0.0, n)
    return sound * array_namespace(sound).asarray(fade, dtype=sound.dtype)
