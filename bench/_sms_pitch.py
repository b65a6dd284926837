"""The pitch tracker of sms-tools, in an interpreter of its own (an older NumPy).

Called as a script by `bench.pitch`: reads x.npz in a folder, each array a sound at 44.1
kHz, writes the f0 of each (hop 441, 65 to 1200 Hz) to f0.npz, and prints the CPU
seconds of each as JSON.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.signal import get_window


def main(folder):
    """Follow every sound of x.npz."""
    from smstools.models import harmonicModel

    window, tracks, seconds = get_window("blackman", 2001), {}, {}
    for name, x in np.load(folder / "x.npz").items():
        begin = time.process_time()
        f0 = harmonicModel.f0Detection(x, 44100, window, 4096, 441, -80, 65, 1200, 5)
        seconds[name] = time.process_time() - begin
        tracks[name] = np.asarray(f0)
    np.savez(folder / "f0.npz", **tracks)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
