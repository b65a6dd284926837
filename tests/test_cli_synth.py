"""The command `dsplab synth`: every engine plays, every mistake is one line."""

import numpy as np
import pytest

from dsplab.__main__ import main
from dsplab._synth import engines
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.formats.audio_files import read_audio, write_audio

RATE = 16000
ENGINES = engines()
PLAY = ["--notes", "A3 C4", "--tempo", "240", "--sample-rate", str(RATE)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a recording of one note, A4."""
    monkeypatch.chdir(tmp_path)
    t = np.arange(RATE) / RATE
    x = sum(np.sin(2 * np.pi * 440 * k * t) / k for k in range(1, 8)) / 4
    write_audio("note.wav", x, RATE)
    return tmp_path


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_plays(engine, folder, capsys):
    assert main(["synth", engine, "y.wav", *PLAY]) == 0
    assert capsys.readouterr() == ("", "")
    y, sample_rate = read_audio("y.wav")
    assert sample_rate == RATE and y.shape[-1] > RATE // 4
    assert 0.01 < abs(y).max() <= 1.0


def test_the_pitch_is_the_one_asked_for(folder):
    assert main(["synth", "additive", "y.wav", *PLAY]) == 0
    y, _ = read_audio("y.wav")
    f0 = autocorrelation_pitch(y[1000:3000], sample_rate=RATE).f0
    assert abs(np.nanmedian(f0) - 220.0) < 1.0 or abs(np.nanmedian(f0) - 110.0) < 0.5


def test_a_recording_is_played_at_the_pitch_of_the_notes(folder):
    command = ["synth", "sampler", "y.wav", *PLAY, "--recording", "note.wav"]
    assert main(command) == 0
    y, _ = read_audio("y.wav")
    f0 = autocorrelation_pitch(y[500:3000], sample_rate=RATE).f0
    assert abs(np.nanmedian(f0) - 220.0) < 2.0


def test_a_score_in_a_file(folder):
    (folder / "tune.txt").write_text("; a tune\nA3 C4\n")
    short = PLAY[2:]
    assert main(["synth", "additive", "a.wav", "--score", "tune.txt", *short]) == 0
    assert main(["synth", "additive", "b.wav", *PLAY]) == 0
    np.testing.assert_array_equal(read_audio("a.wav")[0], read_audio("b.wav")[0])


def test_drums_play_a_score(folder):
    command = ["synth", "drums", "y.wav", "--notes", "C2 D2", "--preset", "909"]
    assert main(command) == 0
    assert abs(read_audio("y.wav")[0]).max() > 0.05


def test_a_loop_is_exactly_its_bars(folder):
    command = [
        "synth",
        "drums",
        "y.wav",
        "--style",
        "house",
        "--bars",
        "2",
        "--tempo",
        "120",
    ]
    assert main([*command, "--sample-rate", str(RATE)]) == 0
    y, _ = read_audio("y.wav")
    assert y.shape[-1] == 4 * RATE and 0.05 < abs(y).max() <= 1.0


def test_the_list_names_every_engine_and_preset(capsys):
    assert main(["synth", "--list"]) == 0
    said = capsys.readouterr().out
    for name, module in ENGINES.items():
        assert f"\n{name} " in f"\n{said}"
        assert all(preset in said for preset in module.PRESETS)


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        (["additive"], 2, "an engine and an output"),
        (["zither", "y.wav", *PLAY], 2, "no engine 'zither'; choose additive"),
        (["additive", "y.wav", *PLAY, "--preset", "x"], 2, "no additive preset 'x'"),
        (["additive", "y.wav"], 2, "say what to play"),
        (["additive", "y.wav", "--style", "house"], 2, "plays notes, not styles"),
        (["drums", "y.wav", "--style", "polka"], 2, "no style 'polka'; choose"),
        (["additive", "y.wav", "--notes", "H9"], 1, "token 'H9'"),
        (["additive", "y.wav", "--score", "none.txt"], 1, "none.txt"),
        (["additive", "y.xyz", *PLAY], 1, "cannot write 'y.xyz'"),
        (["additive", "no/y.wav", *PLAY], 1, "there is no folder"),
        (["additive", "y.wav", *PLAY, "--recording", "a"], 2, "plays no recording"),
        (["granular", "y.wav", *PLAY, "--recording", "a.wav"], 1, "a.wav"),
        (["additive", "y.wav", *PLAY, "--sample-rate", "0"], 1, "sample_rate"),
    ],
)
def test_every_mistake_is_one_line(command, status, words, folder, capsys):
    assert main(["synth", *command]) == status
    out, err = capsys.readouterr()
    assert out == "" and words in err and err.count("\n") == 1
    assert sorted(p.name for p in folder.iterdir()) == ["note.wav"]
