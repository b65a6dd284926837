"""Filters whose cutoff and q change at every sample, and stay calm.

The difference equation of a filter with changing coefficients is not that of a filter:
its state is made of old outputs, which mean something else under the new coefficients.
Swept at the speed of sound it blows up. The first two here simulate the analogue
circuit instead: integrators, whose state is a charge, by the trapezoidal rule and
without any delay in the feedback (topology-preserving transform, TPT).
"""

from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import (
    as_curves,
    as_signal,
    as_values,
    one_of,
    positive,
    require,
)
from dsplab._array import array_namespace, linear_recursion, linear_scan, tangent
from dsplab.filters.design import FIRST_ORDER_KINDS, KINDS, Q_FLAT

HIGHEST = 0.49  # of the sample rate: where a cutoff that would go higher stays


class Outputs(NamedTuple):
    """What a state-variable filter offers at once, each like the signal."""

    low: Any
    band: Any
    high: Any


def state_variable(x, cutoff, sample_rate, *, kind="lowpass", q=Q_FLAT, gain_db=0.0):
    """Filter by two integrators in a loop: the filter of a synthesizer, in all kinds.

    With g = tan(pi cutoff / sample_rate), the trapezoidal rule's gain, and k = 1 / q:

        band = (s1 + g (x - s2)) / (1 + g (g + k)),    s1 <- 2 band - s1
        low  = s2 + g band,                            s2 <- 2 low - s2
        high = x - k band - low

    The other kinds are sums of these. While cutoff and q stand still the result is that
    of `design.second_order`, to the last digits; they may change at every sample, as
    far and fast as they like, and the output stays bounded.

    Args:
      x: signal, shape (..., n_samples).
      cutoff: Hz; a number, or a curve that broadcasts to x. What a modulation takes
        above 0.49 sample_rate or below zero stays there.
      sample_rate: Hz.
      kind: as in `design.second_order`.
      q: resonance, above 0, a number or a curve: 0.7 is flat, 10 sings.
      gain_db: of a peak or shelf, a number or a curve.

    Returns:
      Signal like x.

    Reference:
      V. Zavalishin, The Art of VA Filter Design, rev. 2.1.2, 2018, chapter 4;
      A. Simper, Linear trapezoidal integrated state variable filter, 2013 (shelves).
      NumPy solves the recursion as a system of equations.

    >>> x = np.eye(1, 5)[0]
    >>> print(state_variable(x, np.linspace(100.0, 3000.0, 5), 8000).round(3))
    [ 0.001  0.018  0.032  0.013 -0.003]
    """
    one_of(kind, KINDS, name="kind")
    x, cutoff, q, gain_db = as_curves(x, cutoff=cutoff, q=q, gain_db=gain_db)
    require(q > 0.0, "q must be positive")
    mix, bend, narrow = _MIXES[kind]
    shaped = bend is not None

    def curves(cutoff, q, *gain_db):
        g, k = integrator_gain(cutoff, sample_rate), 1.0 / q
        if not shaped:
            return g, k
        amplitude = 10.0 ** (gain_db[0] / 40.0)
        return g * amplitude**bend, k * amplitude**narrow, amplitude

    def step(state, x_n, c):
        state, outputs = _state_variable_step(state, x_n, c)
        return state, mix(x_n, outputs, *c[2:])

    knobs = (cutoff, q, gain_db) if shaped else (cutoff, q)
    options = {"curves": curves, "prepare": _with_loop_gain}
    return linear_scan(step, (0.0, 0.0), x, knobs, **options)[1]


# how each kind is mixed: from x, the outputs, k and A = 10^(gain_db / 40); and the
# powers of A by which the cutoff and the damping k are moved first
_MIXES = {
    "lowpass": (lambda x, y, k: y.low, None, None),
    "highpass": (lambda x, y, k: x - k * y.band - y.low, None, None),
    "bandpass": (lambda x, y, k: k * y.band, None, None),
    "bandpass_skirt": (lambda x, y, k: y.band, None, None),
    "notch": (lambda x, y, k: x - k * y.band, None, None),
    "allpass": (lambda x, y, k: x - 2.0 * k * y.band, None, None),
    "peaking": (lambda x, y, k, A: x + k * (A * A - 1.0) * y.band, 0.0, -1.0),
    "lowshelf": (
        lambda x, y, k, A: x + k * (A - 1.0) * y.band + (A * A - 1.0) * y.low,
        -0.5,
        0.0,
    ),
    "highshelf": (
        lambda x, y, k, A: (
            A * A * x + k * (1.0 - A) * A * y.band + (1.0 - A * A) * y.low
        ),
        0.5,
        0.0,
    ),
}


def state_variable_outputs(x, cutoff, sample_rate, *, q=Q_FLAT):
    """Filter once, and have the lowpass, bandpass and highpass to mix as you like.

    Args:
      x: signal, shape (..., n_samples).
      cutoff: Hz, a number or a curve.
      sample_rate: Hz.
      q: resonance, a number or a curve. The band's peak has a gain of q.

    Returns:
      (low, band, high), each like x: low + band / q + high is x again.

    >>> y = state_variable_outputs(np.ones(4), 1000.0, 8000)
    >>> print((y.low + 2**0.5 * y.band + y.high).round(12))
    [1. 1. 1. 1.]
    """
    x, cutoff, q = as_curves(x, cutoff=cutoff, q=q)
    require(q > 0.0, "q must be positive")

    def step(state, x_n, c):
        state, y = _state_variable_step(state, x_n, c)
        return state, (y.low, y.band, x_n - c[2] * y.band - y.low)

    coefficients = (integrator_gain(cutoff, sample_rate), 1.0 / q)
    y = linear_scan(step, (0.0, 0.0), x, coefficients, prepare=_with_loop_gain)[1]
    return Outputs(*y)


