"""Chapter 1, oscillators: classic waves without wrong notes, and hard sync."""

import numpy as np

from dsplab.convert import amplitude_to_db
from dsplab.sources.oscillators import oscillator
from dsplab.sources.sync import sync_oscillator
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_02_additive_and_subtractive.py"
F0 = 1245  # Hz: its partials fall between those that come back


def wrong_notes_db(y, f0):
    """Power below 16 kHz that is not of a harmonic, over that of the harmonics."""
    power = np.abs(np.fft.rfft(y[-RATE:])) ** 2  # one second: every partial on a bin
    k = np.arange(len(power))
    harmonic = (k % f0 == 0) & (k > 0)
    wrong = ~harmonic & (k > 0) & (k < 16000)
    return 10 * np.log10(power[wrong].sum() / power[harmonic].sum())


def spectrum(y, label):
    """Level of each frequency of the last second, in dB."""
    level = amplitude_to_db(
        np.abs(np.fft.rfft(y[-RATE:])) / RATE * np.pi, floor_db=-160
    )
    level = level[:22050].reshape(-1, 15).max(axis=1)
    return Curve(np.arange(len(level)) * 0.015, level, label)


def faded(y, seconds=0.03):
    """The sound with soft ends."""
    n = int(seconds * RATE)
    fade = np.minimum(1.0, np.minimum(np.arange(y.size), np.arange(y.size)[::-1]) / n)
    return y * fade


@chapter.system(
    "Oscillators without wrong notes",
    source="dsplab/sources/_blep.py",
    lesson=LESSON,
)
def antialiasing(_material):
    """A jump holds all frequencies, more than samples can say, and the rest comes back
    as wrong notes. Each jump is replaced by what a low-pass filter would leave of it.
    """
    n = int(2.5 * RATE)
    glide = 300.0 * 16.0 ** (np.arange(n) / n)
    plain = oscillator(glide, RATE, shape="saw", antialiasing="none")
    clean, seconds = measures.timed(oscillator, glide, RATE, shape="saw")
    sounds = [
        Sound("by the formula", 0.3 * faded(plain), RATE),
        Sound("jumps band-limited", 0.3 * faded(clean), RATE),
    ]
    steady = np.full(2 * RATE, float(F0))
    levels, curves = {}, []
    methods = {"none": "formula", "polyblep": "polynomial", "blep": "default"}
    for method, label in methods.items():
        y = oscillator(steady, RATE, shape="saw", antialiasing=method, start=0.1)
        levels[method] = measures.number(wrong_notes_db(y, F0))
        if method != "polyblep":
            curves.append(spectrum(y, label))
    images = [pictures.image(s, n_fft=1024, top=20000.0) for s in sounds]
    axes = {"ylim": (-150, 5), "xlim": (0, 22)}
    plot = Plot(curves, f"a saw of {F0} Hz", "kHz", "dB", axes)
    how = f"saw at {F0} Hz, below 16 kHz"
    return Result(
        players=[Player(s.name, s) for s in sounds],
        picture=pictures.plots(
            *images,
            plot,
            alt="Spectrograms of a saw gliding up four octaves: on the left lines turn "
            "back at the top edge and cross the picture, in the middle they end there. "
            "On the right two spectra: the formula's is full of lines between the "
            "harmonics, the other's has none above -130 decibels.",
        ),
        figures=[
            Figure("Wrong notes, formula", levels["none"], "dB", how),
            Figure("Wrong notes, two-sample polynomial", levels["polyblep"], "dB", how),
            Figure("Wrong notes, default", levels["blep"], "dB", how),
            measures.speed(n / RATE, seconds),
        ],
    )


@chapter.system("Hard sync", source="dsplab/sources/sync.py", lesson=LESSON)
def sync(_material):
    """One oscillator starts another anew in each of its cycles: the pitch stays, and a
    sweep of the second one screams. All its jumps are band-limited, too.
    """
    n = int(3.0 * RATE)
    t = np.arange(n) / RATE
    f0 = np.where(t < 1.5, 110.0, 82.41)
    ratio = 1.0 + 5.0 * np.abs(np.sin(np.pi * t / 1.5)) ** 0.7
    y, seconds = measures.timed(sync_oscillator, f0, ratio * f0, RATE)
    sound = Sound("swept from 1 to 6 times", 0.3 * faded(y), RATE)
    square = sync_oscillator(f0, (0.5 + ratio) * f0, RATE, shape="square")
    steady = np.full(2 * RATE, float(F0))
    wrong = wrong_notes_db(sync_oscillator(steady, 2.37 * steady, RATE), F0)
    wave = Curve(1000 * t[: RATE // 40], y[2500 : 2500 + RATE // 40])
    return Result(
        players=[
            Player("saw, swept", sound),
            Player("square, swept", Sound("square", 0.25 * faded(square), RATE)),
        ],
        picture=pictures.plots(
            Plot([wave], "25 ms of it", "milliseconds", "", {"ylim": (-1.3, 1.3)}),
            pictures.image(sound, top=12000.0),
            alt="A saw that is cut off and begins again in every period, beside a "
            "spectrogram whose harmonics stay level while a broad ridge sweeps up and "
            "down twice.",
        ),
        figures=[
            Figure(
                "Wrong notes", measures.number(wrong), "dB", f"saw, 2.37 times {F0} Hz"
            ),
            measures.speed(n / RATE, seconds),
        ],
    )
