"""Numbers on the unit circle that turn evenly, many at a time, and sums of them."""

import functools

import numpy as np

from dsplab._array.library import array_namespace


def turns(cycles, n, *, start=0.0, amplitude=1.0):
    """amplitude exp(2 pi i (start + k cycles)), k = 0 ... n - 1: complex, (..., n, m).

    cycles are (..., m), start and amplitude too, or numbers. NumPy multiplies powers,
    twice as many each time. XLA would write each of them to memory: it gets
    polynomials, which it computes where they are used, without its own sine and cosine,
    which cost five times as much.
    """
    cycles = cycles - array_namespace(cycles).round(cycles)
    if not isinstance(cycles, np.ndarray):
        k = np.arange(n, dtype=cycles.dtype)[:, None]
        start, amplitude = (_along_rows(a) for a in (start, amplitude))
        return _on_circle(start + k * cycles[..., None, :]) * amplitude
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


def _along_rows(a):
    return a[..., None, :] if hasattr(a, "shape") else a


def _circle(cycles):
    """exp(2 pi i cycles), of NumPy's."""
    angle = np.asarray(2.0 * np.pi * cycles)
    z = np.empty(angle.shape, dtype=np.result_type(angle.dtype, np.complex64))
    z.real, z.imag = np.cos(angle), np.sin(angle)
    return z


def _on_circle(cycles):
    """The same of JAX's."""
    import jax

    u = cycles - jax.numpy.round(cycles)
    square = u * u
    even, odd = (_horner(c, square) for c in _circle_coefficients(str(u.dtype)))
    return jax.lax.complex(even, u * odd)


def _horner(coefficients, x):
    value = coefficients[-1]
    for c in coefficients[-2::-1]:
        value = value * x + c
    return value


@functools.cache
def _circle_coefficients(dtype):
    """Polynomials of u^2 for cos(2 pi u) and sin(2 pi u) / u, |u| <= 1/2."""
    from numpy.polynomial import Chebyshev, Polynomial

    degree = 7 if dtype == "float32" else 13

    def fitted(wave):
        fit = Chebyshev.interpolate(wave, degree, domain=[0.0, 0.25])
        return [float(c) for c in fit.convert(kind=Polynomial).coef]

    return (
        fitted(lambda v: np.cos(2.0 * np.pi * np.sqrt(v))),
        fitted(lambda v: 2.0 * np.pi * np.sinc(2.0 * np.sqrt(v))),
    )


def real_products(a, b):
    """Re sum_k conj(a[..., p, k]) b[..., q, k]: real, (..., p, q)."""
    xp = array_namespace(a, b)
    if xp is np:  # real and imaginary parts side by side: one product without copies
        a, b = (np.ascontiguousarray(z).view(z.real.dtype) for z in (a, b))
    else:
        a, b = (xp.concatenate([z.real, z.imag], axis=-1) for z in (a, b))
    return xp.matmul(a, xp.swapaxes(b, -1, -2))
