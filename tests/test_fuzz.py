"""Damaged files on the parsers; `python -m bench fuzz 100000` tries many more."""

import pytest

from bench import _fuzz_seeds, fuzz
from bench._coverage import followed, guided
from dsplab.formats.errors import FormatError
from dsplab.formats.soundfont import read_soundfont


@pytest.mark.parametrize("name", fuzz.PARSERS)
def test_damaged_files_are_read_or_refused(name):
    report = fuzz.fuzz(name, 300)
    assert not report.faults
    assert min(report.read, report.refused) >= 30
    assert report.read + report.refused == 300


@pytest.mark.parametrize("name", fuzz.PARSERS)
def test_so_are_those_that_reach_new_lines(name):
    seeds, words = fuzz.PARSERS[name][0]()[0], _fuzz_seeds.WORDS[name]
    use = fuzz.PARSERS[name][1]
    found = list(guided(seeds, words, lambda data: fuzz.attempt(use, data), 30))
    assert len(found) == 30 and {fault for *_, fault in found} == {None}


@pytest.mark.parametrize("name", fuzz.PARSERS)
def test_the_good_files_are_read(name):
    small, large = fuzz.PARSERS[name][0]()
    for data in small:
        assert fuzz.attempt(fuzz.PARSERS[name][1], data)[::2] == (True, None)
    assert max(map(len, large)) > 0.8 * _fuzz_seeds.MOST


def test_a_fault_is_found_and_its_file_can_be_made_again(monkeypatch):
    def careless(data):
        yield data[3000]

    monkeypatch.setitem(fuzz.PARSERS, "SoundFont", (_fuzz_seeds.soundfonts, careless))
    report = fuzz.fuzz("SoundFont", 60)
    assert 0 < len(report.faults) < 60 and "IndexError" in report.faults[0][1]
    for number, _ in report.faults:
        assert len(fuzz.files("SoundFont")(number)) <= 3000


def test_lines_are_followed():
    seen = []
    for data in (b"", b"RIFF" + bytes(8), _fuzz_seeds.soundfonts()[0][0]):
        seen.append(followed(lambda d: fuzz.attempt(fuzz.use_soundfont, d), data)[1])
    assert 0 < len(seen[0]) < len(seen[2]) and len(seen[2]) > 100
    with pytest.raises(FormatError):
        read_soundfont(b"RIFF" + bytes(8))
