import contextlib
import io
import os
import resource
import stat
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dsplab.formats import audio_files
from dsplab.formats.audio_files import (
    audio_format,
    encode_audio,
    read_audio,
    write_audio,
)
from dsplab.formats.errors import ClippedWarning, FormatError, TruncatedWarning

RATE = 16000
N = 16000
T = np.arange(N) / RATE
TONE = 0.5 * np.sin(2 * np.pi * 440 * T)
STEREO = np.stack([TONE, 0.25 * np.cos(2 * np.pi * 330 * T)])
NOISE = 0.1 * np.random.default_rng(5).standard_normal((2, 120000))


def encoded(x=TONE, rate=RATE, format="WAV", subtype="PCM_16", **options):
    """The bytes of a sound file, written by soundfile itself."""
    file = io.BytesIO()
    soundfile.write(file, x.T, rate, format=format, subtype=subtype, **options)
    return file.getvalue()


def snr_db(x, y):
    return 10 * np.log10(np.sum(x**2) / max(np.sum((x - y) ** 2), 1e-30))


def patched(data, offset, form, value):
    size = struct.calcsize(form)
    return data[:offset] + struct.pack(form, value) + data[offset + size :]


def cut(data, fraction):
    return data[: int(len(data) * fraction)]


WAV = encoded()  # header of 44 bytes: channels at 22, rate 24, data size 40
FLAC = encoded(NOISE, format="FLAC")
OGG = encoded(NOISE, format="OGG", subtype="VORBIS")
MP3 = encoded(NOISE, format="MP3", subtype="MPEG_LAYER_III")
OPUS = encoded(NOISE, format="OGG", subtype="OPUS")

MANY = NOISE[0, : 15 * 1024].reshape(1024, 15)

# --- reading ---------------------------------------------------------------------

