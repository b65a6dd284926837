"""The recipe of the shipped progressive GAN: `neural train progressive-gan`.

Acoustic and electric instruments of the notes that `data_scripts.render_notes` has made
of the General MIDI bank, the two octaves from middle C. Nobody tells the networks which
key a note is of: half of what they learn is that a note has one.

    python -m data_scripts.render_notes notes --sound-font dsplab/banks/general_midi.sf2
    python -m neural train progressive-gan --notes notes

**Growth.** Four tenths of the steps, in four equal parts:

    notes as 4 x 32 | 8 x 64 fades in | stays | 16 x 128 fades in | stays to the end

A step on small pictures costs an eighth of one on large ones, because blocks that are
not yet there are not computed. Where a batch is shared among devices all blocks are
computed all the time, which gives the same numbers later.

**Held out.** A note drawn from nothing has no true one to be compared with.
`inception_of` asks the pitch classifier that comes along: is each note surely of one
key, and are all keys there? `bench/gansynth.py` compares with instruments never heard.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from dsplab._arguments import positive
from neural import growing
from neural.adversarial import init_state
from neural.data import note_set
from neural.evaluation.inception_score import inception_score
from neural.evaluation.note_scores import open_judge
from neural.notes import progressive_gan
from neural.optimization import schedule
from neural.recipes.running import learn
from neural.spectrogram_pictures import drawn

ABOUT = {
    "idea": "notes as pictures that grow, learned coarse first; nobody says the key",
    "paper": 'T. Karras et al., "Progressive Growing of GANs", ICLR 2018',
    "minutes": 6,  # to train tiny on two cores
    "loss": "a game: it tells little",
    "figure": "inception score of 500 notes for keys, at most 25",
}
N_STEPS = 4000
LEARNING_RATE = 2e-3
BATCH_SIZE = 8
EMA_DECAY = 0.995
PITCHES = (60, 84)


def load(folders, config, *, split):
    """Notes to learn from: two octaves, no synthetic sources."""
    notes = note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=config.n_samples,
        split=split,
        pitches=PITCHES,
    )
    return note_set.rows_of(notes, notes.source < 2)


def progress_at(step, n_steps, config):
    """How far the networks have grown before a step of so many."""
    part = max(1, n_steps // (5 * (config.n_blocks - 1)))
    return growing.progress_of(step, part, part, config.n_blocks)


def batch(notes, seed, step, config, run, *, part=slice(None)):
    """Real notes, drawn; what fakes are made of; and how far the networks are."""
    taken = note_set.batch(notes, seed, step, batch_size=run.batch_size, part=part)
    rng = np.random.default_rng((seed, step, 1))
    z = rng.standard_normal((run.batch_size, config.n_latent), np.float32)
    seeds = rng.integers(2**31, size=run.batch_size, dtype=np.uint32)
    at = np.float32(progress_at(step, run.n_steps, config))
    pictures = np.asarray(_drawn(taken["x"], config))
    progress = np.full(len(pictures), at)
    return {"x": pictures, "z": z[part], "seed": seeds[part], "progress": progress}


_drawn = jax.jit(drawn, static_argnames="config")


def update(state, batch, *, config, rules, dtype="float32"):
    """One step of training, of as many blocks as its progress needs."""
    batch = dict(batch)
    seeds, progress = batch.pop("seed"), batch.pop("progress")
    n_blocks = None  # all, where the progress is not known before
    if not isinstance(progress, jax.core.Tracer):
        n_blocks = int(np.ceil(progress[0])) + 1
    return progressive_gan.train_step(
        state,
        batch,
        jax.random.key(seeds[0]),
        progress=progress.mean(),
        config=config,
        optimizers=rules,
        n_blocks=n_blocks,
        ema_decay=EMA_DECAY,
        dtype=dtype,
    )


def train(config, run):
    """Train, and write the generator's average to folder/progressive-gan.ckpt.

    Args:
      config: a `progressive_gan.Config` whose pictures are notes.
      run: a `neural.recipes.running.Run`, with notes.

    Returns:
      `inception_of` of 500 notes.
    """
    if not config.sample_rate:
        raise ValueError(
            "the published size draws photographs, of which there are none here; train "
            "--config tiny, which draws notes"
        )
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    notes = load(run.notes, config, split="train")
    half = run.n_steps // 2
    falling = schedule(LEARNING_RATE, max(run.n_steps - half, 1), end=0.05)
    rate = optax.join_schedules([lambda step: LEARNING_RATE, falling], [half])
    rules = (optax.adam(rate, b1=0.0, b2=0.99),) * 2
    keys = jax.random.split(jax.random.key(run.seed))
    state = init_state(
        progressive_gan.init(keys[0], config),
        progressive_gan.init_discriminator(keys[1], config),
        rules,
        dtype=run.dtype,
    )
    params = learn(
        "progressive-gan",
        config,
        run,
        state,
        functools.partial(update, config=config, rules=rules, dtype=run.dtype),
        lambda step, *, part: batch(notes, run.seed, step, config, run, part=part),
        samples=functools.partial(listen, config=config),
        ship=lambda state: state["generator"]["ema"],
    )
    x = progressive_gan.play(params, jax.random.key(0), n_notes=500, config=config)
    return inception_of(x, config)


def inception_of(x, config):
    """How sure the classifier of keys is of each note, and how many keys there are.

    Args:
      x: notes (n, n_samples), many more than keys.
      config: tells the sample rate.

    Returns:
      1 if all notes say the same of their keys; 25 for 25 keys, all as frequent.
    """
    judge = open_judge("pitch-classifier")
    heard = judge.probabilities(np.asarray(x), config.sample_rate)
    return inception_score(heard).score


def listen(state, config):
    """What the model sounds like so far: eight notes."""
    x = progressive_gan.play(
        state["generator"]["ema"], jax.random.key(0), n_notes=8, config=config
    )
    return {"notes": (np.asarray(x).ravel(), config.sample_rate)}


def generate(params, config, *, duration, seed=0):
    """Play one note of a trained model, of a key that chance chooses.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds; what the model's notes are shorter by is silence.
      seed: of the note.

    Returns:
      Signal (n_samples,), float32.
    """
    n_samples = max(1, round(positive(duration, name="duration") * config.sample_rate))
    x = progressive_gan.play(params, jax.random.key(seed), n_notes=1, config=config)[0]
    x = jnp.pad(x, (0, max(0, n_samples - len(x))))
    return np.asarray(x[:n_samples])
