"""What a codec must beat: mu-law and principal components, at any bit rate.

Each is a function of sounds (n, n_samples) and of bits a second to what comes back. All
are given the peak of each sound for nothing.
"""

import itertools

import numpy as np

from dsplab.phase_retrieval import griffin_lim
from dsplab.quantise import mu_law_decode, mu_law_encode
from dsplab.resampling import resample
from dsplab.spectral import stft

FLOOR = 1e-5  # magnitude that counts as silence


def mu_law(x, bits, sample_rate, *, depth, hold=False):
    """Samples of `depth` bits, as many a second as the bits allow.

    Args:
      x: sounds (n, n_samples).
      bits: a second.
      sample_rate: Hz, of x.
      depth: bits a sample.
      hold: each sample is held until the next, which leaves images above the new
        Nyquist frequency; otherwise there is nothing above it.
    """
    n_kept = min(x.shape[1], int(bits / depth * x.shape[1] / sample_rate))
    peak = np.abs(x).max(axis=1, keepdims=True)
    codes = mu_law_encode(resample(x / peak, n_kept), n_codes=2**depth)
    y = mu_law_decode(codes, n_codes=2**depth)
    if hold:
        y = y[:, np.arange(x.shape[1]) * n_kept // x.shape[1]]
    else:
        y = resample(y, x.shape[1])
    return (peak * y).astype(np.float32)


class Components:
    """Principal components of blocks, each written in bits of its own.

    A bit is given again and again to the component whose error is the largest, each
    bit taking three quarters of it: reverse water-filling in whole bits. The levels of
    a component are those that Lloyd and Max find on the blocks that it is made from.
    """

    def __init__(self, blocks, *, most=64):
        """Args: blocks (n, d) to learn from; most: components that may be kept."""
        self.mean = blocks.mean(axis=0)
        centred = blocks - self.mean
        variances, vectors = np.linalg.eigh(centred.T @ centred / len(blocks))
        self.variances = variances[::-1][:most]
        self.vectors = vectors[:, ::-1][:, :most]
        self.seen = centred @ self.vectors

    def there_and_back(self, blocks, bits):
        """Blocks (n, d) as they come back from `bits` bits each, a whole number."""
        weights = (blocks - self.mean) @ self.vectors
        kept = np.zeros_like(weights)
        for k, depth in enumerate(self.shared(bits)):
            if depth:
                levels = lloyd_max(self.seen[:, k], 2**depth)
                cells = np.searchsorted((levels[1:] + levels[:-1]) / 2, weights[:, k])
                kept[:, k] = levels[cells]
        return self.mean + kept @ self.vectors.T

    def shared(self, bits):
        """How many bits each component gets."""
        depths = np.zeros(len(self.variances), int)
        error = self.variances.copy()
        for _ in range(bits):
            k = error.argmax()
            depths[k] += 1
            error[k] /= 4
        return depths


def lloyd_max(values, n_levels, *, n_rounds=20):
    """The levels with the least mean square error on these values, ascending."""
    ordered = np.sort(values)
    levels = np.quantile(ordered, (np.arange(n_levels) + 0.5) / n_levels)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    for _ in range(n_rounds):
        cuts = np.searchsorted(ordered, (levels[1:] + levels[:-1]) / 2)
        edges = np.concatenate([[0], cuts, [len(ordered)]])
        sizes = np.diff(edges)
        means = np.diff(sums[edges]) / np.maximum(sizes, 1)
        levels = np.where(sizes > 0, means, levels)
    return levels


class WaveComponents:
    """Components of pieces of the wave: transform coding."""

    def __init__(self, x, *, length):
        """Args: x (n, n_samples) to learn from; length of a piece, samples."""
        self.length = length
        self.components = Components(self.blocks(normal(x)))

    def blocks(self, x):
        """(n, n_samples) to (n * pieces, length)."""
        return np.pad(x, [(0, 0), (0, -x.shape[1] % self.length)]).reshape(
            -1, self.length
        )

    def __call__(self, x, bits, sample_rate):
        """Sounds as they come back from so many bits a second."""
        each = int(bits * self.length / sample_rate)
        y = self.components.there_and_back(self.blocks(normal(x)), each)
        y = y.reshape(len(x), -1)[:, : x.shape[1]]
        return (y * np.abs(x).max(axis=1, keepdims=True)).astype(np.float32)


class SpectrumComponents:
    """Components of log magnitudes, a few frames together; phases by Griffin-Lim."""

    def __init__(self, x, *, n_fft, together):
        """Args: x (n, n_samples); n_fft of the spectra; frames that make a block."""
        self.n_fft, self.together = n_fft, together
        blocks = self.blocks(self.spectrum(normal(x)))
        chosen = np.random.default_rng(0).permutation(len(blocks))[:20000]
        self.components = Components(blocks[chosen])

    @property
    def hop_length(self):
        """Half a window: what is sent of a spectrum should be little."""
        return self.n_fft // 2

    def spectrum(self, x):
        """Log magnitudes (n, frames, bins)."""
        X = np.abs(stft(x, n_fft=self.n_fft, hop_length=self.hop_length))
        return np.log(np.maximum(X, FLOOR)).swapaxes(1, 2)

    def blocks(self, logs):
        """(n, frames, bins) to (n * blocks, together * bins), the last frame again."""
        missing = -logs.shape[1] % self.together
        padded = np.pad(logs, [(0, 0), (0, missing), (0, 0)], mode="edge")
        return padded.reshape(-1, self.together * logs.shape[2])

    def __call__(self, x, bits, sample_rate):
        """Sounds as they come back from so many bits a second."""
        logs = self.spectrum(normal(x))
        each = int(bits * self.together * self.hop_length / sample_rate)
        y = self.components.there_and_back(self.blocks(logs), each)
        y = y.reshape(len(x), -1, logs.shape[2])[:, : logs.shape[1]].swapaxes(1, 2)
        peak = np.abs(x).max(axis=1, keepdims=True)
        sound = griffin_lim(np.exp(y), hop_length=self.hop_length, length=x.shape[1])
        return (peak * sound).astype(np.float32)


def normal(x):
    """Sounds of peak 1."""
    return x / np.abs(x).max(axis=1, keepdims=True)


def contenders(x):
    """All of them, learned from sounds x: names to settings, each a function."""

    def law(depth, hold):
        return lambda y, bits, rate: mu_law(y, bits, rate, depth=depth, hold=hold)

    variants = itertools.product(range(1, 9), (False, True))
    return {
        "mu-law": {f"{d} bits, hold {h}": law(d, h) for d, h in variants},
        "PCA of waves": {
            f"{length} samples": WaveComponents(x, length=length)
            for length in (64, 128, 256)
        },
        "PCA of spectra": {
            f"window {n}, {k} frames": SpectrumComponents(x, n_fft=n, together=k)
            for n, k in ((256, 1), (512, 1), (512, 4), (1024, 2))
        },
    }
