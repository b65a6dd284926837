"""Band-limited steps: a jump that has gone through an ideal low-pass filter.

A naive wave jumps between two samples, as if it contained every frequency; those above
half the sample rate come back as wrong notes. The step S(t) that remains of a jump
after a low-pass filter h is known beforehand, and it differs from the jump only nearby:

    S(t) = integral of h up to t,   y[n] = naive[n] + sum_jumps height (S(t) - [t >= 0])

with t the time from the jump to sample n. A corner is the integral of a jump, and is
corrected by the integral of the same difference (BLAMP). The methods differ in h:

    blep      windowed sinc, linear phase: 12 zero crossings on either side
    minblep   the same spectrum with minimum phase: nothing sounds before the jump
    polyblep  two samples wide, the triangle, whose step is a parabola

Reference: E. Brandt, "Hard sync without aliasing", 2001 (minBLEP); V. Valimaki and
A. Huovilainen, "Antialiasing oscillators in subtractive synthesis", 2007 (polyBLEP);
F. Esqueda, V. Valimaki and S. Bilbao, "Rounding corners with BLAMP", 2016. Instead of a
table that is read at the nearest of many points, h is a polynomial between every two
samples, and integrates exactly.
"""

import functools

import numpy as np

from dsplab._array import array_namespace, place_kernels
from dsplab.sources.interpolation import polynomials, windowed_sinc
from dsplab.sources.phasor import fractional_part

KERNELS = ("blep", "minblep", "polyblep")
CROSSINGS = 12  # zero crossings of the sinc on either side
KAISER = 10.0  # shape of its window: wrong notes below 16 kHz stay under -115 dB
DEGREE = 5  # of the polynomials of h
OVERSAMPLING = 64  # of the minimum-phase filter's design


def add_jumps(y, jumps, kernel, *, extra):
    """Band-limit a wave whose jumps and corners are known.

    Args:
      y: naive wave, `extra` samples longer than wanted at both ends, (..., n).
      jumps: tuples (order, height, delay): order 0 for a jump, 1 for a corner (whose
        height is the change of slope per sample), delay in samples, 0 to 1, from it to
        the next sample; heights (..., n), zero where there is none.
      kernel: one of KERNELS.
      extra: at least `reach(kernel)`.

    Returns:
      Signal, (..., n - 2 extra).
    """
    xp, n = array_namespace(y), y.shape[-1]
    for order in sorted({order for order, _, _ in jumps}):
        table, before = residual(kernel, order)
        heights = xp.stack([height for own, height, _ in jumps if own == order])
        delays = xp.stack([delay for own, _, delay in jumps if own == order])
        lacking = place_kernels(heights, delays, table).sum(axis=0)
        y = y + lacking[..., before : before + n]
    return y[..., extra : n - extra]


def reach(kernel):
    """Samples before or after a jump that it may change."""
    return residual(kernel, 0)[0].shape[-1]


def lengthened(p, step, n):
    """A phase and its steps continued by n samples at both ends, at a steady pace."""
    xp = array_namespace(p, step)
    k = xp.asarray(np.arange(1, n + 1), dtype=p.dtype)
    ahead = p[..., :1] - k[::-1] * step[..., :1]
    after = p[..., -1:] + k * step[..., -1:]
    p = xp.concatenate([fractional_part(ahead), p, fractional_part(after)], axis=-1)
    first = xp.broadcast_to(step[..., :1], ahead.shape)
    last = xp.broadcast_to(step[..., -1:], after.shape)
    return p, xp.concatenate([first, step, last], axis=-1)


@functools.cache
def residual(kernel, order):
    """What a jump (order 0) or a corner (1) lacks, tap by tap, as polynomials.

    Returns:
      table: (n_powers, n_taps), for `place_kernels`.
      before: taps that lie before the jump.
    """
    table, before = _impulse(kernel)
    table = table / _integral(table)[1]
    table, _ = _integral(table)
    table[0, before:] -= 1.0  # the naive jump
    for _ in range(order):
        table, _ = _integral(table)
    return table, before


def _integral(table):
    """Integrate piecewise polynomials of u in [-1/2, 1/2]; and what is left in all."""
    n_powers, _ = table.shape
    powers = np.arange(1, n_powers + 1)[:, None]
    rising = table / powers
    areas = (rising * (0.5**powers - (-0.5) ** powers)).sum(axis=0)
    at_left = (rising * (-0.5) ** powers).sum(axis=0)
    offsets = np.cumsum(areas) - areas - at_left
    return np.concatenate([offsets[None], rising]), areas.sum()


def _impulse(kernel):
    """The filter h as polynomials, and how many of its taps lie before the jump."""
    if kernel == "polyblep":
        return np.array([[0.5, 0.5], [1.0, -1.0]]), 1
    if kernel == "blep":
        taps = np.arange(-CROSSINGS, CROSSINGS)
        return polynomials(_sinc, taps, degree=DEGREE), CROSSINGS
    taps, times = _minimum_phase()
    n = int(times[-1])

    def read(t):
        return np.interp(t, times, taps)

    return polynomials(read, np.arange(n), degree=DEGREE), 0


def _sinc(t):
    return windowed_sinc(t, crossings=CROSSINGS, kaiser=KAISER)


def _minimum_phase():
    """The filter of the same magnitude whose energy comes first, by its cepstrum."""
    grid = np.arange(-CROSSINGS * OVERSAMPLING, CROSSINGS * OVERSAMPLING + 1)
    h = _sinc(grid / OVERSAMPLING) / OVERSAMPLING
    n_fft = 1 << 17  # long: the cepstrum folds back on itself
    level = np.maximum(np.abs(np.fft.rfft(h, n_fft)), 1e-9)
    cepstrum = np.fft.irfft(np.log(level))
    cepstrum[1 : n_fft // 2] *= 2.0
    cepstrum[n_fft // 2 + 1 :] = 0.0
    taps = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))
    times = np.arange(2 * CROSSINGS * OVERSAMPLING + 1) / OVERSAMPLING
    return taps[: len(times)], times
