"""Exercises of lesson 1: from one sine to the short-time Fourier transform and back."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.framing import cut, hann_window
from dsplab.check.inputs import Signal, signals
from dsplab.check.trial import Wrong

LENGTHS = (2, 3, 4, 5, 8, 9)

sine = exercise(
    "sine",
    "sine(frequency, duration, sample_rate)",
    "a tone: round(duration * sample_rate) samples of sin(2 pi frequency n / "
    "sample_rate), n = 0, 1, 2, ...",
)
TONES = {
    "frequency": (1, 2, 440.0, 3.5),
    "duration": (1, 2, 0.5, 0.1),
    "sample_rate": (8, 10, 16000),
}


def _tone(frequency, duration, sample_rate):
    n = np.arange(round(duration * sample_rate))
    return np.sin(2 * np.pi * frequency * n / sample_rate)


@sine.property(
    "it has round(duration * sample_rate) samples",
    "n = np.arange(round(duration * sample_rate)) counts the samples; np.linspace "
    "would include the end point, which belongs to the next second.",
    **TONES,
)
def _(student, **tone):
    y = student(*tone.values())
    same_shape(y, _tone(**tone).shape)


@sine.property(
    "it begins at zero and rises",
    "sin(0) = 0: time begins at 0, and a cosine begins at 1.",
    frequency=(1, 2),
    duration=(1,),
    sample_rate=(8, 16),
)
def _(student, **tone):
    y = student(*tone.values())
    if abs(y[0]) > 1e-3 or y[1] <= 0:
        raise Wrong(f"The first samples are {y[0]:.3g} and {y[1]:.3g}.")


@sine.property(
    "every sample is sin(2 pi frequency n / sample_rate)",
    "The angle of sample n: n / sample_rate seconds have passed, in which "
    "frequency * n / sample_rate turns were made, of 2 pi each.",
    points=2,
    **TONES,
)
def _(student, **tone):
    agree(student(*tone.values()), _tone(**tone))


dft = exercise(
    "dft",
    "dft(x)",
    "the discrete Fourier transform X[k] = sum_n x[n] exp(-2 pi i k n / N), "
    "k = 0 ... N-1, as a complex array; no np.fft",
)


def _dft(x):
    n = np.arange(len(x))
    return np.array([(x * np.exp(-2j * np.pi * k * n / len(x))).sum() for k in n])


@dft.property(
    "it has as many complex values as the signal has samples",
    "k runs over 0 ... N-1, like n: N samples give N complex numbers, also when the "
    "signal is real and half of them could be guessed.",
    x=signals(1, *LENGTHS),
)
def _(student, x):
    X = student(x)
    same_shape(X, x.shape)
    same_kind(X, x + 0j)


@dft.property(
    "X[0] is the sum of the samples",
    "At k = 0 the exponential is 1 throughout. Nothing is divided by N: that is left "
    "to the inverse.",
    x=signals(*LENGTHS, kinds=("ones", "ramp", "noise")),
)
def _(student, x):
    agree(student(x)[:1].real, x.sum(keepdims=True), what="X[0]")


@dft.property(
    "every X[k] follows the formula",
    "exp(-2 pi i k n / N): a minus, two pi, the imaginary unit 1j, and N = len(x). "
    "Compare X[1] by hand for the smallest input.",
    points=2,
    x=signals(*LENGTHS),
)
def _(student, x):
    agree(student(x), _dft(x))


@dft.property(
    "the DFT of a sum is the sum of the DFTs",
    "Nothing in the formula may depend on how loud the signal is.",
    x=signals(*LENGTHS),
)
def _(student, x):
    other = Signal("noise", len(x)).array()
    agree(student(x + 3 * other), student(x) + 3 * student(other))


stft = exercise(
    "stft",
    "stft(x, n_fft, hop_length)",
    "the spectrum of each moment: frames of n_fft samples, times the Hann window, "
    "through np.fft.rfft; shape (n_fft // 2 + 1, n_frames), no padding at the ends",
)
WINDOWED = {"n_fft": (4, 8, 16, 64), "hop_length": (2, 4, 1, 3), "more": (0, 4, 7, 60)}


def _stft(x, n_fft, hop_length):
    frames = cut(x, n_fft, hop_length)
    return np.fft.rfft(frames * hann_window(n_fft)[:, None], axis=0)


@stft.property(
    "it has n_fft // 2 + 1 rows, one for each bin",
    "np.fft.rfft(frames, axis=0) transforms every column: without axis=0 it goes along "
    "the frames, and np.fft.fft also gives the mirrored half.",
    **WINDOWED,
)
def _(student, n_fft, hop_length, more):
    X = student(Signal("noise", n_fft + more).array(), n_fft, hop_length)
    if X.ndim != 2 or len(X) != n_fft // 2 + 1:
        raise Wrong(f"The shape is {X.shape}, expected {n_fft // 2 + 1} rows.")


@stft.property(
    "it has one column for each frame",
    "As many frames as fit whole, one every hop_length samples, and nothing padded "
    "before or after the signal.",
    **WINDOWED,
)
def _(student, n_fft, hop_length, more):
    x = Signal("noise", n_fft + more).array()
    same_shape(student(x, n_fft, hop_length), _stft(x, n_fft, hop_length).shape)


@stft.property(
    "a constant shows in bins 0 and 1 only",
    "A Hann window is a constant and a cosine. Sharp edges spread over all bins: was "
    "the window forgotten, is it the symmetric one, or does it lie over the whole "
    "signal instead of each frame?",
    n_fft=(8, 16, 64),
)
def _(student, n_fft):
    x = np.ones(2 * n_fft)
    X = student(x, n_fft, n_fft // 2)
    agree(X[:, :1], _stft(x, n_fft, n_fft // 2)[:, :1], what="The first spectrum")


@stft.property(
    "every frame is the spectrum of n_fft windowed samples",
    "Multiply each column by the window: frames * window[:, None]. Nothing else: the "
    "result stays complex, unscaled, and begins with the first sample of x.",
    points=2,
    **WINDOWED,
)
def _(student, n_fft, hop_length, more):
    x = Signal("noise", n_fft + more).array()
    agree(student(x, n_fft, hop_length), _stft(x, n_fft, hop_length))


istft = exercise(
    "istft",
    "istft(X, hop_length)",
    "the signal whose STFT is X: inverse transform, window again, overlap-add, and "
    "divide by the overlap-added squared windows (at least 1e-8)",
)
INVERTED = {"n_fft": (4, 8, 16, 64), "share": (2, 4), "n_frames": (2, 1, 3, 9)}


def _spectrum(n_fft, share, n_frames):
    hop_length = n_fft // share
    x = Signal("noise", n_fft + hop_length * (n_frames - 1)).array()
    return x, hop_length, _stft(x, n_fft, hop_length)


@istft.property(
    "its length is n_fft + hop_length (n_frames - 1)",
    "n_fft = 2 * (n_bins - 1), and overlap_add makes the length.",
    **INVERTED,
)
def _(student, n_fft, share, n_frames):
    x, hop_length, X = _spectrum(n_fft, share, n_frames)
    y = student(X, hop_length)
    same_shape(y, x.shape)
    same_kind(y, x)


@istft.property(
    "silence stays silence",
    "At the very first sample the Hann window is 0, and so is the divisor.",
    n_fft=(4, 64),
    n_frames=(1, 3),
)
def _(student, n_fft, n_frames):
    y = student(np.zeros((n_fft // 2 + 1, n_frames), dtype=complex), n_fft // 2)
    agree(y, np.zeros_like(y))


@istft.property(
    "with half overlap, istft(stft(x)) is x",
    "What was multiplied by a window twice (in stft, and in istft) must be divided by "
    "the sum of the *squared* windows; that sum is overlap-added exactly as the "
    "frames.",
    points=2,
    n_fft=(8, 16, 64),
    n_frames=(2, 3, 9),
)
def _(student, n_fft, n_frames):
    _reconstructs(student, n_fft, 2, n_frames)


@istft.property(
    "with three quarters overlap too",
    "The sum of the windows depends on hop_length: add them up, rather than dividing "
    "by a constant that is right for one overlap.",
    n_fft=(8, 16, 64),
    n_frames=(4, 9),
)
def _(student, n_fft, n_frames):
    _reconstructs(student, n_fft, 4, n_frames)


def _reconstructs(student, n_fft, share, n_frames):
    x, hop_length, X = _spectrum(n_fft, share, n_frames)
    y = student(X, hop_length)
    edge = n_fft // 4  # the window is small there, and nothing else overlaps
    agree(y, x, what="istft(stft(x))", inside=slice(edge, len(x) - edge))
