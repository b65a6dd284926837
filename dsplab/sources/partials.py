"""Partials: any number of sines, each as loud as its own curve says.

Sines at whole multiples of a fundamental make a wave that repeats. For each frame of
the curves one cycle of it is made by an inverse Fourier transform; reading the cycles
at the phase of the fundamental then costs as much for a hundred sines as for one.
Sines at any other ratios are added up, or, while the pitch stands still, come as the
product of two matrices.
"""

import math

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace, fft, frames_at, in_blocks, is_traced, scan
from dsplab.sources.interpolation import lagrange, read_in_blocks
from dsplab.sources.phasor import fractional_part, phase

POINTS = 16  # of a cycle, for each harmonic
ORDER = 5  # of the polynomial between them: -95 dB of the highest harmonic, and for
# one an octave below -131 dB


def sum_partials(
    f0, amplitudes, sample_rate, *, ratios=None, starts=None, hop_length=256
):
    """Add sines up, whose levels move from frame to frame: additive synthesis.

        y[n] = sum_k a_k[n] sin(2 pi (starts[k] + phase of ratios[k] f0[n]))

    Levels are straight lines between frames. A partial is silent in frames that touch a
    place where it would be at half the sample rate or above, so that none comes back
    as a wrong note.

    Args:
      f0: fundamental in Hz at every sample, (..., n_samples).
      amplitudes: of each partial in each frame, (..., n_partials, n_frames), where
        frame m is at sample m hop_length; after the last it stays. One frame is enough
        if nothing moves.
      sample_rate: Hz.
      ratios: of the partials to f0, (n_partials,); by default 1, 2, 3, ...
      starts: phases of the partials at the first sample, in cycles, (...,
        n_partials).
      hop_length: samples from frame to frame.

    Returns:
      Signal, (..., n_samples).

    Raises:
      ValueError: if the shapes do not belong together.

    >>> y = sum_partials(np.full(1000, 441.0), [[1.0], [0.5]], 44100)
    >>> y[[25, 75]].round(3).tolist()
    [1.0, -1.0]
    """
    f0 = as_signal(f0, name="f0")
    positive(sample_rate, name="sample_rate")
    hop_length = integer(hop_length, name="hop_length")
    amplitudes = as_values(amplitudes, name="amplitudes")
    xp = array_namespace(f0, amplitudes, ratios, starts)
    if amplitudes.ndim < 2:
        raise ValueError(
            "amplitudes must have shape (..., n_partials, n_frames), got "
            f"{amplitudes.shape}"
        )
    n = amplitudes.shape[-2]
    multiples = np.arange(1.0, n + 1.0)
    f0, levels = xp.asarray(f0), xp.asarray(amplitudes, dtype=f0.dtype)
    r = _one_each(multiples if ratios is None else ratios, "ratios", n, like=f0)
    starts = _one_each(np.zeros(n) if starts is None else starts, "starts", n, like=f0)
    if r.ndim != 1:
        raise ValueError(f"ratios must have shape ({n},), got {r.shape}")
    levels = _audible(f0, levels, r, sample_rate, hop_length)
    if ratios is None:
        cycles = _cycles(levels, starts)
        return _read_cycles(cycles, phase(f0, sample_rate), hop_length)
    stands_still = (f0 == f0[..., :1]).all()
    if not is_traced(stands_still) and stands_still:
        turn = r * f0[..., :1] / sample_rate
        return _product(levels, turn, starts, f0.shape[-1], hop_length)
    return _one_by_one(levels, f0, r, starts, sample_rate, hop_length)


def _one_each(values, name, n_partials, *, like):
    values = as_values(values, name=name)
    if values.shape[-1:] != (n_partials,):
        raise ValueError(
            f"{name} must have one for each of {n_partials} partials, got "
            f"shape {values.shape}"
        )
    return array_namespace(like, values).asarray(values, dtype=like.dtype)


