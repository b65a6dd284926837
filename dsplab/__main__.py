"""The command `dsplab`: play notes; stretch, shift and describe sound files."""

import argparse
import sys
import warnings

from dsplab import (
    _commands,
    _dx7,
    _render,
    _sing,
    _soundfont_commands,
    _synth,
)
from dsplab._options import (
    FILES,
    FORMAT,
    add_analyse,
    add_describe,
    add_morph,
    number,
    positive,
)

DESCRIPTION = """\
Play notes or MIDI files, change the duration or the pitch of a sound file, or say
what is in it.

examples:
  dsplab stretch song.wav slow.wav --rate 0.8         a quarter longer, same pitch
  dsplab stretch voice.flac fast.mp3 --rate 1.5 --method wsola
  dsplab stretch beat.wav tight.wav --anchors map.csv moments moved one by one
  dsplab shift voice.wav higher.wav --semitones 3 --formants
  dsplab synth --list                                 engines and their presets
  dsplab synth fm piano.wav --notes "C4 E4 G4 C5/2"
  dsplab synth drums beat.wav --style house --bars 4
  dsplab dx7 bank.syx --voice 7 --note 60 out.wav     a DX7 voice; --list names them
  dsplab render song.mid song.wav                     a MIDI file becomes sound
  dsplab sing amen.txt amen.wav                       notes with words
  dsplab morph sax.wav voice.wav between.wav --share 0.5
  dsplab info *.wav
  dsplab analyse song.wav                             a page of plots: song.html
  dsplab sf2 info piano.sf2 --presets                 what is in a SoundFont"""
SCORE = """\
a score is notes in a row, one beat each:
  C4 E4 G4/2         letter, # or b, octave (A4 is 440 Hz); /2 for two beats
  C4+E4+G4/4 -/0.5   a chord; a rest
  A4! | A4           ! for an accent; a bar line means nothing; a line that begins with
                     a semicolon is a remark

Exit status: 0 done, 1 failed (nothing is written), 2 wrong usage."""
RENDER = """\
examples:
  dsplab render song.mid song.wav
  dsplab render song.mid song.mp3 --sound-font FluidR3_GM.sf2 --gain 0.4
  dsplab render song.mid song.flac --channel 1="fm:electric piano" --channel 10=drums
  dsplab render song.mid song.wav --engine additive:organ --no-reverb
  dsplab render song.mid                              play it

ENGINE is a name from 'dsplab synth --list', alone or with one of its presets:
fm:bell, wavetable, drums:909. Long music is written as it is made, in little memory.
Exit status: 0 done, 1 failed (nothing is written), 2 wrong usage."""
METHODS = {
    "ola": "overlap-add: for percussion and noise, rough on tones",
    "wsola": "waveform similarity overlap-add: for speech and single voices",
    "psola": "pitch-synchronous overlap-add: for one voice",
    "adaptive_vocoder": "two phase vocoders: for music of any kind (the default)",
    "phase_vocoder": "spectral, phases locked, attacks kept",
    "hptsm": "harmonic parts by vocoder, percussive ones by overlap-add",
}


def main(argv=None):
    """Run the command.

    Args:
      argv: arguments after the command's name; those of the process by default.

    Returns:
      The exit status: 0 done, 1 failed, 2 wrong usage.

    >>> main(["--help"])  # doctest: +ELLIPSIS
    usage: dsplab ...
    """
    parser = _parser()
    try:
        arguments, rest = parser.parse_known_args(argv)
        if rest and arguments.command != "dx7":
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        if arguments.command is None and not arguments.version:
            known = (
                "stretch, shift, morph, synth, dx7, render, sing, info, analyse,"
                " describe, sf2"
            )
            parser.error(f"one of {known} is required")
        if rest:  # its options may stand between the names of its files
            arguments.files += rest
    except SystemExit as end:  # argparse has said why
        return end.code
    if arguments.version:
        return _run(_commands.version)
    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _show_warning
        if arguments.command == "info":  # a bad file does not hide the others
            return max(_run(_commands.describe, path) for path in arguments.input)
        return _run(arguments.run, arguments)


