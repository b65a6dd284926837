"""Oscillators: periodic waves at a frequency that may change at every sample."""

import numpy as np

from dsplab._arguments import as_curves, as_signal, as_values, integer, one_of
from dsplab._array import array_namespace
from dsplab.sources import _antiderivative, _blep, _blit
from dsplab.sources._additive import summed_harmonics
from dsplab.sources.phasor import fractional_part, phase_step, wraps
from dsplab.sources.phasor import phase as phase
from dsplab.sources.wavetable import classic_table, read_tables

SHAPES = ("sine", "saw", "square", "pulse", "triangle")
ANTIALIASING = (
    "none", "polyblep", "blep", "minblep", "blit", "dpw", "additive", "wavetable",
)  # fmt: skip

# where in its cycle a wave breaks: phase, order (0 a jump, 1 a corner), and by how much
# it jumps, or how its slope changes for each cycle per sample of pace
BREAKS = {
    "saw": ((0.0, 0, -2.0),),
    "square": ((0.0, 0, 2.0), (0.5, 0, -2.0)),
    "triangle": ((0.25, 1, -8.0), (0.75, 1, 8.0)),
}


def oscillator(
    frequency,
    sample_rate,
    *,
    shape="sine",
    antialiasing="blep",
    width=0.5,
    start=0.0,
):
    """Play a classic wave along a frequency curve, without wrong notes.

    Drawn by its formula, a wave that jumps has partials above half the sample rate,
    which come back as wrong notes (they alias). Eight ways to treat that, for a saw of
    1245 and of 4186 Hz at 44.1 kHz, all wrong notes below 16 kHz taken together
    (relative to the saw) and the loss of treble at 16 kHz:

        "none"       -16, -11 dB            the formula itself
        "dpw"        -30, -23 dB   1.7 dB   differences of the antiderivative
        "polyblep"   -39, -32 dB   3.4 dB   each jump a parabola, two samples wide
        "minblep"   -122, -117 dB    none   as blep, with nothing before the jump
        "blep"      -121, -119 dB    none   each jump as a low-pass filter leaves it
        "wavetable" -168, -200 dB    none   a cycle prepared for each third of an octave
        "additive"  -250, -250 dB    none   the harmonics one by one: slow
        "blit"      -250, -250 dB  1.7 dB+  running sum of an impulse train

    Args:
      frequency: Hz at every sample, shape (..., n_samples). For a steady note of n
        samples: np.full(n, 440.0). From half the sample rate on there is silence.
      sample_rate: Hz.
      shape: "sine", "saw" (rising), "square", "pulse" (1 for `width` of each period,
        then -1) or "triangle".
      antialiasing: one of the names above. "minblep" has no triangle. "additive" inside
        `jax.jit` counts on 20 Hz as the lowest frequency.
      width: of the pulse, 0 to 1: a number or a curve that broadcasts to frequency.
      start: phase of the first sample, in cycles.

    Returns:
      Signal of amplitude one, shape (..., n_samples).

    Raises:
      ValueError: if shape or antialiasing is none of those above.

    >>> y = oscillator(np.full(4, 2.0), 8.0, shape="square", antialiasing="none")
    >>> y.tolist()
    [1.0, 1.0, -1.0, -1.0]
    """
    one_of(shape, SHAPES, name="shape")
    one_of(antialiasing, ANTIALIASING, name="antialiasing")
    if shape == "triangle" and antialiasing == "minblep":
        raise ValueError("antialiasing must not be 'minblep' for a triangle")
    p = phase(frequency, sample_rate, start=start)
    if shape == "sine":
        return _sine(p)
    frequency, width = as_curves(frequency, called="frequency", width=width)
    step = phase_step(frequency, sample_rate)
    width = array_namespace(width).clip(width, 0.0, 1.0) if shape == "pulse" else 0.5
    if antialiasing == "none":
        return plain_wave(p, shape, width)
    if antialiasing in _blep.KERNELS:
        return _with_steps(p, step, shape, width, antialiasing)
    if antialiasing == "blit":
        return _blit.summed_impulses(p, step, shape, width)
    if antialiasing == "dpw":
        return _antiderivative.differentiated(p, step, shape, width)
    if antialiasing == "additive":
        return summed_harmonics(p, step, shape, width, sample_rate=sample_rate)
    return _from_tables(p, step, shape, width)


