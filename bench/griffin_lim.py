"""Griffin-Lim beside librosa: how near it gets, and how quick it is.

Frames of 2048 samples, 512 apart; a recording of speech (of the folder DSPLAB_AUDIO,
where it is set) and a melody made here. The decibels are those of what the magnitudes
of the sound miss of the wanted ones (spectral convergence); of librosa the best and
the worst of four random beginnings. Seconds are of CPU, for each second of sound, one
thread, the quickest of several in turns with the others; the last row is what the
Fourier transforms of 32 iterations alone cost, below which none can get. Two
comparisons are to be made: 32 iterations with 32, and 14 of ours, which come as near as
librosa's 32. (Beginning and momentum of ours were compared on other sounds, and once
here.)
"""

import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import scipy.fft

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


def methods(magnitude, length):
    """Name, a function of a seed, and the seeds to try, of what there is to compare."""
    for n in (12, 14, 32):
        options = {"n_iterations": n, "length": length}
        yield f"dsplab, {n}", lambda _, o=options: griffin_lim(magnitude, **o), (0,)
    if find_spec("librosa"):
        import librosa

        options = {"n_iter": 32, "length": length}
        yield (
            "librosa, 32",
            lambda seed: librosa.griffinlim(magnitude, random_state=seed, **options),
            range(4),
        )
    else:
        print("not installed, left out: librosa\n")
    yield "transforms, 32", transforms(magnitude), ()


def transforms(magnitude):
    """A function that transforms every frame there and back 32 times, 16 at a time."""
    X = np.ascontiguousarray(magnitude.T)
    X = X.astype(np.result_type(magnitude.dtype, np.complex64))
    frames = scipy.fft.irfft(X)

    def there_and_back(_):
        for _ in range(32):
            for at in range(0, len(X), 16):
                scipy.fft.rfft(frames[at : at + 16])
                scipy.fft.irfft(X[at : at + 16])

    return there_and_back


def rows(x, dtype):
    """What, decibels, CPU seconds for each second of sound."""
    found = list(methods(abs(stft(x)).astype(dtype), x.size))
    quickest = dict.fromkeys([name for name, *_ in found], np.inf)
    for _ in range(3):  # in turns, so that what else the machine does troubles all
        for name, retrieve, _ in found:
            seconds = cpu_seconds(lambda r=retrieve: r(0), 1) / x.size * RATE
            quickest[name] = min(quickest[name], seconds)
    for name, retrieve, seeds in found:
        errors = [spectral_convergence(x, retrieve(seed)) for seed in seeds]
        errors = sorted(20 * np.log10(np.asarray(errors)))
        cells = " to ".join(f"{e:.1f}" for e in errors[:: max(len(errors) - 1, 1)])
        yield name, cells, f"{quickest[name]:.4f}"


def main():
    """Print one table."""
    print("| sound | dtype | what, iterations | dB | CPU / s |\n|---|---|---|---|---|")
    for name, x in sounds():
        for dtype in ("float32", "float64"):
            for row in rows(x, dtype):
                print(f"| {name} | {dtype} | {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
