"""Elementary functions where the libraries' own are slow."""

import math

import numpy as np

from dsplab._array.library import array_namespace

# tan z = z p(z^2) / q(z^2): the continued fraction z / (1 - z^2 / (3 - z^2 / (5 - ...
LEVELS = {"float32": 6, "float64": 9}  # exact to the last digit on [0, pi / 4]


def tangent(x):
    """tan x for x in [0, pi / 2), by a quotient of polynomials in JAX.

    XLA's own costs more than a filter does: ten times as much as this. From half the
    angle, tan x = 2 t / (1 - t^2) with t = tan(x / 2).
    """
    xp = array_namespace(x)
    if xp is np:
        return np.tan(x)
    over, under = _continued_fraction(LEVELS.get(str(x.dtype), 6))
    half = 0.5 * x
    square = half * half
    p, q = half * _horner(over, square), _horner(under, square)
    return 2.0 * p * q / ((q - p) * (q + p))


def _horner(coefficients, x):
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * x + c
    return value


def _continued_fraction(levels):
    """Polynomials, lowest power first, of 1 / (1 - u / (3 - u / (5 - ... )))."""
    over, under = [1.0], [2.0 * levels - 1.0]
    for j in range(levels - 1, 0, -1):
        shifted = [0.0, *over]
        wide = under + [0.0] * (len(shifted) - len(under))
        shifted += [0.0] * (len(wide) - len(shifted))
        odd = 2.0 * j - 1.0
        over, under = under, [odd * b - a for a, b in zip(shifted, wide, strict=True)]
    return [c / under[0] for c in over], [c / under[0] for c in under]


def tanh_ratio(x):
    """tanh(x) / x, 1 at 0; of a Python number by `math`, quick in a loop."""
    if isinstance(x, float):
        return math.tanh(x) / x if abs(x) > 1e-4 else 1.0 - x * x / 3.0
    xp = array_namespace(x)
    small = abs(x) < 1e-2
    away = xp.where(small, xp.ones_like(x), x)
    near = 1.0 - x * x * (1.0 / 3.0 - x * x * (2.0 / 15.0 - x * x * (17.0 / 315.0)))
    return xp.where(small, near, xp.tanh(away) / away)


def sine(x):
    """sin x, also of the Python numbers of a `number_scan`, quickly."""
    return math.sin(x) if isinstance(x, float) else array_namespace(x).sin(x)


def unit(z, length=1.0):
    """length z / |z|, and length where z is 0. NumPy overwrites z: it saves memory."""
    nothing = float(np.finfo(z.real.dtype).tiny) ** 0.5  # beside any sound
    if array_namespace(z) is not np:
        size = abs(z) + nothing
        return (z + nothing) * (length / size)
    size = np.abs(z)
    size += nothing
    np.divide(length, size, out=size)
    z += nothing
    return np.multiply(z, size, out=z)
