"""The command `neural`: train, play, encode, evaluate and list learned models."""

import argparse
import importlib
import inspect
import pathlib
import sys

import neural

TOLD = (  # to a model
    "pitch", "instrument", "temperature", "velocity", "text", "audio", "guidance",
)  # fmt: skip


def main(argv=None):
    """Run the command line; returns the exit code (0 done, 1 failed, 2 wrong use)."""
    parser = _parser()
    try:
        args = parser.parse_args(argv)
    except SystemExit as stop:  # argparse has already said why
        return stop.code or 0
    try:
        return args.run(args) or 0
    except KeyboardInterrupt:
        print("neural: stopped; go on with --resume", file=sys.stderr)
        return 130
    except (ValueError, OSError, *_own_errors()) as error:
        print(f"neural: {error}", file=sys.stderr)
        return 1


def _own_errors():
    """The errors that have a sentence for the user; importing them imports JAX."""
    from neural.checkpoints import CheckpointError
    from neural.training import TrainingError

    return CheckpointError, TrainingError


def _parser():
    from neural import codec_commands
    from neural.evaluation.command import add_command
    from neural.instrument_commands import add_commands

    parser = argparse.ArgumentParser(
        prog="neural",
        description="Sound models that learn: train them, play them.",
        epilog="Example: neural generate wavenet --pitch 60 --instrument flute out.wav",
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_train(commands)
    _add_generate(commands)
    add_commands(commands, _opened)
    codec_commands.add_commands(commands, _opened)
    add_command(commands)
    listing = commands.add_parser(
        "list", help="the models, and what is shipped of each"
    )
    listing.set_defaults(run=_list)
    return parser


def _add_train(commands):
    p = commands.add_parser(
        "train",
        help="train a model from nothing",
        description="Train a model. The run folder holds config.json, log.jsonl and "
        "the last checkpoints; a run that was interrupted, by whatever, goes on with "
        "--resume and ends with the same bits.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    p.add_argument("model", choices=neural.MODELS, help="which model")
    p.add_argument(
        "--config",
        choices=("tiny", "paper"),
        default="tiny",
        help="tiny: minutes on two cores, the shipped one; paper: the published size",
    )
    p.add_argument(
        "--steps", type=_count, help="training steps (default: the recipe's)"
    )
    p.add_argument("--out", help="run folder (default: runs/MODEL-CONFIG)")
    p.add_argument("--seed", type=int, default=0, help="of the parameters and the data")
    p.add_argument("--resume", action="store_true", help="go on with the run in --out")
    _add_scale(p)
    p.add_argument(
        "--notes",
        nargs="+",
        default=["notes"],
        metavar="FOLDER",
        help="notes to learn from, for models that read some: sets in NSynth's format, "
        "such as 'python -m data_scripts.render_notes notes' renders",
    )
    p.add_argument(
        "--loops",
        default="loops",
        metavar="FOLDER",
        help="loops to learn from, for models that read some: a folder with a table, "
        "such as 'python -m data_scripts.render_loops loops' renders",
    )
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    p.set_defaults(run=_train)


def _add_scale(p):
    p.add_argument(
        "--batch-size", type=_count, help="rows a step (default: the recipe's)"
    )
    p.add_argument(
        "--precision",
        choices=("float32", "bfloat16", "float16"),
        default="float32",
        help="what the network computes in; parameters stay float32",
    )
    p.add_argument(
        "--devices",
        type=_count,
        help="how many devices share each batch; on a machine without accelerator its "
        "processor is split into as many (default: all accelerators there are)",
    )
    p.add_argument(
        "--processes",
        metavar="HOST:PORT/COUNT/INDEX",
        help="train together with other processes: the first one's address, how many, "
        "which one this is; auto on a cluster that JAX knows",
    )


def _add_generate(commands):
    from neural.instrument_commands import add_checkpoint

    p = commands.add_parser(
        "generate",
        help="play a trained model into a sound file",
        description="Play one note of a trained model into a sound file.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    p.add_argument("model", choices=neural.PLAYERS, help="which model")
    p.add_argument("out", help="sound file to write (.wav, .flac, .ogg, ...)")
    p.add_argument(
        "--pitch", type=float, help="MIDI note, 60 (the default) is middle C"
    )
    p.add_argument("--instrument", help="flute (the default), clarinet, trumpet, organ")
    p.add_argument("--velocity", type=float, help="1 to 127, for models that take one")
    p.add_argument("--text", help="the sound in words, for models that read")
    p.add_argument("--audio", help="a sound file to be like, for models that listen")
    p.add_argument(
        "--guidance", type=float, help="how closely to follow text or audio, from 0"
    )
    p.add_argument("--duration", type=float, default=0.75, help="seconds")
    p.add_argument("--seed", type=int, default=0, help="the same seed, the same note")
    p.add_argument(
        "--temperature", type=float, help="courage, 0 to 1 (default: the recipe's)"
    )
    add_checkpoint(p)
    p.set_defaults(run=_generate)


def _count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {number}")
    return number


def _parts(name):
    """The module of a model and that of its recipe."""
    recipe = importlib.import_module(f"neural.recipes.{name.replace('-', '_')}")
    return importlib.import_module(neural.MODELS[name]), recipe


def _train(args):
    from neural import devices
    from neural.recipes.running import Run

    mesh = devices.open_mesh(args.devices, args.processes)
    model, recipe = _parts(args.model)
    folder = args.out or f"runs/{args.model}-{args.config}"
    run = Run(
        folder,
        n_steps=args.steps,
        seed=args.seed,
        batch_size=args.batch_size,
        dtype=args.precision,
        mesh=mesh,
        resume=args.resume,
        progress=not args.quiet,
        notes=tuple(args.notes),
        loops=args.loops,
    )
    figure = recipe.train(getattr(model.Config, args.config)(), run)
    if devices.is_first():
        path = pathlib.Path(folder) / f"{args.model}.ckpt"
        print(f"{path}: {figure:.3f} {recipe.ABOUT['figure']}")


def _generate(args):
    from dsplab.formats.audio_files import write_audio

    recipe = _parts(args.model)[1]
    wanted = {name: getattr(args, name) for name in TOLD}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    taken = inspect.signature(recipe.generate).parameters
    for name in wanted:
        if name not in taken:
            raise ValueError(f"{args.model} takes no --{name}")
    _, params, config = _opened(args)
    x = recipe.generate(
        params, config, duration=args.duration, seed=args.seed, **wanted
    )
    write_audio(args.out, x, config.sample_rate)
    print(args.out)


def _opened(args):
    """A recipe, and parameters and configuration: shipped, or the user's own."""
    from neural import checkpoints

    model, recipe = _parts(args.model)
    if args.checkpoint:
        return recipe, *checkpoints.load_model(args.checkpoint, model.Config)
    return recipe, *neural.pretrained(args.model)


def _list(args):
    from neural.layers import count_parameters

    folder = pathlib.Path(neural.__file__).parent / "pretrained"
    for name in neural.MODELS:
        model, recipe = _parts(name)
        about = recipe.ABOUT
        path = folder / f"{name}.ckpt"
        size = f"{path.stat().st_size / 1e3:.0f} kB" if path.exists() else "none"
        tiny, paper = (
            f"{count_parameters(model.init, getattr(model.Config, which)()):,}"
            for which in ("tiny", "paper")
        )
        print(
            f"{name:12} {about['idea']}\n"
            f"{'':12} paper: {about['paper']}\n"
            f"{'':12} parameters: tiny {tiny}, paper {paper}; shipped: {size}\n"
            f"{'':12} tiny learns in about {about['minutes']} minutes on two cores\n"
            f"{'':12} loss: {about['loss']}"
        )


if __name__ == "__main__":
    sys.exit(main())
