"""Damaged files that are bred: those that reach new lines have descendants."""

import random
import sys
from pathlib import Path

from bench._mutations import mutation

PARSERS = str(Path(__file__).parents[1] / "dsplab" / "formats")
MOST = 2**14  # bytes; the lines of a long file take long to follow


def guided(seeds, words, attempt, count):
    """Try files, and keep those that go from a line to another as none did before.

    Args:
      seeds: good files to begin with.
      words: bytes that mean something in the format.
      attempt: what is done with a file; what it returns is yielded.
      count: how many files to try.
    """
    draw, seen = random.Random(0), set()
    kept = [data[:MOST] for data in seeds]
    for data in kept:
        seen |= followed(attempt, data)[1]
    for number in range(count):
        parents = [draw.choice(kept), draw.choice(kept[-20:])]
        data = mutation((parents, parents), words, number, most=MOST)
        result, steps = followed(attempt, data)
        if data and not steps <= seen:
            seen |= steps
            kept.append(data)
        yield result


def followed(attempt, data):
    """The result for a file, and the pairs of lines that followed one another."""
    steps = set()

    def enter(frame, event, argument):
        if not frame.f_code.co_filename.startswith(PARSERS):
            return None
        last, code = frame.f_lineno, id(frame.f_code)

        def line(frame, event, argument):
            nonlocal last
            if event == "line":
                steps.add((code, last, frame.f_lineno))
                last = frame.f_lineno
            return line

        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        return attempt(data), steps
    finally:
        sys.settrace(before)
