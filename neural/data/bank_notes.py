"""A note of the bank that comes along, by the name of its instrument.

What a shipped model is given to hear where nobody brings a sound: `neural generate`
with an autoencoder, the tour, the lessons.
"""

import numpy as np

from dsplab import banks
from dsplab._arguments import one_of

PROGRAMS = {  # of General MIDI
    "flute": 73, "piano": 0, "vibraphone": 11, "organ": 19, "guitar": 24, "violin": 40,
    "cello": 42, "strings": 48, "choir": 52, "trumpet": 56, "saxophone": 65, "oboe": 68,
    "clarinet": 71, "recorder": 74, "square": 80, "sawtooth": 81,
}  # fmt: skip
HELD = 3.0  # seconds that the key is down, as in the sets that models learn from


def bank_notes(instruments, pitch, *, sample_rate, n_samples, velocity=100):
    """Play one note on each of some instruments.

    Args:
      instruments: names of PROGRAMS, joined by plus signs: "flute+organ" is two notes.
      pitch: MIDI number, whole, 0 to 127.
      sample_rate: Hz.
      n_samples: of each note, from its onset; shorter ones are followed by silence.
      velocity: 1 to 127.

    Returns:
      (number of names, n_samples) float32, as loud as they are.

    Raises:
      ValueError: if a name or the pitch is unknown.
    """
    from dsplab.synths.soundfont import play_note

    if pitch != int(pitch) or not 0 <= pitch <= 127:
        raise ValueError(f"pitch must be a whole number from 0 to 127, got {pitch}")
    y = np.zeros((instruments.count("+") + 1, n_samples), np.float32)
    for row, name in zip(y, instruments.split("+"), strict=True):
        x = play_note(
            int(pitch),
            HELD,
            sample_rate,
            sound_font=banks.general_midi(),
            velocity=velocity,
            program=PROGRAMS[one_of(name, tuple(PROGRAMS), name="instrument")],
            reverb=False,
            chorus=False,
        ).mean(axis=0)[:n_samples]
        row[: len(x)] = x
    return y


def louder(x, peak=0.9):
    """Signals (..., n_samples) whose largest sample is `peak`; silence stays."""
    return peak * x / np.maximum(np.abs(x).max(axis=-1, keepdims=True), 1e-3)
