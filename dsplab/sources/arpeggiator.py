"""Arpeggiator: hold a chord, hear its notes one after the other."""

import math

import numpy as np

from dsplab._arguments import integer, one_of, positive
from dsplab.sources.notes import Note, as_notes
from dsplab.sources.rhythm import note_seconds, step_times

ORDERS = ("up", "down", "up_down", "as_played", "random")


def arpeggiate(
    notes,
    *,
    tempo,
    value="1/16",
    order="up",
    octaves=1,
    gate=0.5,
    swing=0.5,
    latch=False,
    rng=None,
):
    """Play the keys that are held one by one, in time with the music.

    At each step the next key of the chord sounds. When the keys change, the figure
    begins anew; the clock does not. It starts with the first key.

    Args:
      notes: what is held: `Note`s, or rows (onset, duration, pitch[, velocity]).
      tempo: beats a minute.
      value: note value of a step: "1/16", "1/8T" (see `rhythm.note_beats`).
      order: "up" and "down" by pitch, "up_down" (the ends once), "as_played" by onset,
        or "random".
      octaves: how many the figure climbs through, the chord's own included.
      gate: part of a step for which each note is held; 1 is legato.
      swing: where in its pair the second step begins: 0.5 straight, 2/3 shuffled.
      latch: whether a chord that is let go goes on until the next one.
      rng: `numpy.random.Generator`, for the order "random".

    Returns:
      List of `Note`s, each with the velocity of its key.

    Raises:
      ValueError: if notes are not notes, or an argument is out of range.

    >>> held = [(0.0, 4.0, 60), (0.0, 4.0, 64), (0.0, 4.0, 67)]
    >>> figure = arpeggiate(held, tempo=60, value="1/4", octaves=2)
    >>> [int(n.pitch) for n in figure]
    [60, 64, 67, 72]
    """
    notes = as_notes(notes)
    one_of(order, ORDERS, name="order")
    integer(octaves, name="octaves", most=10)
    positive(gate, name="gate")
    if order == "random" and not isinstance(rng, np.random.Generator):
        raise ValueError("rng must be a numpy.random.Generator for order 'random'")
    notes = _latched(notes) if latch else notes
    start = notes[0].onset
    end = max(note.onset + note.duration for note in notes)
    n_steps = math.ceil((end - start) / note_seconds(value, tempo) - 1e-9)
    times = start + step_times(n_steps + 1, tempo, value=value, swing=swing)
    figure, chord, place = [], None, 0
    for now, following in zip(times, times[1:], strict=False):
        held = _held(notes, now)
        if held != chord:  # other keys: from the beginning
            chord, place = held, 0
            keys = _figure(held, order, octaves)
        if not held:
            continue
        k = rng.integers(len(keys)) if order == "random" else place % len(keys)
        pitch, velocity = keys[k]
        figure.append(Note(now, gate * (following - now), pitch, velocity))
        place += 1
    return figure


def _held(notes, now):
    """The keys that are down, in the order in which they were pressed."""
    now = now + 1e-9  # a key let go on the beat is up, one pressed on it is down
    return [n for n in notes if n.onset <= now < n.onset + n.duration]


def _figure(held, order, octaves):
    """(pitch, velocity) of all notes of the figure, in turn."""
    keys = [(note.pitch, note.velocity) for note in held]
    if order != "as_played":
        keys.sort()
    keys = [(pitch + 12 * o, v) for o in range(octaves) for pitch, v in keys]
    if order == "down":
        return keys[::-1]
    return keys + keys[-2:0:-1] if order == "up_down" else keys


def _latched(notes):
    """Notes held until a new chord begins, that is, a key after all were let go."""
    groups, release = [], -1.0
    for note in notes:
        if note.onset >= release - 1e-9:
            groups.append([])
        groups[-1].append(note)
        release = max(release, note.onset + note.duration)
    ends = [group[0].onset for group in groups[1:]] + [release]
    return [
        note._replace(duration=end - note.onset)
        for group, end in zip(groups, ends, strict=True)
        for note in group
    ]
