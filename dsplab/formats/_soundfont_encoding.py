"""Presets, instruments and sample headers as the tables of a SoundFont file."""

import operator

import numpy as np

from dsplab.formats._soundfont_samples import CHANNELS, VORBIS
from dsplab.formats._soundfont_tables import TABLES
from dsplab.formats._soundfont_text import as_bytes
from dsplab.formats._soundfont_types import (
    GENERATORS,
    INSTRUMENT,
    KEY_RANGE,
    SAMPLE,
    VELOCITY_RANGE,
    Modulator,
)
from dsplab.formats.errors import FormatError
from dsplab.formats.riff import chunk

WORD, SIGNED, BYTE = (0, 65535), (-32768, 32767), (0, 255)
KINDS = {channel: kind for kind, channel in CHANNELS.items()}


def encode_tables(presets, instruments, samples, starts):
    """Return the list pdta.

    Args:
      starts: where each sample begins, in bytes from the start of the chunk smpl.
    """
    data = _presets(presets, len(instruments)) + _instruments(instruments, len(samples))
    places = enumerate(zip(samples, starts, strict=True))
    rows = [_header(sample, start, index) for index, (sample, start) in places]
    data += _table(b"shdr", [*rows, (b"EOS", *[0] * 9)])
    return chunk(b"LIST", b"pdta" + data)


def _presets(presets, n_instruments):
    """The tables phdr, pbag, pmod and pgen."""
    rows, run = [], _Runs()
    for index, preset in enumerate(presets):
        what = f"preset {index} '{preset.name}'"
        name = encode_name(preset.name, f"{what}: name")
        program = integer(preset.program, WORD, f"{what}: program")
        bank = integer(preset.bank, WORD, f"{what}: bank")
        rows.append((name, program, bank, len(run.bags), 0, 0, 0))
        run.add(preset.zones, what, INSTRUMENT, n_instruments)
    tables = run.tables(b"p")
    rows.append((b"EOP", 0, 0, len(run.bags), 0, 0, 0))
    return _table(b"phdr", rows) + tables


def _instruments(instruments, n_samples):
    """The tables inst, ibag, imod and igen."""
    rows, run = [], _Runs()
    for index, instrument in enumerate(instruments):
        what = f"instrument {index} '{instrument.name}'"
        rows.append((encode_name(instrument.name, f"{what}: name"), len(run.bags)))
        run.add(instrument.zones, what, SAMPLE, n_samples)
    tables = run.tables(b"i")
    rows.append((b"EOI", len(run.bags)))
    return _table(b"inst", rows) + tables


def _table(kind, rows):
    """The chunk of a table."""
    if len(rows) > 65536:  # indices have 16 bits
        text = f"{len(rows) - 1} records in '{kind.decode()}', at most 65535 fit"
        raise FormatError(f"there are {text}")
    return chunk(kind, np.array(rows, TABLES[kind]).tobytes())


class _Runs:
    """Zones, generators and modulators of one level, each list behind the last."""

    def __init__(self):
        self.bags, self.generators, self.modulators = [], [], []

    def add(self, zones, what, target, n_targets):
        """Append the zones of a preset or an instrument."""
        for index, zone in enumerate(zones):
            whose = f"{what}: zone {index}"
            self.bags.append((len(self.generators), len(self.modulators)))
            self.generators += _amounts(zone.generators, whose, target)
            if zone.target is not None:
                goal = integer(zone.target, (0, n_targets - 1), f"{whose}: target")
                self.generators.append((target, _signed(goal)))
            elif index:
                raise FormatError(f"{whose}: only zone 0 may be global, without target")
            self.modulators += [encode_modulator(m, whose) for m in zone.modulators]

    def tables(self, level):
        """The three chunks, each with the record that ends it."""
        end = (len(self.generators), len(self.modulators))
        tables = {
            b"mod": [*self.modulators, (0,) * 5],
            b"gen": [*self.generators, (0, 0)],
            b"bag": [*self.bags, end],
        }
        found = {name: _table(level + name, rows) for name, rows in tables.items()}
        return found[b"bag"] + found[b"mod"] + found[b"gen"]


def _amounts(generators, what, target):
    """Records of a zone's generators: keys first, then velocities, then the others."""
    records, first = [], [n for n in (KEY_RANGE, VELOCITY_RANGE) if n in generators]
    for number in first + [n for n in generators if n not in first]:
        known = GENERATORS.get(number)
        if known is None or (target == INSTRUMENT and not known.preset):
            raise FormatError(f"{what}: generator {number!r} has no meaning there")
        whose, amount = f"{what}: {known.name}", generators[number]
        if isinstance(known.default, tuple):
            if not isinstance(amount, tuple | list) or len(amount) != 2:
                raise FormatError(f"{whose} must be two numbers, got {amount!r}")
            low, high = (integer(key, BYTE, whose) for key in amount)
            amount = _signed(low | high << 8)
        else:
            amount = integer(amount, SIGNED, whose)
        records.append((number, amount))
    return records


def _signed(word):
    return word - 65536 if word > 32767 else word


def encode_modulator(modulator, what):
    """Return the five words of a modulator, after checking them."""
    limits = (WORD, WORD, SIGNED, WORD, WORD)
    named = zip(modulator, Modulator._fields, limits, strict=True)
    return tuple(integer(word, lim, f"{what}: {name}") for word, name, lim in named)


def _header(sample, start, index):
    """The record of a sample that begins at a byte of the chunk smpl."""
    what = f"sample {index} '{sample.name}'"
    name = encode_name(sample.name, f"{what}: name")
    rate = integer(sample.sample_rate, (1, 2**32 - 1), f"{what}: sample_rate")
    root = integer(sample.root, (0, 127), f"{what}: root")
    correction = integer(sample.correction, (-128, 127), f"{what}: correction")
    kind = KINDS[sample.channel]
    link = 0 if sample.channel == "mono" else index  # a link to itself is none
    link = link if sample.link is None else sample.link
    if sample.pcm.dtype == np.uint8:
        place, origin, kind = (start, start + len(sample.pcm)), 0, kind | VORBIS
    else:
        origin = start // 2
        place = (origin, origin + len(sample.pcm))
    loop = (point + origin for point in sample.loop)
    return (name, *place, *loop, rate, root, correction, link, kind)


def integer(value, limits, what):
    """Return value, a whole number within limits, or say what is wrong with it."""
    low, high = limits
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or not low <= number <= high:
        wanted = f"a whole number, {low} to {high}"
        raise FormatError(f"{what} must be {wanted}, got {value!r}")
    return number


def encode_name(text, what, longest=20):
    """Return the bytes of a name or a text, or say why it cannot be stored."""
    if not isinstance(text, str) or "\0" in text:
        raise FormatError(f"{what} must be a string without zeros, got {text!r}")
    try:
        data = as_bytes(text)
    except UnicodeEncodeError:
        raise FormatError(f"{what} must be Unicode, got {text!r}") from None
    if len(data) > longest:
        raise FormatError(
            f"{what} takes {len(data)} bytes, at most {longest} are stored"
        )
    return data
