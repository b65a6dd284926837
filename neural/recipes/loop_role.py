"""The recipe of the shipped role classifier: `neural train loop-role --loops FOLDER`.

Bars from `data_scripts.render_loops --of roles`; half of them are laid over another one
by chance, louder or softer, and have the roles of both. Adam with a cosine from 4e-3,
dropout, and a running average of the parameters, which is shipped.
"""

import dataclasses
import functools

import jax
import numpy as np
import optax

from neural.classifiers import harmonic_cnn
from neural.data import labelled
from neural.data.order import draws
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "percussion, bass, chords, melody, fx? filters on the harmonics of a scale",
    "paper": 'J. Ching, A. Ramires, Y.-H. Yang, "Instrument Role Classification: '
    'Auto-tagging for Loop Based Music", 2020',
    "accuracy": "F1 0.836 (mean of five roles) on 260 loops by instruments that it "
    "never heard; least squares on mel bands 0.658, all roles always 0.439",
    "minutes": 4,  # to train tiny on two cores
    "loss": "0.69 nats a role at the start (ln 2), 0.3 after 250 steps, 0.2 at the end",
    "figure": "is F1, the mean over roles, on the split test",
}
CHANCE = 0.439  # F1 of saying all roles always, on the test
MEL_STATISTICS = 0.658  # of least squares on the mean and deviation of mel bands
N_STEPS = 700
LEARNING_RATE = 4e-3
BATCH_SIZE = 32
LAID_OVER = 0.5  # of the loops
LOUDER_DB = 6.0  # or softer, at most


def train(config, run):
    """Train, and write folder/loop-role.ckpt.

    Args:
      config: a `harmonic_cnn.Config`; its classes are replaced by the folder's roles.
      run: a `running.Run`; `run.loops` holds a table with `role` and `split`.

    Returns:
      F1 on the split test, the mean over roles.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    sounds = _open(run.loops, config, "train")
    names = {"classes": sounds.classes, "n_classes": len(sounds.classes)}
    config = dataclasses.replace(config, **names)
    warmup = min(50, run.n_steps // 4)
    rule = clipped(optax.adam(schedule(LEARNING_RATE, run.n_steps, warmup=warmup)))
    update = functools.partial(
        harmonic_cnn.train_step, config=config, optimizer=rule, dtype=run.dtype
    )

    def batches(step, part):
        chosen = {"batch_size": run.batch_size, "part": part}
        found = _batch(sounds, run.seed, step, config, **chosen)
        return found | {"power": harmonic_cnn.spectra(found.pop("x"), config)}

    params = harmonic_cnn.init(jax.random.key(run.seed), config)
    state = init_state(params, rule, dtype=run.dtype)
    params = learn("loop-role", config, run, state, update, batches)
    sounds = _open(run.loops, config, "test")
    found = labelled.rows(sounds, range(len(sounds.names)))
    p = harmonic_cnn.probabilities(params, found, sounds.sample_rate, config)
    return float(f1(p, sounds.label).mean())


def _open(folder, config, split):
    rate = config.sample_rate
    options = {"sample_rate": rate, "split": split, "several": True}
    return labelled.open_labelled(folder, label="role", **options)


def _batch(sounds, seed, step, config, **chosen):
    """Loops, some of them with another one over them, and what they are."""
    x, label, dice = [], [], []
    length = round(config.seconds * config.sample_rate)
    for row, rng in draws(len(sounds.names), seed, step, **chosen):
        other = int(rng.integers(len(sounds.names)))
        gain = 10.0 ** (rng.uniform(-LOUDER_DB, LOUDER_DB) / 20.0)
        over = rng.random() < LAID_OVER
        one, two = labelled.rows(sounds, [row, other], n_samples=length)
        x.append(_level(one) + gain * over * _level(two))
        label.append(np.maximum(sounds.label[row], over * sounds.label[other]))
        dice.append(rng.integers(2**32))
    return {
        "x": np.stack(x).astype(np.float32),
        "label": np.stack(label).astype(np.float32),
        "dice": np.array(dice, np.uint32),
    }


def _level(x):
    return x / max(np.sqrt((x**2).mean()), 1e-6)


def f1(p, label, *, threshold=0.5):
    """2 hits / (2 hits + misses + false alarms) of each class.

    Args:
      p: probabilities, (n, n_classes).
      label: 1 where it is, 0 where not, alike.
      threshold: from which on it is said to be.

    Returns:
      (n_classes,); 0 for a class that neither is nor is said to be anywhere.
    """
    said, label = np.asarray(p) > threshold, np.asarray(label) > 0.5
    hits = (said & label).sum(axis=0)
    return 2.0 * hits / np.maximum(said.sum(axis=0) + label.sum(axis=0), 1)
