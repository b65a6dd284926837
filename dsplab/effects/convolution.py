"""Reverberation by convolution: the very room in which somebody clapped.

The answer of a room to a click, its impulse response, says everything about it: a sound
is a row of clicks, and each starts the same answer, as loud as itself.
"""

import numpy as np

from dsplab._arguments import as_curves, as_signal, integer, positive
from dsplab._array import array_namespace, fft, overlap_add
from dsplab.effects._settings import channels, channels_of, dry_wet
from dsplab.effects.delays import late

SMALLEST = 1024  # samples of a block where nobody asks for less
PRESETS = {
    "room": {"mix": 0.25},
    "hall": {"mix": 0.35, "pre_delay": 0.02},
    "plate": {"mix": 0.3, "pre_delay": 0.01},
}


def convolve(x, h, *, block_length=None):
    """Convolve a signal with an impulse response, y[n] = sum_k h[k] x[n - k].

    Both are cut into blocks of B samples. In the spectrum a convolution is a product,
    so with X_k and H_p the transforms, of 2 B samples, of the blocks of x and h,

        Y_k = sum_p X_{k - p} H_p,

    and the blocks of y, twice as long as they are apart, are added up. With a short B
    the first answer comes after B samples: so programs convolve while somebody plays.

    Args:
      x: signal, (..., n_samples).
      h: impulse response, (..., n_taps), batched with x.
      block_length: B in samples; by default about the length of the shorter of both,
        which is quickest.

    Returns:
      Signal, (..., n_samples + n_taps - 1).

    Raises:
      ValueError: if block_length is not a positive integer.

    Reference:
      T. G. Stockham, "High-speed convolution and correlation", 1966; W. G. Gardner,
      "Efficient convolution without input-output delay", 1995 (partitions; his are of
      growing length).

    >>> convolve(np.array([1.0, 2.0]), np.array([1.0, 0.0, 1.0])).round(9).tolist()
    [1.0, 2.0, 1.0, 2.0]
    """
    x, h = as_signal(x), as_signal(h, name="h")
    xp, n, n_taps = array_namespace(x, h), x.shape[-1], h.shape[-1]
    x, h = xp.asarray(x), xp.asarray(h, dtype=x.dtype)
    if block_length is None:
        shorter = min(n, n_taps)
        block_length = max(SMALLEST, 1 << (shorter - 1).bit_length())
    size = integer(block_length, name="block_length")
    X, H = _spectra(x, size), _spectra(h, size)
    n_blocks, n_parts = X.shape[-2], H.shape[-2]
    still = [(0, 0)] * (max(x.ndim, h.ndim) - 1)
    Y = sum(
        xp.pad(X * H[..., p : p + 1, :], [*still, (p, n_parts - 1 - p), (0, 0)])
        for p in range(n_parts)
    )
    blocks = fft(x).irfft(Y, 2 * size)[..., : n_blocks + n_parts - 1, :]
    return overlap_add(blocks, size)[..., : n + n_taps - 1]


def _spectra(x, size):
    """Transforms of blocks of x with as much silence after each: (..., n_blocks, f)."""
    xp = array_namespace(x)
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, -x.shape[-1] % size)])
    return fft(x).rfft(x.reshape(*x.shape[:-1], -1, size), 2 * size)


def convolution_reverb(
    x,
    impulse_response,
    sample_rate,
    *,
    mix=0.3,
    pre_delay=0.0,
    normalise=True,
    tail=None,
):
    """Put a sound into any room, or box, or bottle, of which there is a recording.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      impulse_response: (n_taps,), the same for all channels; (n_channels, n_taps), one
        for each; or (n_out, n_channels, n_taps), from each channel of x to each of the
        result ("true stereo": a source on the left is heard on the right, too). At the
        sample rate of x.
      sample_rate: Hz.
      mix: share of the room, 0 to 1; a number or a curve.
      pre_delay: seconds before the room answers.
      normalise: bring the impulse response to energy 1 (of each channel of the result,
        on average), so that noise keeps its level.
      tail: seconds to go on after x; None until the room is silent.

    Returns:
      Signal, (..., n_samples and the tail).

    Raises:
      ValueError: if the shapes do not fit, n_out not being n_channels.

    >>> y = convolution_reverb(np.ones(100), np.ones(50), 8000, mix=1.0)
    >>> y.shape
    (149,)
    """
    x, mix = as_curves(x, mix=mix)
    rate = positive(sample_rate, name="sample_rate")
    h = as_signal(impulse_response, name="impulse_response", ndim=(1, 2, 3))
    n_channels = channels_of(x)
    if h.shape[:-1] not in ((), (n_channels,), (n_channels, n_channels)):
        raise ValueError(
            "impulse_response must have shape (n_taps,), (n_channels, n_taps) or "
            f"(n_channels, n_channels, n_taps), here of {n_channels} channels, got "
            f"shape {h.shape}"
        )
    if normalise:
        h = _unit_energy(h)
    v = channels(x)
    if h.ndim == 3:
        wet = convolve(v[..., None, :, :], h).sum(axis=-2)
    else:
        wet = convolve(v, h)
    wet = wet.reshape(*x.shape[:-1], -1)
    before = round(positive(pre_delay, name="pre_delay", allow_zero=True) * rate)
    length = wet.shape[-1] + before
    if tail is not None:
        more = round(positive(tail, name="tail", allow_zero=True) * rate)
        length = x.shape[-1] + more
    return dry_wet(x, _of_length(wet, before, length), mix)


def _of_length(x, before, length):
    """x after so much silence, cut or filled to a length."""
    xp = array_namespace(x)
    more = max(length - x.shape[-1], before)
    return late(xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, more)]), before)[..., :length]


def _unit_energy(h):
    xp = array_namespace(h)
    outputs = h.shape[0] if h.ndim > 1 else 1
    return h / xp.sqrt(xp.maximum((h**2).sum() / outputs, 1e-30))


def decaying_noise(noise, decay, sample_rate):
    """Make the impulse response of a room that no wall is known of: noise that fades.

        h[n] = noise[n] 10^(-3 n / (decay sample_rate))

    Args:
      noise: white noise, (..., n_taps): rng.standard_normal((2, n_taps)).
      decay: seconds until it is 60 dB down; a number, or a curve.
      sample_rate: Hz.

    Returns:
      Impulse response like noise.

    Reference:
      J. A. Moorer, "About this reverberation business", 1979.

    >>> decaying_noise(np.ones(3), 1.5, 1.0).round(3).tolist()
    [1.0, 0.01, 0.0]
    """
    noise, decay = as_curves(as_signal(noise, name="noise"), decay=decay)
    rate = positive(sample_rate, name="sample_rate")
    xp = array_namespace(noise)
    t = xp.asarray(np.arange(noise.shape[-1]) / rate, dtype=noise.dtype)
    return noise * 10.0 ** (-3.0 * t / decay)
