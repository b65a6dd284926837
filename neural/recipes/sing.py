"""The recipe of a small SING: `neural train sing --notes FOLDER`; none is shipped yet.

Ten instruments of the General MIDI bank, rendered by `data_scripts.render_notes`, two
octaves of each, as loud as one another; one pair of instrument and pitch in ten is
never heard in training (`note_set.held_out_pairs`). Adam with a cosine, gradients
clipped to norm 1; the three stages one after the other in one run.
"""

import functools

import jax
import numpy as np
import optax

from dsplab._arguments import integer, one_of, positive
from neural.data import note_set
from neural.data.order import draws
from neural.notes import sing
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import learn

ABOUT = {
    "idea": "instrument, pitch and velocity to a whole note, in one pass",
    "paper": 'A. Defossez et al., "SING", NeurIPS 2018, arXiv:1810.09785',
    "minutes": 5,  # to train tiny on two cores
    "loss": "log-spectral distance: 0.35 if silent, 0.26 the mean of a pitch",
    "figure": "log-spectral distance to pairs never heard",
}
INSTRUMENTS = {  # as data_scripts.render_notes names those of the bank
    "piano": "keyboard_acoustic_001",
    "marimba": "mallet_acoustic_004",
    "organ": "organ_electronic_000",
    "accordion": "reed_acoustic_000",
    "guitar": "guitar_acoustic_000",
    "violin": "string_acoustic_000",
    "choir": "vocal_acoustic_000",
    "trombone": "brass_acoustic_001",
    "oboe": "reed_acoustic_007",
    "flute": "flute_acoustic_001",
}
NAMES = tuple(INSTRUMENTS)
PITCHES = (48, 72)
VELOCITIES = (100,)
N_STEPS = 2400
LEARNING_RATE = 3e-3
BATCH_SIZE = 16
STAGES = (("autoencoder", 0.2), ("embedding", 0.15), ("sound", 0.65))


def load(folders, config, *, split="train"):
    """Notes as the model is told of them.

    Args:
      folders: that `neural.data.note_set.load` reads.
      config: a `sing.Config`; with more instruments than INSTRUMENTS, all of them.
      split: "train", "valid" or "test".

    Returns:
      `NoteSet`, each as loud as the others, whose instrument and velocity are rows of
      the model's tables.
    """
    tiny = config.n_instruments == len(INSTRUMENTS)
    wanted = {"pitches": PITCHES, "velocities": VELOCITIES} if tiny else {}
    notes = note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=config.n_samples,
        split=split,
        **wanted,
    )
    if not tiny:
        return notes._replace(velocity=sing.velocity_index(notes.velocity))
    known = list(INSTRUMENTS.values())
    names = [name.split("-")[0] for name in notes.names]
    row = np.array([known.index(n) if n in known else -1 for n in names], np.int32)
    notes = note_set.rows_of(notes._replace(instrument=row), row >= 0)
    peak = np.abs(notes.x).max(axis=-1, keepdims=True)
    return notes._replace(x=notes.x / peak, velocity=np.zeros_like(notes.velocity))


def parts(notes):
    """Notes to learn from, and those of pairs that are never heard."""
    held_out = note_set.held_out_pairs(notes)
    return note_set.rows_of(notes, ~held_out), note_set.rows_of(notes, held_out)


def stage(step, n_steps):
    """Which stage a step belongs to."""
    end = 0.0
    for name, share in STAGES:
        end += share * n_steps
        if step < end:
            return name
    return STAGES[-1][0]


def batch(notes, seed, step, *, n_steps, batch_size=BATCH_SIZE, part=slice(None)):
    """What `sing.train_step` takes: rows of the notes, named after the stage."""
    chosen = draws(len(notes.x), seed, step, batch_size=batch_size, part=part)
    rows = [draw.row for draw in chosen]
    name = stage(step, n_steps)
    columns = ("x",) if name == "autoencoder" else ("x", *TOLD)
    return {name: {column: getattr(notes, column)[rows] for column in columns}}


