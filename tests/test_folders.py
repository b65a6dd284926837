"""Folders of sounds compared; what listens to them; the command."""

import json
from pathlib import Path

import numpy as np
import pytest

from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from neural.__main__ import main
from neural.evaluation import vggish
from neural.evaluation.density_coverage import density_coverage
from neural.evaluation.embeddings import Embedding, mel_statistics, vggish_embedding
from neural.evaluation.folders import (
    compare_folders,
    embed_folder,
    frechet_audio_distance,
)
from neural.evaluation.frechet import FewSamplesWarning, frechet_distance
from neural.evaluation.precision_recall import precision_recall

RATE = 16000
CKPT = Path(__file__).parent / "data" / "vggish_tiny.ckpt"


def two_numbers(x, sample_rate):
    """Level and brightness of each half second: a cheap embedding."""
    halves = np.atleast_2d(x).mean(axis=0)
    halves = halves[: len(halves) // 8000 * 8000].reshape(-1, 8000)
    level = np.log(halves.std(axis=1))
    return np.stack([level, np.log(np.diff(halves).std(axis=1)) - level], axis=1)


CHEAP = Embedding("level and brightness", two_numbers, 0.5)


def make_folder(folder, seed, n_files, *, level=0.1, stereo=False):
    rng = np.random.default_rng(seed)
    folder.mkdir()
    for k in range(n_files):
        x = level * rng.uniform(0.2, 1.0) * rng.standard_normal(RATE)
        x = np.stack([x, x]) if stereo else x
        write_audio(folder / f"{k:02d}.wav", x.clip(-1, 1), RATE, subtype="FLOAT")
    return folder


@pytest.fixture
def folders(tmp_path):
    real = make_folder(tmp_path / "real", 0, 15)
    return real, make_folder(tmp_path / "generated", 1, 12, level=0.05)


def features(folder, embedding=CHEAP):
    return np.concatenate([rows for _, rows in embed_folder(folder, embedding)])


def test_every_measure_is_that_of_the_sets(folders):
    found = compare_folders(*folders, CHEAP, k=4)
    a, b = map(features, folders)
    assert found.embedding == "level and brightness"
    assert found.files == (15, 12) and found.clips == (30, 24)
    expected = {
        "Frechet distance": frechet_distance(a, b),
        **precision_recall(a, b)._asdict(),
        **density_coverage(a, b, k=4)._asdict(),
    }
    for name, value in expected.items():
        assert found.measures[name] == pytest.approx(value)
    assert found.measures["JSD"] > 0 and found.pairs == 12
    assert "K = 3 bins" in found.notes[-1]
    assert found.measures["multi-scale spectral distance"] > 0


def test_one_sound_at_a_time_gives_the_same_distance(folders):
    expected = frechet_distance(*map(features, folders))
    assert frechet_audio_distance(*folders, CHEAP) == pytest.approx(expected, rel=1e-9)


def test_a_folder_and_itself(folders):
    found = compare_folders(folders[0], folders[0], CHEAP)
    measures = found.measures
    assert measures["Frechet distance"] == pytest.approx(0.0, abs=1e-9)
    perfect = "precision", "recall", "coverage"
    assert [measures[name] for name in perfect] == [1.0, 1.0, 1.0]
    zero = "NDB / K", "JSD", "multi-scale spectral distance"
    assert [measures[name] for name in zero] == [0.0, 0.0, 0.0]
    assert found.pairs == 15


def test_few_clips_leave_measures_out_and_say_so(tmp_path):
    a = make_folder(tmp_path / "a", 0, 1, stereo=True)
    b = make_folder(tmp_path / "b", 1, 2)
    found = compare_folders(a, b, CHEAP)
    assert list(found.measures) == ["Frechet distance"]
    text = " ".join(found.notes)
    for part in ("no precision", "no density", "no NDB", "2 samples for 2 features"):
        assert part in text
    assert found.pairs == 0  # of one name, but not of one shape
    with pytest.warns(FewSamplesWarning):
        frechet_audio_distance(a, b, CHEAP)


def test_errors_name_the_folder_and_the_sound(tmp_path):
    folder = make_folder(tmp_path / "a", 0, 2)
    write_audio(folder / "short.wav", np.full(1000, 0.1), RATE)
    said = r"a': of its 3 sounds, 'short.wav' lasts 0.062 s, and .* at least 0.5 s"
    with pytest.raises(FormatError, match=said):
        list(embed_folder(folder, CHEAP))
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match=r"empty': there is no sound file"):
        list(embed_folder(tmp_path / "empty", CHEAP))


def test_mel_statistics():
    x = 0.1 * np.random.default_rng(0).standard_normal((2, RATE * 2))
    found = mel_statistics().function(x, RATE)
    seen = vggish.patches(x, RATE)
    assert found.shape == (2, 128)
    np.testing.assert_allclose(found[1, 3], seen[1, :, 3].mean(), rtol=1e-5)
    np.testing.assert_allclose(found[1, 67], seen[1, :, 3].std(), rtol=1e-5)
    assert "not VGGish" in mel_statistics().name


def test_vggish_as_an_embedding(monkeypatch):
    config = vggish.Config.tiny()
    monkeypatch.setattr(vggish.Config, "paper", classmethod(lambda cls: config))
    embedding = vggish_embedding(CKPT)
    x = 0.1 * np.random.default_rng(0).standard_normal(RATE)
    expected = vggish.embed(vggish.load(CKPT, config), x, RATE)
    assert (embedding.function(x, RATE) == expected).all()
    assert embedding.name == "VGGish (vggish_tiny.ckpt)"
    assert embedding.shortest == 0.975


def test_command(folders, capsys):
    assert main(["evaluate", *map(str, folders)]) == 0
    table = capsys.readouterr().out
    assert "features: mel statistics, not VGGish" in table
    assert "Frechet distance" in table and "real has 15 samples for 128" in table
    assert main(["evaluate", *map(str, folders), "--json", "--k", "3"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["clips"] == [15, 12] and found["measures"]["recall"] <= 1.0
    assert found["embedding"] == "mel statistics, not VGGish"


def test_command_errors_are_one_line(folders, tmp_path, capsys):
    assert main(["evaluate", str(folders[0]), str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
    weights = tmp_path / "vggish_model.ckpt"
    weights.write_bytes(b"no checkpoint")
    assert main(["evaluate", *map(str, folders), "--vggish", str(weights)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("neural: cannot read") and said.count("\n") == 1
