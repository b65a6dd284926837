"""What the recipes of models that are told a note share: data, measures, playing.

WaveNet, SampleRNN and WaveRNN learn from the same notes (`neural.data.notes`), told
pitch, loudness and instrument in the same frames (`neural.conditions`), and are judged
alike: by nats on held-out pairs of instrument and pitch, and by whether what they play
has the pitch they were asked for.
"""

import functools

import jax
import numpy as np
import optax

from dsplab._arguments import one_of, positive
from dsplab.analysis.pitch import yin
from dsplab.convert import midi_to_hz
from neural.conditions import note_features
from neural.data import notes
from neural.optimization import init_state, schedule
from neural.recipes.running import learn


def batch(
    seed,
    step,
    config,
    *,
    encode,
    batch_size,
    seconds=None,
    test=False,
    part=slice(None),
):
    """Render and encode one batch, or a part of it: a function of seed and step.

    Args:
      seed: of the whole run.
      step: the batch's number.
      config: the model's: sample_rate, n_codes, hop_length, n_features, n_instruments.
      encode: signals to codes, n_codes= of them.
      batch_size: notes.
      seconds: of each, cut to whole frames; `whole_seconds` if None.
      test: draw from the pairs that are never trained on.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: codes, and what the model is told: instrument, features.
    """
    seconds = whole_seconds(config) if seconds is None else seconds
    rendered = notes.batch(
        seed,
        step,
        batch_size=batch_size,
        n_samples=round(seconds * config.sample_rate / config.hop_length)
        * config.hop_length,
        sample_rate=config.sample_rate,
        hop_length=config.hop_length,
        held_out=test,
        part=part,
    )
    codes = encode(rendered["x"], n_codes=config.n_codes)
    return {"codes": codes, **conditions(rendered, config)}


def conditions(rendered, config):
    """Instrument and features of rendered notes, as far as the model takes them."""
    told = {}
    if config.n_instruments:
        told["instrument"] = rendered["instrument"]
    if config.n_features:
        pitch, loudness = rendered["pitch"][:, None], rendered["loudness"]
        told["features"] = note_features(pitch, loudness, config)
    return told


def held_out(config, *, encode, n_notes=12):
    """Whole notes of the pairs never trained on, the same every time."""
    options = {"batch_size": n_notes, "seconds": notes.DURATION, "test": True}
    return batch(2026, 0, config, encode=encode, **options)


def held_out_nats(model, params, config, *, encode, n_notes=12):
    """Cross-entropy in nats a sample on whole notes of pairs never trained on."""
    loss = jax.jit(model.loss, static_argnames="config")
    told = held_out(config, encode=encode, n_notes=n_notes)
    nats = loss(params, config=config, **told)
    return float(nats[0] if isinstance(nats, tuple) else nats)  # some carry a state


def whole_seconds(config):
    """Length of a note in whole pieces of config.n_truncated samples, in seconds."""
    length = round(notes.DURATION * config.sample_rate)
    pieces = max(1, length // config.n_truncated)
    return pieces * config.n_truncated / config.sample_rate


def train(name, model, config, run, *, rule, encode, generate, seconds=None):
    """Train a model on notes, and write its averaged parameters to folder/NAME.ckpt.

    Args:
      name: of the model, as in `neural.MODELS`.
      model: its module.
      config: its sizes.
      run: a `neural.recipes.running.Run`, filled.
      rule: from optax.
      encode: see `batch`.
      generate: the recipe's; the run folder keeps a note.
      seconds: see `batch`.

    Returns:
      Held-out nats a sample of what was written.
    """
    options = {"encode": encode, "batch_size": run.batch_size, "seconds": seconds}

    def batches(step, *, part):
        return batch(run.seed, step, config, part=part, **options)

    def listen(state):
        x = generate(state["ema"], config, duration=notes.DURATION)
        return {"note": (x, config.sample_rate)}

    params = model.init(jax.random.key(run.seed), config)
    options_of_step = {"config": config, "optimizer": rule, "dtype": run.dtype}
    kept = learn(
        name,
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(model.train_step, **options_of_step),
        batches,
        samples=listen,
    )
    return held_out_nats(model, kept, config, encode=encode)


def rule_through_time(config, n_steps, learning_rate):
    """Adam for truncated back-propagation: a step for each piece of a note.

    Gradients are clipped to +-1 element by element; the rate falls to 2 % on a cosine
    over the run.
    """
    pieces = round(whole_seconds(config) * config.sample_rate) // config.n_truncated
    rate = schedule(learning_rate, n_steps * pieces)
    return optax.chain(optax.clip(1.0), optax.adam(rate))


def play(
    sample,
    params,
    config,
    *,
    duration,
    temperature,
    seed=0,
    pitch=None,
    instrument=None,
):
    """Play one note of a trained model.

    Args:
      sample: the model's `generate`.
      params: from training or `neural.pretrained`.
      config: the model's.
      duration: seconds.
      temperature: see the model.
      seed: of the drawing.
      pitch: MIDI number; 60 if the model wants one and none is given.
      instrument: a name of `neural.data.notes.INSTRUMENTS`; likewise the first.

    Returns:
      Signal (n_samples,), float32.
    """
    seconds = positive(duration, name="duration")
    pitch = 60.0 if pitch is None and config.n_features else pitch
    if config.n_instruments:
        name = one_of(instrument or notes.NAMES[0], notes.NAMES, name="instrument")
        instrument = notes.NAMES.index(name)
    x = sample(
        params,
        jax.random.key(seed),
        n_samples=max(1, round(seconds * config.sample_rate)),
        config=config,
        pitch=pitch,
        instrument=instrument,
        temperature=temperature,
    )
    return np.asarray(x[0])


def cents_off(x, pitch, sample_rate, *, octaves=False):
    """How far notes are from the pitch they should have.

    Args:
      x: (n, n_samples), each note's onset at its beginning.
      pitch: MIDI numbers, (n,).
      sample_rate: Hz.
      octaves: whether a wrong octave is an error.

    Returns:
      Cents, (n,), of the median of YIN's f0 from a tenth of a second on; infinity for
      a note without pitch.
    """
    steady = np.asarray(x, dtype=float)[:, round(0.1 * sample_rate) :]
    f0 = yin(steady, sample_rate=sample_rate).f0
    voiced = np.isfinite(f0).any(axis=-1)
    f0 = np.where(voiced[:, None], f0, 1.0)
    cents = 1200 * np.log2(np.nanmedian(f0, axis=-1) / midi_to_hz(np.asarray(pitch)))
    off = np.abs(cents if octaves else (cents + 600) % 1200 - 600)
    return np.where(voiced, off, np.inf)


def played_pairs(
    sample, params, config, *, temperature, times=4, seconds=0.5, test=True, seed=1
):
    """Notes that a model plays of held-out pairs (or of the others), and their pitches.

    Args:
      sample: the model's `generate`.
      params: from training or `neural.pretrained`.
      config: the model's.
      temperature: see the model.
      times: how often each pair is played.
      seconds: of each note.
      test: the pairs that are never trained on, or those that are.
      seed: of the drawing.

    Returns:
      x (n, n_samples) and pitch (n,).
    """
    pairs = np.array(notes.pairs(held_out=test) * times)
    x = sample(
        params,
        jax.random.key(seed),
        n_samples=round(seconds * config.sample_rate),
        config=config,
        pitch=pairs[:, 1].astype(float),
        instrument=pairs[:, 0],
        temperature=temperature,
    )
    return np.asarray(x), pairs[:, 1]
