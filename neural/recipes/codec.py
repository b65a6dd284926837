"""The recipe of the shipped neural audio codec: `neural train codec --notes FOLDER`.

    python -m data_scripts.render_notes notes --sound-font dsplab/banks/general_midi.sf2
    neural train codec --notes notes

Crops of notes of the General MIDI bank, of any loudness, from the beginning of the note
or from within; for half of each batch fewer codebooks count (`drawn`). The components
of their spectra and the codebooks begin as `codec.begun` finds them, by principal
components and k-means; then Adam with a cosine, gradients clipped to norm 1, and a
running average of the parameters.

**Why spectra.** The published way, from wave to wave, learned next to nothing in ten
minutes on two cores: after a hundred steps its distance stood still, twice that of
principal components of spectra, whether its vectors were quantized or not. Log spectra
themselves, without components, are learned as slowly: the ways in which they differ
most drown those that tell one pitch from the next.

**Held out.** Instruments that were never heard: the mean of `multi_scale_distance`
between the first second of their notes and what comes back. `python -m bench codec`
has the same beside mu-law and principal components, at equal bit rates.
"""

import functools

import jax
import numpy as np
import optax

from dsplab._arguments import integer, positive
from neural.data import note_set
from neural.data.bank_notes import bank_notes, louder
from neural.data.order import draws
from neural.evaluation.spectral_distance import multi_scale_distance
from neural.notes import codec
from neural.optimization import clipped, init_state, schedule
from neural.recipes.running import half, learn

ABOUT = {
    "idea": "sound as a few small numbers, sixteen times a second, and back",
    "paper": 'R. Kumar et al., "RVQGAN", NeurIPS 2023, arXiv:2306.06546 (DAC)',
    "minutes": 9,  # to train tiny on two cores
    "loss": "spectra in nats and as they are, and the way to the codebooks: 12 to 8",
    "figure": "spectral distance, instruments never heard",
}
SECONDS = 2.0  # of each note that is learned from
CROP = 8192  # samples of a row of the batch
ONSETS = 0.4  # rows that begin with their note
SALIENT = 0.03  # of the peak of the note: a crop that stays below begins with its note
LEVELS = (-16.0, -1.0)  # dB, peaks of notes
N_STEPS = 14000
LEARNING_RATE = 1e-3
BATCH_SIZE = 16
EMA_DECAY = 0.99
PEAK = 0.5  # of what is coded
AT_ONCE = 32  # notes that are coded together


def load(folders, config, *, split="train", seconds=SECONDS, velocities=(100,)):
    """The beginnings of notes at the model's rate, whole frames."""
    frames = round(seconds * config.sample_rate / config.hop_length)
    return note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=frames * config.hop_length,
        split=split,
        velocities=velocities,
    )


def batch(x, seed, step, config, *, batch_size=BATCH_SIZE, part=slice(None)):
    """What `codec.train_step` takes: crops, and how many codebooks count.

    Args:
      x: notes (n, n_samples).
      seed: of the whole run.
      step: the batch's number.
      config: the model's.
      batch_size: rows of all processes together.
      part: slice of them that this process brings.
    """
    chosen = draws(len(x), seed, step, batch_size=batch_size, part=part)
    length = min(CROP - CROP % config.hop_length, x.shape[1])
    rows = [crop(x[draw.row], draw.rng, length) for draw in chosen]
    n_used = drawn(np.random.default_rng((seed, step)), batch_size, config)
    return {"x": np.stack(rows), "n_used": n_used[part]}


def drawn(rng, batch_size, config):
    """How many codebooks count for each row: all, and for some by chance fewer.

    rng is a `numpy.random.Generator`; the first int(dropout * batch_size) are drawn.
    """
    n_used = rng.integers(1, config.n_codebooks + 1, integer(batch_size, name="rows"))
    n_used[int(config.dropout * batch_size) :] = config.n_codebooks
    return n_used


def crop(x, rng, length):
    """`length` samples of a note, from its beginning or anywhere, at some level."""
    first = rng.integers(len(x) - length + 1) if rng.uniform() > ONSETS else 0
    part = x[first : first + length]
    if np.abs(part).max() < SALIENT * np.abs(x).max():
        part = x[:length]
    return part * np.float32(10 ** (rng.uniform(*LEVELS) / 20) / np.abs(x).max())


def there_and_back(params, x, config, *, n_codebooks=None):
    """Signals (n, n_samples) as they come back from the first n_codebooks.

    They are coded at a peak of PEAK, and come back as loud as they were.
    """
    y, gain = [], PEAK / np.maximum(np.abs(x).max(axis=1, keepdims=True), 1e-9)
    for first in range(0, len(x), AT_ONCE):
        codes = codec.encode(params, (gain * x)[first : first + AT_ONCE], config)
        y.append(codec.decode(params, codes[:, :n_codebooks], config))
    return np.concatenate(y)[:, : x.shape[1]] / gain


def distance(params, x, config, *, n_codebooks=None):
    """Mean spectral distance of what comes back to signals (n, n_samples)."""
    y = there_and_back(params, x, config, n_codebooks=n_codebooks)
    return float(np.mean(multi_scale_distance(x, y)))


def train(config, run):
    """Train, and write the average to folder/codec.ckpt.

    Args:
      config: a `codec.Config`.
      run: a `neural.recipes.running.Run` with folders of notes.

    Returns:
      Spectral distance on instruments never heard.
    """
    run = run.filled(n_steps=N_STEPS, batch_size=BATCH_SIZE)
    notes = load(run.notes, config)
    rule = clipped(optax.adam(schedule(LEARNING_RATE, run.n_steps), b1=0.8, b2=0.99))
    params = codec.init(jax.random.key(run.seed), config)
    if config.n_fft:
        params = codec.begun(params, louder(notes.x, PEAK), config, seed=run.seed)
    params = learn(
        "codec",
        config,
        run,
        init_state(params, rule, dtype=run.dtype),
        functools.partial(
            codec.train_step,
            config=config,
            optimizer=rule,
            ema_decay=EMA_DECAY,
            dtype=run.dtype,
        ),
        functools.partial(
            batch, notes.x, run.seed, config=config, batch_size=run.batch_size
        ),
        samples=functools.partial(listen, x=notes.x[:4], config=config),
        ship=lambda state: jax.tree.map(half, state["ema"]),
    )
    heard = load(run.notes, config, split="test", seconds=1.0)
    params = jax.tree.map(np.float32, params)
    return distance(params, heard.x[:: max(1, len(heard.x) // 64)], config)


def listen(state, x, config):
    """What the model makes of notes so far."""
    y = there_and_back(state["ema"], x, config)
    return {"notes": (y.ravel(), config.sample_rate)}


def generate(params, config, *, duration, pitch=None, instrument=None, seed=0):
    """Play an instrument of the General MIDI bank as it comes back from its codes.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the model's.
      duration: seconds.
      pitch: MIDI number, whole; 60 if None.
      instrument: a name of `neural.data.bank_notes.PROGRAMS`; the flute if None.
      seed: of nothing: the same words, the same note.

    Returns:
      Signal (n_samples,), float32.
    """
    del seed
    seconds = positive(duration, name="duration")
    n_samples = max(1, round(seconds * config.sample_rate))
    x = bank_notes(
        instrument or "flute",
        60 if pitch is None else pitch,
        sample_rate=config.sample_rate,
        n_samples=n_samples,
    )
    return there_and_back(params, x, config)[0]
