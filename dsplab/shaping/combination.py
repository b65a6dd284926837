"""Two waves become one, or one louder: products, cross-fades, extremes, gain."""

import numpy as np

from dsplab._arguments import as_curves, as_signal, one_of
from dsplab._array import array_namespace
from dsplab.convert import db_to_amplitude
from dsplab.resampling import downsample, upsample
from dsplab.shaping.waveshaping import waveshape

LAWS = ("power", "linear")
COMBINATIONS = ("minimum", "maximum", "quieter", "louder")


def amplify(x, gain_db=0.0, *, ceiling=None, bias=0.0):
    """Make a sound louder, and let it saturate where an amplifier's voltage ends.

        y = g x,  or  y = ceiling tanh(g x / ceiling + bias)

    Args:
      x: signal, (..., n_samples).
      gain_db: decibels: a number or a curve.
      ceiling: level that is never passed; None for an amplifier without limits.
      bias: moves the working point of a limited one: even harmonics, as a tube's.

    Returns:
      Signal, (..., n_samples).

    >>> amplify(np.array([0.1, -0.2]), 20.0).round(6).tolist()
    [1.0, -2.0]
    """
    x, gain_db, bias = as_curves(x, gain_db=gain_db, bias=bias)
    gain = db_to_amplitude(gain_db)
    if ceiling is None:
        return gain * x
    x, gain, ceiling = as_curves(x, gain_db=gain, ceiling=ceiling)
    return ceiling * waveshape(x, "tanh", drive=gain / ceiling, bias=bias)


def ring_modulate(x, y, *, oversampling=2):
    """Multiply two sounds: bells and robots. Neither's pitch is left.

        sin a sin b = (cos(a - b) - cos(a + b)) / 2

    Every pair of partials becomes its difference and its sum; doubling the sampling
    rate meanwhile leaves room for all of them, so that no sum comes back as an alias.

    Args:
      x: signal, (..., n_samples).
      y: the other one, of that shape or one that broadcasts to it.
      oversampling: 1 or 2 (more would not change anything).

    Returns:
      Signal, (..., n_samples).

    >>> x = np.sin(2 * np.pi * 0.1 * np.arange(1000))
    >>> spectrum = abs(np.fft.rfft(ring_modulate(x, x)))
    >>> np.flatnonzero(spectrum > 100).tolist()  # 0.1 - 0.1 and 0.1 + 0.1 of 1000
    [0, 200]
    """
    x, y = as_curves(x, y=y)
    y = as_signal(array_namespace(x).broadcast_to(y, x.shape), name="y")
    product = upsample(x, oversampling) * upsample(y, oversampling)
    return downsample(product, oversampling)


def amplitude_modulate(x, y, *, depth=1.0, oversampling=2):
    """Let one sound move the loudness of another: tremolo; at audio rates, sidebands.

        z = x (1 + depth y) / (1 + depth)

    Args:
      x: the carrier, (..., n_samples): its own partials stay, unlike those of
        `ring_modulate`.
      y: the modulator, that broadcasts to x.
      depth: 0 for none, 1 for all: a number or a curve.
      oversampling: as in `ring_modulate`.

    Returns:
      Signal, (..., n_samples), no louder than x if y stays within -1 and 1.

    >>> y = np.array([1.0, 0.0, -1.0])
    >>> amplitude_modulate(np.ones(3), y, oversampling=1).tolist()
    [1.0, 0.5, 0.0]
    """
    x, y, depth = as_curves(x, y=y, depth=depth)
    moved = ring_modulate(x, y, oversampling=oversampling)
    return (x + depth * moved) / (1.0 + depth)


def crossfade(x, y, position=0.5, *, law="power"):
    """Go over from one sound to another.

    Args:
      x: signal heard at position 0, (..., n_samples).
      y: signal heard at position 1; broadcasts to x.
      position: 0 to 1: a number or a curve.
      law: "power" (cos and sin: unrelated sounds keep their loudness) or "linear"
        (weights sum to one: for sounds that are alike).

    Returns:
      Signal, (..., n_samples).

    >>> crossfade(np.ones(2), np.zeros(2), 0.5).round(4).tolist()
    [0.7071, 0.7071]
    """
    one_of(law, LAWS, name="law")
    x, y, position = as_curves(x, y=y, position=position)
    xp = array_namespace(x)
    position = xp.clip(position, 0.0, 1.0)
    if law == "linear":
        return (1.0 - position) * x + position * y
    angle = 0.5 * np.pi * position
    return xp.cos(angle) * x + xp.sin(angle) * y


def combine(x, y, how="minimum"):
    """Take from two waves, sample by sample, the lower, higher, quieter or louder one.

    Where the waves cross, the result bends or jumps: harsh, and rich in sum and
    difference tones, like ring modulation with an edge.

    Args:
      x, y: signals, (..., n_samples); y broadcasts to x.
      how: "minimum", "maximum", or by absolute value "quieter", "louder" (which jump).

    Returns:
      Signal, (..., n_samples).

    >>> combine(np.array([0.5, -0.5]), np.array([0.1, 0.9]), "louder").tolist()
    [0.5, 0.9]
    """
    one_of(how, COMBINATIONS, name="how")
    x, y = as_curves(x, y=y)
    xp = array_namespace(x)
    if how in ("quieter", "louder"):
        takes_x = (xp.abs(x) < xp.abs(y)) == (how == "quieter")
        return xp.where(takes_x, x, y)
    return xp.minimum(x, y) if how == "minimum" else xp.maximum(x, y)
