"""A folder of sounds as a table: in one call, and as `dsplab describe`."""

import csv
import io
import json
import warnings

import numpy as np
import pytest

from dsplab.__main__ import main
from dsplab.analysis.description import NAMES, describe, describe_all
from dsplab.analysis.folders import Collection, describe_folder, table_text
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.errors import FormatError
from dsplab.resampling import resample

RATE = 8000


def tone(f, n=4000):
    t = np.arange(n) / RATE
    return 0.3 * np.sin(2 * np.pi * f * t) * np.exp(-6 * t)


@pytest.fixture
def folder(tmp_path):
    """Tones and noises, one of them stereo at another rate, and what is no sound."""
    rng = np.random.default_rng(0)
    root = tmp_path / "sounds"
    (root / "noises").mkdir(parents=True)
    (root / ".hidden").mkdir()
    for k in range(3):
        write_audio(root / f"tone {k}.wav", tone(300 + 10 * k), RATE)
        x = 0.1 * rng.standard_normal((2, 6000))
        write_audio(root / "noises" / f"{k}.flac", x, 12000 if k == 1 else RATE)
    write_audio(root / ".hidden" / "x.wav", tone(300), RATE)
    (root / "broken.wav").write_bytes(b"RIFF????WAVEno sound at all")
    (root / "empty.MP3").write_bytes(b"")
    (root / "notes.txt").write_text("not a sound")
    return root


TONES = tuple(f"tone {k}.wav" for k in range(3))
NOISES = tuple(f"noises/{k}.flac" for k in range(3))


def test_every_file_is_a_row_and_what_cannot_be_read_is_named(folder):
    seen = []
    with pytest.warns(UserWarning) as caught:
        sounds = describe_folder(folder, RATE, progress=lambda *a: seen.append(a))
    assert sounds.names == NOISES + TONES
    assert [name for name, _ in sounds.skipped] == ["broken.wav", "empty.MP3"]
    assert [str(w.message)[:9] for w in caught] == ["skipped: "] * 2
    assert "broken.wav" in str(caught[0].message) and "empty" in sounds.skipped[1][1]
    assert [a[:2] for a in seen] == [(k, 8) for k in range(8)]
    assert [a[2] for a in seen][:2] == ["broken.wav", "empty.MP3"]
    x = read_audio(folder / "tone 1.wav")[0]
    np.testing.assert_array_equal(sounds.features[4], describe(x, RATE))
    x = resample(read_audio(folder / "noises" / "1.flac")[0], 4000)  # 12000 to 8000 Hz
    np.testing.assert_array_equal(sounds.features[1], describe_all([x], RATE)[0])


def test_text_is_read_back_exactly(folder):
    with pytest.warns(UserWarning, match="skipped"):
        sounds = describe_folder(folder, RATE)
    groups = np.array([2, 2, 2, 0, 0, 1])
    rows = list(csv.reader(io.StringIO(table_text(sounds, groups=groups))))
    assert rows[0] == ["sound", "group", *NAMES]
    assert tuple(row[0] for row in rows[1:]) == sounds.names
    assert [int(row[1]) for row in rows[1:]] == groups.tolist()
    values = np.array([[float(v) for v in row[2:]] for row in rows[1:]])
    np.testing.assert_array_equal(values, sounds.features)
    found = json.loads(table_text(sounds, form="json"))
    assert [row.pop("sound") for row in found["sounds"]] == list(sounds.names)
    assert [list(row) for row in found["sounds"]] == [list(NAMES)] * 6
    values = [list(row.values()) for row in found["sounds"]]
    np.testing.assert_array_equal(values, sounds.features)
    assert [row["sound"] for row in found["skipped"]] == ["broken.wav", "empty.MP3"]
    strange = Collection(('a,"b"\n.wav',), np.zeros((1, len(NAMES))), ())
    assert list(csv.reader(io.StringIO(table_text(strange))))[1][0] == 'a,"b"\n.wav'


def test_the_command_writes_the_table_and_finds_groups_and_neighbours(folder, capsys):
    out = folder.parent / "table.csv"
    options = ["-q", "--sample-rate", str(RATE), "--groups", "2", "-o", str(out)]
    like = ["--like", str(folder / "tone 1.wav"), "--neighbours", "3"]
    assert main(["describe", str(folder), *options, *like]) == 0
    printed, said = capsys.readouterr()
    lines = printed.splitlines()
    assert lines[0] == str(out) and lines[1] == "0.000\ttone 1.wav"
    assert {line.split("\t")[1] for line in lines[1:]} == set(TONES)
    assert said.count("warning: skipped: cannot read") == 2
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    group = {row["sound"]: row["group"] for row in rows}
    assert len({group[name] for name in TONES}) == 1
    assert len({group[name] for name in NOISES}) == 1 and len(set(group.values())) == 2
    assert main(["describe", str(folder), "-q"]) == 0
    assert capsys.readouterr().out.startswith("sound,level mean,level deviation,")


def test_what_cannot_be_done_is_said_in_a_line(folder, tmp_path, capsys):
    assert main(["describe", str(folder), "-o", "x.txt"]) == 2
    assert "must end in .csv or .json" in capsys.readouterr().err
    assert main(["describe", str(folder), "-o", str(tmp_path / "no" / "x.csv")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert main(["describe", str(folder), "--groups", "7"]) == 2
    assert "--groups must be in 1..6" in capsys.readouterr().err
    assert main(["describe", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
    assert main(["describe", str(folder / "notes.txt")]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_folders_without_sound_are_refused(folder, tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "x.txt").write_text("x")
    with pytest.raises(FormatError, match=r"no sound file \(.wav .*among the 1 files"):
        describe_folder(tmp_path / "a", RATE)
    (tmp_path / "a" / "x.wav").write_bytes(b"")
    with (
        pytest.warns(UserWarning, match="skipped"),
        pytest.raises(FormatError, match="none of the 1 sound files.*is empty"),
    ):
        describe_folder(tmp_path / "a", RATE)


def test_one_sample_has_a_description(tmp_path):
    write_audio(tmp_path / "x.wav", np.array([0.5]), 44100)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sounds = describe_folder(tmp_path, RATE)
    assert np.isfinite(sounds.features).all()
