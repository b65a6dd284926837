"""Means of a curve over a segment and over a triangle: antialiasing of wave shaping.

Bending a wave makes overtones, and those above half the sampling rate come back as
wrong notes. They become fewer if f is not taken at a sample, but averaged on the way
from one sample a to the next one b, or over the triangle of three samples a, b, c (all
weighted means of them, equally likely). By the formula of Hermite and Genocchi these
are divided differences of the first and second antiderivative of f, F1 and F2:

    over two:    (F1(b) - F1(a)) / (b - a)
    over three:  2 (D(b, c) - D(a, b)) / (c - a),  D(a, b) = (F2(b) - F2(a)) / (b - a)

They do not depend on the order of the samples, so here they are sorted first: c - a is
the largest of the differences, and rounding matters least. Where even that is small,
there is no need to divide: a curve made of straight lines or a polynomial has its mean
in closed form, and a smooth curve is as good as a polynomial there.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from dsplab._array import array_namespace


class Curve(NamedTuple):
    """A wave shaping curve, with what antialiasing needs.

    value: f(x). over_two: mean of f on the segment (a, b). over_three: mean of f on the
    triangle (a, b, c). All take and return arrays of one shape.
    """

    value: Callable
    over_two: Callable
    over_three: Callable


def piecewise_linear(line, knees, bends):
    """Make the `Curve` that is made of straight lines.

    Args:
      line: function (at, x): the value at x of the straight line that runs at `at`.
      knees: where the line bends.
      bends: how much the slope grows at each knee.

    >>> line = lambda at, x: np.where(at < 0, -x, x)
    >>> rectifier = piecewise_linear(line, [0.0], [2.0])
    >>> rectifier.over_two(np.array([-1.0]), np.array([1.0])).tolist()
    [0.5]
    """
    each = tuple(zip(knees, bends, strict=True))

    def over_two(a, b):
        a, m, b = _around(a, b)
        more = (bend * _excess(a - t, m - t, b - t) for t, bend in each)
        return line(m, m) + sum(more)

    def over_three(a, b, c):
        a, b, c = _sorted(a, b, c)
        more = (bend * _excess_over_three(a - t, b - t, c - t) for t, bend in each)
        return line(b, (a + b + c) / 3.0) + sum(more)

    return Curve(lambda x: line(x, x), over_two, over_three)


def _excess(low, middle, high):
    """Mean of max(x, 0) on a segment, less what the line through its middle has."""
    xp = array_namespace(low)
    k = xp.maximum(xp.where(middle < 0.0, high, -low), 0.0)
    return 0.5 * k * _ratio(k, high - low)


def _excess_over_three(a, b, c):
    """Mean of max(x, 0) on a sorted triangle, less what the line through b has.

    No cancellation: with k the end that lies on the other side of the knee than b,
    it is k^3 / (3 (k's distance to b) (c - a)).
    """
    xp = array_namespace(a)
    left = b < 0.0
    k = xp.maximum(xp.where(left, c, -a), 0.0)
    return k * _ratio(k, xp.where(left, c - b, b - a)) * _ratio(k, c - a) / 3.0


def _ratio(k, distance):
    """k / distance, 0 where k is 0."""
    xp = array_namespace(k)
    return k / xp.where(k > 0.0, distance, 1.0)


def polynomial(coefficients):
    """Make the `Curve` sum_k coefficients[k] x^k.

    The mean of x^k over a triangle is 2 / ((k + 1) (k + 2)) times the sum of all
    products of k factors out of a, b, c: nothing is subtracted or divided at all.

    >>> square = polynomial([0.0, 0.0, 1.0])
    >>> square.over_three(np.array([0.0]), np.array([0.0]), np.array([1.0])).round(4)
    array([0.1667])
    """
    n = len(coefficients)

    def mean(*nodes):
        products = [1.0] + [0.0] * (n - 1)  # of 0, 1, ... factors
        for node in nodes:
            for k in range(1, n):
                products[k] = products[k] + node * products[k - 1]
        y, weight = coefficients[0] + 0.0 * nodes[0], 1.0
        for k in range(1, n):
            weight *= k / (k + len(nodes) - 1.0)
            y = y + coefficients[k] * weight * products[k]
        return y

    return Curve(mean, mean, mean)


def smooth(f, first, second, *, low=0.0, high=0.0, small=None, near=None):
    """Make the `Curve` f out of its antiderivatives.

    Those of a curve that ends at a level grow without bound, and their differences lose
    all digits in float32. So the step from low to high at zero is taken out of them and
    averaged in closed form: first' = f - step, second' = first.

    Args:
      f, first, second: functions of arrays.
      low, high: the values of the step below and above zero.
      small: where samples lie closer than this, `near` takes the place of the divided
        difference; None for what suits the dtype and a curve with features of size 1.
      near: function (a, b) or (a, b, c): the mean there; None for a formula of
        quadrature that is exact for cubic polynomials.

    >>> curve = smooth(np.exp, np.exp, np.exp)
    >>> a = np.array([0.3])
    >>> bool(abs(curve.over_three(a, a, a + 1e-9) - np.exp(a)) < 1e-8)
    True
    """

    def ramp(x):  # antiderivative of the step
        xp = array_namespace(x)
        return low * xp.minimum(x, 0.0) + high * xp.maximum(x, 0.0)

    def mean_of_first(p, b, limit):
        bends = (high - low) * _excess(*_around(p, b))
        gauss = _gauss(lambda x: first(x) + ramp(x), p, b)
        close = gauss - ramp(0.5 * (p + b)) - bends
        return _difference(second, p, b, limit, close)

    def over_two(a, b):
        limit = small or _limit(a, 1e-3, 0.1)
        close = near(a, b) if near else _gauss(f, a, b)
        step = low + (high - low) * _share_above(a, b)
        return _difference(first, a, b, limit, close - step) + step

    def over_three(a, b, c):
        xp = array_namespace(a)
        limit = small or _limit(a, 1e-2, 0.25)
        close = near(a, b, c) if near else _cubature(f, a, b, c)
        a, b, c = _sorted(a, b, c)
        left = b - a < c - b  # p and b are the closer pair, r is the one far from them
        p, r = xp.where(left, a, c), xp.where(left, c, a)
        is_close = c - a < limit
        far = (second(r) - second(b)) / xp.where(is_close, 1.0, r - b)
        wide = 2.0 * (far - mean_of_first(p, b, _limit(a, 1e-3, 0.02)))
        step = low + (high - low) * _share_above_of_three(a, b, c)
        return xp.where(is_close, close, wide / xp.where(is_close, 1.0, r - p) + step)

    return Curve(f, over_two, over_three)


def _limit(x, double, single):
    return single if x.dtype == np.float32 else double


def _difference(antiderivative, a, b, limit, otherwise):
    """(F(b) - F(a)) / (b - a), or what it is otherwise, if b is near."""
    xp = array_namespace(a)
    is_near = xp.abs(b - a) < limit
    change = antiderivative(b) - antiderivative(a)
    return xp.where(is_near, otherwise, change / xp.where(is_near, 1.0, b - a))


def _share_above(a, b):
    """How much of the segment is above zero."""
    xp = array_namespace(a)
    low, high = _ordered(a, b)
    above, below = xp.maximum(high, 0.0), xp.maximum(-low, 0.0)
    return _ratio(above, above + below)


def _share_above_of_three(a, b, c):
    """How much of the sorted triangle is above zero."""
    xp = array_namespace(a)
    left = b < 0.0
    k = xp.maximum(xp.where(left, c, -a), 0.0)
    part = _ratio(k, xp.where(left, c - b, b - a)) * _ratio(k, c - a)
    return xp.where(left, part, 1.0 - part)


def _gauss(f, a, b):
    """Mean of f on a short segment, exact for cubic polynomials."""
    middle, aside = 0.5 * (a + b), (b - a) / math.sqrt(12.0)
    return 0.5 * (f(middle - aside) + f(middle + aside))


def _cubature(f, a, b, c):
    """Mean of f over a small triangle, exact for cubic polynomials."""
    total = a + b + c
    corners = sum(f(0.2 * total + 0.4 * node) for node in (a, b, c))
    return (25.0 * corners - 27.0 * f(total / 3.0)) / 48.0


def _ordered(a, b):
    xp = array_namespace(a)
    return xp.minimum(a, b), xp.maximum(a, b)


def _around(a, b):
    low, high = _ordered(a, b)
    return low, 0.5 * (a + b), high


def _sorted(a, b, c):
    a, b = _ordered(a, b)
    b, c = _ordered(b, c)
    a, b = _ordered(a, b)
    return a, b, c
