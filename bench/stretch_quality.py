"""Quality of time stretching beside the peers.

Sounds made here, whose ideal result at any speed is known: a sine (SNR, dB, higher is
better), a vibrato tone and plucked chords (spectral convergence to the ideal, lower is
better) and hits (error of the attacks in ms, echo before them in dB). Means over the
speeds 0.5, 0.8, 1.25 and 2.
"""

import numpy as np

from bench._stretch_methods import KINDS, missing, ours, peers
from dsplab.analysis.comparison import sine_snr_db, spectral_convergence
from dsplab.analysis.onsets import onset_error, pre_echo_db

SAMPLE_RATE, SECONDS = 44100, 3.0
RATES = (0.5, 0.8, 1.25, 2.0)
ONSETS = np.array([0.2, 0.5, 0.72, 1.1, 1.25, 1.7, 2.2, 2.6])
COLUMNS = ("sine", "vibrato", "chords", "attacks ms", "pre-echo dB")


def times(rate):
    """The moment of the input that belongs to each output sample, s; and its fade."""
    t = np.arange(round(SECONDS * SAMPLE_RATE / rate)) / SAMPLE_RATE * rate
    return t, np.clip(np.minimum(t, SECONDS - t) / 0.05, 0.0, 1.0)


def sine(rate):
    """622 Hz."""
    t, fade = times(rate)
    return 0.5 * np.sin(2 * np.pi * 622.0 * t / rate) * fade


def vibrato(rate):
    """Sixteen harmonics around 180 Hz, 50 cents to either side."""
    t, fade = times(rate)
    f0 = 180.0 * 2.0 ** (50 / 1200 * np.sin(2 * np.pi * 5.0 * t))
    angle = 2 * np.pi * np.cumsum(f0) / SAMPLE_RATE
    return 0.15 * fade * sum(np.cos(k * angle) / k for k in range(1, 17))


def chords(rate):
    """Three plucked triads."""
    t, fade = times(rate)
    y = np.zeros_like(t)
    for start, notes in (
        (0, (110, 165, 262)),
        (1, (98, 147, 247)),
        (2, (131, 196, 330)),
    ):
        u = t - start
        level = np.where(u < 0, 0.0, np.minimum(u / 0.01, 1) * np.exp(-u.clip(0) / 0.5))
        for note in notes:
            for k in range(1, 9):
                y += level * np.cos(2 * np.pi * k * note * u / rate + k) / k**1.3
    return 0.06 * y * fade


def hits(rate):
    """Short bursts of noise at ONSETS / rate."""
    y = np.zeros(round(SECONDS * SAMPLE_RATE / rate))
    t = np.arange(2000) / SAMPLE_RATE
    burst = np.random.default_rng(5).standard_normal(t.size) * np.exp(-t / 0.008)
    for onset in ONSETS:
        start = round(onset / rate * SAMPLE_RATE)
        y[start : start + t.size] += 0.3 * burst
    return y


def measures(stretch, rate):
    """One number for each of COLUMNS."""

    def made(sound):
        length = round(SECONDS * SAMPLE_RATE / rate)
        y = np.asarray(stretch(sound(1.0), SAMPLE_RATE, rate), dtype=float)[:length]
        return np.nan_to_num(np.pad(y, (0, length - len(y))))

    options = {"sample_rate": SAMPLE_RATE}
    drums, y = hits(1.0), made(hits)
    late = onset_error(drums, y, ONSETS, ONSETS / rate, **options)
    echo = pre_echo_db(y, ONSETS / rate, **options)
    return (
        sine_snr_db(made(sine), frequency=622.0, **options),
        spectral_convergence(vibrato(rate), made(vibrato)),
        spectral_convergence(chords(rate), made(chords)),
        1000.0 * np.nanmedian(late),
        np.nanmedian(echo) - np.nanmedian(pre_echo_db(drums, ONSETS, **options)),
    )


def main(kinds=KINDS):
    """Print one table."""
    own, others = ours(), peers()
    if missing():
        print(f"not installed, left out: {', '.join(missing())}\n")
    print("| kind | what | " + " | ".join(COLUMNS) + " |\n" + "|---" * 7 + "|")
    for kind in kinds:
        mine = {"dsplab": own[kind]} if kind in own else {}
        for name, stretch in {**mine, **others[kind]}.items():
            row = np.mean([measures(stretch, rate) for rate in RATES], axis=0)
            cells = " | ".join(f"{value:.3g}" for value in row)
            print(f"| {kind} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
