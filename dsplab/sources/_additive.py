"""Classic waves as the sums of their harmonics below half the sample rate."""

import math

import numpy as np

from dsplab._array import array_namespace, is_traced, scan
from dsplab.sources.phasor import fractional_part

LOWEST = 20.0  # Hz, for which there are harmonics enough where values are unknown


def summed_harmonics(p, step, shape, width, *, sample_rate):
    """The Fourier series of a wave of amplitude one, cut off where it would alias.

    saw       -2 / (pi k) sin(2 pi k p)
    pulse     the difference of two saws, width apart
    triangle  8 / (pi k)^2 sin(pi k / 2) sin(2 pi k p)
    """
    xp = array_namespace(p, step)
    pulse = shape in ("square", "pulse")

    def add(y, k):
        angle = 2.0 * np.pi * fractional_part(k * p)
        if shape == "triangle":
            partial = (
                8.0 / (np.pi * k) ** 2 * xp.sin(np.pi / 2 * (k % 4)) * xp.sin(angle)
            )
        else:
            partial = -2.0 / (np.pi * k) * xp.sin(angle)
        if pulse:
            later = 2.0 * np.pi * fractional_part(k * (p - width))
            partial = -2.0 / (np.pi * k) * xp.sin(later) - partial
        heard = k * xp.abs(step) < 0.5
        return y + xp.where(heard, partial, xp.zeros_like(p)), k

    ks = xp.arange(1, _highest(step, sample_rate) + 1).astype(p.dtype)
    y, _ = scan(add, xp.zeros_like(p), ks)
    if not pulse:
        return y
    return y + xp.where(xp.abs(step) < 0.5, 2.0 * width - 1.0, xp.zeros_like(p))


def _highest(step, sample_rate):
    """Harmonics that the lowest frequency has below half the sample rate."""
    slowest = LOWEST / sample_rate
    if not is_traced(step):
        slowest = max(float(abs(step).min()), slowest)
    return max(math.ceil(0.5 / slowest) - 1, 1)
