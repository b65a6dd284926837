"""Instruments whose notes are rendered: what they are called, and how they play.

With a SoundFont, each of its presets of bank 0 is one. Without, every preset of the
synthesizers of `dsplab` is, as it is and in versions that chance has changed.
"""

import functools
import zlib
from typing import Any, NamedTuple

import numpy as np

from dsplab.convert import midi_to_hz
from dsplab.formats.soundfont import read_soundfont
from dsplab.resampling import resample
from dsplab.synths import additive, fm, modal, plucked, subtractive, waveguide, winds
from dsplab.synths.soundfont import play_note
from neural.data.nsynth import HELD, N_SAMPLES, SAMPLE_RATE

GAIN = 1.0  # of the sampler: the loudest notes of banks stay just below 1
RENDERED = 48000  # Hz, of the engines; the notes are a third of it
VARIETY = 0.35  # octaves, by which chance moves times and cutoffs, at most
MOVED = {  # parameters of patches that may be moved
    "attack", "decay", "release", "t60", "cutoff", "contact", "bloom",
    "cutoff_decay", "cutoff_attack", "detune_cents", "vibrato_cents", "spread_cents",
}  # fmt: skip
HIGHEST = {winds: 93, waveguide: 98, plucked: 105}  # MIDI pitch that can be played


class Instrument(NamedTuple):
    """What plays. `plays` is a program number, or (engine, preset, version)."""

    family: str
    source: str
    number: int  # of all with this family and source
    plays: Any
    distorted: bool = False
    title: str = ""  # what the SoundFont or the engine calls it


def _spread(*rows):
    return {program: name for name, programs in rows for program in programs}


GENERAL_MIDI = _spread(
    ("keyboard", range(8)),
    ("mallet", (*range(8, 16), 47, 108, 112, 114)),
    ("organ", range(16, 21)),
    ("reed", (21, 22, 23, *range(64, 72), 109, 111)),
    ("guitar", (*range(24, 32), 104, 105, 106, 107)),
    ("bass", range(32, 40)),
    ("string", (*range(40, 47), 48, 49, 50, 51, 110)),
    ("vocal", (52, 53, 54)),
    ("brass", range(56, 64)),
    ("flute", range(72, 80)),
    ("synth_lead", range(80, 104)),
)
ELECTRONIC = {2, 4, 5, 7, *range(16, 19), *range(26, 32), *range(33, 38)}
SYNTHETIC = {38, 39, 50, 51, 54, 62, 63, *range(80, 104)}
DISTORTED = {29, 30, 84}

ENGINES = {
    additive: {"organ": "organ", "choir": "vocal", "clarinet": "reed",
               "brass": "brass", "piano": "keyboard", "bell": "mallet"},
    fm: {"electric piano": "keyboard", "bell": "mallet", "brass": "brass",
         "clarinet": "reed", "bass": "bass", "marimba": "mallet"},
    subtractive: {"bass": "bass", "acid": "bass", "lead": "synth_lead",
                  "sync lead": "synth_lead", "pad": "synth_lead",
                  "strings": "string", "brass": "brass", "pluck": "guitar"},
    plucked: {"nylon guitar": "guitar", "steel guitar": "guitar",
              "muted guitar": "guitar", "bass": "bass", "harp": "string",
              "koto": "guitar"},
    waveguide: {"electric guitar, bridge": "guitar", "electric guitar, neck": "guitar",
                "electric bass": "bass", "hammered dulcimer": "mallet",
                "clavichord": "keyboard"},
    modal: {"marimba": "mallet", "vibraphone": "mallet", "glockenspiel": "mallet",
            "bell": "mallet", "glass": "mallet"},
    winds: {"clarinet": "reed", "chalumeau": "reed", "flute": "flute",
            "recorder": "flute", "shakuhachi": "flute"},
}  # fmt: skip
NAMES = {engine.__name__.rsplit(".", 1)[-1]: engine for engine in ENGINES}


