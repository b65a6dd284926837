"""The recipe of the shipped NSynth autoencoder: `neural train nsynth-wavenet`.

Notes of a rendered set (`python -m data_scripts.render_notes notes --sound-font ...`),
two octaves of them, at the model's rate, cut anywhere in their first second, mu-law
codes; Adam with a cosine, gradients clipped, and a running average of the parameters.
What is told by z is measured on instruments that were never heard: nats a sample with
the note's own z, and with another note's.
"""

import functools

import jax
import numpy as np
import optax

from dsplab import banks
from dsplab._arguments import positive
from dsplab.quantise import mu_law_encode
from neural.data import note_set
from neural.data.order import draws
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


def load(config, folders, split):
    """Notes of one side, a second of each, made equally loud: see `loudest`."""
    notes = note_set.load(
        folders,
        split=split,
        sample_rate=config.sample_rate,
        n_samples=round(SECONDS * config.sample_rate),
        pitches=PITCHES,
        velocities=VELOCITIES,
    )
    return notes._replace(x=loudest(notes.x))


def loudest(x):
    """Signals whose peak is 0.9: banks are far from equally loud."""
    return 0.9 * x / np.maximum(np.abs(x).max(axis=-1, keepdims=True), 1e-3)


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


def held_out(config, folders, n_notes=48):
    """Codes (n_notes, time) of instruments that are in no training set, all pitches."""
    notes = load(config, folders, "test")
    rows = np.linspace(0, len(notes.x) - 1, n_notes).astype(int)
    n = notes.x.shape[1] // config.hop_length * config.hop_length
    return mu_law_encode(notes.x[rows, :n], n_codes=config.n_codes)


def held_out_nats(params, config, codes):
    """Nats a sample told z, and told the z of another note.

    Args:
      params: of the model.
      config: its sizes.
      codes: from `held_out`.

    Returns:
      Two numbers: their difference is what z tells.
    """
    z = nsynth_wavenet.Autoencoder(config).apply(
        {"params": params}, codes, method="encode"
    )
    nats = jax.jit(nsynth_wavenet.loss, static_argnames="config")
    others = np.roll(np.arange(len(codes)), len(codes) // 2)
    return tuple(
        float(
            np.mean(
                [
                    nats(params, c[None], config, z=w[None])
                    for c, w in zip(codes, told, strict=True)
                ]
            )
        )
        for told in (z, z[others])
    )


def train(config, run):
    """Train, and write the averaged parameters to folder/nsynth-wavenet.ckpt.

    Args:
      config: a `nsynth_wavenet.Config`.
      run: a `neural.recipes.running.Run`; its notes are sets in NSynth's format.

    Returns:
      Held-out nats a sample of what was written.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    notes, codes = load(config, run.notes, "train"), held_out(config, run.notes)
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
    z = nsynth_wavenet.Autoencoder(config).apply(
        {"params": state["ema"]}, codes, method="encode"
    )
    key = jax.random.key(0)
    x = nsynth_wavenet.generate(
        state["ema"], key, z, config=config, temperature=TEMPERATURE
    )
    return {"note": (np.asarray(x[0]), config.sample_rate)}


def generate(
    params, config, *, duration, seed=0, pitch=None, instrument=None, temperature=None
):
    """Hear a note of the shipped bank, and play it.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds.
      seed: of the drawing.
      pitch: MIDI number; 60 if None.
      instrument: name of a preset of `dsplab.banks.general_midi`, such as "Flute".
      temperature: see `nsynth_wavenet.generate`; TEMPERATURE if None.

    Returns:
      Signal (n_samples,), float32.
    """
    n_samples = max(1, round(positive(duration, name="duration") * config.sample_rate))
    x = bank_note(
        instrument or "Flute", 60 if pitch is None else pitch, n_samples, config
    )
    z = nsynth_wavenet.encode(params, x[None], config)
    temperature = TEMPERATURE if temperature is None else temperature
    key = jax.random.key(seed)
    y = nsynth_wavenet.generate(params, key, z, config=config, temperature=temperature)
    return np.asarray(y[0, :n_samples])


def bank_note(instrument, pitch, n_samples, config):
    """A note of the shipped bank at the model's rate, (n_samples,), peak 0.9.

    Raises:
      ValueError: if the bank has no such preset.
    """
    from dsplab.formats.soundfont import read_soundfont
    from dsplab.synths.soundfont import play_note

    bank = read_soundfont(banks.general_midi())
    named = {p.name.lower(): p.program for p in bank.presets if p.bank == 0}
    if instrument.lower() not in named:
        known = ", ".join(sorted(named))
        raise ValueError(f"instrument must be one of {known}; got {instrument!r}")
    if not 0 <= pitch <= 127:
        raise ValueError(f"pitch must be 0 to 127, got {pitch}")
    played = play_note(
        round(pitch),
        n_samples / config.sample_rate,
        config.sample_rate,
        sound_font=bank,
        program=named[instrument.lower()],
        reverb=False,
        chorus=False,
    ).sum(axis=0)[:n_samples]
    return loudest(np.pad(played, (0, n_samples - len(played))))
