"""The recipe of the shipped style classifier: `neural train loop-style --loops FOLDER`.

Bars of drums from `data_scripts.render_loops`; each picture is moved by a few frames,
and its bands are raised and lowered by chance, as another microphone would. Adam with a
cosine from 3e-3, dropout, and a running average of the parameters, which is shipped.
"""

import dataclasses
import functools

import jax
import numpy as np
import optax

from neural.classifiers import loop_style
from neural.data import labelled
from neural.data.order import draws
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "which style is a drum loop? small filters over a mel picture of a bar",
    "paper": 'T. Hung et al., "A Benchmarking Initiative for Audio-Domain Music '
    'Generation Using the Freesound Loop Dataset", 2021, arXiv:2108.01576',
    "accuracy": "names the style of 99.8 % of 420 loops that it did not learn from; "
    "least squares on the mean and deviation of mel bands 75.2 %, chance 7.1 %",
    "minutes": 2,  # to train tiny on two cores
    "loss": "2.6 nats at the start (ln 14), 0.1 after 300 steps, 0.02 at the end",
    "figure": "of the loops of the split test are of the style said",
}
MEL_STATISTICS = 0.752  # accuracy of a simple baseline, on the same test
N_STEPS = 800
LEARNING_RATE = 3e-3
BATCH_SIZE = 32
MOVED = 2  # frames, at most
TILT = 0.06  # deviation of the change from band to band: 1.2 dB


def train(config, run):
    """Train, and write folder/loop-style.ckpt.

    Args:
      config: a `loop_style.Config`; its classes are replaced by the folder's styles.
      run: a `running.Run`; `run.loops` holds a table with `style` and `split`.

    Returns:
      Accuracy on the split test.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    sounds = _open(run.loops, config, "train")
    names = {"classes": sounds.classes, "n_classes": len(sounds.classes)}
    config = dataclasses.replace(config, **names)
    pictures = _pictures(sounds, config)
    warmup = min(50, run.n_steps // 4)
    rule = clipped(optax.adam(schedule(LEARNING_RATE, run.n_steps, warmup=warmup)))
    update = functools.partial(
        loop_style.train_step, config=config, optimizer=rule, dtype=run.dtype
    )

    def batches(step, part):
        chosen = {"batch_size": run.batch_size, "part": part}
        return _batch(pictures, sounds.label, run.seed, step, **chosen)

    params = loop_style.init(jax.random.key(run.seed), config)
    state = init_state(params, rule, dtype=run.dtype)
    params = learn("loop-style", config, run, state, update, batches)
    return accuracy(params, config, _open(run.loops, config, "test"))


def _open(folder, config, split):
    rate = config.sample_rate
    return labelled.open_labelled(folder, label="style", sample_rate=rate, split=split)


def _pictures(sounds, config):
    """What the network sees of each loop, (n, frames, bands), in memory."""
    n = len(sounds.names)
    seen = [loop_style.picture(labelled.rows(sounds, [k]), config) for k in range(n)]
    return np.concatenate(seen)


def _batch(pictures, label, seed, step, **chosen):
    rows = draws(len(pictures), seed, step, **chosen)
    return {
        "picture": np.stack([_changed(pictures[d.row], d.rng) for d in rows]),
        "label": label[[d.row for d in rows]],
        "dice": np.array([d.rng.integers(2**32) for d in rows], np.uint32),
    }


def _changed(picture, rng):
    """The picture somewhat earlier or later, through another microphone."""
    tilt = np.cumsum(rng.normal(0.0, TILT, picture.shape[1])).astype(picture.dtype)
    return np.roll(picture, rng.integers(-MOVED, MOVED + 1), axis=0) + tilt


def accuracy(params, config, sounds):
    """Which part of labelled loops the network names rightly."""
    x = labelled.rows(sounds, range(len(sounds.names)))
    p = loop_style.probabilities(params, x, sounds.sample_rate, config)
    said = np.array(config.classes)[p.argmax(axis=1)]
    return float((said == np.array(sounds.classes)[sounds.label]).mean())
