"""Notes in memory: resampled, cut, numbered and dealt out."""

import numpy as np
import pytest

from data_scripts.render_notes import render_set
from neural.data import note_set, nsynth


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Two small sets: three instruments in all, three pitches each."""
    made = []
    for name, programs in (("a", (0, 73)), ("b", (16,))):
        folder = tmp_path_factory.mktemp("sets") / name
        render_set(
            folder,
            sound_font="dsplab/banks/general_midi.sf2",
            programs=programs,
            pitches=(60, 68, 4),
            velocities=(100,),
            held_out=(0.0, 0.0),
        )
        made.append(folder)
    return made


def test_sets_are_joined_and_instruments_numbered_through(folders):
    notes = note_set.load(folders, split="train", sample_rate=8000, n_samples=4000)
    assert notes.x.shape == (9, 4000) and notes.x.dtype == np.float32
    assert notes.instrument.tolist() == [1] * 3 + [0] * 3 + [2] * 3
    assert notes.pitch.tolist() == [60, 64, 68] * 3
    assert {nsynth.FAMILIES[k] for k in notes.family} == {"keyboard", "flute", "organ"}
    assert notes.sample_rate == 8000 and len(notes.names) == 9
    called = ["Flute", "Acoustic Grand Piano", "Drawbar Organ"]
    assert notes.title.tolist() == [name for name in called for _ in range(3)]
    assert notes.qualities.shape == (9, 10) and notes.qualities[:3, 1].all()  # dark


@pytest.mark.parametrize("sample_rate", [4000, 8000, 11025, 16000, 22050])
def test_notes_keep_their_pitch_and_level_at_any_rate(folders, sample_rate):
    n = sample_rate // 2
    notes = note_set.load(
        folders[1:], split="train", sample_rate=sample_rate, n_samples=n
    )
    original = nsynth.audio(nsynth.open_notes(folders[1], split="train"), 0)[:8000]
    spectrum = np.abs(np.fft.rfft(notes.x[0] * np.hanning(n)))
    f0 = np.argmax(spectrum[: n // 8]) * sample_rate / n
    assert abs(f0 / 261.63 - 1) < 0.01
    below = np.abs(np.fft.rfft(original * np.hanning(8000)))[:900]  # below 1800 Hz
    np.testing.assert_allclose(
        spectrum[:900] / n, below / 8000, atol=1e-3 * below.max() / 8000
    )


def test_a_batch_takes_each_note_once_and_parts_make_the_whole(folders):
    notes = note_set.load(folders, split="train", sample_rate=8000, n_samples=2000)
    steps = [note_set.batch(notes, 1, k, batch_size=3) for k in range(3)]
    heard = [
        pair for b in steps for pair in zip(b["instrument"], b["pitch"], strict=True)
    ]
    assert len(set(heard)) == 9
    parts = [
        note_set.batch(notes, 1, 2, batch_size=3, part=part)["x"]
        for part in (slice(0, 2), slice(2, 3))
    ]
    np.testing.assert_array_equal(np.concatenate(parts), steps[2]["x"])


def test_pairs_are_held_out_across_instruments_and_pitches(folders):
    notes = note_set.load(folders, split="train", sample_rate=8000, n_samples=2000)
    mask = note_set.held_out_pairs(notes)
    rest = note_set.rows_of(notes, ~mask)
    assert len(rest.x) + mask.sum() == 9 and 0 < mask.sum() < 3
    assert not note_set.held_out_pairs(rest).any()


def test_what_is_not_there_is_said(folders, tmp_path):
    options = {"sample_rate": 8000, "n_samples": 100}
    with pytest.raises(ValueError, match=r"no notes in '.*nothing'.*render_notes"):
        note_set.load([tmp_path / "nothing"], split="train", **options)
    with pytest.raises(ValueError, match="no note in"):
        note_set.load(folders, split="train", pitches=(10, 12), **options)
