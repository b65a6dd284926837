"""What the command `dsplab dx7` does: a voice of a bank plays a note into a file."""

import sys

from dsplab._commands import UsageError, check_folder, check_format


def dx7(arguments):
    """Play a note on a voice of a bank, or list the voices."""
    bank, output = _files(arguments)
    from dsplab import banks
    from dsplab.formats.dx7 import read_sysex

    patches = read_sysex(banks.dx7() if bank is None else bank)
    if arguments.list:
        return _print(patches)
    patch = _voice(patches, arguments.voice)
    pitch, velocity = _pitch(arguments.note), arguments.velocity
    if not 1 <= velocity <= 127:
        raise UsageError(f"--velocity must be in 1..127, got {velocity:g}")
    check_folder(output)
    arguments.output = output
    _play(patch, pitch, arguments)


def _files(arguments):
    """The bank, None for our own, and the output, None where voices are listed."""
    files = list(arguments.files)
    for name in files:
        if name.startswith("-"):
            raise UsageError(f"dx7 knows no option {name}; see dsplab dx7 --help")
    most = 1 if arguments.list else 2
    if len(files) > most:
        raise UsageError(f"dx7 takes a bank and an output, got {' '.join(files)}")
    if arguments.list:
        return (files or [None])[0], None
    if not files or (len(files) == 1 and files[0].lower().endswith(".syx")):
        raise UsageError("dx7 needs an output, such as out.wav, or --list")
    return (None, *files) if len(files) == 1 else files


def _print(patches):
    for number, patch in enumerate(patches, start=1):
        feedback = f", feedback {patch.feedback}" if patch.feedback else ""
        print(f"{number:>3}  {patch.name:<12}algorithm {patch.algorithm}{feedback}")


def _voice(patches, asked):
    """The voice of a number, or of a name or what it begins with."""
    if asked.isdigit():
        if not 1 <= int(asked) <= len(patches):
            raise UsageError(f"--voice must be in 1..{len(patches)}, got {asked}")
        return patches[int(asked) - 1]
    names, wanted = [patch.name.lower() for patch in patches], asked.lower()
    found = [k for k, name in enumerate(names) if name == wanted]
    found = found or [k for k, name in enumerate(names) if name.startswith(wanted)]
    if not found:
        raise UsageError(f"there is no voice '{asked}'; see --list")
    return patches[found[0]]


def _pitch(text):
    """MIDI number of 60 or C4."""
    from dsplab.sources.notes import name_to_midi

    try:
        pitch = float(text) if text[:1].isdigit() else float(name_to_midi(text))
    except ValueError:
        raise UsageError(f"--note must be a number or a name, got '{text}'") from None
    if not 0.0 <= pitch <= 127.0:
        raise UsageError(f"--note must be in 0..127, got {text}")
    return pitch


def _play(patch, pitch, arguments):
    import numpy as np

    from dsplab.formats.audio_files import write_audio
    from dsplab.synths.dx7 import play

    rate = arguments.sample_rate
    check_format(arguments, np.zeros(2000), rate)
    notes = [(0.0, arguments.duration, pitch, arguments.velocity)]
    y = play(notes, rate, patch=patch)
    sounding = np.flatnonzero(y)
    y = y[: sounding[-1] + 1] if sounding.size else y[:1]
    peak = float(abs(y).max())
    if peak > 1.0:
        print(f"dsplab: warning: turned down from peak {peak:.2f}", file=sys.stderr)
        y = y / peak
    write_audio(arguments.output, y, rate, subtype=arguments.subtype)
