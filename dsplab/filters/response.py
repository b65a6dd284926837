"""What a filter does to each frequency, read off its coefficients.

b and a as in `design`: arrays with the powers of 1 / z last, shape (order + 1,) or, for
many filters at once, (..., order + 1). Frequencies stand in a row, shape (n,).
"""

from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_array, as_values, integer, positive, require
from dsplab._array import array_namespace, is_finite
from dsplab.filters.design import as_polynomial, as_sections
from dsplab.filters.static import filter_signal


class PolesAndZeros(NamedTuple):
    """Where a transfer function is nothing (zeros) and everything (poles), its gain."""

    zeros: Any
    poles: Any
    gain: Any


def transfer_function(b, a, z):
    """H(z), the complex gain of a filter for z^n.

        H(z) = sum_k b[k] z^-k / sum_k a[k] z^-k

    Args:
      b: numerator, shape (..., order + 1).
      a: denominator, likewise.
      z: points of the complex plane, not 0, shape (n,), or one.

    Returns:
      Complex values, shape (..., n), or (...) for a single point.

    >>> print(transfer_function([1.0, 1.0], [1.0, -0.5], 1.0))
    (4+0j)
    """
    b, a = as_polynomial(b, "b"), _not_nothing(as_polynomial(a, "a"), "a")
    z = as_array(z, name="z")
    if z.dtype.kind not in "cfi" or z.size == 0 or not is_finite(z):
        raise ValueError(f"z must be finite numbers, got {z.dtype} of shape {z.shape}")
    require(z != 0, "z must not be 0")
    xp = array_namespace(b, a, z)
    single, back = z.ndim == 0, 1.0 / (xp.asarray(z) + 0j)
    back = back[None] if single else back
    value = _polynomial(b, back) / _polynomial(a, back)
    return value[..., 0] if single else value


def frequency_response(b, a, frequency, *, sample_rate):
    """The gain of each frequency, and how far its phase is turned: H(e^(j w)).

    Args:
      b: numerator, shape (..., order + 1).
      a: denominator, likewise.
      frequency: Hz, a number or shape (n,).
      sample_rate: Hz.

    Returns:
      Complex values, shape (..., n).

    >>> print(abs(frequency_response([0.5, 0.5], [1.0], 2000.0, sample_rate=8000)))
    0.7071067811865476
    """
    frequency = as_values(frequency, name="frequency")
    xp = array_namespace(frequency)
    turns = frequency / positive(sample_rate, name="sample_rate")
    return transfer_function(b, a, xp.exp(2j * np.pi * turns))


def magnitude_db(b, a, frequency, *, sample_rate):
    """The curve an equaliser draws: gain in dB at each frequency.

    Args:
      b: numerator, shape (..., order + 1).
      a: denominator, likewise.
      frequency: Hz, a number or shape (n,).
      sample_rate: Hz.

    Returns:
      dB, shape (..., n); a zero has -400.

    >>> print(magnitude_db([0.5, 0.5], [1.0], 2000.0, sample_rate=8000).round(2))
    -3.01
    """
    h = frequency_response(b, a, frequency, sample_rate=sample_rate)
    xp = array_namespace(h)
    power = xp.real(h) ** 2 + xp.imag(h) ** 2
    return 10.0 * xp.log10(xp.maximum(power, 1e-40))


def phase_response(b, a, frequency, *, sample_rate):
    """How far each frequency is turned, without jumps of 2 pi.

    Args:
      b: numerator, shape (..., order + 1).
      a: denominator, likewise.
      frequency: Hz, rising, shape (n,).
      sample_rate: Hz.

    Returns:
      Angle in radians, shape (..., n).

    >>> f = np.array([0.0, 1000.0, 2000.0])  # two samples of delay
    >>> print(phase_response([0.0, 0.0, 1.0], [1.0], f, sample_rate=8000) / np.pi)
    [ 0.  -0.5 -1. ]
    """
    h = frequency_response(b, a, frequency, sample_rate=sample_rate)
    xp = array_namespace(h)
    return xp.unwrap(xp.angle(h), axis=-1) if h.ndim else xp.angle(h)


