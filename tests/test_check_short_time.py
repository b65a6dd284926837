"""Exercises of lesson 13: eight or more wrong solutions caught, right ones pass."""

import numpy as np

pi = np.pi


def centred(x, w, n_fft, hop, *, before=0, roll=True, frames=0, norm=None, edge=None):
    """Frame, window, roll, transform; and what can go wrong with it."""
    half = len(w) // 2
    n_frames = 1 + len(x) // hop + frames
    pad = (half + before, half + (2 + abs(frames)) * hop + len(w))
    x = np.pad(x, pad, mode=edge) if edge else np.pad(x, pad)
    starts = hop * np.arange(n_frames)
    rows = x[starts + np.arange(len(w))[:, None]] * w[:, None]
    rows = np.pad(rows, ((0, n_fft - len(w)), (0, 0)))
    rows = np.roll(rows, -half, axis=0) if roll else rows
    return np.fft.rfft(rows, axis=0) / (w.sum() if norm is None else norm)


def by_formula(x, w, n_fft, hop):
    half, k = len(w) // 2, np.arange(n_fft // 2 + 1)
    X = np.zeros((len(k), 1 + len(x) // hop), dtype=complex)
    for m in range(X.shape[1]):
        for n in range(-half, half + 1):
            if 0 <= n + m * hop < len(x):
                wave = np.exp(-2j * pi * k * n / n_fft)
                X[:, m] += w[n + half] * x[n + m * hop] * wave
    return X / w.sum()


def by_turning(x, w, n_fft, hop):
    k = np.arange(n_fft // 2 + 1)[:, None]
    X = centred(x, w, n_fft, hop, roll=False)
    return X * np.exp(2j * pi * k * (len(w) // 2) / n_fft)


def sums(w, hop, *, first=0, power=1, count=None):
    return np.array([(w[n + first :: hop][:count] ** power).sum() for n in range(hop)])


def by_adding(w, hop):
    y = np.zeros(hop)
    for n, value in enumerate(w):
        y[n % hop] += value
    return y


def by_folding(w, hop):
    return np.pad(w, (0, -len(w) % hop)).reshape(-1, hop).sum(axis=0)


def wrapped(d):
    return (d + pi) % (2 * pi) - pi


def frequency(X, hop, n_fft, sr, *, sign=1, wrap=wrapped, less=1, span=None, axis=1):
    k = np.arange(len(X))[:, None]
    d = sign * np.diff(np.angle(X), axis=axis) - less * 2 * pi * k * hop / n_fft
    return (k / n_fft + wrap(d) / (2 * pi * (span or hop))) * sr


def by_products(X, hop, n_fft, sr):
    k = np.arange(len(X))[:, None]
    turn = X[:, 1:] * np.conj(X[:, :-1]) * np.exp(-2j * pi * k * hop / n_fft)
    return sr * (k / n_fft + np.angle(turn) / (2 * pi * hop))


def by_rounding(X, hop, n_fft, sr):
    k = np.arange(len(X))[:, None]
    turns = np.diff(np.angle(X), axis=1) / (2 * pi)
    expected = k * hop / n_fft
    turns = turns + np.round(expected - turns)
    return turns / hop * sr


def wrapped_late(X, hop, n_fft, sr):
    k = np.arange(len(X))[:, None]
    d = wrapped(np.diff(np.angle(X), axis=1))
    return (k / n_fft + (d - 2 * pi * k * hop / n_fft) / (2 * pi * hop)) * sr


RIGHT = {
    "centred_stft": [centred, by_formula, by_turning],
    "window_sum": [sums, by_adding, by_folding],
    "true_frequency": [frequency, by_products, by_rounding],
}

WRONG = {
    "centred_stft": [
        (lambda x, w, n, h: centred(x, w, n, h, frames=-1), "1 too few"),
        (lambda x, w, n, h: centred(x, w, n, h, frames=1), "1 too many"),
        (lambda x, w, n, h: centred(x, w, n, h).T, "wrong way round|Frames stand"),
        (lambda x, w, n, h: centred(x, w, n, h, before=-(len(w) // 2)), "in front"),
        (lambda x, w, n, h: centred(x, w, n, h, before=1), "in front"),
        (lambda x, w, n, h: centred(x, w, n, h, roll=False), "radians off"),
        (lambda x, w, n, h: centred(x, w, n, h, norm=1.0), "in front|times"),
        (lambda x, w, n, h: centred(x, w, n, h, norm=len(w)), "in front|times"),
        (lambda x, w, n, h: centred(x, w / w, n, h), "in front"),
        (lambda x, w, n, h: centred(x, w, n, h, edge="reflect"), "they are zero"),
        (lambda x, w, n, h: np.abs(centred(x, w, n, h)), "is real"),
        (lambda x, w, n, h: np.conj(centred(x, w, n, h)), "radians off"),
    ],
    "window_sum": [
        (lambda w, h: w.sum(), "shape ()"),
        (lambda w, h: sums(w, h) / -(-len(w) // h), "Nothing is averaged"),
        (lambda w, h: sums(w, h, power=2), "not its square"),
        (lambda w, h: sums(w, h, first=1), "Where two windows|once|n = 0"),
        (lambda w, h: sums(w, h, count=2), "Where two|every sample"),
        (lambda w, h: w[: len(w) // h * h].reshape(-1, h).sum(axis=0), "every sample"),
        (lambda w, h: sums(w, h)[::-1], "backwards"),
        (lambda w, h: np.append(sums(w, h), sums(w, h)[0]), "1 too many"),
        (lambda w, h: np.roll(sums(w, h), 1), "in one place"),
        (lambda w, h: np.full(h, w.sum() / h), "w[n::hop_length]|n + hop_length"),
        (lambda w, h: np.array([w[n * h : (n + 1) * h].sum() for n in range(h)]),
         "every sample|w[n::hop_length]"),
    ],
    "true_frequency": [
        (lambda X, h, n, sr: frequency(X, h, n, sr, sign=-1), "Subtract|new angle"),
        (lambda X, h, n, sr: frequency(X, h, n, sr, wrap=lambda d: d), "into -pi"),
        (lambda X, h, n, sr: frequency(X, h, n, sr, less=0), "Subtract"),
        (lambda X, h, n, sr: frequency(X, h, n, sr, span=1), "hop_length samples"),
        (lambda X, h, n, sr: frequency(X, h, n, sr, span=n), "hop_length samples"),
        (lambda X, h, n, sr: frequency(X, h, n, sr) / sr, "times the right one"),
        (lambda X, h, n, sr: frequency(X, h, n, sr, wrap=lambda d: d % (2 * pi)),
         "Whole turns|brought|into"),
        (lambda X, h, n, sr: frequency(X, h, n, sr)[:, :1], "2 too few"),
        (wrapped_late, "before you bring"),
        (lambda X, h, n, sr: frequency(X, h, n, sr) * 2 * pi, "times the right one"),
        (lambda X, h, n, sr: frequency(X.T, h, n, sr), "along the frames"),
        (lambda X, h, n, sr: np.pad(frequency(X, h, n, sr), ((0, 0), (1, 0))), "1 too"),
        (lambda X, h, n, sr: np.arange(len(X))[:, None] * np.ones(3) * sr / n,
         "faster|d radians"),
    ],
}  # fmt: skip
