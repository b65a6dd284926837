"""The 128 instruments of General MIDI: which sounds, and how they are played.

Numbers are what a musician would turn (see `layers`); `bank` translates them into the
units of the file.
"""

from data_scripts.general_midi.layers import Layer, Program


def _p(name, *layers):
    return Program(name, layers)


_PIANO = {"release": 0.35, "harmonics": 3.0, "cutoff": 400.0, "touch": 2.0,
          "sweep": 2.8, "sweep_t": 2.5, "reverb": 0.05}  # fmt: skip
_TUNED = {"release": 0.3, "harmonics": 5.0, "cutoff": 1200.0, "touch": 2.0}
_STRING = {"release": 0.25, "harmonics": 3.0, "cutoff": 500.0, "touch": 2.0,
           "sweep": 2.8, "sweep_t": 2.0}  # fmt: skip
_BOW = {"attack": 0.03, "release": 0.2, "cutoff": 9000.0, "touch": 1.5,
        "vibrato": 14.0, "vibrato_hz": 5.6, "reverb": 0.1}  # fmt: skip
_WIND = {"attack": 0.005, "release": 0.12, "cutoff": 9000.0, "touch": 1.8,
         "vibrato": 8.0, "vibrato_hz": 5.0, "vibrato_delay": 0.6,
         "reverb": 0.08}  # fmt: skip
_BRASS = {"attack": 0.005, "release": 0.12, "harmonics": 6.0, "cutoff": 1500.0,
          "touch": 2.5, "vibrato": 6.0, "vibrato_delay": 0.8,
          "reverb": 0.08}  # fmt: skip
_MANY = {"wide": True, "reverb": 0.15}
_PAD = {"attack": 0.5, "release": 1.6, "wide": True, "reverb": 0.25, "chorus": 0.2}
_LEAD = {"attack": 0.004, "release": 0.12, "touch": 1.0, "vibrato": 8.0,
         "vibrato_delay": 0.5, "reverb": 0.08}  # fmt: skip
_HIT = {"release": 30.0}

PIANOS = (
    _p("Acoustic Grand Piano", Layer("piano", **_PIANO)),
    _p("Bright Piano",
       Layer("piano", **(_PIANO | {"cutoff": 1500.0, "touch": 1.6}))),
    _p("Electric Grand",
       Layer("piano", **(_PIANO | {"level_db": -2.0, "chorus": 0.3})),
       Layer("bridge", release=0.25, t60=4.0, level_db=-9.0, harmonics=6.0)),
    _p("Honky-tonk Piano",
       Layer("piano", **(_PIANO | {"cents": -8.0, "level_db": -4.0, "pan": -0.3})),
       Layer("piano", **(_PIANO | {"cents": 8.0, "level_db": -4.0, "pan": 0.3}))),
    _p("Electric Piano 1",
       Layer("tine piano", release=0.25, harmonics=2.0, cutoff=500.0, touch=2.0,
             sweep=2.8, sweep_t=1.5, chorus=0.2, tremolo_db=0.8, tremolo_hz=4.8)),
    _p("Electric Piano 2",
       Layer("dx piano", release=0.3, cents=-2.5, level_db=-3.0, harmonics=6.0,
             cutoff=1500.0, touch=2.0, pan=-0.3, chorus=0.2),
       Layer("dx piano", release=0.3, cents=2.5, level_db=-3.0, harmonics=6.0,
             cutoff=1500.0, touch=2.0, pan=0.3, chorus=0.2)),
    _p("Harpsichord",
       Layer("harpsichord", release=0.12, level_db=-1.0),
       Layer("harpsichord", release=0.12, semitones=12.0, t60=2.5, level_db=-9.0)),
    _p("Clavi",
       Layer("clavi", release=0.06, harmonics=8.0, cutoff=2500.0, touch=1.5)),
)  # fmt: skip

