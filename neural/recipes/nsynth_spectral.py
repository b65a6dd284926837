"""The recipe of the shipped spectral autoencoder.

    python -m data_scripts.render_notes notes --sound-font dsplab/banks/general_midi.sf2
    neural train nsynth-spectral --notes notes

Every note is encoded, and what is to be decoded is the same note in half of the cases,
in the others another pitch of the same instrument: so the code may keep what a picture
looks like, but the decoder learns to take the pitch from what it is told. Where a tiny
network must understand instruments that it has never heard, ninety are few: half of the
time two of them play in unison, and all are seen through a filter and an envelope drawn
by chance, the same for the note and its target. Adam with beta_1 = 0.5 and a cosine.
"""

import functools
from typing import Any, NamedTuple

import jax
import numpy as np
import optax

from dsplab._arguments import integer, positive
from neural.data import note_set
from neural.data.bank_notes import bank_notes
from neural.data.nsynth import HELD
from neural.data.order import draws
from neural.evaluation import morphs
from neural.instruments import Instrument
from neural.latents import straight
from neural.notes import nsynth_spectral
from neural.optimization import init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "a note's picture as a few numbers, painted anew at any pitch",
    "paper": 'J. Engel et al., "Neural Audio Synthesis", 2017, arXiv:1704.01279',
    "minutes": 4,  # to train tiny on two cores
    "loss": "mean square error of pictures from 0 to 1",
    "figure": "mean square error, instruments never heard",
}
PITCHES = (48, 72)
VELOCITIES = (50, 100)
N_STEPS = 4500
LEARNING_RATE = 2e-3
BATCH_SIZE = 16
SAME = 0.5  # how often the target is the note itself
UNISON = 0.5  # how often two instruments play
COLOUR = 0.05  # size of chance's filters, of the range of a picture
# of the shipped checkpoint, on 55 notes of instruments of nsynth-test, see the tests;
# on all 550 the error is 0.01329, that of 16 principal components 0.01346
FEW_ERROR = 0.01393
FEW_TRANSPOSED = 0.01578  # the same, five semitones up and down
FEW_ONE_WAY = 0.902  # of the ways between two of them
AT_ONCE = 64  # notes that are looked at together


class Material(NamedTuple):
    """Notes and what they look like.

    notes: `NoteSet`; picture: (n, rows, frames) float32; at: row of each (instrument,
    pitch, velocity), -1 where there is none.
    """

    notes: Any
    picture: np.ndarray
    at: np.ndarray


def load(folders, config, *, split="train", **wanted):
    """Read notes and look at them.

    Args:
      folders: that `neural.data.note_set.load` reads.
      config: a `nsynth_spectral.Config`.
      split: "train", "valid" or "test": no instrument is in two of them.
      **wanted: as `note_set.load` takes it; PITCHES and VELOCITIES by default.

    Returns:
      `Material`.
    """
    notes = note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=config.n_samples,
        split=split,
        **{"pitches": PITCHES, "velocities": VELOCITIES, **wanted},
    )
    return look(notes, config)


def look(notes, config):
    """`Material` of a `NoteSet`."""
    parts = range(0, len(notes.x), AT_ONCE)
    picture = [
        nsynth_spectral.picture(notes.x[first : first + AT_ONCE], config)
        for first in parts
    ]
    at = np.full((int(notes.instrument.max()) + 1, 128, 128), -1, np.int32)
    at[notes.instrument, notes.pitch, notes.velocity] = np.arange(len(notes.x))
    return Material(notes, np.concatenate(picture), at)


class Pair(NamedTuple):
    """What chance chose: rows of a note and its target, of what plays along, a filter.

    rows, others: of the note and its target; share: of the others in the sound;
    colour: weights of `smooth` shapes.
    """

    rows: tuple[int, int]
    others: tuple[int, int]
    share: float
    colour: np.ndarray


def batch(
    material, seed, step, *, config, batch_size=BATCH_SIZE, same=SAME, part=slice(None)
):
    """What `nsynth_spectral.train_step` takes: pictures, their targets, and pitches."""
    rows = len(material.picture)
    chosen = draws(rows, seed, step, batch_size=batch_size, part=part)
    pairs = [pair(material, draw.row, draw.rng, same=same) for draw in chosen]
    rows, others, share, weights = (
        np.stack(column) for column in zip(*pairs, strict=True)
    )
    along_f, along_t = smooth(config)
    colour = along_f @ weights @ along_t.T
    picture, target = (
        coloured(
            material.picture[rows[:, n]],
            material.picture[others[:, n]],
            share[:, None, None],
            colour,
            config,
        )
        for n in (0, 1)
    )
    pitch = material.notes.pitch[rows[:, 1]]
    return {"picture": picture, "target": target, "pitch": pitch}


