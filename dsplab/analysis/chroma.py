"""Chroma: how much of each pitch class sounds, in whatever octave.

chroma            from the whole spectrum
hpcp              from its peaks, whose harmonics are told from fundamentals
tuning            how far the tuning is from A = 440 Hz
"""

import functools

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import framewise, safe_divide
from dsplab.analysis.peaks import Peaks, spectral_peaks

REFERENCE = 440.0  # Hz, A4; class 0 is C


def chroma_filterbank(sample_rate, *, n_fft, n_classes=12, tuning=0.0):
    """Bells around every pitch class that gather the bins of a spectrum, all octaves.

    Bin k lies q = n log2(f_k / 27.5 Hz) classes above A0. Class c takes from it

        exp(-2 (d / w)^2),   d = q - c modulo n, within half an octave,

    w being the width of a bin in classes, or 1 where it is less. The weights of a bin
    are scaled to a square sum of 1, and then by a bell of two octaves around A4 + 1
    octave, as the middle register says most about harmony.

    Args:
      sample_rate: Hz.
      n_fft: of the spectrum the filters are for.
      n_classes: 12, or a multiple of it for finer steps.
      tuning: of the sound, in classes above A = 440 Hz.

    Returns:
      NumPy array (n_classes, n_fft // 2 + 1); row 0 is C.

    Reference:
      D. Ellis, "Chroma feature analysis and synthesis", 2007, whose choices librosa
      follows, and we: the numbers are those of `librosa.filters.chroma`.

    >>> chroma_filterbank(22050, n_fft=2048).argmax(axis=0)[41]  # 441 Hz is an A
    np.int64(9)
    """
    positive(sample_rate, name="sample_rate")
    n_fft = integer(n_fft, name="n_fft", least=4)
    n = integer(n_classes, name="n_classes")
    return _filterbank(sample_rate, n_fft, n, float(as_values(tuning, name="tuning")))


