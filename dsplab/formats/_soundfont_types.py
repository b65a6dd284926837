"""What a SoundFont is made of, and what its sixty numbers are called.

A key chooses a preset's zones, each zone an instrument, the instrument's zones a sample
each. A zone says for which keys and velocities it is meant and what it changes: a
generator is a number of the synthesis (a cutoff, an attack time), a modulator moves
one with a controller. An instrument's zone sets generators, a preset's adds to them.
"""

from typing import NamedTuple

import numpy as np

KEY_RANGE, VELOCITY_RANGE = 43, 44  # generators that are pairs (lowest, highest)
INSTRUMENT, SAMPLE = 41, 53  # generators that say what a zone leads to


class Modulator(NamedTuple):
    """A controller that moves a generator; the five words of the file."""

    source: int  # the controller and its curve, as bits
    destination: int  # a generator; 0x8000 and more: another modulator of the zone
    amount: int  # -32768 to 32767, in units of the destination
    amount_source: int = 0  # a second controller, which scales the first
    transform: int = 0  # 0 linear, 2 absolute value


class Zone(NamedTuple):
    """Some keys at some velocities, and what is done to them."""

    generators: dict  # number -> amount (signed); 43 and 44 -> (lowest, highest)
    modulators: tuple = ()
    target: int | None = None  # index of an instrument or sample; None: global zone


class Instrument(NamedTuple):
    """Samples laid over the keyboard."""

    name: str
    zones: tuple  # a global zone, which holds for all others, comes first


class Preset(NamedTuple):
    """What a MIDI program number calls: instruments laid over one another."""

    name: str
    program: int  # 0 to 127
    bank: int  # 0 to 127; 128 is percussion
    zones: tuple


class Sample(NamedTuple):
    """A recording. Its sound comes from `waveform`."""

    name: str
    pcm: np.ndarray  # int16, (n_samples,); or uint8, the bytes of an Ogg Vorbis stream
    low: np.ndarray | None  # uint8, (n_samples,): the low byte of 24-bit sound
    sample_rate: int  # Hz
    loop: tuple = (0, 0)  # first sample of the loop, and the one after its last
    root: int = 60  # MIDI note at which it was recorded
    correction: int = 0  # cents to add when it is played, -128 to 127
    channel: str = "mono"  # or "left", "right", "linked"
    link: int | None = None  # index of the other channel's sample


class SoundFont(NamedTuple):
    """A bank of sounds."""

    info: dict  # "version": (2, 4), "name", "author", "comment" ... (see INFO)
    presets: tuple
    instruments: tuple
    samples: tuple


class Generator(NamedTuple):
    """What a generator is called, and which amounts make sense."""

    name: str
    default: int | tuple
    range: tuple  # least and greatest amount at instrument level
    preset: bool = True  # whether a preset may add to it


INFO = {  # chunk of the file -> key of SoundFont.info
    "ifil": "version",
    "isng": "engine",
    "INAM": "name",
    "irom": "rom",
    "iver": "rom_version",
    "ICRD": "date",
    "IENG": "author",
    "IPRD": "product",
    "ICOP": "copyright",
    "ICMT": "comment",
    "ISFT": "software",
    "DMOD": "default_modulators",
}
LONGEST = {"ICMT": 65535}  # bytes of a text; 255 of every other

# Units: cents and timecents (1200 to the octave, or to twice the time), centibels
# (a tenth of a dB), per mille; absolute cents count from 8.176 Hz, key 0.
CENTS, TIMES, SPANS = (-12000, 12000), (-12000, 5000), (-12000, 8000)
GENERATORS = {
    0: Generator("start_offset", 0, (0, 32767), False),  # samples
    1: Generator("end_offset", 0, (-32768, 0), False),
    2: Generator("loop_start_offset", 0, (-32768, 32767), False),
    3: Generator("loop_end_offset", 0, (-32768, 32767), False),
    4: Generator("start_coarse_offset", 0, (0, 32767), False),  # 32768 samples
    5: Generator("modulation_lfo_to_pitch", 0, CENTS),
    6: Generator("vibrato_lfo_to_pitch", 0, CENTS),
    7: Generator("modulation_envelope_to_pitch", 0, CENTS),
    8: Generator("filter_cutoff", 13500, (1500, 13500)),  # absolute cents
    9: Generator("filter_q", 0, (0, 960)),  # cB above the level at DC
    10: Generator("modulation_lfo_to_cutoff", 0, CENTS),
    11: Generator("modulation_envelope_to_cutoff", 0, CENTS),
    12: Generator("end_coarse_offset", 0, (-32768, 0), False),
    13: Generator("modulation_lfo_to_volume", 0, (-960, 960)),  # cB
    15: Generator("chorus_send", 0, (0, 1000)),  # per mille
    16: Generator("reverb_send", 0, (0, 1000)),
    17: Generator("pan", 0, (-500, 500)),  # per mille, right is positive
    21: Generator("modulation_lfo_delay", -12000, TIMES),
    22: Generator("modulation_lfo_frequency", 0, (-16000, 4500)),  # absolute cents
    23: Generator("vibrato_lfo_delay", -12000, TIMES),
    24: Generator("vibrato_lfo_frequency", 0, (-16000, 4500)),
    25: Generator("modulation_envelope_delay", -12000, TIMES),
    26: Generator("modulation_envelope_attack", -12000, SPANS),
    27: Generator("modulation_envelope_hold", -12000, TIMES),
    28: Generator("modulation_envelope_decay", -12000, SPANS),
    29: Generator("modulation_envelope_sustain", 0, (0, 1000)),  # per mille below full
    30: Generator("modulation_envelope_release", -12000, SPANS),
    31: Generator("key_to_modulation_envelope_hold", 0, (-1200, 1200)),
    32: Generator("key_to_modulation_envelope_decay", 0, (-1200, 1200)),
    33: Generator("volume_envelope_delay", -12000, TIMES),
    34: Generator("volume_envelope_attack", -12000, SPANS),
    35: Generator("volume_envelope_hold", -12000, TIMES),
    36: Generator("volume_envelope_decay", -12000, SPANS),
    37: Generator("volume_envelope_sustain", 0, (0, 1440)),  # cB below full
    38: Generator("volume_envelope_release", -12000, SPANS),
    39: Generator("key_to_volume_envelope_hold", 0, (-1200, 1200)),
    40: Generator("key_to_volume_envelope_decay", 0, (-1200, 1200)),
    43: Generator("key_range", (0, 127), (0, 127)),
    44: Generator("velocity_range", (0, 127), (0, 127)),
    45: Generator("loop_start_coarse_offset", 0, (-32768, 32767), False),
    46: Generator("key", -1, (0, 127), False),  # played instead of the note's own
    47: Generator("velocity", -1, (0, 127), False),
    48: Generator("attenuation", 0, (0, 1440)),  # cB
    50: Generator("loop_end_coarse_offset", 0, (-32768, 32767), False),
    51: Generator("coarse_tune", 0, (-120, 120)),  # semitones
    52: Generator("fine_tune", 0, (-99, 99)),  # cents
    54: Generator("sample_modes", 0, (0, 3), False),  # 1 loop, 3 loop until released
    56: Generator("scale_tuning", 100, (0, 1200)),  # cents from key to key
    57: Generator("exclusive_class", 0, (0, 127), False),  # one sounds at a time
    58: Generator("root_key", -1, (0, 127), False),  # instead of the sample's own
}
NUMBERS = {generator.name: number for number, generator in GENERATORS.items()}
