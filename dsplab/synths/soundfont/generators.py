"""The numbers of the settings that a SoundFont gives to a sample: its generators.

Times are in timecents, 2^(tc / 1200) seconds; frequencies in cents above 8.176 Hz;
levels in centibels, tenths of a dB; shares in tenths of a per cent.
"""

import numpy as np

from dsplab.formats.soundfont import GENERATORS

START, END, LOOP_START, LOOP_END = 0, 1, 2, 3  # offsets in samples
START_COARSE, END_COARSE, LOOP_START_COARSE, LOOP_END_COARSE = 4, 12, 45, 50
MOD_LFO_TO_PITCH, VIB_LFO_TO_PITCH, MOD_ENV_TO_PITCH = 5, 6, 7
FILTER_CUTOFF, FILTER_Q, MOD_LFO_TO_CUTOFF, MOD_ENV_TO_CUTOFF = 8, 9, 10, 11
MOD_LFO_TO_VOLUME, CHORUS_SEND, REVERB_SEND, PAN = 13, 15, 16, 17
MOD_LFO_DELAY, MOD_LFO_FREQUENCY, VIB_LFO_DELAY, VIB_LFO_FREQUENCY = 21, 22, 23, 24
MOD_ENV, VOL_ENV = 25, 33  # first of: delay, attack, hold, decay, sustain, release,
KEY_TO_HOLD, KEY_TO_DECAY = 6, 7  # ... and these, counted from there
KEY_RANGE, VELOCITY_RANGE, FORCED_KEY, FORCED_VELOCITY = 43, 44, 46, 47
ATTENUATION, COARSE_TUNE, FINE_TUNE, SAMPLE_MODES = 48, 51, 52, 54
SCALE_TUNING, EXCLUSIVE_CLASS, ROOT_KEY = 56, 57, 58
BALANCE = 60  # no generator of the format: what controller 8 moves
COUNT = 61

DEFAULTS = [0.0] * COUNT
for _number, _generator in GENERATORS.items():
    if _number not in (KEY_RANGE, VELOCITY_RANGE):
        DEFAULTS[_number] = float(_generator.default)
ATTENUATION_SCALE = 0.4  # of what files say, as the chips did for which they were made


def present(value):
    """Whether a number, or any of an array, is not zero."""
    return bool(value.any()) if isinstance(value, np.ndarray) else value != 0.0


def within(value, lowest, highest):
    """A number, or an array, brought to where it may be."""
    if isinstance(value, np.ndarray):
        return np.clip(value, lowest, highest)
    return min(max(value, lowest), highest)


def seconds(timecents, longest=8000.0):
    """Seconds of timecents; -12000, a millisecond, is the shortest time.

    >>> seconds(0.0), seconds(1200.0)
    (1.0, 2.0)
    """
    return 2.0 ** (within(timecents, -12000.0, longest) / 1200.0)


def hertz(cents):
    """Hz of absolute cents: 6900 is the 440 Hz of a1.

    >>> float(hertz(6900.0))
    440.0
    """
    return 440.0 * 2.0 ** ((cents - 6900.0) / 1200.0)


def amplitude(centibels):
    """Amplitude left by an attenuation in centibels.

    >>> amplitude(200.0)
    0.1
    """
    return 10.0 ** (-0.005 * centibels)
