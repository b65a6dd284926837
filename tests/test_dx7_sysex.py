"""DX7 files: every field there and back, and files that are not as they should be."""

import io
import os
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsplab.banks import dx7 as dx7_bank
from dsplab.formats.dx7 import (
    LETTERS,
    MOST,
    Operator,
    Patch,
    encode_sysex,
    read_sysex,
    write_sysex,
)
from dsplab.formats.errors import DamagedWarning, FormatError
from dsplab.synths.dx7 import PRESETS

NUMBERS = {  # the greatest value of each field
    "breakpoint": 99, "left_depth": 99, "right_depth": 99, "left_curve": 3,
    "right_curve": 3, "rate_scaling": 7, "amplitude_sensitivity": 3,
    "velocity_sensitivity": 7, "level": 99, "fixed": 1, "coarse": 31, "fine": 99,
}  # fmt: skip
WHOLE = {
    "feedback": 7, "key_sync": 1, "lfo_speed": 99, "lfo_delay": 99,
    "lfo_pitch_depth": 99, "lfo_amplitude_depth": 99, "lfo_sync": 1, "lfo_wave": 5,
    "pitch_sensitivity": 7,
}  # fmt: skip
FOUR = st.tuples(*(st.integers(0, 99),) * 4)
OPERATORS = st.builds(
    Operator,
    rates=FOUR,
    levels=FOUR,
    detune=st.integers(-7, 7),
    **{name: st.integers(0, most) for name, most in NUMBERS.items()},
)
PATCHES = st.builds(
    Patch,
    operators=st.tuples(*(OPERATORS,) * 6),
    algorithm=st.integers(1, 32),
    pitch_rates=FOUR,
    pitch_levels=FOUR,
    transpose=st.integers(-24, 24),
    name=st.text(LETTERS[32:], max_size=10).map(str.rstrip),
    **{name: st.integers(0, most) for name, most in WHOLE.items()},
)
BANK = encode_sysex([Patch(name=f"VOICE {k + 1}") for k in range(32)])


@settings(max_examples=40, deadline=None)
@given(PATCHES, PATCHES)
def test_there_and_back(patch, other):
    assert read_sysex(encode_sysex(patch)) == (patch,)
    assert read_sysex(encode_sysex([other, patch]))[:2] == (other, patch)
    # a bank and a voice say the same, in the numbers of the standard
    single = np.frombuffer(encode_sysex(patch)[6:161], np.uint8)
    assert single[134] == patch.algorithm - 1 and (single <= MOST).all()
    assert single[105:109].tolist() == list(patch.operators[0].rates)
    assert single[20] == patch.operators[5].detune + 7


@pytest.mark.parametrize(
    "byte, value, says",
    [
        (0, 1, ("rates", 0)), (16, 2, ("level",)), (17, 1, ("fixed",)),
        (18, 31, ("coarse",)), (15, 7, ("velocity_sensitivity",)),
        (14, 3, ("amplitude_sensitivity",)), (13, 5, ("rate_scaling",)),
        (11, 2, ("left_curve",)), (12, 3, ("right_curve",)), (8, 40, ("breakpoint",)),
    ],
)  # fmt: skip
def test_bytes_of_a_voice_are_where_the_standard_says(byte, value, says):
    data = bytearray(encode_sysex(Patch()))
    data[6 + byte] = value
    with pytest.warns(DamagedWarning, match="checksum"):
        last = read_sysex(bytes(data))[0].operators[5]  # operator 6 is the first
    field = getattr(last, says[0])
    assert (field[says[1]] if len(says) > 1 else field) == value


def test_shared_bytes_of_a_bank():
    op = Operator(
        left_curve=1, right_curve=2, rate_scaling=5, detune=6,
        amplitude_sensitivity=2, velocity_sensitivity=6, fixed=1, coarse=21,
    )  # fmt: skip
    patch = Patch(
        (Operator(),) * 5 + (op,), feedback=5, key_sync=1, lfo_sync=1, lfo_wave=4,
        pitch_sensitivity=6,
    )  # fmt: skip
    packed = encode_sysex([patch])[6:]
    assert packed[11:14] == bytes([2 << 2 | 1, 13 << 3 | 5, 6 << 2 | 2])
    assert packed[15] == 21 << 1 | 1
    assert packed[111] == 1 << 3 | 5 and packed[116] == 6 << 4 | 4 << 1 | 1
    noisy = bytearray(BANK)
    noisy[6 + 11] |= 0x70  # bits that mean nothing
    noisy[6 + 13] |= 0x60
    noisy[6 + 15] |= 0x40
    noisy[6 + 110] |= 0x60
    with pytest.warns(DamagedWarning, match="checksum"):
        assert read_sysex(bytes(noisy)) == read_sysex(BANK)


