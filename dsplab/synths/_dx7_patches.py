"""Voices of our own for the DX7, 32 as in its cartridges: from pianos to drums.

The same are in `dsplab/banks/dx7.syx`, for any instrument that reads such files. What
is written here is what makes each what it is; the rest is as in INIT VOICE.
"""

from dsplab.formats.dx7 import Operator, Patch


def struck(decay, release=55, *, attack=99, bend=78, second=None, begin=99):
    """Envelope of what is struck: it dies away, first quicker, then slower."""
    rates = (attack, decay, decay - 6 if second is None else second, release)
    return rates, (begin, bend, 0, 0)


def blown(attack, sustain=90, decay=50, release=60, *, peak=99):
    """Envelope of what is blown or bowed: it comes, settles, and holds."""
    return (attack, decay, 30, release), (peak, sustain, sustain, 0)


def op(level, coarse, envelope, **more):
    """An operator: its level, its ratio, its envelope, and what else is said."""
    short = {
        "touch": "velocity_sensitivity",
        "tremolo": "amplitude_sensitivity",
        "keys": "rate_scaling",
        "darker": "right_depth",
        "hollow": "left_depth",
    }
    more = {short.get(name, name): value for name, value in more.items()}
    return Operator(*envelope, level=level, coarse=coarse, **more)


OFF = Operator()
ORGAN = blown(86, 99, 99, 72)

