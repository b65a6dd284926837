"""Folders of sounds as pictures: computed once, the same for everybody."""

import dataclasses

import numpy as np
import pytest

from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.errors import FormatError
from neural.data import log_spectra, spectra
from neural.data.feature_cache import DamagedEntryWarning
from neural.data.log_spectra import Settings

RATE = 8000
SMALL = Settings(
    sample_rate=RATE,
    n_fft=128,
    hop_length=50,
    n_bands=12,
    n_frames=20,
    peak=1.0,
    standardised=True,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root, rng = tmp_path_factory.mktemp("loops"), np.random.default_rng(0)
    for k in range(5):
        x = (
            0.2
            * rng.standard_normal(1000 + 400 * k)
            * np.linspace(1, 0, 1000 + 400 * k)
        )
        write_audio(root / f"{k}.wav", x, RATE if k else 2 * RATE)
    write_audio(root / "short.wav", np.ones(900) * 0.1, RATE)
    return root


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def opened(folder, cache):
    return spectra.open_spectra(folder, SMALL, cache=cache)


def test_statistics_are_those_of_all_frames(opened):
    assert opened.sounds.names == ("1.wav", "2.wav", "3.wav", "4.wav")
    whole = [spectra.picture(opened, row) for row in range(4)]
    assert [len(x) for x in whole] == [28, 36, 44, 52]
    together = np.concatenate(whole).astype(np.float64)
    np.testing.assert_allclose(opened.mean, together.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(opened.std, together.std(axis=0), rtol=1e-13)
    every = np.concatenate([spectra.standardise(x, opened) for x in whole])
    assert abs(every.mean(axis=0)).max() < 1e-6
    assert abs(every.std(axis=0) - 1).max() < 1e-6
    back = spectra.restore(spectra.standardise(whole[0], opened), opened)
    np.testing.assert_allclose(back, whole[0], atol=1e-6)


def test_a_picture_is_that_of_the_sound(opened, folder):
    x, _ = read_audio(folder / "3.wav")
    np.testing.assert_allclose(
        spectra.picture(opened, 2), log_spectra.log_spectrum(x, SMALL), atol=1e-6
    )


def test_a_batch_is_a_function_of_seed_and_step_whoever_brings_it(opened):
    for anywhere in (False, True):
        sizes = {"batch_size": 6, "anywhere": anywhere}
        one = spectra.batch(opened, 3, 7, **sizes)
        assert one["x"].shape == (6, 20, 12) and one["x"].dtype == np.float32
        halves = [
            spectra.batch(opened, 3, 7, **sizes, part=slice(3 * k, 3 * k + 3))
            for k in (0, 1)
        ]
        for name, values in one.items():
            joined = np.concatenate([half[name] for half in halves])
            np.testing.assert_array_equal(joined, values)
        other = spectra.batch(opened, 3, 8, **sizes)
        assert abs(one["x"] - other["x"]).max() > 0.1
    cut = spectra.batch(opened, 0, 0, batch_size=40, anywhere=True)
    begins = spectra.batch(opened, 0, 0, batch_size=40)
    np.testing.assert_array_equal(cut["row"], begins["row"])
    assert (abs(cut["x"] - begins["x"]).max(axis=(1, 2)) > 0.1).sum() > 20
    for row, x in zip(begins["row"], begins["x"], strict=True):
        whole = spectra.standardise(spectra.picture(opened, row), opened)
        np.testing.assert_array_equal(x, whole[:20])


def test_nothing_is_computed_twice(opened, folder, cache, monkeypatch):
    asked = []

    def counting(x, settings):
        asked.append(len(x))
        return log_spectra.log_spectrum(x, settings)

    monkeypatch.setattr(spectra, "log_spectrum", counting)
    again = spectra.open_spectra(folder, SMALL, cache=cache)
    assert asked == [] and again.entries == opened.entries
    np.testing.assert_array_equal(again.mean, opened.mean)
    longer = dataclasses.replace(SMALL, n_frames=30)  # cut otherwise: kept
    fewer = spectra.open_spectra(folder, longer, cache=cache)
    assert asked == [] and fewer.entries == opened.entries[1:]
    assert abs(fewer.mean - opened.mean).max() > 1e-4  # of another set
    quiet = dataclasses.replace(SMALL, peak=0.5)
    other = spectra.open_spectra(folder, quiet, cache=cache)
    assert len(asked) == 4 and not set(other.entries) & set(opened.entries)
    x = np.sin(np.arange(1500.0))
    write_audio(folder / "short.wav", x, RATE)  # one more in the set, under its name
    try:
        more = spectra.open_spectra(folder, SMALL, cache=cache)
    finally:
        write_audio(folder / "short.wav", np.ones(900) * 0.1, RATE)
    assert len(asked) == 5 and len(more.entries) == 5
    assert abs(more.mean - opened.mean).max() > 1e-3


def test_damage_is_found_and_mended(folder, tmp_path):
    fresh = spectra.open_spectra(folder, SMALL, cache=tmp_path)
    want = spectra.batch(fresh, 0, 0, batch_size=4)
    for place in (*fresh.entries, *(tmp_path / "statistics").iterdir()):
        data = bytearray(place.read_bytes())
        data[len(data) // 2] ^= 16
        place.write_bytes(data)
    with pytest.warns(DamagedEntryWarning, match=r"the bands of '.*wav' are computed"):
        found = spectra.batch(fresh, 0, 0, batch_size=4)
    np.testing.assert_array_equal(found["x"], want["x"])
    with pytest.warns(DamagedEntryWarning, match="statistics of the set are computed"):
        again = spectra.open_spectra(folder, SMALL, cache=tmp_path)
    np.testing.assert_array_equal(again.mean, fresh.mean)
    fresh.entries[0].unlink()
    np.testing.assert_array_equal(
        spectra.batch(fresh, 0, 0, batch_size=4)["x"], want["x"]
    )


def test_sounds_to_test_with_take_the_statistics_of_training(opened, folder, cache):
    test = spectra.open_spectra(
        folder, SMALL, cache=cache, pattern="4.wav", like=opened
    )
    assert len(test.entries) == 1
    np.testing.assert_array_equal(test.mean, opened.mean)
    plain = dataclasses.replace(SMALL, standardised=False)
    raw = spectra.open_spectra(folder, plain, cache=cache)
    assert raw.entries == opened.entries
    x = spectra.batch(raw, 0, 0, batch_size=1)
    np.testing.assert_array_equal(x["x"][0], spectra.picture(raw, x["row"][0])[:20])
    with pytest.raises(ValueError, match="like must have the settings"):
        spectra.open_spectra(folder, plain, cache=cache, like=opened)


def test_silence_in_a_band_divides_by_one(tmp_path):
    write_audio(tmp_path / "silence.wav", np.zeros(1500), RATE)
    found = spectra.open_spectra(tmp_path, SMALL, cache=tmp_path / "cache")
    assert (found.std == 1).all() and (found.mean == -5).all()
    assert (spectra.batch(found, 0, 0, batch_size=1)["x"] == 0).all()


def test_progress_and_errors(folder, tmp_path):
    said = []
    with pytest.raises(FormatError, match="the shortest clip allowed is 15600 samples"):
        spectra.open_spectra(folder, "vggish", cache=tmp_path)
    spectra.open_spectra(
        folder, SMALL, cache=tmp_path, progress=lambda *row: said.append(row)
    )
    assert said == [(k, 4, f"{k + 1}.wav") for k in range(4)]
    with pytest.raises(ValueError, match="settings must be one of"):
        spectra.open_spectra(folder, "vgg", cache=tmp_path)
    with pytest.raises(FileNotFoundError):
        spectra.open_spectra(tmp_path / "no", SMALL, cache=tmp_path)
