"""`neural evaluate`: two folders of sounds in, a table of measures out."""

import json

BETTER = {
    "Frechet distance": "lower",
    "precision": "higher: generated clips lie among real ones",
    "recall": "higher: real clips lie among generated ones",
    "density": "higher, 1 is real",
    "coverage": "higher: real clips have a generated one near",
    "NDB / K": "lower, 0.05 is real",
    "JSD": "lower",
    "multi-scale spectral distance": "lower",
    "multi-resolution STFT distance": "lower",
    "inception score (families)": "higher, 11 at most",
    "inception score (pitches)": "higher, 88 at most",
    "inception score (styles)": "higher, 14 at most",
    "styles": "higher, 14 at most",
    "pitch entropy": "lower, nats",
    "pitch accuracy": "higher; the classifier misses as many real ones",
}


def add_command(commands):
    """Add `evaluate` to the commands of `neural`."""
    p = commands.add_parser(
        "evaluate",
        help="compare a model's sounds with real ones",
        description="Compare two folders of sounds, the real ones and a model's. "
        "Without --vggish the features are statistics of mel bands, or with --notes "
        "or --loops those of the project's classifiers, and the figures are "
        "comparable only with others that were taken so.",
    )
    p.add_argument("real", help="folder of real sounds, of any rate and format")
    p.add_argument("generated", help="folder of the model's sounds")
    p.add_argument(
        "--vggish",
        metavar="CKPT",
        help="vggish_model.ckpt, for the Frechet audio distance of the literature; "
        "'python -m data_scripts.download vggish' fetches it",
    )
    p.add_argument(
        "--notes",
        action="store_true",
        help="every sound is a note: inception scores of families and pitches, pitch "
        "entropy, and where a table (file,pitch) or the names of the files (pitch60, "
        "or NSynth's) say which was asked for, pitch accuracy",
    )
    p.add_argument(
        "--loops",
        action="store_true",
        help="every sound is a drum loop of two seconds: inception score of styles",
    )
    p.add_argument(
        "--k", type=int, default=5, help="neighbours of density and coverage (5)"
    )
    p.add_argument("--bins", type=int, help="K of NDB (a tenth of the real clips)")
    p.add_argument("--seed", type=int, default=0, help="of k-means (0)")
    p.add_argument("--json", action="store_true", help="print JSON, not a table")
    p.set_defaults(run=run)


def run(args):
    """Compare, and print."""
    from neural.evaluation.folders import compare_folders

    options = {"k": args.k, "n_bins": args.bins, "seed": args.seed}
    found = compare_folders(
        args.real, args.generated, _embedding(args), judge=_judge(args), **options
    )
    if args.json:
        print(json.dumps(found._asdict(), indent=1))
    else:
        print("\n".join(table(found)))


def _judge(args):
    """What is said of each folder by itself."""
    if args.notes:
        from neural.evaluation.note_scores import note_scores as judge
    elif args.loops:
        from neural.evaluation.loop_scores import loop_scores as judge
    else:
        judge = None
    return judge


def _embedding(args):
    """What listens: what was asked for, or the best there is."""
    from neural.evaluation import embeddings

    if args.vggish:
        return embeddings.vggish_embedding(args.vggish)
    if args.notes:
        return embeddings.classifier_embedding()
    if args.loops:
        return embeddings.style_embedding()
    return embeddings.mel_statistics()


def table(found):
    """Lines of a `Comparison` for the eye."""
    yield f"features: {found.embedding}"
    yield f"{'':32}{'real':>10}{'generated':>12}"
    for name in ("files", "clips"):
        real, generated = getattr(found, name)
        yield f"{name:32}{real:>10}{generated:>12}"
    if found.pairs:
        yield f"{'pairs of the same name':32}{found.pairs:>10}"
    yield ""
    for name, value in found.measures.items():
        yield f"{name:32}{value:>10.4f}  {BETTER[name]}"
    for name, pair in found.scores.items():
        real, generated = ("-" if v is None else f"{v:.4f}" for v in pair)
        yield f"{name:32}{real:>10}{generated:>12}  {BETTER[name]}"
    yield from (f"\nnote: {note}" for note in found.notes)
