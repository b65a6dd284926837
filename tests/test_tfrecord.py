"""TFRecord files without TensorFlow: checksums, protocol buffers, notes of NSynth."""

import struct

import numpy as np
import pytest

from dsplab.formats.audio_files import write_audio
from dsplab.formats.errors import FormatError
from neural.data import nsynth, nsynth_records, tfrecord
from neural.data.checksum import POLYNOMIAL, crc32c


def by_definition(data):
    """The division, bit by bit."""
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (POLYNOMIAL if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def test_checksums_are_those_of_the_standard():
    # RFC 3720, appendix B.4
    assert crc32c(bytes(32)) == 0x8A9136AA
    assert crc32c(b"\xff" * 32) == 0x62A8AB43
    assert crc32c(bytes(range(32))) == 0x46DD794E
    assert crc32c(bytes(reversed(range(32)))) == 0x113FDB5C


@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, 1024, 3000])
def test_rows_joined_give_the_checksum_of_the_whole(length):
    data = np.random.default_rng(length).integers(0, 256, length).astype(np.uint8)
    assert crc32c(data.tobytes()) == by_definition(data.tolist())


def test_examples_are_read_back():
    features = {
        "name": [b"a", b"", b"long" * 100],
        "pitch": np.array([60, 0, -1, 2**62, -(2**63)]),
        "audio": np.array([0.5, -1e-30, 3e38], np.float32),
    }
    data = tfrecord.make_example(features)
    found = tfrecord.parse_example(data)
    assert found["name"] == features["name"]
    assert found["pitch"].tolist() == features["pitch"].tolist()
    np.testing.assert_array_equal(found["audio"], features["audio"])
    assert list(tfrecord.parse_example(data, only=("pitch",))) == ["pitch"]


def test_an_example_written_by_hand_packed_or_not():
    # Features of one entry "p": Int64List 3, 300, first packed, then one by one;
    # and FloatList 1.0, 2.0 one by one
    def message(number, data):
        return bytes([number << 3 | 2, len(data)]) + data

    def example(feature):
        return message(1, message(1, message(1, b"p") + message(2, feature)))

    for listed in (b"\x0a\x03\x03\xac\x02", b"\x08\x03\x08\xac\x02"):
        found = tfrecord.parse_example(example(message(3, listed)))
        assert found["p"].tolist() == [3, 300]
    floats = b"\x0d" + struct.pack("<f", 1.0) + b"\x0d" + struct.pack("<f", 2.0)
    found = tfrecord.parse_example(example(message(2, floats)))
    assert found["p"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "data", [b"\x0a", b"\x0a\x05ab", b"\xff" * 11, b"\x0f", b"\x08\x05"]
)
def test_what_is_no_example_is_said_so(data):
    with pytest.raises(FormatError, match="cannot read these bytes"):
        tfrecord.parse_example(data)


def test_damage_is_found_in_every_byte(tmp_path):
    path, rows = tmp_path / "x.tfrecord", [b"first", b"", b"third one"]
    tfrecord.write_records(path, rows)
    records = tfrecord.Records(path)
    assert [records.read(k) for k in range(len(records))] == rows
    records.close()
    whole = path.read_bytes()
    for k in range(len(whole)):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 1 << k % 8]) + whole[k + 1 :])
        with pytest.raises(FormatError, match="checksum"):
            read_all(path)
    for k in range(len(whole)):
        path.write_bytes(whole[:k])
        if k in (0, 21, 37):  # between two records: shorter, and whole
            continue
        with pytest.raises(FormatError, match="it ends inside a"):
            read_all(path)
    path.write_bytes(b"")
    with pytest.raises(FormatError, match="is empty"):
        tfrecord.Records(path)


def read_all(path):
    records = tfrecord.Records(path)
    try:
        return [records.read(k) for k in range(len(records))]
    finally:
        records.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three notes of two instruments in NSynth's format."""
    root = tmp_path_factory.mktemp("notes") / "nsynth-valid"
    (root / "audio").mkdir(parents=True)
    entries, rng = [], np.random.default_rng(0)
    for family, number, pitch in (("organ", 3, 60), ("bass", 1, 40), ("organ", 3, 62)):
        name = nsynth.note_name(family, "electronic", number, pitch, 100)
        x = rng.uniform(-0.5, 0.5, 800)
        write_audio(root / "audio" / f"{name}.wav", x, 16000, subtype="PCM_16")
        index = nsynth.FAMILIES.index(family)
        qualities = [k == number for k in range(10)]
        entries.append(
            f'"{name}": {{"instrument": {number}, "pitch": {pitch}, "velocity": 100, '
            f'"sample_rate": 16000, "instrument_family": {index}, '
            f'"instrument_source": 1, "qualities": {[int(q) for q in qualities]}}}'
        )
    (root / "examples.json").write_text("{" + ",".join(entries) + "}")
    return root


def test_notes_are_those_of_the_folder(folder):
    path = folder.parent / "nsynth-test.tfrecord"
    notes = nsynth.open_notes(folder)
    nsynth_records.write_notes(path, notes)
    found = nsynth.open_notes(folder.parent, split="test")
    assert found.names.tolist() == notes.names.tolist()
    for name in ("instrument", "pitch", "velocity", "family", "source", "qualities"):
        np.testing.assert_array_equal(getattr(found, name), getattr(notes, name))
    one = nsynth.batch(notes, 0, 3, batch_size=5, n_samples=300, anywhere=True)
    other = nsynth.batch(found, 0, 3, batch_size=5, n_samples=300, anywhere=True)
    half = {"part": slice(1, 3), "anywhere": True, "n_samples": 300}
    some = nsynth.batch(found, 0, 3, batch_size=5, **half)  # of another process
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name])
        np.testing.assert_array_equal(values[1:3], some[name])
    some = nsynth.select(found, families=["organ"])
    x = nsynth.audio(some, 1)
    np.testing.assert_array_equal(
        x, nsynth.audio(notes, list(notes.names).index(some.names[1]))
    )
    found.place.close()


def without(example, name):
    """The features of a record, but one."""
    return {k: v for k, v in tfrecord.parse_example(example).items() if k != name}


def test_records_that_are_no_notes_are_named(folder, tmp_path):
    path = tmp_path / "x.tfrecord"
    nsynth_records.write_notes(path, nsynth.open_notes(folder))
    rows = read_all(path)
    no_instrument = [tfrecord.make_example(without(row, "instrument")) for row in rows]
    tfrecord.write_records(path, no_instrument)
    found = nsynth.open_notes(path)
    assert found.instrument.tolist() == [0, 1, 1]  # by their names
    found.place.close()
    for name, message in (
        ("note_str", "record 1 has no note_str"),
        ("pitch", "pitch of 'organ_.*' must be a whole number from 0 to 127, got None"),
        ("qualities", "qualities of 'organ_.*' must be 10 numbers"),
    ):
        bad = tfrecord.make_example(without(rows[1], name))
        tfrecord.write_records(path, [rows[0], bad])
        with pytest.raises(FormatError, match=message):
            nsynth.open_notes(path)
    tfrecord.write_records(path, [tfrecord.make_example(without(rows[0], "audio"))])
    found = nsynth.open_notes(path)
    with pytest.raises(FormatError, match="has no audio"):
        nsynth.audio(found, 0)
    found.place.close()
    tfrecord.write_records(path, [rows[0], b"no example"])
    with pytest.raises(FormatError, match="cannot read these bytes"):
        nsynth.open_notes(path)
    tfrecord.write_records(path, [rows[0], rows[0]])
    with pytest.raises(FormatError, match="the same name"):
        nsynth.open_notes(path)
