"""Exercises of lesson 13: centred frames, what windows add up to, true frequencies."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import Signal
from dsplab.check.trial import Wrong
from dsplab.check.windowing import bump, zero_phase

centred_stft = exercise(
    "centred_stft",
    "centred_stft(x, w, n_fft, hop_length)",
    "the zero-phase spectra (lesson 12) of the frames around samples 0, hop_length, 2 "
    "hop_length ...; 1 + len(x) // hop_length frames, with silence beyond the ends of "
    "x, divided by the sum of w; shape (n_fft // 2 + 1, n_frames)",
)
CENTRED = {
    "length": (5, 3, 9),
    "more": (3, 0, 7),
    "hop_length": (2, 1, 3, 5),
    "n_samples": (12, 20, 31),
}


def _stft(x, w, n_fft, hop_length):
    half, n_frames = len(w) // 2, 1 + len(x) // hop_length
    x = np.pad(x, (half, half + hop_length))
    starts = range(0, n_frames * hop_length, hop_length)
    spectra = [zero_phase(x[s : s + len(w)], w, n_fft) for s in starts]
    return np.stack(spectra, axis=-1)


@centred_stft.property(
    "it has n_fft // 2 + 1 rows and 1 + len(x) // hop_length columns",
    "Frames stand in columns, one for each multiple of hop_length from 0 up to "
    "len(x): the last may lie half beyond the end. Put len(w) // 2 zeros before x, and "
    "enough behind it.",
    **CENTRED,
)
def _(student, length, more, hop_length, n_samples):
    x, w = np.ones(n_samples), bump(length)
    X = student(x, w, length + more, hop_length)
    same_shape(X, _stft(x, w, length + more, hop_length).shape)
    same_kind(X, X + 0j)


@centred_stft.property(
    "frame m is about sample m hop_length",
    "With len(w) // 2 zeros in front, the frame that begins at sample m hop_length of "
    "the padded sound has sample m hop_length of x in its middle.",
    points=2,
    length=(5, 3, 9),
    hop_length=(2, 1, 3, 5),
    at=(6, 0, 10),
)
def _(student, length, hop_length, at):
    x, w = np.eye(1, 20, at)[0], bump(length)
    power = np.abs(student(x, w, length, hop_length))
    agree(power, np.abs(_stft(x, w, length, hop_length)), what="Its magnitude")


@centred_stft.property(
    "the phase is that in the middle of the frame",
    "As in lesson 12: the middle of the frame at index 0 of the buffer, its first half "
    "at the end, zeros in between; roll every column by -(len(w) // 2).",
    points=2,
    **CENTRED,
)
def _(student, length, more, hop_length, n_samples):
    w = bump(length)
    x = np.cos(2 * np.pi * 0.2 * np.arange(n_samples))
    X = student(x, w, length + more, hop_length)
    wanted = _stft(x, w, length + more, hop_length)
    place = hop_length * np.arange(wanted.shape[1])
    whole = (place >= length // 2) & (place < n_samples - length // 2)
    inside = whole & (np.abs(wanted) > 0.05 * np.abs(wanted).max())
    turned = np.abs(np.angle(X * np.conj(wanted)))[inside]
    if turned.max() > 1e-3:
        raise Wrong(f"Some phases are {turned.max():.2f} radians off.")


@centred_stft.property(
    "every value follows the formula",
    "Each column times the window, divided by the sum of the window; frames are copies "
    "of x, and where there is no x they are zero.",
    **CENTRED,
)
def _(student, length, more, hop_length, n_samples):
    x, w = Signal("noise", n_samples).array(), bump(length)
    X = student(x, w, length + more, hop_length)
    agree(X, _stft(x, w, length + more, hop_length))


window_sum = exercise(
    "window_sum",
    "window_sum(w, hop_length)",
    "what windows that are hop_length apart add up to, far from the ends: sum_m w[n + "
    "m hop_length] for n = 0 ... hop_length - 1, over all m for which w has a sample",
)
SHIFTED = {"length": (4, 8, 5, 7, 12), "hop_length": (2, 1, 4, 3, 5)}


def _sums(w, hop_length):
    return np.array([w[n::hop_length].sum() for n in range(hop_length)])


@window_sum.property(
    "it has hop_length values",
    "After hop_length samples the next frame begins and all is as before: one value "
    "for each n below hop_length.",
    **SHIFTED,
)
def _(student, length, hop_length):
    same_shape(student(np.ones(length), hop_length), (hop_length,))


@window_sum.property(
    "windows of ones count how many overlap",
    "Where two windows lie, the sum is 2. Nothing is averaged, and every sample of w "
    "is added in one place: w[n], w[n + hop_length], w[n + 2 hop_length] ...",
    **SHIFTED,
)
def _(student, length, hop_length):
    agree(student(np.ones(length), hop_length), _sums(np.ones(length), hop_length))


@window_sum.property(
    "the sum over a hop is that of the window",
    "All of w is in it, once, also the last samples when hop_length does not divide "
    "its length; and w itself, not its square.",
    **SHIFTED,
)
def _(student, length, hop_length):
    total, wanted = student(bump(length), hop_length).sum(), bump(length).sum()
    if abs(total - wanted) > 1e-6:
        raise Wrong(f"All values add up to {total:.4g}, where {wanted:.4g} is right.")


@window_sum.property(
    "every value follows the formula",
    "Value n is w[n::hop_length].sum(): it begins with n = 0, the first sample of w.",
    points=2,
    **SHIFTED,
)
def _(student, length, hop_length):
    w = np.arange(1.0, length + 1.0)
    agree(student(w, hop_length), _sums(w, hop_length))


true_frequency = exercise(
    "true_frequency",
    "true_frequency(X, hop_length, n_fft, sample_rate)",
    "the frequency of what is in each bin, in Hz, from how far its phase turns from "
    "frame to frame: (k / n_fft + d / (2 pi hop_length)) sample_rate, with d the turn "
    "less 2 pi k hop_length / n_fft, brought into -pi ... pi; shape (n_bins, n_frames "
    "- 1)",
)
TURNED = {
    "offset": (0.0, 0.3, -0.4),
    "hop_length": (1, 4, 8, 3),
    "n_fft": (16, 32),
    "sample_rate": (1, 8000),
}


def _turning(offset, hop_length, n_fft):
    """Spectra in which bin k holds an exponential of frequency k + offset bins."""
    k = np.arange(n_fft // 2 + 1)[:, None]
    m = np.arange(4)
    return np.exp(2j * np.pi * (k + offset) * m * hop_length / n_fft + 1j * k)


def _hertz(offset, n_fft, sample_rate):
    k = np.arange(n_fft // 2 + 1)[:, None]
    return np.repeat((k + offset) * sample_rate / n_fft, 3, axis=1)


@true_frequency.property(
    "it has a column less than the spectra",
    "Between n_frames frames there are n_frames - 1 steps: np.diff(np.angle(X), "
    "axis=1), along the frames.",
    **TURNED,
)
def _(student, offset, hop_length, n_fft, sample_rate):
    f = student(_turning(offset, hop_length, n_fft), hop_length, n_fft, sample_rate)
    same_shape(f, (n_fft // 2 + 1, 3))
    same_kind(f, np.zeros(1))


@true_frequency.property(
    "what turns as its bin does has the bin's frequency",
    "Subtract 2 pi k hop_length / n_fft before you bring d into -pi ... pi: what is "
    "left is 0, or a whole number of turns, which goes away.",
    points=2,
    hop_length=(1, 4, 8, 3),
    n_fft=(16, 32),
    sample_rate=(1, 8000),
)
def _(student, hop_length, n_fft, sample_rate):
    f = student(_turning(0.0, hop_length, n_fft), hop_length, n_fft, sample_rate)
    agree(f, _hertz(0.0, n_fft, sample_rate))


@true_frequency.property(
    "what turns faster is higher",
    "d radians in hop_length samples are d / (2 pi hop_length) turns a sample, to be "
    "added to the bin's k / n_fft; and d is the new angle less the old one. Whole "
    "turns: d - 2 pi round(d / 2 pi).",
    points=2,
    **TURNED,
)
def _(student, offset, hop_length, n_fft, sample_rate):
    f = student(_turning(offset, hop_length, n_fft), hop_length, n_fft, sample_rate)
    agree(f, _hertz(offset, n_fft, sample_rate))
