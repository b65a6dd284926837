"""GANSynth: are its notes in tune, as various as real ones, and how fast do they come?

    DSPLAB_NOTES=notes python -m bench gansynth

The shipped generator (DSPLAB_GANSYNTH=file.ckpt: another), beside real notes of
instruments it never heard, the progressive GAN (which nobody asks for a pitch), itself
before training, and white noise as loud as notes.
DSPLAB_NOTES is what `python -m data_scripts.render_notes` has made; the trained
instruments make the bins of NDB, all others are "real".

* pitch: by the pitch classifier that comes along, of 500 notes over all pitches;
* in tune: f0 of the sound within 50 cents of the pitch asked for; (octaves aside);
* NDB: of 50 bins of log magnitude pictures, those whose shares differ from those of
  the trained instruments;
* Frechet: distance of the family classifier's last layer to the real notes;
* by pitch: the same of the pitch classifier's, as the paper has it;
* IS: inception score of the pitch classifier, 25 at most;
* kept: how much of a note comes again a whole frame later (do phases hold?);
* spread: mean deviation over timbres of log magnitudes at one pitch, of the real ones'.

Speed: CPU time for a second of sound, GANSynth and a WaveNet in turn, one note at a
time and several at once; first the two that are shipped (the WaveNet of 32 channels at
8 kHz, GANSynth at 4), then the two of the paper, 7.3
million parameters against the decoder of NSynth's WaveNet, 59.8 million, both at 16
kHz: a whole note of four seconds against N_SAMPLES samples, since every sample costs
the same. The paper has a factor of about 54 000, one note at a time on a GPU. Measured
here on one core: 4400 times at the published sizes, where each sample of the WaveNet
reads 240 MB of weights; 100 (one note) and 310 (sixteen) for the shipped two: a second
of that WaveNet is only 30 times the multiplications of a second of GANSynth.
"""

import dataclasses
import functools
import os
import time

import jax
import numpy as np

import neural
from dsplab.convert import midi_to_hz
from dsplab.resampling import resample
from neural import checkpoints
from neural.evaluation.frechet import frechet_distance
from neural.evaluation.inception_score import inception_score
from neural.evaluation.ndb import make_bins, ndb
from neural.evaluation.note_scores import open_judge
from neural.evaluation.pitch_accuracy import pitch_accuracy
from neural.latents import between
from neural.notes import gansynth, nsynth_wavenet, progressive_gan, wavenet
from neural.recipes import gansynth as recipe
from neural.spectrogram_pictures import from_sound

N_NOTES = 500
N_SAMPLES = 128
JUDGES = ("family-classifier", "pitch-classifier")


def model():
    """The generator to be measured."""
    path = os.environ.get("DSPLAB_GANSYNTH")
    if path:
        return checkpoints.load_model(path, gansynth.Config)
    return neural.pretrained("gansynth")


def main():
    """Print both tables."""
    params, config = model()
    quality(params, config)
    speed(params, config)


def quality(params, config):
    """Print the line of each kind of notes."""
    line, real, asked = listening(config)
    x, pitch = recipe.asked_notes(params, config, n_notes=N_NOTES)
    fresh = gansynth.init(jax.random.key(5), config)
    untrained, _ = recipe.asked_notes(fresh, config, n_notes=N_NOTES)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(x.shape).astype(np.float32) * np.std(real)
    line("real", real, asked)
    line("GANSynth", x, pitch)
    untold, sizes = neural.pretrained("progressive-gan")
    key = jax.random.key(3)
    line(
        "progressive", progressive_gan.play(untold, key, n_notes=N_NOTES, config=sizes)
    )
    line("untrained", untrained, pitch)
    line("noise", noise, pitch)
    ways(params, config)


def listening(config):
    """Print the head of the table.

    Returns:
      line, a function (name, notes, pitches) that prints one; real notes that no model
      heard, and their pitches.
    """
    folder = [os.environ.get("DSPLAB_NOTES", "notes")]
    trained = recipe.load(folder, config, split="train")
    parts = [recipe.load(folder, config, split=s) for s in ("valid", "test")]
    real = np.concatenate([part.x for part in parts])
    asked = np.concatenate([part.pitch for part in parts])
    chosen = np.random.default_rng(0).permutation(len(real))[:N_NOTES]
    real, asked = real[chosen], asked[chosen]
    bins = make_bins(features(trained.x, config), n_bins=50, n_runs=3)
    like = {judge: embedded(real, config, judge) for judge in JUDGES}
    full = spread(real, asked, config)
    print(
        f"{'':16}{'pitch':>7}{'in tune':>9}{'(octaves)':>11}{'NDB':>5}{'Frechet':>9}"
        f"{'by pitch':>10}{'IS':>6}{'kept':>6}{'spread':>8}"
    )

    def line(name, sounds, wanted=None):
        told, various = f"{'':27}", ""
        p = told_pitches(sounds, config)
        if wanted is not None:
            told = f"{heard(p, wanted):7.1%}" + tuned(sounds, wanted, config)
            various = f"{spread(sounds, wanted, config) / full:8.2f}"
        found = ndb(bins, features(sounds, config)).ndb
        off, off_pitch = (
            frechet_distance(like[judge], embedded(sounds, config, judge))
            for judge in JUDGES
        )
        print(
            f"{name:16}{told}{found:5d}{off:9.3f}{off_pitch:10.3f}"
            f"{inception_score(p).score:6.1f}{kept(sounds, config):6.2f}{various}",
            flush=True,
        )

    return line, real, asked


def tuned(x, pitch, config):
    """Two columns: whether the sound's f0 is what was asked for."""
    return (
        f"{recipe.in_tune(x, pitch, config):9.1%}"
        f"{recipe.in_tune(x, pitch, config, octaves=True):11.1%}"
    )


