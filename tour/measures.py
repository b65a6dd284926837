"""The figures of the page: what is measured, and how it is written."""

from __future__ import annotations

import dataclasses
import time

import numpy as np
import scipy.signal

from dsplab.analysis.comparison import (
    cents_between,
    log_spectral_distance,
    spectral_convergence,
)
from dsplab.analysis.onsets import onset_error, onset_times, pre_echo_db
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import power_to_db
from dsplab.spectral import stft
from tour.pictures import Curve
from tour.records import Figure

HIGHPASS = 1500.0  # Hz; hits are found above the notes
FEWEST = 3  # hits or frames with a pitch below which nothing is claimed


def number(value, digits=3):
    """A number with so many significant digits, and no exponent.

    >>> number(0.01234), number(84.06), number(1800.0)
    ('0.0123', '84.1', '1\u2009800')
    """
    if not np.isfinite(value):
        return "none"
    if value == 0 or abs(value) < 1e-9:
        return "0"
    places = digits - 1 - int(np.floor(np.log10(abs(value))))
    text = f"{round(value, places):,.{max(places, 0)}f}"
    return text.replace(",", "\u2009").replace("-", "\u2212")


def timed(f, *arguments, **options):
    """The result of f, and how many seconds it takes once it is warm."""
    f(*arguments, **options)
    start = time.perf_counter()
    y = f(*arguments, **options)
    return y, time.perf_counter() - start


def speed(seconds_of_sound, seconds):
    """Seconds of sound made in a second."""
    return Figure("Speed", number(seconds_of_sound / seconds), "× real time")


def db(label, ratio, how=""):
    """An error, relative to what it should be, in dB."""
    level = max(20.0 * np.log10(max(float(ratio), 1e-16)), -320.0)
    return Figure(label, number(level), "dB", how)


def error_db(x, y):
    """Energy of y - x beside that of x, as an amplitude ratio."""
    return float(np.linalg.norm(y - x) / max(np.linalg.norm(x), 1e-30))


def track(sound, *, f_min=70.0, f_max=1000.0):
    """Pitch of a sound's mean channel, every 10 ms."""
    f_max = min(f_max, sound.sample_rate / 4)
    options = {"f_min": f_min, "f_max": f_max}
    return autocorrelation_pitch(sound.mono, sample_rate=sound.sample_rate, **options)


def pitch_figure(sound, y, *, rate=1.0, ratio=1.0):
    """How far the pitch of y is from that of the sound at the same moment, times ratio.

    Against the score where there is one, else against the track of the sound itself.
    """
    heard = track(
        y, f_min=max(40.0, 70.0 * min(ratio, 1.0)), f_max=1000.0 * max(ratio, 1.0)
    )
    when = heard.times * rate
    if sound.f0 is not None:
        wanted, how = sound.f0(when), "median, against the score"
    else:
        before = track(sound)
        wanted = np.interp(when, before.times, before.f0)
        how = "median, against the input"
    return cents_figure("Pitch error", heard.f0, ratio * wanted, how)


def cents_figure(label, f0, wanted, how="median"):
    """The median distance of a pitch track from the wanted one."""
    cents = np.abs(cents_between(f0, wanted))
    cents = cents[np.isfinite(cents)]
    if cents.size < FEWEST:
        return Figure(label, "none", "", "no steady pitch in this sound")
    return Figure(label, number(np.median(cents), 2), "cents", how)


def renamed(figure, label):
    """The same figure under another label."""
    return dataclasses.replace(figure, label=label)