MALLETS = (
    _p("Celesta", Layer("celesta", release=0.8, cutoff=9000.0, touch=1.5, reverb=0.1)),
    _p("Glockenspiel",
       Layer("glockenspiel", release=3.0, cutoff=12000.0, touch=1.5, reverb=0.1)),
    _p("Music Box", Layer("music box", release=2.0, reverb=0.1)),
    _p("Vibraphone",
       Layer("vibraphone", release=0.5, tremolo_db=2.5, tremolo_hz=5.5, touch=1.5,
             cutoff=7000.0, reverb=0.1)),
    _p("Marimba", Layer("marimba", release=0.6, touch=2.0, cutoff=7000.0)),
    _p("Xylophone", Layer("xylophone", release=0.5, touch=1.5, cutoff=9000.0)),
    _p("Tubular Bells", Layer("tubular bells", release=3.5, reverb=0.15)),
    _p("Dulcimer",
       Layer("dulcimer", release=1.5, cents=-3.0, level_db=-3.0, pan=-0.2),
       Layer("dulcimer", release=1.5, cents=3.0, level_db=-3.0, pan=0.2)),
)  # fmt: skip

_TONEWHEELS = {"release": 0.03, "vibrato": 4.0, "vibrato_hz": 6.6,
               "vibrato_delay": 0.0, "chorus": 0.2}  # fmt: skip
ORGANS = (
    _p("Drawbar Organ", Layer("drawbars", **_TONEWHEELS)),
    _p("Percussive Organ",
       Layer("percussive", **_TONEWHEELS),
       Layer("sine", release=0.03, semitones=19.0, t60=0.5, level_db=-6.0)),
    _p("Rock Organ",
       Layer("rock organ", release=0.04, vibrato=7.0, vibrato_hz=6.2,
             vibrato_delay=0.0, tremolo_db=1.5, tremolo_hz=6.2)),
    _p("Church Organ",
       Layer("church organ", attack=0.06, release=0.4, wide=True, reverb=0.35)),
    _p("Reed Organ", Layer("reed organ", release=0.12)),
    _p("Accordion",
       Layer("harmonica", attack=0.02, release=0.08, cents=-6.0, level_db=-4.0,
             harmonics=10.0, pan=-0.15),
       Layer("harmonica", attack=0.02, release=0.08, cents=6.0, level_db=-4.0,
             harmonics=10.0, pan=0.15)),
    _p("Harmonica",
       Layer("harmonica", attack=0.01, release=0.1, touch=1.5, cutoff=8000.0,
             vibrato=9.0, tremolo_db=1.0)),
    _p("Tango Accordion",
       Layer("harmonica", attack=0.015, release=0.07, level_db=-3.0, harmonics=10.0),
       Layer("reed organ", attack=0.015, release=0.07, semitones=12.0,
             level_db=-8.0, harmonics=8.0)),
)  # fmt: skip

GUITARS = (
    _p("Nylon Guitar", Layer("nylon", **_STRING)),
    _p("Steel Guitar",
       Layer("steel", **(_STRING | {"cutoff": 900.0, "release": 0.3}))),
    _p("Jazz Guitar",
       Layer("electric", release=0.2, harmonics=2.0, cutoff=900.0, touch=1.5,
             sweep=1.0, sweep_t=2.0)),
    _p("Clean Guitar",
       Layer("bridge", release=0.2, harmonics=3.0, cutoff=1200.0, touch=1.8,
             sweep=2.0, sweep_t=4.0, chorus=0.35)),
    _p("Muted Guitar", Layer("muted", release=0.1, touch=1.5,
                                        cutoff=6000.0)),
    _p("Overdriven Guitar",
       Layer("overdriven", t60=12.0, release=0.15, vibrato=6.0, vibrato_delay=0.7)),
    _p("Distortion Guitar",
       Layer("distortion", t60=20.0, release=0.15, vibrato=6.0, vibrato_delay=0.7)),
    _p("Guitar Harmonics", Layer("harmonics", release=0.8, reverb=0.1)),
)  # fmt: skip

_DEEP = {"release": 0.12, "harmonics": 6.0, "cutoff": 300.0, "touch": 1.8,
         "sweep": 1.8, "sweep_t": 1.5}  # fmt: skip
