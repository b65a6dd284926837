"""Exercises of lesson 11: eight or more wrong solutions caught, right ones pass."""

import math

import numpy as np

import dsplab.synths.operators
from dsplab.synths._dx7_levels import LEVELS, read


def index_table(level):
    """By the instrument's own table."""
    steps = 32.0 * read(LEVELS, np.asarray(level, dtype=float))
    return 2 * np.pi * 2.0 ** ((steps + 4032 - 4256) / 256 - 14)


def index_log(level):
    return np.exp(np.log(4 * np.pi) + (np.asarray(level) - 99) * np.log(2) / 8)


def index_plain(level):
    return 4 * np.pi * 2.0 ** ((np.asarray(level) - 99) / 8)


def connect(phases, levels, modulators, carriers, *, order=reversed, heard=None):
    sounds = [0.0] * len(phases)
    for k in order(range(len(phases))):
        moved = sum(sounds[j] for j in modulators[k])
        sounds[k] = levels[k] * np.sin(2 * np.pi * phases[k] + moved)
    return sum(sounds[k] for k in (carriers if heard is None else range(len(phases))))


def connect_recursive(phases, levels, modulators, carriers):
    def sound(k):
        moved = sum(sound(j) for j in modulators[k])
        return levels[k] * np.sin(2 * np.pi * phases[k] + moved)

    return sum(sound(k) for k in carriers)


def connect_library(phases, levels, modulators, carriers):
    return dsplab.synths.operators.play_operators(
        phases, levels, modulators=modulators, carriers=carriers
    )


def connect_complex(phases, levels, modulators, carriers):
    sounds = {}
    for k in range(len(phases) - 1, -1, -1):
        moved = np.zeros(len(phases[k]))
        for j in modulators[k]:
            moved = moved + sounds[j]
        sounds[k] = levels[k] * np.exp(1j * (2 * np.pi * phases[k] + moved)).imag
    return np.sum([sounds[k] for k in carriers], axis=0)


def connect_cycles(phases, levels, modulators, carriers):
    scale = [1.0 if k in carriers else 2 * np.pi for k in range(len(levels))]
    scaled = [a * g for a, g in zip(scale, levels, strict=True)]
    return connect(phases, scaled, modulators, carriers)


def connect_no_two_pi(phases, levels, modulators, carriers):
    return connect([p / (2 * np.pi) for p in phases], levels, modulators, carriers)


def connect_amplitude(phases, levels, modulators, carriers):
    sounds = [0.0] * len(phases)
    for k in reversed(range(len(phases))):
        moved = sum(sounds[j] for j in modulators[k])
        sounds[k] = levels[k] * (1 + moved) * np.sin(2 * np.pi * phases[k])
    return sum(sounds[k] for k in carriers)


def connect_first_only(phases, levels, modulators, carriers):
    return connect(phases, levels, tuple(row[:1] for row in modulators), carriers)


def connect_shallow(phases, levels, modulators, carriers):
    plain = [g * np.sin(2 * np.pi * p) for p, g in zip(phases, levels, strict=True)]
    return sum(
        levels[k] * np.sin(2 * np.pi * phases[k] + sum(plain[j] for j in modulators[k]))
        for k in carriers
    )


def connect_levels_once(phases, levels, modulators, carriers):
    return connect(phases, [np.mean(g) for g in levels], modulators, carriers)


def connect_mean(phases, levels, modulators, carriers):
    return connect(phases, levels, modulators, carriers) / len(carriers)


RIGHT = {
    "index_of_level": [index_plain, index_table, index_log],
    "connect": [connect, connect_recursive, connect_library, connect_complex],
}
WRONG = {
    "index_of_level": [
        (lambda x: 2 * np.pi * 2.0 ** ((np.asarray(x) - 99) / 8), "two cycles"),
        (lambda x: 2.0 ** ((np.asarray(x) - 99) / 8), "two cycles"),
        (lambda x: 4 * np.pi * np.asarray(x) / 100, "two cycles"),
        (lambda x: 4 * np.pi * np.asarray(x) / 99, "Halve once for every eight"),
        (lambda x: 4 * np.pi * 2.0 ** ((np.asarray(x) - 99) / 10), "every eight steps"),
        (lambda x: 4 * np.pi * 10.0 ** ((np.asarray(x) - 99) / 20), "every eight"),
        (lambda x: 4 * np.pi * 2.0 ** (99 - np.asarray(x)), "every eight steps"),
        (lambda x: 4 * np.pi * 2.0 ** ((np.asarray(x) - 99) // 8), "may be a fraction"),
        (lambda x: 4 * math.pi * math.pow(2, (x - 99) / 8), "every element"),
    ],
    "connect": [
        (connect_no_two_pi, "whole cycle"),
        (connect_mean, "Sum the sounds"),
        (lambda p, g, m, c: connect(p, g, m, c, heard="all"), "not heard"),
        (connect_cycles, "radians|inside the sine"),
        (connect_amplitude, "inside the sine"),
        (connect_first_only, "one sine of the sum"),
        (lambda p, g, m, c: connect(p, g, m, c, order=list), "inside the sine"),
        (connect_shallow, "highest number"),
        (connect_levels_once, "sample by sample"),
    ],
}
