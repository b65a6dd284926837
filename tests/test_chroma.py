"""Pitch classes, tuning and key, of sounds whose notes are known."""

import numpy as np
import pytest

from dsplab.analysis import chroma as ch
from dsplab.analysis import key as ky
from dsplab.analysis.peaks import spectral_peaks

RATE = 11025


def chord(*notes, cents=0.0, seconds=0.5):
    t = np.arange(int(seconds * RATE)) / RATE
    f = 440.0 * 2.0 ** ((np.array(notes) - 69 + cents / 100) / 12)
    partials = [np.sin(2 * np.pi * h * f[:, None] * t + h) / h for h in range(1, 9)]
    return 0.1 * np.sum(partials, axis=(0, 1))


def piece(tonic, minor):
    """Tonic, subdominant, dominant (major), tonic."""
    third = 3 if minor else 4
    chords = [(0, third, 7), (5, 5 + third, 12), (7, 11, 14), (0, third, 7)]
    return np.concatenate([chord(*(48 + tonic + n for n in c)) for c in chords])


def test_the_classes_of_a_chord(xp, compiled):
    x = np.stack([chord(60, 64, 67), chord(57, 60, 64)])
    profile = compiled(lambda x: ch.hpcp(x, RATE))(xp.asarray(x))[..., 10]
    np.testing.assert_allclose(profile, ch.hpcp(x, RATE)[..., 10], atol=1e-9)
    strongest = np.sort(np.argsort(np.asarray(profile), axis=-1)[:, -3:], axis=-1)
    assert strongest.tolist() == [[0, 4, 7], [0, 4, 9]]


def test_harmonics_are_told_from_fundamentals():
    """The fifth that the third harmonic is fades beside the tone itself."""
    one = ch.hpcp(chord(57), RATE)[:, 10]
    alone = ch.hpcp(chord(57), RATE, n_harmonics=1)[:, 10]
    assert one[9] == 1.0 and one[4] < alone[4] + 0.2 and one.sum() - one[9] < 1.5


@pytest.mark.parametrize("n, width, n_harmonics", [(12, 1.0, 1), (36, 4 / 3, 5)])
def test_the_profile_is_the_sum_over_peaks_and_harmonics(n, width, n_harmonics):
    x, f_min, f_max = chord(57, 64, 73, cents=20.0), 300.0, 1500.0
    options = {"n_classes": n, "width": width, "n_harmonics": n_harmonics}
    found = ch.hpcp(x, RATE, f_min=f_min, f_max=f_max, decay=0.7, **options)[:, 10]
    sizes = {"window_length": 767, "n_fft": 1024, "hop_length": 256}
    peaks = spectral_peaks(x, RATE, n_peaks=60, **sizes)
    expected = np.zeros(n)
    for f, a in zip(peaks.frequency[:, 10], peaks.amplitude[:, 10], strict=True):
        for h in range(1, n_harmonics + 1):
            for k in range(n) if a > 0.0 and f_min <= f <= f_max else ():
                semitone = 12 * np.log2(f / h / 440.0) + 9
                away = (semitone - 12 * k / n + 6) % 12 - 6
                bell = np.cos(np.pi * away / width) ** 2 if abs(away) < width / 2 else 0
                expected[k] += a**2 * 0.7 ** (h - 1) * bell
    np.testing.assert_allclose(found, expected / expected.max(), atol=1e-9)


@pytest.mark.parametrize("cents", [-40.0, 35.0])
def test_tuning_of_a_sine_is_exact(cents):
    t = np.arange(4000) / RATE
    x = np.sin(2 * np.pi * 880.0 * 2.0 ** (cents / 1200) * t)
    assert abs(100 * ch.tuning(x, RATE) - cents) < 0.5


@pytest.mark.parametrize("cents", [-40.0, 0.0, 23.0])
def test_tuning(xp, compiled, cents):
    x = xp.asarray(chord(60, 64, 67, cents=cents))
    found = compiled(lambda x: ch.tuning(x, RATE))(x)
    # the third, fifth and seventh harmonics are no tempered steps
    assert abs(100 * float(found) - cents) < 4.0


@pytest.mark.parametrize("tonic, minor", [(0, False), (3, False), (9, True), (2, True)])
def test_key_of_a_cadence(tonic, minor):
    found = ky.find_key(piece(tonic, minor), RATE)
    assert (int(found.tonic), bool(found.minor)) == (tonic, minor)
    assert ky.key_name(found) == f"{ky.NAMES[tonic]} {'minor' if minor else 'major'}"
    assert found.strength > 0.7


@pytest.mark.parametrize("profile", ky.PROFILES)
def test_every_profile_finds_itself(xp, profile):
    rows = [np.roll(row, k) for row in ky.PROFILES[profile] for k in range(12)]
    found = ky.key_of_classes(xp.asarray(rows), profile=profile)
    assert np.asarray(found.tonic).tolist() == 2 * list(range(12))
    assert np.asarray(found.minor).tolist() == 12 * [False] + 12 * [True]
    np.testing.assert_allclose(found.strength, 1.0, atol=1e-9)
    expected = np.corrcoef(rows)
    np.testing.assert_allclose(found.correlations, expected, atol=1e-9)


def test_silence_and_errors():
    assert not ch.hpcp(np.zeros(4000), RATE).any()
    assert ch.tuning(np.zeros(4000), RATE) == 0.0
    assert ky.find_key(np.zeros(4000), RATE).strength == 0.0
    with pytest.raises(ValueError, match=r"classes must have shape \(..., 12\)"):
        ky.key_of_classes(np.ones(13))
    with pytest.raises(ValueError, match="profile must be one of"):
        ky.key_of_classes(np.ones(12), profile="mine")
    with pytest.raises(ValueError, match="f_min must be below f_max"):
        ch.hpcp(np.zeros(4000), RATE, f_min=5000.0, f_max=100.0)
