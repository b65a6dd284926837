"""NDB and JSD: published results, calibration, bins."""

import numpy as np
import pytest

from neural.evaluation.ndb import compare_shares, make_bins, ndb

R = np.random.RandomState
TRAIN = R(0).rand(400, 6)


@pytest.fixture(scope="module")
def bins():
    whitened = (TRAIN - TRAIN.mean(axis=0)) / (TRAIN.std(axis=0) + 1e-6)
    return make_bins(TRAIN, n_bins=10, start=whitened[:10])


def test_published_tests_of_shares():
    p, q = (0.1, 0.2, 0.3, 0.4), (0.2, 0.2, 0.2, 0.4)
    found = compare_shares(p, q, counts=(200, 100))
    z = -2.4019223070763074, 0.0, 1.8463723646899908, 0.0
    p_values = 0.016309171877754967, 1.0, 0.06483815699206645, 1.0
    np.testing.assert_allclose(found.z, z, atol=1e-12)
    np.testing.assert_allclose(found.p_values, p_values, atol=1e-12)
    assert found.ndb == 1 and found.share == 0.25
    assert found.jsd == pytest.approx(0.013528830227442078, abs=1e-12)


def test_published_bins(bins):
    shares = 0.1275, 0.1125, 0.105, 0.1025, 0.1, 0.0975, 0.095, 0.09, 0.085, 0.085
    np.testing.assert_allclose(sorted(bins.shares)[::-1], shares, atol=1e-12)


@pytest.mark.parametrize(
    "generated, number, jsd",
    [
        (R(1).rand(300, 6), 1, 0.00774452914048291),
        (R(2).rand(300, 6) * 0.75, 6, 0.11523714413485076),
        (np.repeat(R(3).rand(3, 6), 100, axis=0), 10, 0.3495708505368026),
        (TRAIN, 0, 0.0),
    ],
    ids=["same distribution", "shrunk", "collapsed", "training set"],
)
def test_published_results(bins, generated, number, jsd):
    found = ndb(bins, generated)
    assert found.ndb == number and found.share == number / 10
    assert found.jsd == pytest.approx(jsd, abs=1e-12)


def test_two_samples_of_one_distribution_differ_as_often_as_chance_allows():
    rng, found = np.random.default_rng(0), []
    for _ in range(100):
        p, q = rng.multinomial(1000, np.full(20, 0.05), size=2) / 1000
        found.append(compare_shares(p, q, counts=(1000, 1000)).ndb)
    assert 0.6 < np.mean(found) < 1.4  # 20 bins at 5 %


def test_nothing_in_common_is_ln_2():
    found = compare_shares([1.0, 0.0, 0.0], [0.0, 1.0, 0.0], counts=(50, 50))
    assert found.jsd == pytest.approx(np.log(2.0), abs=1e-12)
    assert found.ndb == 2 and found.z[2] == 0.0  # empty on both sides: no difference


def test_clusters_are_found_and_the_seed_decides():
    rng = np.random.default_rng(1)
    centres = 20.0 * rng.standard_normal((5, 3))
    x = np.repeat(centres, [10, 20, 30, 40, 50], axis=0)
    x = x + 0.1 * rng.standard_normal(x.shape)
    found = make_bins(x, n_bins=5, rng=3)
    counts = sorted((found.shares * 150).round().astype(int).tolist())
    assert counts == [10, 20, 30, 40, 50]
    middle = x.mean(axis=0), x.std(axis=0) + 1e-6
    back = sorted(map(tuple, found.centres * middle[1] + middle[0]))
    np.testing.assert_allclose(back, sorted(map(tuple, centres)), atol=0.1)
    again = make_bins(x, n_bins=5, rng=3)
    assert (again.centres == found.centres).all()


def test_a_bin_that_empties_is_filled_again():
    start = np.array([[-1.0], [1.0], [50.0]])  # the last is nobody's nearest
    found = make_bins([[0.0], [1.0], [99.0], [100.0]], n_bins=3, start=start)
    assert (found.shares > 0).all()


def test_more_bins_than_different_sounds():
    found = make_bins(np.zeros((4, 2)), n_bins=3)
    assert found.shares.sum() == pytest.approx(1.0)
    assert ndb(found, np.zeros((4, 2))).ndb == 0


def test_errors(bins):
    with pytest.raises(ValueError, match="real must have at least 100 rows, got 9"):
        make_bins(TRAIN[:9])
    with pytest.raises(ValueError, match="as many columns as the bins, 6, got 2"):
        ndb(bins, TRAIN[:, :2])
    with pytest.raises(ValueError, match="generated contains NaN"):
        ndb(bins, TRAIN * np.nan)
    with pytest.raises(ValueError, match="q must have the shape of p"):
        compare_shares([0.5, 0.5], [1.0], counts=(1, 1))
