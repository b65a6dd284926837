"""Exercises of lesson 6: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.signal

pi = np.pi


def string(
    burst, rho, n, *, shift=0, factor=0.5, signs=(1, 1), source=None, wrap=False
):
    """The loop, and what can go wrong with it."""
    period = len(burst) + shift
    y = np.zeros(n)
    y[: len(burst)] = burst[:n]
    for i in range(len(burst), n):
        read = y if source is None else source
        a, b = i - period, i - period - 1
        one = read[a] if a < len(read) else 0.0
        other = read[b] if (wrap or b >= 0) and b < len(read) else 0.0
        y[i] = rho * factor * (signs[0] * one + signs[1] * other)
    return y


def by_periods(burst, rho, n):
    parts, before = [burst], 0.0
    while len(parts) * len(burst) < n:
        late = np.append(before, parts[-1][:-1])
        before = parts[-1][-1]
        parts.append(0.5 * rho * (parts[-1] + late))
    return np.concatenate(parts)[:n]


def as_filter(burst, rho, n):
    period = len(burst)
    a = np.zeros(period + 2)
    a[0], a[period], a[period + 1] = 1, -rho / 2, -rho / 2
    return scipy.signal.lfilter([1.0], a, np.pad(burst, (0, n - period)))


def with_deque(burst, rho, n):
    memory, y, last = list(burst), [], 0.0
    for _ in range(n):
        now = memory.pop(0)
        y.append(now)
        memory.append(rho * (now + last) / 2)
        last = now
    return np.array(y)


def ring(f, t60, n, sr, *, wave=np.sin, turn=2 * pi, base=10.0, power=3.0, start=0):
    t = np.arange(start, n + start) / sr
    return (base ** (-power * t / t60[:, None]) * wave(turn * f[:, None] * t)).sum(0)


def ring_loop(f, t60, n, sr):
    y = np.zeros(n)
    for k in range(len(f)):
        for i in range(n):
            y[i] += 1000 ** (-i / sr / t60[k]) * np.sin(2 * pi * f[k] * i / sr)
    return y


def ring_complex(f, t60, n, sr):
    z = np.exp((-np.log(1000) / t60 + 2j * pi * f) / sr)
    return (z[:, None] ** np.arange(n)).imag.sum(axis=0)


RIGHT = {
    "karplus_strong": [string, by_periods, as_filter, with_deque],
    "ring": [ring, ring_loop, ring_complex],
}

WRONG = {
    "karplus_strong": [
        (lambda b, r, n: string(b, r, n, factor=1.0), "2 times the right one"),
        (lambda b, r, n: string(b, 1.0, n), "times rho|again"),
        (lambda b, r, n: string(b, r, n, shift=1), "Sample n - N|reaches back"),
        (lambda b, r, n: string(b, r, n, shift=-1), "Sample n - N"),
        (lambda b, r, n: string(b, r, n, signs=(1, -1)), "half of their sum"),
        (lambda b, r, n: string(b, r, n, signs=(2, 0)), "Sample n - N"),
        (lambda b, r, n: string(b, r, n, wrap=True, source=None)
         + (np.arange(n) == len(b)) * 0.3, "Sample n - N"),
        (lambda b, r, n: string(b, r, n, source=b), "reads y"),
        (lambda b, r, n: string(b, r, n)[len(b):], "too few"),
        (lambda b, r, n: string(b, r, n + 1), "1 too many"),
        (lambda b, r, n: np.roll(string(b, r, n), 1), "y[:N] = burst"),
        (lambda b, r, n: r * string(b, r, n) / 0.7, "y[:N] = burst"),
    ],
    "ring": [
        (lambda f, t, n, sr: ring(f, t, n, sr, wave=np.cos), "begins at 0"),
        (lambda f, t, n, sr: ring(f, t, n, sr, turn=1.0), "2 pi f t"),
        (lambda f, t, n, sr: ring(f, t, n, sr, base=np.e), "factor of 1000"),
        (lambda f, t, n, sr: ring(f, t, n, sr, power=6.0), "factor of 1000"),
        (lambda f, t, n, sr: ring(f, t, n, sr, power=1.0), "factor of 1000"),
        (lambda f, t, n, sr: ring(f, t, n, sr, start=1), "sample n is at"),
        (lambda f, t, n, sr: ring(f, t, n, sr) / len(f), "not a mean"),
        (lambda f, t, n, sr: ring(f, t[:1], n, sr), "t60[k] belongs"),
        (lambda f, t, n, sr: ring(f, t, n + 1, sr), "1 too many"),
        (lambda f, t, n, sr: ring(f, t, n, 1.0), "sample n is at"),
        (lambda f, t, n, sr: np.stack([ring(f, t, n, sr)] * 2), "Sum over the modes"),
    ],
}  # fmt: skip
