"""TFRecord files without TensorFlow: checksums, protocol buffers, notes of NSynth."""

import gzip
import resource
import struct
import tarfile

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


@pytest.mark.parametrize("compressed", [False, True])
def test_a_set_that_is_split_is_the_same_set(folder, tmp_path, compressed):
    notes = nsynth.open_notes(folder)
    whole, split = (
        tmp_path / "nsynth-valid.tfrecord",
        tmp_path / "nsynth-train.tfrecord",
    )
    nsynth_records.write_notes(whole, notes, compressed=compressed)
    nsynth_records.write_notes(split, notes, n_shards=2, compressed=compressed)
    names = [f"nsynth-train.tfrecord-0000{k}-of-00002" for k in range(2)]
    assert sorted(p.name for p in tmp_path.iterdir()) == [*names, whole.name]
    assert whole.read_bytes().startswith(tfrecord.GZIP) == compressed
    sizes = {"batch_size": 4, "n_samples": 300, "anywhere": True}
    for found in (
        nsynth.open_notes(split),
        nsynth.open_notes(tmp_path, split="train"),
        nsynth.open_notes(tmp_path, split="valid"),
    ):
        assert found.names.tolist() == notes.names.tolist()
        np.testing.assert_array_equal(found.qualities, notes.qualities)
        for step in (0, 5):
            one = nsynth.batch(notes, 7, step, **sizes)
            other = nsynth.batch(found, 7, step, **sizes)
            for name, values in one.items():
                np.testing.assert_array_equal(values, other[name])
    alone = nsynth.open_notes(tmp_path / names[1])  # one of the files, if it is named
    assert alone.names.tolist() == notes.names[2:].tolist()
    with pytest.raises(ValueError, match="n_shards must be at most the 3 notes, got 4"):
        nsynth_records.write_notes(split, notes, n_shards=4)
    with pytest.raises(ValueError, match="n_shards must be"):
        nsynth_records.write_notes(split, notes, n_shards=0)


def test_an_archive_of_records_is_read_where_it_lies(folder, tmp_path):
    notes, path = nsynth.open_notes(folder), tmp_path / "nsynth-test.tfrecord"
    nsynth_records.write_notes(path, notes)
    archive = tmp_path / "nsynth-test.tfrecord.tar"
    with tarfile.open(archive, "w") as tar:
        tar.add(folder / "examples.json", "about.json")
        tar.add(path, path.name)
    path.unlink()
    for found in (
        nsynth.open_notes(archive),
        nsynth.open_notes(tmp_path, split="test"),
    ):
        assert found.names.tolist() == notes.names.tolist()
        for row in (2, 0):
            x = nsynth.audio(found, row)
            np.testing.assert_array_equal(x, nsynth.audio(notes, row))
    (place, part), data = tfrecord.inside(archive)[0], bytearray(archive.read_bytes())
    data[part[0] + part[1] - 400] ^= 1  # in the last sound
    archive.write_bytes(data)
    with pytest.raises(FormatError, match="record 2 is damaged"):
        nsynth.audio(nsynth.open_notes(archive), 2)
    assert place == archive
    with tarfile.open(archive, "w") as tar:
        tar.add(folder / "examples.json", "about.json")
    with pytest.raises(FormatError, match="there is no TFRecord file in it"):
        nsynth.open_notes(archive)
    nsynth_records.write_notes(path, notes, compressed=True)
    with tarfile.open(archive, "w") as tar:
        tar.add(path, path.name)
    with pytest.raises(FormatError, match="compressed inside an archive: unpack it"):
        nsynth.open_notes(archive)


def test_files_that_are_missing_are_named(folder, tmp_path):
    path = tmp_path / "nsynth-train.tfrecord"
    nsynth_records.write_notes(path, nsynth.open_notes(folder), n_shards=3)
    files = [tmp_path / name for name in tfrecord.shard_names(path.name, 3)]
    data = files[1].read_bytes()
    files[1].unlink()
    with pytest.raises(FormatError, match="1 of its 3 files are missing: 00001$"):
        nsynth.open_notes(path)
    packed = files[1].with_name(f"{files[1].name}.gz")
    packed.write_bytes(gzip.compress(data))
    assert tfrecord.shards(path) == [files[0], packed, files[2]]
    assert len(nsynth.open_notes(path).names) == 3
    files[1].write_bytes(data)
    assert tfrecord.shards(path) == files  # what is unpacked, where there are both
    files[2].rename(tmp_path / "nsynth-train.tfrecord-00002-of-00004")
    with pytest.raises(FormatError, match="sets of 4 files, 3 files; keep one"):
        nsynth.open_notes(path)
    (tmp_path / "nsynth-train.tfrecord-00002-of-00004").unlink()
    files[2].write_bytes(files[0].read_bytes())
    with pytest.raises(FormatError, match="two notes have the same name, 'bass.*00000"):
        nsynth.open_notes(path)
    with pytest.raises(FileNotFoundError, match=r"there is no '.*x\.tfrecord', nor 'x"):
        nsynth.open_notes(tmp_path / "x.tfrecord")
    path.write_bytes(data)
    assert tfrecord.shards(path) == [path]
    path.unlink()
    path.with_name("nsynth-train.tfrecord.gz").write_bytes(gzip.compress(data))
    for file in tmp_path.glob("*-of-*"):
        file.unlink()
    assert len(nsynth.open_notes(path).names) == 1
    assert len(nsynth.open_notes(tmp_path, split="train").names) == 1


