"""The recipe of the shipped WaveNet: `neural train wavenet --config tiny`.

Notes of four instruments (`neural.data.notes`), mu-law codes, pitch and loudness as
local and the instrument as global condition; Adam with a cosine from 4e-3,
gradients clipped to norm 1, and a running average of the parameters, which is what is
shipped.
"""

import functools

import optax

from dsplab.quantise import mu_law_encode
from neural.notes import wavenet
from neural.optimization import clipped, schedule
from neural.recipes import told_notes

ABOUT = {
    "idea": "one sample after another, by dilated causal convolutions",
    "paper": 'A. van den Oord et al., "WaveNet", 2016, arXiv:1609.03499',
    "minutes": 10,  # to train tiny on two cores
    "loss": "5.55 nats at the start (ln 256), 4.4 after 160 steps, 2.3 at the end",
    "figure": "nats a sample, held out",
}
N_STEPS = 3600
LEARNING_RATE = 4e-3
BATCH_SIZE = 4
CROP_SECONDS = 0.25
TEMPERATURE = 0.5  # clean, and as often in tune as 0.8
HELD_OUT_NATS = 2.416  # of the shipped checkpoint, on `held_out`

held_out = functools.partial(told_notes.held_out, encode=mu_law_encode)
held_out_nats = functools.partial(
    told_notes.held_out_nats, wavenet, encode=mu_law_encode
)
generate = functools.partial(told_notes.play, wavenet.generate, temperature=TEMPERATURE)


def batch(
    seed, step, config, *, batch_size=BATCH_SIZE, seconds=None, test=False, **part
):
    """Pieces of notes, see `told_notes.batch`."""
    options = {"encode": mu_law_encode, "batch_size": batch_size, "test": test}
    seconds = CROP_SECONDS if seconds is None else seconds
    return told_notes.batch(seed, step, config, seconds=seconds, **options, **part)


def optimizer(n_steps):
    """Adam, clipped, its rate falling on a cosine to 2 % over the run."""
    return clipped(optax.adam(schedule(LEARNING_RATE, n_steps)))


def train(config, run):
    """Train, see `told_notes.train`: held-out nats a sample."""
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    options = {"encode": mu_law_encode, "seconds": CROP_SECONDS, "generate": generate}
    rule = optimizer(run.n_steps)
    return told_notes.train("wavenet", wavenet, config, run, rule=rule, **options)
