"""Loudness and place that swing: tremolo and auto-pan."""

import numpy as np

from dsplab._arguments import as_curves
from dsplab._array import array_namespace
from dsplab.effects._settings import channels_of
from dsplab.effects.chorus import phases, sweep
from dsplab.effects.mixing import pan_gains

PRESETS = {
    "amp": {"frequency": 5.0, "depth": 0.6},
    "chopper": {"frequency": 8.0, "depth": 1.0, "shape": "square"},
    "vibraphone": {"frequency": 6.5, "depth": 0.4, "spread": 1.0},
}


def tremolo(x, sample_rate, *, frequency=5.0, depth=0.5, shape="sine", spread=0.0):
    """Make a sound swell and fade, some times a second.

        y[n] = x[n] (1 - depth (1 - wave[n]) / 2)

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      frequency: of the movement, in Hz, a number or a curve.
      depth: 0 leaves x as it is, 1 reaches silence.
      shape: of the wave: "sine", "triangle", "square", "saw_up", "saw_down".
      spread: how differently the channels move: at 1 they are half a cycle apart.

    Returns:
      Signal like x.

    >>> tremolo(np.ones(4), 4, frequency=1.0, depth=1.0).round(3).tolist()
    [0.5, 1.0, 0.5, 0.0]
    """
    x, frequency, depth = as_curves(x, frequency=frequency, depth=depth)
    starts = phases(x, spread / 2.0)
    wave = sweep(x, frequency, sample_rate, start=starts, shape=shape)
    return x * (1.0 - depth * (0.5 - 0.5 * wave))


def auto_pan(x, sample_rate, *, frequency=0.5, depth=1.0, shape="sine"):
    """Let a sound wander from side to side, as loud everywhere.

    Args:
      x: signal, (..., 2, n_samples): each channel is turned down as the sound moves
        away from it, by the law of `mixing.pan`, the middle leaving both as they are.
      sample_rate: Hz.
      frequency: of the movement, in Hz, a number or a curve.
      depth: how far it goes, 0 to 1.
      shape: of the movement.

    Returns:
      Signal like x.

    >>> auto_pan(np.ones((2, 4)), 4, frequency=1.0).round(2)[:, 1].tolist()
    [0.0, 1.41]
    """
    x, frequency, depth = as_curves(x, frequency=frequency, depth=depth)
    channels_of(x, exactly=2, why="(left and right)")
    wave = sweep(x, frequency, sample_rate, shape=shape)
    gains = pan_gains(depth * wave)
    xp = array_namespace(x)
    gains = xp.stack([xp.broadcast_to(g, x.shape)[..., 0, :] for g in gains], axis=-2)
    return x * (np.sqrt(2.0) * gains)
