"""The neural audio codec beside mu-law and principal components, at equal bit rates.

    DSPLAB_NOTES=notes python -m bench codec

Distance (`multi_scale_distance`, windows of 64 to 2048 samples) of the first second of
notes to what comes back from a quarter, half, three quarters and all of the codebooks,
mean over notes of instruments that nobody has learned from
(nsynth-test); silence has the last line. DSPLAB_NOTES is what
`python -m data_scripts.render_notes` has made. Each of the others is
learned from the notes of nsynth-train, has several settings, of which the one that does
best on notes of nsynth-valid at that bit rate is taken, and is given the peak of each
note for nothing:

* mu-law: 1 to 8 bits a sample, as many samples a second as there are bits, and nothing
  above their Nyquist frequency, or held samples;
* PCA of waves: pieces of 64 to 256 samples;
* PCA of spectra: log magnitudes of one or more frames; phases by Griffin-Lim.

Components get their bits by reverse water-filling, their levels by Lloyd and Max. The
codec stands also as it begins: components and k-means, before the first step.
DSPLAB_CODEC=file.ckpt measures another checkpoint.
"""

import os
import time

import jax
import numpy as np

import neural
from neural import checkpoints
from neural.data.bank_notes import louder
from neural.evaluation.codec_baselines import contenders
from neural.evaluation.spectral_distance import multi_scale_distance
from neural.notes import codec
from neural.recipes import codec as recipe

N_CHOOSING = 24  # notes on which settings are chosen
N_NOTES = 96  # on which they are compared
N_LEARNED = 1000  # from which components are learned


def model():
    """The codec to be measured."""
    path = os.environ.get("DSPLAB_CODEC")
    return (
        checkpoints.load_model(path, codec.Config)
        if path
        else neural.pretrained("codec")
    )


def some(split, n, config):
    """n notes of a split, evenly spread."""
    folders = [os.environ.get("DSPLAB_NOTES", "notes")]
    x = recipe.load(folders, config, split=split, seconds=1.0).x
    return x[np.linspace(0, len(x) - 1, n).astype(int)]


def mean_distance(x, y):
    """Mean over notes."""
    return float(np.mean(multi_scale_distance(x, y)))


def main():
    """Print the table, and how long it takes to write and read a second of sound."""
    params, config = model()
    rivals = contenders(some("train", N_LEARNED, config))
    choosing = some("valid", N_CHOOSING, config)
    x = some("test", N_NOTES, config)
    counts = np.ceil(config.n_codebooks * np.arange(1, 5) / 4).astype(int)
    rates = config.bit_rate * counts / config.n_codebooks
    print(f"{'bit/s':16}" + "".join(f"{bits:9.0f}" for bits in rates))
    for name, own in (("codec", params), ("as it begins", beginning(config))):
        found = [recipe.distance(own, x, config, n_codebooks=n) for n in counts]
        print(f"{name:16}" + "".join(f"{d:9.3f}" for d in found), flush=True)
    for name, variants in rivals.items():
        row(name, variants, choosing, x, rates, config.sample_rate)
    print(f"{'silence':16}{mean_distance(x, 0 * x):9.3f}")
    speed(params, config, x)


def beginning(config):
    """The parameters that training starts from."""
    fresh = codec.init(jax.random.key(0), config)
    if not config.n_fft:
        return fresh
    x = louder(some("train", N_LEARNED, config), recipe.PEAK)
    return codec.begun(fresh, x, config)


def row(name, variants, choosing, x, rates, sample_rate):
    """Choose the settings of one rival, and print its line."""
    line, chosen = f"{name:16}", []
    for bits in rates:
        scores = {
            label: mean_distance(choosing, play(choosing, bits, sample_rate))
            for label, play in variants.items()
        }
        best = min(scores, key=scores.get)
        y = variants[best](x, bits, sample_rate)
        line += f"{mean_distance(x, y):9.3f}"
        chosen.append(best)
    print(line + "   " + "; ".join(chosen), flush=True)


def speed(params, config, x):
    """Print CPU seconds for a second of sound."""
    spent = []
    for _ in range(3):
        begin = time.process_time()
        recipe.there_and_back(params, x[:32], config)
        spent.append(time.process_time() - begin)
    seconds = 32 * x.shape[1] / config.sample_rate
    print(
        f"\nCPU seconds there and back, a second of sound: {min(spent) / seconds:.4f}"
    )
