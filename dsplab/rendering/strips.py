"""Channels that one of our own synthesizers plays: a mixer's strips.

A strip plays the notes of a channel on an engine, bent by its wheel, and mixes them by
its volume, expression and pan, as General MIDI has it. Notes are made when their time
comes and forgotten when they are silent: memory is that of the notes that sound.
"""

import inspect
import math
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from dsplab._synth import engines as known_engines
from dsplab.effects.mixing import pan_gains
from dsplab.formats.midi import DRUMS
from dsplab.formats.midi_curves import bend_events, controller_events
from dsplab.formats.midi_notes import parts
from dsplab.sources.midi_modulation import controller_curve
from dsplab.sources.notes import Note
from dsplab.synths import drum_kits
from dsplab.synths.notes import velocity_gain
from dsplab.synths.soundfont.sends import Chorus, Room, room_response

BEND = -1  # beside the controllers
MODULATION, VOLUME, PAN, EXPRESSION, REVERB, CHORUS = 1, 7, 10, 11, 91, 93
AT_FIRST = {MODULATION: 0, VOLUME: 100, PAN: 64, EXPRESSION: 127, REVERB: 40, CHORUS: 0}
SENT = 0.2  # of a sound goes to the room and the chorus when their controllers are 127
VIBRATO_HZ, VIBRATO_SEMITONES = 5.0, 0.5  # of the modulation wheel, fully up
SMOOTHING = 0.01  # seconds in which a controller moves
SETTLED = 0.2  # seconds after which what was before does not matter
KEPT_BYTES = 2**26  # of sounds that may come again
LONGEST_NOTE = 60.0  # seconds for which a key is held at most
FALLBACK = {  # keys of General MIDI that no kit has, by what is nearest to them
    35: 36, 40: 38, 41: 45, 43: 45, 48: 50, 44: 42, 51: 51, 53: 51, 59: 51, 52: 49,
    55: 49, 57: 49, 54: 70, 69: 70, 82: 70, 60: 50, 61: 47, 62: 50, 63: 50, 64: 47,
    65: 50, 66: 47, 67: 56, 68: 56, 75: 37, 76: 37, 77: 37, 31: 37, 33: 37,
}  # fmt: skip


class Engine(NamedTuple):
    """What plays a strip."""

    module: Any  # of `dsplab.synths`, or `drum_kits`
    patch: Any  # a name of its PRESETS (of KITS), or a patch (a kit)


class _Job(NamedTuple):
    """A note that is to be made when its time comes."""

    begin: int  # samples
    make: Any  # function without arguments: sound, (n,) or (2, n)


def as_engine(spec):
    """The engine that is meant: "fm:electric piano", "organ" ..., a pair, an `Engine`.

    Args:
      spec: "engine:preset", "engine" (its usual preset), "drums:kit" or "drums"; or a
        pair (module, patch).

    Raises:
      ValueError: naming what there is to choose from.

    >>> as_engine("drums:909").patch
    '909'
    """
    if isinstance(spec, tuple) and len(spec) == 2:
        return Engine(*spec)
    if not isinstance(spec, str):
        raise ValueError(f"an engine must be 'name:preset' or a pair, got {spec!r}")
    name, _, preset = (part.strip() for part in spec.partition(":"))
    if name == "drums":
        module, presets = drum_kits, drum_kits.KITS
    else:
        known = known_engines()
        if name not in known:
            names = ", ".join([*known, "drums"])
            raise ValueError(f"there is no engine {name!r}; there are {names}")
        module, presets = known[name], known[name].PRESETS
    if preset and preset not in presets:
        names = ", ".join(presets)
        raise ValueError(f"{name} has no preset {preset!r}; it has {names}")
    return Engine(module, preset or _usual(module, presets))


def _usual(module, presets):
    """The preset that an engine plays unless told otherwise."""
    takes = inspect.signature(module.play).parameters
    name = "kit" if module is drum_kits else "patch"
    usual = takes[name].default
    return usual if usual in presets else next(iter(presets))


