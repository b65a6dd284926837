"""Exercises of lesson 16: eight or more wrong solutions caught, right ones pass."""

import numpy as np

pi = np.pi


def phases(f, hop, sr, *, now=0.5, turn=2 * pi, axis=1, first=0.0, unit=None):
    mean = now * f[:, 1:] + (1 - now) * f[:, :-1]
    steps = turn * mean * (hop if unit is None else unit) / sr
    return first + np.pad(np.cumsum(steps, axis=axis), ((0, 0), (1, 0)))


def phases_loop(f, hop, sr):
    angle = np.zeros(f.shape)
    for m in range(1, f.shape[1]):
        angle[:, m] = angle[:, m - 1] + pi * (f[:, m] + f[:, m - 1]) * hop / sr
    return angle


def phases_trapezium(f, hop, sr):
    total = np.cumsum(f, axis=1) - 0.5 * f - 0.5 * f[:, :1]
    return 2 * pi * total * hop / sr


def phases_direct(f, hop, sr):
    return 2 * pi * f * np.arange(f.shape[1]) * hop / sr


def kept(f, a, ratio, *, read=None, scale=20.0, points=1.0):
    level = 20 * np.log10(a)
    where = ratio * f if read is None else read * f
    return 10 ** (np.interp(where, points * f, level) / scale)


def kept_logs(f, a, ratio):
    return np.exp(np.interp(ratio * f, f, np.log(a)))


def kept_loop(f, a, ratio):
    found = []
    for wanted in ratio * f:
        k = np.searchsorted(f, wanted)
        if k == 0 or k == len(f):
            found.append(a[min(k, len(f) - 1)])
            continue
        s = (wanted - f[k - 1]) / (f[k] - f[k - 1])
        found.append(a[k - 1] ** (1 - s) * a[k] ** s)
    return np.array(found)


def geometric(one, other, share):
    return one ** (1 - share) * other**share


def by_logs(one, other, share):
    return np.exp((1 - share) * np.log(one) + share * np.log(other))


def by_ratio(one, other, share):
    return one * (other / one) ** share


RIGHT = {
    "run_phases": [phases, phases_loop, phases_trapezium],
    "keep_timbre": [kept, kept_logs, kept_loop],
    "between": [geometric, by_logs, by_ratio],
}

WRONG = {
    "run_phases": [
        (lambda f, h, sr: phases(f, h, sr, now=1.0), "mean|neither the old"),
        (lambda f, h, sr: phases(f, h, sr, now=0.0), "neither the old"),
        (lambda f, h, sr: phases(f, h, sr, turn=1.0), "2 pi each"),
        (lambda f, h, sr: phases(f, h, sr, unit=1), "seconds pass"),
        (lambda f, h, sr: phases(f, h, 1.0), "seconds pass"),
        (lambda f, h, sr: phases(f, h, sr)[:, 1:], "1 too few"),
        (lambda f, h, sr: 2 * pi * np.cumsum(f, axis=1) * h / sr, "no time has passed"),
        (lambda f, h, sr: phases(f, h, sr, axis=0), "along the frames"),
        (lambda f, h, sr: phases(f, h, sr, first=1.0), "no time has passed"),
        (lambda f, h, sr: phases(f, h, sr) % (2 * pi), "evenly|seconds"),
        (phases_direct, "on its way"),
        (lambda f, h, sr: -phases(f, h, sr), "wrong sign"),
        (lambda f, h, sr: phases(f, h, sr).sum(axis=0), "shape"),
    ],
    "keep_timbre": [
        (lambda f, a, r: a, "The curve stays"),
        (lambda f, a, r: kept(f, a, r, read=1 / r), "The curve stays"),
        (lambda f, a, r: kept(f, a, r, points=r), "The curve stays"),
        (lambda f, a, r: kept(f, a, r, points=1 / r), "The curve stays"),
        (lambda f, a, r: np.interp(r * f, f, a), "not the amplitude itself"),
        (lambda f, a, r: 20 * np.log10(kept(f, a, r)), "not decibels"),
        (lambda f, a, r: kept(f, a, r, scale=10.0), "10 ** (level / 20)"),
        (lambda f, a, r: r * kept(f, a, r), "times the right one|curve"),
        (lambda f, a, r: kept(f, a, r)[r * f <= f[-1]], "too few"),
        (lambda f, a, r: np.where(r * f <= f[-1], kept(f, a, r), 0), "The curve stays"),
        (lambda f, a, r: a[np.abs(f - r * f[:, None]).argmin(axis=1)], "in decibels"),
        (lambda f, a, r: kept(f, a, r)[::-1], "backwards"),
    ],
    "between": [
        (lambda a, b, s: (1 - s) * a + s * b, "geometric mean"),
        (lambda a, b, s: geometric(b, a, s), "that of the second"),
        (lambda a, b, s: np.sqrt(a * b), "that of the second"),
        (lambda a, b, s: a**s * b**s, "that of the second"),
        (lambda a, b, s: (a * b) ** s, "that of the second"),
        (lambda a, b, s: geometric(a, b, s**2), "geometric mean|octaves"),
        (lambda a, b, s: geometric(a, b, s).astype(int), "integers"),
        (lambda a, b, s: 1 / ((1 - s) / a + s / b), "geometric mean|octaves"),
        (lambda a, b, s: geometric(a, b, float(np.mean(s))), "no float()"),
        (lambda a, b, s: a if s < 0.5 else b, "octaves|ambiguous"),
        (lambda a, b, s: geometric(a, b, s).sum(axis=0), "shape"),
        (lambda a, b, s: geometric(a, b, s).T, "shape"),
    ],
}  # fmt: skip
