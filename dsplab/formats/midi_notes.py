"""From the events of a MIDI file to notes and a piano roll, and from notes back.

A key that is struck again before it is let go plays twice; each release ends the stroke
that has lasted longest. A key that nobody lets go is held to the end of the file. A
stroke of no length is a tick long, as it is heard.
"""

import bisect
from collections import deque
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer, positive
from dsplab.formats.midi import DRUMS, Event, MidiFile
from dsplab.formats.midi_curves import NOTES_OFF, SOUND_OFF, controller_events
from dsplab.formats.tempo_map import beats_to_seconds, seconds_to_beats
from dsplab.sources.midi_modulation import sustain_pedal
from dsplab.sources.notes import Note, as_notes

KEYS = 128
BANK, BANK_FINE, SUSTAIN = 0, 32, 64  # controllers
LARGEST_ROLL = 2**28  # entries


class Part(NamedTuple):
    """What one instrument plays: a channel, for as long as it has one program."""

    channel: int
    program: int  # 0..127, General MIDI counts them from 1
    bank: int  # 128 * controller 0 + controller 32
    name: str
    notes: list  # of Notes

    @property
    def drums(self):
        """Whether keys are drums: the tenth channel of a port."""
        return self.channel % 16 == DRUMS


def parts(midi, *, pedal=False):
    """Collect the notes of each instrument.

    Args:
      midi: a `MidiFile`.
      pedal: whether notes sound on while the sustain pedal is down.

    Returns:
      List of `Part`s, in order of channel, then as they enter; notes in order of onset.

    >>> from dsplab.formats.midi import Event, MidiFile
    >>> played = [(0.0, "note_on", 0, 60, 90), (0.5, "note_off", 0, 60, 64)]
    >>> parts(MidiFile([Event(*row) for row in played]))[0].notes
    [Note(onset=0.0, duration=0.5, pitch=60.0, velocity=90.0)]
    """
    of_channel = {}
    for note, channel, bank, program in _strokes(midi):
        of_channel.setdefault(channel, []).append((note, bank, program))
    found = {}
    for channel, rows in sorted(of_channel.items()):
        rows.sort(key=lambda row: row[0].onset)
        notes = [row[0] for row in rows]
        if pedal:
            notes = _sustained(midi, channel, notes)
        for note, (_, bank, program) in zip(notes, rows, strict=True):
            found.setdefault((channel, program, bank), []).append(note)
    return [
        Part(*key, midi.names.get(key[0], ""), notes) for key, notes in found.items()
    ]


def channel_notes(midi, *, pedal=False):
    """Collect the notes of each channel, whatever its program.

    Args:
      midi: a `MidiFile`.
      pedal: whether notes sound on while the sustain pedal is down.

    Returns:
      Dictionary, channel (0..15; 9 are drums) to list of `Note`s in order of onset.

    >>> from dsplab.formats.midi import Event, MidiFile
    >>> channel_notes(MidiFile([Event(0.0, "note_on", 9, 36, 90)], duration=2.0))
    {9: [Note(onset=0.0, duration=2.0, pitch=36.0, velocity=90.0)]}
    """
    notes = {}
    for part in parts(midi, pedal=pedal):
        notes.setdefault(part.channel, []).extend(part.notes)
    return {
        channel: sorted(row, key=lambda n: n.onset) for channel, row in notes.items()
    }


def _sustained(midi, channel, notes):
    """The notes of a channel, as its pedal lets them sound on."""
    rows = controller_events(midi, SUSTAIN, channel=channel)
    return sustain_pedal(notes, rows) if len(rows) else notes


def _strokes(midi):
    """(Note, channel, bank, program) of every key that is struck."""
    held, banks, sounds = {}, {}, {}  # channel -> key -> strokes; [coarse, fine]; ...
    for time, kind, channel, number, value in midi.events:
        keys = held.setdefault(channel, {})
        if kind == "note_on":
            stroke = (time, value, channel, *sounds.get(channel, (0, 0)))
            keys.setdefault(number, deque()).append(stroke)
        elif kind == "note_off" and number in keys:
            yield _ended(midi, number, keys[number].popleft(), time)
            if not keys[number]:
                del keys[number]
        elif kind == "program":
            coarse, fine = banks.get(channel, (0, 0))
            sounds[channel] = (128 * coarse + fine, value)
        elif kind == "control" and number in (BANK, BANK_FINE):
            banks.setdefault(channel, [0, 0])[number == BANK_FINE] = value
        elif kind == "control" and (number == SOUND_OFF or number >= NOTES_OFF):
            yield from _all_ended(midi, keys, time)
    end = max([midi.duration, *(event.time for event in midi.events[-1:])])
    for keys in held.values():
        yield from _all_ended(midi, keys, end)


def _all_ended(midi, keys, time):
    """End every stroke of a channel."""
    for key, strokes in keys.items():
        for stroke in strokes:
            yield _ended(midi, key, stroke, time)
    keys.clear()


def _ended(midi, key, stroke, time):
    """The note of a stroke that ends now, with its channel, bank and program."""
    onset, velocity, *sound = stroke
    duration = time - onset
    if duration <= 0:
        k = bisect.bisect_right(midi.tempos, onset, key=lambda row: row[0]) - 1
        duration = 60.0 / (midi.tempos[max(k, 0)][1] * midi.ticks_per_beat)
    return Note(onset, duration, float(key), float(velocity)), *sound


