"""The recipe of the shipped WaveNet: `neural train wavenet --config tiny`.

Notes of four instruments (`neural.data.notes`), mu-law codes, a piano roll with
loudness as local and the instrument as global condition; Adam with a cosine from 4e-3,
gradients clipped to norm 1, and a running average of the parameters, which is what is
shipped.
"""

import functools

import jax
import optax

from dsplab.quantise import mu_law_encode
from neural.data import notes
from neural.notes import wavenet
from neural.optimization import clipped, init_state, schedule
from neural.recipes import told_notes
from neural.recipes.running import learn

ABOUT = {
    "idea": "one sample after another, by dilated causal convolutions",
    "paper": 'A. van den Oord et al., "WaveNet", 2016, arXiv:1609.03499',
    "minutes": 10,  # to train tiny on two cores
    "loss": "5.55 nats at the start (ln 256), 4.8 after 160 steps, 2.6 at the end",
    "figure": "nats a sample, held out",
}
N_STEPS = 3600
LEARNING_RATE = 4e-3
BATCH_SIZE = 4
CROP_SECONDS = 0.25
TEMPERATURE = 0.5  # clean, and as often in tune as any from 0.4 to 1
HELD_OUT_NATS = 2.553  # of the shipped checkpoint, on `held_out`


def optimizer(n_steps):
    """Adam, clipped, its rate falling on a cosine to 2 % over the run."""
    return clipped(optax.adam(schedule(LEARNING_RATE, n_steps)))


def encode(x, config):
    """Signals to mu-law codes."""
    return mu_law_encode(x, n_codes=config.n_codes)


def batch(
    seed,
    step,
    config,
    *,
    batch_size=BATCH_SIZE,
    seconds=CROP_SECONDS,
    test=False,
    part=slice(None),
):
    """Render and encode one batch, or a part of it: a function of seed and step."""
    return told_notes.batch(
        seed,
        step,
        config,
        functools.partial(encode, config=config),
        batch_size=batch_size,
        seconds=seconds,
        test=test,
        part=part,
    )


def held_out(config, n_notes=12):
    """Whole notes of the pairs never trained on, the same every time."""
    to_codes = functools.partial(encode, config=config)
    return told_notes.held_out(config, to_codes, n_notes=n_notes)


def held_out_nats(params, config, n_notes=12):
    """Cross-entropy in nats a sample on whole notes of pairs never trained on."""
    told = held_out(config, n_notes)
    return float(
        jax.jit(wavenet.loss, static_argnames="config")(params, config=config, **told)
    )


def train(config, run):
    """Train, and write the averaged parameters to folder/wavenet.ckpt.

    Args:
      config: a `wavenet.Config`.
      run: a `neural.recipes.running.Run`.

    Returns:
      Held-out nats a sample of what was written.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    rule = optimizer(run.n_steps)
    params = wavenet.init(jax.random.key(run.seed), config)

    def batches(step, *, part):
        return batch(run.seed, step, config, batch_size=run.batch_size, part=part)

    ema = learn(
        "wavenet",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            wavenet.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        batches,
        samples=functools.partial(listen, config=config),
    )
    return held_out_nats(ema, config)


def listen(state, config):
    """What the model sounds like so far: a note."""
    x = generate(state["ema"], config, duration=notes.DURATION)
    return {"note": (x, config.sample_rate)}


def generate(
    params, config, *, duration, seed=0, pitch=None, instrument=None, temperature=None
):
    """Play one note of a trained model.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds.
      seed: of the drawing.
      pitch: MIDI number; 60 if the model wants one and none is given.
      instrument: a name of `neural.data.notes.INSTRUMENTS`; likewise the first.
      temperature: see `wavenet.generate`; TEMPERATURE if None.

    Returns:
      Signal (n_samples,), float32.
    """
    return told_notes.play(
        wavenet.generate,
        params,
        config,
        duration=duration,
        temperature=TEMPERATURE if temperature is None else temperature,
        seed=seed,
        pitch=pitch,
        instrument=instrument,
    )
