import functools
import gc
import io
import os
import shutil
import struct
import subprocess
import warnings
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from dsplab.formats import _soundfont_samples
from dsplab.formats.errors import DamagedWarning, FormatError
from dsplab.formats.soundfont import (
    GENERATORS,
    INFO,
    NUMBERS,
    Instrument,
    Modulator,
    Preset,
    Sample,
    SoundFont,
    Zone,
    encode_soundfont,
    n_samples_of,
    read_soundfont,
    waveform,
    write_soundfont,
)

FOLDER = Path("/usr/share/sounds/sf2")
BANKS = sorted(p for p in FOLDER.glob("*.sf2") if not p.is_symlink())
TIM = FOLDER / "TimGM6mb.sf2"
needs_fluidsynth = pytest.mark.skipif(
    shutil.which("fluidsynth") is None, reason="fluidsynth is not installed"
)


def same(a, b):
    """Whether two banks hold the same, arrays and all."""
    if isinstance(a, np.ndarray):
        return isinstance(b, np.ndarray) and a.dtype == b.dtype and np.array_equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


# a file made by hand: what the tables say is checked against struct, not our writer


def chunk(kind, data):
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def record(name, *numbers, form):
    return struct.pack("<20s" + form, name, *numbers)


def gens(*pairs):
    return b"".join(struct.pack("<Hh", *pair) for pair in pairs)


def signed(low, high):
    return struct.unpack("<h", bytes([low, high]))[0]


PCM = np.arange(-50, 70, dtype="<i2") * 100
MODULATOR = (0x0502, 48, -960, 0, 0)


def parts():
    """The chunks of a small bank, by name: a test changes one and builds the file."""
    smpl = PCM[:60].tobytes() + bytes(92) + PCM[60:].tobytes() + bytes(92)
    bags = [(0, 0), (1, 0), (3, 0)]
    instrument_bags = [(0, 0), (1, 1), (4, 1), (6, 1)]
    return {
        b"ifil": struct.pack("<HH", 2, 4),
        b"isng": b"EMU8000\0",
        b"INAM": b"Hand made\0",
        b"smpl": smpl,
        b"phdr": record(b"Duo", 7, 3, 0, 0, 0, 0, form="HHHIII")
        + record(b"EOP", 0, 0, 2, 0, 0, 0, form="HHHIII"),
        b"pbag": b"".join(struct.pack("<HH", *bag) for bag in bags),
        b"pmod": bytes(10),
        b"pgen": gens((48, 25), (43, signed(10, 100)), (41, 0), (0, 0)),
        b"inst": record(b"Strings", 0, form="H") + record(b"EOI", 3, form="H"),
        b"ibag": b"".join(struct.pack("<HH", *bag) for bag in instrument_bags),
        b"imod": struct.pack("<HHhHH", *MODULATOR) + bytes(10),
        b"igen": gens((54, 1), (43, signed(0, 127)), (44, signed(1, 99)), (53, 0))
        + gens((17, -500), (53, 1), (0, 0)),
        b"shdr": record(b"L", 0, 60, 8, 50, 22050, 62, -7, 1, 4, form="IIIIIBbHH")
        + record(b"R", 106, 166, 110, 166, 22050, 255, 9, 0, 2, form="IIIIIBbHH")
        + record(b"EOS", *[0] * 9, form="IIIIIBbHH"),
    }


def build(parts):
    """The file made of chunks."""
    texts = [kind for kind in parts if kind.decode() in INFO]
    lists = [(b"INFO", texts), (b"sdta", [b"smpl", b"sm24"])]
    lists.append((b"pdta", [k for k in parts if k[:1] in b"pis" and len(k) == 4]))
    data = b"sfbk"
    for name, kinds in lists:
        kinds = [k for k in kinds if k in parts]
        if name == b"pdta":
            kinds = [k for k in kinds if k not in (b"smpl", b"sm24", *texts)]
        data += chunk(b"LIST", name + b"".join(chunk(k, parts[k]) for k in kinds))
    return b"RIFF" + struct.pack("<I", len(data)) + data


