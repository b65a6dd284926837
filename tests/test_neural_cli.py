"""The command `neural`: what a user types, sees, and gets."""

import json
import subprocess
import sys

import jax
import numpy as np
import pytest
from small_models import polished_jit

import neural
from dsplab.formats.audio_files import read_audio
from neural import checkpoints
from neural.__main__ import main
from neural.notes import wavenet
from neural.recipes import wavenet as recipe
from neural.recipes.running import Run


@pytest.fixture
def small(monkeypatch):
    """A `tiny` so small that training it takes seconds."""
    config = wavenet.Config(
        sample_rate=8000,
        n_channels=4,
        n_gated=4,
        n_skip=4,
        dilations=(1, 2),
        n_instruments=4,
        n_features=10,
    )
    monkeypatch.setattr(wavenet.Config, "tiny", classmethod(lambda cls: config))
    monkeypatch.setattr(recipe, "CROP_SECONDS", 0.05)
    return config


def test_train_resume_and_play(small, tmp_path, capsys):
    run = tmp_path / "run"
    train = ["train", "wavenet", "--steps", "4", "--out", str(run), "--quiet"]
    assert main(train) == 0
    assert "wavenet.ckpt: 5." in capsys.readouterr().out
    logged = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert logged["step"] == 4
    params, config = checkpoints.load_model(run / "wavenet.ckpt", wavenet.Config)
    assert config == small
    assert jax.tree.structure(params) == jax.tree.structure(
        wavenet.init(jax.random.key(0), small)
    )

    assert main(train) == 1  # nothing is overwritten
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "already holds a run: go on with" in error
    assert main([*train, "--resume"]) == 0
    capsys.readouterr()

    out = tmp_path / "a.wav"
    play = ["generate", "wavenet", str(out), "--checkpoint", str(run / "wavenet.ckpt")]
    assert main([*play, "--duration", "0.05", "--pitch", "50"]) == 0
    x, sample_rate = read_audio(out)
    assert sample_rate == 8000 and x.shape == (400,) and np.isfinite(x).all()
    # the same seed, the same note
    assert main([*play, "--duration", "0.05", "--pitch", "50"]) == 0
    np.testing.assert_array_equal(read_audio(out)[0], x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--pitch", "90"], "pitch must be within 48 and 72, got 90"),
        (["--instrument", "kazoo"], "instrument must be one of 'flute'"),
        (["--duration", "-1"], "duration must be"),
        (["--temperature", "-1"], "temperature must be"),
        (["--checkpoint", "nowhere.ckpt"], "could not read nowhere.ckpt"),
        (["--text", "bright bell"], "wavenet takes no --text"),
    ],
)
def test_mistakes_get_one_line(arguments, message, tmp_path, capsys):
    assert main(["generate", "wavenet", str(tmp_path / "a.wav"), *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["train", "nothing"],
        ["train", "wavenet", "--steps", "0"],
        ["train", "wavenet", "--steps", "many"],
        ["generate", "wavenet"],
    ],
)
def test_wrong_use_is_2(arguments, capsys):
    assert main(arguments) == 2
    assert "usage: neural" in capsys.readouterr().err


def test_list_and_help(capsys):
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("wavenet ") and "arXiv:1609.03499" in shown
    assert "tiny 82,208, paper 1,515,968; shipped: " in shown
    assert "10 minutes" in shown and "loss: 5.55 nats" in shown
    assert main(["train", "--help"]) == 0
    assert "--resume" in capsys.readouterr().out


def test_the_package_is_light_and_knows_its_rooms():
    code = "import neural, sys; print('jax' in sys.modules, dir(neural))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("False ['adversarial', 'autoregression', ")
    for name in neural.__all__:
        assert getattr(neural, name)
    with pytest.raises(ValueError, match="must be one of wavenet.*; got 'wavnet'"):
        neural.pretrained("wavnet")
    with pytest.raises(AttributeError, match="nothing"):
        _ = neural.nothing


def test_a_model_of_which_none_comes_along(monkeypatch):
    monkeypatch.setitem(neural.MODELS, "untrained", neural.MODELS["wavenet"])
    with pytest.raises(ValueError, match="no untrained comes along yet: neural train"):
        neural.pretrained("untrained")


@pytest.mark.slow
def test_the_recipe_learns(tmp_path, monkeypatch):
    static = ("config", "optimizer", "ema_decay", "dtype")
    step = polished_jit(wavenet.train_step, static_argnames=static)
    monkeypatch.setattr(wavenet, "train_step", step)
    # the shipped command, cut short: well below the unigram entropy, 5.04 nats, already
    run = Run(tmp_path, n_steps=200, progress=False)
    nats = recipe.train(wavenet.Config.tiny(), run)
    assert nats < 4.8
