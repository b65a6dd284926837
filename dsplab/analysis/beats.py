"""Tempo and beats: where one would tap a foot.

onset_strength  how much begins at each moment
tempo           beats a minute, from how the strength repeats
beat_frames     the best chain of strong moments at equal distances
beats           from a sound to the seconds of its beats
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, one_of, positive, require
from dsplab._array import (
    array_namespace,
    correlate_long,
    fft,
    frames_at,
    in_loop,
    is_traced,
    scan,
)
from dsplab.analysis._spectrum import mel_decibels

SLOWEST, FASTEST = 30.0, 320.0  # beats a minute


class Beats(NamedTuple):
    """Beats of a piece: seconds, (n_beats,), and their tempo in beats a minute."""

    times: np.ndarray
    tempo: float


def onset_strength(
    x,
    sample_rate,
    *,
    n_fft=2048,
    hop_length=512,
    n_mels=128,
    average="mean",
    scale="decibels",
):
    """How much begins at each moment: growth of the mel spectrum in decibels.

        s_m = mean over bands of max(M_m - M_(m-1), 0)

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames.
      n_mels: mel bands.
      average: "mean" over the bands, or "median": what many bands have in common.
      scale: "decibels", in which the faintest hit after silence is a large one; or
        "root", the fourth root of the power, about as loudness is felt.

    Returns:
      Shape (..., n_frames). A frame rises when an onset enters it, half a frame early;
      so the strength is moved by n_fft // (2 hop_length) frames, and frame m is about
      sample m hop_length, less three quarters of a hop. Equal to librosa's, whose
      default is n_fft 2048, hop 512.

    Raises:
      ValueError: if average is unknown, or a size out of range.

    Reference:
      Boeck and Widmer, "Maximum filter vibrato suppression for onset detection", DAFx
      2013, without their filter.

    >>> x = np.zeros(16384)
    >>> x[8192] = 1.0
    >>> int(onset_strength(x, 22050).argmax())
    17
    """
    one_of(average, ("mean", "median"), name="average")
    hop_length = integer(hop_length, name="hop_length")
    one_of(scale, ("decibels", "root"), name="scale")
    bands = mel_decibels(x, sample_rate, n_fft, hop_length, n_mels=n_mels)
    bands = 10.0 ** (bands / 40.0) if scale == "root" else bands
    xp = array_namespace(bands)
    growth = xp.maximum(bands[..., 1:] - bands[..., :-1], 0.0)
    strength = getattr(xp, average)(growth, axis=-2)
    late = 1 + n_fft // (2 * hop_length)
    strength = xp.pad(strength, [(0, 0)] * (strength.ndim - 1) + [(late, 0)])
    return strength[..., : bands.shape[-1]]


def tempo(strength, frame_rate, *, around=120.0, octaves=1.0):
    """Beats a minute: after how long the onsets of a piece repeat best.

    The autocorrelation r of the strength has peaks at the beat and at all multiples of
    it. Of those the one is taken that is highest under a bell around the usual tempo,

        (r(T) + r(2 T) + r(4 T) + r(8 T)) exp(-(log2(T / T_0) / octaves)^2 / 2),

    for bars of four beats and pairs of bars repeat better than single beats; and then
    measured at its multiples up to 8, which is as many times more accurate.

    Args:
      strength: of `onset_strength`, (..., n_frames), of 4 beats at least.
      frame_rate: frames a second, sample_rate / hop_length.
      around: beats a minute that are most likely beforehand.
      octaves: standard deviation of the bell; a small one decides for `around`.

    Returns:
      Beats a minute, 30 to 320, (...).

    Reference:
      D. Ellis, "Beat tracking by dynamic programming", J. New Music Research 36(1),
      2007. The sum over four levels and the measuring at multiples are ours.

    >>> strength = np.zeros(1000)
    >>> strength[::47] = 1.0
    >>> print(tempo(strength, 100.0).round(2))  # 6000 / 47
    127.66
    """
    positive(frame_rate, name="frame_rate")
    positive(around, name="around")
    positive(octaves, name="octaves")
    strength = as_signal(strength, name="strength", min_length=8)
    xp = array_namespace(strength)
    n_lags = max(int(np.ceil(60.0 * frame_rate / SLOWEST)) + 2, 6)
    r = _autocorrelation(strength, 8 * n_lags)
    lag = np.arange(1, n_lags)
    bell = np.log2(lag / (60.0 * frame_rate / around)) / octaves
    weight = np.exp(-0.5 * bell**2) * (lag >= 60.0 * frame_rate / FASTEST)
    score = sum(xp.maximum(_near(r, k * lag), 0.0) for k in (1, 2, 4, 8))
    score = score * xp.asarray(weight, dtype=r.dtype)
    best = xp.argmax(score, axis=-1) + 1
    period, width = _top(r, best.astype(r.dtype), 1.0), 1.0
    for _ in range(3):  # at 2, 4 and 8 periods
        width = 2.0 * width
        longer = width * period < 0.5 * strength.shape[-1]
        period = xp.where(longer, _top(r, width * period, 1.0) / width, period)
    return xp.clip(60.0 * frame_rate / period, SLOWEST, FASTEST)


def _autocorrelation(strength, n_lags):
    """Autocorrelation of the departure from the mean, (..., n_lags)."""
    import scipy.fft

    xp, n = array_namespace(strength), strength.shape[-1]
    away = strength - strength.mean(axis=-1, keepdims=True)
    n_fft = scipy.fft.next_fast_len(n + min(n, n_lags), real=True)
    X = fft(away).rfft(away, n_fft)
    r = fft(away).irfft(X.real**2 + X.imag**2, n_fft)[..., : min(n, n_lags)]
    return xp.pad(r, [(0, 0)] * (r.ndim - 1) + [(0, max(n_lags - n, 0))])


def _near(r, lags):
    """The largest of r at each lag and its neighbours."""
    parts = [r[..., np.minimum(lags + k, r.shape[-1] - 1)] for k in (-1, 0, 1)]
    xp = array_namespace(r)
    return xp.maximum(xp.maximum(parts[0], parts[1]), parts[2])


def _top(r, lag, reach):
    """Where r has its top within `reach` of a lag, by a parabola; (...)."""
    xp = array_namespace(r)
    steps = np.arange(-int(reach) - 1, int(reach) + 2)
    middle = xp.round(lag).astype(int)[..., None]
    places = xp.clip(middle + steps, 0, r.shape[-1] - 1)
    near = xp.take_along_axis(r, places, axis=-1)
    top = xp.argmax(near[..., 1:-1], axis=-1)[..., None]
    a, b, c = (xp.take_along_axis(near, top + k, axis=-1)[..., 0] for k in range(3))
    bend = a - 2.0 * b + c
    shift = xp.where(bend < 0.0, 0.5 * (a - c) / xp.where(bend < 0.0, bend, 1.0), 0.0)
    place = middle[..., 0] + top[..., 0] - int(reach)
    return place.astype(r.dtype) + xp.clip(shift, -0.5, 0.5)


def beat_frames(strength, period, *, tightness=100.0, longest=None):
    """Which frames are beats: strong ones, as nearly a period apart as possible.

    Each frame gets the score of the best chain of beats that ends there,

        C(t) = s(t) + max_t' (C(t') - tightness log((t - t') / period)^2),

    with t - t' between a half and two periods, or s(t) alone where it is the first of a
    chain. From the best score within the last period on, the chain is read backwards
    (dynamic programming). s is in standard deviations.

    Args:
      strength: of `onset_strength`, (..., n_frames).
      period: frames between two beats, a number or (...): 60 frame_rate / tempo.
      tightness: what departing from the period costs; 100 where the beat is steady, 10
        to follow a rubato.
      longest: most frames between two beats; by default two periods, and under
        jit, where they are not known, 400.

    Returns:
      Boolean, (..., n_frames).

    Raises:
      ValueError: if period or tightness is not positive.

    Reference:
      D. Ellis, "Beat tracking by dynamic programming", J. New Music Research 36(1),
      2007.

    >>> strength = np.zeros(100)
    >>> strength[[9, 30, 50, 69, 90]] = 1.0
    >>> np.flatnonzero(beat_frames(strength, 20.0)).tolist()
    [9, 30, 50, 69, 90]
    """
    strength = as_signal(strength, name="strength")
    period = as_values(period, name="period")
    positive(tightness, name="tightness")
    require(period > 0.0, "period must be positive")
    if longest is None:
        longest = 400 if is_traced(period) else np.ceil(2.0 * float(period.max()))
    longest = min(integer(longest, name="longest"), strength.shape[-1])
    xp = array_namespace(strength, period)
    s, period = xp.asarray(strength), xp.asarray(period, dtype=strength.dtype)
    period = period[..., None]
    deviation = s.std(axis=-1, keepdims=True)
    s = s / xp.where(deviation > 0.0, deviation, 1.0)
    ratio = xp.asarray(np.arange(longest, 0, -1), dtype=s.dtype) / period
    near = (ratio >= 0.5) & (ratio <= 2.0)
    cost = xp.where(near, tightness * xp.log(xp.where(near, ratio, 1.0)) ** 2, xp.inf)
    # what is nearer than half a period has no say: so many frames at once
    block = 1 if is_traced(period) else max(int(np.ceil(0.5 * float(period.min()))), 1)
    return _chain(s, cost + xp.zeros_like(s[..., :1]), period, min(block, longest))


def _chain(s, cost, period, block):
    """The best chain: cost (..., n_lags) is of the frames before, the latest last."""
    xp, n_lags = array_namespace(s), cost.shape[-1]

    def forward(state, past, s_n):
        # row k of the frames before frame k of the block
        still = [(0, 0)] * (past.ndim - 1)
        known = xp.pad(past[..., 0, :], [*still[1:], (0, block - 1)])
        there = frames_at(known, range(block), n_lags) - cost[..., None, :]
        best = there.max(axis=-1)
        came = xp.where(best > 0.0, there.argmax(axis=-1), -1)
        score = s_n + xp.maximum(best, 0.0)
        both = xp.stack([score, came.astype(s.dtype)], axis=-2)
        return state, score[..., None, :], both

    shape = (*s.shape[:-1], 1)
    both = in_loop(forward, 0, s, block=block, memory=n_lags, shape=shape)
    score, came = both[..., 0, :], both[..., 1, :].astype(int)
    frame = np.arange(s.shape[-1])
    # the frame before, -1 where the chain begins
    before = xp.where(came < 0, -1, xp.asarray(frame) - n_lags + came)
    late = xp.asarray(frame) >= s.shape[-1] - period
    last = xp.argmax(xp.where(late, score, -xp.inf), axis=-1)

    def back(wanted, now):
        m, before_m = now
        here = wanted == m
        return xp.where(here, before_m, wanted), here

    frames = xp.broadcast_to(xp.asarray(frame), before.shape)
    _, chosen = scan(back, last, (frames[..., ::-1], before[..., ::-1]))
    return chosen[..., ::-1]


def beats(x, sample_rate, *, bpm=None, around=120.0, tightness=100.0):
    """Find the beats of a piece: where one would tap a foot.

    `onset_strength` (on the scale "root", of all channels together), about 86 frames
    a second; `tempo`; `beat_frames`; then each beat is moved to the top of the
    smoothed strength, between the frames, and weak ones at both ends are left out.

    NumPy only: how many beats there are depends on the sound.

    Args:
      x: signal, (n_samples,) or (n_channels, n_samples), of some seconds.
      sample_rate: Hz.
      bpm: beats a minute; None: found by `tempo`.
      around: beats a minute that are most likely beforehand.
      tightness: as in `beat_frames`.

    Returns:
      `Beats(times, tempo)`; none where nothing begins.

    Raises:
      ValueError: if x has more dimensions, or a number is out of range.

    Reference:
      D. Ellis, "Beat tracking by dynamic programming", J. New Music Research 36(1),
      2007. Its logarithmic bell for the tempo is kept, its smoothing a fixed one.

    >>> x = np.zeros(8 * 8000)
    >>> x[2000::4000] = 1.0
    >>> found = beats(x, 8000)
    >>> round(found.tempo), found.times[:3].round(2).tolist()
    (120, [0.25, 0.75, 1.25])
    """
    x = np.asarray(as_signal(x, ndim=(1, 2)))
    positive(sample_rate, name="sample_rate")
    hop_length = max(round(sample_rate * 512 / 44100), 1)
    n_fft = max(2 ** round(np.log2(0.046 * sample_rate)), 16)
    sizes = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": min(128, n_fft // 8)}
    rate = sample_rate / hop_length
    strength = onset_strength(x, sample_rate, **sizes, scale="root")
    strength = strength.mean(axis=0) if x.ndim == 2 else strength
    if len(strength) < 8 or not strength.any():
        return Beats(np.zeros(0), 0.0)
    if bpm is None:
        bpm = float(tempo(strength, rate, around=around))
    positive(bpm, name="bpm")
    bell = np.exp(-0.5 * (np.arange(-4, 5) / 1.3) ** 2)  # 15 ms
    smooth = correlate_long(np.pad(strength, 4), bell / bell.sum())
    at = np.flatnonzero(beat_frames(smooth, 60.0 * rate / bpm, tightness=tightness))
    nearby = np.convolve(smooth[at], [0.25, 0.5, 0.25], "same")
    loud = nearby > 0.5 * np.sqrt((nearby**2).mean())
    at = at[loud.argmax() : len(at) - loud[::-1].argmax()]
    exact = _top(np.broadcast_to(smooth, (len(at), len(smooth))), at * 1.0, 0.0)
    # an onset enters a frame at its end, and grows until the window is open: measured
    exact = exact + n_fft / (2 * hop_length) % 1.0 - 1.6
    return Beats(np.maximum(exact, 0.0) / rate, float(bpm))
