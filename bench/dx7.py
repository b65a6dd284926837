"""DX7: how true to its laws, how true to Dexed's engine, and how quick.

Laws are measured on rendered sines, beside the formula. The comparison with the engine
of Dexed needs its sources: DEXED names a checkout; the voices are those of the banks
that come with it, keys 36 to 84, velocities 20 to 127, two seconds at 44.1 kHz. Left
out are algorithms 4, 6 and 32 with feedback, where its default engine plays other loops
than the instrument has. Its oscillators run on frequencies rounded down to 24 bits of a
cycle; that is most of the difference. Speeds are seconds of sound for each CPU second.
"""

import time

import numpy as np

from bench import _msfa
from bench._timing import cpu_seconds

RATE, N_BLOCKS, OFF, N_VOICES = 44100, 1378, 1000, 198


def sine(**changes):
    """One operator, heard alone."""
    from dsplab.formats.dx7 import Operator, Patch

    steady = {"rates": (99,) * 4, "levels": (99,) * 4, "level": 99}
    return Patch((Operator(**(steady | changes)), *(Operator(),) * 5), 32)


def blocks_db(y):
    """Level of each block in dB of full level."""
    loudest = abs(y[: y.size // 64 * 64]).reshape(-1, 64).max(axis=1)
    return 20.0 * np.log10(loudest / (0.5 / 6) + 1e-12)


def envelope(n_blocks, *, velocity=100.0, **changes):
    """Levels of a sine of 9772 Hz, in each block."""
    from dsplab.synths.dx7 import voice

    patch = sine(fixed=1, coarse=3, fine=99, **changes)
    f0 = np.full(64 * n_blocks, 261.6256)
    return blocks_db(voice(f0, 999.0, RATE, velocity=velocity, patch=patch))


def laws():
    """Rows: what, measured, formula."""
    for level in (98, 90, 80, 50, 20):
        yield (
            f"output level {level} / dB",
            envelope(60, level=level)[40:].max(),
            (-(99 - level) * 32 / 256 * 6.0206),
        )
    for rate in (35, 50, 60, 70):
        db = envelope(600, rates=(99, rate, 99, 99), levels=(99, 0, 0, 0))
        q = min(63, rate * 41 // 64)
        law = 6.0206 * (4 + q % 4) * 2.0 ** (q // 4 + 8) / 2**24 * RATE / 64
        n = max(3, min(500, int(50.0 / law * RATE / 64)))
        yield f"decay, rate {rate} / dB/s", (db[3] - db[3 + n]) / n * RATE / 64, law
    for velocity, law in ((127, 5.27), (64, -10.5), (20, -31.6), (1, -78.6)):
        db = envelope(60, velocity=float(velocity), velocity_sensitivity=7)
        yield f"velocity {velocity} / dB", db[40:].max(), law
    for rate, law in ((30, 1.51), (50, 0.164), (70, 0.0189)):
        db = envelope(int(law * 800) + 10, rates=(rate, 99, 99, 99))
        yield f"attack, rate {rate} / s", np.argmax(db > -0.92) * 64 / RATE, law


def quickness():
    """Seconds of sound for each CPU second: of the presets, NumPy and JAX."""
    import jax

    from dsplab.synths.dx7 import PRESETS, voice

    f0 = np.full(2 * RATE, 220.0)
    speeds = {
        name: 2.0 / cpu_seconds(lambda p=name: voice(f0, 1.5, RATE, patch=p))
        for name in PRESETS
    }
    yield "NumPy, median of 32 voices", np.median(list(speeds.values()))
    slowest = min(speeds, key=speeds.get)
    yield f"NumPy, slowest ({slowest})", speeds[slowest]
    for level in (84, 99):  # of all operators: 99 is noise wherever there is feedback
        rows = {n: of_algorithm(n, level) for n in range(1, 33)}
        speeds = {
            n: 2.0 / cpu_seconds(lambda p=p: voice(f0, 1.5, RATE, patch=p))
            for n, p in rows.items()
        }
        last = min(speeds, key=speeds.get)
        what = f"NumPy, 32 algorithms, feedback 7, level {level}"
        yield f"{what}, median", np.median(list(speeds.values()))
        yield f"{what}, slowest ({last})", speeds[last]
    x = jax.numpy.asarray(f0, dtype="float32")
    run = jax.jit(lambda x: voice(x, 1.5, RATE, patch=slowest))
    yield f"JAX, {slowest}", 2.0 / cpu_seconds(lambda: run(x).block_until_ready())


def of_algorithm(number, level):
    """Six operators of one level, never silent, with the strongest feedback."""
    from dsplab.formats.dx7 import Operator, Patch

    steady = {"rates": (99,) * 4, "levels": (99,) * 4, "level": level}
    operators = tuple(Operator(coarse=c, **steady) for c in (1, 2, 3, 5, 7, 4))
    return Patch(operators, number, 7)


def played(patch, note, velocity):
    """Our voice, in the units of the engine."""
    from dsplab.synths import _dx7_algorithms, dx7

    f0 = np.full(64 * N_BLOCKS, 440.0 * 2.0 ** ((note - 69) / 12))
    options = {"velocity": float(velocity), "patch": patch}
    n_carriers = len(dx7.ALGORITHMS[patch.algorithm - 1].carriers)
    y = dx7.voice(f0, OFF * 64 / RATE, RATE, **options)
    return y * n_carriers / _dx7_algorithms.HEARD


def compare(engine):
    """(SNR in dB, spectral convergence), CPU seconds of both, of random voices."""
    from dsplab.analysis.comparison import spectral_convergence

    rng, banks = np.random.default_rng(0), list(_msfa.banks())
    rows, spent = [], np.zeros(2)
    while len(rows) < N_VOICES:
        patch = banks[len(rows) % len(banks)][1][int(rng.integers(32))]
        note, velocity = int(rng.integers(36, 85)), int(rng.integers(20, 128))
        looped = patch.algorithm in (4, 6, 32) and patch.feedback
        if looped or not 0 <= note + patch.transpose <= 127:
            continue
        begin = time.process_time()
        x = engine(patch, note, velocity, N_BLOCKS, OFF)
        middle = time.process_time()
        y = played(patch, note, velocity)
        if abs(x).max() < 1e-3:
            continue
        spent += (middle - begin, time.process_time() - middle)
        snr = 10.0 * np.log10((x**2).sum() / ((x - y) ** 2).sum())
        options = {"n_fft": 1024, "hop_length": 256}
        rows.append((snr, float(spectral_convergence(x, y, **options))))
    return np.array(rows), spent


def main():
    """Print the tables."""
    print("| law | measured | formula |\n|---|---|---|")
    for what, measured, law in laws():
        print(f"| {what} | {measured:.4g} | {law:.4g} |", flush=True)
    print("\n| one voice, 2 s | x real time |\n|---|---|")
    for what, speed in quickness():
        print(f"| {what} | {speed:.0f} |", flush=True)
    engine = _msfa.engine()
    if engine is None:
        print("\nnot there, left out: Dexed's engine (DEXED names a checkout of it)")
        return
    rows, spent = compare(engine)
    seconds = N_VOICES * N_BLOCKS * 64 / RATE
    print(f"\n| {len(rows)} voices | 5 % | 25 % | median | 75 % | 95 % |")
    print("|---|---|---|---|---|---|")
    for name, column in zip(("SNR / dB", "spectral convergence"), rows.T, strict=True):
        cells = " | ".join(
            f"{v:.4g}" for v in np.percentile(column, [5, 25, 50, 75, 95])
        )
        print(f"| {name} | {cells} |")
    print(
        f"\nx real time: Dexed {seconds / spent[0]:.0f}, ours {seconds / spent[1]:.0f}"
    )


if __name__ == "__main__":
    main()
