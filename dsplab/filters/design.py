"""Filter design: from a cutoff in Hz to the coefficients of a difference equation.

A filter is a pair b, a of arrays, its coefficients last:

            b[0] + b[1] z^-1 + b[2] z^-2 + ...
    H(z) = ------------------------------------,   a[0] = 1
            a[0] + a[1] z^-1 + a[2] z^-2 + ...

or, where the order is high, second orders in series: rows [b0 b1 b2 a0 a1 a2] of an
array (n_sections, 6), as in SciPy. All are made from analogue filters, quotients of
polynomials in s, by the bilinear transform; gradients reach cutoff, q and gain.
"""

import functools

import numpy as np

from dsplab._arguments import as_values, integer, one_of, positive, require
from dsplab._array import array_namespace

Q_FLAT = 0.5**0.5  # the resonance of a Butterworth filter: flat, -3 dB at the cutoff
KINDS = (
    "lowpass highpass bandpass bandpass_skirt notch allpass peaking lowshelf highshelf"
).split()
FIRST_ORDER_KINDS = "lowpass highpass allpass lowshelf highshelf".split()
STEEP_KINDS = ["lowpass", "highpass"]


def first_order(kind, cutoff, sample_rate, *, gain_db=0.0):
    """Design a gentle filter, 6 dB an octave: one pole, one zero.

    The analogue filters, for a cutoff of 1 and with G the linear gain:

        lowpass  1 / (s + 1)    highpass  s / (s + 1)    allpass  (1 - s) / (1 + s)
        lowshelf (s + sqrt G) / (s + 1 / sqrt G)
        highshelf (G s + sqrt G) / (s + sqrt G)

    Args:
      kind: "lowpass", "highpass", "allpass", "lowshelf" or "highshelf".
      cutoff: Hz, a number or an array, below sample_rate / 2. There a lowpass has -3
        dB, an allpass has turned the phase by 90 degrees, a shelf has half its dB.
      sample_rate: Hz.
      gain_db: of a shelf.

    Returns:
      b and a, each of shape (..., 2), where cutoff and gain_db have (...).

    Reference:
      U. Zoelzer (ed.), DAFX: Digital Audio Effects, 2nd ed., 2011, chapter 2. Its
      shelves have the cutoff 3 dB below the gain; these are symmetric in dB.

    >>> b, a = first_order("lowpass", 2000.0, 8000)
    >>> print(b.round(3), abs(a.round(3)))
    [0.5 0.5] [1. 0.]
    """
    one_of(kind, FIRST_ORDER_KINDS, name="kind")
    cutoff, gain_db = _as_alike(cutoff=cutoff, gain_db=gain_db)
    xp = array_namespace(cutoff)
    root = 10.0 ** (gain_db / 40.0)  # of the linear gain
    one, none = xp.ones_like(cutoff), xp.zeros_like(cutoff)
    b, a = {
        "lowpass": ((none, one), (one, one)),
        "highpass": ((one, none), (one, one)),
        "allpass": ((-one, one), (one, one)),
        "lowshelf": ((one, root), (one, 1.0 / root)),
        "highshelf": ((root**2, root), (one, root)),
    }[kind]
    c = _prewarped(cutoff, sample_rate)
    return _transform(xp.stack(b, axis=-1), xp.stack(a, axis=-1), c)


