"""The command `dsplab analyse`: one page, right figures, any file, bounded memory."""

import html
import re

import numpy as np
import pytest

from dsplab import _measure
from dsplab.__main__ import main
from dsplab._measure import core_length, measure, padded_blocks, sizes_of
from dsplab.analysis.loudness import loudness, momentary_loudness, short_term_loudness
from dsplab.formats.audio_blocks import AudioSize, audio_blocks, audio_size
from dsplab.formats.audio_files import read_audio, write_audio

plt = pytest.importorskip("matplotlib.pyplot", reason="pages need Matplotlib")
RATE = 16000


def tones(notes, seconds=0.5, rate=RATE):
    """Notes of six harmonics, one after the other, each dying away."""
    t = np.arange(round(seconds * rate)) / rate
    fade = np.exp(-4 * t) * np.minimum(1, 200 * t)
    k = np.arange(1, 7)[:, None]
    rows = [(np.sin(2 * np.pi * k * 440 * 2 ** ((n - 69) / 12) * t) / k) for n in notes]
    return np.concatenate([0.2 * fade * row.sum(axis=0) for row in rows])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A stereo piece in C major, 120 notes a minute, and its page."""
    folder = tmp_path_factory.mktemp("page")
    x = tones([60, 65, 69, 72, 71, 67, 64, 72, 60])
    write_audio(folder / "<piece>.wav", np.stack([x, 0.5 * x]), RATE)
    assert main(["analyse", str(folder / "<piece>.wav"), "-q"]) == 0
    return np.stack([x, 0.5 * x]), (folder / "<piece>.html").read_text()


def value(text, name):
    found = re.search(rf"<dt>{re.escape(name)}</dt><dd>(.*?)</dd>", text)
    return html.unescape(found[1])


def test_the_figures_are_those_of_the_library(page):
    x, text = page
    assert value(text, "Channels") == "2 stereo"
    assert value(text, "Duration") == "0:04.500 (72000 samples)"
    assert value(text, "Peak").startswith(f"{abs(x).max():.4f}")
    wanted = float(loudness(x.astype(np.float32), RATE))
    assert value(text, "Loudness (BS.1770)") == f"{wanted:.1f} LUFS"
    assert value(text, "Key").startswith("C major")
    tempo = float(value(text, "Tempo").split()[0])
    assert min(abs(tempo - 120), abs(tempo - 60), abs(tempo - 240)) < 1


def test_the_page_is_whole_and_needs_no_network(page):
    _, text = page
    assert "&lt;piece&gt;.wav" in text and "<piece>" not in text
    for heading in ("Waveform", "Loudness", "Spectrogram", "Spectrum", "Partials",
                    "Timbre", "Pitch classes", "Onsets"):  # fmt: skip
        assert f"<h2>{heading}</h2>" in text
    images = re.findall(r'<img alt="([^"]+)"[^>]* src="([^"]{30})', text)
    assert len(images) == 8
    assert all(source.startswith("data:image/png;base64,") for _, source in images)
    assert text.count("<audio") == 1
    links = re.findall(r'(?:src|href)="((?!data:)[^"]*)"', text)
    assert not links and "url(" not in text and "@import" not in text


@pytest.fixture
def plain_margins(monkeypatch):
    """Pictures without the search for margins, which is half of the work."""
    subplots = plt.subplots

    def without(*sizes, layout, **options):
        return subplots(*sizes, **options)

    monkeypatch.setattr(plt, "subplots", without)


@pytest.mark.parametrize(
    "name, rate, x",
    [
        ("silence", 8000, np.zeros(8000)),
        ("one sample", 44100, np.array([0.5])),
        ("low", 700, np.sin(np.arange(2000.0)) / 2),
        ("four", 12347, np.sin(np.arange(36000.0)).reshape(4, 9000) / 2),
    ],
)
def test_any_file_gives_a_page(name, rate, x, tmp_path, capsys, plain_margins):
    write_audio(tmp_path / "x.wav", x, rate)
    out = tmp_path / "p.html"
    assert main(["analyse", str(tmp_path / "x.wav"), "-o", str(out), "-q"]) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    assert "<h2>Waveform</h2>" in out.read_text()


def test_what_cannot_be_done_is_said_in_a_line(tmp_path, capsys):
    write_audio(tmp_path / "x.wav", np.zeros(100), 8000)
    x = str(tmp_path / "x.wav")
    assert main(["analyse", x, "-o", x]) == 2
    assert "is the input" in capsys.readouterr().err
    assert main(["analyse", x, "-o", str(tmp_path / "no" / "p.html")]) == 1
    assert "there is no folder" in capsys.readouterr().err
    assert main(["analyse", str(tmp_path / "y.wav")]) == 1
    assert "y.wav" in capsys.readouterr().err
    (tmp_path / "text.wav").write_text("no sound")
    assert main(["analyse", str(tmp_path / "text.wav")]) == 1
    assert "cannot read" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.html"))


def test_pieces_give_what_the_whole_gives(monkeypatch):
    rng = np.random.default_rng(0)
    x = tones([57, 60, 64, 69] * 6) + 0.01 * rng.standard_normal(12 * RATE)
    x = np.stack([x, x[::-1]]).astype(np.float32)
    sizes = sizes_of(AudioSize(RATE, 2, x.shape[-1]))
    whole = measure([x], sizes)
    monkeypatch.setattr(_measure, "CORE_SECONDS", 4.0)
    n = core_length(sizes)
    parts = measure([x[:, k : k + n] for k in range(0, x.shape[-1], n)], sizes)
    np.testing.assert_allclose(parts.times, whole.times)
    np.testing.assert_array_equal(parts.outline, whole.outline)
    for name in ("level", "centroid", "rolloff", "flatness", "crossings"):
        np.testing.assert_allclose(
            parts.tracks[name][:-8], whole.tracks[name][:-8], rtol=2e-3, atol=1e-3
        )
    inside = slice(60, -60)
    both = [m.tracks["f0"][inside] for m in (parts, whole)]
    assert np.nanmedian(abs(1200 * np.log2(both[0] / both[1]))) < 1
    np.testing.assert_allclose(parts.momentary, whole.momentary, atol=1e-3)
    np.testing.assert_allclose(parts.momentary, momentary_loudness(x, RATE), atol=1e-3)
    n = parts.short_term.size
    assert n == short_term_loudness(x, RATE).size
    np.testing.assert_allclose(parts.short_term, whole.short_term, atol=1e-3)
    assert parts.rms == pytest.approx(float(np.sqrt(np.mean(x**2.0))), rel=1e-5)
    assert parts.excerpt.size == whole.excerpt.size == 4 * RATE


def test_blocks_come_with_what_is_around_them():
    sizes = sizes_of(AudioSize(1000, 1, 25000))
    x = np.arange(25000, dtype=np.float32)[None]
    n = core_length(sizes)
    rows = list(padded_blocks([x[:, k : k + n] for k in range(0, 25000, n)], sizes))
    assert [(start, head, core) for start, _, head, core in rows] == [
        (0, 0, 10000), (10000, 1000, 10000), (20000, 1000, 5000),
    ]  # fmt: skip
    for start, part, head, _ in rows:
        assert part[0, 0] == start - head and part[0, head] == start
    assert [part.shape[-1] for _, part, _, _ in rows] == [14000, 15000, 6000]


@pytest.mark.parametrize("extension", [".wav", ".flac", ".ogg", ".mp3"])
def test_blocks_joined_are_the_file(extension, tmp_path):
    x = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 10000))
    path = tmp_path / f"x{extension}"
    write_audio(path, x, RATE)
    wanted, rate = read_audio(path, dtype="float32")
    assert audio_size(path)[:2] == (rate, 2)
    blocks = list(audio_blocks(path, 3000))
    assert [b.shape[-1] for b in blocks[:-1]] == [3000] * (len(blocks) - 1)
    np.testing.assert_array_equal(np.concatenate(blocks, axis=-1), wanted)


def test_a_file_cut_off_gives_what_is_there(tmp_path):
    path = tmp_path / "x.flac"
    write_audio(path, np.random.default_rng(1).uniform(-0.5, 0.5, 40000), RATE)
    path.write_bytes(path.read_bytes()[:60000])
    with pytest.warns(UserWarning, match="cut off or damaged"):
        blocks = list(audio_blocks(path, 8000))
    assert 0 < sum(b.shape[-1] for b in blocks) < 40000


def test_files_without_sound_are_refused(tmp_path):
    write_audio(tmp_path / "nan.wav", np.zeros(100), RATE)
    data = bytearray((tmp_path / "nan.wav").read_bytes())
    data[-4:] = b"\x00\x00\xc0\x7f"
    (tmp_path / "nan.wav").write_bytes(data)
    with pytest.raises(ValueError, match="NaN or infinite"):
        list(audio_blocks(tmp_path / "nan.wav", 1000))
    with pytest.raises(ValueError, match="block_length"):
        list(audio_blocks(tmp_path / "nan.wav", 0))
