"""Waveform-similarity overlap-add: stretching voices and music in the time domain."""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import (
    array_namespace,
    correlate,
    either,
    moving_sum,
    scan,
    slice_at,
    stop_gradient,
    sums_reader,
)
from dsplab.stretch._splicing import FOLLOW, FREE, plan, splice
from dsplab.stretch.time_map import check_rate, output_length

HOP_LENGTH = 0.0174  # s; frames twice as long hold two periods of a low voice
TOLERANCE = 0.0116  # s; half a period of 43 Hz
COARSE_RATE = 5500.0  # Hz; about the sample rate at which a place is first looked for
RELUCTANCE = 0.4  # similarity that is given up rather than go as far as the tolerance
FORBIDDEN = 8.0  # a similarity that no place can make good


class _Sizes(NamedTuple):
    hop_length: int
    n_compared: int  # samples of the overlap, where frames should be alike
    tolerance: int
    coarse: int  # samples averaged for the coarse search


def wsola(x, rate, *, sample_rate, frame_length=None, hop_length=None, tolerance=None):
    """Change the duration of a voice or of music, not its pitch.

    Frames are read `rate` times as fast as they are written. Each is moved to where the
    sound best continues the frame before it, so that the periods meet:

        start[m] = argmax_s  2 <x_s, c> / (|x_s|^2 + |c|^2) - 0.8 (d / tolerance)^2,
        d = s - (where the time map puts it),  |d| <= tolerance,

    where x_s and c = x[start[m-1] + hop_length :] are as long as two frames overlap.
    The first term is 1 for equal sounds and never prefers loud places; the second keeps
    the frame near its moment, so that glides and vibrato stay in time. The place is
    found on a coarse copy of x, then to a fraction of a sample, and is the same for all
    channels. Where the speed is 1 nothing is searched and nothing changes. An attack
    (`ola` says how) is crossed at speed 1, once: it is neither repeated nor skipped.

    Args:
      x: signal, shape (n_samples,) or (n_channels, n_samples).
      rate: speed, 2.0 is twice as fast; or a time map (`dsplab.stretch.time_map`).
      sample_rate: Hz.
      frame_length: samples; by default 35 ms. Longer suits chords, shorter fast speech.
      hop_length: samples between output frames, up to frame_length; by default half.
      tolerance: how far a frame may move, in samples; by default 12 ms, so that a wave
        of 43 Hz still finds its next period. 0 gives `ola`.

    Returns:
      Signal, shape (..., n_samples / rate rounded, or the last anchor), of the library
      and dtype of x. Silence stays silence. Differentiable in x, the places taken as
      constants.

    Raises:
      ValueError: if x is not a finite signal of one or two dimensions, or an argument
        is out of range.

    Reference:
      W. Verhelst and M. Roelands, "An overlap-add technique based on waveform
      similarity (WSOLA) for high quality time-scale modification of speech", 1993. The
      normalised similarity, the reluctance, fractions of samples and attacks are ours.

    >>> x = np.sin(2 * np.pi * 220 * np.arange(8000) / 8000)
    >>> wsola(x, 2.0, sample_rate=8000).shape
    (4000,)
    """
    x = as_signal(x, ndim=(1, 2))
    positive(sample_rate, name="sample_rate")
    n_samples = x.shape[-1]
    rate = check_rate(rate, n_samples)
    if frame_length is None:
        frame_length = 2 * max(round(HOP_LENGTH * sample_rate), 1)
    frame_length = integer(frame_length, name="frame_length")
    if hop_length is None:
        hop_length = max(frame_length // 2, 1)
    hop_length = integer(hop_length, name="hop_length", most=frame_length)
    if tolerance is None:
        tolerance = round(TOLERANCE * sample_rate)
    tolerance = integer(tolerance, name="tolerance", least=0)
    coarse = max(min(int(sample_rate / COARSE_RATE), tolerance // 8), 1)
    n_compared = max(frame_length - hop_length, 1)
    sizes = {"frame_length": frame_length, "hop_length": hop_length}
    margin = tolerance + 4 * coarse
    frames = plan(x, rate, sample_rate=sample_rate, margin=margin, **sizes)
    places = _search(frames, _Sizes(hop_length, n_compared, tolerance, coarse))
    length = output_length(rate, n_samples)
    y = splice(frames.x, *places, **sizes)[:, :length]
    return y.reshape(*x.shape[:-1], length)


def _search(frames, sizes):
    """The start of each frame and the fraction of a sample to add: (n_frames,) each."""
    xp = array_namespace(frames.x)
    x = stop_gradient(frames.x)
    starts = frames.starts
    fractions = xp.zeros(starts.shape, dtype=x.dtype)
    if sizes.tolerance == 0 or starts.shape[0] == 1:
        return starts, fractions
    rest = starts[1:], frames.kinds[1:], _penalty(frames, sizes)[1:]
    _, places = scan(_stepper(x, sizes), (starts[0], fractions[0]), rest, axis=0)
    return tuple(
        xp.concatenate([one[:1], more])
        for one, more in zip((starts, fractions), places, strict=True)
    )


def _stepper(x, sizes):
    """The step from one frame's place, (start, fraction), to that of the next."""
    xp = array_namespace(x)
    coarse_match, fine_match = _coarse_matcher(x, sizes), _fine_matcher(x, sizes)

    def step(place, frame):
        target, kind, penalty = frame
        natural, fraction = place[0] + sizes.hop_length, place[1]  # going straight on

        def search():
            rough = coarse_match(target, natural, penalty)
            found, offset = fine_match(rough, natural)
            exact = fraction + offset
            whole = (exact + 0.5) // 1.0
            return either(
                found == natural,
                lambda: (natural, fraction),
                lambda: (found + xp.int32(whole), exact - whole),
            )

        def no_search():
            return either(
                kind == FOLLOW, lambda: (natural, fraction), lambda: (target, 0.0)
            )

        start, fraction = either(kind == FREE, search, no_search)
        place = xp.int32(start), xp.asarray(fraction, dtype=x.dtype)
        return place, place

    return step


def _lags(sizes):
    """Displacements that the coarse search tries, in samples."""
    # both ends of a coarse place are rounded, and the fine search goes one more
    radius = sizes.tolerance // sizes.coarse - (2 if sizes.coarse > 1 else 0)
    return sizes.coarse * np.arange(-radius, radius + 1)


def _penalty(frames, sizes):
    """What each displacement costs each frame: (n_frames, n_lags)."""
    xp = array_namespace(frames.x)
    lags = _lags(sizes)
    reluctance = RELUCTANCE * (lags / sizes.tolerance) ** 2
    meets_attack = (lags > frames.most[:, None]) | (lags < frames.least[:, None])
    penalty = xp.where(meets_attack, FORBIDDEN, xp.asarray(reluctance))
    return penalty.astype(frames.x.dtype)


def _coarse_matcher(x, sizes):
    """A function that finds about where x best goes on, on averages of few samples."""
    coarse, n_lags = sizes.coarse, len(_lags(sizes))
    n = -(-sizes.n_compared // coarse)
    small = x[:, : x.shape[-1] // coarse * coarse]
    small = small.reshape(x.shape[0], -1, coarse).sum(axis=-1)
    energy = moving_sum((small**2).sum(axis=0), n)
    energy = array_namespace(x).maximum(energy, float(np.finfo(x.dtype).tiny))

    def match(target, natural, penalty):
        near = (natural + coarse // 2) // coarse
        first = (target + coarse // 2) // coarse - n_lags // 2
        region = slice_at(small, first, n + n_lags - 1)
        product = correlate(region, slice_at(small, near, n))
        score = product / (slice_at(energy, first, n_lags) + energy[near]) - penalty
        return coarse * (first + score.argmax() - near) + natural

    return match


def _fine_matcher(x, sizes):
    """A function that finds the best start near a rough one, and the fraction of a
    sample to add, by a parabola through three.
    """
    reach = 1 + (sizes.coarse if sizes.coarse > 1 else 0)  # one more for the parabola
    n, n_lags = sizes.n_compared, 2 * reach + 1
    energy = sums_reader((x**2).sum(axis=0), n)
    tiny = float(np.finfo(x.dtype).tiny)

    def match(rough, natural):
        first = rough - reach
        region = slice_at(x, first, n + n_lags - 1)
        product = correlate(region, slice_at(x, natural, n))
        score = product / (energy(first, n_lags) + energy(natural, 1) + tiny)
        best = 1 + score[1:-1].argmax()
        a, b, c = score[best - 1], score[best], score[best + 1]
        summit = (b >= a) & (b >= c) & (2.0 * b > a + c)
        offset = either(summit, lambda: 0.5 * (c - a) / (2.0 * b - a - c), lambda: 0.0)
        return first + best, offset

    return match