def test_files_of_many_kinds(tmp_path):
    path = tmp_path / "bank.syx"
    path.write_bytes(BANK)
    expected = read_sysex(BANK)
    assert [p.name for p in expected] == [f"VOICE {k + 1}" for k in range(32)]
    assert read_sysex(path) == read_sysex(str(path)) == expected
    assert read_sysex(io.BytesIO(BANK)) == expected
    assert read_sysex(BANK[6:-2]) == expected  # without a header
    one = encode_sysex(Patch(name="ONE"))
    other = b"\xf0\x7e\x7f\x09\x01\xf7"
    several = read_sysex(b"noise" + one + other + BANK + b"\x00" + one)
    assert [p.name for p in several] == ["ONE", *(p.name for p in expected), "ONE"]
    changed = one[:2] + b"\x0f" + one[3:]  # another channel
    assert read_sysex(changed) == read_sysex(one)


def test_a_wrong_checksum_and_numbers_out_of_range_are_said_and_read(tmp_path):
    data = bytearray(BANK)
    right, data[-2] = data[-2], 51
    path = tmp_path / "old.syx"
    path.write_bytes(data)
    message = (
        rf"old.syx' has faults, the rest was read: the checksum is 51, not {right} "
        r"\(byte 4102\)$"
    )
    with pytest.warns(DamagedWarning, match=message):
        assert read_sysex(path) == read_sysex(BANK)
    data = bytearray(encode_sysex(Patch()))
    data[6 + 134], data[6 + 20] = 127, 15
    with pytest.warns(
        DamagedWarning, match=r"^these bytes have .*\(byte 161\) \(and 1"
    ):
        patch = read_sysex(bytes(data))[0]
    assert patch.algorithm == 32 and patch.operators[5].detune == 7
    with pytest.warns(DamagedWarning, match="missing"):
        assert read_sysex(BANK[:-2]) == read_sysex(BANK)
    counted = BANK[:4] + b"\x10\x00" + BANK[6:]
    with pytest.warns(DamagedWarning, match=r"counts its bytes wrongly \(byte 4\)"):
        assert read_sysex(counted) == read_sysex(BANK)
    with pytest.warns(DamagedWarning, match="ends after 1000 of 4096"):
        assert read_sysex(BANK[:1006]) == read_sysex(BANK)[:7]
    with pytest.warns(DamagedWarning, match="ends after 1000 of 4096"):
        cut = read_sysex(BANK[:1006] + b"\xf7" + encode_sysex(Patch(name="NEXT")))
    assert [p.name for p in cut[6:]] == ["VOICE 7", "NEXT"]


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", r"cannot read these bytes: it is empty \(byte 0\)"),
        (b"RIFF....", r"no SysEx message, and is not the 4096 bytes.* \(byte 0\)"),
        (b"ab\xf0\x41\x00\x09\xf7", r"no SysEx message in it is a DX7.*\(byte 2\)"),
        (BANK[:50], r"a message ends after 44 of 4096 bytes of data \(byte 50\)"),
        (encode_sysex(Patch())[:100], r"ends after 94 of 155 bytes of data \(byte 100"),
        (b"\xf0\x43\x00\x09", r"ends after .* of 4096 bytes"),
        (bytes(2**24 + 1), "too large"),
    ],
)
def test_what_is_no_voice(data, message):
    with pytest.raises(FormatError, match=message):
        read_sysex(data)


def test_a_number_out_of_its_range_is_found():
    data = bytearray(encode_sysex(Patch()))
    data[6 + 134], data[161] = 40, (data[161] - 40) & 127  # its checksum is right
    message = r"read: number 134 of a voice is 40, not 0 to 31 \(byte 140\)$"
    with pytest.warns(DamagedWarning, match=message):
        assert read_sysex(bytes(data))[0].algorithm == 32
    bank = bytearray(BANK)
    at = 6 + 2 * 128 + 14  # of the third voice: the level of operator 6
    bank[at], bank[-2] = 120, (bank[-2] - 120) & 127
    message = rf"number 16 of a voice is 120, not 0 to 99 \(byte {at}\)$"
    with pytest.warns(DamagedWarning, match=message):
        assert read_sysex(bytes(bank))[2].operators[5].level == 99


