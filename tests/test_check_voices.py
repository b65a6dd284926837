"""Exercises of lesson 2: eight or more wrong solutions caught, right ones pass."""

import numpy as np

from dsplab.sources.envelopes import adsr
from dsplab.sources.oscillators import harmonic_oscillator


def harmonic(f0, amplitudes, rate, *, phase=None, mask=None, factor=2 * np.pi, first=1):
    if phase is None:
        phase = np.concatenate([[0.0], np.cumsum(f0[:-1])]) / rate
    y = np.zeros(len(f0))
    for k, a in enumerate(amplitudes, start=first):
        heard = k * f0 < rate / 2 if mask is None else mask(k, f0, rate)
        y += np.where(heard, a * np.sin(factor * k * phase), 0.0)
    return y


def harmonic_matrix(f0, amplitudes, rate):
    k = np.arange(1, len(amplitudes) + 1)[:, None]
    phase = (np.cumsum(f0) - f0) / rate
    partials = amplitudes[:, None] * np.sin(2 * np.pi * k * phase)
    return (partials * (k * f0 < rate / 2)).sum(axis=0)


def harmonic_loop(f0, amplitudes, rate):
    y, phase = np.zeros(len(f0)), 0.0
    for n in range(len(f0)):
        for k in range(1, len(amplitudes) + 1):
            if k * f0[n] < rate / 2:
                y[n] += amplitudes[k - 1] * np.sin(2 * np.pi * k * phase)
        phase += f0[n] / rate
    return y


def envelope(held, attack, decay, sustain, release, length, rate, *, start=None):
    def level(t):
        return np.interp(t, [0, attack, attack + decay], [0, 1, sustain])

    t = np.arange(length) / rate
    begin = level(held) if start is None else start(sustain, level(held))
    end = begin * np.clip(1 - (t - held) / release, 0, 1)
    return np.where(t < held, level(t), end)


def envelope_loop(held, attack, decay, sustain, release, length, rate):
    y = []
    for n in range(length):
        t = min(n / rate, held)
        if t < attack:
            level = t / attack
        else:
            level = max(1 - (1 - sustain) * (t - attack) / decay, sustain)
        y.append(level * max(1 - max(n / rate - held, 0) / release, 0))
    return np.array(y)


def envelope_library(held, attack, decay, sustain, release, length, rate):
    return adsr(
        held, length, rate, attack=attack, decay=decay, sustain=sustain,
        release=release, attack_curve=0, decay_curve=0, release_curve=0,
    )  # fmt: skip


def at_constant_slope(held, attack, decay, sustain, release, length, rate):
    t = np.arange(length) / rate
    y = envelope(held, attack, decay, sustain, 1e9, length, rate)
    return np.where(t < held, y, np.maximum(y - (t - held) / release, 0))


def decay_from_start(held, attack, decay, sustain, release, length, rate):
    return envelope(held, attack, decay - attack, sustain, release, length, rate)


def sustain_as_time(held, attack, decay, sustain, release, length, rate):
    return envelope(held + sustain, attack, decay, sustain, release, length, rate)


def after_decay(held, attack, decay, sustain, release, length, rate):
    held = max(held, attack + decay)
    return envelope(held, attack, decay, sustain, release, length, rate)


def multiplied(held, attack, decay, sustain, release, length, rate):
    t = np.arange(length) / rate
    rise, fall = np.clip(t / attack, 0, 1), 1 - np.clip((t - attack) / decay, 0, 1)
    return rise * (fall + sustain) * np.clip(1 - (t - held) / release, 0, 1)


def line_to_the_end(held, attack, decay, sustain, release, length, rate):
    points = [0, attack, attack + decay, held, held + release]
    return np.interp(np.arange(length) / rate, points, [0, 1, sustain, sustain, 0])


RIGHT = {
    "harmonic_sum": [harmonic, harmonic_matrix, harmonic_loop, harmonic_oscillator],
    "envelope": [envelope, envelope_loop, envelope_library],
}
WRONG = {
    "harmonic_sum": [
        (lambda f, a, r: harmonic(f, a, r, phase=np.cumsum(f) / r), "one sample early"),
        (
            lambda f, a, r: harmonic(f, a, r, phase=f * np.arange(len(f)) / r),
            "the past",
        ),
        (lambda f, a, r: harmonic(f, a, r, mask=lambda k, f, r: k > 0), "Leave harm"),
        (
            lambda f, a, r: harmonic(f, a, r, mask=lambda k, f, r: k * f.max() < r / 2),
            "sample by sample",
        ),
        (
            lambda f, a, r: harmonic(f, a, r, mask=lambda k, f, r: k * f < r),
            "Leave harmonic",
        ),
        (lambda f, a, r: harmonic(f, a, r, factor=1.0), "2 pi turns"),
        (lambda f, a, r: harmonic(f, a, r, first=0), "phase[0] is 0|fundamental"),
        (lambda f, a, r: harmonic(f, a, r) / np.sum(a), "normalised|2 pi turns"),
        (
            lambda f, a, r: np.cos(2 * np.pi * (np.cumsum(f) - f) / r) * a[0],
            "phase[0] is 0",
        ),
        (lambda f, a, r: np.outer(a, f), "do not stack"),
        (lambda f, a, r: harmonic(f[:-1], a, r), "f0 has one value"),
        (lambda f, a, r: harmonic(f, a[:1], r), "belongs to the fundamental"),
    ],
    "envelope": [
        (lambda *a: envelope(*a, start=lambda s, y: s), "where the line is"),
        (lambda *a: envelope(*a, start=lambda s, y: 1.0), "cut off at 0|level"),
        (at_constant_slope, "whatever level|level, not a time"),
        (decay_from_start, "when the attack is over"),
        (sustain_as_time, "begins at held"),
        (after_decay, "where the line is"),
        (multiplied, "line through|level"),
        (line_to_the_end, "where the line is"),
        (lambda *a: envelope(*a)[:-1], "arange(length)"),
        (lambda *a: envelope(*a) ** 2, "line through"),
        (lambda h, *a: envelope(9.0, *a), "begins at held"),
        (lambda *a: None, "return"),
    ],
}
