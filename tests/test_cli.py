import subprocess
import sys

import numpy as np
import pytest

from dsplab.__main__ import METHODS, main
from dsplab._commands import _clock, _read_anchors
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.stretch.wsola import wsola

RATE = 22050
T = np.arange(RATE) / RATE
VOICE = sum(np.sin(2 * np.pi * 180 * k * T) / k for k in range(1, 12)) / 4
STEREO = np.stack([VOICE, np.roll(VOICE, 20)]).astype(np.float32)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with a mono and a stereo file."""
    monkeypatch.chdir(tmp_path)
    write_audio("mono.wav", VOICE, RATE)
    write_audio("stereo.flac", STEREO, RATE)
    return tmp_path


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def pitch_of(x):
    """Hz, the middle of the pitch track."""
    return np.nanmedian(autocorrelation_pitch(x, sample_rate=RATE).f0)


@pytest.mark.parametrize("method", [None, *METHODS])
@pytest.mark.parametrize("source", ["mono.wav", "stereo.flac"])
def test_stretch(method, source, folder, capsys):
    chosen = ["--method", method] if method else []
    assert main(["stretch", source, "slow.wav", "--rate", "0.8", *chosen]) == 0
    x, _ = read_audio(source)
    y, sample_rate = read_audio("slow.wav")
    assert sample_rate == RATE
    assert y.shape == (*x.shape[:-1], round(x.shape[-1] / 0.8))
    if method != "ola":
        assert abs(pitch_of(np.atleast_2d(y)[0]) - 180) < 2
    assert capsys.readouterr() == ("", "")


def test_stretch_is_what_the_library_does(folder):
    command = ["stretch", "mono.wav", "y.wav", "--rate", "1.3", "--method", "wsola"]
    assert main(command) == 0
    x, _ = read_audio("mono.wav", dtype="float32")
    expected = wsola(x, 1.3, sample_rate=RATE)
    np.testing.assert_array_equal(read_audio("y.wav")[0], expected)


@pytest.mark.parametrize("semitones", ["3", "-5", "0.5"])
@pytest.mark.parametrize(
    "formants", [[], ["--formants"], ["--formants", "--method", "envelope"]]
)
def test_shift(semitones, formants, folder):
    command = ["shift", "stereo.flac", "y.wav", "--semitones", semitones, *formants]
    assert main(command) == 0
    y, _ = read_audio("y.wav")
    assert y.shape == STEREO.shape
    wanted = 180 * 2 ** (float(semitones) / 12)
    assert abs(pitch_of(y[0][4000:-4000]) - wanted) < 2


def test_formants_make_a_difference(folder):
    for name, option in (("moved.wav", []), ("kept.wav", ["--formants"])):
        assert main(["shift", "mono.wav", name, "--semitones", "7", *option]) == 0
    assert abs(read_audio("moved.wav")[0] - read_audio("kept.wav")[0]).max() > 0.01


def test_anchors(folder):
    (folder / "map.csv").write_text(
        "input, output\n0, 0\n0.5; 0.5  # up to here as it was\n\n1.0001,2\n"
    )
    anchors = _read_anchors("map.csv", RATE, RATE)
    expected = [[0, 0], [RATE / 2, RATE / 2], [RATE, 2 * RATE]]
    np.testing.assert_array_equal(anchors, expected)
    command = ["stretch", "mono.wav", "y.wav", "--anchors", "map.csv"]
    assert main([*command, "--method", "wsola"]) == 0
    assert read_audio("y.wav")[0].shape == (2 * RATE,)


@pytest.mark.parametrize(
    "text, cause",
    [
        ("0,0\n1,fast\n", "line 2 must be 'input seconds, output seconds'"),
        ("0,0\n1,2,3\n", "line 2 must be"),
        ("0,0\n", "two lines or more"),
        ("", "two lines or more"),
        ("0,0\n0.5,nan\n", "rate contains NaN"),
        ("0,0\n5,5\n", "rate must have input anchors within"),
        ("0,1\n1,2\n", "rate must have output anchors that start at 0"),
    ],
)
def test_bad_anchors(text, cause, folder, capsys):
    (folder / "map.csv").write_text(text)
    before = files(folder)
    command = ["stretch", "mono.wav", "y.wav", "--anchors", "map.csv"]
    assert main([*command, "--method", "ola"]) == 1
    error = capsys.readouterr().err
    assert cause in error and error.startswith("dsplab: ") and error.count("\n") == 1
    assert files(folder) == before


def test_subtype_and_format(folder):
    command = ["stretch", "mono.wav", "--rate", "1.0", "--method", "wsola"]
    assert main([*command, "a.wav", "--subtype", "PCM_16"]) == 0
    assert main([*command, "a.flac"]) == 0
    assert (folder / "a.wav").stat().st_size == 44 + 2 * RATE
    np.testing.assert_allclose(read_audio("a.flac")[0], VOICE, atol=2.0**-22)


FAILURES = [  # arguments, what the one line says
    (["stretch", "no.wav", "y.wav", "--rate", "2"], "'no.wav': No such file"),
    (["stretch", "map.csv", "y.wav", "--rate", "2"], "read 'map.csv': this is text"),
    (["stretch", "mono.wav", "y.m4a", "--rate", "2"], "unknown extension '.m4a'"),
    (["stretch", "mono.wav", "no/y.wav", "--rate", "2"], "no folder"),
    (["stretch", "mono.wav", "y.opus", "--rate", "2"], "OPUS knows sample rates"),
    (["stretch", "mono.wav", "y.wav", "--rate", "1e9", "--method", "ola"], "rate"),
    (["stretch", "mono.wav", "y.wav", "--anchors", "no.csv"], "'no.csv': No such"),
    (["shift", "mono.wav", "y.wav", "--semitones", "3", "--subtype", "X"], "subtype"),
    (["info", "no.wav"], "'no.wav': No such file"),
]


@pytest.mark.parametrize("arguments, cause", FAILURES)
def test_failure_is_one_line_and_writes_nothing(arguments, cause, folder, capsys):
    (folder / "map.csv").write_text("hello, world\n")
    before = files(folder)
    assert main(arguments) == 1
    out, error = capsys.readouterr()
    assert out == "" and error.startswith("dsplab: ") and error.count("\n") == 1
    assert cause in error
    assert files(folder) == before


USAGE = [
    [],
    ["play", "a.wav"],
    ["stretch"],
    ["stretch", "mono.wav", "y.wav"],
    ["stretch", "mono.wav", "y.wav", "--rate", "0"],
    ["stretch", "mono.wav", "y.wav", "--rate", "-1"],
    ["stretch", "mono.wav", "y.wav", "--rate", "nan"],
    ["stretch", "mono.wav", "y.wav", "--rate", "fast"],
    ["stretch", "mono.wav", "y.wav", "--rate", "2", "--anchors", "a.csv"],
    ["stretch", "mono.wav", "y.wav", "--rate", "2", "--method", "magic"],
    ["stretch", "mono.wav", "mono.wav", "--rate", "2"],
    ["stretch", "mono.wav", "./../mono/mono.wav", "--rate", "2"],
    ["shift", "mono.wav", "y.wav"],
    ["shift", "mono.wav", "y.wav", "--semitones", "inf"],
    ["info"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_is_2_and_changes_nothing(arguments, folder, capsys):
    (folder.parent / "mono").unlink(missing_ok=True)
    (folder.parent / "mono").symlink_to(folder)
    before, sound = files(folder), (folder / "mono.wav").read_bytes()
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == "" and error
    assert files(folder) == before
    assert (folder / "mono.wav").read_bytes() == sound


def test_info(folder, capsys):
    assert main(["info", "stereo.flac", "no.wav", "mono.wav"]) == 1
    out, error = capsys.readouterr()
    assert error.count("\n") == 1
    first, second = out.split("mono.wav")
    for text in ("FLAC", "24 bit", "22050 Hz", "2 stereo", "0:01.000 (22050 samples)"):
        assert text in first
    assert "1 mono" in second and "180.0 Hz (F#3 -47 cents)" in second
    level = 20 * np.log10(np.sqrt(np.mean(VOICE**2)))
    assert f"({level:.1f} dB)" in second


def test_info_of_silence_and_of_a_click(folder, capsys):
    write_audio("silence.wav", np.zeros(RATE), RATE)
    write_audio("click.wav", np.ones(1), RATE)
    assert main(["info", "silence.wav", "click.wav"]) == 0
    out = capsys.readouterr().out
    assert "0.0000 (silence)" in out and "none found" in out and "not looked for" in out


def test_truncated_input_warns_in_one_line(folder, capsys):
    data = (folder / "mono.wav").read_bytes()
    (folder / "cut.wav").write_bytes(data[: len(data) // 2])
    assert main(["info", "cut.wav"]) == 0
    error = capsys.readouterr().err
    assert error.startswith("dsplab: warning: 'cut.wav' is cut off or damaged: read ")
    assert error.count("\n") == 1


def test_long_sounds_get_a_progress_line(folder, capsys):
    write_audio("long.wav", np.tile(VOICE, 16), RATE)
    command = ["stretch", "long.wav", "y.wav", "--rate", "2", "--method", "ola"]
    assert main(command) == 0
    out, error = capsys.readouterr()
    assert out == "" and "stretching 0:16 of sound" in error and "done after" in error
    assert main([*command, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_help_and_version(capsys):
    for command, words in (
        (["--help"], ["examples:", "stretch", "shift", "info", "Exit status"]),
        (["stretch", "--help"], ["--anchors", "default:", *METHODS]),
        (["shift", "--help"], ["12 is an octave", "--formants"]),
        (["info", "--help"], ["duration"]),
    ):
        assert main(command) == 0
        out = capsys.readouterr().out
        assert all(word in out for word in words)
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("dsplab 0.")


@pytest.mark.parametrize("seconds, text", [(0, "0:00"), (59.7, "1:00"), (605, "10:05")])
def test_clock(seconds, text):
    assert _clock(seconds) == text


def run(*arguments):
    command = [sys.executable, "-m", "dsplab", *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_as_a_process(folder):
    done = run("stretch", "stereo.flac", "y.wav", "--rate", "1.25", "--method", "wsola")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert read_audio("y.wav")[0].shape == (2, round(RATE / 1.25))
    failed = run("shift", "y.wav", "y.wav", "--semitones", "1")
    assert failed.returncode == 2
    assert failed.stderr == (
        "dsplab: 'y.wav' is the input; choose another name for the output\n"
    )


def test_help_needs_no_heavy_imports():
    code = "import sys, dsplab.__main__ as m; m.main(['--help']); print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    heavy = {"jax", "matplotlib", "scipy", "soundfile", "numpy"}
    assert not heavy & set(run.stdout.splitlines()[-1].split())
