"""Plucked strings: Karplus-Strong with the extensions of Jaffe and Smith."""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, positive, require
from dsplab._array import array_namespace, delay_loop, lfilter_rows, linear_recursion
from dsplab.sources.envelopes import ramp
from dsplab.sources.interpolation import fractional_delay
from dsplab.synths._round_trip import (
    LOWEST,
    ORDER,
    allpass_delay,
    allpasses_in_a_row,
    as_rows,
    average_delay,
    average_gain,
    delay_taps,
    numbers_like,
    playable,
    same_length,
    steady,
    stiff_part,
    tuning_allpass,
)
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

PEAK = 0.35  # of the pluck at velocity 127


def string(
    x,
    f0,
    sample_rate,
    *,
    t60=4.0,
    brightness=0.0,
    inharmonicity=0.0,
    n_allpasses=0,
    damper=1.0,
    blend=1.0,
    noise=None,
):
    """Let a string ring: whatever is sent into it comes back, duller each time.

    The string is a loop: a delay line, an average of two neighbours that takes treble
    away, an allpass that moves high partials apart, and one that completes the delay to
    exactly a period. What changes the pitch on the way (a bend, a glide, vibrato) moves
    the reading place of the line.

        y[n] = x[n] + rho A(z) ((1 - S) y[n - N] + S y[n - N - 1]),
        T60(f) = -60 / (20 log10(rho |1 - S + S exp(-2 pi i f / sample_rate)|) f0)

    Args:
      x: what drives the string: noise of one period is a pluck (see `pluck`); (...,
        n_samples). Several plucks may follow one another.
      f0: Hz at every sample, (..., n_samples), from 20 to sample_rate / 8.
      sample_rate: Hz.
      t60: seconds in which the fundamental falls by 60 dB.
      brightness: how much longer treble lives than in the plain algorithm: 0 for the
        plain average of two samples (S = 1/2), 1 for no loss of treble (S = 0). Where
        the average alone would take more than t60 allows, S is less (Jaffe and Smith's
        decay stretching).
      inharmonicity: B of partials k f0 sqrt((1 + B k^2) / (1 + B)): 1e-5 for nylon,
        1e-4 for wound steel; needs n_allpasses.
      n_allpasses: 0 for a perfectly flexible string; 4 do for a guitar, 8 for a piano.
      damper: what is left after a period under a palm or a finger, (..., n_samples) or
        a number; 1 without.
      blend: probability that a period comes back with its own sign: 1 is a string, 1/2
        a drum, 0 a string an octave lower of odd harmonics.
      noise: white noise in [-1, 1), (..., n_samples), that decides; only for blend < 1.

    Returns:
      Signal like x.

    Raises:
      ValueError: if f0 is too high for the sample rate, or blend needs noise.

    Reference: K. Karplus, A. Strong, "Digital Synthesis of Plucked-String and Drum
    Timbres", 1983; D. Jaffe, J. O. Smith, "Extensions of the Karplus-Strong Plucked-
    String Algorithm", 1983. The tuning allpass is exact at f0 instead of at 0 Hz.

    >>> x = np.zeros(50)
    >>> x[0] = 1.0
    >>> y = string(x, np.full(50, 800.0), 16000.0, t60=1e9)
    >>> np.flatnonzero(y > 0.9).tolist()
    [0, 20, 40]
    """
    x, f0 = as_signal(x), playable(f0, sample_rate, shortest=8)
    same_length(f0, x=x)
    if noise is None and isinstance(blend, float | int) and blend < 1:
        raise ValueError(f"blend below 1 needs noise, got blend={blend!r}")
    xp, n_samples = array_namespace(x, f0), x.shape[-1]
    f0 = steady(xp.asarray(f0, dtype=x.dtype))
    gain, stretch = loss(f0, t60, sample_rate, brightness=brightness)
    damper, inharmonicity, blend = numbers_like(
        x, damper=damper, inharmonicity=inharmonicity, blend=blend
    )
    gain = gain * damper
    if noise is not None:
        own = 0.5 + 0.5 * as_signal(noise, name="noise") < blend
        gain = xp.where(own, gain, -gain)
    line, allpasses = _round(f0, stretch, sample_rate, inharmonicity, n_allpasses)
    shape = np.broadcast_shapes(x.shape, f0.shape, gain.shape)
    rows = [xp.broadcast_to(a, shape).reshape(-1, n_samples) for a in (x, gain)]
    (b, a), order = allpasses_in_a_row(allpasses, shape[:-1], x.dtype), len(allpasses)

    def step(state, past, now):
        filtered, state = lfilter_rows(b, a, past[0], state)
        y = now[0] + now[1] * filtered
        return state, (y,), y

    return delay_loop(
        step,
        xp.zeros((order, rows[0].shape[0]), dtype=x.dtype),
        tuple(rows),
        [as_rows(line, shape)],
        longest=int(sample_rate / LOWEST) + ORDER + 3,
    ).reshape(shape)


