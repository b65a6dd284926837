"""One bar of notes: bass lines, chords, melodies, in any key, on sixteen steps.

A harmony says which degree of the scale the chord of each step stands on; all roles of
a loop follow the same one.
"""

from typing import NamedTuple

import numpy as np

from dsplab.sources.notes import Note

STEPS, STEP = 16, 0.125  # a bar at 120 beats a minute; seconds
SCALES = {
    "minor": (0, 2, 3, 5, 7, 8, 10), "major": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10), "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10), "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
}  # fmt: skip
HIGHEST = 91  # MIDI pitch of melodies
KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
PROGRESSIONS = (  # degrees that share the bar
    (0,), (0,), (3,), (5,), (0, 3), (0, 4), (0, 5), (5, 6), (3, 4), (1, 4), (0, 6),
    (0, 5, 3, 4), (0, 4, 5, 3), (0, 0, 3, 4), (1, 4, 0, 0), (0, 6, 5, 6),
)  # fmt: skip
BASS_STEPS = (
    "x...x...x...x...", "..x...x...x...x.", "x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx",
    "x..x..x.x..x..x.", "x.......x.......", "x...............", "x..x....x.x...x.",
    "x.xx..x.x.xx..x.", "x..x..x...x.x...", ".xxx.xxx.xxx.xxx", "x.....x...x.....",
)  # fmt: skip
CHORD_STEPS = (
    "x...............", "x.......x.......", "x...x...x...x...", "..x...x...x...x.",
    "....x.......x...", "x..x..x...x.....", "x..x....x..x....", "..x..x....x..x..",
    "x..x..x.x..x..x.", "x.x.x.x.x.x.x.x.", "x......x........",
)  # fmt: skip


class Harmony(NamedTuple):
    """Key, scale, and the degree of the chord at each of the sixteen steps."""

    key: int
    scale: str
    degrees: tuple

    def pitch(self, degree):
        """Semitones above the lowest C of a degree of the scale; 7 is the octave."""
        octave, step = divmod(int(degree), 7)
        return self.key + 12 * octave + SCALES[self.scale][step]


def draw_harmony(rng):
    """A key, a scale and one to four chords."""
    chords = PROGRESSIONS[rng.integers(len(PROGRESSIONS))]
    degrees = np.repeat(chords, STEPS // len(chords))
    scale = str(rng.choice(list(SCALES)))
    return Harmony(int(rng.integers(12)), scale, tuple(degrees.tolist()))


def _steps(rng, patterns, change):
    """Steps that are struck: one of the patterns, some steps changed by chance."""
    text = patterns[rng.integers(len(patterns))]
    struck = np.array([c == "x" for c in text])
    struck ^= rng.random(STEPS) < change * rng.random()
    return np.flatnonzero(struck) if struck.any() else np.array([0])


def _timed(steps, pitches, rng, *, gate):
    """Notes, or chords, at these steps, each held for a part of the way to the next."""
    gaps = np.diff([*steps, STEPS]) * STEP
    soft, loud = np.sort(rng.uniform(50.0, 120.0, 2))
    notes = []
    for step, gap, chord in zip(steps, gaps, pitches, strict=True):
        velocity = loud if step % 4 == 0 else rng.uniform(soft, loud)
        late = rng.uniform(0.0, 0.006)
        held = max(gate * gap, 0.04)
        notes += [
            Note(float(step * STEP + late), float(held), float(pitch), float(velocity))
            for pitch in np.atleast_1d(chord)
        ]
    return notes


def bass(rng, harmony):
    """A line below, of roots with fifths, octaves and steps between."""
    steps = _steps(rng, BASS_STEPS, 0.15)
    low = 24 + int(rng.integers(4, 12))  # E1 to B1
    lively = rng.uniform(0.0, 0.7)
    pitches = []
    for step in steps:
        degree = harmony.degrees[step]
        if step % 4 and rng.random() < lively:
            degree += int(rng.choice([4, 7, 6, 2, -1, 7]))
        pitch = harmony.pitch(degree)
        pitches.append(pitch + 12 * int(np.ceil((low - harmony.pitch(0)) / 12)))
    return _timed(steps, pitches, rng, gate=rng.uniform(0.3, 1.0))


def chords(rng, harmony):
    """Three to five notes at a time, each chord as near the one before as can be."""
    steps = _steps(rng, CHORD_STEPS, 0.06)
    above = ([0, 2, 4], [0, 2, 4, 6], [0, 2, 4, 6, 8], [0, 3, 4], [0, 1, 4])
    shape = above[rng.choice(5, p=[0.45, 0.25, 0.1, 0.1, 0.1])]
    middle = rng.uniform(54.0, 70.0)
    pitches = []
    for step in steps:
        tones = [harmony.pitch(harmony.degrees[step] + n) for n in shape]
        pitches.append([t + 12 * round((middle - t) / 12) for t in tones])
    pitches = [sorted(set(chord)) for chord in pitches]
    return _timed(steps, pitches, rng, gate=rng.choice([0.25, 0.6, 1.0]))


def melody(rng, harmony):
    """One note at a time: an arpeggio, or a walk through the scale."""
    base = 7 * int(rng.integers(5, 7))  # C5 or C6, as degrees
    if rng.random() < 0.35:
        degrees, steps = _arpeggio(rng, harmony)
    else:
        density = rng.uniform(0.2, 0.65)
        weights = np.where(np.arange(STEPS) % 2 == 0, 1.0, 0.35)
        steps = np.flatnonzero(rng.random(STEPS) < density * weights)
        steps = steps if len(steps) > 1 else np.array([0, int(rng.integers(3, 12))])
        walk = np.cumsum(rng.choice([-3, -2, -1, -1, 0, 1, 1, 2, 3], len(steps)))
        degrees = np.clip(rng.choice([0, 2, 4, 7]) + walk, -5, 10)
    pitches = np.array([harmony.pitch(base + degree) for degree in degrees])
    pitches -= 12 * (pitches > HIGHEST)
    return _timed(steps, pitches, rng, gate=rng.uniform(0.35, 1.0))


def _arpeggio(rng, harmony):
    """Tones of the chord one by one, every sixteenth or every eighth."""
    every = int(rng.choice([1, 2, 2, 3]))
    steps = np.arange(0, STEPS, every)
    orders = ([0, 2, 4], [0, 2, 4, 7], [7, 4, 2, 0], [0, 4, 2, 7], [0, 2, 4, 6, 4, 2])
    order = orders[rng.integers(len(orders))]
    return [
        harmony.degrees[step] + order[n % len(order)] for n, step in enumerate(steps)
    ], steps
