"""A throat: pulses through formants that move, and noise where the air is pressed.

A consonant is known by where it bends the formants of its neighbours to (its locus), by
how much of the voice and how much noise comes through, and by a burst as it opens.
"""

from typing import NamedTuple

import numpy as np

from dsplab.filters.formants import BANDWIDTHS, formant_filter, vowel
from dsplab.filters.time_varying import one_pole
from dsplab.sources.oscillators import oscillator
from dsplab.synths.singing.phonemes import SILENCE, VOWELS

HIGHER = (5400.0, 6400.0, 7500.0, 8700.0)  # formants above the fifth, Hz
RING = (2850.0, 3300.0)  # fourth and fifth of a trained singer: his formant, Hz
DULL = 4000.0  # Hz above which folds that close smoothly lose 6 dB an octave more
TRANSITION = 0.05  # seconds that the tongue takes from here to there
HISS = 2.5  # times what the sounds below say
LEVEL = 0.1  # of a vowel
FADE = 0.006  # seconds in which voice and noise come and go


class Sound(NamedTuple):
    """How a phoneme is said."""

    formants: tuple  # Hz of the first three
    voice: float  # amplitude of the pulses
    noise: float = 0.0  # amplitude of the hiss
    hiss: tuple = ((2500.0, 2000.0),)  # resonances of the hiss, (Hz, bandwidth)
    burst: float = 0.0  # amplitude of the noise as a closure opens
    duration: float = 0.08  # seconds
    closed: float = 0.0  # share of the duration that is a closure


def _stop(formants, hiss, voice=0.0, burst=0.35, duration=0.09):
    closed = 0.72 if voice == 0.0 else 0.85
    return Sound(formants, voice, 0.0, hiss, burst, duration, closed)


LOW, MIDDLE, HIGH = ((700.0, 900.0),), ((1800.0, 700.0),), ((4000.0, 2000.0),)
SIBILANT = ((5500.0, 1500.0), (8200.0, 2500.0))
HUSH = ((2600.0, 700.0), (4500.0, 1500.0))
SOUNDS = {
    "p": _stop((400.0, 900.0, 2300.0), LOW),
    "t": _stop((400.0, 1750.0, 2600.0), HIGH),
    "k": _stop((350.0, 2000.0, 2400.0), MIDDLE),
    "b": _stop((250.0, 900.0, 2300.0), LOW, 0.06, 0.12, 0.07),
    "d": _stop((250.0, 1750.0, 2600.0), HIGH, 0.06, 0.12, 0.065),
    "g": _stop((250.0, 2000.0, 2400.0), MIDDLE, 0.06, 0.14, 0.07),
    "f": Sound((350.0, 1000.0, 2300.0), 0.0, 0.07, ((6500.0, 5000.0),), duration=0.11),
    "s": Sound((350.0, 1750.0, 2600.0), 0.0, 0.20, SIBILANT, duration=0.12),
    "S": Sound((350.0, 1900.0, 2400.0), 0.0, 0.22, HUSH, duration=0.12),
    "h": Sound((0.0, 0.0, 0.0), 0.0, 0.10, ((900.0, 1200.0), (2500.0, 2000.0)),
               duration=0.08),
    "v": Sound((280.0, 1000.0, 2300.0), 0.20, 0.03, ((6500.0, 5000.0),),
               duration=0.075),
    "z": Sound((280.0, 1750.0, 2600.0), 0.16, 0.08, SIBILANT, duration=0.09),
    "Z": Sound((280.0, 1900.0, 2400.0), 0.16, 0.09, HUSH, duration=0.09),
    "m": Sound((250.0, 1000.0, 2200.0), 0.30, duration=0.085),
    "n": Sound((250.0, 1500.0, 2500.0), 0.30, duration=0.08),
    "l": Sound((350.0, 1200.0, 2700.0), 0.40, duration=0.075),
    "r": Sound((420.0, 1350.0, 2100.0), 0.12, duration=0.045),
    "j": Sound((270.0, 2250.0, 3000.0), 0.60, duration=0.07),
    "w": Sound((300.0, 650.0, 2200.0), 0.55, duration=0.07),
}  # fmt: skip


