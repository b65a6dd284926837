"""The recipe of the shipped pitch classifier: `neural train pitch-classifier`.

Notes of other instruments than it is tested with, disturbed as `neural.data.excerpts`
says; Adam with a cosine from 3e-3, gradients clipped to norm 1, and a running average
of the parameters, which is what is shipped. It was trained on two sets of
`data_scripts.render_notes` (keys 36 to 84, velocities 50 and 100): one of the project's
own General MIDI bank, one of Debian's FluidR3_GM:

    neural train pitch-classifier --notes notes/general_midi notes/fluid
"""

import functools

import jax
import numpy as np
import optax

from neural.classifiers import pitch
from neural.data import excerpts
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "which key was played: a stack of harmonics, the same for each key",
    "paper": "none; in the place of GANSynth's unpublished one, arXiv:1902.08710",
    "minutes": 3,  # to train tiny on two cores
    "loss": "4.48 nats at the start (ln 88), 0.06 after 100 steps, 0.02 at the end",
    "figure": "of the held-out instruments' notes at the right pitch",
    "accuracy": "right for all notes (keys 36 to 84) of 22 instruments that it never "
    "heard, and for 89.5 % of those of 22 others, where it errs on 4 of the 10 "
    "synthetic leads and pads (one of them sounds a fifth as well)",
}
N_STEPS, BATCH_SIZE, LEARNING_RATE = 300, 32, 3e-3


def pool_of(folders, config, split):
    """Notes of one split that the classifier has a key for."""
    highest = config.lowest_pitch + config.n_pitches - 1
    pitches = (config.lowest_pitch, highest)
    return excerpts.open_pool(folders, split=split, pitches=pitches)


def batch(pool, seed, step, *, config, batch_size, part=slice(None)):
    """Read, disturb and picture the notes of one step: what `pitch.loss` takes."""
    notes = excerpts.batch(
        pool,
        seed,
        step,
        batch_size=batch_size,
        n_samples=round(config.duration * config.sample_rate),
        sample_rate=config.sample_rate,
        part=part,
    )
    picture = pitch.picture(notes["x"], config)
    return {"picture": picture, "label": notes["pitch"] - config.lowest_pitch}


def train(config, run):
    """Train, and write the averaged parameters to folder/pitch-classifier.ckpt.

    Args:
      config: a `pitch.Config`.
      run: a `neural.recipes.running.Run`, with folders of notes.

    Returns:
      Accuracy on nsynth-test of those folders.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    pool = pool_of(run.notes, config, "train")
    rule = clipped(optax.adam(schedule(LEARNING_RATE, run.n_steps)))
    state = init_state(
        pitch.init(jax.random.key(run.seed), config), rule, dtype=run.dtype
    )
    ema = learn(
        "pitch-classifier",
        config,
        run,
        state,
        functools.partial(
            pitch.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        functools.partial(
            batch, pool, run.seed, config=config, batch_size=run.batch_size
        ),
    )
    return accuracy(ema, config, pool_of(run.notes, config, "test"))


def accuracy(params, config, pool, **excerpt):
    """Share of a pool's notes whose likeliest pitch is their own.

    Args:
      params: of the classifier.
      config: its.
      pool: `excerpts.Pool`.
      **excerpt: sample_rate, seconds and every, see `excerpts.short_notes`.
    """
    right = [
        pitch.probabilities(params, x, sample_rate, config).argmax(axis=1)
        == pool.pitch[rows] - config.lowest_pitch
        for x, rows, sample_rate in excerpts.short_notes(pool, **excerpt)
    ]
    return float(np.concatenate(right).mean())
