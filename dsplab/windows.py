"""Windows: the shapes that fade a frame in and out.

All are periodic by default (the next sample would repeat the first), which is what an
STFT and overlap-add want; `symmetric=True` gives the filter designer's kind. They are
NumPy arrays in float64; cast one to the dtype of the signal it multiplies.
"""

import numpy as np

from dsplab._arguments import as_array, as_signal, integer, one_of


def hann(length, *, symmetric=False):
    """Raised cosine: 0.5 - 0.5 cos(2 pi n / N), first side lobe at -31 dB.

    Shifted by half their length, periodic Hann windows sum to one.

    >>> hann(4).round(6).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    return _cosine_sum(length, (0.5, 0.5), symmetric)


def hamming(length, *, symmetric=False):
    """Raised cosine on a step, 0.54 - 0.46 cos(2 pi n / N), side lobes under -40 dB.

    >>> round(float(hamming(4)[0]), 2)
    0.08
    """
    return _cosine_sum(length, (0.54, 0.46), symmetric)


def blackman(length, *, symmetric=False):
    """Three-term cosine sum 0.42, 0.5, 0.08; side lobes under -58 dB.

    >>> round(float(blackman(4)[2]), 6)
    1.0
    """
    return _cosine_sum(length, (0.42, 0.5, 0.08), symmetric)


def blackman_harris(length, *, symmetric=False):
    """Minimum four-term cosine sum; side lobes under -92 dB (Harris 1978).

    >>> round(float(blackman_harris(4)[2]), 6)
    1.0
    """
    return _cosine_sum(length, (0.35875, 0.48829, 0.14128, 0.01168), symmetric)


def sine(length, *, symmetric=False):
    """Half a period of a sine; its square is a Hann window.

    >>> float(sine(4)[2])
    1.0
    """
    length, denominator = _size(length, symmetric)
    return np.sin(np.pi * np.arange(length) / denominator)


def triangular(length, *, symmetric=False):
    """Straight up and straight down (Bartlett).

    >>> triangular(4).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    length, denominator = _size(length, symmetric)
    return 1.0 - np.abs(2.0 * np.arange(length) / denominator - 1.0)


def rectangular(length, *, symmetric=False):
    """No fade at all: ones.

    >>> rectangular(3).tolist()
    [1.0, 1.0, 1.0]
    """
    return np.ones(_size(length, symmetric)[0])


WINDOWS = {
    "hann": hann,
    "hamming": hamming,
    "blackman": blackman,
    "blackman_harris": blackman_harris,
    "sine": sine,
    "triangular": triangular,
    "rectangular": rectangular,
}


def get_window(window, length):
    """The periodic window of that name, or the given array after a check of its length.

    Args:
      window: a key of `WINDOWS`, or an array (length,).
      length: samples.

    Raises:
      ValueError: for an unknown name, or an array of another shape.

    >>> get_window("hann", 4).round(6).tolist()
    [0.0, 0.5, 1.0, 0.5]
    """
    length = integer(length, name="length")
    if isinstance(window, str):
        return WINDOWS[one_of(window, tuple(WINDOWS), name="window")](length)
    window = as_signal(as_array(window, name="window"), name="window", ndim=1)
    if window.shape[0] != length:
        raise ValueError(f"window must have {length} samples, got {window.shape[0]}")
    return window


def _size(length, symmetric):
    length = integer(length, name="length")
    return length, max(length - 1, 1) if symmetric else length


def _cosine_sum(length, coefficients, symmetric):
    length, denominator = _size(length, symmetric)
    angle = 2.0 * np.pi * np.arange(length) / denominator
    signs = (-1.0) ** np.arange(len(coefficients))
    return sum(
        s * c * np.cos(k * angle)
        for k, (s, c) in enumerate(zip(signs, coefficients, strict=True))
    )