def group_delay(b, a, frequency, *, sample_rate):
    """How late the envelope of a note comes out: -d angle / d w, in samples.

    From the coefficients, not by differences: with B(w) = sum b[k] e^(-j w k) it is
    Re(sum k b[k] e^(-j w k) / B(w)), less the same of a.

    Args:
      b: numerator, shape (..., order + 1).
      a: denominator, likewise.
      frequency: Hz, a number or shape (n,).
      sample_rate: Hz.

    Returns:
      Samples, shape (..., n). Where b or a is zero there is no delay: it is not finite.

    >>> print(group_delay([0.0, 0.0, 1.0], [1.0], 100.0, sample_rate=8000).round(9))
    2.0
    """
    b, a = (_not_nothing(as_polynomial(p, n), n) for p, n in ((b, "b"), (a, "a")))
    xp = array_namespace(b, a)
    ramps = [p * xp.arange(p.shape[-1], dtype=p.dtype) for p in (b, a)]
    delays = [
        frequency_response(ramp, p, frequency, sample_rate=sample_rate)
        for ramp, p in zip(ramps, (b, a), strict=True)
    ]
    return xp.real(delays[0] - delays[1])


def sections_response(sections, frequency, sample_rate):
    """`frequency_response` of sections in series.

    Args:
      sections: shape (..., n_sections, 6).
      frequency: Hz, shape (n,).
      sample_rate: Hz.

    Returns:
      Complex values, shape (..., n).

    >>> from dsplab.filters.design import butterworth
    >>> sections = butterworth("lowpass", 1000.0, 8000, order=7)
    >>> print(abs(sections_response(sections, [0.0, 1000.0], 8000)).round(4))
    [1.     0.7071]
    """
    sections = as_sections(sections)
    b, a = sections[..., :3], sections[..., 3:]
    h = frequency_response(b, a, frequency, sample_rate=sample_rate)
    axis = -2 if as_array(frequency).ndim else -1
    return array_namespace(h).prod(h, axis=axis)


def impulse_response(b, a, length):
    """What comes out when a single 1 goes in.

    >>> print(impulse_response([1.0], [1.0, -0.5], 4))
    [1.    0.5   0.25  0.125]
    """
    b, a = as_polynomial(b, "b"), as_polynomial(a, "a")
    xp = array_namespace(b, a)
    one = xp.asarray(np.eye(1, integer(length, name="length"))[0], dtype=a.dtype)
    return filter_signal(one, b, a)


def laplace_response(b, a, frequency):
    """The response of an analogue filter, H(s) at s = 2 pi j frequency.

    Args:
      b: numerator in s (radians a second), highest power first, shape (..., n).
      a: denominator, likewise.
      frequency: Hz, a number or shape (n,).

    Returns:
      Complex values, shape (..., n).

    >>> h = laplace_response([1.0], [1.0, 1.0], 0.5 / np.pi)  # 1 / (s + 1) at s = j
    >>> print(h.round(6))
    (0.5-0.5j)
    """
    b, a = as_polynomial(b, "b"), _not_nothing(as_polynomial(a, "a"), "a")
    frequency = as_values(frequency, name="frequency")
    single = frequency.ndim == 0
    s = 2j * np.pi * (frequency[None] if single else frequency)
    value = _polynomial(b[..., ::-1], s) / _polynomial(a[..., ::-1], s)
    return value[..., 0] if single else value


