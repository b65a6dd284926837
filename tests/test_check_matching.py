"""The exercise of lesson 8: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.signal

from dsplab.spectral import stft


def levels(x, n, floor=0.1):
    return np.log(np.abs(stft(x, n_fft=n, hop_length=n // 4)) + floor)


def plain(x, y, sizes):
    return np.mean([np.abs(levels(x, n) - levels(y, n)).mean() for n in sizes])


def loop(x, y, sizes):
    total = 0.0
    for n in sizes:
        difference = levels(x, n) - levels(y, n)
        total += np.where(difference > 0, difference, -difference).sum() / (
            difference.size
        )
    return total / len(sizes)


def by_ratio(x, y, sizes):
    parts = []
    for n in sizes:
        X, Y = (np.abs(stft(s, n_fft=n, hop_length=n // 4)) + 0.1 for s in (x, y))
        parts.append(np.log(np.maximum(X, Y) / np.minimum(X, Y)).mean())
    return float(np.mean(parts))


def by_scipy(x, y, sizes):
    def level(x, n):
        window = scipy.signal.get_window("hann", n)
        x = np.pad(x, n // 2)
        frames = np.lib.stride_tricks.sliding_window_view(x, n)[:: n // 4]
        return np.log(np.abs(np.fft.rfft(frames * window)) + 0.1)

    return np.mean([np.abs(level(x, n) - level(y, n)).mean() for n in sizes])


def an_array(x, y, sizes):
    return np.array([np.abs(levels(x, n) - levels(y, n)).mean() for n in sizes])


def of_waves(x, y, sizes):
    return np.abs(x - y).mean()


def complex_difference(x, y, sizes):
    def spectrum(x, n):
        return stft(x, n_fft=n, hop_length=n // 4)

    return np.mean([np.abs(spectrum(x, n) - spectrum(y, n)).mean() for n in sizes])


def no_floor(x, y, sizes):
    with np.errstate(all="ignore"):
        return np.mean(
            [np.abs(levels(x, n, 0.0) - levels(y, n, 0.0)).mean() for n in sizes]
        )


def no_absolute(x, y, sizes):
    return np.mean([(levels(x, n) - levels(y, n)).mean() for n in sizes])


def absolute_of_mean(x, y, sizes):
    return np.mean([abs((levels(x, n) - levels(y, n)).mean()) for n in sizes])


def squares(x, y, sizes):
    return np.mean([((levels(x, n) - levels(y, n)) ** 2).mean() for n in sizes])


def outvoted(x, y, sizes):
    parts = [np.abs(levels(x, n) - levels(y, n)).ravel() for n in sizes]
    return np.concatenate(parts).mean()


def sum_of_sizes(x, y, sizes):
    return sum(np.abs(levels(x, n) - levels(y, n)).mean() for n in sizes)


def relative_to_x(x, y, sizes):
    parts = []
    for n in sizes:
        X, Y = (np.abs(stft(s, n_fft=n, hop_length=n // 4)) for s in (x, y))
        parts.append(np.abs(X - Y).sum() / (X.sum() + 0.1))
    return np.mean(parts)


def decibels(x, y, sizes):
    return plain(x, y, sizes) * 20 / np.log(10)


def powers(x, y, sizes):
    def level(x, n):
        return np.log(np.abs(stft(x, n_fft=n, hop_length=n // 4)) ** 2 + 0.1)

    return np.mean([np.abs(level(x, n) - level(y, n)).mean() for n in sizes])


def first_size_only(x, y, sizes):
    return np.abs(levels(x, sizes[0]) - levels(y, sizes[0])).mean()


RIGHT = {"spectral_distance": [plain, loop, by_ratio, by_scipy]}
WRONG = {
    "spectral_distance": [
        (an_array, "one number|an array"),
        (of_waves, "sounds the same"),
        (complex_difference, "sounds the same"),
        (no_floor, "logarithm of zero"),
        (no_absolute, "absolute value"),
        (absolute_of_mean, "absolute value|absolute differences"),
        (squares, "not squares"),
        (outvoted, "must not outvote"),
        (sum_of_sizes, "mean of those"),
        (relative_to_x, "belongs to x alone"),
        (decibels, "Natural logarithm"),
        (powers, "not of powers"),
        (first_size_only, "every size|One mean for each size"),
    ]
}
