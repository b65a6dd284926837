"""Filters: how fast those that move are, how well the ladder is tuned, what stays calm.

Speed: ten seconds of noise at 44.1 kHz, a lowpass of q 10 whose cutoff is another
random number at every sample; CPU time (all threads), the least of several runs, as a
multiple of real time, beside the loop that everybody writes first (on one second) and
SciPy's filter, which cannot move. Tuning: where the peak of the ladder's response is,
against 1 / ((1 + s)^4 + k), at 44.1 kHz. Calm: the largest sample that comes out, for
noise of peak 0.44. Static filters: the largest difference of coefficients and
responses.
"""

import numpy as np

from bench._timing import cpu_seconds
from dsplab.filters import design, response
from dsplab.filters.ladder import ladder, peak_ratio
from dsplab.filters.time_varying import direct_form, one_pole, state_variable

RATE, SECONDS, Q = 44100, 10, 10.0


def row(name, run, *, seconds=SECONDS, repeats=7):
    """Print one row of the table of speeds."""
    spent = cpu_seconds(run, repeats) / seconds
    print(f"| {name} | {1e4 * spent:.1f} | {1 / spent:.0f} |", flush=True)


def naive(x, cutoff):
    """The loop: coefficients and two states, sample by sample in NumPy arrays."""
    y, s1, s2 = np.zeros_like(x), 0.0, 0.0
    for n in range(len(x)):
        g = np.tan(np.pi * cutoff[n] / RATE)
        band = (s1 + g * (x[n] - s2)) / (1.0 + g * (g + 1.0 / Q))
        y[n] = s2 + g * band
        s1, s2 = 2.0 * band - s1, 2.0 * y[n] - s2
    return y


def speed():
    """The table of speeds."""
    import jax
    import jax.numpy as jnp
    import scipy.signal

    rng = np.random.default_rng(0)
    x = rng.standard_normal(SECONDS * RATE)
    cutoff = 1000.0 * 2.0 ** rng.uniform(-2, 2, x.size)
    print("| what | ms | times real time |\n|---|---|---|")
    row("state-variable, naive loop", lambda: naive(x[:RATE], cutoff[:RATE]),
        seconds=1, repeats=1)  # fmt: skip
    row("state-variable, NumPy", lambda: state_variable(x, cutoff, RATE, q=Q))
    row("one pole, NumPy", lambda: one_pole(x, cutoff, RATE))
    row("ladder, linear, NumPy", lambda: ladder(x, cutoff, RATE, resonance=0.9))
    row("ladder with tanh, NumPy",
        lambda: ladder(x[:RATE], cutoff[:RATE], RATE, resonance=0.9, drive=1.0),
        seconds=1, repeats=1)  # fmt: skip
    still = design.second_order("lowpass", 1000.0, RATE, q=Q)
    row("does not move: SciPy's lfilter", lambda: scipy.signal.lfilter(*still, x))
    kinds = {
        "state-variable": lambda x, f: state_variable(x, f, RATE, q=Q),
        "ladder, linear": lambda x, f: ladder(x, f, RATE, resonance=0.9),
        "ladder with tanh": lambda x, f: ladder(x, f, RATE, resonance=0.9, drive=1.0),
    }
    for name, function in kinds.items():
        jitted = jax.jit(function)
        for dtype in ("float32", "float64"):
            with jax.enable_x64(dtype == "float64"):
                arrays = jnp.asarray(x, dtype), jnp.asarray(cutoff, dtype)
                row(f"{name}, JAX {dtype}",
                    lambda f=jitted, a=arrays: f(*a).block_until_ready())  # fmt: skip


def tuning():
    """The table of the ladder's tuning."""
    print("\n| cutoff | resonance | peak, cents off | its height, dB off |")
    print("|---|---|---|---|")
    n = 24000
    for cutoff in (250.0, 1000.0, 4000.0, 8000.0):
        for resonance in (0.5, 0.9, 0.975):
            top = peak_ratio(resonance)
            height = 1.0 / abs((1.0 + 1j * top) ** 4 + 4.0 * resonance)
            y = ladder(np.eye(1, n)[0], cutoff, RATE, resonance=resonance)
            cents = np.linspace(-10, 10, 401)
            f = cutoff * top * 2.0 ** (cents / 1200)
            gain = abs(np.exp(-2j * np.pi / RATE * np.outer(f, np.arange(n))) @ y)
            off = 20 * np.log10(gain.max() / height)
            print(f"| {cutoff:.0f} | {resonance} | {cents[gain.argmax()]:.2f} "
                  f"| {off:.4f} |")  # fmt: skip


def calm():
    """The table of what stays bounded."""
    rng = np.random.default_rng(1)
    n = 2 * RATE
    x, t = rng.uniform(-0.44, 0.44, n), np.arange(n) / RATE
    square = np.sign(np.sin(2 * np.pi * 2000 * t))
    cases = {
        "5 Hz, 2 octaves, q 10": (2 * np.sin(2 * np.pi * 5 * t), 10.0),
        "500 Hz, 2 octaves, q 10": (2 * np.sin(2 * np.pi * 500 * t), 10.0),
        "500 Hz, 2 octaves, q 50": (2 * np.sin(2 * np.pi * 500 * t), 50.0),
        "2 kHz square, 3 octaves, q 10": (3 * square, 10.0),
        "random, 4 octaves, q 50": (rng.uniform(-4, 4, n), 50.0),
    }
    print("\n| cutoff 1 kHz, moved by | difference equation | state-variable |")
    print("|---|---|---|")
    for name, (octaves, q) in cases.items():
        cutoff = np.minimum(1000.0 * 2.0**octaves, 0.49 * RATE)
        with np.errstate(all="ignore"):
            plain = direct_form(x, *design.second_order("lowpass", cutoff, RATE, q=q))
        y = state_variable(x, cutoff, RATE, q=q)
        print(f"| {name} | {abs(plain).max():.3g} | {abs(y).max():.2f} |")


def static():
    """How far static filters are from SciPy's."""
    import scipy.signal

    w = np.linspace(0.0, np.pi, 500)
    worst = 0.0
    for order in (1, 2, 4, 7, 8):
        for kind in design.STEEP_KINDS:
            ours = design.butterworth(kind, 1000.0, RATE, order=order)
            theirs = scipy.signal.butter(order, 1000, kind, output="sos", fs=RATE)
            h = response.sections_response(ours, w * RATE / (2 * np.pi), RATE)
            worst = max(worst, abs(h - scipy.signal.sosfreqz(theirs, w)[1]).max())
    print(f"\nButterworth against SciPy, largest difference of responses: {worst:.1e}")
    x = np.random.default_rng(2).standard_normal(RATE)
    worst = 0.0
    for kind in design.KINDS:
        b, a = design.second_order(kind, 1000.0, RATE, q=3.0, gain_db=6.0)
        y = state_variable(x, 1000.0, RATE, kind=kind, q=3.0, gain_db=6.0)
        worst = max(worst, abs(y - scipy.signal.lfilter(b, a, x)).max())
    print(f"state-variable, still, against SciPy's lfilter: {worst:.1e}")


def main():
    """Print the tables."""
    speed()
    tuning()
    calm()
    static()


if __name__ == "__main__":
    main()
