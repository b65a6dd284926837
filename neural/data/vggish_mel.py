"""The picture that VGGish sees: logarithmic mel bands of sound at 16 kHz.

25 ms Hann windows every 10 ms, none beyond the ends, |DFT| of 512 -> 64 bands, 125 ...
7500 Hz -> ln(. + 0.01). The bands are triangles over mel, where elsewhere they are
triangles over Hz, and the mel scale is 1127 ln(1 + f / 700).

Reference: see `neural.evaluation.vggish`.
"""

import functools

import numpy as np

from dsplab._arguments import as_signal
from dsplab.spectral import stft
from dsplab.windows import hann

SAMPLE_RATE = 16000
WINDOW, HOP, N_FFT = 400, 160, 512  # samples
N_MELS, F_MIN, F_MAX = 64, 125.0, 7500.0
OFFSET = 0.01  # added before the logarithm


@functools.cache
def mel_weights():
    """The filterbank (257, 64): triangles of height 1, straight over mel, not over Hz.

    >>> mel_weights().shape
    (257, 64)
    """

    def to_mel(hz):
        return 1127.0 * np.log1p(np.asarray(hz) / 700.0)

    bins = to_mel(np.linspace(0.0, SAMPLE_RATE / 2, N_FFT // 2 + 1))[:, None]
    edges = np.linspace(to_mel(F_MIN), to_mel(F_MAX), N_MELS + 2)
    width = edges[1] - edges[0]
    triangles = np.minimum((bins - edges[:-2]) / width, (edges[2:] - bins) / width)
    return np.maximum(triangles, 0.0)


def log_mel(x):
    """The picture of a sound: (n_frames, 64), float64.

    Args:
      x: signal at 16 kHz, (n_samples,), at least 400 samples.
    """
    x = np.asarray(as_signal(x, ndim=1, min_length=WINDOW), dtype=np.float64)
    # frames of 400 samples, zeros after them: none of those of the end is left out
    window = np.pad(hann(WINDOW), (0, N_FFT - WINDOW))
    x = np.pad(x, (0, N_FFT - WINDOW))
    X = stft(x, n_fft=N_FFT, hop_length=HOP, window=window, center=False)
    return np.log(abs(X).T @ mel_weights() + OFFSET)
