"""Harmonic-percussive separation beside librosa and libfmp: quality and speed.

Two sounds that are known apart are mixed and separated: what comes back of each, as the
decibels of the sound over the error. Plucked chords and castanets are made here; of the
folder DSPLAB_AUDIO, where it is set, come a cello and hand drums, 1.8 dB softer
together. (The sizes of ours were searched on other sounds, organs, strings, winds and
basses of this package under its own drums; but where several did equally well there,
what they did here decided, so the figures of the recordings flatter.) Speed is CPU
seconds for a second of sound, twenty seconds, one thread.
"""

import os
from pathlib import Path

import numpy as np

from bench._timing import cpu_seconds
from dsplab.analysis.comparison import snr_db
from dsplab.analysis.separation import harmonic_percussive
from dsplab.formats.audio_files import read_audio

RATE = 44100
CHORDS = ((131, 165, 196), (147, 175, 220), (123.5, 165, 208), (131, 196, 330))  # Hz
RECORDED = (("cello-double", "mridangam"), ("cello-double", "bendir"))
LOUDER_DB = 1.8  # the tones, than the hits


def chords_and_castanets():
    """Four seconds: slightly inharmonic plucked chords; a hit every half second."""
    from scipy.signal import butter, sosfiltfilt

    t = np.arange(4 * RATE) / RATE
    chords, castanets = np.zeros_like(t), np.zeros_like(t)
    for start, chord in enumerate(CHORDS):
        u = np.maximum(t - start, 0.0)
        level = np.minimum(u / 0.01, 1.0) * np.exp(-u / 0.6)
        level = level * np.clip((1.05 - u) / 0.05, 0.0, 1.0)
        for k in range(1, 9):
            for f0 in chord:
                angle = 2 * np.pi * k * f0 * np.sqrt(1 + 1e-4 * k * k) * u
                chords += 0.06 * level * np.cos(angle + 0.7 * k) / k**1.3
    u = np.arange(int(0.06 * RATE)) / RATE
    noise = np.random.default_rng(3).standard_normal(u.size)
    band = butter(2, [2000, 9000], btype="band", fs=RATE, output="sos")
    hit = sosfiltfilt(band, noise) * np.minimum(u / 0.0003, 1.0) * np.exp(-u / 0.006)
    for start in np.arange(0.25, 3.9, 0.5):
        begin = round(start * RATE)
        castanets[begin : begin + u.size] += 0.48 * hit / abs(hit).max()
    return chords, castanets


def pairs():
    """Name, tones and hits of each mixture that can be made."""
    yield "chords, castanets", *chords_and_castanets()
    folder = Path(os.environ.get("DSPLAB_AUDIO", "."))
    for names in RECORDED:
        paths = [folder / f"{name}.wav" for name in names]
        if not all(path.exists() for path in paths):
            print(f"not there, left out: {', '.join(names)}\n")
            continue
        tones, hits = (read_audio(path)[0].reshape(-1) for path in paths)
        n = min(tones.size, hits.size)
        tones, hits = tones[:n].astype(float), hits[:n].astype(float)
        gain = np.std(tones) / np.std(hits) * 10 ** (-LOUDER_DB / 20)
        yield ", ".join(names), tones, gain * hits


def methods():
    """Functions of a signal that return its tones and its hits."""
    own = {
        f"dsplab, {mask}": lambda x, mask=mask: harmonic_percussive(
            x, sample_rate=RATE, mask=mask
        )[:2]
        for mask in ("soft", "binary")
    }
    return own | _librosa() | _libfmp()


def _librosa():
    try:
        import librosa
    except ImportError:
        print("not installed, left out: librosa\n")
        return {}
    return {"librosa": librosa.effects.hpss}


def _libfmp():
    try:
        from libfmp.c8 import hps
    except ImportError:
        print("not installed, left out: libfmp\n")
        return {}
    return {
        f"libfmp, {mask}": lambda x, mask=mask: hps(
            x, RATE, 2048, 512, 0.2, 500, mask=mask
        )
        for mask in ("soft", "binary")
    }


def main():
    """Print one table."""
    mixtures = list(pairs())
    long = np.resize(mixtures[0][1] + mixtures[0][2], 20 * RATE)
    names = " | ".join(f"{name} / dB" for name, *_ in mixtures)
    print(f"| what | {names} | CPU / s |\n|---|{len(mixtures) * '---|'}---|")
    for what, separate in methods().items():
        cells = []
        for _, tones, hits in mixtures:
            parts = separate(tones + hits)
            both = zip((tones, hits), parts, strict=True)
            cells.append(" / ".join(f"{snr_db(a, b):.2f}" for a, b in both))
        seconds = cpu_seconds(lambda f=separate: f(long)) / 20
        print(f"| {what} | {' | '.join(cells)} | {seconds:.4f} |", flush=True)


if __name__ == "__main__":
    main()
