"""The command `dsplab sing`: texts and MIDI files become a voice in a file."""

import numpy as np
import pytest

from dsplab.__main__ import main
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.formats.audio_files import read_audio
from dsplab.formats.midi import write_midi
from dsplab.formats.midi_notes import midi_of

SONG = "tempo 120\nnotes A2 C3/2\nwords do re\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a song, as text and as MIDI."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "song.txt").write_text(SONG)
    midi = midi_of([(0.0, 0.5, 45), (0.5, 1.0, 48)])
    texts = ((0.0, "lyrics", "do"), (0.5, "lyrics", "re"))
    write_midi("song.mid", midi._replace(texts=texts))
    return tmp_path


@pytest.mark.parametrize("score", ["song.txt", "song.mid"])
def test_a_song(score, folder, capsys):
    options = ["--sample-rate", "16000", "--style", "straight", "--transpose", "2"]
    assert main(["sing", score, "y.wav", *options]) == 0
    assert capsys.readouterr() == ("", "")
    y, rate = read_audio("y.wav")
    assert rate == 16000 and 1.7 < len(y) / rate < 2.1
    f0 = autocorrelation_pitch(y, sample_rate=rate).f0
    assert abs(np.nanmedian(f0) / 146.83 - 1.0) < 0.005  # C3 and two semitones
    assert 0.02 < abs(y).max() <= 1.0


def test_options_change_the_style(folder):
    sounds = []
    for options in ([], ["--breath", "1"], ["--formants", "4"], ["--vibrato", "90"]):
        assert main(["sing", "song.txt", "y.wav", *options]) == 0
        sounds.append(read_audio("y.wav")[0])
    assert all((y != sounds[0]).any() for y in sounds[1:])


@pytest.mark.parametrize(
    "arguments, status, said",
    [
        (["none.txt", "y.wav"], 1, "none.txt"),
        (["song.txt", "no/y.wav"], 1, "there is no folder"),
        (["song.txt", "y.xyz"], 1, "y.xyz"),
        (["song.txt", "y.wav", "--style", "loud"], 2, "choose natural; straight"),
        (["song.txt", "y.wav", "--breath", "3"], 2, "--breath must be in 0..1"),
        (["song.txt", "y.wav", "--voice", "song.txt"], 1, "no voice, or a damaged one"),
        (["song.txt"], 2, "required"),
    ],
)
def test_mistakes_are_one_line(arguments, status, said, folder, capsys):
    assert main(["sing", *arguments]) == status
    assert said in capsys.readouterr().err
    assert not (folder / "y.wav").exists()


def test_a_score_that_is_wrong_names_its_line(folder, capsys):
    (folder / "bad.txt").write_text("notes C3 D3\nwords la\n")
    assert main(["sing", "bad.txt", "y.wav"]) == 1
    assert "cannot read 'bad.txt': line 2: 1 syllables" in capsys.readouterr().err
