"""Onsets: when notes and hits begin, and whether they still begin as sharply.

    onset_times     finds the hits of a percussive sound
    attack_times    where exactly known hits rise
    onset_error     how far the attacks of a changed sound are from where they belong
    pre_echo_db     how much sounds before an attack that should not

NumPy only, one channel: how many onsets there are depends on the sound.
"""

import numpy as np

from dsplab._arguments import as_signal, as_values, positive
from dsplab.windows import hann

LOWEST_DB = -60.0  # what lies lower before an attack is not heard as an echo


def onset_times(x, *, sample_rate, min_gap=0.08, threshold=0.15):
    """Find when the hits of a percussive sound begin, by the growth of its amplitude.

        flux(t) = a(t) - a(t - 6 ms), where positive,  a^2 = x^2 smoothed over 4 ms

    Args:
      x: signal, shape (n_samples,).
      sample_rate: Hz.
      min_gap: seconds between two onsets at least; the stronger one stays.
      threshold: smallest growth that counts, as a fraction of the greatest.

    Returns:
      Seconds, shape (n_onsets,), ascending.

    >>> x = np.zeros(16000)
    >>> x[[4000, 9000]] = 1.0
    >>> onset_times(x, sample_rate=16000).round(2).tolist()
    [0.25, 0.56]
    """
    x = _one_channel(x)
    positive(min_gap, name="min_gap", allow_zero=True)
    positive(threshold, name="threshold")
    amplitude = np.sqrt(_energy(x, sample_rate, seconds=0.004, highpass=0.0))
    lag = max(round(0.006 * sample_rate), 1)
    before = np.concatenate([np.zeros(lag), amplitude[:-lag]])[: len(amplitude)]
    flux = np.maximum(amplitude - before, 0.0)
    gap = max(round(min_gap * sample_rate), 1)
    found = []
    while flux.size and flux.max() > 0:
        peak = int(flux.argmax())
        if found and flux[peak] < threshold * found[0][0]:
            break
        found.append((flux[peak], peak))
        flux[max(peak - gap, 0) : peak + gap + 1] = 0.0
    if not found:
        return np.zeros(0)
    rough = np.sort([peak / sample_rate - 0.003 for _, peak in found])
    exact = attack_times(x, rough, sample_rate=sample_rate, span=0.012)
    return np.where(np.isnan(exact), rough, exact)


def attack_times(x, onsets, *, sample_rate, span=0.04, highpass=0.0):
    """Find where the attacks near the given onsets reach half of their energy.

    Args:
      x: signal, shape (n_samples,).
      onsets: seconds, shape (n_onsets,), about where they are.
      sample_rate: Hz.
      span: seconds before and after each onset in which its attack is sought.
      highpass: Hz below which nothing counts, for hits over a low accompaniment.

    Returns:
      Seconds, shape (n_onsets,); NaN where the span leaves the sound.

    >>> x = np.zeros(8000)
    >>> x[4000:] = 1.0
    >>> attack_times(x, [0.49], sample_rate=8000).round(3).tolist()
    [0.5]
    """
    onsets = np.atleast_1d(np.asarray(as_values(onsets, name="onsets"), dtype=float))
    positive(sample_rate, name="sample_rate")
    half = round(positive(span, name="span") * sample_rate)
    energy = _energy(_one_channel(x), sample_rate, seconds=0.001, highpass=highpass)
    if onsets.ndim > 1:
        raise ValueError(f"onsets must have shape (n_onsets,), got {onsets.shape}")
    times = np.full(onsets.shape, np.nan)
    centres = np.clip(np.round(onsets * sample_rate), -half, len(energy) + half)
    for i, centre in enumerate(centres.astype(int)):
        start, end = centre - half, centre + half
        if start < 0 or end > len(energy):
            continue
        part = energy[start:end]
        peak = int(part.argmax())
        low = np.flatnonzero(part[:peak] <= 0.5 * part[peak])
        times[i] = (start + (low[-1] if low.size else 0)) / sample_rate
    return times


