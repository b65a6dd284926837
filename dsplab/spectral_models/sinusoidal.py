"""Sinusoidal model: a sound as a sum of sinusoids that come, move and go.

    x(t) = sum_k A_k(t) cos(angle_k(t))

`sinusoidal_analysis` finds them, `sinusoidal_synthesis` adds them up.
"""

import functools
import math

import numpy as np

from dsplab._arguments import as_signal, integer, positive
from dsplab._array import (
    array_namespace,
    in_blocks,
    occupied,
    overlap_add,
    rows_at_once,
    sinusoids,
)
from dsplab.analysis.peaks import analysis_sizes, read_evenly, spectral_peaks
from dsplab.spectral_models.tracking import Partials, follow_peaks


def sinusoidal_analysis(
    x,
    sample_rate,
    *,
    window="blackman_harris",
    window_length=None,
    n_fft=None,
    hop_length=None,
    threshold_db=-80.0,
    n_partials=100,
    shortest=0.01,
    deviation=20.0,
    slope=0.01,
):
    """Take a sound apart into sinusoids.

    The peaks of every moment (`spectral_peaks`) are joined to partials
    (`follow_peaks`). A partial whose frequency moves has, under the window, less
    amplitude and another phase than one that stands still:

        W(c) = sum_n w[n] exp(i pi c n^2) / sum_n w[n]

    for a frequency that rises by c cycles per sample in a sample; what is measured is
    divided by it.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      window, window_length, n_fft, hop_length, threshold_db: as for `spectral_peaks`.
      n_partials: most sinusoids at a time.
      shortest: seconds; what sounds less long is no partial.
      deviation: farthest step of a partial from frame to frame, in Hz at 0 Hz.
      slope: and what it has more for each Hz.

    Returns:
      `Partials`, arrays (..., n_partials, n_frames); frame m is sample m hop_length.

    Raises:
      ValueError: if a size, the rate or a limit is out of range.

    Reference:
      McAulay and Quatieri, "Speech analysis/synthesis based on a sinusoidal
      representation", IEEE TASSP 34, 1986; Serra and Smith, "Spectral modeling
      synthesis", Computer Music Journal 14, 1990. The correction for moving partials is
      ours, after Abe and Smith, "AM/FM rate estimation for time-varying sinusoidal
      modeling", ICASSP 2005, who measure the rate in the spectrum.

    >>> x = 0.5 * np.cos(2 * np.pi * 440.0 * np.arange(8000) / 8000)
    >>> partials = sinusoidal_analysis(x, 8000, n_partials=3)
    >>> [round(float(row[0, 100]), 3) for row in partials[:2]]
    [440.0, 0.5]
    """
    sizes = analysis_sizes(sample_rate, window, window_length, n_fft, hop_length)
    positive(shortest, name="shortest", allow_zero=True)
    options = {"n_fft": sizes.n_fft, "hop_length": sizes.hop_length}
    peaks = spectral_peaks(
        x,
        sample_rate,
        window=sizes.window,
        window_length=len(sizes.window),
        threshold_db=threshold_db,
        n_peaks=n_partials,
        **options,
    )
    partials = follow_peaks(
        peaks,
        n_partials=n_partials,
        deviation=deviation,
        slope=slope,
        shortest=max(math.ceil(shortest * sample_rate / sizes.hop_length), 1),
    )
    return unbent(partials, sizes, sample_rate)


def unbent(partials, sizes, sample_rate):
    """The partials, amplitude and angle freed of what their movement did to them."""
    xp = array_namespace(partials.frequency)
    rates = movement(partials.frequency) / (sample_rate * sizes.hop_length)
    bins = partials.frequency * (sizes.n_fft / sample_rate)
    aside = (bins - xp.round(bins)) ** 2  # the peak was read at the nearest bin
    fastest, tables = _losses(sizes.window.tobytes(), sizes.n_fft)
    loss, more, ahead, further = read_evenly(tables, 0.5 + 0.5 * rates / fastest)
    loss, ahead = loss + aside * more, ahead + aside * further
    here = partials.frequency > 0.0
    amplitude = xp.where(here, partials.amplitude * xp.exp(-loss), 0.0)
    angle = xp.where(here, partials.angle - ahead, 0.0)
    dtype = partials.angle.dtype
    return Partials(partials.frequency, amplitude.astype(dtype), angle.astype(dtype))


