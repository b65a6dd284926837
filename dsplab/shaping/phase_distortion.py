"""Phase distortion: a cosine read at an uneven speed, the synthesis of the Casio CZ.

Instead of bending a wave, bend the way it is read: run quickly through one part of the
cosine and slowly through the rest, and it becomes a saw, a square or a pulse. Even
speed is a plain sine, and every degree between sounds like a filter that opens.
"""

import numpy as np

from dsplab._arguments import as_curves, integer, one_of, positive
from dsplab._array import array_namespace
from dsplab.resampling import downsample
from dsplab.sources.phasor import phase

# corners of the map from phase to what is read of the cosine, for amount one: where
# they lie in the cycle, and how much of the cosine has been read there
WARPS = {
    "saw": ((0.0, 0.0, 1.0), (0.0, 0.5, 1.0)),
    "square": ((0.0, 0.0, 0.5, 0.5, 1.0), (0.0, 0.5, 0.5, 1.0, 1.0)),
    "pulse": ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0)),
    "double sine": ((0.0, 0.0, 1.0), (0.0, 1.0, 2.0)),
}
# where the corners lie for amount zero
EVEN = {
    "saw": (0.0, 0.5, 1.0),
    "square": (0.0, 0.5, 0.5, 1.0, 1.0),
    "pulse": (0.0, 1.0, 1.0),
    "double sine": (0.0, 0.5, 1.0),
}
STEEPEST = 0.97  # of the way from even to a jump: as far as amount one goes
MARGIN = 64  # samples that the filter against aliases reaches into
WINDOWS = ("saw", "triangle", "trapezoid")


def phase_distortion(f0, sample_rate, *, shape="saw", amount=0.5, oversampling=4):
    """Play a cosine whose phase runs unevenly.

        y[n] = cos(2 pi g(p[n])),  p the phase, g straight lines between a few corners

    The corners of g lie where the cosine is flat, so that the overtones fall quickly.

    Args:
      f0: fundamental in Hz at every sample, (..., n_samples).
      sample_rate: Hz.
      shape: what it becomes: "saw", "square", "pulse" (a cosine, then silence until the
        next period) or "double sine" (a short cosine and a long one: from the octave
        at amount 0 to an octave with teeth).
      amount: from 0, a plain sine, to 1, all of it: a number or a curve, as from an
        envelope.
      oversampling: 1, 2, 4 ...: the factor on the sampling rate, against aliases.

    Returns:
      Signal, (..., n_samples), within -1 and 1 (oversampled: nearly).

    Raises:
      ValueError: if the shape is unknown or an argument out of range.

    Reference:
      Casio, "CZ-101 operation manual", 1985, describes the sound; Lazzarini and
      Timoney, "New perspectives on distortion synthesis for virtual analog
      oscillators", Computer Music Journal 34, 2010, the mathematics.

    >>> y = phase_distortion(np.full(4, 250.0), 1000, amount=0.0)
    >>> (y.round(4) + 0.0).tolist()
    [1.0, 0.0, -1.0, 0.0]
    """
    one_of(shape, tuple(WARPS), name="shape")
    p, amount = _finer(f0, sample_rate, oversampling, amount=amount)
    xp = array_namespace(p)
    g = _warped(p, STEEPEST * xp.clip(amount, 0.0, 1.0), shape)
    return _coarser(xp.cos(2.0 * np.pi * g), oversampling)


def _warped(p, amount, shape):
    """The phase through straight lines from corner to corner."""
    xp = array_namespace(p)
    (corners, read), even = WARPS[shape], EVEN[shape]
    at = [e + amount * (c - e) for e, c in zip(even, corners, strict=True)]
    g = xp.zeros_like(p)
    for k in range(1, len(at)):  # each line adds what it reads
        rise = read[k] - read[k - 1]
        if rise:
            width = at[k] - at[k - 1]
            g = g + rise * xp.clip((p - at[k - 1]) / width, 0.0, 1.0)
    return g


def resonance(f0, sample_rate, *, frequency, window="saw", oversampling=4):
    """Play the resonance of a filter without one: a cosine that every period restarts.

        y[n] = w(p[n]) (1 - cos(2 pi frequency / f0 p[n])) - mean(w)

    The window w fades the fast cosine within each period of f0, so the pitch is f0, and
    `frequency` moves a peak through its harmonics as the cutoff of a ringing filter.

    Args:
      f0: fundamental in Hz at every sample, (..., n_samples).
      sample_rate: Hz.
      frequency: of the peak, in Hz: a number or a curve; at least f0 is sensible.
      window: "saw" (bright, falls from one to zero), "triangle" (softer, nearly
        without fundamental) or "trapezoid" (full for half the period: the brightest).
      oversampling: 1, 2, 4 ...: the factor on the sampling rate, against aliases.

    Returns:
      Signal, (..., n_samples), within -1 and 1.5.

    Raises:
      ValueError: if the window is unknown or an argument out of range.

    Reference:
      as `phase_distortion`; the waves "Resonance I" to "III" of the CZ.

    >>> y = resonance(np.full(400, 100.0), 40000, frequency=1500.0)
    >>> y.shape
    (400,)
    """
    one_of(window, WINDOWS, name="window")
    p, ratio = _finer(f0, sample_rate, oversampling, frequency=_harmonic(f0, frequency))
    xp = array_namespace(p)
    if window == "saw":
        w, mean = 1.0 - p, 0.5
    elif window == "triangle":
        w, mean = 1.0 - xp.abs(2.0 * p - 1.0), 0.5
    else:
        w, mean = xp.clip(2.0 - 2.0 * p, 0.0, 1.0), 0.75
    fast = (ratio * p) % 1.0
    y = w * (1.0 - xp.cos(2.0 * np.pi * fast)) - mean
    return _coarser(y, oversampling)


def _harmonic(f0, frequency):
    """Which harmonic of f0 a frequency is; fractions are welcome."""
    f0, frequency = as_curves(f0, called="f0", frequency=frequency)
    xp = array_namespace(f0)
    return frequency / xp.where(f0 == 0.0, 1.0, f0)


def _finer(f0, sample_rate, factor, **curves):
    """Phase at factor times the sampling rate, and the curves at that rate.

    All go on for MARGIN samples on either side, so that the filter on the way back
    does not meet silence.
    """
    f0, *values = as_curves(f0, called="f0", **curves)
    xp = array_namespace(f0)
    positive(sample_rate, name="sample_rate")
    integer(factor, name="oversampling")
    start = -MARGIN * f0[..., :1] / sample_rate
    held = xp.repeat(_longer(f0), factor, axis=-1)
    p = phase(held, factor * sample_rate, start=start)
    return p, *(_between(_longer(value), factor) for value in values)


def _coarser(y, factor):
    """Back at the sampling rate, without the margins."""
    return downsample(y, factor)[..., MARGIN:-MARGIN]


def _longer(curve):
    if not curve.ndim or curve.shape[-1] == 1:
        return curve
    around = [(0, 0)] * (curve.ndim - 1) + [(MARGIN, MARGIN)]
    return array_namespace(curve).pad(curve, around, mode="edge")


def _between(curve, factor):
    """A curve in straight lines from sample to sample; a number stays."""
    if not curve.ndim or curve.shape[-1] == 1:
        return curve
    xp = array_namespace(curve)
    ahead = xp.concatenate([curve[..., 1:], curve[..., -1:]], axis=-1)
    way = xp.asarray(np.arange(factor) / factor, dtype=curve.dtype)
    lines = curve[..., None] + (ahead - curve)[..., None] * way
    return lines.reshape(*curve.shape[:-1], -1)
