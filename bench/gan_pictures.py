"""Phase or instantaneous frequency: from which pictures does GANSynth learn best?

    DSPLAB_NOTES=notes python -m bench gan_pictures 3000

trains the small GANSynth so many steps with each kind of picture, from the same seed,
rate and batches, into runs/gan-pictures (an interrupted run goes on), and measures all
as `python -m bench gansynth` does: of 500 notes. Without a number, what is there
already is measured. 3000 steps are five to seven minutes of CPU time for each.

DSPLAB_SEEDS=3      three of each kind
DSPLAB_OVERLAP=4    32 frames a quarter of a window apart, as the paper's, in place of
                    16 half a window apart
DSPLAB_DELAYED=1    every note four times, each time a little later, by up to 31
                    samples: a sampler's notes of one key all begin with the same
                    phases, recorded notes do not. (How much the phases of one key
                    agree: 0.61 as rendered, 0.12 delayed.)

What came out. In the last two columns phases are drawn by lot, loudness is as it was:

                  pitch  in tune  NDB  Frechet  by pitch    IS  kept | in tune  kept
    3000 steps, three seeds, 32 frames
    phase    0    61.0%    50.8%   27   15.056    14.393  16.1  0.22 |  52.4%   0.20
             1    81.4%    84.6%   28   24.228     9.236  20.7  0.16 |  84.0%   0.17
             2    61.0%    61.4%   31   11.868    12.005  16.9  0.19 |  60.2%   0.18
    if       0    36.2%    32.8%   29    8.741    15.140  17.2  0.24 |  31.2%   0.19
             1    55.0%    58.2%   37   28.871    12.415  15.3  0.30 |  58.8%   0.21
             2    28.0%    27.6%   43   12.497    16.031  12.3  0.19 |  26.8%   0.14
    3000 steps, 16 frames
    phase    0    82.8%    81.8%   29   14.097    10.451  21.4  0.23 |  82.0%   0.24
    if       0    62.0%    60.6%   23   12.053    13.786  15.9  0.38 |  62.2%   0.19
    if_mel   0    59.4%    50.8%   22   12.357    13.875  15.6  0.41 |  51.4%   0.24
    9000 steps, 16 frames: ten minutes; if_mel is the shipped one
    phase    0    83.6%    83.2%   31    8.240     8.774  19.7  0.16 |  80.4%   0.18
    if_mel   0    92.6%    85.6%   23    6.880     7.046  21.9  0.54 |  85.8%   0.26
    2000 steps, 16 frames, delayed
    phase    0    68.0%    70.2%   28   17.140    14.087  19.0  0.22 |  68.8%   0.20
    if       0    48.4%    51.2%   27   12.329    15.777  16.9  0.30 |  50.8%   0.23
    real         100.0%   100.0%    6    0.000     0.000  24.3  0.90

The paper ranks phase under if under if_mel by listeners, NDB and its Frechet distance;
in pitch it sees hardly any difference. After ten minutes if_mel is before phase in
every column here, too; phase had been before it in pitch and IS after a third of them,
and hardly learned on. One seed each. Besides:

* Whether phases hold is what these pictures are for, and there phase is behind, as in
  the paper. Learned as phases they hold no better than drawn by lot, within 0.02, in
  every run. As frequencies they do: by 0.19, with mel by 0.17 (0.28 after 9000 steps);
  by 0.05, 0.09 and 0.05 with 32 frames, which need more steps than 3000.
* No other column hears phases at this size. The shipped one with phases by lot has 92.0
  %, 21, 7.029, 7.258 and 21.8. A frame of 64 ms has the harmonics in separate rows; who
  has the loudness right is in tune.
* Loudness is learned sooner, if less well in the end, beside phases, at either overlap;
  just as soon beside noise: with the second picture of real notes `by_lot`, too, 82 %
  of 100 notes were in tune (phase, 16 frames). Phases are left alone, frequencies take
  a part of what small networks can learn in a few minutes.
* A quarter of a window does not change that. Nor are frequencies of frames that are
  half a window apart harder to see: all rows of a partial have the same.
* After 3000 steps seeds differ by as much as kinds in Frechet distance and by twenty
  points in pitch; in NDB, both distances and IS three do not have the paper's order.
"""

