"""The bytes of a Standard MIDI File, as far as its tracks: chunks, and what is in them.

Files in use break the rules; this reads what players read. Wrong lengths of chunks,
a missing end of track, alien chunks, a RIFF or MacBinary wrapper, data bytes above 127
(clipped) and stray real-time bytes are no obstacle; a byte that means nothing is.
"""

from typing import NamedTuple

META = 0xFF
TEXTS, NAME = range(0x01, 0x08), 0x03  # kinds of meta events
PORT, END_OF_TRACK, TEMPO, METER, KEY = 0x21, 0x2F, 0x51, 0x58, 0x59
SYSEX, MORE_SYSEX = 0x1F0, 0x1F7  # their status bytes, apart from the kinds
WRAPPER = 4096  # bytes that may stand before the header
ONE_DATA_BYTE = (0xC0, 0xD0)  # program, channel pressure
SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # bytes after other system messages
CLIPPED = bytes(min(byte, 127) for byte in range(256))


class Unreadable(Exception):
    """What is wrong, and at which byte of the file."""

    def __init__(self, reason, offset):
        super().__init__(reason)
        self.reason, self.offset = reason, offset


class Track(NamedTuple):
    """One track: columns of channel messages, and the rest, in ticks from its start.

    The two keep their common order by `order`: how many messages came before.
    """

    ticks: list  # of each channel message
    statuses: list  # status byte, + 256 for each port further
    first: list  # data bytes
    second: list
    others: list  # (ticks, order, kind, bytes)
    end: int  # ticks, of the end of the track
    cut: int | None  # byte at which the track breaks off, if it does


def read_header(data):
    """Where the chunks after the header begin; the format, and the division.

    Raises:
      Unreadable: if there is no header, or time has no unit.
    """
    at = data.find(b"MThd", 0, WRAPPER)
    if at < 0:
        raise Unreadable("there is no MThd header", 0)
    if len(data) < at + 14:
        raise Unreadable("the header is cut off", len(data))
    size = int.from_bytes(data[at + 4 : at + 8])
    kind, division = (int.from_bytes(data[at + k : at + k + 2]) for k in (8, 12))
    fps, resolution = 256 - (division >> 8), division & 0xFF
    if division == 0 or (division & 0x8000 and (fps > 30 or not resolution)):
        raise Unreadable(f"{division:#06x} is no unit of time", at + 12)
    after = at + 8 + size
    return (after if is_chunk(data, after) else at + 14), kind, division


def is_chunk(data, at):
    """Whether a chunk may begin there: four letters, or the end of the file."""
    name = data[at : at + 4]
    return at == len(data) or (len(name) == 4 and name.isalnum() and name.isascii())


def _believed(data, end):
    """Whether a track may well end there."""
    return is_chunk(data, end) or data[max(end - 3, 0) : end] == b"\xff\x2f\0"


def track_bytes(data, at):
    """Begin and end of every track from a position on, and whether all of it is there.

    An end that leads to no chunk is not believed: then it is the next track's begin.
    """
    while (at := data.find(b"MTrk", at)) >= 0 and at + 8 <= len(data):
        begin = at + 8
        end = begin + int.from_bytes(data[at + 4 : begin])
        whole = end <= len(data)
        if not whole or not _believed(data, end):
            following = data.find(b"MTrk", begin)
            end = following if following >= 0 else len(data)
        yield begin, end, whole
        at = end


def read_track(data, begin, end, whole):
    """Read the events of one track.

    Returns:
      `Track`.

    Raises:
      Unreadable: at a byte that cannot be understood.
    """
    track = data[begin:end] + bytes(4)  # what is read beyond the end is zero
    size, at, tick, status, port, cut = end - begin, 0, 0, 0, 0, None
    ticks, statuses, first, second, others = [], [], [], [], []
    while at < size:
        start, delta, at = at, track[at], at + 1
        if delta >= 0x80:
            delta, at = _number(track, start, begin)
        tick += delta
        byte = track[at]
        if byte >= 0xF0:
            kind, payload, at = _system(track, at + 1, byte, begin)
            if at > size or kind == END_OF_TRACK:
                break
            if kind == PORT and payload:
                port = 256 * payload[0]
            elif kind is not None:
                others.append((tick, len(ticks), kind, payload))
            continue
        if byte >= 0x80:
            status, at = byte, at + 1
        elif not status and at < size:
            raise Unreadable(f"data byte {byte:#04x} without a status", begin + at)
        number, value, at = track[at], 0, at + 1
        if status & 0xF0 not in ONE_DATA_BYTE:
            value, at = track[at], at + 1
        if at > size:
            break
        ticks.append(tick)
        statuses.append(status + port)
        first.append(number)
        second.append(value)
    else:  # without an end of track
        cut = None if whole else end
    cut = begin + start if at > size else cut
    return Track(ticks, statuses, first, second, others, tick, cut)


def _number(track, at, begin):
    """A number of variable length, seven bits a byte, and where it ends."""
    value = 0
    for k in range(4):
        byte = track[at + k] if at + k < len(track) else 0
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + k + 1
    raise Unreadable("a number of more than four bytes", begin + at)


def _system(track, at, byte, begin):
    """Kind (None: nothing of interest), contents and end of a message from F0 on."""
    if byte in (0xF0, 0xF7, META):
        kind = byte + 0x100
        if byte == META:
            kind = track[at]
            at += 1
        length, at = track[at], at + 1
        if length >= 0x80:
            length, at = _number(track, at - 1, begin)
        return kind, track[at : at + length], at + length
    return None, b"", at + SYSTEM_DATA.get(byte, 0)


def sysex_of(track):
    """The system exclusive messages, their packets joined: ticks, orders and bytes."""
    ticks, orders, payloads = [], [], []
    packets, unfinished = {}, False  # of messages that came in several
    for tick, order, kind, payload in track.others:
        if kind == SYSEX:
            ticks.append(tick)
            orders.append(order)
            payloads.append(payload)
            unfinished = payload[-1:] != b"\xf7"
        elif kind == MORE_SYSEX and unfinished:
            packets.setdefault(len(payloads) - 1, []).append(payload)
            unfinished = payload[-1:] != b"\xf7"
    for k, parts in packets.items():
        payloads[k] = b"".join([payloads[k], *parts])
    return ticks, orders, [p if p.isascii() else _contents(p) for p in payloads]


def _contents(payload):
    return payload.removesuffix(b"\xf7").translate(CLIPPED)
