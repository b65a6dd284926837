"""Reading a signal between its samples: another sampling rate, or the pitch of a tape.

All of it sees the signal as the sum of its sines below half the sampling rate, and lets
nothing through above it.
"""

import numpy as np

from dsplab._arguments import as_signal, integer
from dsplab._array import array_namespace, correlate_long, fft

TAPS = 8  # samples on either side that make a sample in the middle
GUARD = 1024  # samples of silence that keep the two ends apart
PASS = 0.465  # of the sampling rate: up to here doubling and halving change nothing
STOP_DB = 100.0  # how far below lies what they remove
KAISER_DB = STOP_DB + 8.0  # his formula is that much off where the filter is short


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
    kernel = np.arange(2 * TAPS) - TAPS + 0.5
    kernel = np.sinc(kernel) * np.kaiser(4 * TAPS + 1, 5.0)[1::2]
    return correlate_long(x, kernel / kernel.sum())


def upsample(x, factor):
    """Put factor - 1 samples between every two, where the sound really passes.

    Before a wave is bent its sampling rate is raised, so that there is room for the
    new overtones. Each doubling keeps the samples and computes the ones between by a
    half-band filter, a windowed sinc whose every other weight is zero:

        y[2n] = x[n],  y[2n + 1] = sum_k h[k] (x[n - k] + x[n + 1 + k])

    Args:
      x: signal, (..., n_samples); silence around it.
      factor: 1, 2, 4, 8, ...

    Returns:
      Signal, (..., factor n_samples); sample n lies at n / factor of x. Up to 0.465 of
      the old sampling rate (20.5 kHz of 44.1) it is flat within 0.0001 dB; images
      lie 100 dB lower from 0.535 on.

    Raises:
      ValueError: if factor is not a power of two.

    >>> x = np.sin(2 * np.pi * 0.01 * np.arange(400))
    >>> y = upsample(x, 2)
    >>> between = np.sin(2 * np.pi * 0.01 * (np.arange(100, 300) + 0.5))
    >>> bool(np.abs(y[201:601:2] - between).max() < 1e-4)
    True
    """
    x = as_signal(x)
    xp = array_namespace(x)
    for stage in range(_doublings(factor)):
        h = 2.0 * _half_band(stage, 1.0)
        between = correlate_long(_padded(x, len(h) // 2 - 1, len(h) // 2 + 1), h)
        x = xp.stack([x, between], axis=-1).reshape(*x.shape[:-1], -1)
    return x


def downsample(x, factor, *, offset=0.0):
    """Keep every factor-th sample, after removing what those cannot hold.

    The inverse of `upsample`, with the same filters: linear phase, and no delay.

        y[n] = (x[2n] + sum_k h[k] (x[2n - 1 - 2k] + x[2n + 1 + 2k])) / 2

    Args:
      x: signal, (..., n_samples); silence around it.
      factor: 1, 2, 4, 8, ...
      offset: where the samples of x lie: x[m] at m + offset, in -1..1. What a filter
        of even length has delayed by half a sample is put right with 0.5.

    Returns:
      Signal, (..., ceil(n_samples / factor)); sample n lies at n factor of x.

    Raises:
      ValueError: if factor is not a power of two, or the offset beyond -1..1.

    >>> x = np.sin(2 * np.pi * 0.01 * np.arange(400))
    >>> y = downsample(upsample(x, 4), 4)
    >>> bool(np.abs(y - x)[100:300].max() < 1e-4)
    True
    """
    x = as_signal(x)
    if not -1.0 <= offset <= 1.0:
        raise ValueError(f"offset must be in -1..1, got {offset!r}")
    for stage in reversed(range(_doublings(factor))):
        x = _halved(x, stage, offset)
        offset = 0.0
    return x


def _halved(x, stage, offset):
    """x at half its sampling rate; x[m] lies at m + offset."""
    if x.shape[-1] % 2:
        x = _padded(x, 0, 1)
    h = _half_band(stage, 1.0 + offset)
    half = len(h) // 2
    odd = correlate_long(_padded(x[..., 1::2], half, half), h)
    if offset == 0.0:  # every other weight of a half-band filter is zero
        return odd + 0.5 * x[..., ::2]
    h = _half_band(stage, offset)
    return odd + correlate_long(_padded(x[..., ::2], half, half), h)


def _half_band(stage, offset):
    """Every other weight of the filter: at times offset, offset +- 2, offset +- 4 ...

    A sinc under Kaiser's window, long enough for KAISER_DB by his formula: the higher
    the rate already is, the wider the gap between what is kept and its image, and
    the shorter the filter. The weights sum to 1/2, as the ones between them do.
    """
    transition = 2.0 * np.pi * (0.5 - PASS / 2**stage)
    half = int(np.ceil((KAISER_DB - 8.0) / (2.285 * transition) / 4.0 + 1.0))
    t = 2.0 * np.arange(-half, half + 1) + offset
    inside = np.maximum(0.0, 1.0 - (t / (2.0 * half)) ** 2)
    h = np.sinc(t / 2.0) * np.i0(0.1102 * (KAISER_DB - 8.7) * np.sqrt(inside))
    h = np.where(inside > 0.0, h, 0.0)
    return h / h.sum() / 2.0


def _doublings(factor):
    number = integer(factor, name="factor")
    if number & (number - 1):
        raise ValueError(f"factor must be a power of two, got {factor!r}")
    return number.bit_length() - 1


def _padded(x, before, after):
    return array_namespace(x).pad(x, [(0, 0)] * (x.ndim - 1) + [(before, after)])
