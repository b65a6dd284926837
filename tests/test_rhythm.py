"""Rhythm: note values, swing that keeps the bar, patterns, even spreading."""

import itertools

import numpy as np
import pytest

from dsplab.sources.rhythm import (
    euclidean,
    note_beats,
    note_hz,
    note_seconds,
    pattern,
    step_times,
)


def test_note_values_add_up():
    assert 3 * note_beats("1/8T") == pytest.approx(2 * note_beats("1/8"))
    assert note_beats("1/4.") == note_beats("1/4") + note_beats("1/8")
    assert note_beats("2") == 8 and note_beats("3/8") == 1.5
    assert note_beats(0.75) == 0.75
    assert note_seconds("1", 120) == 2.0 and note_hz("1/4", 90) == 1.5


@pytest.mark.parametrize("bad", ["", "1/0", "0/4", "1/4TT", "T", "-1/4", 0.0, -1])
def test_what_is_no_note_value_is_refused(bad):
    with pytest.raises(ValueError, match="value must be"):
        note_beats(bad)


def test_swing_moves_every_second_step_only():
    straight = step_times(16, 120)
    np.testing.assert_allclose(straight, np.arange(16) / 8)
    swung = step_times(16, 120, swing=2 / 3)
    np.testing.assert_allclose(swung[::2], straight[::2])
    np.testing.assert_allclose(swung[1::2] - swung[::2], 2 / 3 / 4)
    with pytest.raises(ValueError, match="swing must be below 1"):
        step_times(4, 120, swing=1.0)


def test_patterns():
    np.testing.assert_allclose(pattern("x.|oX -9"), [90, 0, 40, 120, 0, 127])
    for bad in ("", "y", " ", "0"):
        with pytest.raises(ValueError, match="text must be made of"):
            pattern(bad)
    with pytest.raises(ValueError, match="text must be a string"):
        pattern(3)


def test_euclidean_rhythms_are_the_published_ones():
    """Toussaint's examples; his begin elsewhere in the same cycle."""
    for text in (
        "x.x..", "x.xx.xx.", "x..x..x.", "x.xx.", "x.xx.x.", "x..x..x..x..x...",
        "x.x.x.xx.x.x",
    ):  # fmt: skip
        wanted = [c == "x" for c in text]
        rhythm = euclidean(sum(wanted), len(text)).tolist()
        assert any(rhythm == wanted[k:] + wanted[:k] for k in range(len(text))), text


def test_euclidean_hits_are_as_even_as_steps_allow():
    for n_steps, n_hits in itertools.product(range(1, 17), range(17)):
        if 0 < n_hits <= n_steps:
            hits = np.flatnonzero(euclidean(n_hits, n_steps))
            gaps = np.diff(np.append(hits, hits[0] + n_steps))
            assert len(hits) == n_hits and hits[0] == 0 and np.ptp(gaps) <= 1
    assert not euclidean(0, 4).any()
    np.testing.assert_array_equal(
        euclidean(3, 8, rotation=2), np.roll(euclidean(3, 8), -2)
    )
    with pytest.raises(ValueError, match=r"n_hits must be an integer in 0\.\.8"):
        euclidean(9, 8)
