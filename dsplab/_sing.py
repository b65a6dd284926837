"""What the command `dsplab sing` does: notes and words become a voice in a file."""

import sys

from dsplab._commands import UsageError, check_folder, check_format

HELP = """\
SCORE is a MIDI file with lyrics (.mid), or a text:

  tempo 96
  dynamics p f                  from soft to loud; or one of pp p mp mf f ff
  notes C3 D3 E3/2 | G3/2 -/2   as for dsplab synth: one beat each, or /beats
  words glo-ri-a     in         a syllable for each note, _ where it goes on
  notes A3/2                    without words: la
  words [k w o]                 phonemes, where the spelling misleads

Words are read as Latin or Italian: vowels a e i o u. They begin on the beat, consonants
before it; therefore the sound begins a quarter of a second before the score.

examples:
  dsplab sing amen.txt amen.wav
  dsplab sing carol.mid carol.flac --style opera --transpose -12
  dsplab sing amen.txt amen.wav --voice my.voice      made by data_scripts.build_voice

Exit status: 0 done, 1 failed (nothing is written), 2 wrong usage."""
STYLE_OPTIONS = ("vibrato", "breath", "brightness", "portamento", "formants")


def add_command(commands, **form):
    """Add the command to the parser; `form` says how its help looks."""
    parser = commands.add_parser(
        "sing",
        help="sing a score with words",
        description="Sing notes with words: recorded units, joined without a seam.",
        epilog=HELP,
        **form,
    )
    parser.add_argument("score", metavar="SCORE", help="text, or MIDI with lyrics")
    parser.add_argument("output", metavar="OUTPUT", help="sound file to write")
    parser.add_argument(
        "--voice", default="tenor", help="file of a voice (default: our tenor)"
    )
    parser.add_argument(
        "--style",
        default="natural",
        help="natural (default), straight, opera, soft, child",
    )
    parser.add_argument(
        "--transpose", type=float, default=0.0, metavar="SEMITONES", help="default: 0"
    )
    for name, text in (
        ("vibrato", "cents to either side"),
        ("breath", "0 to 1: noise instead of tone"),
        ("brightness", "dB an octave above 1 kHz"),
        ("portamento", "seconds from note to note"),
        ("formants", "semitones: a smaller throat, or a larger one"),
    ):
        parser.add_argument(f"--{name}", type=float, help=f"{text} (default: style's)")
    text = "of the noise (default: 0)"
    parser.add_argument("--seed", type=int, default=0, help=text)
    parser.set_defaults(run=sing)
    return parser


def sing(arguments):
    """Sing a score into a file."""
    import numpy as np

    from dsplab.formats.audio_files import write_audio
    from dsplab.synths.singing import read_score
    from dsplab.synths.singing import sing as song_of

    rate = arguments.sample_rate
    style = _style(arguments)
    check_folder(arguments.output)
    check_format(arguments, np.zeros(2000), rate)
    song = _transposed(read_score(arguments.score), arguments.transpose)
    options = {"voice": arguments.voice, "style": style, "rng": arguments.seed}
    y = song_of(song, rate, **options)
    peak = float(abs(y).max())
    if peak > 1.0:
        print(f"dsplab: warning: turned down from peak {peak:.2f}", file=sys.stderr)
        y = y / peak
    write_audio(arguments.output, y, rate, subtype=arguments.subtype)


def _style(arguments):
    """The style of the name, with what the options change."""
    from dsplab.synths.singing import STYLES

    if arguments.style not in STYLES:
        known = "; ".join(STYLES)
        raise UsageError(f"there is no style '{arguments.style}'; choose {known}")
    given = {name: getattr(arguments, name) for name in STYLE_OPTIONS}
    given["vibrato_cents"] = given.pop("vibrato")
    if given["breath"] is not None and not 0.0 <= given["breath"] <= 1.0:
        raise UsageError(f"--breath must be in 0..1, got {given['breath']:g}")
    changed = {name: value for name, value in given.items() if value is not None}
    return STYLES[arguments.style]._replace(**changed)


def _transposed(song, semitones):
    """The song, some semitones higher."""
    return [
        row._replace(note=row.note._replace(pitch=row.note.pitch + semitones))
        for row in song
    ]
