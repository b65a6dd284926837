"""Exercises of lesson 6: a plucked string, the sum of what a struck thing rings in."""

import numpy as np

from dsplab.check.comparing import agree, same_kind, same_shape
from dsplab.check.exercise import exercise

karplus_strong = exercise(
    "karplus_strong",
    "karplus_strong(burst, rho, n_samples)",
    "let a string ring: first the burst itself, N samples long; from then on y[n] = "
    "rho (y[n - N] + y[n - N - 1]) / 2, where y is 0 before sample 0",
)
STRINGS = {
    "period": (2, 3, 5, 8),
    "rho": (1.0, 0.5, 0.9),
    "n_samples": (12, 30, 41),
}


def _burst(period):
    return np.random.default_rng(period).uniform(-1.0, 1.0, period)


def _string(burst, rho, n_samples):
    period = len(burst)
    y = np.zeros(n_samples + period + 1)  # after period + 1 samples of silence
    first = period + 1
    for n in range(n_samples):
        back = y[first + n - period], y[first + n - period - 1]
        y[first + n] = burst[n] if n < period else 0.5 * rho * (back[0] + back[1])
    return y[first:]


@karplus_strong.property(
    "it has n_samples samples",
    "Make the result with np.zeros(n_samples) and fill it.",
    **STRINGS,
)
def _(student, period, rho, n_samples):
    same_shape(student(_burst(period), rho, n_samples), (n_samples,))


@karplus_strong.property(
    "it begins with the burst",
    "The first period is what the string is filled with, unchanged: y[:N] = burst.",
    **STRINGS,
)
def _(student, period, rho, n_samples):
    burst = _burst(period)
    y = student(burst, rho, n_samples)
    same_kind(y, burst)
    agree(y[:period], burst, what="The first period")


@karplus_strong.property(
    "one period later two neighbours come back as their average",
    "Sample n - N and the one before it, n - N - 1; half of their sum, times rho. For "
    "n = N that reaches back to y[-1], which is 0 here, and not the end of the array.",
    points=2,
    **STRINGS,
)
def _(student, period, rho, n_samples):
    burst = _burst(period)
    y = student(burst, rho, n_samples)
    wanted = _string(burst, rho, n_samples)
    agree(y[period : 2 * period], wanted[period : 2 * period], what="The second period")


@karplus_strong.property(
    "what comes back comes back again",
    "The recursion reads y, which it writes itself, not the burst: the third period is "
    "made of the second. (Whole periods at a time are fine, as long as each is made of "
    "the one before it.)",
    points=2,
    **STRINGS,
)
def _(student, period, rho, n_samples):
    burst = _burst(period)
    agree(student(burst, rho, n_samples), _string(burst, rho, n_samples))


ring = exercise(
    "ring",
    "ring(frequencies, t60, n_samples, sample_rate)",
    "the sum of sines at those frequencies, each beginning at 0 and dying away by 60 "
    "dB in its own t60: sum_k 10^(-3 t / t60[k]) sin(2 pi frequencies[k] t), t = n / "
    "sample_rate",
)
BODIES = {
    "n_modes": (1, 2, 5),
    "t60": (1e9, 0.1, 0.02),
    "n_samples": (20, 101),
    "sample_rate": (1000, 8000),
}


def _ring(frequencies, t60, n_samples, sample_rate):
    t = np.arange(n_samples) / sample_rate
    each = np.sin(2 * np.pi * frequencies[:, None] * t)
    return (10 ** (-3 * t / t60[:, None]) * each).sum(axis=0)


def _body(n_modes, t60):
    """Frequencies and how long each lasts: the higher ones less."""
    k = np.arange(1.0, n_modes + 1.0)
    return 70.0 * k * np.sqrt(k), t60 / k


@ring.property(
    "it is one signal of n_samples samples",
    "Sum over the modes: from (n_modes, n_samples) to (n_samples,), .sum(axis=0). Time "
    "is np.arange(n_samples) / sample_rate.",
    **BODIES,
)
def _(student, n_modes, t60, n_samples, sample_rate):
    y = student(*_body(n_modes, t60), n_samples, sample_rate)
    same_shape(y, (n_samples,))


@ring.property(
    "one that never dies away is a sine",
    "A sine, not a cosine: it begins at 0. Frequency is in Hz: 2 pi f t is the angle. "
    "And time is in seconds: sample n is at n / sample_rate.",
    n_samples=(20, 101),
    sample_rate=(1000, 8000),
)
def _(student, n_samples, sample_rate):
    forever = np.array([100.0]), np.array([1e9])
    y = student(*forever, n_samples, sample_rate)
    agree(y, _ring(*forever, n_samples, sample_rate))


@ring.property(
    "after t60 it is 60 dB down, a thousandth of what it was",
    "60 dB are a factor of 1000 = 10^3 in amplitude: 10 ** (-3 * t / t60). (exp(-t / "
    "tau) is the same with tau = t60 / ln(1000).)",
    points=2,
    t60=(0.1, 0.02),
    n_samples=(20, 101),
    sample_rate=(1000, 8000),
)
def _(student, t60, n_samples, sample_rate):
    one = _body(1, t60)
    agree(student(*one, n_samples, sample_rate), _ring(*one, n_samples, sample_rate))


@ring.property(
    "modes add, each with its own t60",
    "t60[k] belongs to frequencies[k]: (frequencies[:, None], t60[:, None]) against t. "
    "A sum, not a mean.",
    **BODIES,
)
def _(student, n_modes, t60, n_samples, sample_rate):
    body = _body(n_modes, t60)
    agree(student(*body, n_samples, sample_rate), _ring(*body, n_samples, sample_rate))
