"""`neural play` and `neural export`: a learned model as an instrument.

neural play gansynth song.mid song.wav --sounds 1 4
neural export sing organ-to-flute.sf2 --sounds organ flute
"""

import pathlib


def add_commands(commands, opened):
    """Add `play` and `export` to the commands of `neural`.

    Args:
      commands: of argparse.
      opened: function of the arguments: a recipe, and parameters and configuration.
    """
    p = commands.add_parser(
        "play",
        help="play a MIDI file on a trained model",
        description="Play a MIDI file on a trained model: the note of each key is made "
        "once, then held, bent and mixed as a sampler does. Drums are those of the "
        "bank that comes along.",
    )
    p.add_argument("model", help="which model")
    p.add_argument("midi", help="MIDI file")
    p.add_argument("out", help="sound file to write (.wav, .flac, .ogg, ...)")
    _add_sounds(p)
    p.add_argument("--gain", type=float, default=0.3, help="of everything (0.3)")
    p.set_defaults(run=lambda args: _play(args, opened))
    p = commands.add_parser(
        "export",
        help="write a trained model as a SoundFont",
        description="Write a trained model as a SoundFont that any player opens: a "
        "note for each key, tuned, as loud as the others, looped where it sustains.",
    )
    p.add_argument("model", help="which model")
    p.add_argument("out", help="SoundFont to write (.sf2)")
    p.add_argument(
        "--pitches",
        nargs=3,
        type=int,
        metavar=("LOW", "HIGH", "STEP"),
        help="MIDI numbers of the notes; all that the model knows if absent",
    )
    _add_sounds(p)
    p.set_defaults(run=lambda args: _export(args, opened))


def _add_sounds(p):
    p.add_argument(
        "--sounds",
        nargs="+",
        default=(),
        metavar="SOUND",
        help="the timbre: a seed (GANSynth), an instrument's name (NSynth, SING); two "
        "make a morph, the first at the lowest key, the second at the highest",
    )
    p.add_argument(
        "--reach",
        nargs=2,
        type=float,
        default=(0.0, 1.0),
        metavar=("FIRST", "LAST"),
        help="parts of the way between two sounds at the lowest and the highest key: "
        "0 1 is all of it, 0.5 0.5 halfway everywhere, -0.5 1.5 goes beyond both",
    )
    p.add_argument("--sample-rate", type=int, default=44100, help="Hz (44100)")
    add_checkpoint(p)


def add_checkpoint(p):
    """Add the option that `opened` reads."""
    p.add_argument(
        "--checkpoint", help="a .ckpt of your own training; shipped if absent"
    )


def _instrument(args, opened):
    import neural

    if args.model not in neural.PLAYERS:
        known = ", ".join(neural.PLAYERS)
        raise ValueError(f"model must be one of {known}; got {args.model!r}")
    recipe, params, config = opened(args)
    if not hasattr(recipe, "instrument"):
        raise ValueError(f"{args.model} is no instrument: it plays 'neural generate'")
    return recipe.instrument(params, config)


def _play(args, opened):
    from dsplab.formats.midi import read_midi
    from dsplab.rendering import midi_to_audio
    from neural.sampled import for_song

    midi = read_midi(args.midi)
    font = for_song(_instrument(args, opened), midi, name=args.model, **_options(args))
    rate = args.sample_rate
    midi_to_audio(midi, args.out, sound_font=font, sample_rate=rate, gain=args.gain)
    print(args.out)


def _export(args, opened):
    from dsplab.formats.soundfont import write_soundfont
    from neural.instruments import record
    from neural.sampled import sound_font

    instrument = _instrument(args, opened)
    pitch = _pitches(args.pitches, instrument.pitches)
    ends = (min(pitch), max(pitch))
    takes = record(instrument, pitch=pitch, keys=ends, **_options(args))
    name = pathlib.Path(args.out).stem
    write_soundfont(args.out, sound_font(takes, name, sample_rate=args.sample_rate))
    missing = len(pitch) * len(instrument.velocities) - len(takes)
    note = f", {missing} out of tune were left out" if missing else ""
    print(f"{args.out}: {len(takes)} notes{note}")


def _options(args):
    names = ("sounds", "reach", "sample_rate")
    return {name: getattr(args, name) for name in names}


def _pitches(asked, known):
    lowest, highest = known
    if asked is None:
        return range(lowest, highest + 1)
    low, high, step = asked
    if not lowest <= low <= high <= highest or step < 1:
        raise ValueError(
            f"pitches must be two rising numbers within {lowest} and {highest} and a "
            f"step of at least 1, got {low} {high} {step}"
        )
    return range(low, high + 1, step)
