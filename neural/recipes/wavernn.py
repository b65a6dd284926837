"""The recipe of the shipped WaveRNN: `neural train wavernn --config tiny`.

Whole notes of four instruments (`neural.recipes.told_notes`) in codes of equal steps;
truncated back-propagation, a step of Adam for each twentieth of a second of sound, and
a running average of the parameters, which is what is shipped.
"""

import functools

import numpy as np

from dsplab.quantise import uniform_encode
from neural.evaluation.entropy import bigram_entropy, unigram_entropy
from neural.notes import wavernn
from neural.recipes import told_notes

ABOUT = {
    "idea": "one recurrent layer; a sample's bits in two halves, coarse and fine",
    "paper": 'N. Kalchbrenner et al., "Efficient Neural Audio Synthesis", 2018, '
    "arXiv:1802.08435",
    "minutes": 6,  # to train tiny on two cores
    "loss": "8.32 nats at the start (ln 4096), 6.2 after 40 steps, 5.1 at the end",
    "figure": "nats a sample, held out",
}
N_STEPS = 400  # batches of whole notes: 15 steps of gradient descent each
LEARNING_RATE = 4e-3
BATCH_SIZE = 8
TEMPERATURE = 0.7  # of 0.5, 0.7 and 0.9 the one oftenest in tune, on pairs trained on
HELD_OUT_NATS = 5.561  # of the shipped checkpoint, on `held_out`

batch = functools.partial(
    told_notes.batch, encode=uniform_encode, batch_size=BATCH_SIZE
)
held_out = functools.partial(told_notes.held_out, encode=uniform_encode)
held_out_nats = functools.partial(
    told_notes.held_out_nats, wavernn, encode=uniform_encode
)
generate = functools.partial(told_notes.play, wavernn.generate, temperature=TEMPERATURE)


def yardstick(codes, config):
    """Nats a sample of counting: a bigram of the coarse half, then the fine given it.

        H(c[t] | c[t-1]) + H(f[t] | c[t])

    Frequencies are counted on the codes themselves, as in `neural.evaluation.entropy`.
    """
    coarse, _ = wavernn.split(np.asarray(codes), config)
    both = unigram_entropy(codes, n_codes=config.n_codes)
    fine = both - unigram_entropy(coarse, n_codes=config.n_half)
    return bigram_entropy(coarse, n_codes=config.n_half) + fine


def train(config, run):
    """Train, see `told_notes.train`: held-out nats a sample."""
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    rule = told_notes.rule_through_time(config, run.n_steps, LEARNING_RATE)
    options = {"rule": rule, "encode": uniform_encode, "generate": generate}
    return told_notes.train("wavernn", wavernn, config, run, **options)
