"""Dry and wet sounds with knobs: read together, cut together, delays found."""

import numpy as np
import pytest

from dsplab.effects.overdrive import overdrive
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.errors import FormatError
from neural.data import effect_pairs as ep

RATE = 8000


@pytest.fixture
def folder(tmp_path):
    """Three pairs: wet is 3 dry where both have sound, and may be longer."""
    rng = np.random.default_rng(0)
    lines = ["dry,wet,drive,device,tone"]
    for k in range(3):
        x = rng.uniform(-0.3, 0.3, 1000 + 500 * k)
        write_audio(tmp_path / f"d{k}.wav", x, RATE)
        write_audio(tmp_path / f"w{k}.wav", np.append(3 * x, np.zeros(k)), RATE)
        lines.append(f"d{k}.wav,w{k}.wav,{k / 4},fuzz{k},1e-1")
    (tmp_path / "pairs.csv").write_text("\n".join(lines))
    return tmp_path


def test_columns_are_knobs_or_words(folder):
    pairs = ep.open_pairs(folder)
    assert pairs.dry.tolist() == ["d0.wav", "d1.wav", "d2.wav"]
    assert pairs.knob_names == ("drive", "tone") and pairs.knobs.dtype == np.float32
    np.testing.assert_allclose(pairs.knobs, [[0, 0.1], [0.25, 0.1], [0.5, 0.1]])
    assert pairs.words["device"].tolist() == ["fuzz0", "fuzz1", "fuzz2"]
    assert pairs.lengths.tolist() == [1000, 1500, 2000] and pairs.sample_rate == RATE
    assert ep.open_pairs(folder, shortest=1500).dry.tolist() == ["d1.wav", "d2.wav"]


def test_both_are_cut_at_the_same_place(folder):
    pairs = ep.open_pairs(folder)
    sizes = {"batch_size": 6, "n_samples": 1200}
    one = ep.batch(pairs, 1, 2, **sizes)
    np.testing.assert_allclose(one["wet"], 3 * one["dry"], atol=1e-6)
    np.testing.assert_array_equal(one["knobs"], pairs.knobs[one["row"]])
    assert sorted(one["row"].tolist()) == [0, 0, 1, 1, 2, 2]
    for dry, row in zip(one["dry"], one["row"], strict=True):
        x = read_audio(folder / pairs.dry[row], dtype="float32")[0]
        if row == 0:
            np.testing.assert_array_equal(dry, np.append(x, np.zeros(200)))
        else:
            starts = np.flatnonzero(x == dry[0])
            assert any((x[s:][:1200] == dry).all() for s in starts)
    other = ep.batch(pairs, 1, 3, **sizes)
    assert (one["dry"] != other["dry"]).any()
    half = ep.batch(pairs, 1, 2, **sizes, part=slice(3, 6))
    np.testing.assert_array_equal(half["wet"], one["wet"][3:])


def test_the_delay_of_a_distorted_sound_is_found():
    rng = np.random.default_rng(0)
    x = np.convolve(rng.standard_normal(4000), np.ones(8) / 8, "same")
    y = -overdrive(x, RATE, drive=0.8)  # and upside down
    for late in (0, 1, 37):
        wet = np.concatenate([np.zeros(late), y])[:4000]
        assert abs(ep.delay(x, wet, longest=100) - late) <= 1


def test_errors_say_what_was_found_where(folder, tmp_path):
    with pytest.raises(FormatError, match=r"3 found in pairs.csv.*2000.*is 9000"):
        ep.open_pairs(folder, shortest=9000)
    table = folder / "pairs.csv"
    for text, message in (
        ("dry,x\na,b", r"its columns must have dry and wet, got \['dry', 'x'\]"),
        ("", "its columns must have"),
        ("dry,wet\n", "it has no pairs"),
        ("dry,wet\nd0.wav", "line 2 must have 2 fields"),
        ("dry,wet\nd0.wav,w0.wav,3", "line 2 must have 2 fields"),
        ("dry,wet\nd2.wav,w1.wav", "w1.wav': it has 1501 samples, 'd2.wav' 2000"),
    ):
        table.write_text(text)
        with pytest.raises(FormatError, match=message):
            ep.open_pairs(folder)
    table.write_text("dry,wet\nd0.wav,no.wav")
    with pytest.raises(FileNotFoundError):
        ep.open_pairs(folder)
    write_audio(folder / "w0.wav", np.zeros(1000), 16000)
    table.write_text("dry,wet\nd0.wav,w0.wav")
    with pytest.raises(
        FormatError, match="its rate is 16000 Hz, that of 'd0.wav' 8000"
    ):
        ep.open_pairs(folder)
    table.write_text("dry,wet\nd1.wav,w1.wav\nw0.wav,w0.wav")
    with pytest.raises(FormatError, match=r"different sample rates: \[8000, 16000\]"):
        ep.open_pairs(folder)
    table.unlink()
    with pytest.raises(FormatError, match="it has no pairs.csv among 6 files"):
        ep.open_pairs(folder)
