"""Elementary functions where the libraries' own are slow."""

import functools
import math

import numpy as np

from dsplab._array.library import array_namespace

# tan z = z p(z^2) / q(z^2): the continued fraction z / (1 - z^2 / (3 - z^2 / (5 - ...
LEVELS = {"float32": 6, "float64": 9}  # exact to the last digit on [0, pi / 4]

FEW, CACHED = 2048, 8192  # samples: from when a polynomial is quicker, and at a time
# sin(2 pi r) = r p(r^2) for r in [-1/2, 1/2], interpolated at Chebyshev's points
SINE = (
    6.283185307179586,
    -41.34170224039975,
    81.60524927607364,
    -76.70585975297274,
    42.058693942058134,
    -15.094642523739662,
    3.8199519658163408,
    -0.7181176612406465,
    0.10420677657784852,
    -0.011964299447466884,
    0.0010156363080426269,
)


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


def sine_of_cycles(p, moved=0.0):
    """sin(2 pi p + moved), p in cycles and moved in radians.

    NumPy's own sine takes two to three times as long for float64. It is exact to the
    last digit; this one to 1e-15, and 1e-15 for each cycle that p is away from zero.
    """
    xp = array_namespace(p, moved)
    if xp is not np or p.dtype != np.float64 or p.size < FEW:
        return xp.sin(2.0 * np.pi * p + moved)
    x = moved * (0.5 / np.pi) + p
    flat = np.ascontiguousarray(x).reshape(-1)
    for k in range(0, flat.size, CACHED):
        _sine_of_cycles(flat[k : k + CACHED])
    return flat.reshape(x.shape)


def _sine_of_cycles(r):
    """Overwrite r by sin(2 pi r)."""
    square = np.rint(r)
    r -= square
    np.multiply(r, r, out=square)
    value = square * SINE[-1]
    for c in SINE[-2:0:-1]:
        value += c
        value *= square
    value += SINE[0]
    r *= value


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


def angle(z):
    """Radians of complex numbers. XLA calls arctan2 for one at a time: in float32 it
    gets a polynomial instead, after a reduction to an eighth of a turn.
    """
    if array_namespace(z) is np or z.real.dtype != np.float32:
        return array_namespace(z).arctan2(z.imag, z.real)
    import jax

    jnp, x, y = jax.numpy, z.real, z.imag
    steep = abs(y) > abs(x)
    small, large = jnp.where(steep, x, y), jnp.where(steep, y, x)
    t = small / jnp.where(large == 0.0, 1.0, large)
    *rest, value = _arctan_coefficients()
    for c in rest[::-1]:
        value = value * (t * t) + c
    flat = t * value
    turned = jnp.where(x < 0.0, jnp.where(y < 0.0, -np.pi, np.pi), 0.0)
    upright = jnp.where(y < 0.0, -0.5 * np.pi, 0.5 * np.pi)
    return jnp.where(steep, upright - flat, turned + flat)


@functools.cache
def _arctan_coefficients():
    """Polynomial of t^2 for arctan(t) / t, |t| <= 1."""
    from numpy.polynomial import Chebyshev, Polynomial

    def ratio(v):
        t = np.sqrt(np.maximum(v, 1e-12))
        return np.arctan(t) / t

    fit = Chebyshev.interpolate(ratio, 10, domain=[0.0, 1.0])
    return [float(c) for c in fit.convert(kind=Polynomial).coef]
