"""Expression: what a singer does to the notes that are written."""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_values, one_of
from dsplab.convert import midi_to_hz
from dsplab.synths.singing.selection import REST

BEFORE = 0.6  # share of a portamento that is sung before the note begins
FULL = 85.0  # velocity at which the voice sounds as it was recorded
TILT = 0.12  # dB an octave above 1 kHz that each dB of loudness brings


class Style(NamedTuple):
    """How a song is sung."""

    vibrato_cents: float = 35.0  # to either side
    vibrato_rate: float = 5.6  # Hz
    vibrato_delay: float = 0.35  # seconds of a note before it begins
    portamento: float = 0.1  # seconds from note to note
    breath: float = 0.0  # 0 to 1: noise instead of tone
    brightness: float = 0.0  # dB an octave more above 1 kHz
    formants: float = 0.0  # semitones: below 0 a larger throat, above a smaller one


STYLES = {
    "natural": Style(),
    "straight": Style(vibrato_cents=0.0, portamento=0.06),
    "opera": Style(
        vibrato_cents=60.0, vibrato_delay=0.2, portamento=0.14, brightness=2.0
    ),
    "soft": Style(vibrato_cents=20.0, breath=0.5, brightness=-2.0),
    "child": Style(vibrato_cents=10.0, breath=0.15, formants=3.5),
}


def find_style(style):
    """Return the style of that name, or the style itself."""
    if isinstance(style, Style):
        return style
    return STYLES[one_of(style, tuple(STYLES), name="style")]


def pitch_curve(notes, times, style):
    """The pitch of a song, with portamento and vibrato.

    Args:
      notes: `Note`s, one at a time.
      times: seconds, ascending, (n,).
      style: `Style`.

    Returns:
      Hz at those times.

    >>> from dsplab.sources.notes import Note
    >>> pitch_curve([Note(0.0, 1.0, 69.0)], np.array([0.0, 0.2]), Style()).tolist()
    [440.0, 440.0]
    """
    times = as_values(times, name="times")
    pitch = np.full(len(times), float(notes[0].pitch))
    for one, other in zip(notes, notes[1:], strict=False):
        shortest = min(one.duration, other.duration)
        slide = max(min(style.portamento, 0.6 * shortest), 1e-3)
        begin = other.onset - BEFORE * slide
        if other.onset - one.onset - one.duration > REST:
            begin, slide = one.onset + one.duration + 0.06, 1e-3
        way = np.clip((times - begin) / slide, 0.0, 1.0)
        pitch = pitch + (other.pitch - one.pitch) * way**2 * (3.0 - 2.0 * way)
    return midi_to_hz(pitch + vibrato(notes, times, style) / 100.0)


def vibrato(notes, times, style):
    """Cents of vibrato: it sets in during a note, and rests before the next."""
    cents = np.zeros(len(times))
    for note in notes:
        begin = note.onset + style.vibrato_delay
        end = note.onset + note.duration - 0.08
        if end - begin < 0.15:
            continue
        swell = np.clip((times - begin) / 0.3, 0.0, 1.0)
        swell = swell * np.clip((end - times) / 0.1, 0.0, 1.0)
        wave = np.sin(2.0 * np.pi * style.vibrato_rate * (times - begin))
        cents = cents + style.vibrato_cents * swell * wave
    return cents


def loudness_curve(notes, times):
    """Decibels of the notes' velocities, each led to from the one before.

    >>> from dsplab.sources.notes import Note
    >>> loudness_curve([Note(0.0, 1.0, 60.0, FULL)], np.array([0.5])).tolist()
    [0.0]
    """
    places, levels = [], []
    for note in notes:
        rise = min(0.05, 0.25 * note.duration)
        places += [note.onset + rise, note.onset + note.duration - rise]
        levels += [40.0 * np.log10(note.velocity / FULL)] * 2
    return np.interp(times, places, levels)


def tilt_db(frequency, loudness, style):
    """Decibels at frequencies: louder is brighter, breath and darkness are less so."""
    octaves = np.log2(np.maximum(frequency / 1000.0, 1.0))
    return octaves * (TILT * loudness + style.brightness - 6.0 * style.breath)
