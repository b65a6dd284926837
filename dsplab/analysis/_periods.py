"""How like itself a sound is some time later: likeness as a function of the lag.

Its maxima are the candidates for the period of a voice, read between the samples by
band-limited interpolation.
"""

import functools
import math

import numpy as np

from dsplab._array import (
    array_namespace,
    correlate_long,
    fft,
    frames_at,
    gathered,
    in_blocks,
    lag_products,
    moving_sum,
    rows_at_once,
    rows_times,
    times,
)
from dsplab.analysis._low_rate import reduce_rate
from dsplab.analysis._tracks import frame_starts
from dsplab.windows import hann

DEPTH = 18  # samples on either side that interpolate a likeness
STEPS = 8  # points per sample on which it is interpolated
CANDIDATES = 8  # dips kept for each frame
NO_DIP = 2.0  # more than a dip of YIN's d' has
AT_ONCE = 512  # frames of all channels together, where only lags are kept
FADE = 8  # samples in which the stretches that YIN compares come and go
FLAT_SPREAD = 0.2887  # standard deviation of a stretch, of its length


def autocorrelation(frames, n_lags):
    """Autocorrelation, divided by that of the window: (..., n_frames, n_lags)."""
    xp = array_namespace(frames)
    n_fft, window, gain = _window(frames.shape[-1], n_lags)
    spectrum = fft(frames).rfft(frames * xp.asarray(window, dtype=frames.dtype), n_fft)
    power = spectrum.real**2 + spectrum.imag**2
    r = fft(frames).irfft(power, n_fft)[..., :n_lags]
    r = r / xp.maximum(r[..., :1], 1e-30)
    return r * xp.asarray(gain, dtype=frames.dtype)


@functools.cache
def _window(length, n_lags):
    """Size of FFT, the window, and what its own autocorrelation takes away."""
    window = hann(length + 1)[1:]
    n_fft = fast_length(length + n_lags)
    return n_fft, window, fading(window, n_lags, n_fft)


def fading(window, n_lags, n_fft):
    """What divides an autocorrelation takes from each lag, to be multiplied back."""
    r = np.fft.irfft(np.abs(np.fft.rfft(window, n_fft)) ** 2, n_fft)[:n_lags]
    return r[0] / r


def difference(frames, energy, length):
    """What a frame differs from itself a lag later: d, its mean, e, (..., n_lags).

    d is YIN's difference of stretches of `length`; its mean that over the lags up to
    each; e the energy of the two stretches that are compared, so that 1 - d / e
    correlates them. `energy` is what `stretch_energy` says of those that begin at each
    lag. The FFT is as long as the frames, which reach over the last of them at least.
    """
    xp = array_namespace(frames)
    n_lags, n_fft = energy.shape[-1], frames.shape[-1]
    twice, per_lag = _weights(length, n_lags, n_fft, frames.dtype)
    product = lag_products(frames, twice, n_lags)
    total = energy[..., :1] + energy
    d = xp.maximum(total - product, 0.0)
    floor = 0.5e-12 * total[..., :1] + 1e-30
    mean = times(xp.cumsum(d, axis=-1) + floor, xp.asarray(per_lag))
    return d, mean, total


@functools.cache
def _weights(length, n_lags, n_fft, dtype):
    """Twice the weights of a stretch, with zeros to n_fft, and 1 / lag."""
    twice = np.zeros(n_fft, dtype)
    # the square of a sound has frequencies twice as high, more than its samples can
    # tell, and where the edge of a stretch is sharp they all come in
    twice[:length] = 2.0 * np.convolve(np.ones(length - FADE + 1), _fade())
    return twice, (1.0 / np.maximum(np.arange(n_lags), 1)).astype(dtype)


def stretch_energy(x, length):
    """Energy of the stretch of x that begins at each sample: (..., n - length + 1).

    Frames overlap, and share these sums; no large one is taken from another, so that
    those of a quiet tone after a loud one are as exact.
    """
    return correlate_long(moving_sum(x**2, length - FADE + 1), _fade())


def _fade():
    return hann(FADE + 1)[1:] * (2.0 / (FADE + 1))


