"""Chapter 1, shaping: waves that are bent, or read at an uneven speed."""

import numpy as np

from dsplab.convert import amplitude_to_db, midi_to_hz
from dsplab.effects.overdrive import distortion, fuzz, overdrive, tube_amplifier
from dsplab.shaping.curves import CURVES
from dsplab.shaping.phase_distortion import phase_distortion, resonance
from dsplab.shaping.waveshaping import waveshape
from dsplab.sources.phasor import phase
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_04_fm.py"
DRIVE = 10.0


def aliases_db(y, frequency):
    """Power of all that is no harmonic, over one second of whole periods."""
    power = np.abs(np.fft.rfft(y[RATE // 8 :][:RATE])) ** 2
    harmonic = np.arange(power.size) % frequency == 0
    return 10 * np.log10(power[~harmonic].sum() / power[harmonic].sum() + 1e-30)


def sweep(seconds=2.5):
    """A sine from 200 to 6000 Hz."""
    t = np.arange(round(seconds * RATE)) / (seconds * RATE)
    return 0.5 * np.sin(2 * np.pi * phase(200.0 * 30.0**t, RATE))


@chapter.system("Wave shaping", source="dsplab/shaping/waveshaping.py", lesson=LESSON)
def shaped(_material):
    """Every sample goes through a curve, which makes overtones. Those too high for the
    sampling rate come back as wrong notes, unless the curve is averaged between the
    samples.
    """
    x = sweep()
    naive = waveshape(x, "hard clip", drive=DRIVE, antialiasing=0, oversampling=1)
    clean, seconds = measures.timed(waveshape, x, "hard clip", drive=DRIVE)
    folded = waveshape(0.4 * x, "sine fold", drive=np.linspace(1.0, 20.0, x.size))
    figures = []
    for frequency in (1245, 4186):
        n = np.arange(RATE + RATE // 4)
        sine = np.sin(2 * np.pi * (frequency * n % RATE) / RATE)
        for label, a, o in (("plain", 0, 1), ("here", 2, 4)):
            y = waveshape(
                sine, "hard clip", drive=DRIVE, antialiasing=a, oversampling=o
            )
            level = measures.number(aliases_db(y, frequency))
            figures.append(
                Figure(f"Wrong notes, {label}", level, "dB", f"{frequency} Hz")
            )
    u = np.linspace(-3.0, 3.0, 400)
    shapes = ("hard clip", "diode", "sine fold")
    curves = Plot(
        [Curve(u, CURVES[name].value(u), name) for name in shapes],
        "curves",
        "in",
        "out",
    )
    images = [
        pictures.image(Sound(title, y, RATE), top=20000.0, title=title)
        for title, y in (("clipped, plainly", naive), ("clipped, antialiased", clean))
    ]
    return Result(
        players=[
            Player("plainly", Sound("naive", naive, RATE)),
            Player("antialiased", Sound("clean", clean, RATE)),
            Player("folded further and further", Sound("folded", folded, RATE)),
        ],
        picture=pictures.plots(
            curves,
            *images,
            alt="Left, three curves: cut off, uneven, and turning back. Middle, "
            "a rising tone whose overtones fold back at the top as falling lines. "
            "Right, the same with rising lines only.",
        ),
        figures=[*figures, measures.speed(x.size / RATE, seconds)],
    )


@chapter.system(
    "Phase distortion", source="dsplab/shaping/phase_distortion.py", lesson=LESSON
)
def distorted_phase(_material):
    """Instead of the wave, the way it is read is bent: a cosine read quickly at first
    and slowly later is a saw. The degree sweeps like a filter, without one.
    """
    n = round(2.5 * RATE)
    f0 = np.full(n, 110.0)
    amount = np.exp(-np.arange(n) / (0.6 * RATE))
    fade = np.minimum(1.0, np.arange(n)[::-1] / (0.05 * RATE))
    sounds = {}
    for shape in ("saw", "square", "pulse"):
        y, seconds = measures.timed(
            phase_distortion, f0, RATE, shape=shape, amount=amount
        )
        sounds[shape] = 0.5 * fade * y
    ringing = resonance(f0, RATE, frequency=110.0 * (1.0 + 30.0 * amount))
    sounds["resonance"] = 0.4 * fade * ringing
    period = slice(0, round(2 * RATE / 110))
    t = 1000 * np.arange(n)[period] / RATE
    plot = Plot(
        [
            Curve(t, phase_distortion(f0[period], RATE, shape=name, amount=0.8), name)
            for name in ("saw", "square", "pulse")
        ],
        "two periods at amount 0.8",
        "milliseconds",
    )
    image = pictures.image(
        Sound("resonance", sounds["resonance"], RATE), top=6000.0, title="resonance"
    )
    tone = phase_distortion(np.full(RATE + RATE // 4, 445.0), RATE, amount=0.8)
    return Result(
        players=[Player(name, Sound(name, y, RATE)) for name, y in sounds.items()],
        picture=pictures.plots(
            plot,
            image,
            alt="Left, two periods of waves that resemble a saw, a square and a pulse, "
            "all made of pieces of a cosine. Right, a spectrogram in which a peak "
            "falls through the harmonics of a steady tone.",
        ),
        figures=[
            Figure(
                "Wrong notes",
                measures.number(aliases_db(tone, 445)),
                "dB",
                "saw at 0.8, 445 Hz",
            ),
            measures.speed(n / RATE, seconds),
        ],
    )


def riff():
    """A few plucked fifths, to be distorted."""
    n = round(1.8 * RATE)
    y = np.zeros(n)
    for onset, note in ((0.0, 40), (0.3, 43), (0.6, 45), (0.9, 47)):
        t = np.arange(round(0.9 * RATE)) / RATE
        for pitch in (note, note + 7):
            f = midi_to_hz(pitch)
            string = sum(
                np.sin(2 * np.pi * k * f * t) * np.exp(-(1.5 + k) * t) / k
                for k in range(1, 12)
            )
            begin = round(onset * RATE)
            m = min(t.size, n - begin)
            y[begin : begin + m] += 0.12 * string[:m]
    return y


@chapter.system(
    "Overdrive, fuzz, distortion", source="dsplab/effects/overdrive.py", lesson=LESSON
)
def devices(_material):
    """Guitar pedals, each with drive, tone and level. The distortion solves the circuit
    of two diodes and a capacitor. Part 4's networks learn such devices from examples.
    """
    x = riff()
    t = np.arange(round(0.4 * RATE)) / RATE
    sine = 0.4 * np.sin(2 * np.pi * 220 * t)
    players, curves, figures = [Player("before", Sound("before", x, RATE))], [], []
    shown = slice(round(0.3 * RATE), round(0.3 * RATE) + 2 * RATE // 220)
    for device in (overdrive, tube_amplifier, distortion, fuzz):
        name = device.__name__.replace("_", " ")
        players.append(Player(name, Sound(name, device(x, RATE, drive=0.6), RATE)))
        y = device(sine, RATE, drive=0.6, level=1.0)
        curves.append(Curve(1000 * t[: shown.stop - shown.start], y[shown], name))
        last = y[-8000:] * np.hanning(8000)
        spectrum = np.abs(np.fft.rfft(last))
        second, third = (spectrum[k * 40 - 4 : k * 40 + 5].max() for k in (2, 3))
        difference = float(amplitude_to_db(second / third))
        if difference > -60.0:
            figures.append(
                Figure(name, measures.number(difference), "dB", "harmonic 2 beside 3")
            )
    _, seconds = measures.timed(overdrive, x, RATE)
    return Result(
        players=players,
        picture=pictures.plots(
            Plot(curves, "what becomes of a sine of 220 Hz", "milliseconds"),
            alt="Two periods of a sine after each device: rounded, uneven, flattened, "
            "nearly square.",
        ),
        figures=[*figures, measures.speed(x.size / RATE, seconds)],
    )
