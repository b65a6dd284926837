"""TensorFlow's old checkpoints: what TensorFlow wrote is read; damage is said."""

from pathlib import Path
from unittest.mock import ANY as ANYTHING

import numpy as np
import pytest

from dsplab.formats.errors import FormatError
from neural.evaluation import tensorflow_checkpoint
from neural.evaluation.tensorflow_checkpoint import read_tensorflow_checkpoint

FILE = Path(__file__).parent / "data" / "vggish_tiny.ckpt"  # see the script beside it
R = np.random.RandomState


def test_what_tensorflow_wrote():
    tensors = read_tensorflow_checkpoint(FILE)
    assert len(tensors) == 2 * 9 + 5
    first = (np.sqrt(2.0 / 9) * R(1).randn(3, 3, 1, 3)).astype(np.float32)
    assert (tensors["vggish/conv1/weights"] == first).all()
    assert tensors["vggish/fc1/fc1_1/weights"].shape == (144, 8)
    assert (tensors["double"] == R(90).randn(5, 2)).all()
    assert tensors["double"].dtype == np.float64
    assert tensors["step"].shape == () and tensors["step"] == -3
    assert tensors["step"].dtype == np.int64
    assert tensors["ints"].tolist() == [[1, -2, 300000]]
    assert tensors["ints"].dtype == np.int32
    assert tensors["truth"].tolist() == [True, False]
    assert tensors["empty"].shape == (0, 3)


@pytest.mark.parametrize(
    "damage, said",
    [
        (lambda data: data[:20], "it has 20 bytes, too few"),
        (lambda data: data[:-1], "no TensorFlow checkpoint of one file"),
        (lambda data: b"PK" + bytes(100), "no TensorFlow checkpoint of one file"),
        (lambda data: data[-100:], "ends inside a block"),
    ],
    ids=["short", "cut", "other", "end only"],
)
def test_files_that_are_none(tmp_path, damage, said):
    path = tmp_path / "x.ckpt"
    path.write_bytes(damage(FILE.read_bytes()))
    with pytest.raises(FormatError, match=said):
        read_tensorflow_checkpoint(path)


def test_every_flipped_bit_is_noticed(tmp_path):
    data, rng = FILE.read_bytes(), np.random.default_rng(0)
    for place in rng.integers(len(data) - 48, size=100):  # the footer is padded
        changed = bytearray(data)
        changed[place] ^= 1 << rng.integers(8)
        (tmp_path / "x.ckpt").write_bytes(changed)
        with pytest.raises(FormatError, match="damaged between bytes"):
            read_tensorflow_checkpoint(tmp_path / "x.ckpt")


def test_damage_with_the_right_checksum_is_an_error_or_harmless(tmp_path, monkeypatch):
    data, rng, refused = FILE.read_bytes(), np.random.default_rng(0), 0
    path = tmp_path / "x.ckpt"
    places = [*rng.integers(1100, size=150), *rng.integers(len(data), size=150)]
    for place in places:  # the first kilobyte is the list of tensors
        changed = bytearray(data)
        changed[place] ^= 1 << rng.integers(8)
        path.write_bytes(changed)
        with monkeypatch.context() as patch:  # no checksum is compared
            patch.setattr(tensorflow_checkpoint, "masked_checksum", lambda _: ANYTHING)
            try:
                assert isinstance(read_tensorflow_checkpoint(path), dict)
            except FormatError:
                refused += 1
    assert refused > 50


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_tensorflow_checkpoint(tmp_path / "x.ckpt")
