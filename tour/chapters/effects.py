"""Chapter 1, effects: what is done to a sound after it was made."""

import numpy as np

from dsplab.convert import amplitude_to_db, power_to_db
from dsplab.effects.chorus import chorus, detuning_cents
from dsplab.effects.convolution import convolution_reverb, decaying_noise
from dsplab.effects.delays import PRESETS as ECHOES
from dsplab.effects.delays import delay
from dsplab.effects.dynamics import compressor, gain_curve, gate, limiter
from dsplab.effects.feedback_delay_network import PRESETS as ROOMS
from dsplab.effects.feedback_delay_network import (
    decay_times,
    feedback_delay_network,
)
from dsplab.effects.flanger import flanger
from dsplab.effects.mixing import stereo
from dsplab.effects.phaser import notch_frequencies, phaser
from dsplab.effects.reverb import PRESETS as FREEVERB
from dsplab.effects.reverb import freeverb
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_07_effects.py"
SECONDS = 3.6  # of music that goes through each effect


def excerpt(sound, seconds=SECONDS):
    """The beginning of a sound, in two channels, faded out."""
    n = min(round(seconds * sound.sample_rate), sound.x.shape[-1])
    x = np.array(sound.x[..., :n], dtype=float)
    fade = np.minimum(1.0, np.arange(n)[::-1] / (0.1 * sound.sample_rate))
    x = x * fade
    return sound.like(x if x.ndim == 2 else stereo(x))


def click(seconds):
    """A single click in both channels."""
    x = np.zeros((2, round(seconds * RATE)))
    x[:, 0] = 1.0
    return x


