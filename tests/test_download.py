"""The download command: what it lists, fetches, unpacks, and says when it cannot."""

import functools
import http.server
import re
import threading
import zipfile

import pytest

from data_scripts import download
from data_scripts.download import SETS, Set, main
from data_scripts.fetching import Source, checksum


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Python's own server of a folder; it knows no ranges."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def sets(tmp_path, monkeypatch):
    """A set of two archives, served from a folder of this machine."""
    served = tmp_path / "served"
    served.mkdir()
    for name in ("a", "b"):
        with zipfile.ZipFile(served / f"{name}.zip", "w") as archive:
            archive.writestr("one.txt", name)
    handler = functools.partial(Quiet, directory=str(served))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    right = f"sha256:{checksum(served / 'a.zip')}"
    sources = {
        "first": Source(f"{url}/a.zip", "a.zip", None, (right,)),
        "second": Source(f"{url}/b.zip", "b.zip"),
    }
    wrong = {"first": Source(f"{url}/a.zip", "a.zip", None, ("sha256:" + "0" * 64,))}
    found = {
        "kept": Set("Two files", "CC0", sources),
        "unpacked": Set("Two folders", "CC0", sources, unpacked=True),
        "wrong": Set("A wrong checksum", "CC0", wrong),
    }
    monkeypatch.setattr(download, "SETS", found)
    yield served
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_list_names_licences_sizes_and_checksums(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    for name, chosen in SETS.items():
        assert name in said and chosen.licence in said
    assert "1,050,327,040 bytes; checksum: known" in said
    assert "FSL10K.zip (size: the server says; checksum: recorded when first" in said


def test_what_is_known_of_the_sources_is_well_formed():
    sources = [s for chosen in SETS.values() for s in chosen.sources.values()]
    assert len({source.name for source in sources}) == len(sources)
    digits = {"sha256": 64, "md5": 32}
    for source in sources:
        assert re.fullmatch(r"https?://\S+", source.url)
        for item in source.checksums:
            kind, value = item.split(":")
            assert re.fullmatch(rf"[0-9a-f]{{{digits[kind]}}}", value)


def test_fetch_twice(sets, tmp_path, capsys):
    arguments = ["kept", "--folder", str(tmp_path / "got")]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "licence: CC0" in said and "sha256 right" in said
    assert "b.zip: 113 bytes, no checksum is published; recorded" in said
    got = sorted(path.name for path in (tmp_path / "got").iterdir())
    assert got == ["a.zip", "b.zip", "b.zip.sha256"]
    (sets / "a.zip").unlink()  # nothing is asked of the server again
    assert main(arguments) == 0


def test_unpack_twice(sets, tmp_path, capsys):
    arguments = ["unpacked", "--folder", str(tmp_path / "got"), "--only", "first"]
    assert main(arguments) == 0
    assert "a: 1 files" in capsys.readouterr().out
    assert (tmp_path / "got" / "a" / "one.txt").read_text() == "a"
    assert [path.name for path in (tmp_path / "got").iterdir()] == ["a"]
    assert main(arguments) == 0
    assert "there already" in capsys.readouterr().out


def test_failures_are_one_line_and_exit_code_1(sets, tmp_path, capsys):
    folder = ["--folder", str(tmp_path / "got")]
    assert main(["wrong", *folder]) == 1
    said = capsys.readouterr().err
    assert re.search(r"^download: a.zip must have sha256 000", said, re.MULTILINE)
    assert list((tmp_path / "got").iterdir()) == []
    assert main(["kept", "--only", "third", *folder]) == 1
    assert "kept has first, second; no 'third'" in capsys.readouterr().err
    (sets / "b.zip").write_bytes(b"no archive at all")
    assert main(["unpacked", "--only", "second", *folder]) == 1
    assert "the archive is damaged" in capsys.readouterr().err
    assert list((tmp_path / "got").iterdir()) == []  # the next run fetches it anew
