"""Cut a folder of loops into bars of two seconds, 120 beats a minute, with a table.

    python -m data_scripts.cut_loops FSL10K bars
    python -m data_scripts.cut_loops my_loops bars

The folder is FSLD as it is distributed, whose annotations become columns of the table
(role, genre: several are joined by "+"), or any folder of sounds; there the tempo is
taken from names such as "funk_112bpm.wav", and found where they do not say it. Loops
from 96 to 150 beats a minute are kept (a quarter away from 120, see --farthest), cut at
their downbeats and stretched; others would no longer sound like themselves. All bars of
an author (FSLD) or a file are in the same split. `neural.data.labelled` reads the
result.

Run again, it goes on where it was interrupted: bars appear whole or not at all,
sources.jsonl says what became of every source (and why there is no bar of some), and
loops.csv appears at the end.
"""

import argparse
import concurrent.futures
import csv
import io
import json
import multiprocessing
import re
import sys
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tqdm

from data_scripts.claiming import claim, sweep
from dsplab._arguments import integer
from dsplab.analysis.folders import sound_files
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.errors import FormatError
from dsplab.formats.whole_files import whole_file
from dsplab.resampling import resample
from neural.data import fsld
from neural.data.labelled import JOINT
from neural.data.one_bar import FARTHEST, one_bar_loops

JOURNAL = "sources.jsonl"
TEMPO_IN_NAME = re.compile(r"(?<![0-9.])([0-9]{2,3}(?:\.[0-9]+)?)[ _-]?bpm", re.I)
BAR = ("file", "split", "source", "bar", "start", "bpm")
ABOUT = ("role", "genre", "username", "license")


class Source(NamedTuple):
    """A loop to be cut: its file, its tempo (None if unknown), split, and ABOUT."""

    path: str
    bpm: float | None
    split: str
    about: tuple


def main(arguments=None):
    """Cut a folder; returns 0, or 1 if something is wrong with what was asked."""
    options = _parser().parse_args(arguments)
    try:
        bars, sources, left_out = cut_folder(**vars(options))
    except (ValueError, OSError) as error:
        print(f"cut_loops: {error}", file=sys.stderr)
        return 1
    text = f"{bars} bars of {sources - left_out} loops; {left_out} of {sources} loops "
    print(f"{options.output}: {text}were left out, {JOURNAL} says why")
    return 0


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="FSL10K, or any folder of loops")
    parser.add_argument("output", type=Path, help="folder of the bars")
    parser.add_argument("--sample-rate", type=int, default=16000, help="Hz")
    text = f"ratio of tempos from which on a loop is left out (default: {FARTHEST})"
    parser.add_argument("--farthest", type=float, default=FARTHEST, help=text)
    text = "also loops of FSLD that nobody annotated: no role, no genre"
    parser.add_argument("--all", action="store_true", dest="every", help=text)
    text = "parts of the authors, or files, that go to valid and test"
    parser.add_argument(
        "--held-out", type=float, nargs=2, default=[0.1, 0.1], help=text
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    return parser


def cut_folder(
    folder,
    output,
    *,
    sample_rate=16000,
    farthest=FARTHEST,
    every=False,
    held_out=(0.1, 0.1),
    jobs=1,
):
    """Cut a folder. See the command.

    Returns:
      How many bars there are, how many loops there were, how many were left out.

    Raises:
      FormatError: a ValueError, if there is no loop, or no bar of any.
      ValueError: if an argument is out of range.
    """
    folder, output = Path(folder), Path(output)
    integer(sample_rate, name="sample_rate", least=4000)
    if not 1.0 <= farthest < 2.0:
        raise ValueError(f"farthest must be from 1 to 2, got {farthest}")
    if min(held_out) < 0.0 or sum(held_out) >= 1.0:
        raise ValueError(f"held_out must leave some, got {list(held_out)}")
    if output.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"the bars cannot be put into the folder itself, '{folder}'")
    sources = _sources(folder, every, held_out)
    settings = {
        "folder": folder.name, "sample_rate": sample_rate, "farthest": farthest,
        "every": every, "held_out": list(held_out),
    }  # fmt: skip
    claim(output, settings)
    done = _read_journal(output / JOURNAL)
    left = [source for source in sources if source.path not in done]
    tasks = [(folder, source, output, sample_rate, farthest) for source in left]
    with open(output / JOURNAL, "a", encoding="utf-8") as journal:
        for entry in _all(tasks, jobs, len(sources)):
            journal.write(json.dumps(entry) + "\n")
            journal.flush()
            done[entry["source"]] = entry
    rows = [row for source in sources for row in _rows(source, done[source.path])]
    empty = [done[s.path]["why_not"] for s in sources if done[s.path]["why_not"]]
    if not rows:
        raise FormatError(
            f"no bar in '{folder}': {len(sources)} loops found with the pattern "
            f"{_pattern(folder)}, all left out; the first: {empty[0]}"
        )
    _write_table(output / "loops.csv", rows)
    sweep(output)
    return len(rows), len(sources), len(empty)


