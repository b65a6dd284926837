"""Another pitch, the same duration; the timbre moved along, or kept.

A tape played faster is shorter and higher. Stretched back to its length it is only
higher: `formants=False`. But then the resonances of the mouth have moved as well, and
the singer has shrunk. With `formants=True` they stay, in one of two ways: PSOLA sets
the periods of one voice at another distance and leaves each as it is; for chords and
whole recordings, which have no single period, the spectral envelope is put back.
"""

import numbers

import numpy as np

from dsplab._arguments import as_array, as_signal, one_of, positive
from dsplab._array import array_namespace, fft, stop_gradient
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.resampling import resample
from dsplab.spectral import istft, stft
from dsplab.stretch.adaptive_vocoder import adaptive_vocoder
from dsplab.stretch.psola import psola

METHODS = ("psola", "envelope")  # of keeping the formants
MOST = 36.0  # semitones
ITERATIONS = 12  # of the envelope's climb to the tops of the partials
LARGEST_GAIN_DB = 40.0  # of the envelope's correction


def pitch_shift(
    x, semitones, *, sample_rate, formants=False, method="psola", quefrency=None
):
    """Transpose a sound without changing its duration.

        formants moved:  y = resample(stretch(x, 1 / ratio), n_samples),
                         ratio = 2^(semitones / 12).

    Args:
      x: sound, (n_samples,) or (n_channels, n_samples); all channels are treated
        alike, so that the stereo image stays.
      semitones: a Python number within -36..36, up is positive. With PSOLA also a
        curve, one value every 10 ms.
      sample_rate: Hz.
      formants: whether the resonances (the vowel, the body of the instrument) stay
        where they are. False moves them with the pitch.
      method: how they are kept. "psola" for one voice or one-voiced instrument: close
        to what the singer would have sung. "envelope" for everything else: the
        result with moved formants is filtered, frame by frame, by the envelope it
        should have over that which it has.
      quefrency: for "envelope", its fineness in seconds, see `true_envelope`: half a
        period of the highest voice. None measures it (not under `jax.jit`).

    Returns:
      Sound of the shape, library and dtype of x. 0 semitones return x, up to rounding
      (less than -100 dB).

    Raises:
      ValueError: if semitones is out of range, or a curve where a number is needed.

    Reference:
      Moulines and Laroche, "Non-parametric techniques for pitch-scale and time-scale
      modification of speech", Speech Communication 16, 1995. For the envelope:
      Roebel and Rodet, "Efficient spectral envelope estimation and its application to
      pitch shifting and envelope preservation", DAFx 2005.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(8000) / 16000)
    >>> y = pitch_shift(x, 12, sample_rate=16000)
    >>> y.shape, int(np.argmax(np.abs(np.fft.rfft(y)))) * 2
    ((8000,), 880)
    """
    x = as_signal(x, ndim=(1, 2))
    positive(sample_rate, name="sample_rate")
    one_of(method, METHODS, name="method")
    if formants and method == "psola":
        ratio = 2.0 ** (_checked(semitones) / 12.0)
        return psola(x, 1.0, sample_rate=sample_rate, pitch_ratio=ratio)
    if not isinstance(semitones, numbers.Real):
        raise ValueError(
            "semitones must be a Python number (a curve needs formants=True and "
            f"method='psola'), got {type(semitones).__name__}"
        )
    ratio = 2.0 ** (float(_checked(semitones)) / 12.0)
    y = adaptive_vocoder(x, 1.0 / ratio, sample_rate=sample_rate)
    y = resample(y, x.shape[-1])
    if not formants:
        return y
    quefrency = half_period(x, sample_rate) if quefrency is None else quefrency
    return keep_envelope(x, y, ratio, sample_rate=sample_rate, quefrency=quefrency)


def half_period(x, sample_rate):
    """Half a period of the pitch that x rarely exceeds, in seconds; 2 ms without one.

    >>> x = np.sin(2 * np.pi * 200 * np.arange(8000) / 16000)
    >>> round(half_period(x, 16000), 6)
    0.0025
    """
    x = as_signal(x, ndim=(1, 2))
    mono = np.asarray(x if x.ndim == 1 else x.mean(axis=0))
    f0 = autocorrelation_pitch(mono, sample_rate=sample_rate).f0
    voiced = f0[np.isfinite(f0)]
    if len(voiced) < 0.2 * len(f0):
        return 0.002
    return float(np.clip(0.5 / np.quantile(voiced, 0.75), 0.0005, 0.004))


