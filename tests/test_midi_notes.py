"""Notes of MIDI files: the cases that players disagree about, and the way back."""

import io

import numpy as np
import pytest

from dsplab.formats.midi import Event, MidiFile, read_midi, write_midi
from dsplab.formats.midi_notes import Part, channel_notes, midi_of, parts, piano_roll
from dsplab.sources.notes import Note, parse_score


def on(time, key, velocity=100, channel=0):
    return Event(time, "note_on", channel, key, velocity)


def off(time, key, channel=0):
    return Event(time, "note_off", channel, key, 64)


def control(time, number, value, channel=0):
    return Event(time, "control", channel, number, value)


def program(time, value, channel=0):
    return Event(time, "program", channel, 0, value)


def spans(*events, duration=10.0, **options):
    """(onset, end, key) of the notes of channel 0."""
    notes = channel_notes(MidiFile(list(events), duration=duration), **options)[0]
    return [(n.onset, n.onset + n.duration, n.pitch) for n in notes]


def test_overlapping_strokes_of_one_key_end_in_order():
    played = [on(0.0, 60), on(1.0, 60), off(2.0, 60), off(4.0, 60), off(5.0, 60)]
    assert spans(*played) == [(0.0, 2.0, 60), (1.0, 4.0, 60)]


def test_a_key_nobody_lets_go_is_held_to_the_end():
    assert spans(on(0.0, 60), on(1.0, 61), off(2.0, 61)) == [(0, 10, 60), (1, 2, 61)]
    assert spans(on(0.0, 60), on(3.0, 61), duration=0.0)[0] == (0.0, 3.0, 60)


def test_a_stroke_of_no_length_lasts_a_tick():
    events = [on(1.0, 60), off(1.0, 60), on(3.0, 60), off(3.0, 60)]
    midi = MidiFile(events, ((0.0, 120.0), (2.0, 60.0)), 100)
    durations = [note.duration for note in channel_notes(midi)[0]]
    assert durations == pytest.approx([0.005, 0.01])


@pytest.mark.parametrize("number", [120, 123, 127])
def test_all_notes_off(number):
    played = [on(0.0, 60), on(1.0, 60), on(1.0, 64), control(2.0, number, 0)]
    assert {end for _, end, _ in spans(*played, off(4.0, 60))} == {2.0}


def test_the_pedal_holds_on_wish():
    played = [
        control(0.0, 64, 127), on(0.0, 60), off(1.0, 60), on(2.0, 62),
        off(2.5, 62), control(3.0, 64, 0),
    ]  # fmt: skip
    assert spans(*played) == [(0.0, 1.0, 60), (2.0, 2.5, 62)]
    assert spans(*played, pedal=True) == [(0.0, 3.0, 60), (2.0, 3.0, 62)]


def test_reset_lifts_the_pedal():
    played = [control(0.0, 64, 127), on(0.0, 60), off(1.0, 60), control(2.0, 121, 0)]
    assert spans(*played, pedal=True) == [(0.0, 2.0, 60)]


def test_a_part_is_a_channel_with_one_program():
    events = [
        control(0.0, 0, 1), control(0.0, 32, 2), program(0.0, 5), on(0.0, 60),
        control(0.5, 0, 0), off(1.0, 60), on(1.0, 62), off(2.0, 62),
        program(2.0, 7), on(2.0, 64), off(3.0, 64), on(0.5, 36, channel=9),
    ]  # fmt: skip
    events.sort(key=lambda event: event.time)
    found = parts(MidiFile(events, duration=4.0, names={0: "Lead"}))
    assert [(p.channel, p.program, p.bank, p.name) for p in found] == [
        (0, 5, 130, "Lead"),
        (0, 7, 2, "Lead"),  # the bank that was chosen when the program came
        (9, 0, 0, ""),
    ]
    assert [len(part.notes) for part in found] == [2, 1, 1]
    assert [part.drums for part in found] == [False, False, True]