def dips_of(x, sample_rate, hop_length, f_min, f_max):
    """Where a sound differs least from itself: the candidates of `yin` and its kin.

    Returns f0, YIN's difference d' there (NO_DIP without one) and how alike the
    two stretches are, each (..., n_frames, CANDIDATES); a function from f0 to how many
    hops before its frame's time it was measured; and the `spread` of `sharpened`.
    """
    low, factor = reduce_rate(x, sample_rate, f_max)
    rate = sample_rate / factor
    n_lags = math.ceil(rate / f_min) + DEPTH + 2
    length = math.ceil(2.0 * rate / f_min) + FADE - 1
    frame_length = length + n_lags
    place = x.shape[-1], hop_length, factor, frame_length
    low, starts, late = frame_starts(low, *place)
    energy = stretch_energy(low, length)
    n_fft = fast_length(frame_length)
    xp = array_namespace(x)
    low = xp.pad(low, [(0, 0)] * (low.ndim - 1) + [(0, n_fft - frame_length)])
    limits = rate / f_max, rate / f_min

    def dips(starts):
        frames = frames_at(low, starts[:, 0], n_fft)
        stretches = frames_at(energy, starts[:, 0], n_lags)
        return _dips(difference(frames, stretches, length), limits)

    n_rows = rows_at_once(low, max(64, AT_ONCE // (low.size // low.shape[-1])), 128)
    starts = xp.asarray(starts)[:, None]
    lags, depth, likeness = in_blocks(dips, starts, size=n_rows)

    def early(f0):
        return late + (0.5 / hop_length) * (n_lags * factor - sample_rate / f0)

    spread = FLAT_SPREAD * (length - FADE + 1) * factor / hop_length
    return rate / lags, depth, likeness, early, spread


def _dips(differences, limits):
    d, mean, energy = differences
    xp = array_namespace(d)
    silent = energy[..., :1] < 2e-20  # repeats itself, but is no tone
    places, found = best_maxima(xp.where(silent, 0.0, 1.0 - d / mean), *limits, 0.03)
    # the plain d is read between the samples: it is smooth, also around lag 0
    lags, height = interpolated_maximum(-d, places)
    lags, found = within(lags, found, *limits)
    least = xp.maximum(-height, 0.0)
    mean, energy = (xp.take_along_axis(a, places, axis=-1) for a in (mean, energy))
    depth = xp.where(found, least / mean, NO_DIP)
    likeness = 1.0 - least / xp.maximum(energy, 1e-30)
    return lags, depth, xp.where(found, likeness, 0.0)


def fast_length(n):
    """The next size whose FFT is quick."""
    import scipy.fft

    return scipy.fft.next_fast_len(n, real=True)


def best_maxima(r, shortest, longest, octave_cost, count=CANDIDATES):
    """The best maxima of r between two lags: whole lags and whether there is one,
    (..., count). Of two as high, the shorter lag is better.
    """
    xp = array_namespace(r)
    lag = np.arange(1, r.shape[-1] - DEPTH - 1)
    left, middle, right = (r[..., k : k + len(lag)] for k in range(3))
    inside = (lag >= math.floor(shortest)) & (lag <= math.ceil(longest))
    top = (middle >= left) & (middle > right) & (middle > 0.0) & xp.asarray(inside)
    cost = xp.asarray(octave_cost * np.log2(lag), dtype=r.dtype)
    count = min(count, len(lag))
    tops = gathered(top, xp.asarray(lag), cost, left, middle, right, least=count)
    top, lag, cost, left, middle, right = tops
    # by parabolas for the choice: between samples a short period loses most
    bend = xp.maximum(2.0 * middle - left - right, 1e-9)
    height = middle + xp.minimum((right - left) ** 2 / (8.0 * bend), 1.0)
    score = xp.where(top, height - cost, -9.0)
    chosen = xp.argpartition(-score, count - 1, axis=-1)[..., :count]
    lag = xp.broadcast_to(xp.maximum(lag, 1), score.shape)
    found = xp.take_along_axis(score, chosen, axis=-1) > -9.0
    return xp.take_along_axis(lag, chosen, axis=-1), found


def within(lags, found, shortest, longest):
    """The lags that lie between two, the longest for the others; which they are."""
    xp = array_namespace(lags)
    found = found & (lags >= shortest * 0.999) & (lags <= longest * 1.001)
    return xp.where(found, lags, longest), found


@functools.cache
def _interpolation():
    """Points between samples, and the band-limited interpolation at each of them."""
    grid = np.arange(-STEPS - 1, STEPS + 2) / STEPS
    offset = grid[:, None] - np.arange(-DEPTH, DEPTH + 1)
    taper = np.sqrt(np.maximum(1.0 - (offset / DEPTH) ** 2, 0.0))
    kernel = np.sinc(offset) * np.i0(10.0 * taper) * (taper > 0.0)  # Kaiser's window
    return grid, kernel / kernel.sum(axis=1, keepdims=True)


def interpolated_maximum(r, lags):
    """The maximum of r near each integer lag, band-limited: its lag and height."""
    xp = array_namespace(r)
    # left of lag 0, r goes on as its mirror image
    mirrored, last = r[..., DEPTH:0:-1], xp.repeat(r[..., -1:], DEPTH, axis=-1)
    rows = xp.concatenate([mirrored, r, last], axis=-1)
    row = np.arange(rows.size // rows.shape[-1]).reshape(*rows.shape[:-1], 1)
    starts = (lags + row * rows.shape[-1]).reshape(-1)
    patch = frames_at(rows.reshape(-1), starts, 2 * DEPTH + 1)
    grid, kernel = _interpolation()
    fine = rows_times(patch, kernel.T)
    fine = fine.reshape(*lags.shape, len(grid))  # (..., n_candidates, n_grid)
    top = xp.argmax(fine[..., 1:-1], axis=-1)[..., None]
    around = xp.take_along_axis(fine, top + np.arange(3), axis=-1)
    a, b, c = (around[..., k] for k in range(3))
    bend = a - 2.0 * b + c
    shift = xp.clip(0.5 * (a - c) / xp.where(bend < 0.0, bend, -1e30), -1.0, 1.0)
    position = xp.asarray(grid[1:-1], dtype=r.dtype)[top[..., 0]]
    return lags.astype(r.dtype) + position + shift / STEPS, b - 0.25 * (a - c) * shift


def likeness_at(r, lags):
    """How alike a sound is to itself about each of lags (..., n): r's maximum there."""
    xp = array_namespace(r)
    whole = xp.clip(xp.round(lags).astype(int), 1, r.shape[-1] - 1)
    return no_more_than_one(interpolated_maximum(r, whole)[1])


def no_more_than_one(heights):
    """Heights above 1, an overshoot or a growing sound: as far below 1 as above."""
    xp = array_namespace(heights)
    return xp.where(heights > 1.0, 1.0 / xp.maximum(heights, 1.0), heights)