def pair(material, row, rng, *, same=SAME):
    """Draw a `Pair`: the target is the note, or of the same instrument and velocity."""
    notes, at = material.notes, material.at
    velocity, target = notes.velocity[row], row
    if rng.random() >= same:
        there = at[notes.instrument[row], :, velocity]
        target = rng.choice(there[there >= 0])
    rows = (row, target)
    other = at[rng.choice(notes.instrument), notes.pitch[list(rows)], velocity]
    plays = rng.random() < UNISON and other.min() >= 0
    size = COLOUR / (1.0 + np.add.outer(np.arange(4), np.arange(4)))
    return Pair(
        rows,
        tuple(other) if plays else rows,
        np.float32(rng.random() ** 2 if plays else 0.0),
        (size * rng.standard_normal((4, 4))).astype(np.float32),
    )


@functools.cache
def smooth(config):
    """Four slow cosines over frequency (logarithmic), and four over time."""
    order = np.arange(4)
    octave = np.log2(1.0 + np.arange(config.n_rows) / 8.0)
    f, t = octave / octave[-1], np.arange(config.n_frames) / config.n_frames
    shapes = (np.cos(np.pi * order * u[:, None]) for u in (f, t))
    return tuple(shape.astype(np.float32) for shape in shapes)


def coloured(first, second, share, colour, config):
    """Pictures of two notes at once, filtered: powers add up."""
    nepers = np.float32(config.range_db / 10.0 * np.log(10.0))
    power = (1.0 - share) * np.exp(nepers * (first - 1.0))
    power = power + share * np.exp(nepers * (second - 1.0))
    y = np.log(power) / nepers + (1.0 + colour)
    return np.clip(y - y.max(axis=(-2, -1), keepdims=True) + 1.0, 0.0, 1.0)


def same_error(params, config, material):
    """Mean square error of notes painted from their own codes."""
    z = codes(params, config, material)
    return float(
        (
            (paint(params, config, z, material.notes.pitch) - material.picture) ** 2
        ).mean()
    )


def codes(params, config, material):
    """(n, n_code) of the material."""
    n = len(material.picture)
    parts = (material.picture[i : i + AT_ONCE] for i in range(0, n, AT_ONCE))
    return np.concatenate(
        [nsynth_spectral.encode(params, part, config) for part in parts]
    )


def paint(params, config, z, pitch):
    """Pictures of codes (n, n_code) at pitches (n,)."""
    parts = range(0, len(z), AT_ONCE)
    return np.concatenate(
        [
            nsynth_spectral.decode(
                params, z[i : i + AT_ONCE], pitch[i : i + AT_ONCE], config=config
            )
            for i in parts
        ]
    )


def transposed(material, semitones):
    """Rows of notes, and those of the same instrument so many semitones higher."""
    notes = material.notes
    pitch = np.clip(notes.pitch + semitones, 0, 127)
    target = material.at[notes.instrument, pitch, notes.velocity]
    return np.flatnonzero(target >= 0), target[target >= 0]


def transposition(params, config, material, semitones=5):
    """What becomes of notes decoded at another pitch than they had.

    Args:
      params: from training or `neural.pretrained`.
      config: the model's.
      material: `Material`.
      semitones: how far, up and down.

    Returns:
      error: mean square error to the true notes at those pitches; follows: part of the
      notes whose picture is nearer to the true one at the pitch it was told than to
      the one that was encoded.
    """
    z, error, follows = codes(params, config, material), [], []
    for shift in (-semitones, semitones):
        rows, target = transposed(material, shift)
        painted = paint(params, config, z[rows], material.notes.pitch[target])
        there, here = (
            ((painted - material.picture[r]) ** 2).mean(axis=(1, 2))
            for r in (target, rows)
        )
        error.append(there)
        follows.append(there < here)
    return {
        "error": float(np.concatenate(error).mean()),
        "follows": float(np.concatenate(follows).mean()),
    }