def strip_blocks(
    midi, chosen, sample_rate, *, gain=0.2, reverb=True, chorus=True, block_length=2**17
):
    """Play channels on synthesizers, block by block.

    Args:
      midi: a `MidiFile`.
      chosen: function (channel, program) that says which engine plays, or None if
        none does.
      sample_rate: Hz.
      gain: of everything; a band is then about as loud as on a SoundFont.
      reverb: whether there is a room.
      chorus: whether there is a chorus.
      block_length: samples in a block; the last one is shorter.

    Yields:
      Blocks (2, n), float32.
    """
    strips = _strips(midi, chosen, sample_rate)
    room = Room(room_response(sample_rate)) if reverb and strips else None
    choir = Chorus(sample_rate) if chorus and strips else None
    begin = 0
    while any(strip.jobs or strip.voices for strip in strips):
        y = sum(strip.mix(begin, block_length) for strip in strips)
        if not any(strip.jobs for strip in strips):  # the end is known
            y = y[:, : max(strip.end for strip in strips) - begin]
        yield _with_effects(gain * y, room, choir)
        begin += block_length
    for start in range(0, room.ringing if room else 0, block_length):
        yield room(np.zeros(min(block_length, room.ringing - start), np.float32))


def _with_effects(y, room, choir):
    """Left and right of (4, n): dry, with what is sent to the room and the chorus."""
    y = y.astype(np.float32)
    both = y[:2].copy()
    if choir:
        both += choir(y[3])
    if room:
        both += room(y[2])
    return both


def _strips(midi, chosen, sample_rate):
    """A strip for each channel that has an engine."""
    of_channel = {}
    for event in midi.events:
        of_channel.setdefault(event.channel, []).append(event)
    strips, kept = [], _Kept(KEPT_BYTES)
    for channel, events in sorted(of_channel.items()):
        alone = midi._replace(events=events)
        controls = _Controls(alone, channel, sample_rate)
        jobs = []
        for part in parts(alone, pedal=channel % 16 != DRUMS):
            engine = chosen(channel, part.program)
            if engine is not None:
                jobs += _jobs(part, engine, controls, kept)
        if jobs:
            strips.append(_Strip(jobs, controls))
    return strips


def _jobs(part, engine, controls, kept):
    """The notes of a part, each to be made by its engine when its time comes."""
    rate = controls.rate
    if engine.module is drum_kits:
        return _drum_jobs(part.notes, engine.patch, rate)
    takes_rng = "rng" in inspect.signature(engine.module.play).parameters
    tail = _tail(engine)

    def job(number, note):
        n_held = max(round(min(note.duration, LONGEST_NOTE) * rate), 1)

        def make():
            n = n_held + math.ceil(tail * rate)
            bend = controls.bend(note.onset, n)
            alone = [Note(0.0, n_held / rate, note.pitch, note.velocity)]
            options = {"patch": engine.patch, "bend": bend}
            if takes_rng:
                options["rng"] = number
            play = partial(engine.module.play, alone, rate, **options)
            if takes_rng or bend is not None:
                return play()
            key = (part.channel, part.program, n_held, note.pitch, note.velocity)
            return kept(key, play)

        return _Job(round(note.onset * rate), make)

    return [job(*numbered) for numbered in enumerate(part.notes)]


class _Kept:
    """The last sounds that were made: notes often come again just as they were."""

    def __init__(self, room):
        self.sounds, self.room = {}, room  # the latest last; bytes

    def __call__(self, key, play):
        sound = self.sounds.pop(key, None)
        if sound is None:
            sound = play()
            self.room -= sound.nbytes
        self.sounds[key] = sound
        while self.room < 0:
            self.room += self.sounds.pop(next(iter(self.sounds))).nbytes
        return sound


def _tail(engine):
    """Seconds for which the engine sounds on."""
    from dsplab.synths.notes import find_patch

    return float(engine.module.tail(find_patch(engine.patch, engine.module.PRESETS)))


def _drum_jobs(notes, kit, sample_rate):
    """Hits of a kit; a hi-hat shuts the one before it."""
    hits = drum_kits.as_hits(kit, sample_rate, None)
    of_key = {drum_kits.NUMBERS[name]: name for name in hits}
    fade = math.ceil(drum_kits.CHOKE_SECONDS * sample_rate)
    rows = []
    for note in notes:
        name = of_key.get(FALLBACK.get(int(note.pitch), int(note.pitch)))
        if name is not None:
            rows.append((round(note.onset * sample_rate), name, note.velocity))

    def job(begin, name, velocity, shut):
        def make():
            length = len(hits[name][0])
            starts, names = [0], [name]
            gains = [float(velocity_gain(velocity))]
            if shut is not None and begin < shut < begin + length:
                starts.append(shut - begin)
                names.append("closed_hat")
                gains.append(0.0)
            options = {"length": length, "fade": fade, "stereo": True}
            return drum_kits.place_hits(hits, starts, names, gains, **options)

        return _Job(begin, make)

    jobs, shut = [], None
    for begin, name, velocity in reversed(rows):
        jobs.append(job(begin, name, velocity, shut if name == "open_hat" else None))
        shut = begin if name in drum_kits.HATS else shut
    return jobs[::-1]


