"""The picture that loop models see: logarithmic mel bands of a bar.

Frames are placed so that a bar of N samples has exactly N / hop_length of them: the
sound is extended by (n_fft - hop_length) / 2 mirrored samples on both sides. Magnitude,
Slaney's mel bands, decimal logarithm, 1e-5 at least: MelGAN's input, and that of
LoopTest, whose bar of two seconds at 44.1 kHz has 320 frames of 80 bands (hop 275).

Reference:
  K. Kumar and others, "MelGAN: Generative Adversarial Networks for Conditional Waveform
  Synthesis", 2019.
"""

from dsplab._arguments import as_signal, integer
from dsplab._array import array_namespace
from dsplab.mel import mel_filterbank
from dsplab.spectral import stft

LEAST = 1e-5


def log_mel(x, sample_rate, *, n_fft, hop_length, n_mels):
    """Logarithmic mel bands of each moment.

    Args:
      x: (..., n_samples), NumPy or JAX.
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames.
      n_mels: bands.

    Returns:
      (..., n_samples // hop_length, n_mels): time before frequency.

    >>> import numpy as np
    >>> log_mel(np.zeros(88200), 44100, n_fft=1024, hop_length=275, n_mels=80).shape
    (320, 80)
    """
    before = (
        integer(n_fft, name="n_fft") - integer(hop_length, name="hop_length")
    ) // 2
    x = as_signal(x, min_length=max(before + 1, hop_length))
    xp = array_namespace(x)
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(before, before)], mode="reflect")
    X = stft(x, n_fft=n_fft, hop_length=hop_length, center=False)
    bands = mel_filterbank(sample_rate, n_fft=n_fft, n_mels=n_mels)
    mel = xp.asarray(bands, dtype=x.dtype) @ xp.abs(X)
    return xp.log10(xp.maximum(mel, LEAST)).swapaxes(-1, -2)
