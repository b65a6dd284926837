"""Voices of the Yamaha DX7, in the SysEx messages in which they have always travelled.

A file holds single voices (163 bytes each), banks of 32 (4104 bytes), or several of
both. Whoever wrote it may have counted its checksum wrongly: that is said, and the
voices are read.

    F0 43 0n 00 01 1B  155 bytes        checksum F7    one voice, a byte for each number
    F0 43 0n 09 20 00  32 x 128 bytes   checksum F7    a bank, small numbers share bytes
"""

import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dsplab._arguments import integer
from dsplab.formats.errors import DamagedWarning, unreadable
from dsplab.formats.whole_files import whole_file

CURVES = ("-linear", "-exponential", "+exponential", "+linear")
WAVES = ("triangle", "saw down", "saw up", "square", "sine", "sample and hold")
VOICE, PACKED, BANK = 155, 128, 32 * 128  # bytes of data
LETTERS = " " * 32 + "".join(map(chr, range(32, 126))) + "\u2192\u2190"  # two arrows
LETTERS = LETTERS.replace("\\", "\u00a5")  # and a yen, as on its display
MOST_BYTES = 2**24  # of a file: banks are small, what is larger is something else


class Operator(NamedTuple):
    """One of the six sines, in the numbers of the front panel."""

    rates: tuple = (99, 99, 99, 99)  # 0 to 99: speed towards each of the levels
    levels: tuple = (99, 99, 99, 0)  # 0 to 99: three while the key is down, and after
    breakpoint: Any = 39  # 0 to 99: key from which the level changes; 39 is C3
    left_depth: Any = 0  # 0 to 99: by how much, to its left
    right_depth: Any = 0
    left_curve: Any = 0  # 0 to 3: see CURVES
    right_curve: Any = 0
    rate_scaling: Any = 0  # 0 to 7: how much quicker high notes are
    amplitude_sensitivity: Any = 0  # 0 to 3: to the LFO
    velocity_sensitivity: Any = 0  # 0 to 7
    level: Any = 0  # 0 to 99, 0.75 dB each from 20 on
    fixed: Any = 0  # 1: a frequency in Hz, on every key the same
    coarse: Any = 1  # 0 to 31: ratio to the key's frequency, 0 for 1/2; or power of ten
    fine: Any = 0  # 0 to 99: percent more; or hundredths of a power of ten
    detune: Any = 0  # -7 to 7


class Patch(NamedTuple):
    """A voice. As it stands, a sine: the DX7 calls it INIT VOICE."""

    operators: tuple = (Operator(level=99), *(Operator(),) * 5)  # 1 to 6
    algorithm: int = 1  # 1 to 32: who modulates whom
    feedback: Any = 0  # 0 to 7
    key_sync: Any = 1  # 1: oscillators begin anew with each key
    pitch_rates: tuple = (99, 99, 99, 99)
    pitch_levels: tuple = (50, 50, 50, 50)  # 0 to 99, 50 is in tune
    lfo_speed: Any = 35  # 0 to 99
    lfo_delay: Any = 0
    lfo_pitch_depth: Any = 0
    lfo_amplitude_depth: Any = 0
    lfo_sync: Any = 1  # 1: begins anew with each key
    lfo_wave: int = 0  # 0 to 5: see WAVES
    pitch_sensitivity: Any = 3  # 0 to 7: to the LFO
    transpose: Any = 0  # -24 to 24 semitones
    name: str = "INIT VOICE"  # ten letters


def _layout():
    """For each byte of a voice: byte in a bank, shift there, bits, greatest value."""
    rows = []
    for first in range(0, 102, 17):  # operators 6 to 1
        rows += [(first + k, 0, 7, 99) for k in range(11)]
        rows += [
            (first + k, shift, bits, 2**bits - 1)
            for k, shift, bits in ((11, 0, 2), (11, 2, 2), (12, 0, 3), (13, 0, 2))
        ]
        rows += [(first + 13, 2, 3, 7), (first + 14, 0, 7, 99), (first + 15, 0, 1, 1)]
        rows += [(first + 15, 1, 5, 31), (first + 16, 0, 7, 99), (first + 12, 3, 4, 14)]
    rows += [(k, 0, 7, 99) for k in range(102, 110)]
    rows += [(110, 0, 5, 31), (111, 0, 3, 7), (111, 3, 1, 1)]
    rows += [(k, 0, 7, 99) for k in range(112, 116)]
    rows += [(116, 0, 1, 1), (116, 1, 3, 5), (116, 4, 3, 7), (117, 0, 7, 48)]
    return np.array(rows + [(k, 0, 7, 127) for k in range(118, 128)])


