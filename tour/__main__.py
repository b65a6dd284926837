"""python -m tour [--input voice.wav] [--output tour/index.html]: make the page."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path

from tour import media, page, recording, sounds
from tour.records import run

DEFAULT = Path(__file__).parent / "index.html"


def main(arguments=None):
    """Make the page; 0 if every system worked, 1 if one failed, 2 on bad input."""
    options = _parser().parse_args(arguments)
    start = time.perf_counter()
    try:
        material = recording.load(options.input) if options.input else sounds.rendered()
        place = media_folder(options.output)
        place.mkdir(parents=True, exist_ok=True)
    except recording.Unusable as error:
        return _complain(error)
    except OSError as error:
        return _complain(f"cannot write '{options.output}': {error.strerror}")
    print(material.about, flush=True)
    from tour.chapters import (
        CHAPTERS,
    )  # imports JAX: after the input was seen to be good

    parts = [(chapter, _entries(chapter, material, place)) for chapter in CHAPTERS]
    text = page.build(
        parts,
        about=material.about,
        seconds=time.perf_counter() - start,
        folder=place.parent,
    )
    write(options.output, text)
    failed = [
        e.outcome.system.name for _, group in parts for e in group if e.outcome.error
    ]
    print(f"{time.perf_counter() - start:.0f} seconds", end="")
    print(f"; FAILED: {', '.join(failed)}" if failed else ", every system worked")
    print(os.path.relpath(options.output), flush=True)
    return 1 if failed else 0


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tour", description=__doc__)
    parser.add_argument(
        "--input",
        metavar="SOUND",
        help="your own recording: WAV, FLAC, Ogg, MP3, ...; any rate, mono or stereo",
    )
    parser.add_argument(
        "--output",
        metavar="PAGE",
        type=Path,
        default=DEFAULT,
        help="where the page goes; its sounds and pictures into a folder beside it",
    )
    return parser


def _complain(message):
    print(f"tour: {message}", file=sys.stderr)
    return 2


def media_folder(output):
    """Where the files of a page go: each page has its own folder beside it."""
    page_path = output.resolve()
    name = (
        "media" if page_path.stem == "index" else f"{media.slug(page_path.stem)}-media"
    )
    return page_path.parent / name


def _entries(chapter, material, place):
    """Run the systems of a chapter, a line of progress for each."""
    entries = []
    for number, system in enumerate(chapter.systems, start=1):
        address = f"{chapter.number}.{number}"
        print(f"{address:>5}  {system.name:<44}", end="", flush=True)
        start = time.perf_counter()
        entries.append(_entry(run(system, material), place))
        print(f"{time.perf_counter() - start:6.1f} s", end="")
        print("  FAILED" if entries[-1].outcome.error else "", flush=True)
        if entries[-1].outcome.error:
            print(entries[-1].outcome.error, file=sys.stderr, flush=True)
    return entries


def _entry(outcome, place):
    """Write the files of an outcome; a picture that cannot be drawn has failed."""
    if outcome.error:
        return page.Entry(outcome, [], None)
    result, name = outcome.result, media.slug(outcome.system.name)
    try:
        options = {"same_loudness": result.same_loudness}
        clips = media.write_players(result.players, place, **options)
        drawing = media.write_picture(result.picture, place, name)
    except Exception as problem:
        return page.Entry(outcome.failed(problem), [], None)
    return page.Entry(outcome, clips, drawing)


def write(output, text):
    """Replace the page, then remove the files that only the page before it used."""
    old = output.read_text(errors="replace") if output.exists() else ""
    part = output.with_name(f".{output.name}.part")
    part.write_text(text)
    part.replace(output)
    folder = re.escape(media_folder(output).name)
    pattern = rf'(?:src|srcset)="({folder}/[a-z0-9.-]+)"'
    for name in set(re.findall(pattern, old)) - set(re.findall(pattern, text)):
        (output.parent / name).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
