"""Drum machine: every drum made of oscillators, noise, envelopes and filters.

Every drum is a function of white noise, whose shape, library and dtype the result has,
and of what a drum machine has knobs for: pitch in Hz, t60 (seconds in which the sound
falls by 60 dB), brightness, and what is special to it. Drums that do not hiss take the
noise for its length. Whole kits are in `drum_kits`, loops in `drum_loops`.
"""

import numpy as np

from dsplab._arguments import as_signal, positive
from dsplab._array import array_namespace
from dsplab.filters.design import second_order
from dsplab.filters.static import filter_signal
from dsplab.sources.envelopes import adsr, decay
from dsplab.sources.oscillators import oscillator

# Hz: six squares that fit together in no way, as in the TR-808
METAL = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)
HIGHEST = 0.45  # of the sample rate, for cutoffs


def kick(
    noise, sample_rate, *, pitch=50.0, sweep=3.0, sweep_t60=0.12, t60=0.6, click=0.2,
    drive=1.0,
):  # fmt: skip
    """Bass drum: a sine that falls in pitch, a click, and some overdrive.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: Hz at the end.
      sweep: how much higher it begins, in octaves.
      sweep_t60: seconds in which the sweep is over.
      t60: seconds of the tone.
      click: level of the beater.
      drive: 1 is clean, 4 a distorted techno drum.

    >>> kick(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, xp, fall = _prepare(noise, sample_rate)
    tone = _sweeping(noise, sample_rate, pitch, sweep, sweep_t60) * fall(t60)
    beater = _filtered("lowpass", noise * fall(0.02), 3500.0, sample_rate)
    drive = xp.asarray(drive, dtype=noise.dtype)
    return xp.tanh(drive * (tone + click * beater)) / xp.tanh(xp.maximum(drive, 1.0))


def snare(
    noise, sample_rate, *, pitch=185.0, t60=0.22, wires=0.7, wires_t60=0.28,
    brightness=1800.0,
):  # fmt: skip
    """Snare drum: two modes of the skin, and the wires that rattle below it.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: Hz of the lower mode.
      t60: seconds of the skin.
      wires: how much of the wires, 0 to 1.
      wires_t60: seconds of the wires.
      brightness: Hz above which the wires sound.

    >>> snare(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, _, fall = _prepare(noise, sample_rate)
    low = _sweeping(noise, sample_rate, pitch, 0.5, 0.06)
    high = _sweeping(noise, sample_rate, 1.78 * pitch, 0.4, 0.05)
    skin = (0.65 * low + 0.35 * high) * fall(t60)
    rattle = _filtered("highpass", noise, brightness, sample_rate) * fall(wires_t60)
    crack = _filtered("bandpass", noise * fall(0.03), 900.0, sample_rate)
    return (1.0 - wires) * skin + 0.75 * wires * rattle + 0.4 * crack


def hi_hat(
    noise, sample_rate, *, pitch=1.0, t60=0.12, metal=0.6, brightness=7000.0, attack=0.0
):
    """Hi-hat and cymbals: six squares out of tune and noise, only their treble.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: 1 for the squares of a TR-808, above for smaller cymbals.
      t60: seconds: 0.1 closed, 0.8 open, 3 a crash.
      metal: part of the squares against the noise, 0 to 1.
      brightness: Hz below which nothing sounds.
      attack: seconds.

    >>> hi_hat(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, _, fall = _prepare(noise, sample_rate)
    ring = _squares(noise, sample_rate, METAL, pitch) / len(METAL)
    x = metal * ring + 0.6 * (1.0 - metal) * noise
    x = _filtered("highpass", x, brightness, sample_rate, q=1.0)
    x = _filtered("highpass", x, 0.8 * brightness, sample_rate)
    return 2.0 * x * fall(t60) * _rise(noise, sample_rate, attack)


def clap(noise, sample_rate, *, pitch=1100.0, t60=0.35, hands=4, spread=0.01):
    """Hand clap: bursts of noise shortly one after the other, the last rings on.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: Hz of the hollow between the hands.
      t60: seconds of the last burst.
      hands: bursts.
      spread: seconds from burst to burst.

    >>> clap(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, xp, fall = _prepare(noise, sample_rate)
    t = np.arange(noise.shape[-1]) / sample_rate
    since = t - spread * np.minimum(np.floor(t / spread + 1e-9), hands - 1)
    bursts = np.where(t < (hands - 1) * spread, 10.0 ** (-3.0 * since / 0.03), 0.0)
    ring = np.where(t < (hands - 1) * spread, 0.0, 10.0 ** (-3.0 * since / t60))
    x = _filtered("bandpass", noise, pitch, sample_rate, q=1.6)
    x = _filtered("highpass", x, 0.5 * pitch, sample_rate)
    return 2.2 * x * xp.asarray(bursts + ring, dtype=noise.dtype)


def tom(noise, sample_rate, *, pitch=110.0, sweep=0.6, t60=0.5, skin=0.15):
    """Tom-tom: a skin whose pitch falls a little, with its second mode.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: Hz.
      sweep: octaves by which it begins higher.
      t60: seconds.
      skin: level of the stick's noise.

    >>> tom(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, _, fall = _prepare(noise, sample_rate)
    tone = _sweeping(noise, sample_rate, pitch, sweep, 0.2) * fall(t60)
    second = _sweeping(noise, sample_rate, 1.594 * pitch, sweep, 0.2) * fall(0.5 * t60)
    stick = _filtered("bandpass", noise * fall(0.05), 8.0 * pitch, sample_rate)
    return 0.8 * tone + 0.2 * second + skin * stick


def rim(noise, sample_rate, *, pitch=480.0, t60=0.06, click=0.5):
    """Rim shot, side stick: two high short tones and a click.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: Hz of the lower tone.
      t60: seconds.
      click: level of the stick.

    >>> rim(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, _, fall = _prepare(noise, sample_rate)
    low = _sweeping(noise, sample_rate, pitch, 0.0, 0.1)
    high = _sweeping(noise, sample_rate, 3.5 * pitch, 0.0, 0.1)
    stick = _filtered("bandpass", noise * fall(0.01), 3000.0, sample_rate)
    return (0.6 * low + 0.4 * high) * fall(t60) + click * stick


def cowbell(noise, sample_rate, *, pitch=540.0, t60=0.5):
    """Cowbell: two squares, 540 and 800 Hz in the TR-808, through one bandpass.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      pitch: Hz of the lower square.
      t60: seconds after the strike.

    >>> cowbell(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, _, fall = _prepare(noise, sample_rate)
    x = _squares(noise, sample_rate, (1.0, 1.4815), pitch)
    x = _filtered("bandpass", x, 1.55 * pitch, sample_rate, q=1.5)
    return x * (0.35 * fall(0.08) + 0.25 * fall(t60))


def shaker(noise, sample_rate, *, brightness=5500.0, t60=0.12, attack=0.02):
    """Shaker, cabasa: a grain of noise that swells.

    Args:
      noise: white noise, (..., n_samples).
      sample_rate: Hz.
      brightness: Hz below which nothing sounds.
      t60: seconds.
      attack: seconds.

    >>> shaker(np.zeros(4000), 8000).shape
    (4000,)
    """
    noise, _, fall = _prepare(noise, sample_rate)
    x = _filtered("highpass", noise, brightness, sample_rate, q=1.2)
    return 0.6 * x * fall(t60) * _rise(noise, sample_rate, attack)


def _prepare(noise, sample_rate):
    """The noise, its library, and a function: what falls by 60 dB in t60."""
    noise = as_signal(noise, name="noise")
    positive(sample_rate, name="sample_rate")
    xp = array_namespace(noise)

    def fall(t60):
        t60 = xp.asarray(t60, dtype=noise.dtype)
        return decay(t60, noise.shape[-1], sample_rate)

    return noise, xp, fall


def _sweeping(noise, sample_rate, pitch, octaves, t60):
    """A sine whose pitch comes down to its own."""
    _, xp, fall = _prepare(noise, sample_rate)
    frequency = pitch * 2.0 ** (octaves * fall(t60))
    return oscillator(frequency + xp.zeros_like(noise), sample_rate)


def _squares(noise, sample_rate, ratios, pitch):
    """The sum of square waves, as long as the noise."""
    xp, n = array_namespace(noise, pitch), noise.shape[-1]
    f = xp.asarray(ratios, dtype=noise.dtype)[:, None] * xp.ones(n, dtype=noise.dtype)
    return oscillator(f * pitch, sample_rate, shape="square").sum(axis=-2)


def _filtered(kind, x, cutoff, sample_rate, *, q=0.7071):
    xp = array_namespace(x, cutoff)
    cutoff = xp.minimum(xp.asarray(cutoff, dtype=x.dtype), HIGHEST * sample_rate)
    return filter_signal(x, *second_order(kind, cutoff, sample_rate, q=q))


def _rise(noise, sample_rate, attack):
    """From 0 to 1 in the attack."""
    xp, n = array_namespace(noise), noise.shape[-1]
    long = xp.asarray(n / sample_rate, dtype=noise.dtype)
    return adsr(long, n, sample_rate, attack=attack, sustain=1.0, attack_curve=0.0)
