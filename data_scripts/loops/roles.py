"""A bar by its roles: who plays, what, and through which effects."""

import functools

import numpy as np

from data_scripts.loops import phrases
from data_scripts.loops.instruments import (
    BASS,
    CHORDS,
    FX,
    KITS,
    MELODY,
    instruments,
    play,
    side_of,
)
from data_scripts.loops.noises import NOISES
from dsplab.effects import chorus, delays, overdrive, reverb, tremolo
from dsplab.filters.design import second_order
from dsplab.filters.static import filter_signal
from dsplab.sources.notes import Note
from dsplab.synths.drum_kits import render_kit
from dsplab.synths.drum_loops import STYLES, drum_loop

SECONDS = 2.0  # four beats, 120 a minute
ROLES = ("percussion", "bass", "chords", "melody", "fx")
TOGETHER = (0.7, 0.2, 0.1)  # how often a loop has one role, two, three
PHRASES = {
    "bass": (phrases.bass, BASS),
    "chords": (phrases.chords, CHORDS),
    "melody": (phrases.melody, MELODY),
}


def plan(seed, k, side):
    """What is written of loop k, and the function of the sample rate that plays it.

    The first role is the k-th in turn, so that there are as many of each.

    Args:
      seed: of the rendering.
      k: which loop.
      side: "train", "valid" or "test": whose instruments play.

    Returns:
      Role ("bass+melody" if there are two), instruments, key, scale, effects; and the
      function.
    """
    rng = np.random.default_rng([seed, 23, k])
    others = rng.permutation([role for role in ROLES if role != ROLES[k % len(ROLES)]])
    n = 1 + rng.choice(len(TOGETHER), p=TOGETHER)
    chosen = {ROLES[k % len(ROLES)], *others[: n - 1].tolist()}
    chosen = [role for role in ROLES if role in chosen]
    harmony = phrases.draw_harmony(rng)
    parts = [_part(role, rng, harmony, side) for role in chosen]
    gains = 10.0 ** (rng.uniform(-5.0, 5.0, n) / 20.0)
    peak = 10.0 ** (rng.uniform(-9.0, -1.0) / 20.0)

    def loop(sample_rate):
        length = round(SECONDS * sample_rate)
        y = np.zeros(length)
        for part, gain in zip(parts, gains, strict=True):
            x = part[-1](sample_rate, length)
            y += gain * x / max(np.sqrt((x**2).mean()), 1e-6)
        return y * peak / max(abs(y).max(), 1e-9)

    names = ["+".join(column) for column in zip(*(p[:2] for p in parts), strict=True)]
    key = phrases.KEYS[harmony.key]
    return ["+".join(chosen), names[0], key, harmony.scale, names[1]], loop


def _part(role, rng, harmony, side):
    """Instrument, effect, and the function (sample_rate, length) that plays them."""
    own = np.random.default_rng(rng.integers(2**63))
    if role == "percussion":
        name, dry = _drums(own, side)
    elif role == "fx":
        name, dry = _noise(own, side)
    else:
        phrase, numbers = PHRASES[role]
        name, dry = _notes(own, phrase(own, harmony), instruments(numbers, side))
    effect, change = _effect(own, role)

    def wet(sample_rate, length):
        x = dry(sample_rate, length)
        return change(np.tile(x, 2), sample_rate)[length : 2 * length]

    return name, effect, wet


def _drums(rng, side):
    kit, style = str(rng.choice(KITS[side])), str(rng.choice(list(STYLES)))
    options = {"variation": rng.uniform(0.1, 0.9), "looseness": rng.uniform(0, 0.006)}

    def dry(sample_rate, length):
        drums = STYLES[style].rows
        hits = render_kit(kit, sample_rate, rng=rng, variety=0.4, drums=drums)
        options.update(kit=hits, rng=rng, bars=1, tempo=240.0 / SECONDS)
        return drum_loop(style, sample_rate=sample_rate, **options)

    return f"kit {kit}", dry


def _noise(rng, side):
    kinds = [kind for n, kind in enumerate(NOISES, 140) if side_of(n) == side]
    places = rng.integers(len(kinds) + len(instruments(FX, side)))
    if places < len(kinds):
        kind = kinds[places]

        def dry(sample_rate, length):
            return kind(rng, np.arange(length) / sample_rate, sample_rate)

        return f"noise {kind.__name__}", dry
    every = float(rng.choice([0.5, 1.0, 2.0]))
    notes = [
        Note(start, every, float(rng.integers(40, 80)), rng.uniform(60.0, 120.0))
        for start in np.arange(0.0, SECONDS, every)
    ]
    return _notes(rng, notes, instruments(FX, side))


def _notes(rng, notes, choice):
    instrument = choice[rng.integers(len(choice))]

    def dry(sample_rate, length):
        x = play(instrument, notes, sample_rate, rng=rng)
        x = np.pad(x, (0, max(2 * length - len(x), 0)))
        return x[:length] + x[length : 2 * length]  # what rings on leads into it

    return instrument.name, dry


def _effect(rng, role):
    """Name and function (x, sample_rate) of an effect, or of none."""
    kinds = {
        "none": 0.4, "lowpass": 0.12, "highpass": 0.06, "delay": 0.12, "reverb": 0.12,
        "overdrive": 0.08, "chorus": 0.05, "tremolo": 0.05,
    }  # fmt: skip
    if role in ("bass", "percussion"):
        kinds["highpass"] = kinds["chorus"] = 0.0
    odds = np.array(list(kinds.values()))
    name = str(rng.choice(list(kinds), p=odds / odds.sum()))
    amount, other = rng.uniform(0.1, 0.6), rng.random()
    return name, functools.partial(_changed, name, amount, other)


def _changed(name, amount, other, x, sample_rate):
    if name in ("lowpass", "highpass"):
        low, high = (400.0, 5000.0) if name == "lowpass" else (200.0, 2000.0)
        cutoff = low * (high / low) ** other
        return filter_signal(x, *second_order(name, cutoff, sample_rate, q=0.9))
    if name == "delay":
        time = (0.25, 0.375, 0.5)[int(3 * other)]
        options = {"time": time, "feedback": amount, "mix": 0.7 * amount}
        return delays.delay(x, sample_rate, tail=0.0, **options)
    if name == "reverb":
        decay = 0.4 + 2.0 * other
        return reverb.schroeder(x, sample_rate, decay=decay, mix=amount, tail=0.0)
    if name == "overdrive":
        loud = x / max(abs(x).max(), 1e-9)
        return overdrive.overdrive(loud, sample_rate, drive=other)
    if name == "chorus":
        return chorus.chorus(x, sample_rate)
    if name == "tremolo":
        frequency = (2.0, 4.0, 8.0)[int(3 * other)]
        return tremolo.tremolo(x, sample_rate, frequency=frequency, depth=amount)
    return x
