"""Wavetables: drawn or recorded cycles, read at any pitch, one changing into another.

A table holds one cycle. Read faster, it plays higher, and its upper harmonics would
come back as wrong notes; so every cycle is kept in many versions, each with fewer
harmonics than the one before (a mip map), and every pitch reads the two that fit it.
"""

import functools

import numpy as np

from dsplab._arguments import as_curves, as_signal, integer, positive
from dsplab._array import array_namespace
from dsplab.sources.interpolation import lagrange, read_in_blocks, tap_weights
from dsplab.sources.phasor import phase, phase_step

LENGTH = 2048  # points of a table
PER_OCTAVE = 3  # versions, each with 2^(-1/3) times the harmonics of the one above
TOP = 0.636  # of the sample rate, the highest harmonic: it comes back above 16 kHz
ORDER = 3  # of the polynomial between points


def make_tables(cycles, *, length=LENGTH):
    """Prepare cycles for `wavetable_oscillator`: the same cycle, ever duller.

    Version l holds the harmonics 1 to 2^(l / 3); the mean is left out.

    Args:
      cycles: one cycle, (n,), or frames to morph between, (n_frames, n). Any n from 3
        on. Neighbours morph best if their harmonics are in phase.
      length: points of each table, 64 at least. A quarter of it is the most
        harmonics: 512 of the usual 2048 reach 20 kHz down to 39 Hz.

    Returns:
      Tables, (n_versions, n_frames, length + 3): each goes on for 3 points after its
      cycle.

    >>> make_tables(np.sin(2 * np.pi * np.arange(100) / 100)).shape
    (28, 1, 2051)
    """
    cycles = as_signal(cycles, name="cycles", ndim=(1, 2), min_length=3)
    integer(length, name="length", least=64)
    xp = array_namespace(cycles)
    X = xp.fft.rfft(cycles.reshape(-1, cycles.shape[-1]), axis=-1)
    n_harmonics = min((cycles.shape[-1] - 1) // 2, length // 4)
    k = np.arange(X.shape[-1])
    counts = np.floor(2.0 ** (np.arange(_n_versions(length)) / PER_OCTAVE) + 1e-9)
    kept = (k > 0) & (k <= counts[:, None, None])  # (n_versions, 1, n_bins)
    X = xp.where(kept, X, xp.zeros_like(X))[..., : n_harmonics + 1]
    X = xp.pad(X, [(0, 0), (0, 0), (0, length // 2 - n_harmonics)])
    y = xp.fft.irfft(X, length, axis=-1) * (length / cycles.shape[-1])
    y = y.astype(cycles.dtype)
    return xp.concatenate([y[..., -1:], y, y[..., :2]], axis=-1)


def _n_versions(length):
    return int(np.floor(PER_OCTAVE * np.log2(length // 4) + 1e-9)) + 1


def wavetable_oscillator(frequency, tables, sample_rate, *, position=0.0, start=0.0):
    """Play tables along a frequency curve, morphing from frame to frame, cleanly.

    Between two points of a table runs a cubic; between two frames and between two
    versions one fades into the other, so that neither a sweep of the pitch nor one of
    the timbre makes steps.

    Args:
      frequency: Hz at every sample, (..., n_samples).
      tables: from `make_tables`, (n_versions, n_frames, length + 3).
      sample_rate: Hz.
      position: which frame, 0 (first) to 1 (last), fractions mix two; a number or a
        curve that broadcasts to the frequency.
      start: phase of the first sample, in cycles.

    Returns:
      Signal, (..., n_samples); silent where the frequency is half the sample rate or
      more.

    Raises:
      ValueError: if the tables are not of `make_tables`.

    >>> tables = make_tables(np.sin(2 * np.pi * np.arange(64) / 64))
    >>> y = wavetable_oscillator(np.full(4, 2.0), tables, 8.0, start=0.25)
    >>> (y > 0.5).tolist(), (y < -0.5).tolist()
    ([True, False, False, False], [False, False, True, False])
    """
    frequency, position = as_curves(frequency, called="frequency", position=position)
    tables = as_signal(tables, name="tables", ndim=3, min_length=67)
    positive(sample_rate, name="sample_rate")
    if tables.shape[0] != _n_versions(tables.shape[-1] - 3):
        raise ValueError(
            f"tables must be the result of make_tables, got shape {tables.shape}"
        )
    p = phase(frequency, sample_rate, start=start)
    step = phase_step(frequency, sample_rate)
    return read_tables(p, step, tables, position)


def read_tables(p, step, tables, position):
    """Read tables at a phase (..., n) that moves by step cycles a sample."""
    xp = array_namespace(p, tables, position)
    n_versions, n_frames, length = tables.shape
    tables = xp.asarray(tables, dtype=p.dtype).reshape(-1)
    pace = xp.clip(xp.abs(step), TOP / 4.0 / length, TOP)
    version = xp.clip(PER_OCTAVE * xp.log2(TOP / pace) - 1.0, 0, n_versions - 1)
    frame = xp.clip(xp.asarray(position, dtype=p.dtype), 0.0, 1.0) * (n_frames - 1)

    def read(p, version, frame):
        place = p * (length - 3)
        point = xp.floor(place)
        weights, y = tap_weights(place - point, lagrange(ORDER)), 0.0
        for row, row_weight in _two_nearest(version, n_versions):
            for column, weight in _two_nearest(frame, n_frames):
                first = (row * n_frames + column) * length + point.astype("int32")
                taps = (w * tables[first + j] for j, w in enumerate(weights))
                y = y + row_weight * weight * sum(taps)
        return (y,)

    y = read_in_blocks(read, p, version, frame)
    return xp.where(xp.abs(step) < 0.5, y, xp.zeros_like(y))


def _two_nearest(place, n):
    """The integers below and above a place in [0, n - 1], and their weights."""
    if n == 1:
        return [(0, 1.0)]
    xp = array_namespace(place)
    below = xp.clip(xp.floor(place), 0, n - 2)
    share = place - below
    below = below.astype("int32")
    return [(below, 1.0 - share), (below + 1, share)]


@functools.cache
def classic_table(shape):
    """Tables of the band-limited "saw" (rising) or "triangle", in NumPy."""
    k = np.arange(1, LENGTH // 4 + 1)
    if shape == "saw":
        sines, cosines = -2.0 / (np.pi * k), 0.0 * k
    else:
        odd = k % 2 * 8.0 / (np.pi * k) ** 2
        sines, cosines = odd * np.sin(np.pi * k / 2), 0.0 * k
    spectrum = np.zeros(LENGTH // 2 + 1, dtype=complex)
    spectrum[1 : len(k) + 1] = (cosines - 1j * sines) * LENGTH / 2
    return make_tables(np.fft.irfft(spectrum))
