"""Pitch as the ripple of the spectrum: the cepstrum."""

import functools
import math

import numpy as np

from dsplab._arguments import positive
from dsplab._array import array_namespace, fft, in_blocks
from dsplab.analysis._low_rate import reduce_rate
from dsplab.analysis._periods import (
    DEPTH,
    best_maxima,
    fading,
    fast_length,
    interpolated_maximum,
    no_more_than_one,
    within,
)
from dsplab.analysis._tracks import (
    check_voice,
    chosen_track,
    framed,
    likeliest,
    middle_peak,
    quietness,
    sharpened,
)
from dsplab.windows import hann

PERIODS = 4.0  # of the lowest pitch in a frame: enough to tell its harmonics apart
BAND = 0.8  # of the reduced band has not been filtered; the spectrum fades out below it
HANN_SPREAD = 0.1414  # standard deviation of Hann's window squared, of its length
OCTAVE_COST = 0.01  # what a period twice as long loses


def cepstral_pitch(
    x,
    *,
    sample_rate,
    hop_length=None,
    f_min=60.0,
    f_max=1000.0,
    range_db=25.0,
    voicing_threshold=0.45,
    silence_threshold=0.03,
    jump_cost=0.35,
    voicing_cost=0.14,
):
    """Follow the pitch of one voice: the distance of its harmonics in the spectrum.

    The spectrum of a voice is a comb with a tooth every f0. On a logarithmic scale
    every tooth counts alike, whatever formants do to it, and the spectrum of that comb,
    the cepstrum, has a peak at the quefrency 1 / f0:

        c(lag) = IDFT(log max(|X|, its maximum less range_db)).

    Its highest peaks are the candidates. The autocorrelation, which the same spectrum
    gives, tells between the samples where the period ends and how voiced it is.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      hop_length: samples from frame to frame; None for 10 ms.
      f_min: lowest pitch in Hz. A frame is 4 / f_min long.
      f_max: highest pitch in Hz.
      range_db: depth of the spectrum that counts. More sees weak partials, and noise.
      voicing_threshold: frames whose voicing is below it are unvoiced.
      silence_threshold: frames whose amplitude is below this share of the loudest
        sample tend to be unvoiced.
      jump_cost: for a jump of an octave in 10 ms, in units of the highest peak.
      voicing_cost: for a change between voiced and unvoiced.

    Returns:
      `Pitch(times, f0, voicing)` as of `autocorrelation_pitch`.

    Raises:
      ValueError: as for `autocorrelation_pitch`.

    Reference:
      Noll, "Cepstrum pitch determination", J. Acoust. Soc. Am. 41(2), 1967. Ours: the
      floor under the spectrum, the reading by autocorrelation, and the path.

    >>> t = np.arange(8000) / 16000
    >>> x = sum(np.sin(2 * np.pi * 180 * k * t) / k for k in range(1, 20))
    >>> round(float(cepstral_pitch(x, sample_rate=16000).f0[25]), 2)
    180.0
    """
    x, hop_length = check_voice(x, sample_rate, hop_length, f_min, f_max)
    positive(range_db, name="range_db")
    positive(voicing_threshold, name="voicing_threshold", allow_zero=True)
    positive(silence_threshold, name="silence_threshold")
    xp = array_namespace(x)
    low, factor = reduce_rate(x, sample_rate, f_max)
    rate = sample_rate / factor
    n_lags = math.ceil(rate / f_min) + DEPTH + 2
    frame_length = 2 * math.ceil(0.5 * PERIODS * rate / f_min) + 1
    frames, late = framed(low, x.shape[-1], hop_length, factor, frame_length)
    limits = rate / f_max, rate / f_min

    def candidates(frames):
        frames = frames - xp.mean(frames, axis=-1, keepdims=True)
        r, c = _likeness_and_cepstrum(frames, n_lags, range_db)
        places, found = best_maxima(c, *limits, OCTAVE_COST)
        lags, height = interpolated_maximum(c, places)
        places = xp.clip(xp.round(lags).astype(int), 1, n_lags - 1)
        lags, likeness = interpolated_maximum(r, places)
        lags, found = within(lags, found, *limits)
        likeness = xp.where(found, no_more_than_one(likeness), 0.0)
        peak = middle_peak(frames, math.ceil(rate / f_min))[..., None]
        return lags, xp.where(found, height, 0.0), likeness, peak

    lags, height, likeness, peak = in_blocks(candidates, frames)
    f0 = rate / lags
    highest = xp.maximum(xp.max(height, axis=-1, keepdims=True), 1e-9)
    score = height / highest - 1.0 + likeness - voicing_threshold
    score = score + OCTAVE_COST * xp.log2(f0 / f_min)
    score = xp.where(height > 0.0, score, -9.0)
    quiet = quietness(peak[..., 0], silence_threshold / (1.0 + voicing_threshold))
    per_frame = 0.01 * sample_rate / hop_length
    costs = jump_cost * per_frame, voicing_cost * per_frame
    best = likeliest(f0, score, 2.0 * quiet, *costs)
    track = chosen_track(f0, likeness, best, hop_length / sample_rate)
    spread = HANN_SPREAD * frame_length * factor / hop_length
    return track._replace(f0=sharpened(track.f0, late, spread))


def _likeness_and_cepstrum(frames, n_lags, range_db):
    """Autocorrelation without what the window takes, cepstrum: (..., n_lags) both."""
    xp = array_namespace(frames)
    n_fft, window, gain, fade = _tables(frames.shape[-1], n_lags)
    X = fft(frames).rfft(frames * xp.asarray(window, dtype=frames.dtype), n_fft)
    power = X.real**2 + X.imag**2
    power = power / xp.maximum(xp.max(power, axis=-1, keepdims=True), 1e-30)
    r = fft(frames).irfft(power, n_fft)[..., :n_lags]
    r = r / xp.maximum(r[..., :1], 1e-30) * xp.asarray(gain, dtype=r.dtype)
    above = xp.log10(xp.maximum(power, 10.0 ** (-range_db / 10.0))) + range_db / 10.0
    c = fft(frames).irfft(above * xp.asarray(fade, dtype=r.dtype), n_fft)[..., :n_lags]
    return r, c / xp.maximum(c[..., :1], 1e-30)


@functools.cache
def _tables(length, n_lags):
    """Size of FFT, window, what it takes of an autocorrelation, fade of the band."""
    window = hann(length + 1)[1:]
    n_fft = fast_length(length + n_lags)
    place = np.minimum(np.linspace(0.0, 1.0, n_fft // 2 + 1) / BAND, 1.0)
    return (
        n_fft,
        window,
        fading(window, n_lags, n_fft),
        np.cos(0.5 * np.pi * place) ** 2,
    )
