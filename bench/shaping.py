"""Wave shaping: how much aliases, and what it costs; FM.

A sine at 1245 or 4186 Hz, 44.1 kHz, through a curve: the power of everything that is
no harmonic over that of the harmonics, to half the sampling rate and below 16 kHz, and
the level error of the highest harmonic below 16 kHz. Exactly one second of the middle,
so that every harmonic lies on a bin. Speed: seconds of sound per CPU second, ten
seconds at a time, least of three runs; JAX jitted in float32.
"""

import importlib.util

import numpy as np

from bench._timing import cpu_seconds
from dsplab.shaping.curves import find_curve
from dsplab.shaping.waveshaping import waveshape
from dsplab.synths import fm
from dsplab.synths.operators import phase_modulation

RATE, SECONDS = 44100, 10
PITCHES = (1245, 4186)
CURVES = {"hard clip": 10.0, "tanh": 10.0, "soft clip": 10.0, "triangle fold": 5.0}
WAYS = {
    "naive": (0, 1),
    "ADAA1": (1, 1),
    "ADAA2": (2, 1),
    "4x": (0, 4),
    "8x": (0, 8),
    "ADAA1 + 4x": (1, 4),
    "ADAA2 + 2x": (2, 2),
    "ADAA2 + 4x (default)": (2, 4),
}


def sine(frequency, seconds):
    """A sine whose phase is exact."""
    n = np.arange(round(seconds * RATE))
    return np.sin(2 * np.pi * (frequency * n % RATE) / RATE)


def aliases(y, frequency, curve, drive):
    """(dB of all aliases, dB of those below 16 kHz, dB error of the top harmonic)."""
    power = abs(np.fft.rfft(y) / RATE) ** 2
    bins = np.arange(power.size)
    harmonic = bins % frequency == 0
    total = power[harmonic].sum()
    exact = find_curve(curve).value(
        drive * np.sin(2 * np.pi * np.arange(2**18) / 2**18)
    )
    exact = abs(np.fft.rfft(exact)) / 2**18
    top = max(k for k in range(1, 16000 // frequency + 1) if exact[k] > 1e-6)
    error = 20 * np.log10(np.sqrt(power[top * frequency]) / exact[top])
    in_db = [
        10 * np.log10(power[~harmonic & (bins < limit)].sum() / total + 1e-30)
        for limit in (RATE, 16000)
    ]
    return *in_db, error


def table(curve, drive):
    """Print the aliases of one curve, each way."""
    print(f"\n{curve}, drive {drive:g}\n")
    print("| way | 1245: all | < 16k | top | 4186: all | < 16k | top |")
    print("|---|---|---|---|---|---|---|")
    ways = {
        name: lambda x, a=a, o=o: waveshape(
            x, curve, drive=drive, antialiasing=a, oversampling=o
        )
        for name, (a, o) in WAYS.items()
    }
    for name, way in {**ways, **peers(curve, drive)}.items():
        cells = []
        for frequency in PITCHES:
            y = way(sine(frequency, 2.0))[RATE // 2 :][:RATE]
            cells += aliases(y, frequency, curve, drive)
        print(f"| {name} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |")


def peers(curve, drive):
    """What pedalboard has of this curve."""
    if importlib.util.find_spec("pedalboard") is None:
        return {}
    import pedalboard

    gain_db = 20 * np.log10(drive)
    boards = {
        "hard clip": [pedalboard.Gain(gain_db), pedalboard.Clipping(0.0)],
        "tanh": [pedalboard.Distortion(gain_db)],
    }
    if curve not in boards:
        return {}
    board = pedalboard.Pedalboard(boards[curve])
    return {"pedalboard": lambda x: board(x.astype(np.float32), RATE).astype(float)}


def factor(run):
    """Seconds of sound per CPU second."""
    return SECONDS / cpu_seconds(run)


def jitted(function, x):
    """The same, compiled."""
    import jax

    compiled, x = jax.jit(function), jax.numpy.asarray(x, jax.numpy.float32)
    return factor(lambda: compiled(x).block_until_ready())


def main():
    """Print the tables."""
    if importlib.util.find_spec("pedalboard") is None:
        print("not installed, left out: pedalboard")
    for curve, drive in CURVES.items():
        table(curve, drive)
    print("\n| speed, x real time | NumPy | JAX | pedalboard |\n|---|---|---|---|")
    x = sine(1245, SECONDS)
    for curve, drive in CURVES.items():
        for name in ("naive", "4x", "ADAA1 + 4x", "ADAA2 + 4x (default)"):
            a, o = WAYS[name]
            options = {"drive": drive, "antialiasing": a, "oversampling": o}

            def run(x, curve=curve, options=options):
                return waveshape(x, curve, **options)

            mine, compiled = factor(lambda run=run: run(x)), jitted(run, x)
            other = "".join(
                f"{factor(lambda f=f: f(x)):.0f}" for f in peers(curve, drive).values()
            )
            print(f"| {curve}, {name} | {mine:.0f} | {compiled:.0f} | {other} |")
    f0 = np.full(SECONDS * RATE, 220.0)

    def two(f0):
        return phase_modulation(f0, 440.0, RATE, index=3.0)

    print(
        f"| FM, 2 operators | {factor(lambda: two(f0)):.0f} | {jitted(two, f0):.0f} | |"
    )

    def plain():
        angle = 2 * np.pi * np.cumsum(f0) / RATE
        return np.sin(angle + 3.0 * np.sin(2.0 * angle))

    print(f"| FM, 2 operators, a plain cumsum | {factor(plain):.0f} | | |")
    for name in ("brass", "electric piano", "bass"):

        def note(f0, name=name):
            return fm.voice(f0, 9.0, RATE, patch=name)

        both = factor(lambda note=note: note(f0)), jitted(note, f0)
        print(f"| FM voice, {name} | {both[0]:.0f} | {both[1]:.0f} | |", flush=True)


if __name__ == "__main__":
    main()
