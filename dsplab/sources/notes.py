"""Notes: what a synthesizer is asked to play, and a way to write them down.

    C4 E4 G4/2        three notes, the last of two beats
    C4+E4+G4/4 -/2    a chord of four beats, then a rest of two
    A4/0.5! A4/0.5    the first one accented
    ; once more       a remark, to the end of the line

A4 is 440 Hz, MIDI note 69; C4 is middle C.
"""

import re
from typing import NamedTuple

import numpy as np

from dsplab._arguments import positive

STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHARPS = {"": 0, "#": 1, "b": -1, "##": 2, "bb": -2}
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_NAME = re.compile(r"([A-Ga-g])(##?|bb?)?(-?\d+)")
_TOKEN = re.compile(r"([^/!]+)(?:/([0-9.]+))?(!?)")


class Note(NamedTuple):
    """One key pressed and released."""

    onset: float  # seconds
    duration: float  # seconds that the key is held
    pitch: float  # MIDI note number; fractions lie between the keys
    velocity: float = 100.0  # 1 to 127, how hard


def as_notes(notes, *, name="notes"):
    """Return a list of `Note`s, in order of onset, after checking every number.

    Args:
      notes: Notes, or rows (onset, duration, pitch) or (onset, duration, pitch,
        velocity); a list or an array.
      name: how the caller calls them, for the message.

    Raises:
      ValueError: naming the note and what is wrong with it.

    >>> as_notes([(0.5, 1, 60, 80), (0, 0.5, 64)])[0]
    Note(onset=0.0, duration=0.5, pitch=64.0, velocity=100.0)
    """
    try:
        rows = [tuple(float(number) for number in row) for row in notes]
    except (TypeError, ValueError):
        rows = None
    if not rows or any(len(row) not in (3, 4) for row in rows):
        wanted = "(onset, duration, pitch) or (onset, duration, pitch, velocity)"
        raise ValueError(f"{name} must be a list of {wanted}, got {_shown(notes)}")
    checked = [_checked(Note(*row), f"{name}[{k}]") for k, row in enumerate(rows)]
    return sorted(checked, key=lambda note: note.onset)


def _shown(value):
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "..."


def _checked(note, name):
    if not np.isfinite(note).all():
        raise ValueError(f"{name} contains NaN or infinity: {tuple(note)}")
    for field, ok, wanted in (
        ("onset", note.onset >= 0, "at least 0 seconds"),
        ("duration", note.duration > 0, "positive, in seconds"),
        ("pitch", -60 <= note.pitch <= 200, "a MIDI note number"),
        ("velocity", 1 <= note.velocity <= 127, "in 1..127"),
    ):
        if not ok:
            got = getattr(note, field)
            raise ValueError(f"{name} must have a {field} {wanted}, got {got}")
    return note


def name_to_midi(name):
    """MIDI number of a note's name: letter, sharps or flats, octave.

    >>> name_to_midi("C4"), name_to_midi("Bb3"), name_to_midi("f#-1")
    (60, 58, 6)
    """
    match = _NAME.fullmatch(name) if isinstance(name, str) else None
    if match is None:
        raise ValueError(f"name must be a note such as C4, F#3 or Bb5, got {name!r}")
    letter, sharps, octave = match.groups()
    return 12 * (int(octave) + 1) + STEPS[letter.upper()] + SHARPS[sharps or ""]


def midi_to_name(note):
    """Name of the key nearest to a MIDI number.

    >>> midi_to_name(69), midi_to_name(58.2)
    ('A4', 'Bb3')
    """
    if not np.isscalar(note) or not np.isfinite(note):
        raise ValueError(f"note must be a finite MIDI number, got {note!r}")
    key = round(float(note))
    return f"{NAMES[key % 12]}{key // 12 - 1}"


def parse_score(text, *, tempo=120.0):
    """Read notes written as text: names in a row, see the module for the signs.

    Args:
      text: tokens between spaces, one after the other in time: a note, a chord (names
        joined by +) or a rest (-), with "/beats" (1 if left out) and "!" for an accent
        (velocity 120 instead of 90). A bar line | is skipped, and so are lines that
        begin with a semicolon.
      tempo: beats in a minute.

    Returns:
      List of `Note`s; each is held for nine tenths of its beats.

    Raises:
      ValueError: naming the token that cannot be read.

    >>> [(n.onset, n.pitch) for n in parse_score("C4+E4 -/0.5 G4", tempo=60)]
    [(0.0, 60.0), (0.0, 64.0), (1.5, 67.0)]
    """
    beat = 60.0 / positive(tempo, name="tempo")
    if not isinstance(text, str):
        raise ValueError(f"text must be a string, got {type(text).__name__}")
    notes, now = [], 0.0
    lines = [line for line in text.splitlines() if not line.lstrip().startswith(";")]
    for token in " ".join(lines).replace("|", " ").split():
        names, beats, accent = read_token(token)
        for name in names:
            velocity = 120.0 if accent else 90.0
            pitch = float(name_to_midi(name))
            notes.append(Note(now, 0.9 * beats * beat, pitch, velocity))
        now += beats * beat
    if not notes:
        raise ValueError("text must contain a note, such as C4")
    return notes


def read_token(token):
    """Read a token of a score: names of its notes, beats, and whether accented.

    >>> read_token("C4+E4/2!"), read_token("-")
    ((['C4', 'E4'], 2.0, True), ([], 1.0, False))
    """
    if not isinstance(token, str):
        raise ValueError(f"token must be a string, got {type(token).__name__}")
    match = _TOKEN.fullmatch(token)
    names = match.group(1).split("+") if match else []
    rest = names == ["-"]
    ok = names and (rest or all(_NAME.fullmatch(name) for name in names))
    beats = match.group(2) or "1" if ok else "."
    if beats.strip(".").count(".") > 1 or not beats.strip(".") or not float(beats):
        raise ValueError(
            f"text has a token {token!r} that is no note, chord or rest; "
            "write C4, C4+E4/2, -/0.5 or C4!"
        )
    return ([] if rest else names), float(beats), match.group(3) == "!"
