"""The bank as a SoundFont: takes become samples, layers become zones.

Every take is as loud as every other: what differs in loudness is said by a program. Its
loudness is that of its loudest 0.3 s, weighted as ears do (ITU-R BS.1770).
"""

import functools
import math
import zlib

import numpy as np

from data_scripts.general_midi.kit import KIT
from data_scripts.general_midi.percussion import ENDLESS, PERCUSSION
from data_scripts.general_midi.programs import PROGRAMS
from data_scripts.general_midi.sounds import SOUNDS
from data_scripts.general_midi.takes import GUARD, record, t60_at
from dsplab.convert import hz_to_midi, midi_to_hz
from dsplab.filters.design import second_order
from dsplab.filters.static import filter_signal
from dsplab.formats.soundfont import (
    NUMBERS,
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
)

SEED = 128
EVERYTHING = SOUNDS | PERCUSSION | ENDLESS
LOUDNESS_DB = -15.0  # of a take at full velocity
HIGHEST = 0.98  # peak of a take
RANGE_DB = 96.0  # over which a player's decays and releases run
EMU = 0.4  # dB to a centibel of attenuation is not 0.1 but this much of it
DRUM_BANK, LAST_KEY = 128, 127
VELOCITY_DOWN = 0x0102  # the controller: velocity, 1 at the softest
KIT_TOUCH = 2400  # cents by which the softest stroke is duller than the hardest
WIDTH = 0.35  # how far left and right a section sits


@functools.cache
def takes(name):
    """All takes of a sound, equally loud."""
    sound = EVERYTHING[name]
    seed = [SEED, zlib.crc32(name.encode())]
    found = [record(sound, root, [*seed, root]) for root in sound.roots]
    return tuple(levelled(take, sound) for take in found)


def levelled(take, sound):
    """The take at the loudness of all others, if its peaks allow it."""
    gain = LOUDNESS_DB - loudness_db(as_heard(take, sound), take.sample_rate)
    gain = min(10.0 ** (gain / 20.0), HIGHEST / np.abs(take.x).max())
    return take._replace(x=gain * take.x)


def as_heard(take, sound, seconds=0.6):
    """The first part of a take as a sampler plays it: looped, and dying away."""
    n = np.arange(max(round(seconds * take.sample_rate), 1))
    if take.loop is None:
        return np.pad(take.x, (0, len(n)))[: max(len(n), len(take.x))]
    begin, end = take.loop
    y = take.x[np.where(n < end, n, begin + (n - begin) % (end - begin))]
    if sound.t60 is not None:
        y = y * 10.0 ** (-3.0 * n / (take.sample_rate * t60_at(sound, take.root)))
    return y


def loudness_db(x, sample_rate):
    """Loudness of the loudest 0.3 s, in dB under a full sine's mean square of 1.

    Reference:
      ITU-R BS.1770: a high-pass at 38 Hz, and 4 dB more above 1.7 kHz.
    """
    x = filter_signal(x, *second_order("highpass", 38.0, sample_rate, q=0.5))
    shelf = second_order("highshelf", 1680.0, sample_rate, q=0.71, gain_db=4.0)
    power = filter_signal(x, *shelf) ** 2
    n = min(round(0.3 * sample_rate), power.shape[-1])
    sums = np.cumsum(np.concatenate([[0.0], power]))
    return 10.0 * math.log10((sums[n:] - sums[:-n]).max() / n + 1e-12)


def make_bank(only=None):
    """The whole bank, or that of a few programs (numbers; 128 is the kit)."""
    wanted = range(129) if only is None else sorted(set(only))
    samples, places = [], {}
    presets, instruments = [], []
    for number in wanted:
        kit = number == DRUM_BANK
        name = "Standard Kit" if kit else PROGRAMS[number].name
        layers = () if kit else PROGRAMS[number].layers
        for sound in [pad.sound for pad in KIT] if kit else [x.sound for x in layers]:
            if sound not in places:
                places[sound] = len(samples)
                samples += [as_sample(sound, take) for take in takes(sound)]
        zones = _kit_zones(places) if kit else _zones(layers, places)
        instruments.append(Instrument(name, tuple(zones)))
        place = (0, DRUM_BANK) if kit else (number, 0)
        presets.append(Preset(name, *place, (Zone({}, (), len(instruments) - 1),)))
    info = {
        "version": (2, 4),
        "engine": "EMU8000",
        "name": "dsplab General MIDI",
        "author": "dsplab",
        "copyright": "MIT licence, as dsplab",
        "comment": "Played by the synthesizers of dsplab; no recordings.",
    }
    return SoundFont(info, tuple(presets), tuple(instruments), tuple(samples))


def as_sample(name, take):
    """16 bits, and around the loop the loop itself to the last bit."""
    pcm = np.round(32767.0 * np.clip(take.x, -1.0, 1.0)).astype(np.int16)
    if take.loop is not None:
        begin, end = take.loop
        pcm[begin - GUARD : begin] = pcm[end - GUARD : end]
        pcm[end : end + GUARD] = pcm[begin : begin + GUARD]
    loop = take.loop or (0, 0)
    return Sample(
        f"{name[:15]} {take.root}", pcm, None, take.sample_rate, loop, take.root
    )


