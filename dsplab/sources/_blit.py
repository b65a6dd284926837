"""Band-limited impulse trains (BLIT): all harmonics at once, in closed form.

    1 + 2 sum_{k=1}^{K} cos(2 pi k p) = sin((2 K + 1) pi p) / sin(pi p)

has K harmonics of one strength, as many as fit below half the sample rate. Its running
sum is a saw; the difference of two such saws is a pulse, whose running sum is a
triangle. The sum leaks: what goes wrong in a glide is forgotten, but slowly.

Reference: T. Stilson and J. Smith, "Alias-free digital synthesis of classic analog
waveforms", 1996. In a glide a harmonic that reaches half the sample rate stops at once.
"""

import numpy as np

from dsplab._array import array_namespace, linear_recursion
from dsplab.sources.phasor import fractional_part

LEAK = 0.1  # of the sum, per cycle
MOST = 1024  # harmonics counted at the first sample
SMALL = 1e-5  # of a cycle, nearer than which the quotient is taken at its limit


def summed_impulses(p, step, shape, width):
    """A saw, pulse or triangle of amplitude one as a running sum of impulse trains."""
    if shape == "saw":
        return _saw(p, step)
    if shape != "triangle":
        pulse = _saw(fractional_part(p - width), step) - _saw(p, step)
        return pulse + (2.0 * width - 1.0)
    slope = _saw(fractional_part(p - 0.25), step) - _saw(
        fractional_part(p - 0.75), step
    )
    return _running_sum(4.0 * slope * step, step, _first_triangle(p[..., :1]))


def _impulses(p, step):
    """The sum of cosines above without its constant part, (..., n_samples)."""
    xp = array_namespace(p, step)
    n = 2.0 * xp.ceil(0.5 / xp.maximum(xp.abs(step), 1e-5)) - 1.0  # 2 K + 1
    near = p - xp.floor(p + 0.5)  # [-1/2, 1/2): exact where the quotient is steep
    at_top = xp.abs(near) < SMALL / n
    safe = xp.where(at_top, 0.25, near)
    quotient = xp.sin(np.pi * ((n * safe) % 2.0)) / xp.sin(np.pi * safe)
    return xp.where(at_top, n, quotient) - 1.0


def _saw(p, step):
    v = -2.0 * _impulses(p, step) * step
    return _running_sum(v, step, _settled_saw(p[..., :1], step[..., :1]))


def _settled_saw(p, step):
    """What the running sum would be here, had it always run."""
    xp = array_namespace(p, step)
    k = xp.asarray(np.arange(1, MOST + 1), dtype=p.dtype)
    heard = (k * xp.abs(step) < 0.5) & (xp.abs(step) > 1e-6)
    turn = xp.sin(np.pi * xp.where(heard, k * step, 0.5))
    sines = xp.sin(2.0 * np.pi * fractional_part(k * (p + 0.5 * step)))
    total = xp.where(heard, sines / turn, 0.0 * turn).sum(axis=-1, keepdims=True)
    return -2.0 * step * total


def _first_triangle(p):
    return 1.0 - 4.0 * array_namespace(p).abs(fractional_part(p + 0.25) - 0.5)


def _running_sum(v, step, first):
    """Sum that leaks, from a first value; silent above half the sample rate."""
    xp = array_namespace(v, step)
    v = xp.concatenate([first, v[..., 1:]], axis=-1)
    y = linear_recursion([LEAK * xp.abs(step) - 1.0], v)
    return xp.where(xp.abs(step) < 0.5, y, xp.zeros_like(y))
