"""MIDI files: what was played, when, and how fast the music goes.

    read_midi, write_midi       files in and out
    Event, MidiFile             what is in them
    midi_notes                  parts, notes and the piano roll: next door
    tempo_map                   beats and seconds: next door

Times are seconds: the tempo map of the file, wherever its tracks hold it, has been
applied. The file's own ticks come back exactly when it is written.
"""

import contextlib
import gc
import io
import os
import warnings
from functools import partial
from itertools import chain, repeat
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer
from dsplab.formats import _midi_tracks as tracks
from dsplab.formats.errors import TruncatedWarning, unreadable
from dsplab.formats.whole_files import whole_file

DRUMS = 9  # the channel of the drums, counted from 0; of each port
KINDS = {
    0x80: "note_off", 0x90: "note_on", 0xA0: "key_pressure", 0xB0: "control",
    0xC0: "program", 0xD0: "channel_pressure", 0xE0: "pitch_bend",
}  # fmt: skip
TEXT_KINDS = ("text", "copyright", "name", "instrument", "lyrics", "marker", "cue")
RELEASE = 64  # velocity of a release that says none
SMPTE_DROP = 29  # frames a second that are 30000 / 1001


class Event(NamedTuple):
    """One message: a key, a pedal, a wheel.

    kind        number      value
    note_on     key         velocity, 1..127
    note_off    key         release velocity
    key_pressure key        pressure
    control     controller  0..127
    program                 0..127
    channel_pressure        0..127
    pitch_bend              -8192..8191
    sysex                   bytes, without F0 and F7
    """

    time: float  # seconds
    kind: str
    channel: int  # 0..15, 9 are drums; + 16 for each further port
    number: int
    value: int | bytes


class MidiFile(NamedTuple):
    """Everything that is played in a file, in order, in seconds."""

    events: list  # of Events, in order of time
    tempos: tuple = ((0.0, 120.0),)  # (seconds, beats a minute from there on)
    ticks_per_beat: int = 480
    duration: float = 0.0  # seconds, to the end of the longest track
    names: dict = {}  # channel -> name of the track that plays on it  # noqa: RUF012
    meters: tuple = ()  # (seconds, beats in a bar, note value of a beat)
    keys: tuple = ()  # (seconds, sharps, negative: flats; whether minor)
    texts: tuple = ()  # (seconds, one of TEXT_KINDS, text)


def read_midi(file, *, sequence=0):
    """Read a Standard MIDI File of type 0, 1 or 2.

    Files with faults are read as players read them: see `dsplab.formats._midi_tracks`.
    A key struck with velocity 0 is one let go. Where time is counted in frames of film
    (SMPTE) a beat is a second long.

    Args:
      file: a path, the bytes of a file, or a file object.
      sequence: which of the independent pieces of a type 2 file, from 0.

    Returns:
      `MidiFile`.

    Raises:
      FormatError: a ValueError that names the file, the byte and what is wrong there.
      OSError: if there is no such file, or reading is not permitted.

    Warns:
      TruncatedWarning: if a track breaks off; what came before it was read.

    Reference:
      MIDI Manufacturers Association: Standard MIDI Files 1.0 (RP-001), 1996.

    >>> header = b"MThd" + bytes([0, 0, 0, 6, 0, 0, 0, 1, 0, 96])
    >>> played = bytes([0, 0x90, 69, 100, 96, 69, 0, 0, 0xFF, 0x2F, 0])
    >>> midi = read_midi(header + b"MTrk" + bytes([0, 0, 0, len(played)]) + played)
    >>> for event in midi.events:
    ...     print(*event)
    0.0 note_on 0 69 100
    0.5 note_off 0 69 64
    """
    sequence = integer(sequence, name="sequence", least=0)
    data, name = _bytes_of(file)
    try:
        with _uncollected():
            midi, cut = _read(data, sequence)
    except tracks.Unreadable as error:
        raise unreadable(name, error.reason, byte=error.offset) from None
    if cut is not None:
        what = "the MIDI data" if name is None else f"'{name}'"
        text = f"{what} is cut off or damaged at byte {cut}; what came before was read"
        warnings.warn(text, TruncatedWarning, stacklevel=2)
    return midi


