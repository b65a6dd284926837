"""Formants: the resonances of a throat, by which one vowel differs from another."""

from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, one_of, positive, require
from dsplab._array import array_namespace, linear_recursion

# Hz of the first three formants, averages over 33 men, 28 women and 15 children
_MEASURED = {
    "man": """i 270 2290 3010, I 390 1990 2550, e 530 1840 2480, ae 660 1720 2410,
        a 730 1090 2440, o 570 840 2410, U 440 1020 2240, u 300 870 2240,
        V 640 1190 2390, er 490 1350 1690""",
    "woman": """i 310 2790 3310, I 430 2480 3070, e 610 2330 2990, ae 860 2050 2850,
        a 850 1220 2810, o 590 920 2710, U 470 1160 2680, u 370 950 2670,
        V 760 1400 2780, er 500 1640 1960""",
    "child": """i 370 3200 3730, I 530 2730 3600, e 690 2610 3570, ae 1010 2320 3320,
        a 1030 1370 3170, o 680 1060 3180, U 560 1410 3310, u 430 1170 3260,
        V 850 1590 3360, er 560 1820 2160""",
}
# the fourth and fifth say who speaks, not what: those of an even tube of the speaker's
# length, 7 and 9 quarters of a wave (17.5, 14.7 and 12.5 cm at 350 m/s)
_TUBE = {"man": 500.0, "woman": 595.0, "child": 700.0}
BANDWIDTHS = (60.0, 90.0, 150.0, 200.0, 250.0)  # Hz
VOICES = tuple(_MEASURED)


def _read(text):
    rows = (row.split() for row in text.split(","))
    return {name: tuple(map(float, numbers)) for name, *numbers in rows}


_VOWELS = {voice: _read(text) for voice, text in _MEASURED.items()}
VOWELS = tuple(_VOWELS["man"])


class Formants(NamedTuple):
    """Resonances, lowest first: arrays (n_formants,) or (n_formants, n_samples), Hz."""

    frequencies: Any
    bandwidths: Any


def vowel(name, *, voice="man"):
    """The formants of an American English vowel.

    Args:
      name: of the words heed i, hid I, head e, had ae, hod a, hawed o, hood U, who'd u,
        hud V, heard er.
      voice: "man", "woman" or "child".

    Returns:
      `Formants` of five resonances, shapes (5,): three measured, two of a plain tube.

    Reference:
      G. E. Peterson and H. L. Barney, Control methods used in a study of the vowels,
      JASA 24, 1952, table II: the averages. All 90 agree with two complete copies of
      the table, and each lies within 2.7 % of the mean over the speakers in the list of
      1520 single measurements that Praat carries. Bandwidths are typical of those in
      D. H. Klatt, Software for a cascade/parallel formant synthesizer, JASA 67, 1980.

    >>> print(vowel("a").frequencies)
    [ 730. 1090. 2440. 3500. 4500.]
    """
    one_of(voice, VOICES, name="voice")
    three = _VOWELS[voice][one_of(name, VOWELS, name="name")]
    tube = _TUBE[voice]
    frequencies = np.array([*three, 7.0 * tube, 9.0 * tube])
    return Formants(frequencies, np.array(BANDWIDTHS) * (tube / _TUBE["man"]))


def vowel_curve(vowels, position, *, voice="man"):
    """Move from vowel to vowel along a curve: diphthongs, wah, talking chords.

    Each formant goes in equal musical intervals, its bandwidth in equal steps.

    Args:
      vowels: names of two or more, as for `vowel`.
      position: curve, shape (n_samples,): 0 is the first vowel, 1 the second, 1.5
        halfway from the second to the third; held at the ends.
      voice: "man", "woman" or "child".

    Returns:
      `Formants` of shapes (5, n_samples).

    >>> curve = vowel_curve(["a", "i"], np.array([0.0, 0.5, 1.0]))
    >>> print(curve.frequencies[0].round(1))
    [730. 444. 270.]
    """
    position = as_signal(position, name="position", ndim=1)
    if isinstance(vowels, str) or len(vowels) < 2:
        raise ValueError(f"vowels must be two names or more, got {vowels!r}")
    xp, dtype = array_namespace(position), position.dtype
    stops = [vowel(name, voice=voice) for name in vowels]
    at = xp.clip(position, 0.0, len(stops) - 1.0)
    # a hat around each vowel: 1 there, 0 at its neighbours
    hats = xp.stack([xp.maximum(1.0 - abs(at - k), 0.0) for k in range(len(stops))])
    pitches, widths = (
        xp.asarray(np.stack(rows, axis=-1), dtype=dtype) @ hats
        for rows in (
            [np.log2(stop.frequencies) for stop in stops],
            [stop.bandwidths for stop in stops],
        )
    )
    return Formants(2.0**pitches, widths)


