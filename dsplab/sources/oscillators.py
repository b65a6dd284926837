"""Oscillators: periodic waves at a frequency that may change at every sample."""

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, one_of, positive
from dsplab._array import array_namespace, wrapped_cumsum

SHAPES = ("sine", "saw", "square", "triangle")


def phase(frequency, sample_rate, *, start=0.0):
    """Integrate a frequency curve to the phase of an oscillator, in cycles.

        phase[n] = start + sum_{m < n} frequency[m] / sample_rate   (mod 1)

    Args:
      frequency: Hz at every sample, shape (..., n_samples); may be negative.
      sample_rate: Hz.
      start: phase of the first sample, in cycles.

    Returns:
      Phase in [0, 1), shape (..., n_samples), precise in float32 for any length.

    >>> phase(np.full(4, 2.0), 8.0).tolist()
    [0.0, 0.25, 0.5, 0.75]
    """
    frequency = as_signal(frequency, name="frequency")
    step = frequency / positive(sample_rate, name="sample_rate")
    xp = array_namespace(step)
    before = xp.concatenate([xp.zeros_like(step[..., :1]), step[..., :-1]], axis=-1)
    return (wrapped_cumsum(before) + start) % 1.0


def oscillator(frequency, sample_rate, *, shape="sine", start=0.0):
    """Play a wave of amplitude one along a frequency curve.

    The waves are the plain mathematical ones, and so saw, square and (less) triangle
    alias: partials above sample_rate / 2 come back as wrong notes. For a clean tone
    use `harmonic_oscillator`, which leaves those partials out.

    Args:
      frequency: Hz at every sample, shape (..., n_samples). For a steady note of n
        samples: np.full(n, 440.0).
      sample_rate: Hz.
      shape: "sine", "saw" (rising), "square" or "triangle".
      start: phase of the first sample, in cycles.

    Returns:
      Signal, shape (..., n_samples).

    >>> oscillator(np.full(4, 2.0), 8.0, shape="square").tolist()
    [1.0, 1.0, -1.0, -1.0]
    """
    one_of(shape, SHAPES, name="shape")
    p = phase(frequency, sample_rate, start=start)
    xp = array_namespace(p)
    if shape == "sine":
        return xp.sin(2.0 * np.pi * p)
    if shape == "saw":
        return 2.0 * p - 1.0
    if shape == "square":
        return xp.where(p < 0.5, xp.ones_like(p), -xp.ones_like(p))
    return 1.0 - 4.0 * xp.abs((p + 0.25) % 1.0 - 0.5)


def harmonic_oscillator(f0, amplitudes, sample_rate):
    """Sum sines at the multiples of a fundamental, without aliasing.

        y[n] = sum_k amplitudes[k] sin(2 pi k phase[n]),  k f0 < sample_rate / 2

    Args:
      f0: fundamental in Hz at every sample, shape (..., n_samples).
      amplitudes: one per harmonic, shape (n_harmonics,), or a curve for each, shape
        (..., n_harmonics, n_samples).
      sample_rate: Hz.

    Returns:
      Signal, shape (..., n_samples).

    >>> y = harmonic_oscillator(np.full(100, 441.0), [1.0, 0.5], 44100)
    >>> y.shape
    (100,)
    """
    f0 = as_signal(f0, name="f0")
    amplitudes = as_values(amplitudes, name="amplitudes")
    xp = array_namespace(f0, amplitudes)
    amplitudes = xp.asarray(amplitudes, dtype=f0.dtype)
    if amplitudes.ndim == 1:
        amplitudes = amplitudes[:, None]
    if amplitudes.ndim < 2 or amplitudes.shape[-1] not in (1, f0.shape[-1]):
        raise ValueError(
            "amplitudes must have shape (n_harmonics,) or (..., n_harmonics, "
            f"{f0.shape[-1]}), got {amplitudes.shape}"
        )
    p = phase(f0, sample_rate)
    y = xp.zeros_like(p)
    for k in range(1, integer(amplitudes.shape[-2], name="n_harmonics") + 1):
        audible = k * xp.abs(f0) < sample_rate / 2.0
        level = xp.where(audible, amplitudes[..., k - 1, :], xp.zeros_like(f0))
        y = y + level * xp.sin(2.0 * np.pi * ((k * p) % 1.0))
    return y
