"""Label files of Audacity, HTK and Praat: three ways to say the same."""

import pytest

from dsplab.formats.errors import FormatError
from dsplab.formats.labels import Label, read_labels

WANTED = [Label(0.0, 0.1, ""), Label(0.1, 0.22, "s"), Label(0.22, 0.5, "a")]
AUDACITY = "0.000000\t0.100000\t\n0.100000\t0.220000\ts\n\\\t100\t2000\n0.22\t0.5\ta\n"
HTK = "0 1000000\n1000000 2200000 s\n2200000 5000000 a\n"
LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 0.5
tiers? <exists>
size = 2
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 0.5
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 0.5
            text = "sa ""so"" x"
    item [2]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 0.5
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.1
            text = ""
        intervals [2]:
            xmin = 0.1
            xmax = 0.22
            text = "s"
        intervals [3]:
            xmin = 0.22
            xmax = 0.5
            text = "a"
"""
SHORT = """File type = "ooTextFile"
Object class = "TextGrid"

0
0.5
<exists>
1
"IntervalTier"
"phonemes"
0
0.5
3
0
0.1
""
0.1
0.22
"s"
0.22
0.5
"a"
"""
SAME = {"a.txt": AUDACITY, "a.lab": HTK, "a.TextGrid": LONG, "b.TextGrid": SHORT}


@pytest.mark.parametrize("name", SAME)
def test_all_say_the_same(name, tmp_path):
    path = tmp_path / name
    path.write_text(SAME[name])
    rows = read_labels(path)
    assert [row.text for row in rows] == [row.text for row in WANTED]
    for row, wanted in zip(rows, WANTED, strict=True):
        assert abs(row.begin - wanted.begin) + abs(row.end - wanted.end) < 1e-9


def test_seconds_in_a_lab_file_and_utf16(tmp_path):
    path = tmp_path / "a.lab"
    path.write_text("0.1 0.2 s\n")
    assert read_labels(path) == [Label(0.1, 0.2, "s")]
    path = tmp_path / "c.TextGrid"
    path.write_text(SHORT, encoding="utf-16")
    assert len(read_labels(path)) == 3


def test_a_tier_by_its_name(tmp_path):
    path = tmp_path / "a.TextGrid"
    path.write_text(LONG)
    assert read_labels(path, tier="words") == [Label(0.0, 0.5, 'sa "so" x')]
    with pytest.raises(FormatError, match="no tier 'sounds', but words, phones"):
        read_labels(path, tier="sounds")


@pytest.mark.parametrize(
    "name, text, match",
    [
        ("a.txt", "0.1\tx\ta\n", "line 1 must be 'begin, end, text'"),
        ("a.txt", "0.2\t0.1\ta\n", "line 1 ends before it begins"),
        ("a.lab", "12\n", "line 1 must be"),
        ("a.lab", "0 2000000 a\n1000000 3000000 b\n", "'a' and 'b' at 0.100 s overlap"),
        ("a.TextGrid", "nothing", "no tier of intervals"),
        ("a.TextGrid", LONG[:-60], "a tier breaks off"),
        ("a.csv", "", "labels come in files of .TextGrid, .lab, .txt"),
    ],
)
def test_what_cannot_be_read(name, text, match, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(FormatError, match=match):
        read_labels(path)