@functools.lru_cache(maxsize=8)
def _filterbank(sample_rate, n_fft, n, tuning):
    n_bins = n_fft // 2 + 1
    hertz = np.arange(1, n_bins + 1) * (sample_rate / n_fft)
    place = n * np.log2(hertz / (REFERENCE / 16.0)) - tuning
    # the bin of 0 Hz is put an octave and a half below the first, with a bell as wide
    place = np.append(place[0] - 1.5 * n, place)
    width = np.maximum(np.diff(place), 1.0)
    place = place[:-1]
    half = round(n / 2.0)
    away = (place - np.arange(n)[:, None] + half) % n - half
    bells = np.exp(-2.0 * (away / width) ** 2)
    bells /= np.sqrt((bells**2).sum(axis=0))
    bells *= np.exp(-0.5 * ((place / n - 5.0) / 2.0) ** 2)
    bells = np.roll(bells, -3 * (n // 12), axis=0)
    bells.flags.writeable = False
    return bells


def chroma(x, sample_rate, *, n_classes=12, tuning=0.0, n_fft=2048, hop_length=None):
    """How much of each pitch class sounds at each moment: what harmony is read from.

        C = F |X|^2,   F of `chroma_filterbank`; each frame over its own maximum

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_classes: pitch classes in an octave, from C on.
      tuning: of the sound, in classes above A = 440 Hz; see `tuning` below.
      n_fft: samples in a frame. Low chords need 4096 and more at 44.1 kHz.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Shape (..., n_classes, n_frames), 0 to 1. Equal to librosa's `chroma_stft` with
      the same tuning (librosa's default is to estimate it).

    >>> x = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> int(chroma(x, 22050)[:, 20].argmax())
    9
    """
    filters = chroma_filterbank(
        sample_rate, n_fft=n_fft, n_classes=n_classes, tuning=tuning
    )

    def classes(power):
        xp = array_namespace(power)
        sums = power @ xp.asarray(filters.T, dtype=power.dtype)
        return (safe_divide(sums, sums.max(axis=-1, keepdims=True)),)

    rows = framewise(classes, x, n_fft, hop_length)[0]
    return array_namespace(rows).swapaxes(rows, -1, -2)


def hpcp(
    x,
    sample_rate,
    *,
    n_classes=12,
    tuning=0.0,
    f_min=100.0,
    f_max=5000.0,
    n_harmonics=8,
    decay=0.6,
    width=4.0 / 3.0,
    n_peaks=60,
    n_fft=None,
    hop_length=None,
):
    """Harmonic pitch class profile: chroma of the peaks, less deceived by overtones.

    Each peak of frequency f and amplitude a may be the h-th harmonic of f / h. It adds

        a^2 decay^(h - 1) cos^2(pi d / width)   where |d| < width / 2,

    d being the distance in semitones of f / h from the class, h = 1 .. n_harmonics.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_classes: pitch classes in an octave, from C on; 36 shows how well it is tuned.
      tuning: of the sound, in semitones above A = 440 Hz; see `tuning`.
      f_min: lowest peak that counts, Hz.
      f_max: highest peak that counts, Hz.
      n_harmonics: 1 takes each peak for a fundamental.
      decay: what the next harmonic counts.
      width: semitones of the bell.
      n_peaks: most peaks of a frame.
      n_fft: size of the transform; None for 93 ms, and windows of three quarters of it.
      hop_length: samples between frames; n_fft // 4 by default.

    Returns:
      Shape (..., n_classes, n_frames), each frame over its own maximum; 0 in silence.

    Raises:
      ValueError: if not 0 < f_min < f_max, or another argument is out of range.

    Reference:
      E. Gomez, "Tonal description of polyphonic audio for music content processing",
      INFORMS Journal on Computing 18(3), 2006.

    >>> t = np.arange(22050) / 22050
    >>> x = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 9))
    >>> int(hpcp(x, 22050)[:, 10].argmax())
    9
    """
    n = integer(n_classes, name="n_classes")
    integer(n_harmonics, name="n_harmonics")
    positive(decay, name="decay")
    positive(width, name="width")
    if not positive(f_min, name="f_min") < positive(f_max, name="f_max"):
        raise ValueError(f"f_min must be below f_max, got {f_min!r} and {f_max!r}")
    peaks = _peaks(x, sample_rate, n_peaks, n_fft, hop_length)
    f, a = peaks.frequency, peaks.amplitude  # (..., n_peaks, n_frames)
    xp = array_namespace(f)
    counts = (a > 0.0) & (f >= f_min) & (f <= f_max)
    power = xp.where(counts, a, 0.0) ** 2
    semitones = _semitones(xp.where(counts, f, REFERENCE)) - tuning
    profile = 0.0
    centre = xp.asarray(np.arange(n) * (12.0 / n), dtype=f.dtype)[:, None, None]
    for h in range(1, n_harmonics + 1):
        away = (semitones - 12.0 * np.log2(h))[..., None, :, :] - centre
        away = (away + 6.0) % 12.0 - 6.0  # (..., n_classes, n_peaks, n_frames)
        bell = xp.cos(xp.clip(away / width, -0.5, 0.5) * np.pi) ** 2
        profile = profile + decay ** (h - 1) * (bell * power[..., None, :, :]).sum(-2)
    return safe_divide(profile, profile.max(axis=-2, keepdims=True))


def tuning(x, sample_rate, *, n_peaks=60, n_fft=None):
    """How far a sound is tuned from A = 440 Hz: the mean of its peaks, around a circle.

        phase of sum_p a_p exp(2 pi i s_p) / (2 pi),   s_p in semitones from A

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_peaks: most peaks of a frame.
      n_fft: size of the transform; None for 93 ms.

    Returns:
      Semitones, -0.5 to 0.5, (...); times 100, cents.

    >>> x = np.sin(2 * np.pi * 446 * np.arange(22050) / 22050)
    >>> print((1200 * np.log2(446 / 440)).round(), (100 * tuning(x, 22050)).round())
    23.0 23.0
    """
    peaks = _peaks(x, sample_rate, n_peaks, n_fft, None)
    f, a = peaks.frequency, peaks.amplitude
    xp = array_namespace(f)
    counts = (a > 0.0) & (f >= 50.0) & (f <= 5000.0)
    turn = 2.0 * np.pi * _semitones(xp.where(counts, f, REFERENCE))
    a = xp.where(counts, a, 0.0)
    sine = (a * xp.sin(turn)).sum(axis=(-2, -1))
    cosine = (a * xp.cos(turn)).sum(axis=(-2, -1))
    nothing = (sine == 0.0) & (cosine == 0.0)
    return xp.arctan2(sine, xp.where(nothing, 1.0, cosine)) / (2.0 * np.pi)


def _semitones(frequency):
    """Above C, from A = 440 Hz."""
    return 12.0 * array_namespace(frequency).log2(frequency / REFERENCE) + 9.0


def _peaks(x, sample_rate, n_peaks, n_fft, hop_length):
    positive(sample_rate, name="sample_rate")
    if n_fft is None:
        n_fft = max(2 ** round(np.log2(0.093 * sample_rate)), 16)
    n_fft, x = integer(n_fft, name="n_fft", least=16), as_signal(x)
    hop = n_fft // 4 if hop_length is None else hop_length
    window_length = 3 * n_fft // 4 // 2 * 2 - 1
    sizes = {"window_length": window_length, "n_fft": n_fft, "hop_length": hop}
    peaks = spectral_peaks(x, sample_rate, **sizes, n_peaks=n_peaks)
    n_frames = 1 + x.shape[-1] // hop
    return Peaks(*(track[..., :n_frames] for track in peaks))
