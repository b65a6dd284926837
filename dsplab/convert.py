"""Units of music and of signals, and what turns one into the other.

All functions take numbers, lists or arrays (NumPy or JAX) of any shape and keep it.
A note number counts semitones: 69 is A4, 440 Hz; 60 is middle C.
"""

import math

from dsplab._arguments import as_values, one_of, positive, require_finite
from dsplab._array import array_namespace


def midi_to_hz(note, *, tuning=440.0):
    """Frequency in Hz of a MIDI note number (fractions allowed): tuning 2^((n-69)/12).

    >>> float(midi_to_hz(69))
    440.0
    """
    return positive(tuning, name="tuning") * 2.0 ** ((_real(note, "note") - 69.0) / 12)


def hz_to_midi(frequency, *, tuning=440.0):
    """MIDI note number (fractional) of a frequency in Hz.

    Raises:
      ValueError: if a frequency is not positive.

    >>> float(hz_to_midi(880.0))
    81.0
    """
    frequency = _positive(frequency, "frequency")
    xp = array_namespace(frequency)
    return 69.0 + 12.0 * xp.log2(frequency / positive(tuning, name="tuning"))


def cents_to_ratio(cents):
    """Frequency ratio of an interval in cents; 1200 cents are an octave.

    >>> float(cents_to_ratio(1200))
    2.0
    """
    return 2.0 ** (_real(cents, "cents") / 1200.0)


def ratio_to_cents(ratio):
    """Interval in cents of a frequency ratio.

    >>> float(ratio_to_cents(2))
    1200.0
    """
    ratio = _positive(ratio, "ratio")
    return 1200.0 * array_namespace(ratio).log2(ratio)


def amplitude_to_db(amplitude, *, floor_db=-120.0):
    """Decibels of an amplitude, 20 log10 |a|, with nothing below floor_db.

    >>> float(amplitude_to_db(0.1))
    -20.0
    """
    xp, amplitude = _namespace_and_values(amplitude, "amplitude")
    floor = 10.0 ** (_number(floor_db, "floor_db") / 20.0)
    return 20.0 * xp.log10(xp.maximum(xp.abs(amplitude), floor))


def db_to_amplitude(db):
    """Amplitude of a level in decibels, 10^(db/20).

    >>> float(db_to_amplitude(-20))
    0.1
    """
    return 10.0 ** (_real(db, "db") / 20.0)


def power_to_db(power, *, floor_db=-120.0):
    """Decibels of a power, 10 log10 p, with nothing below floor_db.

    >>> float(power_to_db(0.01))
    -20.0
    """
    xp, power = _namespace_and_values(power, "power")
    floor = 10.0 ** (_number(floor_db, "floor_db") / 10.0)
    return 10.0 * xp.log10(xp.maximum(power, floor))


def db_to_power(db):
    """Power of a level in decibels, 10^(db/10).

    >>> float(db_to_power(-20))
    0.01
    """
    return 10.0 ** (_real(db, "db") / 10.0)


def seconds_to_samples(seconds, *, sample_rate):
    """Nearest whole number of samples in a duration.

    >>> int(seconds_to_samples(0.5, sample_rate=44100))
    22050
    """
    xp, seconds = _namespace_and_values(seconds, "seconds")
    rate = positive(sample_rate, name="sample_rate")
    return xp.round(seconds * rate).astype(int)


def samples_to_seconds(samples, *, sample_rate):
    """Duration in seconds of a number of samples.

    >>> float(samples_to_seconds(22050, sample_rate=44100))
    0.5
    """
    return _real(samples, "samples") / positive(sample_rate, name="sample_rate")


def frames_to_samples(frames, *, hop_length):
    """Sample at the centre of each frame of a centred STFT.

    >>> int(frames_to_samples(3, hop_length=512))
    1536
    """
    xp, frames = _namespace_and_values(frames, "frames")
    return xp.round(frames * positive(hop_length, name="hop_length")).astype(int)


def samples_to_frames(samples, *, hop_length):
    """The last frame of a centred STFT whose centre is at or before each sample.

    >>> int(samples_to_frames(1600, hop_length=512))
    3
    """
    xp, samples = _namespace_and_values(samples, "samples")
    hop_length = positive(hop_length, name="hop_length")
    return xp.floor_divide(samples, hop_length).astype(int)


# Slaney's mel: linear to 1000 Hz (15 mel), logarithmic above, 27 mel for a factor 6.4
_BREAK_HZ, _BREAK_MEL, _HZ_PER_MEL, _OCTAVES = 1000.0, 15.0, 200.0 / 3.0, 27.0


def hz_to_mel(frequency, *, scale="slaney"):
    """Mel of a frequency in Hz.

    Args:
      frequency: Hz, at least 0, any shape.
      scale: "slaney" (Auditory Toolbox; librosa's default): linear below 1 kHz and
        logarithmic above; or "htk": 2595 log10(1 + f / 700).

    Raises:
      ValueError: if a frequency is negative or the scale is unknown.

    >>> float(hz_to_mel(1000.0))
    15.0
    """
    xp, frequency = _namespace_and_values(frequency, "frequency")
    one_of(scale, ("slaney", "htk"), name="scale")
    if scale == "htk":
        return 2595.0 * xp.log10(1.0 + frequency / 700.0)
    above = xp.maximum(frequency, _BREAK_HZ) / _BREAK_HZ
    above = _BREAK_MEL + _OCTAVES * xp.log(above) / math.log(6.4)
    return xp.where(frequency < _BREAK_HZ, frequency / _HZ_PER_MEL, above)


def mel_to_hz(mel, *, scale="slaney"):
    """Frequency in Hz of a mel; inverse of `hz_to_mel`.

    >>> float(mel_to_hz(15.0))
    1000.0
    """
    xp, mel = _namespace_and_values(mel, "mel")
    one_of(scale, ("slaney", "htk"), name="scale")
    if scale == "htk":
        return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)
    above = _BREAK_HZ * 6.4 ** ((xp.maximum(mel, _BREAK_MEL) - _BREAK_MEL) / _OCTAVES)
    return xp.where(mel < _BREAK_MEL, mel * _HZ_PER_MEL, above)


def _real(x, name):
    return as_values(x, name=name)


def _positive(x, name):
    x = as_values(x, name=name)
    logarithm_needs = array_namespace(x).where(x > 0, x, float("nan"))
    try:
        require_finite(logarithm_needs, name=name)
    except ValueError:
        raise ValueError(f"{name} must be positive, got {x.min()}") from None
    return x


def _number(x, name):
    return float(as_values(x, name=name))


def _namespace_and_values(x, name):
    x = as_values(x, name=name)
    return array_namespace(x), x
