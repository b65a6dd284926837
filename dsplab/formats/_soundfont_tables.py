"""The tables of a SoundFont: which zones belong to which preset and instrument.

Presets and instruments own runs of zones (the bags), zones own runs of generators and
modulators. A record tells where its run begins, the next one where it ends, so that
every table has one record more than it needs.
"""

from itertools import pairwise

import numpy as np

from dsplab.formats._soundfont_text import as_text
from dsplab.formats._soundfont_types import (
    GENERATORS,
    INSTRUMENT,
    KEY_RANGE,
    SAMPLE,
    VELOCITY_RANGE,
    Instrument,
    Modulator,
    Preset,
    Zone,
)
from dsplab.formats.riff import chunks

TABLES = {  # chunk of pdta -> its records
    b"phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2")]
    + [("library", "<u4"), ("genre", "<u4"), ("morphology", "<u4")],
    b"pbag": [("generators", "<u2"), ("modulators", "<u2")],
    b"pmod": [("source", "<u2"), ("destination", "<u2"), ("amount", "<i2")]
    + [("amount_source", "<u2"), ("transform", "<u2")],
    b"pgen": [("number", "<u2"), ("amount", "<i2")],
    b"inst": [("name", "S20"), ("bag", "<u2")],
    b"shdr": [("name", "S20"), ("start", "<u4"), ("end", "<u4")]
    + [("loop_start", "<u4"), ("loop_end", "<u4"), ("sample_rate", "<u4")]
    + [("root", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2")],
}
TABLES |= {b"i" + name[1:]: TABLES[name] for name in (b"pbag", b"pmod", b"pgen")}
TABLES = {name: np.dtype(fields) for name, fields in TABLES.items()}


def read_tables(source, start, end):
    """The tables of pdta: name -> (records, position of the first)."""
    found = {}
    for part in chunks(source.data, start, end, known=TABLES):
        dtype = TABLES.get(part.kind)
        if dtype is None or part.kind in found:
            continue
        if part.size % dtype.itemsize:
            text = f"a rest of {part.size % dtype.itemsize} bytes is left out"
            source.remark(text, part.kind.decode())
        count = part.size // dtype.itemsize
        span = source.data[part.start : part.start + count * dtype.itemsize]
        found[part.kind] = np.frombuffer(span, dtype), part.start
    for name in TABLES:
        if name not in found:
            raise source.error(f"its table '{name.decode()}' is missing", end)
        if not len(found[name][0]) and name[1:] not in (b"mod", b"gen"):
            text = f"its table '{name.decode()}' lacks even the record that ends it"
            raise source.error(text, found[name][1])
    return found


def read_instruments(source, tables, samples):
    """Return the instruments.

    Args:
      tables: what `read_tables` returned.
      samples: indices of the samples in the file -> those of the usable ones.
    """
    zones = _zones(source, tables, b"inst", b"ibag", SAMPLE, samples)
    names = tables[b"inst"][0]["name"][:-1].tolist()
    pairs = zip(names, zones, strict=True)
    return tuple(Instrument(as_text(name), own) for name, own in pairs)


def read_presets(source, tables, n_instruments):
    """Return the presets; what `read_instruments` is for instruments."""
    every = {index: index for index in range(n_instruments)}
    zones = _zones(source, tables, b"phdr", b"pbag", INSTRUMENT, every)
    heads = tables[b"phdr"][0][["name", "program", "bank"]][:-1].tolist()
    pairs = zip(heads, zones, strict=True)
    return tuple(Preset(as_text(name), *at, own) for (name, *at), own in pairs)


def _zones(source, tables, heads, bags, target, kept):
    """The zones of every preset or instrument, global ones first.

    Args:
      heads, bags: names of the tables.
      target: the generator that says what a zone leads to.
      kept: what it may lead to: index in the file -> index in the result.
    """
    of_heads = _runs(source, tables, heads, "bag", len(tables[bags][0]) - 1)
    at = slice(of_heads[0], of_heads[-1] + 1)
    parts = []
    for name, kind in (("generators", b"gen"), ("modulators", b"mod")):
        records = tables[bags[:1] + kind][0]
        starts = _runs(source, tables, bags, name, len(records), at)
        rows = records.tolist()
        parts.append([rows[first:last] for first, last in pairwise(starts)])
    every = list(zip(*parts, strict=True))  # a pair of lists for each zone
    spans = pairwise(start - of_heads[0] for start in of_heads)
    names = tables[heads][0]["name"][:-1].tolist()
    return [
        _usable(source, as_text(name), every[first:last], kept, target)
        for name, (first, last) in zip(names, spans, strict=True)
    ]


def _runs(source, tables, name, field, limit, at=slice(None)):
    """Where the runs begin that the records own, checked to be in order."""
    records, start = tables[name]
    starts = records[field][at].astype(np.int64)
    wrong = np.flatnonzero((np.diff(starts, prepend=0) < 0) | (starts > limit))
    if wrong.size:
        index = int(wrong[0]) + (at.start or 0)
        byte = start + index * records.itemsize
        text = f"record {index} of '{name.decode()}' has {field} out of order or range"
        raise source.error(text, byte)
    return starts.tolist()


def _amounts(records, target):
    """Generators of a zone, what it leads to, and how many mean nothing.

    The range of keys must come first, that of velocities second, the target last.
    """
    amounts, place, ignored = {}, 0, 0
    for index, (number, amount) in enumerate(records):
        if number == target:
            return amounts, amount & 0xFFFF, ignored + len(records) - index - 1
        if number in (KEY_RANGE, VELOCITY_RANGE):
            if place > number - KEY_RANGE:
                ignored += 1
                continue
            place = number - KEY_RANGE + 1
            amounts[number] = (amount & 0xFF, amount >> 8 & 0xFF)
            continue
        place = 2
        known = GENERATORS.get(number)
        if known is None or (target == INSTRUMENT and not known.preset):
            ignored += 1
        else:
            amounts[number] = amount
    return amounts, None, ignored


def _usable(source, name, zones, kept, target):
    """The zones that lead somewhere; the first may be global, and lead nowhere."""
    kind = "instrument" if target == INSTRUMENT else "sample"
    level = "a preset" if target == INSTRUMENT else "an instrument"
    result = []
    for index, (generators, modulators) in enumerate(zones):
        amounts, goal, ignored = _amounts(generators, target)
        if ignored:
            source.remark(f"generators that mean nothing in {level}", name)
        if goal is None and index:
            source.remark("zones that lead nowhere", name)
        elif goal is not None and goal not in kept:
            source.remark(f"zones whose {kind} is missing", name)
        else:
            moved = tuple(Modulator(*words) for words in modulators)
            result.append(Zone(amounts, moved, kept.get(goal)))
    return tuple(result)
