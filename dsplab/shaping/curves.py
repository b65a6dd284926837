"""Curves for wave shaping: what comes in on the left goes out at their height.

Most have slope one at zero, so that quiet sounds pass, and stay within -1 and 1. A
curve that is odd (f(-x) = -f(x)) makes odd harmonics only; one that is not makes even
ones, too. The sharper its corners, the more and the higher the harmonics.

    "hard clip"       straight lines, cut off at -1 and 1: a transistor at its limits
    "soft clip"       a cubic that ends flat at -1 and 1
    "tanh"            a differential pair; the gentlest of corners
    "arctan"          gentler in the middle, never quite flat
    "diode"           exponentials, one side cut off sooner: even harmonics
    "full rectifier"  |x|: an octave higher
    "half rectifier"  max(x, 0): what a single diode lets through
    "sine fold"       sin(pi x / 2): loud waves turn back, and back again: bells, FM
    "triangle fold"   the same with corners: the West Coast's folder
"""

import math

import numpy as np

from dsplab._arguments import as_values, one_of
from dsplab._array import array_namespace
from dsplab.shaping.averages import (
    Curve,
    piecewise_linear,
    polynomial,
    smooth,
)

BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)  # B2, B4, ...
DEBYE = [b / math.factorial(2 * k + 3) for k, b in enumerate(BERNOULLI)]


def find_curve(curve):
    """Return the curve of that name, or the `Curve` itself; a function is wrapped.

    A function f(x) alone has no antiderivatives: its Curve can only be oversampled.
    """
    if isinstance(curve, Curve):
        return curve
    if callable(curve):
        return Curve(curve, None, None)
    return CURVES[one_of(curve, tuple(CURVES), name="curve")]


def _hard_line(at, x):
    xp = array_namespace(at)
    return xp.where(xp.abs(at) < 1.0, x, xp.sign(at))


def _full_line(at, x):
    return array_namespace(at).where(at < 0.0, -x, x)


def _half_line(at, x):
    return array_namespace(at).where(at < 0.0, 0.0 * x, x)


def _soft(x):
    x = array_namespace(x).clip(x, -1.0, 1.0)
    return 1.5 * x - 0.5 * x**3


def _soft_first(x):
    u = array_namespace(x).minimum(array_namespace(x).abs(x), 1.0)
    return 0.375 - u + 0.75 * u**2 - 0.125 * u**4


def _soft_second(x):
    u = array_namespace(x).clip(x, -1.0, 1.0)
    return 0.375 * u - 0.5 * u * abs(u) + 0.25 * u**3 - 0.025 * u**5


def _tanh(x):
    return array_namespace(x).tanh(x)


def _tanh_first(x):
    """log(cosh(x)) - |x| + log(2)."""
    xp = array_namespace(x)
    return xp.log1p(xp.exp(-2.0 * xp.abs(x)))


def _tanh_second(x):
    """Of the dilogarithm Li2(-exp(-2 |x|)), by Debye's series in L = _tanh_first(x)."""
    L, series = _tanh_first(x), 0.0
    for c in reversed(DEBYE):  # Horner's scheme
        series = (series + c) * L * L
    dilogarithm = -L * (1.0 + 0.25 * L + series)
    return array_namespace(x).sign(x) * (math.pi**2 / 24.0 + 0.5 * dilogarithm)


def _arctan(x):
    return array_namespace(x).arctan(0.5 * math.pi * x) * (2.0 / math.pi)


def _arctan_first(x):
    xp = array_namespace(x)
    u = 0.5 * math.pi * xp.abs(x)
    y = u * (xp.arctan(u) - 0.5 * math.pi) - 0.5 * xp.log1p(u * u)
    return y * (2.0 / math.pi) ** 2


def _arctan_second(x):
    xp = array_namespace(x)
    u = 0.5 * math.pi * xp.abs(x)
    y = u * u * (xp.arctan(u) - 0.5 * math.pi) - xp.arctan(u) + u - u * xp.log1p(u * u)
    return xp.sign(x) * 0.5 * y * (2.0 / math.pi) ** 3


def _sine(x):
    return array_namespace(x).sin(0.5 * math.pi * x)


def _sine_first(x):
    return -array_namespace(x).cos(0.5 * math.pi * x) * (2.0 / math.pi)


def _sine_second(x):
    return -_sine(x) * (2.0 / math.pi) ** 2