def _sine(p):
    xp = array_namespace(p)
    return xp.sin(2.0 * np.pi * p)


def plain_wave(p, shape, width=0.5):
    """The textbook's wave at phase p: what aliases."""
    xp = array_namespace(p)
    if shape == "saw":
        return 2.0 * p - 1.0
    if shape == "triangle":
        return 1.0 - 4.0 * xp.abs(fractional_part(p + 0.25) - 0.5)
    first_part = fractional_part(p - width) - p + width > 0.5  # p < width, as `wraps`
    return xp.where(first_part, xp.ones_like(p), -xp.ones_like(p))  # would see it


def _with_steps(p, step, shape, width, kernel):
    """The plain wave with its jumps and corners band-limited."""
    xp = array_namespace(p, step)
    n = _blep.reach(kernel)
    heard = xp.abs(step) < 0.5
    p, step = _blep.lengthened(p, step, n)
    if shape == "pulse" and width.ndim and width.shape[-1] > 1:
        width = xp.pad(width, [(0, 0)] * (width.ndim - 1) + [(n, n)], mode="edge")
    y = plain_wave(p, shape, width)
    y = _blep.add_jumps(y, jumps_of(p, step, shape, width), kernel, extra=n)
    return xp.where(heard, y, xp.zeros_like(y))


def jumps_of(p, step, shape, width=0.5):
    """Jumps and corners of a plain wave, as `_blep.add_jumps` wants them."""
    if shape != "pulse":
        jumps = []
        for place, order, change in BREAKS[shape]:
            passed, late = wraps(fractional_part(p - place), step)
            jumps.append((order, change * passed * step**order, late))
        return jumps
    xp = array_namespace(p, step)
    begins, late = wraps(p, step)
    turn = width + xp.zeros_like(p)
    moved = xp.concatenate([0.0 * turn[..., :1], turn[..., 1:] - turn[..., :-1]], -1)
    ends, late_end = wraps(fractional_part(p - turn), step - moved)
    return [(0, 2.0 * begins, late), (0, -2.0 * ends, late_end)]


def _from_tables(p, step, shape, width):
    if shape == "triangle":
        return read_tables(p, step, classic_table("triangle"), 0.0)
    saw = read_tables(p, step, classic_table("saw"), 0.0)
    if shape == "saw":
        return saw
    later = read_tables(fractional_part(p - width), step, classic_table("saw"), 0.0)
    return later - saw + (2.0 * width - 1.0)


def harmonic_oscillator(f0, amplitudes, sample_rate):
    """Sum sines at the multiples of a fundamental, without aliasing.

        y[n] = sum_k amplitudes[k] sin(2 pi k phase[n]),  k f0 < sample_rate / 2

    Args:
      f0: fundamental in Hz at every sample, shape (..., n_samples).
      amplitudes: one per harmonic, shape (n_harmonics,), or a curve for each, shape
        (..., n_harmonics, n_samples).
      sample_rate: Hz.

    Returns:
      Signal, shape (..., n_samples).

    >>> y = harmonic_oscillator(np.full(100, 441.0), [1.0, 0.5], 44100)
    >>> y.shape
    (100,)
    """
    f0 = as_signal(f0, name="f0")
    amplitudes = as_values(amplitudes, name="amplitudes")
    xp = array_namespace(f0, amplitudes)
    amplitudes = xp.asarray(amplitudes, dtype=f0.dtype)
    if amplitudes.ndim == 1:
        amplitudes = amplitudes[:, None]
    if amplitudes.ndim < 2 or amplitudes.shape[-1] not in (1, f0.shape[-1]):
        raise ValueError(
            "amplitudes must have shape (n_harmonics,) or (..., n_harmonics, "
            f"{f0.shape[-1]}), got {amplitudes.shape}"
        )
    p = phase(f0, sample_rate)
    y = xp.zeros_like(p)
    for k in range(1, integer(amplitudes.shape[-2], name="n_harmonics") + 1):
        audible = k * xp.abs(f0) < sample_rate / 2.0
        level = xp.where(audible, amplitudes[..., k - 1, :], xp.zeros_like(f0))
        y = y + level * xp.sin(2.0 * np.pi * fractional_part(k * p))
    return y
