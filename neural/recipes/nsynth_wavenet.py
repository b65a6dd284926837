"""The recipe of the shipped NSynth autoencoder: `neural train nsynth-wavenet`.

Notes of a rendered set (`python -m data_scripts.render_notes notes --sound-font ...`),
two octaves of them, at the model's rate, cut anywhere in their first second, mu-law
codes; Adam with a cosine, gradients clipped, and a running average of the parameters.
In the minutes that it is trained the small model learns colour and loudness of a note;
what it plays is noisy, and hardly ever in tune. What z tells is measured on instruments
that were never heard, see `held_out_nats`, and whether the way from one to another is a
way for the ear, see `one_way`.
"""

import functools

import jax
import numpy as np
import optax

from dsplab._arguments import positive
from dsplab.quantise import mu_law_encode
from dsplab.spectral import stft
from neural.data import note_set
from neural.data.bank_notes import bank_notes, louder
from neural.data.order import draws
from neural.evaluation import morphs
from neural.notes import nsynth_wavenet
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "one network hears a note, a WaveNet plays it from what the first writes",
    "paper": 'J. Engel et al., "Neural Audio Synthesis of Musical Notes with WaveNet '
    'Autoencoders", 2017, arXiv:1704.01279',
    "minutes": 10,  # to train tiny on two cores
    "loss": "5.55 nats at the start (ln 256)",
    "figure": "nats a sample, of instruments never heard",
}
N_STEPS = 1200
LEARNING_RATE = 4e-3
BATCH_SIZE = 4
CROP_SECONDS = 0.256
PITCHES, VELOCITIES = (48, 72), (100,)
SECONDS = 1.0  # of each note, from its onset
TEMPERATURE = 0.5
# of the shipped checkpoint, which is that of step 1000; instruments of nsynth-test
NATS = 4.025  # told its own z, 48 notes; 4.821 told another note's
FEW_NATS = 3.897  # 22 notes, see the tests; 4.732
ONE_WAY = 0.91  # of 24 ways between two of them; 0.85 on nsynth-valid
APART = 1.2  # ratio of the centroids of two notes between which there is a way


def load(config, folders, split):
    """Notes of one side, a second of each, made equally loud: banks are not."""
    notes = note_set.load(
        folders,
        split=split,
        sample_rate=config.sample_rate,
        n_samples=round(SECONDS * config.sample_rate),
        pitches=PITCHES,
        velocities=VELOCITIES,
    )
    return notes._replace(x=louder(notes.x))


def batch(notes, seed, step, config, *, batch_size, part=slice(None)):
    """Codes of one step: (batch, time), half of them from the onset, where it begins.

    Args:
      notes: from `load`.
      seed: of the whole run.
      step: the batch's number.
      config: the model's.
      batch_size: notes of all processes together.
      part: slice of the batch that this process brings.
    """
    hop_length = config.hop_length
    n = round(CROP_SECONDS * config.sample_rate / hop_length) * hop_length
    crops = []
    for row, rng in draws(len(notes.x), seed, step, batch_size=batch_size, part=part):
        start = rng.integers(2) * rng.integers(notes.x.shape[1] - n + 1)
        crops.append(notes.x[row, start : start + n])
    return {"codes": mu_law_encode(np.stack(crops), n_codes=config.n_codes)}


def held_out(notes, config, n_notes=48):
    """Codes (n_notes, time) of notes from all over a set, whole frames of them."""
    rows = np.linspace(0, len(notes.x) - 1, n_notes).astype(int)
    return codes_of(notes.x[rows], config)


def codes_of(x, config):
    """Codes (..., time) of signals, whole frames of them."""
    n = x.shape[-1] // config.hop_length * config.hop_length
    return mu_law_encode(x[..., :n], n_codes=config.n_codes)


