"""Classic waves: wrong notes, loss of treble and speed, method by method.

A saw of 1245 and one of 4186 Hz, the second of two seconds at 44.1 kHz: every harmonic
lies on a bin, and what lies between is wrong. Levels are powers relative to the
harmonics, all of them and those below 16 kHz; droop is the level error of the highest
harmonic below 16 kHz. Speed is seconds of sound for each CPU second, of the 1245 Hz
saw; JAX is jitted, in float32. Below: the sine of a minute, a wavetable, hard sync, and
a recorded saw of 220 Hz transposed.
"""

import importlib.util
import shutil

import numpy as np
import scipy.signal

from bench._timing import cpu_seconds
from dsplab.analysis.comparison import sine_snr_db
from dsplab.sources.oscillators import ANTIALIASING, oscillator
from dsplab.sources.sync import sync_oscillator
from dsplab.sources.transposition import varispeed
from dsplab.sources.wavetable import make_tables, wavetable_oscillator

RATE, SECONDS = 44100, 2
PITCHES = (1245, 4186)


def quality(y, f0):
    """Wrong notes, those below 16 kHz, and droop, in dB, of a saw's last second."""
    power = np.abs(np.fft.rfft(np.asarray(y[-RATE:], float))) ** 2
    k = np.arange(len(power))
    harmonic = (k % f0 == 0) & (k > 0)
    wrong = ~harmonic & (k > 0)
    levels = [
        10 * np.log10(power[part].sum() / power[harmonic].sum() + 1e-30)
        for part in (wrong, wrong & (k < 16000))
    ]
    top = 16000 // f0
    first, last = power[f0], power[top * f0]
    return *levels, 10 * np.log10(last * top**2 / first)


def row(name, play, repeats=5):
    """Print one method: play(f0) is the saw."""
    cells = []
    for f0 in PITCHES:
        cells += [f"{level:.1f}" for level in quality(play(f0), f0)[:2]]
        cells.append(f"{quality(play(f0), f0)[2]:.2f}")
    speed = SECONDS / cpu_seconds(lambda: play(PITCHES[0]), repeats)
    print(f"| {name} | {' | '.join(cells)} | {speed:.0f} |", flush=True)


def own():
    """Rows of ours."""
    import jax

    def numpy_saw(f0, method):
        f = np.full(SECONDS * RATE, float(f0))
        return oscillator(f, RATE, shape="saw", antialiasing=method, start=0.1)

    for method in ANTIALIASING:
        row(f"dsplab {method}, NumPy", lambda f0, m=method: numpy_saw(f0, m), 3)
    for method in ("polyblep", "blep", "wavetable"):

        @jax.jit
        def saw(f, method=method):
            return oscillator(f, RATE, shape="saw", antialiasing=method, start=0.1)

        row(f"dsplab {method}, JAX", lambda f0, play=saw: _ready(play, f0))


def _ready(play, f0):
    f = np.full(SECONDS * RATE, f0, np.float32)
    return play(f).block_until_ready()


def scipy_saw(f0):
    """SciPy's."""
    t = np.arange(SECONDS * RATE) / RATE
    return scipy.signal.sawtooth(2 * np.pi * f0 * (t + 0.37e-4))


def csound_row():
    """Csound's band-limited oscillator."""
    from bench._physical_peers import _csound

    line = "ares vco2 1, {f}, 0"
    cells = []
    for f0 in PITCHES:
        y, _ = _csound(line, f0, SECONDS)
        levels = quality(y[: SECONDS * RATE], f0)
        cells += [f"{levels[0]:.1f}", f"{levels[1]:.1f}", f"{levels[2]:.2f}"]
    _, seconds = _csound(line, PITCHES[0], 60.0)
    print(f"| Csound vco2 | {' | '.join(cells)} | {60 / seconds:.0f} |", flush=True)


def synthax_row():
    """SynthAX's saw, a bent sine; its pitch is not quite the one asked for."""
    import jax
    import jax.numpy as jnp
    from synthax.config import SynthConfig
    from synthax.modules.oscillators import SquareSawVCO

    synth = SquareSawVCO(config=SynthConfig(1, RATE, SECONDS))
    control = jnp.zeros((1, SECONDS * RATE))
    params = synth.init(jax.random.PRNGKey(0), jnp.full(1, 60.0), control)
    middle = {"tuning": 0.5, "mod_depth": 0.5, "initial_phase": 0.5, "shape": 1.0}
    params = jax.tree_util.tree_map_with_path(
        lambda path, leaf: jnp.full_like(
            leaf, next(v for n, v in middle.items() if n in str(path))
        ),
        params,
    )
    play = jax.jit(synth.apply)

    def saw(f0):
        midi = jnp.full(1, 69.0 + 12.0 * np.log2(f0 / 440.0))
        return np.asarray(play(params, midi, control))[0]

    row("SynthAX SquareSawVCO", saw)


def more():
    """What else the sources promise."""
    import jax

    n, f0 = 60 * RATE, 4186.0
    single = jax.jit(lambda f: oscillator(f, RATE))(np.full(n, f0, np.float32))
    for name, y in {
        "NumPy": oscillator(np.full(n, f0), RATE),
        "JAX float32": np.asarray(single, float),
    }.items():
        own_pitch = sine_snr_db(y, frequency=f0, sample_rate=RATE)
        ideal = np.sin(2 * np.pi * (f0 * np.arange(n) % RATE) / RATE)
        error = 10 * np.log10((ideal**2).sum() / ((y - ideal) ** 2).sum())
        print(f"sine of {f0:.0f} Hz, 60 s, {name}: {own_pitch:.0f} dB above its noise, "
              f"{error:.0f} dB above its distance from the ideal one")  # fmt: skip
    f = np.full(SECONDS * RATE, 1245.0)
    saw = np.fft.irfft(np.r_[0, 1j / np.arange(1, 301)] * 300)
    tables = make_tables(saw)
    runs = {
        "wavetable of a saw": lambda: wavetable_oscillator(f, tables, RATE),
        "hard sync, 2.37 times": lambda: sync_oscillator(f, 2.37 * f, RATE),
    }
    for name, run in runs.items():
        speed = SECONDS / cpu_seconds(run, 3)
        print(f"{name}, 1245 Hz: {quality(run(), 1245)[1]:.1f} dB below 16 kHz, "
              f"{speed:.0f} times real time")  # fmt: skip
    recording = oscillator(np.full(6 * RATE, 220.5), RATE, shape="saw")
    for target in (330, 661, 883):
        ratio = np.full(RATE + 2000, target / 220.5)
        y = varispeed(recording, ratio, start=5000.3)[2000:]
        place = 5000.3 + np.arange(2000, RATE + 2000) * ratio[0]
        plain = np.interp(place, np.arange(recording.size), recording)
        ours, theirs = quality(y, target)[1], quality(plain, target)[1]
        print(f"recorded saw at {target} Hz: {ours:.1f} dB below 16 kHz; "
              f"read on straight lines {theirs:.1f} dB")  # fmt: skip


def main():
    """Print the table and what follows it."""
    columns = " | ".join(f"{f}: all | <16k | droop" for f in PITCHES)
    print(f"| saw | {columns} | x real time |\n|---|{'---|' * 7}")
    own()
    row("scipy.signal.sawtooth", scipy_saw)
    if shutil.which("csound"):
        csound_row()
    else:
        print("| Csound: not installed, left out | | | | | | | |")
    if importlib.util.find_spec("synthax"):
        synthax_row()
    else:
        print("| SynthAX: not installed, left out | | | | | | | |")
    print()
    more()


if __name__ == "__main__":
    main()