def from_sound_font(path, programs):
    """Instruments of a SoundFont: those of the programs that it has and that are named.

    Presets of drums and noises, which have no pitch, are left out.
    """
    presets = read_soundfont(path).presets
    titles = {preset.program: preset.name for preset in presets if preset.bank == 0}
    wanted = GENERAL_MIDI if programs is None else programs
    return _numbered(
        (GENERAL_MIDI[n], _source(n), n, n in DISTORTED, title.strip())
        for n, title in sorted(titles.items())
        if n in wanted and n in GENERAL_MIDI
    )


def _source(program):
    if program in SYNTHETIC:
        return "synthetic"
    return "electronic" if program in ELECTRONIC else "acoustic"


def from_engines(versions):
    """Instruments of the synthesizers: every preset in so many versions."""
    return _numbered(
        (family, "synthetic", (name, preset, version), False, preset)
        for version in range(versions)
        for name, engine in NAMES.items()
        for preset, family in ENGINES[engine].items()
    )


def _numbered(rows):
    counts, found = {}, []
    for family, source, *rest in rows:
        number = counts[family, source] = counts.get((family, source), -1) + 1
        found.append(Instrument(family, source, number, *rest))
    return found


def render(instrument, pitch, velocity, *, sound_font, seed):
    """Four seconds of a note, held for three: float64, (64000,), within [-1, 1]."""
    if sound_font is not None:
        y = _sampled(instrument.plays, pitch, velocity, sound_font)
    else:
        y = _synthesized(instrument.plays, pitch, velocity, seed)
    y = np.pad(y[:N_SAMPLES], (0, max(N_SAMPLES - len(y), 0)))
    n = SAMPLE_RATE // 200
    y[-n:] *= np.linspace(1.0, 0.0, n)  # what still sounds is not cut off
    return y / max(np.abs(y).max(), 1.0)


@functools.lru_cache(maxsize=1)
def _bank(path):
    return read_soundfont(path)


def _sampled(program, pitch, velocity, path):
    options = {"reverb": False, "chorus": False, "gain": GAIN, "velocity": velocity}
    y = play_note(
        pitch, HELD, SAMPLE_RATE, sound_font=_bank(path), program=program, **options
    )
    # what is in the middle is in both channels at 0.707 of its level
    return y.astype(np.float64).sum(axis=0) / np.sqrt(2.0)


def _synthesized(plays, pitch, velocity, seed):
    name, preset, version = plays
    engine = NAMES[name]
    if pitch > HIGHEST.get(engine, 127):
        return np.zeros(N_SAMPLES)
    drawn = zlib.crc32(f"{name} {preset}".encode())
    patch = changed(engine.PRESETS[preset], [seed, drawn, version])
    n = N_SAMPLES * RENDERED // SAMPLE_RATE
    options = {"velocity": float(velocity), "patch": patch}
    if engine in (plucked, winds) or (engine is subtractive and patch.noise):
        rng = np.random.default_rng([seed, drawn, version, pitch, velocity])
        options["noise"] = rng.uniform(-1.0, 1.0, n)
    f0 = np.full(n, float(midi_to_hz(pitch)))
    return resample(engine.voice(f0, HELD, RENDERED, **options), N_SAMPLES)


def changed(patch, seed):
    """A patch some of whose times and cutoffs chance has moved; version 0 as it is."""
    if seed[-1] == 0:
        return patch
    rng = np.random.default_rng(seed)
    if hasattr(patch, "operators"):
        return patch._replace(
            operators=tuple(_moved(op, rng) for op in patch.operators)
        )
    return _moved(patch, rng)


def _moved(patch, rng):
    values = patch._asdict()
    for name, value in values.items():
        factor = 2.0 ** rng.uniform(-VARIETY, VARIETY)
        if name in MOVED and isinstance(value, float):
            values[name] = factor * value
    return type(patch)(**values)