BASSES = (
    _p("Acoustic Bass", Layer("acoustic bass", **_DEEP)),
    _p("Fingered Bass", Layer("finger bass", **_DEEP)),
    _p("Picked Bass", Layer("pick bass", **(_DEEP | {"harmonics": 16.0}))),
    _p("Fretless Bass",
       Layer("finger bass", attack=0.03, release=0.15, harmonics=2.5, cutoff=150.0,
             sweep=1.6, sweep_attack=0.12, sweep_t=1.5, vibrato=10.0)),
    _p("Slap Bass 1",
       Layer("slap bass", **(_DEEP | {"harmonics": 12.0, "sweep": 2.5}))),
    _p("Slap Bass 2",
       Layer("slap bass", **(_DEEP | {"harmonics": 8.0, "sweep": 3.0,
                                      "sweep_t": 0.25}))),
    _p("Synth Bass 1",
       Layer("saw", t60=3.0, sustain_db=-8.0, release=0.09, cents=1.0, harmonics=1.5,
             cutoff=250.0, resonance_db=6.0, touch=1.0, sweep=3.6, sweep_t=0.45),
       Layer("square", t60=3.0, sustain_db=-8.0, release=0.09, cents=-2.0,
             harmonics=4.0, sweep=2.0, sweep_t=0.4)),
    _p("Synth Bass 2", Layer("fm bass", release=0.09, harmonics=15.0, touch=2.0)),
)  # fmt: skip

STRINGS = (
    _p("Violin", Layer("violin", **_BOW)),
    _p("Viola", Layer("viola", **_BOW)),
    _p("Cello", Layer("cello", **(_BOW | {"vibrato_hz": 5.2}))),
    _p("Contrabass",
       Layer("contrabass", **(_BOW | {"vibrato": 9.0, "vibrato_hz": 4.8}))),
    _p("Tremolo Strings",
       Layer("strings", attack=0.05, release=0.3, tremolo_db=7.0, tremolo_hz=11.0,
             **_MANY)),
    _p("Pizzicato Strings",
       Layer("pizzicato", release=0.3, touch=2.0, cutoff=8000.0, reverb=0.15)),
    _p("Orchestral Harp",
       Layer("harp", release=2.0, touch=2.0, cutoff=7000.0, reverb=0.15)),
    _p("Timpani", Layer("timpani", release=1.5, touch=2.5, cutoff=4000.0,
                        reverb=0.15)),
)  # fmt: skip

ENSEMBLES = (
    _p("String Ensemble 1",
       Layer("strings", attack=0.1, release=0.4, cutoff=10000.0, touch=1.5, **_MANY)),
    _p("String Ensemble 2",
       Layer("strings", attack=0.28, release=0.7, harmonics=3.0, cutoff=2200.0,
             touch=1.0, **_MANY)),
    _p("SynthStrings 1",
       Layer("synth strings", attack=0.1, release=0.5, harmonics=3.0, cutoff=3500.0,
             touch=1.0, **_MANY)),
    _p("SynthStrings 2",
       Layer("synth strings", attack=0.4, release=0.9, harmonics=2.0, cutoff=1200.0,
             sweep=1.0, sweep_attack=0.8, sweep_t=4.0, sweep_sustain=0.5, **_MANY)),
    _p("Choir Aahs", Layer("choir", attack=0.12, release=0.35, **_MANY)),
    _p("Voice Oohs", Layer("ooh", attack=0.12, release=0.35, **_MANY)),
    _p("Synth Voice",
       Layer("soft voice", attack=0.06, release=0.3, vibrato=16.0, vibrato_hz=5.0,
             chorus=0.3, reverb=0.15)),
    _p("Orchestra Hit",
       Layer("strings", t60=0.9, release=0.3, **_MANY),
       Layer("brass", t60=0.8, release=0.3, semitones=-12.0),
       Layer("timpani", t60=0.9, release=0.5, semitones=-24.0),
       Layer("strings", t60=0.9, release=0.3, semitones=12.0, level_db=-2.0)),
)  # fmt: skip

