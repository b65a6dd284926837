"""Recordings of the house: what the sampler plays until it is given others."""

import functools

import numpy as np

from dsplab.convert import midi_to_hz
from dsplab.sources.noise import noise
from dsplab.sources.oscillators import harmonic_oscillator, oscillator

PLAYERS = 8
RATE = 32000  # Hz, of the recordings
INSTRUMENTS = {"tines": None, "strings": "auto"}  # and whether they are looped


@functools.cache
def recordings(name):
    """{MIDI pitch: recording} of an instrument, and their sample rate."""
    play, roots = ROOTS[name]
    return {root: play(float(midi_to_hz(root))) for root in roots}, RATE


def _tine(f0):
    """A struck tine: a sine that bends, its overtones, and the hammer."""
    t = np.arange(int(2.5 * RATE)) / RATE
    k = np.arange(1, 9)[:, None]
    decay = np.exp(-t * (0.9 + 0.5 * k) * (f0 / 262.0) ** 0.5)
    levels = np.array([1.0, 0.35, 0.12, 0.2, 0.05, 0.1, 0.03, 0.04])[:, None] * decay
    tone = harmonic_oscillator(np.full(len(t), f0), levels, RATE)
    bar = (
        0.25 * np.exp(-12.0 * t) * np.sin(2 * np.pi * 7.1 * f0 * t) * (7.1 * f0 < 15e3)
    )
    white = np.random.default_rng(7).standard_normal(len(t))
    knock = 0.08 * np.exp(-150.0 * t) * noise(white, RATE, colour="pink")
    return _peaked(_faded((tone + bar + knock) * np.minimum(t / 0.001, 1.0)))


def _strings(f0):
    """Eight players, each with a vibrato and a tuning of their own."""
    n = int(2.6 * RATE)
    t = np.arange(n) / RATE
    y, rng = np.zeros(n), np.random.default_rng(5)
    for player in range(PLAYERS):
        wave = np.sin(2 * np.pi * ((4.6 + 0.2 * player) * t + rng.uniform()))
        cents = rng.normal(0.0, 6.0) + 9.0 * np.minimum(t / 0.6, 1.0) * wave
        f = f0 * 2.0 ** (cents / 1200.0)
        y += oscillator(f, RATE, shape="saw", start=rng.uniform())
    spectrum = np.fft.rfft(y)
    f = np.fft.rfftfreq(n, 1 / RATE)
    body = 1.0 / np.sqrt(1.0 + (f / 1800.0) ** 3) + 0.5 * np.exp(-((f / 450 - 1) ** 2))
    y = np.fft.irfft(spectrum * body, n)
    window = np.hanning(RATE // 4)
    level = np.sqrt(np.convolve(y**2, window / window.sum(), "same"))
    y = y / level * (1.0 - np.exp(-t / 0.05))  # together they neither swell nor fade
    return _peaked(_faded(y))


def _faded(y):
    n = int(0.02 * RATE)
    return np.concatenate([y[:-n], y[-n:] * np.linspace(1.0, 0.0, n)])


def _peaked(y):
    return y / np.abs(y).max()


ROOTS = {"tines": (_tine, (36, 48, 60, 72)), "strings": (_strings, (43, 55, 67))}