def test_what_the_bytes_mean():
    bank = read_soundfont(build(parts()))
    assert bank.info == {"version": (2, 4), "engine": "EMU8000", "name": "Hand made"}
    (preset,), (instrument,), (left, right) = bank[1:]
    assert preset[:3] == ("Duo", 7, 3)
    assert preset.zones == (Zone({48: 25}), Zone({43: (10, 100)}, (), 0))
    assert instrument.name == "Strings"
    assert instrument.zones == (
        Zone({54: 1}, (Modulator(*MODULATOR),)),
        Zone({43: (0, 127), 44: (1, 99)}, (), 0),
        Zone({17: -500}, (), 1),
    )
    assert left[2:] == (None, 22050, (8, 50), 62, -7, "left", 1)
    assert right[2:] == (None, 22050, (4, 60), 60, 9, "right", 0)
    assert left.pcm.dtype == right.pcm.dtype == np.int16
    np.testing.assert_array_equal(left.pcm, PCM[:60])
    np.testing.assert_array_equal(right.pcm, PCM[60:])
    np.testing.assert_array_equal(waveform(left), PCM[:60].astype("f4") / 32768)


def test_the_writer_agrees_with_the_file_made_by_hand():
    chunks = parts()
    chunks[b"shdr"] = chunks[b"shdr"].replace(b"\xff\x09", b"\x3c\x09")  # no root: 60
    assert encode_soundfont(read_soundfont(build(parts()))) == build(chunks)


def test_every_way_to_hand_over_a_file(tmp_path):
    data = build(parts())
    path = tmp_path / "a.sf2"
    path.write_bytes(data)
    expected = read_soundfont(data)
    with open(path, "rb") as file:
        ways = [path, str(path), bytearray(data), memoryview(data), io.BytesIO(data)]
        for way in [*ways, file]:
            assert same(read_soundfont(way), expected)


def test_a_file_on_disk_is_mapped_and_may_be_replaced(tmp_path):
    path = tmp_path / "a.sf2"
    write_soundfont(path, read_soundfont(build(parts())))
    bank = read_soundfont(path)
    assert not any(s.pcm.flags.owndata or s.pcm.flags.writeable for s in bank.samples)
    write_soundfont(path, bank._replace(samples=bank.samples[:1] * 2))
    np.testing.assert_array_equal(bank.samples[1].pcm, PCM[60:])
    np.testing.assert_array_equal(read_soundfont(path).samples[1].pcm, PCM[:60])
    assert os.listdir(tmp_path) == ["a.sf2"]


# 24 bits, and Ogg Vorbis


def test_24_bits():
    whole = np.array([0, 1, 255, 256, -1, -256, -257, 2**23 - 1, -(2**23)], np.int64)
    low, pcm = (whole & 255).astype(np.uint8), (whole >> 8).astype(np.int16)
    bank = SoundFont({}, (), (), (Sample("deep", pcm, low, 96000),))
    data = encode_soundfont(bank)
    n_words = 9 + 46
    assert data.count(b"sm24" + struct.pack("<I", n_words + 1)) == 1  # filled up
    again = read_soundfont(data)
    assert again.info["version"] == (2, 4)
    np.testing.assert_array_equal(waveform(again.samples[0]) * 2**23, whole)
    assert waveform(again.samples[0]).dtype == np.float32


@functools.cache  # no two streams are the same
def ogg(n_samples=3000, channels=1, rate=32000):
    file = io.BytesIO()
    x = 0.5 * np.sin(np.arange(n_samples)[:, None] / np.arange(8, 8 + channels))
    soundfile.write(file, x, rate, format="OGG", subtype="VORBIS")
    return np.frombuffer(file.getvalue(), np.uint8)


def sf3():
    streams = ogg(), ogg(777)
    samples = [Sample(f"s{k}", x, None, 32000, (5, 700)) for k, x in enumerate(streams)]
    keys = (Zone({}, (), 0), Zone({}, (), 1), Zone({}, (), 2))
    samples.append(Sample("plain", PCM.astype(np.int16), None, 8000, (0, 120)))
    bank = SoundFont({"version": (3, 0), "engine": "x", "name": "y"}, (), (), ())
    return bank._replace(instruments=(Instrument("i", keys),), samples=tuple(samples))


def test_ogg_vorbis_beside_plain_samples():
    bank = read_soundfont(encode_soundfont(sf3()))
    assert same(bank, sf3())
    for sample, n_samples in zip(bank.samples, (3000, 777, 120), strict=True):
        assert waveform(sample).shape == (n_samples,) == (n_samples_of(sample),)
        assert waveform(sample).dtype == np.float32
    expected, _ = soundfile.read(io.BytesIO(ogg().tobytes()), dtype="float32")
    np.testing.assert_array_equal(waveform(bank.samples[0]), expected)


