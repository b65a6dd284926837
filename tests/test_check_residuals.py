"""Exercises of lesson 15: eight or more wrong solutions caught, right ones pass."""

import numpy as np

pi = np.pi


def remove(x, f, sr, *, parts=(np.cos, np.sin), turn=2 * pi, start=0, gain=1.0):
    angle = turn * np.outer(np.arange(start, len(x) + start), f) / sr
    basis = np.concatenate([part(angle) for part in parts], axis=1)
    return x - gain * basis @ np.linalg.lstsq(basis, x, rcond=None)[0]


def by_equations(x, f, sr):
    angle = 2 * pi * np.outer(np.arange(len(x)), f) / sr
    basis = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return x - basis @ np.linalg.solve(basis.T @ basis, basis.T @ x)


def by_qr(x, f, sr):
    angle = 2 * pi * np.outer(np.arange(len(x)), f) / sr
    q, _ = np.linalg.qr(np.concatenate([np.cos(angle), np.sin(angle)], axis=1))
    return x - q @ (q.T @ x)


def one_by_one(x, f, sr):
    for k in range(len(f)):
        x = remove(x, f[k : k + 1], sr)
    return x


def by_projection(x, f, sr):
    angle = 2 * pi * np.outer(np.arange(len(x)), f) / sr
    basis = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
    return x - basis @ (basis.T @ x) * 2 / len(x)


def by_bins(x, f, sr):
    X = np.fft.rfft(x)
    X[np.round(np.array(f) * len(x) / sr).astype(int)] = 0
    return np.fft.irfft(X, len(x))


def bands(X, n, *, power=2.0, root=0.5, reduce=np.mean, square=np.abs):
    rows = (square(X) ** power).reshape(n, -1, X.shape[1])
    return reduce(rows, axis=1) ** root


def bands_loop(X, n):
    width = len(X) // n
    return np.array([np.sqrt(np.mean(np.abs(X[b * width : (b + 1) * width]) ** 2, 0))
                     for b in range(n)])  # fmt: skip


def bands_split(X, n):
    power = X.real**2 + X.imag**2
    return np.stack([p.mean(axis=0) for p in np.split(power, n)]) ** 0.5


def bands_db(X, n):
    level = 20 * np.log10(np.abs(X) + 1e-12).reshape(n, -1, X.shape[1])
    return 10 ** (level.mean(axis=1) / 20)


def colour(x, e, *, power=1.0, last=1, magnitude=False, short=False):
    X = np.fft.rfft(x)
    place = np.linspace(0, len(X) - last, len(e))
    gain = np.interp(np.arange(len(X)), place, np.asarray(e) ** power)
    X = (np.abs(X) if magnitude else X) * gain
    return np.fft.irfft(X) if short else np.fft.irfft(X, len(x))


def colour_full(x, e):
    n = len(x)
    k = np.minimum(np.arange(n), n - np.arange(n))
    gain = np.interp(k, np.linspace(0, n // 2, len(e)), e)
    return np.fft.ifft(np.fft.fft(x) * gain).real


def colour_matrix(x, e):
    n = len(x)
    k = np.arange(n // 2 + 1)
    hats = [np.interp(k, np.linspace(0, n // 2, len(e)), row) for row in np.eye(len(e))]
    return sum(v * np.fft.irfft(np.fft.rfft(x) * h, n)
               for v, h in zip(e, hats, strict=True))  # fmt: skip


def colour_steps(x, e):
    X = np.fft.rfft(x)
    gain = np.asarray(e)[np.arange(len(X)) * len(e) // len(X)]
    return np.fft.irfft(X * gain, len(x))


RIGHT = {
    "remove_sines": [remove, by_equations, by_qr],
    "band_envelope": [bands, bands_loop, bands_split],
    "colour": [colour, colour_full, colour_matrix],
}

WRONG = {
    "remove_sines": [
        (lambda x, f, sr: remove(x, f, sr, parts=(np.sin,)), "a cosine and a sine"),
        (lambda x, f, sr: remove(x, f, sr, parts=(np.cos,)), "a cosine and a sine"),
        (lambda x, f, sr: remove(x, f, sr, turn=1.0), "2 pi f n"),
        (lambda x, f, sr: remove(x, f, 1.0), "2 pi f n"),
        (lambda x, f, sr: x - remove(x, f, sr), "x - fit"),
        (lambda x, f, sr: remove(x, f, sr, gain=2.0), "x - fit"),
        (lambda x, f, sr: remove(x, f, sr)[:-1], "1 too few"),
        (one_by_one, "is left of sines"),
        (by_projection, "is left of sines"),
        (by_bins, "is left of sines"),
        (lambda x, f, sr: 0 * x, "is zero everywhere"),
        (lambda x, f, sr: remove(x, np.append(f, 333.3), sr), "one least-squares"),
        (lambda x, f, sr: remove(x - x.mean(), f, sr), "is left|one least-squares"),
    ],
    "band_envelope": [
        (lambda X, n: bands(X, n, reduce=np.sum), "not a sum"),
        (lambda X, n: bands(X, n, root=1.0), "square root at the end"),
        (lambda X, n: bands(X, n, power=1.0, root=1.0), "Square the magnitudes"),
        (bands_db, "Square the magnitudes"),
        (lambda X, n: bands(X, n, reduce=np.median), "Square the magnitudes"),
        (lambda X, n: bands(X, n, reduce=np.max), "Square the magnitudes"),
        (lambda X, n: bands(X, n).T, "wrong way round|middle axis"),
        (lambda X, n: bands(X, n).mean(axis=1), "middle axis"),
        (lambda X, n: bands(X, n, square=np.real), "magnitude|right"),
        (lambda X, n: bands(X, n)[::-1], "neighbours"),
        (lambda X, n: np.sqrt((np.abs(X) ** 2).reshape(-1, n, X.shape[1]).mean(0)),
         "neighbours"),
        (lambda X, n: bands(X, n).astype(int), "integers"),
    ],
    "colour": [
        (lambda x, e: colour(x, e, power=2.0), "not by its square"),
        (lambda x, e: colour(x, e, power=0.5), "not by its square"),
        (lambda x, e: colour(x, e, last=0), "n_bins - 1"),
        (lambda x, e: colour(x, e, last=2), "n_bins - 1"),
        (lambda x, e: colour(x, e, magnitude=True), "as it is"),
        (lambda x, e: colour(x, e, short=True), "even number"),
        (lambda x, e: colour(x, e[::-1]), "values belong"),
        (colour_steps, "values belong"),
        (lambda x, e: colour(x, e) / np.sqrt(len(x)), "times the right one"),
        (lambda x, e: np.fft.rfft(colour(x, e)), "shape"),
        (lambda x, e: np.fft.ifft(np.fft.fft(colour(x, e))), "is complex"),
        (lambda x, e: x * np.interp(np.arange(len(x)),
                                    np.linspace(0, len(x) - 1, len(e)), e), "belong"),
    ],
}  # fmt: skip
