import numpy as np
import pytest

from dsplab.__main__ import main
from dsplab.formats.soundfont import (
    Instrument,
    Preset,
    Sample,
    SoundFont,
    Zone,
    write_soundfont,
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a small bank of 24 bits."""
    monkeypatch.chdir(tmp_path)
    pcm, low = np.full(11025, 9, np.int16), np.zeros(11025, np.uint8)
    sides = (("left", 1), ("right", 0))
    samples = tuple(
        Sample(f"Bell {side}", pcm, low, 22050, (10, 99), 69, 0, side, link)
        for side, link in sides
    )
    samples += (Sample("Hit", pcm, low, 44100),)
    bells = Instrument("Bells", (Zone({}), Zone({}, (), 0), Zone({}, (), 1)))
    hits = Instrument("Hits", (Zone({}, (), 2),))
    both = (Zone({48: 10}), Zone({}, (), 0), Zone({}, (), 1))
    presets = (Preset("Kit", 3, 128, both[2:]), Preset("Bells\n&\x1b[1m", 14, 0, both))
    info = {"name": "My bank", "author": "Somebody", "comment": "two\r\nlines"}
    bank = SoundFont(info, presets, (bells, hits), samples)
    write_soundfont("bank.sf2", bank)
    return tmp_path


def test_what_a_bank_is(folder, capsys):
    assert main(["sf2", "info", "bank.sf2"]) == 0
    out, err = capsys.readouterr()
    lines = [line.split(maxsplit=1) for line in out.splitlines()]
    assert lines == [
        ["bank.sf2"],
        ["name", "My bank"],
        ["author", "Somebody"],
        ["comment", "two lines"],
        ["version", "2.04, for EMU8000"],
        ["size", "0.10 MiB"],
        ["presets", "2 with 4 zones; bank 0: 1, 128: 1"],
        ["instruments", "2 with 4 zones"],
        ["samples", "3 (1.2 s), 1 stereo pair; 3 of 24 bits"],
        ["rates", "22050 Hz: 2, 44100 Hz: 1"],
    ]
    assert err == ""


def test_presets_in_order(folder, capsys):
    assert main(["sf2", "info", "bank.sf2", "--presets"]) == 0
    *_, head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == ["bank", "program", "preset"]
    assert first.split() == ["0", "14", "Bells", "&", "[1m", "Bells,", "Hits"]
    assert second.split() == ["128", "3", "Kit", "Hits"]


def test_samples(folder, capsys):
    assert main(["sf2", "info", "bank.sf2", "--samples"]) == 0
    *_, left, _, hit = capsys.readouterr().out.splitlines()
    assert left.split() == "0 Bell left 0.500 22050 A4 10 to 99, left".split()
    assert hit.split() == "2 Hit 0.250 44100 C4 none".split()


def test_an_empty_bank(folder, capsys):
    write_soundfont("empty.sf2", SoundFont({}, (), (), ()))
    assert main(["sf2", "info", "empty.sf2", "--presets", "--samples"]) == 0
    assert capsys.readouterr().out.count("none") == 3


def test_damage_is_a_warning_of_one_line(folder, capsys):
    path = folder / "bank.sf2"
    path.write_bytes(path.read_bytes() + bytes(50))
    assert main(["sf2", "info", "bank.sf2"]) == 0
    out, err = capsys.readouterr()
    assert "My bank" in out and err.count("\n") == 1
    assert err.startswith("dsplab: warning: 'bank.sf2' has faults, the rest was read: ")


@pytest.mark.parametrize(
    "arguments, status, text",
    [
        (["none.sf2"], 1, "dsplab: 'none.sf2': No such file or directory\n"),
        (["."], 1, "dsplab: '.': Is a directory\n"),
        (["text.sf2"], 1, "dsplab: cannot read 'text.sf2': it is not a SoundFont but"),
        (["cut.sf2"], 1, "dsplab: cannot read 'cut.sf2': it has no list of presets"),
        ([], 2, "the following arguments are required: FILE"),
        (["bank.sf2", "--pitch"], 2, "unrecognized arguments: --pitch"),
    ],
)
def test_errors_are_one_line(arguments, status, text, folder, capsys):
    (folder / "text.sf2").write_text("not a bank at all")
    (folder / "cut.sf2").write_bytes((folder / "bank.sf2").read_bytes()[:20000])
    assert main(["sf2", "info", *arguments]) == status
    out, err = capsys.readouterr()
    assert out == "" and text in err and err.splitlines()[-1].startswith("dsplab")
    assert status == 2 or err.count("\n") == 1


def test_it_must_be_said_what_to_do(capsys):
    assert main(["sf2"]) == 2
    assert "the following arguments are required: ACTION" in capsys.readouterr().err
