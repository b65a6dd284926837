"""Exercises of lesson 12: back from a spectrum, and a spectrum about a middle."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import Signal
from dsplab.check.trial import Wrong

idft = exercise(
    "idft",
    "idft(X)",
    "the inverse discrete Fourier transform x[n] = 1/N sum_k X[k] exp(+2 pi i k n / "
    "N), n = 0 ... N-1, as a complex array; no np.fft",
)
SIZES = (1, 2, 3, 4, 5, 8, 9)


def _spectrum(n):
    rng = np.random.default_rng(n)
    return rng.uniform(-1, 1, n) + 1j * rng.uniform(-1, 1, n)


@idft.property(
    "it has as many complex values as the spectrum",
    "n runs over 0 ... N-1, like k. Keep the complex numbers: a spectrum need not "
    "belong to a real sound, and whoever knows that it does can take the real part.",
    n=SIZES,
)
def _(student, n):
    x = student(_spectrum(n))
    same_shape(x, (n,))
    same_kind(x, _spectrum(n))


@idft.property(
    "one bin alone gives a turning exponential",
    "Bin k alone becomes exp(+2 pi i k n / N) / N. The sign is a plus here, the minus "
    "of the DFT turned round; the angle has N = len(X) in it, and 1/N is the share "
    "that each of N bins brings.",
    points=2,
    n=(2, 3, 4, 8, 9),
    k=(0, 1, 2),
)
def _(student, n, k):
    X = np.eye(1, n, k % n)[0] + 0j
    agree(student(X), np.exp(2j * np.pi * (k % n) * np.arange(n) / n) / n)


@idft.property(
    "it is the sum over all bins",
    "Sum over k, one n after the other: nothing is left out, also not the upper half, "
    "and the imaginary parts of X count.",
    n=SIZES,
)
def _(student, n):
    agree(student(_spectrum(n)), np.fft.ifft(_spectrum(n)))


@idft.property(
    "back from the DFT comes what went in",
    "1/N belongs to the way back, once: N bins each bring the sample back once.",
    points=2,
    n=SIZES,
)
def _(student, n):
    x = Signal("noise", n).array() + 0j
    agree(student(np.fft.fft(x)), x)


zero_phase_spectrum = exercise(
    "zero_phase_spectrum",
    "zero_phase_spectrum(x, w, n_fft)",
    "the spectrum (np.fft.rfft) of x * w, an odd number of samples, whose middle "
    "sample lies at index 0 of a buffer of n_fft zeros, what follows behind it and "
    "what precedes at the end of the buffer; divided by the sum of w",
)
FRAMES = {"length": (3, 5, 1, 9, 15), "more": (1, 0, 3, 17)}


def zero_phase(x, w, n_fft):
    """What `zero_phase_spectrum` should return."""
    half = len(x) // 2
    buffer = np.zeros(n_fft)
    buffer[: half + 1] = (x * w)[half:]
    buffer[n_fft - half :] = (x * w)[:half]
    return np.fft.rfft(buffer) / w.sum()


def bump(length):
    """A window without zeros, symmetric about its middle."""
    n = np.arange(1, length + 1)
    return np.sin(np.pi * n / (length + 1)) ** 2


@zero_phase_spectrum.property(
    "it has n_fft // 2 + 1 complex values",
    "The buffer is n_fft long, however long the frame is, and np.fft.rfft gives the "
    "first half of its spectrum.",
    **FRAMES,
)
def _(student, length, more):
    x, w = Signal("ones", length).array(), bump(length)
    X = student(x, w, length + more)
    same_shape(X, ((length + more) // 2 + 1,))
    same_kind(X, X + 0j)


@zero_phase_spectrum.property(
    "a constant of 1 has 1 in bin 0",
    "Bin 0 is the sum of what is in the buffer: multiply by the window, and divide the "
    "spectrum by w.sum().",
    **FRAMES,
)
def _(student, length, more):
    X = student(np.ones(length), bump(length), length + more)
    if abs(X[0] - 1.0) > 1e-6:
        raise Wrong(f"Bin 0 is {X[0]:.4g}, where 1 is right.")


@zero_phase_spectrum.property(
    "a frame symmetric about its middle has a real spectrum",
    "The middle sample, number len(x) // 2, must be at index 0, its right neighbour at "
    "1 and its left one at n_fft - 1, the last. The zeros come in between, not before "
    "or behind.",
    points=2,
    length=(3, 5, 9, 15),
    more=(1, 0, 3, 17),
)
def _(student, length, more):
    X = student(np.ones(length), bump(length), length + more)
    if np.abs(X.imag).max() > 1e-6 * np.abs(X).max():
        k = int(np.argmax(np.abs(X.imag)))
        raise Wrong(f"Bin {k} is {X[k]:.3g}, which is not real.")


@zero_phase_spectrum.property(
    "a sine has the phase that it has in its middle",
    "What comes after the middle goes to the start of the buffer, what comes before it "
    "to the end: the other way round, time runs backwards and every angle has the "
    "wrong sign.",
    points=2,
    phase=(0.0, 1.0, -2.0),
    more=(1, 0, 3, 17),
)
def _(student, phase, more):
    n, w = np.arange(-16, 17), bump(33)
    x = np.cos(2 * np.pi * n * 8 / 33 + phase)
    X, wanted = student(x, w, 33 + more), zero_phase(x, w, 33 + more)
    k = int(np.argmax(np.abs(wanted)))
    angle, right = np.angle(X[k]), np.angle(wanted[k])
    if np.abs(np.exp(1j * angle) - np.exp(1j * right)) > 0.05:
        raise Wrong(f"At the peak, bin {k}, it is {angle:.3f}, expected {right:.3f}.")


@zero_phase_spectrum.property(
    "it follows the definition for any frame",
    "rfft(buffer) / w.sum(), of x times w, and nothing is left out: half + 1 samples "
    "go to the start, half to the end, with half = len(x) // 2.",
    **FRAMES,
)
def _(student, length, more):
    x, w = Signal("noise", length).array(), bump(length)
    agree(student(x, w, length + more), zero_phase(x, w, length + more))