def _with_loop_gain(g, k, *more):
    """The division, which is slow, once for each sample."""
    return (g, 1.0 / (1.0 + g * (g + k)), k, *more)


def _state_variable_step(state, x, c):
    """The equations, so written that few operations lie between state and state."""
    g, loop, *_ = c
    s1, s2 = state
    gain = g * loop
    band = (loop * s1 + gain * x) - gain * s2
    turn = g * band
    return (2.0 * band - s1, s2 + 2.0 * turn), Outputs(s2 + turn, band, None)


def one_pole(x, cutoff, sample_rate, *, kind="lowpass", gain_db=0.0):
    """Filter by one integrator: a gentle slope, or the turn of a phaser's stage.

        low = s + v,   v = (x - s) g / (1 + g),   s <- low + v

    with g = tan(pi cutoff / sample_rate). Still, it is `design.first_order`.

    Args:
      x: signal, shape (..., n_samples).
      cutoff: Hz; a number, or a curve that broadcasts to x.
      sample_rate: Hz.
      kind: as in `design.first_order`.
      gain_db: of a shelf, a number or a curve.

    Returns:
      Signal like x.

    Reference:
      V. Zavalishin, The Art of VA Filter Design, rev. 2.1.2, 2018, chapter 3.

    >>> print(one_pole(np.ones(4), 2000.0, 8000).round(3))
    [0.5 1.  1.  1. ]
    """
    one_of(kind, FIRST_ORDER_KINDS, name="kind")
    x, cutoff, gain_db = as_curves(x, cutoff=cutoff, gain_db=gain_db)
    root = 10.0 ** (gain_db / 40.0)
    bends = {"lowshelf": 1.0 / root, "highshelf": root}
    g = integrator_gain(cutoff, sample_rate) * bends.get(kind, 1.0)

    def step(state, x_n, c):
        v = (x_n - state[0]) * c[0]
        return (state[0] + 2.0 * v,), state[0] + v

    low = linear_scan(step, (0.0,), x, (g,), prepare=lambda g: (g / (1.0 + g),))[1]
    return {
        "lowpass": lambda: low,
        "highpass": lambda: x - low,
        "allpass": lambda: 2.0 * low - x,
        "lowshelf": lambda: x + (root**2 - 1.0) * low,
        "highshelf": lambda: root**2 * x + (1.0 - root**2) * low,
    }[kind]()


def direct_form(x, b, a):
    """Run a difference equation whose coefficients change at every sample.

        y[n] = b0[n] x[n] + b1[n] x[n-1] + ... - a1[n] y[n-1] - a2[n] y[n-2] - ...

    What every textbook writes, right for slow changes and the coefficients of any
    design. Fast ones at a high q make it explode: then use `state_variable`.

    Args:
      x: signal, shape (..., n_samples).
      b: coefficients, shape (..., n_samples, order + 1) or (order + 1,), as
        `design.second_order` makes them from curves.
      a: as b.

    Returns:
      Signal like x.

    >>> from dsplab.filters.design import second_order
    >>> b, a = second_order("lowpass", np.linspace(500.0, 1000.0, 4), 8000)
    >>> print(direct_form(np.ones(4), b, a).round(3))
    [0.03  0.187 0.484 0.785]
    """
    x = as_signal(x)
    b, a = as_values(b, name="b"), as_values(a, name="a")
    for name, value in (("b", b), ("a", a)):
        rows = value.shape[:-1]
        if value.ndim == 0 or not _fits(rows, x.shape):
            raise ValueError(
                f"{name} must have shape (order + 1,) or (..., {x.shape[-1]}, order + "
                f"1), got {value.shape}"
            )
    xp = array_namespace(x, b, a)
    first = a[..., :1]
    require(first != 0.0, "a must not begin with 0")
    b, a = (xp.asarray(part / first, dtype=x.dtype) for part in (b, a))
    n, still = x.shape[-1], [(0, 0)] * (x.ndim - 1)
    before = (xp.pad(x, [*still, (k, 0)])[..., :n] for k in range(b.shape[-1]))
    v = sum(b[..., k] * x_k for k, x_k in enumerate(before))
    return linear_recursion([a[..., k] for k in range(1, a.shape[-1])], v)


def integrator_gain(cutoff, sample_rate):
    """g = tan(pi cutoff / sample_rate), with the cutoff held below 0.49 sample_rate."""
    xp = array_namespace(cutoff)
    positive(sample_rate, name="sample_rate")
    inside = xp.clip(cutoff, 0.0, HIGHEST * sample_rate)
    return tangent(np.pi / sample_rate * inside)


def _fits(shape, into):
    """Whether an array of the first shape broadcasts to the second as it is."""
    pairs = zip(shape[::-1], into[::-1], strict=False)
    return len(shape) <= len(into) and all(n in (1, m) for n, m in pairs)
