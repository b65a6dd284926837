"""What is sung: a melody with the words below it, as in a songbook.

    ; Christmas, the end of the first line
    tempo 96
    dynamics p f
    notes C4/2 D4 E4 | F4/2 E4/2 | D4/4
    words glo - ri  a    in  ex-cel - sis

`tempo` is beats a minute, from there on. `notes` are written as for `dsplab synth`:
letter, sharps or flats, octave, "/beats"; "!" accents, "-" is a rest. Below them stand
`words`: a syllable for each note, parted by spaces or hyphens, `_` for a note on which
the syllable before goes on, phonemes in brackets [k w e]. Notes without words are sung
on "la". `dynamics` (pp p mp mf f ff) holds from there on; two of them lead from one to
the other through the next line of notes.
"""

import re
from pathlib import Path
from typing import NamedTuple

from dsplab.formats.errors import unreadable
from dsplab.formats.midi import read_midi
from dsplab.formats.midi_notes import channel_notes
from dsplab.sources.notes import Note, as_notes, name_to_midi, read_token
from dsplab.synths.singing.phonemes import Syllable, syllable

DYNAMICS = {"pp": 40.0, "p": 55.0, "mp": 70.0, "mf": 85.0, "f": 100.0, "ff": 118.0}
ACCENT = 18.0  # velocity more
LA = syllable("la")
GOES_ON = ("_", "+", "")
TOGETHER = 0.02  # seconds by which a lyric may miss its note
MIDI_FILES = (".mid", ".midi", ".kar")


class SungNote(NamedTuple):
    """A note, and the syllable that begins on it; None: the one before goes on."""

    note: Note
    words: Syllable | None


def read_score(path):
    """Read what is to be sung from a text file or a MIDI file with lyrics.

    Args:
      path: of a .mid, .midi or .kar file, or of a text as this module describes it.

    Returns:
      List of `SungNote`s in order of onset.

    Raises:
      FormatError: naming the file, the line and what is wrong there.
      OSError: if there is no such file.
    """
    path = Path(path)
    try:
        if path.suffix.lower() in MIDI_FILES:
            return from_midi(read_midi(path))
        return parse_song(path.read_text(encoding="utf-8-sig", errors="replace"))
    except ValueError as error:
        if str(path) in str(error):
            raise
        raise unreadable(path, str(error)) from None


def parse_song(text, *, tempo=100.0):
    """Read notes and words from a text.

    Args:
      text: lines as the module describes them.
      tempo: beats a minute, until the text says one.

    Returns:
      List of `SungNote`s.

    Raises:
      ValueError: naming the line, and what is wrong there.

    >>> song = parse_song("notes A3 B3/2" + chr(10) + "words a-men", tempo=60)
    >>> song[1].note.onset, song[1].note.duration, song[1].words.onset
    (1.0, 2.0, ('m',))
    """
    if not isinstance(text, str):
        raise ValueError(f"text must be a string, got {type(text).__name__}")
    reader = _Reader(tempo)
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if line and line[0] not in ";#":
            key, _, rest = line.replace(":", " ", 1).partition(" ")
            try:
                reader.take(key.lower(), rest.split(";")[0].strip())
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    reader.close()
    if not reader.song:
        raise ValueError("text must contain a line of notes, such as: notes C4 D4 E4/2")
    return reader.song


