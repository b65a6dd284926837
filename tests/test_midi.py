"""MIDI files: by hand from the specification, against mido, with every usual fault."""

import io
import struct
import warnings

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsplab.formats.errors import FormatError, TruncatedWarning
from dsplab.formats.midi import Event, MidiFile, read_midi, write_midi

END = b"\x00\xff\x2f\x00"


def track(contents, size=None):
    size = len(contents) if size is None else size
    return b"MTrk" + struct.pack(">I", size) + contents


def file_of(*contents, kind=1, division=480):
    head = b"MThd" + struct.pack(">IHHH", 6, kind, len(contents), division)
    return head + b"".join(track(part) for part in contents)


def rows(midi):
    return [tuple(event) for event in midi.events]


def test_every_kind_of_message():
    played = bytes.fromhex(
        "00 c2 05  00 b2 07 64  00 e2 00 40  00 e2 7f 7f  00 e2 00 00"
        "83 60 92 3c 40  00 a2 3c 10  00 d2 22  8f 00 82 3c 11 00 f0 03 7e 7f f7"
    )
    midi = read_midi(file_of(played + END))
    assert rows(midi) == [
        (0.0, "program", 2, 0, 5),
        (0.0, "control", 2, 7, 100),
        (0.0, "pitch_bend", 2, 0, 0),
        (0.0, "pitch_bend", 2, 0, 8191),
        (0.0, "pitch_bend", 2, 0, -8192),
        (0.5, "note_on", 2, 60, 64),  # 480 ticks
        (0.5, "key_pressure", 2, 60, 16),
        (0.5, "channel_pressure", 2, 0, 34),
        (2.5, "note_off", 2, 60, 17),  # 1920 ticks later
        (2.5, "sysex", 0, 0, b"\x7e\x7f"),
    ]
    assert midi.duration == 2.5 and midi.ticks_per_beat == 480


def test_running_status_goes_on_over_metas_and_sysex():
    played = bytes.fromhex("00 90 3c 40 0a 3e 40 00 ff 01 01 41 00 f0 01 f7 00 3e 00")
    midi = read_midi(file_of(played + END))
    played = [event[1:] for event in midi.events if event.kind != "sysex"]
    assert played == [
        ("note_on", 0, 60, 64), ("note_on", 0, 62, 64), ("note_off", 0, 62, 64),
    ]  # fmt: skip
    assert midi.texts == ((10 / 960, "text", "A"),)


def test_tempos_on_any_track_bind_all():
    slow = b"\x60\xff\x51\x03\x0f\x42\x40"  # after 96 ticks a second a beat
    played = bytes.fromhex("60 90 3c 40 60 3c 00")
    midi = read_midi(file_of(played + END, slow + END, division=96))
    assert [event.time for event in midi.events] == [0.5, 1.5]
    assert midi.tempos == ((0.0, 120.0), (0.5, 60.0))
    assert midi.duration == 1.5


@pytest.mark.parametrize(
    "fps, resolution, second",
    [(24, 80, 1.0), (25, 40, 1.0), (30, 80, 1.0), (29, 80, 1.001)],
)
def test_time_in_frames_of_film(fps, resolution, second):
    division = ((256 - fps) << 8) | resolution
    n_ticks = (30 if fps == 29 else fps) * resolution  # of a nominal second
    tempo = b"\x00\xff\x51\x03\x01\x00\x00"  # has no say
    delta = bytes([0x80 | n_ticks >> 7, n_ticks & 0x7F])
    midi = read_midi(file_of(tempo + delta + b"\x90\x3c\x40" + END, division=division))
    assert midi.events[0].time == pytest.approx(second, abs=1e-12)
    assert midi.ticks_per_beat == n_ticks
    copy = io.BytesIO()
    write_midi(copy, midi)
    assert read_midi(copy.getvalue()).events == midi.events


