"""The recipe of the shipped embedding of words and sounds: `neural train clap`.

Notes of the General MIDI bank, two octaves, each step's of different instruments, so
that no two captions of a batch mean the same; captions drawn anew each time
(`neural.data.captions`). AdamW, a cosine, and a running average of the parameters.

    python -m data_scripts.render_notes notes --sound-font dsplab/banks/general_midi.sf2
    neural train clap --notes notes

**Held out**: the instruments of nsynth-valid and nsynth-test, with captions that do not
say their titles. Of all their notes' captions, is the own one the nearest?
"""

import functools
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from neural.classifiers import clap
from neural.classifiers.hearing import notes_heard
from neural.data import captions, note_set
from neural.data.order import generator
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "words and sounds as points of one space: text to instrument, and back",
    "paper": 'Y. Wu et al., "Large-Scale CLAP ...", 2023, arXiv:2211.06687',
    "minutes": 2,  # to train tiny on two cores
    "loss": "3.7 nats at the start (ln 40)",
    "figure": "of unheard instruments' notes, own caption nearer than another's",
}
PITCHES = (48, 72)
VELOCITIES = (50, 100)
N_STEPS, BATCH_SIZE, LEARNING_RATE = 700, 40, 3e-3
AT_ONCE = 64


class Material(NamedTuple):
    """Notes, what they look like, and how bright they are.

    notes: `NoteSet`; picture: (n, frames, bands) float32; bright: (n,).
    """

    notes: Any
    picture: np.ndarray
    bright: np.ndarray


def load(folders, config, *, split="train"):
    """Read notes and look at them: `Material`.

    Args:
      folders: that `neural.data.note_set.load` reads.
      config: a `clap.Config`.
      split: "train", "valid" or "test": no instrument is in two of them.
    """
    notes = note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=round(config.duration * config.sample_rate),
        split=split,
        pitches=PITCHES,
        velocities=VELOCITIES,
    )
    parts = [notes.x[i : i + AT_ONCE] for i in range(0, len(notes.x), AT_ONCE)]
    seen = [
        clap.picture(notes_heard(x, notes.sample_rate, config), config) for x in parts
    ]
    return Material(notes, np.concatenate(seen), captions.brightness(notes))


def batch(material, seed, step, *, config, batch_size=BATCH_SIZE, part=slice(None)):
    """Pictures and captions of notes of different instruments, as far as there are.

    What is drawn is a function of seed and step; `part` takes rows of it.
    """
    rng = generator(seed, step)
    instruments = np.unique(material.notes.instrument)
    chosen = rng.permutation(instruments)
    chosen = np.resize(chosen, batch_size)
    rows = [rng.choice(np.flatnonzero(material.notes.instrument == k)) for k in chosen]
    texts = [
        captions.caption(material.notes, row, material.bright[row], rng) for row in rows
    ]
    words, weights = clap.bags(texts[part], config)
    return {"picture": material.picture[rows[part]], "rows": words, "weights": weights}


def train(config, run):
    """Train, and write the averaged parameters to folder/clap.ckpt.

    Args:
      config: a `clap.Config`.
      run: a `neural.recipes.running.Run`, with folders of notes.

    Returns:
      Percent of `told_apart`, of the instruments of nsynth-test.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    material = load(run.notes, config)
    rule = clipped(
        optax.adamw(schedule(LEARNING_RATE, run.n_steps, warmup=20), weight_decay=0.01)
    )
    params = clap.init(jax.random.key(run.seed), config)
    kept = learn(
        "clap",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            clap.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        functools.partial(
            batch, material, run.seed, config=config, batch_size=run.batch_size
        ),
    )
    return 100.0 * told_apart(kept, config, load(run.notes, config, split="test"))


def similarities(params, config, material):
    """How near each note is to each different caption of the set.

    Returns:
      (n, n_captions) cosines, and the number of each note's own caption, (n,).
    """
    notes = material.notes
    texts = [
        captions.caption(notes, row, bright)
        for row, bright in enumerate(material.bright)
    ]
    different, own = np.unique(texts, return_inverse=True)
    heard = clap.embed(params, notes.x, notes.sample_rate, config)
    return heard @ clap.read(params, different, config).T, own


def told_apart(params, config, material):
    """Share of pairs of a note and another's caption where the own one is nearer.

    By chance it is a half.
    """
    near, own = similarities(params, config, material)
    mine = near[np.arange(len(own)), own]
    share = (near < mine[:, None]).sum(axis=1) / (near.shape[1] - 1)
    return float(share.mean())


def nearest(params, config, material):
    """Share of notes whose own caption is the nearest of all, and that by chance."""
    near, own = similarities(params, config, material)
    return float(np.mean(near.argmax(axis=1) == own)), 1.0 / near.shape[1]
