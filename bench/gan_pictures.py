"""Phase or instantaneous frequency: from which pictures does GANSynth learn best?

    DSPLAB_NOTES=notes python -m bench gan_pictures 3000

trains the small GANSynth so many steps with each kind of picture, from the same seed,
rate and batches, into runs/gan-pictures (an interrupted run goes on), and measures all
as `python -m bench gansynth` does: of 500 notes. Without a number, what is there
already is measured. 3000 steps are four to five minutes of CPU time for each kind.
With `DSPLAB_DELAYED=1` every note is heard four times, each time a little later, by up
to 31 samples: a sampler's notes of one key all begin with the same phases, recorded
notes do not. (How much the phases of one key agree: 0.61 as rendered, 0.12 delayed.)

What came out, one seed each:

                    pitch  in tune  (octaves)  NDB  Frechet  spread
    3000 steps
    phase           84.2%    81.8%      87.4%   25   12.788    0.95
    if              62.0%    61.2%      66.2%   20   12.446    0.92
    if_mel          63.8%    49.6%      58.8%   22   11.888    1.26
    2000 steps, delayed
    phase           69.2%    69.0%      73.0%   23   14.428    1.10
    if              49.2%    50.8%      53.2%   26   12.699    1.35

By Frechet distance the order is the paper's: if_mel, if, phase. Not by pitch, where the
paper sees hardly any difference: so small a GANSynth learns pitches sooner from phases.
Its pictures have 16 frames, half a window apart, the paper's 128, a quarter apart: a
phase has to be kept for less long, and the turning of neighbouring bins differs by half
a turn. After 9000 steps if_mel, which is shipped, reaches 94 % and 85 %.
"""

import os
import pathlib

import numpy as np

from bench.gansynth import N_NOTES, listening
from neural import checkpoints
from neural.data import note_set
from neural.notes.gansynth import Config
from neural.recipes import gansynth as recipe
from neural.recipes.running import Run

DELAYED = bool(os.environ.get("DSPLAB_DELAYED"))
FOLDER = pathlib.Path("runs/gan-pictures" + "-delayed" * DELAYED)
KINDS = ("phase", "if", "if_mel")


def main(n_steps=None):
    """Train, if a number of steps is given; print the table."""
    if n_steps:
        for kind in KINDS:
            train(kind, n_steps)
    made = [kind for kind in KINDS if (FOLDER / kind / "gansynth.ckpt").exists()]
    if not made:
        print("nothing is trained yet: python -m bench gan_pictures 3000")
        return
    line, real, asked = listening(Config.tiny())
    line("real", real, asked)
    for kind in made:
        path = FOLDER / kind / "gansynth.ckpt"
        params, config = checkpoints.load_model(path, Config)
        line(kind, *recipe.asked_notes(params, config, n_notes=N_NOTES))


def train(kind, n_steps):
    """Train with one kind of picture; the notes are bench.gansynth's."""
    folder = FOLDER / kind
    run = Run(
        folder,
        n_steps=n_steps,
        resume=folder.exists(),
        notes=(os.environ.get("DSPLAB_NOTES", "notes"),),
    )
    recipe.train(Config.tiny(kind), run, change=delayed if DELAYED else None)


def delayed(notes):
    """Each note four times, with up to 31 samples of silence before it."""
    rng = np.random.default_rng(7)
    late = note_set.rows_of(notes, np.tile(np.arange(len(notes.x)), 4))
    x = np.zeros_like(late.x)
    for row, shift in enumerate(rng.integers(32, size=len(x))):
        x[row, shift:] = late.x[row, : x.shape[1] - shift]
    return late._replace(x=x)
