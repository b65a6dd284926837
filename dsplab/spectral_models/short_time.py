"""Transformations of the short-time spectrum: a sound filtered, or shaped by another.

Nothing is looked for in the spectrum: its magnitudes are changed, its phases stay.
"""

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive
from dsplab._array import array_namespace, fft, frames_at
from dsplab.convert import amplitude_to_db, db_to_amplitude
from dsplab.spectral import istft, stft
from dsplab.windows import get_window


def filter_spectrum(
    x,
    sample_rate,
    *,
    frequencies,
    gains_db,
    n_fft=None,
    hop_length=None,
    window="hann",
):
    """Filter a sound by drawing its frequency response, which may move.

        Y[k, m] = X[k, m] 10^(gain_db[k, m] / 20)

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      frequencies: Hz, ascending, (n_points,).
      gains_db: decibels there, (n_points,), or (n_points, n_frames) for a response that
        moves; between the points on straight lines, beyond them as at the last one.
      n_fft: samples in a frame; None for 46 ms (2048 at 44.1 kHz). The response has no
        finer detail than four bins, sample_rate / n_fft each.
      hop_length: samples between frames; None for a quarter of n_fft. There are
        1 + n_samples // hop_length frames.
      window: name or array, for analysis and synthesis.

    Returns:
      Signal, the shape of x.

    Raises:
      ValueError: if the points do not fit each other or the frames.

    Reference:
      Allen and Rabiner, "A unified approach to short-time Fourier analysis and
      synthesis", Proc. IEEE 65, 1977.

    >>> t = np.arange(8000) / 8000
    >>> x = np.cos(2 * np.pi * 300 * t) + np.cos(2 * np.pi * 2000 * t)
    >>> options = {"frequencies": [900.0, 1100.0], "gains_db": [0.0, -60.0]}
    >>> y = filter_spectrum(x, 8000, **options)
    >>> bool(abs(y - np.cos(2 * np.pi * 300 * t))[1000:7000].max() < 0.002)
    True
    """
    x = as_signal(x)
    options = _sizes(sample_rate, n_fft, hop_length, window)
    X = stft(x, **options)
    points = as_values(frequencies, name="frequencies")
    gains = as_values(gains_db, name="gains_db")
    n_frames = X.shape[-1]
    moving = gains.ndim == 2 and gains.shape[1] == n_frames
    if (
        points.ndim != 1
        or gains.shape[:1] != points.shape
        or not (gains.ndim == 1 or moving)
    ):
        raise ValueError(
            "gains_db must have a value for each of frequencies, (n_points,) or "
            f"(n_points, {n_frames} frames), got shapes {gains.shape}, {points.shape}"
        )
    xp = array_namespace(x, gains)
    bins = np.arange(X.shape[-2]) * (sample_rate / options["n_fft"])
    lines = np.stack([np.interp(bins, points, row) for row in np.eye(len(points))])
    gains = gains.reshape(len(points), -1)
    gain = db_to_amplitude(xp.asarray(lines.T, dtype=x.dtype) @ gains.astype(x.dtype))
    return istft(X * gain, length=x.shape[-1], **options)


