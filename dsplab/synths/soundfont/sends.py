"""The room and the chorus that all channels share, a block at a time.

The room is linear and does not change: it is its answer to one impulse, computed once,
and every block is convolved with it; what rings on is added to the blocks after. The
chorus needs the last milliseconds of the block before, and the place of its LFO.
"""

import numpy as np

from dsplab._array import fft
from dsplab.effects.chorus import chorus
from dsplab.effects.feedback_delay_network import feedback_delay_network

ROOM = {"decay": 1.2, "decay_high": 0.6, "size": 0.5, "tail": 1.5}
CHORUS = {"n_voices": 3, "frequency": 0.3, "depth": 0.004, "delay": 0.006}
ROOM_LEVEL, CHORUS_LEVEL = 1.0, 1.0


def room_response(sample_rate, **settings):
    """Answer of the room to an impulse, (2, n_taps): `feedback_delay_network`'s."""
    impulse = np.zeros((2, 1), np.float32)
    impulse[:, 0] = 1.0
    return ROOM_LEVEL * feedback_delay_network(
        impulse, sample_rate, mix=1.0, **(ROOM | settings)
    )


class Room:
    """Convolves block after block with a response (2, n_taps)."""

    def __init__(self, response):
        """Begin in silence."""
        self.response = np.asarray(response, np.float32)
        self.rest = np.zeros((2, 0), np.float32)
        self.spectra = {}  # of the response, by the length of the transform

    def __call__(self, x):
        """Sound of the room, (2, n), for the next block x, (n,)."""
        n = len(x)
        y = np.zeros((2, n + self.response.shape[-1] - 1), np.float32)
        if x.any():
            y += self._convolved(x, y.shape[-1])
        kept = min(self.rest.shape[-1], y.shape[-1])
        y[:, :kept] += self.rest[:, :kept]
        self.rest = y[:, n:].copy()
        return y[:, :n]

    def _convolved(self, x, length):
        import scipy.fft

        size = scipy.fft.next_fast_len(length, real=True)
        if size not in self.spectra:
            self.spectra = {size: fft(x).rfft(self.response, size)}
        Y = fft(x).rfft(x, size) * self.spectra[size]
        return fft(x).irfft(Y, size)[:, :length]

    @property
    def ringing(self):
        """Samples for which the room rings on."""
        return self.rest.shape[-1] if self.rest.any() else 0


class Chorus:
    """A chorus that goes on from block to block."""

    def __init__(self, sample_rate, **settings):
        """Begin in silence."""
        self.rate, self.settings = sample_rate, CHORUS | settings
        longest = self.settings["delay"] + self.settings["depth"]
        self.before = np.zeros(int(longest * sample_rate) + 8, np.float32)
        self.cycles = 0.0

    def __call__(self, x):
        """Sound of the chorus, (2, n), for the next block x, (n,)."""
        n, past = len(x), len(self.before)
        whole = np.concatenate([self.before, x])
        self.before = whole[n:].copy()
        frequency = self.settings["frequency"]
        start = self.cycles - past * frequency / self.rate
        self.cycles = (self.cycles + n * frequency / self.rate) % 1.0
        if not whole.any():
            return np.zeros((2, n), np.float32)
        options = {"mix": 1.0, "start": start % 1.0, **self.settings}
        wet = chorus(np.stack([whole, whole]), self.rate, **options)
        return CHORUS_LEVEL * wet[:, past:]
