"""The recipe of the shipped classifier of families: `neural train family-classifier`.

Notes of other instruments than it is tested with, nine tenths of their keys, disturbed
as `neural.data.excerpts` says; AdamW with a cosine from 4e-3, gradients clipped to norm
1, dropout, and a running average of the parameters, which is what is shipped. The notes
are those of `pitch_classifier`:

    neural train family-classifier --notes notes/general_midi notes/fluid

Families are meanings, not properties of a sound: nothing but having heard many of its
instruments tells that a sound is a "keyboard". Held-out instruments are therefore hard,
and `confusion` says what is taken for what.
"""

import functools

import jax
import numpy as np
import optax

from neural.classifiers import family
from neural.data import excerpts
from neural.data.nsynth import FAMILIES
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "which of NSynth's families a note is of: a picture, through small filters",
    "paper": 'M. Won et al., "Evaluation of CNN-based ...", 2020, arXiv:2006.00751',
    "minutes": 5,  # to train tiny on two cores
    "loss": "2.4 nats at the start (ln 11), 1.8 after 130 steps, .9 at the end",
    "figure": "of the held-out instruments' notes in the right family",
    "accuracy": "right for 76 % of the notes at keys that it did not hear of "
    "instruments that it did (the nearest in mel statistics: 69 %), for 45 % of those "
    "of 22 instruments that it never heard (28 %) and 58 % of 22 others (41 %)",
}
N_STEPS, BATCH_SIZE, LEARNING_RATE = 1500, 32, 4e-3


def batch(pool, seed, step, *, config, batch_size, part=slice(None)):
    """Read, disturb and picture the notes of one step: what `family.loss` takes."""
    notes = excerpts.batch(
        pool,
        seed,
        step,
        batch_size=batch_size,
        n_samples=round(config.duration * config.sample_rate),
        sample_rate=config.sample_rate,
        part=part,
    )
    picture = family.picture(notes["x"], config)
    return {"picture": picture, "label": notes["family"], "dice": notes["dice"]}


def train(config, run):
    """Train, and write the averaged parameters to folder/family-classifier.ckpt.

    Args:
      config: a `family.Config`.
      run: a `neural.recipes.running.Run`, with folders of notes.

    Returns:
      Accuracy on nsynth-test of those folders.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    pool, _ = excerpts.parted_by_pairs(excerpts.open_pool(run.notes, split="train"))
    rule = clipped(optax.adamw(schedule(LEARNING_RATE, run.n_steps), weight_decay=1e-3))
    params = family.init(jax.random.key(run.seed), config)
    ema = learn(
        "family-classifier",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            family.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        functools.partial(
            batch, pool, run.seed, config=config, batch_size=run.batch_size
        ),
    )
    return accuracy(confusion(ema, config, excerpts.open_pool(run.notes, split="test")))


def confusion(params, config, pool, **excerpt):
    """What is taken for what: how many notes of each family, (its own, heard as).

    Args:
      params: of the classifier.
      config: its.
      pool: `excerpts.Pool`.
      **excerpt: sample_rate, seconds and every, see `excerpts.short_notes`.
    """
    counts = np.zeros((len(FAMILIES), len(FAMILIES)), int)
    for x, rows, sample_rate in excerpts.short_notes(pool, **excerpt):
        p = family.probabilities(params, x, sample_rate, config)
        np.add.at(counts, (pool.family[rows], p.argmax(axis=1)), 1)
    return counts


def accuracy(counts):
    """Share on the diagonal of a table from `confusion`.

    >>> accuracy(np.array([[3, 1], [0, 4]]))
    0.875
    """
    return float(np.trace(counts) / counts.sum())
