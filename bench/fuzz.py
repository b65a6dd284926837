"""Parsers of SoundFonts, MIDI files and DX7 SysEx under damaged files.

`python -m bench fuzz 100000` tries so many damaged files on each (5000 otherwise), then
a tenth as many that are chosen by the lines of the parser they reach. Every file must
either be read or be refused with a FormatError, in a second and 256 MiB at most, for
files of up to 1 MiB. What is read must come back the same when it is written (of
SoundFonts) and be playable (of MIDI files: notes are made of it).

The k-th file is always the same: `python -m bench.fuzz MIDI 1234 > bad.mid` prints it.
"""

import resource
import sys
import time
import traceback
import warnings
from typing import NamedTuple

from bench import _fuzz_seeds
from bench._coverage import guided
from bench._mutations import mutation
from dsplab.formats.dx7 import read_sysex
from dsplab.formats.errors import FormatError
from dsplab.formats.midi import read_midi
from dsplab.formats.midi_notes import channel_notes
from dsplab.formats.soundfont import encode_soundfont, read_soundfont, waveform

MOST_SECONDS, MOST_MEBIBYTES = 1.0, 256
WRITTEN_BACK = 2**16  # bytes of samples up to which a SoundFont is written again


class Report(NamedTuple):
    """What became of the files."""

    read: int
    refused: int
    faults: list  # (number of the file, what was raised)
    slowest: tuple  # (CPU seconds, number of the file)
    mebibytes: float  # by which the process grew at most


def use_soundfont(data):
    """Read a SoundFont; what was read must be whole."""
    yield (bank := read_soundfont(data))
    for sample in bank.samples[:3]:
        try:
            waveform(sample)
        except FormatError:
            pass
    n_bytes = sum(sample.pcm.nbytes for sample in bank.samples)
    if n_bytes < WRITTEN_BACK and len(data) % 4 == 0:  # takes longer than reading
        again = encode_soundfont(bank)
        assert encode_soundfont(read_soundfont(again)) == again


def use_midi(data):
    """Read a MIDI file; notes can be made of what was read."""
    yield (midi := read_midi(data))
    channel_notes(midi, pedal=True)


def use_sysex(data):
    """Read DX7 voices."""
    yield read_sysex(data)


PARSERS = {
    "SoundFont": (_fuzz_seeds.soundfonts, use_soundfont),
    "MIDI": (_fuzz_seeds.midi_files, use_midi),
    "SysEx": (_fuzz_seeds.sysex_files, use_sysex),
}


def files(name):
    """A function that returns the damaged file of a number."""
    seeds, words = PARSERS[name][0](), _fuzz_seeds.WORDS[name]
    return lambda number: mutation(seeds, words, number, most=_fuzz_seeds.MOST)


def attempt(use, data):
    """Try one file: whether it was read, seconds on the clock, the fault if any."""
    begin = time.perf_counter()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            steps = use(data)
            next(steps)
            seconds = time.perf_counter() - begin
            list(steps)
        return True, seconds, None
    except FormatError:
        return False, time.perf_counter() - begin, None
    except Exception:
        return False, 0.0, traceback.format_exc()


def fuzz(name, count, *, start=0):
    """Try `count` damaged files on a parser; return a `Report`."""
    make, use = files(name), PARSERS[name][1]
    read, faults, slowest, before = 0, [], (0.0, start), _peak()
    for number in range(start, start + count):
        data = make(number)
        good, seconds, fault = attempt(use, data)
        read += good
        if seconds > slowest[0]:
            seconds = _cpu_seconds(use, data)
        slowest = max(slowest, (seconds, number))
        if fault is not None:
            faults.append((number, fault))
    refused = count - read - len(faults)
    return Report(read, refused, faults, slowest, _peak() - before)


def _cpu_seconds(use, data):
    """CPU seconds of reading a file; asking for them takes longer than a small file."""
    begin = time.process_time()
    attempt(lambda data: iter([next(use(data))]), data)
    return time.process_time() - begin


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(count=5000):
    """Print one line for each parser, and what went wrong; fail if anything did."""
    print("| parser | files | read | refused | faults | slowest / s | growth / MiB |")
    print("|---|---|---|---|---|---|---|")
    failed = []
    for name in PARSERS:
        for kind, report in (
            ("damaged", fuzz(name, count)),
            ("guided", _guided(name, count // 10)),
        ):
            n_files = report.read + report.refused + len(report.faults)
            row = f"| {name}, {kind} | {n_files} | {report.read} | {report.refused} "
            row += f"| {len(report.faults)} | {report.slowest[0]:.3f} "
            row += f"(file {report.slowest[1]}) | {report.mebibytes:.0f} |"
            print(row, flush=True)
            slow = kind == "damaged" and report.slowest[0] > MOST_SECONDS
            if report.faults or slow or report.mebibytes > MOST_MEBIBYTES:
                failed.append(f"{name}, {kind}")
            for number, fault in report.faults[:3]:
                print(f"\nfile {number} of {name}:\n{fault}")
    if failed:
        sys.exit(f"beyond the bar: {'; '.join(failed)}")
    print("\nAll within the bar: a FormatError or a result, 1 s, 256 MiB.")


def _guided(name, count):
    """The same for files that are kept when they reach new lines of the parser."""
    (small, _), use = PARSERS[name][0](), PARSERS[name][1]
    before, faults, read, done = _peak(), [], 0, 0
    found = guided(small, _fuzz_seeds.WORDS[name], lambda d: attempt(use, d), count)
    for good, _, fault in found:
        read, done = read + good, done + 1
        if fault is not None:
            faults.append((done - 1, fault))
    refused = done - read - len(faults)
    return Report(read, refused, faults, (0.0, 0), _peak() - before)


if __name__ == "__main__":
    sys.stdout.buffer.write(files(sys.argv[1])(int(sys.argv[2])))
