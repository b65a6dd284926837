"""Exercises of lesson 12: eight or more wrong solutions caught, right ones pass."""

import numpy as np

pi = np.pi


def idft(X, *, sign=1, scale=None, turn=2 * pi, real=False, shift=0, skip=0):
    """The sum, and what can go wrong with it."""
    N = len(X)
    x = np.zeros(N, dtype=complex)
    for n in range(N):
        for k in range(N - skip):
            x[n] += X[k] * np.exp(sign * 1j * turn * k * (n + shift) / N)
    x = x / (N if scale is None else scale)
    return x.real if real else x


def by_matrix(X):
    n = np.arange(len(X))
    return np.exp(2j * pi * np.outer(n, n) / len(X)) @ X / len(X)


def by_conjugates(X):
    n = np.arange(len(X))
    return np.conj(np.exp(-2j * pi * np.outer(n, n) / len(X)) @ np.conj(X)) / len(X)


def zero_phase(x, w, n_fft, *, norm=True, mirrored=False, late=0, behind=False):
    half = len(x) // 2
    xw = x * w
    after, before = xw[half:], xw[:half]
    if mirrored:
        after, before = xw[: half + 1], xw[half + 1 :]
    buffer = np.zeros(n_fft)
    buffer[: len(after)] = after
    if behind:
        buffer[len(after) : len(xw)] = before
    else:
        buffer[n_fft - len(before) :] = before
    return np.fft.rfft(np.roll(buffer, late)) / (w.sum() if norm else 1.0)


def by_rolling(x, w, n_fft):
    padded = np.pad(x * w, (0, n_fft - len(x)))
    return np.fft.rfft(np.roll(padded, -(len(x) // 2))) / np.sum(w)


def by_turning(x, w, n_fft):
    k = np.arange(n_fft // 2 + 1)
    turn = np.exp(2j * pi * k * (len(x) // 2) / n_fft)
    return np.fft.rfft(x * w, n_fft) * turn / w.sum()


RIGHT = {
    "idft": [idft, by_matrix, by_conjugates],
    "zero_phase_spectrum": [zero_phase, by_rolling, by_turning],
}

WRONG = {
    "idft": [
        (lambda X: idft(X, sign=-1), "a plus here"),
        (lambda X: idft(X, scale=1.0), "1/N is"),
        (lambda X: idft(X, scale=np.sqrt(len(X))), "1/N is"),
        (lambda X: idft(X, turn=1.0), "The sign is a plus|angle"),
        (lambda X: idft(X, turn=pi), "The sign is a plus|angle"),
        (lambda X: idft(X, real=True), "is real, expected complex"),
        (lambda X: idft(X, shift=1), "early|plus"),
        (lambda X: idft(X, skip=1), "nothing is left out|zero everywhere|plus"),
        (lambda X: np.append(idft(X), 0), "1 too many"),
        (lambda X: idft(X)[: len(X) // 2 + 1], "too few"),
        (lambda X: idft(X.real), "imaginary parts"),
        (lambda X: idft(X)[::-1], "backwards|plus"),
    ],
    "zero_phase_spectrum": [
        (lambda x, w, n: zero_phase(x, w, n, norm=False), "w.sum()"),
        (lambda x, w, n: zero_phase(x, np.ones(len(x)), n), "x times w"),
        (lambda x, w, n: zero_phase(x, w, n) * w.sum() / len(x), "w.sum()"),
        (lambda x, w, n: np.fft.rfft(x * w, n) / w.sum(), "middle sample"),
        (lambda x, w, n: zero_phase(x, w, n, late=1), "middle sample"),
        (lambda x, w, n: zero_phase(x, w, n, late=-1), "middle sample"),
        (lambda x, w, n: zero_phase(x, w, n, behind=True), "middle sample"),
        (lambda x, w, n: zero_phase(x[::-1], w, n), "backwards"),
        (lambda x, w, n: zero_phase(x, w, n, mirrored=True), "middle sample|half"),
        (lambda x, w, n: zero_phase(x, w, len(x)), "expected"),
        (lambda x, w, n: np.abs(zero_phase(x, w, n)), "is real, expected complex"),
        (lambda x, w, n: np.fft.fft(np.fft.irfft(zero_phase(x, w, n), n)), "too many"),
    ],
}  # fmt: skip
