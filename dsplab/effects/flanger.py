"""Flanger: the comb that sweeps through a sound when two tapes drift apart."""

import numpy as np

from dsplab._arguments import as_curves, positive, require
from dsplab.effects._moving_line import LEAST, moving_line
from dsplab.effects._settings import dry_wet, held, ring
from dsplab.effects.chorus import phases, sweep
from dsplab.sources.interpolation import fractional_delay

PRESETS = {
    "jet": {"frequency": 0.12, "delay": 0.001, "depth": 0.006, "feedback": 0.7},
    "hollow": {"frequency": 0.2, "delay": 0.001, "depth": 0.004, "feedback": -0.7},
    "through zero": {"frequency": 0.15, "delay": 0.0005, "depth": 0.005,
                     "through_zero": True},
    "metal": {"frequency": 0.05, "delay": 0.0015, "depth": 0.001, "feedback": 0.9},
}  # fmt: skip


def flanger(
    x,
    sample_rate,
    *,
    frequency=0.25,
    delay=0.001,
    depth=0.004,
    feedback=0.5,
    through_zero=False,
    spread=1.0,
    mix=0.5,
):
    """Add a sound to itself, a few milliseconds late and drifting.

    Where the delay d is half a period the two cancel: notches at (k + 1/2) / d hertz,
    all moving together. Feedback sharpens the peaks between them; negative feedback
    puts the peaks where it sounds hollow, at odd multiples:

        w[n] = x[n] + feedback w(n - d[n]),    wet[n] = w(n - d[n]),
        d = delay + depth (1 - cos(2 pi (frequency t + c spread / 4))) / 2

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples); c counts the channels.
      sample_rate: Hz.
      frequency: of the movement, in Hz, a number or a curve.
      delay: shortest delay in seconds, at least two samples. A number.
      depth: seconds by which it grows. A number.
      feedback: in (-1, 1), a number or a curve.
      through_zero: whether the dry sound is taken later by delay + depth / 2, so that
        the two tapes pass each other. (No tape can look ahead, but this function can:
        it moves the wet sound forward, and the result is not late.)
      spread: how differently the channels move, 0 (alike) to 1.
      mix: share of the delayed sound; at 0.5 the notches are deepest.

    Returns:
      Signal like x.

    >>> flanger(np.ones((2, 100)), 8000).shape
    (2, 100)
    """
    x, frequency, feedback, mix = as_curves(
        x, frequency=frequency, feedback=feedback, mix=mix
    )
    rate = positive(sample_rate, name="sample_rate")
    shortest = max(positive(delay, name="delay") * rate, LEAST)
    more = positive(depth, name="depth", allow_zero=True) * rate
    ahead = round(shortest + more / 2.0) if through_zero else 0
    wave = sweep(x, frequency, rate, start=phases(x, spread / 4.0) + 0.75)
    curve = shortest + more * (0.5 + 0.5 * wave)
    v = ring(x, ahead / rate, rate)
    curve, back = held(curve, v.shape[-1]), held(feedback, v.shape[-1])
    if isinstance(feedback, np.ndarray) and not feedback.any():
        wet = fractional_delay(v, curve, method="lagrange")
    else:
        require(abs(feedback) < 1.0, "feedback must be in (-1, 1)")
        wet = moving_line(v, curve, back, longest=shortest + more)
    return dry_wet(x, wet[..., ahead:], mix)
