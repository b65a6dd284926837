"""The recordings of a SoundFont: where they lie in the file, and their sound.

All samples follow one another in the chunk smpl; the table shdr says where each begins,
ends and loops. The low bytes of 24-bit sound lie in a chunk of their own. In an SF3
file a sample is a whole Ogg Vorbis stream, and its place is counted in bytes.
"""

import bisect
import functools
import io
import re
import weakref

import numpy as np

from dsplab.formats._soundfont_text import as_text
from dsplab.formats._soundfont_types import Sample
from dsplab.formats.errors import FormatError
from dsplab.formats.riff import chunks

CHANNELS = {1: "mono", 2: "right", 4: "left", 8: "linked"}  # bits of the sample's kind
VORBIS, ROM = 0x10, 0x8000
USUAL_RATE = 44100  # Hz, of samples that say 0
MOST_DECODED = 2**25  # samples decoded of one stream: twelve minutes and more
USUAL_PAGE = 8192  # bytes, in an Ogg stream; some are longer
_decoded = {}  # id of an array of Ogg bytes -> its sound, as long as the array lives


def read_samples(source, span, records):
    """Return the usable samples, and where they went.

    Args:
      source: the file, see `dsplab.formats._soundfont_reading.Source`.
      span: (start, end) of the list sdta; None if the file has none.
      records: the table shdr, with the record that ends it.

    Returns:
      A list of `Sample`s, and a dictionary from their indices in the file to those in
      the list.
    """
    octets, low = _recordings(source, span)
    samples, kept = [], {}
    pages = functools.cache(lambda: _pages(octets))
    for index, record in enumerate(records[:-1].tolist()):
        sample = _sample(source, octets, low, record, pages)
        if sample is not None:
            link = None if sample.link == index else sample.link  # to itself is none
            kept[index] = len(samples)
            samples.append(sample._replace(link=link))
    return [_linked(source, s, kept) for s in samples], kept


def _recordings(source, span):
    """All bytes of the chunk smpl, and the low bytes or None."""
    found = {}
    for part in chunks(source.data, *(span or (0, 0)), known=(b"sm24",)):
        octets = np.frombuffer(source.data[part.start : part.end], np.uint8)
        found.setdefault(part.kind, octets)
    octets, low = found.get(b"smpl", np.zeros(0, np.uint8)), found.get(b"sm24")
    if low is not None and len(low) < len(octets) // 2:
        source.remark("low bytes are missing, 16 bits are left", "sm24")
        low = None
    return octets, low


def _sample(source, octets, low, record, pages):
    """One sample of the table, or None if it cannot be used."""
    name, start, end, *loop, rate, root, correction, link, kind = record
    name = as_text(name)
    if kind & ROM:
        return source.remark("samples in the ROM of a sound card", name)
    if kind & ~(VORBIS | 15):
        return source.remark("samples of an unknown kind", name)
    streamed = bool(kind & VORBIS)
    if streamed:
        pcm, low, origin, most = octets[start:end], None, 0, len(octets)
        n_samples = stream_length(octets, start, end, pages=pages)
    else:
        most = len(octets) // 2
        pcm = octets[2 * start : 2 * min(end, most)].view("<i2")
        n_samples, origin = len(pcm), start
        low = low if low is None else low[start : start + n_samples]
    if not n_samples:
        return source.remark("samples that lie outside the file", name)
    if end > most:
        source.remark("samples that are cut off", name)
    if rate == 0:
        source.remark(f"samples without a rate, {USUAL_RATE} Hz is taken", name)
    loop = _loop(source, name, [point - origin for point in loop], n_samples)
    channel = CHANNELS.get(kind & 15 & -(kind & 15), "mono")  # the lowest bit decides
    sample = Sample(name, pcm, low, rate or USUAL_RATE, loop, correction=correction)
    link = None if channel == "mono" else link
    return sample._replace(root=root if root < 128 else 60, channel=channel, link=link)


