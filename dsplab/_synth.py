"""What the command `dsplab synth` does: an engine plays notes into a file.

An engine is any module of `dsplab.synths` with PRESETS, and "drums"; nothing is listed
twice.
"""

import importlib
import inspect
import pkgutil
import sys

from dsplab._commands import UsageError, check_folder, check_format, middle_pitch

TEMPO = 120.0  # beats a minute of a score


def synth(arguments):
    """Play notes, or a drum loop, into a file; or list what can play."""
    if arguments.list:
        return _print()
    if arguments.engine is None or arguments.output is None:
        raise UsageError("synth needs an engine and an output; see dsplab synth --help")
    known = engines()
    _one_of(arguments.engine, [*known, "drums"], "engine")
    check_folder(arguments.output)
    if arguments.engine == "drums":
        y = _drums(arguments)
    else:
        y = _piece(known[arguments.engine], arguments)
    check_format(arguments, y[..., :2000], arguments.sample_rate)
    _write(arguments, y)


def engines():
    """Modules that play notes with presets, by name."""
    import dsplab.synths

    names = [info.name for info in pkgutil.iter_modules(dsplab.synths.__path__)]
    modules = {name: importlib.import_module(f"dsplab.synths.{name}") for name in names}
    return {name: part for name, part in modules.items() if hasattr(part, "PRESETS")}


def _print():
    from dsplab.synths import drum_kits, drum_loops

    for name, module in engines().items():
        print(f"{name:<18}{module.__doc__.splitlines()[0]}")
        print(f"{'':<18}presets: {'; '.join(module.PRESETS)}")
    print(f"{'drums':<18}Drum machine: a score of General MIDI keys, or whole loops.")
    print(f"{'':<18}presets: {'; '.join(drum_kits.KITS)}")
    print(f"{'':<18}styles: {'; '.join(drum_loops.STYLES)}")


def _one_of(name, choices, kind):
    if name not in choices:
        raise UsageError(f"there is no {kind} '{name}'; choose {'; '.join(choices)}")


def _piece(module, arguments):
    """Samples of the notes, by whatever the engine takes of the command line."""
    if arguments.style is not None:
        raise UsageError(f"{arguments.engine} plays notes, not styles: say --notes")
    takes = inspect.signature(module.play).parameters
    patch = arguments.preset or takes["patch"].default
    _one_of(patch, module.PRESETS, f"{arguments.engine} preset")
    if arguments.recording is not None:
        patch = _with_recording(module, patch, arguments)
    options = {"patch": patch}
    if "rng" in takes:
        options["rng"] = arguments.seed
    return module.play(_notes(arguments), arguments.sample_rate, **options)


def _with_recording(module, patch, arguments):
    """The patch, playing the user's recording at the pitch it is found to have."""
    if not hasattr(module, "with_recording"):
        raise UsageError(f"{arguments.engine} plays no recording")
    from dsplab.convert import hz_to_midi
    from dsplab.formats.audio_files import read_audio

    x, rate = read_audio(arguments.recording)
    f0, _ = middle_pitch(x, rate)
    root = 60.0 if f0 is None else float(hz_to_midi(f0))
    return module.with_recording(patch, x, rate, root=root)


def _drums(arguments):
    """A drum loop in a style, or drums from a score."""
    import numpy as np

    from dsplab.synths import drum_kits, drum_loops

    options = {"rng": np.random.default_rng(arguments.seed)}
    if arguments.preset is not None:
        _one_of(arguments.preset, drum_kits.KITS, "drums preset")
        options["kit"] = arguments.preset
    if arguments.style is None:
        return drum_kits.play(_notes(arguments), arguments.sample_rate, **options)
    _one_of(arguments.style, drum_loops.STYLES, "style")
    options |= {"bars": arguments.bars, "tempo": arguments.tempo}
    rate = arguments.sample_rate
    return drum_loops.drum_loop(arguments.style, sample_rate=rate, **options)


def _notes(arguments):
    """Notes from the command line or from a file of text."""
    from dsplab.formats.errors import FormatError
    from dsplab.sources.notes import parse_score

    tempo = arguments.tempo or TEMPO
    if arguments.notes is not None:
        return parse_score(arguments.notes, tempo=tempo)
    if arguments.score is None:
        raise UsageError("say what to play: --notes or --score (drums: or --style)")
    with open(arguments.score, encoding="utf-8", errors="replace") as file:
        text = file.read()
    try:
        return parse_score(text, tempo=tempo)
    except ValueError as error:
        raise FormatError(f"cannot read '{arguments.score}': {error}") from None


def _write(arguments, y):
    from dsplab.formats.audio_files import write_audio

    peak = float(abs(y).max())
    if peak > 1.0:
        print(f"dsplab: warning: turned down from peak {peak:.2f}", file=sys.stderr)
        y = y / peak
    write_audio(arguments.output, y, arguments.sample_rate, subtype=arguments.subtype)
