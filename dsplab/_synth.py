"""What the command `dsplab synth` does: an engine plays notes into a file.

An engine is any module of `dsplab.synths` with `play`; nothing is listed twice.
"""

import importlib
import inspect
import pkgutil
import sys

from dsplab._commands import UsageError, check_folder, check_format


def synth(arguments):
    """Play notes, or a drum loop, into a file; or list what can play."""
    engines = _engines()
    if arguments.list:
        return _print(engines)
    if arguments.engine is None or arguments.output is None:
        raise UsageError("synth needs an engine and an output; see dsplab synth --help")
    module = engines[_known(arguments.engine, engines, "engine")]
    if arguments.preset is not None:
        _known(arguments.preset, module.PRESETS, f"{arguments.engine} preset")
    check_folder(arguments.output)
    y = _sound(module, arguments)
    check_format(arguments, y[..., :2000], arguments.sample_rate)
    _write(arguments, y)


def _engines():
    """Modules that play notes, by name."""
    import dsplab.synths

    names = [info.name for info in pkgutil.iter_modules(dsplab.synths.__path__)]
    modules = {name: importlib.import_module(f"dsplab.synths.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "play")}


def _print(engines):
    for name, module in engines.items():
        title = module.__doc__.splitlines()[0]
        print(f"{name:<18}{title}\n{'':<18}presets: {', '.join(module.PRESETS)}")


def _known(name, choices, kind):
    if name not in choices:
        raise UsageError(f"there is no {kind} '{name}'; choose {', '.join(choices)}")
    return name


def _sound(module, arguments):
    """Samples of the piece, by whatever the engine takes of the command line."""
    if arguments.style is not None:
        return _loop(module, arguments)
    takes = inspect.signature(module.play).parameters
    options = {}
    if "seed" in takes:
        options["seed"] = arguments.seed
    if arguments.preset is not None:
        options["patch"] = arguments.preset
    options |= _recording(takes, arguments)
    return module.play(_notes(arguments), arguments.sample_rate, **options)


def _recording(takes, arguments):
    """What the engine is to play the notes with, where it needs a recording."""
    if "recording" not in takes:
        if arguments.recording is not None:
            raise UsageError(f"{arguments.engine} plays no recording")
        return {}
    if arguments.recording is None:
        raise UsageError(f"{arguments.engine} plays a recording: say --recording FILE")
    from dsplab.formats.audio_files import read_audio

    x, rate = read_audio(arguments.recording)
    return {"recording": x, "recording_rate": rate}


def _loop(module, arguments):
    """A drum loop."""
    import numpy as np

    if not hasattr(module, "drum_loop"):
        raise UsageError(f"{arguments.engine} plays notes, not styles: say --notes")
    _known(arguments.style, module.STYLES, "style")
    kit = {} if arguments.preset is None else {"kit": arguments.preset}
    return module.drum_loop(
        arguments.style,
        sample_rate=arguments.sample_rate,
        bars=arguments.bars,
        tempo=arguments.tempo,
        rng=np.random.default_rng(arguments.seed),
        **kit,
    )


def _notes(arguments):
    """Notes from the command line or from a file of text."""
    from dsplab.formats.errors import FormatError
    from dsplab.sources.notes import parse_score

    if arguments.notes is not None:
        return parse_score(arguments.notes, tempo=arguments.tempo)
    if arguments.score is None:
        raise UsageError("say what to play: --notes or --score")
    with open(arguments.score, encoding="utf-8", errors="replace") as file:
        text = file.read()
    try:
        return parse_score(text, tempo=arguments.tempo)
    except ValueError as error:
        raise FormatError(f"cannot read '{arguments.score}': {error}") from None


def _write(arguments, y):
    from dsplab.formats.audio_files import write_audio

    peak = float(abs(y).max())
    if peak > 1.0:
        print(f"dsplab: warning: turned down from peak {peak:.2f}", file=sys.stderr)
        y = y / peak
    write_audio(arguments.output, y, arguments.sample_rate, subtype=arguments.subtype)