import dataclasses
import os
import pathlib

import jax
import jax.numpy as jnp
import numpy as np

from bench.gansynth import N_NOTES, kept, listening, tuned
from neural import checkpoints
from neural.data import note_set
from neural.notes import gansynth
from neural.notes.gansynth import Config
from neural.recipes import gansynth as recipe
from neural.recipes.running import Run
from neural.spectrogram_pictures import sounding

DELAYED = bool(os.environ.get("DSPLAB_DELAYED"))
OVERLAP = int(os.environ.get("DSPLAB_OVERLAP", "2"))
SEEDS = range(int(os.environ.get("DSPLAB_SEEDS", "1")))
FOLDER = pathlib.Path(
    "runs/gan-pictures" + "-delayed" * DELAYED + "-overlap-4" * (OVERLAP == 4)
)
KINDS = ("phase", "if", "if_mel")


def main(n_steps=None):
    """Train, if a number of steps is given; print the table."""
    models = [(kind, seed) for seed in SEEDS for kind in KINDS]
    if n_steps:
        for kind, seed in models:
            train(kind, n_steps, seed)
    made = [model for model in models if path_of(*model).exists()]
    if not made:
        print("nothing is trained yet: python -m bench gan_pictures 3000")
        return
    line, real, asked = listening(Config.tiny())
    line("real", real, asked)
    models = {
        f"{kind} {seed}": checkpoints.load_model(path_of(kind, seed), Config)
        for kind, seed in sorted(made)
    }
    for name, model in models.items():
        line(name, *recipe.asked_notes(*model, n_notes=N_NOTES))
    print(f"\n{'with phases by lot':22}{'in tune':>9}{'(octaves)':>11}{'kept':>6}")
    for name, (params, config) in models.items():
        x, pitch = loudness_alone(params, config, n_notes=N_NOTES)
        print(f"{name:22}{tuned(x, pitch, config)}{kept(x, config):6.2f}", flush=True)


def sizes(kind, overlap):
    """The small GANSynth, or one whose frames overlap as the paper's do."""
    small = Config.tiny(kind)
    if overlap == small.overlap:
        return small
    if overlap != 4:
        raise ValueError(f"DSPLAB_OVERLAP must be 2 or 4, got {overlap}")
    return dataclasses.replace(small, overlap=4, start=(2, 8), n_blocks=4, n_base=256)


def path_of(kind, seed):
    """Where a model is; those of seed 0 bear the kind's name alone."""
    return FOLDER / (f"{kind}-{seed}" if seed else kind) / "gansynth.ckpt"


def train(kind, n_steps, seed):
    """Train with one kind of picture; the notes are bench.gansynth's."""
    folder = path_of(kind, seed).parent
    run = Run(
        folder,
        n_steps=n_steps,
        seed=seed,
        resume=folder.exists(),
        notes=(os.environ.get("DSPLAB_NOTES", "notes"),),
    )
    recipe.train(sizes(kind, OVERLAP), run, change=delayed if DELAYED else None)


def loudness_alone(params, config, *, n_notes):
    """The notes of `recipe.asked_notes`, loudness as it was, phases by lot."""
    pitch = config.lowest_pitch + np.arange(n_notes) % config.n_pitches
    z = jax.random.normal(jax.random.key(0), (n_notes, config.n_latent), jnp.float32)
    patches = by_lot(gansynth.apply(params, z, jnp.asarray(pitch), config))
    return np.asarray(sounding(patches, config)), pitch


def by_lot(patches):
    """Pictures, normalised, whose every second channel, turning or phase, is random."""
    some = jax.random.uniform(
        jax.random.key(1), patches[..., 1::2].shape, patches.dtype
    )
    return patches.at[..., 1::2].set(0.8 * (2.0 * some - 1.0))  # 0.8 is half a turn


def delayed(notes):
    """Each note four times, with up to 31 samples of silence before it."""
    rng = np.random.default_rng(7)
    late = note_set.rows_of(notes, np.tile(np.arange(len(notes.x)), 4))
    x = np.zeros_like(late.x)
    for row, shift in enumerate(rng.integers(32, size=len(x))):
        x[row, shift:] = late.x[row, : x.shape[1] - shift]
    return late._replace(x=x)