def test_type_2_is_several_pieces():
    pieces = [bytes([0, 0x90, key, 64]) + END for key in (60, 62)]
    data = file_of(*pieces, kind=2)
    assert [read_midi(data, sequence=k).events[0].number for k in (0, 1)] == [60, 62]
    with pytest.raises(FormatError, match="no sequence 2, only 2"):
        read_midi(data, sequence=2)
    with pytest.raises(FormatError, match="only files of type 2"):
        read_midi(file_of(pieces[0]), sequence=1)


def test_ports_are_more_channels():
    parts = [
        b"\x00\xff\x21\x01" + bytes([port, 0, 0x99, 36, 100]) + END for port in (3, 7)
    ]
    assert [event.channel for event in read_midi(file_of(*parts)).events] == [9, 25]
    assert read_midi(file_of(parts[1])).events[0].channel == 9


def test_what_files_say_of_themselves():
    metas = (
        b"\x00\xff\x03\x04Bass\x00\xff\x58\x04\x06\x03\x18\x08\x00\xff\x59\x02\xfd\x01"
        b"\x00\xff\x05\x02la\x00\xff\x06\x01\xe9"
    )
    midi = read_midi(
        file_of(metas + b"\x00\x93\x30\x40" + END, b"\x00\xff\x03\x01T" + END)
    )
    assert midi.names == {3: "Bass"}
    assert midi.meters == ((0.0, 6, 8),)
    assert midi.keys == ((0.0, -3, True),)
    assert midi.texts == (
        (0.0, "lyrics", "la"), (0.0, "marker", "é"), (0.0, "name", "T"),
    )  # fmt: skip


def test_split_sysex_is_joined():
    played = bytes.fromhex("00 f0 02 43 12 30 f7 01 55 10 f7 02 66 f7 00 f7 01 f8")
    midi = read_midi(file_of(played + END))
    assert [event.value for event in midi.events] == [b"\x43\x12\x55\x66"]


NOTE = b"\x00\x90\x3c\x40\x60\x3c\x00"


@pytest.mark.parametrize(
    "data",
    [
        file_of(NOTE),  # no end of track
        file_of(NOTE + END) + b"\x00\x01trailing junk",
        file_of(NOTE + END + b"\x99\x99\x99"),
        b"RIFF\x00\x00\x00\x00RMIDdata\x00\x00\x00\x00" + file_of(NOTE + END),
        bytes(128) + file_of(NOTE + END),  # MacBinary
        file_of()[:14] + track(NOTE + END, size=3),  # too short
        file_of()[:14] + track(NOTE + END, size=9999),  # too long
        file_of()[:14] + b"XFIH\x00\x00\x00\x02ab" + track(NOTE + END),
        file_of()[:14] + track(NOTE + END, size=0) + track(END),
        file_of(b"\x00\xfe" + NOTE + b"\x00\xf2\x01\x02" + END),  # system messages
        b"MThd\x00\x00\x00\x00" + file_of(NOTE + END)[8:],
        file_of(NOTE + END, kind=7),
    ],
)
def test_faults_that_players_tolerate(data):
    events = [event[1:] for event in read_midi(data).events]
    assert events == [("note_on", 0, 60, 64), ("note_off", 0, 60, 64)]


def test_data_bytes_out_of_range_are_clipped():
    midi = read_midi(file_of(b"\x00\x90\x3c\xff" + b"\x00\xf0\x02\x43\xc0" + END))
    assert midi.events[0].value == 127
    assert midi.events[1].value == b"\x43\x7f"


@pytest.mark.parametrize("cut", [1, 3, 5, 6])
def test_a_file_that_breaks_off_gives_what_came_before(cut):
    data = file_of(NOTE + END)[: -len(END) - cut]
    with pytest.warns(TruncatedWarning, match="cut off or damaged at byte 2[26]"):
        midi = read_midi(data)
    assert len(midi.events) == (1 if cut < 4 else 0)


