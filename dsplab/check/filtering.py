"""Exercises of lesson 3: a filter that stands still, and one that moves."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.inputs import Signal, signals

biquad = exercise(
    "biquad",
    "biquad(b, a, x)",
    "y[n] = b[0] x[n] + b[1] x[n-1] + b[2] x[n-2] - a[1] y[n-1] - a[2] y[n-2], where x "
    "and y are 0 before their start and a[0] is 1; as long as x",
)
ONLY = {"b0": (1.0, 0.0, 0.0), "b1": (0.0, 1.0, 0.0), "b2": (0.0, 0.0, 1.0)}
FEEDBACK = {"a1": (0.0, -0.5, 0.5, -1.2), "a2": (0.0, 0.5, -0.25, 0.8)}


def _biquad(b, a, x):
    y = np.zeros(len(x))
    for n in range(len(x)):
        for k in range(min(n, 2) + 1):
            y[n] += b[k] * x[n - k] - (a[k] * y[n - k] if k else 0.0)
    return y


@biquad.property(
    "it is as long as the signal",
    "One y[n] for each x[n]: make y = np.zeros(len(x)) and fill it.",
    x=signals(1, 4, 9, kinds=("ones",)),
)
def _(student, x):
    same_shape(student(np.array(ONLY["b0"]), np.array(ONLY["b0"]), x), x.shape)


@biquad.property(
    "without feedback it adds the last three samples",
    "b[1] belongs to x[n-1], b[2] to x[n-2]; before its start x is 0, but in Python "
    "x[-1] is the last sample: ask whether n >= 1 and n >= 2.",
    x=signals(3, 8, kinds=("ones", "ramp", "noise")),
    b=(*ONLY.values(), (1.0, -2.0, 0.5)),
)
def _(student, x, b):
    b, a = np.array(b), np.array([1.0, 0.0, 0.0])
    agree(student(b, a, x), _biquad(b, a, x))


@biquad.property(
    "a click rings by what is fed back",
    "What came out, y[n-1] and y[n-2], goes in again, with a minus before a[1] and "
    "a[2]: the poles are where 1 + a[1]/z + a[2]/z^2 = 0.",
    points=2,
    **FEEDBACK,
)
def _(student, a1, a2):
    b, a = np.array([1.0, 0.0, 0.0]), np.array([1.0, a1, a2])
    click = np.eye(1, 8)[0]
    agree(student(b, a, click), _biquad(b, a, click))


@biquad.property(
    "both together",
    "Feed back the whole y[n-1], with all that the b have put into it.",
    x=signals(6, 20, kinds=("ones", "noise")),
    b=((0.2, 0.4, 0.2), (1.0, -1.9, 0.95)),
    a=((1.0, -1.2, 0.8), (1.0, 0.3, -0.2)),
)
def _(student, x, b, a):
    b, a = np.array(b), np.array(a)
    agree(student(b, a, x), _biquad(b, a, x))


@biquad.property(
    "it answers a sum with the sum of the answers",
    "A filter is linear: nothing may depend on how loud x is.",
    x=signals(12, kinds=("ones", "noise")),
)
def _(student, x):
    b, a = np.array([0.2, 0.4, 0.2]), np.array([1.0, -1.2, 0.8])
    other = Signal("ramp", len(x)).array()
    both = student(b, a, x) + 3 * student(b, a, other)
    agree(student(b, a, x + 3 * other), both)


state_variable = exercise(
    "state_variable",
    "state_variable(x, cutoff, q, sample_rate)",
    "the lowpass of two trapezoidal integrators: for each n, with g = tan(pi cutoff[n] "
    "/ sample_rate) and k = 1 / q, band = (s1 + g (x[n] - s2)) / (1 + g (g + k)), y[n] "
    "= s2 + g band, then s1 = 2 band - s1, s2 = 2 y[n] - s2; cutoff has one value a "
    "sample, s1 and s2 are 0 at first",
)
SETTINGS = {"f": (1000.0, 200.0, 3500.0), "q": (1.0, 0.5, 10.0)}


def _state_variable(x, cutoff, q, sample_rate):
    y, s1, s2 = np.zeros(len(x)), 0.0, 0.0
    for n in range(len(x)):
        g = np.tan(np.pi * cutoff[n] / sample_rate)
        band = (s1 + g * (x[n] - s2)) / (1.0 + g * (g + 1.0 / q))
        y[n] = s2 + g * band
        s1, s2 = 2.0 * band - s1, 2.0 * y[n] - s2
    return y


@state_variable.property(
    "it is as long as the signal",
    "One y[n] for each x[n].",
    n=(1, 4, 9),
)
def _(student, n):
    same_shape(student(np.ones(n), np.full(n, 500.0), 1.0, 8000), (n,))


@state_variable.property(
    "the first sample comes through at once",
    "Nothing in the loop waits: with s1 = s2 = 0, band = g x / (1 + g (g + 1 / q)) and "
    "y[0] = g band. g is the tangent of pi cutoff / sample_rate, in radians.",
    **SETTINGS,
)
def _(student, f, q):
    x, cutoff = np.array([1.0]), np.array([f])
    agree(student(x, cutoff, q, 8000), _state_variable(x, cutoff, q, 8000))


@state_variable.property(
    "it rings on: the states go from sample to sample",
    "After each sample s1 = 2 band - s1 and s2 = 2 y[n] - s2, both with the new band "
    "and y[n] and the old s1 and s2.",
    points=2,
    **SETTINGS,
)
def _(student, f, q):
    click, cutoff = np.eye(1, 8)[0], np.full(8, f)
    agree(student(click, cutoff, q, 8000), _state_variable(click, cutoff, q, 8000))


@state_variable.property(
    "the cutoff may change at every sample",
    "Compute g inside the loop, from cutoff[n].",
    points=2,
    x=signals(6, 30, kinds=("ones", "noise")),
    q=(1.0, 20.0),
)
def _(student, x, q):
    cutoff = np.where(np.arange(len(x)) % 2, 3000.0, 200.0)
    agree(student(x, cutoff, q, 8000), _state_variable(x, cutoff, q, 8000))


@state_variable.property(
    "the sample rate matters",
    "Divide by sample_rate, whatever it is.",
    sample_rate=(8000, 44100),
)
def _(student, sample_rate):
    x, cutoff = np.ones(6), np.full(6, 900.0)
    wanted = _state_variable(x, cutoff, 2.0, sample_rate)
    agree(student(x, cutoff, 2.0, sample_rate), wanted)
