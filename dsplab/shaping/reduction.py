"""Fewer bits, a lower sampling rate: the sound of old samplers and game consoles.

Here aliasing is the effect itself, so nothing is done against it.
"""

from dsplab._arguments import as_curves, positive
from dsplab._array import array_namespace, running_max, stop_gradient
from dsplab.sources.phasor import phase

EARLY = 1e-6  # cycles: a tick on a sample must not round to the one after it


def reduce_bits(x, bits=8.0, *, dither=None):
    """Round to a few levels: hiss at 12 bits, grit at 8, a buzzing gate at 3.

        y = round(x / step) step,  step = 2^(1 - bits)

    Args:
      x: signal, (..., n_samples), within [-1, 1].
      bits: of the code: a number (fractions are allowed) or a curve.
      dither: noise in steps, (..., n_samples), added before rounding: the sum of two
        uniform ones in [-1/2, 1/2] turns the buzz of quiet sounds into even hiss.

    Returns:
      Signal, (..., n_samples). Its derivative is taken to be one, as if nothing were
      rounded, so that parameters before it can be learned.

    >>> reduce_bits(np.array([0.1, 0.3, -0.6]), 3).tolist()
    [0.0, 0.25, -0.5]
    """
    x, bits, dither = as_curves(x, bits=bits, dither=0.0 if dither is None else dither)
    step = 2.0 ** (1.0 - bits)
    rounded = array_namespace(x).round(x / step + dither) * step
    return x + stop_gradient(rounded - x)


def reduce_rate(x, sample_rate, *, clock):
    """Hold every sample until a slower clock ticks: metallic ghosts of the highs.

        y[n] = x[m],  m the last tick at or before n

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      clock: rate of the slower clock, in Hz: a number or a curve (n_samples,). Above
        sample_rate every sample is taken.

    Returns:
      Signal, (..., n_samples).

    >>> reduce_rate(np.arange(8.0), 8000, clock=2000).tolist()
    [0.0, 0.0, 0.0, 0.0, 4.0, 4.0, 4.0, 4.0]
    """
    x, clock = as_curves(x, clock=clock)
    positive(sample_rate, name="sample_rate")
    xp = array_namespace(x)
    clock = xp.broadcast_to(xp.clip(clock, 0.0, sample_rate), x.shape)
    p = phase(clock, sample_rate, start=EARLY)
    before = xp.concatenate([xp.ones_like(p[..., :1]), p[..., :-1]], axis=-1)
    ticks = (p < before) | (clock >= sample_rate)
    last = running_max(xp.where(ticks, xp.arange(x.shape[-1]), 0))
    return xp.take_along_axis(x, last, axis=-1)