def loss(f0, t60, sample_rate, *, brightness=0.0):
    """What a string loses in one period: (rho, S) of rho ((1 - S) x[n] + S x[n - 1]).

    S is 1/2 at brightness 0 and 0 at brightness 1; rho makes the fundamental fall by 60
    dB in t60. The average takes something away from the fundamental, too, the more the
    higher it is. Where that alone would be too much, rho is 1 and S is made smaller:

        rho |1 - S + S exp(-i omega)| = 10^(-3 / (f0 t60)) = g,
        S (1 - S) <= (1 - g^2) / (2 (1 - cos omega))

    Args:
      f0: Hz, any shape.
      t60: seconds, broadcasts to f0.
      sample_rate: Hz.
      brightness: 0 to 1.

    Returns:
      rho in (0, 1] and S in [0, 1/2], of the shape that f0 and t60 have together.

    >>> rho, s = loss(np.array([100.0, 5000.0]), 2.0, 44100)
    >>> rho.round(5).tolist(), s.round(5).tolist()
    ([0.96608, 1.0], [0.5, 0.00285])
    """
    f0 = as_values(f0, name="f0")
    t60, brightness = numbers_like(f0, t60=t60, brightness=brightness)
    require(f0 > 0.0, "f0 must be above 0 Hz")
    require(t60 > 0.0, "t60 must be above 0 s")
    xp = array_namespace(f0, t60)
    omega = 2.0 * np.pi * f0 / positive(sample_rate, name="sample_rate")
    g = xp.exp(-math.log(1000.0) / (f0 * t60))
    product = (1.0 - g * g) / (2.0 * (1.0 - xp.cos(omega)))
    wanted = 0.5 - 0.5 * brightness
    product = xp.minimum(product, wanted * (1.0 - wanted))
    stretch = 0.5 - xp.sqrt(xp.maximum(0.25 - product, 1e-30))
    return xp.minimum(g / average_gain(stretch, omega), 1.0), stretch


def _round(f0, stretch, sample_rate, inharmonicity, n_allpasses):
    """The delay line of a string, as `delay_loop` reads it, and its allpasses.

    The allpasses belong to the string and stay as they are: they fit the mean pitch,
    for which the rest of the delay is a whole number and the line loses nothing.
    """
    omega = 2.0 * np.pi * f0 / sample_rate
    middle = omega.mean(axis=-1, keepdims=True)
    chain, taken = stiff_part(omega, inharmonicity, n_allpasses)
    rest = 2.0 * np.pi / omega - average_delay(stretch, omega) - taken
    last = rest.mean(axis=-1, keepdims=True)
    tuning = tuning_allpass(last - array_namespace(last).floor(last - 0.5), middle)
    delay, weights = delay_taps(rest - allpass_delay(tuning, omega))
    room = "f0 is too high for so many allpasses: no delay is left"
    require(delay > 1, room)
    xp, ends = array_namespace(weights), [(0, 0)] * (weights.ndim - 1)
    first, second = (1.0 - stretch) * weights, stretch * weights  # the average
    weights = xp.pad(first, [(0, 1), *ends]) + xp.pad(second, [(1, 0), *ends])
    return (delay, weights), [*chain, tuning]


def pluck(
    noise, f0, sample_rate, *, position=0.2, cutoff=8000.0, stroke=0.0, rough=1.0
):
    """Make the pluck of a string: one period of noise, or of a clean release.

    The string is drawn out at a point: what goes to one side comes back from there
    upside down, and so every partial with a node at that point is missing. Noise gives
    every other partial a level of its own, each time another: Karplus and Strong's
    sound. The pulse has the partials of an ideal string let go by a finger, which fall
    as 1 / k. A soft pluck has less treble, and so has an upward stroke.

        rough:  noise[n] - noise[n - position period]            (n < period)
        clean:  1 - position before position period, -position after it
        x[n] = (1 - R) both[n] + R x[n - 1],   R = exp(-2 pi cutoff / sample_rate)

    Args:
      noise: white noise, (..., n_samples).
      f0: Hz, (..., n_samples); the first sample counts.
      sample_rate: Hz.
      position: where, as a part of the string: 1/2 its middle (hollow, odd harmonics),
        0.1 near the bridge (bright).
      cutoff: Hz: 1000 is a thumb, 10000 a plectrum.
      stroke: 0 downwards; up to 0.9 upwards, another low-pass with that pole.
      rough: 1 for noise, 0 for the pulse.

    Returns:
      Signal like noise, silent after the first few periods, of mean zero, at most 1.
    """
    noise, f0 = as_signal(noise, name="noise"), playable(f0, sample_rate, shortest=2)
    same_length(f0, noise=noise)
    xp, n_samples = array_namespace(noise, f0), noise.shape[-1]
    cutoff, stroke, rough, position = numbers_like(
        noise, cutoff=cutoff, stroke=stroke, rough=rough, position=position
    )
    period = sample_rate / f0[..., :1]
    head = min(n_samples, int(2.5 * sample_rate / LOWEST))
    n = xp.asarray(np.arange(head), dtype=noise.dtype)
    away = position * period
    burst = noise[..., :head] * xp.clip(period - n, 0.0, 1.0)
    burst = burst - fractional_delay(burst, away, method="lagrange")
    pulse = xp.clip(away - n, 0.0, 1.0) - away / period * xp.clip(period - n, 0.0, 1.0)
    x = rough * burst + (1.0 - rough) * pulse
    pole = xp.exp(-2.0 * np.pi * cutoff / sample_rate)
    for r in (pole, stroke):
        x = linear_recursion((-r,), (1.0 - r) * x)
    x = x / (xp.abs(x).max(axis=-1, keepdims=True) + 1e-9)
    still = [(0, 0)] * (x.ndim - 1)
    return xp.pad(x, [*still, (0, n_samples - head)])


