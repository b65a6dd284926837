"""`dsplab render`: files in and out, who plays, one line for every error."""

import pytest

from dsplab.__main__ import main
from dsplab.formats.audio_files import read_audio
from dsplab.formats.midi import write_midi
from dsplab.formats.midi_notes import Part, midi_of
from dsplab.rendering import render_midi

BAND = [
    Part(0, 4, 0, "Keys", [(0.0, 0.2, 60, 90)]),
    Part(1, 33, 0, "Bass", [(0.1, 0.2, 40, 90)]),
    Part(9, 0, 0, "Drums", [(0.0, 0.1, 36, 90)]),
]
DRY = ["--no-reverb", "--no-chorus", "--sample-rate", "8000"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_midi("song.mid", midi_of(BAND))
    return tmp_path


def test_a_midi_file_becomes_the_array(folder):
    options = ["--channel", "1=fm:bell", "--channel", "10=drums:909", "--program"]
    options += ["34=plucked", "--gain", "0.4", "--duration", "0.3"]
    assert main(["render", "song.mid", "song.wav", *DRY, *options]) == 0
    y, rate = read_audio("song.wav", dtype="float32")
    expected = render_midi(
        "song.mid", 8000, engines={0: "fm:bell", 9: "drums:909"},
        programs={33: "plucked"}, gain=0.4, duration=0.3, reverb=False, chorus=False,
    )  # fmt: skip
    assert rate == 8000 and (y == expected).all()


def test_the_shipped_bank_plays_unless_told_otherwise(folder):
    assert main(["render", "song.mid", "song.flac", *DRY, "--subtype", "PCM_16"]) == 0
    assert read_audio("song.flac")[0].std() > 1e-3


def test_long_music_says_how_far_it_is(folder, capsys):
    write_midi("long.mid", midi_of([(0.0, 0.1, 60), (18.0, 0.1, 60)]))
    words = ["render", "long.mid", "a.wav", *DRY, "--engine", "fm"]
    assert main(words) == 0
    said = capsys.readouterr().err
    assert "rendering 0:18 of music ... done after" in said
    assert main([*words, "-q"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "words, status, said",
    [
        (["none.mid", "a.wav"], 1, "'none.mid': No such file"),
        (
            ["bad.mid", "a.wav"],
            1,
            "'bad.mid': there is no MThd header (byte 0)",
        ),
        (["empty.mid", "a.wav"], 1, "cannot render 'empty.mid': it holds no notes"),
        (["song.mid", "song.mid"], 2, "'song.mid' is the input"),
        (["song.mid", "no/a.wav"], 1, "there is no folder"),
        (["song.mid", "a.xyz"], 1, "unknown extension '.xyz'"),
        (["song.mid", "a.wav", "--engine", "kazoo"], 1, "there is no engine 'kazoo'"),
        (
            ["song.mid", "a.wav", "--channel", "17"],
            2,
            "--channel must be NUMBER=ENGINE",
        ),
        (["song.mid", "a.wav", "--program", "0=fm"], 2, "--program must be NUMBER"),
        (["song.mid", "a.wav", "--sequence", "2"], 1, "only files of type 2"),
        (["song.mid", "a.wav", "--sound-font", "none.sf2"], 1, "'none.sf2': No such"),
        (["song.mid", "a.wav", "--sample-rate", "0"], 1, "sample_rate must be"),
    ],
)
def test_errors_are_one_line(folder, capsys, words, status, said):
    (folder / "bad.mid").write_bytes(b"no MIDI file")
    write_midi("empty.mid", midi_of(BAND)._replace(events=[]))
    assert main(["render", *words]) == status
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith("dsplab: ") and said in lines[0]
    assert not (folder / "a.wav").exists()


def test_help_says_who_can_play(capsys):
    assert main(["render", "--help"]) == 0
    said = capsys.readouterr().out
    assert "--sound-font" in said and "--channel 10=drums" in said
