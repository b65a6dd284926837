"""VGGish: published input features, TensorFlow's results, the loader, sounds."""

import math
from pathlib import Path

import jax
import numpy as np
import pytest

from dsplab.formats.errors import FormatError
from neural.evaluation import vggish

DATA = Path(__file__).parent / "data"  # see make_vggish_checkpoint.py there
R = np.random.RandomState
TINY = vggish.Config.tiny()


@pytest.fixture(scope="module")
def params():
    return vggish.load(DATA / "vggish_tiny.ckpt", TINY)


def test_published_input_features():
    found = vggish.log_mel(R(0).randn(16000) * 0.1)
    assert found.shape == (98, 64)  # no padding
    assert found.sum() == pytest.approx(6831.580620850536, abs=1e-6)
    assert found[0, 0] == pytest.approx(0.5911513651597, abs=1e-9)
    assert found[50, 20] == pytest.approx(1.2421507817970097, abs=1e-9)
    assert found[97, 63] == pytest.approx(1.9920946898333913, abs=1e-9)


def test_silence_is_the_logarithm_of_the_offset():
    assert (vggish.log_mel(np.zeros(1000)) == np.log(0.01)).all()


def test_parameter_count():
    made = jax.eval_shape(lambda: vggish.init(jax.random.key(0), vggish.Config()))
    assert sum(math.prod(p.shape) for p in made.values()) == 72_141_184
    convolutions = {k: p for k, p in made.items() if "/conv" in k}
    assert sum(math.prod(p.shape) for p in convolutions.values()) == 4_499_712


def test_tensorflows_results(params):
    patches = R(0).randn(2, 96, 64)
    with np.load(DATA / "vggish_tiny.npz") as file:
        expected = file["embeddings"]
    exact = {name: np.asarray(p, np.float64) for name, p in params.items()}
    np.testing.assert_allclose(vggish.apply(exact, patches), expected, atol=1e-12)
    found = np.asarray(vggish.apply(params, patches.astype(np.float32)))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert (found < 0).any()  # no ReLU after the last layer


def test_patches_of_a_sound():
    x = R(1).randn(16000 * 2) * 0.1
    seen = vggish.patches(x, 16000)
    assert seen.shape == (2, 96, 64) and seen.dtype == np.float32
    frames = vggish.log_mel(x)
    np.testing.assert_allclose(seen[1], frames[96:192], rtol=1e-6)
    half = vggish.patches(x, 16000, hop_frames=50)
    np.testing.assert_allclose(half[1], frames[50:146], rtol=1e-6)
    assert len(half) == 1 + (198 - 96) // 50
    both = vggish.patches(np.stack([x, 0 * x]), 16000)
    np.testing.assert_allclose(both, vggish.patches(x / 2, 16000), rtol=1e-6)


def test_the_sample_rate_is_heeded():
    def tone(rate):
        return np.sin(2 * np.pi * 1000 * np.arange(int(1.2 * rate)) / rate)

    wanted = vggish.patches(tone(16000), 16000)
    seen = vggish.patches(tone(44100), 44100)
    assert seen.shape == wanted.shape
    peak = wanted[0, 50].argmax()
    assert seen[0, 50].argmax() == peak
    np.testing.assert_allclose(seen[0, 50, peak], wanted[0, 50, peak], atol=1e-3)


def test_embedding_in_batches_is_the_network(params):
    x = R(2).randn(16000 * 3) * 0.1
    found = vggish.embed(params, x, 16000, hop_frames=10)
    seen = vggish.patches(x, 16000, hop_frames=10)
    assert len(found) == len(seen) == 21  # more than a batch, not two
    np.testing.assert_allclose(found[16:], vggish.apply(params, seen)[16:], atol=1e-5)


def test_too_short_and_bad_values(params):
    assert len(vggish.embed(params, np.zeros(15600), 16000)) == 1
    with pytest.raises(ValueError, match=r"at least 0.975 s long.*, got 0.975 s"):
        vggish.embed(params, np.zeros(15594), 16000)
    with pytest.raises(ValueError, match="x contains NaN"):
        vggish.embed(params, np.full(16000, np.nan), 16000)


def test_checkpoints_that_do_not_fit():
    with pytest.raises(FormatError, match=r"conv1/weights' must have shape \(3, 3, 1"):
        vggish.load(DATA / "vggish_tiny.ckpt")
    more = vggish.Config(n_channels=(3, 4, 5, 6), n_hidden=9, n_features=7)
    with pytest.raises(FormatError, match=r"\(144, 9\), got \(144, 8\)"):
        vggish.load(DATA / "vggish_tiny.ckpt", more)


def test_pca_and_quantising(tmp_path):
    path = tmp_path / "pca.npz"
    matrix, means = R(0).randn(128, 128), R(1).randn(128)
    np.savez(path, pca_eigen_vectors=matrix, pca_means=means)
    pca = vggish.load_pca(path)
    x = R(2).randn(3, 128)
    found = vggish.quantise(x, pca)
    assert found.dtype == np.uint8 and found.shape == (3, 128)
    white = sum(matrix[5, k] * (x[1, k] - means[k]) for k in range(128))
    expected = int((min(max(white, -2.0), 2.0) + 2.0) * 255 / 4)
    assert found[1, 5] == expected
    unit = np.eye(128), np.zeros(128)
    row = np.zeros((1, 128))
    row[0, :4] = -9.0, 9.0, 0.0, 0.0157  # 127.5 and 128.5 are cut off, not rounded
    assert vggish.quantise(row, unit)[0, :4].tolist() == [0, 255, 127, 128]
    with pytest.raises(FormatError, match="no PCA of VGGish"):
        np.savez(path, other=matrix)
        vggish.load_pca(path)
