"""Exercises of lesson 5: eight or more wrong solutions caught, right ones pass."""

import numpy as np


def table_by_roll(table, f, sr, n):
    place = np.arange(n) * f * len(table) / sr
    m = np.floor(place).astype(int)
    r = place - m
    return (1 - r) * table[m % len(table)] + r * np.roll(table, -1)[m % len(table)]


def table_by_loop(table, f, sr, n):
    y, place = np.zeros(n), 0.0
    for i in range(n):
        m = int(place)
        after = table[0] if m + 1 == len(table) else table[m + 1]
        y[i] = table[m] + (place - m) * (after - table[m])
        place = (place + f * len(table) / sr) % len(table)
    return y


def table_by_interp(table, f, sr, n):
    phase = (np.arange(n) * f / sr) % 1.0
    points = np.arange(len(table)) / len(table)
    return np.interp(phase, points, table, period=1.0)


def spoiled_table(table, f, sr, n, *, wrap=None, ring=None, kind="line", first=0):
    """The table oscillator, and what can go wrong with it."""
    size = len(table)
    place = np.arange(first, n + first) * f * size / sr
    place = place % (wrap or size)
    m = np.floor(place).astype(int)
    r = {"line": place - m, "before": 0.0, "turned": 1 - (place - m),
         "nearest": np.round(place - m), "half": 0.5}[kind]  # fmt: skip
    after = table[(m + 1) % size] if ring is None else ring(table, m + 1)
    return (1 - r) * table[m % size] + r * after


def cloud_by_padding(x, starts, hop, window):
    total = hop * (len(starts) - 1) + len(window)
    grains = [x[s : s + len(window)] * window for s in starts]
    rows = [
        np.pad(g, (k * hop, total - k * hop - len(g))) for k, g in enumerate(grains)
    ]
    return np.sum(rows, axis=0)


def cloud_by_index(x, starts, hop, window):
    n = np.arange(len(window))
    place = hop * np.arange(len(starts))[:, None] + n
    grains = x[np.asarray(starts)[:, None] + n] * window
    return np.bincount(place.ravel(), grains.ravel(), minlength=place.max() + 1)


def cloud(x, starts, hop, window, *, write=False, order=1, source=None, places=None,
          extra=0, scale=1.0, mean=False, spoil=False):  # fmt: skip
    """The cloud, and what can go wrong with it."""
    y = np.zeros(hop * (len(starts) - 1) + len(window) + extra)
    count = np.zeros_like(y)
    for k, start in enumerate(starts[::order]):
        at = (start if source is None else source(k)) + np.arange(len(window))
        grain = x[at % len(x)] * window * scale
        if spoil:
            x[at] *= window
        begin = k * hop if places is None else places(k, start)
        part = slice(begin, begin + len(window))
        if begin + len(window) > len(y):
            continue
        y[part] = grain if write else y[part] + grain
        count[part] += 1
    return y / np.maximum(count, 1) if mean else y


RIGHT = {
    "read_table": [table_by_roll, table_by_loop, table_by_interp],
    "cloud": [cloud, cloud_by_padding, cloud_by_index],
}

WRONG = {
    "read_table": [
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n, kind="before"), "Neither"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n, kind="nearest"), "Neither"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n, kind="half"), "points a"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n, kind="turned"), "points a"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n, wrap=len(t) - 1), "points a"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n, first=1), "begins at point 0"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr * len(t), n), "points a sample"),
        (lambda t, f, sr, n: spoiled_table(t, f, sr, n + 1), "1 too many"),
        (lambda t, f, sr, n: spoiled_table(
            t, f, sr, n, ring=lambda t, m: t[np.minimum(m, len(t) - 1)]), "table[0]"),
        (lambda t, f, sr, n: spoiled_table(
            t, f, sr, n, ring=lambda t, m: np.append(t, 0.0)[m]), "table[0]"),
        (lambda t, f, sr, n: np.interp(
            np.arange(n) * f * len(t) / sr, np.arange(len(t)), t), "modulo N"),
    ],
    "cloud": [
        (lambda x, s, h, w: cloud(x, s, h, w, write=True), "+="),
        (lambda x, s, h, w: cloud(x, s, h, w, order=-1), "only its number|starts says"),
        (lambda x, s, h, w: cloud(x, s, h, w, source=lambda k: k * h), "starts says"),
        (lambda x, s, h, w: cloud(x, s, h, w, places=lambda k, s: s), "says"),
        (lambda x, s, h, w: cloud(x, s, h, w, extra=1), "1 too many"),
        (lambda x, s, h, w: cloud(x, s, h, w)[:-1], "1 too few|too few"),
        (lambda x, s, h, w: cloud(x, s, h, np.ones_like(w)), "window"),
        (lambda x, s, h, w: cloud(x, s, h, w, scale=0.5), "0.5 times|window"),
        (lambda x, s, h, w: cloud(x, s, h, w, mean=True), "averaged"),
        (lambda x, s, h, w: cloud(x, s, h, w, spoil=True), "copy|changed|number"),
        (lambda x, s, h, w: cloud(x, s + 1, h, w), "starts says|window"),
    ],
}  # fmt: skip
