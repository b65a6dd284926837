"""Effects: speed beside pedalboard's, and laws that must hold.

Ten seconds of noise, 44.1 kHz, one channel, float64 (pedalboard: float32, which is all
it has). The figures are times real time: seconds of sound for each CPU second of all
threads, the best of three runs, NumPy first and then jitted in JAX in float32. Below,
laws measured at 44.1 kHz.
"""

import functools
import importlib.util

import numpy as np

from bench._timing import cpu_seconds
from dsplab.effects.chorus import chorus, detuning_cents
from dsplab.effects.convolution import convolution_reverb, decaying_noise
from dsplab.effects.delays import delay
from dsplab.effects.dynamics import compressor, gate, limiter
from dsplab.effects.equaliser import equaliser
from dsplab.effects.feedback_delay_network import (
    decay_times,
    feedback_delay_network,
    line_lengths,
)
from dsplab.effects.flanger import flanger
from dsplab.effects.phaser import notch_frequencies, phaser
from dsplab.effects.reverb import freeverb, schroeder

RATE, SECONDS = 44100, 10
BANDS = {"decay_low": 3.0, "decay_high": 1.0}


def ours(impulse_response):
    """Each effect of a signal, none longer than it."""
    network = functools.partial(feedback_delay_network, decay=2.0)
    kept = {"tail": 0.0}
    return {
        "delay": lambda x: delay(x, RATE, **kept),
        "delay, filters in the loop": lambda x: delay(
            x, RATE, damping=3000.0, low_cut=100.0, **kept
        ),
        "chorus, 3 voices": lambda x: chorus(x, RATE),
        "flanger, feedback": lambda x: flanger(x, RATE),
        "flanger": lambda x: flanger(x, RATE, feedback=0.0),
        "phaser, 6 stages": lambda x: phaser(x, RATE),
        "phaser, feedback": lambda x: phaser(x, RATE, feedback=0.5),
        "schroeder": lambda x: schroeder(x, RATE, **kept),
        "freeverb": lambda x: freeverb(x, RATE, **kept),
        "delay network, 8 lines": lambda x: network(x, RATE, **kept),
        "the same, three bands": lambda x: network(x, RATE, **BANDS, **kept),
        "convolution, 2 s": lambda x: convolution_reverb(
            x, impulse_response, RATE, **kept
        ),
        "compressor": lambda x: compressor(x, RATE),
        "limiter": lambda x: limiter(x, RATE, gain_db=12.0),
        "gate": lambda x: gate(x, RATE),
        "equaliser, 3 bands": lambda x: equaliser(
            x,
            RATE,
            bands=[("lowshelf", 200.0, 3.0), ("peaking", 1000.0, -4.0),
                   ("highshelf", 6000.0, 2.0)],
        ),
    }  # fmt: skip


def peers():
    """Pedalboard's effects under our names, if it is installed."""
    if importlib.util.find_spec("pedalboard") is None:
        print("not installed, left out: pedalboard\n")
        return {}
    import pedalboard as p

    plugins = {
        "delay": p.Delay(delay_seconds=0.375, feedback=0.45, mix=0.35),
        "chorus, 3 voices": p.Chorus(),
        "phaser, 6 stages": p.Phaser(feedback=0.0),
        "phaser, feedback": p.Phaser(feedback=0.5),
        "freeverb": p.Reverb(),
        "compressor": p.Compressor(threshold_db=-18, ratio=4),
        "limiter": p.Limiter(),
        "gate": p.NoiseGate(),
        "equaliser, 3 bands": p.Pedalboard(
            [p.LowShelfFilter(), p.PeakFilter(), p.HighShelfFilter()]
        ),
    }
    return {name: lambda x, f=f: f(x, RATE) for name, f in plugins.items()}


def times_real_time(run, repeats=3):
    """Seconds of sound a CPU second, after a first run that is not counted."""
    return SECONDS / cpu_seconds(run, repeats)


def jitted(effect, x):
    """The same of an effect compiled by JAX, float32; 0 where JAX is missing."""
    if importlib.util.find_spec("jax") is None:
        return float("nan")
    import jax

    x, effect = jax.numpy.asarray(x, dtype="float32"), jax.jit(effect)
    return times_real_time(lambda: effect(x).block_until_ready())


