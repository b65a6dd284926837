"""Checkpoints: nothing half-written, nothing damaged unnoticed, disk full."""

import errno
import os
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural import checkpoints
from neural.checkpoints import CheckpointError


def state(value=1.0):
    params = {
        "kernel": jnp.full((3, 4), value, jnp.float32),
        "bias": jnp.arange(4, dtype=jnp.float32),
    }
    return {"params": params, "opt_state": optax.adam(1e-3).init(params)}


def assert_same(a, b):
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_what_is_saved_comes_back(tmp_path):
    path = tmp_path / "deep" / "a.ckpt"
    checkpoints.save(path, state(), step=7, config={"n": [1, 2], "name": "x"})
    found = checkpoints.load(path, state(0.0))
    assert found["step"] == 7 and found["config"] == {"n": [1, 2], "name": "x"}
    assert_same(found["state"], state())
    assert isinstance(found["state"]["opt_state"][0], optax.ScaleByAdamState)
    assert checkpoints.load(path)["state"]["params"]["kernel"].dtype == np.float32
    assert os.listdir(path.parent) == ["a.ckpt"]


def test_every_flipped_bit_is_found(tmp_path):
    path = tmp_path / "a.ckpt"
    checkpoints.save(path, state())
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    chosen = rng.choice(8 * len(data), size=1000, replace=8 * len(data) < 1000)
    found = 0
    for bit in chosen:
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << (bit % 8)
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError, match="damaged"):
            checkpoints.load(path)
        found += 1
    assert found == 1000


@pytest.mark.parametrize("length", [0, 1, 15, 47, 48, 60])
def test_a_truncated_file_is_found(tmp_path, length):
    path = tmp_path / "a.ckpt"
    checkpoints.save(path, state())
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(CheckpointError, match=r"a\.ckpt is damaged"):
        checkpoints.load(path)


def test_falls_back_to_the_last_good_one_and_says_so(tmp_path):
    for step in (10, 20, 30):
        checkpoints.save_step(tmp_path, state(step), step=step)
    newest = checkpoints.path_of(tmp_path, 30)
    data = bytearray(newest.read_bytes())
    data[-5] ^= 4
    newest.write_bytes(data)
    with pytest.warns(UserWarning, match="step_00000030.ckpt is damaged"):
        found = checkpoints.latest(tmp_path, state())
    assert found["step"] == 20
    assert_same(found["state"], state(20))


def test_keeps_the_last_few(tmp_path):
    for step in range(1, 6):
        checkpoints.save_step(tmp_path, state(step), step=step, keep=2)
    names = [path.name for path in checkpoints.listed(tmp_path)]
    assert names == ["step_00000004.ckpt", "step_00000005.ckpt"]


def test_nothing_there(tmp_path):
    assert checkpoints.latest(tmp_path) is None
    with pytest.raises(CheckpointError, match="could not read .*none.ckpt"):
        checkpoints.load(tmp_path / "none.ckpt")


def test_another_model_is_refused(tmp_path):
    path = tmp_path / "a.ckpt"
    checkpoints.save(path, state())
    wider = jax.tree.map(lambda leaf: leaf, state())
    wider["params"]["kernel"] = jnp.zeros((3, 5))
    with pytest.raises(CheckpointError, match="another model"):
        checkpoints.load(path, wider)
    with pytest.raises(CheckpointError, match="another model"):
        checkpoints.load(path, {"other": jnp.zeros(3)})


def test_a_full_disk_loses_nothing(tmp_path, monkeypatch):
    checkpoints.save_step(tmp_path, state(1), step=1)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError) as caught:
        checkpoints.save_step(tmp_path, state(2), step=2, keep=1)
    assert "step_00000002.ckpt (" in str(caught.value)
    assert "bytes): No space left on device" in str(caught.value)
    assert os.listdir(tmp_path) == ["step_00000001.ckpt"]
    assert_same(checkpoints.latest(tmp_path, state())["state"], state(1))


LIMITED = """
import resource, signal, sys
import numpy as np
from neural import checkpoints
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
checkpoints.save_step(sys.argv[1], {"a": np.zeros(10)}, step=1)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    checkpoints.save_step(sys.argv[1], {"a": np.zeros(100_000)}, step=2, keep=1)
except checkpoints.CheckpointError as error:
    print(error)
"""


def test_a_file_that_may_not_grow_loses_nothing(tmp_path):
    # the kernel itself refuses the write half-way
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "step_00000002.ckpt (8" in done.stdout and "File too large" in done.stdout
    assert os.listdir(tmp_path) == ["step_00000001.ckpt"]


def test_sweeps_what_a_killed_run_left(tmp_path):
    (tmp_path / ".step_00000003.ckpt.77.tmp").write_bytes(b"half")
    checkpoints.save_step(tmp_path, state(), step=1)
    checkpoints.sweep(tmp_path)
    assert os.listdir(tmp_path) == ["step_00000001.ckpt"]
