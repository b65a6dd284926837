"""Pitch: how high a voice sounds, and where each of its periods lies.

`autocorrelation_pitch` (Boersma) is the one to take; `yin` (de Cheveigne & Kawahara)
is the other classic. Both look for the delay after which the sound repeats. They run on
the sound reduced to about 10 kHz, where a frame is short and its FFT cheap; the delay
is then read between the samples by band-limited interpolation.

`dsplab.analysis.pitch_marks` puts one mark into each period, which is where PSOLA cuts.
"""

import math

import numpy as np

from dsplab._arguments import positive
from dsplab._array import array_namespace, in_blocks
from dsplab.analysis._low_rate import reduce_rate
from dsplab.analysis._periods import (
    DEPTH,
    NO_DIP,
    autocorrelation,
    best_maxima,
    dips_of,
    interpolated_maximum,
    no_more_than_one,
    within,
)
from dsplab.analysis._tracks import Pitch as Pitch
from dsplab.analysis._tracks import (
    check_voice,
    chosen_track,
    framed,
    likeliest,
    middle_peak,
    quietness,
    sharpened,
)
from dsplab.analysis._tracks import track_hop_length as track_hop_length

HANN_SPREAD = 0.1414  # standard deviation of Hann's window squared, of its length
PERIODS = 3.3  # of the lowest pitch in a frame: enough that its phase does not matter
CANDIDATES = 12  # periods kept for each frame
NEARLY = 1.3  # of dips of YIN's function up to so many times the least: the first
NEARBY = 0.0125  # s, before and after, whose frames may know the pitch better
SAME = 0.1  # octaves between what two frames call the same pitch


def autocorrelation_pitch(
    x,
    *,
    sample_rate,
    hop_length=None,
    f_min=60.0,
    f_max=1000.0,
    voicing_threshold=0.45,
    silence_threshold=0.03,
    octave_cost=0.01,
    jump_cost=0.35,
    voicing_cost=0.14,
):
    """Follow the pitch of one voice through time: precise, robust, silent on noise.

    A sound with period T looks like itself T seconds later. The autocorrelation of a
    windowed frame sinks with the lag because the window does; divided by that of the
    window it does not, and its peaks are as high as the sound is periodic:

        r(lag) = r_frame(lag) / r_window(lag),   f0 = sample_rate / argmax r(lag).

    Several peaks of each frame are kept; the path through them with the highest sum of
    r - octave_cost log2(f_min lag / sample_rate), less what jumps of pitch and changes
    between voiced and unvoiced cost, is the track (Viterbi).

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      hop_length: samples from frame to frame; None for 10 ms.
      f_min: lowest pitch in Hz. A frame is 3.3 / f_min long, so a high f_min follows
        fast movements better: 60 for low voices, 100 for high ones.
      f_max: highest pitch in Hz.
      voicing_threshold: the peak, between 0 and 1, below which a frame is unvoiced.
      silence_threshold: frames whose amplitude is below this share of the loudest
        sample tend to be unvoiced.
      octave_cost: what a period twice as long loses; breaks the tie between T and 2T.
      jump_cost: for a jump of an octave in 10 ms.
      voicing_cost: for a change between voiced and unvoiced.

    Returns:
      `Pitch(times, f0, voicing)` with n_frames = 1 + n_samples // hop_length. The
      frames nearest to both ends are the first and the last that lie inside x.

    Raises:
      ValueError: if f_min, f_max do not satisfy 0 < f_min < f_max <= sample_rate / 4,
        or another argument is out of range.

    Reference:
      Boersma, "Accurate short-term analysis of the fundamental frequency and the
      harmonics-to-noise ratio of a sampled sound", Proc. Institute of Phonetic
      Sciences Amsterdam 17, 1993. Ours: the reduction of the sampling rate, a frame of
      3.3 instead of 3 periods, and the last step, which takes back what a frame
      averages of a moving pitch.

    >>> x = np.sin(2 * np.pi * 220 * np.arange(8000) / 16000)
    >>> track = autocorrelation_pitch(x, sample_rate=16000)
    >>> track.f0.shape, round(float(track.f0[25]), 1)
    ((51,), 220.0)
    """
    x, hop_length = check_voice(x, sample_rate, hop_length, f_min, f_max)
    positive(voicing_threshold, name="voicing_threshold", allow_zero=True)
    positive(silence_threshold, name="silence_threshold")
    xp = array_namespace(x)
    low, factor = reduce_rate(x, sample_rate, f_max)
    rate = sample_rate / factor
    frame_length = math.ceil(PERIODS * rate / f_min)
    frames, late = framed(low, x.shape[-1], hop_length, factor, frame_length)
    n_lags = math.ceil(rate / f_min) + DEPTH + 2

    def candidates(frames):
        frames = frames - xp.mean(frames, axis=-1, keepdims=True)
        r = autocorrelation(frames, n_lags)
        cost = max(octave_cost, 0.03)
        lags, found = best_maxima(r, rate / f_max, rate / f_min, cost, CANDIDATES)
        lags, heights = interpolated_maximum(r, lags)
        lags, found = within(lags, found, rate / f_max, rate / f_min)
        heights = xp.where(found, no_more_than_one(heights), 0.0)
        return lags, heights, middle_peak(frames, math.ceil(rate / f_min))[..., None]

    lags, strength, peak = in_blocks(candidates, frames)
    f0 = rate / lags  # (..., n_frames, CANDIDATES)
    quiet = quietness(peak[..., 0], silence_threshold / (1.0 + voicing_threshold))
    unvoiced = voicing_threshold + 2.0 * quiet
    per_frame = 0.01 * sample_rate / hop_length
    score = xp.where(strength > 0.0, strength + octave_cost * xp.log2(f0 / f_min), -9.0)
    best = likeliest(
        f0, score, unvoiced, jump_cost * per_frame, voicing_cost * per_frame
    )
    track = chosen_track(f0, strength, best, hop_length / sample_rate)
    spread = HANN_SPREAD * frame_length * factor / hop_length
    return track._replace(f0=sharpened(track.f0, late, spread))


