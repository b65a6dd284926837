"""What a moving delay does to pitch: chorus, vibrato, tape.

A delay that grows lowers the pitch, as when a siren drives away, and one that shrinks
raises it. dry and wet are mixed linearly, (1 - mix) dry + mix wet; the length is kept.
"""

import numpy as np

from dsplab._arguments import as_curves, as_values, integer, positive, require
from dsplab._array import array_namespace
from dsplab.effects._settings import dry_wet
from dsplab.sources.interpolation import fractional_delay
from dsplab.sources.modulation import lfo

WOW, FLUTTER = (0.55, 0.87), (6.3, 9.7)  # Hz: a reel off centre, and what is smaller
PRESETS = {
    "ensemble": {"n_voices": 3, "frequency": 0.6, "depth": 0.0025, "mix": 0.5},
    "twelve strings": {"n_voices": 2, "frequency": 0.9, "depth": 0.0012, "mix": 0.45},
    "wide": {"n_voices": 4, "frequency": 0.3, "depth": 0.004, "delay": 0.025},
    "seasick": {"n_voices": 1, "frequency": 3.0, "depth": 0.003, "mix": 0.6},
}


def chorus(
    x,
    sample_rate,
    *,
    n_voices=3,
    frequency=0.8,
    depth=0.002,
    delay=0.015,
    spread=1.0,
    mix=0.5,
):
    """Make many of one: each voice a little late, a little out of tune, all moving.

        wet[n] = sum_v x(n - d_v[n]) / sqrt(n_voices),
        d_v = delay + depth sin(2 pi (frequency t + v / n_voices + c spread / 4))

    in channel c: a quarter of a cycle between left and right makes them wide.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      n_voices: besides the dry one.
      frequency: of the movement, in Hz, a number or a curve.
      depth: seconds by which the delay moves, below delay. How far that puts the
        voices out of tune: `detuning_cents`.
      delay: seconds around which it moves; above 0.03 it begins to be an echo.
      spread: how differently the channels move, 0 (alike) to 1.
      mix: share of the voices, 0 to 1; a number or a curve.

    Returns:
      Signal like x.

    Raises:
      ValueError: if depth is more than delay.

    >>> chorus(np.ones((2, 100)), 8000).shape
    (2, 100)
    """
    x, frequency, depth, delay, mix = as_curves(
        x, frequency=frequency, depth=depth, delay=delay, mix=mix
    )
    require(depth <= delay, "depth must be at most delay")
    wet, n_voices = 0.0, integer(n_voices, name="n_voices")
    xp, rate = array_namespace(x), positive(sample_rate, name="sample_rate")
    sine, cosine = (sweep(x, frequency, rate, start=s) for s in (0.0, 0.25))
    for voice in range(n_voices):
        begin = 2.0 * np.pi * (phases(x, spread / 4.0) + voice / n_voices)
        wave = xp.cos(begin) * sine + xp.sin(begin) * cosine
        seconds = delay + depth * wave
        wet = wet + fractional_delay(x, seconds * rate, method="lagrange")
    return dry_wet(x, wet / n_voices**0.5, mix)


def phases(x, apart):
    """Where the LFO of each channel begins, `apart` cycles after that of the last.

    (n_channels, 1), or one number where x is mono.
    """
    if x.ndim == 1:
        return array_namespace(x).zeros((), dtype=x.dtype)
    xp, n_channels = array_namespace(x), x.shape[-2]
    return xp.asarray(np.arange(n_channels)[:, None] * apart, dtype=x.dtype)


def sweep(x, frequency, sample_rate, *, start=0.0, shape="sine"):
    """An LFO as long as x, one for each start."""
    xp = array_namespace(x, frequency)
    rows = np.broadcast_shapes(frequency.shape, x.shape[-1:])
    frequency = xp.broadcast_to(frequency, (*rows[:-1], x.shape[-1]))
    return lfo(frequency, sample_rate, shape=shape, start=start)


def detuning_cents(depth, frequency):
    """How far a delay that moves as a sine puts a tone out of tune, in cents.

    The pitch is 1 - dd/dt times what it was, so 1200 log2(1 + 2 pi frequency depth) at
    most above it.

    >>> float(detuning_cents(0.002, 0.8).round(2))
    17.32
    """
    depth, frequency = as_values(depth, name="depth"), as_values(frequency)
    xp = array_namespace(depth, frequency)
    return 1200.0 * xp.log2(1.0 + 2.0 * np.pi * frequency * depth)


def vibrato(x, sample_rate, *, frequency=5.5, cents=30.0, spread=0.0):
    """Move the pitch up and down, as singers and violinists do.

    The delay moves by (2^(cents / 1200) - 1) / (2 pi frequency) seconds, so that the
    pitch goes `cents` up (and, to a hair, as far down).

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      frequency: of the movement, in Hz.
      cents: how far the pitch goes; numbers or curves that move slowly.
      spread: how differently the channels move, 0 (alike) to 1.

    Returns:
      Signal like x.

    >>> vibrato(np.ones(100), 8000).shape
    (100,)
    """
    x, frequency, cents = as_curves(x, frequency=frequency, cents=cents)
    require(frequency > 0.0, "frequency must be positive")
    depth = (2.0 ** (cents / 1200.0) - 1.0) / (2.0 * np.pi * frequency)
    starts = phases(x, spread / 4.0) + 0.75  # begins without delay
    seconds = depth * (1.0 + sweep(x, frequency, sample_rate, start=starts))
    return fractional_delay(x, seconds * positive(sample_rate, name="sample_rate"))


def tape(x, sample_rate, *, wow=0.002, flutter=0.0005):
    """Play a sound from a tape that does not run evenly.

    Wow is slow (a reel off centre), flutter is quick (a rough capstan). Each is two
    sines without a common beat. The channels share one tape and move together.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      wow, flutter: greatest deviation of the speed: 0.002 is 0.2 per cent, 3.5 cents.

    Returns:
      Signal like x.

    >>> tape(np.ones(100), 8000).shape
    (100,)
    """
    x, wow, flutter = as_curves(x, wow=wow, flutter=flutter)
    xp, seconds = array_namespace(x), 0.0
    for deviation, frequencies in ((wow, WOW), (flutter, FLUTTER)):
        for f in frequencies:
            wave = sweep(x, xp.asarray(f, dtype=x.dtype), sample_rate, start=0.75)
            depth = 0.5 * deviation / (2.0 * np.pi * f)
            seconds = seconds + depth * (1.0 + wave)
    return fractional_delay(x, seconds * positive(sample_rate, name="sample_rate"))