def second_order(kind, cutoff, sample_rate, *, q=Q_FLAT, gain_db=0.0):
    """Design the filter of a mixing desk or synthesizer: two poles, two zeros.

    The analogue filters, for a cutoff of 1 and with A^2 the linear gain:

        lowpass   1 / d     highpass  s^2 / d     d = s^2 + s / q + 1
        bandpass  (s / q) / d, its peak is 1;     bandpass_skirt  s / d, its peak is q
        notch     (s^2 + 1) / d                   allpass  (s^2 - s / q + 1) / d
        peaking   (s^2 + s A / q + 1) / (s^2 + s / (A q) + 1)
        lowshelf  A (s^2 + r s + A) / (A s^2 + r s + 1)      r = sqrt(A) / q
        highshelf A (A s^2 + r s + 1) / (s^2 + r s + A)

    Args:
      kind: one of `KINDS`.
      cutoff: Hz, a number or an array, above 0 and below sample_rate / 2. With a curve
        of one cutoff a sample, `time_varying.direct_form` runs the result.
      sample_rate: Hz.
      q: resonance, above 0: the gain of a lowpass at its cutoff. 0.5 does not ring,
        sqrt(1/2) is flat, 10 sings. cutoff / q is the bandwidth of a bandpass.
      gain_db: of a peak or shelf.

    Returns:
      b and a, each of shape (..., 3), where the numbers broadcast to (...).

    Reference:
      R. Bristow-Johnson, Cookbook formulae for audio EQ biquad filter coefficients,
      1998: the same filters, written with the sine and cosine of the cutoff.

    >>> b, a = second_order("lowpass", 2000.0, 8000)
    >>> print(b.round(3))
    [0.293 0.586 0.293]
    """
    one_of(kind, KINDS, name="kind")
    cutoff, q, gain_db = _as_alike(cutoff=cutoff, q=q, gain_db=gain_db)
    require(q > 0.0, "q must be positive")
    xp = array_namespace(cutoff)
    b, a = _second_order_prototype(kind, q, 10.0 ** (gain_db / 40.0))
    c = _prewarped(cutoff, sample_rate)
    return _transform(xp.stack(b, axis=-1), xp.stack(a, axis=-1), c)


def _second_order_prototype(kind, q, amplitude):
    xp = array_namespace(q)
    one, none, width, root = xp.ones_like(q), xp.zeros_like(q), 1.0 / q, amplitude**0.5
    plain = (one, width, one)
    if kind == "peaking":
        return (one, width * amplitude, one), (one, width / amplitude, one)
    if kind in ("lowshelf", "highshelf"):
        tilt = root * width
        low = (amplitude, amplitude * tilt, amplitude**2), (amplitude, tilt, one)
        high = (amplitude**2, amplitude * tilt, amplitude), (one, tilt, amplitude)
        return low if kind == "lowshelf" else high
    return {
        "lowpass": (none, none, one),
        "highpass": (one, none, none),
        "bandpass": (none, width, none),
        "bandpass_skirt": (none, one, none),
        "notch": (one, none, one),
        "allpass": (one, -width, one),
    }[kind], plain


def bilinear(b, a, sample_rate, *, match=None):
    """Turn an analogue filter into a digital one that sounds like it.

    The whole frequency axis of the analogue filter is bent into the half circle that a
    digital one has, by putting into H(s) = b(s) / a(s)

        s = c (1 - z^-1) / (1 + z^-1),   c = 2 sample_rate,

    which is the trapezoidal rule for integrals. Stable filters stay stable. With
    c = w / tan(w / (2 sample_rate)), w = 2 pi match, the frequency `match` keeps its
    response exactly ("prewarping"); those above it are squeezed together.

    Args:
      b: coefficients of the numerator in s (radians a second), highest power first.
      a: those of the denominator.
      sample_rate: Hz.
      match: Hz of the frequency to keep, below sample_rate / 2; None: the lowest ones.

    Returns:
      b and a in powers of 1 / z, of the same length, with a[0] = 1.

    Reference:
      A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, 3rd ed., 2010,
      section 7.2.2.

    >>> b, a = bilinear([1.0], [1.0, 2.0], 1.0)  # 1 / (s + 2)
    >>> print(b, a)
    [0.25 0.25] [1. 0.]
    """
    b, a = as_polynomial(b, "b"), as_polynomial(a, "a")
    if b.shape[-1] > a.shape[-1]:
        raise ValueError(f"b must not be longer than a, got {b.shape} and {a.shape}")
    xp = array_namespace(b, a)
    b = xp.pad(b, [(0, 0)] * (b.ndim - 1) + [(a.shape[-1] - b.shape[-1], 0)])
    positive(sample_rate, name="sample_rate")
    c = xp.asarray(2.0 * sample_rate, dtype=a.dtype)
    if match is not None:
        (match,) = _as_alike(match=match)
        c = 2.0 * np.pi * match * _prewarped(match, sample_rate)
    return _transform(b, a, c)


def _transform(b, a, c):
    """Put s = c (1 - 1/z) / (1 + 1/z) into polynomials of one length, (..., n)."""
    xp = array_namespace(b, a, c)
    order = a.shape[-1] - 1
    powers = c[..., None] ** xp.arange(order, -1, -1, dtype=a.dtype)
    bends = xp.asarray(_bends(order), dtype=a.dtype)
    b, a = (powers * b) @ bends, (powers * a) @ bends
    require(a[..., 0] != 0.0, "a must not be 0 at s = c")
    first = a[..., :1]
    return b / first, xp.concatenate(
        [xp.ones_like(first), a[..., 1:] / first], axis=-1
    )  # JAX divides by multiplying: it would leave a[0] a digit off 1


