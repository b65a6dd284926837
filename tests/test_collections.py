"""Collections of sounds: described, neighbours found, groups found again."""

import jax
import numpy as np
import pytest

from dsplab.analysis import collections as co
from dsplab.analysis import description as de
from dsplab.analysis import envelope, spectral_shape
from dsplab.analysis.mfcc import mfcc

RATE = 8000


def sounds():
    """Four plucked tones, four noises, four swelling tones, in this order."""
    rng = np.random.default_rng(0)
    t = np.arange(4000) / RATE
    for k in range(4):
        f = 200.0 * 2.0 ** (k / 12)
        tone = sum(np.sin(2 * np.pi * f * h * t) / h for h in range(1, 9))
        yield tone * np.exp(-8 * t)
    for k in range(4):
        yield rng.standard_normal(4000) * np.exp(-(2 + k) * t)
    for k in range(4):
        yield np.sin(2 * np.pi * 700.0 * 2.0 ** (k / 12) * t) * t


LABELS = np.repeat([0, 1, 2], 4)


def test_description_is_the_same_in_both_libraries():
    x = np.stack(list(sounds()))[::4]
    expected = de.describe(x, RATE)
    assert expected.shape == (3, len(de.NAMES)) and len(set(de.NAMES)) == len(de.NAMES)
    found = jax.jit(lambda x: de.describe(x, RATE))(x)
    np.testing.assert_allclose(found, expected, atol=1e-8)
    assert de.describe(x.astype(np.float32), RATE).dtype == np.float32


