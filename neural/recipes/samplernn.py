"""The recipe of the shipped SampleRNN: `neural train samplernn --config tiny`.

Whole notes of four instruments (`neural.recipes.told_notes`) in codes of equal steps;
truncated back-propagation, a step of Adam for each twentieth of a second of sound,
gradients clipped element by element as in the authors' code, and a running average of
the parameters, which is what is shipped.
"""

import functools

from dsplab.quantise import uniform_encode
from neural.notes import samplernn
from neural.recipes import told_notes

ABOUT = {
    "idea": "memories at several clocks, the slowest hears the longest",
    "paper": 'S. Mehri et al., "SampleRNN", 2017, arXiv:1612.07837',
    "minutes": 4,  # to train tiny on two cores
    "loss": "5.55 nats at the start (ln 256), 3.6 after 90 steps, 2.9 at the end",
    "figure": "nats a sample, held out",
}
N_STEPS = 400  # batches of whole notes: 15 steps of gradient descent each
LEARNING_RATE = 3e-3
BATCH_SIZE = 8
TEMPERATURE = 0.7  # of 0.5 and 0.7 the one oftener in tune, on pairs set aside
HELD_OUT_NATS = 3.153  # of the shipped checkpoint, on `held_out`

batch = functools.partial(
    told_notes.batch, encode=uniform_encode, batch_size=BATCH_SIZE
)
held_out = functools.partial(told_notes.held_out, encode=uniform_encode)
held_out_nats = functools.partial(
    told_notes.held_out_nats, samplernn, encode=uniform_encode
)
generate = functools.partial(
    told_notes.play, samplernn.generate, temperature=TEMPERATURE
)


def train(config, run):
    """Train, see `told_notes.train`: held-out nats a sample."""
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    rule = told_notes.rule_through_time(config, run.n_steps, LEARNING_RATE)
    options = {"rule": rule, "encode": uniform_encode, "generate": generate}
    return told_notes.train("samplernn", samplernn, config, run, **options)
