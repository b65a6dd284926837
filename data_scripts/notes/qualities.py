"""The ten qualities of a note, as far as they can be measured.

In the NSynth data set they come from heuristics over files of unknown origin; here they
follow from the sound, and from the program where that says it (distortion).
"""

import numpy as np

from dsplab.convert import midi_to_hz
from neural.data.nsynth import HELD, QUALITIES, SAMPLE_RATE

FRAME = 160  # samples, of the loudness curve
WIDE = 5  # frames over which it is taken: more than a period of the lowest notes


def loudness_curve(x):
    """RMS at each hundredth of a second, of 50 ms, in dB of the loudest."""
    frames = x[: len(x) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.convolve((frames**2).mean(axis=-1), np.ones(WIDE) / WIDE)[WIDE - 1 :]
    return 10.0 * np.log10(power / power.max() + 1e-10)


def centroid(x):
    """Hz around which the spectrum of the first second lies."""
    power = np.abs(np.fft.rfft(x[:SAMPLE_RATE])) ** 2
    f = np.fft.rfftfreq(min(len(x), SAMPLE_RATE), 1.0 / SAMPLE_RATE)
    return float((f * power).sum() / power.sum())


def qualities(x, pitch, *, distorted=False):
    """Which qualities a note has: list of ten 0 or 1, in the order of QUALITIES.

    bright: the centre of its spectrum is above 1500 Hz and 5 times the pitch; dark: it
    is below twice the pitch and 800 Hz; fast_decay: 20 dB down after a second;
    long_release: half a second after the key is let go less than 20 dB below where it
    was; percussive: loudest in its first 20 ms, and then never again; nonlinear_env:
    while the key is held it comes back by 6 dB after it was softer.
    """
    level, middle, f0 = loudness_curve(x), centroid(x), float(midi_to_hz(pitch))
    held, per_second = round(HELD * 100), 100
    peak = int(level.argmax())
    sounding = level[peak:held]
    before, after = level[held - 10 : held].max(), level[held + per_second // 2]
    least = np.minimum.accumulate(sounding) if len(sounding) else np.zeros(1)
    audible = least > -40.0
    rises = (sounding - least)[audible] if len(sounding) else np.zeros(1)
    found = {
        "bright": middle > max(1500.0, 5.0 * f0),
        "dark": middle < min(2.0 * f0, 800.0),
        "distortion": distorted,
        "fast_decay": level[per_second:held].max() < -20.0,
        "long_release": after > before - 20.0 and after > -50.0,
        "percussive": peak <= 2 and level[20:held].max() < -6.0,
        "nonlinear_env": bool((rises > 6.0).any()),
    }
    return [int(found.get(name, False)) for name in QUALITIES]
