"""Drum kits: which drums, how they are tuned, where they stand; and playing them.

A kit is rendered once, each drum one hit; a beat is then a matter of adding copies. All
this is NumPy: where a hit falls decides which samples change.
"""

import functools
import math
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import one_of, positive
from dsplab.shaping.reduction import reduce_bits, reduce_rate
from dsplab.sources.notes import as_notes
from dsplab.synths.drums import (
    clap,
    cowbell,
    hi_hat,
    kick,
    rim,
    shaker,
    snare,
    tom,
)
from dsplab.synths.notes import velocity_gain

CHOKE_SECONDS = 0.01  # in which an open hi-hat is closed


class Drum(NamedTuple):
    """One drum of a kit."""

    instrument: Any  # a function of `drums`
    settings: dict  # its keywords
    seconds: float  # how long a hit is
    level: float  # its peak at velocity 127
    pan: float = 0.0  # -1 left to 1 right


# the numbers of General MIDI
NUMBERS = {
    "kick": 36, "rim": 37, "snare": 38, "clap": 39, "closed_hat": 42, "open_hat": 46,
    "low_tom": 45, "mid_tom": 47, "high_tom": 50, "crash": 49, "ride": 51,
    "cowbell": 56, "shaker": 70,
}  # fmt: skip
DRUMS = tuple(NUMBERS)
HATS = ("closed_hat", "open_hat")

_808 = {
    "kick": Drum(
        kick, {"pitch": 48.0, "sweep": 1.5, "t60": 1.3, "click": 0.1}, 1.3, 0.8
    ),
    "rim": Drum(rim, {}, 0.1, 0.35, -0.2),
    "snare": Drum(snare, {"pitch": 180.0, "wires": 0.55}, 0.35, 0.55),
    "clap": Drum(clap, {}, 0.45, 0.45, 0.1),
    "closed_hat": Drum(hi_hat, {"t60": 0.09, "metal": 0.9}, 0.1, 0.28, 0.3),
    "open_hat": Drum(hi_hat, {"t60": 0.7, "metal": 0.9}, 0.6, 0.28, 0.3),
    "low_tom": Drum(tom, {"pitch": 80.0, "t60": 0.7}, 0.7, 0.6, -0.4),
    "mid_tom": Drum(tom, {"pitch": 120.0, "t60": 0.6}, 0.6, 0.6, 0.0),
    "high_tom": Drum(tom, {"pitch": 165.0, "t60": 0.5}, 0.5, 0.6, 0.4),
    "crash": Drum(
        hi_hat, {"t60": 2.5, "pitch": 1.3, "brightness": 4000.0}, 2.0, 0.3, -0.3
    ),
    "ride": Drum(
        hi_hat, {"t60": 1.2, "pitch": 1.6, "brightness": 5500.0}, 1.0, 0.2, -0.4
    ),
    "cowbell": Drum(cowbell, {}, 0.5, 0.35, 0.2),
    "shaker": Drum(shaker, {}, 0.15, 0.22, -0.4),
}  # fmt: skip


def _changed(kit, **changes):
    """The kit with some of the settings of some drums replaced."""
    drums = dict(kit)
    for name, (settings, fields) in changes.items():
        drum = drums[name]
        drums[name] = drum._replace(settings=drum.settings | settings, **fields)
    return drums