def onset_error(x, y, onsets, onsets_y, *, sample_rate, highpass=0.0):
    """How far the attacks of a changed sound are from where they belong.

    The attacks of x and of y are measured alike, so that what the measure itself adds
    cancels:  |(attack_y - onset_y) - (attack_x - onset_x)|.

    Args:
      x: the original, shape (n_samples,).
      y: the changed sound, of any length.
      onsets: seconds in x, shape (n_onsets,).
      onsets_y: seconds in y where they should be, such as onsets / rate.
      sample_rate: Hz.
      highpass: as in `attack_times`.

    Returns:
      Seconds, shape (n_onsets,); NaN where one of them lies at an end.

    >>> x = np.zeros(16000)
    >>> x[4000:4100] = 1.0
    >>> y = np.roll(x, 16)
    >>> onset_error(x, y, [0.25], [0.25], sample_rate=16000).round(6).tolist()
    [0.001]
    """
    onsets, onsets_y = (
        np.atleast_1d(np.asarray(as_values(t, name=name), dtype=float))
        for t, name in ((onsets, "onsets"), (onsets_y, "onsets_y"))
    )
    options = {"sample_rate": sample_rate, "highpass": highpass}
    for times, name in ((onsets, "onsets"), (onsets_y, "onsets_y")):
        if times.shape != (onsets.size,):
            raise ValueError(f"{name} must have shape (n_onsets,), got {times.shape}")
    y = _one_channel(y, name="y")
    late_x = attack_times(x, onsets, **options) - onsets
    late_y = attack_times(y, onsets_y, **options) - onsets_y
    return abs(late_y - late_x)


def pre_echo_db(x, onsets, *, sample_rate, highpass=0.0):
    """How loud it is just before the attacks, beside the attacks themselves.

        10 log10(mean energy 30..3 ms before / mean energy 10 ms after), at least -60

    A vocoder smears an attack over its frame, which is heard as a breath before it. The
    difference of a changed sound and its original is what counts.

    Args:
      x: signal, shape (n_samples,).
      onsets: seconds, shape (n_onsets,).
      sample_rate: Hz.
      highpass: as in `attack_times`.

    Returns:
      dB, shape (n_onsets,); NaN where an onset is too near to an end.

    >>> x = np.zeros(16000)
    >>> x[8000:] = 1.0
    >>> pre_echo_db(x, [0.5], sample_rate=16000).tolist()
    [-60.0]
    """
    options = {"sample_rate": sample_rate, "highpass": highpass}
    attacks = attack_times(x, onsets, **options)
    energy = _energy(_one_channel(x), seconds=0.001, **options)
    edges = np.round(np.array([-0.03, -0.003, 0.01]) * sample_rate).astype(int)
    levels = np.full(attacks.shape, np.nan)
    for i, attack in enumerate(attacks):
        if np.isnan(attack):
            continue
        begin, close, end = edges + round(attack * sample_rate)
        if begin < 0 or end > len(energy):
            continue
        before = energy[begin:close].mean()
        after = energy[round(attack * sample_rate) : end].mean()
        levels[i] = 10.0 * np.log10((before + 1e-12) / (after + 1e-12))
    return np.maximum(levels, LOWEST_DB)


def _one_channel(x, *, name="x"):
    return np.asarray(as_signal(x, name=name, ndim=1), dtype=np.float64)


def _energy(x, sample_rate, *, seconds, highpass):
    """x^2, above `highpass` Hz, smoothed by a Hann window of some seconds."""
    import scipy.signal

    positive(sample_rate, name="sample_rate")
    if positive(highpass, name="highpass", allow_zero=True):
        sections = scipy.signal.butter(
            2, highpass, "high", fs=sample_rate, output="sos"
        )
        x = scipy.signal.sosfiltfilt(sections, x)
    window = hann(max(int(seconds * sample_rate), 2) + 1, symmetric=True)
    smooth = scipy.signal.fftconvolve(x**2, window / window.sum(), "same")
    return np.maximum(smooth, 0.0)