def _audible(f0, levels, ratios, sample_rate, hop_length):
    """Levels for every frame, 0 where a partial would alias: (..., n, n_hops + 1)."""
    xp = array_namespace(f0, levels)
    n_hops = -(-f0.shape[-1] // hop_length)
    edge = [(0, 0)] * (f0.ndim - 1) + [(0, n_hops * hop_length - f0.shape[-1])]
    highest = xp.pad(xp.abs(f0), edge, mode="edge").reshape(*f0.shape[:-1], n_hops, -1)
    highest = highest.max(axis=-1)
    near = xp.maximum(
        xp.concatenate([highest[..., :1], highest], axis=-1),
        xp.concatenate([highest, highest[..., -1:]], axis=-1),
    )
    levels = levels[..., np.minimum(np.arange(n_hops + 1), levels.shape[-1] - 1)]
    heard = ratios[:, None] * near[..., None, :] < sample_rate / 2.0
    return xp.where(heard, levels, xp.zeros_like(levels))


def _cycles(levels, starts):
    """One cycle of the wave for each frame, going on for ORDER points at its ends."""
    xp = array_namespace(levels, starts)
    n = levels.shape[-2]
    points = 2 ** max(math.ceil(math.log2(POINTS * n)), 6)
    angle = 2.0 * np.pi * starts[..., None, :]
    sines = xp.swapaxes(levels, -1, -2) * (0.5 * points)  # (..., n_frames, n)
    X = sines * (xp.sin(angle) - 1j * xp.cos(angle)).astype(f"c{2 * sines.itemsize}")
    X = xp.pad(X, [(0, 0)] * (X.ndim - 1) + [(1, points // 2 - n)])
    y = fft(X).irfft(X, points, axis=-1)
    before, after = ORDER // 2, ORDER - ORDER // 2
    return xp.concatenate([y[..., -before:], y, y[..., :after]], axis=-1)


def _read_cycles(cycles, p, hop_length):
    """Cycles (..., n_frames, length) at a phase, each turning into the next."""
    xp = array_namespace(cycles, p)
    length = cycles.shape[-1]
    points = length - ORDER
    table = xp.asarray(lagrange(ORDER), dtype=p.dtype)
    first_of_voice = np.arange(math.prod(cycles.shape[:-2])) * cycles.shape[-2] * length
    x, n = cycles.reshape(-1), xp.arange(p.shape[-1], dtype=p.dtype)
    base = xp.asarray(first_of_voice.reshape(*cycles.shape[:-2], 1))

    def read(p, n):
        frame, place = xp.floor(n / hop_length), p * points
        point = xp.floor(place)
        first = base + (frame * length + point).astype("int32")
        now, later = (
            frames_at(x, first.reshape(-1) + k, ORDER + 1) for k in (0, length)
        )
        way = (n / hop_length - frame).reshape(-1, 1)
        u = (place - point).reshape(-1) - 0.5
        powers = [xp.ones_like(u), u]
        while len(powers) <= ORDER:
            powers.append(powers[-1] * u)
        y = xp.einsum(
            "nj,nj->n", now + (later - now) * way, xp.stack(powers, axis=-1) @ table
        )
        return (y.reshape(first.shape),)

    return read_in_blocks(read, p, xp.broadcast_to(n, p.shape))


def _product(levels, turn, starts, n_samples, hop_length):
    """Constant pitches: rows of frames times columns of samples within a frame.

    With l samples since frame m, sin(w (m hop + l) + s) is the imaginary part of
    exp(i (w m hop + s)) exp(i w l): a matrix product, once more for the slope.
    """
    xp = array_namespace(levels, turn)
    n_hops = levels.shape[-1] - 1
    sample = np.arange(hop_length)
    begin = turn[..., None] * (hop_length * np.arange(n_hops))  # (..., n, n_hops)
    begin = begin - xp.floor(begin) + starts[..., None]
    inside = turn[..., None] * sample  # (..., n, hop_length)
    rows, columns = (xp.exp(2j * np.pi * t) for t in (begin, inside))
    slope = xp.diff(levels, axis=-1) / hop_length
    rows = [xp.swapaxes(rows * a, -1, -2) for a in (levels[..., :-1], slope)]
    y = (rows[0] @ columns + (rows[1] @ (columns * sample))).imag
    return y.reshape(*y.shape[:-2], -1)[..., :n_samples].astype(levels.dtype)


def _one_by_one(levels, f0, ratios, starts, sample_rate, hop_length):
    """Any pitches: sine after sine, each hop from its own phase on.

    Within a hop the fundamental turns so little that even float32 multiplies it
    precisely; from hop to hop the phases (..., n, n_hops) are summed modulo 1.
    """
    xp, n_hops = array_namespace(levels, f0), levels.shape[-1] - 1
    edge = [(0, 0)] * (f0.ndim - 1) + [(0, n_hops * hop_length - f0.shape[-1])]
    turns = xp.pad(f0 / sample_rate, edge, mode="edge")
    turns = turns.reshape(*f0.shape[:-1], n_hops, hop_length)
    inside = xp.cumsum(turns, axis=-1) - turns  # (..., n_hops, hop_length)
    # at its begin a hop has turned whole * phase + rest * turns: both stay precise
    whole = xp.round(ratios)[:, None]
    rest = (ratios[:, None] - whole) * turns.sum(axis=-1)[..., None, :]
    begins = whole * phase(f0, sample_rate)[..., None, ::hop_length]
    begins = fractional_part(begins) + phase(rest, 1.0, start=starts[..., None])
    slopes = xp.diff(levels, axis=-1) / hop_length
    rows = [xp.swapaxes(a, -1, -2) for a in (begins, levels[..., :-1], slopes)]
    shape = np.broadcast_shapes(*(a.shape[:-1] for a in (*rows, inside)))
    rows = [xp.broadcast_to(a, (*shape, a.shape[-1])) for a in (inside, *rows)]
    sample = xp.arange(hop_length, dtype=f0.dtype)

    def some(rows):
        inside = rows[..., :hop_length]
        each = rows[..., hop_length:].reshape(*rows.shape[:-1], 3, -1)

        def add(y, partial):
            ratio, values = partial
            begin, level, slope = xp.moveaxis(values, -1, 0)[..., None]
            angle = 2.0 * np.pi * (begin + ratio * inside)
            return y + (level + slope * sample) * xp.sin(angle), ()

        each = xp.moveaxis(each, -1, 0)
        return (scan(add, xp.zeros_like(inside), (ratios, each), axis=0)[0],)

    (y,) = in_blocks(some, xp.concatenate(rows, axis=-1), size=16)
    return y.reshape(*shape[:-1], -1)[..., : f0.shape[-1]]
