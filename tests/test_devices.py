"""One device, eight devices, two processes: the same training."""

import functools
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import jax
import numpy as np
import optax
import pytest

from neural import checkpoints, devices, optimization, training
from neural.notes import wavenet

CONFIG = wavenet.Config(
    n_codes=16, n_channels=8, n_gated=8, n_skip=8, dilations=(1, 2, 4)
)
# Sums in another order differ by about 1e-8. Adam divides by sqrt(v) + eps: with an eps
# below that, a parameter whose gradient is as small moves by chance, on any machine.
OPTIMIZER = optimization.clipped(optax.adamw(3e-3, eps=1e-4))
N_STEPS, BATCH_SIZE = 30, 8


def whole_batch(step):
    codes = np.random.default_rng([7, step]).integers(0, 16, (BATCH_SIZE, 60))
    codes[:, 1::2] = codes[:, ::2]  # something to learn
    return {"codes": codes.astype(np.int32)}


def run(folder, *, n_devices=None, address=None, n_steps=N_STEPS, resume=False):
    """What each process of a test runs."""
    mesh = devices.open_mesh(n_devices, address)
    mine = devices.rows(BATCH_SIZE)
    params = wavenet.init(jax.random.key(0), CONFIG)
    plan = training.Plan(
        folder, n_steps, save_every=10, log_every=1, resume=resume, progress=False
    )
    training.train(
        functools.partial(wavenet.train_step, config=CONFIG, optimizer=OPTIMIZER),
        optimization.init_state(params, OPTIMIZER),
        lambda step: {"codes": whole_batch(step)["codes"][mine]},
        plan=plan,
        config={},
        mesh=mesh,
    )


def process(folder, **kwargs):
    arguments = ", ".join(f"{name}={value!r}" for name, value in kwargs.items())
    code = f"import test_devices as t; t.run({str(folder)!r}, {arguments})"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=pathlib.Path(__file__).parent,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        stderr=subprocess.PIPE,
        text=True,
    )


def pair(folder, **kwargs):
    """Two processes of two devices each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return [
        process(folder, n_devices=2, address=f"127.0.0.1:{port}/2/{i}", **kwargs)
        for i in range(2)
    ]


def ended(*processes):
    for each in processes:
        _, said = each.communicate(timeout=120)
        assert each.returncode == 0, said


def last(folder):
    return checkpoints.latest(folder / "checkpoints")


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The final checkpoint of one device."""
    folder = tmp_path_factory.mktemp("one")
    ended(process(folder))
    return last(folder)


def assert_same_training(found, alone):
    assert found["step"] == N_STEPS
    jax.tree.map(
        functools.partial(np.testing.assert_allclose, rtol=0, atol=1e-6),
        found["state"],
        alone["state"],
    )


def test_eight_devices_are_one(alone, tmp_path):
    ended(process(tmp_path, n_devices=8))
    assert_same_training(last(tmp_path), alone)


def test_two_processes_are_one(alone, tmp_path):
    ended(*pair(tmp_path))
    assert_same_training(last(tmp_path), alone)
    assert len((tmp_path / "log.jsonl").read_text().splitlines()) == N_STEPS


@pytest.mark.slow
def test_a_lost_process_ends_the_rest_and_all_resume(alone, tmp_path):
    first, second = pair(tmp_path, n_steps=10**6)
    log = tmp_path / "log.jsonl"
    while not (log.exists() and log.read_text().count("\n") > 20):
        assert first.poll() is None and second.poll() is None
        time.sleep(0.05)
    second.send_signal(signal.SIGKILL)
    began = time.monotonic()
    _, said = first.communicate(timeout=60)
    assert first.returncode != 0 and time.monotonic() - began < 25
    second.communicate()
    for newer in checkpoints.listed(tmp_path / "checkpoints")[:]:
        if int(newer.stem[5:]) > 20:
            newer.unlink()
    ended(*pair(tmp_path, resume=True))
    assert_same_training(last(tmp_path), alone)


def test_the_first_process_that_cannot_start_ends_all(tmp_path):
    checkpoints.save_step(tmp_path / "checkpoints", {"a": np.zeros(2)}, step=3)
    first, second = pair(tmp_path)
    said = [each.communicate(timeout=120)[1] for each in (first, second)]
    assert first.returncode == second.returncode == 1
    assert "already holds a run" in said[0]
    assert "the first process could not start" in said[1]


@pytest.mark.parametrize(
    "address", ["", "host", "host:12", "host:12/2", "host:12/2/2", ":12/2/0", "h:x/2/0"]
)
def test_an_address_is_read_whole(address):
    with pytest.raises(ValueError, match="address must be auto or host:port/count"):
        devices.connect(address)


def test_too_many_devices_and_rows_that_cannot_be_shared():
    with pytest.raises(ValueError, match="n_devices must be 1 to"):
        devices.mesh(10**6)
    with pytest.raises(ValueError, match="multiple of 1 rows.*shape .."):
        devices.share({"x": np.float32(1.0)}, devices.mesh(1))
    assert devices.rows(12) == slice(0, 12)