BRASS = (
    _p("Trumpet", Layer("trumpet", **_BRASS)),
    _p("Trombone", Layer("trombone", **_BRASS)),
    _p("Tuba", Layer("tuba", **(_BRASS | {"vibrato": 0.0, "cutoff": 700.0}))),
    _p("Muted Trumpet", Layer("muted trumpet", **(_BRASS | {"harmonics": 14.0}))),
    _p("French Horn", Layer("horn", **(_BRASS | {"attack": 0.02, "reverb": 0.15}))),
    _p("Brass Section",
       Layer("brass", attack=0.045, release=0.15, harmonics=2.0, cutoff=700.0,
             touch=1.5, sweep=2.5, sweep_attack=0.08, sweep_t=2.0, sweep_sustain=0.7,
             **_MANY)),
    _p("SynthBrass 1",
       Layer("saw", attack=0.03, release=0.15, harmonics=1.5, cutoff=300.0,
             touch=1.5, sweep=3.2, sweep_attack=0.06, sweep_t=0.9, sweep_sustain=0.65,
             cents=-5.0, level_db=-3.0, chorus=0.2, pan=-0.3),
       Layer("saw", attack=0.03, release=0.15, harmonics=1.5, cutoff=300.0,
             touch=1.5, sweep=3.2, sweep_attack=0.06, sweep_t=0.9, sweep_sustain=0.65,
             cents=5.0, level_db=-3.0, chorus=0.2, pan=0.3)),
    _p("SynthBrass 2",
       Layer("fm brass", attack=0.02, release=0.18, cents=-4.0, level_db=-3.0,
             harmonics=7.0, touch=2.0, pan=-0.2),
       Layer("fm brass", attack=0.05, release=0.18, cents=4.0, level_db=-3.0,
             harmonics=7.0, touch=2.0, pan=0.2)),
)  # fmt: skip

REEDS = (
    _p("Soprano Sax", Layer("soprano sax", **_WIND)),
    _p("Alto Sax", Layer("alto sax", **_WIND)),
    _p("Tenor Sax", Layer("tenor sax", **_WIND)),
    _p("Baritone Sax", Layer("baritone sax", **_WIND)),
    _p("Oboe", Layer("oboe", **_WIND)),
    _p("English Horn", Layer("english horn", **_WIND)),
    _p("Bassoon", Layer("bassoon", **(_WIND | {"vibrato": 4.0}))),
    _p("Clarinet", Layer("clarinet", **(_WIND | {"vibrato": 0.0}))),
)  # fmt: skip

PIPES = (
    _p("Piccolo", Layer("flute", **(_WIND | {"vibrato": 12.0, "level_db": 0.0}))),
    _p("Flute",
       Layer("flute", **(_WIND | {"vibrato": 10.0, "harmonics": 4.0, "cutoff": 2500.0,
                                  "tremolo_db": 1.2, "tremolo_hz": 5.0}))),
    _p("Recorder", Layer("recorder", **(_WIND | {"vibrato": 0.0, "release": 0.08}))),
    _p("Pan Flute", Layer("pan flute", **(_WIND | {"vibrato": 9.0}))),
    _p("Blown Bottle", Layer("bottle", **(_WIND | {"vibrato": 0.0, "attack": 0.03}))),
    _p("Shakuhachi",
       Layer("shakuhachi", **(_WIND | {"vibrato": 18.0, "vibrato_hz": 4.3,
                                       "drop": -0.5, "drop_t": 0.12}))),
    _p("Whistle",
       Layer("whistle", **(_WIND | {"vibrato": 14.0, "vibrato_delay": 0.2}))),
    _p("Ocarina", Layer("ocarina", **(_WIND | {"vibrato": 6.0}))),
)  # fmt: skip

