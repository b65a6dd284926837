"""Differentiated waves (DPW): the mean of a wave over the last sample.

The antiderivative of a wave has no jumps, so it aliases less; its differences are the
wave again, softened. The saw's antiderivative is a parabola, hence the usual name,
differentiated parabolic wave:

    y[n] = (F(phase[n]) - F(phase[n - 1])) / (phase[n] - phase[n - 1]),   F' = wave

Reference: V. Valimaki, "Discrete-time synthesis of the sawtooth waveform with reduced
aliasing", 2005. Here F stands for every shape, and a frequency curve is followed.
"""

from dsplab._array import array_namespace
from dsplab.sources.phasor import fractional_part

SLOWEST = 1e-6  # cycles per sample: below, a difference would be all rounding


def differentiated(p, step, shape, width):
    """Mean of a wave of amplitude one between the sample before and this one."""
    xp = array_namespace(p, step)
    step = xp.where(xp.abs(step) < SLOWEST, SLOWEST, step)
    before = fractional_part(p - step)
    mean = 2.0 * width - 1.0 if shape in ("square", "pulse") else 0.0
    change = _integral(p, shape, width) - _integral(before, shape, width)
    return xp.where(xp.abs(step) < 0.5, change / step + mean, 0.0 * p)


def _integral(p, shape, width):
    """Antiderivative of the wave without its mean, over one cycle; 0 at both ends."""
    if shape == "saw":
        return p * (p - 1.0)
    xp = array_namespace(p)
    if shape == "triangle":
        q = fractional_part(p + 0.25) - 0.5
        return -2.0 * q * xp.abs(q) + q
    return xp.minimum(2.0 * (1.0 - width) * p, 2.0 * width * (1.0 - p))