BYTE, SHIFT, BITS, MOST = _layout().T
HEAD = re.compile(rb"\xf0\x43[\x00-\x0f][\x00\x09]")  # voices of a Yamaha
STATUS = re.compile(rb"[\xf0\xf7]")  # where a message begins, or ends


def read_sysex(file):
    """Read the voices of a file.

    Messages of other makes, and what lies between messages, are passed over. So is a
    missing header: 4096 bytes are a bank.

    Args:
      file: a path (string or `pathlib.Path`), bytes, or a file open for reading bytes.

    Returns:
      A tuple of `Patch`es, 1 for a voice and 32 for a bank.

    Raises:
      FormatError: if there is no voice in it, with the place where one was expected.
      OSError: if there is no such file, or it cannot be read.

    Warns:
      DamagedWarning: for a wrong checksum, a number out of its range (which is taken as
        the nearest in it), a message that was cut off (its complete voices are read).

    >>> patches = read_sysex(encode_sysex(Patch(name="A SINE")))
    >>> patches[0].name, patches[0].operators[0].level
    ('A SINE', 99)
    """
    data, name = _contents(file)
    if len(data) > MOST_BYTES:
        raise unreadable(name, "it is too large for DX7 voices", byte=MOST_BYTES)
    if not data:
        raise unreadable(name, "it is empty", byte=0)
    problems = []
    if len(data) == BANK and data[0] != 0xF0:
        voices = [_unpacked(data, 0, problems)]
    else:
        voices = list(_voices(data, name, problems))
    patches = tuple(_patch(v) for block in voices for v in block.tolist())
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        what = "these bytes have" if name is None else f"'{name}' has"
        reason, byte = problems[0]
        text = f"{what} faults, the rest was read: {reason} (byte {byte}){more}"
        warnings.warn(text, DamagedWarning, stacklevel=2)
    return patches


def _contents(file):
    """The bytes, and the name if there is one."""
    if isinstance(file, bytes | bytearray | memoryview):
        return bytes(file), None
    if hasattr(file, "read"):
        data, name = file.read(MOST_BYTES + 1), getattr(file, "name", None)
        if not isinstance(data, bytes):
            raise ValueError("file must be opened in binary mode")
        return data, name if isinstance(name, str) else None
    path = Path(file)
    if path.exists() and not path.is_file() and not path.is_dir():
        raise unreadable(path, "it is not a regular file")
    with open(path, "rb") as opened:
        return opened.read(MOST_BYTES + 1), path


def _voices(data, name, problems):
    """Yield arrays (n_voices, 155), one for each message that holds voices."""
    found, head = 0, HEAD.search(data)
    while head:
        block, following = _message(data, head.start(), problems)
        found += len(block)
        if len(block):
            yield block
        head = HEAD.search(data, following)
    if not found:
        first = data.find(0xF0)
        if problems:
            reason, byte = problems[0]
            raise unreadable(name, reason, byte=byte)
        if first < 0:
            text = "it holds no SysEx message, and is not the 4096 bytes of a bank"
            raise unreadable(name, text, byte=0)
        raise unreadable(name, "no SysEx message in it is a DX7 voice", byte=first)


def _message(data, at, problems):
    """The voices of the message that begins at a place, and where to look further."""
    single, first = data[at + 3] == 0, at + 6
    size, counted = (VOICE, b"\x01\x1b") if single else (BANK, b"\x20\x00")
    end = first + size
    if data[end + 1 : end + 2] != b"\xf7":  # is it cut off?
        status = STATUS.search(data, first, end)
        stop = status.start() if status else min(end, len(data))
    else:
        stop = end
    if stop < end:
        there = max(0, stop - first)
        text = f"a message ends after {there} of {size} bytes of data"
        problems.append((text, stop))
        whole = 0 if single else there // PACKED * PACKED
        return _unpacked(data[first : first + whole], first, problems), stop
    if data[at + 4 : first] != counted:
        problems.append(("a header counts its bytes wrongly", at + 4))
    block = data[first:end]
    right = -sum(block) & 127
    if data[end : end + 1] != bytes([right]):
        came = data[end] if end < len(data) else "missing"
        problems.append((f"the checksum is {came}, not {right}", end))
    if single:
        values = np.frombuffer(block, np.uint8)[None]
        places = first + np.arange(VOICE)[None]
        return _within(values & 127, places, problems), end
    return _unpacked(block, first, problems), end


