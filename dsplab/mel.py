"""Mel spectra: frequency as the ear spaces it, and back."""

import numpy as np

from dsplab._arguments import as_signal, integer, one_of, positive
from dsplab._array import array_namespace
from dsplab.convert import hz_to_mel, mel_to_hz
from dsplab.phase_retrieval import griffin_lim
from dsplab.spectral import stft


def mel_filterbank(
    sample_rate,
    *,
    n_fft,
    n_mels=128,
    f_min=0.0,
    f_max=None,
    scale="slaney",
    norm="area",
):
    """Triangles, evenly spaced in mel, that gather the bins of a spectrum into bands.

    Args:
      sample_rate: Hz.
      n_fft: of the spectrum the filters are for.
      n_mels: number of bands.
      f_min: Hz where the lowest band begins.
      f_max: Hz where the highest band ends; sample_rate / 2 by default.
      scale: "slaney" or "htk", see `dsplab.convert.hz_to_mel`.
      norm: "area" (every triangle has area 1 in Hz: librosa's default) or "peak".

    Returns:
      NumPy array (n_mels, n_fft // 2 + 1), float64. A band that is narrower than a bin
      can be empty: use fewer bands or a larger n_fft.

    Raises:
      ValueError: if the band edges are not 0 <= f_min < f_max <= sample_rate / 2.

    Reference:
      M. Slaney, "Auditory Toolbox", Interval Research report 1998-010, 1998.

    >>> mel_filterbank(16000, n_fft=512, n_mels=40).shape
    (40, 257)
    """
    nyquist = positive(sample_rate, name="sample_rate") / 2.0
    n_fft = integer(n_fft, name="n_fft", least=2)
    n_mels = integer(n_mels, name="n_mels")
    f_max = nyquist if f_max is None else positive(f_max, name="f_max")
    if not 0 <= positive(f_min, name="f_min", allow_zero=True) < f_max <= nyquist:
        raise ValueError(
            f"f_min and f_max must be 0 <= f_min < f_max <= {nyquist:g} Hz, "
            f"got {f_min} and {f_max}"
        )
    one_of(norm, ("area", "peak"), name="norm")
    low, high = hz_to_mel(np.array([f_min, f_max]), scale=scale)
    edges = mel_to_hz(np.linspace(low, high, n_mels + 2), scale=scale)  # Hz
    bins = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    widths = np.diff(edges)[:, None]
    rising = (bins - edges[:-2, None]) / widths[:-1]
    falling = (edges[2:, None] - bins) / widths[1:]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    if norm == "area":
        triangles *= 2.0 / (edges[2:] - edges[:-2])[:, None]
    return triangles


def mel_spectrogram(x, sample_rate, *, n_fft=2048, hop_length=None, power=2.0, **bands):
    """Mel spectrum of each moment: the filterbank times |STFT|^power.

    Args:
      x: signal, shape (..., n_samples).
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.
      power: 2 for energy, 1 for magnitude.
      **bands: n_mels, f_min, f_max, scale, norm of `mel_filterbank`.

    Returns:
      Shape (..., n_mels, n_frames).

    >>> mel_spectrogram(np.zeros(16000), 16000, n_fft=512, n_mels=40).shape
    (40, 126)
    """
    filters = mel_filterbank(sample_rate, n_fft=n_fft, **bands)
    X = stft(x, n_fft=n_fft, hop_length=hop_length)
    xp = array_namespace(X)
    squares = positive(power, name="power") == 2
    spectrum = X.real**2 + X.imag**2 if squares else xp.abs(X) ** power
    return xp.asarray(filters, dtype=spectrum.dtype) @ spectrum


def mel_to_spectrum(mel, sample_rate, *, n_fft, n_iterations=50, **bands):
    """Non-negative spectrum whose mel bands are the given ones, as nearly as it goes.

    Least squares with the spectrum kept at or above zero, by multiplicative updates
    S <- S (F^T M) / (F^T F S) from the filters' own shape.

    Args:
      mel: mel spectrum, shape (..., n_mels, n_frames), at least 0.
      sample_rate: Hz.
      n_fft: of the spectrum wanted.
      n_iterations: number of updates.
      **bands: n_mels is taken from mel; f_min, f_max, scale, norm as it was made.

    Returns:
      Shape (..., n_fft // 2 + 1, n_frames): energy if mel is of energy.

    Raises:
      ValueError: if mel is not (..., n_mels, n_frames).

    Reference:
      Lee and Seung, "Algorithms for non-negative matrix factorization", NIPS 2000.

    >>> mel = mel_spectrogram(np.sin(np.arange(4000)), 8000, n_fft=256, n_mels=30)
    >>> mel_to_spectrum(mel, 8000, n_fft=256).shape
    (129, 63)
    """
    mel = as_signal(mel, name="mel")
    if mel.ndim < 2:
        raise ValueError(
            f"mel must have shape (..., n_mels, n_frames), got {mel.shape}"
        )
    filters = mel_filterbank(sample_rate, n_fft=n_fft, n_mels=mel.shape[-2], **bands)
    xp = array_namespace(mel)
    F = xp.asarray(filters, dtype=mel.dtype)
    tiny = float(np.finfo(mel.dtype).tiny) ** 0.5
    wanted = F.T @ mel
    S = wanted / xp.maximum((F.T @ F).sum(axis=-1)[:, None], tiny)
    for _ in range(integer(n_iterations, name="n_iterations", least=0)):
        S = S * wanted / xp.maximum(F.T @ (F @ S), tiny)
    return S


def mel_to_audio(mel, sample_rate, *, n_fft, hop_length=None, power=2.0, **options):
    """Sound with the given mel spectrogram: `mel_to_spectrum`, then `griffin_lim`.

    Args:
      mel: shape (..., n_mels, n_frames), made with the same sizes by
        `mel_spectrogram`.
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.
      power: as in `mel_spectrogram`.
      **options: f_min, f_max, scale, norm of the filterbank.

    Returns:
      Signal, shape (..., n_samples).

    >>> mel = mel_spectrogram(np.sin(np.arange(4000)), 8000, n_fft=256, n_mels=30)
    >>> mel_to_audio(mel, 8000, n_fft=256).shape
    (3968,)
    """
    spectrum = mel_to_spectrum(mel, sample_rate, n_fft=n_fft, **options)
    magnitude = spectrum ** (1.0 / positive(power, name="power"))
    return griffin_lim(magnitude, hop_length=hop_length)
