"""What a recipe is asked for, and the one way from there to a checkpoint.

    def train(config, run):
        run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
        params = learn("wavenet", config, run, state, update, batches, samples=samples)
        return held_out_figure(params, config)

`Run` holds what the command line says; `learn` takes a state, an update and batches
through `neural.training` and writes folder/NAME.ckpt, which `neural generate` plays and
which, copied to neural/pretrained, is shipped.
"""

import dataclasses
import pathlib
import typing

import jax
import numpy as np

from neural import checkpoints, devices, training


class Run(typing.NamedTuple):
    """A training as the user asks for it.

    Attributes:
      folder: the run folder.
      n_steps: steps in all; None is the recipe's.
      seed: of the first parameters and of the data.
      batch_size: rows a step, of all devices together; None is the recipe's.
      dtype: what the network computes in, see `neural.optimization`.
      mesh: devices to share each batch, from `neural.devices.mesh`.
      resume: go on with the run in folder.
      progress: show the bar.
      notes: folders of notes to learn from, for recipes that read some.
      loops: folder of loops with a table, likewise.
    """

    folder: str | pathlib.Path
    n_steps: int | None = None
    seed: int = 0
    batch_size: int | None = None
    dtype: str = "float32"
    mesh: typing.Any = None
    resume: bool = False
    progress: bool = True
    notes: tuple = ()
    loops: str | pathlib.Path = "loops"

    def filled(self, *, n_steps, batch_size):
        """The same, with the recipe's numbers where the user gave none."""
        return self._replace(
            n_steps=self.n_steps or n_steps, batch_size=self.batch_size or batch_size
        )


def settings(config, run):
    """What a run is defined by, in values that a checkpoint can keep.

    Args:
      config: a dataclass of plain values and tuples of them.
      run: a `Run`, filled.
    """
    model = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in dataclasses.asdict(config).items()
    }
    kept = ("n_steps", "seed", "batch_size", "dtype")
    return {"model": model, **{name: getattr(run, name) for name in kept}}


def learn(
    name, config, run, state, update, batches, *, samples=None, ship=lambda s: s["ema"]
):
    """Train, and write what is to be shipped to folder/NAME.ckpt.

    Args:
      name: of the model, as in `neural.MODELS`.
      config: its sizes.
      run: a `Run`, filled.
      state: of the first step, from `optimization.init_state` or `adversarial`.
      update: (state, batch) to the new state and metrics, jitted.
      batches: (step, part=slice) to this process's rows of the batch.
      samples: state to a dict of name to (signal, sample rate), to listen to.
      ship: state to what is kept of it; the average of the parameters.

    Returns:
      What was kept, as NumPy arrays.
    """
    mine, made_by = devices.rows(run.batch_size), settings(config, run)
    state = training.train(
        update,
        state,
        lambda step: batches(step, part=mine),
        plan=training.Plan(
            run.folder, run.n_steps, resume=run.resume, progress=run.progress
        ),
        config=made_by,
        mesh=run.mesh,
        samples=samples,
    )
    kept = jax.tree.map(np.asarray, ship(state))
    if devices.is_first():
        path = pathlib.Path(run.folder) / f"{name}.ckpt"
        checkpoints.save(path, kept, step=run.n_steps, config=made_by)
    return kept


def half(leaf):
    """A parameter in 16 bits: what is shipped is half as large, and sounds the same."""
    return np.asarray(leaf, np.float16)
