"""What the command `dsplab` does to files: stretch, shift, describe.

What takes long to import is imported where it is needed: `dsplab --help` is quick.
"""

import importlib
import math
import os
import sys
import threading
import time

LONG_SECONDS = 15.0  # sounds longer than this get a progress line
PITCH_SECONDS = 60.0  # `info` looks for the pitch in this much of the sound


class UsageError(Exception):
    """The arguments do not fit each other."""


def version():
    """Print the version."""
    import importlib.metadata

    print(f"dsplab {importlib.metadata.version('dsplab')}")


def stretch(arguments):
    """Change the duration of a file."""
    x, sample_rate = _read_for(arguments)
    rate = arguments.rate
    if rate is None:
        rate = _read_anchors(arguments.anchors, sample_rate, x.shape[-1])
    method = arguments.method or "time_stretch"
    stretched = getattr(importlib.import_module(f"dsplab.stretch.{method}"), method)
    with _Progress("stretching", x, sample_rate, arguments.quiet):
        y = stretched(x, rate, sample_rate=sample_rate)
    _write(arguments, y, sample_rate)


def shift(arguments):
    """Change the pitch of a file."""
    x, sample_rate = _read_for(arguments)
    from dsplab.stretch.pitch_shift import pitch_shift

    options = {"sample_rate": sample_rate, "formants": arguments.formants}
    options["method"] = arguments.method
    with _Progress("shifting", x, sample_rate, arguments.quiet):
        y = pitch_shift(x, arguments.semitones, **options)
    _write(arguments, y, sample_rate)


def _read_for(arguments):
    """The input, once it is clear that the result can be written."""
    import numpy as np

    from dsplab.formats.audio_files import read_audio

    source, target = arguments.input, arguments.output
    if os.path.realpath(source) == os.path.realpath(target):
        raise UsageError(f"'{target}' is the input; choose another name for the output")
    check_folder(target)
    x, sample_rate = read_audio(source, dtype="float32")
    trial = np.zeros((*x.shape[:-1], 2000), x.dtype)
    check_format(arguments, trial, sample_rate)
    return x, sample_rate


def check_folder(target):
    """Raise unless there is a folder to write the file into."""
    from dsplab.formats.errors import FormatError

    folder = os.path.dirname(os.path.realpath(target))
    if not os.path.isdir(folder):
        raise FormatError(f"cannot write '{target}': there is no folder '{folder}'")


def check_format(arguments, trial, sample_rate):
    """Raise unless such a sound can be written as the output is to be."""
    from dsplab.formats.audio_files import encode_audio
    from dsplab.formats.errors import FormatError

    target = arguments.output
    extension = os.path.splitext(target)[1]
    try:
        encode_audio(trial, sample_rate, extension=extension, subtype=arguments.subtype)
    except ValueError as error:
        raise FormatError(f"cannot write '{target}': {error}") from None


def _write(arguments, y, sample_rate):
    from dsplab.formats.audio_files import write_audio

    write_audio(arguments.output, y, sample_rate, subtype=arguments.subtype)


def _read_anchors(path, sample_rate, n_samples):
    """Time map in samples, (n_anchors, 2), from lines 'input, output' in seconds."""
    import numpy as np

    from dsplab.formats.errors import FormatError

    rows = []
    with open(path, encoding="utf-8", errors="replace") as file:
        for number, line in enumerate(file, start=1):
            fields = line.split("#")[0].replace(";", ",").split(",")
            if not any(field.strip() for field in fields):
                continue
            try:
                where, when = (float(field) for field in fields)
            except ValueError:
                if not rows and number == 1:  # the names of the columns
                    continue
                text = f"line {number} must be 'input seconds, output seconds'"
                raise FormatError(f"cannot read '{path}': {text}") from None
            rows.append((where, when))
    if len(rows) < 2:
        raise FormatError(f"cannot read '{path}': it must have two lines or more")
    anchors = np.round(np.array(rows) * sample_rate)
    # the end of a file is often written with too few digits
    just_beyond = (anchors[:, 0] > n_samples) & (
        anchors[:, 0] < n_samples + 0.01 * sample_rate
    )
    anchors[just_beyond, 0] = n_samples
    return anchors


