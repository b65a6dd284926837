"""Stochastic model: a hiss, known only by how its power is spread over frequency."""

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import array_namespace, fft, frames_at, overlap_add
from dsplab.convert import hz_to_mel, mel_to_hz
from dsplab.spectral import stft
from dsplab.stretch.time_map import input_position, output_length
from dsplab.windows import sine


def stochastic_analysis(x, sample_rate, *, n_bands=None, n_fft=None, hop_length=None):
    """Describe a noise by the power in bands of each moment.

    The bands are triangles, evenly spaced in mel, that overlap by halves and sum to 1:

        envelope[b, m] = sqrt(sum_k band[b, k] |X[k, m]|^2 / sum_k band[b, k])

    The mean is one of powers. That of decibels, which is often taken, is 2.5 dB less
    for a noise, whose bins differ.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_bands: of the envelope; None for a tenth of n_fft.
      n_fft: samples in a frame; None for 12 ms (512 at 44.1 kHz).
      hop_length: samples between frames; None for half of n_fft.

    Returns:
      Envelope, (..., n_bands, n_frames): the square root of the power spectral density,
      such that white noise of standard deviation 1 has 1 in every band.

    Raises:
      ValueError: if a size or the rate is out of range.

    Reference:
      Serra and Smith, "Spectral modeling synthesis", Computer Music Journal 14, 1990.

    >>> white = np.random.default_rng(0).standard_normal(44100)
    >>> envelope = stochastic_analysis(white, 44100)
    >>> envelope.shape, bool(abs((envelope**2).mean() - 1.0) < 0.05)
    ((51, 173), True)
    """
    x = as_signal(x)
    n_fft, hop_length = stochastic_sizes(sample_rate, n_fft, hop_length)
    if n_bands is None:
        n_bands = max(n_fft // 10, 2)
    bands = _bands(sample_rate, n_fft, n_bands)
    X = stft(x, n_fft=n_fft, hop_length=hop_length, window="hann")
    power = X.real**2 + X.imag**2
    weights = bands / (bands.sum(axis=-1, keepdims=True) * 0.375 * n_fft)  # sum w^2
    xp = array_namespace(x)
    return _root(xp.asarray(weights, dtype=x.dtype) @ power)


def _root(power):
    """Square root, whose slope at 0 is 0 instead of infinite."""
    xp = array_namespace(power)
    return xp.where(power > 0.0, xp.sqrt(xp.where(power > 0.0, power, 1.0)), 0.0)


def stochastic_synthesis(envelope, noise, sample_rate, *, n_fft=None, hop_length=None):
    """Make a noise whose power is spread as an envelope says.

    Each frame is a piece of the white noise whose spectrum is multiplied by the root of
    the power, on straight lines from band to band, under half a wave of a sine. Frames
    that overlap take their noise from different places: so their powers add up, and
    nothing is lost where the envelope moves.

    Args:
      envelope: (..., n_bands, n_frames), from `stochastic_analysis`.
      noise: white noise of standard deviation 1, (..., length): it decides how long the
        result is; beyond the last frame the envelope stays as it is.
      sample_rate: Hz.
      n_fft, hop_length: as in the analysis.

    Returns:
      Signal, as long as the noise.

    Raises:
      ValueError: if the envelope is negative or a size out of range.

    >>> white = np.random.default_rng(0).standard_normal(44100)
    >>> y = stochastic_synthesis(np.full((8, 174), 0.1), white, 44100)
    >>> bool(abs(y.std() - 0.1) < 0.002)
    True
    """
    envelope = _checked(envelope)
    noise = as_signal(noise, name="noise")
    n_fft, hop_length = stochastic_sizes(sample_rate, n_fft, hop_length)
    xp, length = array_namespace(envelope, noise), noise.shape[-1]
    number = np.arange(2 + length // hop_length)
    frames = _apart(xp.asarray(noise, envelope.dtype), number, n_fft, hop_length)
    bands = xp.asarray(_bands(sample_rate, n_fft, envelope.shape[-2]), envelope.dtype)
    last = np.minimum(number, envelope.shape[-1] - 1)
    power = xp.swapaxes(envelope[..., last], -1, -2) ** 2 @ bands
    X = fft(frames).rfft(frames) * _root(power)
    w = sine(n_fft)
    rows = fft(X).irfft(X, n=n_fft) * xp.asarray(w, dtype=envelope.dtype)
    weight = overlap_add(np.broadcast_to(w**2, (len(number), n_fft)), hop_length)
    y = overlap_add(rows, hop_length)
    middle = slice(n_fft // 2, n_fft // 2 + length)  # frame 0 is about sample 0
    return (y * (1.0 / np.sqrt(np.maximum(weight, 1e-3))).astype(y.dtype))[..., middle]


def scale_noise_time(
    envelope, rate, sample_rate, *, n_fft=None, hop_length=None, length=None
):
    """Play a noise slower or faster, or along a time map: it does not sound slower.

    Args:
      envelope: (..., n_bands, n_frames), from `stochastic_analysis`.
      rate: speed (2.0 is twice as fast), or anchors (n_anchors, 2) of (input sample,
        output sample), see `dsplab.stretch.time_map`.
      sample_rate: Hz.
      n_fft, hop_length: as in the analysis.
      length: samples of the sound that was analysed; None ends with the last frame.

    Returns:
      Envelope (..., n_bands, frames of the new duration), on straight lines between
      frames. A rate of 1 changes nothing.

    Raises:
      ValueError: if rate is neither a positive number nor a time map.

    >>> envelope = np.tile(np.linspace(0.0, 1.0, 5), (8, 1))
    >>> scale_noise_time(envelope, 0.5, 8000)[0].tolist()
    [0.0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1.0]
    """
    envelope = _checked(envelope, n_frames=1 if length else 2)
    _, hop_length = stochastic_sizes(sample_rate, n_fft, hop_length)
    last = envelope.shape[-1] - 1
    n = last * hop_length if length is None else integer(length, name="length")
    number = np.arange(1 + -(-output_length(rate, n) // hop_length))
    where = input_position(rate, number * hop_length, n_samples=n) / hop_length
    where = np.clip(where, 0.0, last)
    low = np.minimum(where.astype(int), last)
    share = array_namespace(envelope).asarray(where - low, dtype=envelope.dtype)
    high = np.minimum(low + 1, last)
    return envelope[..., low] * (1.0 - share) + envelope[..., high] * share


def _checked(envelope, n_frames=1):
    envelope = as_signal(envelope, name="envelope", min_length=n_frames)
    if envelope.ndim < 2:
        raise ValueError(
            f"envelope must have shape (..., n_bands, n_frames), got {envelope.shape}"
        )
    return envelope


def _apart(noise, number, n_fft, hop_length):
    """Frames of the noise; those that will overlap come from places far apart."""
    xp, length = array_namespace(noise), noise.shape[-1]
    overlapping = -(-n_fft // hop_length)
    starts = number * hop_length + number % overlapping * (length // overlapping)
    copies = 1 + -(-n_fft // length)
    endless = xp.concatenate([noise] * copies, axis=-1)
    return frames_at(endless, starts % length, n_fft)


def stochastic_sizes(sample_rate, n_fft, hop_length):
    """Fill in what is None: frames of 12 ms that overlap by half."""
    positive(sample_rate, name="sample_rate")
    if n_fft is None:
        n_fft = 2 * max(round(sample_rate * 256 / 44100), 4)
    integer(n_fft, name="n_fft", least=8)
    if hop_length is None:
        hop_length = n_fft // 2
    return n_fft, integer(hop_length, name="hop_length", most=n_fft)


def _bands(sample_rate, n_fft, n_bands):
    """Triangles (n_bands, n_bins) from 0 to half the rate, which sum to 1."""
    n_bins = n_fft // 2 + 1
    n_bands = integer(n_bands, name="n_bands", least=2, most=n_bins)
    top = float(hz_to_mel(sample_rate / 2.0))
    centres = mel_to_hz(np.linspace(0.0, top, n_bands)) * (n_fft / sample_rate)
    centres = np.maximum(centres, np.arange(n_bands))  # a bin apart at least
    centres[-1] = n_bins - 1
    identity = np.eye(n_bands)
    bins = np.arange(n_bins)
    return np.stack([np.interp(bins, centres, row) for row in identity])