@contextlib.contextmanager
def _uncollected():
    """Python's search for cycles would take half of the time; there are none here."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _bytes_of(file):
    """The contents, and the name of the file, if it has one."""
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file), None
    if isinstance(file, str | os.PathLike):
        with open(file, "rb") as opened:
            return opened.read(), os.fspath(file)
    if not isinstance(file, io.IOBase) and not hasattr(file, "read"):
        raise ValueError(
            f"file must be a path, bytes or a file object, got {type(file).__name__}"
        )
    data = file.read()
    if not isinstance(data, bytes):
        raise ValueError("file must be opened in binary mode")
    return data, getattr(file, "name", None)


def _read(data, sequence):
    """The file, and the byte at which it breaks off, if it does."""
    at, kind, division = tracks.read_header(data)
    found = [tracks.read_track(data, *where) for where in tracks.track_bytes(data, at)]
    if not found:
        raise tracks.Unreadable("there is no track", at)
    if kind == 2:
        if sequence >= len(found):
            text = f"there is no sequence {sequence}, only {len(found)}"
            raise tracks.Unreadable(text, at)
        found = [found[sequence]]
    elif sequence:
        raise tracks.Unreadable("only files of type 2 have several sequences", 8)
    cuts = [track.cut for track in found if track.cut is not None]
    return _assembled(found, division), min(cuts, default=None)


def _assembled(found, division):
    """The `MidiFile` of tracks that are played together."""
    others = [
        (tick, number, kind, payload)
        for number, track in enumerate(found)
        for tick, _, kind, payload in track.others
        if kind < tracks.SYSEX
    ]
    others.sort(key=lambda row: row[0])  # stable: at one tick in the order of tracks
    clock = _clock(others, division)
    end = max(track.end for track in found)
    events, plays = _events(found, clock)
    return MidiFile(
        events=events,
        tempos=tuple(zip(clock.times.tolist(), clock.tempos, strict=True)),
        ticks_per_beat=clock.ticks_per_beat,
        duration=float(clock.seconds(np.array([end]))[0]),
        **_remarks(others, clock, plays),
    )


class _Clock(NamedTuple):
    """From ticks to seconds."""

    marks: np.ndarray  # ticks at which the tempo changes, the first 0
    times: np.ndarray  # seconds of the marks
    beats: np.ndarray  # microseconds a beat from each mark on
    ticks_per_beat: int

    @property
    def tempos(self):
        """Beats a minute from each mark on."""
        return (6e7 / self.beats).tolist()

    def seconds(self, ticks):
        """When it is tick, (n,)."""
        k = np.searchsorted(self.marks, ticks, side="right") - 1
        passed = (ticks - self.marks[k]) * self.beats[k]
        return self.times[k] + passed / (1e6 * self.ticks_per_beat)


def _clock(others, division):
    """The clock of a file: its tempo map, or frames of film."""
    marks = {0: 500_000}
    if division & 0x8000:
        fps, resolution = 256 - (division >> 8), division & 0xFF
        drop = fps == SMPTE_DROP
        marks = {0: 1_001_000 if drop else 1_000_000}  # a second, or a little more
        division = (30 if drop else fps) * resolution
    else:
        for tick, _, kind, payload in others:
            beat = int.from_bytes(payload[:3]) if kind == tracks.TEMPO else 0
            if beat and len(payload) >= 3:
                marks[tick] = beat
    ticks, beats = np.array(list(marks)), np.array(list(marks.values()))
    passed = np.diff(ticks) * beats[:-1] / (1e6 * division)
    times = np.concatenate([[0.0], np.cumsum(passed)])
    return _Clock(ticks, times, beats, division)


def _events(found, clock):
    """All events in order; and for each track the channels it plays on."""
    lengths = [len(track.ticks) for track in found]
    starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
    ticks, statuses, first, second = (
        np.fromiter(chain.from_iterable(track[k] for track in found), np.int64)
        for k in range(4)
    )
    channels, kinds, numbers, values = _decoded(statuses, first, second)
    ticks_of, orders, payloads = [], [], []  # of system exclusive messages
    for track, start in zip(found, starts, strict=False):
        columns = tracks.sysex_of(track)
        ticks_of += columns[0]
        orders += [2 * (start + k) for k in columns[1]]  # between messages 1, 3, 5 ...
        payloads += columns[2]
    more, orders = np.array(ticks_of, np.int64), np.array(orders, np.int64)
    order = np.lexsort(
        [
            np.concatenate([2 * np.arange(len(ticks)) + 1, orders]),
            np.concatenate([ticks, more]),
        ]
    )
    columns = (clock.seconds(ticks), kinds, channels, numbers, values)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    events = list(map(partial(tuple.__new__, Event), rows))  # twice as quick as Event
    alike = (repeat("sysex"), repeat(0), repeat(0))
    rows = zip(clock.seconds(more).tolist(), *alike, payloads, strict=False)
    events += map(partial(tuple.__new__, Event), rows)
    most = 1 + channels.max(initial=0)
    owners = np.repeat(np.arange(len(found)), lengths)
    plays = np.unique((owners * most + channels)[kinds == "note_on"])
    return [events[k] for k in order.tolist()], np.divmod(plays, most)


def _decoded(statuses, first, second):
    """Columns of channel, kind, number and value from those of bytes."""
    first, second = np.minimum(first, 127), np.minimum(second, 127)
    ranks = np.cumsum(np.bincount(statuses >> 8, minlength=1) > 0) - 1
    ports = ranks[statuses >> 8]  # those that are used, numbered from 0
    code = statuses & 0xF0
    code[(code == 0x90) & (second == 0)] = 0x80
    second[(code == 0x80) & (statuses & 0xF0 == 0x90)] = RELEASE
    kinds = np.array([KINDS.get(16 * k) for k in range(16)], object)[code >> 4]
    bend, alone = code == 0xE0, (code == 0xC0) | (code == 0xD0)
    values = np.where(bend, first + 128 * second - 8192, np.where(alone, first, second))
    numbers = np.where(bend | alone, 0, first)
    return (statuses & 15) + 16 * ports, kinds, numbers, values


def _remarks(others, clock, plays):
    """Names, meters, keys and texts, as the fields of a `MidiFile`."""
    names, meters, keys, texts = {}, [], [], []
    channels = {}
    for track, channel in zip(*(column.tolist() for column in plays), strict=True):
        channels.setdefault(track, []).append(channel)
    times = clock.seconds(np.array([row[0] for row in others], np.int64)).tolist()
    for time, (_, track, kind, payload) in zip(times, others, strict=True):
        if kind == tracks.NAME and track in channels:
            for channel in channels[track]:
                names.setdefault(channel, _text(payload))
        elif kind in tracks.TEXTS:
            texts.append((time, TEXT_KINDS[kind - 1], _text(payload)))
        elif kind == tracks.METER and len(payload) >= 2 and payload[1] < 8:
            meters.append((time, payload[0], 2 ** payload[1]))
        elif kind == tracks.KEY and len(payload) >= 2:
            sharps = (payload[0] + 128) % 256 - 128
            if -7 <= sharps <= 7:
                keys.append((time, sharps, payload[1] == 1))
    rows = {"meters": meters, "keys": keys, "texts": texts}
    return {"names": names} | {name: tuple(row) for name, row in rows.items()}


def _text(payload):
    """Text of a file that does not say how it is encoded."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def write_midi(path, midi):
    """Write a Standard MIDI File of type 1: a track of tempos, and one each channel.

    A file that was read comes back tick for tick: the same events on each channel in
    the same order, tempos, meters, keys, texts and names. The file appears whole or not
    at all.

    Args:
      path: a string, a `pathlib.Path`, or a binary file object.
      midi: a `MidiFile`; `midi_notes.midi_of` makes one of notes.

    Raises:
      ValueError: naming the event that no file can hold.
      OSError: if the folder is missing, writing is not permitted, the disk is full.

    >>> from dsplab.formats.midi_notes import midi_of
    >>> file = io.BytesIO()
    >>> write_midi(file, midi_of([(0.0, 1.0, 60, 90)]))
    >>> file.getvalue()[:4], len(read_midi(file.getvalue()).events)
    (b'MThd', 2)
    """
    from dsplab.formats._midi_writing import encoded

    data = encoded(midi)
    if hasattr(path, "write"):
        path.write(data)
        return
    with whole_file(path) as file:
        file.write(data)
