"""A folder of sounds to learn from: found, read in parts, dealt out to processes."""

import numpy as np
import pytest

from dsplab.formats.audio_blocks import audio_part
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.errors import FormatError
from neural.data import order, sounds

RATE = 8000


def tone(rate, seconds, f=440.0):
    t = np.arange(round(rate * seconds)) / rate
    return 0.5 * np.sin(2 * np.pi * f * t) * np.sin(np.pi * t / seconds) ** 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("sounds")
    (root / "deep" / ".cache").mkdir(parents=True)
    write_audio(root / "a.wav", tone(RATE, 0.5), RATE)
    write_audio(root / "deep" / "b.flac", np.stack([tone(11025, 1.0)] * 2), 11025)
    write_audio(root / "deep" / "c.mp3", tone(16000, 0.7), 16000)
    write_audio(root / "short.wav", tone(RATE, 0.1), RATE)
    write_audio(root / "deep" / ".cache" / "x.wav", tone(RATE, 0.5), RATE)
    (root / "notes.txt").write_text("none")
    return root


@pytest.fixture(scope="module")
def found(folder):
    return sounds.open_sounds(folder, sample_rate=RATE, shortest=2000)


def test_what_is_long_enough_is_found(folder, found):
    assert found.names == ("a.wav", "deep/b.flac", "deep/c.mp3")
    assert found.lengths.tolist()[:2] == [4000, 8000]
    only = sounds.open_sounds(folder, sample_rate=RATE, shortest=1, pattern="deep/*")
    assert only.names == ("deep/b.flac", "deep/c.mp3")


def test_a_part_is_the_part_of_the_whole(folder, found):
    whole = read_audio(folder / "a.wav")[0]
    np.testing.assert_array_equal(sounds.read(found, 0, 70, 300), whole[70:370])
    part = sounds.read(found, 0, 3900, 300)
    np.testing.assert_array_equal(part[:100], whole[3900:])
    assert not part[100:].any()


@pytest.mark.parametrize("start", [0, 1, 997, 4001, 7900])
def test_a_part_at_another_rate_is_what_would_have_been_recorded(found, start):
    whole = np.append(tone(RATE, 1.0), np.zeros(400))
    part = sounds.read(found, 1, start, 400)
    assert part.dtype == np.float32
    np.testing.assert_allclose(part, whole[start : start + 400], atol=2e-5)


def test_batches_follow_from_seed_and_step_and_are_shared(found):
    sizes = {"batch_size": 6, "n_samples": 500}
    one = sounds.batch(found, 3, 7, **sizes)
    assert one["x"].shape == (6, 500) and one["x"].dtype == np.float32
    for other in (
        sounds.batch(found, 3, 8, **sizes),
        sounds.batch(found, 4, 7, **sizes),
    ):
        assert abs(one["x"] - other["x"]).max() > 0.01
    halves = [
        sounds.batch(found, 3, 7, **sizes, part=slice(3 * k, 3 * k + 3)) for k in (0, 1)
    ]
    for name, values in one.items():
        joined = np.concatenate([half[name] for half in halves])
        np.testing.assert_array_equal(joined, values)


def test_every_example_comes_once_before_any_comes_again():
    rows = [d.row for step in range(7) for d in order.draws(10, 0, step, batch_size=3)]
    assert sorted(rows[:10]) == sorted(rows[10:20]) == list(range(10))
    assert rows[:10] != rows[10:20]
    first = [d.row for d in order.draws(1000, 1, 0, batch_size=1000)]
    assert first != [d.row for d in order.draws(1000, 2, 0, batch_size=1000)]
    drawn = [d.rng.random() for d in order.draws(4, 0, 0, batch_size=8)]
    assert len(set(drawn)) == 8  # also where an example comes again
    with pytest.raises(ValueError, match="n_examples must be"):
        order.draws(0, 0, 0, batch_size=1)
    with pytest.raises(ValueError, match="step must be"):
        order.draws(5, 0, -1, batch_size=1)


def test_errors_name_folder_pattern_count_and_the_shortest_clip(folder, tmp_path):
    with pytest.raises(FormatError) as caught:
        sounds.open_sounds(folder, sample_rate=RATE, shortest=90000, pattern="*.wav")
    text = str(caught.value)
    assert str(folder) in text and "'*.wav'" in text and "2 sound files found" in text
    assert "the longest has 4000 samples" in text
    assert "the shortest clip allowed is 90000 samples at 8000 Hz (11.25 s)" in text
    (tmp_path / "x.wav").write_bytes(b"RIFFnot really")
    with (
        pytest.warns(UserWarning, match="skipped: cannot read"),
        pytest.raises(FormatError, match="1 sound files found, 1 of them unreadable"),
    ):
        sounds.open_sounds(tmp_path, sample_rate=RATE, shortest=1)
    with pytest.raises(FileNotFoundError):
        sounds.open_sounds(tmp_path / "no", sample_rate=RATE, shortest=1)


@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "PCM_24", "DOUBLE", "ULAW"])
@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_part_of_a_wav_of_any_kind_is_that_of_the_whole(
    subtype, n_channels, tmp_path
):
    x = np.random.default_rng(0).uniform(-0.9, 0.9, (n_channels, 900))
    path = tmp_path / "x.wav"
    write_audio(path, x, RATE, subtype=subtype)
    whole = np.atleast_2d(read_audio(path, dtype="float32")[0])
    for start, length in ((0, 900), (0, 1), (850, 100), (899, 1), (900, 5), (5000, 9)):
        part = audio_part(path, start, length)
        assert part.dtype == np.float32
        np.testing.assert_array_equal(part, whole[:, start : start + length])


def test_a_part_of_a_file_cut_off_or_damaged(tmp_path):
    path = tmp_path / "x.wav"
    write_audio(path, np.arange(100.0) / 128, RATE)
    data = path.read_bytes()
    path.write_bytes(data[:-41])
    assert audio_part(path, 80, 50).tolist() == [[k / 128 for k in range(80, 89)]]
    path.write_bytes(data[:-4] + b"\x00\x00\xc0\x7f")
    with pytest.raises(FormatError, match="NaN or infinite"):
        audio_part(path, 90, 50)
    path.write_bytes(b"RIFF????WAVEfmt ")
    with pytest.raises(FormatError, match="cannot read"):
        audio_part(path, 0, 5)
    with pytest.raises(FileNotFoundError):
        audio_part(tmp_path / "no.wav", 0, 5)
