"""GANSynth: are its notes in tune, as various as real ones, and how fast do they come?

    DSPLAB_NOTES=notes python -m bench gansynth

The shipped generator (DSPLAB_GANSYNTH=file.ckpt: another), beside real notes of
instruments it never heard, itself before training, and white noise as loud as notes.
DSPLAB_NOTES is what `python -m data_scripts.render_notes` has made; the trained
instruments make the bins of NDB, all others are "real".

* pitch: by the pitch classifier that comes along, of 500 notes over all pitches;
* in tune: f0 of the sound within 50 cents of the pitch asked for; (octaves aside);
* NDB: of 50 bins of log magnitude pictures, those whose shares differ from those of
  the trained instruments;
* Frechet: distance of the family classifier's last layer to the real notes;
* spread: mean deviation over timbres of log magnitudes at one pitch, of the real ones'.

Speed: CPU time for a second of sound, GANSynth and WaveNet in turn, 16 notes at once.
The paper has a factor of about 54 000 on a GPU, for a WaveNet of 16 kHz.
"""

import os
import time

import jax
import numpy as np

import neural
from neural import checkpoints
from neural.evaluation.frechet import frechet_distance
from neural.evaluation.ndb import make_bins, ndb
from neural.evaluation.note_scores import open_judge
from neural.evaluation.pitch_accuracy import pitch_accuracy
from neural.notes import gansynth, wavenet
from neural.recipes import gansynth as recipe
from neural.spectrogram_pictures import from_sound

N_NOTES = 500


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
    folder = [os.environ.get("DSPLAB_NOTES", "notes")]
    trained = recipe.load(folder, config, split="train")
    parts = [recipe.load(folder, config, split=s) for s in ("valid", "test")]
    real = np.concatenate([part.x for part in parts])
    asked = np.concatenate([part.pitch for part in parts])
    chosen = np.random.default_rng(0).permutation(len(real))[:N_NOTES]
    real, asked = real[chosen], asked[chosen]
    x, pitch = recipe.asked_notes(params, config, n_notes=N_NOTES)
    fresh = gansynth.init(jax.random.key(5), config)
    untrained, _ = recipe.asked_notes(fresh, config, n_notes=N_NOTES)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(x.shape).astype(np.float32) * np.std(real)
    bins = make_bins(features(trained.x, config), n_bins=50, n_runs=3)
    like, full = embedded(real, config), spread(real, asked, config)
    print(
        f"{'':12}{'pitch':>7}{'in tune':>9}{'(octaves)':>11}{'NDB':>5}{'Frechet':>9}"
        f"{'spread':>8}"
    )
    for name, sounds, wanted in (
        ("real", real, asked),
        ("GANSynth", x, pitch),
        ("untrained", untrained, pitch),
        ("noise", noise, pitch),
    ):
        print(
            f"{name:12}{heard(sounds, wanted, config):7.1%}"
            f"{recipe.in_tune(sounds, wanted, config):9.1%}"
            f"{recipe.in_tune(sounds, wanted, config, octaves=True):11.1%}"
            f"{ndb(bins, features(sounds, config)).ndb:5d}"
            f"{frechet_distance(like, embedded(sounds, config)):9.3f}"
            f"{spread(sounds, wanted, config) / full:8.2f}",
            flush=True,
        )


def heard(x, pitch, config):
    """Share of notes that the pitch classifier hears at the pitch asked for."""
    judge = open_judge("pitch-classifier")
    p = judge.probabilities(x, config.sample_rate)
    return pitch_accuracy(p, pitch, lowest_pitch=judge.config.lowest_pitch)


def embedded(x, config):
    """What the classifier of families sees in notes."""
    return open_judge("family-classifier").embed(x, config.sample_rate)


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
    slow_params, slow = neural.pretrained("wavenet")
    pitch, n_samples = np.arange(60, 68).repeat(2), 800

    def paint(seed):
        return gansynth.generate(
            params, jax.random.key(seed), config=config, pitch=pitch
        )

    def compose(seed):
        options = {"pitch": pitch, "instrument": np.arange(16) % 4}
        return wavenet.generate(
            slow_params,
            jax.random.key(seed),
            n_samples=n_samples,
            config=slow,
            **options,
        )

    least = {paint: np.inf, compose: np.inf}
    for seed in range(6):
        for play in least:
            begin = time.process_time()
            x = np.asarray(play(seed))
            spent = time.process_time() - begin
            if seed:  # the first compiles
                rate = config.sample_rate if play is paint else slow.sample_rate
                least[play] = min(least[play], spent * rate / x.size)
    fast, slowly = least.values()
    print(
        f"\nCPU seconds a second of sound: GANSynth {fast:.2e}, WaveNet {slowly:.2e}: "
        f"{slowly / fast:,.0f} times (paper: 53,880 on a GPU)"
    )