def _run(command, *arguments):
    """The exit status of a command, whatever it raises said in one line."""
    try:
        command(*arguments)
        return 0
    except _commands.UsageError as error:
        return _fail(error, 2)
    except OSError as error:
        name = f"'{error.filename}': " if error.filename else ""
        return _fail(f"{name}{error.strerror or error}", 1)
    except (ValueError, MemoryError) as error:
        return _fail(str(error) or "not enough memory", 1)
    except KeyboardInterrupt:
        return _fail("interrupted", 130)


def _fail(message, status):
    print(f"dsplab: {message}", file=sys.stderr)
    return status


def _show_warning(message, category, filename, lineno, file=None, line=None):
    print(f"dsplab: warning: {message}", file=sys.stderr)


def _parser():
    parser = argparse.ArgumentParser(
        "dsplab", description=DESCRIPTION, epilog=FILES, **FORMAT
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_stretch(commands)
    _add_shift(commands)
    add_morph(commands)
    _add_synth(commands)
    _add_dx7(commands)
    _add_render(commands)
    _add_rate(_sing.add_command(commands, **FORMAT))
    _add_info(commands)
    add_analyse(commands)
    add_describe(commands)
    _add_sf2(commands)
    return parser


def _add_stretch(commands):
    listed = "\n".join(f"  {name:<18}{text}" for name, text in METHODS.items())
    parser = commands.add_parser(
        "stretch",
        help="change the duration, keep the pitch",
        description="Change the duration of a sound and keep its pitch.",
        epilog=f"methods:\n{listed}\n\n{FILES}",
        **FORMAT,
    )
    _add_files(parser)
    speed = parser.add_mutually_exclusive_group(required=True)
    speed.add_argument(
        "--rate", type=positive, help="speed; 0.5 lasts twice as long, 2 half as long"
    )
    speed.add_argument(
        "--anchors",
        metavar="FILE.csv",
        help="time map: each line an input time and the output time where it is to"
        " sound, in seconds; '0,0' first, straight lines between",
    )
    parser.add_argument(
        "--method", choices=METHODS, help="default: the library's own for music"
    )
    parser.set_defaults(run=_commands.stretch)


def _add_shift(commands):
    parser = commands.add_parser(
        "shift",
        help="change the pitch, keep the duration",
        description="Change the pitch of a sound and keep its duration.",
        epilog=FILES,
        **FORMAT,
    )
    _add_files(parser)
    parser.add_argument(
        "--semitones",
        type=number,
        required=True,
        help="up, or down if negative; 12 is an octave, fractions are fine",
    )
    parser.add_argument(
        "--formants",
        action="store_true",
        help="keep the formants where they are, so that a voice keeps its character",
    )
    parser.add_argument(
        "--method",
        choices=("psola", "envelope"),
        default="psola",
        help="how formants are kept: 'psola' for one voice (default), 'envelope' for"
        " chords and whole recordings",
    )
    parser.set_defaults(run=_commands.shift)


def _add_synth(commands):
    parser = commands.add_parser(
        "synth",
        help="play notes on a synthesizer",
        description="Play notes, or a drum loop, on one of the synthesizers.",
        epilog=SCORE,
        **FORMAT,
    )
    parser.add_argument("engine", nargs="?", metavar="ENGINE", help="see --list")
    parser.add_argument(
        "output", nargs="?", metavar="OUTPUT", help="sound file to write"
    )
    parser.add_argument(
        "--list", action="store_true", help="print the engines and their presets"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--notes", metavar="SCORE", help='such as "C4 E4 G4/2"')
    what.add_argument("--score", metavar="FILE.txt", help="a file with the score")
    what.add_argument("--style", help="drums: play a loop in this style")
    parser.add_argument("--bars", type=int, default=1, help="of the loop (default: 1)")
    parser.add_argument("--preset", help="see --list (default: the engine's own)")
    parser.add_argument(
        "--recording",
        metavar="FILE",
        help="what granular and sampler are to play, instead of their own",
    )
    parser.add_argument(
        "--tempo", type=positive, help="beats a minute (default: 120, or the style's)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="of whatever is random (default: 0)"
    )
    _add_rate(parser)
    parser.set_defaults(run=_synth.synth)


def _add_dx7(commands):
    parser = commands.add_parser(
        "dx7",
        help="play a voice of a Yamaha DX7 bank",
        usage="dsplab dx7 [options] [BANK.syx] OUTPUT",
        description="Play a note on a voice of a DX7 bank (a SysEx file), or of ours.",
        epilog="Exit status: 0 done, 1 failed (nothing is written), 2 wrong usage.",
        **FORMAT,
    )
    parser.add_argument(
        "files",
        nargs="*",
        default=[],
        metavar="FILE",
        help="the bank (default: our own) and the sound file to write",
    )
    parser.add_argument("--list", action="store_true", help="print the voices")
    parser.add_argument(
        "--voice", default="1", help="its number, or how its name begins (default: 1)"
    )
    parser.add_argument("--note", default="60", help="60 or C4 (default), ...")
    parser.add_argument(
        "--velocity", type=positive, default=100.0, help="1 to 127 (default: 100)"
    )
    parser.add_argument(
        "--duration",
        type=positive,
        default=2.0,
        help="seconds that the key is down (default: 2)",
    )
    _add_rate(parser)
    parser.set_defaults(run=_dx7.dx7)


def _add_render(commands):
    parser = commands.add_parser(
        "render",
        help="play a MIDI file into a sound file",
        description="Render a MIDI file with a SoundFont, with synthesizers, or both.",
        epilog=RENDER,
        **FORMAT,
    )
    parser.add_argument("input", metavar="INPUT.mid", help="MIDI file, type 0, 1 or 2")
    parser.add_argument(
        "output", nargs="?", metavar="OUTPUT", help="sound file to write; none: play it"
    )
    parser.add_argument(
        "--sound-font", metavar="FILE.sf2", help="default: the one that comes along"
    )
    _add_engines(parser)
    parser.add_argument(
        "--gain", type=positive, default=0.2, help="of everything (default: 0.2)"
    )
    parser.add_argument("--no-reverb", action="store_true", help="no room")
    parser.add_argument("--no-chorus", action="store_true", help="no chorus")
    parser.add_argument(
        "--duration", type=positive, help="seconds to render, then fade (default: all)"
    )
    parser.add_argument(
        "--sequence", type=int, default=0, help="which piece of a type 2 file, from 0"
    )
    _add_rate(parser)
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")
    parser.set_defaults(run=_render.render)


def _add_engines(parser):
    parser.add_argument(
        "--engine",
        default="soundfont",
        help="soundfont (default), fluidsynth if installed, or a synthesizer for all",
    )
    parser.add_argument(
        "--channel",
        action="append",
        default=[],
        metavar="N=ENGINE",
        help="a synthesizer for channel N, 1 to 16; may be repeated",
    )
    parser.add_argument(
        "--program",
        action="append",
        default=[],
        metavar="N=ENGINE",
        help="a synthesizer for program N of General MIDI, 1 to 128; may be repeated",
    )


def _add_info(commands):
    parser = commands.add_parser(
        "info",
        help="say what is in sound files",
        description="Print format, rate, channels, duration, peak, level and pitch.",
    )
    parser.add_argument("input", nargs="+", metavar="FILE", help="sound files")


def _add_sf2(commands):
    parser = commands.add_parser(
        "sf2",
        help="say what is in a SoundFont",
        description="Look into SoundFonts: banks of instruments, SF2 or SF3.",
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    about = actions.add_parser(
        "info",
        help="print name, version, contents, size and sample rates",
        description="Print name, version, contents, size and sample rates.",
    )
    about.add_argument("input", metavar="FILE", help="a SoundFont, .sf2 or .sf3")
    about.add_argument("--presets", action="store_true", help="list the presets")
    about.add_argument("--samples", action="store_true", help="list the samples")
    about.set_defaults(run=_soundfont_commands.info)


def _add_rate(parser):
    """How the sound file is written, where no other one says it."""
    parser.add_argument(
        "--sample-rate", type=int, default=44100, help="Hz (default: 44100)"
    )
    parser.add_argument("--subtype", help="as for stretch")


def _add_files(parser):
    parser.add_argument("input", metavar="INPUT", help="sound file to read")
    parser.add_argument("output", metavar="OUTPUT", help="sound file to write")
    parser.add_argument(
        "--subtype",
        help="how samples are stored: PCM_16, PCM_24, FLOAT, DOUBLE ... (default: FLOAT"
        " for WAV and AIFF, PCM_24 for FLAC)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress line")


if __name__ == "__main__":
    sys.exit(main())