def speeds():
    """One row an effect."""
    rng = np.random.default_rng(0)
    x = 0.1 * rng.standard_normal(SECONDS * RATE)
    h = decaying_noise(rng.standard_normal(2 * RATE), 2.0, RATE)
    single, others = x.astype(np.float32), peers()
    print("| effect | NumPy | JAX | pedalboard |\n|---|---|---|---|")
    for name, effect in ours(h).items():
        own = times_real_time(lambda f=effect: f(x))
        text = f"| {name} | {own:.0f} | {jitted(effect, x):.0f} | "
        if name in others:
            text += f"{times_real_time(lambda f=others[name]: f(single)):.0f}"
        print(text + " |", flush=True)


def decay_error():
    """Greatest deviation of T60 from the design in six bands, in per cent."""
    options = {"decay": 2.0, **BANDS, "n_lines": 16}
    y = feedback_delay_network(np.eye(8, 4 * RATE), RATE, mix=1.0, tail=0, **options)
    n, worst = y.shape[-1], 0.0
    X = np.fft.rfft(y, 2 * n)
    f = np.maximum(np.arange(X.shape[-1]) * RATE / (2 * n), 1.0)
    for centre in (125.0, 250.0, 500.0, 1000.0, 4000.0, 12000.0):
        part = X * np.exp(-0.5 * (np.log2(f / centre) / 0.08) ** 2)
        power = (np.fft.irfft(part)[..., :n] ** 2).sum(axis=0)
        level = 10 * np.log10(np.cumsum(power[::-1])[::-1] + 1e-30)
        first, last = (np.argmax(level < level[0] - d) for d in (5.0, 35.0))
        slope = np.polyfit(np.arange(first, last) / RATE, level[first:last], 1)[0]
        designed = float(decay_times(centre, RATE, **options))
        worst = max(worst, abs(-60.0 / slope / designed - 1.0))
    return 100.0 * worst


def energy_drift():
    """Change of level of a network without loss over ten seconds, in dB."""
    y = feedback_delay_network(
        np.eye(8, SECONDS * RATE), RATE, decay=1e12, mix=1.0, tail=0
    )
    longest = max(line_lengths(RATE))
    power = [(y[:, s : s + 2 * RATE] ** 2).sum() for s in (longest, 8 * RATE)]
    return 10.0 * np.log10(power[1] / power[0])


def notch_error():
    """Distance of the phaser's notches from the formula, in Hz."""
    n, errors = 1 << 19, []
    H = np.abs(np.fft.rfft(phaser(np.eye(1, n)[0], RATE, octaves=0.0)))
    for f in notch_frequencies(800.0, RATE):
        near = slice(round(0.9 * f * n / RATE), round(1.1 * f * n / RATE))
        errors.append(abs((near.start + H[near].argmin()) * RATE / n - f))
    return max(errors)


def detuning_error():
    """A chorus voice's greatest detuning against the formula, in cents."""
    t = np.arange(3 * RATE) / RATE
    parts = [wave(2 * np.pi * 500 * t) for wave in (np.cos, np.sin)]
    y = [chorus(x, RATE, n_voices=1, mix=1.0) for x in parts]
    turns = np.unwrap(np.angle(y[0] + 1j * y[1])[RATE // 10 :]) / (2 * np.pi)
    cents = 1200 * np.log2(np.diff(turns) * RATE / 500).max()
    return abs(cents - float(detuning_cents(0.002, 0.8)))


def over_the_ceiling():
    """Highest sample of a limited noise over the ceiling, in dB."""
    x = np.random.default_rng(1).standard_normal((2, 5 * RATE))
    y = limiter(x, RATE, ceiling_db=-1.0, gain_db=20.0)
    return 20 * np.log10(np.abs(y).max()) + 1.0


def main():
    """Print both tables."""
    speeds()
    print("\n| law | measured |\n|---|---|")
    print(f"| T60 of the network, design against measure | {decay_error():.2f} % |")
    print(f"| level without loss, 8 s later | {energy_drift():+.4f} dB |")
    print(f"| notches of the phaser | {notch_error():.3f} Hz |")
    print(f"| detuning of the chorus | {detuning_error():.4f} cents |")
    print(f"| limiter above its ceiling | {over_the_ceiling():.1e} dB |")


if __name__ == "__main__":
    main()
