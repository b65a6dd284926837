"""What the wave itself tells, without a spectrum: level, zero crossings, attack.

rms                 level of each moment
amplitude_envelope  the same at every sample: a note's outline
zero_crossing_rate  how often the wave changes its sign: noise or tone
log_attack_time     how long a note takes to rise
temporal_centroid   when in a note its energy lies
"""

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import array_namespace, frames_at, moving_sum
from dsplab.analysis._spectrum import safe_divide

CROSSING = 1e-10  # smaller samples have no sign


def rms(x, *, frame_length=2048, hop_length=None):
    """Level of each moment: the root of the mean square of a frame.

    Args:
      x: signal, (..., n_samples).
      frame_length: samples in a frame.
      hop_length: samples between frames; frame_length // 4 by default.

    Returns:
      Shape (..., n_frames); frame m is centred on sample m hop_length, and beyond the
      ends is silence. Equal to librosa's `rms`.

    >>> float(rms(np.ones(8192), frame_length=1024)[10])
    1.0
    """
    x, n, hop = _sizes(x, frame_length, hop_length)
    xp = array_namespace(x)
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(n // 2, n // 2)])
    starts = range(0, x.shape[-1] - n + 1, hop)
    frames = frames_at(x, starts, n)
    power = xp.vecdot(frames, frames) / n
    still = power == 0.0
    return xp.where(still, 0.0, xp.sqrt(xp.where(still, 1.0, power)))


def zero_crossing_rate(x, *, frame_length=2048, hop_length=None):
    """How often the wave changes its sign, for each sample: high for noise.

    A sine crosses zero twice a period: its frequency is half the rate times the
    sampling rate.

    Args:
      x: signal, (..., n_samples).
      frame_length: samples in a frame.
      hop_length: samples between frames; frame_length // 4 by default.

    Returns:
      Crossings per sample, 0 to 1, (..., n_frames); frame m is centred on sample
      m hop_length, and beyond the ends their sample goes on. Equal to librosa's.

    >>> x = np.sin(2 * np.pi * 100.3 * np.arange(8000) / 8000)
    >>> round(float(zero_crossing_rate(x)[8]) / 2 * 8000, 1)
    99.6
    """
    x, n, hop = _sizes(x, frame_length, hop_length)
    xp = array_namespace(x)
    still = [(0, 0)] * (x.ndim - 1)
    # of what counts as nothing, the sign is plus
    negative = xp.pad(x < -CROSSING, [*still, (n // 2, n // 2)], mode="edge")
    changes = (negative[..., 1:] != negative[..., :-1]).astype(int)
    total = xp.cumsum(xp.pad(changes, [*still, (1, 0)]), axis=-1)
    starts = np.arange(0, negative.shape[-1] - n + 1, hop)
    return (total[..., starts + n - 1] - total[..., starts]).astype(x.dtype) / n


def amplitude_envelope(x, sample_rate, *, smoothing=0.02):
    """The outline of a sound: its level at every sample.

    The root of the squared signal under a triangle of `smoothing` seconds, centred.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      smoothing: seconds; a period of the lowest note at least. An instant rise from
        silence goes from 20 to 90 % within 0.55 of it.

    Returns:
      Signal like x, at least 0; 0.71 for a sine of amplitude 1. Beyond the ends is
      silence.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> print(amplitude_envelope(x, 8000)[4000].round(2))
    0.71
    """
    rate = positive(sample_rate, name="sample_rate")
    half = max(round(positive(smoothing, name="smoothing") * rate / 2), 1)
    x = as_signal(x)
    xp = array_namespace(x)
    power = xp.pad(x**2, [(0, 0)] * (x.ndim - 1) + [(half - 1, half - 1)])
    for _ in range(2):  # a box twice is a triangle
        power = xp.maximum(moving_sum(power, half), 0.0) / half
    still = power == 0.0
    return xp.where(still, 0.0, xp.sqrt(xp.where(still, 1.0, power)))


def log_attack_time(x, sample_rate, *, start=0.2, stop=0.9, smoothing=0.02):
    """How long a note takes to rise: the logarithm of seconds, as the ear compares.

        log10(t_stop - t_start): when `amplitude_envelope` first reaches `stop` of its
        maximum, and when, before that, it last was below `start` of it.

    Args:
      x: one note, (..., n_samples).
      sample_rate: Hz.
      start: share of the maximum where the attack begins.
      stop: share of the maximum where it ends; above start, at most 1.
      smoothing: seconds, of the envelope.

    Returns:
      log10 seconds, (...): about -2 where a string is struck or plucked, -1 for a bow
      or a breath. An instant rise has log10(0.55 smoothing), -1.96.

    Raises:
      ValueError: if not 0 < start < stop <= 1.

    Reference:
      Peeters et al., "The Timbre Toolbox", J. Acoust. Soc. Am. 130(5), 2011; theirs
      finds both shares from the sound itself.

    >>> t = np.arange(8000) / 8000
    >>> x = np.minimum(t / 0.5, 1.0) * np.sin(2 * np.pi * 440 * t)
    >>> print((10 ** log_attack_time(x, 8000)).round(2))  # 70 % of 0.5 s
    0.35
    """
    if not 0 < positive(start, name="start") < positive(stop, name="stop") <= 1:
        raise ValueError(f"start and stop must be 0 < start < stop <= 1, got {start!r} "
                         f"and {stop!r}")  # fmt: skip
    e = amplitude_envelope(x, sample_rate, smoothing=smoothing)
    xp = array_namespace(e)
    top = e.max(axis=-1, keepdims=True)
    n = xp.arange(e.shape[-1])
    last = xp.argmax(e >= stop * top, axis=-1)[..., None]
    low = (e < start * top) & (n < last)
    first = xp.where(low, n, 0).max(axis=-1)
    length = xp.maximum(last[..., 0] - first, 1).astype(e.dtype)
    return xp.log10(length / sample_rate)


def temporal_centroid(x, sample_rate, *, smoothing=0.02):
    """When in a note its energy lies: early for a plucked string, late for a swell.

        sum_n t_n e_n / sum_n e_n,   e the `amplitude_envelope`

    Args:
      x: one note, (..., n_samples).
      sample_rate: Hz.
      smoothing: seconds, of the envelope.

    Returns:
      Seconds from the first sample, (...); 0 for silence.

    Reference:
      Peeters et al., "The Timbre Toolbox", J. Acoust. Soc. Am. 130(5), 2011.

    >>> x = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> print(temporal_centroid(x, 8000).round(2))
    0.5
    """
    e = amplitude_envelope(x, sample_rate, smoothing=smoothing)
    t = array_namespace(e).asarray(np.arange(e.shape[-1]) / sample_rate, dtype=e.dtype)
    return safe_divide((t * e).sum(axis=-1), e.sum(axis=-1))


def _sizes(x, frame_length, hop_length):
    n = integer(frame_length, name="frame_length", least=2)
    hop = max(n // 4, 1) if hop_length is None else hop_length
    return as_signal(x), n, integer(hop, name="hop_length")
