"""Models of single notes: what they have learned, and whether they play in tune.

    python -m bench note_models

WaveNet, SampleRNN and WaveRNN as shipped, on the pairs of instrument and pitch that
none of them was trained on:

* nats a sample on whole notes, beside what counting achieves on the same codes: the
  bigram entropy; for WaveRNN that of the coarse half plus the fine half's given it.
  Each model has codes of its own, so differences within a row count, not across rows;
* in tune: of the notes it plays, each pair six times, the share whose f0 (median of
  YIN's from a tenth of a second on) is within 50 cents of the pitch asked for, octaves
  aside. By chance: 8 %. "Exact octave" counts octave errors as errors; "trained" is the
  share on pairs that the model was trained on, each once;
* the same of the rendered notes themselves, at the model's rate: what the estimator
  makes of notes that are right.
"""

import time

import numpy as np

import neural
from neural.data import notes
from neural.evaluation.entropy import bigram_entropy
from neural.notes import samplernn, wavenet, wavernn
from neural.recipes import samplernn as samplernn_recipe
from neural.recipes import told_notes
from neural.recipes import wavenet as wavenet_recipe
from neural.recipes import wavernn as wavernn_recipe

TIMES = 6  # each held-out pair


def main():
    """Print the table, and for each model the share of each instrument."""
    print(
        f"{'':10}{'nats':>8}{'counting':>10}{'below':>8}{'in tune':>9}{'trained':>9}"
        f"{'exact octave':>14}{'of real notes':>15}{'samples / CPU s':>17}"
    )
    for name, model, recipe in (
        ("wavenet", wavenet, wavenet_recipe),
        ("samplernn", samplernn, samplernn_recipe),
        ("wavernn", wavernn, wavernn_recipe),
    ):
        row(name, model, recipe)


def row(name, model, recipe):
    """Measure one model and print its line."""
    params, config = neural.pretrained(name)
    codes = np.asarray(recipe.held_out(config)["codes"])
    nats, known = recipe.held_out_nats(params, config), counting(recipe, codes, config)
    options = {"temperature": recipe.TEMPERATURE, "times": TIMES}
    played = (model.generate, params, config)
    x, pitch = told_notes.played_pairs(*played, **options)  # compiles
    begin = time.process_time()
    again, _ = told_notes.played_pairs(*played, **options, seed=2)
    rate = again.size / (time.process_time() - begin)
    options = {"temperature": recipe.TEMPERATURE, "times": 1, "test": False}
    heard = told_notes.played_pairs(*played, **options)
    off = told_notes.cents_off(x, pitch, config.sample_rate)
    known_off = told_notes.cents_off(*heard, config.sample_rate)
    exact = told_notes.cents_off(x, pitch, config.sample_rate, octaves=True)
    print(
        f"{name:10}{nats:8.3f}{known:10.3f}{known - nats:8.3f}{np.mean(off < 50):9.0%}"
        f"{np.mean(known_off < 50):9.0%}{np.mean(exact < 50):14.0%}"
        f"{real(config):15.0%}{rate:17,.0f}"
    )
    instrument = np.array(notes.pairs(held_out=True) * TIMES)[:, 0]
    each = [np.mean(off[instrument == n] < 50) for n in range(len(notes.NAMES))]
    shares = zip(notes.NAMES, each, strict=True)
    said = ", ".join(f"{who} {share:.0%}" for who, share in shares)
    print(f"{'':10}in tune: {said}; temperature {recipe.TEMPERATURE}", flush=True)


def counting(recipe, codes, config):
    """Nats a sample of a model that counts, on these very codes."""
    if hasattr(recipe, "yardstick"):
        return recipe.yardstick(codes, config)
    return bigram_entropy(codes, n_codes=config.n_codes)


def real(config):
    """Share of rendered held-out notes that the estimator finds in tune."""
    rendered = notes.batch(
        2027,
        0,
        batch_size=60,
        n_samples=round(0.5 * config.sample_rate),
        sample_rate=config.sample_rate,
        hop_length=config.hop_length,
        held_out=True,
    )
    off = told_notes.cents_off(rendered["x"], rendered["pitch"], config.sample_rate)
    return np.mean(off < 50)
