"""Loops with their roles: instruments held out, phrases in key, rendered and read."""

import csv

import numpy as np
import pytest

from data_scripts import render_loops
from data_scripts.loops import phrases, roles
from data_scripts.loops.instruments import (
    BASS,
    CHORDS,
    CYCLE,
    FX,
    KITS,
    MELODY,
    instruments,
    side_of,
)
from data_scripts.loops.noises import NOISES
from dsplab.formats.audio_files import read_audio
from neural.data import labelled

RATE = 16000
SIDES = ("train", "valid", "test")


def test_no_instrument_of_the_test_is_heard_in_training():
    for numbers in (BASS, CHORDS, MELODY, FX):
        heard = [{i.name for i in instruments(numbers, side)} for side in SIDES]
        assert sum(map(len, heard)) == len(set(numbers)) == len(set.union(*heard))
        assert min(map(len, heard)) >= 2 or numbers == FX
    kits = [kit for side in SIDES for kit in KITS[side]]
    assert len(kits) == len(set(kits)) and set(KITS) == set(SIDES)
    kinds = [side_of(n) for n, _ in enumerate(NOISES, 140)]
    assert {side: kinds.count(side) for side in SIDES} == {
        "train": 8, "valid": 2, "test": 2
    }  # fmt: skip
    assert CYCLE.count("train") == 4
    used = {side: set() for side in SIDES}
    for k in range(120):
        for side in SIDES:
            row, _ = roles.plan(3, k, side)
            used[side] |= set(row[1].split("+"))
    assert not used["train"] & used["test"] and not used["train"] & used["valid"]
    assert not used["valid"] & used["test"]


def test_first_roles_take_turns_and_every_loop_is_its_own():
    rows = [roles.plan(0, k, "train")[0] for k in range(150)]
    for k, row in enumerate(rows):
        assert roles.ROLES[k % 5] in row[0].split("+")
    counts = np.bincount([len(row[0].split("+")) for row in rows])
    np.testing.assert_allclose(counts[1:] / 150, roles.TOGETHER, atol=0.1)
    assert len({row[2] for row in rows}) == 12  # keys
    assert len({row[3] for row in rows}) == len(phrases.SCALES)
    a, b = (roles.plan(0, 11, "train") for _ in range(2))
    assert a[0] == b[0] and a[0] != roles.plan(1, 11, "train")[0]
    np.testing.assert_array_equal(a[1](RATE), b[1](RATE))


@pytest.mark.parametrize("phrase", [phrases.bass, phrases.chords, phrases.melody])
def test_notes_are_of_the_key_and_in_the_bar(phrase):
    most = 0
    for k in range(40):
        rng = np.random.default_rng(k)
        harmony = phrases.draw_harmony(rng)
        notes = phrase(rng, harmony)
        scale = {(harmony.key + s) % 12 for s in phrases.SCALES[harmony.scale]}
        assert {int(note.pitch) % 12 for note in notes} <= scale
        assert all(0.0 <= n.onset and n.onset + n.duration < 2.01 for n in notes)
        assert all(1.0 <= n.velocity <= 127.0 and 20 <= n.pitch < 92 for n in notes)
        onsets = [note.onset for note in notes]
        most = max(most, max(onsets.count(t) for t in onsets))
        if phrase is phrases.bass:
            assert max(note.pitch for note in notes) < 72
    assert most >= 4 if phrase is phrases.chords else most == 1


@pytest.mark.parametrize("noise", NOISES)
def test_noises_fill_a_bar(noise):
    t = np.arange(2 * 8000) / 8000
    a, b = (noise(np.random.default_rng(k), t, 8000) for k in (0, 1))
    for x in (a, b):
        assert x.shape == t.shape and np.isfinite(x).all() and 0.01 < abs(x).max() < 20
    assert abs(a - b).max() > 0.01


def test_a_set_of_roles_is_rendered_resumed_and_read(tmp_path):
    options = {"of": "roles", "count": 10, "held_out": (0.2, 0.2), "seed": 1}
    counts = render_loops.render_set(tmp_path / "set", **options)
    assert sum(counts.values()) == 10
    text = (tmp_path / "set" / "loops.csv").read_text()
    rows = list(csv.DictReader(text.splitlines()))
    columns = "file split role instruments key scale effects"
    assert list(rows[0]) == columns.split()
    names = [row["file"] for row in rows]
    bytes_of = {name: (tmp_path / "set" / name).read_bytes() for name in names}
    for row in rows:
        x, rate = read_audio(tmp_path / "set" / row["file"])
        assert rate == RATE and x.shape == (2 * RATE,)
        assert 0.3 < abs(x).max() < 0.95
        assert row["file"].startswith(row["split"])
    (tmp_path / "set" / rows[4]["file"]).unlink()
    render_loops.render_set(tmp_path / "set", **options)
    for name, data in bytes_of.items():
        assert (tmp_path / "set" / name).read_bytes() == data
    read = labelled.open_labelled(
        tmp_path / "set", label="role", sample_rate=RATE, several=True
    )
    assert read.classes == ("bass", "chords", "fx", "melody", "percussion")
    for row, has in zip(rows, read.label, strict=True):
        there = [c for c, yes in zip(read.classes, has, strict=True) if yes]
        assert there == sorted(row["role"].split("+"))
    batch = labelled.batch(read, 0, 0, batch_size=3, n_samples=500)
    assert batch["label"].shape == (3, 5) and batch["x"].shape == (3, 500)


def test_what_cannot_be_rendered_is_said(tmp_path, capsys):
    wrong = [str(tmp_path / "x"), "--of", "roles", "--sample-rate", "8000"]
    assert render_loops.main(wrong) == 1
    assert "sample_rate 16000 Hz" in capsys.readouterr().err
    wrong = [str(tmp_path / "x"), "--of", "roles", "--styles", "house"]
    assert render_loops.main(wrong) == 1
    assert "for loops of styles only" in capsys.readouterr().err
