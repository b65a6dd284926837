"""Folders of notes and what classifiers say of them; the command that prints it."""

import json

import numpy as np
import pytest

from dsplab.convert import midi_to_hz
from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from neural.__main__ import main
from neural.evaluation.embeddings import classifier_embedding
from neural.evaluation.inception_score import inception_score
from neural.evaluation.note_scores import (
    accuracy_of,
    asked_pitches,
    note_scores,
    open_judge,
)

RATE = 8000
KEYS = (45, 50, 57, 64, 69, 76)


def note(key, rate=RATE):
    t = np.arange(rate // 2) / rate
    f0 = midi_to_hz(float(key))
    harmonics = [np.sin(2 * np.pi * h * f0 * t) / h for h in range(1, 5)]
    return 0.3 * np.sum(harmonics, axis=0) * np.exp(-4 * t)


def make_folder(folder, names, keys=KEYS):
    folder.mkdir()
    for name, key in zip(names, keys, strict=True):
        write_audio(folder / name, note(key), RATE)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("notes")
    real = make_folder(
        top / "real", [f"organ_synthetic_000-{k:03d}-100.wav" for k in KEYS]
    )
    # one of the six is a tone too high
    keys = [KEYS[0] + 2, *KEYS[1:]]
    names = [f"try {n}, pitch{k}.wav" for n, k in enumerate(KEYS)]
    return real, make_folder(top / "generated", names, keys)


def test_accuracy_is_of_what_was_asked_for(folders):
    real, notes = note_scores(folders[0])
    assert real["pitch accuracy"] == 1.0
    assert notes == [
        f"the family-classifier: {accuracy_of('family-classifier')}",
        f"the pitch-classifier: {accuracy_of('pitch-classifier')}",
    ]
    generated, _ = note_scores(folders[1])
    assert generated["pitch accuracy"] == pytest.approx(5 / 6)
    assert 0.0 <= generated["pitch entropy"] < 1.0
    # six sure answers, all of them different
    assert 4.0 < real["inception score (pitches)"] <= 6.0
    p = [open_judge("family-classifier").probabilities(note(k), RATE)[0] for k in KEYS]
    expected = inception_score(np.stack(p)).score
    assert real["inception score (families)"] == pytest.approx(expected, abs=0.05)


def test_a_table_goes_before_names(folders, tmp_path):
    folder = make_folder(tmp_path / "told", ["a pitch60.wav", "b.wav"], KEYS[:2])
    paths = sorted(folder.glob("*.wav"))
    asked, why = asked_pitches(folder, paths)
    assert asked is None and "its name does not say which pitch 'b.wav' should" in why
    table = folder / "asked.csv"
    table.write_text("file,pitch\na pitch60.wav,45\nb.wav,50\n", encoding="utf-8")
    asked, why = asked_pitches(folder, paths)
    assert asked.tolist() == [45, 50] and why == ""
    assert note_scores(folder)[0]["pitch accuracy"] == 1.0
    table.write_text("file,pitch\na pitch60.wav,45\n", encoding="utf-8")
    assert (
        "its table does not say which pitch 'b.wav'" in asked_pitches(folder, paths)[1]
    )
    table.write_text("file,pitch\na pitch60.wav,C4\n", encoding="utf-8")
    with pytest.raises(FormatError, match="must be a MIDI number, got 'C4'"):
        asked_pitches(folder, paths)


def test_a_pitch_that_the_classifier_has_no_key_for_is_said(tmp_path):
    folder = make_folder(tmp_path / "high", ["pitch120.wav"], [76])
    scores, notes = note_scores(folder)
    assert "pitch accuracy" not in scores
    assert notes[-1].endswith("the classifier knows the pitches 21 to 108 only")


@pytest.mark.parametrize("name", ["family-classifier", "pitch-classifier"])
def test_a_classifier_as_an_embedding(name):
    embedding = classifier_embedding(name)
    assert embedding.name == f"{name} of this project, last layer, not VGGish"
    x = note(60)
    rows = embedding.function(x, RATE)
    assert rows.shape == (1, open_judge(name).embed(x, RATE).shape[1])
    stereo = embedding.function(np.stack([x, x]), RATE)
    np.testing.assert_allclose(stereo, rows, atol=1e-4)
    assert np.abs(embedding.function(note(72), RATE) - rows).max() > 1e-3


def test_unknown_classifiers_are_named():
    with pytest.raises(ValueError, match="name must be one of 'family-classifier'"):
        classifier_embedding("genre-classifier")


def test_the_command_prints_real_beside_generated(folders, capsys):
    assert main(["evaluate", "--notes", *map(str, folders)]) == 0
    shown = capsys.readouterr().out
    assert "family-classifier of this project, last layer, not VGGish" in shown
    line = next(line for line in shown.splitlines() if "pitch accuracy" in line)
    assert "1.0000      0.8333" in line
    assert f"the pitch-classifier: {accuracy_of('pitch-classifier')}" in shown
    assert main(["evaluate", "--notes", *map(str, folders), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scores"]["pitch accuracy"] == [1.0, pytest.approx(5 / 6)]