def _phase_of_fold(x):
    """x moved by periods of four to -1..3, mirrored at 1 to -1..1; which side it is."""
    xp = array_namespace(x)
    u = x - 4.0 * xp.floor(0.25 * (x + 1.0))
    side = xp.where(u < 1.0, 1.0, -1.0).astype(x.dtype)
    return 1.0 - xp.abs(u - 1.0), side


def _triangle(x):
    return _phase_of_fold(x)[0]


def _triangle_first(x):
    u, side = _phase_of_fold(x)
    return 0.5 * side * (u * u - 1.0)


def _triangle_second(x):
    u, _ = _phase_of_fold(x)
    return u**3 / 6.0 - 0.5 * u


def _corner(*x):
    """Mean of the folded wave where only one of its corners, 2k + 1, is near."""
    xp = array_namespace(*x)
    middle = sum(x) / len(x)
    corner = 2.0 * xp.floor(0.5 * middle) + 1.0
    distances = [part - corner for part in x]
    rectifier = CURVES["full rectifier"]
    means = rectifier.over_two if len(x) == 2 else rectifier.over_three
    return _triangle(corner) * (1.0 - means(*distances))


def chebyshev(weights):
    """Make the `Curve` that turns a cosine of amplitude one into chosen harmonics.

    The polynomial T_k of Chebyshev is cos(k t) as a function of cos(t), so that

        f(x) = sum_k weights[k] T_k(x)

    gives a sine at its peak level harmonic k with weights[k] (and a quieter one a
    darker sound: the recipe for brass). It is meant for x between -1 and 1.

    Args:
      weights: of the constant, the fundamental, the second harmonic ...: (n,).

    >>> curve = chebyshev([0.0, 0.5, 0.0, 0.5])
    >>> curve.value(np.cos(np.array([0.0, np.pi / 3]))).round(6).tolist()
    [1.0, -0.25]
    """
    weights = as_values(weights, name="weights")
    if weights.ndim != 1:
        raise ValueError(f"weights must have shape (n,), got {weights.shape}")
    n = len(weights)
    powers = np.zeros((n, n))
    for k in range(n):
        powers[k, : k + 1] = np.polynomial.chebyshev.cheb2poly(np.eye(n)[k, : k + 1])
    return polynomial(weights @ array_namespace(weights).asarray(powers))


def diode(*, high=1.0, low=0.4):
    """Make the `Curve` of two diodes that give way at different levels.

        f(x) = high (1 - exp(-x / high)) above 0,  -low (1 - exp(x / low)) below

    Args:
      high: where it ends for large x, positive.
      low: the same for -x. Unequal ones make even harmonics, and a thump as the mean
        level moves: follow it by a high-pass.

    >>> diode().value(np.array([-9.0, 0.0, 9.0])).round(3).tolist()
    [-0.4, 0.0, 1.0]
    """

    def sides(x):
        xp = array_namespace(x)
        size = xp.where(x < 0.0, low, high)
        return size, xp.where(x < 0.0, -1.0, 1.0), xp.exp(-xp.abs(x) / size)

    def f(x):
        size, sign, decay = sides(x)
        return (sign * size * (1.0 - decay)).astype(x.dtype)

    def first(x):
        size, _, decay = sides(x)
        return (size**2 * (decay - 1.0)).astype(x.dtype)

    def second(x):
        size, sign, decay = sides(x)
        return (sign * size**3 * (1.0 - decay) - size**2 * x).astype(x.dtype)

    return smooth(f, first, second, low=-low, high=high)


CURVES = {
    "hard clip": piecewise_linear(_hard_line, (-1.0, 1.0), (1.0, -1.0)),
    "soft clip": smooth(_soft, _soft_first, _soft_second, low=-1.0, high=1.0),
    "tanh": smooth(_tanh, _tanh_first, _tanh_second, low=-1.0, high=1.0),
    "arctan": smooth(_arctan, _arctan_first, _arctan_second, low=-1.0, high=1.0),
    "diode": diode(),
    "full rectifier": piecewise_linear(_full_line, (0.0,), (2.0,)),
    "half rectifier": piecewise_linear(_half_line, (0.0,), (1.0,)),
    "sine fold": smooth(_sine, _sine_first, _sine_second),
    "triangle fold": smooth(
        _triangle, _triangle_first, _triangle_second, small=0.5, near=_corner
    ),
}