@pytest.mark.parametrize(
    "data, byte, reason",
    [
        (b"", 0, "there is no MThd"),
        (b"RIFF....WAVEfmt " + bytes(5000), 0, "there is no MThd"),
        (file_of()[:12], 12, "the header is cut off"),
        (file_of(), 14, "there is no track"),
        (file_of(END, division=0), 12, "0x0000 is no unit of time"),
        (file_of(END, division=0xE700), 12, "0xe700 is no unit"),
        (file_of(END, division=0x8001), 12, "0x8001 is no unit"),
        (file_of(b"\x00\x3c\x40" + END), 23, "data byte 0x3c without a status"),
        (file_of(b"\xff\xff\xff\xff\x00" + END), 22, "a number of more than four"),
    ],
)
def test_unreadable_files(data, byte, reason, tmp_path):
    path = tmp_path / "bad.mid"
    path.write_bytes(data)
    said = rf"{reason}.* \(byte {byte}\)$"
    with pytest.raises(FormatError, match=f"cannot read '.*bad.mid': {said}"):
        read_midi(path)
    with pytest.raises(FormatError, match=f"cannot read these bytes: {said}"):
        read_midi(data)


def test_what_is_no_file():
    with pytest.raises(ValueError, match="file must be a path"):
        read_midi(3)
    with pytest.raises(ValueError, match="binary mode"):
        read_midi(io.StringIO("MThd"))
    with pytest.raises(FileNotFoundError):
        read_midi("no such file.mid")


def test_pauses_of_days_are_only_numbers():
    long = b"\xff\xff\xff\x7f"
    midi = read_midi(file_of((long + b"\x90\x3c\x40") * 1000 + END, division=1))
    assert midi.duration == 1000 * (2**28 - 1) * 0.5


messages = st.one_of(
    st.builds(mido.Message, st.just("note_on"), channel=st.integers(0, 15),
              note=st.integers(0, 127), velocity=st.integers(0, 127)),
    st.builds(mido.Message, st.just("note_off"), note=st.integers(0, 127),
              velocity=st.integers(0, 127)),
    st.builds(mido.Message, st.just("control_change"), channel=st.integers(0, 3),
              control=st.integers(0, 127), value=st.integers(0, 127)),
    st.builds(mido.Message, st.just("program_change"), program=st.integers(0, 127)),
    st.builds(mido.Message, st.just("pitchwheel"), pitch=st.integers(-8192, 8191)),
    st.builds(mido.Message, st.just("sysex"),
              data=st.lists(st.integers(0, 127), max_size=4)),
    st.builds(mido.MetaMessage, st.just("set_tempo"), tempo=st.integers(1, 2**24 - 1)),
)  # fmt: skip
timed = st.lists(st.tuples(st.integers(0, 2**20), messages), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(timed, min_size=1, max_size=3), st.integers(1, 32767))
def test_agrees_with_mido_and_comes_back_exactly(contents, division):
    peer = mido.MidiFile(type=1, ticks_per_beat=division)
    for rows in contents:
        part = [message.copy(time=delta) for delta, message in rows]
        peer.tracks.append(mido.MidiTrack(part))
    data = io.BytesIO()
    peer.save(file=data)
    midi = read_midi(data.getvalue())
    played = [m for m in mido.merge_tracks(peer.tracks) if not m.is_meta]
    assert len(midi.events) == len(played)
    assert midi.duration == pytest.approx(peer.length, rel=1e-9, abs=1e-9)
    now, times = 0.0, []
    for message in peer:
        now += message.time
        times += [] if message.is_meta else [now]
    np.testing.assert_allclose([e.time for e in midi.events], times, rtol=1e-9)
    for event, message in zip(midi.events, played, strict=True):
        assert_same(event, message)
    copy = io.BytesIO()
    write_midi(copy, midi)
    again = read_midi(copy.getvalue())
    assert again._replace(events=[]) == midi._replace(events=[])
    assert by_channel(again) == by_channel(midi)


