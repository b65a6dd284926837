"""Overdrive devices with their knobs: rendered, resumed, read as pairs."""

import csv

import numpy as np
import pytest

from data_scripts import render_effects
from dsplab.formats.audio_files import read_audio, write_audio
from neural.data import effect_pairs

RATE = 8000
OPTIONS = {"count": 5, "duration": 0.4, "sample_rate": RATE}


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("effects") / "set"
    counts = render_effects.render_set(folder, **OPTIONS)
    assert sum(counts.values()) == 5
    return folder


def test_wet_is_dry_through_the_device_with_its_knobs(rendered):
    pairs = effect_pairs.open_pairs(rendered)
    assert pairs.knob_names == ("drive", "tone", "level")
    assert pairs.words["device"].tolist()[:4] == list(render_effects.DEVICES)
    assert set(pairs.words["split"]) <= set(render_effects.SPLITS)
    assert len(np.unique(pairs.knobs[:, 0])) == 5
    for k, name in enumerate(pairs.words["device"]):
        dry, wet = (
            read_audio(rendered / names[k])[0] for names in (pairs.dry, pairs.wet)
        )
        assert dry.shape == wet.shape == (3200,) and abs(dry).max() > 0.05
        knobs = dict(zip(pairs.knob_names, map(float, pairs.knobs[k]), strict=True))
        expected = render_effects.DEVICES[name](dry, RATE, **knobs)
        np.testing.assert_allclose(wet, expected, atol=1e-5)
    one = effect_pairs.batch(pairs, 0, 0, batch_size=5, n_samples=1000)
    assert sorted(one["row"].tolist()) == [0, 1, 2, 3, 4]


def test_run_again_it_goes_on_and_gives_the_same(rendered):
    sounds = {p: read_audio(p)[0].tolist() for p in rendered.rglob("*.wav")}
    table = (rendered / "pairs.csv").read_text()
    for name in ("dry/00001.wav", "wet/00001.wav", "wet/00003.wav", "pairs.csv"):
        (rendered / name).unlink()
    render_effects.render_set(rendered, **OPTIONS)
    assert sounds == {p: read_audio(p)[0].tolist() for p in rendered.rglob("*.wav")}
    assert table == (rendered / "pairs.csv").read_text()


def test_recordings_of_ones_own_are_cut(tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    x = np.sin(0.3 * np.arange(9000))
    write_audio(own / "x.wav", x, RATE)
    options = OPTIONS | {"count": 2, "devices": ["fuzz"], "dry": own}
    render_effects.render_set(tmp_path / "set", **options)
    pairs = effect_pairs.open_pairs(tmp_path / "set")
    assert pairs.words["device"].tolist() == ["fuzz", "fuzz"]
    dry = read_audio(tmp_path / "set" / pairs.dry[1])[0]
    spectrum = abs(np.fft.rfft(dry * np.hanning(3200)))
    assert abs(spectrum.argmax() / 3200 * 2 * np.pi - 0.3) < 0.002


def test_what_cannot_be_done_is_said_in_a_line(rendered, tmp_path, capsys):
    for options, message in (
        ([str(rendered), "--count", "9"], "holds sounds of other settings"),
        ([str(tmp_path / "n"), "--devices", "wah"], "got 'wah'"),
        ([str(tmp_path / "n"), "--count", "0"], "count must be at least 1"),
        ([str(tmp_path / "n"), "--held-out", "0.5", "0.5"], "held_out must leave"),
        ([str(tmp_path / "n"), "--dry", str(tmp_path)], "0 sound files found"),
    ):
        assert render_effects.main(options) == 1
        assert message in capsys.readouterr().err
    assert not (tmp_path / "n").exists()
    rows = list(csv.DictReader((rendered / "pairs.csv").read_text().splitlines()))
    assert len(rows) == 5
