"""Exercises of lesson 3: eight or more wrong solutions caught, right ones pass."""

import numpy as np
import scipy.signal

import dsplab.filters.static
import dsplab.filters.time_varying


def biquad(b, a, x, *, sign=-1.0, fed=None, shift=0):
    y = np.zeros(len(x))
    for n in range(len(x)):
        for k in range(3):
            if n - k >= 0:
                y[n] += b[k] * x[n - k]
            if k and n - k - shift >= 0:
                y[n] += sign * a[k] * (y if fed is None else fed(x))[n - k - shift]
    return y


def biquad_transposed(b, a, x):
    y, s1, s2 = np.zeros(len(x)), 0.0, 0.0
    for n, x_n in enumerate(x):
        y[n] = b[0] * x_n + s1
        s1 = b[1] * x_n - a[1] * y[n] + s2
        s2 = b[2] * x_n - a[2] * y[n]
    return y


def biquad_state(b, a, x):
    y, w1, w2 = [], 0.0, 0.0
    for x_n in x:
        w = x_n - a[1] * w1 - a[2] * w2
        y.append(b[0] * w + b[1] * w1 + b[2] * w2)
        w1, w2 = w, w1
    return np.array(y)


def biquad_from_the_end(b, a, x):
    y = np.zeros(len(x))
    for n in range(len(x)):
        y[n] = b[0] * x[n] + b[1] * x[n - 1] - a[1] * y[n - 1]
        y[n] += (b[2] * x[n - 2] - a[2] * y[n - 2]) if len(x) > 1 else 0.0
    return y


def biquad_from_two(b, a, x):
    y = np.zeros(len(x))
    for n in range(2, len(x)):
        y[n] = b @ x[n - 2 : n + 1][::-1] - a[1] * y[n - 1] - a[2] * y[n - 2]
    return y


def biquad_longer(b, a, x):
    return scipy.signal.lfilter(b, a, np.pad(x, (0, 2)))


def svf(x, cutoff, q, rate, *, gain=np.tan, k=None, still=False, late=False):
    y, s1, s2 = np.zeros(len(x)), 0.0, 0.0
    for n in range(len(x)):
        g = gain(np.pi * cutoff[0 if still else n] / rate)
        band = (s1 + g * (x[n] - s2)) / (1 + g * (g + (1 / q if k is None else k(q))))
        y[n] = s2 + g * band
        s1 = 2 * band - s1
        s2 = 2 * (s2 if late else y[n]) - s2
    return y


def svf_matrix(x, cutoff, q, rate):
    s, y = np.zeros(2), []
    for x_n, f in zip(x, cutoff, strict=True):
        g = np.tan(np.pi * f / rate)
        d = 1 / (1 + g * (g + 1 / q))
        out = d * np.array([s[0] + g * (x_n - s[1]), 0.0])
        out[1] = s[1] + g * out[0]
        s = 2 * out - s
        y.append(out[1])
    return np.array(y)


def svf_library(x, cutoff, q, rate):
    return dsplab.filters.time_varying.state_variable(x, cutoff, rate, q=q)


def svf_static(x, cutoff, q, rate):
    b, a = dsplab.filters.design.second_order("lowpass", cutoff[0], rate, q=q)
    return scipy.signal.lfilter(b, a, x)


def svf_direct(x, cutoff, q, rate):
    b, a = dsplab.filters.design.second_order("lowpass", cutoff, rate, q=q)
    return dsplab.filters.time_varying.direct_form(x, b, a)


def svf_band(x, cutoff, q, rate):
    kind = "bandpass_skirt"
    return dsplab.filters.time_varying.state_variable(x, cutoff, rate, kind=kind, q=q)


def svf_euler(x, cutoff, q, rate):
    y, s1, s2 = np.zeros(len(x)), 0.0, 0.0
    for n in range(len(x)):
        g = np.tan(np.pi * cutoff[n] / rate)
        band = (s1 + g * (x[n] - s2)) / (1 + g * (g + 1 / q))
        s1, s2 = band, s2 + g * band
        y[n] = s2
    return y


RIGHT = {
    "biquad": [
        biquad,
        biquad_transposed,
        biquad_state,
        scipy.signal.lfilter,
        lambda b, a, x: dsplab.filters.static.filter_signal(x, b, a),
    ],
    "state_variable": [svf, svf_matrix, svf_library],
}
WRONG = {
    "biquad": [
        (biquad_longer, "too many|One y"),
        (biquad_from_the_end, "last sample"),
        (biquad_from_two, "last three|last sample|One y|b[1] belongs"),
        (lambda b, a, x: biquad(b, a, x, sign=1.0), "minus"),
        (lambda b, a, x: biquad(b, a, x, fed=lambda x: x), "goes in again"),
        (lambda b, a, x: biquad(b, a, x, shift=1), "goes in again"),
        (lambda b, a, x: biquad(b[::-1], a, x), "b[1] belongs"),
        (lambda b, a, x: np.convolve(b, x)[: len(x)], "goes in again"),
        (lambda b, a, x: biquad(b, [1, a[1], 0], x), "goes in again"),
        (lambda b, a, x: biquad(b, [1, a[2], a[1]], x), "goes in again"),
        (lambda b, a, x: biquad(b, a, x) / (abs(x).max() + 1e-9), "b[1] belongs|loud"),
        (lambda b, a, x: None, "return"),
    ],
    "state_variable": [
        (lambda x, f, q, r: svf(x, f, q, r)[:-1], "One y|too few"),
        (lambda x, f, q, r: svf(x, f, q, r, gain=lambda w: w), "tangent"),
        (lambda x, f, q, r: svf(x, f, q, r, gain=lambda w: np.tan(2 * w)), "tangent"),
        (lambda x, f, q, r: svf(x, f, q, r, k=lambda q: q), "band = g x"),
        (lambda x, f, q, r: svf(x, f, q, r, still=True), "inside the loop"),
        (lambda x, f, q, r: svf(x, f, q, r, late=True), "s2 = 2 y[n] - s2"),
        (lambda x, f, q, r: svf(x, f, q, 8000), "whatever it is"),
        (svf_euler, "s1 = 2 band - s1"),
        (svf_static, "inside the loop"),
        (svf_direct, "inside the loop"),
        (svf_band, "y[0] = g band"),
        (lambda x, f, q, r: np.roll(svf(x, f, q, r), 1), "first sample|new band|One y"),
    ],
}