class Patch(NamedTuple):
    """A plucked instrument: its string and how it is plucked."""

    t60: float = 4.0  # seconds at 220 Hz; an octave higher 0.7 of it
    brightness: float = 0.3  # 0 to 1, see `string`
    inharmonicity: float = 0.0
    n_allpasses: int = 0
    position: float = 0.2  # where it is plucked, part of the string
    cutoff: float = 6000.0  # Hz at velocity 127
    stroke: float = 0.0
    rough: float = 0.4  # 1: noise; 0: clean
    release: float = 0.15  # seconds to fall by 60 dB once it is damped
    blend: float = 1.0  # 1/2: a drum


PRESETS = {
    "nylon guitar": Patch(brightness=0.1, position=0.3, cutoff=1500.0, rough=0.25),
    "steel guitar": Patch(
        t60=6.0,
        brightness=0.55,
        inharmonicity=6e-5,
        n_allpasses=4,
        position=0.14,
        cutoff=6000.0,
    ),
    "muted guitar": Patch(t60=0.35, brightness=0.0, position=0.15, cutoff=2500.0),
    "bass": Patch(
        t60=5.0,
        brightness=0.2,
        inharmonicity=1.5e-4,
        n_allpasses=6,
        position=0.2,
        cutoff=700.0,
        rough=0.2,
        release=0.1,
    ),
    "harp": Patch(t60=5.0, brightness=0.25, position=0.42, cutoff=1500.0, release=3.0),
    "koto": Patch(
        brightness=0.65, position=0.08, cutoff=5000.0, stroke=0.3, release=1.5
    ),
    "drum": Patch(
        t60=0.5, brightness=0.0, cutoff=12000.0, rough=1.0, release=0.5, blend=0.5
    ),
}


def voice(f0, held, sample_rate, *, velocity=100.0, patch="nylon guitar", noise=None):
    """Pluck one note.

    Args:
      f0: Hz at every sample, (..., n_samples), release included: bends and vibrato are
        those of the string.
      held: seconds until it is damped, a number or (...,).
      sample_rate: Hz.
      velocity: 1 to 127: level, and with it treble.
      patch: name of a preset or a `Patch`.
      noise: white noise in [-1, 1) that becomes the pluck, (..., n_samples); None for
        the same pluck every time.

    Returns:
      Signal like f0.
    """
    f0, patch = playable(f0, sample_rate, shortest=8), find_patch(patch, PRESETS)
    xp = array_namespace(f0, held, velocity, *patch)
    n = np.arange(f0.shape[-1])
    if noise is None:
        noise = xp.asarray(np.random.default_rng(0).uniform(-1, 1, n.size))
    noise = xp.asarray(noise, dtype=f0.dtype)
    held, velocity = numbers_like(f0, held=held, velocity=velocity)
    strength = velocity[..., None] / 127.0
    x = pluck(
        noise,
        f0,
        sample_rate,
        position=patch.position,
        cutoff=patch.cutoff * (0.25 + 0.75 * strength),
        stroke=patch.stroke,
        rough=patch.rough,
    )
    t60 = patch.t60 * xp.sqrt(220.0 / steady(f0))
    since = xp.asarray(n, dtype=f0.dtype) / sample_rate - held[..., None]
    let_go = ramp(since, 0.02)
    faster = xp.maximum(1.0 / patch.release - 1.0 / t60, 0.0)
    y = string(
        x,
        f0,
        sample_rate,
        t60=t60,
        brightness=patch.brightness,
        inharmonicity=patch.inharmonicity,
        n_allpasses=patch.n_allpasses,
        damper=xp.exp(-math.log(1000.0) * let_go * faster / f0),
        blend=patch.blend,
        noise=None if patch.blend == 1.0 else noise,
    )
    return PEAK * velocity_gain(velocity)[..., None] * y


def tail(patch="nylon guitar"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release) + 0.02


def play(notes, sample_rate, *, patch="nylon guitar", rng=0, **options):
    """Play notes on a plucked instrument; see `dsplab.synths.notes.play_notes`.

    >>> y = play([(0.0, 0.5, 57)], 8000, patch="harp")
    >>> bool(0.05 < np.abs(y).max() < 0.5)
    True
    """
    patch = find_patch(patch, PRESETS)
    options = {"patch": patch, "tail": tail(patch), "rng": rng} | options
    return play_notes(voice, notes, sample_rate, **options)
