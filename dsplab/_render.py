"""What the command `dsplab render` does: a MIDI file becomes sound."""

import os
import sys
import time

from dsplab._commands import (
    LONG_SECONDS,
    UsageError,
    _clock,
    check_folder,
    check_format,
)

EVERY = 0.5  # seconds between two progress lines on a terminal


def render(arguments):
    """Render a MIDI file into a sound file, or play it."""
    import numpy as np

    from dsplab.formats.errors import FormatError
    from dsplab.formats.midi import read_midi
    from dsplab.rendering import midi_to_audio, play_midi

    source, target = arguments.input, arguments.output
    if target is not None and os.path.realpath(source) == os.path.realpath(target):
        raise UsageError(f"'{target}' is the input; choose another name for the output")
    options = _options(arguments)
    midi = read_midi(source, sequence=arguments.sequence)
    if not any(event.kind == "note_on" for event in midi.events):
        raise FormatError(f"cannot render '{source}': it holds no notes")
    if target is None:
        return play_midi(midi, **options)
    check_folder(target)
    trial = np.zeros((2, 2000), np.float32)
    check_format(arguments, trial, arguments.sample_rate)
    options |= {"subtype": arguments.subtype}
    with _Line(midi.duration, arguments) as line:
        midi_to_audio(midi, target, progress=line.show, **options)


def _options(arguments):
    """Options of `render_midi`."""
    return {
        "sound_font": arguments.sound_font,
        "sample_rate": arguments.sample_rate,
        "engine": arguments.engine,
        "engines": _numbered(arguments.channel, 256, "--channel"),
        "programs": _numbered(arguments.program, 128, "--program"),
        "gain": arguments.gain,
        "reverb": not arguments.no_reverb,
        "chorus": not arguments.no_chorus,
        "duration": arguments.duration,
    }


def _numbered(pairs, most, option):
    """Dictionary from numbers, which musicians count from 1, to engines."""
    chosen = {}
    for pair in pairs:
        number, equals, engine = pair.partition("=")
        if not equals or not number.isdigit() or not 1 <= int(number) <= most:
            raise UsageError(f"{option} must be NUMBER=ENGINE, 1 to {most}: '{pair}'")
        chosen[int(number) - 1] = engine
    return chosen


class _Line:
    """A line on the terminal that says how much of the music is done."""

    def __init__(self, seconds, arguments):
        self.seconds = min(seconds, arguments.duration or seconds)
        self.active = self.seconds > LONG_SECONDS and not arguments.quiet
        self.begin = self.shown = time.monotonic()

    def __enter__(self):
        if self.active:
            self._print("...")
        return self

    def show(self, done):
        """Take note of the seconds that are done."""
        now = time.monotonic()
        if self.active and sys.stderr.isatty() and now - self.shown > EVERY:
            self.shown = now
            self._print(f"... {_clock(min(done, self.seconds))}")

    def _print(self, ending, end=""):
        start = "\r" if sys.stderr.isatty() or ending == "..." else "\n"
        text = f"{start}rendering {_clock(self.seconds)} of music {ending}"
        print(text, end=end, file=sys.stderr, flush=True)

    def __exit__(self, *error):
        if self.active:
            ending = "failed" if error[0] else "done"
            seconds = time.monotonic() - self.begin
            self._print(f"... {ending} after {seconds:.1f} s", end="\n")