def held_out_nats(params, config, codes):
    """Nats a sample told z, and told the z of another note.

    Args:
      params: of the model.
      config: its sizes.
      codes: from `held_out`.

    Returns:
      Two numbers: their difference is what z tells.
    """
    z = nsynth_wavenet.encode_codes(params, codes, config)

    def told(z):
        rows = zip(codes, z, strict=True)
        return float(np.mean([_nats(params, c, w, config) for c, w in rows]))

    return told(z), told(np.roll(z, len(z) // 2, axis=0))


@functools.partial(jax.jit, static_argnames="config")
def _nats(params, codes, z, config):
    return nsynth_wavenet.loss(params, codes[None], config, z=z[None])


def one_way(params, config, notes, *, n_ways, apart=APART, seed=0):
    """How often the way from one instrument to another gets brighter all along.

    A quarter of a second of each way's stops is played (`morphs.ways`); how bright it
    is, the centre of gravity of its power spectrum says.

    Args:
      params: from training or `neural.pretrained`.
      config: the model's.
      notes: from `load`; ways are between its notes of one pitch, the middle one.
      n_ways: how many of them, drawn by chance.
      apart: ratio of the centroids of its ends, at least.
      seed: of the drawing.

    Returns:
      Part of the ways whose centroid moves one way only, up or down.
    """
    pitch = np.sort(notes.pitch)[len(notes.pitch) // 2]
    x = notes.x[notes.pitch == pitch, : config.sample_rate // 4]
    way = morphs.ways(nsynth_wavenet.encode(params, x, config))
    rng = np.random.default_rng(seed)
    way = way[:, rng.permutation(way.shape[1])[:n_ways]]
    y = nsynth_wavenet.generate(
        params,
        jax.random.key(seed),
        way.reshape(-1, *way.shape[2:]),
        config=config,
        temperature=TEMPERATURE,
    )
    found = centroid(np.asarray(y), config.sample_rate)
    return morphs.one_way(found.reshape(len(way), -1), apart=apart)


def centroid(x, sample_rate):
    """Centre of gravity of the power spectrum of signals (..., n_samples), in Hz."""
    power = (np.abs(stft(x, n_fft=256, hop_length=128)) ** 2).mean(axis=-1)
    frequency = np.arange(129) * sample_rate / 256
    return power @ frequency / np.maximum(power.sum(axis=-1), 1e-12)


def train(config, run):
    """Train, and write the averaged parameters to folder/nsynth-wavenet.ckpt.

    Args:
      config: a `nsynth_wavenet.Config`.
      run: a `neural.recipes.running.Run`; its notes are sets in NSynth's format.

    Returns:
      Held-out nats a sample of what was written.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    notes = load(config, run.notes, "train")
    codes = held_out(load(config, run.notes, "test"), config)
    rule = clipped(optax.adam(schedule(LEARNING_RATE, run.n_steps)))
    params = nsynth_wavenet.init(jax.random.key(run.seed), config)
    ema = learn(
        "nsynth-wavenet",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            nsynth_wavenet.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        lambda step, part: batch(
            notes, run.seed, step, config, batch_size=run.batch_size, part=part
        ),
        samples=functools.partial(listen, config=config, codes=codes[:1]),
    )
    return held_out_nats(ema, config, codes)[0]


def listen(state, config, codes):
    """A held-out note as the model plays it so far."""
    z = nsynth_wavenet.encode_codes(state["ema"], codes, config)
    key = jax.random.key(0)
    x = nsynth_wavenet.generate(
        state["ema"], key, z, config=config, temperature=TEMPERATURE
    )
    return {"note": (np.asarray(x[0]), config.sample_rate)}


def generate(
    params, config, *, duration, seed=0, pitch=None, instrument=None, temperature=None
):
    """Hear a note of the bank that comes along, and play it.

    Two names with a plus sign between them are an instrument halfway.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds.
      seed: of the drawing.
      pitch: MIDI number; 60 if None.
      instrument: a name of `bank_notes.PROGRAMS`, or more, as in "flute+organ"; the
        flute if None.
      temperature: see `nsynth_wavenet.generate`; TEMPERATURE if None.

    Returns:
      Signal (n_samples,), float32.
    """
    n_samples = max(1, round(positive(duration, name="duration") * config.sample_rate))
    x = bank_notes(
        instrument or "flute",
        60 if pitch is None else pitch,
        sample_rate=config.sample_rate,
        n_samples=n_samples,
    )
    z = nsynth_wavenet.encode(params, louder(x), config).mean(axis=0, keepdims=True)
    temperature = TEMPERATURE if temperature is None else temperature
    key = jax.random.key(seed)
    y = nsynth_wavenet.generate(params, key, z, config=config, temperature=temperature)
    return np.asarray(y[0, :n_samples])
