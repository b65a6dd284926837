"""Spectral models beside sms-tools: speed, and how much of a sound they get back.

sms-tools (with its compiled kernel) needs an older NumPy, so it runs in an interpreter
of its own, which DSPLAB_SMS_PYTHON names; it is left out where there is none. A sung
tone at 44.1 kHz, hop 128 for both; recordings of the folder DSPLAB_AUDIO too, where
it is set; of each the first two seconds. Speed is CPU seconds for a second of sound,
analysis and synthesis, one thread; JAX jitted in float32, a batch of eight. The
decibels are those of the sound over what the model misses.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from bench._timing import cpu_seconds, seconds_of
from dsplab.analysis.comparison import snr_db
from dsplab.formats.audio_files import read_audio
from dsplab.spectral_models import (
    add_noise,
    add_residual,
    harmonic_analysis,
    scale_time,
    sinusoidal_analysis,
    sinusoidal_synthesis,
    with_noise,
    with_residual,
)
from dsplab.spectral_models.harmonic import pitch_at_frames

RATE, HOP = 44100, 128
THRESHOLD_DB = -74.0  # a sine of amplitude 1, which sms-tools calls -6 dB, is at 0
WHITE = np.random.default_rng(0).standard_normal(10 * RATE)


def sinusoidal(x):
    """Partials of any sound."""
    options = {"hop_length": HOP, "threshold_db": THRESHOLD_DB, "n_partials": 150}
    partials = sinusoidal_analysis(x, RATE, **options)
    return sinusoidal_synthesis(partials, RATE, hop_length=HOP, length=x.shape[-1])


def _harmonics(x):
    options = {"hop_length": HOP, "threshold_db": THRESHOLD_DB, "window_length": 1201}
    return harmonic_analysis(x, RATE, n_fft=2048, **options)


def harmonic(x):
    """Harmonics of a voice, its pitch found besides."""
    options = {"hop_length": HOP, "length": x.shape[-1]}
    return sinusoidal_synthesis(_harmonics(x), RATE, **options)


def residual(x):
    """Harmonics and what they leave."""
    model = with_residual(x, _harmonics(x), RATE, hop_length=HOP)
    return add_residual(model, RATE, hop_length=HOP)


def stochastic(x):
    """Harmonics and a noise like what they leave."""
    model = with_noise(x, _harmonics(x), RATE, hop_length=HOP)
    return add_noise(model, WHITE[: x.shape[-1]], RATE, hop_length=HOP)


MODELS = (sinusoidal, harmonic, residual, stochastic)


def sung(seconds=5.0):
    """A tone with vibrato, formants and a little breath."""
    t = np.arange(int(seconds * RATE)) / RATE
    turns = 220.0 * t + 0.35 * np.sin(2 * np.pi * 5.5 * t)
    level = [1.0 / h + np.exp(-(((220.0 * h - 2600) / 500) ** 2)) for h in range(1, 60)]
    x = sum(a * np.cos(2 * np.pi * h * turns + h * h) for h, a in enumerate(level, 1))
    return 0.1 * x + 1e-3 * WHITE[: len(t)]


def sounds():
    """Name and sound of what is measured."""
    yield "sung tone", sung()
    folder = Path(os.environ.get("DSPLAB_AUDIO", ""))
    for path in sorted(folder.glob("*.wav")) if "DSPLAB_AUDIO" in os.environ else ():
        x, rate = read_audio(path)
        if rate == RATE and x.ndim == 1:
            yield path.stem, x


def tracks_of_peer(x, name):
    """What else sms-tools found: "tracks", "f0", "at_rate_1", or a model's sound."""
    found = peer(x)
    return found[name][1] if found else None


def peer(x):
    """CPU seconds and result of each model of sms-tools; empty without it."""
    python = os.environ.get("DSPLAB_SMS_PYTHON")
    if not python:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "x.npy", x)
        script = Path(__file__).with_name("_sms_peer.py")
        done = subprocess.run(
            [python, script, folder], capture_output=True, text=True, check=True
        )
        seconds = json.loads(done.stdout.splitlines()[-1])
        names = (*seconds, "tracks", "f0", "at_rate_1")
        return {n: (seconds.get(n), np.load(Path(folder) / f"{n}.npy")) for n in names}


