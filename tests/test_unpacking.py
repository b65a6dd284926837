"""Unpacking archives of strangers: honest ones, evil ones, damaged ones."""

import io
import stat
import tarfile
import zipfile

import pytest

from data_scripts.unpacking import unpack
from dsplab.formats.errors import FormatError

FILES = {"a.txt": b"one", "deep/er/b.bin": bytes(range(256)) * 50, "empty": b""}


def make_tar(path, files, *, special=(), mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, kind, target in special:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            tar.addfile(info)


def make_zip(path, files, *, modes=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        for name, mode, data in modes:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, data)


MAKERS = {"tar": make_tar, "zip": make_zip}


@pytest.fixture(params=MAKERS)
def make(request):
    return MAKERS[request.param]


def contents(folder):
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def refused(archive, tmp_path, said, **limits):
    """Nothing is left behind, inside the folder or beside it."""
    before = sorted(tmp_path.parent.rglob("*"))
    with pytest.raises(FormatError, match=said):
        unpack(archive, tmp_path / "out", **limits)
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_honest_archives(make, tmp_path):
    make(tmp_path / "x", FILES)
    assert unpack(tmp_path / "x", tmp_path / "out") == 3
    assert contents(tmp_path / "out") == FILES
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "x"]


def test_folders_and_dots_in_names_are_fine(tmp_path):
    special = [("./deep", tarfile.DIRTYPE, "")]
    make_tar(tmp_path / "x", {"./deep/c": b"3"}, special=special, mode="w")
    assert unpack(tmp_path / "x", tmp_path / "out") == 1
    assert contents(tmp_path / "out") == {"deep/c": b"3"}
    make_zip(tmp_path / "y", {"deep/": b"", "deep/c": b"3"})
    assert unpack(tmp_path / "y", tmp_path / "out2") == 1


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/evil", "..", "C:/evil", "a\\..\\..\\evil"],
)
def test_names_that_lead_out(make, tmp_path, name):
    make(tmp_path / "x", {"good": b"1", name: b"evil"})
    refused(tmp_path / "x", tmp_path, "would lead out of the folder")


@pytest.mark.parametrize(
    "kind, target",
    [
        (tarfile.SYMTYPE, "/etc/passwd"),
        (tarfile.SYMTYPE, "good"),
        (tarfile.LNKTYPE, "good"),
        (tarfile.CHRTYPE, ""),
        (tarfile.BLKTYPE, ""),
        (tarfile.FIFOTYPE, ""),
    ],
    ids=["link out", "link in", "hard link", "character", "block", "pipe"],
)
def test_links_and_devices_in_a_tar(tmp_path, kind, target):
    make_tar(tmp_path / "x", {"good": b"1"}, special=[("evil", kind, target)])
    refused(tmp_path / "x", tmp_path, "'evil' is a link or no plain file")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_in_a_zip(tmp_path, kind):
    make_zip(tmp_path / "x", {"good": b"1"}, modes=[("evil", kind | 0o777, "good")])
    refused(tmp_path / "x", tmp_path, "'evil' is a link or no plain file")


def test_a_file_below_a_link_is_refused_with_the_link(tmp_path):
    with tarfile.open(tmp_path / "x", "w") as tar:
        link = tarfile.TarInfo("sub")
        link.type, link.linkname = tarfile.SYMTYPE, ".."
        tar.addfile(link)
        tar.addfile(tarfile.TarInfo("sub/evil"))
    refused(tmp_path / "x", tmp_path, "'sub' is a link")


def test_names_that_meet(make, tmp_path):
    make(tmp_path / "x", {"a": b"1", "A": b"2"})
    refused(tmp_path / "x", tmp_path, "'A' has the name of another file")
    make(tmp_path / "x", {"a": b"1", "a/b": b"2"})
    refused(tmp_path / "x", tmp_path, "'a' is a file and a folder")


def test_too_many_and_too_large(make, tmp_path):
    make(tmp_path / "x", {"zeros": bytes(10**6), "b": b"1"})
    refused(tmp_path / "x", tmp_path, "more than 999,999 bytes", most_bytes=999_999)
    refused(tmp_path / "x", tmp_path, "more than 1 entries", most_files=1)
    assert unpack(tmp_path / "x", tmp_path / "out", most_bytes=10**6 + 1) == 2


def test_a_bomb_that_lies_about_its_size(tmp_path):
    path = tmp_path / "x"
    make_zip(path, {"zeros": bytes(10**6)})
    data = path.read_bytes()
    size = (10**6).to_bytes(4, "little")
    assert data.count(size) == 2  # in the header, and in the list at the end
    path.write_bytes(data.replace(size, (10).to_bytes(4, "little")))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FormatError, match=r"damaged|more bytes than allowed"):
        unpack(path, tmp_path / "out", most_bytes=1000)
    assert sorted(tmp_path.iterdir()) == before


def test_damaged_archives(make, tmp_path):
    make(tmp_path / "x", {"a": bytes(range(256)) * 100, "b": b"1" * 9999})
    data = (tmp_path / "x").read_bytes()
    for end in (0, 10, len(data) // 2, len(data) - 30):
        (tmp_path / "x").write_bytes(data[:end])
        refused(tmp_path / "x", tmp_path, "the archive is damaged")


def test_a_flipped_bit_in_a_zip(tmp_path):
    make_zip(tmp_path / "x", FILES)
    data = bytearray((tmp_path / "x").read_bytes())
    at = data.index(b"one") if b"one" in data else 40
    data[at] ^= 1
    (tmp_path / "x").write_bytes(data)
    refused(tmp_path / "x", tmp_path, "the archive is damaged")


def test_what_is_there_stays(make, tmp_path):
    make(tmp_path / "x", FILES)
    (tmp_path / "out").mkdir()
    with pytest.raises(FileExistsError, match="out' is there: move it away"):
        unpack(tmp_path / "x", tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_the_remains_of_a_killed_run_go(make, tmp_path):
    make(tmp_path / "x", FILES)
    (tmp_path / ".out.unpacking").mkdir()
    (tmp_path / ".out.unpacking" / "half").write_bytes(b"1")
    unpack(tmp_path / "x", tmp_path / "out")
    assert contents(tmp_path / "out") == FILES