def describe(path):
    """Print what is in a file."""
    import numpy as np

    from dsplab.formats.audio_files import audio_format, read_audio

    x, sample_rate = read_audio(path, dtype="float32")
    channels = 1 if x.ndim == 1 else len(x)
    peak, rms = float(abs(x).max()), float(np.sqrt(np.mean(x.astype(np.float64) ** 2)))
    n_samples = x.shape[-1]
    named = {1: "mono", 2: "stereo"}.get(channels, "")
    lines = {
        "format": audio_format(path),
        "rate": f"{sample_rate} Hz",
        "channels": f"{channels} {named}".strip(),
        "duration": f"{_clock(n_samples / sample_rate, 3)} ({n_samples} samples)",
        "peak": f"{peak:.4f} ({_db(peak)})",
        "rms": f"{rms:.4f} ({_db(rms)})",
        "pitch": _pitch(x, sample_rate),
    }
    print(path)
    print("\n".join(f"  {name:<9} {value}" for name, value in lines.items()))


def middle_pitch(x, sample_rate):
    """The middle pitch of the start of a sound in Hz, and how much of it has one.

    None instead of a pitch if too little has; None for both if it is too short.
    """
    import numpy as np

    from dsplab.analysis.pitch import autocorrelation_pitch

    x = x if x.ndim == 1 else x.mean(axis=0)
    x = x[: int(PITCH_SECONDS * sample_rate)]
    if sample_rate < 4000 or x.size < 0.1 * sample_rate:
        return None, None
    f0 = autocorrelation_pitch(x, sample_rate=sample_rate).f0
    voiced = np.isfinite(f0)
    return np.median(f0[voiced]) if voiced.mean() >= 0.2 else None, voiced.mean()


def _pitch(x, sample_rate):
    """The middle pitch, with the name of the note, if there is one for long enough."""
    from dsplab.convert import hz_to_midi
    from dsplab.sources.notes import midi_to_name

    f0, voiced = middle_pitch(x, sample_rate)
    if voiced is None:
        return "not looked for (too short or too low a rate)"
    if f0 is None:
        return "none found"
    midi = float(hz_to_midi(f0))
    note = round(midi)
    name = f"{midi_to_name(note)} {100 * (midi - note):+.0f} cents"
    return f"{f0:.1f} Hz ({name}), in {100 * voiced:.0f} % of the sound"


def _db(amplitude):
    return f"{20 * math.log10(amplitude):.1f} dB" if amplitude else "silence"


def _clock(seconds, digits=0):
    """Seconds as 1:02.5.

    >>> _clock(62.5, 1)
    '1:02.5'
    """
    units = round(seconds * 10**digits)
    minutes, units = divmod(units, 60 * 10**digits)
    width = digits + 3 if digits else 2
    return f"{minutes}:{units / 10**digits:0{width}.{digits}f}"


class _Progress:
    """A line on a terminal that counts the seconds while a long sound is worked on."""

    def __init__(self, doing, x, sample_rate, quiet):
        seconds = x.shape[-1] / sample_rate
        self.text = f"{doing} {_clock(seconds)} of sound"
        self.active = seconds > LONG_SECONDS and not quiet
        self.done = threading.Event()

    def __enter__(self):
        if self.active:
            self.begin = time.monotonic()
            print(f"{self.text} ...", end="", file=sys.stderr, flush=True)
            self.thread = threading.Thread(target=self._count, daemon=True)
            self.thread.start()

    def _count(self):
        while sys.stderr.isatty() and not self.done.wait(1.0):
            self._show(f"{time.monotonic() - self.begin:.0f} s")

    def _show(self, ending):
        start = "\r" if sys.stderr.isatty() else "\n"
        print(f"{start}{self.text} ... {ending}", end="", file=sys.stderr, flush=True)

    def __exit__(self, *error):
        if self.active:
            self.done.set()
            self.thread.join()
            ending = "failed" if error[0] else "done"
            self._show(f"{ending} after {time.monotonic() - self.begin:.1f} s\n")