def test_streams_are_decoded_once_and_forgotten_with_their_bank():
    bank = read_soundfont(encode_soundfont(sf3()))
    before = len(_soundfont_samples._decoded)
    x = waveform(bank.samples[0])
    assert waveform(bank.samples[0]._replace(name="other")) is x
    assert not x.flags.writeable
    assert len(_soundfont_samples._decoded) == before + 1
    del bank
    gc.collect()
    assert len(_soundfont_samples._decoded) == before


def test_streams_that_cannot_be_decoded():
    broken = ogg().copy()
    broken[40:] = 7
    with pytest.raises(FormatError, match="cannot decode the stream of sample 'a': "):
        waveform(Sample("a", broken, None, 32000))
    with pytest.raises(FormatError, match="2 channels of OGG, not one"):
        waveform(Sample("a", ogg(channels=2), None, 32000))


def test_a_stream_whose_last_page_is_long():
    """Some programs fill pages up to 65 kB; the last page tells the length."""
    page = b"OggS\0\4" + struct.pack("<q", 12345) + bytes(30000)
    stream = np.frombuffer(ogg().tobytes()[:58] + page, np.uint8)
    bank = SoundFont({}, (), (), (Sample("s", stream, None, 8000, (9, 12345)),) * 3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_soundfont(encode_soundfont(bank))
    assert [sample.loop for sample in again.samples] == [(9, 12345)] * 3


def test_a_damaged_stream_gives_what_is_left():
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 200000)
    file = io.BytesIO()
    soundfile.write(file, noise, 32000, format="OGG", subtype="VORBIS")
    stream = np.frombuffer(file.getvalue(), np.uint8)
    whole = waveform(Sample("a", stream, None, 32000))
    cut = waveform(Sample("a", stream[: len(stream) * 2 // 3], None, 32000))
    assert 100000 < cut.size < whole.size == 200000
    np.testing.assert_array_equal(cut, whole[: cut.size])
    spoilt = stream.copy()
    spoilt[len(spoilt) // 2] ^= 255
    assert 150000 < waveform(Sample("a", spoilt, None, 32000)).size < 200000


# laws: what is written comes back; what came back is written the same


SPECIAL = ("version", "rom_version", "default_modulators")


def names(longest=20):
    fits = st.text(max_size=longest).filter(lambda t: len(t.encode()) <= longest)
    return fits.map(lambda text: text.replace("\0", ""))


def word(low, high):
    return st.integers(low, high)


def zones(target, n_targets):
    usable = [n for n, g in GENERATORS.items() if g.preset or target == 53]
    plain = [n for n in usable if n not in (43, 44)]
    amounts = st.dictionaries(st.sampled_from(plain), word(-32768, 32767), max_size=4)
    pair = st.tuples(word(0, 255), word(0, 255))
    ranges = st.dictionaries(st.sampled_from([43, 44]), pair)
    both = st.builds(lambda a, b: a | b, amounts, ranges)
    words = [word(0, 65535)] * 2 + [word(-32768, 32767)] + [word(0, 65535)] * 2
    modulators = st.lists(st.builds(Modulator, *words), max_size=2).map(tuple)
    whole = st.builds(Zone, both, modulators, st.just(None))
    if not n_targets:
        return st.lists(whole, max_size=1).map(tuple)
    leading = st.builds(Zone, both, modulators, word(0, n_targets - 1))
    tail = st.lists(leading, max_size=3)
    return st.builds(lambda a, b: (*a, *b), st.lists(whole, max_size=1), tail)


@st.composite
def banks(draw):
    deep = draw(st.booleans())
    n_samples = draw(word(0, 3))
    samples = []
    for index in range(n_samples):
        length = draw(word(1, 40))
        seed = np.random.default_rng(draw(word(0, 99)))
        pcm = seed.integers(-32768, 32768, length).astype(np.int16)
        low = seed.integers(0, 256, length).astype(np.uint8) if deep else None
        loop = tuple(sorted(draw(st.tuples(word(0, length), word(0, length)))))
        loop = loop if loop[0] < length else (0, length)
        channel = draw(st.sampled_from(["mono", "left", "right", "linked"]))
        others = [None, *(k for k in range(n_samples) if k != index)]
        link = None if channel == "mono" else draw(st.sampled_from(others))
        rate = draw(word(1, 2**32 - 1))
        more = draw(word(0, 127)), draw(word(-128, 127)), channel, link
        samples.append(Sample(draw(names()), pcm, low, rate, loop, *more))
    part = st.builds(Instrument, names(), zones(53, n_samples))
    instruments = draw(st.lists(part, max_size=3).map(tuple))
    number = word(0, 65535)
    part = st.builds(Preset, names(), number, number, zones(41, len(instruments)))
    keys = st.sampled_from([k for k in INFO.values() if k not in SPECIAL])
    texts = draw(st.dictionaries(keys, names(100)))
    info = {"engine": "E", "name": ""} | texts
    info["version"] = (2, draw(word(4 if deep else 0, 9)))
    return SoundFont(
        info, draw(st.lists(part, max_size=3).map(tuple)), instruments, tuple(samples)
    )


@settings(max_examples=40, deadline=None)
@given(banks())
def test_what_is_written_comes_back(bank):
    data = encode_soundfont(bank)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = read_soundfont(data)
    assert same(again, bank)
    assert encode_soundfont(again) == data


def test_the_rest_of_the_texts_comes_back():
    modulators = (Modulator(*MODULATOR), Modulator(1, 2, 3, 4, 5))
    info = {"version": (2, 1), "engine": "E", "name": "n" * 255, "comment": "c" * 65535}
    info |= {"rom_version": (1, 2), "default_modulators": modulators}
    assert read_soundfont(encode_soundfont(SoundFont(info, (), (), ()))).info == info


def test_what_a_file_needs_is_added():
    info = read_soundfont(encode_soundfont(SoundFont({}, (), (), ()))).info
    assert info == {"version": (2, 1), "engine": "EMU8000", "name": "untitled"}


def test_every_sample_is_followed_by_silence():
    samples = [Sample("a", np.full(n, 7, np.int16), None, 8000) for n in (3, 50, 1)]
    data = encode_soundfont(SoundFont({}, (), (), tuple(samples)))
    start = data.index(b"smpl") + 8
    size = struct.unpack("<I", data[start - 4 : start])[0]
    words = np.frombuffer(data[start : start + size], "<i2").tolist()
    quiet = [0] * 46
    assert words == [7] * 3 + quiet + [7] * 50 + quiet + [7] + quiet
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8


def test_generators_have_names():
    assert NUMBERS["filter_cutoff"] == 8 and GENERATORS[8].default == 13500
    assert len(NUMBERS) == len(GENERATORS) == 46 + 4
    unused = {14, 18, 19, 20, 41, 42, 49, 53, 55}  # 41 and 53 are a zone's target
    assert set(GENERATORS) == set(range(59)) - unused
    for generator in GENERATORS.values():
        low, high = generator.range
        default = generator.default
        assert default in (-1, generator.range) or low <= default <= high
    at_presets = {n for n, generator in GENERATORS.items() if not generator.preset}
    assert at_presets == {0, 1, 2, 3, 4, 12, 45, 46, 47, 50, 54, 57, 58}


# what players put up with


def changed(kind, data=None, *, start=0, old=None):
    """The file made by hand, with one chunk changed."""
    chunks = parts()
    if data is None:
        del chunks[kind]
    elif old is None:
        at = start % (len(chunks[kind]) + 1)
        chunks[kind] = chunks[kind][:at] + data + chunks[kind][at + len(data) :]
    else:
        assert old in chunks[kind]
        chunks[kind] = chunks[kind].replace(old, data, 1)
    return build(chunks)


def grown(data, size):
    """The file with another size in its header."""
    return data[:4] + struct.pack("<I", size) + data[8:]


WHOLE = build(parts())
NO_TERMINALS = parts()
for table, n_bytes in ((b"pmod", 10), (b"imod", 10), (b"pgen", 4), (b"igen", 4)):
    NO_TERMINALS[table] = NO_TERMINALS[table][:-n_bytes]
NAMELESS = parts() | {b"phdr": parts()[b"phdr"].replace(b"EOP", b"\1\2\3")}
ODD_TEXT = parts() | {b"INAM": b"Hand made"}  # nine bytes, filled up or not
QUIET = [
    ("no records that end tables", build(NO_TERMINALS)),
    ("another name of the last record", build(NAMELESS)),
    ("an odd chunk, filled up", build(ODD_TEXT)),
    ("an unknown text", WHOLE.replace(b"isng", b"iXXX")),
    ("an unknown list", grown(WHOLE + chunk(b"LIST", bytes(9)), len(WHOLE) + 10)),
    ("a size that counts the header", grown(WHOLE, len(WHOLE) - 7)),
]


@pytest.mark.parametrize("data", [d for _, d in QUIET], ids=[n for n, _ in QUIET])
def test_slips_without_consequences(data):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bank = read_soundfont(data)
    expected = read_soundfont(WHOLE)
    assert same(bank[1:], expected[1:])
    assert bank.info["name"] == "Hand made"


def unfilled():
    """An odd text without the byte that fills it up, and sizes to match."""
    whole = build(ODD_TEXT)
    at = whole.index(b"Hand made") + 9
    data = whole[:at] + whole[at + 1 :]
    size = struct.unpack("<I", data[16:20])[0]
    return grown(data[:16] + struct.pack("<I", size - 1) + data[20:], len(data) - 8)


def test_an_odd_chunk_that_is_not_filled_up():
    assert same(read_soundfont(unfilled())[1:], read_soundfont(WHOLE)[1:])


SAMPLE_SIZE = 46
LOUD = [
    ("size of the file", grown(WHOLE, 5), "its header says 13", None),
    ("more bytes", WHOLE + bytes(99), r"its size is \d+ bytes", None),
    (
        "rest of a record",
        build(parts() | {b"igen": parts()[b"igen"] + b"xy"}),
        "a rest of 2 bytes is left out .igen",
        None,
    ),
    (
        "ROM",
        changed(b"shdr", struct.pack("<H", 0x8004), start=44),
        r"samples in the ROM of a sound card \(L\).*zones whose sample is missing",
        lambda b: (
            len(b.samples) == 1
            and [z.target for z in b.instruments[0].zones] == [None, 0]
        ),
    ),
    (
        "unknown kind",
        changed(b"shdr", struct.pack("<H", 0x0104), start=44),
        r"unknown kind \(L\)",
        lambda b: b.samples[0].name == "R" and b.samples[0].link is None,
    ),
    (
        "beyond the end",
        changed(b"shdr", struct.pack("<II", 5000, 5060), start=20),
        r"lie outside the file \(L\)",
        lambda b: len(b.samples) == 1,
    ),
    (
        "end before start",
        changed(b"shdr", struct.pack("<II", 50, 40), start=20),
        r"lie outside the file \(L\)",
        lambda b: len(b.samples) == 1,
    ),
    (
        "cut off",
        changed(b"shdr", struct.pack("<I", 400), start=46 + 24),
        r"cut off \(R\)",
        lambda b: b.samples[1].pcm.size == 212 - 106,
    ),
    (
        "loop backwards",
        changed(b"shdr", struct.pack("<II", 50, 8), start=28),
        r"loops that leave their samples \(L\)",
        lambda b: b.samples[0].loop == (8, 50),
    ),
    (
        "loop outside",
        changed(b"shdr", struct.pack("<II", 8, 61), start=28),
        r"loops that leave their samples \(L\)",
        lambda b: b.samples[0].loop == (8, 60),
    ),
    (
        "loop beyond the sample",
        changed(b"shdr", struct.pack("<II", 70, 80), start=28),
        r"loops that leave their samples \(L\)",
        lambda b: b.samples[0].loop == (0, 60),
    ),
    (
        "loop before the sample",
        changed(b"shdr", struct.pack("<II", 50, 120), start=46 + 28),
        r"loops that leave their samples \(R\)",
        lambda b: b.samples[1].loop == (0, 14),
    ),
    (
        "no rate",
        changed(b"shdr", struct.pack("<I", 0), start=36),
        r"without a rate, 44100 Hz is taken \(L\)",
        lambda b: b.samples[0].sample_rate == 44100,
    ),
    (
        "link",
        changed(b"shdr", struct.pack("<H", 9), start=42),
        r"links to samples that are missing \(L\)",
        lambda b: b.samples[0].link is None,
    ),
    (
        "goal of a preset",
        changed(b"pgen", gens((41, 5)), old=gens((41, 0))),
        r"zones whose instrument is missing \(Duo\)",
        lambda b: len(b.presets[0].zones) == 1,
    ),
    (
        "second global zone",
        changed(b"igen", gens((48, 3)), old=gens((53, 0))),
        r"zones that lead nowhere \(Strings\)",
        lambda b: [z.target for z in b.instruments[0].zones] == [None, 1],
    ),
    (
        "range of keys too late",
        changed(b"igen", gens((54, 1), (44, 5), (43, 3))),
        r"mean nothing in an instrument \(Strings\)",
        lambda b: b[2][0].zones[1].generators == {44: (5, 0)},
    ),
    (
        "range of velocities too late",
        changed(b"igen", gens((54, 1), (17, 5), (44, 3))),
        r"mean nothing in an instrument \(Strings\)",
        lambda b: b.instruments[0].zones[1].generators == {17: 5},
    ),
    (
        "unknown generator",
        changed(b"pgen", gens((59, 25))),
        r"mean nothing in a preset \(Duo\)",
        lambda b: b.presets[0].zones[0].generators == {},
    ),
    (
        "generator of a sample at a preset",
        changed(b"pgen", gens((54, 1))),
        r"mean nothing in a preset \(Duo\)",
        lambda b: b.presets[0].zones[0].generators == {},
    ),
    ("no texts", WHOLE.replace(b"INFO", b"XXXX"), "no list of texts", None),
    (
        "no samples",
        WHOLE.replace(b"sdta", b"xxxx"),
        r"lie outside the file \(L and 1 more\)",
        lambda b: (
            b.samples == () and b[2][0].zones == (Zone({54: 1}, b[2][0][1][0][1]),)
        ),
    ),
    (
        "low bytes too short",
        build(parts() | {b"sm24": bytes(50)}),
        "16 bits are left .sm24",
        lambda b: b.samples[0].low is None,
    ),
    (
        "long text",
        build(parts() | {b"INAM": b"x" * 300}),
        "text cut to 255 bytes .INAM",
        lambda b: b.info["name"] == "x" * 255,
    ),
]


@pytest.mark.parametrize(
    "data, text, holds", [c[1:] for c in LOUD], ids=[c[0] for c in LOUD]
)
def test_what_is_left_out_is_told(data, text, holds):
    with pytest.warns(DamagedWarning, match=f"these bytes have faults.*{text}"):
        bank = read_soundfont(data)
    expected = read_soundfont(WHOLE)
    assert holds(bank) if holds else same(bank[1:], expected[1:])
    assert same(read_soundfont(encode_soundfont(bank))[1:], bank[1:])


def test_links_follow_the_samples_that_are_left():
    chunks = parts()
    rom = record(b"ROM", 0, 9, 0, 0, 8000, 60, 0, 0, 0x8001, form="IIIIIBbHH")
    left = chunks[b"shdr"].replace(b"\1\0\4\0", b"\2\0\4\0")
    right = left.replace(b"\0\0\2\0", b"\1\0\2\0")
    with pytest.warns(DamagedWarning, match="ROM"):
        bank = read_soundfont(build(chunks | {b"shdr": rom + right}))
    assert [(s.name, s.link) for s in bank.samples] == [("L", 1), ("R", 0)]


def test_of_two_chunks_of_a_name_the_first_counts():
    assert read_soundfont(WHOLE.replace(b"isng", b"INAM")).info["name"] == "EMU8000"
    twice = build(parts() | {b"sm24": bytes(106)}).replace(b"sm24", b"smpl")
    assert same(read_soundfont(twice)[1:], read_soundfont(WHOLE)[1:])


def test_half_a_sample_at_the_end():
    chunks = parts() | {b"smpl": parts()[b"smpl"][:299]}
    with pytest.warns(DamagedWarning, match=r"cut off \(R\).*loops .*\(R\)"):
        right = read_soundfont(build(chunks)).samples[1]
    np.testing.assert_array_equal(right.pcm, PCM[60:103])


def test_more_instruments_than_a_signed_word_counts():
    instruments = tuple(Instrument(f"{k}", ()) for k in range(33000))
    preset = Preset("p", 0, 0, (Zone({}, (), 32999),))
    bank = SoundFont({}, (preset,), instruments, ())
    assert same(read_soundfont(encode_soundfont(bank))[1:], bank[1:])


def test_names_in_other_alphabets():
    for text in ("Flöte".encode("latin-1"), "Flöte".encode()):
        data = changed(b"inst", text + bytes(20 - len(text)))
        bank = read_soundfont(data)
        assert bank.instruments[0].name == "Flöte"
        assert read_soundfont(encode_soundfont(bank)).instruments[0].name == "Flöte"


def at(data, text):
    return data.index(text) + 8  # where a chunk's contents begin


BAD = [
    ("nothing", b"", "it is not a SoundFont but .* .byte 0"),
    ("a WAV file", b"RIFF\0\0\0\0WAVEfmt ", "but a WAV file"),
    ("a DLS bank", b"RIFF\0\0\0\0DLS ", "but a DLS bank"),
    ("a MIDI file", b"MThd\0\0\0\6", "but a MIDI file"),
    ("a picture", b"\x89PNG\r\n\x1a\n", "but a"),
    ("something", b"RIFX" * 9, "but a file that begins with b'RIFX'"),
    ("a header", WHOLE[:12], r"no list of presets \(pdta\); is it cut off\? .byte 12"),
    ("half a file", WHOLE[: len(WHOLE) // 2], "is it cut off|is missing"),
    (
        "version 1",
        changed(b"ifil", struct.pack("<HH", 1, 0)),
        "version 1.0 is not known, only 2 and 3 are",
    ),
    ("short version", changed(b"ifil", b"").replace(b"ifil\4", b"ifil\2"), "too short"),
    ("no headers", changed(b"shdr"), "its table 'shdr' is missing"),
    (
        "empty table",
        build(parts() | {b"inst": b""}),
        f"lacks even the record that ends it .byte {at(WHOLE, b'inst')}",
    ),
    (
        "bags out of order",
        changed(b"phdr", struct.pack("<H", 3), start=24),
        "record 0 of 'phdr' has bag out of order or range",
    ),
    (
        "generators out of order",
        changed(b"ibag", struct.pack("<H", 5), start=4),
        f"record 2 of 'ibag' has generators out of.* .byte {at(WHOLE, b'ibag') + 8}",
    ),
    (
        "modulators beyond the table",
        changed(b"ibag", struct.pack("<H", 77), start=14),
        f"record 3 of 'ibag' has modulators out of.* .byte {at(WHOLE, b'ibag') + 12}",
    ),
]


@pytest.mark.parametrize("data, text", [c[1:] for c in BAD], ids=[c[0] for c in BAD])
def test_what_cannot_be_used(data, text, tmp_path):
    path = tmp_path / "bad.sf2"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=f"^cannot read these bytes: .*{text}"):
        read_soundfont(data)
    match = "the file is empty" if not data else text
    with pytest.raises(FormatError, match=f"^cannot read '.*bad.sf2': .*{match}"):
        read_soundfont(path)


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_soundfont(tmp_path / "none.sf2")
    with pytest.raises(IsADirectoryError):
        read_soundfont(tmp_path)
    os.mkfifo(tmp_path / "pipe.sf2")
    with pytest.raises(FormatError, match="not a regular file"):
        read_soundfont(tmp_path / "pipe.sf2")
    with pytest.raises(ValueError, match="opened in binary mode"):
        read_soundfont(io.StringIO("RIFF"))


# what cannot be written


def small(**changes):
    """A bank of one sample, one instrument, one preset."""
    fields = {"name": "a", "pcm": np.ones(9, np.int16), "low": None}
    fields |= {"sample_rate": 8000} | changes
    return (Sample(**fields),)


def bank_of(*, samples=None, zone=None, preset=None, name="i", info=None):
    zones = (Zone({}, (), 0),) if zone is None else zone
    instrument = Instrument(name, zones)
    preset = preset or Preset("p", 0, 0, (Zone({}, (), 0),))
    return SoundFont(info or {}, (preset,), (instrument,), samples or small())


REFUSED = [
    (bank_of(name="n" * 21), r"instrument 0 'n+': name takes 21 bytes, at most 20"),
    (bank_of(name="a\0b"), "name must be a string without zeros"),
    (bank_of(name="\ud800"), "name must be Unicode"),
    (bank_of(info={"INAM": "x"}), "info has no 'INAM', known are version, engine"),
    (bank_of(info={"name": "x" * 256}), r'info\["name"\] takes 256 bytes'),
    (bank_of(info={"version": (1, 0)}), "must be a whole number, 2 to 3, got 1"),
    (bank_of(info={"version": 2}), "must be two numbers such as"),
    (bank_of(zone=(Zone({}), Zone({}))), "zone 1: only zone 0 may be global"),
    (bank_of(zone=(Zone({}, (), 1),)), "target must be a whole number, 0 to 0, got 1"),
    (bank_of(zone=(Zone({59: 1}, (), 0),)), "generator 59 has no meaning there"),
    (bank_of(zone=(Zone({8: 40000}, (), 0),)), "filter_cutoff must be a whole .*40000"),
    (bank_of(zone=(Zone({8: 1.5}, (), 0),)), "filter_cutoff must be a whole number"),
    (bank_of(zone=(Zone({43: 5}, (), 0),)), "key_range must be two numbers, got 5"),
    (
        bank_of(zone=(Zone({}, (Modulator(1, 2, 99999),), 0),)),
        "zone 0: amount must be a whole number, -32768 to 32767, got 99999",
    ),
    (bank_of(preset=Preset("p", 0, 0, (Zone({54: 1}, (), 0),))), "generator 54 has no"),
    (bank_of(preset=Preset("p", -1, 0, ())), "program must be a whole number"),
    (bank_of(samples=small(pcm=np.ones(9))), "pcm must be int16 .*got float64"),
    (bank_of(samples=small(pcm=np.ones(0, np.int16))), "pcm must be an array of shape"),
    (bank_of(samples=small(pcm=np.ones(9, np.uint8))), "no Ogg Vorbis stream"),
    (bank_of(samples=small(low=np.ones(8, np.uint8))), "low must be uint8 and as long"),
    (bank_of(samples=small(loop=(0, 10))), "end of the loop must be .* 0 to 9, got 10"),
    (bank_of(samples=small(loop=(5, 4))), "end of the loop must be .* 5 to 9, got 4"),
    (bank_of(samples=small(loop=(0.5, 9))), "start of the loop must be a whole number"),
    (bank_of(samples=small(root=128)), "root must be a whole number, 0 to 127"),
    (bank_of(samples=small(sample_rate=44100.5)), "sample_rate must be a whole number"),
    (bank_of(samples=small(channel="centre")), "channel must be one of mono, right"),
    (bank_of(samples=small(link=0)), "it is mono, and has a link"),
    (bank_of(samples=small(link=1, channel="left")), "link must be a whole number"),
]


@pytest.mark.parametrize("bank, text", REFUSED)
def test_what_cannot_be_written(bank, text, tmp_path):
    with pytest.raises(FormatError, match=f"^cannot write '.*a.sf2': .*{text}"):
        write_soundfont(tmp_path / "a.sf2", bank)
    assert not list(tmp_path.iterdir())


def test_more_zones_than_the_format_counts():
    zones = (Zone({}, (), 0),) * 65536
    with pytest.raises(FormatError, match="there are 65536 records in 'igen', at most"):
        encode_soundfont(bank_of(zone=zones))


# real banks


@pytest.mark.parametrize("path", BANKS, ids=lambda path: path.name)
def test_real_banks_come_back(path, tmp_path):
    bank = read_soundfont(path)
    write_soundfont(tmp_path / "again.sf2", bank)
    assert same(read_soundfont(tmp_path / "again.sf2"), bank)


SILENT = ("-a", "file", "-o", f"audio.file.name={os.devnull}")


def fluidsynth(*arguments, commands=""):
    """What FluidSynth prints."""
    line = ["fluidsynth", "-n", *map(str, arguments)]
    options = {"capture_output": True, "text": True, "check": True, "timeout": 60}
    ran = subprocess.run(line, input=commands, **options)
    return ran.stdout + ran.stderr


@needs_fluidsynth
@pytest.mark.skipif(not TIM.exists(), reason="TimGM6mb is not installed")
def test_fluidsynth_knows_the_same_presets():
    printed = fluidsynth(*SILENT, TIM, commands="inst 1\nquit\n")
    listed = [line.removeprefix("> ") for line in printed.splitlines()]
    listed = [line for line in listed if line[:3].isdigit() and line[3:4] == "-"]
    bank = read_soundfont(TIM)
    expected = sorted((p.bank, p.program, p.name) for p in bank.presets)
    assert [f"{b:03d}-{n:03d} {name}" for b, n, name in expected] == listed


@needs_fluidsynth
def test_fluidsynth_hears_the_low_bytes(tmp_path):
    """A wave below the 16th bit: silence, if the low bytes were not understood."""
    low = np.tile(np.repeat([0, 200], 50), 200).astype(np.uint8)
    pcm = np.zeros(low.size, np.int16)
    for name, deep in (("deep", low), ("plain", None)):
        bank = bank_of(samples=small(pcm=pcm, low=deep, sample_rate=44100))
        write_soundfont(tmp_path / f"{name}.sf2", bank)
    song = mido.MidiFile()
    song.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60, velocity=127)]))
    song.tracks[0].append(mido.Message("note_off", note=60, time=480))
    song.save(tmp_path / "song.mid")
    peaks = {}
    for name in ("deep", "plain"):
        files = (
            tmp_path / f"{name}.raw",
            tmp_path / f"{name}.sf2",
            tmp_path / "song.mid",
        )
        fluidsynth("-i", "-R0", "-C0", "-g1", "-T", "raw", "-O", "float", "-F", *files)
        peaks[name] = abs(np.fromfile(files[0], np.float32)).max()
    assert peaks["plain"] == 0 and peaks["deep"] > 0.3 * 200 / 2**23
