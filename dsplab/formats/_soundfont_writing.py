"""From presets, instruments and samples to the bytes of a SoundFont file."""

import io

import numpy as np

from dsplab.formats._soundfont_encoding import (
    KINDS,
    WORD,
    encode_modulator,
    encode_name,
    encode_tables,
    integer,
)
from dsplab.formats._soundfont_samples import n_samples_of
from dsplab.formats._soundfont_tables import TABLES
from dsplab.formats._soundfont_types import INFO, LONGEST
from dsplab.formats.errors import FormatError
from dsplab.formats.riff import chunk
from dsplab.formats.whole_files import whole_file

SILENCE = 46  # samples of zero after each, for players that look ahead


def write_soundfont(path, sound_font):
    """Write a SoundFont that any player can load.

    The file appears whole or not at all. It is SF2 with 16 bits; with 24 if a sample
    has low bytes; SF3 if one is an Ogg Vorbis stream (`info["version"]` is raised to
    what the samples need).

    Args:
      path: a string or `pathlib.Path`, usually ending in .sf2 or .sf3.
      sound_font: a `SoundFont`. What `read_soundfont` returns is written so that it
        comes back the same.

    Raises:
      FormatError: a ValueError that names what cannot be stored: a name of more than
        20 bytes, an amount of more than 16 bits, an index that leads nowhere ...
      OSError: if the folder is missing, writing is not permitted, the disk is full.

    >>> import tempfile
    >>> from dsplab.formats.soundfont import *
    >>> beep = Sample("beep", np.full(99, 500, np.int16), None, 44100, loop=(9, 90))
    >>> keys = Zone({NUMBERS["key_range"]: (0, 127), NUMBERS["sample_modes"]: 1}, (), 0)
    >>> instrument = Instrument("beeps", (keys,))
    >>> preset = Preset("beeps", 0, 0, (Zone({}, (), 0),))
    >>> bank = SoundFont({"name": "Beeps"}, (preset,), (instrument,), (beep,))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_soundfont(f"{folder}/beeps.sf2", bank)
    ...     read_soundfont(f"{folder}/beeps.sf2").presets == bank.presets
    True
    """
    try:
        head, tail = _around_samples(sound_font)
    except FormatError as error:
        raise FormatError(f"cannot write '{path}': {error}") from None
    with whole_file(path) as file:
        _write(file, head, sound_font.samples, tail)


def encode_soundfont(sound_font):
    """The bytes that `write_soundfont` would put into a file."""
    head, tail = _around_samples(sound_font)
    file = io.BytesIO()
    _write(file, head, sound_font.samples, tail)
    return file.getvalue()


