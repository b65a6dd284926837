"""Mel-frequency cepstrum: the shape of a spectrum in a few numbers."""

import functools

import numpy as np

from dsplab._arguments import integer
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import mel_decibels


def mfcc(
    x,
    sample_rate,
    *,
    n_coefficients=20,
    n_mels=128,
    n_fft=2048,
    hop_length=None,
    **bands,
):
    """Timbre in a few numbers: cosines that add up to the mel spectrum in decibels.

        c_k = sqrt(2 / M) sum_j M_j cos(pi k (j + 1/2) / M),   c_0 / sqrt(2)

    with M_j the decibels of mel band j of M. c_0 is the level, c_1 the slant from bass
    to treble, higher ones finer and finer ripples; pitch is beyond the last of them.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_coefficients: how many; 13 are usual for speech.
      n_mels: mel bands.
      n_fft: samples in a frame.
      hop_length: samples between frames; n_fft // 4 by default.
      **bands: f_min, f_max, scale, norm of `dsplab.mel.mel_filterbank`.

    Returns:
      Shape (..., n_coefficients, n_frames). Equal to librosa's `mfcc`; what is 80 dB
      below the loudest band of the whole signal counts as that.

    Raises:
      ValueError: if there are more coefficients than bands.

    Reference:
      Davis and Mermelstein, "Comparison of parametric representations for monosyllabic
      word recognition in continuously spoken sentences", IEEE Trans. ASSP 28(4), 1980.

    >>> mfcc(np.sin(np.arange(8000) / 3), 8000, n_mels=40, n_fft=512).shape
    (20, 63)
    """
    n_mels = integer(n_mels, name="n_mels")
    integer(n_coefficients, name="n_coefficients", most=n_mels)
    bands = {"n_mels": n_mels, **bands}
    db = mel_decibels(x, sample_rate, n_fft, hop_length, **bands)
    cosines = array_namespace(db).asarray(
        _cosines(int(n_coefficients), n_mels), dtype=db.dtype
    )
    return cosines @ db


@functools.lru_cache(maxsize=16)
def _cosines(n_coefficients, n_mels):
    """The orthonormal discrete cosine transform, its first rows."""
    k, j = np.arange(n_coefficients)[:, None], np.arange(n_mels) + 0.5
    rows = np.sqrt(2.0 / n_mels) * np.cos(np.pi * k * j / n_mels)
    rows[0] /= np.sqrt(2.0)
    return rows