def stream_length(octets, start=0, end=None, *, pages=None):
    """Return the number of samples of an Ogg stream, which its last page tells.

    Args:
      octets: bytes, uint8.
      start, end: where the stream begins and ends in them.
      pages: what `_pages` returns for them, called if it is needed.

    Returns:
      0 if there is no such stream.
    """
    stream = octets[start:end]
    if stream[:4].tobytes() != b"OggS":
        return 0
    near = max(0, len(stream) - USUAL_PAGE)
    last = near + stream[near:].tobytes().rfind(b"OggS")
    if last < near:  # a long page; there may be thousands of them in a damaged file
        found = pages() if pages else _pages(octets)
        last = found[bisect.bisect_left(found, start + len(stream)) - 1] - start
    length = stream[last + 6 : last + 14].tobytes()
    return max(0, int.from_bytes(length, "little", signed=True))


def _pages(octets):
    """Where all pages of Ogg streams begin."""
    return [found.start() for found in re.finditer(b"OggS", memoryview(octets))]


def _loop(source, name, loop, n_samples):
    """The loop, within the sample."""
    first, last = loop
    if first == last:  # how samples say that they have none
        return (first, last) if 0 <= first <= n_samples else (0, 0)
    low, high = min(loop), max(loop)
    low = low if 0 <= low < n_samples else 0
    high = high if low < high <= n_samples else n_samples
    if [low, high] != loop:
        source.remark("loops that leave their samples", name)
    return low, high


def _linked(source, sample, kept):
    """The sample, with the index of its partner among those that are left."""
    if sample.link is None or sample.link in kept:
        return sample._replace(link=kept.get(sample.link))
    source.remark("links to samples that are missing", sample.name)
    return sample._replace(link=None)


def n_samples_of(sample):
    """Return how many samples a `Sample` has; an Ogg stream is not decoded for that."""
    streamed = sample.pcm.dtype == np.uint8
    return stream_length(sample.pcm) if streamed else len(sample.pcm)


def waveform(sample):
    """Return the sound of a sample, nominally in [-1, 1).

    Args:
      sample: a `Sample`. One of Ogg Vorbis is decoded when this is called first, and
        kept as long as its bytes are.

    Returns:
      float32, (n_samples,); 24-bit sound is exact.

    Raises:
      FormatError: if the stream cannot be decoded.

    >>> waveform(Sample("a", np.array([16384, -32768], np.int16), None, 44100))
    array([ 0.5, -1. ], dtype=float32)
    """
    if sample.pcm.dtype == np.uint8:
        return _vorbis(sample)
    if sample.low is None:
        return sample.pcm.astype(np.float32) / np.float32(2**15)
    whole = sample.pcm.astype(np.int32) * 256 + sample.low
    return whole.astype(np.float32) / np.float32(2**23)


def _vorbis(sample):
    """The decoded stream of a sample, for reading only."""
    key = id(sample.pcm)
    if key not in _decoded:
        x = _decode(sample)
        x.flags.writeable = False
        weakref.finalize(sample.pcm, _decoded.pop, key, None)
        _decoded[key] = x
    return _decoded[key]


def _decode(sample):
    """The sound in the Ogg bytes of a sample.

    In one call, since soundfile seeks after each, and damaged streams have gaps.
    """
    import soundfile

    what = f"the stream of sample '{sample.name}'"
    try:
        with soundfile.SoundFile(io.BytesIO(sample.pcm.tobytes())) as sound:
            if sound.format != "OGG" or sound.channels != 1:
                text = f"{sound.channels} channels of {sound.format}, not one of Ogg"
                raise FormatError(f"cannot decode {what}: it has {text}")
            x = np.zeros(min(sound.frames, MOST_DECODED), np.float32)
            n_samples = len(sound.read(out=x))
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(". ")
        raise FormatError(f"cannot decode {what}: {reason}") from None
    if not n_samples:
        raise FormatError(f"cannot decode {what}: it is empty")
    return x[:n_samples] if n_samples == len(x) else x[:n_samples].copy()