def test_damage_in_a_compressed_file_is_found(tmp_path):
    path, rows = tmp_path / "x.tfrecord", [b"first", b"", bytes(range(256)) * 40]
    tfrecord.write_records(path, rows, compressed=True)
    assert read_all(path) == rows
    whole = path.read_bytes()
    assert whole[4:8] == bytes(4)  # no time: the same notes are the same file
    header = range(4, 10)  # time, flags of the compressor, system: nothing depends
    for k in sorted(
        {*range(12), *range(12, len(whole), 7), len(whole) - 1} - {*header}
    ):
        path.write_bytes(whole[:k] + bytes([whole[k] ^ 1 << k % 8]) + whole[k + 1 :])
        with pytest.raises(FormatError, match="checksum|damaged|in the middle|ends i"):
            read_all(path)
        path.write_bytes(whole[:k])
        with pytest.raises(FormatError, match="in the middle|is empty|checksum|header"):
            read_all(path)
    # several members, one after the other, and zeros that fill the last block
    plain = gzip.decompress(whole)
    parts = gzip.compress(plain[:30]) + gzip.compress(plain[30:])
    for data in (parts, parts + bytes(512)):
        path.write_bytes(data)
        assert read_all(path) == rows
    path.write_bytes(parts + b"and more")
    with pytest.raises(FormatError, match="damaged"):
        read_all(path)
    path.write_bytes(gzip.compress(plain[:-3]))
    with pytest.raises(FormatError, match="ends inside a record, once unpacked"):
        read_all(path)
    # a length whose first bytes are those that a compressed file begins with
    long = [bytes(0x8B1F)]
    tfrecord.write_records(path, long)
    assert path.read_bytes().startswith(tfrecord.GZIP) and read_all(path) == long


def test_a_set_of_many_files_needs_few_at_a_time(tmp_path):
    rows = [tfrecord.make_example({"k": [k]}) for k in range(80)]
    files = [tmp_path / name for name in tfrecord.shard_names("x.tfrecord", 80)]
    for k, (file, row) in enumerate(zip(files, rows, strict=True)):
        tfrecord.write_records(file, [row], compressed=k % 2 == 1)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with open(files[0], "rb") as lowest_that_is_free:
        most = lowest_that_is_free.fileno() + 20
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, before[1]))
    try:
        found = [tfrecord.Records(file) for file in files]
        assert [r.read(0) for r in found] == rows
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_notes_of_tensorflow_datasets_are_the_same(folder, tmp_path):
    notes = nsynth.open_notes(folder)
    path = tmp_path / "nsynth-train.tfrecord"
    other = {
        "note_str": "id",
        "instrument": "instrument/label",
        "instrument_family": "instrument/family",
        "instrument_source": "instrument/source",
    }
    nsynth_records.write_notes(path, notes)
    rows = []
    for row in read_all(path):
        example = tfrecord.parse_example(row)
        flags = zip(nsynth_records.QUALITIES, example.pop("qualities"), strict=True)
        example = {other.get(name, name): value for name, value in example.items()}
        rows.append(tfrecord.make_example(example | {n: [int(q)] for n, q in flags}))
    for name, part in zip(
        tfrecord.shard_names(path, 2), (rows[1:], rows[:1]), strict=True
    ):
        tfrecord.write_records(name, part)
    path.unlink()
    found = nsynth.open_notes(tmp_path, split="train")
    for name, column in notes._asdict().items():
        if isinstance(column, np.ndarray):
            np.testing.assert_array_equal(getattr(found, name), column)
    np.testing.assert_array_equal(nsynth.audio(found, 2), nsynth.audio(notes, 2))


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
