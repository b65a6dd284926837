"""The recipe of the shipped WaveNet: `neural train wavenet --config tiny`.

Notes of four instruments (`neural.data.notes`), mu-law codes, a piano roll with
loudness as local and the instrument as global condition; Adam with a cosine from 4e-3,
gradients clipped to norm 1, and a running average of the parameters, which is what is
shipped.
"""

import functools

import jax
import numpy as np
import optax

from dsplab._arguments import one_of, positive
from dsplab.quantise import mu_law_encode
from neural.conditions import note_features
from neural.data import notes
from neural.notes import wavenet
from neural.optimization import clipped, init_state, schedule
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


def encode(batch, config):
    """From rendered notes to what `wavenet.loss` takes: codes, instrument, features."""
    conditions = {}
    if config.n_instruments:
        conditions["instrument"] = batch["instrument"]
    if config.n_features:
        pitch, loudness = batch["pitch"][:, None], batch["loudness"]
        conditions["features"] = note_features(pitch, loudness, config)
    return {"codes": mu_law_encode(batch["x"], n_codes=config.n_codes), **conditions}


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
    n_frames = round(seconds * config.sample_rate / config.hop_length)
    rendered = notes.batch(
        seed,
        step,
        batch_size=batch_size,
        n_samples=n_frames * config.hop_length,
        sample_rate=config.sample_rate,
        hop_length=config.hop_length,
        held_out=test,
        part=part,
    )
    return encode(rendered, config)


def held_out(config, n_notes=12):
    """Whole notes of the pairs never trained on, the same every time."""
    return batch(2026, 0, config, batch_size=n_notes, seconds=notes.DURATION, test=True)


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
    seconds = positive(duration, name="duration")
    pitch = 60.0 if pitch is None and config.n_features else pitch
    if config.n_instruments:
        name = one_of(instrument or notes.NAMES[0], notes.NAMES, name="instrument")
        instrument = notes.NAMES.index(name)
    x = wavenet.generate(
        params,
        jax.random.key(seed),
        n_samples=max(1, round(seconds * config.sample_rate)),
        config=config,
        pitch=pitch,
        instrument=instrument,
        temperature=TEMPERATURE if temperature is None else temperature,
    )
    return np.asarray(x[0])
