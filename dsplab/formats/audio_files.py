"""Sound files in and out: soundfile (libsndfile) behind one function each way.

Time is last: mono is (n_samples,), anything else (n_channels, n_samples). Nothing is
resampled, mixed down or normalised. Integer samples become fractions of full scale,
k / 2^(bits - 1), and go back to the same integers.
"""

import io
import warnings
from pathlib import Path

import numpy as np
import soundfile

from dsplab._arguments import as_signal, integer, one_of
from dsplab._array import is_finite
from dsplab.formats._audio_opening import opened_sound
from dsplab.formats.containers import ogg_ends, sound_bytes
from dsplab.formats.errors import ClippedWarning, FormatError, TruncatedWarning
from dsplab.formats.whole_files import whole_file

EXTENSIONS = {  # format and default subtype: the most exact that is commonly played
    ".wav": ("WAV", "FLOAT"),
    ".flac": ("FLAC", "PCM_24"),
    ".ogg": ("OGG", "VORBIS"),
    ".oga": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
    ".aiff": ("AIFF", "FLOAT"),
    ".aif": ("AIFF", "FLOAT"),
    ".au": ("AU", "FLOAT"),
    ".caf": ("CAF", "FLOAT"),
    ".w64": ("W64", "FLOAT"),
    ".rf64": ("RF64", "FLOAT"),
}
MOST_CHANNELS = {"FLAC": 8, "VORBIS": 255, "OPUS": 255, "MP3": 2}
RATES = {  # in Hz; beyond them libsndfile refuses or, with Vorbis, crashes
    "FLAC": range(1, 655351),
    "VORBIS": range(1, 200001),
    "OPUS": (8000, 12000, 16000, 24000, 48000),
    "MP3": (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000),
}
PCM_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
WIDTHS = {"FLOAT": 4, "DOUBLE": 8, "ULAW": 1, "ALAW": 1}  # bytes a sample
WIDTHS |= {subtype: bits // 8 for subtype, bits in PCM_BITS.items()}
MP3_SAMPLES_A_BYTE = 24  # 576 samples in 24 bytes: 8 kbit/s at 24 kHz
BLOCK = 4096  # samples encoded at a time; libsndfile keeps some of them on the stack


def read_audio(path, *, dtype="float64", max_bytes=2**32):
    """Read a sound file.

    The contents decide how a file is decoded, not its name: WAV (8 to 32 bits, float,
    A-law, mu-law, ADPCM), AIFF, FLAC, Ogg Vorbis, Opus, MP3, AU, CAF and more. A file
    that was cut off, or is damaged further on, gives the sound up to there.

    Args:
      path: a string or `pathlib.Path`.
      dtype: "float64" holds the samples of every format exactly; "float32" all but
        those with 32 bits or more, in half the memory.
      max_bytes: the most memory that the sound may need; stops a small file that
        unpacks to days of silence.

    Returns:
      x, of shape (n_samples,) if the file has one channel, else (n_channels,
      n_samples), nominally in [-1, 1]; and the sample rate in Hz, an integer.

    Raises:
      FormatError: a ValueError that names the file and why it holds no usable sound.
      OSError: if there is no such file, it is a folder, or reading is not permitted.

    Warns:
      TruncatedWarning: with the samples read and promised, if some are missing.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_audio(f"{folder}/a.flac", np.zeros((2, 100)), 48000)
    ...     x, sample_rate = read_audio(f"{folder}/a.flac")
    >>> x.shape, sample_rate
    ((2, 100), 48000)
    """
    one_of(dtype, ("float64", "float32"), name="dtype")
    path = Path(path)
    integer(max_bytes, name="max_bytes")
    with opened_sound(path) as (file, sound):
        x = _decode(sound, path, dtype, max_bytes)
        sample_rate = sound.samplerate
        missing = _missing(sound, x.shape[-1], file)
    _require_sound(x, path, missing)
    if missing:
        text = f"'{path}' is cut off or damaged: read {x.shape[-1]} samples{missing}"
        warnings.warn(text, TruncatedWarning, stacklevel=2)
    return (x[0] if len(x) == 1 else x), sample_rate


def _decode(sound, path, dtype, max_bytes):
    """All samples up to the end or the first damage, as (n_channels, n_samples).

    In one call: soundfile seeks after each, and an MP3 decoder that seeks loses the
    bits that a frame keeps in its predecessors.
    """
    n_samples = sound.frames
    if sound.format == "MP3":  # a header may promise anything
        n_samples = min(n_samples, MP3_SAMPLES_A_BYTE * path.stat().st_size)
    if n_samples * sound.channels * np.dtype(dtype).itemsize > max_bytes:
        text = f"it promises {n_samples} samples, more than max_bytes allows"
        raise FormatError(f"cannot read '{path}': {text} ({max_bytes})")
    x = np.empty((n_samples, sound.channels), dtype)
    try:
        n_read = len(sound.read(out=x))
    except soundfile.LibsndfileError:
        n_read = sound.tell()
        if n_read <= 0:
            raise
    x = x[:n_read].copy() if n_read < len(x) else x  # gives back what was not needed
    return np.ascontiguousarray(x.T)


def _missing(sound, n_read, file):
    """What was promised beyond n_read, in words; empty if nothing is missing."""
    if sound.frames > n_read:
        return f" of {sound.frames}"
    if sound.format == "OGG":
        return "" if ogg_ends(file) else ", its last page is missing"
    file.seek(0)
    promised, present = sound_bytes(file) or (0, 0)
    if promised <= present:
        return ""
    width = WIDTHS.get(sound.subtype, 0) * sound.channels
    if not width:  # compressed: the number of samples is not told by that of bytes
        return f", {promised - present} bytes are missing"
    return f" of {promised // width}" if promised // width > n_read else ""


def _require_sound(x, path, missing):
    if x.shape[-1] == 0:
        raise FormatError(f"cannot read '{path}': it holds no samples{missing}")
    if not is_finite(x):
        bad = np.flatnonzero(~np.isfinite(x).all(axis=0))
        text = f"{bad.size} samples are NaN or infinite, the first is number {bad[0]}"
        raise FormatError(f"cannot read '{path}': {text}")


def audio_format(path):
    """Name the format of a sound file, such as 'WAV (Microsoft), 32 bit float'."""
    with opened_sound(Path(path)) as (_, sound):
        return f"{sound.format_info}, {sound.subtype_info}"


def write_audio(path, x, sample_rate, *, subtype=None):
    """Write a sound file; the extension of the name decides the format.

    By default WAV, AIFF, AU, CAF, W64 and RF64 hold 32-bit floats: values beyond 1 stay
    as they are, and float64 loses only what lies 150 dB below each sample. FLAC holds
    24 bits; .ogg is Vorbis, .opus Opus, .mp3 MP3. The file appears whole or not at all:
    it is written under another name in the same folder and then renamed.

    Args:
      path: a string or `pathlib.Path` ending in .wav, .flac, .ogg, .opus, .mp3, ...
      x: sound of shape (n_samples,) or (n_channels, n_samples).
      sample_rate: in Hz, a whole number.
      subtype: how samples are stored: "PCM_16", "PCM_24", "FLOAT", "DOUBLE" (float64
        exactly), ... Integers are rounded without dither.

    Raises:
      ValueError: if x is not finite floating-point sound, or sample_rate not whole.
      FormatError: if the format cannot hold this sound. No file is touched.
      OSError: if the folder is missing, writing is not permitted, the disk is full.

    Warns:
      ClippedWarning: with the peak, if x leaves [-1, 1] and the format is not float.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_audio(f"{folder}/a.wav", [0.25, 7.5], 44100)
    ...     x, sample_rate = read_audio(f"{folder}/a.wav")
    >>> x.tolist()
    [0.25, 7.5]
    """
    path = Path(path)
    try:
        data = encode_audio(x, sample_rate, extension=path.suffix, subtype=subtype)
    except FormatError as error:
        raise FormatError(f"cannot write '{path}': {error}") from None
    except ValueError as error:
        raise ValueError(f"cannot write '{path}': {error}") from None
    with whole_file(path) as file:
        file.write(data)


def encode_audio(x, sample_rate, *, extension=".wav", subtype=None):
    """The bytes that `write_audio` would put into a file with this extension."""
    x = np.asarray(as_signal(x, ndim=(1, 2)))
    x = x[None] if x.ndim == 1 else x
    sample_rate = integer(sample_rate, name="sample_rate", most=2**31 - 1)
    if extension.lower() not in EXTENSIONS:
        known = " ".join(EXTENSIONS)
        raise FormatError(f"unknown extension '{extension}', known are {known}")
    container, default = EXTENSIONS[extension.lower()]
    subtype = subtype or default
    one_of(subtype, soundfile.available_subtypes(container), name="subtype")
    require_room(x, sample_rate, container, subtype)
    x = _limit(x, subtype)
    data = io.BytesIO()
    try:
        with soundfile.SoundFile(
            data, "w", sample_rate, len(x), format=container, subtype=subtype
        ) as sound:
            for start in range(0, x.shape[-1], BLOCK):
                sound.write(whole_samples(x[:, start : start + BLOCK].T, subtype))
    except soundfile.LibsndfileError as error:
        reason = error.error_string.rstrip(". ")
        text = f"{len(x)} channels of {subtype} at {sample_rate} Hz in {container}"
        raise FormatError(f"{text}: {reason} (libsndfile)") from None
    return data.getvalue()


def require_room(x, sample_rate, container, subtype):
    """Refuse what the format cannot hold."""
    n_channels, n_samples = x.shape
    key = subtype if container == "OGG" else container
    if n_channels > max(8, n_samples):
        raise FormatError(
            f"x has {n_channels} channels; time is last, did you mean x.T?"
        )
    most = MOST_CHANNELS.get(key, 1024)
    if n_channels > most:
        raise FormatError(f"{key} holds at most {most} channels, x has {n_channels}")
    rates = RATES.get(key)
    if rates is not None and sample_rate not in rates:
        known = f"1 to {rates[-1]}" if isinstance(rates, range) else _listed(rates)
        raise FormatError(f"{key} knows sample rates of {known} Hz, not {sample_rate}")
    long = container not in ("W64", "RF64", "CAF", "FLAC", "OGG", "MP3")
    if long and x.size * WIDTHS.get(subtype, 1) > 2**32 - 2**16:
        raise FormatError(f"{container} holds at most 4 GiB; use .w64, .rf64 or .flac")


def _listed(numbers):
    return ", ".join(map(str, numbers))


def _limit(x, subtype):
    """x, limited to [-1, 1] with a warning unless floats are stored."""
    if subtype in ("FLOAT", "DOUBLE"):
        return x
    peak = float(max(x.max(), -x.min()))
    if peak > 1:
        text = f"peak {peak:.4g} is {20 * np.log10(peak):.1f} dB beyond full scale: "
        text += f"clipped for {subtype}; scale by {1 / peak:.3f} or store FLOAT"
        warnings.warn(text, ClippedWarning, stacklevel=4)
        x = np.clip(x, -1, 1)
    return x


def whole_samples(x, subtype):
    """x as libsndfile is to get it: integers are rounded here, it would truncate."""
    bits = PCM_BITS.get(subtype)
    if bits is None:
        return np.ascontiguousarray(x)
    full = 2 ** (bits - 1)
    whole = np.clip(np.rint(x.astype(np.float64) * full), -full, full - 1)
    return np.ascontiguousarray(
        (whole.astype(np.int64) << (32 - bits)).astype(np.int32)
    )
