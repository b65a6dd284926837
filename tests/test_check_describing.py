"""Exercises of lesson 17: eight or more wrong solutions caught, right ones pass."""

import numpy as np


def centroid(m, f, *, power=1.0, floor=1e-30, reduce=np.sum):
    w = m**power
    return (f[:, None] * w).sum(0) / np.maximum(reduce(w, axis=0), floor)


def centroid_matrix(m, f):
    total = m.sum(axis=0)
    return (f @ m) / np.where(total > 0, total, 1.0)


def centroid_loop(m, f):
    found = []
    for frame in m.T:
        total = frame.sum()
        found.append((frame * f).sum() / total if total > 0 else 0.0)
    return np.array(found)


def classes(f, a, *, power=2.0, round_=np.round, base=69, norm=np.max, ref=440.0):
    note = round_(base + 12 * np.log2(f / ref)).astype(int)
    total = np.zeros(12)
    np.add.at(total, note % 12, a**power)
    return total / norm(total)


def classes_loop(f, a):
    total = [0.0] * 12
    for hz, loud in zip(f, a, strict=True):
        total[round(69 + 12 * np.log2(hz / 440)) % 12] += loud**2
    return np.array(total) / max(total)


def classes_counted(f, a):
    note = np.rint(12 * np.log2(f / 261.6255653)).astype(int) % 12
    total = np.bincount(note, weights=a**2, minlength=12)
    return total / total.max()


def classes_once(f, a):
    note = np.round(69 + 12 * np.log2(f / 440)).astype(int) % 12
    total = np.zeros(12)
    total[note] += a**2
    return total / total.max()


def classes_late(f, a):
    note = np.round((69 + 12 * np.log2(f / 440)) % 12).astype(int)
    total = np.zeros(13)
    np.add.at(total, note, a**2)
    return total[:12] / max(total.max(), 1e-9)


def alike(t, q, n, *, scale=None, last=False, power=2, axis=0):
    s = t.std(axis=axis) if scale is None else scale
    s = s[:, None] if axis == 1 else s
    d = (np.abs((t - q) / s) ** power).sum(axis=1)
    return np.argsort(-d if last else d)[:n]


def alike_standard(t, q, n):
    z, y = (t - t.mean(0)) / t.std(0), (q - t.mean(0)) / t.std(0)
    return np.argsort(np.linalg.norm(z - y, axis=1))[:n]


def alike_loop(t, q, n):
    s = np.sqrt(((t - t.mean(axis=0)) ** 2).mean(axis=0))
    d = [sum(((row[i] - q[i]) / s[i]) ** 2 for i in range(len(q))) for row in t]
    return np.array(sorted(range(len(d)), key=d.__getitem__)[:n])


def alike_both(t, q, n):
    return alike(t / t.std(axis=0), q, n, scale=np.ones(len(q)))


RIGHT = {
    "centroid": [centroid, centroid_matrix, centroid_loop],
    "pitch_classes": [classes, classes_loop, classes_counted],
    "most_alike": [alike, alike_standard, alike_loop],
}

WRONG = {
    "centroid": [
        (lambda m, f: centroid(m, f, power=2.0), "not their squares"),
        (lambda m, f: centroid(m, f, power=0.5), "not their squares"),
        (lambda m, f: f[m.argmax(axis=0)], "not the strongest"),
        (lambda m, f: (f[:, None] * m).sum(0), "divided|times the right one"),
        (lambda m, f: (f[:, None] * m).mean(0), "divided|times the right one"),
        (lambda m, f: (f[:, None] * m).sum(0) / m.sum(0), "zero is divided"),
        (lambda m, f: centroid(m, f, reduce=np.max), "A mean"),
        (lambda m, f: centroid(m, np.arange(len(f)) * 1.0), "its own frequency"),
        (lambda m, f: centroid(m, f).mean(), "the frames stay"),
        (lambda m, f: (f[:, None] * m).sum(1), "the frames stay"),
        (lambda m, f: centroid(m, f, floor=1.0), "divided|mean"),
        (lambda m, f: centroid(m, f)[:-1], "1 too few"),
        (lambda m, f: np.where(m.sum(0) > 0, centroid(m, f), f.mean()), "is 0"),
    ],
    "pitch_classes": [
        (lambda f, a: classes(f, a, base=0), "C is 0"),
        (lambda f, a: classes(f, a, base=60), "C is 0"),
        (lambda f, a: classes(f, a, round_=np.floor), "Cutting off|C is 0"),
        (lambda f, a: classes(f, a, round_=np.ceil), "nearest|C is 0"),
        (lambda f, a: classes(f, a, power=1.0), "amplitude^2|octave"),
        (lambda f, a: classes(f, a, norm=np.sum), "not by the sum"),
        (lambda f, a: classes(f, a, norm=lambda t: 1.0), "one of them 1|times"),
        (classes_once, "only once|octave"),
        (classes_late, "before the modulo"),
        (lambda f, a: classes(f, a)[:11], "1 too few"),
        (lambda f, a: np.roll(classes(f, a), 1), "C is 0"),
        (lambda f, a: classes(f, np.ones(len(a))), "amplitude^2|strongest"),
        (lambda f, a: classes(f, a, ref=432.0), "Round the number"),
    ],
    "most_alike": [
        (lambda t, q, n: alike(t, q, n, last=True), "the smallest distance"),
        (lambda t, q, n: alike(t, q, n, scale=1.0), "table.std(axis=0)"),
        (lambda t, q, n: alike(t, q, n, scale=t.mean(axis=0)), "table.std(axis=0)"),
        (lambda t, q, n: alike(t, q, n, scale=t.std()), "table.std(axis=0)"),
        (lambda t, q, n: alike(t, q, n, axis=1), "Nearest first"),
        (lambda t, q, n: alike(t, q, n, power=1), "squares are added"),
        (lambda t, q, n: np.argsort((t - q).sum(axis=1))[:n], "square|smallest"),
        (lambda t, q, n: t[alike(t, q, n)], "not rows"),
        (lambda t, q, n: alike(t, q, n)[::-1], "Nearest first"),
        (lambda t, q, n: np.sort(alike(t, q, n)), "Nearest first"),
        (lambda t, q, n: alike(t, q, n + 1), "1 too many"),
        (lambda t, q, n: alike(t, q, n + 1)[1:], "At distance 0|too few"),
        (alike_both, "smallest distance|table.std"),
    ],
}  # fmt: skip
