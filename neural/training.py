"""The training loop that every model shares.

A model brings two pure functions,

    update(state, batch) -> (state, metrics)    one jitted step; metrics has "loss"
    batches(step) -> batch                      for the same step the same batch, always

and the loop brings the rest: a run folder, progress, a log, checkpoints, and an end
that can be understood when something goes wrong.

    runs/wavenet/config.json      what was asked for
    runs/wavenet/log.jsonl        one line for each logged step
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
"""

import json
import math
import pathlib
import time
import typing

import jax
import jax.numpy as jnp
import tqdm

from neural import checkpoints


class TrainingError(Exception):
    """Training cannot start, or cannot go on; the message says why and what to do."""


class Plan(typing.NamedTuple):
    """How long, how often, where.

    Attributes:
      folder: the run folder.
      n_steps: steps in all, those before a resumption included.
      save_every: steps between checkpoints (the last step is always saved).
      log_every: steps between lines of the log.
      keep: how many checkpoints stay.
      resume: go on from the newest checkpoint; without it, a folder with checkpoints is
        refused.
      progress: show the bar.
    """

    folder: str
    n_steps: int
    save_every: int = 100
    log_every: int = 10
    keep: int = 3
    resume: bool = False
    progress: bool = True


def train(update, state, batches, *, plan, config):
    """Train to the end of the plan.

    Args:
      update: (state, batch) to (state, metrics), jitted; metrics are scalars, all of
        them finite as long as things go well, one of them "loss".
      state: the start, a tree of arrays; everything that changes is in it.
      batches: step to batch, a pure function.
      plan: a `Plan`.
      config: dict of plain values, kept with the run; a run is resumed only with the
        one it was started with.

    Returns:
      The final state.

    Raises:
      TrainingError: on NaN or infinity, or a folder that does not fit the plan.
      CheckpointError: if a checkpoint cannot be written.
    """
    folder = pathlib.Path(plan.folder)
    state, start = _open(folder, state, plan, config)
    _log_up_to(folder / "log.jsonl", start)
    bar = tqdm.tqdm(
        total=plan.n_steps,
        initial=start,
        unit="step",
        disable=not plan.progress,
        dynamic_ncols=True,
    )
    with bar, open(folder / "log.jsonl", "a", encoding="utf-8") as log:
        return _steps(update, state, batches, start, plan, config, bar, log)


def _steps(update, state, batches, start, plan, config, bar, log):
    """The loop itself, from step `start` to the end."""
    began, folder = time.monotonic(), pathlib.Path(plan.folder) / "checkpoints"
    batch = batches(start) if start < plan.n_steps else None
    for step in range(start, plan.n_steps):
        following, metrics = update(state, batch)
        if step + 1 < plan.n_steps:
            batch = batches(step + 1)  # meanwhile the step is running
        metrics = {name: float(value) for name, value in metrics.items()}
        _stop_if_not_finite(metrics, step, folder)
        state, done = following, step + 1
        if done % plan.log_every == 0 or done == plan.n_steps:
            seconds = round(time.monotonic() - began, 3)
            log.write(json.dumps({"step": done, **metrics, "seconds": seconds}) + "\n")
            log.flush()
        if done % plan.save_every == 0 or done == plan.n_steps:
            _stop_if_not_finite({"state": _largest(state)}, step, folder)
            checkpoints.save_step(
                folder, state, step=done, config=config, keep=plan.keep
            )
        bar.update()
        bar.set_postfix_str(f"loss {metrics['loss']:.4f}", refresh=False)
    return state


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


def _log_up_to(path, step):
    """Drop the lines of the log after a step, a torn last one included."""
    kept = []
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n") and json.loads(line)["step"] <= step:
                kept.append(line)
    checkpoints.write_safely(path, "".join(kept).encode())


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
            saved = checkpoints.listed(folder)
            kept = f"the last good checkpoint is {saved[-1]}" if saved else "none saved"
            raise TrainingError(
                f"{name} became {float(value)} in step {step + 1}; {kept}. Try a lower "
                "learning rate"
            )