def ways(params, config, *, n_ways=10):
    """Print whether pitch holds while z goes from one timbre to another, and beyond."""
    pitch = np.tile(config.lowest_pitch + np.arange(config.n_pitches), n_ways)
    ends = (
        jax.random.normal(jax.random.key(k), (len(pitch), config.n_latent))
        for k in (8, 9)
    )
    a, b = ends
    print("\nin tune on the way between two timbres")
    for part in (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0):
        z = between(a, b, part)
        x = gansynth.generate(params, None, config=config, pitch=pitch, z=z)
        tuned = recipe.in_tune(np.asarray(x), pitch, config)
        print(f"  {part:4.2f} {tuned:7.1%}", flush=True)


def heard(probabilities, pitch):
    """Share of notes that the pitch classifier hears at the pitch asked for."""
    lowest = open_judge("pitch-classifier").config.lowest_pitch
    return pitch_accuracy(probabilities, pitch, lowest_pitch=lowest)


def told_pitches(x, config):
    """Probabilities (n, pitches) of the pitch classifier."""
    return open_judge("pitch-classifier").probabilities(x, config.sample_rate)


def embedded(x, config, judge):
    """What a classifier sees in notes, its last layer."""
    return open_judge(judge).embed(x, config.sample_rate)


def kept(x, config):
    """How much of a note comes again a whole frame later, at most 1, mean of notes.

    The largest normalised autocorrelation of the steady part at delays from a frame to
    a period of the lowest pitch more. No frame reaches over such a delay: only phases
    that fit from frame to frame let a tone come again. The paper shows it by drawing
    the sound folded at its period.
    """
    rate = recipe.LISTENED_AT
    fine = resample(np.asarray(x, np.float64), x.shape[-1] * rate // config.sample_rate)
    steady = fine[:, fine.shape[-1] // 5 : -(fine.shape[-1] // 8)]
    frame = config.pictures.n_fft * rate // config.sample_rate
    last = frame + int(rate / midi_to_hz(float(config.lowest_pitch)))
    early = steady[:, :-last]
    again = np.full(len(x), -1.0)
    for delay in range(frame, last):
        late = steady[:, delay : delay + early.shape[-1]]
        power = np.sqrt((early**2).sum(axis=-1) * (late**2).sum(axis=-1))
        again = np.maximum(again, (early * late).sum(axis=-1) / (power + 1e-12))
    return float(again.mean())


def features(x, config):
    """Log magnitudes, four frames and four bins together, (n, d)."""
    loud = np.asarray(from_sound(x, config.pictures))[..., 0]
    n, t, f = loud.shape
    return loud.reshape(n, t // 4, 4, f // 4, 4).mean(axis=(2, 4)).reshape(n, -1)


def spread(x, pitch, config):
    """Mean deviation of log magnitudes among notes of one pitch."""
    seen = features(x, config)
    rows = [seen[pitch == p] for p in np.unique(pitch)]
    return float(np.mean([row.std(axis=0).mean() for row in rows if len(row) > 1]))


def speed(params, config):
    """Print CPU seconds for a second of sound of both, and their ratio."""
    print(f"\n{'CPU seconds a second of sound':34}{'GANSynth':>10}{'WaveNet':>10}")
    for n in (1, 16):
        compare(f"shipped, {n} at once", *shipped(params, config, n))
    compare("published sizes, 1 at once", *published(1), times=2)


def compare(title, paint, compose, *, times=6):
    """Print the least CPU time of both for a second of sound; each gives x and rate."""
    least = [np.inf, np.inf]
    for turn in range(times + 1):
        for i, play in enumerate((paint, compose)):
            begin = time.process_time()
            x, rate = play(turn)
            x = np.asarray(x)
            if turn:  # the first compiles
                spent = time.process_time() - begin
                least[i] = min(least[i], spent * rate / x.size)
    fast, slow = least
    print(f"{title:34}{fast:10.2e}{slow:10.2e}{slow / fast:10,.0f} times", flush=True)


def shipped(params, config, n):
    """The two models that come along, n notes at once."""
    slow_params, slow = neural.pretrained("wavenet")
    pitch = 60 + np.arange(n) // 2

    def paint(seed):
        key = jax.random.key(seed)
        x = gansynth.generate(params, key, config=config, pitch=pitch)
        return x, config.sample_rate

    def compose(seed):
        x = wavenet.generate(
            slow_params,
            jax.random.key(seed),
            n_samples=800,
            config=slow,
            pitch=pitch,
            instrument=np.arange(n) % 4,
        )
        return x, slow.sample_rate

    return paint, compose


def published(n):
    """GANSynth and NSynth's WaveNet at their published sizes, untrained."""
    config = gansynth.Config.paper()
    slow = dataclasses.replace(nsynth_wavenet.Config.paper(), hop_length=N_SAMPLES)
    params, slow_params = (
        filled(model.init, sizes)
        for model, sizes in ((gansynth, config), (nsynth_wavenet, slow))
    )
    z = np.zeros((n, 1, slow.n_latent), np.float32)

    def paint(seed):
        key = jax.random.key(seed)
        x = gansynth.generate(params, key, config=config, pitch=np.full(n, 60))
        return x, config.sample_rate

    def compose(seed):
        x = nsynth_wavenet.generate(slow_params, jax.random.key(seed), z, config=slow)
        return x, slow.sample_rate

    return paint, compose


def filled(init, config):
    """Parameters of the right shapes: speed does not depend on their values."""
    shapes = jax.eval_shape(functools.partial(init, config=config), jax.random.key(0))
    return jax.tree.map(lambda s: np.full(s.shape, 1e-3, s.dtype), shapes)
