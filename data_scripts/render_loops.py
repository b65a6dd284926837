"""Render loops to learn from: drums with the names of their styles, or roles.

    python -m data_scripts.render_loops loops --count 2000
    python -m data_scripts.render_loops roles --of roles --count 2000

Each loop is one bar at 120 beats a minute (two seconds) and depends on the seed and its
number alone. Of styles: the drum machine of `dsplab` plays every style it knows;
pattern, swing and velocities vary, each loop has drums of its own, tuned and damped by
chance; half of them are of the kit that belongs to the style, half of any. Of roles:
percussion, bass, chords, melody, fx or several of them, in any key, by the instruments
of our General MIDI bank, synthesizers and drum kits, through effects; instruments of
the test are never heard in training (`data_scripts.loops`). `neural.data.labelled`
reads the result. Run again, it goes on where it was interrupted: loops.csv appears when
all loops are there.
"""

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np
import tqdm

from data_scripts.claiming import claim, sweep
from data_scripts.loops import roles
from dsplab.formats.audio_files import write_audio
from dsplab.formats.whole_files import whole_file
from dsplab.synths.drum_kits import KITS, render_kit
from dsplab.synths.drum_loops import STYLES, drum_loop

TEMPO = 120.0
SPLITS = ("train", "valid", "test")
LEAST_RATE = {"styles": 4000, "roles": 16000}  # Hz; strings need some for high notes
COLUMNS = {
    "styles": ("style", "kit", "swing", "variation", "variety"),
    "roles": ("role", "instruments", "key", "scale", "effects"),
}


def main(arguments=None):
    """Render a set; returns 0, or 1 if something is wrong with what was asked."""
    options = _parser().parse_args(arguments)
    try:
        counts = render_set(**vars(options))
    except (ValueError, OSError) as error:
        print(f"render_loops: {error}", file=sys.stderr)
        return 1
    text = ", ".join(f"{n} loops in {split}" for split, n in counts.items())
    print(f"{options.output}: {text}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="folder of the set")
    parser.add_argument("--count", type=int, default=1400, help="loops (default: 1400)")
    text = "what a loop is called after: styles (the default) or roles"
    parser.add_argument("--of", choices=COLUMNS, default="styles", help=text)
    text = f"of {', '.join(STYLES)} (default: all)"
    parser.add_argument("--styles", nargs="+", metavar="STYLE", help=text)
    parser.add_argument("--sample-rate", type=int, default=16000, help="Hz")
    text = "parts of the loops that go to valid and test"
    parser.add_argument(
        "--held-out", type=float, nargs=2, default=[0.1, 0.1], help=text
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


def render_set(
    output,
    *,
    of="styles",
    count=1400,
    styles=None,
    sample_rate=16000,
    held_out=(0.1, 0.1),
    seed=0,
):
    """Render a set; returns how many loops each split has. See the command."""
    if styles is not None and of != "styles":
        raise ValueError("styles can be chosen for loops of styles only")
    styles = list(STYLES) if styles is None else list(styles)
    unknown = [style for style in styles if style not in STYLES]
    if unknown:
        raise ValueError(f"styles must be of {', '.join(STYLES)}; got {unknown[0]!r}")
    least = LEAST_RATE[of]
    if count < 1 or sample_rate < least:
        raise ValueError(f"count must be at least 1 and sample_rate {least} Hz")
    if min(held_out) < 0.0 or sum(held_out) >= 1.0:
        raise ValueError(f"held_out must leave some, got {list(held_out)}")
    settings = {
        "of": of, "count": count, "styles": styles, "sample_rate": sample_rate,
        "held_out": list(held_out), "seed": seed,
    }  # fmt: skip
    claim(output, settings)
    rows = []
    for k, (side, row, loop) in enumerate(_plans(settings)):
        name = row[0].replace("+", "-")
        path = output / side / f"{name}-{k:05d}.wav"
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            write_audio(path, loop(sample_rate), sample_rate, subtype="PCM_16")
        rows.append([path.relative_to(output).as_posix(), side, *row])
    text = io.StringIO()
    header = ["file", "split", *COLUMNS[of]]
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    with whole_file(output / "loops.csv") as file:
        file.write(text.getvalue().encode())
    sweep(output)
    return {side: sum(row[1] == side for row in rows) for side in SPLITS}


def _plans(settings):
    """Split, row and function of each loop, with a bar that shows how far they are."""
    seed, count, styles = settings["seed"], settings["count"], settings["styles"]
    held_out = settings["held_out"]
    numbers = tqdm.trange(count, unit="loop", disable=None)
    if settings["of"] == "roles":
        for k in numbers:
            side = side_of(seed, k, held_out)
            yield side, *roles.plan(seed, k, side)
        return
    sides = split(count, held_out, seed)
    for k in numbers:
        yield sides[k], *plan(seed, k, styles[k % len(styles)])  # as many of each


def plan(seed, k, style):
    """What is written of loop k, and the function of the sample rate that plays it."""
    rng = np.random.default_rng([seed, 21, k])
    own = rng.random() < 0.5
    kit = STYLES[style].kit if own else str(rng.choice(sorted(KITS)))
    swing = float(np.clip(STYLES[style].swing + rng.normal(0.0, 0.02), 0.5, 0.75))
    variation, variety = rng.uniform(0.1, 0.7), rng.uniform(0.05, 0.4)
    gain = 10.0 ** (rng.uniform(-9.0, -1.0) / 20.0)

    def loop(sample_rate):
        drums = STYLES[style].rows
        hits = render_kit(kit, sample_rate, rng=rng, variety=variety, drums=drums)
        options = {"swing": swing, "variation": variation, "fill": rng.random() < 0.2}
        x = drum_loop(
            style,
            sample_rate=sample_rate,
            bars=1,
            tempo=TEMPO,
            kit=hits,
            looseness=rng.uniform(0.0, 0.006),
            rng=rng,
            **options,
        )
        return x * min(gain / max(abs(x).max(), 1e-9), 1e3)

    numbers = (f"{value:.3f}" for value in (swing, variation, variety))
    return [style, kit, *numbers], loop


def side_of(seed, k, held_out):
    """Which of SPLITS loop k belongs to, where instruments depend on it."""
    edges = np.cumsum([1.0 - sum(held_out), held_out[0]])
    place = np.random.default_rng([seed, 24, k]).random()
    return SPLITS[int(np.searchsorted(edges, place, side="right"))]


def split(count, held_out, seed):
    """Which of SPLITS each loop belongs to: a list."""
    order = np.random.default_rng([seed, 22]).permutation(count)
    n_valid, n_test = (round(part * count) for part in held_out)
    sides = np.full(count, "train", dtype=object)
    sides[order[:n_valid]] = "valid"
    sides[order[n_valid : n_valid + n_test]] = "test"
    return sides.tolist()


if __name__ == "__main__":
    sys.exit(main())