SOUND = {  # name: (file, what it holds, least SNR in dB)
    "pcm_u8.wav": (encoded(subtype="PCM_U8"), TONE, 35),
    "pcm_16.wav": (WAV, TONE, 80),
    "pcm_24.wav": (encoded(subtype="PCM_24"), TONE, 125),
    "pcm_32.wav": (encoded(subtype="PCM_32"), TONE, 180),
    "float.wav": (encoded(subtype="FLOAT"), TONE, 140),
    "double.wav": (encoded(subtype="DOUBLE"), TONE, 290),
    "alaw.wav": (encoded(subtype="ALAW"), TONE, 30),
    "ulaw.wav": (encoded(subtype="ULAW"), TONE, 30),
    "stereo.wav": (encoded(STEREO), STEREO, 75),
    "extensible.wav": (encoded(STEREO, format="WAVEX"), STEREO, 75),
    "rifx.wav": (encoded(endian="BIG"), TONE, 80),
    "rf64.wav": (encoded(format="RF64"), TONE, 80),
    "aiff.aiff": (encoded(STEREO, format="AIFF"), STEREO, 75),
    "float.aiff": (encoded(format="AIFF", subtype="FLOAT"), TONE, 140),
    "au.au": (encoded(format="AU"), TONE, 80),
    "caf.caf": (encoded(format="CAF"), TONE, 80),
    "w64.w64": (encoded(format="W64"), TONE, 80),
    "flac_16.flac": (encoded(format="FLAC"), TONE, 80),
    "flac_24.flac": (encoded(STEREO, format="FLAC", subtype="PCM_24"), STEREO, 125),
    "vorbis.ogg": (encoded(STEREO, format="OGG", subtype="VORBIS"), STEREO, 15),
    "mp3.mp3": (encoded(STEREO, format="MP3", subtype="MPEG_LAYER_III"), STEREO, 15),
    "opus.opus": (encoded(format="OGG", subtype="OPUS"), TONE, 4),
    "8000 Hz.wav": (encoded(rate=8000), TONE, 80),
    "192 kHz.wav": (encoded(rate=192000), TONE, 80),
    "1 Hz.wav": (encoded(rate=1), TONE, 80),
    "one sample.wav": (encoded(TONE[5:6]), TONE[5:6], 60),
    "1024 channels.wav": (encoded(MANY), MANY, 60),
    "unknown size.wav": (patched(WAV, 40, "<I", 0xFFFFFFFF), TONE, 80),
    "junk behind.wav": (WAV + b"junk" * 100, TONE, 80),
    "flac named.wav": (encoded(format="FLAC"), TONE, 80),
    "mp3 named.wav": (encoded(STEREO, format="MP3", subtype="MPEG_LAYER_III"),)
    + (STEREO, 15),
    "no extension": (WAV, TONE, 80),
    "Gärten für 猫 🎵.wav": (WAV, TONE, 80),
    "two words, 'quoted'.flac": (encoded(format="FLAC"), TONE, 80),
    "id3.mp3": (b"ID3\x03\0\0\0\0\x10\0" + bytes(2048) + MP3, NOISE, 3),
    "tagged.mp3": (MP3 + b"TAG" + b" " * 125, NOISE, 3),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_is_read(name, tmp_path):
    data, expected, least = SOUND[name]
    (tmp_path / name).write_bytes(data)
    x, sample_rate = read_audio(tmp_path / name)
    assert x.shape == expected.shape and x.dtype == np.float64
    assert type(sample_rate) is int
    assert sample_rate == soundfile.info(tmp_path / name).samplerate
    assert snr_db(expected, x) > least


@pytest.mark.parametrize("subtype, padded", [("IMA_ADPCM", 16272), ("MS_ADPCM", 16192)])
def test_adpcm_is_padded_to_whole_blocks(subtype, padded, tmp_path):
    (tmp_path / "a.wav").write_bytes(encoded(subtype=subtype))
    x, _ = read_audio(tmp_path / "a.wav")
    assert x.shape == (padded,)
    assert snr_db(TONE, x[:N]) > 25


def test_path_is_a_string_or_a_path(tmp_path):
    (tmp_path / "a.wav").write_bytes(WAV)
    np.testing.assert_array_equal(
        read_audio(str(tmp_path / "a.wav"))[0], read_audio(tmp_path / "a.wav")[0]
    )


def test_dtype(tmp_path):
    (tmp_path / "a.wav").write_bytes(encoded(STEREO, subtype="PCM_24"))
    x, _ = read_audio(tmp_path / "a.wav", dtype="float32")
    assert x.dtype == np.float32
    np.testing.assert_array_equal(x, read_audio(tmp_path / "a.wav")[0])
    with pytest.raises(ValueError, match="dtype must be one of"):
        read_audio(tmp_path / "a.wav", dtype="int16")


CUT = {  # name: (file, samples read, samples promised or None where nobody knows)
    "half.wav": (cut(WAV, 0.5), (16022 - 44) // 2, N),
    "half float.wav": (cut(encoded(subtype="FLOAT"), 0.5), None, N),
    "half stereo.wav": (cut(encoded(STEREO), 0.5), None, N),
    "half.rf64": (cut(encoded(format="RF64"), 0.5), None, N),
    "half.aiff": (cut(encoded(format="AIFF"), 0.5), None, N),
    "half.au": (cut(encoded(format="AU"), 0.5), None, N),
    "most.caf": (cut(encoded(format="CAF"), 0.9), None, N),
    "half.w64": (cut(encoded(format="W64"), 0.5), None, N),
    "half rifx.wav": (cut(encoded(endian="BIG"), 0.5), None, N),
    "half adpcm.wav": (cut(encoded(subtype="IMA_ADPCM"), 0.5), None, None),
    "half.flac": (cut(FLAC, 0.5), None, 120000),
    "half.ogg": (cut(OGG, 0.5), None, None),
    "half.opus": (cut(OPUS, 0.5), None, None),
    "half.mp3": (cut(MP3, 0.5), None, 120000),
    "last byte.wav": (WAV[:-1], N - 1, N),
    "last byte.ogg": (OGG[:-1], None, None),
    "flipped byte.flac": (patched(FLAC, len(FLAC) // 2, "B", 0xA5), None, 120000),
    "flipped byte.ogg": (patched(OGG, len(OGG) // 2, "B", 0xA5), None, 120000),
    "size of 4 GB.wav": (patched(WAV, 40, "<I", 0xFFFFFFF0), N, 0xFFFFFFF0 // 2),
}


@pytest.mark.parametrize("name", CUT)
def test_truncated_file_warns_and_gives_what_is_there(name, tmp_path):
    data, n_read, n_promised = CUT[name]
    (tmp_path / name).write_bytes(data)
    with pytest.warns(TruncatedWarning) as caught:
        x, _ = read_audio(tmp_path / name)
    assert len(caught) == 1 and caught[0].filename == __file__
    message = str(caught[0].message)
    assert f"{name}' is cut off or damaged: read {x.shape[-1]} samples" in message
    if n_read is not None:
        assert x.shape[-1] == n_read
    if n_promised is not None:
        assert message.endswith(f"samples of {n_promised}")
    else:
        assert message.endswith("missing")
    if n_promised in (N, 120000) and "flipped" not in name:
        assert 0.3 * n_promised < x.shape[-1] < n_promised
        original = {N: STEREO if x.ndim == 2 else TONE, 120000: NOISE}[n_promised]
        least = 2 if name.endswith("mp3") else 60
        assert snr_db(original[..., : x.shape[-1]], x) > least


def header(fmt=(1, 1, RATE, 2 * RATE, 2, 16), data=bytes(2000)):
    body = b"WAVEfmt " + struct.pack("<IHHIIHH", 16, *fmt)
    body += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


BAD_FLOATS = TONE.astype(np.float32)
BAD_FLOATS[[700, 900]] = np.nan, np.inf
UNUSABLE = {  # name: (file, what the sentence says)
    "empty.wav": (b"", "the file is empty"),
    "text.wav": (b"Dear diary,\r\ntoday I sang.\n" * 9, "this is text"),
    "umlauts.wav": ("Grüße aus dem Süden, schöne Töne\n".encode() * 9, "this is text"),
    "random.wav": (np.random.default_rng(3).bytes(4000), "libsndfile"),
    "zeros.wav": (bytes(4000), "libsndfile"),
    "voice.m4a": (b"\0\0\0 ftypM4A \0\0\0\0" + bytes(99), "MPEG-4 audio .*supported"),
    "voice.wma": (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9" + bytes(99), "Windows Media"),
    "voice.webm": (b"\x1aE\xdf\xa3" + bytes(99), "WebM"),
    "voice.aac": (b"\xff\xf1\x50\x80" + bytes(99), "AAC"),
    "song.mid": (b"MThd\0\0\0\6" + bytes(99), "MIDI file"),
    "piano.sf2": (b"RIFF\0\0\1\0sfbkLIST" + bytes(99), "SoundFont"),
    "zip.wav": (b"PK\x03\x04" + bytes(99), "zip"),
    "samples.raw": (WAV, "do not say their sample rate"),
    "header only.wav": (WAV[:44], "no samples of 16000"),
    "no data.wav": (header(data=b""), "no samples"),
    "size zero.wav": (patched(WAV, 40, "<I", 0), "no samples"),
    "half header.wav": (WAV[:30], "libsndfile|no samples"),
    "no channel.wav": (patched(WAV, 22, "<H", 0), "libsndfile"),
    "2000 channels.wav": (header((1, 2000, 8000, 0, 4000, 16)), "libsndfile"),
    "rate zero.wav": (patched(WAV, 24, "<I", 0), "libsndfile"),
    "unknown code.wav": (header((0x9999, 1, RATE, 2 * RATE, 2, 16)), "libsndfile"),
    "half a riff.wav": (b"RIFX" + WAV[4:], "libsndfile"),
    "header only.flac": (FLAC[:42], "libsndfile"),
    "header only.ogg": (OGG[:3000], "libsndfile"),
    "header only.mp3": (MP3[:100], "libsndfile"),
    "marker only.flac": (b"fLaC", "libsndfile"),
    "nan.wav": (
        encoded(BAD_FLOATS, subtype="FLOAT"),
        "2 samples .* number 700",
    ),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_unusable_file_is_named_with_the_cause(name, tmp_path):
    data, cause = UNUSABLE[name]
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FormatError, match=cause) as caught:
        read_audio(tmp_path / name)
    assert f"cannot read '{tmp_path / name}': " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_paths_that_are_no_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing.wav"):
        read_audio(tmp_path / "missing.wav")
    with pytest.raises(FileNotFoundError, match="no folder"):
        read_audio(tmp_path / "no folder" / "a.wav")
    with pytest.raises(IsADirectoryError, match=tmp_path.name):
        read_audio(tmp_path)
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(FormatError, match="pipe.wav': it is not a regular file"):
        read_audio(tmp_path / "pipe.wav")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write anything")
def test_missing_permission(tmp_path):
    (tmp_path / "a.wav").write_bytes(WAV)
    (tmp_path / "a.wav").chmod(0)
    with pytest.raises(PermissionError, match=r"a\.wav"):
        read_audio(tmp_path / "a.wav")
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=r"cannot write .*b\.wav"):
        write_audio(tmp_path / "b.wav", TONE, RATE)


def test_small_file_cannot_fill_the_memory(tmp_path):
    write_audio(tmp_path / "silence.flac", np.zeros(10_000_000, np.float32), RATE)
    assert (tmp_path / "silence.flac").stat().st_size < 50_000
    with pytest.raises(FormatError, match="silence.flac.* 10000000 samples"):
        read_audio(tmp_path / "silence.flac", max_bytes=10**6)


def test_promises_of_a_header_cost_nothing(tmp_path):
    frames = MP3.find(b"Xing") + 8  # where the first frame says how many follow
    (tmp_path / "a.mp3").write_bytes(patched(MP3, frames, ">I", 0x7FFFFFFF))
    with pytest.warns(TruncatedWarning, match="of 1236950579136"):
        x, _ = read_audio(tmp_path / "a.mp3")
    assert abs(x.shape[-1] - 120000) < 3000


def mutate(data, rng):
    """Damage: other bytes, extreme numbers, missing and doubled parts."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 6)):
        # half of the damage goes to the headers, where it hurts most
        reach = min(len(data), 200) if rng.random() < 0.5 else len(data)
        at = int(rng.integers(reach)) if reach else 0
        match rng.integers(5):
            case 0:
                data[at : at + 1] = bytes([int(rng.integers(256))])
            case 1:
                value = rng.choice([0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000])
                data[at : at + 4] = int(value).to_bytes(4, "little")
            case 2:
                del data[at:]
            case 3:
                del data[at : at + int(rng.integers(1, 64))]
            case 4:
                data[at:at] = data[at : at + int(rng.integers(1, 64))]
    return bytes(data)


SEEDS = {
    "wav": encoded(STEREO[:, :2000]),
    "float.wav": encoded(STEREO[:, :2000], subtype="FLOAT"),
    "adpcm.wav": encoded(TONE[:4000], subtype="MS_ADPCM"),
    "rf64": encoded(TONE[:2000], format="RF64"),
    "aiff": encoded(TONE[:2000], format="AIFF"),
    "au": encoded(TONE[:2000], format="AU"),
    "caf": encoded(TONE[:2000], format="CAF"),
    "w64": encoded(TONE[:2000], format="W64"),
    "flac": encoded(NOISE[:, :9000], format="FLAC"),
    "ogg": encoded(NOISE[:, :30000], format="OGG", subtype="VORBIS"),
    "opus": encoded(NOISE[:, :9000], format="OGG", subtype="OPUS"),
    "mp3": encoded(NOISE[:, :9000], format="MP3", subtype="MPEG_LAYER_III"),
}
SEEDS["bare.mp3"] = SEEDS["mp3"][288:]  # without the frame that tells the length
MUTATIONS = int(os.environ.get("DSPLAB_MUTATIONS", "40"))  # of each kind of file


@pytest.mark.parametrize("kind", SEEDS)
def test_damaged_files_give_sound_or_one_sentence(kind, tmp_path):
    path = tmp_path / f"damaged.{kind}"
    path.write_bytes(SEEDS[kind])
    assert read_audio(path)[0].size  # whole, it is sound
    rng = np.random.default_rng(11)
    for _ in range(MUTATIONS):
        path.write_bytes(mutate(SEEDS[kind], rng))
        with contextlib.suppress(FormatError), warnings.catch_warnings():
            warnings.simplefilter("ignore", TruncatedWarning)
            x, sample_rate = read_audio(path, max_bytes=2**26)
            assert x.size and x.nbytes <= 2**26 and np.isfinite(x).all()
            assert sample_rate > 0


# --- writing ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "x", [TONE, STEREO, NOISE[:, :9000]], ids=["mono", "two", "noise"]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "extension, least",
    [(".wav", 140), (".flac", 110), (".aiff", 140), (".W64", 140), (".caf", 140)]
    + [(".rf64", 140), (".au", 140), (".ogg", 1), (".mp3", 3), (".opus", 0)],
)
def test_round_trip(x, dtype, extension, least, tmp_path):
    x = x.astype(dtype)
    path = tmp_path / f"a{extension}"
    write_audio(path, x, RATE)
    y, sample_rate = read_audio(path, dtype=np.dtype(dtype).name)
    assert sample_rate == RATE
    assert y.shape == x.shape
    assert snr_db(x, y) > least
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "subtype, dtype", [("FLOAT", np.float32), ("DOUBLE", np.float64)]
)
def test_floats_come_back_exactly_even_beyond_full_scale(subtype, dtype, tmp_path):
    x = (3 * NOISE).astype(dtype)
    x[0, 3] = 7.5
    write_audio(tmp_path / "a.wav", x, 44100, subtype=subtype)
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav")[0], x)


def test_float32_wav_is_exact_by_default(xp, tmp_path):
    x = xp.asarray(STEREO, dtype=xp.float32)
    write_audio(tmp_path / "a.wav", x, RATE)
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav")[0], np.asarray(x))


@pytest.mark.parametrize(
    "extension, subtype, bits",
    [(".wav", "PCM_U8", 8), (".wav", "PCM_16", 16), (".wav", "PCM_24", 24)]
    + [(".wav", "PCM_32", 32), (".flac", "PCM_S8", 8), (".flac", "PCM_16", 16)]
    + [(".flac", "PCM_24", 24), (".aiff", "PCM_16", 16)],
)
def test_integers_are_rounded_to_nearest_and_come_back_exactly(
    extension, subtype, bits, tmp_path
):
    path = tmp_path / f"a{extension}"
    rng = np.random.default_rng(2)
    x = rng.uniform(-1, 0.99, 5000)
    write_audio(path, x, RATE, subtype=subtype)
    y, _ = read_audio(path)
    step = 2.0 ** (1 - bits)
    assert np.abs(x - y).max() <= step * 0.501  # truncating would leave a whole step
    write_audio(path, y, RATE, subtype=subtype)
    np.testing.assert_array_equal(read_audio(path)[0], y)


def test_clipping_warns_with_the_peak(tmp_path):
    x = 1.5 * np.sin(2 * np.pi * 440 * T)
    for name in ("a.flac", "a.ogg", "a.mp3"):
        with pytest.warns(
            ClippedWarning, match=r"peak 1.5 is 3\.5 dB .* 0.667"
        ) as caught:
            write_audio(tmp_path / name, x, RATE)
        assert caught[0].filename == __file__
    y, _ = read_audio(tmp_path / "a.flac")
    np.testing.assert_allclose(y, np.clip(x, -1, 1), atol=2.0**-23)
    write_audio(tmp_path / "full.flac", np.array([1.0, -1.0]), RATE)  # no warning


REFUSED = {  # name: (x, sample_rate, the error, what it says)
    "nan.wav": (np.array([0.0, np.nan]), RATE, ValueError, "x contains NaN"),
    "inf.flac": (np.array([0.0, np.inf]), RATE, ValueError, "x contains NaN or inf"),
    "half.wav": (TONE.astype(np.float16), RATE, ValueError, "x must be float32 .*16"),
    "int16.wav": (np.ones(9, np.int16), RATE, ValueError, "x must be .* 32768"),
    "int64.wav": (np.ones(9, np.int64), RATE, ValueError, "x must be float32"),
    "complex.wav": (TONE + 0j, RATE, ValueError, "x must be float32.* complex128"),
    "empty.wav": (np.zeros(0), RATE, ValueError, "x must have no empty axis"),
    "scalar.wav": (np.float64(1), RATE, ValueError, "x must have 1 or 2 dim"),
    "cube.wav": (np.zeros((2, 2, 2)), RATE, ValueError, "x must have 1 or 2 dim"),
    "columns.wav": (np.zeros((1000, 2)), RATE, FormatError, "1000 channels.*x.T"),
    "rate.wav": (TONE, 44100.5, ValueError, "sample_rate must be an integer"),
    "rate 0.wav": (TONE, 0, ValueError, "sample_rate must be an integer"),
    "rate nan.wav": (TONE, float("nan"), ValueError, "sample_rate must be an int"),
    "rate text.wav": (TONE, "fast", ValueError, "sample_rate must be an integer"),
    "rate huge.wav": (TONE, 2**31, ValueError, "sample_rate must be an integer"),
    "a.m4a": (TONE, RATE, FormatError, r"unknown extension '\.m4a'.* \.flac"),
    "a": (TONE, RATE, FormatError, "unknown extension ''"),
    "a.flac": (NOISE[0].reshape(10, -1), RATE, FormatError, "at most 8 channels"),
    "a.mp3": (np.zeros((3, 999)), RATE, FormatError, "at most 2 channels"),
    "many.ogg": (np.zeros((256, 999)), RATE, FormatError, "at most 255 channels"),
    "many.wav": (np.zeros((1025, 2000)), RATE, FormatError, "at most 1024 channels"),
    "rate.opus": (TONE, 44100, FormatError, "OPUS knows .* 24000, 48000 Hz, not 44100"),
    "rate.mp3": (TONE, 96000, FormatError, "MP3 knows sample rates"),
    "rate.ogg": (TONE, 200001, FormatError, "1 to 200000 Hz"),
    "rate.flac": (TONE, 655351, FormatError, "1 to 655350 Hz"),
    "odd rate.flac": (TONE, 70001, FormatError, "at 70001 Hz in FLAC"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_before_the_file_is_touched(name, tmp_path):
    x, sample_rate, error, cause = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(b"as it was")
    with pytest.raises(error, match=cause) as caught:
        write_audio(path, x, sample_rate)
    assert str(caught.value).startswith(f"cannot write '{path}': ")
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"as it was"
    assert list(tmp_path.iterdir()) == [path]


def test_unknown_subtype_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a\.flac.*subtype must be one of .*PCM_24"):
        write_audio(tmp_path / "a.flac", TONE, RATE, subtype="FLOAT")


def test_whole_rate_may_be_a_float(tmp_path):
    write_audio(tmp_path / "a.wav", TONE, 44100.0)
    assert read_audio(tmp_path / "a.wav")[1] == 44100


def test_lists_and_odd_memory_layouts(tmp_path):
    write_audio(tmp_path / "a.wav", [0.0, 0.5, -0.5], RATE)
    np.testing.assert_array_equal(read_audio(tmp_path / "a.wav")[0], [0.0, 0.5, -0.5])
    x = np.ascontiguousarray(NOISE.T).T[:, ::3]
    x.flags.writeable = False
    before = x.copy()
    write_audio(tmp_path / "b.wav", x, RATE, subtype="DOUBLE")
    np.testing.assert_array_equal(read_audio(tmp_path / "b.wav")[0], before)
    np.testing.assert_array_equal(x, before)


def test_one_channel_becomes_a_vector(tmp_path):
    write_audio(tmp_path / "a.wav", TONE[None], RATE)
    assert read_audio(tmp_path / "a.wav")[0].shape == (N,)


def test_more_than_4_gib_is_refused_for_wav(tmp_path):
    x = np.broadcast_to(np.float32(0), (2, 2**29))  # takes no memory
    room = audio_files.require_room
    with pytest.raises(FormatError, match=r"WAV holds at most 4 GiB; use \.w64"):
        room(x, RATE, "WAV", "FLOAT")
    room(x, RATE, "W64", "FLOAT")


def test_target_is_a_folder_or_a_device(tmp_path):
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(FormatError, match=r"a\.wav': it is a folder"):
        write_audio(tmp_path / "a.wav", TONE, RATE)
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(FormatError, match=r"pipe\.wav': it is not a regular file"):
        write_audio(tmp_path / "pipe.wav", TONE, RATE)
    with pytest.raises(FileNotFoundError, match="cannot write .*no folder '.*nowhere'"):
        write_audio(tmp_path / "nowhere" / "a.wav", TONE, RATE)


def test_link_stays_a_link(tmp_path):
    (tmp_path / "real.wav").write_bytes(b"old")
    (tmp_path / "link.wav").symlink_to(tmp_path / "real.wav")
    write_audio(tmp_path / "link.wav", TONE, RATE)
    assert (tmp_path / "link.wav").is_symlink()
    assert read_audio(tmp_path / "real.wav")[0].shape == (N,)


def test_new_file_has_the_usual_permissions(tmp_path):
    write_audio(tmp_path / "a.wav", TONE, RATE)
    (tmp_path / "plain").write_bytes(b"")
    mode = [stat.S_IMODE((tmp_path / f).stat().st_mode) for f in ("a.wav", "plain")]
    assert mode[0] == mode[1]


def test_failed_rename_leaves_the_old_file(tmp_path, monkeypatch):
    def refuse(source, target):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.wav").write_bytes(b"old")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(PermissionError, match=r"cannot write .*a\.wav.*Permission"):
        write_audio(tmp_path / "a.wav", TONE, RATE)
    assert [f.name for f in tmp_path.iterdir()] == ["a.wav"]
    assert (tmp_path / "a.wav").read_bytes() == b"old"


def test_full_disk_leaves_the_old_file(tmp_path):
    (tmp_path / "a.wav").write_bytes(b"old")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20000, limit[1]))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_FSIZE, limit)
        with pytest.raises(OSError, match=r"cannot write .*a\.wav"):
            write_audio(tmp_path / "a.wav", TONE, RATE)
    assert [f.name for f in tmp_path.iterdir()] == ["a.wav"]
    assert (tmp_path / "a.wav").read_bytes() == b"old"


def test_encode_audio_is_what_is_written(tmp_path):
    write_audio(tmp_path / "a.flac", STEREO, RATE)
    assert (tmp_path / "a.flac").read_bytes() == encode_audio(
        STEREO, RATE, extension=".flac"
    )


def test_audio_format(tmp_path):
    write_audio(tmp_path / "a.wav", TONE, RATE)
    assert audio_format(tmp_path / "a.wav") == "WAV (Microsoft), 32 bit float"
    (tmp_path / "b.wav").write_bytes(b"hello there")
    with pytest.raises(FormatError, match=r"b\.wav': this is text"):
        audio_format(tmp_path / "b.wav")


def test_real_recordings_survive(recordings, tmp_path):
    for source in sorted(Path(recordings).glob("*.wav"))[:3]:
        x, sample_rate = read_audio(source)
        write_audio(tmp_path / "a.flac", x, sample_rate, subtype="PCM_16")
        np.testing.assert_array_equal(read_audio(tmp_path / "a.flac")[0], x)
