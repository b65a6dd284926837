"""Chapter 1, filters: responses, moving ones, the ladder, vowels, a synthesizer."""

import numpy as np

from dsplab.filters import design, response
from dsplab.filters.formants import formant_filter, vowel_curve
from dsplab.filters.ladder import ladder, peak_ratio
from dsplab.filters.time_varying import direct_form, state_variable
from dsplab.sources.oscillators import oscillator
from dsplab.synths import subtractive
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_03_filters.py"
RIFF = [0, 0, 12, 0, 3, 0, 10, 7, 0, 0, 12, 15]  # semitones over the lowest note


def riff(seconds=3.0, f0=55.0):
    """Saw notes in a row, and the seconds since each began."""
    t = np.arange(int(seconds * RATE)) / RATE
    each = seconds / len(RIFF)
    place = np.minimum((t / each).astype(int), len(RIFF) - 1)
    saw = oscillator(f0 * 2.0 ** (np.array(RIFF)[place] / 12), RATE, shape="saw")
    return 0.3 * saw, t - place * each


def faded(y, seconds=0.02):
    """The sound with soft ends."""
    n = np.arange(y.size)
    return y * np.minimum(1.0, np.minimum(n, n[::-1]) / (seconds * RATE))


@chapter.system("Filters", source="dsplab/filters/design.py", lesson=LESSON)
def responses(_material):
    """Two poles and two zeros make the filters of every mixing desk: what passes, what
    rings, what is taken out. They are the analogue ones, integrals by trapezoids.
    """
    f = np.geomspace(40.0, 20000.0, 500)
    filters = {
        "lowpass, q 6": ("lowpass", {"q": 6.0}),
        "bandpass, q 2": ("bandpass", {"q": 2.0}),
        "notch, q 2": ("notch", {"q": 2.0}),
        "high shelf, +9 dB": ("highshelf", {"gain_db": 9.0}),
    }
    x = 0.6 * riff(2.0, 110.0)[0]
    curves, players = [], [Player("saw, as it is", Sound("saw", faded(x), RATE))]
    worst = 0.0
    for name, (kind, options) in filters.items():
        b, a = design.second_order(kind, 1000.0, RATE, **options)
        level = response.magnitude_db(b, a, f, sample_rate=RATE)
        if kind != "bandpass":
            curves.append(Curve(np.log10(f), level, name))
        y = state_variable(x, 1000.0, RATE, kind=kind, **options)
        click = response.impulse_response(b, a, 2000)
        still = state_variable(np.eye(1, 2000)[0], 1000.0, RATE, kind=kind, **options)
        worst = max(worst, np.abs(click - still).max())
        players.append(Player(name, Sound(name, faded(y), RATE)))
    steep = design.butterworth("lowpass", 1000.0, RATE, order=8)
    h = np.abs(response.sections_response(steep, f, RATE))
    level = 20 * np.log10(np.maximum(h, 1e-9))
    curves.append(Curve(np.log10(f), level, "Butterworth, order 8"))
    ticks = {"xticks": [2, 3, 4], "xticklabels": ["100 Hz", "1 kHz", "10 kHz"]}
    axes = {"ylim": (-42, 20), **ticks}
    return Result(
        players=players,
        picture=pictures.plots(
            Plot(curves, "gain of four filters at 1 kHz", "", "dB", axes),
            alt="Gain against frequency: a lowpass with a peak at 1 kilohertz, a "
            "notch, a step up by 9 decibels, and a steep wall.",
            each=3.4,
        ),
        figures=[
            measures.db("Difference equation against circuit", worst, "impulses"),
            Figure(
                "Butterworth at its cutoff",
                measures.number(
                    20 * np.log10(abs(response.sections_response(steep, 1000.0, RATE)))
                ),
                "dB",
            ),
        ],
    )


