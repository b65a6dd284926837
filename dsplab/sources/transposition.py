"""Reading a recording at another pace: higher or lower, without wrong notes.

Read faster, a recording rises, and what rises above half the sample rate comes back as
wrong notes. So first everything is left out that would rise too far, and the rest is
given a sample between every two; then a short kernel reads it anywhere.
"""

import functools
import math

import numpy as np

from dsplab._arguments import as_curves, as_signal, positive
from dsplab._array import array_namespace, fft, is_traced, wrapped_cumsum
from dsplab.sources.interpolation import (
    polynomials,
    read_in_blocks,
    weighted,
    windowed_sinc,
)

CROSSINGS = 6  # of the kernel on either side, in the doubled recording
KAISER = 10.0  # shape of its window: 100 dB between what stays and what must go
GUARD = 1024  # samples of silence that keep the two ends apart


def varispeed(x, ratio, *, start=0.0, highest=None):
    """Play a recording at a pace that changes, as a tape whose motor is turned.

        y[n] = x(start + sum_{m < n} ratio[m])

    Args:
      x: recording, (..., n_in).
      ratio: samples of x for each sample of the result, (n_samples,): 2 is an octave
        up, 0 stands still, -1 is backwards.
      start: place in x of the first sample, in samples.
      highest: the highest ratio, which decides what is left out; None takes it from
        the curve (2 where that is traced by JAX).

    Returns:
      Signal, (..., n_samples); silent beyond the ends of x.

    >>> x = np.sin(2 * np.pi * 100 * np.arange(4000) / 8000)
    >>> y = varispeed(x, np.full(1000, 2.0), start=800.0)
    >>> expected = np.sin(2 * np.pi * 200 * np.arange(1000) / 8000)
    >>> bool(np.allclose(y, expected, atol=1e-3))
    True
    """
    x = as_signal(x)
    ratio = as_signal(ratio, name="ratio", ndim=1)
    ratio, start = as_curves(ratio, called="ratio", start=start)
    if highest is None:
        highest = highest_of(ratio, default=2.0)
    whole, fraction = travel(ratio, start)
    return read_doubled(doubled(x, highest), whole, fraction)


def doubled(x, highest):
    """x with a sample between every two, without what a ratio would lift too far.

    Args:
      x: (..., n).
      highest: the highest ratio at which it will be read, a Python number.

    Returns:
      (..., 2 n)
    """
    import scipy.fft

    xp, n = array_namespace(x), x.shape[-1]
    # the FFT repeats the signal: silence keeps its end from wrapping into its start
    padded = scipy.fft.next_fast_len(n + GUARD, real=True)
    n_bins = math.ceil(0.5 * padded / max(positive(highest, name="highest"), 1.0))
    X = fft(x).rfft(x, padded)[..., :n_bins]
    X = xp.pad(X, [(0, 0)] * (X.ndim - 1) + [(0, padded + 1 - n_bins)])
    return (2.0 * fft(x).irfft(X, 2 * padded)[..., : 2 * n]).astype(x.dtype)


def travel(ratio, start):
    """Places 2 (start + sum_{m < n} ratio[m]) as integers and fractions, (..., n)."""
    xp = array_namespace(ratio)
    before = xp.concatenate([0.0 * ratio[..., :1], ratio[..., :-1]], axis=-1)
    begin = xp.floor(2.0 * start)
    rest = 2.0 * start - begin
    fraction = wrapped_cumsum(2.0 * before)  # exact, also in float32
    whole = xp.floor(xp.cumsum(2.0 * before, axis=-1) - fraction + 0.5) + begin
    over = fraction + rest >= 1.0
    fraction = xp.where(over, fraction + rest - 1.0, fraction + rest)
    return whole + over, fraction


def read_doubled(x, whole, fraction):
    """Read what `doubled` made at whole + fraction of its samples; silence beyond."""
    xp = array_namespace(x, whole, fraction)
    table = _kernel()
    reach = table.shape[-1]
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(reach, reach)])
    first = xp.clip(whole + (reach // 2 + 1), 0, x.shape[-1] - reach)

    def some(first, fraction):
        return (weighted(x, first.astype("int32"), fraction, table),)

    return read_in_blocks(some, first, fraction)


def highest_of(ratio, *, default):
    """Highest absolute value of a curve, or a default where it is traced."""
    if is_traced(ratio):
        return default
    return max(float(array_namespace(ratio).abs(ratio).max()), 1.0)


@functools.cache
def _kernel():
    taps = np.arange(CROSSINGS, -CROSSINGS, -1) - 1

    def sinc(t):
        return windowed_sinc(t, crossings=CROSSINGS, kaiser=KAISER)

    return polynomials(sinc, taps)