LEADS = (
    _p("Lead 1 (square)", Layer("square", harmonics=12.0, **_LEAD)),
    _p("Lead 2 (sawtooth)",
       Layer("saw", cents=-4.0, level_db=-3.0, harmonics=16.0, **_LEAD),
       Layer("saw", cents=4.0, level_db=-3.0, harmonics=16.0, **_LEAD)),
    _p("Lead 3 (calliope)",
       Layer("pan flute", level_db=-2.0, **_LEAD),
       Layer("square", semitones=12.0, level_db=-10.0, harmonics=4.0, **_LEAD)),
    _p("Lead 4 (chiff)",
       Layer("bottle", t60=0.35, level_db=-4.0, semitones=12.0, release=0.1),
       Layer("square", harmonics=6.0, level_db=-2.0, **_LEAD)),
    _p("Lead 5 (charang)",
       Layer("distortion", t60=20.0, level_db=-4.0, **_LEAD),
       Layer("saw", harmonics=12.0, level_db=-4.0, **_LEAD)),
    _p("Lead 6 (voice)",
       Layer("soft voice", level_db=-2.0, **(_LEAD | {"attack": 0.04})),
       Layer("sine", level_db=-10.0, **(_LEAD | {"attack": 0.04}))),
    _p("Lead 7 (fifths)",
       Layer("saw", harmonics=9.0, level_db=-3.0, **_LEAD),
       Layer("saw", harmonics=9.0, semitones=7.0, level_db=-4.0, **_LEAD)),
    _p("Lead 8 (bass+lead)",
       Layer("saw", harmonics=3.0, sweep=2.0, sweep_t=0.8, level_db=-3.0, **_LEAD),
       Layer("square", semitones=-12.0, harmonics=5.0, level_db=-5.0, **_LEAD)),
)  # fmt: skip

PADS = (
    _p("Pad 1 (new age)",
       Layer("crystal", release=2.0, level_db=-4.0, reverb=0.3),
       Layer("ooh", level_db=-1.0, **_PAD)),
    _p("Pad 2 (warm)",
       Layer("synth strings", harmonics=3.0, cutoff=400.0, sweep=1.0,
             sweep_attack=1.5, sweep_t=5.0, sweep_sustain=0.6, **_PAD)),
    _p("Pad 3 (polysynth)",
       Layer("synth strings", **(_PAD | {"attack": 0.02, "release": 0.7,
             "harmonics": 3.0, "cutoff": 900.0, "sweep": 2.0, "sweep_t": 2.0,
             "sweep_sustain": 0.4})),
       Layer("pulse", attack=0.01, release=0.6, level_db=-9.0, harmonics=8.0)),
    _p("Pad 4 (choir)",
       Layer("choir", level_db=-3.0, **_PAD),
       Layer("ooh", semitones=12.0, level_db=-10.0, **_PAD)),
    _p("Pad 5 (bowed)", Layer("bowed glass", **_PAD)),
    _p("Pad 6 (metallic)",
       Layer("metal", attack=0.3, release=1.5, cents=-4.0, level_db=-3.0, pan=-0.3),
       Layer("metal", attack=0.3, release=1.5, cents=4.0, level_db=-3.0, pan=0.3)),
    _p("Pad 7 (halo)",
       Layer("choir", level_db=-1.0, harmonics=6.0, **_PAD),
       Layer("synth strings", level_db=-4.0, harmonics=4.0, **_PAD)),
    _p("Pad 8 (sweep)",
       Layer("synth strings", harmonics=2.0, cutoff=300.0, resonance_db=6.0,
             sweep=4.0, sweep_attack=2.5, sweep_t=4.0, **_PAD)),
)  # fmt: skip

EFFECTS = (
    _p("FX 1 (rain)",
       Layer("music box", release=2.0, level_db=-3.0, reverb=0.3),
       Layer("crystal", release=2.0, semitones=12.0, t60=2.0, level_db=-7.0),
       Layer("ooh", level_db=-12.0, **_PAD)),
    _p("FX 2 (soundtrack)",
       Layer("synth strings", level_db=-3.0, harmonics=2.0, cutoff=500.0, sweep=1.5,
             sweep_attack=2.0, sweep_t=4.0, sweep_sustain=0.5, **_PAD),
       Layer("strings", semitones=7.0, level_db=-8.0, **_PAD)),
    _p("FX 3 (crystal)", Layer("crystal", release=2.5, reverb=0.3, chorus=0.2)),
    _p("FX 4 (atmosphere)",
       Layer("nylon", release=1.0, level_db=-1.0, reverb=0.3),
       Layer("ooh", level_db=-3.0, **_PAD)),
    _p("FX 5 (brightness)",
       Layer("crystal", release=2.0, semitones=12.0, t60=3.0, level_db=-5.0),
       Layer("synth strings", **(_PAD | {"attack": 0.15}))),
    _p("FX 6 (goblins)",
       Layer("soft voice", attack=0.4, release=1.5, vibrato=45.0, vibrato_hz=3.2,
             vibrato_delay=0.0, level_db=-3.0, reverb=0.4, sweep=2.0, harmonics=3.0,
             sweep_attack=1.0, sweep_t=2.0),
       Layer("metal", attack=0.8, release=1.5, level_db=-9.0, semitones=-12.0)),
    _p("FX 7 (echoes)",
       Layer("synth strings", tremolo_db=6.0, tremolo_hz=2.7,
             harmonics=8.0, **(_PAD | {"attack": 0.05, "reverb": 0.4}))),
    _p("FX 8 (sci-fi)",
       Layer("metal", attack=0.2, release=1.5, level_db=-2.0, reverb=0.3),
       Layer("synth strings", level_db=-3.0, resonance_db=9.0, harmonics=2.0,
             sweep=3.0, sweep_attack=0.02, sweep_t=3.0, **_PAD)),
)  # fmt: skip

