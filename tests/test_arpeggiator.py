"""Arpeggiator: the keys that are held, in order, in time."""

import numpy as np
import pytest

from dsplab.sources.arpeggiator import ORDERS, arpeggiate

CHORD = [(0.0, 2.0, 64, 80), (0.1, 1.9, 60, 90), (0.2, 1.8, 67, 100)]
GRID = {"tempo": 60, "value": "1/8"}  # half a second


def pitches(notes):
    return [int(note.pitch) for note in notes]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("up", [60, 64, 67, 72, 76, 79, 60]),
        ("down", [79, 76, 72, 67, 64, 60, 79]),
        ("up_down", [60, 64, 67, 72, 76, 79, 76, 72, 67, 64, 60]),
        ("as_played", [64, 60, 67, 76, 72, 79, 64]),
    ],
)
def test_orders_through_two_octaves(order, expected):
    chord = [(0.0, 8.0, p, v) for _, _, p, v in CHORD]
    notes = arpeggiate(chord, **GRID, order=order, octaves=2)
    assert pitches(notes)[: len(expected)] == expected and len(notes) == 16
    assert [n.onset for n in notes] == pytest.approx(np.arange(16) / 2)
    velocity = dict((p % 12, v) for _, _, p, v in CHORD)
    assert all(n.velocity == velocity[n.pitch % 12] for n in notes)


def test_the_figure_begins_anew_when_keys_change_the_clock_does_not():
    notes = arpeggiate(CHORD, **GRID)
    assert pitches(notes) == [64, 60, 64, 67]  # at first, one key only
    later = arpeggiate([(0.0, 0.75, 60), (0.75, 1.25, 70)], **GRID)
    assert [n.onset for n in later] == pytest.approx([0, 0.5, 1.0, 1.5])
    assert pitches(later) == [60, 60, 70, 70]


def test_rests_are_silent_unless_latched():
    chords = [(0.0, 0.4, 60), (0.0, 0.4, 64), (2.0, 1.0, 70)]
    assert [n.onset for n in arpeggiate(chords, **GRID)] == [0.0, 2.0, 2.5]
    latched = arpeggiate(chords, **GRID, latch=True)
    assert pitches(latched) == [60, 64, 60, 64, 70, 70]


def test_random_draws_from_the_chord():
    chord = [(0.0, 50.0, p) for p in (60, 64, 67)]

    def draw(seed):
        rng = np.random.default_rng(seed)
        return pitches(arpeggiate(chord, **GRID, order="random", rng=rng))

    assert set(draw(1)) == {60, 64, 67} and draw(1) == draw(1) != draw(2)


def test_gate_and_swing():
    notes = arpeggiate([(0, 2, 60)], **GRID, gate=0.8, swing=0.6)
    assert [n.onset for n in notes] == pytest.approx([0, 0.6, 1.0, 1.6])
    assert [n.duration for n in notes] == pytest.approx([0.48, 0.32, 0.48, 0.32])


def test_errors():
    with pytest.raises(ValueError, match="order must be one of"):
        arpeggiate(CHORD, **GRID, order="sideways")
    with pytest.raises(ValueError, match="rng must be a numpy.random.Generator"):
        arpeggiate(CHORD, **GRID, order="random")
    with pytest.raises(ValueError, match="octaves"):
        arpeggiate(CHORD, **GRID, octaves=0)
    assert ORDERS[0] == "up"
