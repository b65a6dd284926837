"""Chapter 1, the Yamaha DX7: six operators, and the voices that people made of them."""

import numpy as np

from dsplab.formats.dx7 import Operator, Patch
from dsplab.synths import dx7
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_11_dx7.py"
CHORD = [(0, 1.0, 57, 60), (0, 1.0, 64, 60), (0.5, 0.8, 60, 90), (1, 1.2, 67, 120)]
TUNE = [(0.2 * k, 0.15, p) for k, p in enumerate((60, 64, 67, 72, 71, 67, 64, 60))]
LINE = [(0.25 * k, 0.2, p) for k, p in enumerate((45, 45, 57, 48, 52, 43))]
FANFARE = [(0, 0.2, 58), (0.25, 0.2, 62), (0.5, 0.9, 65), (0.5, 0.9, 70)]
PLAYED = {
    "e piano": CHORD, "tube bells": [(0, 0.5, 60), (1.0, 0.5, 67)], "brass": FANFARE,
    "slap bass": LINE, "marimba": TUNE, "flute": [(0, 1.8, 79)], "strings": CHORD,
}  # fmt: skip
LEVELS = {98: -0.7526, 90: -6.773, 80: -14.30, 50: -36.88, 20: -59.45}  # dB, by law


def level_error():
    """Largest difference of sines of several output levels from the law, in dB."""
    f0, steady = np.full(4096, 500.0), {"rates": (99,) * 4, "levels": (99,) * 4}
    level = {}
    for number in (99, *LEVELS):
        op = Operator(level=number, **steady)
        patch = Patch((op, *(Operator(),) * 5), 32)
        y = dx7.voice(f0, 9.0, RATE, patch=patch)[512:] * np.hanning(3584)
        level[number] = 10.0 * np.log10((y**2).sum())
    return max(abs(level[n] - level[99] - law) for n, law in LEVELS.items())


def operator_levels(name, f0, held):
    """Level of each operator over time, in dB, heard one at a time."""
    patch, rows = dx7.PRESETS[name], []
    for k in range(6):
        ops = [
            op._replace(level=op.level * (j == k))
            for j, op in enumerate(patch.operators)
        ]
        alone = patch._replace(operators=tuple(ops), algorithm=32, feedback=0)
        y = dx7.voice(f0, held, RATE, patch=alone)
        peak = np.abs(y[: y.size // 512 * 512]).reshape(-1, 512).max(axis=1)
        rows.append(20.0 * np.log10(peak / (0.5 / 6) + 1e-6))
    return rows


@chapter.system("Yamaha DX7", source="dsplab/synths/dx7.py", lesson=LESSON)
def instruments(_material):
    """Six operators in one of 32 algorithms, with the envelopes, levels and scalings of
    the instrument. It reads any SysEx bank; these voices are from the one that comes
    with it.
    """
    players = []
    for name, notes in PLAYED.items():
        y = dx7.play(notes, RATE, patch=name)[: round(2.5 * RATE)]
        y = y * np.minimum(1.0, np.arange(y.size)[::-1] / (0.2 * RATE))
        players.append(Player(name, Sound(name, y, RATE)))
    f0 = np.full(round(1.6 * RATE), 220.0)
    t = np.arange(f0.size // 512) * 512 / RATE
    curves = [
        Curve(t, row, f"{k}")
        for k, row in enumerate(operator_levels("e piano", f0, 1.2), start=1)
    ]
    plot = Plot(curves, "the operators of e piano", "seconds", "dB", {"ylim": (-80, 3)})
    image = pictures.image(players[0].sound, top=5000.0, title="e piano")
    _, seconds = measures.timed(dx7.voice, f0, 1.2, RATE, patch="e piano")
    error = level_error()
    return Result(
        players=players,
        picture=pictures.plots(
            plot,
            image,
            alt="Left, the levels of six operators: straight lines that fall at two "
            "speeds each, and faster once the key is let go; number four is gone in a "
            "quarter of a second. Right, a spectrogram of four notes, brighter as they "
            "are struck harder.",
        ),
        figures=[
            Figure("Level law", measures.number(error, 2), "dB", "of 0.75 a step"),
            Figure("Voices", str(len(dx7.PRESETS)), "", "of our own"),
            measures.speed(f0.size / RATE, seconds),
        ],
    )
