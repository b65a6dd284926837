"""Additive synthesis: 64 partials, ten seconds, beside a plain loop and DDSP.

44.1 kHz, float64 in NumPy, float32 in JAX, one thread. The fundamental has vibrato (or
stands still where it says so), every partial a level of its own that moves. Speed is
seconds of sound for a CPU second, the best of three runs. The error is against the
loop, at the worst sample. DDSP, which lets levels move at 250 Hz, counts if installed.
"""

import importlib.util

import numpy as np

from bench._timing import cpu_seconds
from dsplab.sources.partials import sum_partials

RATE, SECONDS, N_PARTIALS, HOP = 44100, 10, 64, 256
N = RATE * SECONDS
K = np.arange(1.0, N_PARTIALS + 1)
STRETCHED = K * np.sqrt(1.0 + 1e-4 * K**2)


def levels():
    """A level for each partial and frame, (n_partials, n_frames)."""
    t = np.arange(-(-N // HOP) + 1) * HOP / RATE
    return np.exp(-0.1 * K[:, None] * t) / K[:, None]


def vibrato():
    """220 Hz with half a semitone of vibrato."""
    return 220.0 * 2.0 ** (np.sin(2 * np.pi * 5 * np.arange(N) / RATE) / 24)


def plain_loop(f0, ratios):
    """One sine after the other: what everybody writes first."""
    phase = np.concatenate([[0.0], np.cumsum(f0[:-1])]) / RATE
    y, places = np.zeros(N), np.arange(levels().shape[1]) * HOP
    for ratio, row in zip(ratios, levels(), strict=True):
        if ratio * f0.max() < RATE / 2:
            level = np.interp(np.arange(N), places, row)
            y += level * np.sin(2 * np.pi * ratio * phase)
    return y


def line(what, run, exact=None):
    """Print one row."""
    seconds, y = cpu_seconds(run), run()
    error = ""
    if exact is not None:
        worst = np.abs(np.asarray(y, float) - exact).max() / np.abs(exact).max()
        error = f"{20 * np.log10(worst):.0f}"
    print(f"| {what} | {SECONDS / seconds:.0f} | {error} |", flush=True)


def jitted(ratios):
    """The same function under JAX, in float32."""
    import jax

    f0 = jax.numpy.asarray(vibrato(), "float32")
    a = jax.numpy.asarray(levels(), "float32")
    run = jax.jit(lambda f0, a: sum_partials(f0, a, RATE, ratios=ratios))
    return lambda: run(f0, a).block_until_ready()


def ddsp():
    """Its harmonic oscillator bank, or None."""
    if importlib.util.find_spec("ddsp") is None:
        return None
    from ddsp.core import harmonic_synthesis

    step = RATE // 250
    f0 = vibrato()[::step][None, :, None].astype("float32")
    a = np.repeat(1.0 / K[None, None], f0.shape[1], axis=1).astype("float32")

    def run():
        return harmonic_synthesis(
            f0, a, n_samples=N, sample_rate=RATE, amp_resample_method="linear"
        ).numpy()

    return run


def main():
    """Print the table."""
    f0, still = vibrato(), np.full(N, 220.0)
    harmonic, stretched = plain_loop(f0, K), plain_loop(f0, STRETCHED)
    a = levels()
    print("| what | x real time | error / dB |\n|---|---|---|")
    line("plain loop over partials", lambda: plain_loop(f0, K))
    line("dsplab, harmonics", lambda: sum_partials(f0, a, RATE), harmonic)
    line("dsplab, harmonics, JAX", jitted(None), harmonic)
    line(
        "dsplab, stiff string, steady pitch",
        lambda: sum_partials(still, a, RATE, ratios=STRETCHED),
        plain_loop(still, STRETCHED),
    )
    line(
        "dsplab, stiff string, vibrato",
        lambda: sum_partials(f0, a, RATE, ratios=STRETCHED),
        stretched,
    )
    line("dsplab, stiff string, vibrato, JAX", jitted(STRETCHED), stretched)
    peer = ddsp()
    if peer is None:
        print("\nnot installed, left out: ddsp")
    else:
        line("DDSP, harmonics", peer)


if __name__ == "__main__":
    main()