@chapter.system(
    "Filters that move", source="dsplab/filters/time_varying.py", lesson=LESSON
)
def moving(_material):
    """A cutoff that changes at every sample makes a difference equation explode. Two
    simulated integrators can be swept by two octaves or by noise, at any resonance.
    """
    x, since = riff()
    t = np.arange(x.size) / RATE
    wah = 500.0 * 2.0 ** (2.0 * np.sin(2 * np.pi * 1.33 * t))
    growl = 700.0 * 2.0 ** (2.0 * np.sin(2 * np.pi * 220.0 * t))
    y, seconds = measures.timed(state_variable, x, wah, RATE, q=7.0)
    sounds = [
        Sound("slow wave", 0.5 * faded(y), RATE),
        Sound("220 Hz", faded(state_variable(x, growl, RATE, q=6.0)), RATE),
    ]
    n = RATE // 2
    noise = np.random.default_rng(0).uniform(-0.44, 0.44, n)
    wild = 1000.0 * 2.0 ** (2.0 * np.sin(2 * np.pi * 500.0 * t[:n]))
    calm = np.abs(state_variable(noise, wild, RATE, q=50.0)).max()
    with np.errstate(all="ignore"):
        rows = design.second_order("lowpass", wild, RATE, q=50.0)
        plain = np.abs(direct_form(noise, *rows))
    lost = np.flatnonzero(~(plain < 1e3))
    how = "peak of noise of 0.44; q 50, ± 2 octaves at 500 Hz"
    return Result(
        players=[Player("saw", Sound("saw", faded(x), RATE))]
        + [Player(f"cutoff moved, {s.name}", s) for s in sounds],
        picture=pictures.plots(
            *[pictures.image(s, n_fft=2048, top=8000.0) for s in sounds],
            alt="Two spectrograms of a saw melody. On the left a bright ridge goes up "
            "and down through the harmonics; on the right many lines lie between them.",
        ),
        figures=[
            Figure("Swept wildly, two integrators", measures.number(calm), "", how),
            Figure(
                "Difference equation exceeds 1000 after",
                measures.number(1000 * lost[0] / RATE) if lost.size else "never",
                "ms",
                how,
            ),
            measures.speed(x.size / RATE, seconds),
        ],
    )


@chapter.system("Ladder filter", source="dsplab/filters/ladder.py", lesson=LESSON)
def moog(_material):
    """Four gentle filters in a row and a feedback around them: the sound of the
    Minimoog. The resonance is in tune up to the highest notes, and may saturate.
    """
    x, since = riff()
    cutoff = 120.0 + 3500.0 * np.exp(-since / 0.09)
    y, seconds = measures.timed(ladder, x, cutoff, RATE, resonance=0.85)
    sound = Sound("resonance 0.85", faded(y), RATE)
    part = slice(0, int(1.5 * RATE))  # saturation is a loop over samples
    driven = ladder(x[part], cutoff[part], RATE, resonance=0.95, drive=3.0)
    n, curves, worst = 20000, [], 0.0
    f = np.geomspace(200.0, 20000.0, 400)
    for fc in (1000.0, 8000.0):
        for resonance in (0.5, 0.95):
            click = ladder(np.eye(1, n)[0], fc, RATE, resonance=resonance)
            level = 20 * np.log10(
                np.abs(np.fft.rfft(click, 1 << 16))[(f / RATE * (1 << 16)).astype(int)]
            )
            curves.append(
                Curve(np.log10(f), level, f"{fc / 1000:.0f} kHz, {resonance}")
            )
            top = fc * peak_ratio(resonance)
            cents = np.linspace(-10, 10, 201)
            turns = np.outer(top * 2.0 ** (cents / 1200), np.arange(n)) / RATE
            at = np.abs(np.exp(-2j * np.pi * turns) @ click).argmax()
            worst = max(worst, abs(cents[at]))
    ticks = {"xticks": [3, 4], "xticklabels": ["1 kHz", "10 kHz"], "ylim": (-60, 30)}
    return Result(
        players=[
            Player("ladder, cutoff falling", sound),
            Player("driven hard", Sound("driven", faded(driven), RATE)),
        ],
        picture=pictures.plots(
            pictures.image(sound, n_fft=2048, top=8000.0),
            Plot(curves, "gain, by cutoff and resonance", "", "dB", ticks),
            alt="A spectrogram in which a bright ridge falls in each of twelve notes, "
            "beside four gain curves with peaks at 1 and 8 kilohertz.",
        ),
        figures=[
            Figure(
                "Resonance against the circuit's formula",
                measures.number(worst),
                "cents",
                "the worst of four, cutoff to 8 kHz",
            ),
            measures.speed(x.size / RATE, seconds),
        ],
    )


