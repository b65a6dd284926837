"""Exercises of lesson 2: a sum of harmonics, an envelope."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise

RATE = 1000

harmonic_sum = exercise(
    "harmonic_sum",
    "harmonic_sum(f0, amplitudes, sample_rate)",
    "the sum of amplitudes[k - 1] sin(2 pi k phase[n]) for k = 1, 2, ..., where "
    "phase[n] is the sum of f0[m] / sample_rate over m < n; a harmonic is left out at "
    "the samples where k f0[n] is half the sample rate or more",
)


def _harmonic_sum(f0, amplitudes, sample_rate):
    phase = np.concatenate([[0.0], np.cumsum(f0[:-1])]) / sample_rate
    y = np.zeros(len(f0))
    for k, amplitude in enumerate(amplitudes, start=1):
        heard = k * f0 < sample_rate / 2
        y = y + amplitude * heard * np.sin(2 * np.pi * k * phase)
    return y


@harmonic_sum.property(
    "it has as many samples as f0",
    "f0 has one value for each sample; add the harmonics, do not stack them.",
    n_samples=(4, 9, 50),
    n_harmonics=(1, 3),
)
def _(student, n_samples, n_harmonics):
    y = student(np.full(n_samples, 10.0), np.ones(n_harmonics), RATE)
    same_shape(y, (n_samples,))


@harmonic_sum.property(
    "one harmonic at a steady pitch is a sine that begins at 0",
    "phase[n] sums what was before n: phase[0] is 0, phase[1] is f0[0] / sample_rate. "
    "np.cumsum alone is one sample early; and 2 pi turns cycles into radians.",
    f0=(100.0, 10.0, 37.0),
    amplitude=(1.0, 0.5),
)
def _(student, f0, amplitude):
    f0 = np.full(40, f0)
    y = student(f0, np.array([amplitude]), RATE)
    agree(y, _harmonic_sum(f0, [amplitude], RATE))


@harmonic_sum.property(
    "harmonic k has k times the frequency, and amplitudes[k - 1]",
    "amplitudes[0] belongs to the fundamental, k = 1; nothing is normalised.",
    amplitudes=([0.0, 1.0], [1.0, 0.5], [0.3, 0.0, 0.7, 0.2]),
    f0=(20.0, 37.0),
)
def _(student, amplitudes, f0):
    f0, amplitudes = np.full(60, f0), np.array(amplitudes)
    agree(student(f0, amplitudes, RATE), _harmonic_sum(f0, amplitudes, RATE))


@harmonic_sum.property(
    "it stays in tune when the pitch moves",
    "Not sin(2 pi k f0[n] n / sample_rate): when f0 moves, that changes the phase of "
    "all the past. Add up the steps f0[m] / sample_rate instead.",
    points=2,
    end=(40.0, 80.0, 10.0),
    amplitudes=([1.0], [1.0, 0.5, 0.2]),
)
def _(student, end, amplitudes):
    f0, amplitudes = np.linspace(20.0, end, 100), np.array(amplitudes)
    agree(student(f0, amplitudes, RATE), _harmonic_sum(f0, amplitudes, RATE))


@harmonic_sum.property(
    "no harmonic comes back as a wrong note",
    "Leave harmonic k out where k * f0 >= sample_rate / 2: sample by sample, "
    "np.where(k * f0 < sample_rate / 2, ..., 0), not for the whole sound.",
    points=2,
    start=(300.0, 100.0),
    end=(300.0, 220.0, 100.0),
)
def _(student, start, end):
    f0, amplitudes = np.linspace(start, end, 50), np.array([1.0, 0.5, 0.3])
    agree(student(f0, amplitudes, RATE), _harmonic_sum(f0, amplitudes, RATE))


envelope = exercise(
    "envelope",
    "envelope(held, attack, decay, sustain, release, length, sample_rate)",
    "an ADSR of straight lines: from 0 to 1 in attack, to sustain in decay, there "
    "until the key is let go at held, to 0 in release from the level it has then; "
    "times in seconds, `length` samples",
)
KEY = {"attack": 0.02, "decay": 0.03, "sustain": 0.5, "release": 0.04}


def _envelope(held, attack, decay, sustain, release, length, sample_rate):
    def level(t):
        return np.interp(t, [0.0, attack, attack + decay], [0.0, 1.0, sustain])

    t = np.arange(length) / sample_rate
    end = level(held) * np.clip(1.0 - (t - held) / release, 0.0, 1.0)
    return np.where(t < held, level(t), end)


def _tried(student, held, length, **changes):
    times = {**KEY, **changes}
    got = student(held, *times.values(), length, RATE)
    return got, _envelope(held, *times.values(), length, RATE)


@envelope.property(
    "it has `length` samples",
    "t = np.arange(length) / sample_rate.",
    length=(200, 50, 120),
    held=(0.1, 0.07),
)
def _(student, length, held):
    got, wanted = _tried(student, held, length)
    same_shape(got, wanted.shape)


@envelope.property(
    "it rises to 1 in the attack and falls to sustain in the decay",
    "np.interp(t, [0, attack, attack + decay], [0, 1, sustain]) is the line through "
    "three points; the decay begins when the attack is over.",
    attack=(0.02, 0.01, 0.05),
    decay=(0.03, 0.01),
)
def _(student, attack, decay):
    got, wanted = _tried(student, 0.15, 150, attack=attack, decay=decay)
    agree(got, wanted)


@envelope.property(
    "it stays at sustain while the key is held",
    "Sustain is a level, not a time.",
    sustain=(0.5, 0.2, 1.0, 0.0),
    held=(0.15, 0.1),
)
def _(student, sustain, held):
    got, wanted = _tried(student, held, 100, sustain=sustain)
    agree(got, wanted)


@envelope.property(
    "it is silent `release` after the key, and stays so",
    "The release begins at held, and takes its whole time from whatever level: the "
    "line is level(held) (1 - (t - held) / release), cut off at 0.",
    held=(0.1, 0.07),
    release=(0.04, 0.02, 0.06),
)
def _(student, held, release):
    got, wanted = _tried(student, held, 200, release=release)
    agree(got, wanted)


@envelope.property(
    "let go in the attack or the decay, it falls from the level it has reached",
    "A short note: the release does not begin at sustain (or at 1), but where the line "
    "is at that moment. Ask your own line for its level at t = held.",
    points=2,
    held=(0.03, 0.04, 0.01, 0.02),
)
def _(student, held):
    got, wanted = _tried(student, held, 120)
    agree(got, wanted)
