"""Pictures of sounds by published settings: librosa's, and figures of their code."""

import dataclasses

import librosa
import numpy as np
import pytest

from neural.data import log_spectra
from neural.data.log_spectra import SETTINGS, Settings, log_spectrum
from neural.data.vggish_mel import mel_weights
from neural.evaluation import vggish

R = np.random.RandomState
MELGAN = [name for name, s in SETTINGS.items() if s.form == "melgan"]


def by_librosa(x, s):
    """The published code in librosa's words: mirrored ends, no other padding, log10."""
    x = librosa.util.normalize(x) * s.peak
    x = np.pad(x, (s.n_fft - s.hop_length) // 2, mode="reflect")
    X = librosa.stft(x, n_fft=s.n_fft, hop_length=s.hop_length, center=False)
    options = {"n_fft": s.n_fft, "n_mels": s.n_bands, "dtype": np.float64}
    bands = librosa.filters.mel(sr=s.sample_rate, **options)
    return np.log10(np.maximum(bands @ abs(X), 1e-5)).T


@pytest.mark.parametrize("name", MELGAN)
def test_pictures_of_loops_are_those_of_librosa(name):
    s = SETTINGS[name]
    x = R(0).randn(s.sample_rate * 2) * np.linspace(0.0, 0.3, s.sample_rate * 2)
    if s.n_frames > 320:
        x = np.concatenate([x] * 4)
    found = log_spectrum(x, name)
    assert found.dtype == np.float32 and found.shape[1] == s.n_bands
    np.testing.assert_allclose(found, by_librosa(x, s), atol=2e-6)  # float32 of -5 ...


@pytest.mark.parametrize(
    ("name", "n_samples", "shape", "total", "first", "last"),
    [
        ("looptest", 88200, (320, 80), -36374.861548, -1.43217256, -1.32592738),
        ("pjloopgan", 32000, (200, 64), -12437.803997, -1.01998804, -0.92949351),
        ("unagan", 44100, (172, 80), -15349.282285, -1.15639359, -1.00785711),
        ("melgan", 44100, (172, 80), -15349.282285, -1.15639359, -1.00785711),
    ],
)
def test_figures_of_the_published_code(name, n_samples, shape, total, first, last):
    settings = dataclasses.replace(SETTINGS[name], peak=None)
    found = log_spectrum(R(1).randn(n_samples) * 0.1, settings)
    assert found.shape == shape
    assert found.sum(dtype=np.float64) == pytest.approx(total, rel=1e-6)
    assert found[0, 0] == pytest.approx(first, abs=1e-6)
    assert found[-1, -1] == pytest.approx(last, abs=1e-6)


def test_a_bar_of_loops_has_the_frames_that_models_expect():
    # a bar at 120 beats a minute, at each rate; what is left over is left out
    for name, bars, n_frames in (
        ("looptest", 1, 320), ("looptest-4-bars", 4, 1282), ("pjloopgan", 1, 200)
    ):  # fmt: skip
        s = SETTINGS[name]
        assert len(log_spectrum(np.zeros(2 * bars * s.sample_rate), s)) == n_frames
        assert (log_spectrum(np.zeros(2 * bars * s.sample_rate), s) == -5.0).all()
    assert SETTINGS["pjloopgan"].n_frames == 192
    assert SETTINGS["looptest-4-bars"].n_frames == 4 * SETTINGS["looptest"].n_frames


def test_what_vggish_sees_is_what_it_sees_elsewhere():
    x = R(0).randn(16000) * 0.1
    found = log_spectrum(x, "vggish")
    np.testing.assert_array_equal(found, vggish.log_mel(x).astype(np.float32))
    # librosa puts a window of 400 into the middle of 512
    sizes = {"n_fft": 512, "hop_length": 160, "win_length": 400, "center": False}
    X = librosa.stft(np.pad(x, 56), **sizes)
    by_librosa = np.log(abs(X).T @ mel_weights() + 0.01)
    np.testing.assert_allclose(found, by_librosa, atol=1e-6)
    # its triangles are straight over Hz, and as wide: the same bins are in the same
    options = {"n_mels": 64, "fmin": 125, "fmax": 7500, "htk": True, "norm": None}
    triangles = librosa.filters.mel(sr=16000, n_fft=512, **options).T
    assert ((triangles > 1e-3) == (mel_weights() > 1e-3)).mean() > 0.999


def test_spectra_of_notes_are_decibels_below_the_loudest():
    x = R(0).randn(64000) * np.exp(-np.arange(64000) / 3000.0)
    found = log_spectrum(x, "nsynth")
    X = librosa.stft(x, n_fft=1024, hop_length=256, pad_mode="reflect")
    db = librosa.power_to_db(abs(X) ** 2, amin=1e-13, ref=np.max, top_db=120)
    assert found.shape == (256, 512) and found.max() == pytest.approx(1.0, abs=2e-2)
    np.testing.assert_allclose(found[:251], db.T[:, :512] / 120 + 1, atol=1e-6)
    assert (found[251:] == 0).all() and (found >= 0).all()
    louder = log_spectrum(30.0 * x, "nsynth")
    np.testing.assert_allclose(louder, found, atol=1e-6)


@pytest.mark.parametrize("name", list(SETTINGS))
def test_the_shortest_sound_has_the_frames_of_an_example(name):
    s = SETTINGS[name]
    n = log_spectra.shortest(s)
    assert len(log_spectrum(np.ones(n), s)) == s.n_frames
    with pytest.raises(ValueError, match=f"x must .* {n}"):
        log_spectrum(np.ones(n - 1), s)


def test_sizes_of_the_published_code():
    peaks = {"looptest": 1.0, "pjloopgan": 1.0, "unagan": 1.0, "melgan": 0.95}
    assert {name: SETTINGS[name].peak for name in peaks} == peaks
    assert log_spectra.shortest(SETTINGS["vggish"]) == 15600
    assert log_spectra.shortest(SETTINGS["melgan"]) == 8192
    assert log_spectra.shortest(SETTINGS["looptest"]) == 88001  # of the 88200 of a bar


def test_settings_that_cannot_be_are_refused():
    sizes = {"sample_rate": 8000, "n_fft": 256, "hop_length": 64, "n_bands": 20}
    one = Settings(**sizes, n_frames=10)
    assert log_spectra.named(one) is one
    with pytest.raises(ValueError, match="settings must be one of .*'looptest'"):
        log_spectra.named("loop")
    with pytest.raises(ValueError, match="form must be one of"):
        Settings(**sizes, n_frames=10, form="mfcc")
    with pytest.raises(ValueError, match="n_frames must be"):
        Settings(**sizes, n_frames=0)
    with pytest.raises(ValueError, match="peak must be"):
        Settings(**sizes, n_frames=10, peak=-1.0)
    with pytest.raises(ValueError, match="vggish has sizes"):
        Settings(**sizes, n_frames=10, form="vggish")
    with pytest.raises(ValueError, match="n_bands must be n_fft // 2, got 20"):
        Settings(**sizes, n_frames=10, form="nsynth")
