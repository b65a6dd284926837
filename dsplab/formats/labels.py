"""Labels: which sound is said from when to when, as the tools of phoneticians write it.

begin<TAB>end<TAB>text         Audacity's label tracks, in seconds (.txt)
begin end text                 HTK's label files, in units of 100 ns (.lab)
a tier of intervals            Praat's TextGrids, long and short (.TextGrid)
"""

import re
from pathlib import Path
from typing import NamedTuple

from dsplab.formats.errors import unreadable

EXTENSIONS = (".TextGrid", ".lab", ".txt")
HTK_UNIT = 1e-7  # seconds
_STRING = r'"((?:[^"]|"")*)"'
_NUMBER = r"(-?[0-9.]+(?:[eE][-+]?[0-9]+)?)"


class Label(NamedTuple):
    """A stretch of time, in seconds, and what is in it."""

    begin: float
    end: float
    text: str


def read_labels(path, *, tier=None):
    """Read a label file; its extension says which kind it is.

    Args:
      path: of a .txt (Audacity), .lab (HTK) or .TextGrid (Praat) file.
      tier: name of the TextGrid's tier; None takes the one called "phones" or
        "phonemes", or the first of intervals.

    Returns:
      List of `Label`s in order of time. In .lab files that count whole numbers, these
      are units of 100 ns; numbers with a point are seconds.

    Raises:
      FormatError: if the file cannot be understood, naming the line.
      OSError: if there is no such file.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "la.lab"
    ...     _ = path.write_text("0 800000 l" + chr(10) + "800000 5000000 a")
    ...     read_labels(path)[0]
    Label(begin=0.0, end=0.08, text='l')
    """
    path = Path(path)
    kinds = {".textgrid": _text_grid, ".lab": _htk, ".txt": _audacity}
    read = kinds.get(path.suffix.lower())
    if read is None:
        reason = f"labels come in files of {', '.join(EXTENSIONS)}"
        raise unreadable(path, reason)
    text = _decoded(path.read_bytes())
    labels = read(text, path, tier) if read is _text_grid else read(text, path)
    labels.sort(key=lambda label: label.begin)
    for one, following in zip(labels, labels[1:], strict=False):
        if following.begin < one.end - 1e-4:
            where = f"'{one.text}' and '{following.text}' at {following.begin:.3f} s"
            raise unreadable(path, f"the labels {where} overlap")
    return labels


def _decoded(data):
    """Text of UTF-8, or of UTF-16 with a mark, as Praat writes it."""
    marked = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return data.decode("utf-16" if marked else "utf-8-sig", errors="replace")


def _label(begin, end, text, path, number):
    """The label of a line, if it is one."""
    if not 0.0 <= begin <= end:
        raise unreadable(path, f"line {number} ends before it begins")
    return Label(begin, end, text.strip())


def _audacity(text, path):
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("\\"):  # a range of frequencies
            continue
        fields = line.split("\t") if "\t" in line else line.split(None, 2)
        begin, end = _numbers(fields, path, number, "begin, end, text")
        said = fields[2] if len(fields) > 2 else ""
        rows.append(_label(begin, end, said, path, number))
    return rows


def _htk(text, path):
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        fields = line.split()
        if not fields or line.startswith("#"):
            continue
        begin, end = _numbers(fields, path, number, "begin, end, text")
        unit = 1.0 if "." in fields[0] + fields[1] else HTK_UNIT
        said = fields[2] if len(fields) > 2 else ""
        rows.append(_label(begin * unit, end * unit, said, path, number))
    return rows


def _numbers(fields, path, number, wanted):
    """The first two fields of a line."""
    try:
        begin, end = (float(field.replace(",", ".")) for field in fields[:2])
    except ValueError:
        raise unreadable(path, f"line {number} must be '{wanted}'") from None
    return begin, end


def _text_grid(text, path, tier):
    """The intervals of a tier, whose numbers and strings come in a fixed order."""
    found = {}
    tokens = re.findall(f"{_STRING}|(?<![\\w\\[]){_NUMBER}(?![\\w\\]])", text)
    values = [number if number else said.replace('""', '"') for said, number in tokens]
    at = 0
    while "IntervalTier" in values[at:]:
        at = values.index("IntervalTier", at)
        try:
            name, count = values[at + 1], int(values[at + 4])
            body = values[at + 5 : at + 5 + 3 * count]
            rows = [
                _label(float(body[k]), float(body[k + 1]), body[k + 2], path, k // 3)
                for k in range(0, 3 * count, 3)
            ]
        except (ValueError, IndexError):
            raise unreadable(path, "a tier breaks off") from None
        found.setdefault(name, rows)
        at += 5 + 3 * count
    if not found:
        raise unreadable(path, "there is no tier of intervals")
    if tier is None:
        usual = [name for name in found if name.lower() in ("phones", "phonemes")]
        tier = (usual or list(found))[0]
    if tier not in found:
        raise unreadable(path, f"there is no tier '{tier}', but {', '.join(found)}")
    return found[tier]