ETHNIC = (
    _p("Sitar", Layer("sitar", release=0.8, drop=0.3, drop_t=0.15)),
    _p("Banjo", Layer("banjo", release=0.25, touch=1.5, cutoff=9000.0)),
    _p("Shamisen", Layer("shamisen", release=0.25, touch=1.5, cutoff=9000.0)),
    _p("Koto", Layer("koto", release=0.8, touch=1.5, cutoff=9000.0)),
    _p("Kalimba", Layer("kalimba", release=0.6)),
    _p("Bag pipe",
       Layer("bagpipe", attack=0.01, release=0.06, cents=-2.0, level_db=-4.0),
       Layer("bagpipe", attack=0.01, release=0.06, cents=2.0, level_db=-4.0)),
    _p("Fiddle",
       Layer("violin", **(_BOW | {"attack": 0.004, "vibrato": 8.0, "cutoff": 12000.0,
                                  "release": 0.12}))),
    _p("Shanai", Layer("shanai", **(_WIND | {"vibrato": 16.0, "drop": -0.4}))),
)  # fmt: skip

PERCUSSIVE = (
    _p("Tinkle Bell", Layer("glockenspiel", t60=2.5, release=1.0, reverb=0.1)),
    _p("Agogo", Layer("bars", release=0.8)),
    _p("Steel Drums", Layer("steel drum", release=0.8, reverb=0.1)),
    _p("Woodblock", Layer("wood", **_HIT)),
    _p("Taiko Drum", Layer("taiko", reverb=0.15, **_HIT)),
    _p("Melodic Tom", Layer("tom", **_HIT)),
    _p("Synth Drum", Layer("synth drum", **_HIT)),
    _p("Reverse Cymbal", Layer("reverse cymbal", tracking=20, **_HIT)),
)  # fmt: skip

NOISES = (
    _p("Guitar Fret Noise", Layer("squeak", tracking=50, **_HIT)),
    _p("Breath Noise", Layer("sigh", tracking=50, **_HIT)),
    _p("Seashore",
       Layer("surf", attack=1.2, release=2.5, tremolo_db=5.0, tremolo_hz=0.16,
             tracking=30, wide=True)),
    _p("Bird Tweet",
       Layer("bird", tracking=50, **_HIT),
       Layer("bird", tracking=50, semitones=3.0, hold=0.0, level_db=-8.0, **_HIT)),
    _p("Telephone Ring", Layer("telephone", release=0.05, tracking=50)),
    _p("Helicopter",
       Layer("helicopter", attack=0.3, release=0.8, tracking=50, wide=True)),
    _p("Applause",
       Layer("applause", attack=0.25, release=1.0, tracking=30, wide=True)),
    _p("Gunshot", Layer("gunshot", tracking=50, reverb=0.2, **_HIT)),
)  # fmt: skip

PROGRAMS = (
    *PIANOS, *MALLETS, *ORGANS, *GUITARS, *BASSES, *STRINGS, *ENSEMBLES, *BRASS,
    *REEDS, *PIPES, *LEADS, *PADS, *EFFECTS, *ETHNIC, *PERCUSSIVE, *NOISES,
)  # fmt: skip
