"""Sounds as functions of pitch, played by the synthesizers of `dsplab`.

A recipe is called (f0 in Hz, n_samples, sample_rate, rng) and returns a signal with its
attack and without vibrato, which is the sampler's. Those of inharmonic things are told
the ratios of their partials, rounded so that a loop can hold them.
"""

import numpy as np

from dsplab.effects.overdrive import distortion, overdrive
from dsplab.filters.design import second_order
from dsplab.filters.formants import vowel
from dsplab.filters.static import filter_signal
from dsplab.sources.oscillators import oscillator
from dsplab.synths import additive, fm, modal, plucked, subtractive, waveguide, winds
from dsplab.synths.notes import find_patch

HELD = 60.0  # seconds: keys are let go in the sampler
_FLEXIBLE = {"inharmonicity": 0.0, "n_allpasses": 0}  # short loops hold harmonics only
STEADY = {
    plucked: _FLEXIBLE,
    waveguide: _FLEXIBLE,
    additive: {"unison": 1, "vibrato_cents": 0.0, "dynamics_db": 0.0},
    winds: {"vibrato": 0.0},
    modal: {"tremolo": 0.0},
    subtractive: {"unison": 1, "lfo_cents": 0.0, "lfo_width": 0.0, "glide": 0.0},
}


def engine(module, patch, *, velocity=127.0, octave=0.0, **changes):
    """A preset of an engine, some of its parameters changed, without vibrato."""
    patch = find_patch(patch, module.PRESETS)
    patch = patch._replace(**{**STEADY.get(module, {}), **changes})

    def recipe(f0, n, sample_rate, rng, ratios=None):
        told = patch
        if ratios is not None and module is modal:
            told = patch._replace(ratios=tuple(ratios))
        options = {"velocity": velocity, "patch": told}
        if module in (plucked, winds):
            options["noise"] = rng.uniform(-1.0, 1.0, n)
        f0 = np.full(n, f0 * 2.0**octave)
        return module.voice(f0, HELD, sample_rate, **options)

    return recipe


def in_tune(patch):
    """Operators of a DX7's patch without detuning: loops hold no slow beats."""
    return tuple(operator._replace(detune=0) for operator in patch.operators)


def tone(
    *, tilt_db=-6.0, peaks=(), even=1.0, corner=6000.0, slope=2.0, attack=0.03,
    bloom=0.0, decay=0.1, sustain=1.0, chiff=0.0, n_partials=60,
):  # fmt: skip
    """A tone whose body has resonances, which stay where they are at every pitch.

    Args:
      tilt_db: per octave, of what excites the body.
      peaks: rows (Hz, bandwidth in Hz, dB) of the body.
      even: level of the even partials.
      corner: Hz above which the level falls by 6 slope dB an octave more.
      slope: of it.
      attack, bloom, decay, sustain: see `dsplab.synths.additive.Patch`.
      chiff: level of noise at the onset, around the third partial.
      n_partials: at most.
    """

    def recipe(f0, n, sample_rate, rng, ratios=None):
        count = int(np.clip(0.45 * sample_rate / f0, 1, n_partials))
        f = f0 * np.arange(1, count + 1)
        levels = resonances(f, peaks) / np.sqrt(1.0 + (f / corner) ** (2 * slope))
        patch = additive.Patch(
            n_partials=count, tilt_db=tilt_db, even=even, levels=tuple(levels),
            attack=attack, bloom=bloom, decay=decay, sustain=sustain, dynamics_db=0.0,
        )  # fmt: skip
        y = additive.voice(
            np.full(n, f0), HELD, sample_rate, velocity=127.0, patch=patch
        )
        if chiff:
            t = np.arange(n) / sample_rate
            puff = t / 0.012 * np.exp(1.0 - t / 0.012)
            y = y + chiff * puff * hiss(n, 3.0 * f0, sample_rate, rng)
        return y

    return recipe


def resonances(f, peaks):
    """Gain of a body at frequencies f."""
    db = sum(g / (1.0 + ((f - c) / (0.5 * w)) ** 2) for c, w, g in peaks)
    return 10.0 ** (np.asarray(db) / 20.0)


def hiss(n, frequency, sample_rate, rng, *, q=1.5):
    """Noise around a frequency, peak about 1."""
    frequency = min(frequency, 0.4 * sample_rate)
    b, a = second_order("bandpass", frequency, sample_rate, q=q)
    y = filter_signal(rng.uniform(-1.0, 1.0, n), b, a)
    return y / np.abs(y).max()


def sung(name, *, voice="woman", tilt_db=-9.0, attack=0.15):
    """A vowel of one singer."""
    frequencies, bandwidths = vowel(name, voice=voice)

    def gain(f):
        real = frequencies[:, None] ** 2 - f**2
        return np.prod(
            frequencies[:, None] ** 2 / np.hypot(real, bandwidths[:, None] * f), axis=0
        )

    def recipe(f0, n, sample_rate, rng, ratios=None):
        count = int(np.clip(5500.0 / f0, 1, 80))
        patch = additive.Patch(
            n_partials=count, tilt_db=tilt_db, dynamics_db=0.0, attack=attack,
            levels=tuple(gain(f0 * np.arange(1, count + 1))),
        )  # fmt: skip
        return additive.voice(np.full(n, f0), HELD, sample_rate, patch=patch)

    return recipe


