"""Exercise of lesson 18, joints: wrong solutions caught, right ones pass."""

import numpy as np


def join(left, right, n, *, wrap=np.round, share=0.5, sign=1.0, line=None, flip=True,
         last=0, far=0):  # fmt: skip
    """The joint, and what can go wrong with it."""
    jump = right[last] - left[-1]
    jump = sign * (jump - wrap(jump))
    line = line or (lambda m, n: np.maximum(1.0 - m / n, 0.0))
    before, after = (line(np.arange(len(row)) + far, n) for row in (left, right))
    before = before[::-1] if flip else before
    return np.concatenate(
        [left + share * jump * before, right - (1.0 - share) * jump * after]
    )


def join_by_loop(left, right, n):
    jump = (right[0] - left[-1] + 0.5) % 1.0 - 0.5
    y = np.concatenate([left, right])
    for m in range(n):
        if m < len(left):
            y[len(left) - 1 - m] += 0.5 * jump * (1 - m / n)
        if m < len(right):
            y[len(left) + m] -= 0.5 * jump * (1 - m / n)
    return y


def join_by_interp(left, right, n):
    jump = np.angle(np.exp(2j * np.pi * (right[0] - left[-1]))) / (2 * np.pi)
    before = np.interp(np.arange(len(left)), [len(left) - 1 - n, len(left) - 1], [0, 1])
    after = np.interp(np.arange(len(right)), [0, n], [1, 0])
    return np.concatenate([left + jump / 2 * before, right - jump / 2 * after])


def unjoined(left, right, n):
    return np.concatenate([left, right])


def nothing(jump):
    return 0.0 * jump


RIGHT = {"join_phases": [join, join_by_loop, join_by_interp]}
WRONG = {
    "join_phases": [
        (lambda a, b, n: join(a, b, n)[:-1], "1 too few|np.concatenate"),
        (lambda a, b, n: np.stack([a[:6], b[:6]]), "np.concatenate"),
        (unjoined, "half of the jump"),
        (lambda a, b, n: join(a, b, n, sign=-1.0), "half of the jump"),
        (lambda a, b, n: join(a, b, n, wrap=nothing), "that is no jump"),
        (lambda a, b, n: join(a, b, n, wrap=np.floor), "short way|np.round"),
        (lambda a, b, n: join(a, b, n, share=0.0), "same, in opposite"),
        (lambda a, b, n: join(a, b, n, share=1.0), "same, in opposite"),
        (lambda a, b, n: join(a, b, n, flip=False), "half of the jump"),
        (lambda a, b, n: join(a, b, n, last=-1), "half of the jump|no jump"),
        (lambda a, b, n: join(a, b, n, far=1), "half of the jump"),
        (lambda a, b, n: join(a, b, n, line=lambda m, n: 1.0 * (m < n)), "1 - m / n"),
        (lambda a, b, n: join(a, b, n, line=lambda m, n: 1.0 + 0 * m), "n = 1|1 - m"),
        (lambda a, b, n: join(a, b, n, line=lambda m, n: 0.5**m), "1 - m / n|opposite"),
        (lambda a, b, n: join(a, b, n + 1), "1 - 1 / n|opposite"),
        (lambda a, b, n: join(a, b, 2), "1 - 1 / n|opposite"),
    ],
}
