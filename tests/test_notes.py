"""Notes: read, named, checked, and played by any voice."""

import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.convert import midi_to_hz
from dsplab.sources.notes import (
    Note,
    as_notes,
    midi_to_name,
    name_to_midi,
    parse_score,
)
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

RATE = 1000


def pitch_voice(f0, held, sample_rate, *, velocity, patch):
    return patch * f0


def test_names_and_numbers_are_inverse():
    for number in range(128):
        assert name_to_midi(midi_to_name(number)) == number
    assert [name_to_midi(n) for n in ("A4", "Cb4", "B#3", "F##2")] == [69, 59, 60, 43]


@pytest.mark.parametrize("bad", ["H4", "C", "4", "", "C#b4", None, 60])
def test_what_is_no_name_is_refused(bad):
    with pytest.raises(ValueError, match="name must be a note"):
        name_to_midi(bad)


def test_a_score_in_time():
    notes = parse_score("A4 | C4+E4/2 -/0.5 G4!", tempo=120)
    assert [(n.onset, n.pitch) for n in notes] == [
        (0.0, 69.0), (0.5, 60.0), (0.5, 64.0), (1.75, 67.0),
    ]  # fmt: skip
    assert [n.duration for n in notes] == pytest.approx([0.45, 0.9, 0.9, 0.45])
    assert [n.velocity for n in notes] == [90, 90, 90, 120]


@pytest.mark.parametrize("token", ["C4/", "C4/0", "C4//2", "X", "C4+", "-+C4", "/2"])
def test_a_score_names_the_token_it_cannot_read(token):
    with pytest.raises(ValueError, match="token .* write C4"):
        parse_score(f"A4 {token}")


@pytest.mark.parametrize("text", ["", "-", "| |"])
def test_a_score_without_notes_is_refused(text):
    with pytest.raises(ValueError, match="must contain a note"):
        parse_score(text)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ([(0, 1)], "must be a list of"),
        ([], "must be a list of"),
        (3.0, "must be a list of"),
        ([(0, -1, 60)], "duration positive"),
        ([(-1, 1, 60)], "onset at least 0"),
        ([(0, 1, 60), (0, 1, 60, 0)], r"notes\[1\] must have a velocity"),
        ([(0, 1, np.nan)], "NaN"),
        ([(0, 1, 999)], "MIDI note number"),
    ],
)
def test_bad_notes_are_named(rows, match):
    with pytest.raises(ValueError, match=match):
        as_notes(rows)


def test_notes_come_as_rows_of_an_array_too():
    rows = np.array([[1.0, 0.5, 60.0, 90.0], [0.0, 0.5, 62.0, 80.0]])
    assert as_notes(rows) == [Note(0, 0.5, 62, 80), Note(1, 0.5, 60, 90)]


def test_a_piece_is_the_sum_of_its_notes(xp):
    notes = [(0.0, 0.1, 60), (0.05, 0.2, 64, 50), (0.5, 0.1, 67)]
    patch = xp.asarray(0.5)
    y = play_notes(pitch_voice, notes, RATE, patch=patch, tail=0.1)
    assert y.shape == (700,) and isinstance(y, type(patch) if xp is jnp else np.ndarray)
    expected = np.zeros(700)
    for begin, end, pitch in ((0, 200, 60), (50, 350, 64), (500, 700, 67)):
        expected[begin:end] += 0.5 * midi_to_hz(pitch)
    np.testing.assert_allclose(y, expected, atol=1e-9)


def test_bend_and_glide_move_the_pitch():
    bend = np.linspace(0, 2, 500)
    y = play_notes(pitch_voice, [(0, 1, 60)], RATE, patch=1.0, tail=0, bend=bend)
    np.testing.assert_allclose(y[:500], midi_to_hz(60 + bend))
    np.testing.assert_allclose(y[500:], midi_to_hz(62.0))
    notes = [(0, 0.5, 60), (0.5, 0.5, 72)]
    y = play_notes(pitch_voice, notes, RATE, patch=1.0, tail=0, glide=0.1)
    np.testing.assert_allclose(y[[500, 550, 600]], midi_to_hz([60.0, 66.0, 72.0]))


def test_the_oldest_voice_is_taken_away():
    def ones(f0, held, sample_rate, *, velocity, patch):
        return np.ones_like(f0)

    notes = [(0, 1, 60), (0.2, 1, 62), (0.4, 1, 64)]
    y = play_notes(ones, notes, RATE, patch=None, tail=0, polyphony=2)
    assert y.max() <= 3 and (y[210:390] == 2).all() and (y[406:1190] == 2).all()
    assert abs(np.diff(y[395:410])).max() <= 1.0


def test_noise_is_drawn_for_each_voice():
    def hiss(f0, held, sample_rate, *, velocity, patch, noise):
        return noise

    notes = [(0, 0.1, 60), (0.1, 0.1, 60)]
    rng = np.random.default_rng
    a = play_notes(hiss, notes, RATE, patch=None, tail=0, rng=rng(3))
    b = play_notes(hiss, notes, RATE, patch=None, tail=0, rng=rng(3))
    np.testing.assert_array_equal(a, b)
    assert (a[:100] != a[100:]).all() and abs(a).max() < 1


def test_presets_are_found_by_name():
    presets = {"soft": Note(0, 1, 60), "hard": Note(0, 1, 72)}
    assert find_patch("hard", presets) is presets["hard"]
    assert find_patch(Note(1, 2, 3), presets) == Note(1, 2, 3)
    with pytest.raises(ValueError, match="'soft', 'hard'"):
        find_patch("loud", presets)
    with pytest.raises(ValueError, match="or a Note"):
        find_patch(3, presets)


def test_velocity_law(xp):
    gain = velocity_gain(xp.asarray([127.0, 63.5]))
    np.testing.assert_allclose(gain, [1, 0.25])