def resonator(x, frequency, sample_rate, *, bandwidth):
    """Ring at a frequency: one formant.

        y[n] = A x[n] + B y[n-1] + C y[n-2]
        C = -exp(-2 pi bandwidth / sample_rate),  A = 1 - B - C  (gain 1 at 0 Hz)
        B = 2 exp(-pi bandwidth / sample_rate) cos(2 pi frequency / sample_rate)

    Args:
      x: signal, shape (..., n_samples).
      frequency: Hz; a number, or a curve that broadcasts to x.
      sample_rate: Hz.
      bandwidth: Hz between the points 3 dB below the peak; a number or a curve.

    Returns:
      Signal like x.

    Reference:
      D. H. Klatt, Software for a cascade/parallel formant synthesizer, JASA 67, 1980.

    >>> print(resonator(np.ones(2000), 700.0, 8000, bandwidth=60.0)[-1].round(6))
    1.0
    """
    x = as_signal(x)
    frequency = _curve(frequency, x, "frequency")
    bandwidth = _curve(bandwidth, x, "bandwidth")
    return _resonate(x, frequency, bandwidth, sample_rate)


def _resonate(x, frequency, bandwidth, sample_rate):
    positive(sample_rate, name="sample_rate")
    require(bandwidth > 0.0, "bandwidth must be positive")
    xp = array_namespace(x, frequency, bandwidth)
    decay = xp.exp(-np.pi / sample_rate * bandwidth)
    b = 2.0 * decay * xp.cos(2.0 * np.pi / sample_rate * frequency)
    c = -decay * decay
    return linear_recursion([-b, -c], (1.0 - b - c) * x)


def formant_filter(x, formants, sample_rate, *, amplitudes=None):
    """Make a buzz speak: filter by several formants that may move at every sample.

    In a row, as in a throat, the levels follow from the frequencies by themselves (a
    vowel is right at once). Side by side each has the level you give it; neighbours are
    added with opposite signs, as their phases differ by half a turn between them.

    Args:
      x: signal, shape (..., n_samples): a voice's pulses, a saw, noise.
      formants: `Formants`, or a pair (frequencies, bandwidths) in Hz, each of shape
        (n_formants,) or (n_formants, n_samples).
      sample_rate: Hz. Formants at or above half of it are left out.
      amplitudes: None: in a row. For side by side one for each peak, shape
        (n_formants,) or (n_formants, n_samples).

    Returns:
      Signal like x; in a row the gain at 0 Hz is 1, side by side it is amplitudes at
      the peaks.

    Reference:
      D. H. Klatt, Software for a cascade/parallel formant synthesizer, JASA 67, 1980.

    >>> x = np.eye(1, 400)[0]
    >>> formant_filter(x, vowel("a"), 16000).shape
    (400,)
    """
    x = as_signal(x)
    frequencies, bandwidths = (
        _rows(part, x, name)
        for part, name in zip(formants, Formants._fields, strict=True)
    )
    if len(frequencies) != len(bandwidths):
        raise ValueError("formants must have as many bandwidths as frequencies")
    half = positive(sample_rate, name="sample_rate") / 2.0
    levels = None if amplitudes is None else _rows(amplitudes, x, "amplitudes")
    if levels is not None and len(levels) != len(frequencies):
        raise ValueError("amplitudes must be one for each formant")
    y = x if levels is None else 0.0 * x
    for k, (frequency, bandwidth) in enumerate(
        zip(frequencies, bandwidths, strict=True)
    ):
        xp = array_namespace(x, frequency)
        audible = frequency < half
        part = _resonate(y if levels is None else x, xp.minimum(frequency, half),
                         bandwidth, sample_rate)  # fmt: skip
        if levels is None:
            y = xp.where(audible, part, y)
        else:
            peak = _peak_gain(frequency, bandwidth, sample_rate)
            sign = -1.0 if k % 2 else 1.0
            y = y + xp.where(audible, sign * levels[k] / peak * part, 0.0 * x)
    return y


def _peak_gain(frequency, bandwidth, sample_rate):
    """|A / (1 - B z^-1 - C z^-2)| at the resonance."""
    xp = array_namespace(frequency, bandwidth)
    decay = xp.exp(-np.pi / sample_rate * bandwidth)
    angle = 2.0 * np.pi / sample_rate * frequency
    still = 1.0 - 2.0 * decay * xp.cos(angle) + decay**2
    turned = 1.0 - 2.0 * decay * xp.cos(2.0 * angle) + decay**2
    return still / ((1.0 - decay) * xp.sqrt(turned))


def _curve(values, x, name):
    values = as_values(values, name=name)
    if values.shape not in ((), (1,), x.shape[-1:], x.shape):
        raise ValueError(
            f"{name} must be a number or have shape {x.shape}, got {values.shape}"
        )
    return array_namespace(x, values).asarray(values, dtype=x.dtype)


def _rows(values, x, name):
    """One number or curve for each formant."""
    values = as_values(values, name=name)
    if values.ndim not in (1, 2) or values.shape[1:] not in ((), (1,), x.shape[-1:]):
        raise ValueError(
            f"{name} must have shape (n_formants,) or (n_formants, {x.shape[-1]}), got "
            f"{values.shape}"
        )
    values = array_namespace(x, values).asarray(values, dtype=x.dtype)
    return [values[k] for k in range(values.shape[0])]
