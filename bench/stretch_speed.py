"""Speed of time stretching beside the peers.

Twenty seconds of a voice-like tone, 44.1 kHz, one channel, float64, at speed 0.8. The
figures are real-time factors: CPU seconds (all threads) per second of input, the least
of five runs in which all take turns; jitted in JAX on a batch of eight in float32, of
one of them. The last column is how many times ours under NumPy each takes of the CPU.
"""

import numpy as np

from bench._stretch_methods import KINDS, missing, ours, peers
from bench._timing import seconds_of

SAMPLE_RATE, SECONDS, RATE, BATCH = 44100, 20, 0.8, 8
JITTED = f"dsplab, JAX x {BATCH}"


def signal(seconds=SECONDS):
    """A gliding tone with overtones, hits and some noise."""
    rng = np.random.default_rng(0)
    t = np.arange(seconds * SAMPLE_RATE) / SAMPLE_RATE
    angle = 2 * np.pi * (140 * t + 3 * np.sin(2 * np.pi * 0.7 * t))
    x = sum(np.cos(k * angle) / k for k in range(1, 20))
    hits = rng.standard_normal(t.size) * np.exp(-((t * 3) % 1) * 60)
    return 0.1 * x + 0.2 * hits + 0.003 * rng.standard_normal(t.size)


def batched(stretch, x):
    """A jitted run over a batch of signals."""
    import jax

    batch = jax.numpy.asarray(np.stack([np.roll(x, 999 * k) for k in range(BATCH)]))
    batch = batch.astype("float32")
    each = jax.jit(jax.vmap(lambda x: stretch(x, SAMPLE_RATE, RATE)))
    return lambda: each(batch).block_until_ready()


def main(kinds=KINDS):
    """Print one table."""
    x, own, others = signal(), ours(), peers()
    if missing():
        print(f"not installed, left out: {', '.join(missing())}\n")
    print("| kind | what | CPU / s | wall / s | CPU : ours |\n|---|---|---|---|---|")
    for kind in kinds:
        if kind not in own:
            print(f"| {kind} | dsplab has none yet | | | |")
            continue
        runs = {"dsplab, NumPy": lambda f=own[kind]: f(x, SAMPLE_RATE, RATE)}
        if kind != "psola":  # its pitch marks depend on the sound: NumPy only
            runs[JITTED] = batched(own[kind], x)
        for name, f in others[kind].items():
            runs[name] = lambda f=f: f(x, SAMPLE_RATE, RATE)
        times = seconds_of(runs)
        mine = times["dsplab, NumPy"]
        for name, spent in times.items():
            line(kind, name, spent / (BATCH if name == JITTED else 1), mine)


def line(kind, name, times, mine):
    """Print one row."""
    cpu, wall = (t / SECONDS for t in times)
    ratio = times[0] / mine[0]
    print(f"| {kind} | {name} | {cpu:.5f} | {wall:.5f} | {ratio:.2f} |", flush=True)


if __name__ == "__main__":
    main()
