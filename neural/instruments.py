"""A learned model as a musical instrument: notes made once, then played, or kept.

A recipe whose model plays a note of a given pitch has a function

    instrument(params, config)    an `Instrument`

and everything else is the same for all models. `record` makes a note for every key that
is wanted, all of one timbre or each at its place on the way between two, and prepares
it for a sampler: as loud as the others, in tune, with a loop. `sound_font` lays the
takes over a keyboard, for `dsplab.rendering.midi_to_audio`, or for any other player.

**Loops.** A model's notes are short, keys are held long. What falls by so many decibels
a second is first made level, so that a loop can be found in it; the player's envelope
then lets it fall. Before its end the loop fades into what was before its beginning:
there the jump is no jump.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import integer
from dsplab.analysis.pitch import yin
from dsplab.convert import hz_to_midi
from dsplab.resampling import resample
from dsplab.sources.looping import find_loop
from neural.latents import places

AT_ONCE = 16  # notes that a model makes together
RMS, PEAK = 0.2, 0.98  # of a take's loudest tenth of a second; at most
STEADY = 0.2, 0.95  # part of a held note that is neither its attack nor its end
SUSTAINED_DB, GONE_DB = -6.0, -60.0  # a second: above it is a tone, below it a stroke
LISTENED_AT = 16000  # Hz
F_MIN, F_MAX = 40.0, 2400.0  # Hz, where a pitch is looked for
IN_TUNE = 60.0  # cents by which a take may be off, and be tuned
LEAST_LOOP, CROSSFADE = 0.1, 0.03  # seconds
GUARD = 8  # samples around a loop's ends that are the same
FADE = 0.02  # seconds in which a take without loop ends


class Instrument(NamedTuple):
    """A model that plays notes.

    Attributes:
      notes: function (pitch (n,), velocity (n,), latent (n, n_latent)), NumPy, to
        signals (n, n_samples).
      latent: function of a word (a seed's number, a name, a text) to the place of that
        timbre, (n_latent,).
      between: of `neural.latents`: the way from one place to another.
      usual: the word if none is given.
      pitches: lowest and highest MIDI number that the model knows, each between too.
      sample_rate: Hz.
      held: seconds for which the key of its notes is down.
      velocities: that make a difference, rising.
    """

    notes: Any
    latent: Any
    between: Any
    usual: str
    pitches: tuple
    sample_rate: int
    held: float
    velocities: tuple = (100,)


class Take(NamedTuple):
    """A note, ready for a sampler.

    x: (n_samples,) float64; pitch, velocity: that it stands for; cents: to add, for it
    to be in tune; fall_db: by which it falls in a second, NaN if that was not found;
    loop: (first sample, the one after its last), or None.
    """

    x: np.ndarray
    pitch: int
    velocity: int
    cents: float
    fall_db: float
    loop: tuple | None = None


def record(
    instrument, *, pitch=None, sounds=(), reach=(0.0, 1.0), keys=None, sample_rate=44100
):
    """Make notes, ready for a sampler.

    Args:
      instrument: an `Instrument`.
      pitch: MIDI numbers wanted, each nearest to one that the model knows; all that it
        knows if None.
      sounds: words for `Instrument.latent`: one timbre, or two: one at the lowest key,
        one at the highest.
      reach: parts of the way there, see `neural.latents.places`.
      keys: the lowest and the highest key; those that the model knows if None.
      sample_rate: of the takes, Hz.

    Returns:
      List of `Take`, by velocity and pitch. Those that miss the pitch they should have
      are left out, as long as others are left: a neighbour will stand in.

    Raises:
      ValueError: if an argument is out of range, or a word says nothing to the model.
    """
    rate = integer(sample_rate, name="sample_rate", least=1000)
    pitch = known_pitches(instrument, pitch)
    latent = timbres(instrument, pitch, sounds, reach, keys or instrument.pitches)
    strokes = np.asarray(instrument.velocities)
    asked = np.tile(pitch, len(strokes)), np.repeat(strokes, len(pitch))
    notes = _made(instrument, *asked, np.tile(latent, (len(strokes), 1)))
    off = cents_off(notes, asked[0], instrument)
    kept = np.abs(np.nan_to_num(off)) <= IN_TUNE  # one without pitch is as it is
    if not kept.any():
        kept[:], off = True, np.full(len(off), np.nan)
    return [
        _take(instrument, notes[n], (asked[0][n], asked[1][n], -off[n]), rate)
        for n in np.flatnonzero(kept)
    ]


def known_pitches(instrument, pitch):
    """Whole MIDI numbers, rising, that the model knows: nearest to those wanted."""
    lowest, highest = instrument.pitches
    if pitch is None:
        return np.arange(lowest, highest + 1)
    pitch = np.asarray(pitch, float).reshape(-1)
    if not pitch.size:
        raise ValueError("pitch must be at least one MIDI number, got none")
    if not np.isfinite(pitch).all():
        raise ValueError("pitch must be finite")
    return np.unique(np.clip(np.rint(pitch), lowest, highest).astype(int))


def timbres(instrument, pitch, sounds, reach, keys):
    """The place of each key's timbre: (n, n_latent)."""
    if len(sounds) > 2:
        raise ValueError(f"sounds must be one or two, got {len(sounds)}")
    if len(reach) != 2 or not np.isfinite(reach).all():
        raise ValueError(f"reach must be two numbers, got {tuple(reach)}")
    words = tuple(sounds) or (instrument.usual,)
    ends = [np.asarray(instrument.latent(word), np.float32) for word in words]
    if len(ends) == 1:
        return np.tile(ends[0], (len(pitch), 1))
    part = places(pitch, keys, reach)
    return np.asarray(instrument.between(*(end[None] for end in ends), part))


def _made(instrument, pitch, velocity, latent):
    """Signals (n, n_samples), made in batches of one size: compiled once."""
    size = min(AT_ONCE, len(pitch))
    made = []
    for first in range(0, len(pitch), size):
        rows = np.minimum(np.arange(first, first + size), len(pitch) - 1)
        made.append(instrument.notes(pitch[rows], velocity[rows], latent[rows]))
    return np.concatenate(made)[: len(pitch)].astype(float)


def cents_off(notes, pitch, instrument):
    """How far notes (n, n_samples) are from their pitch; NaN where there is none."""
    n_samples = round(notes.shape[-1] * LISTENED_AT / instrument.sample_rate)
    heard = resample(notes, n_samples)
    first, last = (round(part * instrument.held * LISTENED_AT) for part in STEADY)
    heard = heard[:, first:last]
    f0 = yin(heard, sample_rate=LISTENED_AT, f_min=F_MIN, f_max=F_MAX).f0
    found = [row[np.isfinite(row)] for row in f0]
    middle = [np.median(row) if row.size else np.nan for row in found]
    return 100.0 * (hz_to_midi(np.array(middle)) - pitch)


def _take(instrument, x, told, rate):
    """One note as a `Take`: louder or softer, level, looped."""
    pitch, velocity, cents = told
    x = resample(x, round(len(x) * rate / instrument.sample_rate))
    n_held = min(round(instrument.held * rate), len(x))
    fall = fall_of(x[:n_held], rate)
    take = Take(x, int(pitch), int(velocity), float(cents), fall)
    room = (STEADY[1] - STEADY[0] - 0.1) * n_held - LEAST_LOOP * rate
    if not GONE_DB < fall or room < CROSSFADE * rate:  # NaN too: silence
        return take._replace(x=_ended(levelled(x, rate), round(FADE * rate)))
    first = STEADY[0] * n_held
    seconds = np.maximum(np.arange(n_held) - first, 0.0) / rate
    flat = levelled(x[:n_held] * 10.0 ** (-min(fall, 0.0) * seconds / 20.0), rate)
    begin = STEADY[0] + 0.1
    loop = find_loop(flat, rate, shortest=LEAST_LOOP, first=begin, last=STEADY[1])
    return take._replace(x=seamless(flat, loop, round(CROSSFADE * rate)), loop=loop)


def levelled(x, rate):
    """A note at the loudness of all others, if its peak allows it; silence as it is."""
    n = max(min(round(0.1 * rate), len(x)), 1)
    power = np.convolve(x**2, np.full(n, 1.0 / n), "valid").max()
    peak = np.abs(x).max()
    if peak == 0.0:
        return x
    return x * min(RMS / math.sqrt(power), PEAK / peak)


def fall_of(x, rate):
    """Decibels by which a held note changes in a second, after its attack."""
    n = max(round(0.02 * rate), 1)
    first, last = (int(part * len(x)) for part in STEADY)
    power = (x[first:last][: (last - first) // n * n].reshape(-1, n) ** 2).mean(axis=1)
    if len(power) < 2 or not power.min() > 1e-12:
        return math.nan
    seconds = np.arange(len(power)) * n / rate
    return float(np.polyfit(seconds, 10.0 * np.log10(power), 1)[0])


def seamless(x, loop, fade):
    """The recording to the end of its loop and a little further, without a click.

    Before its end the loop becomes what precedes its beginning, to the last samples;
    after its end comes its beginning.
    """
    start, end = loop
    fade = min(fade, start - GUARD, end - start - GUARD)
    share = np.ones(fade + GUARD)
    share[:fade] = np.arange(fade) / fade
    early, late = (x[edge - fade - GUARD : edge] for edge in (start, end))
    y = x[: end + GUARD].copy()
    y[end - fade - GUARD : end] = share * early + (1.0 - share) * late
    y[end:] = x[start : start + len(y) - end]
    return y


def _ended(x, fade):
    """A recording whose end is silent."""
    left = (len(x) - 1 - np.arange(len(x))) / max(fade, 1)
    return x * np.clip(left, 0.0, 1.0)


def fall_of_all(takes):
    """What an instrument falls by in a second, dB: 0 for one that sustains."""
    found = [take.fall_db for take in takes if take.loop]
    fall = float(np.median(found)) if found else 0.0
    return min(fall, 0.0) if fall < SUSTAINED_DB else 0.0
