"""Recordings with MIDI: found in both layouts, and cut at the same moments."""

import numpy as np
import pytest

from dsplab.convert import midi_to_hz
from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from dsplab.formats.midi import write_midi
from dsplab.formats.midi_notes import midi_of
from neural.data import aligned_midi as am

RATE, FRAMES = 8000, 100
NOTES = [
    (0.1, 0.4, 60, 90),
    (0.5, 0.5, 64, 70),
    (0.75, 0.5, 67, 40),
    (1.4, 0.2, 60, 99),
]


def recording(notes, rate, seconds=2.0):
    """A sine for each note, as loud as its velocity says."""
    t = np.arange(round(seconds * rate)) / rate
    on = [(t >= n[0]) & (t < n[0] + n[1]) for n in notes]
    sines = [
        n[3] / 400 * np.sin(2 * np.pi * midi_to_hz(n[2]) * (t - n[0])) for n in notes
    ]
    return (np.array(on) * sines).sum(axis=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One recording at 16 kHz in a folder of its own, one short, one without notes."""
    root = tmp_path_factory.mktemp("songs")
    (root / "deep").mkdir()
    write_audio(root / "deep" / "a.flac", recording(NOTES, 16000), 16000)
    drums = [(0.2, 0.1, 36, 100)]
    write_midi(root / "deep" / "a.midi", midi_of({0: NOTES, 9: drums}))
    write_audio(root / "b.wav", np.zeros(4000), RATE)
    write_midi(root / "b.mid", midi_of(NOTES[:1]))
    write_audio(root / "c.wav", np.zeros(16000), RATE)
    return root


@pytest.fixture(scope="module")
def found(folder):
    return am.open_recordings(folder, sample_rate=RATE, shortest=8000)


def test_files_of_the_same_name_belong_together(folder, found):
    assert found.audio.tolist() == ["deep/a.flac"]
    assert found.midi.tolist() == ["deep/a.midi"] and found.lengths.tolist() == [16000]
    every = am.open_recordings(folder, sample_rate=RATE, shortest=1)
    assert every.audio.tolist() == ["b.wav", "deep/a.flac"]
    np.testing.assert_allclose(am.read_notes(found, 0), NOTES, atol=1e-3)


@pytest.mark.parametrize("start", [0, 2400, 5000])
def test_a_clip_and_its_roll_are_of_the_same_time(found, start):
    x, roll, onsets = am.clip_of(found, 0, start, 8000, frame_rate=FRAMES)
    wanted = recording(NOTES, RATE)[start : start + 8000]
    assert np.sqrt(np.mean((x - wanted) ** 2)) < 0.03 * np.sqrt(np.mean(wanted**2))
    t = np.arange(FRAMES) / FRAMES + start / RATE
    expected = np.zeros((FRAMES, 128))
    for onset, duration, pitch, velocity in NOTES:
        expected[(t >= onset - 1e-3) & (t < onset + duration - 1e-3), pitch] = velocity
    assert (roll != expected).sum() <= 4  # a row at an edge, more or less
    begun = [(n[0], n[2], n[3]) for n in NOTES if 0 <= n[0] - start / RATE < 1.0]
    at = np.argwhere(onsets)
    assert len(at) == len(begun)
    for onset, pitch, velocity in begun:
        frame = round((onset - start / RATE) * FRAMES)
        assert onsets[max(frame - 1, 0) : frame + 2, pitch].max() == velocity


def test_batches_follow_from_seed_and_step_and_are_shared(found):
    sizes = {"batch_size": 4, "n_samples": 4000, "frame_rate": FRAMES}
    one = am.batch(found, 0, 5, **sizes)
    assert one["x"].shape == (4, 4000) and one["roll"].shape == (4, 50, 128)
    assert one["onsets"].shape == (4, 50, 128) and one["row"].tolist() == [0] * 4
    half = am.batch(found, 0, 5, **sizes, part=slice(2, 4))
    for name, values in one.items():
        np.testing.assert_array_equal(half[name], values[2:])
    assert (am.batch(found, 0, 6, **sizes)["x"] != one["x"]).any()


def test_a_table_as_maestro_has_it(folder, tmp_path):
    (tmp_path / "2004").mkdir()
    for name in ("a", "b"):
        for ending in ("flac", "midi"):
            data = (folder / "deep" / f"a.{ending}").read_bytes()
            (tmp_path / "2004" / f"{name}.{ending}").write_bytes(data)
    table = tmp_path / "maestro.csv"
    table.write_text(
        "canonical_title,split,year,midi_filename,audio_filename,duration\n"
        '"One, two",train,2004,2004/a.midi,2004/a.flac,2.0\n'
        "Three,test,2006,2004/b.midi,2004/b.flac,2.0\n"
    )
    options = {"sample_rate": RATE, "shortest": 8000}
    every = am.open_recordings(tmp_path, **options)
    assert every.splits.tolist() == ["train", "test"]
    assert every.years.tolist() == [2004, 2006]
    test = am.open_recordings(tmp_path, **options, split="test")
    assert test.audio.tolist() == ["2004/b.flac"]
    with pytest.raises(ValueError, match="split must be one of 'test', 'train'"):
        am.open_recordings(tmp_path, **options, split="valid")
    with pytest.raises(FormatError, match="1 of split 'test' found in maestro.csv"):
        am.open_recordings(tmp_path, sample_rate=RATE, shortest=99999, split="test")
    table.write_text("a,b\n1,2\n")
    with pytest.raises(FormatError, match="must have audio_filename and midi_filename"):
        am.open_recordings(tmp_path, **options)


def test_errors_name_folder_pattern_count_and_the_shortest(folder):
    with pytest.raises(FormatError) as caught:
        am.open_recordings(folder, sample_rate=RATE, shortest=99999, pattern="*.wav")
    text = str(caught.value)
    assert str(folder) in text and "the longest has 4000 samples" in text
    assert "2 sound files found with the pattern '*.wav', 1 of them with a" in text
    assert "the shortest allowed is 99999 samples at 8000 Hz" in text
