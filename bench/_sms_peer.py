"""sms-tools, in an interpreter of its own: it needs a NumPy older than ours.

Called as a script by `bench.spectral_models`: reads x.npy in a folder, writes what each
model made of it, and prints the CPU seconds of each as JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.signal import get_window


def main(folder):
    """Run every model on x.npy, 44.1 kHz."""
    from smstools.models import harmonicModel, hprModel, hpsModel, sineModel
    from smstools.transformations import sineTransformations

    x = np.load(folder / "x.npy")
    fs, hop = 44100, 128
    long, short = get_window("blackman", 2001), get_window("blackman", 1201)

    def sinusoidal():
        tracks = sineModel.sineModelAnal(x, fs, long, 2048, hop, -80, 150)
        return sineModel.sineModelSynth(*tracks, 512, hop, fs)

    def harmonic():
        tracks = harmonicModel.harmonicModelAnal(
            x, fs, short, 2048, hop, -80, 100, 60, 1000, 5
        )
        return sineModel.sineModelSynth(*tracks, 512, hop, fs)

    def residual():
        *tracks, rest = hprModel.hprModelAnal(
            x, fs, short, 2048, hop, -80, 0.02, 100, 60, 1000, 5, 0.01
        )
        return hprModel.hprModelSynth(*tracks, rest, 512, hop, fs)[0]

    def stochastic():
        model = hpsModel.hpsModelAnal(
            x, fs, short, 2048, hop, -80, 100, 60, 1000, 5, 0.01, 0.02, 512, 0.2
        )
        return hpsModel.hpsModelSynth(*model, 512, hop, fs)[0]

    seconds = {}
    for model in (sinusoidal, harmonic, residual, stochastic):
        begin = time.process_time()
        y = model()
        seconds[model.__name__] = time.process_time() - begin
        np.save(folder / f"{model.__name__}.npy", y)
    np.save(
        folder / "tracks.npy",
        np.stack(sineModel.sineModelAnal(x, fs, long, 2048, hop, -80, 150)[:2]),
    )
    np.save(
        folder / "f0.npy",
        harmonicModel.f0Detection(x, fs, short, 2048, hop, -80, 60, 1000, 5),
    )
    times = np.array([0.0, 0.0, 1.0, 1.0])
    tracks = sineModel.sineModelAnal(x, fs, long, 2048, hop, -80, 150)
    again = sineTransformations.sineTimeScaling(*tracks[:2], times)
    np.save(
        folder / "at_rate_1.npy",
        sineModel.sineModelSynth(*again, np.array([]), 512, hop, fs),
    )
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
