"""Exercises of lesson 4: eight or more wrong solutions caught, right ones pass."""

import numpy as np

import dsplab.synths.operators


def fm(c, m, index, duration, rate, *, wave=np.sin, scale=1.0, n=None, outer=np.sin):
    n = np.arange(round(duration * rate) if n is None else n)
    moved = index * wave(2 * np.pi * m * n / rate)
    return outer(2 * np.pi * c * n / rate + scale * moved)


def fm_loop(c, m, index, duration, rate):
    index = np.broadcast_to(index, round(duration * rate))
    y = []
    for n, i in enumerate(index):
        t = n / rate
        y.append(np.sin(2 * np.pi * c * t + i * np.sin(2 * np.pi * m * t)))
    return np.array(y)


def fm_complex(c, m, index, duration, rate):
    t = np.arange(round(duration * rate)) / rate
    moved = index * np.exp(2j * np.pi * m * t).imag
    return np.exp(1j * (2 * np.pi * c * t + moved)).imag


def fm_library(c, m, index, duration, rate):
    carrier = np.full(round(duration * rate), c)
    return dsplab.synths.operators.phase_modulation(carrier, m, rate, index=index)


def fm_integrated(c, m, index, duration, rate):
    """The frequency is moved instead, by index Hz."""
    t = np.arange(round(duration * rate)) / rate
    f = c + index * np.sin(2 * np.pi * m * t)
    return np.sin(2 * np.pi * np.cumsum(f) / rate)


def fm_times_t(c, m, index, duration, rate):
    t = np.arange(round(duration * rate)) / rate
    return np.sin(2 * np.pi * (c + index * np.sin(2 * np.pi * m * t)) * t)


def fm_amplitude(c, m, index, duration, rate):
    t = np.arange(round(duration * rate)) / rate
    return np.sin(2 * np.pi * c * t) * (1 + index * np.sin(2 * np.pi * m * t))


def fm_ratio(c, m, index, duration, rate):
    return fm(c, m * c, index, duration, rate)


def fm_number(c, m, index, duration, rate):
    return fm(c, m, float(np.mean(index)), duration, rate)


def reflect(f, rate):
    f = np.abs(f) % rate
    return np.minimum(f, rate - f)


def reflect_round(f, rate):
    return np.abs(f - rate * np.round(f / rate))


def reflect_angle(f, rate):
    return np.arccos(np.cos(2 * np.pi * np.asarray(f) / rate)) * rate / (2 * np.pi)


def reflect_loop(f, rate):
    heard = []
    for one in f:
        while not 0 <= one <= rate / 2:
            one = -one if one < 0 else rate - one
        heard.append(one)
    return np.array(heard)


def reflect_once(f, rate):
    f = np.abs(f)
    return np.where(f > rate / 2, rate - f, f)


def reflect_if(f, rate):
    return reflect(-f, rate) if f < 0 else reflect(f, rate)


RIGHT = {
    "fm": [fm, fm_loop, fm_complex, fm_library],
    "reflect": [reflect, reflect_round, reflect_angle, reflect_loop],
}
WRONG = {
    "fm": [
        (lambda *a: fm(*a, scale=2 * np.pi), "radians"),
        (lambda *a: fm(*a, scale=-1.0), "inside the outer sine"),
        (lambda *a: fm(*a, wave=np.cos), "inside the outer sine"),
        (lambda *a: fm(*a, outer=np.cos), "sin(2 pi carrier t) is left"),
        (lambda c, m, i, d, r: fm(m, c, i, d, r), "sin(2 pi carrier t) is left"),
        (lambda c, m, i, d, r: fm(c, m, i, d, 2 * r), "too many|np.arange"),
        (lambda c, m, i, d, r: fm(c, m, i, d, r, n=r), "np.arange"),
        (fm_integrated, "carrier t|inside the outer sine"),
        (fm_times_t, "not multiplied by t"),
        (fm_amplitude, "inside the outer sine"),
        (fm_ratio, "inside the outer sine"),
        (fm_number, "sample by sample"),
        (lambda c, m, i, d, r: fm(c / r, m / r, i, d, r), "n / sample_rate"),
        (lambda *a: None, "return"),
    ],
    "reflect": [
        (lambda f, r: f, "sounds as 100 Hz|sin(-a)"),
        (lambda f, r: np.abs(f), "comes back"),
        (lambda f, r: f % r, "sin(-a)"),
        (lambda f, r: f % (r / 2), "heard where they are|sin(-a)"),
        (lambda f, r: np.clip(f, 0, r / 2), "sin(-a)"),
        (reflect_once, "however often"),
        (reflect_if, "instead of if|truth value"),
        (lambda f, r: reflect(f, 2 * r), "comes back"),
        (lambda f, r: r / 2 - reflect(f, r), "heard where they are"),
        (lambda f, r: np.where(f < 0, 0.0, reflect(f, r)), "sin(-a)"),
        (lambda f, r: np.minimum(np.abs(f), r - np.abs(f)), "however often"),
    ],
}
