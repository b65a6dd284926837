"""The recipe of the shipped SampleRNN: `neural train samplernn --config tiny`.

Whole notes of four instruments (`neural.recipes.told_notes`) in codes of equal steps;
truncated back-propagation, a step of Adam for each twentieth of a second of sound,
gradients clipped element by element as in the authors' code, and a running average of
the parameters, which is what is shipped.
"""

import functools

import jax

from dsplab.quantise import uniform_encode
from neural.data import notes
from neural.notes import samplernn
from neural.recipes import told_notes

ABOUT = {
    "idea": "memories at several clocks, the slowest hears the longest",
    "paper": 'S. Mehri et al., "SampleRNN", 2017, arXiv:1612.07837',
    "minutes": 4,  # to train tiny on two cores
    "loss": "5.55 nats at the start (ln 256), 3.6 after 90 steps, 2.9 at the end",
    "figure": "nats a sample, held out",
}
N_STEPS = 240  # batches of whole notes: 15 steps of gradient descent each
LEARNING_RATE = 3e-3
BATCH_SIZE = 8
TEMPERATURE = 0.5  # as often in tune as any from 0.3 to 0.9, on pairs trained on
HELD_OUT_NATS = 3.412  # of the shipped checkpoint, on `held_out`


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
    nats = jax.jit(samplernn.loss, static_argnames="config")
    told = held_out(config, n_notes=n_notes)
    return float(nats(params, config=config, **told)[0])


def train(config, run):
    """Train, and write the averaged parameters to folder/samplernn.ckpt.

    Args:
      config: a `samplernn.Config`.
      run: a `neural.recipes.running.Run`.

    Returns:
      Held-out nats a sample of what was written.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    kept = told_notes.train_through_time(
        "samplernn",
        samplernn,
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
        samplernn.generate,
        params,
        config,
        duration=duration,
        seed=seed,
        pitch=pitch,
        instrument=instrument,
        temperature=TEMPERATURE if temperature is None else temperature,
    )
