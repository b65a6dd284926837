"""Harmonic-percussive separation: what adds up, and how well it separates."""

import jax
import numpy as np
import pytest
import scipy.ndimage

from bench.separation import chords_and_castanets
from dsplab._array import running_median
from dsplab._array.sorting import selection_network, sorting_network
from dsplab.analysis.separation import harmonic_percussive

RATE = 16000  # Hz


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape) * 0.1


def chord_and_hits(sample_rate=RATE):
    """Two seconds of a chord and of sharp hits, apart."""
    t = np.arange(2 * sample_rate) / sample_rate
    chord = sum(np.sin(2 * np.pi * f * t + f) for f in (220, 277, 330, 660, 990)) / 10
    hits = np.zeros_like(t)
    for start in (0.2, 0.6, 1.05, 1.4, 1.7):
        n = int(start * sample_rate)
        decay = np.exp(-np.arange(1600) / (0.006 * sample_rate))
        hits[n : n + 1600] += noise(1600, seed=n) * 5 * decay
    return chord, hits


def snr(wanted, got):
    return 10 * np.log10(np.sum(wanted**2) / np.sum((np.asarray(got) - wanted) ** 2))


@pytest.mark.parametrize("mask", ["soft", "binary"])
@pytest.mark.parametrize("margin", [1, 2.5])
def test_parts_add_up(xp, compiled, mask, margin):
    x = xp.asarray(noise(2, 5000))
    options = {"sample_rate": RATE, "margin": margin, "mask": mask}
    parts = compiled(lambda x: harmonic_percussive(x, **options))(x)
    np.testing.assert_allclose(sum(parts), x, atol=1e-12)
    assert bool(np.any(np.asarray(parts.residual))) == (margin > 1)


@pytest.mark.parametrize("mask", ["soft", "binary"])
def test_chord_and_hits_come_apart(mask):
    chord, hits = chord_and_hits()
    parts = harmonic_percussive(chord + hits, sample_rate=RATE, mask=mask)
    assert snr(chord, parts.harmonic) > 25
    assert snr(hits, parts.percussive) > 14


def test_chords_and_castanets_come_apart_better_than_with_peers():
    chords, castanets = chords_and_castanets()
    parts = harmonic_percussive(chords + castanets, sample_rate=44100)
    assert snr(chords, parts.harmonic) > 19.3  # libfmp; librosa 16.0 and 7.3
    assert snr(castanets, parts.percussive) > 10.7


def test_a_bass_drum_is_a_hit_and_a_bass_is_a_tone():
    t = np.arange(2 * RATE) / RATE
    since = t % 0.5
    drum = np.sin(2 * np.pi * (60 * since - 2 * np.exp(-since / 0.05)))
    drum = drum * np.exp(-since / 0.06) * np.minimum(since / 0.003, 1)
    bass = 0.3 * np.sin(2 * np.pi * 100 * t)

    def found(bass_hz):
        y = harmonic_percussive(drum + bass, sample_rate=RATE, bass=bass_hz).percussive
        return snr(drum, y)

    assert found(110.0) > found(0.0) + 5


def test_a_margin_purifies():
    chord, hits = chord_and_hits()

    def leak(margin):  # what of the chord is called percussive
        parts = harmonic_percussive(chord + hits, sample_rate=RATE, margin=margin)
        return np.abs(np.vdot(parts.percussive, chord)) / np.vdot(chord, chord)

    assert leak(3.0) < 0.5 * leak(1.0)


def test_channels_share_the_masks():
    x = noise(4000)
    parts = harmonic_percussive(np.stack([x, -0.5 * x]), sample_rate=RATE)
    np.testing.assert_allclose(parts.harmonic[1], -0.5 * parts.harmonic[0], atol=1e-12)


def test_both_libraries():
    x = noise(6000)
    expected = harmonic_percussive(x, sample_rate=RATE)
    y = jax.jit(lambda x: harmonic_percussive(x, sample_rate=RATE))(x)
    for a, b in zip(y, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_and_library_are_kept(xp, compiled, dtype):
    x = xp.asarray(noise(3000), dtype=dtype)
    for part in compiled(lambda x: harmonic_percussive(x, sample_rate=RATE))(x):
        assert part.dtype == dtype and isinstance(part, type(x))


@pytest.mark.parametrize("n_samples", [1, 100])
def test_silence_and_short_sounds(xp, compiled, n_samples):
    x = xp.zeros(n_samples)
    for part in compiled(lambda x: harmonic_percussive(x, sample_rate=RATE))(x):
        assert part.shape == (n_samples,) and not np.any(np.asarray(part))


def test_gradient_is_finite():
    x = jax.numpy.asarray(noise(2000))

    def energy(x):
        return (harmonic_percussive(x, sample_rate=RATE).percussive ** 2).sum()

    g = jax.jit(jax.grad(energy))(x)
    assert np.isfinite(np.asarray(g)).all() and np.any(np.asarray(g))


@pytest.mark.parametrize("spacing", [2, 3])
def test_running_median_of_spaced_values(xp, compiled, spacing):
    x = noise(2, 41)
    median = compiled(lambda x: running_median(x, 5, spacing=spacing))
    y = np.asarray(median(xp.asarray(x)))
    values = [x[:, 20 + k * spacing] for k in range(-2, 3)]
    np.testing.assert_array_equal(y[:, 20], np.median(values, axis=0))


@pytest.mark.parametrize("size", [1, 3, 7, 13])
def test_running_median_is_scipys(xp, compiled, size):
    x = noise(5, 40)
    expected = scipy.ndimage.median_filter(x, size=(1, size), mode="reflect")
    median = compiled(lambda x: running_median(x, size))
    np.testing.assert_array_equal(median(xp.asarray(x)), expected)


@pytest.mark.parametrize("n", range(1, 9))
def test_sorting_network_sorts_every_zero_one_sequence(n):
    for bits in range(2**n):  # then it sorts everything (Knuth's zero-one principle)
        values = [bits >> k & 1 for k in range(n)]
        for i, j in sorting_network(n):
            values[i], values[j] = sorted((values[i], values[j]))
        assert values == sorted(values)


def test_selection_network_is_smaller():
    assert len(selection_network(31, 15)) < len(sorting_network(31))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"margin": 0.5}, "margin must be at least 1"),
        ({"mask": "hard"}, "mask must be one of"),
        ({"harmonic_duration": 0}, "harmonic_duration must be"),
        ({"percussive_bandwidth": -1}, "percussive_bandwidth must be"),
        ({"bass": -1}, "bass must be"),
    ],
)
def test_errors(change, match):
    with pytest.raises(ValueError, match=match):
        harmonic_percussive(noise(1000), sample_rate=RATE, **change)
