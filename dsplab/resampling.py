"""Reading a signal between its samples: what changes the pitch of a tape.

Both functions see the signal as the sum of its sines below half the sampling rate, and
neither lets anything through above it.
"""

import numpy as np

from dsplab._arguments import as_signal, integer
from dsplab._array import array_namespace, fft

TAPS = 8  # samples on either side that make a sample in the middle
GUARD = 1024  # samples of silence that keep the two ends apart


def resample(x, n_samples):
    """Squeeze or spread a signal to n_samples, as a tape at another speed.

    The spectrum is cut off, or continued with zeros, at the new Nyquist frequency:

        Y[k] = X[k] n_samples / len(x)   below both Nyquist frequencies, else 0.

    Args:
      x: signal, (..., n_in).
      n_samples: length of the result.

    Returns:
      Signal, (..., n_samples); sample n lies at n n_in / n_samples of x.

    Raises:
      ValueError: if n_samples is not a positive integer.

    >>> x = np.sin(2 * np.pi * 5 * np.arange(1000) / 1000) * np.hanning(1000)
    >>> y = resample(x, 500)
    >>> bool(np.abs(y - x[::2]).max() < 1e-4)
    True
    """
    x = as_signal(x)
    n_samples = integer(n_samples, name="n_samples")
    n_in = x.shape[-1]
    if n_samples == n_in:
        return x
    # the FFT repeats the signal: silence keeps its end from wrapping into its start
    longer = max(n_in, n_samples)
    spread = -(-(longer + GUARD) // longer) if longer < GUARD else 1.0 + GUARD / longer
    padded_in, padded_out = _padded_lengths(n_in, n_samples, spread)
    X = fft(x).rfft(x, padded_in)
    n_bins = min(padded_in, padded_out) // 2
    y = fft(x).irfft(X[..., :n_bins], padded_out)[..., :n_samples]
    return y * array_namespace(x).asarray(padded_out / padded_in, dtype=x.dtype)


def _padded_lengths(n_in, n_out, spread):
    """FFT lengths in the ratio of n_in to n_out, as nearly as possible, quick ones."""
    import scipy.fft

    best = None
    padded = int(n_in * spread)
    for _ in range(40):
        padded = scipy.fft.next_fast_len(padded + 1, real=True)
        other = padded * n_out / n_in
        error = abs(round(other) - other) / other
        if best is None or error < best[0]:
            best = error, padded, round(other)
        if error * max(n_in, n_out) < 1e-3:
            break
    return best[1:]


def halfway(x):
    """Put a band-limited sample half way between every two.

    Sample n of the result lies at n + TAPS - 1/2 of x, for all n that have TAPS samples
    of x on either side: (..., n) to (..., n - 2 TAPS + 1). It is the product with a
    windowed sinc of 2 TAPS points, flat up to nine tenths of the Nyquist frequency.
    """
    xp = array_namespace(x)
    n = x.shape[-1]
    block = 4 * TAPS  # of outputs, made from this block of inputs and the next
    kernel = np.arange(2 * TAPS) - TAPS + 0.5
    kernel = np.sinc(kernel) * np.kaiser(4 * TAPS + 1, 5.0)[1::2]
    matrix = np.zeros((2 * block, block))
    for output in range(block):
        matrix[output : output + 2 * TAPS, output] = kernel / kernel.sum()
    matrix = xp.asarray(matrix, dtype=x.dtype)
    n_out = n - 2 * TAPS + 1
    rest = (1 - (-n_out // block)) * block - n
    if rest > 0:
        x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, rest)])
    x = x[..., : n + rest]
    rows = x.reshape(*x.shape[:-1], -1, block)
    between = rows[..., :-1, :] @ matrix[:block] + rows[..., 1:, :] @ matrix[block:]
    return between.reshape(*x.shape[:-1], -1)[..., :n_out]