def main():
    """Print the tables."""
    if "DSPLAB_SMS_PYTHON" not in os.environ:
        print("sms-tools: DSPLAB_SMS_PYTHON is not set, left out\n")
    print("| sound | model | NumPy | sms-tools | ratio | dB | dB, sms-tools |")
    print("|---|---|---|---|---|---|---|")
    for name, x in sounds():
        x = x[: 2 * RATE]
        theirs, duration = peer(x), len(x) / RATE
        for model in MODELS:
            ours = cpu_seconds(lambda m=model, x=x: m(x)) / duration
            row = [name, model.__name__, f"{ours:.4f}"]
            got = f"{snr_db(x, model(x)):.1f}"
            if model.__name__ in theirs:
                seconds, y = theirs[model.__name__]
                y = np.pad(y, (0, max(len(x) - len(y), 0)))[: len(x)]
                ratio = seconds / duration / ours
                row += [f"{seconds / duration:.4f}", f"{ratio:.1f}", got]
                row += [f"{snr_db(x, y):.1f}"]
            else:
                row += ["", "", got, ""]
            print("| " + " | ".join(row) + " |", flush=True)
    batches()
    accuracy()
    sines()
    alike()
    laws()


def batches(seconds=3.0):
    """NumPy with one sound beside JAX with eight."""
    print("\n| seconds / s | NumPy: CPU | JAX, 8 at once: CPU, wall | ratios |")
    print("|---|---|---|---|")
    x = sung(seconds)
    batch = jnp.asarray(np.stack([x] * 8), dtype=jnp.float32)
    for model in MODELS:
        run = jax.jit(model)
        runs = {
            "one": lambda m=model: m(x),
            "many": lambda run=run: run(batch).block_until_ready(),
        }
        times = seconds_of(runs, rounds=3)
        one, (cpu, wall) = times["one"][0] / seconds, times["many"] / (8 * seconds)
        row = f"| {model.__name__} | {one:.4f} | {cpu:.4f}, {wall:.4f} "
        print(f"{row}| {one / cpu:.1f}, {one / wall:.1f} |", flush=True)


def accuracy():
    """Sines that stand and glide, found and made again."""
    print("\n| sine | dB | dB, sms-tools |\n|---|---|---|")
    t = np.arange(2 * RATE) / RATE
    for name, turns in {
        "440 Hz": 440 * t,
        "rises by 100 Hz/s": 1000 * t + 50 * t**2,
        "rises by 1 kHz/s": 1000 * t + 500 * t**2,
        "rises by 2 kHz/s": 1000 * t + 1000 * t**2,
    }.items():
        x = 0.5 * np.cos(2 * np.pi * turns + 0.3)
        inside = slice(4000, -4000)
        row = [f"{snr_db(x[inside], sinusoidal(x)[inside]):.1f}"]
        theirs = peer(x).get("sinusoidal")
        if theirs:
            y = np.pad(theirs[1], (0, max(len(x) - len(theirs[1]), 0)))[: len(x)]
            row += [f"{snr_db(x[inside], y[inside]):.1f}"]
        print(f"| {name} | " + " | ".join(row or [""]) + " |", flush=True)


def sines():
    """Frequency and amplitude of sines, and the f0 of a voice, against the truth."""
    print("\n| measured | here | sms-tools |\n|---|---|---|")
    t = np.arange(RATE) / RATE
    for f in (60.0, 100.0, 440.0, 5000.0):
        x = 0.5 * np.cos(2 * np.pi * f * t + 0.3)
        options = {"hop_length": HOP, "threshold_db": THRESHOLD_DB}
        ours = sinusoidal_analysis(x, RATE, **options, n_partials=5)[:2]
        theirs = tracks_of_peer(x, "tracks")
        tracks = [[row.T for row in ours]] + [list(theirs)] * (theirs is not None)
        print(f"| {f:g} Hz, cents | {' | '.join(_error(p, f, 0) for p in tracks)} |")
        print(f"| {f:g} Hz, dB | {' | '.join(_error(p, f, 1) for p in tracks)} |")
    x = sung(2.0)
    t = np.arange(600) * HOP / RATE
    wanted = 220.0 + 0.35 * 2 * np.pi * 5.5 * np.cos(2 * np.pi * 5.5 * t)
    f0 = [pitch_at_frames(x, RATE, HOP), tracks_of_peer(x, "f0")]
    off = [abs(1200 * np.log2(f[50:600] / wanted[50:])) for f in f0 if f is not None]
    cells = [f"{np.median(cents):.2f}" for cents in off]
    print(f"| f0 of the sung tone, median cents | {' | '.join(cells)} |")


