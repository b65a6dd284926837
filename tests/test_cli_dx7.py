"""The command `dsplab dx7`: voices by number and name, every mistake one line."""

import numpy as np
import pytest

from dsplab.__main__ import main
from dsplab.formats.audio_files import read_audio
from dsplab.formats.dx7 import Operator, Patch, encode_sysex

RATE = 8000
SHORT = ["--duration", "0.1", "--sample-rate", str(RATE)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a bank: sines, each an octave higher than the last."""
    monkeypatch.chdir(tmp_path)
    sines = [
        Patch((Operator(level=99, coarse=c), *(Operator(),) * 5), 32, name=f"SINE {c}")
        for c in (1, 2, 4)
    ]
    (tmp_path / "a.syx").write_bytes(encode_sysex(sines))
    return tmp_path


def peak_hertz(name):
    y, rate = read_audio(name)
    y = y[200:700]
    return np.argmax(abs(np.fft.rfft(y * np.hanning(500), 16000))) * rate / 16000


@pytest.mark.parametrize(
    "command, hertz",
    [
        (["a.syx", "--voice", "2", "--note", "60", "y.wav"], 523.25),
        (["--voice", "sine 4", "a.syx", "--note", "A3", "y.wav"], 880.0),
        (["a.syx", "y.wav", "--velocity", "30"], 261.63),
    ],
)
def test_a_voice_plays_a_note(command, hertz, folder, capsys):
    assert main(["dx7", *command, *SHORT]) == 0
    assert capsys.readouterr() == ("", "")
    assert peak_hertz("y.wav") == pytest.approx(hertz, abs=1.0)


def test_the_bank_of_our_own(folder, capsys):
    assert main(["dx7", "y.wav", "--voice", "vibra", *SHORT]) == 0
    assert peak_hertz("y.wav") == pytest.approx(261.63, abs=1.0)
    assert main(["dx7", "--list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == 32 and "E PIANO" in listed[0]
    assert main(["dx7", "--list", "a.syx"]) == 0
    assert "SINE 2      algorithm 32" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command, status, message",
    [
        ([], 2, "dx7 needs an output"),
        (["a.syx"], 2, "dx7 needs an output"),
        (["a.syx", "b.wav", "c.wav"], 2, "dx7 takes a bank and an output"),
        (["a.syx", "y.wav", "--voice", "33"], 2, "--voice must be in 1..32, got 33"),
        (["a.syx", "y.wav", "--voice", "organ"], 2, "there is no voice 'organ'"),
        (["y.wav", "--note", "H9"], 2, "--note must be a number or a name"),
        (["y.wav", "--note", "128"], 2, "--note must be in 0..127"),
        (["y.wav", "--velocity", "128"], 2, "--velocity must be in 1..127"),
        (["y.wav", "--loud"], 2, "dx7 knows no option --loud"),
        (["none.syx", "y.wav"], 1, "'none.syx': No such file"),
        (["none/y.wav"], 1, "there is no folder"),
        (["y.xyz"], 1, "cannot write 'y.xyz'"),
    ],
)
def test_mistakes_are_one_line(command, status, message, folder, capsys):
    assert main(["dx7", *command]) == status
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err
    assert not (folder / "y.wav").exists()


def test_a_damaged_bank_is_played_with_a_warning(folder, capsys):
    data = bytearray((folder / "a.syx").read_bytes())
    data[-2] ^= 1
    (folder / "a.syx").write_bytes(data)
    assert main(["dx7", "a.syx", "y.wav", *SHORT]) == 0
    message = "warning: 'a.syx' has faults, the rest was read: the checksum is"
    assert message in capsys.readouterr().err
    (folder / "a.syx").write_bytes(b"nothing")
    assert main(["dx7", "a.syx", "y.wav"]) == 1
    assert "cannot read 'a.syx'" in capsys.readouterr().err
