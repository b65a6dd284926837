"""Frechet distance: published code's results, laws, sets in blocks, few samples."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from dsplab.formats.errors import FormatError
from neural.data.tfrecord import make_example, write_records
from neural.evaluation.frechet import (
    FewSamplesWarning,
    Gaussian,
    frechet_distance,
    gaussian,
    gaussian_of_blocks,
    merged,
    read_statistics,
)

R = np.random.RandomState
X = R(0).randn(500, 8)
Y = R(1).randn(400, 8) * 1.5 + 0.3


def test_published_results():
    # scipy's sqrtm as in gudgud96's code and pytorch-fid; torch-fidelity 0.4.0
    # 3.372646535748739
    assert frechet_distance(X, Y) == pytest.approx(3.3726465357487427, abs=1e-9)
    mixed = Y @ R(2).randn(8, 8)
    assert frechet_distance(X, mixed) == pytest.approx(102.65524173640983, abs=1e-9)
    assert frechet_distance(mixed, X) == pytest.approx(102.65524173640983, abs=1e-9)


def test_closed_form_of_diagonal_covariances():
    a = Gaussian(2, np.zeros(4), np.diag([1.0, 4.0, 9.0, 16.0]))
    b = Gaussian(2, np.array([1.0, 2.0, 0.0, 0.0]), np.diag([4.0, 1.0, 9.0, 25.0]))
    with pytest.warns(FewSamplesWarning):
        assert frechet_distance(a, b) == pytest.approx(8.0, abs=1e-12)


def test_definition_with_sqrtm():
    a, b = gaussian(X), gaussian(Y)
    root = sqrtm(a.covariance @ b.covariance)
    expected = ((a.mean - b.mean) ** 2).sum() + np.trace(
        a.covariance + b.covariance - 2 * root
    )
    assert frechet_distance(a, b) == pytest.approx(expected.real, abs=1e-10)


def test_fewer_samples_than_features():
    a, b = R(3).randn(20, 32), R(4).randn(25, 32)
    with pytest.warns(FewSamplesWarning) as said:
        distance = frechet_distance(a, b)
    assert "real has 20 samples for 32 features" in str(said[0].message)
    assert "generated has 25 samples for 32 features" in str(said[1].message)
    # published code, with complex square roots and what rounding leaves of them
    assert distance == pytest.approx(25.37591587340286, abs=1e-6)
    # exactly: tr (S1 S2)^(1/2) is the nuclear norm of A B^T, A and B the centred rows
    A, B = ((z - z.mean(axis=0)) / np.sqrt(len(z) - 1) for z in (a, b))
    cross = np.linalg.svd(A @ B.T, compute_uv=False).sum()
    shift = ((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum()
    assert distance == pytest.approx(
        shift + (A**2).sum() + (B**2).sum() - 2 * cross, abs=1e-10
    )


def test_laws():
    assert frechet_distance(X, X) == pytest.approx(0.0, abs=1e-12)
    assert frechet_distance(X, X + 0.1) == pytest.approx(8 * 0.01, abs=1e-10)
    trace = np.trace(np.cov(X, rowvar=False))
    centred = X - X.mean(axis=0)
    scaled = frechet_distance(centred, 1.1 * centred)
    assert scaled == pytest.approx(0.01 * trace, abs=1e-10)
    q, _ = np.linalg.qr(R(5).randn(8, 8))  # a turned space is the same space
    assert frechet_distance(X @ q, Y @ q) == pytest.approx(
        frechet_distance(X, Y), abs=1e-10
    )


def test_blocks_are_the_whole():
    whole = gaussian(Y + 1e4)  # a mean that is large beside the deviation
    np.testing.assert_allclose(whole.covariance, np.cov(Y, rowvar=False), atol=1e-8)
    blocks = (Y[a : a + 37] + 1e4 for a in range(0, 400, 37))
    parts = gaussian_of_blocks(blocks)
    assert parts.count == 400
    np.testing.assert_allclose(parts.mean, whole.mean, rtol=1e-14)
    np.testing.assert_allclose(parts.scatter, whole.scatter, atol=1e-6)
    both = merged(gaussian(Y[:1]), gaussian(Y[1:]))
    np.testing.assert_allclose(both.scatter, gaussian(Y).scatter, atol=1e-10)
    assert frechet_distance(X, both) == pytest.approx(frechet_distance(X, Y), abs=1e-10)


def test_statistics_as_they_are_published(tmp_path):
    a, path = gaussian(X), tmp_path / "x.stats"
    values = {
        "mu": a.mean.astype(np.float32),
        "sigma": a.covariance.ravel().astype(np.float32),
        "embedding_length": np.array([8]),
        "embedding_count": np.array([500]),
    }
    write_records(path, [make_example(values)])
    found = read_statistics(path)
    assert found.count == 500
    np.testing.assert_allclose(found.covariance, a.covariance, atol=1e-6)
    assert frechet_distance(found, Y) == pytest.approx(3.3726465357487427, abs=1e-5)
    for name, said in (("mu", "no 'mu'"), ("sigma", "no 'sigma'")):
        rest = {key: value for key, value in values.items() if key != name}
        write_records(path, [make_example(rest)])
        with pytest.raises(FormatError, match=said):
            read_statistics(path)
    write_records(path, [make_example(values | {"mu": np.zeros(3, np.float32)})])
    with pytest.raises(FormatError, match="mu has 3 values, sigma 64"):
        read_statistics(path)
    write_records(path, [make_example(values)] * 2)
    with pytest.raises(FormatError, match="statistics are one record, it has 2"):
        read_statistics(path)


def test_errors():
    with pytest.raises(ValueError, match="generated must have at least 2 samples"):
        frechet_distance(X, X[:1])
    with pytest.raises(ValueError, match="as many columns as real, 8, got 3"):
        frechet_distance(X, X[:, :3])
    with pytest.raises(ValueError, match="real contains NaN"):
        frechet_distance(X * np.nan, X)
    with pytest.raises(ValueError, match="blocks must hold at least one row"):
        gaussian_of_blocks([X[:0]])
    with pytest.raises(ValueError, match="same number of columns, got 8 and 2"):
        merged(gaussian(X), gaussian(X[:, :2]))
