"""The recipe of the shipped GANSynth: `neural train gansynth --config tiny`.

Acoustic and electric instruments of the notes that `data_scripts.render_notes` has made
of the General MIDI bank, the two octaves from middle C; Adam without momentum, for both
networks the same, and a running average of the generator, which is what is shipped.

    python -m data_scripts.render_notes notes --sound-font dsplab/banks/general_midi.sf2
    python -m neural train gansynth --notes notes

**Held out.** A generated note has no true one to be compared with. `in_tune` listens to
its sound; `bench/gansynth.py` compares the whole set with instruments never heard.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsplab._arguments import positive
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import midi_to_hz
from dsplab.resampling import resample
from neural.adversarial import init_state
from neural.data import note_set
from neural.data.nsynth import HELD
from neural.instruments import Instrument
from neural.latents import between
from neural.notes import gansynth
from neural.optimization import schedule
from neural.recipes.running import learn
from neural.spectrogram_pictures import drawn

ABOUT = {
    "idea": "whole notes as pictures of loudness and frequency, by a growing GAN",
    "paper": 'J. Engel et al., "GANSynth", ICLR 2019, arXiv:1902.08710',
    "minutes": 10,  # to train tiny on two cores
    "loss": "32 at the start (10 ln 25), then a game: it tells little",
    "figure": "of 100 notes in tune, within 50 cents of the pitch asked for",
}
N_STEPS = 9000
LEARNING_RATE = 2e-3
BATCH_SIZE = 8
EMA_DECAY = 0.995
IN_TUNE = 0.85  # share of the 100 notes that `train` listens to, of the shipped one
LISTENED_AT = 16000  # Hz: where periods of high notes are measured finely


def optimizers(n_steps):
    """Adam for both networks: no momentum, as is good in a game that turns.

    The rate is kept for the first half of the steps, then falls on a cosine to 5 %.
    """
    half = n_steps // 2
    falling = schedule(LEARNING_RATE, max(n_steps - half, 1), end=0.05)
    rate = optax.join_schedules([lambda step: LEARNING_RATE, falling], [half])
    rule = optax.adam(rate, b1=0.0, b2=0.99)
    return rule, rule


def load(folders, config, *, split):
    """Notes that the model can learn: its pitches, no synthetic sources."""
    highest = config.lowest_pitch + config.n_pitches - 1
    notes = note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=config.n_samples,
        split=split,
        pitches=(config.lowest_pitch, highest),
    )
    return note_set.rows_of(notes, notes.source < 2)


def batch(notes, seed, step, config, *, batch_size=BATCH_SIZE, part=slice(None)):
    """Real notes, drawn, and what fakes are to be made of.

    Fakes are asked for the pitches of other notes of the set, so that D cannot tell
    them by how frequent a pitch is.
    """
    taken = note_set.batch(notes, seed, step, batch_size=batch_size, part=part)
    rng = np.random.default_rng((seed, step, 1))
    z = rng.standard_normal((batch_size, config.n_latent), np.float32)
    asked = notes.pitch[rng.integers(len(notes.x), size=batch_size)]
    seeds = rng.integers(2**31, size=batch_size, dtype=np.uint32)
    pictures = np.asarray(_drawn(taken["x"], config))
    fakes = {"z": z[part], "asked": asked[part], "seed": seeds[part]}
    return {"x": pictures, "pitch": taken["pitch"], **fakes}


_drawn = jax.jit(drawn, static_argnames="config")


def train(config, run, *, change=None):
    """Train, and write the generator's average to folder/gansynth.ckpt.

    Args:
      config: a `gansynth.Config`.
      run: a `neural.recipes.running.Run`, with notes.
      change: what is done to the notes before, a function of a `NoteSet`.

    Returns:
      How many of 100 generated notes are in tune.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    notes = load(run.notes, config, split="train")
    notes = change(notes) if change else notes
    rules = optimizers(run.n_steps)
    keys = jax.random.split(jax.random.key(run.seed))
    state = init_state(
        gansynth.init(keys[0], config),
        gansynth.init_discriminator(keys[1], config),
        rules,
        dtype=run.dtype,
    )
    update = functools.partial(
        gansynth.train_step,
        config=config,
        optimizers=rules,
        ema_decay=EMA_DECAY,
        dtype=run.dtype,
    )

    def batches(step, *, part):
        return batch(
            notes, run.seed, step, config, batch_size=run.batch_size, part=part
        )

    params = learn(
        "gansynth",
        config,
        run,
        state,
        update,
        batches,
        samples=functools.partial(listen, config=config),
        ship=lambda state: state["generator"]["ema"],
    )
    x, pitch = asked_notes(params, config, n_notes=100)
    return 100.0 * in_tune(x, pitch, config)


