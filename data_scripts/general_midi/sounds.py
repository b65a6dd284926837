"""The samples of the bank: which recipe at which pitches.

A sound is shared by as many programs as it can serve. Recipes that die away name their
decay, which the sampler puts back; those that are sustained begin their loop as soon as
their attack is over.
"""

import numpy as np

from data_scripts.general_midi import recipes as r
from data_scripts.general_midi.takes import Sound
from dsplab.synths import additive, dx7, fm, modal, plucked, waveguide, winds
from dsplab.synths.additive import drawbars

_VIOLIN = ((290, 90, 7), (460, 130, 8), (950, 400, 4), (2600, 1600, 9))
_VIOLA = ((230, 80, 6), (370, 120, 8), (800, 350, 4), (1900, 1300, 7))
_CELLO = ((105, 40, 4), (200, 80, 6), (400, 170, 5), (1500, 1100, 6))
_BASS = ((70, 30, 4), (120, 60, 6), (260, 120, 4), (900, 700, 4))
_GUITAR = ((105.0, 2.5, 5.0), (205.0, 3.0, 4.0), (410.0, 2.0, 2.0))
_HALVES = tuple(np.arange(1, 81) / 2)
_FIFTHS = tuple(np.arange(1, 121) / 5)
_BELL = modal.PRESETS["bell"]
_GLOCK = modal.PRESETS["glockenspiel"]


def _organ(registration, **changes):
    options = {"levels": drawbars(registration), "attack": 0.008} | changes
    return r.engine(additive, "organ", **options)


def _pipes(f0, n, sample_rate, rng, ratios=None):
    """Principals of 8, 4, 2 2/3 and 2 feet: pipes, each with harmonics of its own."""
    pipe = r.tone(tilt_db=-8.0, corner=5500.0, attack=0.05, chiff=0.1)
    ranks = ((1.0, pipe), (0.6, pipe, 1.0), (0.25, pipe, np.log2(3)), (0.4, pipe, 2.0))
    return r.blended(*ranks, (0.35, pipe, -1.0))(f0, n, sample_rate, rng)


def _saw_section(peaks, corner):
    return r.tone(tilt_db=-5.5, peaks=peaks, corner=corner, n_partials=70)


