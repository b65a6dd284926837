"""Exercises of lesson 14: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.signal


def peaks(level, t, *, add=1, right=np.greater_equal, left=np.greater):
    here = level[1:-1]
    top = left(here, level[:-2]) & right(here, level[2:])
    return add + np.flatnonzero(top & (here > t))


def by_loop(level, t):
    found = []
    for k in range(1, len(level) - 1):
        if level[k - 1] < level[k] >= level[k + 1] and level[k] > t:
            found.append(k)
    return np.array(found, dtype=int)


def by_steps(level, t):
    rises = np.diff(level) > 0
    k = 1 + np.flatnonzero(rises[:-1] & ~rises[1:])
    return k[level[k] > t]


def cyclic(level, t):
    top = (level > np.roll(level, 1)) & (level >= np.roll(level, -1)) & (level > t)
    return np.flatnonzero(top)


def strictly_apart(level, t):
    return np.array([k for k in scipy.signal.find_peaks(level, distance=3)[0]
                     if level[k] > t], dtype=int)  # fmt: skip


def vertex(a, b, c, *, sign=1, half=2, quarter=4, term=1):
    p = sign * (a - c) / (half * (a - 2 * b + c))
    return p, b - term * (a - c) * p / quarter


def by_fit(a, b, c):
    curve, slope = (a + c) / 2 - b, (c - a) / 2
    return -slope / (2 * curve), b - slope**2 / (4 * curve)


def by_solving(a, b, c):
    M = np.linalg.inv([[1, -1, 1], [0, 0, 1], [1, 1, 1]])
    r2, r1, r0 = np.tensordot(M, np.array([a, b, c]), axes=1)
    return -r1 / (2 * r2), r0 - r1**2 / (4 * r2)


def harmonics(peaks, f0, n, *, first=1, limit=1 / 3, ideal=False, grows=False):
    found = np.zeros(n)
    for h in range(first, n + first):
        distance = np.abs(peaks - h * f0)
        k = distance.argmin()
        if distance[k] <= f0 * limit * (h if grows else 1):
            found[h - first] = h * f0 if ideal else peaks[k]
    return found


def at_once(peaks, f0, n):
    wanted = f0 * np.arange(1, n + 1)
    distance = np.abs(peaks - wanted[:, None])
    return np.where(distance.min(1) <= f0 / 3, peaks[distance.argmin(1)], 0)


def by_searching(peaks, f0, n):
    wanted = f0 * np.arange(1, n + 1)
    ends = np.concatenate([[-np.inf], peaks, [np.inf]])
    k = np.searchsorted(ends, wanted)
    nearest = np.where(wanted - ends[k - 1] <= ends[k] - wanted, ends[k - 1], ends[k])
    return np.where(np.abs(nearest - wanted) <= f0 / 3, nearest, 0)


def the_last_within(peaks, f0, n):
    found = np.zeros(n)
    for p in peaks:
        h = round(p / f0)
        if 1 <= h <= n and abs(p - h * f0) <= f0 / 3:
            found[h - 1] = p
    return found


RIGHT = {
    "find_peaks": [peaks, by_loop, by_steps],
    "vertex": [vertex, by_fit, by_solving],
    "harmonics": [harmonics, at_once, by_searching],
}

WRONG = {
    "find_peaks": [
        (lambda x, t: peaks(x, t, add=0), "add 1"),
        (lambda x, t: x[peaks(x, t)], "not the levels"),
        (lambda x, t: np.array([np.argmax(x)]), "not only the highest"),
        (lambda x, t: peaks(x, -1e9), "greater than the threshold"),
        (lambda x, t: peaks(x, max(t, 0.0)), "negative"),
        (cyclic, "no left neighbour"),
        (lambda x, t: np.union1d(peaks(x, t), np.flatnonzero(x[:1] > x[1:2])),
         "no left neighbour"),
        (lambda x, t: peaks(x, t, right=np.greater), "the first of the two"),
        (lambda x, t: peaks(x, t, left=np.greater_equal), "the first of the two"),
        (lambda x, t: peaks(x, t)[::-1], "in order|expected"),
        (lambda x, t: x > t, "True and False"),
        (strictly_apart, "two bins from each other"),
        (lambda x, t: 1 + np.flatnonzero(x[1:-1] > t), "add 1|expected"),
    ],
    "vertex": [
        (lambda a, b, c: vertex(a, b, c, sign=-1), "to its side|wrong sign"),
        (lambda a, b, c: vertex(a, b, c, half=1), "denominator"),
        (lambda a, b, c: ((a - c) / (2 * (a - b + c)), b), "denominator"),
        (lambda a, b, c: vertex(a, b, c, quarter=2), "p / 4"),
        (lambda a, b, c: vertex(a, b, c, term=0), "p / 4"),
        (lambda a, b, c: vertex(a, b, c, term=-1), "p / 4"),
        (lambda a, b, c: vertex(a, b, c)[0], "shape ()"),
        (lambda a, b, c: vertex(a, b, c)[::-1], "The place"),
        (lambda a, b, c: (1 + vertex(a, b, c)[0], vertex(a, b, c)[1]), "The place"),
        (lambda a, b, c: vertex(c, b, a), "to its side|wrong sign"),
        (lambda a, b, c: vertex(a, b, c) if a != c else (0.0, b), "ambiguous|arrays"),
    ],
    "harmonics": [
        (lambda p, f, n: harmonics(p, f, n, first=0), "from 1 on"),
        (lambda p, f, n: harmonics(p, f, n, ideal=True), "not where it should be"),
        (lambda p, f, n: harmonics(p, f, n, limit=9), "more than f0 / 3"),
        (lambda p, f, n: harmonics(p, f, n, limit=0.01), "is 0 at"),
        (lambda p, f, n: harmonics(p, f, n, grows=True), "does not grow"),
        (lambda p, f, n: harmonics(p, f, n, limit=0.5), "more than f0 / 3"),
        (lambda p, f, n: harmonics(p, f, n)[harmonics(p, f, n) > 0], "too few"),
        (lambda p, f, n: p[:n] if len(p) >= n else np.pad(p, (0, n - len(p))),
         "smallest"),
        (lambda p, f, n: harmonics(p, f, n) / f, "times the right one|from 1 on"),
        (the_last_within, "nearest|smallest"),
        (lambda p, f, n: harmonics(p, f, n).astype(int), "integers"),
        (lambda p, f, n: harmonics(p, f, n + 1), "1 too many"),
    ],
}  # fmt: skip
