"""Exercises of lesson 1: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.fft
import scipy.signal

import dsplab.frames
import dsplab.spectral
import dsplab.windows

pi, irfft, rfft = np.pi, np.fft.irfft, np.fft.rfft


def hann(n):
    return 0.5 - 0.5 * np.cos(2 * pi * np.arange(n) / n)


def sine(f, d, sr):
    return np.sin(2 * pi * f * np.arange(round(d * sr)) / sr)


def sine_loop(frequency, duration, sample_rate):
    y = []
    while len(y) < round(duration * sample_rate):
        y.append(np.sin(2 * pi * frequency * len(y) / sample_rate))
    return np.array(y)


def dft_loop(x):
    X = np.zeros(len(x), dtype=complex)
    for k in range(len(x)):
        for n in range(len(x)):
            X[k] += x[n] * np.exp(-2j * pi * k * n / len(x))
    return X


def dft_matrix(x, sign=-1, size=0):
    n = np.arange(len(x))
    return np.exp(sign * 2j * pi * np.outer(n, n) / (len(x) + size)) @ x


def dft_normalised(x):
    return dft_matrix(x / max(abs(x).max(), 1e-9))


def dft_real(x):
    n = np.arange(len(x))
    return np.cos(2 * pi * np.outer(n, n) / len(x)) @ x


def dft_centred(x):
    return dft_matrix(x - x.mean())


def frame(x, n, h):
    return np.stack([x[s : s + n] for s in range(0, len(x) - n + 1, h)], axis=-1)


def frame_loop(x, frame_length, hop_length):
    n_frames = 1 + (len(x) - frame_length) // hop_length
    frames = np.zeros((frame_length, n_frames))
    for m in range(n_frames):
        for n in range(frame_length):
            frames[n, m] = x[m * hop_length + n]
    return frames


def frame_index(x, n, h):
    return x[np.arange(n)[:, None] + h * np.arange(1 + (len(x) - n) // h)]


def frame_padded(x, n, h):
    return frame(np.pad(x, (0, n)), n, h)


def frame_one_less(x, n, h):
    return frame(np.append(x[:-1], np.zeros(max(0, n - len(x) + 1))), n, h)


def frame_ragged(x, n, h):
    return [x[s : s + n] for s in range(0, len(x), h)]


def frame_beyond(x, n, h):
    return np.stack([[x[m + k] for k in range(n)] for m in range(0, len(x), h)], -1)


def overlap_add(frames, h, add=True, column=lambda f, m: f[:, m]):
    n, count = frames.shape
    y = np.zeros(n + h * (count - 1))
    for m in range(count):
        kept = y[m * h : m * h + n] if add else 0
        y[m * h : m * h + n] = kept + column(frames, m)
    return y


def overlap_add_at(frames, h):
    n, count = frames.shape
    y = np.zeros(n + h * (count - 1))
    index = np.arange(n)[:, None] + h * np.arange(count)
    np.add.at(y, index, frames)
    return y


def overlap_average(frames, h):
    return overlap_add(frames, h) / np.maximum(overlap_add(frames**0, h), 1)


def overlap_in_place(frames, h):
    frames *= 0.5
    return 2 * overlap_add(frames, h)


def overlap_transposed(frames, h):
    return overlap_add(frames.T, h)


def overlap_integers(frames, h):
    return overlap_add(frames, h).astype(int)


def overlap_short(frames, h):
    n, count = frames.shape
    return overlap_add(frames, h)[: h * count]


def stft(x, n, h, w=hann, transform=lambda f: rfft(f, axis=0)):
    return transform(frame(x, n, h) * w(n)[:, None])


def stft_loop(x, n_fft, hop_length):
    columns = []
    for start in range(0, len(x) - n_fft + 1, hop_length):
        columns.append(rfft(x[start : start + n_fft] * hann(n_fft)))
    return np.array(columns).T


def stft_library(x, n, h):
    return dsplab.spectral.stft(x, n_fft=n, hop_length=h, center=False)


def stft_signal_windowed(x, n, h):
    return rfft(frame(x * hann(len(x)), n, h), axis=0)


def istft(X, h, power=2, floor=1e-8, twice=True):
    frames = irfft(X, axis=0)
    w = np.repeat(hann(len(frames))[:, None], X.shape[1], axis=1)
    y = overlap_add(frames * w if twice else frames, h)
    with np.errstate(all="ignore"):
        return y / np.maximum(overlap_add(w**power, h), floor)


def istft_loop(X, hop_length):
    n_fft = 2 * (X.shape[0] - 1)
    y = np.zeros(n_fft + hop_length * (X.shape[1] - 1))
    energy = np.zeros(len(y))
    for m in range(X.shape[1]):
        part = slice(m * hop_length, m * hop_length + n_fft)
        y[part] += irfft(X[:, m]) * hann(n_fft)
        energy[part] += hann(n_fft) ** 2
    return np.where(energy > 1e-8, y / np.where(energy > 1e-8, energy, 1), 0)


def istft_once(X, h):
    return istft(X, h, power=1, twice=False)


def istft_library(X, h):
    return dsplab.spectral.istft(X, hop_length=h, center=False)


def istft_plain(X, h):
    return overlap_add(irfft(X, axis=0), h)


def istft_constant(X, h):
    frames = irfft(X, axis=0)
    w = hann(len(frames))[:, None]
    return overlap_add(frames * w, h) / 1.5


def hann_loop(length):
    w = []
    for n in range(length):
        w.append(0.5 - 0.5 * np.cos(2 * pi * n / length))
    return w


RIGHT = {
    "sine": [sine, sine_loop, lambda f, d, sr: np.sin(
        np.cumsum(np.full(round(d * sr), 2 * pi * f / sr)) - 2 * pi * f / sr
    )],
    "dft": [dft_loop, dft_matrix, np.fft.fft, scipy.fft.fft, dsplab.spectral.dft],
    "hann": [
        hann,
        hann_loop,
        lambda n: np.sin(pi * np.arange(n) / n) ** 2,
        lambda n: scipy.signal.windows.hann(n, sym=False),
        dsplab.windows.hann,
    ],
    "frame": [
        frame,
        frame_loop,
        frame_index,
        lambda x, n, h: np.lib.stride_tricks.sliding_window_view(x, n)[::h].T,
        lambda x, n, h: dsplab.frames.frame(x, frame_length=n, hop_length=h),
    ],
    "overlap_add": [
        overlap_add,
        overlap_add_at,
        lambda frames, h: dsplab.frames.overlap_add(frames, hop_length=h),
    ],
    "stft": [stft, stft_loop, stft_library],
    "istft": [istft, istft_loop, istft_library, istft_once],
}  # fmt: skip

WRONG = {
    "sine": [
        (lambda f, d, sr: np.sin(f * np.arange(round(d * sr)) / sr), "2 pi each"),
        (lambda f, d, sr: np.cos(2 * pi * f * np.arange(round(d * sr)) / sr), "begin"),
        (lambda f, d, sr: np.sin(2 * pi * f * np.arange(d)), "round(duration"),
        (lambda f, d, sr: np.sin(2 * pi * f * np.linspace(0, d, round(d * sr))),
         "frequency * n / sample_rate turns"),
        (lambda f, d, sr: np.sin(2 * pi * f * np.arange(round(d * sr) + 1) / sr),
         "1 too many"),
        (lambda f, d, sr: 0.5 * sine(f, d, sr), "0.5 times the right one"),
        (lambda f, d, sr: -sine(f, d, sr), "begins at 0"),
        (lambda f, d, sr: np.sin(2 * pi * f * np.arange(1, round(d * sr) + 1) / sr),
         "time begins at 0"),
        (lambda f, d, sr: sine(f, d, sr).astype(int), "time begins at 0"),
        (lambda f, sr: sine(f, 1, sr), "sine(frequency, duration, sample_rate)"),
    ],
    "dft": [
        (lambda x: dft_matrix(x, +1), "complex conjugate"),
        (lambda x: dft_matrix(x) / len(x), "Nothing is divided by N"),
        (rfft, "k runs over 0 ... N-1"),
        (dft_real, "its phase, is lost"),
        (lambda x: abs(dft_matrix(x)), "its phase, is lost"),
        (lambda x: dft_matrix(x, size=1), "N = len(x)"),
        (dft_normalised, "exponential is 1 throughout"),
        (dft_centred, "X[0]"),
        (lambda x: np.fft.fftshift(dft_matrix(x)), "X[0]"),
        (lambda x: np.append(dft_matrix(x), 0), "1 too many"),
        (lambda x: np.exp(-2j * pi * np.arange(len(x)) / len(x)) * x, "X[0]"),
    ],
    "hann": [
        (np.hanning, "np.hanning"),
        (lambda n: 0.5 - 0.5 * np.cos(np.linspace(0, 2 * pi, n)), "length - 1"),
        (lambda n: 0.5 + 0.5 * np.cos(2 * pi * np.arange(n) / n), "begins with 0"),
        (lambda n: 0.54 - 0.46 * np.cos(2 * pi * np.arange(n) / n), "begins with 0"),
        (lambda n: np.sin(pi * np.arange(n) / n), "begins with 0"),
        (lambda n: 1 - np.cos(2 * pi * np.arange(n) / n), "2 times the right one"),
        (lambda n: 0.5 - 0.5 * np.cos(pi * np.arange(n) / n), "whole window"),
        (lambda n: hann(n + 1), "1 too many"),
        (lambda n: 0.5 - 0.5 * np.cos(np.arange(n) / n), "whole window"),
        (lambda n: [0.0] * n, "zero everywhere"),
        (lambda n: np.round(hann(n)).astype(int), "holds integers"),
        (lambda n: scipy.signal.windows.hann(n), "symmetric window"),
    ],
    "frame": [
        (lambda x, n, h: frame(x, n, h).T, "stand in columns"),
        (frame_padded, "may end exactly at the end"),
        (frame_one_less, "may end exactly at the end"),
        (frame_ragged, "equally long"),
        (frame_beyond, "last frame that still fits"),
        (lambda x, n, h: frame(x, n, n), "n_frames = 1 +"),
        (lambda x, n, h: frame(x, h, n), "frame_length"),
        (lambda x, n, h: frame(x, n, 1)[:, : frame(x, n, h).shape[1]],
         "hop_length samples later"),
        (lambda x, n, h: frame(x, n, h)[::-1], "is x[0 : frame_length]"),
        (lambda x, n, h: frame(x, n, h) * hann(n)[:, None], "hop_length samples later"),
        (lambda x, n, h: frame(x, n, h).astype(int) * 1.0, "copies"),
        (lambda x, n: frame(x, n, n // 2), "frame(x, frame_length, hop_length)"),
    ],
    "overlap_add": [
        (lambda f, h: overlap_add(f, h, add=False), "must not overwrite"),
        (overlap_average, "nothing is averaged"),
        (overlap_in_place, "x = x.copy()"),
        (overlap_transposed, "frame_length samples"),
        (overlap_integers, "holds integers"),
        (overlap_short, "frame_length samples"),
        (lambda f, h: f.T.ravel(), "each further one adds hop_length"),
        (lambda f, h: np.append(overlap_add(f, h), 0), "1 too many"),
        (lambda f, h: overlap_add(f[::-1], h), "time runs down a column"),
        (lambda f, h: overlap_add(f[:, ::-1], h), "frames[:, m] is frame m"),
        (lambda f, h: 2 * overlap_add(f, h), "2 times the right one"),
        (lambda f, h: overlap_add(f, h, column=lambda f, m: f[m]), "Error"),
    ],
    "stft": [
        (lambda x, n, h: stft(x, n, h).T, "axis=0"),
        (lambda x, n, h: stft(x, n, h, transform=rfft), "axis=0"),
        (lambda x, n, h: np.fft.fft(frame(x, n, h) * hann(n)[:, None], axis=0),
         "mirrored half"),
        (lambda x, n, h: stft(x, n, h, w=np.ones), "window forgotten"),
        (lambda x, n, h: stft(x, n, h, w=np.hanning), "symmetric one"),
        (lambda x, n, h: abs(stft(x, n, h)), "its phase, is lost"),
        (lambda x, n, h: stft(x, n, h).conj(), "complex conjugate"),
        (lambda x, n, h: stft(x, n, h) / n, "times the right one"),
        (lambda x, n, h: stft(np.pad(x, n // 2), n, h), "nothing padded"),
        (stft_signal_windowed, "over the whole signal"),
        (lambda x, n, h: stft(x, n, n // 2), "every hop_length samples"),
        (lambda x, n, h: 20 * np.log10(abs(stft(x, n, h))), "np.maximum"),
    ],
    "istft": [
        (istft_plain, "divided by"),
        (lambda X, h: istft(X, h, power=1), "*squared* windows"),
        (lambda X, h: istft(X, h, twice=False), "*squared* windows"),
        (lambda X, h: istft(X, h, floor=0), "np.maximum(divisor"),
        (istft_constant, "divided by"),
        (lambda X, h: istft(abs(X), h), "multiplied by a window twice"),
        (lambda X, h: istft(X, h)[:-h], "overlap_add makes the length"),
        (lambda X, h: istft(X.T, h), "irfft(X, axis=0)"),
        (lambda X, h: istft(X, h) + 0j, "np.fft.irfft"),
        (lambda X, h: istft(X, h)[::-1], "backwards"),
        (lambda X, h: irfft(X), "overlap_add makes the length"),
        (lambda X, h: istft(X, h) + 1e-3, "so is the divisor"),
    ],
}  # fmt: skip
