"""Exercises of lesson 7: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.signal

import dsplab.effects.dynamics
import dsplab.effects.reverb


def comb(x, length, gain, *, source=None, first=0, sign=1.0):
    y = np.zeros(len(x))
    for n in range(len(x)):
        past = n - length - first
        echo = (y if source is None else source(x, y))[past] if past >= 0 else 0.0
        y[n] = x[n] + sign * gain * echo
    return y


def comb_blocks(x, length, gain):
    y = x.copy()
    for start in range(length, len(x), length):
        stop = min(start + length, len(x))
        y[start:stop] += gain * y[start - length : stop - length]
    return y


def comb_lfilter(x, length, gain):
    a = np.zeros(length + 1)
    a[0], a[-1] = 1.0, -gain
    return scipy.signal.lfilter([1.0], a, x)


def comb_from_the_end(x, length, gain):
    y = x.copy()
    for n in range(len(x)):
        y[n] += gain * y[n - length] if length <= len(x) else 0.0
    return y


def comb_vector(x, length, gain):
    y = x.copy()
    y[length:] = y[length:] + gain * y[:-length][: len(y[length:])]
    return y


def comb_longer(x, length, gain):
    return comb(np.pad(x, (0, length)), length, gain)


def comb_in_place(x, length, gain):
    for n in range(length, len(x)):
        x[n] += gain * x[n - length]
    return x


def comb_integers(x, length, gain):
    y = np.zeros(len(x), dtype=int)
    for n in range(len(x)):
        y[n] = x[n] + (gain * y[n - length] if n >= length else 0)
    return y


def comb_normalised(x, length, gain):
    y = comb(x, length, gain)
    return y / max(np.abs(y).max(), 1e-9)


def comb_late(x, length, gain):
    return comb(np.pad(x, (length, 0))[: len(x)], length, gain)


def curve(level, threshold, ratio):
    over = np.maximum(level - threshold, 0.0)
    return over / ratio - over


def curve_where(level, threshold, ratio):
    out = np.where(level > threshold, threshold + (level - threshold) / ratio, level)
    return out - level


def curve_loop(level, threshold, ratio):
    gains = []
    for value in level:
        gains.append(min(0.0, (1 / ratio - 1) * (value - threshold)))
    return np.array(gains)


def curve_library(level, threshold, ratio):
    options = {"ratio": ratio, "knee_db": 0.0}
    return dsplab.effects.dynamics.gain_curve(level, threshold, **options)


def curve_if(level, threshold, ratio):
    return 0.0 * level if level < threshold else curve(level, threshold, ratio)


def times(factor):
    return lambda level, t, r: factor * curve(level, t, r)


RIGHT = {
    "comb": [comb, comb_blocks, comb_lfilter, dsplab.effects.reverb.comb],
    "gain_curve": [curve, curve_where, curve_loop, curve_library],
}
WRONG = {
    "comb": [
        (comb_longer, "too many|cut off"),
        (comb_from_the_end, "counts from the end"),
        (comb_vector, "gain squared|must be made from left to right"),
        (lambda x, d, g: comb(x, d, g, source=lambda x, y: x), "gain squared"),
        (lambda x, d, g: comb(x, d, g, first=1), "not one sample earlier"),
        (lambda x, d, g: comb(x, d, g, sign=-1.0), "not one sample earlier"),
        (lambda x, d, g: comb(x, d - 1, g) if d > 1 else comb(x, d, g), "y[n] = x[n]"),
        (comb_in_place, "x.copy()"),
        (comb_integers, "holds integers"),
        (comb_normalised, "how loud|y[n] = x[n]|y[length]"),
        (comb_late, "y[n] = x[n]"),
        (lambda x, d, g: (1 - g) * comb(x, d, g), "y[n] = x[n]"),
        (lambda x, d, g: None, "return"),
    ],
    "gain_curve": [
        (curve_if, "truth value"),
        (times(-1.0), "and negative"),
        (lambda level, t, r: curve(level, t, r) + level, "0 dB"),
        (lambda level, t, r: (1 / r - 1) * (level - t), "np.maximum"),
        (lambda level, t, r: -np.maximum(level - t, 0.0) / r, "with 1, as much"),
        (lambda level, t, r: 10 ** (curve(level, t, r) / 20), "0 dB"),
        (lambda level, t, r: curve(level, t, 1 / r), "and negative"),
        (lambda level, t, r: curve(level, -t, r), "and negative|np.maximum"),
        (lambda level, t, r: -np.maximum(level - t, 0.0), "with 1, as much"),
        (lambda level, t, r: curve(level, t, r)[:-1], "too few|if"),
        (lambda level, t, r: curve(level, t, 2.0), "with 1, as much"),
    ],
}
