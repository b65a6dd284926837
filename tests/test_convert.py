"""Units: known values, inverses, agreement with librosa, both libraries."""

import librosa
import numpy as np
import pytest

from dsplab import convert

F = np.array([20.0, 440.0, 999.0, 1000.0, 1001.0, 12000.0])


@pytest.mark.parametrize(
    "there, back, values",
    [
        (convert.hz_to_midi, convert.midi_to_hz, F),
        (convert.ratio_to_cents, convert.cents_to_ratio, F / 440),
        (convert.amplitude_to_db, convert.db_to_amplitude, F / 440),
        (convert.power_to_db, convert.db_to_power, F / 440),
        (convert.hz_to_mel, convert.mel_to_hz, F),
    ],
)
def test_inverse(xp, there, back, values):
    x = xp.asarray(values)
    y = back(there(x))
    np.testing.assert_allclose(y, values, rtol=1e-12)
    assert type(y) is type(x)


@pytest.mark.parametrize("htk", [False, True])
def test_mel_is_librosas(xp, htk):
    mel = convert.hz_to_mel(xp.asarray(F), scale="htk" if htk else "slaney")
    np.testing.assert_allclose(mel, librosa.hz_to_mel(F, htk=htk), rtol=1e-12)


def test_known_values():
    assert convert.midi_to_hz(60) == pytest.approx(261.6255653)
    assert convert.midi_to_hz(69, tuning=432) == 432
    assert convert.ratio_to_cents(1.5) == pytest.approx(701.955, abs=1e-3)
    assert convert.amplitude_to_db(0.0) == -120
    assert convert.power_to_db(0.0, floor_db=-80) == -80
    assert convert.samples_to_seconds(22050, sample_rate=44100) == 0.5
    assert convert.seconds_to_samples([0.1, 0.2], sample_rate=10).tolist() == [1, 2]
    frames = convert.samples_to_frames([0, 511, 512, 1600], hop_length=512)
    assert frames.tolist() == [0, 0, 1, 3]
    assert convert.frames_to_samples(2, hop_length=512) == 1024


def test_float32_stays_float32(xp):
    x = xp.asarray([440.0, 441.0], dtype=xp.float32)
    for f in (convert.hz_to_midi, convert.hz_to_mel, convert.amplitude_to_db):
        assert f(x).dtype == np.float32


@pytest.mark.parametrize("value", [0.0, -1.0])
def test_logarithms_need_positive_numbers(value):
    with pytest.raises(ValueError, match="frequency must be positive"):
        convert.hz_to_midi(value)
    with pytest.raises(ValueError, match="ratio must be positive"):
        convert.ratio_to_cents(value)


def test_unknown_scale():
    with pytest.raises(ValueError, match="scale must be one of 'slaney', 'htk'"):
        convert.hz_to_mel(1.0, scale="bark")
