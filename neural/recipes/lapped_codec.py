"""The recipe of the shipped lapped codec: `neural train lapped-codec --notes FOLDER`.

Notes of the General MIDI bank, two octaves, each at the same peak; k-means on their
frames, codebook after codebook. It takes seconds, so there are no steps to go on with.

    python -m data_scripts.render_notes notes --sound-font dsplab/banks/general_midi.sf2
    neural train lapped-codec --notes notes

**Held out.** Of instruments never heard: how much of a note's energy is left over.
"""

import pathlib

import numpy as np

from neural import checkpoints
from neural.data import note_set
from neural.data.bank_notes import bank_notes, louder
from neural.notes import lapped_codec
from neural.recipes.running import settings

ABOUT = {
    "idea": "a codec without a network: overlapping cosines, codebooks by k-means",
    "paper": "J. Princen et al., ICASSP 1987, for the transform",
    "minutes": 1,  # to train tiny on two cores
    "loss": "none: k-means",
    "figure": "% of the energy left over, instruments never heard",
}
SECONDS, PITCHES, VELOCITIES = 1.024, (48, 72), (50, 100)
PEAK = 0.5  # of what is coded
AT_ONCE = 64  # notes that are coded together


def load(folders, config, *, split="train"):
    """Notes (n, n_samples) of peak PEAK: whole frames."""
    frames = round(SECONDS * config.sample_rate / config.hop_length)
    notes = note_set.load(
        folders,
        sample_rate=config.sample_rate,
        n_samples=frames * config.hop_length,
        split=split,
        pitches=PITCHES,
        velocities=VELOCITIES,
    )
    return louder(notes.x, PEAK)


def codes_of(params, x, config):
    """Codes of many notes, as `lapped_codec.encode` gives them: NumPy."""
    parts = [x[first : first + AT_ONCE] for first in range(0, len(x), AT_ONCE)]
    codes = [lapped_codec.encode(params, louder(part, PEAK), config) for part in parts]
    return np.concatenate(codes)


def left_over(params, x, config):
    """Part of the energy of notes that does not come back."""
    y = np.asarray(lapped_codec.decode(params, codes_of(params, x, config), config))
    n = x.shape[1] - config.hop_length  # the end of the last frame fades out
    return float(np.sum((x - y)[:, :n] ** 2) / np.sum(x[:, :n] ** 2))


def train(config, run):
    """Learn the codebooks, and write them to folder/lapped-codec.ckpt.

    Args:
      config: a `lapped_codec.Config`.
      run: a `neural.recipes.running.Run`, with folders of notes.

    Returns:
      Percent of the energy of the notes of nsynth-test that is left over.
    """
    run = run.filled(n_steps=1, batch_size=1)
    params = lapped_codec.fit(load(run.notes, config), config, seed=run.seed)
    params = {"codebooks": params["codebooks"].astype(np.float16)}  # half the size
    folder = pathlib.Path(run.folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "lapped-codec.ckpt"
    checkpoints.save(path, params, step=1, config=settings(config, run))
    params = {"codebooks": params["codebooks"].astype(np.float32)}
    return 100.0 * left_over(params, load(run.notes, config, split="test"), config)


def generate(params, config, *, duration, seed=0, pitch=None, instrument=None):
    """A note of the General MIDI bank as it comes back from its codes.

    Args:
      params: from `train` or `neural.pretrained`.
      config: the codec's.
      duration: seconds.
      seed: of nothing: the same words, the same note.
      pitch: MIDI number; 60 if None.
      instrument: a name of `neural.data.bank_notes.PROGRAMS`; the flute if None.

    Returns:
      Signal (n_samples,), float32.
    """
    del seed
    n = max(1, round(duration * config.sample_rate))
    pitch = 60 if pitch is None else pitch
    options = {"sample_rate": config.sample_rate, "n_samples": n}
    x = bank_notes(instrument or "flute", pitch, **options)
    codes = codes_of(params, x, config)
    return np.asarray(lapped_codec.decode(params, codes, config))[0, :n]
