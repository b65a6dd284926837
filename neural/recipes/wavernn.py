"""The recipe of the shipped WaveRNN: `neural train wavernn --config tiny`.

Whole notes of four instruments (`neural.recipes.told_notes`) in codes of equal steps;
truncated back-propagation, a step of Adam for each twentieth of a second of sound, and
a running average of the parameters, which is what is shipped.
"""

import functools

import jax
import numpy as np

from dsplab.quantise import uniform_encode
from neural.data import notes
from neural.evaluation.entropy import bigram_entropy, unigram_entropy
from neural.notes import wavernn
from neural.recipes import told_notes

ABOUT = {
    "idea": "one recurrent layer; a sample's bits in two halves, coarse and fine",
    "paper": 'N. Kalchbrenner et al., "Efficient Neural Audio Synthesis", 2018, '
    "arXiv:1802.08435",
    "minutes": 4,  # to train tiny on two cores
    "loss": "8.32 nats at the start (ln 4096), 6.2 after 40 steps, 5.3 at the end",
    "figure": "nats a sample, held out",
}
N_STEPS = 300  # batches of whole notes: 15 steps of gradient descent each
LEARNING_RATE = 4e-3
BATCH_SIZE = 8
TEMPERATURE = 0.5  # as often in tune as any from 0.3 to 0.9, on pairs trained on
HELD_OUT_NATS = 5.741  # of the shipped checkpoint, on `held_out`


def encode(x, config):
    """Signals to codes of equal steps."""
    return uniform_encode(x, n_codes=config.n_codes)


def batch(seed, step, config, *, batch_size=BATCH_SIZE, test=False, part=slice(None)):
    """Render and encode whole notes, or a part of them: a function of seed and step."""
    return told_notes.batch(
        seed,
        step,
        config,
        functools.partial(encode, config=config),
        batch_size=batch_size,
        seconds=told_notes.whole_seconds(config),
        test=test,
        part=part,
    )


def held_out(config, *, n_notes=12):
    """Whole notes of the pairs never trained on, the same every time."""
    to_codes = functools.partial(encode, config=config)
    return told_notes.held_out(config, to_codes, n_notes=n_notes)


def held_out_nats(params, config, *, n_notes=12):
    """Cross-entropy in nats a sample on whole notes of pairs never trained on."""
    nats = jax.jit(wavernn.loss, static_argnames="config")
    told = held_out(config, n_notes=n_notes)
    return float(nats(params, config=config, **told)[0])


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
    """Train, and write the averaged parameters to folder/wavernn.ckpt.

    Args:
      config: a `wavernn.Config`.
      run: a `neural.recipes.running.Run`.

    Returns:
      Held-out nats a sample of what was written.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    kept = told_notes.train_through_time(
        "wavernn",
        wavernn,
        config,
        run,
        batch=batch,
        learning_rate=LEARNING_RATE,
        samples=functools.partial(listen, config=config),
    )
    return held_out_nats(kept, config)


def listen(state, config):
    """What the model sounds like so far: a note."""
    x = generate(state["ema"], config, duration=notes.DURATION)
    return {"note": (x, config.sample_rate)}


def generate(
    params, config, *, duration, seed=0, pitch=None, instrument=None, temperature=None
):
    """Play one note of a trained model, see `told_notes.play`."""
    return told_notes.play(
        wavernn.generate,
        params,
        config,
        duration=duration,
        seed=seed,
        pitch=pitch,
        instrument=instrument,
        temperature=TEMPERATURE if temperature is None else temperature,
    )
