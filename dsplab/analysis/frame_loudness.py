"""Loudness from moment to moment, weighted as the ear is: what learned models hear.

a_weighting_db   how much less than 1 kHz a frequency counts
frame_loudness   decibels of each frame, as DDSP takes them
"""

import numpy as np

from dsplab._arguments import as_values, one_of, positive
from dsplab._array import array_namespace
from dsplab.analysis._spectrum import bin_frequencies, framewise

POLES = 20.598997, 107.65265, 737.86223, 12194.217  # Hz, of the standard's filter
LEAST_POWER = 1e-40


def a_weighting_db(frequency):
    """A-weighting: how much a frequency counts beside 1 kHz, dB.

        R = f^4 p4^2 / ((f^2 + p1^2) sqrt((f^2 + p2^2) (f^2 + p3^2)) (f^2 + p4^2)),
        A = 20 log10 R / R(1 kHz)

    Args:
      frequency: Hz, any shape.

    Returns:
      dB, of the shape of frequency; at least -80, which is what 0 Hz has.

    Reference:
      IEC 61672-1, "Sound level meters", 2013, annex E.

    >>> a_weighting_db([100.0, 1000.0, 10000.0]).round(1).tolist()
    [-19.1, 0.0, -2.5]
    """
    frequency = as_values(frequency, name="frequency")
    xp = array_namespace(frequency)
    f = xp.maximum(xp.abs(frequency), 1e-3)
    db = 20.0 * (_log_response(f, xp) - _log_response(np.float64(1000.0), np))
    return xp.maximum(db, -80.0).astype(frequency.dtype)


def _log_response(f, xp):
    """log10 R, from logarithms: f^8 would not fit into float32."""
    p1, p2, p3, p4 = (xp.log10((f / p) ** 2 + 1.0) for p in POLES)
    return 4.0 * xp.log10(f) - p1 - 0.5 * (p2 + p3) - p4


def frame_loudness(
    x,
    sample_rate,
    *,
    n_fft=2048,
    hop_length=None,
    reference_db=20.7,
    range_db=120.0,
    average="decibels",
):
    """Loudness of each moment, A-weighted: the curve a DDSP model is given.

        decibels:  mean_k max(20 log10 |X_k| + A(f_k) - reference, -range)
        power:     max(10 log10 mean_k(|X_k|^2 10^(A(f_k) / 10)) - reference, -range)

    The first weighs every bin alike, so that a change of noise between the harmonics
    shows as much as one of the harmonics; the second is the level of the A-weighted
    sound, which its loudest partials decide.

    Args:
      x: signal, (..., n_samples).
      sample_rate: Hz.
      n_fft: samples in a frame.
      hop_length: samples between frames; by default 4 ms, 250 frames a second.
      reference_db: what is called 0 dB. 20.7 is about white noise that fills
        -1 to 1 evenly.
      range_db: lowest value below it.
      average: "decibels" or "power".

    Returns:
      dB, (..., n_frames), frame m centred on sample m hop_length.

    Raises:
      ValueError: if average is unknown, or another argument out of range.

    Reference:
      Engel et al., "DDSP: differentiable digital signal processing", ICLR 2020, whose
      library has the first form with these values and later the second, with n_fft 512,
      reference 0 and range 80. Its frames of the first form begin at m hop_length.

    >>> noise = np.random.default_rng(0).uniform(-1.0, 1.0, 16000)
    >>> bool(abs(frame_loudness(noise, 16000)[20:-20].mean()) < 3.0)
    True
    """
    positive(sample_rate, name="sample_rate")
    positive(range_db, name="range_db")
    reference_db = float(as_values(reference_db, name="reference_db"))
    one_of(average, ("decibels", "power"), name="average")
    if hop_length is None:
        hop_length = max(round(0.004 * sample_rate), 1)

    def level(power):
        xp = array_namespace(power)
        weight_db = a_weighting_db(bin_frequencies(sample_rate, n_fft, power))
        if average == "power":
            mean = (power * 10.0 ** (weight_db / 10.0)).mean(axis=-1, keepdims=True)
            return (xp.maximum(_db(mean) - reference_db, -range_db),)
        each = xp.maximum(_db(power) + weight_db - reference_db, -range_db)
        return (each.mean(axis=-1, keepdims=True),)

    return framewise(level, x, n_fft, hop_length)[0][..., 0]


def _db(power):
    xp = array_namespace(power)
    least = max(LEAST_POWER, float(np.finfo(power.dtype).tiny))
    return 10.0 * xp.log10(xp.maximum(power, least))