def speak(phonemes, durations, f0, sample_rate, *, rng, breath=0.004):
    """Say phonemes one after the other, at a pitch.

    Args:
      phonemes: symbols of `dsplab.synths.singing.phonemes`, or silence.
      durations: seconds of each.
      f0: Hz.
      sample_rate: Hz.
      rng: `numpy.random.Generator`, for hiss and the pitch's own unrest.
      breath: amplitude of the noise that a vowel has.

    Returns:
      Signal, (n_samples,), and the times at which each phoneme begins and the last
      ends.
    """
    edges = np.concatenate([[0.0], np.cumsum(durations)])
    t = np.arange(round(edges[-1] * sample_rate)) / sample_rate
    said = [_sound(p, phonemes, k) for k, p in enumerate(phonemes)]
    pulses = oscillator(f0 * _unrest(t, rng), sample_rate, shape="saw")
    level = _steps(t, edges, [s.voice for s in said], FADE)
    x = one_pole(pulses * level, DULL, sample_rate)
    white = rng.standard_normal(len(t))
    x = x + breath * _steps(t, edges, [p in VOWELS for p in phonemes], 0.03) * white
    y = formant_filter(x, _formants(t, edges, said), sample_rate)
    for k, sound in enumerate(said):
        y = y + _hiss(t, edges[k], edges[k + 1], sound, white, sample_rate)
    return LEVEL * y, edges


def _sound(phoneme, phonemes, k):
    """How it is said here: silence and h have the formants of a neighbour."""
    if phoneme in VOWELS:
        return Sound(tuple(vowel(phoneme).frequencies[:3]), 1.0)
    borrowed = [p for p in (*phonemes[k + 1 :], *phonemes[:k][::-1]) if p in VOWELS]
    near = tuple(vowel(borrowed[0]).frequencies[:3])
    if phoneme == SILENCE:
        return Sound(near, 0.0)
    sound = SOUNDS[phoneme]
    return sound if sound.formants[0] else sound._replace(formants=near)


def _unrest(t, rng):
    """The pitch of a voice that means to hold it: a few cents either way."""
    waves = rng.normal(0.0, 1.5, 3), rng.uniform(0.0, 1.0, 3), (0.9, 2.3, 4.1)
    cents = sum(
        depth * np.sin(2.0 * np.pi * (start + rate * t))
        for depth, start, rate in zip(*waves, strict=True)
    )
    return 2.0 ** (cents / 1200.0)


def _steps(t, edges, values, fade):
    """Values one after the other, each change a cosine around its edge."""
    curve = np.full(len(t), float(values[0]))
    for edge, before, after in zip(edges[1:], values[:-1], values[1:], strict=False):
        way = np.clip((t - edge) / fade + 0.5, 0.0, 1.0)
        curve = curve + (float(after) - before) * 0.5 * (1.0 - np.cos(np.pi * way))
    return curve


def _formants(t, edges, said):
    """Frequencies and bandwidths, (n_formants, n_samples): the tongue's way."""
    rows = [
        np.exp(_steps(t, edges, [np.log(s.formants[k]) for s in said], 2 * TRANSITION))
        for k in range(3)
    ]
    fixed = [np.full(len(t), f) for f in (*RING, *HIGHER)]
    widths = [*BANDWIDTHS, *(300.0 + 80.0 * np.arange(len(HIGHER)))]
    return np.stack(rows + fixed), np.array(widths)


def _hiss(t, begin, end, sound, white, sample_rate):
    """The noise of a consonant between two times, and the burst that opens a stop."""
    if not (sound.noise or sound.burst):
        return np.zeros(len(t))
    opens = begin + sound.closed * (end - begin)
    held = _steps(t, [0.0, begin, end], [0.0, sound.noise, 0.0], 0.016)
    bang = np.where(t >= opens, np.exp(-(t - opens) / 0.008), 0.0) * (t < end + 0.01)
    gain = held + sound.burst * bang
    place = np.flatnonzero(gain)
    part = slice(max(place[0] - 100, 0), place[-1] + 1)
    noise = (HISS * white * gain)[part]
    centres, widths = np.array(sound.hiss).T
    loud = np.ones(len(centres))
    y = np.zeros(len(t))
    y[part] = formant_filter(noise, (centres, widths), sample_rate, amplitudes=loud)
    return y
