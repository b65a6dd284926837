"""Physical models beside STK and Csound: tuning, decay, speed.

Tuning: cents between the fundamental, by the turning of its phase over a second, and
the note that was asked for. T60: of harmonics 1 to 8 of a plucked string against the
formula, from its loop, which is 1 - 1 / transform of the answer to an impulse. Speed:
seconds of sound in a CPU second, one thread, 4 s of one voice; JAX jitted, in float32.
"""

import functools

import numpy as np

from bench._physical_peers import SAMPLE_RATE, missing, peers
from bench._timing import cpu_seconds
from dsplab.synths import finite_difference, modal, plucked, waveguide, winds

PITCHES = (82.41, 220.0, 440.0, 880.0, 1760.0)


def ours():
    """Name to function of (frequency, seconds) that returns the sound."""

    def of(engine, **options):
        def play(f0, seconds):
            curve = np.full(int(seconds * SAMPLE_RATE), f0)
            return engine.voice(curve, seconds, SAMPLE_RATE, **options)

        return play

    return {
        "dsplab plucked": of(plucked, patch="steel guitar"),
        "dsplab waveguide": of(waveguide),
        "dsplab finite difference": of(finite_difference),
        "dsplab clarinet": of(winds, patch="clarinet"),
        "dsplab flute": of(winds, patch="flute"),
        "dsplab modal": of(modal, patch="vibraphone"),
    }


def cents(y, f0):
    """How far the fundamental of y is from f0, from 0.3 s to 1.3 s of it."""
    y = y[int(0.3 * SAMPLE_RATE) : int(1.3 * SAMPLE_RATE)]
    n, hop = int(0.2 * SAMPLE_RATE), int(0.05 * SAMPLE_RATE)
    near = np.arange(int(0.92 * f0), int(1.09 * f0) + 1)  # bins of 1 Hz
    level = abs(np.fft.rfft(y * np.hanning(y.size), SAMPLE_RATE))
    found, t = float(near[level[near].argmax()]), np.arange(y.size) / SAMPLE_RATE
    for _ in range(3):
        tone = y * np.exp(-2j * np.pi * found * t)
        starts = range(0, y.size - n + 1, hop)
        level = np.array([np.hanning(n) @ tone[s : s + n] for s in starts])
        turn = (level[1:] * level[:-1].conj()).sum()
        found += np.angle(turn) * SAMPLE_RATE / (2 * np.pi * hop)
    return 1200.0 * np.log2(found / f0)


def tuning():
    """Print the table of cents."""
    heads = " | ".join(f"{f:g} Hz" for f in PITCHES)
    print(f"| cents off | {heads} |\n|---|{'---|' * len(PITCHES)}")
    every = dict(ours())
    for name, play in peers().items():
        every[name] = lambda f, s, play=play: play(f, s)[0]
    for name, play in every.items():
        found = [cents(play(f, 1.5), f) for f in PITCHES]
        print(f"| {name} | " + " | ".join(f"{c:.4f}" for c in found) + " |", flush=True)


def decays(t60=4.0):
    """Print the table of T60 against the formula."""
    print("\n| T60, plucked | harmonic | formula / s | measured / s | off |")
    print("|---|---|---|---|---|")
    worst = 0.0
    for f0 in PITCHES:
        rho, s = plucked.loss(np.array(f0), t60, SAMPLE_RATE)
        n = int(14 * SAMPLE_RATE)
        y = plucked.string(np.eye(1, n)[0], np.full(n, f0), SAMPLE_RATE, t60=t60)
        for k in range(1, 9):
            turn = np.exp(-2j * np.pi * k * f0 / SAMPLE_RATE * np.arange(n))
            loop = abs(1.0 - 1.0 / (y @ turn))
            wave = np.exp(-2j * np.pi * k * f0 / SAMPLE_RATE)
            formula = -60 / (20 * np.log10(abs(rho * (1 - s + s * wave))) * f0)
            measured = -60 / (20 * np.log10(loop) * f0)
            worst = max(worst, abs(measured / formula - 1))
            if f0 == 220.0 and k in (1, 2, 4, 8):
                off = f"{100 * (measured / formula - 1):.4f} %"
                print(f"| {f0:g} Hz | {k} | {formula:.3f} | {measured:.3f} | {off} |")
    print(f"\nworst of {len(PITCHES)} pitches, harmonics 1 to 8: {100 * worst:.3f} %")


def _note(engine, seconds, f0):
    return engine.voice(f0, seconds, SAMPLE_RATE)


def speed(seconds=4.0):
    """Print the table of real-time factors."""
    import jax
    import jax.numpy as jnp

    pitches = (82.41, 440.0, 1760.0)
    heads = " | ".join(f"{f:g} Hz" for f in pitches)
    print(f"\n| times real time | {heads} |\n|---|{'---|' * len(pitches)}")
    for name, play in ours().items():
        row = [
            seconds / cpu_seconds(functools.partial(play, f, seconds)) for f in pitches
        ]
        print(f"| {name}, NumPy | " + " | ".join(f"{r:.1f}" for r in row) + " |")
    engines = {"plucked": plucked, "flute": winds, "waveguide": waveguide}
    for name, engine in engines.items():
        voice = jax.jit(functools.partial(_note, engine, seconds))
        row = []
        for f in pitches:
            f0 = jnp.full(int(seconds * SAMPLE_RATE), f, "float32")
            spent = cpu_seconds(lambda v=voice, x=f0: v(x).block_until_ready())
            row.append(seconds / spent)
        print(f"| dsplab {name}, JAX | " + " | ".join(f"{r:.1f}" for r in row) + " |")
    for name, play in peers().items():
        row = [seconds / play(f, seconds)[1] for f in pitches]
        print(f"| {name} | " + " | ".join(f"{r:.1f}" for r in row) + " |", flush=True)


def main():
    """Print the three tables."""
    if missing():
        print(f"not installed, left out: {', '.join(missing())}\n")
    tuning()
    decays()
    speed()


if __name__ == "__main__":
    main()