@chapter.system("Formants", source="dsplab/filters/formants.py", lesson=LESSON)
def formants(_material):
    """A throat is a row of resonances, and a vowel is where they lie. Moved from vowel
    to vowel they make a buzz speak.
    """
    t = np.arange(int(3.0 * RATE)) / RATE
    pitches = {"man": 110.0, "woman": 208.0, "child": 294.0}
    position, sounds, total = t / 3.0 * 4.0, [], 0.0
    for name, f0 in pitches.items():
        bend = 1.0 + 0.012 * np.sin(2 * np.pi * 5.2 * t) * np.minimum(1.0, t)
        buzz = oscillator(f0 * bend, RATE, shape="saw")
        throat = vowel_curve(["a", "e", "i", "o", "u"], position, voice=name)
        y, seconds = measures.timed(formant_filter, buzz, throat, RATE)
        total += seconds
        y = y - y.mean()
        sounds.append(Sound(name, faded(0.5 * y / np.abs(y).max(), 0.05), RATE))
    lines = vowel_curve(["a", "e", "i", "o", "u"], position, voice="man").frequencies
    curves = [
        Curve(t[::500], line[::500] / 1000, f"formant {k + 1}")
        for k, line in enumerate(lines[:3])
    ]
    return Result(
        players=[Player(f"a e i o u, {s.name}", s) for s in sounds],
        picture=pictures.plots(
            pictures.image(sounds[0], n_fft=1024, top=5000.0),
            Plot(curves, "where its resonances lie", "seconds", "kHz", {}),
            alt="A spectrogram of harmonics in which three bright bands bend up and "
            "down, beside the three curves they follow.",
        ),
        figures=[measures.speed(9.0, total)],
    )


@chapter.system(
    "Subtractive synthesis", source="dsplab/synths/subtractive.py", lesson=LESSON
)
def synthesizer(_material):
    """Bright waves, a filter that takes away what is too much, envelopes that move it:
    a bass, a lead, strings, brass, from the same few knobs.
    """
    bass = [(0.25 * k, 0.2, 33 + p, 90 + 30 * (k % 3 == 0)) for k, p in enumerate(RIFF)]
    tune = [(0.0, 0.4, 69), (0.4, 0.4, 72), (0.8, 0.4, 76), (1.2, 1.2, 74)]
    chord = [(0.0, 1.8, pitch) for pitch in (48, 60, 67)]
    scores = {
        "bass": bass, "lead": tune, "sync lead": tune, "pluck": bass[:8],
        "strings": chord, "brass": tune,
    }  # fmt: skip
    sounds = {}
    for name, notes in scores.items():
        notes = [
            (on, held, p + 24 * (name == "pluck"), *v) for on, held, p, *v in notes
        ]
        sounds[name] = Sound(name, subtractive.play(notes, RATE, patch=name), RATE)
    n = int(2.0 * RATE)
    _, seconds = measures.timed(
        subtractive.voice, np.full(n, 110.0), 1.5, RATE, patch="bass"
    )
    return Result(
        players=[Player(name, sound) for name, sound in sounds.items()],
        picture=pictures.plots(
            pictures.image(sounds["bass"], n_fft=2048, top=6000.0),
            pictures.image(sounds["brass"], n_fft=2048, top=6000.0),
            alt="Two spectrograms: in the bass each note begins bright and darkens at "
            "once; in the brass the high harmonics come in after the low ones.",
        ),
        figures=[measures.speed(2.0, seconds)],
        note="Seen are the bass and the brass.",
    )
