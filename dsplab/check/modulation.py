"""Exercises of lesson 4: a sine that moves another one's phase, and reflected lines."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise

fm = exercise(
    "fm",
    "fm(carrier, modulator, index, duration, sample_rate)",
    "y[n] = sin(2 pi carrier t + index sin(2 pi modulator t)), t = n / sample_rate, "
    "for round(duration sample_rate) samples; index is a number or one for each sample",
)
PLAYED = {"carrier": (5.0, 20.0, 7.5), "modulator": (5.0, 10.0, 3.0)}
RATE = 100


def _fm(carrier, modulator, index, duration, sample_rate):
    t = np.arange(round(duration * sample_rate)) / sample_rate
    moved = index * np.sin(2 * np.pi * modulator * t)
    return np.sin(2 * np.pi * carrier * t + moved)


@fm.property(
    "it has round(duration sample_rate) samples",
    "n runs over np.arange(round(duration * sample_rate)).",
    duration=(0.1, 0.25, 1.0),
    rate=(20, 100, 33),
)
def _(student, duration, rate):
    shape = (round(duration * rate),)
    same_shape(student(2.0, 3.0, 1.0, duration, rate), shape)


@fm.property(
    "with index 0 it is the carrier alone",
    "Without modulation sin(2 pi carrier t) is left: t in seconds, n / sample_rate.",
    carrier=(5.0, 20.0, 7.5),
    rate=(100, 80),
)
def _(student, carrier, rate):
    y = student(carrier, 9.0, 0.0, 0.5, rate)
    agree(y, _fm(carrier, 9.0, 0.0, 0.5, rate))


@fm.property(
    "the modulator moves the carrier's phase by index radians",
    "index * sin(2 pi modulator t) is added inside the outer sine, after the "
    "multiplication by 2 pi: index counts radians, not cycles, and is not multiplied "
    "by t.",
    points=2,
    index=(0.5, 1.0, 3.0),
    **PLAYED,
)
def _(student, index, carrier, modulator):
    y = student(carrier, modulator, index, 0.5, RATE)
    agree(y, _fm(carrier, modulator, index, 0.5, RATE))


@fm.property(
    "the index may change at every sample",
    "Where index is an array, multiply sample by sample: no float(index), no if.",
    **PLAYED,
)
def _(student, carrier, modulator):
    index = np.linspace(4.0, 0.0, 50)
    y = student(carrier, modulator, index, 0.5, RATE)
    agree(y, _fm(carrier, modulator, index, 0.5, RATE))


reflect = exercise(
    "reflect",
    "reflect(frequency, sample_rate)",
    "where a sine of each frequency (an array in Hz, also negative ones) is heard at "
    "that sampling rate: between 0 and sample_rate / 2",
)


def _reflect(frequency, sample_rate):
    f = np.abs(np.asarray(frequency, dtype=float)) % sample_rate
    return np.minimum(f, sample_rate - f)


@reflect.property(
    "what fits stays",
    "Frequencies from 0 to sample_rate / 2 are heard where they are.",
    frequency=(100.0, 0.0, 399.0, 500.0),
)
def _(student, frequency):
    agree(student(np.array([frequency]), 1000), np.array([frequency]))


@reflect.property(
    "what is below zero is reflected at zero",
    "sin(-a) = -sin(a): a frequency of -100 Hz sounds as 100 Hz.",
    frequency=(-100.0, -1.0, -499.0),
)
def _(student, frequency):
    agree(student(np.array([frequency]), 1000), np.array([-frequency]))


@reflect.property(
    "what is above half the sampling rate is reflected there",
    "As far above sample_rate / 2 as it was, so far below it comes back: sample_rate - "
    "frequency.",
    frequency=(600.0, 999.0, 501.0),
)
def _(student, frequency):
    agree(student(np.array([frequency]), 1000), np.array([1000.0 - frequency]))


@reflect.property(
    "what is further away is reflected again and again",
    "Samples do not change when sample_rate is added to a frequency, however often: "
    "the remainder of a division (%) comes first, then the reflection.",
    points=2,
    frequency=(1100.0, 1700.0, 2300.0, 5900.0, -700.0, -1100.0, -2600.0, 3000.0),
    rate=(1000, 800),
)
def _(student, frequency, rate):
    agree(student(np.array([frequency]), rate), _reflect([frequency], rate))


@reflect.property(
    "it takes many frequencies at once",
    "Where each element is another case, use np.abs, np.minimum or np.where instead "
    "of if.",
    n=(2, 5, 40),
)
def _(student, n):
    frequency = np.linspace(-2500.0, 3500.0, n)
    agree(student(frequency, 1000), _reflect(frequency, 1000))
