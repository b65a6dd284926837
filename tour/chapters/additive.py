"""Chapter 1, additive synthesis and the drum machine."""

import numpy as np

from dsplab.convert import amplitude_to_db
from dsplab.sources.partials import sum_partials
from dsplab.synths import additive
from dsplab.synths.drum_kits import render_kit
from dsplab.synths.drum_loops import STYLES, drum_loop, drum_pattern
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_02_additive_and_subtractive.py"
CHORD = [(0.0, 1.6, pitch, 100) for pitch in (48, 60, 64, 67)]
BELL = [(0.0, 1.0, 64, 110), (0.5, 1.0, 60, 90), (1.0, 1.0, 62, 100), (1.5, 1, 55, 110)]
TUNE = [(0.0, 0.5, 60), (0.5, 0.5, 64), (1.0, 0.25, 65), (1.25, 1.2, 67)]


@chapter.system("Additive synthesis", source="dsplab/synths/additive.py", lesson=LESSON)
def partials(_material):
    """Any sound is a sum of sines. Where the partials lie, how strong they are and how
    each begins and dies away make an organ, a bell, a choir, a struck string.
    """
    scores = {
        "organ": CHORD, "bell": BELL, "choir": CHORD, "clarinet": TUNE, "brass": TUNE,
        "piano": TUNE,
    }  # fmt: skip
    n = int(3.4 * RATE)
    sounds = {}
    for name, notes in scores.items():
        y = additive.play(notes, RATE, patch=name)[:n]
        y = y * np.minimum(1.0, np.arange(y.size)[::-1] / (0.2 * RATE))
        sounds[name] = Sound(name, y, RATE)
    f0 = 220.0 * 2.0 ** (np.sin(2 * np.pi * 5 * np.arange(2 * RATE) / RATE) / 24)
    k = np.arange(1.0, 65.0)
    y, seconds = measures.timed(sum_partials, f0, 1 / k[:, None], RATE)
    p = 2 * np.pi * np.concatenate([[0.0], np.cumsum(f0[:-1])]) / RATE
    exact = sum(np.sin(m * p) / m for m in k)
    images = [pictures.image(sounds[m], top=8000.0) for m in ("bell", "choir")]
    return Result(
        players=[Player(name, sound) for name, sound in sounds.items()],
        picture=pictures.spectrograms(
            images,
            alt="Spectrograms: four strokes of a bell, whose high partials die away "
            "first; a choir with wavy lines that are strong around one kilohertz.",
        ),
        figures=[
            measures.db("64 partials, error", np.abs(y - exact).max() / exact.max()),
            measures.speed(f0.size / RATE, seconds),
        ],
    )


@chapter.system("Drum machine", source="dsplab/synths/drum_loops.py", lesson=LESSON)
def drum_machine(_material):
    """Drums of oscillators, noise and envelopes, played as whole loops in many styles,
    each time another, exactly as long as their bars.
    """
    names = ("house", "hip_hop", "drum_and_bass", "bossa_nova", "trap", "funk")
    loops = {}
    for seed, name in enumerate(names):
        rng = np.random.default_rng(seed)
        bars = 1 if STYLES[name].tempo < 110 else 2
        y = drum_loop(name, sample_rate=RATE, bars=bars, stereo=True, rng=rng)
        loops[name.replace("_", " ")] = Sound(name, y, RATE)
    rng = np.random.default_rng(0)
    options = {"sample_rate": RATE, "tempo": 120.0, "bars": 1, "rng": rng}
    bar, seconds = measures.timed(lambda: drum_loop("rock", **options))
    hits = drum_pattern("funk", bars=2, fill=False, rng=np.random.default_rng(5))
    rows = ("kick", "snare", "closed_hat", "open_hat")
    marks = []
    for r, drum in enumerate(rows):
        strokes = [(hit.beat, hit.velocity / 160) for hit in hits if hit.drum == drum]
        x = np.ravel([(beat, beat, np.nan) for beat, _ in strokes])
        y = np.ravel([(r, r + height, np.nan) for _, height in strokes])
        marks.append(Curve(x, y, drum.replace("_", " "), width=2.5))
    grid = {"ylim": (-0.1, 4), "yticks": [], "xticks": range(9)}
    kit = render_kit("909", RATE)
    f = np.arange(1, 2049) * RATE / 4096
    spectra = [
        Curve(f / 1000, _smooth(kit[name][0]), name.replace("_", " "))
        for name in ("kick", "snare", "closed_hat")
    ]
    level = {"xlim": (0, 16), "ylim": (-60, 3)}
    return Result(
        players=[Player(name, sound) for name, sound in loops.items()],
        picture=pictures.plots(
            Plot(marks, "two bars: higher is harder", "beats", "", grid),
            Plot(spectra, "three drums", "kHz", "dB", level),
            alt="Left, four rows of strokes over eight beats, some of them soft. "
            "Right, spectra: a kick below 200 hertz, a snare everywhere, a hi-hat "
            "above 7 kilohertz.",
        ),
        figures=[
            Figure("A bar at 120", f"{bar.size / RATE:.6f}", "s", "2 asked for"),
            Figure("Loops of a bar", measures.number(1.0 / seconds, 2), "/s"),
            Figure("Styles", str(len(STYLES))),
        ],
    )


def _smooth(hit):
    """Level of a hit at 2048 frequencies, in dB of its loudest, a little blurred."""
    x = np.zeros(max(hit.size, 8192))
    x[: hit.size] = hit
    X = np.abs(np.fft.rfft(x[: 8192 * (x.size // 8192)].reshape(-1, 8192))) ** 2
    power = X.sum(axis=0)[1:4097].reshape(-1, 2).mean(axis=1)
    power = np.convolve(power, np.hanning(15) / 7, mode="same")
    return amplitude_to_db(np.sqrt(power / power.max()), floor_db=-70.0)