def keep_envelope(x, y, ratio, *, sample_rate, quefrency=0.002):
    """Give y, which is x at another pitch, the spectral envelope of x.

    Every bin of the STFT of y is multiplied by E(f) / E(f / ratio), E the envelope of
    x at that moment: y has its partials where x had them, times ratio.

    Args:
      x: original sound, (..., n_samples).
      y: the same with its pitch multiplied by ratio, (..., n_samples).
      ratio: Python number.
      sample_rate: Hz.
      quefrency: fineness of the envelope in seconds, see `true_envelope`.

    Returns:
      Sound, (..., n_samples).

    >>> x = np.random.default_rng(0).standard_normal(4000)
    >>> y = keep_envelope(x, x, 1.0, sample_rate=16000)
    >>> bool(np.abs(y - x).max() < 1e-12)
    True
    """
    positive(quefrency, name="quefrency")
    positive(ratio, name="ratio")
    positive(sample_rate, name="sample_rate")
    x, y = as_signal(x), as_signal(y, name="y")
    if x.shape != y.shape:
        raise ValueError(f"y must have the shape of x, {x.shape}, got {y.shape}")
    xp = array_namespace(x, y)
    n_fft = max(2 ** round(np.log2(sample_rate * 2048 / 44100)), 16)
    order = max(1, min(int(quefrency * sample_rate), n_fft // 2 - 1))
    log_magnitude = xp.log(xp.abs(stft(x, n_fft=n_fft)) + 1e-5)
    envelope = true_envelope(log_magnitude, order)  # (..., n_bins, n_frames)
    position = np.minimum(np.arange(n_fft // 2 + 1) / ratio, n_fft // 2)
    below = np.minimum(position.astype(int), n_fft // 2 - 1)
    part = xp.asarray(position - below, dtype=x.dtype)[:, None]
    moved = envelope[..., below, :] * (1.0 - part) + envelope[..., below + 1, :] * part
    most = float(LARGEST_GAIN_DB * np.log(10.0) / 20.0)
    gain = xp.exp(xp.clip(envelope - moved, -most, most))
    return istft(stft(y, n_fft=n_fft) * gain, length=x.shape[-1])


def true_envelope(log_magnitude, order):
    """The smooth curve over the tops of a log spectrum.

    The cepstrum cut off at `order` is a smooth spectrum through the middle of the log
    spectrum, partials and gaps. Where the spectrum lies below the curve it is lifted to
    it, and the curve is drawn again: it rises until it lies on the partials.

        A[0] = log |X|,  V[i] = lifter(A[i]),  A[i + 1] = max(A[i], V[i]).

    Args:
      log_magnitude: natural log of magnitudes, (..., n_bins, n_frames), n_bins odd.
      order: coefficients of the cepstrum that are kept; half a period in samples is
        the finest that does not follow the partials themselves.

    Returns:
      Envelope, the shape of log_magnitude.

    Reference:
      Imai and Abe 1979, in the form of Roebel and Rodet, DAFx 2005.

    >>> flat = np.zeros((9, 1))
    >>> np.abs(true_envelope(flat, 2)).max().tolist()
    0.0
    """
    xp = array_namespace(log_magnitude)
    spectrum = xp.moveaxis(log_magnitude, -2, -1)  # (..., n_frames, n_bins)
    n_fft = 2 * (spectrum.shape[-1] - 1)
    quefrency = np.minimum(np.arange(n_fft), n_fft - np.arange(n_fft))
    lifter = xp.asarray(quefrency <= order, dtype=spectrum.dtype)
    lifted = spectrum = stop_gradient(spectrum)
    for _ in range(ITERATIONS):
        cepstrum = fft(lifted).irfft(lifted, n_fft)
        envelope = fft(lifted).rfft(cepstrum * lifter, n_fft).real
        lifted = xp.maximum(lifted, envelope)
    return xp.moveaxis(envelope, -1, -2)


def _checked(semitones):
    values = np.asarray(as_array(semitones, name="semitones"), dtype=np.float64)
    if values.ndim > 1 or not (np.abs(values) <= MOST).all():
        raise ValueError(
            f"semitones must be a number or curve within -36..36, got {semitones!r}"
        )
    return values
