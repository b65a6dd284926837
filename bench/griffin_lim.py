"""Griffin-Lim beside librosa: how near it gets, and how quick it is.

Frames of 2048 samples, 512 apart; a recording of speech (of the folder DSPLAB_AUDIO,
where it is set) and a melody made here. The decibels are those of what the magnitudes
of the sound miss of the wanted ones (spectral convergence); of librosa the best and
the worst of four random beginnings. Seconds are of CPU, for each second of sound, one
thread. (Beginning and momentum of ours were compared on other sounds, and once here.)
"""

import os
from pathlib import Path

import numpy as np

from bench._timing import cpu_seconds
from dsplab.analysis.comparison import spectral_convergence
from dsplab.formats.audio_files import read_audio
from dsplab.phase_retrieval import griffin_lim
from dsplab.spectral import stft

RATE = 44100


def melody(seconds=4):
    """Notes that die away, with eight overtones."""
    t = np.arange(seconds * RATE) / RATE
    turns = np.cumsum(220.0 * 2 ** (np.floor(4 * t) % 7 / 6)) / RATE
    tones = sum(np.sin(2 * np.pi * k * turns) / k for k in range(1, 9))
    return 0.2 * tones * np.exp(-5 * (t % 0.25))


def sounds():
    """Name and signal of each sound that is there."""
    yield "melody", melody()
    path = Path(os.environ.get("DSPLAB_AUDIO", ".")) / "speech-female.wav"
    if path.exists():
        yield "speech", read_audio(path)[0].reshape(-1).astype(float)
    else:
        print("not there, left out: speech-female.wav\n")


def rows(x, dtype):
    """What, decibels, CPU seconds for each second of sound."""
    magnitude = abs(stft(x)).astype(dtype)

    def measured(retrieve, starts=(0,)):
        found = [spectral_convergence(x, retrieve(start)) for start in starts]
        errors = sorted(20 * np.log10(np.asarray(found)))
        seconds = cpu_seconds(lambda: retrieve(0)) / x.size * RATE
        return " to ".join(f"{e:.1f}" for e in errors[:: max(len(errors) - 1, 1)]), (
            f"{seconds:.4f}"
        )

    for n in (12, 14, 32):
        options = {"n_iterations": n, "length": x.size}
        yield (
            f"dsplab, {n}",
            *measured(lambda _, o=options: griffin_lim(magnitude, **o)),
        )
    try:
        import librosa
    except ImportError:
        print("not installed, left out: librosa\n")
        return
    options = {"n_iter": 32, "length": x.size}
    yield (
        "librosa, 32",
        *measured(
            lambda seed: librosa.griffinlim(magnitude, random_state=seed, **options),
            range(4),
        ),
    )


def main():
    """Print one table."""
    print("| sound | dtype | what, iterations | dB | CPU / s |\n|---|---|---|---|---|")
    for name, x in sounds():
        for dtype in ("float32", "float64"):
            for row in rows(x, dtype):
                print(f"| {name} | {dtype} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