def test_errors_begin_with_the_name_and_end_with_the_byte(tmp_path):
    path = tmp_path / "bad.syx"
    for data, reason in (
        (b"", r"it is empty \(byte 0\)"),
        (b"RIFF", r"it holds no SysEx message.* \(byte 0\)"),
        (b"..\xf0\x41\xf7", r"no SysEx message in it is a DX7 voice \(byte 2\)"),
        (BANK[:50], r"a message ends after 44 of 4096 bytes of data \(byte 50\)"),
    ):
        path.write_bytes(data)
        message = rf"^cannot read '{path}': {reason}$"
        with pytest.raises(FormatError, match=message):
            read_sysex(path)
        with open(path, "rb") as file, pytest.raises(FormatError, match=message):
            read_sysex(file)
        with pytest.raises(FormatError, match=rf"^cannot read these bytes: {reason}$"):
            read_sysex(io.BytesIO(data))
    with open(path, "rb") as first:
        with open(first.fileno(), "rb", closefd=False) as numbered:
            with pytest.raises(FormatError, match=r"^cannot read these bytes"):
                read_sysex(numbered)
    os.mkfifo(tmp_path / "pipe.syx")
    with pytest.raises(FormatError, match=r"pipe.syx': it is not a regular file$"):
        read_sysex(tmp_path / "pipe.syx")
    with pytest.raises(ValueError, match="file must be opened in binary mode"):
        read_sysex(io.StringIO("text"))


def test_files_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.syx"
    write_sysex(path, Patch(name="FIRST"))
    assert path.stat().st_size == 163
    with pytest.raises(ValueError, match="level of 'BAD' must be an integer in 0..99"):
        write_sysex(path, Patch((Operator(level=100),) * 6, name="BAD"))
    assert read_sysex(path)[0].name == "FIRST" and len(list(tmp_path.iterdir())) == 1
    write_sysex(path, PRESETS.values())
    assert read_sysex(path) == tuple(PRESETS.values())
    with pytest.raises(FileNotFoundError, match="no folder"):
        write_sysex(tmp_path / "none" / "a.syx", Patch())


@pytest.mark.parametrize(
    "change, message",
    [
        ({"name": "ELEVEN LONG"}, "ten letters"), ({"name": "ü"}, "ASCII"),
        ({"algorithm": 0}, "algorithm"), ({"transpose": 2.5}, "transpose"),
        ({"operators": (Operator(),)}, "operators must be 6"),
        ({"pitch_rates": (1, 2, 3)}, "4 numbers"), ({"lfo_wave": 6}, "lfo_wave"),
    ],
)  # fmt: skip
def test_patches_that_no_dx7_knows(change, message):
    with pytest.raises(ValueError, match=message):
        encode_sysex(Patch()._replace(**change))
    with pytest.raises(ValueError, match=message):
        encode_sysex([Patch()._replace(**change)])


def test_how_many():
    with pytest.raises(ValueError, match="1 to 32"):
        encode_sysex([])
    with pytest.raises(ValueError, match="1 to 32"):
        encode_sysex([Patch()] * 33)
    with pytest.raises(ValueError, match="a Patch or a row of them"):
        encode_sysex([3])


def test_the_bank_that_comes_with_the_package():
    assert read_sysex(dx7_bank()) == tuple(PRESETS.values())
    names = [patch.name for patch in PRESETS.values()]
    assert len(set(names)) == 32 and list(PRESETS) == [n.lower() for n in names]


def test_anything_at_all_is_read_or_refused():
    rng = np.random.default_rng(0)
    for k in range(200):
        data = bytearray(BANK if k % 2 else encode_sysex(Patch()) * 3)
        for _ in range(rng.integers(1, 8)):
            data[rng.integers(len(data))] = rng.integers(256)
        cut = rng.integers(len(data)) if k % 3 == 0 else len(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DamagedWarning)
            if refused(bytes(data[:cut])):
                continue
            encode_sysex(read_sysex(bytes(data[:cut]))[0])


def refused(data):
    try:
        read_sysex(data)
    except FormatError as error:
        assert "byte" in str(error)
        return True
    return False