def loudest(sound, *, seconds=0.1):
    """When the loudest tenth of a second is, in the first two thirds of the sound."""
    n = max(1, round(seconds * sound.sample_rate))
    x = sound.mono[: 2 * sound.mono.size // 3]
    power = np.square(x[: x.size // n * n]).reshape(-1, n).mean(axis=1)
    return (int(np.argmax(power)) + 0.5) * seconds


def hits(sound):
    """Times of the hits: from the score, else found."""
    if sound.hits is not None:
        return sound.hits
    return onset_times(sound.mono, sample_rate=sound.sample_rate)


def onset_figures(sound, y, *, rate):
    """How far attacks are from where they belong, and how much sounds before them."""
    onsets = hits(sound)
    onsets = onsets[(onsets > 0.06) & (onsets < sound.duration - 0.15)]
    options = {
        "sample_rate": sound.sample_rate,
        "highpass": HIGHPASS if sound.hits is not None else 0.0,
    }
    if len(onsets) < FEWEST:
        return [Figure("Onset error", "none", "", "no clear attacks in this sound")]
    error = onset_error(sound.mono, y.mono, onsets, onsets / rate, **options)
    before = pre_echo_db(sound.mono, onsets, **options)
    after = pre_echo_db(y.mono, onsets / rate, **options)
    late, echo = np.nanmedian(error), np.nanmedian(after) - np.nanmedian(before)
    return [
        Figure("Onset error", number(1000 * late, 2), "ms", f"median of {len(onsets)}"),
        Figure(
            "Pre-echo",
            number(echo, 2),
            "dB",
            "beyond the input's own",
        ),
    ]


def attack_curve(sound, rate, label, *, hits_at=None, before=0.06, after=0.09):
    """Mean energy around the hits in dB, in milliseconds from when they should be."""
    at = hits(sound) if hits_at is None else hits_at
    reach = np.arange(
        -round(before * sound.sample_rate), round(after * sound.sample_rate)
    )
    high = HIGHPASS < sound.sample_rate / 4
    x = highpassed(sound.mono, sound.sample_rate) if high else sound.mono
    n = max(3, round(0.001 * sound.sample_rate))
    energy = np.convolve(x**2, np.hanning(n + 2)[1:-1], "same")
    places = np.round(at / rate * sound.sample_rate).astype(int)[:, None] + reach
    inside = (places.min(axis=1) >= 0) & (places.max(axis=1) < energy.size)
    if not inside.any():
        places, inside = energy.argmax() + reach[None], np.array([True])
        places = np.clip(places, 0, energy.size - 1)
    mean = energy[places[inside]].mean(axis=0)
    level = power_to_db(mean / max(mean.max(), 1e-30))
    return Curve(1000.0 * reach / sound.sample_rate, level, label)


def highpassed(x, sample_rate):
    """x above HIGHPASS, without delay."""
    sections = scipy.signal.butter(2, HIGHPASS, "high", fs=sample_rate, output="sos")
    return scipy.signal.sosfiltfilt(sections, x)


def ideal_figure(wanted, y, label="Distance from ideal"):
    """Distance of magnitude spectra from the same music made at the goal directly."""
    distance = spectral_convergence(wanted, np.asarray(y))
    return db(
        label,
        np.mean(distance),
        "spectra; ideal: the score replayed",
    )


def timbre_figure(wanted, y, label):
    """How far the spectrum is from the one wanted, at the same loudness, in dB."""
    y = np.asarray(y) * (np.linalg.norm(wanted) / max(np.linalg.norm(y), 1e-30))
    distance = np.mean(log_spectral_distance(wanted, y))
    return Figure(label, number(distance, 2), "dB", "mean difference from ideal")


def spectrum(sound, at, label):
    """The smoothed spectrum of half a second around a moment, as a curve in dB."""
    n = round(0.5 * sound.sample_rate)
    start = max(0, min(round(at * sound.sample_rate) - n // 2, sound.mono.size - n))
    piece = sound.mono[start:][:n]
    n_fft = int(2 ** round(np.log2(0.023 * sound.sample_rate)))
    X = stft(piece, n_fft=n_fft, hop_length=n_fft // 4, center=False)
    power = (np.abs(X) ** 2).mean(axis=-1)
    kilohertz = np.arange(power.size) * sound.sample_rate / n_fft / 1000
    return Curve(kilohertz, power_to_db(power / power.max()), label)
