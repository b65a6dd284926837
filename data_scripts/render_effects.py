"""Render what a player plays into overdrive devices, before and after them.

    python -m data_scripts.render_effects pairs --count 400

Plucked strings of `dsplab` play short phrases, single notes and chords; each goes
through one of four devices (`dsplab.effects.overdrive`), whose knobs drive, tone and
level are turned by chance and stay. `neural.data.effect_pairs` reads the result.
With --dry, phrases are cut out of recordings of your own instead. Pair k depends on the
seed and on k alone. Run again, it goes on where it was interrupted: pairs.csv appears
when all pairs are there.
"""

import argparse
import csv
import io
import sys
from pathlib import Path

import numpy as np
import tqdm

from data_scripts.claiming import claim, sweep
from dsplab.effects.overdrive import distortion, fuzz, overdrive, tube_amplifier
from dsplab.formats.audio_files import read_audio, write_audio
from dsplab.formats.whole_files import whole_file
from dsplab.synths import plucked
from neural.data.sounds import open_sounds, read

DEVICES = {
    "overdrive": overdrive,
    "fuzz": fuzz,
    "distortion": distortion,
    "tube_amplifier": tube_amplifier,
}
KNOBS = ("drive", "tone", "level")
PLAYERS = {  # patch: lowest and highest note
    "nylon guitar": (40, 76),
    "steel guitar": (40, 76),
    "muted guitar": (40, 64),
    "bass": (28, 52),
}
SPLITS = ("train", "valid", "test")
COLUMNS = ("dry", "wet", "split", "device", *KNOBS)


def main(arguments=None):
    """Render a set; returns 0, or 1 if something is wrong with what was asked."""
    options = _parser().parse_args(arguments)
    try:
        counts = render_set(**vars(options))
    except (ValueError, OSError) as error:
        print(f"render_effects: {error}", file=sys.stderr)
        return 1
    text = ", ".join(f"{n} pairs in {split}" for split, n in counts.items())
    print(f"{options.output}: {text}")
    return 0


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="folder of the set")
    parser.add_argument("--count", type=int, default=400, help="pairs (default: 400)")
    text = f"of {', '.join(DEVICES)} (default: all)"
    parser.add_argument("--devices", nargs="+", metavar="DEVICE", help=text)
    text = "folder of recordings to use instead of plucked strings"
    parser.add_argument("--dry", type=Path, help=text)
    parser.add_argument("--duration", type=float, default=3.0, help="seconds of each")
    parser.add_argument("--sample-rate", type=int, default=44100, help="Hz")
    text = "parts of the pairs that go to valid and test"
    parser.add_argument(
        "--held-out", type=float, nargs=2, default=[0.1, 0.1], help=text
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


def render_set(
    output,
    *,
    count=400,
    devices=None,
    dry=None,
    duration=3.0,
    sample_rate=44100,
    held_out=(0.1, 0.1),
    seed=0,
):
    """Render a set; returns how many pairs each split has. See the command."""
    devices = list(DEVICES) if devices is None else list(devices)
    unknown = [device for device in devices if device not in DEVICES]
    if unknown:
        raise ValueError(f"devices must be of {', '.join(DEVICES)}; got {unknown[0]!r}")
    if count < 1 or sample_rate < 8000 or not duration > 0.1:
        text = "count must be at least 1, sample_rate 8000 Hz, duration above 0.1 s"
        raise ValueError(text)
    if min(held_out) < 0.0 or sum(held_out) >= 1.0:
        raise ValueError(f"held_out must leave some, got {list(held_out)}")
    n = round(duration * sample_rate)
    files = {"sample_rate": sample_rate, "shortest": n}
    recordings = None if dry is None else open_sounds(dry, **files)
    settings = {
        "count": count, "devices": devices, "dry": dry and Path(dry).name,
        "duration": duration, "sample_rate": sample_rate,
        "held_out": list(held_out), "seed": seed,
    }  # fmt: skip
    claim(output, settings)
    rows = []
    for k in tqdm.trange(count, unit="pair", disable=None):
        rows.append(_pair(output, k, devices, recordings, settings, n))
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    with whole_file(output / "pairs.csv") as file:
        file.write(text.getvalue().encode())
    sweep(output)
    sides = [row[2] for row in rows]
    return {side: sides.count(side) for side in SPLITS}


def _pair(output, k, devices, recordings, settings, n):
    """Render pair k, what of it is not there yet; its line of the table."""
    rng = np.random.default_rng([settings["seed"], 31, k])
    side = _side(rng.random(), settings["held_out"])
    knobs = {name: round(rng.uniform(0.0, 1.0), 3) for name in KNOBS}
    knobs["level"] = max(knobs["level"], 0.1)  # something is to be heard
    device, rate = devices[k % len(devices)], settings["sample_rate"]
    names = [f"{part}/{k:05d}.wav" for part in ("dry", "wet")]
    for part in ("dry", "wet"):
        (output / part).mkdir(exist_ok=True)
    if not (output / names[0]).exists():
        x = _cut(rng, recordings, n) if recordings else phrase(rng, rate, n)
        write_audio(output / names[0], x, rate)
    if not (output / names[1]).exists():
        x = read_audio(output / names[0])[0]  # what the reader of the pair will get
        write_audio(output / names[1], DEVICES[device](x, rate, **knobs), rate)
    return [*names, side, device, *knobs.values()]


def _side(place, held_out):
    """Which of SPLITS a number in 0..1 belongs to."""
    edges = np.cumsum([1.0 - sum(held_out), held_out[0]])
    return SPLITS[int(np.searchsorted(edges, place, side="right"))]


def _cut(rng, recordings, n):
    """A part of a recording, its peak anywhere from -20 to 0 dB."""
    row = int(rng.integers(len(recordings.names)))
    start = int(rng.integers(int(recordings.lengths[row]) - n + 1))
    return _scaled(rng, read(recordings, row, start, n))


def phrase(rng, sample_rate, n_samples):
    """A few notes or chords of a plucked string, (n_samples,).

    Args:
      rng: `numpy.random.Generator`.
      sample_rate: Hz.
      n_samples: length.
    """
    patch = str(rng.choice(list(PLAYERS)))
    low, high = PLAYERS[patch]
    notes, time = [], rng.uniform(0.0, 0.05)
    while time < n_samples / sample_rate - 0.05:
        step = float(rng.choice([0.15, 0.25, 0.5, 1.0]))
        root = int(rng.integers(low, high - 7))
        intervals = (0,) if patch == "bass" or rng.random() < 0.6 else (0, 7)
        for interval in (*intervals, *((12,) if rng.random() < 0.2 else ())):
            held = step * rng.uniform(0.6, 1.5)
            notes.append((time, held, root + interval, rng.uniform(40, 127)))
        time += step
    x = plucked.play(notes, sample_rate, patch=patch, rng=rng)[:n_samples]
    return _scaled(rng, np.pad(x, (0, n_samples - x.shape[-1])))


def _scaled(rng, x):
    gain = 10.0 ** (rng.uniform(-20.0, 0.0) / 20.0)
    return x * (gain / max(float(np.abs(x).max()), 1e-9))


if __name__ == "__main__":
    sys.exit(main())
