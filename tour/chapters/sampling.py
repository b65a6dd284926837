"""Chapter 1, recorded and drawn sound: wavetables, grains, samples."""

import numpy as np

from dsplab.convert import midi_to_hz
from dsplab.sources.oscillators import oscillator
from dsplab.sources.transposition import varispeed
from dsplab.synths import sampler, wavetable
from dsplab.synths.granular import granulate
from tour import measures, pictures
from tour.chapters.oscillators import wrong_notes_db
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_05_wavetable_granular_sampling.py"
RIFF = [
    (0.0, 0.35, 48.0, 110.0), (0.4, 0.35, 60.0, 90.0), (0.8, 0.7, 55.0, 100.0),
    (1.6, 0.35, 51.0, 100.0), (2.0, 0.8, 53.0, 110.0),
]  # fmt: skip


@chapter.system("Wavetable", source="dsplab/synths/wavetable.py", lesson=LESSON)
def tables(_material):
    """A row of single cycles, and a hand that moves along it while the note sounds.
    Every cycle is kept in many versions, so that no pitch has wrong notes.
    """
    players = []
    for name in ("talking", "sweep"):
        y = wavetable.play(RIFF, RATE, patch=name)
        players.append(Player(name, Sound(name, y, RATE)))
    f0 = np.full(2 * RATE, 110.0)
    _, seconds = measures.timed(wavetable.voice, f0, 1.9, RATE, patch="talking")
    frames = wavetable.WAVES["vowels"]()
    curves = [
        Curve(np.linspace(0, 1, frames.shape[-1]), 0.45 * cycle + k)
        for k, cycle in enumerate(frames[::-1])
    ]
    axes = {"yticks": range(5), "yticklabels": list("ieaou")}
    return Result(
        players=players,
        picture=pictures.plots(
            Plot(curves, "five cycles, five vowels", "cycle", "", axes),
            pictures.image(players[0].sound, top=6000.0),
            alt="Five waves drawn one over another, the upper ones with finer "
            "wiggles; beside them a spectrogram whose formants move during each note.",
        ),
        figures=[measures.speed(2.0, seconds)],
    )


@chapter.system("Granular", source="dsplab/synths/granular.py", lesson=LESSON)
def grains(material):
    """A recording cut into a cloud of grains, each a few hundredths of a second. Time
    stands still, runs at a third of its pace, or falls apart into rain.
    """
    voice = material.voice
    x, rate = (
        np.asarray(voice.mono, dtype=float)[: 3 * voice.sample_rate],
        voice.sample_rate,
    )
    noise = np.random.default_rng(4).uniform(-1.0, 1.0, 4000)
    common = {"noise": noise, "duration": 3.0}
    slow, seconds = measures.timed(
        granulate, x, rate, speed=0.33, grain=0.09, density=60.0, spray=0.012, **common
    )
    frozen = granulate(
        x, rate, position=0.45, speed=0.0, grain=0.25, spray=0.05, spread=1.0, **common
    )
    rain = granulate(
        x, rate, speed=0.5, grain=0.06, density=25.0, spray=0.3, pitch_spray=12.0,
        reverse=0.5, spread=1.0, shape="decay", irregularity=1.0, **common,
    )  # fmt: skip
    parts = {"a third of the pace": slow, "frozen": frozen, "rain": rain}
    sounds = [Sound(name, y, rate) for name, y in parts.items()]
    images = [pictures.image(s, top=6000.0) for s in (voice.like(x), *sounds)]
    return Result(
        players=[Player(s.name, s) for s in sounds],
        picture=pictures.spectrograms(
            images,
            alt="Spectrograms: the voice, the same spread out to three times its "
            "length, one moment held as level lines, and scattered drops.",
        ),
        figures=[measures.speed(3.0, seconds)],
    )


@chapter.system("Sampler", source="dsplab/synths/sampler.py", lesson=LESSON)
def samples(_material):
    """A recording on a keyboard: read faster it rises, and what would rise too far is
    left out first. A loop, found by itself, lets a second last for a minute.
    """
    piano = sampler.play(RIFF, RATE, patch="electric piano")
    chord = [(0.0, 2.6, pitch, 100.0) for pitch in (48.0, 55.0, 60.0, 63.0)]
    strings = sampler.play(chord, RATE, patch="strings")
    saw = oscillator(np.full(5 * RATE, 220.5), RATE, shape="saw")
    up = np.full(RATE + 2000, 883.0 / 220.5)
    clean = varispeed(saw, up, start=100.0)[2000:]
    plain = np.interp(
        100.0 + np.arange(2000, RATE + 2000) * up[0], np.arange(saw.size), saw
    )
    f0 = np.full(2 * RATE, float(midi_to_hz(60.0)))
    _, seconds = measures.timed(sampler.voice, f0, 1.9, RATE, patch="strings")
    long = sampler.voice(np.full(4 * RATE, 196.0), 3.9, RATE, patch="strings")
    held = Sound("strings, looped", long, RATE)
    how = "saw of 220 Hz played at 883 Hz, below 16 kHz"
    return Result(
        players=[
            Player("electric piano", Sound("electric piano", piano, RATE)),
            Player("strings, looped", Sound("strings", strings, RATE)),
        ],
        picture=pictures.plots(
            pictures.wave(held, title="a recording of 2.6 seconds, held for 4"),
            pictures.image(held, top=6000.0),
            alt="The outline of a note that swells and goes on evenly for four "
            "seconds, beside its spectrogram with level, slightly trembling harmonics.",
        ),
        figures=[
            Figure(
                "Wrong notes, read plainly",
                measures.number(wrong_notes_db(plain, 883)),
                "dB",
                how,
            ),
            Figure(
                "Wrong notes, sampler",
                measures.number(wrong_notes_db(clean, 883)),
                "dB",
                how,
            ),
            measures.speed(2.0, seconds),
        ],
    )