# decays, seconds to fall by 60 dB at middle C
PLUCKED = {
    "harpsichord": Sound(
        r.engine(plucked, "koto", t60=4.0, position=0.12, cutoff=9000.0, stroke=0.0,
                 rough=0.15, brightness=0.75),
        (36, 48, 60, 72, 84), 0.22, 3.5,
    ),
    "clavi": Sound(
        r.engine(waveguide, "clavichord", pickup=0.08, brightness=0.6),
        (36, 48, 60, 72, 84), 0.18, 2.4,
    ),
    "dulcimer": Sound(
        r.engine(waveguide, "hammered dulcimer"), (48, 60, 72, 84), 0.22, 3.3
    ),
    "nylon": Sound(
        r.bodied(r.engine(plucked, "nylon guitar"), _GUITAR),
        (40, 49, 58, 67, 77), 0.28, 3.6,
    ),
    "steel": Sound(
        r.bodied(r.engine(plucked, "steel guitar"), _GUITAR),
        (40, 49, 58, 67, 77), 0.28, 5.0,
    ),
    "electric": Sound(
        r.engine(waveguide, "electric guitar, neck"), (40, 52, 64, 76), 0.28, 6.0
    ),
    "bridge": Sound(
        r.engine(waveguide, "electric guitar, bridge"), (40, 52, 64, 76), 0.28, 6.0
    ),
    "muted": Sound(
        r.engine(plucked, "muted guitar", rough=0.15, cutoff=1500.0, t60=0.5),
        (40, 52, 64, 76), 0.18, 0.5,
    ),
    "harmonics": Sound(
        r.struck((1, 2, 3, 4), (1, 0.35, 0.12, 0.05), t60=4.0, contact=0.0006),
        (52, 64, 76, 88), 0.15, 4.0, 0.8,
    ),
    "acoustic bass": Sound(
        r.bodied(
            r.engine(plucked, "bass", cutoff=900.0, t60=2.5, position=0.25),
            ((100.0, 2.0, 4.0), (240.0, 2.0, 3.0)),
        ),
        (28, 40, 52), 0.28, 2.2,
    ),
    "finger bass": Sound(
        r.engine(waveguide, "electric bass"), (28, 40, 52), 0.28, 4.5
    ),
    "pick bass": Sound(
        r.engine(waveguide, "electric bass", position=0.12, pickup=0.09,
                 contact=0.0008, brightness=0.6),
        (28, 40, 52), 0.28, 4.5,
    ),
    "slap bass": Sound(
        r.engine(plucked, "bass", cutoff=5000.0, rough=0.5, brightness=0.6,
                 position=0.08),
        (28, 40, 52), 0.28, 3.5,
    ),
    "pizzicato": Sound(
        r.bodied(
            r.engine(plucked, "nylon guitar", t60=0.7, brightness=0.0, cutoff=2500.0),
            ((290.0, 2.0, 5.0), (460.0, 2.0, 4.0)),
        ),
        (36, 48, 60, 72, 84), 0.15, 0.65, 0.7,
    ),
    "harp": Sound(r.engine(plucked, "harp"), (36, 49, 62, 75, 88), 0.25, 4.6),
    "sitar": Sound(
        r.driven(r.engine(plucked, "koto", t60=6.0, position=0.06), drive=0.35,
                 tone=0.9),
        (48, 60, 72), 0.35, 5.0,
    ),
    "banjo": Sound(
        r.bodied(
            r.engine(plucked, "steel guitar", t60=1.5, cutoff=9000.0, position=0.1,
                     brightness=0.6),
            ((330.0, 1.5, 6.0), (800.0, 1.5, 5.0)),
        ),
        (48, 60, 72), 0.25, 1.4, 0.6,
    ),
    "shamisen": Sound(
        r.bodied(
            r.engine(plucked, "koto", t60=1.2, cutoff=7000.0, rough=0.7, stroke=0.0),
            ((480.0, 1.5, 7.0),),
        ),
        (48, 60, 72), 0.25, 1.1, 0.6,
    ),
    "koto": Sound(r.engine(plucked, "koto"), (48, 60, 72, 84), 0.28, 3.6),
}  # fmt: skip

