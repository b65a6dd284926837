"""The loop: its log, NaN, resuming, and kill -9."""

import functools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural import checkpoints, training
from neural.training import Plan, TrainingError

OPTIMIZER = optax.adam(1e-2)
QUIET = functools.partial(Plan, progress=False, save_every=5, log_every=1)


@jax.jit
def update(state, batch):
    """A line fitted with Adam."""

    def loss(params):
        return jnp.mean((params["a"] * batch["x"] + params["b"] - batch["y"]) ** 2)

    value, grads = jax.value_and_grad(loss)(state["params"])
    updates, opt_state = OPTIMIZER.update(grads, state["opt_state"], state["params"])
    params = optax.apply_updates(state["params"], updates)
    return {"params": params, "opt_state": opt_state}, {"loss": value}


def start():
    params = {name: jnp.zeros(3, jnp.float32) for name in "ab"}
    return {"params": params, "opt_state": OPTIMIZER.init(params)}


def batches(step):
    x = np.random.default_rng([0, step]).standard_normal(3).astype(np.float32)
    return {"x": x, "y": 2 * x + 1}


def broken_at(bad, step):
    batch = batches(step)
    return {**batch, "y": batch["y"] * np.float32(np.nan)} if step == bad else batch


def lines(folder):
    text = (pathlib.Path(folder) / "log.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def assert_same(a, b):
    jax.tree.map(np.testing.assert_array_equal, a, b)


def test_a_run_leaves_config_log_and_checkpoints(tmp_path):
    plan = QUIET(tmp_path, 23)
    state = training.train(
        update, start(), lambda _: batches(0), plan=plan, config={"size": 3}
    )
    assert json.loads((tmp_path / "config.json").read_text()) == {"size": 3}
    assert [line["step"] for line in lines(tmp_path)] == list(range(1, 24))
    assert lines(tmp_path)[-1]["loss"] < lines(tmp_path)[0]["loss"]
    steps = [p.name for p in checkpoints.listed(tmp_path / "checkpoints")]
    assert steps == [f"step_{n:08d}.ckpt" for n in (15, 20, 23)]
    assert_same(checkpoints.latest(tmp_path / "checkpoints", start())["state"], state)


def test_progress_shows_rate_eta_and_loss(tmp_path, capsys):
    plan = Plan(tmp_path, 3)
    training.train(update, start(), batches, plan=plan, config={})
    shown = capsys.readouterr().err
    assert "3/3" in shown and "step/s" in shown and "<" in shown and "loss" in shown


def test_what_the_model_sounds_like_is_kept_now_and_then_and_at_the_end(tmp_path):
    def sounds(state):
        assert isinstance(state["params"]["a"], np.ndarray)
        return {"tone": (np.zeros(80, np.float32), 8000)}

    plan = QUIET(tmp_path, 9, sample_every=4)
    training.train(update, start(), batches, plan=plan, config={}, samples=sounds)
    kept = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert kept == [f"step_{n:08d}-tone.wav" for n in (4, 8, 9)]
    assert (tmp_path / "loss.png").stat().st_size > 5000


def test_resuming_is_exact(tmp_path):
    whole = training.train(
        update, start(), batches, plan=QUIET(tmp_path / "whole", 30), config={}
    )
    cut = tmp_path / "cut"
    with pytest.raises(TrainingError):  # an interruption between two checkpoints
        training.train(
            update,
            start(),
            functools.partial(broken_at, 17),
            plan=QUIET(cut, 30),
            config={},
        )
    with open(cut / "log.jsonl", "a") as log:
        log.write('{"step": 99')  # torn off by a crash
    resumed = training.train(
        update, start(), batches, plan=QUIET(cut, 30, resume=True), config={}
    )
    assert_same(whole, resumed)

    def losses(folder):
        return [(line["step"], line["loss"]) for line in lines(folder)]

    assert losses(tmp_path / "whole") == losses(cut)


def test_resuming_a_finished_run_changes_nothing(tmp_path):
    plan = QUIET(tmp_path, 6)
    first = training.train(update, start(), batches, plan=plan, config={})
    plan = plan._replace(resume=True)
    assert_same(training.train(update, start(), batches, plan=plan, config={}), first)


def test_resume_without_a_run_starts_one(tmp_path):
    plan = QUIET(tmp_path, 4, resume=True)
    training.train(update, start(), batches, plan=plan, config={})
    assert len(lines(tmp_path)) == 4


def test_nan_stops_in_its_step_and_the_last_good_checkpoint_stays(tmp_path):
    with pytest.raises(TrainingError, match="loss became nan in step 13; .*00000010"):
        training.train(
            update,
            start(),
            functools.partial(broken_at, 12),
            plan=QUIET(tmp_path, 30),
            config={},
        )
    assert len(lines(tmp_path)) == 12
    found = checkpoints.latest(tmp_path / "checkpoints", start())
    assert found["step"] == 10
    assert np.isfinite(found["state"]["params"]["a"]).all()


def test_nan_that_the_loss_does_not_show_is_not_saved(tmp_path):
    def poisoned(state, batch):
        _, metrics = update(start(), batch)
        return jax.tree.map(lambda leaf: leaf * jnp.nan, start()["params"]), metrics

    with pytest.raises(TrainingError, match="state became .* in step 5; none saved"):
        training.train(poisoned, start(), batches, plan=QUIET(tmp_path, 30), config={})
    assert checkpoints.latest(tmp_path / "checkpoints") is None


def test_a_run_is_not_overwritten_or_continued_with_other_settings(tmp_path):
    plan = QUIET(tmp_path, 5)
    training.train(update, start(), batches, plan=plan, config={"seed": 0})
    with pytest.raises(TrainingError, match="already holds a run: go on with --resume"):
        training.train(update, start(), batches, plan=plan, config={"seed": 0})
    plan = plan._replace(resume=True, n_steps=9)
    with pytest.raises(TrainingError, match="other settings .seed: 0, now 1"):
        training.train(update, start(), batches, plan=plan, config={"seed": 1})


def run_here(folder, n_steps):
    """What the killed child runs: many saves, so that kills fall into them."""
    plan = Plan(folder, n_steps, save_every=2, resume=True, progress=False)
    training.train(update, start(), batches, plan=plan, config={})


def child(folder, n_steps):
    code = f"import test_training as t; t.run_here({str(folder)!r}, {n_steps})"
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=pathlib.Path(__file__).parent
    )


@pytest.mark.slow
def test_kill_9_changes_no_bit(tmp_path):
    n_steps, kills = 1500, int(os.environ.get("KILLS", "3"))
    assert child(tmp_path / "whole", n_steps).wait() == 0
    draw = random.Random(0)
    killed = 0
    while killed < kills:
        process = child(tmp_path / "cut", n_steps)
        log = tmp_path / "cut" / "log.jsonl"
        before = log.stat().st_size if log.exists() else 0
        while not (log.exists() and log.stat().st_size > before + 60):
            assert process.poll() is None, "finished before it was killed"
            time.sleep(0.01)
        time.sleep(draw.uniform(0, 0.15))
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
        killed += 1
    assert child(tmp_path / "cut", n_steps).wait() == 0
    whole, cut = (
        checkpoints.path_of(tmp_path / name / "checkpoints", n_steps).read_bytes()
        for name in ("whole", "cut")
    )
    assert whole == cut
    assert not list((tmp_path / "cut" / "checkpoints").glob(".*.tmp"))