def piano_roll(midi, frame_rate, *, channels=None, pedal=False, duration=None):
    """Draw notes as a picture: which key is down when, and how hard it was struck.

    Args:
      midi: a `MidiFile`, or `Note`s, or rows (onset, duration, pitch[, velocity]).
      frame_rate: rows a second; row n is the moment n / frame_rate.
      channels: those that are drawn; all but the drums by default.
      pedal: whether keys stay down while the sustain pedal is.
      duration: seconds drawn; to the last release by default.

    Returns:
      Velocities, (n_frames, 128), float32, 0 where nothing sounds: time runs down, as
      learned models take it. Every note has a row at least; of two on one key the
      stronger is drawn.

    Raises:
      ValueError: if the roll would be unreasonably long; say a duration.

    >>> piano_roll([(0.0, 1.0, 60), (0.5, 1.0, 64)], 2)[:, [60, 64]].tolist()
    [[100.0, 0.0], [100.0, 100.0], [0.0, 100.0]]
    """
    positive(frame_rate, name="frame_rate")
    notes = _drawn(midi, channels, pedal)
    if duration is None:
        duration = max([note.onset + note.duration for note in notes], default=0.0)
    positive(duration, name="duration", allow_zero=True)
    n_frames = max(round(duration * frame_rate), 1)
    if n_frames * KEYS > LARGEST_ROLL:
        raise ValueError(
            f"duration must be given: the roll of {duration:.0f} s at {frame_rate} "
            f"frames a second would have {n_frames} rows"
        )
    roll = np.zeros((n_frames, KEYS), np.float32)
    for note in notes:
        key = min(max(round(note.pitch), 0), KEYS - 1)
        begin, end = (round(t * frame_rate) for t in (note.onset, sum(note[:2])))
        rows = roll[begin : max(end, begin + 1), key]
        np.maximum(rows, note.velocity, out=rows)
    return roll


def _drawn(midi, channels, pedal):
    """The notes that a piano roll shows."""
    if not isinstance(midi, MidiFile):
        return as_notes(midi)
    return [
        note
        for channel, notes in channel_notes(midi, pedal=pedal).items()
        if (channel % 16 != DRUMS if channels is None else channel in channels)
        for note in notes
    ]


def midi_of(notes, *, tempo=120.0, ticks_per_beat=480):
    """Make what `write_midi` writes of notes.

    Onsets and releases go to the nearest tick, 1 / 960 s unless told otherwise; a note
    lasts for a tick at least. Velocities are rounded.

    Args:
      notes: `Note`s or rows (onset, duration, pitch[, velocity]), played on channel 0;
        a dictionary channel to notes; or a list of `Part`s.
      tempo: beats a minute, or a tempo map: rows (seconds, beats a minute). The notes
        stay where they are; what changes is which beat that is.
      ticks_per_beat: resolution, 1..32767.

    Returns:
      `MidiFile`.

    Raises:
      ValueError: if a pitch lies between the keys, or a number is out of range.

    >>> [event.kind for event in midi_of([(0.0, 1.0, 60)]).events]
    ['note_on', 'note_off']
    """
    integer(ticks_per_beat, name="ticks_per_beat", most=32767)
    if np.ndim(tempo) == 0:
        tempo = [(0.0, positive(tempo, name="tempo"))]
    tempos = tuple((float(time), float(rate)) for time, rate in tempo)
    rows, names = [], {}  # (tick, rank within the tick, kind, channel, number, value)
    for part in _as_parts(notes):
        channel = integer(part.channel, name="channel", least=0, most=4095)
        if part.name:
            names.setdefault(channel, part.name)
        if part.notes:
            rows += _part_rows(part, channel, tempos, ticks_per_beat)
    rows.sort(key=lambda row: row[:2])
    ticks = np.array([row[0] for row in rows], dtype=float)
    times = beats_to_seconds(ticks / ticks_per_beat, tempos).tolist() if rows else []
    events = [Event(t, *row[2:]) for t, row in zip(times, rows, strict=True)]
    duration = times[-1] if times else 0.0
    return MidiFile(events, tempos, ticks_per_beat, duration, names)


def _as_parts(notes):
    """Parts of whatever notes come."""
    if isinstance(notes, dict):
        return [Part(c, 0, 0, "", as_notes(row)) for c, row in notes.items()]
    if notes and all(isinstance(part, Part) for part in notes):
        return [part._replace(notes=as_notes(part.notes)) for part in notes]
    return [Part(0, 0, 0, "", as_notes(notes))]


def _part_rows(part, channel, tempos, ticks_per_beat):
    """Events of a part: (tick, rank, kind, channel, number, value)."""
    onsets = np.array([note.onset for note in part.notes])
    ends = onsets + [note.duration for note in part.notes]
    begins, ends = (
        np.rint(seconds_to_beats(times, tempos) * ticks_per_beat).astype(int).tolist()
        for times in (onsets, ends)
    )
    rows = []
    if part.program or part.bank:
        coarse, fine = divmod(part.bank, KEYS)
        first = (begins[0], 1)
        rows.append((*first, "control", channel, BANK, coarse))
        rows.append((*first, "control", channel, BANK_FINE, fine))
        rows.append((*first, "program", channel, 0, part.program))
    for note, begin, end in zip(part.notes, begins, ends, strict=True):
        if note.pitch % 1 or not 0 <= note.pitch < KEYS:
            raise ValueError(f"notes must lie on keys 0..127, got pitch {note.pitch}")
        key, velocity = int(note.pitch), max(round(note.velocity), 1)
        rows.append((begin, 2, "note_on", channel, key, velocity))
        rows.append((max(end, begin + 1), 0, "note_off", channel, key, 64))
    return rows