def alike(seconds=1.0):
    """Partials and pitch of both, in the middle of each sound; and of both the truth.

    A partial of one is that of the other which is nearest within 15 Hz in its frame,
    if it is that one's nearest too. Of the sung tone the truth is known.
    """
    print("\n| sound, 1 s of it | compared | partials | cents: median, 95 % ", end="")
    print("| dB: median, 95 % | f0, cents: median, 95 % | voiced alike |")
    print("|---|---|---|---|---|---|---|")
    for name, x in sounds():
        first = max((len(x) - int(seconds * RATE)) // 2, 0)
        x = x[first : first + int(seconds * RATE)]
        theirs = peer(x)
        if not theirs:
            return
        options = {"hop_length": HOP, "threshold_db": THRESHOLD_DB, "n_partials": 150}
        ours = [row.T for row in sinusoidal_analysis(x, RATE, **options)[:2]]
        f, a = theirs["tracks"][1]
        other = [f, np.where(f > 0.0, 10.0 ** ((a + 6.0206) / 20.0), 0.0)]
        f0 = pitch_at_frames(x, RATE, HOP), theirs["f0"][1]
        pairs = {"here, sms-tools": (ours, other, f0)}
        if name == "sung tone":
            truth = _truth(len(f), first)
            pitch = truth[0][:, 0]
            pairs["here, truth"] = ours, truth, (f0[0], pitch)
            pairs["sms-tools, truth"] = other, truth, (f0[1], pitch)
        for pair, found in pairs.items():
            cells = " | ".join(_differences(*found))
            print(f"| {name} | {pair} | {cells} |", flush=True)


def _truth(n_frames, first):
    """Frequency and amplitude of the sung tone's partials, (n_frames, n_partials)."""
    t = (first + HOP * np.arange(n_frames)[:, None]) / RATE
    f = 220.0 + 0.35 * 2 * np.pi * 5.5 * np.cos(2 * np.pi * 5.5 * t)
    h = np.arange(1, 60)
    level = 1.0 / h + np.exp(-(((220.0 * h - 2600) / 500) ** 2))
    return [f * h, 0.1 * level + 0.0 * f]


def _differences(one, other, f0):
    """Cells of a row: how far both are from each other, whole windows only."""
    cents, db = [], []
    n = min(len(one[0]), len(other[0]))
    for m in range(10, n - 10):
        (f, a), (g, b) = ([v[m][p[0][m] > 0.0] for v in p] for p in (one, other))
        if not len(f) or not len(g):
            continue
        apart = abs(f[:, None] - g)
        k, j = np.arange(len(f)), apart.argmin(axis=1)
        near = (apart.argmin(axis=0)[j] == k) & (apart[k, j] < 15.0)
        k, j = k[near], j[near]
        cents.append(abs(1200 * np.log2(f[k] / g[j])))
        db.append(abs(20 * np.log10(a[k] / b[j])))
    cells = [f"{sum(map(len, cents))}"]
    cells += [_spread(np.concatenate([*v, []])) for v in (cents, db)]
    f, g = (v[10 : n - 10] for v in f0)
    both = (f > 0.0) & (g > 0.0)
    cells += [_spread(abs(1200 * np.log2(f[both] / g[both])))]
    return [*cells, f"{np.mean((f > 0.0) == (g > 0.0)):.0%}"]


def _spread(v):
    if not len(v):
        return ""
    return f"{np.median(v):.3f}, {np.quantile(v, 0.95):.3f}"


def _error(tracks, frequency, which):
    """Median error of the strongest track: of its frequency or its amplitude."""
    f, a = (v[50:-50] for v in tracks)
    if a.min() < 0.0:  # sms-tools: decibels, a sine of amplitude 1 at -6
        a = np.where(f > 0.0, 10.0 ** ((a + 6.0206) / 20.0), 0.0)
    rows, best = np.arange(len(f)), a.argmax(axis=1)
    if which == 0:
        return f"{np.median(abs(1200 * np.log2(f[rows, best] / frequency))):.4f}"
    return f"{np.median(abs(20 * np.log10(a[rows, best] / 0.5))):.4f}"


def laws():
    """Parts add up; a rate of 1 is the identity."""
    print("\n| law | here, dB | sms-tools, dB |\n|---|---|---|")
    x = sung(2.0)
    print(f"| harmonics and residual add up | {-snr_db(x, residual(x)):.0f} | |")
    options = {"hop_length": HOP, "threshold_db": THRESHOLD_DB, "n_partials": 150}
    partials = sinusoidal_analysis(x, RATE, **options)
    same = scale_time(partials, 1.0, RATE, hop_length=HOP)
    before, after = (
        sinusoidal_synthesis(p, RATE, hop_length=HOP, length=len(x))
        for p in (partials, same)
    )
    row = [f"{-snr_db(before, after):.0f}"]
    theirs = tracks_of_peer(x, "sinusoidal"), tracks_of_peer(x, "at_rate_1")
    if theirs[0] is not None:
        n = min(map(len, theirs))
        row += [f"{-snr_db(theirs[0][:n], theirs[1][:n]):.0f}"]
    print(f"| time scaled by 1 | {' | '.join(row)} |")