@chapter.system("Delay and echo", source="dsplab/effects/delays.py", lesson=LESSON)
def echoes(material):
    """A line holds the sound back; what comes out is heard, and a little of it put in
    again. Filters on the way make each repeat darker, as on tape.
    """
    sound = excerpt(material.voice, 2.5)
    rate = sound.sample_rate
    tape = {**ECHOES["tape"], "ping_pong": True, "tail": 2.5}
    y, seconds = measures.timed(delay, sound.x, rate, **tape)
    slap = delay(sound.x, rate, **ECHOES["slapback"])
    answer = delay(click(2.6), RATE, **{**tape, "mix": 1.0, "tail": 0.0})
    t = np.arange(answer.shape[-1]) / RATE
    curves = []
    for name, row in zip(("left", "right"), answer, strict=True):
        peaks = row[: row.size // 64 * 64].reshape(-1, 64)
        level = amplitude_to_db(np.abs(peaks).max(axis=1), floor_db=-75.0)
        curves.append(Curve(t[: peaks.size : 64], level, name))
    times = np.flatnonzero(np.abs(answer[0]) == np.abs(answer[0]).max())
    title = "what a click becomes, side to side"
    plot = Plot(curves, title, "seconds", "dB", {"ylim": (-70, 2)})
    images = pictures.image(sound.like(y), top=6000.0, title="the echoes get darker")
    return Result(
        players=[
            Player("before", sound),
            Player("slapback", sound.like(slap)),
            Player("tape, side to side", sound.like(y)),
        ],
        picture=pictures.plots(
            plot,
            images,
            alt="Left, the peaks of echoes of a click, alternately in the left and the "
            "right channel, each lower than the one before. Right, a spectrogram of a "
            "voice, whose repeats lose their treble.",
        ),
        figures=[
            Figure(
                "First echo",
                measures.number(1000 * times[0] / RATE),
                "ms",
                f"{1000 * tape['time']:.0f} asked for",
            ),
            measures.speed(sound.duration + 2.5, seconds),
        ],
    )


@chapter.system(
    "Chorus, flanger, phaser", source="dsplab/effects/flanger.py", lesson=LESSON
)
def moving(material):
    """A delay that moves puts a copy out of tune: with two or three, many voices seem
    to play. A few milliseconds carve a comb of notches, which sweep; allpass filters
    carve fewer, at no harmonic distance.
    """
    sound = excerpt(material.music)
    x, rate = sound.x, sound.sample_rate
    y, seconds = measures.timed(chorus, x, rate)
    slow = {"frequency": 0.25, "spread": 0.5}
    swept = flanger(x, rate, feedback=0.6, **slow)
    turned = phaser(x, rate, octaves=2.0, **slow)
    noise = 0.2 * np.random.default_rng(0).standard_normal(round(4.0 * RATE))
    images = [
        pictures.image(
            Sound(name, effect(noise, RATE, **slow, **options), RATE),
            n_fft=1024,
            top=12000.0,
            title=name,
        )
        for name, effect, options in (
            ("noise through the flanger", flanger, {}),
            ("noise through the phaser", phaser, {"octaves": 2.0}),
        )
    ]
    return Result(
        players=[
            Player("before", sound),
            Player("chorus", sound.like(y)),
            Player("flanger", sound.like(swept)),
            Player("phaser", sound.like(turned)),
        ],
        picture=pictures.spectrograms(
            images,
            alt="Two spectrograms of noise. The flanger's dark lines are many, evenly "
            "spaced, and fan out as the delay gets short; the phaser's are three, and "
            "rise and fall together.",
        ),
        figures=[
            Figure(
                "Chorus, out of tune by",
                measures.number(detuned()),
                "cents",
                f"{float(detuning_cents(0.002, 0.8)):.2f} by the formula",
            ),
            Figure(
                "Phaser's notches",
                measures.number(notch_error()),
                "Hz",
                "farthest from where they should be",
            ),
            measures.speed(sound.duration, seconds),
        ],
    )


def detuned():
    """How far one chorus voice is out of tune at most, measured on a sine."""
    t = np.arange(3 * RATE) / RATE
    parts = [wave(2 * np.pi * 500 * t) for wave in (np.cos, np.sin)]
    y = [chorus(x, RATE, n_voices=1, mix=1.0) for x in parts]
    turns = np.unwrap(np.angle(y[0] + 1j * y[1])[RATE // 10 :]) / (2 * np.pi)
    return float(1200 * np.log2(np.diff(turns) * RATE / 500).max())


def notch_error():
    """Distance of the deepest places of the phaser's spectrum from the formula."""
    n = 1 << 17
    H = np.abs(np.fft.rfft(phaser(np.eye(1, n)[0], RATE, octaves=0.0)))
    errors = []
    for f in notch_frequencies(800.0, RATE):
        near = slice(round(0.9 * f * n / RATE), round(1.1 * f * n / RATE))
        errors.append(abs((near.start + H[near].argmin()) * RATE / n - f))
    return max(errors)


@chapter.system(
    "Reverberation", source="dsplab/effects/feedback_delay_network.py", lesson=LESSON
)
def rooms(material):
    """Delay lines that feed each other through a matrix that loses nothing: echoes of
    echoes, soon too many to count. Filters take from each line just what makes it die
    away in the time ordered, bass and treble each in their own.
    """
    sound = excerpt(material.voice, 2.2)
    x, rate = sound.x, sound.sample_rate
    hall = {**ROOMS["hall"], "mix": 0.35}
    y, seconds = measures.timed(feedback_delay_network, x, rate, **hall)
    old = freeverb(x, rate, **FREEVERB["room"])
    noise = np.random.default_rng(0).standard_normal((2, round(0.8 * rate)))
    plate = convolution_reverb(x, decaying_noise(noise, 0.8, rate), rate)
    clicks = np.eye(8, round(2.6 * RATE))  # eight ears hear more than one
    answer = feedback_delay_network(clicks, RATE, **hall | {"mix": 1.0, "tail": 0})
    bands, curves, worst = (125.0, 1000.0, 8000.0), [], 0.0
    for f in bands:
        curve, measured = decay(answer[:, round(0.02 * RATE) :], f)
        designed = float(decay_times(f, RATE, **decays(hall)))
        worst = max(worst, abs(measured / designed - 1.0))
        name = f"{f / 1000:g} kHz" if f >= 1000 else f"{f:g} Hz"
        curves.append(Curve(np.arange(curve.size) * 64 / RATE, curve, name))
    f = np.geomspace(40.0, 16000.0, 100)
    designed = Curve(f / 1000, decay_times(f, RATE, **decays(hall)))
    return Result(
        players=[
            Player("before", sound),
            Player("hall, delay network", sound.like(y)),
            Player("room, Freeverb", sound.like(old)),
            Player("noise as a room", sound.like(plate)),
        ],
        picture=pictures.plots(
            Plot(curves, "energy still to come", "seconds", "dB", {"ylim": (-62, 3)}),
            Plot(
                [designed],
                "time to fall by 60 dB, as ordered",
                "kHz",
                "seconds",
                {
                    "xscale": "log",
                    "ylim": (0, 3.2),
                    "xticks": [0.1, 1, 10],
                    "xticklabels": ["0.1", "1", "10"],
                },
            ),
            alt="Left, the decay of three bands: straight lines, that at 125 hertz the "
            "slowest, that at 8 kilohertz the quickest. Right, the decay time over "
            "frequency, a curve from 2.8 seconds down to 1.",
        ),
        figures=[
            Figure(
                "Decay against design",
                measures.number(100 * worst, 2),
                "%",
                "worst of three bands",
            ),
            measures.speed(y.shape[-1] / rate, seconds),
        ],
    )


def decays(options):
    """Those settings of a room that say how long it rings."""
    return {k: v for k, v in options.items() if k.startswith("decay")}


def decay(y, frequency):
    """The energy still to come in a band, in dB, every 64 samples; and its T60."""
    n = y.shape[-1]
    X = np.fft.rfft(y, 2 * n)  # what the filter hears ahead goes to the second half
    f = np.arange(X.shape[-1]) * RATE / (2 * n)
    X = X * np.exp(-0.5 * (np.log2(np.maximum(f, 1.0) / frequency) / 0.1) ** 2)
    power = (np.fft.irfft(X)[..., :n] ** 2).sum(axis=0)
    level = power_to_db(np.cumsum(power[::-1])[::-1])
    level = (level - level[0])[::64]
    first, last = np.argmax(level < -5.0), np.argmax(level < -30.0)
    slope = np.polyfit(np.arange(first, last) * 64 / RATE, level[first:last], 1)[0]
    return level, -60.0 / slope


@chapter.system("Dynamics", source="dsplab/effects/dynamics.py", lesson=LESSON)
def dynamics(material):
    """A detector says how loud it is, a curve what to do about it. The compressor turns
    down what is loud, the gate what is quiet; past the limiter's ceiling nothing gets.
    """
    sound = excerpt(material.music)
    x, rate = sound.x / max(np.abs(sound.x).max(), 1e-9), sound.sample_rate
    dense = {"threshold_db": -30.0, "ratio": 4.0, "makeup_db": 12.0}
    dense |= {"knee_db": 12.0, "lookahead": 0.01}
    y, seconds = measures.timed(compressor, x, rate, **dense)
    loud = limiter(x, rate, gain_db=12.0, ceiling_db=-1.0)
    dry = gate(x, rate, threshold_db=-18.0, release=0.04)
    levels = np.linspace(-60.0, 0.0, 241)
    curves = [Curve(levels, levels, "as it is", "--", 1.0)]
    for name, knee in (("knee of 12 dB", 12.0), ("corner", 0.0)):
        gain = gain_curve(levels, -30.0, ratio=4.0, knee_db=knee)
        curves.append(Curve(levels, levels + gain, name))
    n = round(0.02 * rate)
    traces = [
        Curve(np.arange(z.shape[-1] // n) * 0.02, envelope(z, n), name)
        for name, z in (("before", x), ("compressed", y), ("limited", loud))
    ]
    ceiling = float(amplitude_to_db(np.abs(loud).max()))
    return Result(
        players=[
            Player("before", sound.like(x)),
            Player("compressed", sound.like(y)),
            Player("limited, +12 dB", sound.like(loud)),
            Player("gated", sound.like(dry)),
        ],
        picture=pictures.plots(
            Plot(curves, "level out over level in", "dB", "dB"),
            Plot(traces, "peaks, 20 ms each", "seconds", "dB", {"ylim": (-40, 3)}),
            alt="Left, the curve of a compressor: straight up to minus 30 decibels, "
            "then a quarter as steep, with a round knee or a corner. Right, peak "
            "levels over time: the compressed sound varies less, the limited one "
            "never passes minus one decibel.",
        ),
        figures=[
            Figure("Limiter's highest sample", f"{ceiling:.4f}", "dB", "ceiling −1"),
            Figure(
                "Loud above quiet, compressed",
                measures.number(spread(y, n)),
                "dB",
                f"{spread(x, n):.1f} before; 90 % above 10 %",
            ),
            measures.speed(sound.duration, seconds),
        ],
    )


def spread(x, n):
    """The level that a tenth of the blocks exceed above that which a tenth miss."""
    return float(np.ptp(np.percentile(envelope(x, n), [10, 90])))


def envelope(x, n):
    """The greatest sample of each n, of both channels, in dB."""
    x = np.abs(x).max(axis=0)
    blocks = x[: x.size // n * n].reshape(-1, n).max(axis=1)
    return amplitude_to_db(blocks, floor_db=-60.0)