@functools.cache
def _bends(order):
    """Row k: the coefficients of (1 - 1/z)^(order - k) (1 + 1/z)^k."""
    rows = []
    for k in range(order + 1):
        factors = [np.array([1.0, -1.0])] * (order - k) + [np.array([1.0, 1.0])] * k
        rows.append(functools.reduce(np.convolve, factors, np.ones(1)))
    return np.array(rows)


def _prewarped(cutoff, sample_rate):
    """The c that puts an analogue cutoff of 1 (radian a second) at `cutoff`."""
    positive(sample_rate, name="sample_rate")
    inside = (cutoff > 0.0) & (cutoff < sample_rate / 2.0)
    require(inside, f"cutoff must be above 0 and below {sample_rate / 2} Hz")
    return 1.0 / array_namespace(cutoff).tan(np.pi / sample_rate * cutoff)


def _as_alike(**numbers):
    """The numbers as arrays of one library, type and shape."""
    arrays = {name: as_values(value, name=name) for name, value in numbers.items()}
    xp = array_namespace(*arrays.values())
    dtype = next(iter(arrays.values())).dtype
    return xp.broadcast_arrays(*(xp.asarray(v, dtype=dtype) for v in arrays.values()))


def butterworth(kind, cutoff, sample_rate, *, order):
    """Design a steep filter that is as flat as can be, 6 dB an octave for each order.

    Its poles lie evenly on a half circle around the cutoff: sections of one cutoff, of
    which only the resonance differs, q = 1 / (2 sin theta).

    Args:
      kind: "lowpass" or "highpass"; the two in series (`numpy.concatenate`) are a
        bandpass.
      cutoff: Hz, where the response is -3 dB; a number or an array.
      sample_rate: Hz.
      order: 1 or more.

    Returns:
      Sections, shape (..., (order + 1) // 2, 6).

    Reference:
      S. Butterworth, On the theory of filter amplifiers, Wireless Engineer 7, 1930.

    >>> butterworth("lowpass", 1000.0, 8000, order=5).shape
    (3, 6)
    """
    angles = _pole_angles(order)
    poles = -np.sin(angles) + 1j * np.cos(angles)
    return _steep(kind, cutoff, sample_rate, poles=poles, order=order, gain=1.0)


def chebyshev(kind, cutoff, sample_rate, *, order, ripple_db=1.0):
    """Design a filter steeper than Butterworth's, which pays by waves in what passes.

    Its poles lie on half an ellipse: the narrower, the higher and steeper the waves.

    Args:
      kind: "lowpass" or "highpass".
      cutoff: Hz, where the response leaves the waves for good, at -ripple_db.
      sample_rate: Hz.
      order: 1 or more.
      ripple_db: depth of the waves.

    Returns:
      Sections, shape (..., (order + 1) // 2, 6).

    Reference:
      A. V. Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, 3rd ed., 2010,
      appendix B (type I).

    >>> chebyshev("highpass", 1000.0, 8000, order=4).shape
    (2, 6)
    """
    angles = _pole_angles(order)
    ripple = 10.0 ** (positive(ripple_db, name="ripple_db") / 10.0) - 1.0
    width = np.arcsinh(ripple**-0.5) / order
    poles = -np.sinh(width) * np.sin(angles) + 1j * np.cosh(width) * np.cos(angles)
    gain = 1.0 if order % 2 else (1.0 + ripple) ** -0.5  # at the ends of the spectrum
    return _steep(kind, cutoff, sample_rate, poles=poles, order=order, gain=gain)


def _pole_angles(order):
    """Those from the top to the real axis: half of them mirror the others."""
    order = integer(order, name="order")
    return np.pi / 2 / order * np.arange(1, order + 1, 2)


