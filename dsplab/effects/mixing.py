"""The stereo image: two channels of one, how wide they are, where a sound stands."""

import numpy as np

from dsplab._arguments import as_curves, as_signal
from dsplab._array import array_namespace
from dsplab.effects._settings import channels_of


def stereo(x):
    """Put a mono sound in both channels, so that an effect can make them differ.

    Args:
      x: signal, (n_samples,).

    Returns:
      Signal, (2, n_samples).

    >>> stereo(np.array([1.0, 2.0])).tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    x = as_signal(x, ndim=1)
    return array_namespace(x).stack([x, x])


def pan(x, position):
    """Place a mono sound between the loudspeakers, as loud everywhere.

        left = cos(a) x,  right = sin(a) x,  a = (position + 1) pi / 4

    Args:
      x: signal, (n_samples,).
      position: -1 is left, 0 the middle (-3 dB in each channel), 1 right; a number or
        a curve.

    Returns:
      Signal, (2, n_samples).

    >>> pan(np.ones(1), -1.0).tolist()
    [[1.0], [0.0]]
    """
    x, position = as_curves(as_signal(x, ndim=1), position=position)
    xp = array_namespace(x)
    left, right = pan_gains(position)
    return xp.stack([left * x, right * x])


def pan_gains(position):
    """Gains of the two channels, whose powers add up to one."""
    xp = array_namespace(position)
    angle = (position + 1.0) * (np.pi / 4.0)
    return xp.cos(angle), xp.sin(angle)


def widen(x, width):
    """Spread a stereo image or draw it together, by its middle and its sides.

        mid = (left + right) / 2,  side = (left - right) / 2,
        left' = mid + width side,  right' = mid - width side

    Args:
      x: signal, (..., 2, n_samples).
      width: 0 is mono, 1 leaves everything as it is, 2 is twice as wide.

    Returns:
      Signal like x.

    >>> widen(np.array([[1.0], [0.0]]), 0.0).tolist()
    [[0.5], [0.5]]
    """
    x = as_signal(x)
    channels_of(x, exactly=2, why="(left and right)")
    x, width = as_curves(x, width=width)
    other = x[..., ::-1, :]
    # of each channel what is common, and what is its own
    return x + (width - 1.0) * 0.5 * (x - other)