def _around_samples(sound_font):
    """The bytes in front of the samples and behind them."""
    info, presets, instruments, samples = sound_font
    starts, n_bytes = _places(samples)
    deep = any(sample.low is not None for sample in samples)
    n_low = (n_bytes // 2 + 1) // 2 * 2 if deep else 0
    texts = _texts(info, samples, deep)
    tables = encode_tables(presets, instruments, samples, starts)
    sizes = 4 + 8 + n_bytes + (8 + n_low if deep else 0)
    total = 4 + len(texts) + 8 + sizes + len(tables)
    if total > 2**32 - 1:
        text = f"it would take {total} bytes, a SoundFont holds at most 4 GiB"
        raise FormatError(text)
    head = b"RIFF" + _long(total) + b"sfbk" + texts
    head += b"LIST" + _long(sizes) + b"sdta" + b"smpl" + _long(n_bytes)
    return head, tables


def _long(number):
    return number.to_bytes(4, "little")


def _write(file, head, samples, tail):
    """Write the file; samples go through one at a time."""
    file.write(head)
    for sample in samples:
        data = sample.pcm.astype(sample.pcm.dtype.newbyteorder("<"), copy=False)
        file.write(np.ascontiguousarray(data).data)
        file.write(bytes(_room(sample) - data.nbytes))
    if any(sample.low is not None for sample in samples):
        _write_low(file, samples)
    file.write(tail)


def _write_low(file, samples):
    """Write the chunk of low bytes, as many as there are words in the chunk smpl."""
    n_words = sum(_room(sample) // 2 for sample in samples)
    file.write(b"sm24" + _long((n_words + 1) // 2 * 2))
    for sample in samples:
        low = b"" if sample.low is None else np.ascontiguousarray(sample.low).data
        file.write(low)
        file.write(bytes(_room(sample) // 2 - len(low)))
    file.write(bytes(n_words % 2))


def _room(sample):
    """Bytes that a sample takes, with the silence after it."""
    if sample.pcm.dtype == np.uint8:
        return (len(sample.pcm) + 1) // 2 * 2
    return 2 * (len(sample.pcm) + SILENCE)


def _places(samples):
    """Where each sample begins in the chunk smpl, in bytes, and the chunk's length."""
    place, starts = 0, []
    for index, sample in enumerate(samples):
        _check_sound(sample, f"sample {index} '{sample.name}'", len(samples))
        starts.append(place)
        place += _room(sample)
    return starts, place


def _check_sound(sample, whose, n_samples):
    """Refuse a sample that no file can hold."""
    pcm, low = sample.pcm, sample.low
    if not isinstance(pcm, np.ndarray) or pcm.ndim != 1 or not len(pcm):
        raise FormatError(f"{whose}: pcm must be an array of shape (n_samples,)")
    if pcm.dtype not in (np.int16, np.uint8):
        text = f"pcm must be int16 (or uint8, an Ogg stream), got {pcm.dtype}"
        raise FormatError(f"{whose}: {text}")
    streamed = pcm.dtype == np.uint8
    length = n_samples_of(sample)
    if not length:
        raise FormatError(f"{whose}: pcm is uint8, but no Ogg Vorbis stream")
    if low is not None:
        fits = isinstance(low, np.ndarray) and low.dtype == np.uint8
        if streamed or not fits or low.shape != pcm.shape:
            raise FormatError(f"{whose}: low must be uint8 and as long as pcm, int16")
    first = integer(sample.loop[0], (0, length), f"{whose}: start of the loop")
    integer(sample.loop[1], (first, length), f"{whose}: end of the loop")
    if sample.channel not in KINDS:
        text = f"channel must be one of {', '.join(KINDS)}, got {sample.channel!r}"
        raise FormatError(f"{whose}: {text}")
    if sample.link is not None:
        integer(sample.link, (0, n_samples - 1), f"{whose}: link")
        if sample.channel == "mono":
            raise FormatError(f"{whose}: it is mono, and has a link")


def _texts(info, samples, deep):
    """The list INFO."""
    unknown = set(info) - set(INFO.values())
    if unknown:
        known = ", ".join(INFO.values())
        raise FormatError(f"info has no '{min(unknown)}', known are {known}")
    needed = (2, 4) if deep else (2, 0)
    needed = (3, 0) if any(s.pcm.dtype == np.uint8 for s in samples) else needed
    usual = {"version": (2, 1), "engine": "EMU8000", "name": "untitled"}
    info = usual | info
    info["version"] = max(needed, _version(info["version"], "version"))
    data = b"INFO"
    for kind, key in INFO.items():
        if key in info:
            data += chunk(kind.encode(), _text(kind, key, info[key]))
    return chunk(b"LIST", data)


def _version(value, key):
    """Two numbers; of the format there are versions 2 and 3."""
    what, least = f'info["{key}"]', ((2, 3) if key == "version" else WORD)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise FormatError(f"{what} must be two numbers such as (2, 1), got {value!r}")
    return integer(value[0], least, what), integer(value[1], WORD, what)


def _text(kind, key, value):
    """The bytes of one chunk of the list INFO."""
    what = f'info["{key}"]'
    if kind in ("ifil", "iver"):
        return np.array(_version(value, key), "<u2").tobytes()
    if kind == "DMOD":
        rows = [encode_modulator(modulator, what) for modulator in value]
        return np.array([*rows, (0,) * 5], TABLES[b"pmod"]).tobytes()
    data = encode_name(value, what, LONGEST.get(kind, 255)) + b"\0"
    return data + bytes(len(data) % 2)
