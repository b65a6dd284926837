"""Trackers of pitch beside librosa, Praat and sms-tools: accuracy, voicing, speed.

Synthetic voices at 44.1 kHz, hop 10 ms, 65 to 1200 Hz for all. A cell is the median
error in cents, and the share of voiced frames within 50 cents; for noise, and for the
unvoiced parts of the last row, the share of frames that are called voiced. Frames
within 20 ms of a change between voiced and unvoiced do not count. Speed is CPU seconds
for a second of a sung tone, one thread. sms-tools runs in an interpreter of its own,
which DSPLAB_SMS_PYTHON names. Voices of the folder DSPLAB_AUDIO, where it is set, are
compared with Praat's track: the share of gross differences (over 240 cents), the median
of all in cents, the share of its voiced frames that are missed, and the share of its
unvoiced ones that are called voiced.
"""

import json
import os
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import scipy.signal

from bench._timing import cpu_seconds
from dsplab.analysis.cepstral_pitch import cepstral_pitch
from dsplab.analysis.pitch import autocorrelation_pitch, yin
from dsplab.analysis.pyin import pyin
from dsplab.analysis.two_way_mismatch import two_way_mismatch
from dsplab.formats.audio_files import read_audio

RATE, HOP = 44100, 441
LOWEST, HIGHEST = 65.0, 1200.0
OURS = (autocorrelation_pitch, yin, pyin, two_way_mismatch, cepstral_pitch)
VOICES = ("speech-female", "speech-male", "vignesh", "soprano-E4")
FULL = {k: 1.0 / k for k in range(1, 30)}


def voice(f0, partials=None, seconds=2.0):
    """A harmonic tone, f0 a number or a function of time; its f0 at each sample."""
    t = np.arange(int(seconds * RATE)) / RATE
    curve = f0(t) if callable(f0) else np.full_like(t, f0)
    middle = 0.5 * (curve[1:] + curve[:-1])
    cycles = np.concatenate([[0.0], np.cumsum(middle)]) / RATE
    x = sum(
        a * np.cos(2 * np.pi * k * cycles + 0.7 * k * k)
        for k, a in (partials or FULL).items()
        if k * curve.max() < 0.45 * RATE
    )
    return 0.1 * x, curve


def white(n, seed=0):
    """White noise."""
    return np.random.default_rng(seed).standard_normal(n)


def vibrato(t):
    """220 Hz, 60 cents to either side, 5.5 times a second."""
    return 220.0 * 2 ** (60 / 1200 * np.sin(2 * np.pi * 5.5 * t))


def sounds():
    """Name, sound and f0 (NaN: none) of each row."""
    yield "220 Hz", *voice(220.0)
    yield "vibrato", *voice(vibrato)
    yield "glide 80 to 400 Hz", *voice(lambda t: 80.0 * 5 ** (t / 2))
    yield "70 Hz", *voice(70.0)
    yield "1000 Hz", *voice(1000.0)
    yield "no fundamental", *voice(200.0, {k: 1 / k for k in range(2, 12)})
    yield "harmonics 4 to 11", *voice(150.0, dict.fromkeys(range(4, 12), 1.0))
    yield "odd harmonics", *voice(150.0, {k: 1 / k for k in range(1, 30, 2)})
    yield "weak fundamental", *voice(200.0, {1: 0.05, 2: 1.0, 3: 0.3, 4: 0.2})
    for db in (10, 0):
        x, curve = voice(220.0)
        noisy = x + white(len(x)) * x.std() * 10 ** (-db / 20)
        yield f"noise {db} dB below", noisy, curve
    nothing = np.full(2 * RATE, np.nan)
    yield "white noise", 0.1 * white(2 * RATE), nothing
    low = scipy.signal.butter(2, 800, fs=RATE)
    yield "noise below 800 Hz", scipy.signal.lfilter(*low, white(2 * RATE)), nothing
    yield "voice, hiss, silence", *switching()


def switching(seconds=3.0):
    """A voice for 250 ms, hiss for 150 ms, nothing for 100 ms, and so on."""
    x, curve = voice(lambda t: 180 * 2 ** (0.3 * np.sin(8 * t)), seconds=seconds)
    place = np.arange(len(x)) / RATE % 0.5
    ramp = np.clip(np.minimum(place, 0.25 - place) / 0.01, 0.0, 1.0)
    high = scipy.signal.butter(2, 2000, "high", fs=RATE)
    hiss = 0.05 * scipy.signal.lfilter(*high, white(len(x), 3))
    x = x * ramp + hiss * ((place >= 0.25) & (place < 0.4))
    return x, np.where(place < 0.25, curve, np.nan)


def our_tracker(function):
    """A function from a sound to times and f0."""

    def follow(x):
        track = function(x, sample_rate=RATE, f_min=LOWEST, f_max=HIGHEST)
        return track.times, track.f0

    return follow


def librosa_tracker(name):
    """Likewise, librosa's."""
    import librosa

    sizes = {"sr": RATE, "frame_length": 2048, "hop_length": HOP}

    def follow(x):
        f0 = getattr(librosa, name)(x, fmin=LOWEST, fmax=HIGHEST, **sizes)
        f0 = f0[0] if name == "pyin" else f0
        return np.arange(len(f0)) * HOP / RATE, f0

    return follow


def praat(x):
    """Likewise, Praat's autocorrelation."""
    import parselmouth

    track = parselmouth.Sound(x, RATE).to_pitch_ac(
        time_step=0.01, pitch_floor=LOWEST, pitch_ceiling=HIGHEST
    )
    f0 = track.selected_array["frequency"]
    return track.xs(), np.where(f0 > 0, f0, np.nan)


