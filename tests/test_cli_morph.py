"""The command `dsplab morph`: between two sounds, of any length, rate and channels."""

import numpy as np
import pytest

from dsplab.__main__ import main
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.formats.audio_files import read_audio, write_audio

RATE = 8000


def voice(f0, seconds, rate=RATE, tilt=1.0):
    t = np.arange(round(seconds * rate)) / rate
    k = np.arange(1, 7)[:, None]
    noise = 0.002 * np.random.default_rng(0).standard_normal(t.size)
    return 0.2 * (np.sin(2 * np.pi * k * f0 * t) / k**tilt).sum(axis=0) + noise


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two voices a fifth apart, one of them longer, and noise."""
    monkeypatch.chdir(tmp_path)
    write_audio("low.wav", voice(200, 0.6), RATE)
    write_audio("high.wav", voice(300, 0.9, tilt=2.0), RATE)
    noise = 0.1 * np.random.default_rng(1).standard_normal(4000)
    write_audio("noise.wav", noise, RATE)
    return tmp_path


def pitch_of(y):
    return np.nanmedian(autocorrelation_pitch(y, sample_rate=RATE).f0)


@pytest.mark.parametrize("share, f0", [("0", 200), ("0.5", 200 * 1.5**0.5), ("1", 300)])
def test_the_pitch_is_between(share, f0, folder, capsys):
    assert main(["morph", "low.wav", "high.wav", "y.wav", "--share", share]) == 0
    y, rate = read_audio("y.wav")
    assert rate == RATE and y.shape == (7200,)  # as long as the longer
    assert abs(pitch_of(y) - f0) < 1.0
    assert capsys.readouterr() == ("", "")


def test_the_share_can_move(folder):
    command = ["morph", "low.wav", "high.wav", "y.wav", "--share", "0", "--to", "1"]
    assert main(command) == 0
    y, _ = read_audio("y.wav")
    assert pitch_of(y[:2000]) < 225 and pitch_of(y[-2000:]) > 270


def test_channels_and_rates_may_differ(folder):
    write_audio("stereo.wav", np.stack([voice(200, 0.6), voice(200, 0.6)]), RATE)
    write_audio("fast.wav", voice(300, 0.6, rate=16000), 16000)
    assert main(["morph", "stereo.wav", "fast.wav", "y.wav"]) == 0
    y, rate = read_audio("y.wav")
    assert rate == RATE and y.shape == (2, 4800)
    assert abs(pitch_of(y[0]) - 200 * 1.5**0.5) < 1.0
    assert main(["morph", "fast.wav", "stereo.wav", "z.wav"]) == 0
    assert read_audio("z.wav")[0].shape == (2, 9600)


def test_spectra_shape_what_has_no_pitch(folder):
    options = ["--method", "spectrum", "--share", "1"]
    assert main(["morph", "noise.wav", "high.wav", "y.wav", *options]) == 0
    y, _ = read_audio("y.wav")
    x, _ = read_audio("noise.wav")
    assert y.shape == x.shape

    def slope(x):
        power = abs(np.fft.rfft(x)) ** 2
        return 10 * np.log10(power[:1000].sum() / power[1000:].sum())

    assert slope(y) > slope(x) + 10  # the voice is darker than the noise
    assert main(["morph", "noise.wav", "high.wav", "z.wav", *options, "--to", "0"]) == 0
    z, _ = read_audio("z.wav")
    assert abs(z - x)[-200:].mean() < 0.3 * abs(y - x)[-200:].mean()  # nearly back


def test_what_cannot_be_done_is_said_in_a_line(folder, capsys):
    assert main(["morph", "noise.wav", "high.wav", "y.wav"]) == 2
    assert "no pitch was found in 'noise.wav'" in capsys.readouterr().err
    assert main(["morph", "low.wav", "high.wav", "high.wav"]) == 2
    assert "is an input" in capsys.readouterr().err
    assert main(["morph", "low.wav", "high.wav", "y.wav", "--share", "2"]) == 2
    assert "from 0 to 1" in capsys.readouterr().err
    assert main(["morph", "low.wav", "high.wav", "y.xyz"]) == 1
    assert "cannot write 'y.xyz'" in capsys.readouterr().err
    write_audio("three.wav", np.zeros((3, 800)), RATE)
    write_audio("two.wav", np.zeros((2, 800)), RATE)
    assert main(["morph", "three.wav", "two.wav", "y.wav"]) == 2
    assert "3 and 2 channels" in capsys.readouterr().err
    assert not (folder / "y.wav").exists()
