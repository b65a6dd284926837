"""Mel spectra: librosa's filters, and the way back to spectrum and sound."""

import librosa
import numpy as np
import pytest

from dsplab import mel
from dsplab.spectral import stft

RATE = 16000


def tone():
    t = np.arange(RATE) / RATE
    return sum(np.sin(2 * np.pi * 200 * k * t) / k for k in range(1, 10)) * 0.2


@pytest.mark.parametrize("scale", ["slaney", "htk"])
@pytest.mark.parametrize("norm", ["area", "peak"])
def test_filterbank_is_librosas(scale, norm):
    options = {"n_fft": 1024, "n_mels": 50, "scale": scale, "norm": norm}
    filters = mel.mel_filterbank(RATE, f_min=40, f_max=7000, **options)
    expected = librosa.filters.mel(
        sr=RATE,
        n_fft=1024,
        n_mels=50,
        fmin=40,
        fmax=7000,
        htk=scale == "htk",
        norm="slaney" if norm == "area" else None,
        dtype=np.float64,
    )
    np.testing.assert_allclose(filters, expected, atol=1e-12)


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_spectrogram_is_librosas(xp, power):
    x = tone()
    found = mel.mel_spectrogram(xp.asarray(x), RATE, n_fft=512, power=power, n_mels=40)
    expected = librosa.feature.melspectrogram(
        y=x, sr=RATE, n_fft=512, hop_length=128, power=power, n_mels=40
    )
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


def test_spectrum_is_found_again_in_mel(xp):
    energies = mel.mel_spectrogram(xp.asarray(tone()), RATE, n_fft=512, n_mels=40)
    spectrum = mel.mel_to_spectrum(energies, RATE, n_fft=512, n_iterations=200)
    assert (np.asarray(spectrum) >= 0).all()
    again = mel.mel_filterbank(RATE, n_fft=512, n_mels=40) @ np.asarray(spectrum)
    energies = np.asarray(energies)
    assert np.linalg.norm(again - energies) < 0.02 * np.linalg.norm(energies)


def test_sound_has_the_pitch_again():
    x = tone()
    energies = mel.mel_spectrogram(x, RATE, n_fft=1024, n_mels=80)
    y = mel.mel_to_audio(energies, RATE, n_fft=1024)
    strongest = abs(stft(y, n_fft=1024)).mean(axis=-1)
    assert abs(int(strongest.argmax()) - round(200 * 1024 / RATE)) <= 1


def test_errors():
    with pytest.raises(ValueError, match="f_min and f_max must be"):
        mel.mel_filterbank(8000, n_fft=256, f_max=5000)
    with pytest.raises(ValueError, match="mel must have shape"):
        mel.mel_to_spectrum(np.ones(4), 8000, n_fft=256)
    with pytest.raises(ValueError, match="sample_rate must be"):
        mel.mel_filterbank(-1, n_fft=256)
