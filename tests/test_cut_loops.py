"""A folder of loops cut into bars: tables, tempos, and runs that were interrupted."""

import csv
import json

import numpy as np
import pytest

from data_scripts import cut_loops
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.synths.drum_loops import drum_loop
from neural.data import labelled

RATE = 8000


def loop(tempo, bars=1):
    return drum_loop("rock", sample_rate=RATE, bars=bars, tempo=tempo, fill=False)


@pytest.fixture
def folder(tmp_path):
    """Loops whose tempo the name says, one too fast, one that is no sound."""
    root = tmp_path / "mine"
    (root / "more").mkdir(parents=True)
    write_audio(root / "beat_126bpm.wav", loop(126.0, bars=2), RATE)
    write_audio(root / "more" / "beat_126bpm.wav", loop(126.0), RATE)
    write_audio(root / "Fast 172 BPM.wav", loop(172.0), RATE)
    write_audio(root / "slow_100.5bpm.wav", np.stack([loop(100.5)] * 2), RATE)
    (root / "torn_120bpm.wav").write_bytes(b"RIFF1234WAVE")
    return root


def rows_of(output):
    return list(csv.DictReader((output / "loops.csv").read_text().splitlines()))


def files_of(output):
    return {p.name: p.read_bytes() for p in output.rglob("*") if p.is_file()}


def test_bars_have_two_seconds_and_a_table(folder, tmp_path, capsys):
    output = tmp_path / "bars"
    assert cut_loops.main([str(folder), str(output), "--sample-rate", "6000"]) == 0
    assert "4 bars of 3 loops; 2 of 5 loops were left out" in capsys.readouterr().out
    rows = rows_of(output)
    sources = [row["source"] for row in rows]
    assert sources == ["beat_126bpm.wav"] * 2 + [
        "more/beat_126bpm.wav", "slow_100.5bpm.wav"
    ]  # fmt: skip
    tempos = [float(row["bpm"]) for row in rows]
    np.testing.assert_allclose(tempos, [126.0] * 3 + [100.5], atol=0.01)
    assert [row["bar"] for row in rows] == ["0", "1", "0", "0"]
    assert len({row["file"] for row in rows}) == 4
    for row in rows:
        x, rate = read_audio(output / row["file"])
        assert rate == 6000 and x.shape == (12000,) and abs(x[:150]).max() > 0.1
        assert row["file"].startswith(row["split"] + "/")
    assert rows[0]["split"] == rows[1]["split"]
    journal = (output / cut_loops.JOURNAL).read_text()
    said = [json.loads(line) for line in journal.splitlines()]
    reasons = {entry["source"]: entry["why_not"] for entry in said}
    assert "172.0 beats a minute are too far" in reasons["Fast 172 BPM.wav"]
    assert "torn_120bpm.wav" in reasons["torn_120bpm.wav"]
    read = labelled.open_labelled(output, label="source", sample_rate=6000)
    assert len(read.names) == 4 and set(read.lengths) == {12000}


def test_the_window_of_tempos_is_the_one_that_is_asked_for(folder, tmp_path):
    assert cut_loops.cut_folder(folder, tmp_path / "a", farthest=1.5)[0] == 5
    assert cut_loops.cut_folder(folder, tmp_path / "b", farthest=1.1)[0] == 3


@pytest.mark.parametrize("stop", [1, 3])
def test_what_was_interrupted_ends_like_the_rest(folder, tmp_path, monkeypatch, stop):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    cut_loops.cut_folder(folder, whole)
    written = []

    def stopped(path, *args, **options):
        if len(written) == stop:
            raise KeyboardInterrupt
        write_audio(path, *args, **options)
        written.append(path)

    with monkeypatch.context() as patch:
        patch.setattr(cut_loops, "write_audio", stopped)
        with pytest.raises(KeyboardInterrupt):
            cut_loops.cut_folder(folder, broken)
    assert not (broken / "loops.csv").exists()
    with open(broken / cut_loops.JOURNAL, "a") as journal:
        journal.write('{"source": "beat_1')  # torn by a power cut
    (broken / ".1234.part").write_bytes(b"half")
    cut_loops.cut_folder(folder, broken)
    assert files_of(broken) == files_of(whole)
    before = (broken / "loops.csv").read_bytes()
    with monkeypatch.context() as patch:  # and a third time nothing is cut again
        patch.setattr(cut_loops, "write_audio", None)
        assert cut_loops.cut_folder(folder, broken)[0] == 4
    assert (broken / "loops.csv").read_bytes() == before


def test_fsld_brings_roles_genres_and_names(tmp_path):
    root = tmp_path / "FSL10K"
    entries = {}
    for number, tempo in ((7, 126.0), (8, 118.0)):
        entries[str(number)] = {
            "username": "ann", "license": "CC BY", "annotations": {"bpm": tempo},
            "preview_url": f"previews/0/{number}_123-hq.mp3",
        }  # fmt: skip
        path = root / "audio" / "wav" / f"{number}_123.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, loop(tempo), RATE)
    (root / "metadata.json").write_text(json.dumps(entries))
    said = {
        "instrumentation": {"bass": True, "percussion": True}, "bpm": 126,
        "well_cut": True, "genres": ["hip hop"],
    }  # fmt: skip
    (root / "annotations" / "one").mkdir(parents=True)
    (root / "annotations" / "one" / "sound-7.json").write_text(json.dumps(said))
    assert cut_loops.cut_folder(root, tmp_path / "bars", sample_rate=RATE) == (1, 1, 0)
    (row,) = rows_of(tmp_path / "bars")
    assert row["role"] == "percussion+bass" and row["genre"] == "hip hop"
    assert row["username"] == "ann" and row["license"] == "CC BY"
    read = labelled.open_labelled(
        tmp_path / "bars", label="role", sample_rate=RATE, several=True
    )
    assert read.classes == ("bass", "percussion") and read.label.tolist() == [[1, 1]]
    every = cut_loops.cut_folder(root, tmp_path / "every", every=True)
    assert every == (2, 2, 0)


def test_errors_say_what_was_found_where(folder, tmp_path, capsys):
    out = str(tmp_path / "bars")
    for name in ("beat_126bpm.wav", "more/beat_126bpm.wav", "slow_100.5bpm.wav"):
        (folder / name).unlink()
    assert cut_loops.main([str(folder), out]) == 1
    text = capsys.readouterr().err
    assert f"no bar in '{folder}': 2 loops found with the pattern **/*" in text
    assert "172.0 beats a minute are too far" in text
    assert not (tmp_path / "bars" / "loops.csv").exists()
    (tmp_path / "none").mkdir()
    assert cut_loops.main([str(tmp_path / "none"), out]) == 1
    assert "there is no sound file" in capsys.readouterr().err
    assert cut_loops.main([str(folder), out, "--farthest", "1.4"]) == 1
    assert "holds sounds of other settings" in capsys.readouterr().err
    assert cut_loops.main([str(folder), str(folder / "bars")]) == 1
    assert "into the folder itself" in capsys.readouterr().err