class _Reader:
    """The lines that were read so far."""

    def __init__(self, tempo):
        self.song, self.now, self.beat = [], 0.0, 60.0 / tempo
        self.line, self.levels, self.worded = [], [DYNAMICS["mf"]], True

    def take(self, key, rest):
        """Read one line."""
        lines = {"tempo": self.tempo, "notes": self.notes, "words": self.words}
        lines |= {"lyrics": self.words, "dynamics": self.dynamics}
        if key not in lines:
            known = "tempo, notes, words, dynamics"
            raise ValueError(f"a line begins with one of {known}, not {key!r}")
        lines[key](rest)

    def tempo(self, rest):
        try:
            self.beat = 60.0 / float(rest)
        except (ValueError, ZeroDivisionError):
            self.beat = -1.0
        if not 0.0 < self.beat < 60.0:
            raise ValueError(f"tempo must be above 1 beat a minute, got {rest!r}")

    def dynamics(self, rest):
        levels = rest.replace("<", " ").replace(">", " ").split()
        if not 1 <= len(levels) <= 2 or any(name not in DYNAMICS for name in levels):
            known = " ".join(DYNAMICS)
            raise ValueError(f"dynamics are one or two of {known}, got {rest!r}")
        self.levels = [DYNAMICS[name] for name in levels]

    def notes(self, rest):
        self.close()
        rows = []
        for token in rest.replace("|", " ").split():
            names, beats, accent = read_token(token)
            if len(names) > 1:
                raise ValueError(f"{token!r} is a chord; one voice sings one note")
            for name in names:
                pitch = float(name_to_midi(name))
                rows.append((self.now, beats * self.beat, pitch, ACCENT * accent))
            self.now += beats * self.beat
        first, last = self.levels[0], self.levels[-1]
        for k, (onset, duration, pitch, more) in enumerate(rows):
            way = k / max(len(rows) - 1, 1)
            velocity = min(first + (last - first) * way + more, 127.0)
            self.line.append(Note(onset, duration, pitch, velocity))
        self.levels, self.worded = [last], False

    def words(self, rest):
        if self.worded:
            raise ValueError("words stand below a line of notes")
        said = split_words(rest)
        if len(said) != len(self.line):
            raise ValueError(
                f"{len(said)} syllables stand below {len(self.line)} notes; write _ "
                "where a syllable goes on"
            )
        for note, text in zip(self.line, said, strict=True):
            words = None if text in GOES_ON and self.song else syllable(text)
            self.song.append(SungNote(note, words))
        self.line, self.worded = [], True

    def close(self):
        """Notes without words are sung on la."""
        self.song += [SungNote(note, LA) for note in self.line]
        self.line, self.worded = [], True


def split_words(text):
    """Syllables of a line: parted by spaces and hyphens; brackets hold together.

    >>> split_words("al - le-lu-ia _ [t S e]")
    ['al', 'le', 'lu', 'ia', '_', '[t S e]']
    """
    return re.findall(r"\[[^\]]*\]|[^\s-]+", text.replace("|", " "))


def from_midi(midi, *, channel=None):
    """Take the notes and lyrics of a MIDI file.

    Where keys overlap, a note ends as the next begins; of keys struck together the
    highest is sung. A note without a lyric goes on with the syllable before it, if no
    rest is between them.

    Args:
      midi: `MidiFile`.
      channel: 0 to 15; None for the one on whose notes most lyrics lie.

    Returns:
      List of `SungNote`s.

    Raises:
      ValueError: if there are no notes, or a lyric cannot be said.
    """
    lyrics = [(time, text.strip()) for time, kind, text in midi.texts
              if kind == "lyrics" and text.strip(" -\r\n/\\")]  # fmt: skip
    voices = {c: notes for c, notes in channel_notes(midi).items() if c % 16 != 9}
    if channel is not None:
        voices = {c: notes for c, notes in voices.items() if c == channel}
    if not voices:
        raise ValueError("there are no notes to sing")
    melodies = {c: _melody(notes) for c, notes in voices.items()}
    matched = {c: _words_of(notes, lyrics) for c, notes in melodies.items()}
    best = max(matched, key=lambda c: len(matched[c]))
    return _sung(melodies[best], matched[best])


def _melody(notes):
    """One note at a time."""
    highest = {}
    for note in as_notes(notes):
        near = [onset for onset in highest if abs(onset - note.onset) < TOGETHER]
        onset = near[0] if near else note.onset
        if onset not in highest or note.pitch > highest[onset].pitch:
            highest[onset] = note
    rows = [highest[onset] for onset in sorted(highest)]
    ends = [note.onset for note in rows[1:]] + [float("inf")]
    return [
        note._replace(duration=min(note.duration, end - note.onset))
        for note, end in zip(rows, ends, strict=True)
    ]


def _words_of(notes, lyrics):
    """Number of note -> text of the lyric that stands on it."""
    return {
        k: text
        for k, note in enumerate(notes)
        for time, text in lyrics
        if abs(time - note.onset) < TOGETHER
    }


def _sung(notes, texts):
    rows, end = [], -1.0
    for k, note in enumerate(notes):
        text = texts.get(k, "_").strip("-/\\ ")
        follows = note.onset - end < 0.05 and rows
        if text in GOES_ON:
            words = None if follows else LA
        else:
            words = syllable(text)
        rows.append(SungNote(note, words))
        end = note.onset + note.duration
    return rows
