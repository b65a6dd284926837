"""`neural encode` and `neural decode`: any sound to codes, and back."""

import jax
import numpy as np
import pytest
import small_models

import neural
from dsplab.formats.audio_files import read_audio, write_audio
from neural.__main__ import main
from neural.notes import codec

SMALL = small_models.codec_config()


@pytest.fixture
def small(monkeypatch):
    """A codec that nobody waits for."""
    params = codec.init(jax.random.key(0), SMALL)
    monkeypatch.setattr(neural, "pretrained", lambda name: (params, SMALL))
    return params


def test_stereo_of_another_rate_there_and_back(small, tmp_path, capsys):
    rng = np.random.default_rng(0)
    x = 0.1 * rng.uniform(-1, 1, (2, 2205))
    sound, codes, back = (str(tmp_path / n) for n in ("a.wav", "a.npz", "b.wav"))
    write_audio(sound, x, 22050)
    assert main(["encode", sound, codes]) == 0
    assert "0.10 s, channels: 2, 6000 bit/s" in capsys.readouterr().out
    with np.load(codes) as kept:
        assert kept["codes"].shape == (2, 4, 25) and kept["n_samples"] == 800
        heard = codec.decode(small, kept["codes"].astype(int), SMALL)
        heard = np.asarray(heard)[:, :800] / kept["gain"]
        few = codec.decode(small, kept["codes"][:, :1].astype(int), SMALL)
        few = np.asarray(few)[:, :800] / kept["gain"]
    assert main(["decode", codes, back]) == 0
    y, rate = read_audio(back)
    assert rate == 8000 and y.shape == (2, 800)
    np.testing.assert_allclose(y, heard, atol=2**-15)
    assert main(["decode", codes, back, "--codebooks", "1"]) == 0
    np.testing.assert_allclose(read_audio(back)[0], few, atol=2**-15)
    assert np.abs(few - heard).max() > 2**-12


def test_mistakes_get_one_line_and_nothing_is_written(small, tmp_path, capsys):
    (tmp_path / "text.npz").write_text("not codes")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    told = {"gain": 1.0, "n_samples": 64, "sample_rate": 8000}
    np.savez(tmp_path / "large.npz", codes=np.full((1, 4, 2), 8), **told)
    np.savez(tmp_path / "half.npz", codes=np.full((1, 4, 2), 0.5), **told)
    np.savez(tmp_path / "good.npz", codes=np.zeros((1, 4, 2), int), **told)
    out = tmp_path / "out.wav"
    for name, more, message in (
        ("text.npz", [], "text.npz: not written by 'neural encode'"),
        ("other.npz", [], "other.npz: not written by"),
        ("large.npz", [], "of another codec"),
        ("none.npz", [], "No such file"),
        ("half.npz", [], "of another codec"),
        ("good.npz", ["--codebooks", "5"], "codebooks must be 1 to 4, got 5"),
        ("good.npz", ["--codebooks", "0"], "codebooks must be 1 to 4, got 0"),
    ):
        assert main(["decode", str(tmp_path / name), str(out), *more]) == 1
        error = capsys.readouterr().err
        assert message in error and error.count("\n") == 1
        assert not out.exists()
    assert main(["encode", str(tmp_path / "none.wav"), str(tmp_path / "c.npz")]) == 1
    assert "none.wav" in capsys.readouterr().err
    assert not (tmp_path / "c.npz").exists()