STRUCK = {
    "piano": Sound(
        r.piano, (27, 39, 50, 60, 70, 82, 96), 0.5, 9.0, 0.7, 0.15, r.piano_ratios
    ),
    "tine piano": Sound(
        r.engine(fm, "electric piano", octave=0.0), (36, 48, 60, 72, 84), 0.22, 5.5
    ),
    "dx piano": Sound(
        r.engine(dx7, "e piano", operators=r.in_tune(dx7.PRESETS["e piano"])),
        (36, 52, 64, 76, 88), 0.25, 7.0, 0.25,
    ),
    "celesta": Sound(
        r.struck((1, 4, 9), (1, 0.15, 0.05), t60=1.7, contact=0.0012, knock=0.05),
        (60, 72, 84, 96), 0.12, 2.4,
    ),
    "glockenspiel": Sound(
        r.struck(_GLOCK.ratios, _GLOCK.levels, t60=5.0, contact=0.0002, damping=0.7),
        (72, 84, 96), 0.2, 7.0, 0.7, 0.05, _GLOCK.ratios,
    ),
    "music box": Sound(
        r.struck((1, 6.27, 17.5), (1, 0.3, 0.12), t60=2.0, contact=0.0003, knock=0.08),
        (60, 72, 84), 0.15, 2.8, 0.7,
    ),
    "vibraphone": Sound(
        r.struck((1, 4, 10.2), (1, 0.25, 0.1), t60=5.0, contact=0.0012),
        (53, 65, 77), 0.2, 7.5, 0.9,
    ),
    "marimba": Sound(
        r.struck((1, 4, 10), (1, 0.35, 0.15), t60=0.7, contact=0.0022, knock=0.1),
        (36, 48, 60, 72, 84), 0.12, 1.2, 1.0,
    ),
    "xylophone": Sound(
        r.struck((1, 3, 6.1), (1, 0.5, 0.25), t60=0.6, contact=0.0005, knock=0.15),
        (53, 65, 77, 89), 0.12, 0.75, 0.7,
    ),
    "tubular bells": Sound(
        r.struck(_BELL.ratios, _BELL.levels, t60=6.0, contact=0.0004, knock=0.05),
        (55, 67), 0.3, 9.0, 0.9, 0.1, _BELL.ratios,
    ),
    "crystal": Sound(
        r.engine(fm, "bell", velocity=90.0), (60, 76), 0.25, 8.0, 0.2, 0.1, _FIFTHS
    ),
    "kalimba": Sound(
        r.struck((1, 6.3), (1, 0.25), t60=1.4, contact=0.0012, knock=0.2),
        (48, 60, 72), 0.12, 1.7, 0.6,
    ),
    "steel drum": Sound(
        r.struck((1, 2, 3, 4.02), (1, 0.8, 0.35, 0.2), t60=1.4, contact=0.0008,
                 damping=0.3),
        (54, 66, 78), 0.25, 1.6, 0.3,
    ),
    "timpani": Sound(
        r.struck((1, 1.5, 1.98, 2.44, 2.9), (1, 0.6, 0.35, 0.2, 0.1), t60=1.2,
                 damping=0.3, contact=0.004, knock=0.15),
        (41, 53), 0.3, 3.0, 0.4, 0.1, (1, 1.5, 1.98, 2.44, 2.9),
    ),
    "bars": Sound(
        r.struck((1, 1.48, 2.9, 4.2), (1, 0.7, 0.4, 0.2), t60=0.9, contact=0.0003),
        (72,), 0.25, 1.2, 0.5, 0.05, (1, 1.48, 2.9, 4.2),
    ),
    "wood": Sound(
        r.struck((1, 2.57, 4.6), (1, 0.4, 0.2), t60=0.14, contact=0.0006, knock=0.3),
        (72,), 0.12, None, loop=0,
    ),
}  # fmt: skip

ORGANS = {
    "drawbars": Sound(
        _organ("888604003"), (36, 48, 60, 72, 84), 0.03, ratios=_HALVES
    ),
    "percussive": Sound(
        _organ("838000000"), (36, 48, 60, 72, 84), 0.03, ratios=_HALVES
    ),
    "rock organ": Sound(
        r.driven(_organ("888888888"), drive=0.45, tone=0.7),
        (36, 48, 60, 72, 84), 0.05, ratios=_HALVES,
    ),
    "church organ": Sound(
        _pipes, (36, 50, 64, 80), 0.0, loop=0.5, spread_cents=5.0
    ),
    "reed organ": Sound(
        r.tone(tilt_db=-3.0, peaks=((500, 500, 4), (1500, 900, 3)), corner=3500.0,
               attack=0.04, bloom=0.03),
        (36, 48, 60, 72, 84), 0.1,
    ),
    "harmonica": Sound(
        r.tone(tilt_db=-2.5, peaks=((900, 700, 5), (2400, 1500, 7)), corner=5000.0,
               attack=0.03, bloom=0.04),
        (48, 60, 72, 84), 0.12,
    ),
}  # fmt: skip

BOWED = {
    "violin": Sound(
        r.tone(tilt_db=-5.5, peaks=_VIOLIN, corner=5500.0, attack=0.07, bloom=0.04,
               chiff=0.05),
        (55, 64, 73, 82, 91), 0.18,
    ),
    "viola": Sound(
        r.tone(tilt_db=-5.5, peaks=_VIOLA, corner=4200.0, attack=0.08, bloom=0.04,
               chiff=0.05),
        (48, 58, 68, 78), 0.18,
    ),
    "cello": Sound(
        r.tone(tilt_db=-5.0, peaks=_CELLO, corner=3200.0, attack=0.08, bloom=0.05,
               chiff=0.05),
        (36, 47, 58, 69), 0.2,
    ),
    "contrabass": Sound(
        r.tone(tilt_db=-5.0, peaks=_BASS, corner=1900.0, attack=0.1, bloom=0.06,
               chiff=0.06),
        (28, 40, 52), 0.22,
    ),
    "strings": Sound(
        _saw_section(_VIOLIN[:3] + _CELLO[1:], 4500.0), (40, 52, 64, 78), 0.0,
        loop=0.65, spread_cents=16.0,
    ),
    "synth strings": Sound(
        r.wave("saw"), (48, 64, 80), 0.0, loop=0.6, spread_cents=14.0
    ),
    "choir": Sound(r.sung("a"), (43, 55, 67, 79), 0.0, loop=0.65, spread_cents=18.0),
    "ooh": Sound(
        r.sung("u", tilt_db=-10.0), (43, 56, 69, 82), 0.0, loop=0.65, spread_cents=14.0
    ),
    "soft voice": Sound(r.sung("V"), (45, 57, 69, 81), 0.2),
}  # fmt: skip