def _sources(folder, every, held_out):
    """The loops of the folder, in order."""
    if (folder / "metadata.json").is_file():
        loops = fsld.open_loops(folder, annotated=not every)
        sides = fsld.split_of(loops, held_out=held_out)
        return [_annotated(loops, k, str(side)) for k, side in enumerate(sides)]
    names = [path.relative_to(folder).as_posix() for path in sound_files(folder)]
    sides = fsld.split_by(names, held_out=held_out)
    pairs = zip(names, sides, strict=True)
    return [Source(name, _told(name), str(side), ()) for name, side in pairs]


def _pattern(folder):
    known = (folder / "metadata.json").is_file()
    return "audio/wav/*" if known else f"**/*{{{','.join(fsld.ENDINGS)}}}"


def _annotated(loops, k, side):
    """A loop of FSLD with what was written about it."""
    words = [
        JOINT.join(np.array(names)[chosen[k]])
        for names, chosen in ((fsld.ROLES, loops.roles), (fsld.GENRES, loops.genres))
    ]
    bpm = None if np.isnan(loops.bpm[k]) else float(loops.bpm[k])
    about = (*words, str(loops.usernames[k]), str(loops.licenses[k]))
    return Source(str(loops.paths[k]), bpm, side, about)


def _told(name):
    """The tempo that a file's name says, or None.

    >>> _told("drums/funk_112bpm.wav"), _told("take 3.wav")
    (112.0, None)
    """
    found = TEMPO_IN_NAME.search(Path(name).name)
    return float(found[1]) if found else None


def _read_journal(path):
    """Source to what became of it; the last line may be torn, and is taken away."""
    if not path.exists():
        return {}
    *whole, rest = path.read_text(encoding="utf-8").split("\n")
    if rest:
        with whole_file(path) as file:
            file.write("".join(line + "\n" for line in whole).encode())
    entries = [json.loads(line) for line in whole]
    return {entry["source"]: entry for entry in entries}


def _all(tasks, jobs, n_sources):
    """What became of each loop, in order, with a bar that shows how far they are."""
    options = {"total": n_sources, "initial": n_sources - len(tasks), "unit": "loop"}
    with tqdm.tqdm(**options, disable=None) as bar:
        for entry in _cut_each(tasks, jobs):
            bar.update()
            yield entry


def _cut_each(tasks, jobs):
    if jobs == 1:
        yield from map(_cut, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, context) as pool:
        yield from pool.map(_cut, tasks, chunksize=4)


def _cut(task):
    """Cut one loop and write its bars; what is noted of it."""
    folder, source, output, rate, farthest = task
    entry = {"source": source.path, "bars": [], "bpm": source.bpm, "why_not": ""}
    try:
        x, own_rate = read_audio(folder / source.path, dtype="float32")
        x = x if x.ndim == 1 else x.mean(axis=0)
        found = one_bar_loops(x, own_rate, bpm=source.bpm, farthest=farthest)
    except ValueError as error:  # damaged, empty, infinite
        return entry | {"why_not": str(error)}
    stem = _stem(source.path)
    for k, bar in enumerate(found.x):
        path = output / source.split / f"{stem}-{k:02d}.wav"
        path.parent.mkdir(exist_ok=True)
        y = resample(bar, round(bar.size * rate / own_rate))
        write_audio(path, y / max(abs(y).max(), 1.0), rate, subtype="PCM_16")
        name = path.relative_to(output).as_posix()
        entry["bars"].append([name, round(float(found.starts[k]), 4)])
    return entry | {"bpm": round(found.bpm, 3), "why_not": found.why_not}


def _stem(path):
    """A name for the bars of a loop that no other loop's have."""
    stem = re.sub(r"[^A-Za-z0-9._-]", "_", Path(path).stem)
    return f"{stem}-{zlib.crc32(path.encode()):08x}"


def _rows(source, entry):
    """The lines of the table that a loop gives."""
    for k, (name, start) in enumerate(entry["bars"]):
        numbers = (k, start, entry["bpm"])
        yield [name, source.split, source.path, *numbers, *source.about]


def _write_table(path, rows):
    text = io.StringIO()
    header = (*BAR, *ABOUT)[: len(rows[0])]
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    with whole_file(path) as file:
        file.write(text.getvalue().encode())


if __name__ == "__main__":
    sys.exit(main())
