"""Features on disk: computed once, never those of another file, never damaged ones."""

import numpy as np
import pytest

from neural.data import feature_cache
from neural.data.feature_cache import DamagedEntryWarning, cached, entry_path


class Counting:
    """Features of a file, and how often they were asked for."""

    n = 0

    def __call__(self, path):
        self.n += 1
        x = np.frombuffer(path.read_bytes(), np.uint8)
        return {"mean": np.float32(x.mean()), "x": x[:, None] * [1.0, 2.0], "no": x[:0]}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.bin"
    path.write_bytes(bytes(range(20)))
    return path


def same(one, other):
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name])
        assert one[name].dtype == other[name].dtype


def test_features_are_computed_once_for_each_file_and_setting(file, tmp_path):
    compute, cache = Counting(), tmp_path / "cache"
    first = cached(cache, file, {"n_fft": 64}, compute)
    again = cached(cache, file, {"n_fft": 64}, compute)
    assert compute.n == 1
    same(first, again)
    assert again["x"].shape == (20, 2) and again["mean"].shape == ()
    again["x"] += 1.0  # one's own, as if computed
    cached(cache, file, {"n_fft": 65}, compute)
    assert compute.n == 2
    other = file.with_name("y.bin")
    other.write_bytes(file.read_bytes())
    cached(cache, other, {"n_fft": 64}, compute)  # the same contents
    assert compute.n == 2
    file.write_bytes(bytes(range(1, 21)))  # of the same length and, maybe, time
    changed = cached(cache, file, {"n_fft": 64}, compute)
    assert compute.n == 3 and changed["x"][0, 0] == 1.0
    assert not [p for p in cache.rglob("*") if p.suffix == ".part"]


def test_every_flipped_bit_and_every_cut_is_found(file, tmp_path):
    compute, cache = Counting(), tmp_path / "cache"
    first = cached(cache, file, {}, compute)
    place = entry_path(cache, file, {})
    whole = place.read_bytes()
    for k in range(len(whole)):
        damaged = whole[:k] + bytes([whole[k] ^ 1 << k % 8]) + whole[k + 1 :]
        assert feature_cache._unpacked(damaged) is None
        assert feature_cache._unpacked(whole[:k]) is None
    place.write_bytes(whole[:-1])
    with pytest.warns(DamagedEntryWarning, match="is damaged; the features of"):
        same(cached(cache, file, {}, compute), first)
    assert compute.n == 2 and place.read_bytes() == whole


def test_a_failure_leaves_nothing_behind(file, tmp_path):
    def fail(path):
        raise MemoryError

    with pytest.raises(MemoryError):
        cached(tmp_path / "cache", file, {}, fail)
    with pytest.raises(ValueError, match="'x' must be an array of numbers"):
        cached(tmp_path / "cache", file, {}, lambda path: {"x": [None]})
    with pytest.raises(ValueError, match="settings must be plain values"):
        cached(tmp_path / "cache", file, {"a": np.ones(2)}, Counting())
    with pytest.raises(FileNotFoundError):
        cached(tmp_path / "cache", tmp_path / "no", {}, Counting())
    assert not (tmp_path / "cache").exists()