def assert_same(event, message):
    off = message.type == "note_on" and message.velocity == 0
    kind, value = {
        "note_on": ("note_off" if off else "note_on", "velocity"),
        "note_off": ("note_off", "velocity"),
        "control_change": ("control", "value"),
        "program_change": ("program", "program"),
        "pitchwheel": ("pitch_bend", "pitch"),
        "sysex": ("sysex", "data"),
    }[message.type]
    expected = 64 if off else getattr(message, value)
    assert event.kind == kind
    assert (tuple(event.value) if kind == "sysex" else event.value) == expected
    if kind != "sysex":
        number = getattr(message, "note", getattr(message, "control", 0))
        assert (event.channel, event.number) == (message.channel, number)


def by_channel(midi):
    channels = {}
    for event in midi.events:
        key = None if event.kind == "sysex" else event.channel
        channels.setdefault(key, []).append(event)
    return channels


def test_names_ports_and_texts_come_back(tmp_path):
    midi = MidiFile(
        events=[
            Event(0.5, "note_on", 0, 60, 1),
            Event(0.5, "note_on", 25, 36, 127),
            Event(1.0, "key_pressure", 0, 60, 9),
            Event(1.0, "channel_pressure", 25, 0, 9),
        ],
        tempos=((0.0, 100.0), (0.6, 200.0)),
        ticks_per_beat=1000,
        duration=9.0,
        names={0: "Flöte", 25: "Drums"},
        meters=((0.0, 3, 4),),
        keys=((0.0, -3, True), (0.6, 2, False)),
        texts=((0.0, "lyrics", "é"), (0.6, "marker", "B")),
    )
    write_midi(tmp_path / "a.mid", midi)
    read = read_midi(tmp_path / "a.mid")
    assert [e[1:] for e in read.events] == [e[1:] for e in midi.events]
    assert read.names == midi.names and read.meters == midi.meters
    assert [key[1:] for key in read.keys] == [key[1:] for key in midi.keys]
    assert [text[1:] for text in read.texts] == [text[1:] for text in midi.texts]
    assert read.duration == pytest.approx(9.0, abs=1e-3)


@pytest.mark.parametrize(
    "event, reason",
    [
        (Event(0.0, "note_on", 0, 128, 1), r"events\[0\] is no MIDI event"),
        (Event(0.0, "sing", 0, 60, 1), r"events\[0\] is no MIDI event"),
        (Event(0.0, "pitch_bend", 0, 0, 9000), r"events\[0\] is no MIDI event"),
        (Event(0.0, "note_on", -1, 60, 1), r"events\[0\].channel must be an integer"),
        (Event(1e9, "note_on", 0, 60, 1), "midi must not pause for more than"),
    ],
)
def test_what_no_file_can_hold(event, reason, tmp_path):
    with pytest.raises(ValueError, match=reason):
        write_midi(tmp_path / "a.mid", MidiFile([event]))
    assert not list(tmp_path.iterdir())


def test_tempos_that_no_file_can_hold():
    with pytest.raises(ValueError, match="tempos must be in"):
        write_midi(io.BytesIO(), MidiFile([], tempos=((0.0, 1.0),)))


def test_whatever_is_broken_ends_in_one_error():
    data = bytearray(file_of(NOTE * 3 + b"\x00\xf0\x02\x01\xf7" + END, NOTE + END))
    rng = np.random.default_rng(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TruncatedWarning)
        for _ in range(2000):
            broken = data.copy()
            for at in rng.integers(0, len(data), 3):
                broken[at] = rng.integers(0, 256)
            assert readable(bytes(broken[: rng.integers(1, len(data) + 1)])) in (0, 1)


def readable(data):
    try:
        return len(read_midi(data).events) >= 0
    except FormatError as error:
        assert "byte" in str(error)
        return 0
