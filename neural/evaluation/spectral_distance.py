"""How far one sound is from another, heard through several windows at once.

A spectrum of long windows separates partials and smears attacks, one of short windows
does the opposite; a distance that takes several has no blind spot. Phase is not heard.

    multi_scale_distance        sum over sizes of  mean |X - Y| + mean |ln X - ln Y|
    multi_resolution_distance   mean over sizes of |X - Y| / |X| + mean |ln X - ln Y|

with magnitudes X and Y. Both take NumPy or JAX arrays and are differentiable, so they
serve as losses too; both are 0 only for equal magnitudes.

Reference:
  J. Engel, L. Hantrakul, C. Gu, A. Roberts, "DDSP: Differentiable Digital Signal
  Processing", 2020 (arXiv:2001.04643). R. Yamamoto, E. Song, J.-M. Kim, "Parallel
  WaveGAN", 2020 (arXiv:1910.11480). C. Steinmetz, J. Reiss, "auraloss: Audio focused
  loss functions in PyTorch", 2020, which divides by the norm of a whole batch where
  here each signal has a distance of its own.
"""

import math

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import array_namespace
from dsplab.spectral import stft
from dsplab.windows import hann

SCALES = (2048, 1024, 512, 256, 128, 64)  # DDSP's
RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))  # Parallel WaveGAN


def multi_scale_distance(x, y, *, n_ffts=SCALES, log_weight=1.0, floor=1e-5):
    """Distance of two sounds, linear and logarithmic, in the manner of DDSP.

    Args:
      x: the reference, shape (..., n_samples).
      y: of the same shape.
      n_ffts: window lengths, samples, multiples of 4; a window goes on by a quarter.
      log_weight: of the logarithmic part, which hears the quiet partials.
      floor: magnitudes below count as this.

    Returns:
      Shape (...).

    Raises:
      ValueError: if the shapes differ.

    >>> x = np.sin(np.arange(4096))
    >>> float(multi_scale_distance(x, -x))
    0.0
    """
    x, y = _pair(x, y)
    xp, total = array_namespace(x), 0.0
    both = xp.stack([x, y])  # (2, ..., n_samples): one transform for both
    weight = positive(log_weight, name="log_weight", allow_zero=True)
    floor = positive(floor, name="floor")
    for n_fft in n_ffts:
        hop_length = integer(n_fft, name="n_ffts", least=4) // 4
        n_frames = math.ceil(x.shape[-1] / hop_length)
        after = (n_frames - 1) * hop_length + n_fft - x.shape[-1]
        padded = xp.pad(both, [(0, 0)] * x.ndim + [(0, after)])
        sizes = {"n_fft": n_fft, "hop_length": hop_length, "center": False}
        X, Y = xp.abs(stft(padded, **sizes))
        total = total + _mean_difference(X, Y)
        if weight:
            logs = (xp.log(xp.maximum(z, floor)) for z in (X, Y))
            total = total + weight * _mean_difference(*logs)
    return total


def multi_resolution_distance(x, y, *, resolutions=RESOLUTIONS, floor=1e-8):
    """Distance of two sounds: spectral convergence and log magnitude.

    Args:
      x: the reference, shape (..., n_samples), longer than half the largest n_fft.
      y: of the same shape.
      resolutions: rows (n_fft, hop_length, window length), samples.
      floor: energies |X|^2 below count as this.

    Returns:
      Shape (...).

    Raises:
      ValueError: if the shapes differ or the sounds are too short.

    >>> x = np.sin(np.arange(4096))
    >>> bool(multi_resolution_distance(x, 0.5 * x) > 0.5)
    True
    """
    x, y = _pair(x, y)
    xp, total = array_namespace(x), 0.0
    both = xp.stack([x, y])  # (2, ..., n_samples): one transform for both
    floor = positive(floor, name="floor")
    for n_fft, hop_length, length in resolutions:
        before = (n_fft - length) // 2
        window = np.pad(hann(length), (before, n_fft - length - before))
        sizes = {"n_fft": n_fft, "hop_length": hop_length, "window": window}
        X, Y = _magnitude(stft(both, **sizes, padding="reflect"), floor)
        convergence = _norm(X - Y) / _norm(X)
        total = total + convergence + _mean_difference(xp.log(X), xp.log(Y))
    return total / len(resolutions)


def _magnitude(X, floor):
    """|X|, at least sqrt(floor); its gradient is finite where X is 0."""
    xp = array_namespace(X)
    return xp.sqrt(xp.maximum(X.real**2 + X.imag**2, floor))


def _mean_difference(a, b):
    return abs(a - b).mean(axis=(-2, -1))


def _norm(X):
    """Root of the sum of squares; its gradient is 0, not NaN, where that is 0."""
    xp = array_namespace(X)
    square = (X**2).sum(axis=(-2, -1))
    return xp.where(square > 0, xp.sqrt(xp.where(square > 0, square, 1.0)), 0.0)


def _pair(x, y):
    x, y = as_signal(x), as_signal(y, name="y")
    if x.shape != y.shape:
        raise ValueError(f"y must have the shape of x, {x.shape}, got {y.shape}")
    xp = array_namespace(x, y)  # a NumPy reference may meet a JAX copy
    return xp.asarray(x), xp.asarray(y)
