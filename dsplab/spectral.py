"""Fourier analysis: the textbook's transforms, the fast ones, and the way back.

Conventions of `stft`, on one page:

* shape: (..., n_bins, n_frames), bin k is k sample_rate / n_fft Hz;
* centre: with `center=True` frame m is centred on sample m hop_length, the signal being
  padded by n_fft // 2 on both sides; with `center=False` it starts there;
* window: periodic, as long as n_fft; phases are those of the frame's first sample;
* scaling: "none" is the plain sum (librosa); "magnitude" divides by the window's sum,
  so a sine of amplitude a shows a / 2; "psd" by the root of its energy.

Equal to `librosa.stft(x, n_fft=N, hop_length=H)` as they stand, and to
`scipy.signal.ShortTimeFFT(hann(N), H, fs, phase_shift=None).stft(x, p0=0)` up to the
frames that SciPy adds at the end. `istft` is the least-squares inverse.
"""

import numpy as np

from dsplab import _array
from dsplab._arguments import as_signal, as_values, integer, one_of, positive
from dsplab._array import array_namespace
from dsplab.windows import get_window


def dft(x):
    """Discrete Fourier transform, as the textbook writes it.

        X[k] = sum_n x[n] exp(-2 pi i k n / N),  k = 0 .. N-1

    N^2 multiplications: for reading and for tests; `fft` is the same, fast.
    Real or complex x (..., N) gives complex (..., N).

    >>> abs(dft(np.ones(4))).round(9).tolist()
    [4.0, 0.0, 0.0, 0.0]
    """
    x = _real_or_complex(x)
    return x @ _fourier_matrix(x, -1)


def idft(X):
    """Inverse of `dft`: x[n] = 1/N sum_k X[k] exp(+2 pi i k n / N).

    >>> idft(dft([1.0, 2.0, 3.0])).real.round(9).tolist()
    [1.0, 2.0, 3.0]
    """
    X = _real_or_complex(X, name="X")
    return X @ _fourier_matrix(X, +1) / X.shape[-1]


