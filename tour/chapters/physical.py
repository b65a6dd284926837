"""Chapter 1, physical models: strings, pipes and bars, as what moves in them."""

import time

import numpy as np

from dsplab.convert import amplitude_to_db, midi_to_hz
from dsplab.synths import finite_difference, modal, plucked, waveguide, winds
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Picture, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_06_physical_models.py"
PITCHES = (40, 52, 64, 76, 93)  # 82 to 1760 Hz
RIFF = ((0.0, 0.9, 45), (0.2, 0.9, 52), (0.4, 0.9, 57), (0.6, 0.9, 60), (0.8, 1.6, 64))
AIR = ((0.0, 0.5, 72, 90), (0.5, 0.25, 74, 80), (0.75, 0.25, 76, 90), (1.0, 1.3, 79))


def cents(y, f0):
    """How far the fundamental of y is from f0, by how its phase turns."""
    n, begin = 8000, 12000
    tone = y * np.exp(-2j * np.pi * f0 * np.arange(y.size) / RATE)
    a, b = (np.hanning(n) @ tone[k : k + n] for k in (begin, begin + n // 2))
    return 1200 * np.log2(1 + np.angle(b / a) * RATE / (np.pi * n * f0))


def worst_cents(engine, **options):
    """The largest error of pitch over five octaves, and each."""
    errors = []
    for pitch in PITCHES:
        f0 = float(midi_to_hz(float(pitch)))
        y = engine.voice(np.full(25000, f0), 1.0, RATE, **options)
        errors.append(cents(y, f0))
    return errors


def pitch_figure(label, errors):
    """The worst of `worst_cents`."""
    how = f"worst of {len(PITCHES)} notes, 82 to 1760 Hz"
    worst = measures.number(np.abs(errors).max(), 2)
    return Figure(label, worst, "cents", how)


@chapter.system("Plucked string", source="dsplab/synths/plucked.py", lesson=LESSON)
def strings(_material):
    """A burst goes round in a delay and loses a little treble each time: Karplus and
    Strong's string, with Jaffe and Smith's tuning, stiffness and place of the pluck.
    """
    names = ("nylon guitar", "koto")
    riff = {name: plucked.play(RIFF, RATE, patch=name) for name in names}
    length = int(2.4 * RATE)
    t = np.arange(length) / RATE
    bend = 82.41 * 2.0 ** (np.interp(t, [0.6, 1.2, 1.7, 2.2], [0, 3, 3, 0]) / 12)
    bent, seconds = measures.timed(plucked.voice, bend, 2.3, RATE, patch="steel guitar")
    f0, t60 = 220.0, 3.0
    rho, s = plucked.loss(np.array(f0), t60, RATE)
    impulse = np.eye(1, 3 * RATE)[0]
    y = plucked.string(impulse, np.full(impulse.size, f0), RATE, t60=t60)
    curves, off = [], []
    n = np.arange(y.size)
    for k in (1, 2, 4, 8):
        turn = np.exp(-2j * np.pi * k * f0 / RATE * n)
        loop = abs(1.0 - 1.0 / (y @ turn))
        wave = 1.0 - s + s * np.exp(-2j * np.pi * k * f0 / RATE)
        off.append(np.log(loop) / np.log(abs(rho * wave)) - 1.0)
        level = np.abs(np.add.reduceat(y * turn, np.arange(0, y.size, 1002)))
        at = np.arange(level.size) * 1002 / RATE
        curves.append(Curve(at[:-1], amplitude_to_db(level[:-1] / level[0]), f"{k}"))
    title = "harmonics 1, 2, 4, 8 of 220 Hz fall"
    plot = Plot(curves, title, "seconds", "dB", {"ylim": (-70, 3)})
    guitar = Sound("bent by three semitones", bent, RATE)
    return Result(
        players=[
            Player("nylon guitar", Sound("nylon guitar", riff["nylon guitar"], RATE)),
            Player("koto", Sound("koto", riff["koto"], RATE)),
            Player("steel, bent", guitar),
        ],
        picture=pictures.plots(
            plot,
            pictures.image(guitar, top=4000.0, title="a bent string"),
            alt="Left, four harmonics of a string fall along straight lines in "
            "decibels, the higher ones faster. Right, a spectrogram: harmonics rise "
            "together by three semitones and come back.",
        ),
        figures=[
            pitch_figure("Pitch error", worst_cents(plucked)),
            Figure(
                "Decay against its formula",
                measures.number(100 * np.abs(off).max(), 2),
                "%",
                "T60 of harmonics 1, 2, 4 and 8",
            ),
            measures.speed(length / RATE, seconds),
        ],
    )


@chapter.system("Clarinet and flute", source="dsplab/synths/winds.py", lesson=LESSON)
def pipes(_material):
    """A pipe is a delay as well. A reed or a jet of air, moved by the wave itself,
    gives back what it loses: breath becomes a tone.
    """
    sounds = {
        name: Sound(name, winds.play(AIR, RATE, patch=name), RATE)
        for name in ("clarinet", "flute")
    }
    f0 = np.full(2 * RATE, 440.0)
    _, seconds = measures.timed(winds.voice, f0, 1.8, RATE, patch="clarinet")
    curves = []
    for name in sounds:
        y = winds.voice(np.full(RATE, 220.0), 1.0, RATE, patch=name)
        piece = y[RATE // 2 :][:8820]  # 44 periods
        level = amplitude_to_db(abs(np.fft.rfft(piece * np.hanning(piece.size))))
        harmonic = np.arange(level.size) * RATE / piece.size / 220.0
        curves.append(Curve(harmonic, level - level.max(), name))
    limits = {"xlim": (0, 12), "ylim": (-75, 3)}
    plot = Plot(curves, "spectra of 220 Hz", "harmonic", "dB", limits)
    return Result(
        players=[Player(name, sound) for name, sound in sounds.items()],
        picture=pictures.plots(
            plot,
            pictures.image(sounds["flute"], top=8000.0, title="the flute"),
            alt="Left, spectra over the number of the harmonic: the clarinet has "
            "strong odd harmonics and hardly any even ones, the flute has all, "
            "falling. Right, a spectrogram of the flute: four notes, a little breath, "
            "vibrato.",
        ),
        figures=[
            pitch_figure("Pitch error, clarinet", worst_cents(winds, patch="clarinet")),
            pitch_figure("Pitch error, flute", worst_cents(winds, patch="flute")),
            measures.speed(f0.size / RATE, seconds),
        ],
    )


@chapter.system("Bars, bells, glasses", source="dsplab/synths/modal.py", lesson=LESSON)
def struck(_material):
    """What is struck rings in modes: sines that die away, each at its own pace. All of
    them are one product of matrices.
    """
    names = ("marimba", "vibraphone", "bell", "glass")
    notes = [(on, length, pitch + 12) for on, length, pitch in RIFF]
    sounds = [Sound(n, modal.play(notes, RATE, patch=n), RATE) for n in names]
    k = np.arange(1.0, 65.0)
    options = {"sample_rate": RATE, "n_samples": 4 * RATE}
    y, seconds = measures.timed(modal.modes, 97.1 * k, 3.0 / k, 1.0 / k, **options)
    t = np.arange(RATE) / RATE
    turns = np.remainder(97.1 * k[:, None] * t, 1.0)
    each = 10 ** (-t * k[:, None]) * np.sin(2 * np.pi * turns) / k[:, None]
    error = measures.error_db(each.sum(axis=0), y[:RATE])
    one = [modal.voice(np.full(2 * RATE, 440.0), 2.0, RATE, patch=n) for n in names[2:]]
    images = [
        pictures.image(Sound(n, x, RATE), n_fft=4096, top=6000.0, title=f"a {n}")
        for n, x in zip(names[2:], one, strict=True)
    ]
    return Result(
        players=[Player(s.name, s) for s in sounds],
        picture=pictures.spectrograms(
            images,
            alt="Two spectrograms of single strokes: a bell, with a dozen lines at odd "
            "distances that fade at different pace, and a glass with five.",
        ),
        figures=[
            measures.db("Against the sum of sines", error, "64 modes, one second"),
            measures.speed(4.0, seconds),
        ],
    )


@chapter.system(
    "The string as an equation",
    source="dsplab/synths/finite_difference.py",
    lesson=LESSON,
)
def equation(_material):
    """Newton's law for every piece of a string, and for two waves on rails: partials,
    reflections and stiffness come by themselves.
    """
    n_points, steps = 120, 360
    x = np.linspace(0, 1, n_points + 2)[1:-1]
    shape = np.maximum(0.0, 1.0 - np.abs(x - 0.25) / 0.06)
    flexible = finite_difference.string_motion(shape, steps)
    numbers = {"courant": 0.6, "stiffness": 0.155}
    stiff = finite_difference.string_motion(shape, steps, **numbers)
    energy = finite_difference.energy(stiff, **numbers)
    motions = {"flexible: two waves": flexible, "stiff: ripples run ahead": stiff}

    def draw(figure, narrow):
        for ax, (title, u) in zip(
            pictures.panels(figure, 2, narrow), motions.items(), strict=True
        ):
            top = 0.8 * np.abs(u).max()
            extent, limits = (0, steps, 0, 1), {"vmin": -top, "vmax": top}
            ax.imshow(u, origin="lower", aspect="auto", extent=extent, **limits)
            ax.set(title=title, xlabel="steps of time", ylabel="place on the string")
            ax.grid(False)

    f0 = np.full(RATE, 110.0)
    start = time.perf_counter()
    wire = finite_difference.voice(f0, 0.9, RATE, patch="piano wire")
    seconds = time.perf_counter() - start
    neck = "electric guitar, neck"
    rails = Sound(neck, waveguide.play(RIFF, RATE, patch=neck), RATE)
    return Result(
        players=[
            Player("a piano wire, by differences", Sound("wire", wire, RATE)),
            Player("an electric guitar, by two waves", rails),
        ],
        picture=Picture(
            draw,
            "Displacement of a whole string over time. Left, a bump splits into two "
            "that run apart and turn round upside down at the ends. Right, on a stiff "
            "string, ripples run ahead of each bump.",
            pictures.heights(2),
        ),
        figures=[
            Figure(
                "Energy gained or lost",
                measures.number(1e15 * np.ptp(energy) / energy[0], 2),
                "× 10⁻¹⁵",
                f"{steps} steps, stiff string",
            ),
            pitch_figure("Pitch error, two waves", worst_cents(waveguide)),
            measures.speed(1.0, seconds),
        ],
    )