def test_piano_roll():
    played = [on(0.0, 60), on(0.5, 60, 50), off(1.0, 60), off(1.5, 60), on(0, 36, 9, 9)]
    midi = MidiFile(sorted(played), duration=1.5)
    roll = piano_roll(midi, 4)
    assert roll.shape == (6, 128) and roll.dtype == np.float32
    assert roll[:, 60].tolist() == [100, 100, 100, 100, 50, 50]
    assert roll.sum() == roll[:, 60].sum()  # no drums
    assert piano_roll(midi, 4, channels=[9])[:, 36].tolist() == [9] * 6
    assert piano_roll(midi, 4, duration=0.5).shape == (2, 128)
    assert piano_roll(midi, 4, duration=5.0)[6:].sum() == 0


def test_piano_roll_shows_the_shortest_note():
    roll = piano_roll([Note(0.31, 0.001, 64.0), (0.5, 0.1, 200)], 10)
    assert np.argwhere(roll).tolist() == [[3, 64], [5, 127]]


def test_piano_roll_of_days():
    midi = MidiFile([on(0.0, 60)], duration=1e9)
    with pytest.raises(ValueError, match="duration must be given"):
        piano_roll(midi, 100)
    assert piano_roll(midi, 100, duration=1.0)[:, 60].all()
    assert piano_roll(MidiFile([]), 100).shape == (1, 128)


def round_trip(midi):
    file = io.BytesIO()
    write_midi(file, midi)
    return read_midi(file.getvalue())


def test_notes_come_back():
    score = parse_score("C4+E4/2 G4! -/0.5 A4/0.25", tempo=90)
    notes = channel_notes(round_trip(midi_of(score, tempo=90)))[0]
    half_tick = 0.5 * 60 / (90 * 480)
    for note, expected in zip(notes, sorted(score), strict=True):
        np.testing.assert_allclose(note[:2], expected[:2], atol=2 * half_tick)
        assert note[2:] == expected[2:]


def test_beats_fall_on_ticks_of_any_tempo_map():
    tempos = [(0.0, 100.0), (2.4, 37.0)]  # four beats, then slower
    onset = 2.4 + 3 * 60 / 37
    midi = midi_of([(onset, 60 / 37, 60)], tempo=tempos, ticks_per_beat=24)
    data = io.BytesIO()
    write_midi(data, midi)
    assert data.getvalue().count(b"\x81\x28\x90\x3c\x64") == 1  # 7 * 24 ticks
    assert round_trip(midi).tempos[1][1] == pytest.approx(37.0, rel=1e-6)


def test_a_key_struck_anew_is_let_go_before():
    midi = midi_of([(0.0, 1.0000001, 60), (1.0, 1.0, 60)])
    assert [event.kind[5:] for event in midi.events] == ["on", "off", "on", "off"]
    assert midi.events[1].time == midi.events[2].time == 1.0


def test_parts_and_dictionaries_of_notes():
    band = [
        Part(2, 33, 128, "Bass", [Note(0.0, 1.0, 40.0, 90.4)]),
        Part(9, 0, 0, "", [Note(0.0, 1e-9, 36.0)]),
    ]
    found = parts(round_trip(midi_of(band)))
    assert found[0] == band[0]._replace(notes=[Note(0.0, 1.0, 40.0, 90.0)])
    assert found[1].notes == [Note(0.0, 1 / 960, 36.0)]
    assert list(channel_notes(round_trip(midi_of({3: [(0, 1, 60)]})))) == [3]


@pytest.mark.parametrize(
    "notes, options, reason",
    [
        ([(0, 1, 60.5)], {}, "keys 0..127, got pitch 60.5"),
        ([(0, 1, 128)], {}, "keys 0..127"),
        ([(0, 0, 60)], {}, "duration positive"),
        ([], {}, "notes must be a list"),
        ([(0, 1, 60)], {"tempo": 0}, "tempo must be"),
        ([(0, 1, 60)], {"ticks_per_beat": 40000}, "ticks_per_beat must be"),
        ({-1: [(0, 1, 60)]}, {}, "channel must be"),
    ],
)
def test_notes_that_no_file_can_hold(notes, options, reason):
    with pytest.raises(ValueError, match=reason):
        midi_of(notes, **options)
