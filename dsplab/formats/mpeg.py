"""MP3 files that do not say how long they are.

An MP3 of varying bit rate tells its number of frames in a first frame of silence, the
Xing header. Streams and cut files have none; decoders then guess the length from the
bit rate of the first frame, and leave out everything beyond. Of joined files they play
the first. Here the frames are counted, and the right header is made.
"""

import struct

KBPS = {  # by version (3 is MPEG-1, the lower rates 2 and 2.5), layer III
    3: (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
MONO = 3
LARGE = 9  # a bit rate whose frames have room for the header, 64 kbit/s or more


def with_header(data):
    """Give an MP3 the Xing header that it lacks, or that promises too little.

    Args:
      data: the bytes of the file.

    Returns:
      The frames with the header in front, without what came before them; or None if
      the file has a good header, or holds no frames.
    """
    first = _next_frame(data, _id3_size(data), 4096)
    if first is None:
        return None
    n_frames, n_promised = _count(data, first), _promise(data[first : first + 200])
    if n_promised is not None:
        if n_frames <= n_promised + 2:  # with the header's own frame
            return None
        first += _frame_size(data, first)  # files joined: the header is the first one's
        n_frames -= 1
    version, mono = data[first + 1] >> 3 & 3, data[first + 3] >> 6 == MONO
    side = (17 if mono else 32) if version == 3 else (9 if mono else 17)
    header = bytes([0xFF, data[first + 1] | 1, LARGE << 4 | data[first + 2] & 0x0C])
    header += data[first + 3 : first + 4]
    frame = header + bytes(side) + b"Xing" + struct.pack(">II", 1, n_frames)
    return frame + bytes(_frame_size(header, 0) - len(frame)) + data[first:]


def _promise(frame):
    """Frames that the header in the first frame promises; None without a header."""
    for mark in (b"Xing", b"Info"):
        at = frame.find(mark)
        if at >= 0 and len(frame) >= at + 12:
            flags, n_frames = struct.unpack(">II", frame[at + 4 : at + 12])
            return n_frames if flags & 1 else None
    return float("inf") if b"VBRI" in frame else None  # which decoders understand


def _id3_size(data):
    """Bytes of the tag in front of the frames."""
    if data[:3] != b"ID3" or len(data) < 10:
        return 0
    a, b, c, d = data[6:10]  # seven bits each
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def _count(data, position):
    """Frames from a position on, over gaps such as a tag between joined files."""
    n_frames = 0
    while position is not None:
        size = _frame_size(data, position)
        if size is None:
            position = _next_frame(data, position, 65536)
        elif position + size > len(data):  # cut off
            break
        else:
            position += size
            n_frames += 1
    return n_frames


def _next_frame(data, start, reach):
    """Where the next frame is that is followed by another; None if there is none."""
    end = min(start + reach, len(data))
    position = data.find(b"\xff", start, end)
    while position >= 0:
        size = _frame_size(data, position)
        if size is not None and _frame_size(data, position + size) is not None:
            return position
        position = data.find(b"\xff", position + 1, end)
    return None


def _frame_size(data, position):
    """Bytes of the layer III frame at a position, or None if there is none."""
    head = data[position : position + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bit_rate = head[1] >> 3 & 3, head[2] >> 4
    rate, padding = head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or bit_rate in (0, 15) or rate == 3:
        return None
    kbps = KBPS[3 if version == 3 else 2][bit_rate - 1]
    return (144000 if version == 3 else 72000) * kbps // RATES[version][rate] + padding