BLOWN = {
    "trumpet": Sound(
        r.tone(tilt_db=-1.5, peaks=((1200, 1500, 8),), corner=2600.0, attack=0.03,
               bloom=0.07, chiff=0.02),
        (52, 62, 72, 82), 0.16,
    ),
    "muted trumpet": Sound(
        r.tone(tilt_db=-1.0, peaks=((250, 500, -12), (1700, 900, 14), (3800, 1800, 8)),
               corner=5000.0, attack=0.025, bloom=0.04),
        (54, 66, 78), 0.12,
    ),
    "trombone": Sound(
        r.tone(tilt_db=-2.0, peaks=((520, 600, 7), (1300, 900, 4)), corner=1700.0,
               attack=0.045, bloom=0.09, chiff=0.02),
        (40, 50, 60, 70), 0.2,
    ),
    "tuba": Sound(
        r.tone(tilt_db=-3.0, peaks=((230, 250, 7),), corner=750.0, attack=0.05,
               bloom=0.08, chiff=0.03),
        (28, 40, 52), 0.2,
    ),
    "horn": Sound(
        r.tone(tilt_db=-3.0, peaks=((340, 350, 7), (750, 500, 3)), corner=1000.0,
               attack=0.06, bloom=0.09),
        (41, 52, 63, 74), 0.2,
    ),
    "brass": Sound(
        r.tone(tilt_db=-2.0, peaks=((800, 900, 5), (1500, 1500, 4)), corner=2500.0,
               attack=0.04),
        (43, 56, 70), 0.0, loop=0.45, spread_cents=9.0,
    ),
    "soprano sax": Sound(
        r.tone(tilt_db=-4.0, peaks=((900, 500, 7), (2100, 900, 6), (3500, 1200, 4)),
               attack=0.035, bloom=0.03, chiff=0.05),
        (58, 69, 80), 0.13,
    ),
    "alto sax": Sound(
        r.tone(tilt_db=-4.0, peaks=((650, 400, 7), (1500, 700, 6), (3200, 1200, 5)),
               attack=0.035, bloom=0.03, chiff=0.06, corner=4500.0),
        (50, 61, 72), 0.14,
    ),
    "tenor sax": Sound(
        r.tone(tilt_db=-4.0, peaks=((480, 300, 7), (1200, 600, 7), (2700, 1100, 5)),
               attack=0.04, bloom=0.04, chiff=0.08, corner=4000.0),
        (44, 55, 66), 0.15,
    ),
    "baritone sax": Sound(
        r.tone(tilt_db=-3.5, peaks=((300, 220, 7), (900, 500, 7), (2100, 900, 5)),
               attack=0.045, bloom=0.04, chiff=0.08, corner=3300.0),
        (37, 49, 61), 0.16,
    ),
    "oboe": Sound(
        r.tone(tilt_db=-1.0, peaks=((300, 500, -9), (1150, 550, 11), (3000, 1100, 8)),
               corner=4200.0, attack=0.03, bloom=0.02),
        (58, 68, 78, 88), 0.12,
    ),
    "english horn": Sound(
        r.tone(tilt_db=-2.0, peaks=((250, 350, -5), (930, 450, 11), (2300, 900, 6)),
               corner=3200.0, attack=0.04, bloom=0.02),
        (52, 63, 74), 0.13,
    ),
    "bassoon": Sound(
        r.tone(tilt_db=-2.0, peaks=((140, 160, -5), (460, 260, 12), (1150, 600, 6)),
               corner=2200.0, attack=0.035, bloom=0.03),
        (34, 46, 58, 70), 0.14,
    ),
    "clarinet": Sound(r.engine(winds, "clarinet", noise=0.005), (50, 60, 70, 80), 0.2),
    "flute": Sound(
        r.engine(winds, "flute", noise=0.03), (60, 70, 80, 92), 0.15, loop=0.25,
        breath=True,
    ),
    "recorder": Sound(
        r.engine(winds, "recorder"), (62, 74, 86), 0.12, loop=0.15, breath=True
    ),
    "shakuhachi": Sound(
        r.engine(winds, "shakuhachi"), (55, 67, 79), 0.25, loop=0.35, breath=True
    ),
    "pan flute": Sound(
        r.breathy(r.tone(tilt_db=-14.0, even=0.25, attack=0.02, corner=3000.0),
                  level=0.22, attack=0.01),
        (60, 72, 84), 0.12, loop=0.25, breath=True,
    ),
    "bottle": Sound(
        r.breathy(r.tone(tilt_db=-20.0, attack=0.06), level=0.3, at=1.0, q=2.0),
        (53, 65, 77), 0.1, loop=0.25, breath=True,
    ),
    "whistle": Sound(
        r.breathy(r.tone(tilt_db=-28.0, attack=0.04), level=0.06, at=1.0, q=4.0),
        (65, 77, 89), 0.08, loop=0.15, breath=True,
    ),
    "ocarina": Sound(
        r.breathy(r.tone(tilt_db=-18.0, attack=0.03), level=0.05, at=2.0),
        (58, 70, 82), 0.08, loop=0.15, breath=True,
    ),
    "bagpipe": Sound(
        r.tone(tilt_db=-1.5, peaks=((900, 500, 8), (2000, 900, 8)), corner=5000.0,
               attack=0.015),
        (50, 62, 74), 0.05,
    ),
    "shanai": Sound(
        r.tone(tilt_db=-1.0, peaks=((300, 400, -6), (1350, 500, 12), (2900, 900, 8)),
               corner=5000.0, attack=0.03, bloom=0.03, chiff=0.04),
        (55, 66, 77), 0.12,
    ),
}  # fmt: skip

