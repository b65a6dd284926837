"""Sums of many sinusoids, which turn evenly or bend a little."""

import functools
import math

import numpy as np

from dsplab._array.library import array_namespace


def sinusoids(amplitude, cycles, start, bend, n):
    """Sums of sinusoids, a row of them in each row, about a moment: real, (..., 2 n).

        y[t] = sum_k amplitude cos(2 pi (start + cycles t) + bend t^2), t = -n ... n - 1

    Each is (..., m); cycles are of a sample. What bend does is small: cos(a + b) is
    cos a - b sin a. The samples of a row are a product of two small matrices, because a
    sinusoid at t = width p + q is that at width p, turned on by q.
    """
    width = 2 ** max(1, round(math.log2(2 * n) / 2))
    n_rows = -(-2 * n // width)
    make = _numpy_rows if array_namespace(cycles) is np else _jax_rows
    still, moved = (
        y.reshape(*y.shape[:-2], -1)[..., : 2 * n]
        for y in make(amplitude, cycles, start - n * cycles, bend, width, n_rows)
    )
    return still - moved * np.arange(-n, n, dtype=still.dtype) ** 2


def _numpy_rows(amplitude, cycles, start, bend, width, n_rows):
    """sum a cos and sum a bend sin from start on, (..., n_rows, width), of complex
    powers. The products take the conjugate: so they turn backwards.
    """
    cycles = cycles - np.round(cycles)
    fine = turns(cycles, width)  # (..., width, m)
    coarse = turns(-width * cycles, n_rows, start=-start, amplitude=amplitude)
    # Re conj(conj(z) i bend) = bend Im z
    moved = coarse * (1j * bend)[..., None, :]
    return _real_products(coarse, fine), _real_products(moved, fine)


def turns(cycles, n, *, start=0.0, amplitude=1.0):
    """amplitude exp(2 pi i (start + k cycles)), k = 0 ... n - 1: complex, (..., n, m).

    cycles are (..., m), start and amplitude too, or numbers; NumPy only. Powers are
    multiplied, twice as many each time.
    """
    z = _circle(cycles)[..., None, :]
    powers = np.empty((*cycles.shape[:-1], n, cycles.shape[-1]), dtype=z.dtype)
    powers[..., 0, :] = amplitude * _circle(start - np.round(start))
    done = 1
    while done < n:
        more = min(done, n - done)
        there = powers[..., done : done + more, :]
        np.multiply(powers[..., :more, :], z, out=there)
        z, done = z * z, done + more
    return powers


def _circle(cycles):
    """exp(2 pi i cycles)."""
    angle = np.asarray(2.0 * np.pi * cycles)
    z = np.empty(angle.shape, dtype=np.result_type(angle.dtype, np.complex64))
    z.real, z.imag = np.cos(angle), np.sin(angle)
    return z


def _real_products(a, b):
    """Re sum_k conj(a[..., p, k]) b[..., q, k]: real, (..., p, q)."""
    # real and imaginary parts side by side: one product without copies
    a, b = (np.ascontiguousarray(z).view(z.real.dtype) for z in (a, b))
    return np.matmul(a, np.swapaxes(b, -1, -2))


def _jax_rows(amplitude, cycles, start, bend, width, n_rows):
    """The same as `_numpy_rows`, of cosines about the middle of each row.

    With C = a cos and S = a sin there, and c = cos and s = sin of what is turned on,

        a cos = C c - S s,   a sin = S c + C s,

    s with the other sign before the middle. Sines are cosines a quarter of a turn late:
    so all of a matrix is one formula, which XLA computes as it goes, eight at a time.
    """
    import jax

    jnp, half = jax.numpy, width // 2
    dtype = amplitude.dtype
    quarters = np.arange(2, dtype=dtype)[:, None, None] / 4
    on = np.arange(half, dtype=dtype)[:, None] + 0.5
    fine = _cosine(on * cycles[..., None, None, :] - quarters)  # (..., 2, half, m)
    first = start + (half - 0.5) * cycles
    step = width * cycles
    first, step = (a - jnp.round(a) for a in (first, step))
    row, which = np.arange(2 * n_rows) % n_rows, np.arange(2 * n_rows) // n_rows
    places = first[..., None, :, None] + row.astype(dtype) * step[..., None, :, None]
    late = quarters + which.astype(dtype) / 4  # C, S with c; S, -C with s
    a = amplitude[..., None, :, None]
    level = jnp.where(which, a * bend[..., None, :, None], a)
    coarse = _cosine(places - late) * level  # (..., 2, m, 2 n_rows)
    y = jnp.matmul(fine, coarse)
    even, odd = y[..., 0, :, :], y[..., 1, :, :]
    y = jnp.concatenate([(even + odd)[..., ::-1, :], even - odd], axis=-2)
    return jnp.split(jnp.swapaxes(y, -1, -2), 2, axis=-2)


def _cosine(cycles):
    """cos(2 pi cycles), a polynomial: XLA's own costs five times as much."""
    import jax

    u = cycles - jax.numpy.round(cycles)
    square = u * u
    *rest, value = _cosine_coefficients(str(u.dtype))
    for c in rest[::-1]:
        value = value * square + c
    return value


@functools.cache
def _cosine_coefficients(dtype):
    """Polynomial of u^2 for cos(2 pi u), |u| <= 1/2."""
    from numpy.polynomial import Chebyshev, Polynomial

    degree = 7 if dtype == "float32" else 13
    wave = lambda v: np.cos(2.0 * np.pi * np.sqrt(v))  # noqa: E731
    fit = Chebyshev.interpolate(wave, degree, domain=[0.0, 0.25])
    return [float(c) for c in fit.convert(kind=Polynomial).coef]
