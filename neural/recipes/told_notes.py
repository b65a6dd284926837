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
    encode,
    *,
    batch_size,
    seconds,
    test=False,
    part=slice(None),
):
    """Render and encode one batch, or a part of it: a function of seed and step.

    Args:
      seed: of the whole run.
      step: the batch's number.
      config: the model's: sample_rate, hop_length, n_features, n_instruments.
      encode: signals to codes.
      batch_size: notes.
      seconds: of each, cut to whole frames.
      test: draw from the pairs that are never trained on.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      dict: codes, and what the model is told: instrument, features.
    """
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
    return {"codes": encode(rendered["x"]), **conditions(rendered, config)}


def conditions(rendered, config):
    """Instrument and features of rendered notes, as far as the model takes them."""
    told = {}
    if config.n_instruments:
        told["instrument"] = rendered["instrument"]
    if config.n_features:
        pitch, loudness = rendered["pitch"][:, None], rendered["loudness"]
        told["features"] = note_features(pitch, loudness, config)
    return told


def held_out(config, encode, *, n_notes=12):
    """Whole notes of the pairs never trained on, the same every time."""
    options = {"batch_size": n_notes, "seconds": notes.DURATION, "test": True}
    return batch(2026, 0, config, encode, **options)


def whole_seconds(config):
    """Length of a note in whole pieces of config.n_truncated samples, in seconds."""
    length = round(notes.DURATION * config.sample_rate)
    pieces = max(1, length // config.n_truncated)
    return pieces * config.n_truncated / config.sample_rate


def train_through_time(name, model, config, run, *, batch, learning_rate, samples):
    """Train a recurrent model on whole notes, by truncated back-propagation.

    Adam, gradients clipped to +-1 element by element, its rate falling to 2 % on a
    cosine over the run.

    Args:
      name: of the model, as in `neural.MODELS`.
      model: its module.
      config: its sizes.
      run: a `neural.recipes.running.Run`, filled.
      batch: (seed, step, config, batch_size=, part=) to a batch of whole notes.
      learning_rate: at the start.
      samples: see `running.learn`.

    Returns:
      The averaged parameters, which are written to folder/NAME.ckpt.
    """
    pieces = round(whole_seconds(config) * config.sample_rate) // config.n_truncated
    rate = schedule(learning_rate, run.n_steps * pieces)
    rule = optax.chain(optax.clip(1.0), optax.adam(rate))
    params = model.init(jax.random.key(run.seed), config)

    def batches(step, *, part):
        return batch(run.seed, step, config, batch_size=run.batch_size, part=part)

    return learn(
        name,
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            model.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        batches,
        samples=samples,
    )


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
