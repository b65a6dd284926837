"""Drum loops in a second: data for whoever learns from them.

Two bars at 120 (four seconds), 44.1 kHz, one channel, every loop another. CPU seconds,
one thread, the kit rendered once before; then with a kit of its own for every loop; and
as a first program does it, which makes every hit when it sounds.
"""

import time

import numpy as np

from dsplab.synths.drum_kits import render_kit
from dsplab.synths.drum_loops import STYLES, drum_loop, drum_pattern

RATE, TEMPO, LOOPS, BARS = 44100, 120.0, 20, 2


def per_second(make, loops=LOOPS):
    """How many loops in a CPU second."""
    make(0)
    start = time.process_time()
    for seed in range(loops):
        make(seed)
    return loops / (time.process_time() - start)


def one(style, seed, **options):
    """A loop from a seed."""
    rng = np.random.default_rng(seed)
    options = {"sample_rate": RATE, "tempo": TEMPO, "bars": BARS} | options
    return drum_loop(style, rng=rng, **options)


def own_kit(style, seed):
    """A loop with its own drums."""
    rng = np.random.default_rng(seed)
    kit = render_kit(STYLES[style].kit, RATE, rng=rng, variety=0.2)
    return one(style, seed, kit=kit)


def rendered_each_time(style, seed):
    """What a first program does: every hit is made when it sounds."""
    rng = np.random.default_rng(seed)
    y = np.zeros(round(4 * BARS * 60 / TEMPO * RATE))
    for hit in drum_pattern(style, bars=BARS, rng=rng):
        sound, _ = render_kit(STYLES[style].kit, RATE, rng=rng)[hit.drum]
        start = round(hit.beat * 60 / TEMPO * RATE)
        part = sound[: len(y) - start]
        y[start : start + len(part)] += hit.velocity / 127 * part
    return y


def main():
    """Print the table."""
    seconds = 4 * BARS * 60 / TEMPO
    print("| style | loops/s | x real time |\n|---|---|---|")
    speeds = [per_second(lambda s, name=name: one(name, s)) for name in STYLES]
    for name, speed in zip(STYLES, speeds, strict=True):
        print(f"| {name} | {speed:.0f} | {speed * seconds:.0f} |", flush=True)
    speed = per_second(lambda s: one("rock", s, stereo=True))
    print(f"| rock, stereo | {speed:.0f} | {speed * seconds:.0f} |")
    speed = per_second(lambda s: own_kit("rock", s), 5)
    print(f"| rock, a kit for each loop | {speed:.1f} | {speed * seconds:.0f} |")
    speed = per_second(lambda s: rendered_each_time("reggae", s), 1)
    print(f"| reggae, every hit made anew | {speed:.2f} | {speed * seconds:.1f} |")


if __name__ == "__main__":
    main()
