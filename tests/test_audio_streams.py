"""Sound files written piece by piece: what `write_audio` writes, or nothing."""

import contextlib
import resource
import warnings

import numpy as np
import pytest

from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.audio_streams import audio_writer
from dsplab.formats.errors import ClippedWarning, FormatError

RATE = 44100
X = np.random.default_rng(0).uniform(-0.9, 0.9, (2, 30000))
PIECES = [X[:, :1], X[:, 1:5000], X[:, 5000:5003], X[:, 5003:]]


def write_in_pieces(path, pieces=PIECES, **options):
    with audio_writer(path, RATE, n_channels=2, **options) as write:
        for piece in pieces:
            write(piece)


@pytest.mark.parametrize(
    "name, subtype",
    [("a.wav", None), ("a.wav", "PCM_16"), ("a.flac", None), ("a.w64", "PCM_24")],
)
def test_pieces_make_the_same_file(name, subtype, tmp_path):
    write_audio(tmp_path / name, X, RATE, subtype=subtype)
    whole = (tmp_path / name).read_bytes()
    write_in_pieces(tmp_path / name, subtype=subtype)
    assert (tmp_path / name).read_bytes() == whole


def test_compressed_pieces_make_the_same_sound(tmp_path):
    write_audio(tmp_path / "a.ogg", X, RATE)
    write_in_pieces(tmp_path / "b.ogg")
    np.testing.assert_array_equal(
        *(read_audio(tmp_path / f)[0] for f in ("a.ogg", "b.ogg"))
    )


def test_clipping_warns_once_with_the_peak_of_all(tmp_path):
    with pytest.warns(ClippedWarning, match=r"peak 1.8 is 5\.1 dB .* 0.556") as caught:
        write_in_pieces(tmp_path / "a.flac", [X, 1.8 * np.ones((2, 9)), X])
    assert len(caught) == 1
    assert abs(read_audio(tmp_path / "a.flac")[0]).max() <= 1.0
    write_in_pieces(tmp_path / "a.wav", [1.75 * np.ones((2, 9))])  # floats: no warning
    assert read_audio(tmp_path / "a.wav")[0].max() == 1.75


@contextlib.contextmanager
def old_file_stays(folder, name="a.wav"):
    (folder / name).write_bytes(b"old")
    yield folder / name
    assert [file.name for file in folder.iterdir()] == [name]
    assert (folder / name).read_bytes() == b"old"


@pytest.mark.parametrize(
    "piece, reason",
    [
        (np.full((2, 5), np.nan), "x contains NaN"),
        (np.ones((2, 5), int), "x must be float32"),
        (np.ones(5), "x must have 2 dimensions"),
        (np.ones((3, 5)), "the number of channels of x must be one of 2"),
    ],
)
def test_a_bad_piece_leaves_the_old_file(piece, reason, tmp_path):
    with old_file_stays(tmp_path) as path:
        with pytest.raises(ValueError, match=f"cannot write '.*a.wav': {reason}"):
            write_in_pieces(path, [X, piece])


def test_an_error_of_the_maker_leaves_the_old_file(tmp_path):
    with old_file_stays(tmp_path) as path, pytest.raises(ZeroDivisionError):
        write_in_pieces(path, (X / (1 // k) for k in (1, 0)))


def test_a_full_disk_leaves_the_old_file(tmp_path):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    with old_file_stays(tmp_path) as path, contextlib.ExitStack() as stack:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50000, limit[1]))
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, limit)
        with pytest.raises(OSError, match=r"cannot write .*a\.wav"):
            write_in_pieces(path, 20 * [X])


def test_what_no_format_holds_is_said_first(tmp_path):
    for name, options, reason in (
        ("a.xyz", {}, "unknown extension"),
        ("a.flac", {"subtype": "FLOAT"}, "subtype must be one of"),
    ):
        with pytest.raises(ValueError, match=f"cannot write '.*{name}': {reason}"):
            write_in_pieces(tmp_path / name, **options)
    with pytest.raises(FormatError, match="MP3 holds at most 2 channels"):
        with audio_writer(tmp_path / "a.mp3", RATE, n_channels=3):
            warnings.warn("opened", stacklevel=1)
    with pytest.raises(FileNotFoundError, match="no folder '.*nowhere'"):
        write_in_pieces(tmp_path / "nowhere" / "a.wav")
    assert not list(tmp_path.iterdir())


def test_more_than_4_gib_is_refused_when_it_is_reached(tmp_path, monkeypatch):
    with old_file_stays(tmp_path) as path:
        silence = np.broadcast_to(np.float32(0), (2, 2**29))  # takes no memory
        with pytest.raises(FormatError, match="at most 4 GiB"):
            write_in_pieces(path, [X, silence])
