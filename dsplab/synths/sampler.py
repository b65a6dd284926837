"""Sampler: any recording played from a keyboard.

A recording is made at one pitch. A zone says for which keys and which strength of
stroke it stands, and how it goes on when it is over: a loop. Each note is the recording
of its zone, read faster or slower, without wrong notes (see `sources.transposition`).

Banks of recordings that others have made, SoundFonts, are played by `synths.soundfont`.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, one_of, positive
from dsplab._array import array_namespace, is_traced
from dsplab.convert import hz_to_midi, midi_to_hz
from dsplab.sources.envelopes import adsr
from dsplab.sources.looping import find_loop
from dsplab.sources.transposition import doubled, highest_of, read_doubled, travel
from dsplab.synths._recordings import INSTRUMENTS, recordings
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

LOWEST = 8.2  # Hz, MIDI pitch 0
PEAK = 0.5  # of a note at velocity 127, if its recording peaks at 1


class Zone(NamedTuple):
    """A recording, and the notes that it stands for."""

    x: Any  # (n_samples,) or (n_channels, n_samples)
    sample_rate: float  # of the recording, Hz
    root: float = 60.0  # MIDI pitch that it has by itself
    keys: tuple = (0.0, 127.0)  # lowest and highest MIDI pitch that it stands for
    velocities: tuple = (1.0, 127.0)
    loop: tuple | None = None  # (start, end) in samples; end is not played
    crossfade: int = 0  # samples before the end of the loop in which it begins anew
    until_release: bool = False  # go on after the loop when the key is let go
    gain_db: Any = 0.0
    pan: Any = None  # -1 left to 1 right; None leaves the channels as they are


class Patch(NamedTuple):
    """What one can turn. Times in seconds; numbers may be arrays, to be learned."""

    zones: Any = "tines"  # `Zone`s, or an instrument of the house: "tines", "strings"
    attack: Any = 0.002
    decay: Any = 0.1
    sustain: Any = 1.0
    release: Any = 0.15
    one_shot: bool = False  # sound to the end of the recording whatever the key does
    start: float = 0.0  # seconds into the recording where a note begins
    transpose: Any = 0.0  # semitones


PRESETS = {
    "electric piano": Patch(zones="tines", release=0.12),
    "strings": Patch(zones="strings", attack=0.12, release=0.35),
    "vibraphone": Patch(zones="tines", one_shot=True, transpose=12.0),
    "soft pad": Patch(zones="strings", attack=0.8, release=1.2, start=0.3),
}


def map_keys(recordings, sample_rate, *, loop=None, shortest=0.1, crossfade=0.02):
    """Spread recordings over the keyboard: each stands for the keys nearest to it.

    Args:
      recordings: {MIDI pitch: recording}, each (n_samples,) or (n_channels, n_samples).
      sample_rate: of all of them, Hz.
      loop: None; "auto" finds a loop in each (`sources.looping.find_loop`).
      shortest: least length of a loop that is found, seconds.
      crossfade: seconds in which the end of a loop fades into its start; as much as
        there is room for.

    Returns:
      Tuple of `Zone`s, for `Patch(zones=...)`.

    >>> tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> [zone.keys for zone in map_keys({57: tone, 69: tone}, 8000)]
    [(0.0, 63.0), (63.0, 127.0)]
    """
    positive(sample_rate, name="sample_rate")
    roots = sorted(recordings)
    middles = [(a + b) / 2.0 for a, b in zip(roots, roots[1:], strict=False)]
    lows, highs = [0.0, *middles], [*middles, 127.0]
    zones = []
    for root, low, high in zip(roots, lows, highs, strict=True):
        x = as_signal(recordings[root], name="recordings", ndim=(1, 2))
        ends = None
        if loop == "auto":
            ends = find_loop(np.asarray(x), sample_rate, shortest=shortest)
        fade = min(int(crossfade * sample_rate), *_room(ends)) if ends else 0
        zones.append(Zone(x, sample_rate, root, (low, high), (1, 127), ends, fade))
    return tuple(zones)


def with_recording(patch, x, sample_rate, *, root=60.0):
    """Return the patch, playing that recording, whose MIDI pitch is root.

    >>> tone = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    >>> len(with_recording("soft pad", tone, 8000, root=69.0).zones)
    1
    """
    x = as_signal(x, ndim=(1, 2))
    zones = map_keys({root: x}, sample_rate, loop="auto")
    return find_patch(patch, PRESETS)._replace(zones=zones)


def _room(loop):
    start, end = loop
    return start, end - start


def voice(f0, held, sample_rate, *, velocity=100.0, patch="electric piano"):
    """Play one note: every zone that its pitch and velocity lie in, added up.

    Args:
      f0: Hz at every sample, release included, (n_samples,). Its middle decides the
        zone; where JAX traces it, and so nobody knows it, all zones of the velocity.
      held: seconds for which the key is down.
      sample_rate: Hz; the recordings may have other ones.
      velocity: 1 to 127: a number where it decides between zones.
      patch: a name of `PRESETS`, or a `Patch`.

    Returns:
      Signal (n_samples,), or (n_channels, n_samples) if a zone has channels.

    >>> tone = Zone(np.sin(2 * np.pi * 441 * np.arange(4000) / 8000), 8000, root=69)
    >>> voice(np.full(2000, 220.0), 0.2, 8000, patch=Patch(zones=(tone,))).shape
    (2000,)
    """
    f0 = as_signal(f0, name="f0", ndim=1)
    patch = find_patch(patch, PRESETS)
    positive(sample_rate, name="sample_rate")
    zones = instrument(patch.zones) if isinstance(patch.zones, str) else patch.zones
    xp = array_namespace(f0, held, velocity, *(zone.x for zone in zones))
    f0 = xp.asarray(f0) * 2.0 ** (patch.transpose / 12.0)
    chosen = _zones_for(zones, f0, velocity)
    parts = [_play_zone(zone, f0, held, sample_rate, patch) for zone in chosen]
    y = sum(parts) if parts else xp.zeros_like(f0)
    gain = xp.asarray(PEAK * velocity_gain(velocity), dtype=f0.dtype)
    if patch.one_shot:
        return y * gain
    shape = {"attack": patch.attack, "decay": patch.decay, "sustain": patch.sustain}
    level = adsr(held, f0.shape[-1], sample_rate, release=patch.release, **shape)
    return y * (xp.asarray(level, dtype=f0.dtype) * gain)


def tail(patch):
    """Seconds that a note sounds on after its key is released."""
    patch = find_patch(patch, PRESETS)
    if not patch.one_shot:
        return float(patch.release)
    zones = instrument(patch.zones) if isinstance(patch.zones, str) else patch.zones
    return max(zone.x.shape[-1] / zone.sample_rate for zone in zones)


def play(notes, sample_rate, *, patch="electric piano", **options):
    """Play notes; options as for `play_notes` (bend, glide, polyphony).

    >>> play([(0.0, 0.1, 60.0)], 8000).ndim
    1
    """
    patch = find_patch(patch, PRESETS)
    return play_notes(
        voice, notes, sample_rate, patch=patch, tail=tail(patch), **options
    )


def instrument(name):
    """Zones of an instrument of the house, made by equations: "tines" or "strings".

    >>> [zone.root for zone in instrument("tines")]
    [36, 48, 60, 72]
    """
    return _instrument(one_of(name, tuple(INSTRUMENTS), name="name"))


@functools.cache
def _instrument(name):
    options = {"shortest": 1.0, "crossfade": 0.2}
    return map_keys(*recordings(name), loop=INSTRUMENTS[name], **options)


def _zones_for(zones, f0, velocity):
    """Zones whose ranges a note lies in; each range is open above, but for its top."""
    pitch = None if is_traced(f0) else _pitch_of(f0)
    strength = None if is_traced(velocity) else float(velocity)

    def within(value, bounds):
        low, high = bounds
        return value is None or low <= value and (value < high or high >= 127.0)

    return [
        zone
        for zone in zones
        if within(pitch, zone.keys) and within(strength, zone.velocities)
    ]


def _pitch_of(f0):
    pitch = float(hz_to_midi(max(float(f0[f0.shape[-1] // 2]), LOWEST)))
    return round(pitch, 4)


def _play_zone(zone, f0, held, sample_rate, patch):
    xp = array_namespace(f0, zone.x)
    tuning = float(zone.sample_rate / (midi_to_hz(zone.root) * sample_rate))
    ratio = f0 * tuning
    highest = highest_of(ratio, default=tuning * float(midi_to_hz(zone.keys[1])))
    x = doubled(xp.asarray(zone.x, dtype=f0.dtype), highest)
    start = xp.asarray(patch.start * zone.sample_rate, dtype=f0.dtype)
    whole, fraction = travel(ratio, start)
    if zone.loop is None:
        y = read_doubled(x, whole, fraction)
    else:
        y = _looped(x, whole, fraction, zone, _released(f0, held, sample_rate))
    y = y * 10.0 ** (as_values(zone.gain_db) / 20.0).astype(f0.dtype)
    return y if zone.pan is None else _panned(y, zone.pan)


def _released(f0, held, sample_rate):
    """Whether the key has been let go, at every sample."""
    return np.arange(f0.shape[-1]) >= held * sample_rate


def _looped(x, whole, fraction, zone, released):
    """Read on and on between the ends of the loop; before its end, fade into its start.

    Places count samples of the doubled recording, of which a loop is a whole number.
    """
    xp = array_namespace(whole)
    start, end = (2 * integer(edge, name="loop", least=0) for edge in zone.loop)
    length = end - start
    turns = xp.maximum(xp.floor((whole - start) / length), 0.0)
    if zone.until_release:  # the last turn is the one in which the key is let go
        held_turns = xp.where(released, 0.0, turns)
        turns = xp.where(released, held_turns.max(axis=-1, keepdims=True), turns)
    place = whole - turns * length
    if zone.crossfade == 0:
        return read_doubled(x, place, fraction)
    near = (place + fraction - end) / (2 * zone.crossfade) + 1.0
    share = xp.clip(near, 0.0, 1.0)
    if zone.until_release:
        share = xp.where(released, 0.0, share)
    early = read_doubled(x, place - length, fraction)
    return (1.0 - share) * read_doubled(x, place, fraction) + share * early


def _panned(y, pan):
    """One channel to two, or two shifted, with the law of sine and cosine."""
    xp = array_namespace(y)
    angle = (xp.asarray(pan, dtype=y.dtype) + 1.0) * (np.pi / 4.0)
    return xp.stack([xp.cos(angle) * y, xp.sin(angle) * y], axis=-2)