def wave(shape, *, width=0.5):
    """A plain wave of an oscillator; pulses have a width."""

    def recipe(f0, n, sample_rate, rng, ratios=None):
        options = {"width": width} if shape == "pulse" else {}
        return oscillator(np.full(n, f0), sample_rate, shape=shape, **options)

    return recipe


def piano_ratios(f0):
    """Partials of a piano's string: the stiffer, the higher."""
    stiffness = 1.6e-4 * 2.0 ** (np.log2(f0 / 110.0) * 1.1)
    count = int(np.clip(9500.0 / f0, 2, 48))
    return modal.string_ratios(count, inharmonicity=min(stiffness, 0.02))


def piano(f0, n, sample_rate, rng, ratios):
    """Struck strings: quick at first, when they move together, then slow; and wood."""
    k = np.arange(1, len(ratios) + 1)
    f = f0 * np.asarray(ratios)
    contact = 0.0011 * (261.6 / f0) ** 0.35
    hammer = np.abs(np.sinc(0.7 * contact * f)) + 0.12
    levels = hammer * np.abs(np.sin(np.pi * k * 0.117)) + 0.02
    levels = levels / (1.0 + (f / 3500.0) ** 2) * np.minimum(f / 120.0, 1.0)
    slow = 10.0 * (261.6 / f0) ** 0.7 / (1.0 + 0.22 * (k - 1.0)) ** 0.8
    signs = np.where(np.sin(np.pi * k * 0.117) < 0.0, -1.0, 1.0)
    options = {"sample_rate": sample_rate, "n_samples": n}
    y = modal.modes(f, slow, 0.4 * signs * levels, **options)
    y = y + modal.modes(f, 0.18 * slow, 0.6 * signs * levels, **options)
    t = np.arange(n) / sample_rate
    wood = hiss(n, 130.0, sample_rate, rng, q=0.8) * np.exp(-t / 0.03)
    felt = hiss(n, min(5.0 * f0, 4000.0), sample_rate, rng) * np.exp(-t / 0.006)
    begin = np.minimum(t / 0.002, 1.0)
    return begin * (y + np.abs(y).max() * (0.10 * wood + 0.08 * felt))


def struck(ratios, levels, *, t60=2.0, damping=0.8, contact=0.001, knock=0.0):
    """Something with modes of its own; a knock of the mallet's noise."""
    patch = modal.Patch(tuple(ratios), tuple(levels), t60, damping, contact)

    def recipe(f0, n, sample_rate, rng, ratios=None):
        told = patch if ratios is None else patch._replace(ratios=tuple(ratios))
        y = modal.voice(np.full(n, f0), HELD, sample_rate, velocity=127.0, patch=told)
        t = np.arange(n) / sample_rate
        if knock:
            noise = hiss(n, 4.0 * f0, sample_rate, rng) * np.exp(-t / 0.008)
            y = y + knock * np.abs(y).max() * noise
        return y * np.minimum(t / 0.0007, 1.0)

    return recipe


def bodied(recipe, peaks):
    """A recipe heard through a wooden body: rows (Hz, q, dB) of peaking filters."""

    def through(f0, n, sample_rate, rng, ratios=None):
        y = recipe(f0, n, sample_rate, rng)
        for frequency, q, gain_db in peaks:
            options = {"q": q, "gain_db": gain_db}
            y = filter_signal(
                y, *second_order("peaking", frequency, sample_rate, **options)
            )
        return y

    return through


def driven(recipe, *, drive, tone=0.5, hard=False):
    """A recipe through a pedal: overdrive, or distortion."""
    pedal = distortion if hard else overdrive

    def through(f0, n, sample_rate, rng, ratios=None):
        y = recipe(f0, n, sample_rate, rng)
        y = 0.5 * y / np.abs(y).max()
        y = pedal(y, sample_rate, drive=drive, tone=tone)
        b, a = second_order("lowpass", 4800.0, sample_rate)  # the loudspeaker
        return filter_signal(y, b, a)

    return through


def breathy(recipe, *, level=0.2, at=2.0, q=1.5, attack=0.05):
    """A recipe with breath around a multiple of its pitch."""

    def blown(f0, n, sample_rate, rng, ratios=None):
        y = recipe(f0, n, sample_rate, rng)
        t = np.arange(n) / sample_rate
        noise = hiss(n, at * f0, sample_rate, rng, q=q)
        puff = 1.0 + 1.5 * np.exp(-t / 0.05)
        return y + level * np.abs(y).max() * noise * puff * np.minimum(t / attack, 1.0)

    return blown


def blended(*parts):
    """Recipes added up: pairs (level, recipe), or (level, recipe, octaves)."""

    def recipe(f0, n, sample_rate, rng, ratios=None):
        y = 0.0
        for level, part, *octaves in parts:
            x = part(f0 * 2.0 ** sum(octaves), n, sample_rate, rng)
            y = y + level * x / np.abs(x).max()
        return y

    return recipe


def fm_tone(ratio, index, *, decay=1.0, sustain=0.0, carrier=1.0, attack=0.002):
    """Two operators whose brightness dies away, and a carrier that does not."""
    operators = (
        fm.Operator(ratio=carrier, decay=0.1, sustain=1.0, attack=attack),
        fm.Operator(
            ratio=ratio, level=index, decay=decay, sustain=sustain, attack=attack,
            keyboard_db=-3.0,
        ),
    )  # fmt: skip
    return engine(fm, fm.Patch(operators))