def sms_tracks(named):
    """CPU seconds and track of each of {name: sound} by sms-tools; empty without it."""
    python = os.environ.get("DSPLAB_SMS_PYTHON")
    if not python:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        np.savez(Path(folder) / "x.npz", **named)
        script = Path(__file__).with_name("_sms_pitch.py")
        done = subprocess.run(
            [python, script, folder], capture_output=True, text=True, check=True
        )
        seconds = json.loads(done.stdout.splitlines()[-1])
        with np.load(Path(folder) / "f0.npz") as found:
            tracks = {n: np.where(f > 0, f, np.nan) for n, f in found.items()}
    return {
        n: (seconds[n], np.arange(len(f)) * HOP / RATE, f) for n, f in tracks.items()
    }


def trackers():
    """All that are here, by name."""
    found = {f.__name__: our_tracker(f) for f in OURS}
    if find_spec("librosa"):
        found["librosa.yin"] = librosa_tracker("yin")
        found["librosa.pyin"] = librosa_tracker("pyin")
    else:
        print("librosa: not installed, left out\n")
    if find_spec("parselmouth"):
        found["Praat"] = praat
    else:
        print("Praat: praat-parselmouth is not installed, left out\n")
    return found


def figures(times, f0, curve):
    """Median cents, share within 50 of voiced frames, voiced share of unvoiced ones."""
    inside = (times > 0.1) & (times < len(curve) / RATE - 0.1)
    times, f0 = times[inside], f0[inside]
    at, margin = np.round(times * RATE).astype(int), round(0.02 * RATE)
    known = np.concatenate([[0], np.cumsum(np.isfinite(curve))])
    around = known[np.minimum(at + margin, len(curve))] - known[at - margin]
    wanted = np.interp(times * RATE, np.arange(len(curve)), curve)
    error = np.abs(1200 * np.log2(f0 / wanted))[around == 2 * margin]
    found = error[np.isfinite(error)]
    median = np.median(found) if len(found) else np.nan
    wrong = np.isfinite(f0[around == 0])
    return median, np.mean(error < 50) if len(error) else None, wrong


def cell(times, f0, curve):
    """One cell of the table."""
    median, right, wrong = figures(np.asarray(times), np.asarray(f0), curve)
    parts = [] if right is None else [f"{median:.2f} ({100 * right:.0f} %)"]
    return ", ".join(parts + ([f"{100 * wrong.mean():.0f} %"] if len(wrong) else []))


def main():
    """Print the tables."""
    found, rows = trackers(), list(sounds())
    tone = voice(vibrato, seconds=10.0)[0]
    theirs = sms_tracks({n: x for n, x, _ in rows} | {"tone": tone})
    if not theirs:
        print("sms-tools: DSPLAB_SMS_PYTHON is not set, left out\n")
    names = [*found, *(["sms-tools"] if theirs else [])]
    print("| voice | " + " | ".join(names) + " |\n|" + "---|" * (len(names) + 1))
    for name, x, curve in rows:
        cells = [cell(*follow(x), curve) for follow in found.values()]
        cells += [cell(*theirs[name][1:], curve)] if theirs else []
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    seconds = [cpu_seconds(lambda f=f: f(tone), 5) / 10.0 for f in found.values()]
    seconds += [theirs["tone"][0] / 10.0] if theirs else []
    print("| CPU s / s | " + " | ".join(f"{s:.4f}" for s in seconds) + " |")
    batch()
    if "DSPLAB_AUDIO" in os.environ:
        recordings(found)


def batch():
    """Eight voices at once, jitted, in float32."""
    import jax
    import jax.numpy as jnp

    print("\n| jitted, batch of 8 | CPU s / s |\n|---|---|")
    x = jnp.asarray(np.stack([voice(vibrato, seconds=4.0)[0]] * 8), dtype=jnp.float32)
    for function in OURS:
        run = jax.jit(lambda x, f=function: our_tracker(f)(x)[1])
        seconds = cpu_seconds(lambda run=run: run(x).block_until_ready(), 2) / 32.0
        print(f"| {function.__name__} | {seconds:.4f} |", flush=True)


def recordings(found):
    """Real voices beside Praat: what each tracker makes of them."""
    if "Praat" not in found:
        return
    print("\n| recording | " + " | ".join(found) + " |\n|" + "---|" * (len(found) + 1))
    for path in sorted(Path(os.environ["DSPLAB_AUDIO"]).glob("*.wav")):
        x, rate = read_audio(path)
        if rate != RATE or x.ndim != 1 or path.stem not in VOICES:
            continue
        x = x[: 6 * RATE].astype(float)
        times, wanted = found["Praat"](x)
        cells = " | ".join(
            beside(*follow(x), times, wanted) for follow in found.values()
        )
        share = 100 * np.isfinite(wanted).mean()
        print(f"| {path.stem} ({share:.0f} % voiced) | {cells} |", flush=True)


def beside(times, f0, praats_times, wanted):
    """Gross errors, median cents of the others; voiced frames missed, and too many."""
    inside = (praats_times >= times[0]) & (praats_times <= times[-1])
    wanted = wanted[inside]
    f0 = np.interp(praats_times[inside], times, f0)
    cents = 1200 * np.abs(np.log2(f0 / wanted))
    both, voiced = np.isfinite(cents), np.isfinite(wanted)
    gross, fine = np.mean(cents[both] > 240), np.median(cents[both])
    parts = [f"{100 * gross:.1f} %, {fine:.2f}, {100 * np.mean(~both[voiced]):.1f} %"]
    if (~voiced).any():
        parts.append(f"{100 * np.mean(np.isfinite(f0[~voiced])):.1f} %")
    return ", ".join(parts)
