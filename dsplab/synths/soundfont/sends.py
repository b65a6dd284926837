"""The room and the chorus that all channels share, a block at a time.

The room is linear and does not change: it is its answer to one impulse, computed once,
and every block is convolved with it; what rings on is added to the blocks after. The
chorus needs the last milliseconds of the block before, and the place of its LFO.
"""

import math

import numpy as np

from dsplab._array import fft
from dsplab.effects.feedback_delay_network import feedback_delay_network
from dsplab.sources.spline import read_unchecked, spline
from dsplab.synths.soundfont.envelopes import TICK
from dsplab.synths.soundfont.filtering import straight

ROOM = {"decay": 2.4, "decay_high": 1.6, "size": 0.5, "tail": 2.0}
AT_ONCE = 256  # ticks of the chorus that are made together, to stay in the caches
ROOM_LEVEL, CHORUS_LEVEL = 1.0, 1.7  # about as loud as FluidSynth's


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
        n, rest = len(x), self.rest
        length = n + self.response.shape[-1] - 1
        y = self._convolved(x, length) if x.any() else np.zeros((2, length), np.float32)
        kept = min(rest.shape[-1], length)
        y[:, :kept] += rest[:, :kept]
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
    """Three voices that are late and move: one left, one right, one in both.

        d_v = delay + depth sin(2 pi (frequency t + v / 3))

    as in `effects.chorus`, from block to block, and read quickly.
    """

    def __init__(self, sample_rate, *, frequency=0.3, depth=0.004, delay=0.006):
        """Begin in silence; frequency in Hz, depth and delay in seconds."""
        self.rate, self.frequency = sample_rate, frequency
        self.depth, self.delay = depth, delay
        self.before = np.zeros(int((delay + depth) * sample_rate) + 8, np.float32)
        self.cycles = 0.0

    def __call__(self, x):
        """Sound of the chorus, (2, n), for the next block x, (n,)."""
        n, past = len(x), len(self.before)
        whole = np.concatenate([self.before, x, np.zeros(8, np.float32)])
        self.before = whole[n : n + past].copy()
        start, step = self.cycles, self.frequency / self.rate
        self.cycles = (start + n * step) % 1.0
        if not whole.any():
            return np.zeros((2, n), np.float32)
        coefficients, lines = spline(whole, factor=2), self._places(start, step, n)
        y = np.empty((2, n), np.float32)
        for first in range(0, n, AT_ONCE * TICK):
            edges = lines[:, first // TICK : first // TICK + AT_ONCE + 1]
            last = min(first + AT_ONCE * TICK, n)
            left, right, middle = (
                read_unchecked(coefficients, straight(line)[: last - first], 2)
                for line in np.stack([edges[:, :-1], edges[:, 1:]], axis=-1)
            )
            y[:, first:last] = left + middle, right + middle
        y *= np.float32(CHORUS_LEVEL)
        return y

    def _places(self, start, step, n):
        """Where each voice reads the block and what went before, where ticks begin."""
        ticks = np.arange(math.ceil(n / TICK) + 1)
        cycles = start + step * TICK * ticks + np.arange(3.0)[:, None] / 3.0
        late = self.delay + self.depth * np.sin(2.0 * np.pi * cycles)
        return len(self.before) + TICK * ticks - self.rate * late