def centroid(picture, config):
    """Centre of gravity of pictures' spectra in Hz: (...,)."""
    frequency = np.arange(config.n_rows) * config.sample_rate / config.n_fft
    power = 10.0 ** (config.range_db / 10.0 * (np.asarray(picture, float) - 1.0))
    power = power.sum(axis=-1)
    return power @ frequency / power.sum(axis=-1)


def one_way(params, config, material, *, n_stops=5, apart=1.1):
    """How often the way from one instrument to another gets brighter all along.

    Args:
      params: from training or `neural.pretrained`.
      config: the model's.
      material: `Material`; pairs are of its notes of one pitch, the middle one.
      n_stops: stops on the way, its ends included.
      apart: ratio of the centroids of its ends, at least.

    Returns:
      Part of the ways between two codes whose centroid moves one way only, up or down.
    """
    pitch = np.sort(material.notes.pitch)[len(material.notes.pitch) // 2]
    z = codes(params, config, material)[material.notes.pitch == pitch]
    way = morphs.ways(z, n_stops=n_stops).reshape(-1, z.shape[-1])
    painted = paint(params, config, way, np.full(len(way), pitch, np.int32))
    found = centroid(painted, config).reshape(n_stops, -1)
    return morphs.one_way(found, apart=apart)


def train(config, run):
    """Train, and write the averaged parameters to folder/nsynth-spectral.ckpt.

    Args:
      config: a `nsynth_spectral.Config`.
      run: a `neural.recipes.running.Run` with folders of notes.

    Returns:
      Mean square error of notes of the instruments in nsynth-test.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    material = load(run.notes, config)
    rule = optax.adam(schedule(LEARNING_RATE, run.n_steps), b1=0.5)
    params = nsynth_spectral.init(jax.random.key(run.seed), config)
    ema = learn(
        "nsynth-spectral",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            nsynth_spectral.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        functools.partial(
            batch, material, run.seed, config=config, batch_size=run.batch_size
        ),
        samples=functools.partial(listen, config=config),
    )
    return same_error(ema, config, load(run.notes, config, split="test"))


def listen(state, config):
    """What the model sounds like so far: a flute of the bank."""
    x = generate(state["ema"], config, duration=config.n_samples / config.sample_rate)
    return {"note": (x, config.sample_rate)}


def code_of(params, config, names):
    """The code of an instrument's middle C; of several, "flute+organ", their mean."""
    sizes = {"sample_rate": config.sample_rate, "n_samples": config.n_samples}
    seen = nsynth_spectral.picture(bank_notes(names, 60, **sizes), config)
    return np.asarray(nsynth_spectral.encode(params, seen, config)).mean(axis=0)


def generate(params, config, *, duration, seed=0, pitch=None, instrument=None):
    """Play an instrument of the General MIDI bank as the model understands it.

    One note of it, at middle C, is encoded, and its code played at the pitch wanted.
    Two names with a plus sign between them are an instrument halfway.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds; beyond the model's notes there is silence.
      seed: of nothing: the same words, the same note.
      pitch: MIDI number, whole; 60 if None.
      instrument: a name of `bank_notes.PROGRAMS`, or more, as in "flute+organ"; the
        flute if None.

    Returns:
      Signal (n_samples,), float32.
    """
    del seed
    seconds = positive(duration, name="duration")
    pitch = 60 if pitch is None else pitch
    if pitch != int(pitch) or not PITCHES[0] <= pitch <= PITCHES[1]:
        lowest, highest = PITCHES
        raise ValueError(
            f"pitch must be a whole number from {lowest} to {highest}, got {pitch}"
        )
    z = code_of(params, config, instrument or "flute")
    x = nsynth_spectral.generate(params, z[None], np.array([int(pitch)]), config=config)
    n = integer(max(1, round(seconds * config.sample_rate)), name="n_samples")
    return np.pad(0.5 * x[0], (0, max(n - x.shape[-1], 0)))[:n].astype(np.float32)


def instrument(params, config):
    """The model as an instrument (`neural.instruments`); its sounds are the bank's."""

    def notes(pitch, velocity, latent):
        return nsynth_spectral.generate(params, latent, pitch, config=config)

    known = (config.n_frames - 1) * config.hop_length
    return Instrument(
        notes,
        functools.partial(code_of, params, config),
        straight,
        "flute",
        PITCHES,
        config.sample_rate,
        min(known / config.sample_rate, HELD),
    )