BANK = (
    Patch(  # a body, a second a little out of tune, and the tine that the hammer hits
        (
            op(99, 1, struck(34, 52, bend=84), touch=2, keys=2, detune=1),
            op(82, 1, struck(40, 52, bend=76), touch=4, keys=2, darker=12),
            op(94, 1, struck(32, 52, bend=86), touch=2, keys=2, detune=-2),
            op(67, 14, struck(56, 60, bend=60), touch=6, keys=3, darker=30),
            op(84, 1, struck(36, 52), touch=2, keys=2, detune=3),
            op(72, 1, struck(44, 52), touch=5, keys=2, darker=16),
        ), 5, 3, name="E PIANO",
    ),
    Patch(  # a reed: odd harmonics, a bark when it is hit hard, and tremolo
        (
            op(97, 1, struck(37, 62, bend=86), touch=2, keys=2, tremolo=1),
            op(82, 2, struck(42, 62, bend=76), touch=6, keys=2, darker=18),
            OFF,
            op(80, 1, struck(40, 62), touch=3, keys=2, tremolo=1, detune=2),
            op(64, 5, struck(58, 62, bend=50), touch=6, keys=3, darker=30),
            OFF,
        ), 3, 0, lfo_speed=34, lfo_wave=4, lfo_amplitude_depth=46,
        pitch_sensitivity=0, name="REED PIANO",
    ),
    Patch(  # three strings to a note, and the knock of the key
        (
            op(96, 1, struck(36, 58, bend=82), touch=2, keys=3, detune=1),
            op(88, 1, struck(42, 58, bend=80), touch=4, keys=3, darker=22),
            op(93, 1, struck(34, 58, bend=82), touch=2, keys=3, detune=-1),
            op(84, 3, struck(45, 58, bend=76), touch=5, keys=3, darker=30),
            op(80, 0, struck(62, 60, bend=40), touch=5, keys=2),
            op(86, 7, struck(70, 60, bend=30), touch=5, keys=2, darker=20),
        ), 5, 4, name="GRAND",
    ),
    Patch(  # a string that is pinched: thin, bright, damped at once
        (
            op(97, 1, struck(43, 76, bend=84), touch=2, keys=2),
            op(86, 3, struck(46, 76, bend=82), touch=4, keys=2, darker=24),
            op(72, 2, struck(54, 76, bend=70), touch=4, keys=3, darker=30),
            op(90, 2, struck(44, 76, bend=84), touch=2, keys=2),
            op(80, 5, struck(50, 76, bend=74), touch=5, keys=2, darker=26),
            OFF,
        ), 3, 0, name="CLAVINET",
    ),
    Patch(  # two choirs of strings, an octave apart; the touch makes no difference
        (
            op(95, 1, struck(38, 66, bend=84), keys=3),
            op(85, 3, struck(40, 66, bend=84), keys=3, darker=20),
            op(88, 2, struck(42, 66, bend=82), keys=3, detune=1),
            op(84, 4, struck(44, 66, bend=80), keys=3, darker=26),
            op(70, 1, struck(70, 70, bend=20), keys=2),
            op(92, 11, struck(75, 70, bend=20), keys=2),
        ), 5, 0, name="HARPSICHRD",
    ),
    Patch(  # steel plates: a fundamental, and a second mode that is gone at once
        (
            op(97, 2, struck(42, 46, bend=82), touch=2, keys=3),
            op(60, 8, struck(58, 60, bend=50), touch=5, keys=3, darker=24),
            OFF,
            op(82, 4, struck(48, 50, bend=76), touch=3, keys=3),
            op(62, 11, struck(62, 60, bend=40), touch=5, keys=3, darker=24),
            OFF,
        ), 3, 0, name="CELESTA",
    ),
    Patch(  # a comb of steel: inharmonic and clear
        (
            op(97, 2, struck(40, 40, bend=84), touch=2, keys=3),
            op(56, 12, struck(46, 44, bend=70), fine=40, touch=4, keys=3, darker=20),
            OFF,
            op(80, 6, struck(50, 50), fine=4, touch=4, keys=3),
            op(58, 17, struck(60, 60, bend=50), touch=4, keys=3, darker=30),
            OFF,
        ), 3, 0, name="MUSIC BOX",
    ),
    Patch(  # a bar of metal tuned to 1 : 4, its pipe opened and closed by a motor
        (
            op(99, 1, struck(34, 44, bend=86), touch=2, keys=2, tremolo=2),
            op(50, 4, struck(40, 50, bend=80), touch=4, keys=2, darker=14),
            OFF,
            op(76, 4, struck(46, 50, bend=76), touch=4, keys=2, tremolo=2),
            op(58, 10, struck(60, 60, bend=40), touch=5, keys=2, darker=20),
            OFF,
        ), 3, 0, lfo_speed=30, lfo_wave=4, lfo_amplitude_depth=40,
        pitch_sensitivity=0, name="VIBRAPHONE",
    ),
    Patch(  # a bar of wood over a pipe: 1 : 3.9, a dull knock
        (
            op(99, 1, struck(45, 55, bend=78), touch=2, keys=3),
            op(63, 3, struck(64, 65, bend=40), fine=31, touch=4, keys=3, darker=16),
            OFF,
            op(78, 3, struck(62, 62, bend=60), fine=31, touch=4, keys=3),
            op(72, 9, struck(75, 75, bend=20), fine=22, touch=5, keys=3, darker=20),
            OFF,
        ), 3, 0, name="MARIMBA",
    ),
    Patch(  # a harder, shorter bar, whose second mode is a twelfth
        (
            op(99, 2, struck(51, 60, bend=76), touch=2, keys=3),
            op(70, 6, struck(66, 65, bend=40), touch=4, keys=3, darker=16),
            OFF,
            op(86, 6, struck(62, 62, bend=60), touch=4, keys=3),
            op(72, 13, struck(75, 75, bend=20), fine=15, touch=5, keys=3, darker=20),
            OFF,
        ), 3, 0, name="XYLOPHONE",
    ),
    Patch(  # a tube: three of its modes stand as 2 : 3 : 4, and that is heard
        (
            op(96, 2, struck(28, 40, bend=88), touch=2, keys=1),
            op(74, 7, struck(32, 40, bend=82), fine=8, touch=4, keys=1, darker=10),
            op(88, 3, struck(30, 40, bend=86), fine=2, touch=3, keys=1),
            op(66, 9, struck(36, 40, bend=78), fine=6, touch=4, keys=1, darker=10),
            op(80, 1, struck(26, 38, bend=90), touch=3, keys=1),
            op(70, 11, struck(52, 50, bend=50), fine=18, touch=5, keys=1, darker=20),
        ), 5, 0, name="TUBE BELLS",
    ),
    Patch(  # hum, prime, a minor third, a fifth, the octave
        (
            op(90, 0, struck(22, 40, bend=92), touch=2, keys=1),
            op(58, 3, struck(30, 40, bend=80), fine=52, keys=1),
            op(92, 1, struck(26, 40, bend=88), touch=2, keys=1),
            op(68, 0, struck(30, 40, bend=82), fine=1, touch=3, keys=1),
            op(96, 2, struck(32, 40, bend=82), touch=3, keys=1),
            op(76, 0, struck(36, 40, bend=76), fine=60, touch=4, keys=1),
        ), 5, 0, name="CHURCHBELL",
    ),
    Patch(  # no pitch, and a cloud of partials that opens after the stroke
        (
            op(97, 0, struck(24, 38, bend=90), fine=41, touch=2, keys=1),
            op(82, 1, ((56, 28, 22, 38), (99, 88, 0, 0)), fine=37, touch=3),
            op(76, 2, ((48, 28, 22, 38), (99, 86, 0, 0)), fine=71, touch=3),
            op(95, 1, struck(25, 38, bend=88), fine=22, touch=2, keys=1),
            op(83, 2, ((50, 26, 22, 38), (99, 86, 0, 0)), fine=13, touch=3),
            op(80, 3, ((44, 30, 22, 38), (99, 84, 0, 0)), fine=89, touch=3),
        ), 3, 6, name="GONG",
    ),
    Patch(  # six drawbars, and the click of their contacts
        (
            op(97, 0, ORGAN), op(99, 1, ORGAN), op(94, 3, ORGAN, fine=0),
            op(92, 2, ORGAN), op(84, 4, ORGAN), op(80, 6, ORGAN),
        ), 32, 0, lfo_speed=36, lfo_wave=4, lfo_pitch_depth=5, pitch_sensitivity=2,
        transpose=0, name="DRAWBARS",
    ),
    Patch(  # principals: each a little bright, the air audible as they speak
        (
            op(96, 1, blown(66, 96, 60, 58)),
            op(68, 1, blown(70, 90, 60, 58), darker=10),
            op(93, 2, blown(64, 96, 60, 58), detune=1),
            op(66, 2, blown(70, 88, 60, 58), darker=10),
            op(86, 4, blown(62, 96, 60, 58), detune=-1),
            op(60, 3, blown(76, 70, 62, 58), darker=10),
        ), 5, 0, name="PIPE ORGAN",
    ),
    Patch(  # two reeds a little out of tune with each other
        (
            op(96, 1, blown(62, 95, 60, 64), detune=4),
            op(81, 2, blown(64, 95, 60, 64), darker=16),
            op(95, 1, blown(62, 95, 60, 64), detune=-4),
            op(82, 1, blown(64, 95, 60, 64), darker=16),
            op(82, 2, blown(62, 95, 60, 64)),
            op(78, 3, blown(64, 95, 60, 64), darker=20),
        ), 5, 2, name="ACCORDION",
    ),
    Patch(  # saws by feedback, out of tune, slow to begin
        (
            op(96, 1, blown(48, 94, 40, 48), detune=4),
            op(82, 1, blown(46, 92, 40, 48), detune=-2, darker=14),
            op(88, 1, blown(46, 94, 40, 46), detune=-4),
            op(80, 1, blown(46, 92, 40, 48), detune=3, darker=14),
            op(68, 1, blown(48, 92, 40, 48), detune=5, darker=16),
            op(74, 2, blown(48, 96, 40, 48), detune=-5, darker=12),
        ), 2, 6, lfo_speed=31, lfo_delay=40, lfo_pitch_depth=10, pitch_sensitivity=2,
        lfo_wave=4, name="STRINGS",
    ),
    Patch(  # slow, dark, wide
        (
            op(94, 1, blown(36, 95, 36, 36), detune=3),
            op(66, 1, blown(30, 90, 28, 36), detune=-1, darker=10),
            op(94, 1, blown(36, 95, 36, 36), detune=-3),
            op(64, 2, blown(28, 86, 28, 36), detune=2, darker=10),
            op(84, 2, blown(34, 92, 34, 36), detune=1),
            op(56, 1, blown(30, 90, 28, 36), darker=10),
        ), 5, 2, lfo_speed=22, lfo_pitch_depth=4, pitch_sensitivity=2, lfo_wave=4,
        name="SOFT PAD",
    ),
    Patch(  # formants: carriers at harmonics of their own, each narrow
        (
            op(94, 1, blown(50, 95, 45, 52), detune=2),
            op(67, 1, blown(50, 92, 45, 52), detune=-1, darker=8),
            op(88, 3, blown(48, 94, 45, 52), detune=-3),
            op(62, 1, blown(48, 92, 45, 52), detune=3, darker=8),
            op(80, 5, blown(46, 92, 45, 52), detune=-2),
            op(62, 1, blown(46, 92, 45, 52), detune=1, darker=8),
        ), 5, 0, lfo_speed=33, lfo_delay=35, lfo_pitch_depth=14, pitch_sensitivity=2,
        lfo_wave=4, name="CHOIR AH",
    ),
    Patch(  # brightness follows loudness
        (
            op(94, 1, blown(62, 94, 42, 58), touch=2, detune=2),
            op(84, 1, blown(54, 86, 42, 58), touch=4, darker=14),
            op(94, 1, blown(60, 94, 42, 58), touch=2, detune=-2),
            op(83, 1, blown(52, 86, 42, 58), touch=4, darker=14),
            op(84, 1, blown(60, 92, 42, 58), touch=2, detune=4),
            op(80, 2, blown(54, 84, 42, 58), touch=4, darker=18),
        ), 5, 3, pitch_rates=(74, 70, 99, 99), pitch_levels=(51, 50, 50, 48),
        name="BRASS",
    ),
    Patch(  # one player: a sharper edge, and vibrato on what is held
        (
            op(99, 1, blown(64, 95, 50, 66), touch=2),
            op(86, 1, blown(58, 88, 44, 66), touch=4, darker=16),
            op(72, 3, blown(54, 84, 44, 66), touch=4, darker=20),
            OFF, OFF, OFF,
        ), 3, 0, lfo_speed=36, lfo_delay=48, lfo_pitch_depth=12, pitch_sensitivity=2,
        lfo_wave=4, name="TRUMPET",
    ),
    Patch(  # the same, rounder
        (
            op(99, 1, blown(56, 95, 44, 58), touch=2),
            op(77, 1, blown(48, 86, 42, 58), touch=4, darker=14),
            OFF,
            op(86, 1, blown(54, 93, 44, 58), touch=2, detune=-2),
            op(70, 1, blown(46, 84, 42, 58), touch=4, darker=14),
            OFF,
        ), 3, 0, name="HORN",
    ),
    Patch(  # nearly a sine, and a breath of noise as it begins
        (
            op(99, 1, blown(58, 94, 46, 62), touch=1, tremolo=1),
            op(64, 1, blown(56, 88, 46, 62), touch=3, darker=6),
            op(50, 3, blown(60, 80, 46, 62), touch=3),
            op(78, 1, blown(72, 60, 56, 66), touch=3),
            op(90, 3, blown(80, 90, 50, 66), fine=19),
            op(99, 9, blown(80, 90, 50, 66), fine=57),
        ), 3, 7, lfo_speed=34, lfo_delay=42, lfo_pitch_depth=8, pitch_sensitivity=2,
        lfo_amplitude_depth=16, lfo_wave=4, name="FLUTE",
    ),
    Patch(  # carrier and modulator as 1 : 2, which leaves the even harmonics out
        (
            op(99, 1, blown(60, 95, 50, 62), touch=2),
            op(76, 2, blown(56, 94, 46, 62), touch=3, darker=14),
            op(60, 4, blown(60, 84, 46, 62), touch=3, darker=20),
            OFF, OFF, OFF,
        ), 3, 0, name="CLARINET",
    ),
    Patch(  # a narrow double reed: formants above a weak fundamental
        (
            op(88, 1, blown(62, 95, 50, 66), touch=1),
            op(80, 1, blown(60, 94, 50, 66), touch=3, darker=10),
            op(96, 3, blown(60, 95, 50, 66), touch=2, darker=16),
            op(78, 1, blown(60, 94, 50, 66), touch=3, darker=10),
            op(82, 5, blown(60, 94, 50, 66), touch=2, darker=24),
            op(74, 1, blown(60, 94, 50, 66), touch=3, darker=10),
        ), 5, 0, lfo_speed=36, lfo_delay=40, lfo_pitch_depth=10, pitch_sensitivity=2,
        lfo_wave=4, name="OBOE",
    ),
    Patch(  # a finger on a thick string
        (
            op(99, 1, struck(38, 66, bend=88), touch=2),
            op(82, 1, struck(46, 66, bend=74), touch=4),
            op(70, 2, struck(54, 66, bend=60), touch=4),
            op(86, 1, struck(44, 66), touch=2),
            op(74, 3, struck(60, 66, bend=40), touch=5),
            OFF,
        ), 3, 0, transpose=-12, name="E BASS",
    ),
    Patch(  # a thumb: the string hits the frets
        (
            op(99, 1, struck(38, 68, bend=88), touch=2),
            op(87, 1, struck(48, 68, bend=76), touch=4),
            op(80, 4, struck(56, 68, bend=60), touch=5),
            op(88, 2, struck(48, 68), touch=3),
            op(88, 7, struck(60, 68, bend=50), touch=6),
            op(70, 5, struck(70, 68, bend=40), touch=5),
        ), 3, 3, transpose=-12, name="SLAP BASS",
    ),
    Patch(  # a saw by feedback through a falling filter
        (
            op(99, 1, struck(34, 70, bend=92), touch=1),
            op(88, 1, struck(46, 70, bend=82), touch=4),
            op(80, 0, struck(40, 70, bend=84)),
            op(84, 1, struck(42, 70, bend=84), detune=3),
            op(78, 1, struck(50, 70, bend=70), touch=4),
            op(80, 1, struck(44, 70, bend=80)),
        ), 5, 5, transpose=-12, name="SYNTH BASS",
    ),
    Patch(  # two saws
        (
            op(99, 1, blown(90, 97, 60, 70), detune=2),
            op(82, 1, blown(90, 95, 60, 70), darker=12),
            OFF,
            op(92, 1, blown(90, 97, 60, 70), detune=-3),
            op(80, 1, blown(90, 95, 60, 70), darker=12),
            op(72, 1, blown(90, 97, 60, 70)),
        ), 3, 4, lfo_speed=37, lfo_delay=50, lfo_pitch_depth=14, pitch_sensitivity=2,
        lfo_wave=4, name="SAW LEAD",
    ),
    Patch(  # nylon: soft, and a nail
        (
            op(98, 1, struck(41, 60, bend=84), touch=2, keys=2),
            op(83, 1, struck(48, 60, bend=80), touch=4, keys=2, darker=14),
            op(66, 3, struck(52, 60, bend=62), touch=5, keys=2, darker=22),
            op(80, 2, struck(46, 60, bend=76), touch=3, keys=2),
            op(72, 3, struck(60, 60, bend=40), touch=5, keys=3, darker=22),
            OFF,
        ), 3, 0, name="GUITAR",
    ),
    Patch(  # silk over a movable bridge: bright, and falling a little in pitch
        (
            op(98, 1, struck(42, 50, bend=82), touch=2, keys=2),
            op(82, 2, struck(48, 52, bend=74), touch=4, keys=2, darker=18),
            op(74, 5, struck(58, 55, bend=50), touch=5, keys=3, darker=26),
            op(86, 3, struck(46, 52, bend=76), touch=3, keys=2),
            op(80, 4, struck(56, 55, bend=50), touch=5, keys=3, darker=26),
            OFF,
        ), 3, 2, pitch_rates=(99, 66, 99, 99), pitch_levels=(53, 50, 50, 50),
        name="KOTO",
    ),
    Patch(  # a kettle: a pitch that settles, and partials beside the harmonics
        (
            op(99, 1, struck(40, 44, bend=82), touch=2),
            op(78, 1, struck(48, 50, bend=64), fine=50, touch=4),
            op(88, 1, struck(46, 48, bend=74), fine=50, touch=2),
            op(76, 1, struck(54, 55, bend=50), fine=98, touch=4),
            op(84, 0, struck(64, 66, bend=40), touch=4),
            op(99, 5, struck(70, 70, bend=30), fine=61, touch=4),
        ), 5, 6, transpose=-12, pitch_rates=(99, 72, 99, 99),
        pitch_levels=(54, 50, 50, 50), name="TIMPANI",
    ),
)  # fmt: skip
