"""Wheels and controllers of MIDI files: by hand from the specification."""

import numpy as np
import pytest

from dsplab.formats.midi import Event, MidiFile
from dsplab.formats.midi_curves import bend_events, controller_events


def midi_of_controls(*rows):
    """Controls (number, value) and wheel positions, a second apart, on channel 3."""
    events = [
        Event(float(k), "pitch_bend", 3, 0, row)
        if isinstance(row, int)
        else Event(float(k), "control", 3, *row)
        for k, row in enumerate(rows)
    ]
    return MidiFile([Event(0.0, "control", 2, 7, 1), *events])


def bends(*rows):
    return bend_events(midi_of_controls(*rows), channel=3).tolist()


def test_controllers_of_one_channel():
    midi = midi_of_controls((7, 100), (8, 3), (7, 0))
    assert controller_events(midi, 7, channel=3).tolist() == [[0, 100], [2, 0]]
    assert controller_events(midi, 7, channel=5).shape == (0, 2)
    with pytest.raises(ValueError, match="number must be"):
        controller_events(midi, 120, channel=3)


@pytest.mark.parametrize("number, value", [(11, 127), (1, 0), (64, 0)])
def test_reset_of_controllers(number, value):
    midi = midi_of_controls((number, 77), (121, 0))
    assert controller_events(midi, number, channel=3).tolist() == [[0, 77], [1, value]]


@pytest.mark.parametrize("number", [7, 10, 91])
def test_what_a_reset_leaves(number):
    midi = midi_of_controls((number, 77), (121, 0))
    assert controller_events(midi, number, channel=3).tolist() == [[0, 77]]


def test_wheel_of_two_semitones():
    assert bends(-8192, 0, 8191, (121, 0)) == [[0, -2], [1, 0], [2, 2], [3, 0]]


def test_range_by_registered_parameter():
    rows = [(101, 0), (100, 0), (6, 12), (38, 50), 8191]
    assert bends(*rows)[-1] == [4, 12.5]
    # a wheel that is held follows its range
    assert bends(8191, *rows[:3]) == [[0, 2], [3, 12]]
    # nothing is chosen, or another kind of parameter: data goes elsewhere
    assert bends((101, 0), (100, 0), (101, 127), (100, 127), (6, 12), 8191)[-1][1] == 2
    assert bends((101, 0), (100, 0), (99, 0), (98, 0), (6, 12), 8191)[-1][1] == 2
    assert bends((6, 12), 8191)[-1][1] == 2


def test_range_by_steps():
    assert bends((101, 0), (100, 0), (96, 0), (97, 0), (97, 0), 8191)[-1][1] == 1


def test_tuning():
    coarse = bends((101, 0), (100, 2), (6, 52), 8191)
    assert coarse == [[2, -12], [3, -10]]
    fine = bends((101, 0), (100, 1), (6, 96), (38, 0))
    np.testing.assert_allclose(fine, [[2, 0.5], [3, 0.5]])
