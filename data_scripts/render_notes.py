"""Render notes to learn from, in the format of NSynth.

    python -m data_scripts.render_notes notes --sound-font FluidR3_GM.sf2

Every instrument of a SoundFont, or without one every synthesizer of `dsplab` in a few
versions, plays single notes at 16 kHz: held for three seconds, released for one.
Instruments are dealt out to nsynth-train, nsynth-valid and nsynth-test; none is in two.
`neural.data.nsynth` reads the result. Run again, it goes on where it was interrupted:
sound files appear whole or not at all, and examples.json when all of them are there.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import sys
from pathlib import Path

import numpy as np
import tqdm

from data_scripts.claiming import claim, sweep
from data_scripts.notes.instruments import from_engines, from_sound_font, render
from data_scripts.notes.qualities import qualities
from dsplab.formats.audio_files import write_audio
from dsplab.formats.whole_files import whole_file
from neural.data.nsynth import (
    FAMILIES,
    N_SAMPLES,
    QUALITIES,
    SAMPLE_RATE,
    SOURCES,
    SPLITS,
    VELOCITIES,
    decode,
    note_name,
)

SILENT = 1e-3  # peak of a note that is left out
PITCHES = (21, 108)


def main(arguments=None):
    """Render a set; returns 0, or 1 if something is wrong with what was asked."""
    options = _parser().parse_args(arguments)
    try:
        counts = render_set(**vars(options))
    except (ValueError, OSError) as error:
        print(f"render_notes: {error}", file=sys.stderr)
        return 1
    size = sum(counts.values()) * 2 * N_SAMPLES / 1e6
    text = ", ".join(f"{n} notes in {split}" for split, n in counts.items())
    print(f"{options.output}: {text}; {size:.0f} MB")
    return 0


def _parser():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path, help="folder of the three sets")
    text = "SF2 or SF3 that plays; without: the synthesizers of dsplab"
    parser.add_argument("--sound-font", type=Path, help=text)
    parser.add_argument("--programs", type=int, nargs="+", help="0 to 127; default all")
    text = "of each synthesizer's preset, where there is no SoundFont"
    parser.add_argument("--versions", type=int, default=4, help=text)
    text = "lowest, highest and step of MIDI pitch"
    default = [*PITCHES, 1]
    parser.add_argument("--pitches", type=int, nargs=3, default=default, help=text)
    parser.add_argument("--velocities", type=int, nargs="+", default=list(VELOCITIES))
    text = "notes of each instrument, drawn by chance; default all"
    parser.add_argument("--count", type=int, help=text)
    text = "parts of the instruments that go to valid and test"
    parser.add_argument(
        "--held-out", type=float, nargs=2, default=[0.1, 0.1], help=text
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    return parser


def render_set(
    output,
    *,
    sound_font=None,
    programs=None,
    versions=4,
    pitches=(*PITCHES, 1),
    velocities=VELOCITIES,
    count=None,
    held_out=(0.1, 0.1),
    seed=0,
    jobs=1,
):
    """Render the three sets; returns how many notes each has. See the command."""
    if sound_font is None:
        instruments = from_engines(versions)
    else:
        instruments = from_sound_font(sound_font, programs)
    settings = {
        "sound_font": None if sound_font is None else Path(sound_font).name,
        "programs": programs and sorted(programs), "versions": versions,
        "pitches": list(pitches), "velocities": sorted(velocities), "count": count,
        "held_out": list(held_out), "seed": seed,
    }  # fmt: skip
    _check(settings, instruments, output)
    sides = split(instruments, held_out, seed)
    tasks = list(_tasks(instruments, sides, settings, sound_font, output))
    entries = {side: {} for side in SPLITS}
    for number, (task, entry) in enumerate(_all(tasks, jobs)):
        if entry is not None:
            entries[task[0]][entry["note_str"]] = {"note": number} | entry
    for side in SPLITS:
        folder = output / f"nsynth-{side}"
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(folder / "examples.json") as file:
            text = json.dumps(entries[side], indent=1, sort_keys=True)
            file.write(text.encode())
    sweep(output)
    return {side: len(found) for side, found in entries.items()}


def _check(settings, instruments, output):
    """Raise where nothing could be rendered, or other notes are there already."""
    low, high, step = settings["pitches"]
    if not 0 <= low <= high <= 127 or step < 1:
        raise ValueError(
            f"pitches must be lowest, highest, step; got {low, high, step}"
        )
    if not all(1 <= velocity <= 127 for velocity in settings["velocities"]):
        raise ValueError(f"velocities must be 1 to 127, got {settings['velocities']}")
    if min(settings["held_out"]) < 0.0 or sum(settings["held_out"]) >= 1.0:
        raise ValueError(f"held_out must leave some, got {settings['held_out']}")
    if not instruments:
        raise ValueError("there is no instrument with these programs in the SoundFont")
    claim(output, settings)


def split(instruments, held_out, seed):
    """Which set each instrument belongs to: a list of names out of SPLITS.

    As many as were asked for go to valid and test, one at least where there are three.
    """
    n = len(instruments)
    order = np.random.default_rng([seed, 3]).permutation(n)
    least = 1 if n >= 3 else 0
    n_valid, n_test = (max(round(part * n), least if part else 0) for part in held_out)
    sides = ["train"] * n
    for k in order[:n_valid]:
        sides[k] = "valid"
    for k in order[n_valid : n_valid + n_test]:
        sides[k] = "test"
    return sides


def _tasks(instruments, sides, settings, sound_font, output):
    """Everything that is to be rendered, in order."""
    low, high, step = settings["pitches"]
    every = [
        (pitch, velocity)
        for pitch in range(low, high + 1, step)
        for velocity in settings["velocities"]
    ]
    for k, instrument in enumerate(instruments):
        chosen = range(len(every))
        if settings["count"] is not None and settings["count"] < len(every):
            rng = np.random.default_rng([settings["seed"], 5, k])
            chosen = sorted(rng.choice(len(every), settings["count"], replace=False))
        for j in chosen:
            yield (
                sides[k],
                k,
                instrument,
                *every[j],
                sound_font,
                settings["seed"],
                output,
            )


def _all(tasks, jobs):
    """Pairs of task and entry, in order, with a bar that shows how far they are."""
    with tqdm.tqdm(total=len(tasks), unit="note", disable=None) as bar:
        for task, entry in zip(tasks, _entries(tasks, jobs), strict=True):
            bar.update()
            yield task, entry


def _entries(tasks, jobs):
    if jobs == 1:
        yield from map(_note, tasks)
        return
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(jobs, context) as pool:
        yield from pool.map(_note, tasks, chunksize=16)


def _note(task):
    """Render a note, if it is not there yet; its entry, or None if it is silent."""
    side, k, instrument, pitch, velocity, sound_font, seed, output = task
    family, source, number = instrument[:3]
    name = note_name(family, source, number, pitch, velocity)
    path = output / f"nsynth-{side}" / "audio" / f"{name}.wav"
    if not path.exists():
        x = render(instrument, pitch, velocity, sound_font=sound_font, seed=seed)
        if np.abs(x).max() < SILENT:
            return None
        path.parent.mkdir(parents=True, exist_ok=True)
        write_audio(path, np.minimum(x, 32767 / 32768), SAMPLE_RATE, subtype="PCM_16")
    x = decode(path.read_bytes(), SAMPLE_RATE, name=str(path))
    found = qualities(x, pitch, distorted=instrument.distorted)
    names = [name for name, has in zip(QUALITIES, found, strict=True) if has]
    return {
        "note_str": name,
        "instrument": k,
        "instrument_str": name.split("-")[0],
        "instrument_name": instrument.title,
        "pitch": pitch,
        "velocity": velocity,
        "sample_rate": SAMPLE_RATE,
        "qualities": found,
        "qualities_str": names,
        "instrument_family": FAMILIES.index(family),
        "instrument_family_str": family,
        "instrument_source": SOURCES.index(source),
        "instrument_source_str": source,
    }


if __name__ == "__main__":
    sys.exit(main())
