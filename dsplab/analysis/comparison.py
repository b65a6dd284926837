"""How far one sound is from another: the distances that tests and benchmarks use.

    sample by sample    snr_db, sine_snr_db
    level and shape     rms_db, crest_db
    spectra             spectral_convergence, log_spectral_distance,
                        mel_cepstral_distance
    pitch               cents_between, pitch_error
    channels            interchannel_correlation

Each is one number for each signal of a batch; lower is better unless said otherwise.
The times of attacks are compared in `dsplab.analysis.onsets`.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_array, as_signal, integer, positive, require
from dsplab._array import array_namespace
from dsplab.mel import mel_spectrogram
from dsplab.spectral import stft

MOST_DB = 300.0  # what identical signals are given; float64 reaches no further


def snr_db(x, y):
    """Signal-to-noise ratio of a copy: how loud x is beside what y adds to it.

        10 log10(sum x^2 / sum (y - x)^2)

    Args:
      x: the original, shape (..., n_samples).
      y: the copy, of the same shape.

    Returns:
      dB, shape (...); higher is better, 300 dB for equal signals, 0 for two silences.

    >>> float(snr_db([1.0, -1.0], [1.1, -1.1]).round(6))
    20.0
    """
    x, y = _pair(x, y)
    return _ratio_db((x**2).sum(axis=-1), ((y - x) ** 2).sum(axis=-1))


def _ratio_db(signal, noise):
    """10 log10(signal / noise), at most MOST_DB, 0 where both are silent."""
    xp = array_namespace(signal)
    tiny = float(np.finfo(signal.dtype).tiny)
    least = signal * 10.0 ** (-MOST_DB / 10.0) + tiny
    return 10.0 * xp.log10((signal + tiny) / xp.maximum(noise, least))


def _pair(x, y, **conditions):
    x, y = as_signal(x, **conditions), as_signal(y, name="y", **conditions)
    if x.shape != y.shape:
        raise ValueError(f"y must have the shape of x, {x.shape}, got {y.shape}")
    xp = array_namespace(x, y)  # a NumPy reference may meet a JAX copy
    return xp.asarray(x), xp.asarray(y)


def sine_snr_db(x, *, frequency, sample_rate, block_seconds=0.2):
    """How pure a sine is: its level over all that is not sine, block by block.

    To each block the nearest sine is fitted, its frequency by Gauss-Newton steps on

        x(t) = a cos(w t) + b sin(w t) + t (c cos(w t) + d sin(w t)),
        w <- w + (b c - a d) / (a^2 + b^2),

    so that a slightly different pitch is not taken for noise. The first and the last
    block are left out.

    Args:
      x: a sine, shape (..., n_samples), at least three blocks long.
      frequency: about where it is, Hz, to within 1 / (2 block_seconds).
      sample_rate: Hz.
      block_seconds: length of a block.

    Returns:
      Median over the blocks, dB, shape (...); higher is better.

    >>> t = np.arange(8000) / 8000
    >>> bool(sine_snr_db(np.sin(2760.0 * t), frequency=440, sample_rate=8000) > 200)
    True
    """
    positive(frequency, name="frequency")
    positive(sample_rate, name="sample_rate")
    n = max(round(positive(block_seconds, name="block_seconds") * sample_rate), 1)
    x = as_signal(x, min_length=3 * n)
    xp = array_namespace(x)
    n_blocks = x.shape[-1] // n
    blocks = x[..., n : (n_blocks - 1) * n].reshape(*x.shape[:-1], n_blocks - 2, n)
    t = xp.asarray((np.arange(n) - (n - 1) / 2) / n, dtype=x.dtype)  # in blocks
    w = xp.full_like(blocks[..., :1], 2.0 * np.pi * frequency * n / sample_rate)
    for _ in range(8):
        cos, sin = xp.cos(w * t), xp.sin(w * t)
        (a, b, c, d), _ = _fit(blocks, xp.stack([cos, sin, t * cos, t * sin], axis=-2))
        power = xp.maximum(a**2 + b**2, float(np.finfo(x.dtype).tiny))
        w = w + xp.clip((b * c - a * d) / power, -1.0, 1.0)[..., None]
    basis = xp.stack([xp.cos(w * t), xp.sin(w * t)], axis=-2)
    _, fitted = _fit(blocks, basis)
    energy, rest = (fitted**2).sum(axis=-1), ((blocks - fitted) ** 2).sum(axis=-1)
    return xp.median(_ratio_db(energy, rest), axis=-1)


def _fit(x, basis):
    """Least squares: coefficients and fit of x (..., n) by basis (..., k, n)."""
    xp = array_namespace(x)
    gram = basis @ xp.swapaxes(basis, -1, -2)
    coefficients = xp.linalg.solve(gram, basis @ x[..., None])
    fitted = (coefficients * basis).sum(axis=-2)
    return xp.moveaxis(coefficients[..., 0], -1, 0), fitted


def rms_db(x):
    """Level of x, 10 log10 mean x^2, in dB of full scale; -300 for silence.

    >>> float(rms_db([0.1, -0.1]).round(6))
    -20.0
    """
    x = as_signal(x)
    power = (x**2).mean(axis=-1)
    return -_ratio_db(power * 0.0 + 1.0, power)


def crest_db(x, *, sample_rate, frame_seconds=0.05):
    """Crest factor: how far the peaks of a sound stand above its mean level.

        median over frames of 20 log10(max |x| / rms x)

    Pulses have a high one. When a phase vocoder loses the order of phases, it falls.

    Args:
      x: signal, shape (..., n_samples), at least one frame long.
      sample_rate: Hz.
      frame_seconds: length of a frame; those 26 dB below the loudest do not count.

    Returns:
      dB, shape (...); 3 for a sine, NaN for silence. What counts is the difference of
      two sounds.

    >>> t = np.arange(8000) / 8000
    >>> float(crest_db(np.sin(2 * np.pi * 500 * t), sample_rate=8000).round(2))
    3.01
    """
    seconds = positive(frame_seconds, name="frame_seconds")
    n = max(round(seconds * positive(sample_rate, name="sample_rate")), 1)
    x = as_signal(x, min_length=n)
    n_frames = x.shape[-1] // n
    frames = x[..., : n_frames * n].reshape(*x.shape[:-1], n_frames, n)
    power = (frames**2).mean(axis=-1)
    loud = power > 0.05**2 * power.max(axis=-1, keepdims=True)
    ratio = _ratio_db((frames**2).max(axis=-1), power)
    return _median_where(loud, ratio)


def _median_where(chosen, values):
    """Median over the last axis of the chosen values, NaN where none is."""
    xp = array_namespace(values)
    none = ~chosen.any(axis=-1, keepdims=True)
    values = xp.where(none, 0.0, xp.where(chosen, values, xp.nan))
    median = xp.nanmedian(values, axis=-1)
    return xp.where(none[..., 0], xp.nan, median)


def spectral_convergence(x, y, *, n_fft=2048, hop_length=512):
    """Distance of two magnitude spectrograms, relative to the first.

        || |X| - |Y| || / || |X| ||,  the norms over all bins and frames

    Args:
      x: the reference, shape (..., n_samples).
      y: of the same shape.
      n_fft: samples in a frame.
      hop_length: samples between frames.

    Returns:
      Shape (...); 0 for equal magnitudes, 1 where only y is silent.

    Raises:
      ValueError: if x is silent and y is not.

    >>> float(spectral_convergence([1.0, 0.0, 0.0], [0.5, 0.0, 0.0]))
    0.5
    """
    x, y = _pair(x, y)
    xp = array_namespace(x)
    X, Y = (abs(stft(z, n_fft=n_fft, hop_length=hop_length)) for z in (x, y))
    distance, size = ((X - Y) ** 2).sum(axis=(-2, -1)), (X**2).sum(axis=(-2, -1))
    agree = (size == 0) & (distance == 0)
    require((size > 0) | agree, "x must not be silent: the distance is relative to it")
    return xp.sqrt(distance / xp.where(size > 0, size, 1.0))


def log_spectral_distance(x, y, *, n_fft=2048, hop_length=512, floor_db=-80.0):
    """Mean difference of two spectra in decibels.

        mean over frames of sqrt(mean over bins of (20 log10 |X| - 20 log10 |Y|)^2)

    Args:
      x: the reference, shape (..., n_samples).
      y: of the same shape.
      n_fft: samples in a frame.
      hop_length: samples between frames.
      floor_db: what lies lower than this below the greatest |X| counts as this low.

    Returns:
      dB, shape (...).

    >>> x = np.sin(np.arange(4096))
    >>> float(log_spectral_distance(x, 0.5 * x, floor_db=-300).round(2))
    6.02
    """
    x, y = _pair(x, y)
    xp = array_namespace(x)
    X, Y = (abs(stft(z, n_fft=n_fft, hop_length=hop_length)) for z in (x, y))
    floor = 10.0 ** (floor_db / 20.0) * X.max(axis=(-2, -1), keepdims=True)
    floor = xp.maximum(floor, float(np.finfo(x.dtype).tiny))
    difference = 20.0 * xp.log10(xp.maximum(X, floor) / xp.maximum(Y, floor))
    return xp.sqrt((difference**2).mean(axis=-2)).mean(axis=-1)


def mel_cepstral_distance(
    x, y, *, sample_rate, n_coefficients=13, n_mels=40, n_fft=2048, hop_length=512
):
    """Difference of two timbres: of the shapes of their spectra, not of the levels.

        MCD = 10 / ln 10  mean over frames of sqrt(2 sum_{k=1}^{K} (c_k - c'_k)^2),

    with c the cosine transform of the logarithmic mel spectrum; c_0, the level, is
    left out.

    Args:
      x: the reference, shape (..., n_samples).
      y: of the same shape.
      sample_rate: Hz.
      n_coefficients: K, how finely the shape is looked at.
      n_mels: mel bands.
      n_fft: samples in a frame.
      hop_length: samples between frames.

    Returns:
      dB, shape (...).

    Reference:
      R. Kubichek, "Mel-cepstral distance measure for objective speech quality
      assessment", 1993. Our cepstra are not aligned in time.

    >>> x = np.sin(np.arange(4096))
    >>> bool(mel_cepstral_distance(x, 0.5 * x, sample_rate=8000) < 1e-6)
    True
    """
    integer(n_coefficients, name="n_coefficients", most=n_mels - 1)
    x, y = _pair(x, y)
    xp = array_namespace(x)
    band, k = np.arange(n_mels) + 0.5, np.arange(1, n_coefficients + 1)
    cosines = np.cos(np.pi * np.outer(k, band) / n_mels) / n_mels
    cosines = xp.asarray(cosines, dtype=x.dtype)

    def cepstrum(z):
        sizes = {"n_fft": n_fft, "hop_length": hop_length, "n_mels": n_mels}
        mel = mel_spectrogram(z, sample_rate, **sizes)
        loudest = mel.max(axis=(-2, -1), keepdims=True)
        floor = xp.maximum(1e-10 * loudest, float(np.finfo(z.dtype).tiny))
        return cosines @ xp.log(xp.maximum(mel, floor))

    squares = (cepstrum(x) - cepstrum(y)) ** 2
    distance = xp.sqrt(2.0 * squares.sum(axis=-2)).mean(axis=-1)
    return 10.0 / math.log(10.0) * distance


def cents_between(frequency, reference):
    """Interval from reference up to frequency, 1200 log2(frequency / reference).

    NaN (no pitch) on either side stays NaN, and so does what is not above 0.

    >>> float(cents_between(880.0, 440.0))
    1200.0
    """
    frequency = _track(frequency, name="frequency")
    reference = _track(reference, name="reference")
    xp = array_namespace(frequency, reference)
    pitched = (frequency > 0) & (reference > 0)
    ratio = xp.where(pitched, frequency, 1.0) / xp.where(pitched, reference, 1.0)
    return xp.where(pitched, 1200.0 * xp.log2(ratio), xp.nan)


def _track(f0, *, name):
    """f0 as an array of real numbers, in which NaN is allowed: it says "no pitch"."""
    f0 = as_array(f0, name=name)
    if f0.dtype.kind not in "fiu" or f0.size == 0:
        raise ValueError(f"{name} must be numbers in Hz, got {f0.dtype} {f0.shape}")
    infinite = array_namespace(f0).isinf(f0)
    require(~infinite, f"{name} contains infinity")
    return f0


class PitchError(NamedTuple):
    """Median distance in cents, and the percentage of frames 50 cents off or more."""

    cents: np.ndarray
    percent_wrong: np.ndarray


def pitch_error(f0, reference):
    """How far a pitch track is from the true one, where the true one has a pitch.

    Args:
      f0: Hz, shape (..., n_frames); NaN where no pitch was found.
      reference: Hz, of a shape that fits; NaN frames are left out.

    Returns:
      `PitchError`; a frame without pitch that should have one is wrong.

    >>> error = pitch_error([440.0, 441.0, 880.0, np.nan], [440.0] * 4)
    >>> float(error.cents.round(2)), float(error.percent_wrong)
    (3.93, 50.0)
    """
    f0, reference = _track(f0, name="f0"), _track(reference, name="reference")
    cents = abs(cents_between(f0, reference))
    xp = array_namespace(cents)
    wanted = xp.broadcast_to(reference > 0, cents.shape)
    require(wanted.any(axis=-1), "reference must have a pitch somewhere")
    wrong = (wanted & ~(cents <= 50.0)).sum(axis=-1) / wanted.sum(axis=-1)
    return PitchError(_median_where(cents >= 0, cents), 100.0 * wrong)


def interchannel_correlation(x, *, lag=0):
    """Whether two channels still say the same: the stereo image.

        sum x_1[n] x_2[n + lag] / sqrt(sum x_1^2 sum x_2^2)

    Args:
      x: shape (..., 2, n_samples).
      lag: samples by which channel 2 comes later.

    Returns:
      Shape (...); 1 for equal channels, 0 for unrelated ones; higher is better.

    >>> float(interchannel_correlation([[1.0, 2.0, 0.0], [0.0, 1.0, 2.0]], lag=1))
    1.0
    """
    x = as_signal(x)
    if x.ndim < 2 or x.shape[-2] != 2:
        raise ValueError(f"x must have shape (..., 2, n_samples), got {x.shape}")
    lag = integer(lag, name="lag", least=1 - x.shape[-1], most=x.shape[-1] - 1)
    xp = array_namespace(x)
    first, second = x[..., 0, :], x[..., 1, :]
    if lag < 0:
        first, second, lag = second, first, -lag
    n = x.shape[-1] - lag
    common = (first[..., :n] * second[..., lag:]).sum(axis=-1)
    energy = (first**2).sum(axis=-1) * (second**2).sum(axis=-1)
    return common / xp.sqrt(xp.maximum(energy, float(np.finfo(x.dtype).tiny)))
