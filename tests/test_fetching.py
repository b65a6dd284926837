"""Fetching from a server that cuts, has no ranges, changes files, or serves wrong ones.

The server runs on this machine, in a thread of the test.
"""

import errno
import hashlib
import http.server
import re
import threading

import numpy as np
import pytest

from data_scripts import fetching
from data_scripts.fetching import FetchError, Source, checksum, fetch

DATA = np.random.default_rng(0).bytes(300_000)
SHA = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
MD5 = f"md5:{hashlib.md5(DATA).hexdigest()}"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.data` as the test has asked for."""

    def log_message(self, *_):
        """Say nothing."""

    def do_GET(self):  # noqa: N802  the library's name
        """Answer one request and cut it off if a cut is waiting."""
        server = self.server
        server.requests.append(dict(self.headers))
        data, start = server.data, 0
        if server.status:
            self.send_error(server.status.pop(0))
            return
        asked = re.match(r"bytes=(\d+)-", self.headers.get("Range", ""))
        same = self.headers.get("If-Range") in (None, server.tag)
        if asked and same and server.ranges:
            start = int(asked[1])
            if start >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206)
            span = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self.send_header("Content-Range", span)
        else:
            self.send_response(200)
        if server.tag:
            self.send_header("ETag", server.tag)
        if server.says_length:
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = server.cuts.pop(0) if server.cuts else len(data)
        self.wfile.write(data[start : max(end, start)])
        server.after()


@pytest.fixture
def server(monkeypatch):
    """A server with knobs; waits between tries are short."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.data, server.tag, server.ranges, server.says_length = DATA, '"1"', True, True
    server.cuts, server.status, server.requests = [], [], []
    server.after = lambda: None
    server.url = f"http://127.0.0.1:{server.server_address[1]}/a.bin"
    monkeypatch.setattr(fetching, "CHUNK", 4096)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(server, folder, checksums=(SHA,), size=None, **options):
    source = Source(server.url, "a.bin", size, checksums)
    return fetch(source, folder, wait=0.0, **options)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_arrives(server, tmp_path):
    seen = []
    path = fetched(
        server,
        tmp_path / "new" / "folder",
        (SHA, MD5),
        len(DATA),
        report=lambda done, total: seen.append((done, total)),
    )
    assert path.read_bytes() == DATA
    assert names(path.parent) == ["a.bin"]
    assert seen[-1] == (len(DATA), len(DATA))


def test_twice_is_once(server, tmp_path):
    first = fetched(server, tmp_path)
    assert fetched(server, tmp_path) == first
    assert len(server.requests) == 1


OFFSETS = sorted(np.random.default_rng(1).integers(1, len(DATA), size=20).tolist())


@pytest.mark.parametrize("offset", OFFSETS)
def test_cut_at_one_of_20_offsets(server, tmp_path, offset):
    server.cuts = [offset]
    path = fetched(server, tmp_path)
    assert path.read_bytes() == DATA and names(tmp_path) == ["a.bin"]
    assert server.requests[1]["Range"] == f"bytes={offset}-"  # nothing twice


def test_cut_at_all_20_offsets_of_one_transfer(server, tmp_path):
    server.cuts = list(OFFSETS)
    assert fetched(server, tmp_path).read_bytes() == DATA
    ranges = [request.get("Range") for request in server.requests]
    assert ranges == [None, *(f"bytes={offset}-" for offset in OFFSETS)]


def test_a_later_run_goes_on(server, tmp_path, monkeypatch):
    monkeypatch.setattr(fetching, "TRIES", 1)
    server.cuts, server.status = [100_000], []
    server.after = lambda: server.status.extend([503])
    with pytest.raises(FetchError, match=r"100,000 bytes are kept in .*run this again"):
        fetched(server, tmp_path)
    assert not (tmp_path / "a.bin").exists()
    server.after, server.status = lambda: None, []
    assert fetched(server, tmp_path).read_bytes() == DATA
    assert server.requests[-1]["Range"] == "bytes=100000-"


def test_a_server_without_ranges_begins_anew(server, tmp_path):
    server.ranges, server.cuts = False, [1000, 200_000, 50_000]
    assert fetched(server, tmp_path).read_bytes() == DATA


def test_a_server_that_names_no_version_begins_anew(server, tmp_path):
    server.tag, server.cuts = "", [1000]
    assert fetched(server, tmp_path).read_bytes() == DATA
    assert "Range" not in server.requests[1]


def test_a_file_that_changes_meanwhile_is_not_mixed(server, tmp_path):
    other = DATA[::-1]

    def change():
        server.data, server.tag = other, '"2"'

    server.cuts, server.after = [123_456], change
    assert fetched(server, tmp_path, ()).read_bytes() == other


def test_a_file_that_became_shorter(server, tmp_path):
    def change():
        server.data = DATA[:1000]  # and the server does not say so

    server.cuts, server.after = [123_456], change
    assert fetched(server, tmp_path, ()).read_bytes() == DATA[:1000]


def test_the_part_of_another_address_is_not_used(server, tmp_path):
    (tmp_path / ".a.bin.part").write_bytes(b"x" * 500)
    origin = '{"url": "http://elsewhere/a.bin", "version": "\\"1\\""}'
    (tmp_path / ".a.bin.origin").write_text(origin)
    assert fetched(server, tmp_path).read_bytes() == DATA
    assert "Range" not in server.requests[0]


def test_a_wrong_checksum_leaves_no_file(server, tmp_path):
    for wrong in ("sha256:" + "0" * 64, "md5:" + "0" * 32):
        with pytest.raises(FetchError, match=r"must have \w+ 000.*nothing of it is ke"):
            fetched(server, tmp_path, (SHA, wrong))
        assert names(tmp_path) == []


def test_a_wrong_size_leaves_no_file(server, tmp_path):
    with pytest.raises(FetchError, match="must have 5 bytes, got 300,000"):
        fetched(server, tmp_path, (SHA,), 5)
    assert names(tmp_path) == []


def test_a_cut_that_no_header_shows_is_seen_by_the_size(server, tmp_path):
    server.says_length, server.cuts = False, [999]
    with pytest.raises(FetchError, match="must have 300,000 bytes, got 999"):
        fetched(server, tmp_path, (), len(DATA))
    assert names(tmp_path) == []


def test_the_first_checksum_is_recorded_and_holds(server, tmp_path):
    path = fetched(server, tmp_path, ())
    assert (tmp_path / "a.bin.sha256").read_text() == f"{SHA[7:]}  a.bin\n"
    path.write_bytes(DATA[:-1] + b"!")  # damaged on the disk
    with pytest.raises(FetchError, match="must have sha256 .*move it away"):
        fetched(server, tmp_path, ())
    path.unlink()
    server.data = DATA[::-1]
    with pytest.raises(FetchError, match="must have sha256"):
        fetched(server, tmp_path, ())
    assert not path.exists()


def test_what_is_there_and_differs_is_not_overwritten(server, tmp_path):
    (tmp_path / "a.bin").write_bytes(b"mine")
    with pytest.raises(FetchError, match="not fetched by this script: move it away"):
        fetched(server, tmp_path)
    assert (tmp_path / "a.bin").read_bytes() == b"mine" and not server.requests


def test_servers_that_fail(server, tmp_path):
    server.status = [503, 500, 429]
    assert fetched(server, tmp_path / "a").read_bytes() == DATA
    server.status = [404]
    with pytest.raises(FetchError, match=r"a.bin: 404"):
        fetched(server, tmp_path / "b")
    assert len(server.requests) == 5  # asking again would not help
    server.status = [503] * 9
    with pytest.raises(FetchError, match="Service Unavailable; 0 bytes are kept"):
        fetched(server, tmp_path / "c")


def test_disk_full(server, tmp_path, monkeypatch):
    class Full:
        free = 1000

    with monkeypatch.context() as patch:
        patch.setattr(fetching.shutil, "disk_usage", lambda _: Full)
        with pytest.raises(FetchError, match="1,000 bytes left, and 300,000 are to co"):
            fetched(server, tmp_path)

    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FetchError, match=r"cannot write .*No space left on device aft"):
        fetched(server, tmp_path, report=refuse)
    assert not (tmp_path / "a.bin").exists()


def test_checksum_of_a_file(tmp_path):
    (tmp_path / "x").write_bytes(DATA)
    assert f"sha256:{checksum(tmp_path / 'x')}" == SHA
    assert f"md5:{checksum(tmp_path / 'x', 'md5')}" == MD5
