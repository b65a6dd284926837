"""Exercises of lesson 15: sines taken out, the power in bands, noise with a colour."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import Signal, signals
from dsplab.check.trial import Wrong

remove_sines = exercise(
    "remove_sines",
    "remove_sines(x, frequencies, sample_rate)",
    "x less the sum of sines at those frequencies, of any amplitude and phase, that "
    "fits x best in the sense of least squares",
)
SINES = {
    "frequencies": ((100.0,), (100.0, 170.0), (60.0, 200.0, 310.0)),
    "phase": (0.0, 1.0, np.pi / 2),
    "n": (64, 101),
    "sample_rate": (1000, 1600),
}


def _wave(frequencies, phase, n, sample_rate):
    t = np.arange(n) / sample_rate
    rows = [np.cos(2 * np.pi * f * t + phase) for f in frequencies]
    return np.sum(rows, axis=0)


def _rest(x, frequencies, sample_rate):
    angle = 2 * np.pi * np.outer(np.arange(len(x)), frequencies) / sample_rate
    basis = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return x - basis @ np.linalg.lstsq(basis, x, rcond=None)[0]


@remove_sines.property(
    "it is as long as the sound",
    "What is left over is a sound again: x minus the sines, not their amplitudes.",
    **SINES,
)
def _(student, frequencies, phase, n, sample_rate):
    x = _wave(frequencies, phase, n, sample_rate)
    same_shape(student(x, np.array(frequencies), sample_rate), x.shape)


@remove_sines.property(
    "of sines at those frequencies nothing is left, whatever their phase",
    "Each frequency needs a cosine and a sine, two columns; the angle of sample n is 2 "
    "pi f n / sample_rate. And it is x - fit that is asked for.",
    points=2,
    **SINES,
)
def _(student, frequencies, phase, n, sample_rate):
    x = _wave(frequencies, phase, n, sample_rate)
    left = np.abs(student(x, np.array(frequencies), sample_rate)).max()
    if left > 1e-6:
        raise Wrong(f"Up to {left:.3g} is left of sines of amplitude 1.")


@remove_sines.property(
    "what is something else stays",
    "Only what the given sines can explain is taken away: fit all of them at once, in "
    "one least-squares problem, by np.linalg.lstsq.",
    points=2,
    x=signals(64, 101, kinds=("ones", "impulse", "noise")),
    frequencies=((100.0,), (100.0, 113.0)),
)
def _(student, x, frequencies):
    y = student(x, np.array(frequencies), 1000)
    same_kind(y, x)
    agree(y, _rest(x, frequencies, 1000))


band_envelope = exercise(
    "band_envelope",
    "band_envelope(X, n_bands)",
    "from spectra (n_bins, n_frames) the square root of the mean of |X|^2 over n_bands "
    "equally wide bands of neighbouring bins, (n_bands, n_frames)",
)
BANDS = {"n_bands": (1, 2, 4, 3), "width": (1, 2, 5), "n_frames": (1, 3, 4)}


def _spectra(n_bins, n_frames):
    rng = np.random.default_rng(n_bins)
    shape = (n_bins, n_frames)
    return rng.uniform(-1, 1, shape) + 1j * rng.uniform(-1, 1, shape)


def _envelope(X, n_bands):
    power = np.abs(X) ** 2
    return np.sqrt(power.reshape(n_bands, -1, X.shape[1]).mean(axis=1))


@band_envelope.property(
    "its shape is (n_bands, n_frames)",
    "power.reshape(n_bands, -1, n_frames) puts the bins of a band along the middle "
    "axis: average over that.",
    **BANDS,
)
def _(student, n_bands, width, n_frames):
    E = student(_spectra(n_bands * width, n_frames), n_bands)
    same_shape(E, (n_bands, n_frames))
    same_kind(E, np.zeros(1))


@band_envelope.property(
    "where all bins of a band are alike, it is their magnitude",
    "A mean, not a sum; the square root at the end; band b holds the bins from b width "
    "to (b + 1) width - 1, neighbours of each other.",
    points=2,
    n_bands=(1, 2, 4),
    width=(1, 2, 5),
)
def _(student, n_bands, width):
    level = np.repeat(np.arange(1.0, n_bands + 1.0), width)
    X = level[:, None] * np.exp(1j * np.arange(3.0))
    agree(student(X, n_bands), np.abs(X[::width]))


@band_envelope.property(
    "powers are averaged",
    "Square the magnitudes first, take the mean, then the root: the mean of magnitudes "
    "or of decibels is less, and so a copy would be too quiet.",
    points=2,
    **BANDS,
)
def _(student, n_bands, width, n_frames):
    X = _spectra(n_bands * width, n_frames)
    agree(student(X, n_bands), _envelope(X, n_bands))


colour = exercise(
    "colour",
    "colour(noise, envelope)",
    "the noise with its spectrum (np.fft.rfft) multiplied by the envelope, whose "
    "values lie evenly from the first bin to the last, on straight lines between; as "
    "many samples as before",
)
COLOURED = {"n": (8, 16, 15), "envelope": ((1.0, 1.0), (1.0, 0.0), (0.0, 1.0, 3.0))}


def _colour(noise, envelope):
    X = np.fft.rfft(noise)
    place = np.linspace(0, len(X) - 1, len(envelope))
    gain = np.interp(np.arange(len(X)), place, envelope)
    return np.fft.irfft(X * gain, len(noise))


@colour.property(
    "it has as many samples as the noise",
    "np.fft.irfft(X, len(noise)): without its second argument it returns an even "
    "number.",
    **COLOURED,
)
def _(student, n, envelope):
    noise = Signal("noise", n).array()
    y = student(noise, np.array(envelope))
    same_shape(y, noise.shape)
    same_kind(y, noise)


@colour.property(
    "an envelope of ones changes nothing, one of twos doubles",
    "Multiply the spectrum by the envelope as it is, not by its square or its root.",
    n=(8, 16, 15),
    level=(1.0, 2.0, 0.5),
)
def _(student, n, level):
    noise = Signal("noise", n).array()
    agree(student(noise, np.full(3, level)), level * noise)


@colour.property(
    "between its values the envelope is a straight line, up to the last bin",
    "place = np.linspace(0, n_bins - 1, len(envelope)) says where its values belong, "
    "with n_bins = n // 2 + 1; np.interp(np.arange(n_bins), place, envelope) reads it "
    "at every bin. The phases of the noise stay.",
    points=2,
    **COLOURED,
)
def _(student, n, envelope):
    noise = Signal("noise", n).array()
    agree(student(noise, np.array(envelope)), _colour(noise, envelope))