DRIVEN = {
    "overdriven": Sound(
        r.driven(r.engine(waveguide, "electric guitar, bridge", t60=14.0), drive=0.75),
        (40, 52, 64, 76), 0.2,
    ),
    "distortion": Sound(
        r.driven(
            r.engine(waveguide, "electric guitar, bridge", t60=14.0),
            drive=0.85, tone=0.6, hard=True,
        ),
        (40, 52, 64, 76), 0.2,
    ),
}  # fmt: skip

WAVES = {
    "saw": Sound(r.wave("saw"), (24, 36, 48, 60, 72, 84, 96), 0.01),
    "square": Sound(r.wave("square"), (24, 36, 48, 60, 72, 84, 96), 0.01),
    "pulse": Sound(r.wave("pulse", width=0.2), (36, 48, 60, 72, 84), 0.01),
    "sine": Sound(r.wave("sine"), (48, 72, 96), 0.01),
    "fm bass": Sound(
        r.engine(fm, "bass"), (28, 40, 52), 0.3, 1.9 * 60 / 35, 0.0
    ),
    "fm brass": Sound(r.engine(fm, "brass"), (43, 55, 67, 79), 0.2),
    "bowed glass": Sound(
        r.tone(tilt_db=-9.0, even=0.3, peaks=((2200, 800, 6),)), (52, 72), 0.0,
        loop=0.6, spread_cents=7.0,
    ),
    "metal": Sound(
        r.fm_tone(3.5, 1.5, decay=30.0, sustain=1.0),
        (48, 67), 0.1, loop=0.2, ratios=_HALVES,
    ),
}  # fmt: skip

SOUNDS = PLUCKED | STRUCK | ORGANS | BOWED | BLOWN | DRIVEN | WAVES