def yin(
    x,
    *,
    sample_rate,
    hop_length=None,
    f_min=60.0,
    f_max=1000.0,
    threshold=0.1,
    voicing_threshold=0.4,
):
    """Follow the pitch of one voice: the delay after which a sound differs least.

    The difference function is divided by its own mean over all shorter delays, so that
    it starts at 1 and its first deep dip, not the dip at zero, is the period:

        d(lag) = sum_n (x[n] - x[n + lag])^2,  d'(lag) = d(lag) lag / sum_(k<=lag) d(k).

    Where the dip of a frame 12.5 ms before or after is deeper, its pitch is looked for
    in this frame, too.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      hop_length: samples from frame to frame; None for 10 ms.
      f_min: lowest pitch in Hz; two stretches of 2 / f_min are compared.
      f_max: highest pitch in Hz.
      threshold: the first dip below it is the period. More finds it in rough voices,
        but takes a strong second harmonic for the first.
      voicing_threshold: frames whose voicing is below it are unvoiced; 0 never refuses.

    Returns:
      `Pitch(times, f0, voicing)` with n_frames = 1 + n_samples // hop_length; voicing
      is the correlation of the two stretches, 1 - d / (the sum of their energies).

    Raises:
      ValueError: as for `autocorrelation_pitch`.

    Reference:
      de Cheveigne and Kawahara, "YIN, a fundamental frequency estimator for speech and
      music", J. Acoust. Soc. Am. 111(4), 2002. Ours: the stretches fade in and out;
      dips are interpolated before they are compared; where none is below the
      threshold, as in noise, the first of at most 1.3 times the deepest is taken, not
      the deepest itself; a frame may be unvoiced; each estimate is moved to the time of
      its own centre, and freed of what its frame averages.

    >>> x = np.sin(2 * np.pi * 220 * np.arange(8000) / 16000)
    >>> round(float(yin(x, sample_rate=16000).f0[25]), 2)
    220.0
    """
    x, hop_length = check_voice(x, sample_rate, hop_length, f_min, f_max)
    positive(threshold, name="threshold")
    positive(voicing_threshold, name="voicing_threshold", allow_zero=True)
    xp = array_namespace(x)
    f0, dips, likeness, late, spread = dips_of(x, sample_rate, hop_length, f_min, f_max)
    deepest = xp.min(dips, axis=-1, keepdims=True)
    deep = dips <= xp.maximum(threshold, NEARLY * deepest)
    first = xp.argmax(xp.where(deep, f0, 0.0), axis=-1)
    first = _surer(f0, dips, first, round(NEARBY * sample_rate / hop_length))
    voicing = xp.take_along_axis(likeness, first[..., None], axis=-1)[..., 0]
    voiced = voicing >= max(voicing_threshold, 1e-6)
    hop = hop_length / sample_rate
    track = chosen_track(f0, likeness, xp.where(voiced, first + 1, 0), hop)
    return track._replace(f0=sharpened(track.f0, late(track.f0), spread))


def _surer(f0, dips, first, apart):
    """Which dip to take, knowing which were taken `apart` frames before and after."""
    xp = array_namespace(f0)
    taken, depth = (
        xp.take_along_axis(a, first[..., None], axis=-1)[..., 0] for a in (f0, dips)
    )
    n = first.shape[-1]
    around = np.arange(n)[:, None] + apart * np.arange(-1, 2)
    around = np.clip(around, 0, n - 1)  # (n_frames, 3)
    surest = xp.argmin(depth[..., around], axis=-1)[..., None]
    wanted = xp.take_along_axis(taken[..., around], surest, axis=-1)
    same = (xp.abs(xp.log2(f0 / wanted)) < SAME) & (dips < NO_DIP)
    best = xp.argmin(xp.where(same, dips, NO_DIP), axis=-1)
    return xp.where(same.any(axis=-1), best, first)
