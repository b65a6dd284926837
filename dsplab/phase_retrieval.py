"""Phases for a spectrum that has lost them, and the sound that it belonged to.

steady_angle    phases of partials that go on: a good beginning, in one pass
griffin_lim     made consistent with the magnitudes by iteration
"""

import numpy as np

from dsplab import _array
from dsplab._arguments import as_signal, integer, positive
from dsplab._array import array_namespace, nearest_true, scan, stop_gradient
from dsplab.spectral import inverse_energy, stft_sizes


def griffin_lim(
    magnitude,
    *,
    hop_length=None,
    window="hann",
    n_iterations=32,
    momentum=0.95,
    angle=None,
    length=None,
):
    """Find a sound that has the given magnitudes, whatever its phases.

    The spectrum is made consistent (an STFT of some sound) and given the wanted
    magnitudes again, in turn; the fast variant steps further along each change:

        C_j = STFT(ISTFT(|X| exp(i angle)));   angle = arg(C_j + a (C_j - C_{j-1}))

    Args:
      magnitude: |X|, shape (..., n_bins, n_frames), of a centred STFT.
      hop_length: as in `stft`.
      window: as in `stft`.
      n_iterations: about 30 for listening, 100 for the last decibel.
      momentum: the factor a; 0 is Griffin and Lim's algorithm, 0.95 the fast one.
      angle: phases to begin from, radians, the shape of magnitude; by default
        `steady_angle`, from where tones get nearer by 10 dB than from random ones.
      length: samples wanted, as in `istft`.

    Returns:
      Signal, shape (..., n_samples).

    Raises:
      ValueError: if magnitude is no such spectrum, or a number is out of range.

    Reference:
      Griffin and Lim, 1984 (see `istft`); Perraudin, Balazs and Sondergaard, "A fast
      Griffin-Lim algorithm", WASPAA 2013.

    >>> from dsplab.spectral import stft
    >>> magnitude = abs(stft(np.sin(np.arange(8000) / 9), n_fft=512))
    >>> griffin_lim(magnitude, n_iterations=4).shape
    (7936,)
    """
    magnitude = _as_magnitude(magnitude)
    integer(n_iterations, name="n_iterations", least=0)
    positive(momentum, name="momentum", allow_zero=True)
    n_fft, hop_length, w = stft_sizes(2 * magnitude.shape[-2] - 2, hop_length, window)
    n_samples = max((magnitude.shape[-1] - 1) * hop_length, 1)
    n_samples = n_samples if length is None else integer(length, name="length")
    if angle is None:
        angle = steady_angle(magnitude, hop_length=hop_length)
    xp = array_namespace(magnitude)
    rows = xp.swapaxes(magnitude, -1, -2)  # (..., n_frames, n_bins)
    rows = rows.reshape(-1).reshape(rows.shape)  # so that bins are neighbours in memory
    heard = _weights(w, hop_length, rows.shape[-2], n_samples)
    heard, w = (xp.asarray(a, dtype=rows.dtype) for a in (heard, w))
    angle = xp.swapaxes(xp.asarray(angle, dtype=magnitude.dtype), -1, -2)
    spectrum = rows * xp.cos(angle) + 1j * (rows * xp.sin(angle))
    transform = _array.fft(rows)

    def frames_of(spectrum):
        return _array.times(transform.irfft(spectrum, n=n_fft), w)

    def nearer(frames, magnitude):
        spectrum = transform.rfft(frames * w)
        return frames_of(_array.unit(spectrum, magnitude))

    y = _array.overlap_add(frames_of(spectrum), hop_length) * heard
    before = 0.0 * y
    for _ in range(n_iterations):
        # C_j + a (C_j - C_{j-1}) is the STFT of this: the transform is linear
        ahead = y + momentum * (y - before)
        before = y
        y = _array.through_frames(
            nearer, ahead, rows, frame_length=n_fft, hop_length=hop_length
        )
        y = _array.times(y, heard)
    y = y[..., n_fft // 2 : n_fft // 2 + n_samples]
    missing = [(0, 0)] * (y.ndim - 1) + [(0, n_samples - y.shape[-1])]
    return xp.pad(y, missing)


def _weights(w, hop_length, n_frames, n_samples):
    """What makes frames that were added up the signal: 0 where it does not reach."""
    weights = inverse_energy(w, hop_length, n_frames)
    n = np.arange(weights.size) - w.size // 2
    return np.where((n >= 0) & (n < n_samples), weights, 0.0)


def steady_angle(magnitude, *, hop_length=None):
    """Phases as they would be if every partial held its pitch from frame to frame.

    Each peak of a frame is taken for a sine, whose frequency is that of a parabola
    through the logarithms of three bins. It goes on from the phase that its bin had in
    the frame before, and takes the bins around it along; in the lobe of a sine every
    other bin is of opposite phase:

        angle[peak, m] = angle[peak, m-1] + 2 pi f hop_length / n_fft  (f in bins)
        angle[k, m] = angle[peak, m] + pi (k - peak)

    To differentiation the phases are constants.

    Args:
      magnitude: |X|, shape (..., n_bins, n_frames), of a centred STFT.
      hop_length: as in `stft`.

    Returns:
      Radians in [0, 2 pi), the shape of magnitude.

    Reference:
      Beauregard, Harish and Wyse, "Single pass spectrogram inversion", DSP 2015.

    >>> from dsplab.spectral import stft
    >>> magnitude = abs(stft(np.sin(np.arange(8000) / 9), n_fft=512))
    >>> steady_angle(magnitude).shape == magnitude.shape
    True
    """
    magnitude = _as_magnitude(magnitude)
    n_bins = magnitude.shape[-2]
    n_fft, hop_length, _ = stft_sizes(2 * n_bins - 2, hop_length, "hann")
    xp = array_namespace(magnitude)
    x = xp.swapaxes(stop_gradient(magnitude), -1, -2)  # (..., n_frames, n_bins)
    peak, frequency = _peaks(x)
    turns = frequency * (hop_length / n_fft)
    turns = turns - xp.floor(turns)
    apart = 0.5 * ((xp.arange(n_bins) - peak) % 2).astype(x.dtype)  # in turns

    def step(angle, now):
        peak, turns, apart = now
        angle = xp.take_along_axis(angle + turns, peak, axis=-1) + apart
        angle = angle - xp.floor(angle)
        return angle, angle

    _, angle = scan(step, 0.0 * x[..., 0, :], (peak, turns, apart), axis=-2)
    return 2.0 * np.pi * xp.swapaxes(angle, -1, -2)


def _peaks(x):
    """Nearest peak of each bin in frames (..., n_bins), and its frequency in bins."""
    xp = array_namespace(x)
    sides = [(0, 0)] * (x.ndim - 1) + [(1, 1)]
    left, here, right = x[..., :-2], x[..., 1:-1], x[..., 2:]
    peak = nearest_true(xp.pad((here > left) & (here >= right), sides))
    floor = 1e-7 * x.max(axis=(-1, -2), keepdims=True) + float(np.finfo(x.dtype).tiny)
    level = xp.log(x + floor)
    left, here, right = level[..., :-2], level[..., 1:-1], level[..., 2:]
    bend = xp.minimum(left - 2.0 * here + right, -1e-6)
    offset = xp.clip(0.5 * (left - right) / bend, -0.5, 0.5)
    frequency = xp.arange(x.shape[-1]) + xp.pad(offset, sides)
    return peak, xp.take_along_axis(frequency, peak, axis=-1).astype(x.dtype)


def _as_magnitude(magnitude):
    magnitude = as_signal(magnitude, name="magnitude")
    if magnitude.ndim < 2 or magnitude.shape[-2] < 2:
        raise ValueError(
            f"magnitude must have shape (..., n_bins, n_frames), got {magnitude.shape}"
        )
    return magnitude
