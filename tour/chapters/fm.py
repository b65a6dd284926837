"""Chapter 1, FM: sines that modulate each other."""

import numpy as np

from dsplab.synths import fm
from dsplab.synths.operators import (
    carson_bandwidth,
    lines,
    phase_modulation,
    sidebands,
)
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_04_fm.py"
CARRIER, MODULATOR, INDEX = 600.0, 200.0, 5.0
TUNES = {
    "electric piano": [
        (0, 1, 57),
        (0, 1, 64),
        (0.5, 1, 60),
        (1, 1.5, 67),
        (1.5, 1, 71),
    ],
    "bell": [(0, 0.5, 60), (1.0, 0.5, 67)],
    "brass": [(0, 0.2, 58), (0.25, 0.2, 62), (0.5, 0.9, 65), (0.5, 0.9, 70)],
    "bass": [(0.25 * k, 0.2, p) for k, p in enumerate((33, 33, 45, 36, 40))],
    "marimba": [
        (0.2 * k, 0.1, p) for k, p in enumerate((60, 64, 67, 72, 71, 67, 64, 60))
    ],
}


def lines_measured(y):
    """Level of every bin of one second in dB."""
    return 20 * np.log10(np.abs(np.fft.rfft(y[:RATE])) / (RATE / 2) + 1e-9)


@chapter.system(
    "FM and its sidebands", source="dsplab/synths/operators.py", lesson=LESSON
)
def spectrum(_material):
    """One sine moves the phase of another, and a whole spectrum appears. Bessel's
    functions say how strong each line is; those below 0 Hz are reflected.
    """
    n = round(2.5 * RATE)
    f = np.full(n, CARRIER)
    index = np.linspace(0.0, 12.0, n)
    swept, seconds = measures.timed(phase_modulation, f, MODULATOR, RATE, index=index)
    y = phase_modulation(f, MODULATOR, RATE, index=INDEX)
    bell = phase_modulation(f, 1.4 * CARRIER, RATE, index=INDEX)
    frequency, amplitude = lines(
        *sidebands(CARRIER, MODULATOR, INDEX, sample_rate=RATE)
    )
    measured = lines_measured(y)
    bins = np.round(frequency).astype(int)
    predicted = 20 * np.log10(np.abs(amplitude) + 1e-9)
    loud = (predicted > -80.0) & (frequency > 0.0)  # a sine of 0 Hz is silent
    error = np.abs(measured[bins] - predicted)[loud].max()
    shown = np.arange(0, 2600)
    plot = Plot(
        [
            Curve(shown / 1000, measured[shown], "measured"),
            Curve(frequency[loud] / 1000, predicted[loud], "Bessel", "o"),
        ],
        f"{CARRIER:.0f} Hz, modulated by {MODULATOR:.0f} Hz, index {INDEX:.0f}",
        "kilohertz",
        "dB",
        {"xlim": (0, 2.6), "ylim": (-80, 0)},
    )
    image = pictures.image(
        Sound("index", swept, RATE), top=5000.0, title="index from 0 to 12"
    )
    within = np.abs(frequency - CARRIER) <= carson_bandwidth(MODULATOR, INDEX) / 2
    share = 100 * (amplitude[within] ** 2).sum() / (amplitude**2).sum()
    return Result(
        players=[
            Player("index from 0 to 12", Sound("swept", 0.5 * swept, RATE)),
            Player("ratio 3 : 1", Sound("harmonic", 0.5 * y, RATE)),
            Player("ratio 1 : 1.4", Sound("bell", 0.5 * bell, RATE)),
        ],
        picture=pictures.plots(
            plot,
            image,
            alt="Left, a measured line spectrum; on the tip of every line lies the dot "
            "that Bessel's functions predict. Right, a spectrogram: more and more "
            "lines appear around the carrier as the index grows.",
        ),
        figures=[
            Figure(
                "Against Bessel", measures.number(error), "dB", "of lines above −80 dB"
            ),
            Figure("In Carson's band", measures.number(share), "%", "of the power"),
            measures.speed(n / RATE, seconds),
        ],
    )


@chapter.system("FM synthesizer", source="dsplab/synths/fm.py", lesson=LESSON)
def instruments(_material):
    """Operators with envelopes, and who modulates whom: a modulator's envelope is a
    brightness in time. Six instruments come with it; any other is a few numbers.
    """
    players, images = [], []
    for name, tune in TUNES.items():
        y = fm.play(tune, RATE, patch=name)[: round(2.5 * RATE)]
        y = y * np.minimum(1.0, np.arange(y.size)[::-1] / (0.2 * RATE))
        sound = Sound(name, y, RATE)
        players.append(Player(name, sound))
        if name in ("electric piano", "brass"):
            images.append(pictures.image(sound, top=6000.0, title=name))
    f0 = np.full(RATE // 2, 220.0)
    peaks = [
        np.abs(fm.voice(f0, 0.4, RATE, velocity=127.0, patch=p)).max()
        for p in fm.PRESETS
    ]
    _, seconds = measures.timed(fm.voice, f0, 0.4, RATE, patch="electric piano")
    return Result(
        players=players,
        picture=pictures.spectrograms(
            images,
            alt="Spectrograms of an electric piano, whose highs are gone at once after "
            "each hit, and of brass, which grows brighter as it sets in.",
        ),
        figures=[
            Figure("Loudest preset", measures.number(max(peaks)), "", "peak, one note"),
            measures.speed(0.5, seconds),
        ],
    )
