"""InstrumentGen: does it play what it is asked, in tune, and with one timbre?

    DSPLAB_NOTES=notes python -m bench instrumentgen

The shipped model (DSPLAB_INSTRUMENTGEN=file.ckpt: another), asked for the instruments
of nsynth-valid and nsynth-test, of which it never heard a note, by captions that do not
say their titles. DSPLAB_NOTES is what `python -m data_scripts.render_notes` has made.

* pitch: by the pitch classifier that comes along;
* in tune: f0 of the sound within 50 cents of the pitch asked for; (octaves aside);
* family: share of the notes that the family classifier takes for the family asked for;
* consistency: cosine of what that classifier sees in two notes of one instrument at
  different pitches, and of two instruments. The paper has a figure for this made with
  CLAP; here the judge is not what the model was told by;
* nats: a code, told another note of the same instrument; unigram: who knows only how
  often each code comes.

What the codec makes of real notes is the most that the model can reach.
"""

import os

import jax
import numpy as np

import neural
from neural import checkpoints
from neural.data import captions
from neural.evaluation.note_scores import open_judge
from neural.evaluation.pitch_accuracy import pitch_accuracy
from neural.notes import instrumentgen
from neural.recipes import instrumentgen as recipe
from neural.recipes.gansynth import in_tune

N_NOTES = 100
GUIDANCES = 1.0, recipe.GUIDANCE, 8.0


def model():
    """The model to be measured."""
    path = os.environ.get("DSPLAB_INSTRUMENTGEN")
    if path:
        return checkpoints.load_model(path, instrumentgen.Config)
    return neural.pretrained("instrumentgen")


def main():
    """Print the tables."""
    params, config = model()
    folder = [os.environ.get("DSPLAB_NOTES", "notes")]
    learned = recipe.load(folder, config, split="train")
    for split in ("valid", "test"):
        material = recipe.load(folder, config, split=split)
        nats = recipe.nats(params, config, material)
        plain = recipe.unigram_nats(learned.codes, material.codes, config)
        print(f"{split}: {nats:.3f} nats a code, unigram {plain:.3f}")
        asked(params, config, material)


def asked(params, config, material):
    """Print a line for real notes, what the codec makes of them, and generated ones."""
    notes = material.notes
    rng = np.random.default_rng(0)
    rows = rng.permutation(len(notes.x))[:N_NOTES]
    texts = [captions.caption(notes, row, material.bright[row]) for row in rows]
    own = recipe.read(texts)
    other = elsewhere(notes.family[rows], rng)
    told = {"pitch": notes.pitch[rows], "velocity": notes.velocity[rows]}
    lines = {
        "real": notes.x[rows],
        "through the codec": recipe.decode(material.codes[rows]),
    }
    for s in GUIDANCES:
        lines[f"text, guidance {s:g}"] = played(params, config, told, own, guidance=s)
    lines["another's text"] = played(params, config, told, own[other])
    lines["a sound"] = played(params, config, told, material.heard[rows])
    print(
        f"{'':20}{'pitch':>7}{'in tune':>9}{'(octaves)':>11}{'family':>8}"
        f"{'one':>7}{'two':>6} (consistency)"
    )
    for name, x in lines.items():
        judged(name, x, notes, rows, config)


def elsewhere(family, rng):
    """For each note one whose family is another: numbers (n,)."""
    found = [rng.choice(np.flatnonzero(family != f)) for f in family]
    return np.array(found)


def played(params, config, told, embedding, **options):
    """Notes, 50 at a time."""
    found = []
    for first in range(0, len(embedding), 50):
        part = {name: rows[first : first + 50] for name, rows in told.items()}
        key, z = jax.random.key(first), embedding[first : first + 50]
        found.append(recipe.play(params, config, key, embedding=z, **part, **options))
    return np.concatenate([x for x, _ in found])


def judged(name, x, notes, rows, config):
    """Print the line of one kind of notes."""
    pitch, rate = notes.pitch[rows], config.sample_rate
    hearing, knowing = open_judge("pitch-classifier"), open_judge("family-classifier")
    p = hearing.probabilities(x, rate)
    right = pitch_accuracy(p, pitch, lowest_pitch=hearing.config.lowest_pitch)
    family = knowing.probabilities(x, rate).argmax(axis=1) == notes.family[rows]
    one, two = consistency(knowing.embed(x, rate), notes.instrument[rows], pitch)
    print(
        f"{name:20}{right:7.1%}{in_tune(x, pitch, config):9.1%}"
        f"{in_tune(x, pitch, config, octaves=True):11.1%}{family.mean():8.1%}"
        f"{one:7.2f}{two:6.2f}",
        flush=True,
    )


def consistency(seen, instrument, pitch):
    """Mean cosine of notes of one instrument at two pitches, and of two instruments."""
    seen = seen / np.linalg.norm(seen, axis=1, keepdims=True)
    near, same = seen @ seen.T, instrument[:, None] == instrument
    elsewhere = pitch[:, None] != pitch
    return near[same & elsewhere].mean(), near[~same].mean()