def fft(x):
    """Fast Fourier transform by halving (Cooley and Tukey 1965), for N = 2^p.

    The even and the odd samples are transformed alone and joined by a butterfly:

        X[k], X[k + N/2] = E[k] +- exp(-2 pi i k / N) O[k]

    For reading; `stft` uses the library's transform, which also takes other lengths.
    Real or complex x (..., N) gives complex (..., N), equal to `dft`.

    Raises:
      ValueError: if N is not a power of two.

    >>> fft([1.0, 0.0, 0.0, 0.0]).real.tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    return _butterfly(_power_of_two(_real_or_complex(x), name="x") + 0j)


def _butterfly(x):
    n = x.shape[-1]
    if n == 1:
        return x
    xp = array_namespace(x)
    even, odd = _butterfly(x[..., ::2]), _butterfly(x[..., 1::2])
    twiddle = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    odd = odd * xp.asarray(twiddle, dtype=x.dtype)
    return xp.concatenate([even + odd, even - odd], axis=-1)


def ifft(X):
    """Inverse of `fft`, by conjugation: ifft(X) = conj(fft(conj(X))) / N.

    >>> ifft(fft([1.0, 2.0, 3.0, 4.0])).real.round(9).tolist()
    [1.0, 2.0, 3.0, 4.0]
    """
    X = _power_of_two(_real_or_complex(X, name="X"), name="X")
    return _butterfly(X.conj() + 0j).conj() / X.shape[-1]


def _power_of_two(x, *, name):
    n = x.shape[-1]
    if n & (n - 1):
        raise ValueError(
            f"{name} must have a power of two samples, got {n}; dft takes any number"
        )
    return x


def _fourier_matrix(x, sign):
    n = np.arange(x.shape[-1])
    turns = np.outer(n, n) % n.size / n.size  # reduced first, for accuracy
    xp = array_namespace(x)
    return xp.asarray(np.exp(sign * 2j * np.pi * turns), dtype=(x + 0j).dtype)


def _real_or_complex(x, *, name="x"):
    complex_ = "complex" in str(getattr(x, "dtype", ""))
    return as_signal(x, name=name, complex_=complex_)


def stft(
    x,
    *,
    n_fft=2048,
    hop_length=None,
    window="hann",
    center=True,
    padding="constant",
    scaling="none",
):
    """Short-time Fourier transform: the spectrum of each moment.

        X[k, m] = sum_n w[n] x[n + m hop_length - n_fft/2] exp(-2 pi i k n / n_fft)

    Args:
      x: signal, shape (..., n_samples).
      n_fft: samples in a frame. Long frames separate partials (a Hann window needs
        4 sample_rate / n_fft Hz between them), short ones separate attacks.
      hop_length: samples between frames; n_fft // 4 by default.
      window: a name from `dsplab.windows.WINDOWS` or an array (n_fft,).
      center: whether frame m is centred on sample m hop_length, or starts there.
      padding: what stands beyond the ends when centred: "constant" (zeros), "reflect"
        or "edge".
      scaling: "none", "magnitude" or "psd"; see the module.

    Returns:
      Complex spectrum, shape (..., n_fft // 2 + 1, n_frames), n_frames = 1 +
      n_samples // hop_length when centred.

    Raises:
      ValueError: if x is shorter than a frame (not centred) or an option is unknown.

    Reference:
      J. B. Allen, "Short term spectral analysis, synthesis, and modification by
      discrete Fourier transform", IEEE Trans. ASSP, 1977.

    >>> stft(np.zeros(4096), n_fft=1024).shape
    (513, 17)
    """
    n_fft, hop_length, w = stft_sizes(n_fft, hop_length, window)
    one_of(padding, ("constant", "reflect", "edge"), name="padding")
    least = n_fft // 2 + 1 if center and padding == "reflect" else 1
    x = as_signal(x, min_length=least if center else n_fft)
    xp = array_namespace(x)
    if center:
        ends = [(0, 0)] * (x.ndim - 1) + [(n_fft // 2, n_fft // 2)]
        x = xp.pad(x, ends, mode=padding)
        if x.shape[-1] < n_fft:  # odd n_fft, very short x
            x = xp.pad(x, ends[:-1] + [(0, n_fft - x.shape[-1])])
    starts = range(0, x.shape[-1] - n_fft + 1, hop_length)
    frames = _array.frames_seen(x, starts, n_fft)
    X = _array.row_spectra(frames, w * _scale(w, scaling), n_fft)
    return xp.swapaxes(X, -1, -2)


def istft(
    X,
    *,
    hop_length=None,
    n_fft=None,
    window="hann",
    center=True,
    length=None,
    scaling="none",
):
    """Least-squares inverse of `stft`: the signal whose STFT is nearest to X.

        y[n] = sum_m w[n - mH] y_m[n - mH] / sum_m w[n - mH]^2,  y_m = IDFT of frame m

    Args:
      X: complex spectrum, shape (..., n_bins, n_frames).
      hop_length: as it was in `stft`; n_fft // 4 by default.
      n_fft: as it was in `stft`; 2 (n_bins - 1) by default, to be given when odd.
      window: as it was in `stft`.
      center: as it was in `stft`.
      length: samples wanted; by default what the frames cover. A longer one is
        filled with zeros.
      scaling: as it was in `stft`.

    Returns:
      Signal, shape (..., n_samples). Exact for an unmodified STFT wherever a window
      reaches; samples that no window reaches are 0.

    Raises:
      ValueError: if X is not a complex spectrum of that size.

    Reference:
      Griffin and Lim, "Signal estimation from modified short-time Fourier transform",
      IEEE Trans. ASSP, 1984.

    >>> x = np.sin(np.arange(3000) / 7)
    >>> y = istft(stft(x, n_fft=512), length=3000)
    >>> bool(abs(y - x).max() < 1e-12)
    True
    """
    X = as_signal(X, name="X", complex_=True)
    n_bins = X.shape[-2] if X.ndim > 1 else 0
    n_fft = max(2 * (n_bins - 1), 2) if n_fft is None else n_fft
    n_fft, hop_length, w = stft_sizes(n_fft, hop_length, window)
    if n_bins != n_fft // 2 + 1:
        raise ValueError(
            f"X must have shape (..., n_fft // 2 + 1 = {n_fft // 2 + 1}, n_frames), "
            f"got {X.shape}"
        )
    xp = array_namespace(X)
    w = w * _scale(w, scaling)
    rows = _array.fft(X).irfft(xp.swapaxes(X, -1, -2), n=n_fft)
    rows = rows * xp.asarray(w, dtype=rows.dtype)
    y = _array.overlap_add(rows, hop_length)
    y = y * xp.asarray(inverse_energy(w, hop_length, X.shape[-1]), dtype=y.dtype)
    start = n_fft // 2 if center else 0
    covered = y.shape[-1] - (2 * start if center and length is None else start)
    length = covered if length is None else integer(length, name="length")
    y = y[..., start : start + length]
    missing = [(0, 0)] * (y.ndim - 1) + [(0, length - y.shape[-1])]
    return xp.pad(y, missing) if missing[-1][1] else y


def instantaneous_frequency(angle, *, hop_length, sample_rate):
    """Frequency at which each bin of an STFT really turns, from its phases.

    The phase moves by 2 pi f H / sample_rate from frame to frame. Of the frequencies
    that fit, the one nearest to the bin's own centre is taken:

        f[k, m] = (k / n_fft + wrap(angle[k, m] - angle[k, m-1] - 2 pi k H / n_fft)
                   / (2 pi H)) sample_rate

    Args:
      angle: phases of a centred STFT, radians, shape (..., n_bins, n_frames).
      hop_length: samples between frames.
      sample_rate: Hz.

    Returns:
      Hz, the shape of angle. Frame 0 continues an imagined frame of phase 0, so that
      `angle_from_frequency` can restore the phases.

    Reference:
      Flanagan and Golden, "Phase vocoder", Bell System Technical Journal, 1966.

    >>> x = np.cos(2 * np.pi * 1010.0 * np.arange(8000) / 8000)
    >>> X = stft(x, n_fft=512, hop_length=128)
    >>> f = instantaneous_frequency(np.angle(X), hop_length=128, sample_rate=8000)
    >>> round(float(f[65, 10]), 3)
    1010.0
    """
    angle = _as_angle(angle)
    hop_length = integer(hop_length, name="hop_length")
    xp = array_namespace(angle)
    turns = angle / (2.0 * np.pi)
    before = xp.concatenate([0.0 * turns[..., :1], turns[..., :-1]], axis=-1)
    expected = _bin_turns(angle, hop_length)
    deviation = turns - before - expected
    deviation = deviation - xp.round(deviation)
    rate = positive(sample_rate, name="sample_rate")
    return (expected + deviation) * (rate / hop_length)


def angle_from_frequency(frequency, *, hop_length, sample_rate):
    """Phases, modulo a turn, whose `instantaneous_frequency` is the given one.

    Args:
      frequency: Hz, shape (..., n_bins, n_frames).
      hop_length: samples between frames.
      sample_rate: Hz.

    Returns:
      Radians in (-pi, pi], the shape of frequency.

    >>> angle = np.array([[0.1, 2.0, -1.0], [0.5, 0.6, 0.7]])
    >>> f = instantaneous_frequency(angle, hop_length=64, sample_rate=8000)
    >>> angle_from_frequency(f, hop_length=64, sample_rate=8000).round(6).tolist()
    [[0.1, 2.0, -1.0], [0.5, 0.6, 0.7]]
    """
    frequency = _as_angle(frequency, name="frequency")
    hop_length = integer(hop_length, name="hop_length")
    turns = frequency * (hop_length / positive(sample_rate, name="sample_rate"))
    turns = _array.wrapped_cumsum(turns % 1.0)
    half_up = array_namespace(turns).ceil(turns - 0.5)
    return 2.0 * np.pi * (turns - half_up)


def _as_angle(angle, *, name="angle"):
    angle = as_values(angle, name=name)
    if angle.ndim < 2 or angle.shape[-2] < 2 or angle.shape[-1] < 1:
        raise ValueError(
            f"{name} must have shape (..., n_bins, n_frames), got {angle.shape}"
        )
    return angle


def _bin_turns(angle, hop_length):
    """Turns that the centre of each bin makes in a hop, shape (n_bins, 1)."""
    n_bins = angle.shape[-2]
    turns = np.arange(n_bins)[:, None] * (hop_length / (2.0 * (n_bins - 1)))
    return array_namespace(angle).asarray(turns, dtype=angle.dtype)


def stft_sizes(n_fft, hop_length, window):
    """n_fft and hop length, checked, and the window."""
    n_fft = integer(n_fft, name="n_fft", least=2)
    hop = max(n_fft // 4, 1) if hop_length is None else hop_length
    return n_fft, integer(hop, name="hop_length"), get_window(window, n_fft)


def _scale(w, scaling):
    sums = {"none": 1.0, "magnitude": w.sum(), "psd": np.sqrt((w**2).sum())}
    return 1.0 / sums[one_of(scaling, tuple(sums), name="scaling")]


def inverse_energy(w, hop_length, n_frames):
    """One over the summed squared windows, 0 where they hardly reach."""
    w = np.asarray(w, dtype=np.float64)
    squares = np.broadcast_to(w**2, (n_frames, w.size))
    energy = _array.overlap_add(squares, hop_length)
    reached = energy > 1e-10 * energy.max()
    return np.where(reached, 1.0 / np.where(reached, energy, 1.0), 0.0)