def test_each_number_is_the_mean_or_deviation_of_its_curve():
    x = np.concatenate([np.zeros(2000), *list(sounds())[:5:2]])
    n_fft = 512  # the power of two nearest to 46 ms, on a logarithmic scale
    sizes = {"n_fft": n_fft, "hop_length": n_fft // 4}
    level = {"frame_length": n_fft, "hop_length": n_fft // 4}
    moments = spectral_shape.spectral_moments(x, RATE, **sizes)
    rms = envelope.rms(x, **level)
    contrast = {"n_bands": 4, "f_min": 100.0, **sizes}
    rolloff = spectral_shape.spectral_rolloff(x, RATE, **sizes)
    flux = spectral_shape.spectral_flux(x, **sizes)
    curves = np.stack([
        20 * np.log10(rms + 1e-5),
        np.log2(np.maximum(moments.centroid, 20) / 1000),
        np.log2(np.maximum(moments.spread, 20) / 1000),
        moments.skewness,
        np.log2(np.maximum(rolloff, 20) / 1000),
        spectral_shape.spectral_flatness(x, **sizes),
        20 * np.log10(flux / n_fft + 1e-5),
        envelope.zero_crossing_rate(x, **level),
        *spectral_shape.spectral_contrast(x, RATE, **contrast),
        *mfcc(x, RATE, n_mels=40, n_coefficients=13, **sizes),
    ])  # fmt: skip
    weight = rms**2 / (rms**2).sum()
    mean = (weight * curves).sum(axis=-1)
    deviation = np.sqrt((weight * (curves - mean[:, None]) ** 2).sum(axis=-1))
    found = de.describe(x, RATE)
    np.testing.assert_allclose(found[0:-1:2], mean, rtol=1e-9)
    np.testing.assert_allclose(found[1:-1:2], deviation, rtol=1e-6, atol=1e-9)
    attack = envelope.log_attack_time(x, RATE)
    assert found[-1] == attack and de.NAMES[-1] == "log attack time"
    assert de.NAMES[4:6] == ("spread mean", "spread deviation")


def test_channels_are_averaged_and_constant_columns_stay():
    one, other = list(sounds())[:5:4]
    both = de.describe_all([np.stack([one, other])], RATE)
    alone = de.describe_all([one, other], RATE)
    np.testing.assert_allclose(both[0], alone.mean(axis=0), rtol=1e-9)
    table = co.standardise(np.array([[1.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_array_equal(table.scale, [1.0, 1.0])
    assert np.isfinite(table.features).all()


def test_the_nearer_of_two_labels_wins_and_the_best_start_is_kept():
    table = np.array([[0.0], [2.0], [3.0], [5.5]])
    labels = np.array([0, 1, 1, 0])
    assert co.classify(table, labels, [2.6], n_neighbours=4) == 1
    assert co.classify(table, 1 - labels, [2.6], n_neighbours=4) == 0
    rng = np.random.default_rng(1)
    x = rng.standard_normal((40, 2)) + 6.0 * rng.integers(0, 5, (40, 1))
    spreads = [co.k_means(x, 5, rng=k, n_starts=1).spread for k in range(12)]
    many = co.k_means(x, 5, rng=0, n_starts=12).spread
    assert many <= np.median(spreads) < max(spreads)


def test_silence_around_a_sound_says_nothing():
    x = next(sounds())
    padded = np.concatenate([np.zeros(4096), x, np.zeros(4096)])
    one, other = de.describe(x, RATE), de.describe(padded, RATE)
    for name in ("centroid mean", "flatness mean", "mfcc 1 mean", "rolloff mean"):
        at = de.NAMES.index(name)
        np.testing.assert_allclose(one[at], other[at], rtol=0.1, atol=0.05)


def test_groups_are_found_again():
    table = de.describe_all(sounds(), RATE)
    features = co.standardise(table).features
    np.testing.assert_allclose(features.mean(axis=0), 0.0, atol=1e-9)
    label = co.k_means(features, 3).label
    assert len({tuple(label[k : k + 4]) for k in (0, 4, 8)}) == 3
    assert all(len(set(label[k : k + 4])) == 1 for k in (0, 4, 8))
    near = co.nearest_neighbours(features, features, n_neighbours=2)
    assert (near.index[:, 0] == np.arange(12)).all()
    assert (LABELS[near.index[:, 1]] == LABELS).all()
    for left_out in range(12):
        rest = np.arange(12) != left_out
        scaled = co.standardise(table[rest])
        query = co.standardise(table[left_out], like=scaled).features
        found = co.classify(scaled.features, LABELS[rest], query, n_neighbours=3)
        assert found == LABELS[left_out]


@pytest.mark.parametrize("metric", ["euclidean", "manhattan", "cosine"])
def test_distances_are_scipys(xp, metric):
    import scipy.spatial.distance

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((5, 4)), rng.standard_normal((7, 4))
    name = {"manhattan": "cityblock"}.get(metric, metric)
    expected = scipy.spatial.distance.cdist(a, b, name)
    found = co.distances(xp.asarray(a), xp.asarray(b), metric=metric)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_k_means_is_the_same_in_both_libraries_and_a_fixed_point(xp, compiled):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 3)) + 4.0 * rng.integers(0, 3, (60, 1))
    options = {"n_starts": 2, "n_iterations": 20}
    expected = co.k_means(x, 4, **options)
    found = compiled(lambda x: co.k_means(x, 4, **options))(xp.asarray(x))
    assert np.asarray(found.label).tolist() == expected.label.tolist()
    np.testing.assert_allclose(found.centre, expected.centre, atol=1e-9)
    for k in range(4):
        members = x[expected.label == k]
        np.testing.assert_allclose(expected.centre[k], members.mean(axis=0))
    away = x - expected.centre[expected.label]
    np.testing.assert_allclose(expected.spread, (away**2).sum())


def test_errors():
    with pytest.raises(ValueError, match="n_clusters must be an integer in 1..2"):
        co.k_means(np.ones((2, 3)), 3)
    with pytest.raises(ValueError, match="query and features must have the same"):
        co.nearest_neighbours(np.ones((3, 2)), np.ones(3), n_neighbours=1)
    with pytest.raises(ValueError, match="labels must be whole numbers"):
        co.classify(np.ones((3, 2)), np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match="sounds must be one signal at least"):
        de.describe_all([], RATE)
    with pytest.raises(ValueError, match="sample_rate must be at least 4000"):
        de.describe(np.zeros(4000), 2000)
