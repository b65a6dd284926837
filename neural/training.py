"""The training loop that every model shares.

A model brings two pure functions,

    update(state, batch) -> (state, metrics)    one jitted step; metrics has "loss"
    batches(step) -> batch                      for the same step the same batch, always

and the loop brings the rest: a run folder, progress, a log, checkpoints, and an end
that can be understood when something goes wrong.

    runs/wavenet/config.json      what was asked for
    runs/wavenet/log.jsonl        one line for each logged step
    runs/wavenet/loss.png         the log, drawn
    runs/wavenet/samples/         what the model sounded like on the way
    runs/wavenet/checkpoints/     the last few states, see `checkpoints`

**Resuming is exact.** All that the future depends on is in `state` (parameters, moving
averages, optimizer) and in the step number, from which the batch follows. So a run that
was killed, even by `kill -9` in the middle of a save, and resumed ends with the same
bits as one that was not. Log lines after the checkpoint are dropped and written again.

**NaN stops the run** in the step it appears, before anything is saved: the last good
checkpoint stays the newest.

The loop is a Python loop over jitted steps, on purpose: inside `lax.scan` XLA's CPU
backend runs convolutions many times slower. While a step runs, Python already prepares
the next batch.

**Many devices, many processes** (`devices`): given a mesh, the loop spreads each batch
over it. The first process alone reads and writes the run folder.
"""

import functools
import json
import math
import os
import pathlib
import time
import typing

import jax
import jax.numpy as jnp
import numpy as np
import tqdm

from neural import checkpoints, devices, runs


class TrainingError(Exception):
    """Training cannot start, or cannot go on; the message says why and what to do."""


class Plan(typing.NamedTuple):
    """How long, how often, where.

    Attributes:
      folder: the run folder.
      n_steps: steps in all, those before a resumption included.
      save_every: steps between checkpoints (the last step is always saved).
      log_every: steps between lines of the log.
      sample_every: steps between samples (the last step always has some); the picture
        of the log is drawn with them.
      keep: how many checkpoints stay.
      resume: go on from the newest checkpoint; without it, a folder with checkpoints is
        refused.
      progress: show the bar.
    """

    folder: str
    n_steps: int
    save_every: int = 100
    log_every: int = 10
    sample_every: int = 500
    keep: int = 3
    resume: bool = False
    progress: bool = True


def train(update, state, batches, *, plan, config, mesh=None, samples=None):
    """Train to the end of the plan.

    Args:
      update: (state, batch) to (state, metrics), jitted; metrics are scalars, all of
        them finite as long as things go well, one of them "loss".
      state: the start, a tree of arrays; everything that changes is in it.
      batches: step to batch, a pure function; with several processes each brings its
        own rows of the batch, those of `devices.rows`.
      plan: a `Plan`.
      config: dict of plain values, kept with the run; a run is resumed only with the
        one it was started with.
      mesh: devices to share each batch, from `devices.mesh`; None is one device.
      samples: state to a dict of name to (signal, sample rate), to listen to.

    Returns:
      The final state.

    Raises:
      TrainingError: on NaN or infinity, or a folder that does not fit the plan.
      CheckpointError: if a checkpoint cannot be written.
    """
    folder = pathlib.Path(plan.folder)
    state, start = _together(folder, state, plan, config)
    if mesh is not None:
        state = devices.replicate(state, mesh)
        update = jax.jit(update, out_shardings=devices.everywhere(mesh))
        batches = devices.sharing(batches, mesh)
    bar = tqdm.tqdm(
        total=plan.n_steps,
        initial=start,
        unit="step",
        disable=not (plan.progress and devices.is_first()),
        dynamic_ncols=True,
    )
    keep = functools.partial(_keep, plan=plan, config=config, samples=samples)
    with bar, _log(folder / "log.jsonl") as log:
        return _steps(update, state, batches, start, plan, keep, bar, log)


def _log(path):
    """The log, open at its end; those who are not first write into the void."""
    return open(path if devices.is_first() else os.devnull, "a", encoding="utf-8")