_909 = _changed(
    _808,
    kick=({"pitch": 52.0, "sweep": 3.2, "sweep_t60": 0.1, "t60": 0.45, "click": 0.5,
           "drive": 1.8}, {"seconds": 0.5, "level": 0.85}),
    snare=({"pitch": 200.0, "wires": 0.7, "wires_t60": 0.35}, {"level": 0.6}),
    clap=({"pitch": 1300.0, "t60": 0.3}, {"level": 0.5}),
    closed_hat=({"metal": 0.45, "pitch": 1.7, "t60": 0.08}, {}),
    open_hat=({"metal": 0.45, "pitch": 1.7, "t60": 0.5}, {}),
    crash=({"metal": 0.4, "pitch": 1.9}, {}), ride=({"metal": 0.5, "pitch": 2.3}, {}),
    low_tom=({"pitch": 90.0, "sweep": 1.0}, {}), mid_tom=({"sweep": 1.0}, {}),
    high_tom=({"sweep": 1.0}, {}), rim=({"pitch": 520.0}, {"level": 0.4}),
)  # fmt: skip
_ACOUSTIC = _changed(
    _808,
    kick=({"pitch": 62.0, "sweep": 1.2, "sweep_t60": 0.05, "t60": 0.32, "click": 0.9},
          {"seconds": 0.4, "level": 0.75}),
    snare=({"pitch": 210.0, "t60": 0.18, "wires": 0.8, "wires_t60": 0.3,
            "brightness": 1200.0}, {"level": 0.6}),
    closed_hat=({"metal": 0.3, "pitch": 2.7, "t60": 0.11, "brightness": 6000.0}, {}),
    open_hat=({"metal": 0.3, "pitch": 2.7, "t60": 0.8, "brightness": 5500.0}, {}),
    crash=({"metal": 0.25, "pitch": 3.1, "t60": 2.8, "brightness": 3000.0}, {}),
    ride=({"metal": 0.5, "pitch": 3.3, "t60": 1.6, "brightness": 4000.0}, {}),
    low_tom=({"pitch": 95.0, "sweep": 0.3, "t60": 0.6, "skin": 0.4}, {}),
    mid_tom=({"pitch": 135.0, "sweep": 0.3, "skin": 0.4}, {}),
    high_tom=({"pitch": 185.0, "sweep": 0.3, "skin": 0.4}, {}),
    rim=({"pitch": 430.0, "click": 0.8}, {}), cowbell=({"pitch": 620.0}, {}),
    shaker=({"brightness": 4500.0}, {}),
)  # fmt: skip
KITS = {"808": _808, "909": _909, "acoustic": _ACOUSTIC, "lofi": _ACOUSTIC}
LOFI_CLOCK, LOFI_BITS = 12000.0, 7.0  # the sampler of the "lofi" kit


def render_kit(kit, sample_rate, *, rng=None, variety=0.0, drums=None):
    """Render each drum of a kit once.

    Args:
      kit: a name of `KITS`, or a dictionary of `Drum`s.
      sample_rate: Hz.
      rng: `numpy.random.Generator` of the noise and the variety; without it the same
        kit always comes out the same.
      variety: how differently every drum is tuned and damped from the kit as it is:
        0.1 for another drummer's, 0.5 for another drum.
      drums: names of those that are wanted; None for all. Cymbals take longest.

    Returns:
      Dictionary from names to pairs (hit, pan): the sound, (n_samples,), whose peak is
      the drum's level, and its place from -1 to 1.

    >>> hits = render_kit("909", 8000)
    >>> hits["snare"][0].shape, hits["kick"][1]
    ((2800,), 0.0)
    """
    positive(sample_rate, name="sample_rate")
    positive(variety, name="variety", allow_zero=True)
    if isinstance(kit, str) and rng is None and variety == 0.0:
        hits = _rendered(one_of(kit, tuple(KITS), name="kit"), sample_rate)
        return {name: hits[name] for name in hits if drums is None or name in drums}
    return _render(kit, sample_rate, rng, variety, drums)


@functools.lru_cache(maxsize=16)
def _rendered(kit, sample_rate):
    return _render(kit, sample_rate, None, 0.0, None)


def _render(kit, sample_rate, rng, variety, wanted):
    rng = np.random.default_rng(808) if rng is None else rng
    worn = kit == "lofi"
    drums = KITS[one_of(kit, tuple(KITS), name="kit")] if isinstance(kit, str) else kit
    hits = {}
    for name, drum in drums.items():
        if wanted is not None and name not in wanted:
            continue
        settings = _varied(drum.settings, rng, variety) if variety else drum.settings
        length = math.ceil(drum.seconds * sample_rate)
        hit = drum.instrument(rng.uniform(-1.0, 1.0, length), sample_rate, **settings)
        if worn and sample_rate > LOFI_CLOCK:
            hit = reduce_rate(hit, sample_rate, clock=LOFI_CLOCK)
        n = min(math.ceil(0.1 * length), length)
        hit[-n:] *= np.linspace(1.0, 0.0, n)  # nothing is cut off
        hit *= drum.level / max(abs(hit).max(), 1e-9)
        hits[name] = (reduce_bits(hit, LOFI_BITS) if worn else hit, drum.pan)
    return hits