def asked_notes(params, config, *, n_notes, seed=0):
    """Notes over all pitches in turn, and those pitches."""
    pitch = config.lowest_pitch + np.arange(n_notes) % config.n_pitches
    x = gansynth.generate(params, jax.random.key(seed), config=config, pitch=pitch)
    return np.asarray(x), pitch


def in_tune(x, pitch, config, *, cents=50.0, octaves=False):
    """Share of notes (batch, n_samples) whose sound has the pitch asked for.

    Args:
      x: notes.
      pitch: MIDI numbers asked for.
      config: tells the sample rate.
      cents: what is still in tune.
      octaves: whether a note that is an octave off counts too.
    """
    n_samples = x.shape[-1] * LISTENED_AT // config.sample_rate
    finely = resample(np.asarray(x, np.float64), n_samples)
    steady = finely[:, n_samples // 5 : -n_samples // 8]
    track = autocorrelation_pitch(
        steady, sample_rate=LISTENED_AT, f_min=100.0, f_max=1500.0
    )
    off = 1200.0 * np.log2(_median(track.f0) / midi_to_hz(np.asarray(pitch, float)))
    off = (off + 600.0) % 1200.0 - 600.0 if octaves else off
    return float(np.mean(np.abs(off) < cents))


def _median(f0):
    """Median of the voiced frames of each row, NaN where there are none."""
    found = [row[np.isfinite(row)] for row in f0]
    return np.array([np.median(row) if row.size else np.nan for row in found])


def listen(state, config):
    """What the model sounds like so far: a tune with one timbre."""
    tune = config.lowest_pitch + np.array([0, 4, 7, 12])
    z = jax.random.normal(jax.random.key(0), (config.n_latent,), jnp.float32)
    x = gansynth.generate(
        state["generator"]["ema"], None, config=config, pitch=tune, z=z
    )
    return {"tune": (np.asarray(x).ravel(), config.sample_rate)}


def generate(params, config, *, duration, seed=0, pitch=None):
    """Play one note of a trained model.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds; what the model's notes are shorter by is silence.
      seed: of the timbre.
      pitch: MIDI number, whole; the lowest that the model knows if None.

    Returns:
      Signal (n_samples,), float32.
    """
    n_samples = max(1, round(positive(duration, name="duration") * config.sample_rate))
    pitch = config.lowest_pitch if pitch is None else pitch
    x = gansynth.generate(params, jax.random.key(seed), config=config, pitch=pitch)[0]
    x = jnp.pad(x, (0, max(0, n_samples - len(x))))
    return np.asarray(x[:n_samples])


def instrument(params, config):
    """The model as an instrument whose sounds are seeds, see `neural.instruments`."""

    def latent(word):
        if not word.isdecimal() or int(word) >= 2**32:
            raise ValueError(f"sounds must be seeds, 0 to 2^32 - 1, got {word!r}")
        return jax.random.normal(jax.random.key(int(word)), (config.n_latent,))

    def notes(pitch, velocity, latent):
        return gansynth.generate(params, None, config=config, pitch=pitch, z=latent)

    seconds = config.n_samples / config.sample_rate
    return Instrument(
        lambda *told: np.asarray(notes(*told)),
        latent,
        between,
        "4",
        (config.lowest_pitch, config.lowest_pitch + config.n_pitches - 1),
        config.sample_rate,
        min(seconds, HELD),
    )