def _zones(layers, places):
    """Zones of an instrument, one for each take of each layer."""
    for layer in layers:
        found = takes(layer.sound)
        sound = EVERYTHING[layer.sound]
        roots = np.asarray([take.root for take in found])
        keys = roots - layer.semitones  # where a take sounds as it was recorded
        if layer.tracking != 100:
            keys = roots
        edges = np.floor((keys[1:] + keys[:-1]) / 2.0).astype(int)
        lows = [layer.keys[0], *(edges + 1)]
        highs = [*edges, layer.keys[1]]
        for k, (low, high) in enumerate(zip(lows, highs, strict=True)):
            low, high = max(low, 0), min(high, LAST_KEY)
            if low > high:
                continue
            values = {"key_range": (int(low), int(high))}
            values |= generators(layer, sound, found[k])
            place = places[layer.sound] + k
            touch = _touch(layer)
            for side in _sides(layer, found[k]):
                yield Zone(_numbered(values | side), touch, place)


def _sides(layer, take):
    """Twice for a section: from two places of the loop, left and right."""
    if not layer.wide:
        return ({"pan": round(500 * layer.pan)},)
    begin, end = take.loop
    down = _attenuation(layer.level_db - 3.0)
    left = {"pan": -round(500 * WIDTH), "attenuation": down}
    return left, left | {
        "pan": round(500 * WIDTH),
        "start_offset": (end - begin) // 2,
    }


def generators(layer, sound, take):
    """The numbers of a zone, by name."""
    values = {
        "volume_envelope_attack": timecents(layer.attack),
        "volume_envelope_release": timecents(layer.release * RANGE_DB / 60.0),
        "attenuation": _attenuation(layer.level_db),
        "sample_modes": 1 if take.loop else 0,
        "coarse_tune": int(layer.semitones),
        "fine_tune": round(layer.cents + 100 * (layer.semitones % 1)),
        "scale_tuning": layer.tracking,
        "reverb_send": round(1000 * layer.reverb),
        "chorus_send": round(1000 * layer.chorus),
        "exclusive_class": layer.exclusive,
    }
    if layer.hold:
        values["volume_envelope_hold"] = timecents(layer.hold)
    return values | _decay(layer, sound) | _filter(layer, take) | _motion(layer)


def _decay(layer, sound):
    t60 = layer.t60 or sound.t60
    if t60 is None or sound.loop == 0:
        return {}
    fall = sound.fall if sound.t60 is not None else 0.5
    down = 10.0 * RANGE_DB if layer.sustain_db is None else -10.0 * layer.sustain_db
    return {
        "volume_envelope_decay": timecents(t60 * RANGE_DB / 60.0),
        "volume_envelope_sustain": round(down),
        "key_to_volume_envelope_decay": round(100.0 * fall),
    }


def _filter(layer, take):
    """Cutoff at rest and what the envelope adds; relative to the root of the take."""
    at_root = layer.harmonics * float(midi_to_hz(take.root)) + layer.cutoff
    if at_root == 0.0:
        return {}
    cents = round(100.0 * float(hz_to_midi(at_root)))
    values = {"filter_cutoff": int(np.clip(cents, 1500, 13500))}
    values["filter_q"] = round(10.0 * layer.resonance_db)
    if layer.sweep:
        values |= {
            "modulation_envelope_to_cutoff": round(1200.0 * layer.sweep),
            "modulation_envelope_attack": timecents(layer.sweep_attack),
            "modulation_envelope_decay": timecents(layer.sweep_t),
            "modulation_envelope_sustain": round(1000.0 * (1 - layer.sweep_sustain)),
            "modulation_envelope_release": timecents(layer.sweep_t),
        }
    return values


def _motion(layer):
    """Vibrato, tremolo, and the slide into a note."""
    values = {}
    if layer.vibrato:
        values |= {
            "vibrato_lfo_to_pitch": round(layer.vibrato),
            "vibrato_lfo_frequency": _lfo(layer.vibrato_hz),
            "vibrato_lfo_delay": timecents(layer.vibrato_delay),
        }
    if layer.tremolo_db:
        values |= {
            "modulation_lfo_to_volume": round(10.0 * layer.tremolo_db),
            "modulation_lfo_frequency": _lfo(layer.tremolo_hz),
        }
    if layer.drop:
        values |= {
            "modulation_envelope_to_pitch": round(100.0 * layer.drop),
            "modulation_envelope_decay": timecents(layer.drop_t),
            "modulation_envelope_sustain": 1000,
        }
    return values


def _touch(layer):
    """Velocity moves the cutoff by as much as the layer says, in every player.

    The file's own modulator takes the place of the one that players have by default.
    """
    amount = -round(1200.0 * layer.touch)
    return (Modulator(VELOCITY_DOWN, NUMBERS["filter_cutoff"], amount),)


def _kit_zones(places):
    for pad in KIT:
        values = {
            "key_range": (pad.key, pad.key),
            "root_key": pad.key,
            "coarse_tune": int(pad.semitones),
            "pan": round(500 * pad.pan),
            "attenuation": _attenuation(pad.level_db),
            "exclusive_class": pad.exclusive,
            "reverb_send": round(1000 * pad.reverb),
            "volume_envelope_release": timecents(30.0),
        }
        touch = (Modulator(VELOCITY_DOWN, NUMBERS["filter_cutoff"], -KIT_TOUCH),)
        yield Zone(_numbered(values), touch, places[pad.sound])


def _attenuation(level_db):
    return round(-10.0 * level_db / EMU)


def timecents(seconds):
    """1200 log2 of a time, as far as the file's units go."""
    return int(np.clip(round(1200.0 * math.log2(max(seconds, 1e-3))), -12000, 8000))


def _lfo(frequency):
    return round(1200.0 * math.log2(frequency / 8.1757989156))


def _numbered(values):
    """Without what is at its default anyway; ranges first."""
    kept = {k: v for k, v in values.items() if v != 0 or k == "scale_tuning"}
    if kept.get("scale_tuning") == 100:
        del kept["scale_tuning"]
    return {NUMBERS[name]: value for name, value in kept.items()}
