"""Separating a sound into what is harmonic and what is percussive.

In a spectrogram tones are horizontal lines and hits are vertical ones. A median along
time keeps the first and removes the second, a median along frequency the reverse.
"""

from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, integer, one_of, positive
from dsplab._array import array_namespace, running_median, stop_gradient
from dsplab.spectral import istft, stft

MASKS = ("soft", "binary")
BASS_DURATION, BASS_BANDWIDTH = 2.0, 0.4  # of the bass, as against the rest


class Separation(NamedTuple):
    """Three signals that add up to the input, each of its shape."""

    harmonic: np.ndarray
    percussive: np.ndarray
    residual: np.ndarray


def harmonic_percussive(
    x,
    *,
    sample_rate,
    n_fft=None,
    hop_length=None,
    harmonic_duration=0.35,
    percussive_bandwidth=300.0,
    bass=110.0,
    margin=1.0,
    mask="soft",
):
    """Split a sound into tones, hits and what is neither.

    Each bin of the spectrogram S is given to the part whose median is larger there:

        H = median of S over harmonic_duration,  P = median over percussive_bandwidth
        soft:    harmonic mask H^2 / (H^2 + (margin P)^2), percussive with H, P swapped
        binary:  harmonic where H > margin P, percussive where P >= margin H

    The residual is what the two masks leave; with margin 1 that is nothing. Medians of
    more than 15 values are taken in two steps, of neighbours and then of those medians.
    To differentiation the masks are constants.

    Args:
      x: signal, shape (..., n_samples). All leading axes share the masks, which are
        found on their summed energy; use jax.vmap for a batch of separate sounds.
      sample_rate: Hz.
      n_fft: samples in a frame, by default the power of two nearest to 93 ms.
      hop_length: samples between frames; n_fft // 4 by default.
      harmonic_duration: seconds of the median along time; a tone must last half of it,
        a hit at most that. More lets slower decays count as hits.
      percussive_bandwidth: Hz of the median along frequency; more demands broader
        hits, less takes close partials for hits.
      bass: Hz, below which drums ring long, in a narrow band: the duration is twice as
        long there, and the bandwidth 0.4 as wide. 0 for the same sizes everywhere.
      margin: 1 or more. Above 1 a bin must be clearly harmonic or percussive, and the
        parts get purer; noise and singing go to the residual. 2 is a good try.
      mask: "soft" sounds smoother; "binary" separates more strictly.

    Returns:
      Separation(harmonic, percussive, residual), three signals of the shape, library
      and dtype of x, whose sum is x.

    Raises:
      ValueError: if x is not a finite signal, or an argument is out of range.

    Reference:
      Fitzgerald, "Harmonic/percussive separation using median filtering", DAFx 2010;
      Driedger, Mueller and Disch, "Extending harmonic-percussive separation of audio
      signals", ISMIR 2014 (margin and residual). Mueller measures the medians in
      seconds and Hz, as we do.

    >>> x = np.sin(np.arange(8000) / 5)
    >>> x[4000] += 20.0
    >>> tones, hits, rest = harmonic_percussive(x, sample_rate=8000)
    >>> bool(abs(tones + hits + rest - x).max() < 1e-9), int(hits.argmax())
    (True, 4000)
    """
    x = as_signal(x)
    one_of(mask, MASKS, name="mask")
    if positive(margin, name="margin") < 1:
        raise ValueError(f"margin must be at least 1, got {margin!r}")
    n_fft, hop_length = _sizes(sample_rate, n_fft, hop_length)
    duration = positive(harmonic_duration, name="harmonic_duration")
    bandwidth = positive(percussive_bandwidth, name="percussive_bandwidth")
    bass = positive(bass, name="bass", allow_zero=True)
    X = stft(x, n_fft=n_fft, hop_length=hop_length)
    H, P = _medians(
        stop_gradient(_magnitude(X)),
        duration * sample_rate / hop_length,
        bandwidth * n_fft / sample_rate,
        n_bass=round(bass * n_fft / sample_rate),
    )
    masks = _masks(H, P, margin=margin, mask=mask)

    def part(mask):
        return istft(X * mask, n_fft=n_fft, hop_length=hop_length, length=x.shape[-1])

    harmonic = part(masks[0])
    if margin == 1:
        return Separation(harmonic, x - harmonic, 0.0 * x)
    percussive = part(masks[1])
    return Separation(harmonic, percussive, x - harmonic - percussive)


def _medians(magnitude, n_times, n_bands, *, n_bass):
    """Medians along time and frequency; the lowest n_bass bins have their own sizes."""
    H = _median(magnitude, n_times, axis=-1)
    P = _median(magnitude, n_bands, axis=-2)
    if not n_bass:
        return H, P
    join = array_namespace(magnitude).concatenate
    low = magnitude[: n_bass + int(n_bands)]  # and what the median along it reaches
    bass = _median(low[:n_bass], BASS_DURATION * n_times, axis=-1)
    hits = _median(low, BASS_BANDWIDTH * n_bands, axis=-2)[:n_bass]
    return join([bass, H[n_bass:]]), join([hits, P[n_bass:]])


def _masks(H, P, *, margin, mask):
    """What belongs to the harmonic part, and what to the percussive one."""
    if mask == "binary":
        harmonic, percussive = margin * P < H, margin * H <= P
        return harmonic.astype(H.dtype), percussive.astype(H.dtype)
    H, P = H**2, P**2
    tiny = float(np.finfo(H.dtype).tiny)
    harmonic = (H + tiny) / (H + margin**2 * P + 2.0 * tiny)
    percussive = (P + tiny) / (P + margin**2 * H + 2.0 * tiny)
    return harmonic, percussive


def _median(x, size, axis):
    """Running median; of more than 15 values, a median of medians of neighbours."""
    if size <= 15:
        return running_median(x, _odd(size), axis=axis)
    part = _odd(np.sqrt(size))
    medians = running_median(x, part, axis=axis)
    return running_median(medians, _odd(size / part), spacing=part, axis=axis)


def _magnitude(X):
    """Root of the energy of all channels, (n_bins, n_frames)."""
    power = X.real**2 + X.imag**2
    return array_namespace(X).sqrt(power.reshape(-1, *X.shape[-2:]).sum(axis=0))


def _odd(size):
    """The odd number nearest to size, at least 3."""
    return max(2 * round((size - 1) / 2) + 1, 3)


def _sizes(sample_rate, n_fft, hop_length):
    positive(sample_rate, name="sample_rate")
    if n_fft is None:
        n_fft = max(2 ** round(np.log2(sample_rate * 4096 / 44100)), 4)
    n_fft = integer(n_fft, name="n_fft", least=4)
    hop_length = n_fft // 4 if hop_length is None else hop_length
    return n_fft, integer(hop_length, name="hop_length", most=n_fft // 2)