def _unpacked(data, first, problems):
    """Voices of a bank, (n_voices, 155), whatever stands in bits that mean nothing."""
    if not data:
        return []
    packed = np.frombuffer(data, np.uint8).reshape(-1, PACKED).astype(int)
    values = (packed[:, BYTE] >> SHIFT) & (2**BITS - 1)
    places = first + PACKED * np.arange(len(values))[:, None] + BYTE
    return _within(values, places, problems)


def _within(values, places, problems):
    """Values (n_voices, 155), none above its greatest; places are their bytes."""
    wrong = np.argwhere(values > MOST)
    if len(wrong):
        voice, number = wrong[0]
        value, most = values[voice, number], MOST[number]
        text = f"number {number} of a voice is {value}, not 0 to {most}"
        problems.append((text, int(places[voice, number])))
    return np.minimum(values, MOST)


def _patch(v):
    """The patch of 155 numbers."""
    operators = tuple(_operator(v[k : k + 21]) for k in range(105, -1, -21))
    return Patch(
        operators,
        v[134] + 1,
        *v[135:137],
        tuple(v[126:130]),
        tuple(v[130:134]),
        *v[137:144],
        v[144] - 24,
        "".join(LETTERS[letter] for letter in v[145:]).rstrip(),
    )


def _operator(v):
    return Operator(tuple(v[:4]), tuple(v[4:8]), *v[8:20], v[20] - 7)


def write_sysex(path, patches):
    """Write voices into a file, which appears whole or not at all.

    Args:
      path: a string or `pathlib.Path`, by custom ending in .syx.
      patches: a `Patch`, for a file with one voice; or up to 32 of them, for a bank
        (INIT VOICE fills it up).

    Raises:
      ValueError: if a number of a patch is not a whole one in its range.
      OSError: if the folder is missing, writing is not permitted, the disk is full.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_sysex(f"{folder}/a.syx", [Patch(name="ONE"), Patch(name="TWO")])
    ...     [patch.name for patch in read_sysex(f"{folder}/a.syx")][:3]
    ['ONE', 'TWO', 'INIT VOICE']
    """
    data = encode_sysex(patches)
    with whole_file(path) as file:
        file.write(data)


def encode_sysex(patches):
    """The bytes that `write_sysex` would put into a file.

    >>> len(encode_sysex(Patch())), len(encode_sysex([Patch()]))
    (163, 4104)
    """
    if isinstance(patches, Patch):
        block, head = bytes(_numbers(patches)), b"\xf0\x43\x00\x00\x01\x1b"
    else:
        patches = list(patches)
        if not 1 <= len(patches) <= 32:
            raise ValueError(f"patches must be 1 to 32 Patches, got {len(patches)}")
        patches += [Patch()] * (32 - len(patches))
        block, head = b"".join(map(_packed, patches)), b"\xf0\x43\x00\x09\x20\x00"
    return head + block + bytes([-sum(block) & 127]) + b"\xf7"


def _packed(patch):
    packed = np.zeros(PACKED, dtype=int)
    np.add.at(packed, BYTE, np.array(_numbers(patch)) << SHIFT)
    return bytes(packed.tolist())


def _numbers(patch):
    """The 155 numbers of a patch, each in its range."""
    if not isinstance(patch, Patch):
        raise ValueError(f"patches must be a Patch or a row of them, got {patch!r}")
    if len(patch.operators) != 6:
        raise ValueError(f"operators must be 6, got {len(patch.operators)}")
    p = patch._replace(algorithm=patch.algorithm - 1, transpose=patch.transpose + 24)
    values = []
    for op in reversed(p.operators):
        op = op._replace(detune=op.detune + 7)
        values += [(name, v) for name in Operator._fields for v in _row(op, name)]
    middle = Patch._fields[4:6] + Patch._fields[1:4] + Patch._fields[6:14]
    values += [(name, v) for name in middle for v in _row(p, name)]
    numbers = [
        integer(value, name=f"{name} of '{patch.name}'", least=0, most=int(most))
        for (name, value), most in zip(values, MOST[:145], strict=True)
    ]
    return numbers + list(_letters(patch.name))


def _row(part, name):
    """A field as a row of numbers: four rates, four levels, or one number."""
    value = getattr(part, name)
    if name.endswith(("rates", "levels")):
        if len(value) != 4:
            raise ValueError(f"{name} must be 4 numbers, got {value!r}")
        return list(value)
    return [value]


def _letters(name):
    """The bytes of a name of ten letters."""
    if not isinstance(name, str) or len(name) > 10 or set(name) - set(LETTERS):
        raise ValueError(f"name must be at most ten letters of ASCII, got {name!r}")
    return [LETTERS.index(letter, 32) for letter in name.ljust(10)]