class _Controls:
    """Wheels, pedals and controllers of a channel, at any time."""

    def __init__(self, midi, channel, sample_rate):
        self.rate = sample_rate
        self.first = dict(AT_FIRST)
        self.rows = {
            number: controller_events(midi, number, channel=channel)
            for number in AT_FIRST
        }
        self.first[BEND], self.rows[BEND] = 0.0, bend_events(midi, channel=channel)
        struck = (event.time for event in midi.events if event.kind == "note_on")
        self._begin(next(struck, 0.0))

    def _begin(self, onset):
        """What is set before the first note has been there for ever: nothing glides."""
        for number, rows in self.rows.items():
            n = np.searchsorted(rows[:, 0], onset, side="right")
            if n:
                self.first[number], self.rows[number] = rows[n - 1, 1], rows[n:]

    def curve(self, number, begin, n):
        """Controller from 0 to 1: a number, or a curve of n samples from `begin` on."""
        full = 1.0 if number == BEND else 127.0
        rows, first = self.rows[number], float(self.first[number])
        return _curve(rows, first, begin / self.rate, n, self.rate, full)

    def bend(self, onset, n):
        """Semitones at n samples from `onset` on; None if there is no bend."""
        semitones = self.curve(BEND, round(onset * self.rate), n)
        depth = self.curve(MODULATION, round(onset * self.rate), n)
        if np.any(depth):
            seconds = onset + np.arange(n) / self.rate
            vibrato = np.sin(2.0 * np.pi * VIBRATO_HZ * seconds)
            semitones = semitones + VIBRATO_SEMITONES * depth * vibrato
        if not np.any(semitones):
            return None
        return semitones if np.ndim(semitones) else np.full(1, semitones)


def _curve(rows, first, begin, n, sample_rate, full):
    """Rows (seconds, value) as a smooth curve; a number where nothing moves."""
    since, until = np.searchsorted(
        rows[:, 0], [begin - SETTLED, begin + n / sample_rate], side="right"
    )
    before = float(rows[since - 1, 1]) if since else first
    moving = rows[since:until]
    if not len(moving):
        return before / full
    lead = round(SETTLED * sample_rate)
    moving = moving - np.array([begin - lead / sample_rate, 0.0])
    options = {"initial": before, "full": full, "smoothing": SMOOTHING}
    return controller_curve(moving, lead + n, sample_rate, **options)[lead:]


class _Strip:
    """The notes of a channel that are to come, and those that sound."""

    def __init__(self, jobs, controls):
        jobs.sort(key=lambda job: job.begin)
        self.jobs, self.controls = jobs[::-1], controls  # the next one last
        self.voices = []  # (begin, sound)
        self.end = 0  # the sample at which all is silent, as far as it is known

    def mix(self, begin, n):
        """Left, right, and what is sent to room and chorus, (4, n)."""
        while self.jobs and self.jobs[-1].begin < begin + n:
            job = self.jobs.pop()
            sound = job.make()
            self.voices.append((job.begin, sound))
            self.end = max(self.end, job.begin + sound.shape[-1])
        mono, both = np.zeros(n), np.zeros((2, n))
        for start, sound in self.voices:
            _add(both if sound.ndim == 2 else mono, sound, start - begin)
        end = begin + n
        self.voices = [v for v in self.voices if v[0] + v[1].shape[-1] > end]
        if not (mono.any() or both.any()):
            return np.zeros((4, n))
        return self._placed(mono, both, begin, n)

    def _placed(self, mono, both, begin, n):
        """Everything at its volume and its place."""
        curve = {k: self.controls.curve(k, begin, n) for k in AT_FIRST}
        level = (curve[VOLUME] * curve[EXPRESSION]) ** 2
        position = np.clip((127.0 * curve[PAN] - 64.0) / 63.0, -1.0, 1.0)
        shares = [np.asarray(share) for share in pan_gains(np.asarray(position))]
        root = math.sqrt(0.5)  # stereo sounds have their places; the pan leans on them
        left, right = (
            share * (mono + side / root)
            for share, side in zip(shares, both, strict=True)
        )
        middle = level * (mono + both.mean(axis=0))
        sends = [SENT * curve[k] * middle for k in (REVERB, CHORUS)]
        return np.stack([level * left, level * right, *sends])


def _add(y, sound, offset):
    """Add the part of a sound, which begins at an offset, that falls into y."""
    first, last = max(offset, 0), min(offset + sound.shape[-1], y.shape[-1])
    if first < last:
        y[..., first:last] += sound[..., first - offset : last - offset]
