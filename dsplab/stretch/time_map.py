"""Time maps: which moment of the input sounds at each moment of the output.

Every function of this folder takes `rate`, which is one of two things:

* a number: the speed. 2.0 plays twice as fast, so the output has half the samples
  (the lecture's stretching factor alpha is 1 / rate);
* a time map: anchor points, an array (n_anchors, 2) of (input sample, output sample),
  joined by straight lines. The output column starts at 0 and increases; the input
  column may stay (a freeze) or fall (backwards), within 0..n_samples. The last output
  anchor is the length of the result.

The map goes from output time to input time, the only direction in which a freeze, a
loop or a reversal is still a function.
"""

import numbers

import numpy as np

from dsplab._arguments import as_array, as_values


def check_rate(rate, n_samples):
    """Return rate as a float, or as an anchor array (n_anchors, 2) in float64.

    Raises:
      ValueError: if rate is neither a positive number nor a valid time map of a sound
        of n_samples.

    >>> check_rate(2, 100)
    2.0
    """
    if isinstance(rate, numbers.Real) or np.ndim(rate) == 0:
        if isinstance(rate, bool) or not _is_positive(rate):
            raise ValueError(f"rate must be a positive number, got {rate!r}")
        if round(n_samples / float(rate)) < 1:
            raise ValueError(f"rate {rate!r} leaves nothing of {n_samples} samples")
        return float(rate)
    anchors = as_array(rate, name="rate")
    if anchors.ndim != 2 or anchors.shape[1] != 2 or anchors.shape[0] < 2:
        raise ValueError(
            "rate must be a number or anchor points of shape (n_anchors >= 2, 2), "
            f"(input sample, output sample) in each row; got shape {anchors.shape}"
        )
    anchors = np.asarray(anchors, dtype=np.float64)
    where, when = anchors.T
    if not np.isfinite(anchors).all():
        raise ValueError("rate contains NaN or infinity in its anchor points")
    if when[0] != 0 or (np.diff(when) <= 0).any() or round(when[-1]) < 1:
        raise ValueError("rate must have output anchors that start at 0 and increase")
    if where.min() < 0 or where.max() > n_samples:
        raise ValueError(
            f"rate must have input anchors within 0..{n_samples}, "
            f"got {where.min():g}..{where.max():g}"
        )
    return anchors


def output_length(rate, n_samples):
    """Samples in the stretched sound: n_samples / rate rounded, or the last anchor.

    >>> output_length(0.8, 1000)
    1250
    """
    rate = check_rate(rate, n_samples)
    last = n_samples / rate if isinstance(rate, float) else rate[-1, 1]
    return int(round(last))


def input_position(rate, output_position, *, n_samples):
    """Input time (fractional samples) that sounds at each output time.

    Args:
      rate: speed or time map, see the module.
      output_position: samples, any shape; before 0 and after the end the map goes on
        as it began and ended.
      n_samples: length of the input.

    Returns:
      float64 NumPy array of the shape of output_position.

    >>> freeze = [(0, 0), (50, 50), (50, 150), (100, 200)]
    >>> input_position(freeze, [25, 100, 175], n_samples=100).tolist()
    [25.0, 50.0, 75.0]
    """
    rate, t = _checked(rate, output_position, n_samples)
    if isinstance(rate, float):
        return t * rate
    where, when = rate.T
    segment, slopes = _segments(rate, t)
    return where[segment] + slopes[segment] * (t - when[segment])


def local_rate(rate, output_position, *, n_samples):
    """Speed at each output time: 0 in a freeze, negative backwards.

    Args:
      rate: speed or time map, see the module.
      output_position: samples, any shape.
      n_samples: length of the input.

    Returns:
      float64 NumPy array of the shape of output_position.

    >>> freeze = [(0, 0), (50, 50), (50, 150), (100, 200)]
    >>> local_rate(freeze, [25, 100, 175], n_samples=100).tolist()
    [1.0, 0.0, 1.0]
    """
    rate, t = _checked(rate, output_position, n_samples)
    if isinstance(rate, float):
        return np.full(t.shape, rate)
    segment, slopes = _segments(rate, t)
    return slopes[segment]


def _checked(rate, output_position, n_samples):
    """The rate as `check_rate` returns it, and the output times in float64."""
    t = as_values(output_position, name="output_position")
    return check_rate(rate, n_samples), np.asarray(t, dtype=np.float64)


def _segments(anchors, t):
    """Index of the segment of the map that holds each time t, and all their slopes."""
    where, when = anchors.T
    slopes = np.diff(where) / np.diff(when)
    segment = np.searchsorted(when, t, side="right") - 1
    return np.clip(segment, 0, len(slopes) - 1), slopes


def _is_positive(rate):
    try:
        return bool(np.isfinite(float(rate)) and float(rate) > 0)
    except (TypeError, ValueError):
        return False