def _steps(update, state, batches, start, plan, keep, bar, log):
    """The loop itself, from step `start` to the end."""
    began = time.monotonic()
    batch = batches(start) if start < plan.n_steps else None
    for step in range(start, plan.n_steps):
        following, metrics = update(state, batch)
        if step + 1 < plan.n_steps:
            batch = batches(step + 1)  # meanwhile the step is running
        metrics = {name: float(value) for name, value in metrics.items()}
        _stop_if_not_finite(metrics, step, plan.folder)
        state, done = following, step + 1
        if _due(done, plan.log_every, plan):
            seconds = round(time.monotonic() - began, 3)
            log.write(json.dumps({"step": done, **metrics, "seconds": seconds}) + "\n")
            log.flush()
        keep(state, done)
        bar.update()
        bar.set_postfix_str(f"loss {metrics['loss']:.4f}", refresh=False)
    return state


def _due(done, every, plan):
    """Whether something is to be done after `done` steps: every so often, and last."""
    return done % every == 0 or done == plan.n_steps


def _keep(state, done, *, plan, config, samples):
    """Checkpoint, samples and picture after `done` steps, where they are due."""
    if _due(done, plan.save_every, plan):
        _stop_if_not_finite({"state": _largest(state)}, done - 1, plan.folder)
        if devices.is_first():
            folder = pathlib.Path(plan.folder) / "checkpoints"
            checkpoints.save_step(
                folder, state, step=done, config=config, keep=plan.keep
            )
    if _due(done, plan.sample_every, plan) and devices.is_first():
        if samples:
            sounds = samples(jax.tree.map(np.asarray, state))
            runs.keep_samples(plan.folder, done, sounds)
        runs.draw(plan.folder)


def _together(folder, state, plan, config):
    """Open the run folder in the first process; what it found, in all of them."""
    start, trouble = 0, None
    if devices.is_first():
        try:
            state, start = _open(folder, state, plan, config)
            runs.cut_log(folder, start)
        except (TrainingError, checkpoints.CheckpointError) as error:
            trouble = error
    start = int(devices.from_first(np.int32(-1 if trouble else start)))
    if trouble:
        raise trouble
    if start < 0:
        raise TrainingError("the first process could not start; it says why")
    return devices.from_first(state), start


def _open(folder, state, plan, config):
    """Make or check the run folder: the state to go on with, and its step."""
    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    checkpoints.sweep(folder / "checkpoints")
    if not plan.resume:
        if checkpoints.listed(folder / "checkpoints"):
            raise TrainingError(
                f"{folder} already holds a run: go on with --resume, or choose another "
                "folder with --out"
            )
        text = json.dumps(config, indent=1) + "\n"
        checkpoints.write_safely(folder / "config.json", text.encode())
        return state, 0
    found = checkpoints.latest(folder / "checkpoints", state)
    if found is None:
        return _open(folder, state, plan._replace(resume=False), config)
    if found["config"] != config:
        raise TrainingError(
            f"{folder} was started with other settings ({_differences(found, config)})"
            ": resume with those, or choose another folder with --out"
        )
    return jax.tree.map(jnp.asarray, found["state"]), found["step"]


def _differences(found, config):
    old = found["config"]
    names = [n for n in {**old, **config} if old.get(n) != config.get(n)]
    return ", ".join(f"{n}: {old.get(n)}, now {config.get(n)}" for n in names)


@jax.jit
def _largest(state):
    """The largest magnitude of a state; NaN or infinity if it holds any."""
    leaves = [
        leaf
        for leaf in jax.tree.leaves(state)
        if jnp.issubdtype(leaf.dtype, jnp.inexact)
    ]
    return jnp.max(jnp.stack([jnp.max(jnp.abs(leaf)) for leaf in leaves]))


def _stop_if_not_finite(metrics, step, folder):
    for name, value in metrics.items():
        if not math.isfinite(value):
            saved = checkpoints.listed(pathlib.Path(folder) / "checkpoints")
            kept = f"the last good checkpoint is {saved[-1]}" if saved else "none saved"
            raise TrainingError(
                f"{name} became {float(value)} in step {step + 1}; {kept}. Try a lower "
                "learning rate"
            )