def _varied(settings, rng, variety):
    """Settings moved up or down by random factors; counts stay."""
    return {
        key: value * 2.0 ** (variety * rng.uniform(-1.0, 1.0))
        if isinstance(value, float)
        else value
        for key, value in settings.items()
    }


def place_hits(
    hits, starts, names, gains, *, length, fade=256, stereo=False, around=False
):
    """Add hits up to a beat; a closed hi-hat, or another open one, shuts an open one.

    Args:
      hits: from `render_kit`.
      starts: sample at which each begins, integers from 0 to length - 1.
      names: of the drums.
      gains: of the hits.
      length: samples of the beat.
      fade: samples in which an open hi-hat is shut.
      stereo: two channels, each drum in its place, with constant power.
      around: what sounds on beyond the end is added at the beginning, so that the beat
        can be repeated without a gap.

    Returns:
      Signal, (length,) or (2, length).
    """
    y = np.zeros((2, length) if stereo else length)
    lengths = _choked_lengths(starts, names, length if around else None)
    for start, name, gain, sounding in zip(starts, names, gains, lengths, strict=True):
        hit, pan = hits[name]
        hit = gain * hit
        if sounding is not None and sounding < len(hit):
            hit = hit[: sounding + fade]
            n = len(hit) - sounding
            hit[sounding:] *= np.linspace(1.0, 0.0, n)
        if stereo:
            angle = np.pi / 4 * (1.0 + pan)
            hit = np.array([[np.cos(angle)], [np.sin(angle)]]) * hit
        while hit.shape[-1] and start < length:
            part = hit[..., : length - start]
            y[..., start : start + part.shape[-1]] += part
            hit, start = hit[..., length - start :], 0 if around else length
    return y


def _choked_lengths(starts, names, period):
    """How long each open hi-hat may sound, in samples; None for all others."""
    shuts = sorted(s for s, n in zip(starts, names, strict=True) if n in HATS)
    if period is not None:
        shuts = shuts + [s + period for s in shuts]
    lengths = []
    for start, name in zip(starts, names, strict=True):
        later = [s for s in shuts if s > start] if name == "open_hat" else []
        lengths.append(later[0] - start if later else None)
    return lengths


def play(notes, sample_rate, *, kit="808", rng=None, stereo=False):
    """Play notes by their numbers in General MIDI: 36 a kick, 38 a snare, 42 a hi-hat.

    Args:
      notes: `Note`s, or rows (onset, duration, pitch[, velocity]). A drum sounds as
        long as it does, whatever the duration.
      sample_rate: Hz.
      kit: a name of `KITS`, a dictionary of `Drum`s, or hits from `render_kit`.
      rng: `numpy.random.Generator` of the drums' noise.
      stereo: two channels, each drum in its place.

    Returns:
      Signal, (n_samples,) or (2, n_samples), until the last drum is silent.

    Raises:
      ValueError: if a note is none of the drums in `NUMBERS`.

    >>> play([(0.0, 0.1, 36), (0.5, 0.1, 38)], 8000).shape
    (10400,)
    """
    notes = as_notes(notes)
    hits = as_hits(kit, sample_rate, rng)
    of_number = {number: name for name, number in NUMBERS.items() if name in hits}
    for note in notes:
        one_of(note.pitch, tuple(of_number), name="notes' pitch")
    names = [of_number[int(note.pitch)] for note in notes]
    starts = [round(note.onset * sample_rate) for note in notes]
    gains = [float(velocity_gain(note.velocity)) for note in notes]
    ends = [s + len(hits[name][0]) for s, name in zip(starts, names, strict=True)]
    fade = math.ceil(CHOKE_SECONDS * sample_rate)
    options = {"length": max(ends), "fade": fade, "stereo": stereo}
    return place_hits(hits, starts, names, gains, **options)


def as_hits(kit, sample_rate, rng):
    """The hits of a kit, or the hits themselves."""
    rendered = isinstance(kit, dict) and not isinstance(next(iter(kit.values())), Drum)
    return kit if rendered else render_kit(kit, sample_rate, rng=rng)
