"""Drum loops with their styles: rendered, resumed, read with labels."""

import csv

import numpy as np
import pytest

from data_scripts import render_loops
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.errors import FormatError
from neural.data import labelled

RATE = 8000
OPTIONS = {"count": 6, "styles": ["house", "trap", "samba"], "sample_rate": RATE}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loops") / "set"
    counts = render_loops.render_set(folder, held_out=(0.2, 0.3), **OPTIONS)
    assert counts == {"train": 3, "valid": 1, "test": 2}
    return folder


def test_every_loop_is_one_bar_of_its_own(rendered):
    rows = list(csv.DictReader((rendered / "loops.csv").read_text().splitlines()))
    assert [row["style"] for row in rows] == OPTIONS["styles"] * 2
    sounds = []
    for row in rows:
        x, rate = read_audio(rendered / row["file"])
        assert rate == RATE and x.shape == (2 * RATE,)
        assert 0.2 < abs(x).max() < 0.95 and row["file"].startswith(row["split"])
        sounds.append(x / np.linalg.norm(x))
    alike = np.array(sounds) @ np.array(sounds).T
    assert abs(alike - np.eye(6)).max() < 0.95


def test_run_again_it_goes_on_and_gives_the_same(rendered, tmp_path):
    files = {p.name: p.read_bytes() for p in rendered.rglob("*") if p.is_file()}
    one = next(rendered.rglob("trap-*.wav"))
    one.unlink()
    (rendered / "loops.csv").unlink()
    (rendered / "train" / ".0123.part").write_bytes(b"killed")
    other = next(rendered.rglob("house-*.wav"))
    before = other.stat().st_mtime_ns
    render_loops.render_set(rendered, held_out=(0.2, 0.3), **OPTIONS)
    assert files == {p.name: p.read_bytes() for p in rendered.rglob("*") if p.is_file()}
    assert other.stat().st_mtime_ns == before
    fewer = OPTIONS | {"count": 3}
    render_loops.render_set(tmp_path / "few", held_out=(0.0, 0.0), **fewer)
    for path in (tmp_path / "few" / "train").iterdir():  # loop k is loop k
        assert path.read_bytes() == files[path.name]


def test_labels_have_the_same_numbers_in_every_split(rendered):
    every = labelled.open_labelled(rendered, label="style", sample_rate=RATE)
    assert every.classes == ("house", "samba", "trap")
    assert every.label.tolist() == [0, 2, 1] * 2
    test = labelled.open_labelled(
        rendered, label="style", sample_rate=RATE, split="test"
    )
    assert len(test.names) == 2 and test.classes == every.classes
    for name, label in zip(test.names, test.label, strict=True):
        assert test.classes[label] in name
    one = labelled.batch(test, 0, 1, batch_size=2, n_samples=5000)
    assert sorted(one["label"].tolist()) == sorted(test.label.tolist())
    assert one["x"].shape == (2, 5000) and one["x"].dtype == np.float32
    row = int(np.flatnonzero(test.label == one["label"][0])[0])
    if (test.label == one["label"][0]).sum() == 1:
        x = read_audio(rendered / str(test.names[row]), dtype="float32")[0]
        np.testing.assert_array_equal(one["x"][0], x[:5000])
    part = labelled.batch(test, 0, 1, batch_size=2, n_samples=5000, part=slice(1, 2))
    np.testing.assert_array_equal(part["x"], one["x"][1:])


def test_errors_say_what_was_found_where(rendered, tmp_path, capsys):
    options = {"label": "style", "sample_rate": RATE}
    with pytest.raises(FormatError, match="6 found in loops.csv.*has 16000.*is 20000"):
        labelled.open_labelled(rendered, shortest=20000, **options)
    with pytest.raises(FormatError, match="no column 'role', it has file, split"):
        labelled.open_labelled(rendered, label="role", sample_rate=RATE)
    with pytest.raises(ValueError, match="split must be one of 'test', 'train'"):
        labelled.open_labelled(rendered, split="dev", **options)
    write_audio(tmp_path / "x.wav", np.zeros(10), RATE)
    with pytest.raises(FormatError, match="must have one .csv, got 0 among 1 files"):
        labelled.open_labelled(tmp_path, **options)
    assert render_loops.main([str(rendered), "--count", "5"]) == 1
    assert "holds sounds of other settings" in capsys.readouterr().err
    assert render_loops.main([str(tmp_path), "--count", "5"]) == 1
    assert "is not empty and has no settings.json" in capsys.readouterr().err
    assert render_loops.main([str(tmp_path / "n"), "--styles", "polka"]) == 1
    assert "got 'polka'" in capsys.readouterr().err
    assert not (tmp_path / "n").exists()
