"""Sounds that are no notes: what a producer calls effects.

Each is a function (rng, t, sample_rate) of its own parameters, drawn by chance, and t,
seconds from 0 to the end of the bar, where it comes to rest.
"""

import numpy as np

from dsplab.filters.time_varying import state_variable
from dsplab.sources.phasor import phase


def _white(rng, t):
    return rng.uniform(-1.0, 1.0, len(t))


def _sine(frequency, sample_rate):
    return np.sin(2.0 * np.pi * phase(frequency, sample_rate))


def _band(x, cutoff, sample_rate, q):
    return state_variable(x, cutoff, sample_rate, kind="bandpass", q=q)


def riser(rng, t, sample_rate):
    """Noise and tones that climb, ever louder, to the next bar."""
    u = t / t[-1]
    low, octaves = rng.uniform(150.0, 500.0), rng.uniform(2.0, 4.0)
    f = low * 2.0 ** (octaves * u)
    tone = rng.uniform(0.0, 0.5) * _sine(f, sample_rate)
    wind = _band(_white(rng, t), f, sample_rate, rng.uniform(0.7, 4.0))
    return (wind + tone) * u ** rng.uniform(1.0, 2.5)


def fall(rng, t, sample_rate):
    """Noise that falls from above and dies away."""
    return riser(rng, t, sample_rate)[::-1]


def impact(rng, t, sample_rate):
    """A boom: a tone that drops, and a cloud of noise."""
    f = rng.uniform(30.0, 50.0) * (1.0 + rng.uniform(2.0, 6.0) * np.exp(-t * 18.0))
    boom = _sine(f, sample_rate) * np.exp(-t * rng.uniform(1.5, 5.0))
    cutoff = 200.0 + rng.uniform(1500.0, 6000.0) * np.exp(-t * rng.uniform(2.0, 8.0))
    cloud = state_variable(_white(rng, t), cutoff, sample_rate)
    return boom + rng.uniform(0.3, 1.0) * cloud * np.exp(-t * rng.uniform(1.5, 4.0))


def laser(rng, t, sample_rate):
    """Chirps that fall, again and again."""
    period = rng.choice([0.125, 0.25, 0.375, 0.5])
    since = t % period
    f = 100.0 + rng.uniform(1500.0, 5000.0) * np.exp(-since * rng.uniform(8.0, 30.0))
    return _sine(f, sample_rate) * np.exp(-since * rng.uniform(4.0, 15.0))


def siren(rng, t, sample_rate):
    """A tone that goes up and down like an alarm."""
    swing = np.sin(2.0 * np.pi * rng.choice([0.5, 1.0, 2.0, 4.0]) * t)
    if rng.random() < 0.4:
        swing = np.sign(swing)
    f = rng.uniform(400.0, 1200.0) * 2.0 ** (rng.uniform(0.2, 0.8) * swing)
    x = _sine(f, sample_rate)
    return np.tanh(rng.uniform(1.0, 6.0) * x)


def crackle(rng, t, sample_rate):
    """Dust on a record, with hiss."""
    n = rng.poisson(rng.uniform(20.0, 150.0))
    clicks = np.zeros(len(t))
    clicks[rng.integers(len(t), size=n)] += rng.standard_t(2.0, n)
    cutoff = rng.uniform(1500.0, 5000.0)
    clicks = _band(clicks, cutoff, sample_rate, rng.uniform(0.5, 2.0))
    hiss = _band(_white(rng, t), rng.uniform(2000.0, 6000.0), sample_rate, 0.5)
    return clicks / max(abs(clicks).max(), 1e-9) + rng.uniform(0.003, 0.06) * hiss


def whoosh(rng, t, sample_rate):
    """Something that passes by: noise that swells, and falls in pitch."""
    n = int(rng.choice([1, 1, 2]))
    u = (t * n / t[-1]) % 1.0
    f = rng.uniform(800.0, 3000.0) * 2.0 ** (rng.uniform(-2.5, 1.5) * (u - 0.5))
    swell = np.exp(-(((u - rng.uniform(0.4, 0.7)) / rng.uniform(0.1, 0.25)) ** 2))
    return _band(_white(rng, t), f, sample_rate, rng.uniform(0.5, 3.0)) * swell


def computer(rng, t, sample_rate):
    """Beeps of random pitch, in random places, as machines talk in films."""
    step = rng.choice([0.0625, 0.125])
    n = int(np.ceil(t[-1] / step)) + 1
    pitches = rng.uniform(200.0, 600.0, n) + 3000.0 * rng.random(n) ** 2
    loud = rng.random(n) < rng.uniform(0.4, 1.0)
    k = (t / step).astype(int)
    x = _sine(pitches[k], sample_rate) * loud[k]
    return x * np.exp(-(t % step) * rng.uniform(2.0, 30.0))


def scratch(rng, t, sample_rate):
    """A record moved by hand: a buzz whose speed goes to and fro."""
    period = rng.choice([0.25, 0.5])
    speed = np.sin(2.0 * np.pi * t / period) * np.sin(2.0 * np.pi * t / (3.0 * period))
    f = 40.0 + rng.uniform(300.0, 900.0) * abs(speed)
    x = np.tanh(4.0 * _sine(f, sample_rate)) + 0.7 * _white(rng, t)
    cutoff = 300.0 + rng.uniform(2000.0, 5000.0) * abs(speed)
    return _band(x, cutoff, sample_rate, 1.0) * abs(speed) ** 0.5


def wind(rng, t, sample_rate):
    """Noise with a whistle in it that wanders."""
    wander = sum(
        rng.uniform(0.2, 1.0) * np.sin(2.0 * np.pi * (k * t / t[-1] + rng.random()))
        for k in range(1, 4)
    )
    f = rng.uniform(300.0, 1000.0) * 2.0 ** (0.7 * wander)
    return _band(_white(rng, t), f, sample_rate, rng.uniform(3.0, 12.0))


def robot(rng, t, sample_rate):
    """Noise in pulses through two resonances that jump: a machine's murmur."""
    rate = rng.choice([8.0, 16.0]) * 0.5
    k = (t * rate).astype(int)
    places = rng.uniform(300.0, 3000.0, (2, k[-1] + 1))
    buzz = np.sign(_sine(np.full(len(t), rng.uniform(50.0, 120.0)), sample_rate))
    x = buzz + 0.3 * _white(rng, t)
    x = sum(_band(x, row[k], sample_rate, 8.0) for row in places)
    return x * (rng.random(k[-1] + 1) < 0.8)[k]


def pulse(rng, t, sample_rate):
    """Noise chopped in time with the beat by an opening filter."""
    period = rng.choice([0.125, 0.25, 0.5])
    u = (t % period) / period
    shape = u if rng.random() < 0.5 else 1.0 - u
    cutoff = 200.0 * 2.0 ** (rng.uniform(2.0, 5.0) * shape)
    noise = state_variable(_white(rng, t), cutoff, sample_rate, q=rng.uniform(0.7, 5.0))
    return noise * shape


# from number 140 on, in this order: see `instruments`
NOISES = (
    riser, fall, impact, laser, siren, crackle, whoosh, computer, scratch, wind,
    robot, pulse,
)  # fmt: skip
