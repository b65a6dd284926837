"""A song for a band, as a MIDI file: as long as one likes, with all that files do.

Seven instruments and drums on eight channels; a pedal, a bent and wavering lead,
volumes that swell, places between left and right, and a tempo that breathes and slows
down at the end. The tour plays four bars; the benchmark, minutes and an hour.
"""

import numpy as np

from dsplab.formats.midi import Event
from dsplab.formats.midi_notes import Part, midi_of
from dsplab.formats.tempo_map import beats_to_seconds
from dsplab.sources.notes import Note

BAR = 4  # beats
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 55, 64), (55, 59, 62))  # Am F C G
MELODY = (  # beat, beats, key; four bars
    (0.0, 1.5, 76), (1.5, 0.5, 74), (2.0, 2.0, 72), (4.0, 1.0, 69), (5.0, 1.0, 72),
    (6.0, 2.0, 77), (8.0, 1.5, 76), (9.5, 0.5, 79), (10.0, 2.0, 72), (12.0, 1.0, 74),
    (13.0, 1.0, 71), (14.0, 2.0, 74),
)  # fmt: skip
BAND = (  # channel, program, name, volume, pan
    (0, 0, "Piano", 95, 50),
    (1, 33, "Bass", 105, 64),
    (2, 48, "Strings", 80, 30),
    (3, 73, "Flute", 110, 72),
    (4, 25, "Guitar", 80, 100),
    (5, 11, "Vibraphone", 85, 90),
    (6, 61, "Brass", 70, 40),
    (9, 0, "Drums", 100, 64),
)
KICK, SNARE, HAT, OPEN_HAT, CRASH, TOM = 36, 38, 42, 46, 49, 45


def song(n_bars=4, *, tempo=104.0):
    """Compose as many bars as wanted.

    Returns:
      `MidiFile`; the sound lasts a little longer than its duration.
    """
    tempos = _tempos(n_bars, tempo)
    parts = []
    for channel, program, name, _, _ in BAND:
        beats = [note for bar in range(n_bars) for note in _bar(name, bar, n_bars)]
        rows = np.array(beats, dtype=float)
        onsets = beats_to_seconds(rows[:, 0], tempos)
        ends = beats_to_seconds(rows[:, 0] + rows[:, 1], tempos)
        columns = (onsets, ends - onsets, rows[:, 2], rows[:, 3])
        notes = [Note(*row) for row in np.stack(columns, axis=-1).tolist()]
        parts.append(Part(channel, program, 0, name, notes))
    midi = midi_of(parts, tempo=tempos)
    controls = [
        Event(float(beats_to_seconds(beat, tempos)), kind, channel, number, value)
        for beat, kind, channel, number, value in _controls(n_bars)
    ]
    events = sorted([*controls, *midi.events], key=lambda event: event.time)
    end = float(beats_to_seconds(BAR * n_bars, tempos))
    return midi._replace(events=events, duration=end)


def _tempos(n_bars, tempo):
    """Every fourth bar a little quicker; the last bar slows down, beat by beat."""
    beats = [BAR * bar for bar in range(0, n_bars, 4)]
    rates = [tempo * (1.0 + 0.03 * (k % 2)) for k in range(len(beats))]
    beats += [BAR * n_bars - left for left in (3, 2, 1)]
    rates += [0.95 * tempo, 0.87 * tempo, 0.75 * tempo]
    seconds, rows = 0.0, []
    for k, (beat, rate) in enumerate(zip(beats, rates, strict=True)):
        if k:
            seconds += (beat - beats[k - 1]) * 60.0 / rates[k - 1]
        rows.append((seconds, rate))
    return rows


def _bar(name, bar, n_bars):
    """What an instrument plays in a bar: (beat, beats, key, velocity)."""
    chord, start, last = CHORDS[bar % 4], BAR * bar, bar == n_bars - 1
    if last and name != "Drums":
        chord = (57, 60, 64)
    if name == "Piano":
        keys = [chord[k] + 12 * (j // 4) for j, k in enumerate((0, 1, 2, 1) * 2)]
        return [
            (start + j / 2, 0.45, k, 70 + 9 * (j % 4 == 0)) for j, k in enumerate(keys)
        ]
    if name == "Bass":
        root = chord[0] - 24 if chord[0] > 50 else chord[0] - 12
        steps = (root, root, root + 7, root + 12) if bar % 2 else (root, root + 12) * 2
        return [(start + j, 0.8, k, 96) for j, k in enumerate(steps)]
    if name == "Strings":
        return [(start, 3.95, k + 12 * (k < 55), 62) for k in chord]
    if name == "Flute":
        first = BAR * (bar % 4)
        tune = [row for row in MELODY if first <= row[0] < first + BAR]
        return [(start + b - first, 0.95 * n, k, 92) for b, n, k in tune]
    if name == "Guitar":
        strokes = ((0.0, 84), (1.5, 60), (2.0, 72), (3.0, 64), (3.5, 55))
        return [
            (start + beat + 0.02 * j, 0.4, k + 12, v)
            for beat, v in strokes
            for j, k in enumerate(chord)
        ]
    if name == "Vibraphone":
        return [(start + 0.5 + j, 0.9, chord[j % 3] + 24, 66) for j in range(BAR)]
    if name == "Brass":
        return [(start + b, 0.3, k + 12, 80) for b in (1.5, 3.5) for k in chord]
    return _drums(start, bar, n_bars)


def _drums(start, bar, n_bars):
    hats = [(start + j / 2, 0.1, HAT, 60 + 20 * (j % 2 == 0)) for j in range(7)]
    hats.append((start + 3.5, 0.1, OPEN_HAT, 75))
    kicks = [(start + b, 0.1, KICK, 110) for b in (0.0, 1.5, 2.0)]
    snares = [(start + b, 0.1, SNARE, 100) for b in (1.0, 3.0)]
    fill = [(start + 3 + j / 4, 0.1, TOM, 70 + 10 * j) for j in range(4)]
    crash = [(start, 0.1, CRASH, 95)]
    return (
        hats + kicks + snares + crash * (bar % 4 == 0) + fill * (bar in (3, n_bars - 1))
    )


def _controls(n_bars):
    """Programs, volumes, places, pedal, bends: (beat, kind, channel, number, value)."""
    rows = [
        (0.0, "control", channel, number, value)
        for channel, _, _, volume, pan in BAND
        for number, value in ((7, volume), (10, pan), (91, 50))
    ]
    # the flute's wheel reaches an octave
    rows += [(0.0, "control", 3, n, v) for n, v in ((101, 0), (100, 0), (6, 12))]
    for bar in range(n_bars):
        start = float(BAR * bar)
        rows += [(start, "control", 0, 64, 127), (start + 3.9, "control", 0, 64, 0)]
        swell = np.rint(70 + 50 * np.sin(np.pi * np.arange(16) / 16)).astype(int)
        rows += [
            (start + j / 4, "control", 2, 11, value)
            for j, value in enumerate(swell.tolist())
        ]
        slide = np.rint(np.linspace(-1365, 0, 12)).astype(int).tolist()  # two semitones
        rows += [(start + j / 48, "pitch_bend", 3, 0, v) for j, v in enumerate(slide)]
        rows += [(start + 1.0, "control", 3, 1, 60), (start + 3.0, "control", 3, 1, 0)]
    return rows
