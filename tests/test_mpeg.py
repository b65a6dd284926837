import io

import numpy as np
import pytest
import scipy.signal
import soundfile

from dsplab.formats.audio_files import read_audio
from dsplab.formats.mpeg import _frame_size, with_header


def mp3(rate=44100, channels=1, mode="VARIABLE"):
    """Two seconds that need few bits, then two that need many."""
    n = 2 * rate
    noise = np.random.default_rng(1).uniform(-0.3, 0.3, n)
    x = np.concatenate([0.3 * np.sin(np.arange(n) / 20), noise])[:, None]
    file, options = io.BytesIO(), {"bitrate_mode": mode, "compression_level": 0.3}
    with soundfile.SoundFile(
        file, "w", rate, channels, format="MP3", **options
    ) as sound:
        sound.write(np.repeat(x, channels, axis=1))
    return file.getvalue()


def without_header(data):
    return data[_frame_size(data, 0) :]


@pytest.mark.parametrize("rate", [8000, 11025, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("mode", ["VARIABLE", "CONSTANT"])
def test_nothing_is_lost_without_a_header(rate, channels, mode, tmp_path):
    data = mp3(rate, channels, mode)
    (tmp_path / "whole.mp3").write_bytes(data)
    (tmp_path / "bare.mp3").write_bytes(without_header(data))
    x, _ = read_audio(tmp_path / "whole.mp3")
    y, sample_rate = read_audio(tmp_path / "bare.mp3")
    assert sample_rate == rate and x.ndim == y.ndim == channels
    delay = 576  # the encoder's, which only the header tells
    n = min(x.shape[-1], y.shape[-1] - delay)
    assert n > 3.9 * rate
    difference = abs(x[..., 3000:n] - y[..., delay + 3000 : delay + n])
    assert difference.max() < 1e-6


def test_the_decoder_alone_would_lose_most_of_it(tmp_path):
    """The reason for the module; should it fail, the module is no longer needed."""
    (tmp_path / "bare.mp3").write_bytes(without_header(mp3()))
    assert soundfile.info(tmp_path / "bare.mp3").frames < 0.5 * 4 * 44100


@pytest.mark.parametrize(
    "head, tail",
    [
        (b"", b"TAG" + b" " * 125),
        (b"ID3\x03\0\0\0\0\x10\0" + bytes(2048), b""),
        (b"ID3\x03\0\0\0\0\x10\0" + bytes(2048), b"APETAGEX" + bytes(500)),
        (bytes(700), bytes(3000)),
    ],
)
def test_tags_and_padding_are_no_sound(head, tail, tmp_path):
    bare = without_header(mp3())
    (tmp_path / "a.mp3").write_bytes(bare)
    (tmp_path / "b.mp3").write_bytes(head + bare + tail)
    x, y = (read_audio(tmp_path / name)[0] for name in ("a.mp3", "b.mp3"))
    assert abs(x.size - y.size) <= 1152
    n = min(x.size, y.size)
    np.testing.assert_allclose(x[5000 : n - 3000], y[5000 : n - 3000], atol=1e-6)


@pytest.mark.parametrize("between", [b"", b"ID3\x03\0\0\0\0\x10\0" + bytes(2048)])
@pytest.mark.parametrize("part", [mp3(), without_header(mp3())], ids=["whole", "bare"])
def test_joined_files_are_read_to_the_end(part, between, tmp_path):
    (tmp_path / "a.mp3").write_bytes(part)
    (tmp_path / "b.mp3").write_bytes(part + between + part)
    once, twice = (read_audio(tmp_path / name)[0] for name in ("a.mp3", "b.mp3"))
    assert abs(twice.size - 2 * once.size) < 6 * 1152
    noise = once[120000:124000]
    for start in (0, 4 * 44100):
        part = twice[start:]
        at = scipy.signal.correlate(part[: 4 * 44100], noise, "valid").argmax()
        np.testing.assert_allclose(part[at : at + 4000], noise, atol=1e-3)


def test_complete_and_foreign_files_are_left_alone():
    assert with_header(mp3()) is None
    assert with_header(b"") is None
    assert with_header(b"\xff" * 9000) is None
    assert with_header(b"ID3") is None
    assert with_header(np.random.default_rng(0).bytes(100_000)) is None
