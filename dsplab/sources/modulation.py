"""Modulation: slow waves, and the matrix that says what moves what."""

import numpy as np

from dsplab._arguments import as_signal, as_values, one_of, positive, require
from dsplab._array import array_namespace
from dsplab.sources.envelopes import ramp
from dsplab.sources.oscillators import plain_wave
from dsplab.sources.phasor import fractional_part, phase, phase_step, wraps

WAVES = ("sine", "triangle", "saw_up", "saw_down", "square")
RANDOM = ("sample_and_hold", "smooth_random")


def lfo(
    frequency,
    sample_rate,
    *,
    shape="sine",
    start=0.0,
    delay=0.0,
    fade=0.0,
    retrigger=None,
    noise=None,
):
    """Play a low-frequency oscillator: vibrato, tremolo, a filter that opens and shuts.

    Args:
      frequency: Hz at every sample, shape (..., n_samples): np.full(n, 5.0), or
        np.full(n, note_hz("1/8T", tempo)) in time with the music.
      sample_rate: Hz.
      shape: "sine", "triangle", "saw_up", "saw_down", "square"; "sample_and_hold", a
        new random value each cycle; "smooth_random", which glides between them.
      start: phase of the first sample, in cycles (0.25 begins at the top of a sine).
      delay: seconds of silence first.
      fade: seconds in which it then grows to its full size.
      retrigger: times in seconds, shape (n_triggers,), in order, where it begins anew
        (delay and fade too), as when keys are struck. Without, it runs freely.
      noise: the random values to go through, one a cycle and a trigger, in [-1, 1],
        shape (..., n_values): rng.uniform(-1, 1, 64). After the last comes the first.

    Returns:
      Signal in [-1, 1], shape (..., n_samples), of the library and dtype of frequency.

    Raises:
      ValueError: if a random shape has no noise, or a time is negative.

    >>> lfo(np.full(4, 2.0), 8.0, shape="triangle").tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    one_of(shape, WAVES + RANDOM, name="shape")
    frequency = as_signal(frequency, name="frequency")
    xp, rate = array_namespace(frequency), positive(sample_rate, name="sample_rate")
    p = phase(frequency, rate, start=start)
    since, count = _triggers(retrigger, p, rate)
    if retrigger is not None:
        begun = xp.take(p, xp.arange(p.shape[-1]) - since, axis=-1)
        p = fractional_part(p - begun + start)
    if shape in RANDOM:
        y = _random(p, phase_step(frequency, rate), count, shape, noise)
    else:
        y = _wave(p, shape)
    if isinstance(delay, float) and isinstance(fade, float) and not delay + fade:
        return y
    since = since.astype(y.dtype)
    return y * _fade_in(since, rate, delay=delay, fade=fade)


def _triggers(retrigger, p, sample_rate):
    """Samples since the last trigger, (n_samples,), and how many there were."""
    xp = array_namespace(p)
    n = xp.arange(p.shape[-1])
    if retrigger is None:
        return n, xp.zeros_like(n)
    times = as_signal(retrigger, name="retrigger", ndim=1)
    begins = xp.round(xp.clip(xp.asarray(times) * sample_rate, 0, len(n)))
    begins = begins.astype(n.dtype)
    count = xp.searchsorted(begins, n, side="right")
    last = xp.concatenate([xp.zeros_like(begins[:1]), begins])[count]
    return n - last, count


def _fade_in(since, sample_rate, *, delay, fade):
    columns = []
    for name, value in (("delay", delay), ("fade", fade)):
        value = as_values(value, name=name)
        require(value >= 0.0, f"{name} must be at least 0")
        value = array_namespace(since, value).asarray(value, dtype=since.dtype)
        columns.append(value[..., None] * sample_rate)
    delay, fade = columns
    return ramp(since - delay, fade)


def _wave(p, shape):
    if shape == "sine":
        return array_namespace(p).sin(2.0 * np.pi * p)
    if shape.startswith("saw"):
        return plain_wave(p, "saw") * (1.0 if shape == "saw_up" else -1.0)
    return plain_wave(p, shape)


def _random(p, step, count, shape, noise):
    """The values of noise in turn: the next one when the phase wraps around."""
    if noise is None:
        raise ValueError(f"noise must be given for {shape!r}: rng.uniform(-1, 1, 64)")
    xp = array_namespace(p)
    noise = xp.asarray(as_signal(noise, name="noise"), dtype=p.dtype)
    struck = xp.diff(count, prepend=count[:1]) > 0
    turns = xp.where(struck, 1, wraps(p, step)[0].astype(int))
    k = xp.cumsum(turns, axis=-1)
    n_values = noise.shape[-1]
    noise = xp.broadcast_to(noise, (*p.shape[:-1], n_values))
    value = xp.take_along_axis(noise, k % n_values, axis=-1)
    if shape == "sample_and_hold":
        return value
    following = xp.take_along_axis(noise, (k + 1) % n_values, axis=-1)
    return value + (following - value) * p * p * (3.0 - 2.0 * p)


def modulation_matrix(sources, depths, *, base=None):
    """Let every source move every destination: the patch bay of a synthesizer.

        destination[d, n] = base[d] + sum_s depths[d, s] sources[s, n]

    One row of depths for each destination, in its own unit (semitones, octaves of
    cutoff, gain): what an LFO, an envelope, the velocity or a wheel does to it.

    Args:
      sources: curves, shape (..., n_sources, n_samples), or a list of n_sources curves
        and numbers (a velocity, a key).
      depths: shape (..., n_destinations, n_sources).
      base: what each destination is without modulation, shape (..., n_destinations).

    Returns:
      Curves, shape (..., n_destinations, n_samples): unpack them by name.

    Raises:
      ValueError: if the number of sources differs from the columns of depths.

    >>> vibrato, velocity = np.array([0.0, 1.0, 0.0]), 0.8
    >>> pitch, cutoff = modulation_matrix(
    ...     [vibrato, velocity], [[0.5, 0.0], [0.0, 1000.0]], base=[60.0, 200.0])
    >>> pitch.tolist(), cutoff.tolist()
    ([60.0, 60.5, 60.0], [1000.0, 1000.0, 1000.0])
    """
    sources = _stacked(sources)
    xp = array_namespace(sources, depths, base)
    sources = xp.asarray(sources)
    depths = xp.asarray(as_values(depths, name="depths"), dtype=sources.dtype)
    if depths.ndim < 2 or depths.shape[-1] != sources.shape[-2]:
        raise ValueError(
            f"depths must have shape (..., n_destinations, {sources.shape[-2]}), one "
            f"column for each of the sources, got {depths.shape}"
        )
    y = depths @ sources
    if base is None:
        return y
    base = xp.asarray(as_values(base, name="base"), dtype=sources.dtype)
    if base.shape[-1:] != depths.shape[-2:-1]:
        raise ValueError(
            f"base must have shape (..., {depths.shape[-2]}), got {base.shape}"
        )
    return y + base[..., None]


def _stacked(sources):
    """Sources as one array (..., n_sources, n_samples)."""
    if isinstance(sources, list | tuple):
        rows = [as_values(s, name=f"sources[{k}]") for k, s in enumerate(sources)]
        xp = array_namespace(*rows)
        dtype = next((r.dtype for r in rows if r.ndim), rows[0].dtype)
        rows = [xp.asarray(row, dtype=dtype) for row in rows]
        if len({row.shape[-1] for row in rows if row.ndim}) > 1:
            shapes = ", ".join(str(row.shape) for row in rows)
            raise ValueError(f"sources must be equally long, got shapes {shapes}")
        shape = xp.broadcast_shapes(*(row.shape for row in rows), (1,))
        sources = xp.stack([xp.broadcast_to(row, shape) for row in rows], axis=-2)
    sources = as_signal(sources, name="sources")
    if sources.ndim < 2:
        raise ValueError(
            f"sources must have shape (..., n_sources, n_samples), got {sources.shape}"
        )
    return sources
