"""Notes of the bank that comes along, by name."""

import numpy as np
import pytest

from neural.data.bank_notes import PROGRAMS, bank_notes, louder


def test_a_note_is_heard_at_its_pitch_and_two_names_are_two_notes():
    x = bank_notes("flute+organ", 69, sample_rate=8000, n_samples=4000)
    assert x.shape == (2, 4000) and x.dtype == np.float32
    spectrum = np.abs(np.fft.rfft(x[0] * np.hanning(4000)))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 4
    assert np.abs(x[1] - x[0]).max() > 0.01
    assert len(PROGRAMS) == 16


def test_silence_follows_a_short_note():
    x = bank_notes("vibraphone", 84, sample_rate=2000, n_samples=40000)
    assert x[0, :2000].any() and not x[0, -2000:].any()


def test_louder():
    x = np.array([[0.1, -0.2], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(louder(x), [[0.45, -0.9], [0.0, 0.0]])


@pytest.mark.parametrize(
    ("name", "pitch", "message"),
    [
        ("kazoo", 60, "instrument must be one of .*flute"),
        ("flute", 128, "pitch must be a whole number from 0 to 127, got 128"),
        ("flute", 60.5, "pitch must be a whole number"),
    ],
)
def test_mistakes_are_named(name, pitch, message):
    with pytest.raises(ValueError, match=message):
        bank_notes(name, pitch, sample_rate=8000, n_samples=100)
