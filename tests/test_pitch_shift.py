"""Transposition with formants moved or kept."""

import numpy as np
import pytest

from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.stretch.pitch_shift import keep_envelope, pitch_shift, true_envelope

RATE = 16000
WAYS = {
    "moved": {},
    "psola": {"formants": True},
    "envelope": {"formants": True, "method": "envelope"},
}


def tone(f0, seconds=0.8, formants=None):
    t = np.arange(int(seconds * RATE)) / RATE
    y = 0.0
    for k in range(1, int(6000 / f0)):
        a = 1 / k if formants is None else _gain(k * f0, formants)
        y = y + a * np.cos(2 * np.pi * k * f0 * t)
    return 0.1 * y * np.clip(np.minimum(t, seconds - t) / 0.02, 0, 1)


def _gain(f, formants):
    return sum(1 / (1 + ((f - c) / 100) ** 2) for c in formants)


def distance(y, wanted):
    def magnitude(z):
        z = z[: len(z) // 512 * 512].reshape(-1, 512)
        return np.abs(np.fft.rfft(z * np.hanning(512)))

    a, b = magnitude(y), magnitude(wanted)
    return np.linalg.norm(a - b) / np.linalg.norm(b)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("semitones", [-12, -5, 4, 12])
def test_pitch_and_length(way, semitones):
    x = tone(150.0)
    y = pitch_shift(x, semitones, sample_rate=RATE, **WAYS[way])
    assert y.shape == x.shape and np.isfinite(y).all()
    f0 = np.nanmedian(autocorrelation_pitch(y, sample_rate=RATE).f0)
    assert abs(1200 * np.log2(f0 / 150) - 100 * semitones) < 2.0


@pytest.mark.parametrize("semitones", [-5, 4])
def test_formants_move_or_stay(semitones):
    ratio = 2 ** (semitones / 12)
    x = tone(140.0, formants=(700, 1800))
    moved = tone(140.0 * ratio, formants=(700 * ratio, 1800 * ratio))
    kept = tone(140.0 * ratio, formants=(700, 1800))
    for way, wanted, most in (
        ("moved", moved, 0.3),
        ("psola", kept, 0.5),
        ("envelope", kept, 0.35),
    ):
        y = pitch_shift(x, semitones, sample_rate=RATE, **WAYS[way])
        assert distance(y, wanted) < most, way
        other = kept if way == "moved" else moved
        assert distance(y, wanted) < 0.6 * distance(y, other), way


def test_a_sine_stays_a_sine():
    t = np.arange(RATE) / RATE
    x = np.sin(2 * np.pi * 440 * t)
    y = pitch_shift(x, 7, sample_rate=RATE)[4000:12000]
    angle = 2 * np.pi * 440 * 2 ** (7 / 12) * t[4000:12000]
    basis = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rest = y - basis @ np.linalg.lstsq(basis, y, rcond=None)[0]
    assert 10 * np.log10(np.sum(y**2) / np.sum(rest**2)) > 45


@pytest.mark.parametrize("way", WAYS)
def test_no_semitones(way):
    x = tone(200.0)
    y = pitch_shift(x, 0, sample_rate=RATE, **WAYS[way])
    assert np.abs(y - x).max() < 1e-6


def test_a_curve_of_semitones():
    x = tone(200.0)
    curve = np.where(np.arange(81) < 40, 0.0, 12.0)
    y = pitch_shift(x, curve, sample_rate=RATE, formants=True)
    f0 = autocorrelation_pitch(y, sample_rate=RATE).f0
    np.testing.assert_allclose(f0[10:30], 200, rtol=2e-3)
    np.testing.assert_allclose(f0[50:70], 400, rtol=2e-3)


@pytest.mark.parametrize("way", WAYS)
def test_stereo_stays_together(way):
    x = tone(180.0)
    pair = np.stack([x, 0.6 * np.roll(x, 7)])
    y = pitch_shift(pair, 3, sample_rate=RATE, **WAYS[way])
    shifted = [
        np.corrcoef(y[0][2000:-2000], np.roll(y[1], -k)[2000:-2000])[0, 1]
        for k in range(12)
    ]
    assert y.shape == pair.shape and max(shifted) > 0.98


@pytest.mark.parametrize("way", ["moved", "envelope"])
def test_both_libraries_and_jit(way, xp, compiled):
    x = tone(200.0, 0.3)
    wanted = pitch_shift(x, 3, sample_rate=RATE, quefrency=0.002, **WAYS[way])

    @compiled
    def shift(x):
        return pitch_shift(x, 3, sample_rate=RATE, quefrency=0.002, **WAYS[way])

    y = shift(xp.asarray(x))
    assert isinstance(y, xp.ndarray)
    np.testing.assert_allclose(y, wanted, atol=1e-6)
    assert shift(xp.asarray(x, dtype=np.float32)).dtype == np.float32


def test_envelope_climbs_to_the_partials():
    x = tone(200.0, formants=(900,))[4000:6048] * np.hanning(2048)
    spectrum = np.log(np.abs(np.fft.rfft(x)) + 1e-6)
    envelope = true_envelope(spectrum[:, None], 36)[:, 0]
    at = np.round(np.arange(2, 10) * 200 * 2048 / RATE).astype(int)
    mirrored = np.concatenate([spectrum, spectrum[-2:0:-1]])
    quefrency = np.minimum(np.arange(2048), 2048 - np.arange(2048))
    plain = np.fft.fft(np.fft.ifft(mirrored) * (quefrency <= 36)).real

    def below(curve):
        return np.abs(curve[at] - spectrum[at]).mean()

    assert below(envelope) < 0.5 * below(plain)


def test_silence_and_short_sounds():
    for way in WAYS.values():
        assert not pitch_shift(np.zeros(500), 5, sample_rate=RATE, **way).any()
        assert pitch_shift(np.ones(3), 5, sample_rate=RATE, **way).shape == (3,)


def test_errors():
    x = tone(200.0, 0.1)
    for semitones in (40, np.nan, np.ones((2, 2)), np.inf):
        with pytest.raises(ValueError, match="semitones must"):
            pitch_shift(x, semitones, sample_rate=RATE)
        with pytest.raises(ValueError, match="semitones must"):
            pitch_shift(x, semitones, sample_rate=RATE, formants=True)
    with pytest.raises(ValueError, match="curve needs formants"):
        pitch_shift(x, np.ones(5), sample_rate=RATE)
    with pytest.raises(ValueError, match="method must"):
        pitch_shift(x, 1, sample_rate=RATE, formants=True, method="magic")
    with pytest.raises(ValueError, match="quefrency must"):
        keep_envelope(x, x, 1.0, sample_rate=RATE, quefrency=0)
