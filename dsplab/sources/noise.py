"""Noise in colours: every frequency at once, loudest below, evenly, or above."""

import numpy as np

from dsplab._arguments import as_signal, as_values, one_of, positive
from dsplab._array import array_namespace, fft

COLOURS = {  # slope of the power spectrum in dB an octave, over 10 log10(2)
    "red": -2.0,
    "brown": -2.0,
    "pink": -1.0,
    "white": 0.0,
    "blue": 1.0,
    "violet": 2.0,
}
LOWEST = 20.0  # Hz, below which the spectrum of a coloured noise is flat


def noise(white, sample_rate, *, colour="white", lowest=LOWEST):
    """Colour white noise: surf is pink, thunder red, hiss blue or violet.

    Every frequency is multiplied by a power of itself, exactly, in one FFT:

        Y[k] = X[k] g f_k^(slope / 2),   f_k at least `lowest`

    with g such that white noise keeps its level. Pink has as much power in each octave;
    red (brown) is the running sum of white, violet its difference.

    Args:
      white: the noise itself, (..., n_samples): rng.standard_normal(n) or
        rng.uniform(-1, 1, n) of a `numpy.random.Generator`, or
        jax.random.normal(key, (n,)).
      sample_rate: Hz.
      colour: "white", "pink", "red" or "brown", "blue", "violet"; or the slope itself,
        a number or array: the power of frequency that the power spectrum follows (-1 is
        pink).
      lowest: Hz, below which the spectrum is flat, so that red noise does not wander
        off. Frequency 0 is left out of all but white noise.

    Returns:
      Signal, (..., n_samples), as loud as `white`.

    Raises:
      ValueError: if the colour is none of those above.

    >>> white = np.random.default_rng(0).standard_normal(8000)
    >>> y = noise(white, 8000, colour="pink")
    >>> y.shape, bool(0.9 < y.std() < 1.1)
    ((8000,), True)
    """
    white = as_signal(white, name="white")
    positive(sample_rate, name="sample_rate")
    positive(lowest, name="lowest")
    if isinstance(colour, str):
        if colour == "white":
            return white
        colour = COLOURS[one_of(colour, tuple(COLOURS), name="colour")]
    slope = as_values(colour, name="colour")
    xp = array_namespace(white, slope)
    n = white.shape[-1]
    f = np.fft.rfftfreq(n, 1.0 / sample_rate)
    level = np.log(np.maximum(f, min(lowest, sample_rate / 2.0)) / sample_rate)
    gain = xp.exp(0.5 * slope[..., None] * xp.asarray(level, dtype=white.dtype))
    shares = np.where(f < sample_rate / 2.0, 2.0, 1.0) * (f > 0.0)  # of both halves
    power = (xp.asarray(shares, dtype=white.dtype) * gain**2).sum(-1, keepdims=True) / n
    gain = gain * xp.asarray(f > 0.0, dtype=white.dtype) / xp.sqrt(power)
    X = fft(white).rfft(white) * gain
    return fft(white).irfft(X, n).astype(white.dtype)