TOLD = ("instrument", "pitch", "velocity")
_distance = jax.jit(sing.spectral_distance, static_argnames="config")


def distance(params, config, notes):
    """Mean log-spectral distance of what is made to the notes themselves."""
    told = {column: getattr(notes, column) for column in TOLD}
    return float(_distance(sing.apply(params, config, **told), notes.x, config=config))


def baselines(known, wanted, config):
    """What those get who do not listen: distances to the notes wanted.

    Args:
      known: `NoteSet` to learn from.
      wanted: `NoteSet` of other pairs.
      config: a `sing.Config`.

    Returns:
      dict: silence; pitch: the mean spectrum of a pitch, over instruments;
      neighbours: that of the same instrument's next pitches below and above.
    """
    spectrum = functools.partial(sing.log_spectrum, config=config)
    heard, target = (np.asarray(jax.jit(spectrum)(n.x)) for n in (known, wanted))
    errors = {"silence": [], "pitch": [], "neighbours": []}
    for row, instrument, pitch in zip(
        target, wanted.instrument, wanted.pitch, strict=True
    ):
        beside = np.abs(known.pitch - pitch) == 1
        guesses = {
            "silence": np.full_like(row, np.log(config.floor)),
            "pitch": heard[known.pitch == pitch].mean(axis=0),
            "neighbours": heard[beside & (known.instrument == instrument)].mean(axis=0),
        }
        for name, guess in guesses.items():
            errors[name].append(np.abs(row - guess).mean())
    return {name: float(np.mean(error)) for name, error in errors.items()}


def train(config, run):
    """Train, and write decoder and sequence generator to folder/sing.ckpt.

    Args:
      config: a `sing.Config`.
      run: a `neural.recipes.running.Run` with folders of notes.

    Returns:
      Log-spectral distance to pairs never heard.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    known, wanted = parts(load(run.notes, config))
    rule = clipped(optax.adam(schedule(LEARNING_RATE, run.n_steps)))
    params = sing.init(jax.random.key(run.seed), config)
    kept = learn(
        "sing",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            sing.train_step, config=config, optimizer=rule, dtype=run.dtype
        ),
        functools.partial(
            batch, known, run.seed, n_steps=run.n_steps, batch_size=run.batch_size
        ),
        samples=functools.partial(listen, config=config),
        ship=lambda state: sing.playing(state["ema"]),
    )
    return distance(kept, config, wanted)


def listen(state, config):
    """What the model sounds like so far: a note."""
    return {"note": (generate(state["ema"], config, duration=1.0), config.sample_rate)}


def generate(params, config, *, duration, seed=0, pitch=None, instrument=None):
    """Play one note of a trained model.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds; beyond the model's notes there is silence.
      seed: of nothing: the same words, the same note.
      pitch: MIDI number, whole; 60 if None.
      instrument: a name of INSTRUMENTS; the first if None.

    Returns:
      Signal (n_samples,), float32.
    """
    del seed
    seconds = positive(duration, name="duration")
    pitch = 60 if pitch is None else pitch
    lowest, highest = PITCHES if config.n_pitches > PITCHES[1] else (0, 0)
    if pitch != int(pitch) or not lowest <= pitch <= highest:
        raise ValueError(
            f"pitch must be a whole number from {lowest} to {highest}, got {pitch}"
        )
    name = one_of(instrument or NAMES[0], NAMES, name="instrument")
    told = {"instrument": NAMES.index(name), "pitch": int(pitch), "velocity": 0}
    told = {name: np.array([number], np.int32) for name, number in told.items()}
    x = np.asarray(sing.generate(params, config, **told)[0])
    n = integer(max(1, round(seconds * config.sample_rate)), name="n_samples")
    return np.pad(x, (0, max(n - len(x), 0)))[:n]