@functools.lru_cache(maxsize=32)
def _losses(window, n_fft):
    """Fastest c; of log W(c) the real part, and its change for each squared bin beside
    the partial's frequency, then the imaginary part likewise; c from -fastest on.
    """
    w = np.frombuffer(window)
    time = np.arange(len(w)) - len(w) // 2
    fastest = 4.0 / len(w) ** 2  # moves by four bins while the window lasts
    rates = np.linspace(-fastest, fastest, 129)
    moved = np.exp(1j * np.pi * rates[:, None] * time**2.0) * w
    bins = 0.5 * np.arange(2)[:, None]
    waves = np.cos((2.0 * np.pi / n_fft) * bins * time)
    W = moved @ waves.T / (waves @ w)  # (n_rates, 2), beside one that stands still
    logs = np.log(np.abs(W)) + 1j * np.unwrap(np.angle(W), axis=0)
    logs = logs - 1j * logs.imag[64]  # at rest nothing is ahead
    at, aside = logs[:, 0], (logs[:, 1] - logs[:, 0]) / 0.25
    return fastest, (at.real, aside.real, at.imag, aside.imag)


def movement(frequency):
    """Hz that each partial rises by from frame to frame, (..., n_partials, n_frames).

    Half the way from the frame before to the one after; at the ends of a partial, the
    one step there is.
    """
    xp = array_namespace(frequency)
    both = (frequency[..., 1:] > 0.0) & (frequency[..., :-1] > 0.0)
    step = xp.where(both, frequency[..., 1:] - frequency[..., :-1], 0.0)

    def on_both_sides(a):
        still = [(0, 0)] * (a.ndim - 1)
        return xp.pad(a, [*still, (1, 0)]) + xp.pad(a, [*still, (0, 1)])

    return on_both_sides(step) / xp.maximum(on_both_sides(both.astype(step.dtype)), 1)


def sinusoidal_synthesis(partials, sample_rate, *, hop_length, length=None):
    """Add sinusoids up.

    Around each frame they go on as they are there, their frequency still moving, and
    fade in from the frame before and out to the next one:

        y[n] = sum_m v(n - m hop) sum_k A cos(angle + 2 pi (f t + c t^2 / 2)),
        t = (n - m hop) / sample_rate,  v(n) = 1 - |n| / hop

    Amplitudes so move on straight lines, and where the frames agree about the phase, as
    those of an analysis do, so do the phases. The sinusoids of a frame are a product of
    two small matrices, because exp(i w (16 p + q)) = exp(i w 16 p) exp(i w q).

    Args:
      partials: `Partials`, arrays (..., n_partials, n_frames).
      sample_rate: Hz.
      hop_length: samples between frames.
      length: samples of the result; None ends with the last frame.

    Returns:
      Signal, (..., length).

    Raises:
      ValueError: if the arrays differ in shape, or a size is out of range.

    >>> f = np.full((1, 51), 440.0)
    >>> angle = 2 * np.pi * f * np.arange(51) * 160 / 8000
    >>> partials = Partials(f, f / 880.0, angle)
    >>> y = sinusoidal_synthesis(partials, 8000, hop_length=160)
    >>> x = 0.5 * np.cos(2 * np.pi * 440 * np.arange(8001) / 8000)
    >>> bool(abs(y - x).max() < 1e-9)
    True
    """
    partials = Partials(*(as_signal(a, name="partials") for a in partials))
    positive(sample_rate, name="sample_rate")
    integer(hop_length, name="hop_length")
    xp = array_namespace(*partials)
    bend = movement(partials.frequency) * (np.pi / (sample_rate * hop_length))
    pace = partials.frequency / sample_rate
    rows = (partials.amplitude, pace, partials.angle / (2.0 * np.pi), bend)
    rows = [xp.swapaxes(a, -1, -2) for a in rows]

    def add_up(*rows):
        return (sinusoids(*occupied(*rows), hop_length),)

    (frames,) = in_blocks(add_up, *rows, size=rows_at_once(pace, 16, 4))
    fade = np.maximum(1.0 - np.abs(np.arange(-hop_length, hop_length)) / hop_length, 0)
    y = overlap_add(frames * xp.asarray(fade, dtype=frames.dtype), hop_length)
    y = y[..., hop_length:]
    last = (partials.frequency.shape[-1] - 1) * hop_length + 1
    length = last if length is None else integer(length, name="length")
    still = [(0, 0)] * (y.ndim - 1)
    return xp.pad(y, [*still, (0, max(length - y.shape[-1], 0))])[..., :length]
