"""Reading a signal between its samples, at any place and at any pace.

A value between samples is a weighted sum of those around it. The weights come from a
kernel h: y = sum_j x[m + j] h(j - fraction), with m the sample below the place.

    linear     2 samples: a straight line; treble is lost half-way between samples
    lagrange   order + 1 samples: the polynomial through them; best for slow signals
    sinc       32 samples: the ideal low-pass filter in a window; for everything
"""

import functools

import numpy as np

from dsplab._arguments import as_curves, as_signal, as_values, one_of
from dsplab._array import array_namespace, frames_at, in_blocks

METHODS = ("linear", "lagrange", "sinc")
CROSSINGS = 16  # zero crossings of the sinc on either side
KAISER = 9.0  # shape of its window: side lobes below -90 dB
DEGREE = 7  # of the polynomials that stand for it
BLOCK = 4096  # places read at a time


def read_at(x, position, *, method="sinc", order=3):
    """Read a signal at any places, as a tape head that may move as it likes.

        y[n] = sum_j x[m + j] h(j - fraction),  position[n] = m + fraction

    The signal is taken as silent before its start and after its end. Nothing is done
    about frequencies that a fast reading lifts above half the sample rate.

    Args:
      x: signal, (..., n_in).
      position: where to read, in samples (2.5 is half-way between samples 2 and 3),
        (n_out,) or (..., n_out).
      method: "linear", "lagrange" or "sinc". Sinc is flat within 0.01 dB up to 0.4 of
        the sample rate, linear within 1 dB only up to 0.18.
      order: of Lagrange's polynomial: 1, 3, 5 or 7 (as many samples before as after).

    Returns:
      Signal, (..., n_out).

    Raises:
      ValueError: if method or order is not one of those above.

    >>> y = read_at(np.array([0.0, 1.0, 4.0]), [1.0, 1.5], method="linear")
    >>> y.round(9).tolist()
    [1.0, 2.5]
    """
    x = as_signal(x)
    position = as_values(position, name="position")
    if position.ndim == 0:
        raise ValueError("position must have 1 or more dimensions, got a number")
    table = _kernel(one_of(method, METHODS, name="method"), order)
    whole = array_namespace(position).floor(position)
    return _read(x, whole, position - whole, table)


def fractional_delay(x, delay, *, method="sinc", order=3):
    """Delay a signal by any time, also one that changes: y[n] = x(n - delay[n]).

    Args:
      x: signal, (..., n_samples).
      delay: in samples, fractions allowed: a number, or a curve that broadcasts to x.
        A curve moves the pitch (Doppler): by the factor 1 - delay[n] + delay[n - 1].
      method, order: see `read_at`.

    Returns:
      Signal like x; silent until the delay has passed.

    >>> y = fractional_delay(np.array([1.0, 3.0, 5.0]), 0.5, method="linear")
    >>> y.round(9).tolist()
    [0.5, 2.0, 4.0]
    """
    x, delay = as_curves(x, delay=delay)
    table = _kernel(one_of(method, METHODS, name="method"), order)
    xp = array_namespace(x, delay)
    delay = xp.broadcast_to(delay, (*delay.shape[:-1], x.shape[-1]))
    whole = xp.floor(-delay)  # apart from the sample's number, for float32's sake
    return _read(x, np.arange(x.shape[-1]) + whole, -delay - whole, table)


def _read(x, whole, fraction, table):
    """x at whole + fraction; silence before its start and after its end."""
    xp = array_namespace(x, whole)
    half = table.shape[-1] // 2
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(2 * half, 2 * half)])
    first = xp.clip(whole + (half + 1), 0, x.shape[-1] - 2 * half)

    def some(first, fraction):
        return (weighted(x, first.astype("int32"), fraction, table),)

    return read_in_blocks(some, first, fraction)


def read_in_blocks(read, *curves):
    """read(*curves), which is () -> (y,), for BLOCK samples of the curves at a time."""
    xp = array_namespace(*curves)
    together = xp.stack(xp.broadcast_arrays(*curves), axis=-1)  # (..., n_out, n_curves)

    def some(part):
        return tuple(y[..., None] for y in read(*xp.moveaxis(part, -1, 0)))

    return in_blocks(some, together, size=BLOCK)[0][..., 0]


def weighted(x, first, fraction, table):
    """Weighted sums of neighbours: sum_j x[..., first + j] table_j(fraction).

    Args:
      x: (..., n_in).
      first: integers, (n_out,), or (..., n_out) for places that differ from row to row.
      fraction: in [0, 1), like first.
      table: polynomials of fraction - 1/2 as columns, (n_powers, n_taps).
    """
    xp = array_namespace(x, fraction)
    weights = xp.moveaxis(tap_weights(fraction.astype(x.dtype), table), 0, -1)
    if first.ndim > 1:
        batch = np.broadcast_shapes(x.shape[:-1], first.shape[:-1])
        n = x.shape[-1]
        row = np.arange(int(np.prod(batch))).reshape(*batch, 1) * n
        x = xp.broadcast_to(x, (*batch, n)).reshape(-1)
        starts = xp.broadcast_to(first, (*batch, first.shape[-1])) + row
        rows = frames_at(x, starts.reshape(-1), table.shape[-1])
        rows = rows.reshape(*starts.shape, -1)
    else:
        rows = frames_at(x, first, table.shape[-1])
    return xp.einsum("...j,...j->...", rows, weights)


def tap_weights(fraction, table):
    """Weights of the samples around a place: (n_taps, ...) for fractions (...)."""
    xp = array_namespace(fraction)
    u = fraction - 0.5
    powers = [xp.ones_like(u)]
    for _ in range(table.shape[0] - 1):
        powers.append(powers[-1] * u)
    table = xp.asarray(table.T, dtype=u.dtype)
    return xp.tensordot(table, xp.stack(powers), axes=1)


def polynomials(h, taps, *, degree=DEGREE):
    """Polynomials of u in [-1/2, 1/2] through h(tap + 1/2 + u), one column a tap.

    They are exact at Chebyshev's points and smooth between: (degree + 1, n_taps).
    """
    u = 0.5 * np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
    return np.linalg.solve(np.vander(u, increasing=True), h(taps + 0.5 + u[:, None]))


def windowed_sinc(t, *, crossings=CROSSINGS, kaiser=KAISER):
    """sin(pi t) / (pi t) under Kaiser's window that ends at +-crossings."""
    inside = np.sqrt(np.maximum(1.0 - (t / crossings) ** 2, 0.0))
    return np.sinc(t) * np.i0(kaiser * inside) / np.i0(kaiser)


@functools.cache
def _kernel(method, order):
    """Weights of the samples around a place, as polynomials: (n_powers, n_taps)."""
    if method == "sinc":
        taps = np.arange(CROSSINGS, -CROSSINGS, -1) - 1
        return polynomials(windowed_sinc, taps)
    return lagrange(1 if method == "linear" else order)


@functools.cache
def lagrange(order):
    """Lagrange's polynomials for the order + 1 samples around a place."""
    if order not in (1, 3, 5, 7):
        raise ValueError(f"order must be 1, 3, 5 or 7, got {order!r}")
    taps = np.arange(order + 1) - order // 2

    def through_one(fraction):  # at one of the taps 1, at all others 0
        ways = fraction[:, :, None] - taps
        products = [np.delete(ways, j, axis=2).prod(axis=2) for j in range(order + 1)]
        scale = [np.prod(t - np.delete(taps, j)) for j, t in enumerate(taps)]
        return np.concatenate(products, axis=1) / scale

    return polynomials(through_one, np.zeros(1), degree=order)
