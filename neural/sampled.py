"""Takes of a learned model laid over a keyboard: a SoundFont, which any player opens.

    takes = record(instrument, sounds=["1", "4"])
    write_soundfont("morph.sf2", sound_font(takes, "morph", sample_rate=44100))

Each take stands for the keys nearest to it. `with_drums` lets the same font play whole
songs: every program is the model, and channel 10 the kit of the bank that comes along.
"""

import math

import numpy as np

from dsplab._arguments import integer
from dsplab.banks import general_midi
from dsplab.formats.midi import DRUMS, read_midi
from dsplab.formats.soundfont import (
    NUMBERS,
    Instrument,
    Preset,
    Sample,
    SoundFont,
    Zone,
    read_soundfont,
)
from neural.instruments import GUARD, fall_of_all, record

RANGE_DB = 96.0  # over which a player's decays and releases run
RELEASE = 0.25  # seconds until a key that is let go is 40 dB softer
DRUM_BANK, LAST_KEY, N_PROGRAMS = 128, 127, 128


def sound_font(takes, name, *, sample_rate, programs=(0,)):
    """Lay takes over the keyboard.

    Args:
      takes: from `neural.instruments.record`.
      name: of the instrument; what a player shows.
      sample_rate: of the takes, Hz, whole.
      programs: MIDI programs that it answers to.

    Returns:
      `SoundFont`, for `write_soundfont` or `midi_to_audio`.

    Raises:
      ValueError: if there is no take.
    """
    rate = integer(sample_rate, name="sample_rate")
    if not takes:
        raise ValueError("takes must be at least one, got none")
    label = name.encode("ascii", "replace").decode()[:20]
    samples = tuple(_sample(take, label[:12], rate) for take in takes)
    fall = fall_of_all(takes)
    zones = [_zone(take, takes, n, fall) for n, take in enumerate(takes)]
    played = Instrument(label, tuple(zones))
    presets = [Preset(label, program, 0, (Zone({}, (), 0),)) for program in programs]
    info = {"version": (2, 4), "engine": "EMU8000", "name": label}
    return SoundFont(info, tuple(presets), (played,), samples)


def _sample(take, label, rate):
    """16 bits; around the ends of the loop the same to the last bit."""
    pcm = np.round(32767.0 * np.clip(take.x, -1.0, 1.0)).astype(np.int16)
    if take.loop is not None:
        start, end = take.loop
        pcm[end : end + GUARD] = pcm[start : start + len(pcm) - end]
        pcm[end - GUARD : end] = pcm[start - GUARD : start]
    cents = 0 if math.isnan(take.cents) else round(take.cents)
    name = f"{label} {take.pitch} {take.velocity}"
    return Sample(name, pcm, None, rate, take.loop or (0, 0), take.pitch, cents)


def _zone(take, takes, number, fall):
    """The keys and velocities that are nearest to a take, and its envelope."""
    alike = [other.pitch for other in takes if other.velocity == take.velocity]
    layers = sorted({other.velocity for other in takes})
    values = {
        "key_range": _around(take.pitch, alike, 0),
        "velocity_range": _around(take.velocity, layers, 1),
        "sample_modes": int(take.loop is not None),
        "volume_envelope_release": timecents(RELEASE * RANGE_DB / 40.0),
    }
    if fall and take.loop:
        values["volume_envelope_decay"] = timecents(RANGE_DB / -fall)
        values["volume_envelope_sustain"] = round(10.0 * RANGE_DB)
    return Zone({NUMBERS[name]: value for name, value in values.items()}, (), number)


def _around(value, values, lowest):
    """The whole numbers nearest to one of some values: (first, last)."""
    below = [other for other in values if other < value]
    above = [other for other in values if other > value]
    first = (max(below) + value) // 2 + 1 if below else lowest
    return first, (value + min(above)) // 2 if above else LAST_KEY


def timecents(seconds):
    """1200 log2 of a time, as far as the file's units go.

    >>> timecents(2.0), timecents(0.0)
    (1200, -11959)
    """
    return int(np.clip(round(1200.0 * math.log2(max(seconds, 1e-3))), -12000, 8000))


def with_drums(font):
    """The font, with the drum kit of the bank that comes along."""
    bank = read_soundfont(general_midi())
    kit = next(preset for preset in bank.presets if preset.bank == DRUM_BANK)
    hits = bank.instruments[kit.zones[0].target]
    shift = len(font.samples)
    used = sorted({zone.target for zone in hits.zones if zone.target is not None})
    place = {None: None} | {old: shift + n for n, old in enumerate(used)}
    zones = tuple(zone._replace(target=place[zone.target]) for zone in hits.zones)
    outer = tuple(zone._replace(target=len(font.instruments)) for zone in kit.zones)
    return font._replace(
        presets=(*font.presets, kit._replace(zones=outer)),
        instruments=(*font.instruments, hits._replace(zones=zones)),
        samples=(*font.samples, *(bank.samples[n] for n in used)),
    )


def for_song(instrument, midi, *, name, sample_rate, **options):
    """A SoundFont with which a model plays a song: all programs, and drums.

    Args:
      instrument: a `neural.instruments.Instrument`.
      midi: path of a MIDI file, bytes, or a `MidiFile`: only its notes are made.
      name: of the model.
      sample_rate: of the notes, Hz.
      **options: sounds, reach, keys, of `neural.instruments.record`.

    Returns:
      `SoundFont`, for `dsplab.rendering.midi_to_audio(midi, ..., sound_font=...)`.

    Raises:
      ValueError: if nothing is to be played.
    """
    events = read_midi(midi).events if not hasattr(midi, "events") else midi.events
    struck = [event for event in events if event.kind == "note_on"]
    pitch = {event.number for event in struck if event.channel % 16 != DRUMS}
    if not pitch:
        raise ValueError("midi must have notes beside drums, it has none")
    takes = record(instrument, pitch=sorted(pitch), sample_rate=sample_rate, **options)
    everything = range(N_PROGRAMS)
    return with_drums(
        sound_font(takes, name, sample_rate=sample_rate, programs=everything)
    )