def _steep(kind, cutoff, sample_rate, *, poles, order, gain):
    """Sections from the poles of an analogue lowpass with a cutoff of 1."""
    one_of(kind, STEEP_KINDS, name="kind")
    (cutoff,) = _as_alike(cutoff=cutoff)
    xp, c = array_namespace(cutoff), _prewarped(cutoff, sample_rate)
    sections = []
    for k, pole in enumerate(poles):
        pole = pole if kind == "lowpass" else 1.0 / pole
        level = gain if k == 0 else 1.0
        if k == order // 2:  # the pole on the real axis
            a = [0.0, 1.0, -pole.real]
            b = [0.0, 0.0, -pole.real] if kind == "lowpass" else [0.0, 1.0, 0.0]
            b, a = b[1:], a[1:]
        else:
            a = [1.0, -2.0 * pole.real, abs(pole) ** 2]
            b = [0.0, 0.0, a[2]] if kind == "lowpass" else [1.0, 0.0, 0.0]
        b, a = (xp.asarray(part, dtype=cutoff.dtype) for part in (b, a))
        b, a = _transform(level * b, a, c)
        still = [(0, 0)] * (b.ndim - 1) + [(0, 3 - b.shape[-1])]
        sections.append(xp.concatenate([xp.pad(b, still), xp.pad(a, still)], axis=-1))
    return xp.stack(sections, axis=-2)


def series(*filters):
    """One filter after the other: H = H1 H2 ..., b and a of the whole.

    Above an order of about 8 keep sections instead: rounding moves the poles.

    Args:
      *filters: pairs (b, a).

    >>> b, a = series(([1.0, 1.0], [1.0, -0.5]), ([1.0, -1.0], [1.0, 0.5]))
    >>> print(b, a)
    [ 1.  0. -1.] [ 1.    0.   -0.25]
    """
    filters = [_as_filter(pair) for pair in filters]
    numerators, denominators = zip(*filters, strict=True)
    return functools.reduce(_multiply, numerators), functools.reduce(
        _multiply, denominators
    )


def parallel(*filters):
    """Filters side by side, their outputs added: H = H1 + H2 + ...

    Args:
      *filters: pairs (b, a).

    >>> b, a = parallel(([1.0, 1.0], [1.0, -0.5]), ([1.0, -1.0], [1.0, 0.5]))
    >>> print(b, a)
    [2. 0. 1.] [ 1.    0.   -0.25]
    """
    return functools.reduce(_add, [_as_filter(pair) for pair in filters])


def polynomials(sections):
    """The b and a of sections in series.

    >>> b, a = polynomials(butterworth("lowpass", 1000.0, 8000, order=3))
    >>> b.shape, a.shape
    ((5,), (5,))
    """
    sections = as_sections(sections)
    rows = [sections[..., k, :] for k in range(sections.shape[-2])]
    return series(*((row[..., :3], row[..., 3:]) for row in rows))


def as_sections(sections):
    """Return sections after checking their shape, (..., n_sections, 6)."""
    sections = as_polynomial(sections, "sections")
    if sections.ndim < 2 or sections.shape[-1] != 6:
        raise ValueError(
            f"sections must have shape (..., n_sections, 6), got {sections.shape}"
        )
    require(sections[..., 3] != 0.0, "sections must not have a0 = 0")
    return sections


def _as_filter(pair):
    b, a = (as_polynomial(part, name) for part, name in zip(pair, "ba", strict=True))
    return b, a


def as_polynomial(p, name):
    """Coefficients as a floating array of at least one dimension."""
    p = as_values(p, name=name)
    if p.ndim == 0 or p.dtype == np.float16:
        raise ValueError(
            f"{name} must be float32 or float64 and have 1 or more dimensions, got "
            f"{p.dtype} of shape {p.shape}"
        )
    return p


def _multiply(p, q):
    """The product of two polynomials, their coefficients last."""
    xp, n = array_namespace(p, q), q.shape[-1]
    still = [(0, 0)] * (p.ndim - 1)
    return sum(
        xp.pad(p, [*still, (k, n - 1 - k)]) * q[..., k : k + 1] for k in range(n)
    )


def _add(first, second):
    (b1, a1), (b2, a2) = first, second
    one, other = _multiply(b1, a2), _multiply(b2, a1)
    xp, n = array_namespace(one, other), max(one.shape[-1], other.shape[-1])
    one, other = (
        xp.pad(p, [(0, 0)] * (p.ndim - 1) + [(0, n - p.shape[-1])])
        for p in (one, other)
    )
    return one + other, _multiply(a1, a2)
