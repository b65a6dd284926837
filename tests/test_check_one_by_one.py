"""Exercises of lesson 20: eight or more wrong solutions caught, right ones pass."""

import collections

import numpy as np

from neural.evaluation.entropy import bigram_entropy


def bigram(codes, before=slice(None, -1), log=np.log):
    counts = collections.Counter(zip(codes[:-1], codes[1:], strict=True))
    first = collections.Counter(codes[before])
    pairs = zip(codes[:-1], codes[1:], strict=True)
    return np.mean([-log(counts[p] / first[p[0]]) for p in pairs])


def bigram_table(codes):
    n = codes.max() + 1
    table = np.zeros((n, n))
    np.add.at(table, (codes[:-1], codes[1:]), 1)
    p = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return -np.log(p[codes[:-1], codes[1:]]).mean()


def bigram_entropies(codes):
    return bigram_entropy(codes[None], n_codes=256)


def bigram_joint(codes):
    counts = collections.Counter(zip(codes[:-1], codes[1:], strict=True))
    pairs = zip(codes[:-1], codes[1:], strict=True)
    return np.mean([-np.log(counts[p] / (len(codes) - 1)) for p in pairs])


def bigram_each_once(codes):
    counts = collections.Counter(zip(codes[:-1], codes[1:], strict=True))
    first = collections.Counter(codes[:-1])
    return np.mean([-np.log(n / first[a]) for (a, _), n in counts.items()])


def bigram_either_way(codes):
    counts = collections.Counter(
        frozenset(p) for p in zip(codes[:-1], codes[1:], strict=True)
    )
    return np.mean(
        [
            -np.log(counts[frozenset(p)] / (len(codes) - 1))
            for p in zip(codes[:-1], codes[1:], strict=True)
        ]
    )


def unigram(codes):
    counts = collections.Counter(codes[1:])
    return np.mean([-np.log(counts[c] / (len(codes) - 1)) for c in codes[1:]])


def split(x):
    return np.stack([(x + 32768) // 256, (x + 32768) % 256])


def split_divmod(x):
    return divmod(x + 32768, 256)


def split_bits(x):
    u = x.astype(int) + 32768
    return np.array([u >> 8, u & 255])


def split_loop(x):
    rows = [divmod(int(value) + 32768, 256) for value in x]
    return [[row[0] for row in rows], [row[1] for row in rows]]


def frames(codes, size, stride, late=0, zeros=None):
    pad = size if zeros is None else zeros
    padded = np.concatenate([np.zeros(pad, int), codes, np.zeros(size, int)])
    starts = range(late, len(codes) + late, stride)
    return np.stack([padded[s : s + size] for s in starts])


def frames_windows(codes, size, stride):
    padded = np.pad(codes, (size, 0))[:-1]
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::stride]


def frames_loop(codes, size, stride):
    rows = []
    for t in range(0, len(codes), stride):
        rows.append([codes[i] if i >= 0 else 0 for i in range(t - size, t)])
    return rows


def frames_columns(codes, size, stride):
    padded = np.pad(codes, (size, 0))
    columns = [padded[j : j + len(codes)] for j in range(size)]
    return np.stack(columns, axis=1)[::stride]


RIGHT = {
    "bigram_loss": [bigram, bigram_table, bigram_entropies],
    "halves": [split, split_divmod, split_bits, split_loop],
    "frames_before": [frames, frames_windows, frames_loop, frames_columns],
}

WRONG = {
    "bigram_loss": [
        (lambda c: bigram(c, before=slice(None)), "The last code has no follower"),
        (lambda c: bigram(c, log=np.log2), "A natural logarithm"),
        (lambda c: -bigram(c), "The minus"),
        (bigram_joint, "is the only code that ever follows"),
        (bigram_each_once, "not over the different"),
        (bigram_either_way, "is the only code that ever follows"),
        (unigram, "is the only code that ever follows"),
        (lambda c: bigram(c) * (len(c) - 1), "natural logarithm"),
        (lambda c: bigram(c[::-1]), "another pair than"),
        (lambda c: [bigram(c)], "Average over all pairs"),
        (lambda c: bigram(c) * (len(c) - 1) / len(c), "A natural logarithm"),
        (lambda c: np.log(0.0 * c).mean(), "NaN or infinite"),
    ],
    "halves": [
        (lambda x: np.stack([x // 256, x % 256]), "first moved up"),
        (lambda x: split(x)[::-1], "the hours, comes first"),
        (lambda x: np.stack([(x + 32768) // 255, (x + 32768) % 255]), "not by 255"),
        (lambda x: np.stack([(x + 32768) / 256, (x + 32768) % 256]), "keep integers"),
        (lambda x: np.stack([(x + 32767) // 256, (x + 32767) % 256]),
         "the hours, comes first|first moved up"),
        (lambda x: split(x).T, "wrong way round|np.stack"),
        (lambda x: split(x)[0], "np.stack([coarse, fine])"),
        (lambda x: split(x).astype(np.int8), "first moved up"),
        (lambda x: np.stack([abs(x) // 256 + 128, abs(x) % 256]),
         "gives it back|within 0 ... 255|became"),
        (lambda x: np.stack([(x + 32768) // 256, 0 * x]), "rounded away"),
        (lambda x: np.stack([split(x)[0], split(x)[1] // 2 * 2]), "rounded away"),
    ],
    "frames_before": [
        (lambda c, n, s: frames(c, n, s, late=1), "and has heard none|it cannot play"),
        (lambda c, n, s: frames(c, n, s, zeros=n - 1), "and has heard none"),
        (lambda c, n, s: frames(c, n, s)[:, ::-1], "The oldest first"),
        (lambda c, n, s: frames(c, n, n), "range(0, len(codes), stride)"),
        (lambda c, n, s: frames(c, n, 1)[: -(-len(c) // s)], "Row 1 ends with"),
        (lambda c, n, s: frames(c, n, s).T, "wrong way round|range(0, len(codes)"),
        (lambda c, n, s: frames(c, n, s)[1:], "range(0, len(codes), stride)"),
        (lambda c, n, s: frames(c, n, s, zeros=n + 1), "The oldest first"),
        (lambda c, n, s: np.maximum(frames(c, n, s), 1), "and has heard none"),
        (lambda c, n, s: frames(c, n, s) * (np.arange(n) == n - 1), "overlap"),
        (lambda c, n, s: frames(c, n, s) - 1, "and has heard none"),
        (lambda c, n, s: c.reshape(-1, n), "range(0, len(codes)|Error"),
    ],
}  # fmt: skip