def morph_spectra(
    x,
    other,
    sample_rate,
    *,
    balance=0.2,
    smoothing=0.5,
    n_fft=None,
    hop_length=None,
    window="hann",
):
    """Give a sound something of another one's spectral shape, moment by moment.

        20 log10 |Y| = (1 - balance) 20 log10 |X| + balance L(20 log10 |X_other|)

    with the phases of X. L smooths along frequency: it keeps the first part of the
    cepstrum, the Fourier transform of the decibels, and so the formants but not the
    harmonics. A voice that shapes an orchestra makes the orchestra speak.

    Args:
      x: signal, (..., n_samples): what is shaped; where it is silent, so is the result.
      other: signal, (..., n_samples of its own), whose shape is taken; it is gone
        through from begin to end while x is.
      sample_rate: Hz, of both.
      balance: 0 leaves x as it is, 1 gives it all of the other's shape; a number, or a
        curve (n_frames,), n_frames = 1 + n_samples // hop_length.
      smoothing: share of the other's detail that is kept, above 0; 1 keeps its whole
        spectrum, 0.05 of 2048 at 44.1 kHz an envelope that shows formants.
      n_fft, hop_length, window: as in `filter_spectrum`.

    Returns:
      Signal, as long as x.

    Raises:
      ValueError: if a number is out of range or balance has not as many frames.

    Reference:
      Serra, "Musical sound modeling with sinusoids plus noise", in: Musical signal
      processing, 1997. The other's decibels are smoothed in the cepstrum, which fades
      out from the share that is kept to twice as much, so that edges do not ring.

    >>> t = np.arange(8000) / 8000
    >>> x = np.cos(2 * np.pi * 300 * t)
    >>> y = morph_spectra(x, 0.1 * x, 8000, balance=0.5, smoothing=1.0)
    >>> round(float(y.std() / x.std()), 3)
    0.316
    """
    x, other = as_signal(x), as_signal(other, name="other")
    options = _sizes(sample_rate, n_fft, hop_length, window)
    if not 0.0 < positive(smoothing, name="smoothing") <= 1.0:
        raise ValueError(f"smoothing must be above 0 and at most 1, got {smoothing}")
    xp = array_namespace(x, other, balance)
    X = stft(x, **options)
    balance = as_values(balance, name="balance")
    if balance.shape not in ((), X.shape[-1:]):
        raise ValueError(
            f"balance must be a number or have {X.shape[-1]} frames, got shape "
            f"{balance.shape}"
        )
    scale = 2.0 / get_window(window, options["n_fft"]).sum()  # a full-scale sine has 1
    pace = other.shape[-1] / x.shape[-1]
    theirs = _spectra_along(other, pace, X.shape[-1], **options)
    level = _smooth(amplitude_to_db(scale * xp.abs(theirs)), smoothing)
    change = balance * (level - amplitude_to_db(scale * xp.abs(X)))
    gain = db_to_amplitude(change).astype(x.dtype)
    return istft(X * gain, length=x.shape[-1], **options)


def _sizes(sample_rate, n_fft, hop_length, window):
    """Fill in what is None: frames of 46 ms, four on each sample."""
    positive(sample_rate, name="sample_rate")
    if n_fft is None:
        n_fft = 2 * max(round(sample_rate * 1024 / 44100), 4)
    integer(n_fft, name="n_fft", least=8)
    hop_length = n_fft // 4 if hop_length is None else hop_length
    integer(hop_length, name="hop_length", most=n_fft)
    return {"n_fft": n_fft, "hop_length": hop_length, "window": window}


def _spectra_along(x, pace, n_frames, *, n_fft, hop_length, window):
    """Spectra (..., n_bins, n_frames) of x, about each pace * hop_length samples."""
    xp = array_namespace(x)
    starts = np.round(np.arange(n_frames) * (hop_length * pace)).astype(int)
    half = n_fft // 2
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half + n_fft % 2)])
    w = xp.asarray(get_window(window, n_fft), dtype=x.dtype)
    frames = frames_at(x, np.minimum(starts, x.shape[-1] - n_fft), n_fft)
    return xp.swapaxes(fft(x).rfft(frames * w), -1, -2)


def _smooth(level, share):
    """Decibels (..., n_bins, n_frames) of which a share of the cepstrum stays."""
    xp = array_namespace(level)
    level = xp.swapaxes(level, -1, -2)
    n_bins = level.shape[-1]
    cepstrum = fft(level).irfft(level, n=2 * (n_bins - 1))  # even in its time
    time = np.arange(2 * (n_bins - 1))
    time = np.minimum(time, 2 * (n_bins - 1) - time) / (n_bins - 1)  # 0 to 1
    fade = np.clip((time - share) / share, 0.0, 1.0)
    lifter = 0.5 + 0.5 * np.cos(np.pi * fade)
    cepstrum = cepstrum * xp.asarray(lifter, dtype=level.dtype)
    return xp.swapaxes(fft(cepstrum).rfft(cepstrum).real, -1, -2)