def poles_and_zeros(b, a):
    """Find where a transfer function is nothing, and where it is everything.

        H(z) = gain prod (z - zeros[k]) / prod (z - poles[k])

    A pole near the unit circle is a resonance at its angle, a zero on it a silence.
    NumPy only: where b begins with zeros (a delay) there are fewer zeros than poles.

    Args:
      b: numerator, shape (order + 1,).
      a: denominator, shape (order + 1,).

    Returns:
      (zeros, poles, gain), as many as the longer of b and a has powers of 1 / z; those
      at 0 stand for what the other lacks.

    >>> zeros, poles, gain = poles_and_zeros([1.0, 0.0, 1.0], [1.0, -0.5])
    >>> print(np.sort_complex(zeros), np.sort_complex(poles), gain)
    [0.-1.j 0.+1.j] [0. +0.j 0.5+0.j] 1.0
    """
    b, a = (np.asarray(as_polynomial(p, n)) for p, n in ((b, "b"), (a, "a")))
    for name, p in (("b", b), ("a", a)):
        if p.ndim != 1 or not p.any():
            raise ValueError(
                f"{name} must be one polynomial, not all 0, got shape {p.shape}"
            )
    n = max(b.size, a.size)
    zeros, poles = (np.roots(np.pad(p, (0, n - p.size))) + 0j for p in (b, a))
    return PolesAndZeros(zeros, poles, b[b != 0.0][0] / a[a != 0.0][0])


def from_poles_and_zeros(zeros, poles, *, gain=1.0):
    """The filter with these poles and zeros: the way back.

    Args:
      zeros: complex, in conjugate pairs, shape (n_zeros,); no more than poles.
      poles: likewise, inside the unit circle for a stable filter.
      gain: of the highest powers of z.

    Returns:
      b and a, each of shape (n_poles + 1,).

    >>> b, a = from_poles_and_zeros([1j, -1j], [0.5, 0.0])
    >>> print(b, a)
    [1. 0. 1.] [ 1.  -0.5  0. ]
    """
    filters = []
    for name, roots in (("zeros", zeros), ("poles", poles)):
        roots = as_array(roots, name=name)
        if roots.ndim != 1 or roots.size == 0 or not is_finite(roots):
            raise ValueError(
                f"{name} must be a row of finite numbers, got shape {roots.shape}"
            )
        xp = array_namespace(roots)
        p = xp.ones(1, dtype=xp.result_type(roots, complex))
        for k in range(roots.shape[0]):
            p = xp.pad(p, (0, 1)) - roots[k] * xp.pad(p, (1, 0))
        filters.append(xp.real(p))
    b, a = filters
    late = a.shape[0] - b.shape[0]
    if late < 0:
        raise ValueError(f"zeros must be no more than poles, got {-late} more")
    return gain * array_namespace(b).pad(b, (late, 0)), a


def is_stable(a):
    """Whether every pole lies inside the unit circle, so that all ringing dies away.

    Without looking for the poles: one after the other the last coefficient k is taken
    off, a[i] <- (a[i] - k a[N - i]) / (1 - k^2), and every one must be below 1.

    Args:
      a: denominator, shape (..., order + 1).

    Returns:
      Booleans, shape (...).

    Reference:
      J. Durbin's recursion backwards (the Schur-Cohn test); A. H. Gray and J. D.
      Markel, Digital lattice and ladder filter synthesis, 1973.

    >>> bool(is_stable([1.0, -1.8, 0.9])), bool(is_stable([1.0, -1.8, 1.1]))
    (True, False)
    """
    a = as_polynomial(a, "a")
    require(a[..., 0] != 0.0, "a must not begin with 0")
    xp = array_namespace(a)
    a = a / a[..., :1]
    stable = xp.ones(a.shape[:-1], dtype=bool)
    while a.shape[-1] > 1:
        k = a[..., -1:]
        inside = abs(k) < 1.0
        stable = stable & inside[..., 0]
        a = (a - k * a[..., ::-1]) / xp.where(inside, 1.0 - k * k, xp.ones_like(k))
        a = a[..., :-1]
    return stable


def _not_nothing(p, name):
    require((p != 0.0).any(axis=-1), f"{name} must not be all 0")
    return p


def _polynomial(p, x):
    """sum_k p[..., k] x^k for each x: (..., n)."""
    value = p[..., -1:] + 0.0 * x
    for k in range(p.shape[-1] - 2, -1, -1):
        value = value * x + p[..., k : k + 1]
    return value
