"""Drums and noises: sounds that are not played at a pitch, and their samples.

Drums come from `dsplab.synths.drums`, what is of metal or wood from its own modes
(`dsplab.synths.modal`). Whatever is repeated on and on (surf, applause, a helicopter)
is made of lines of one period, as the loops of `takes` are.
"""

import numpy as np

from data_scripts.general_midi.recipes import hiss
from data_scripts.general_midi.takes import Sound
from dsplab.filters.design import second_order
from dsplab.filters.static import filter_signal
from dsplab.sources.oscillators import oscillator
from dsplab.synths import drums, modal

SKINS, METALS = (22050,), (32000,)  # sampling rates


def hit(drum, **settings):
    """A drum of the drum machine as a recipe; its pitch is its own."""

    def recipe(f0, n, sample_rate, rng, ratios=None):
        return drum(rng.uniform(-1.0, 1.0, n), sample_rate, **settings)

    return recipe


def rung(frequencies, levels, t60, *, contact=0.0003, strike=0.1):
    """Metal or wood with modes at frequencies (Hz), and the noise of the strike."""
    frequencies, levels = np.asarray(frequencies, float), np.asarray(levels, float)
    levels = levels * np.abs(modal.mallet(frequencies, contact))

    def recipe(f0, n, sample_rate, rng, ratios=None):
        options = {"sample_rate": sample_rate, "n_samples": n}
        y = modal.modes(frequencies, np.asarray(t60, float), levels, **options)
        t = np.arange(n) / sample_rate
        noise = hiss(n, 2.0 * frequencies[0], sample_rate, rng) * np.exp(-t / 0.004)
        return y / np.abs(y).max() + strike * noise

    return recipe


def cymbal(t60, *, pitch=2.6, brightness=3000.0, metal=0.3, bell=0.0, wash=0.0):
    """A cymbal: many modes that spread into noise; a bell in its middle."""

    def recipe(f0, n, sample_rate, rng, ratios=None):
        white, t = rng.uniform(-1.0, 1.0, n), np.arange(n) / sample_rate
        options = {"pitch": pitch, "metal": metal, "brightness": brightness}
        y = drums.hi_hat(white, sample_rate, t60=t60, **options)
        low = hiss(n, 0.5 * brightness, sample_rate, rng, q=0.7)
        y = y / np.abs(y).max() + wash * low * 10.0 ** (-3.0 * t / (0.6 * t60))
        dong = np.array([1.0, 1.52, 2.31, 3.41, 4.7]) * 620.0
        ring = modal.modes(
            dong, t60 / np.arange(1.0, 6.0), 1.0, sample_rate=sample_rate, n_samples=n
        )
        y = y * np.minimum(t / 0.001, 1.0) + bell * ring
        return y * np.sqrt(1.0 - t / t[-1])  # what is too long for the file

    return recipe


def jingles(f0, n, sample_rate, rng, ratios=None):
    """A tambourine: pairs of small plates that meet several times."""
    t = np.arange(n) / sample_rate
    y = 0.0
    for begin, level in ((0.0, 1.0), (0.018, 0.5), (0.041, 0.3)):
        since = np.maximum(t - begin, 0.0)
        y = y + level * (t >= begin) * np.exp(-since / 0.045)
    f = np.array([5200.0, 6100.0, 7400.0, 8300.0, 9100.0])
    ring = np.sin(2.0 * np.pi * f[:, None] * t + np.arange(5)[:, None]).mean(axis=0)
    return y * (0.6 * ring + hiss(n, 7500.0, sample_rate, rng, q=2.0))


def vibraslap(f0, n, sample_rate, rng, ratios=None):
    """Loose teeth in a wooden box that rattle: 26 times a second, and slower."""
    t = np.arange(n) / sample_rate
    rattle = (26.0 * t - 3.0 * t * t) % 1.0
    y = hiss(n, 2600.0, sample_rate, rng, q=4.0) * np.exp(-rattle * 7.0)
    return y * np.exp(-t / 0.28)


def scraped(strokes, seconds):
    """A guiro: a stick over notches, ever quicker."""

    def recipe(f0, n, sample_rate, rng, ratios=None):
        t = np.arange(n) / sample_rate
        place = np.clip(t / seconds, 0.0, 1.0)
        notch = (strokes * place * (0.7 + 0.3 * place)) % 1.0
        y = hiss(n, 3200.0, sample_rate, rng, q=2.5) * np.exp(-notch * 6.0)
        return y * np.sin(np.pi * place) ** 0.4

    return recipe


def sliding(begin, end, seconds, *, shape="sine", trill=0.0, rough=0.0):
    """A tone that slides (Hz), may trill and be rough: whistle, cuica, a bird."""

    def recipe(f0, n, sample_rate, rng, ratios=None):
        t = np.arange(n) / sample_rate
        place = np.clip(t / seconds, 0.0, 1.0)
        f = begin * (end / begin) ** place * (1.0 + trill * np.sin(2 * np.pi * 32 * t))
        y = oscillator(f, sample_rate, shape=shape)
        y = y + rough * hiss(n, max(begin, end), sample_rate, rng)
        edge = np.minimum(np.minimum(t, np.maximum(seconds - t, 0.0)) / 0.012, 1.0)
        return y * edge

    return recipe


def backwards(recipe):
    """A recipe played from its end: a cymbal that swells."""

    def recipe_backwards(f0, n, sample_rate, rng, ratios=None):
        return recipe(f0, n, sample_rate, rng)[::-1]

    return recipe_backwards


def gunshot(f0, n, sample_rate, rng, ratios=None):
    """A bang, and what comes back from afar."""
    t = np.arange(n) / sample_rate
    white = rng.uniform(-1.0, 1.0, n)
    b, a = second_order("lowpass", 900.0, sample_rate)
    far = filter_signal(white, b, a)
    return np.tanh(3.0 * white * np.exp(-t / 0.03) + 4.0 * far * np.exp(-t / 0.18))


def squeak(f0, n, sample_rate, rng, ratios=None):
    """A finger that slides along a wound string."""
    t = np.arange(n) / sample_rate
    f = 1500.0 + 900.0 * np.sin(np.pi * np.clip(t / 0.3, 0, 1)) ** 2
    y = oscillator(f, sample_rate, shape="saw") * 0.3
    y = y * (1.0 + hiss(n, 300.0, sample_rate, rng)) + 0.4 * hiss(
        n, 3500.0, sample_rate, rng
    )
    return y * np.sin(np.pi * np.clip(t / 0.3, 0.0, 1.0)) ** 2


def sighing(f0, n, sample_rate, rng, ratios=None):
    """Breath."""
    t = np.arange(n) / sample_rate
    y = hiss(n, 1400.0, sample_rate, rng, q=0.5)
    return y * np.sin(np.pi * np.clip(t / 0.45, 0.0, 1.0))


def ringing(f0, n, sample_rate, rng, ratios=None):
    """An old telephone: two bells struck twenty times a second."""
    t = np.arange(n) / sample_rate
    y = 0.0
    for f, start in ((960.0, 0.0), (1160.0, 0.5), (2820.0, 0.0), (3340.0, 0.5)):
        y = y + np.exp(-((20.0 * t + start) % 1.0) * 1.5) * np.sin(2 * np.pi * f * t)
    return y


def around(colour, level=None):
    """Noise without end: spectrum colour(f), and level(turn) over a turn of the loop.

    The loop is the recipe's second: what leaves at its end comes in at its beginning.
    """

    def recipe(f0, n, sample_rate, rng, ratios=None):
        period = sample_rate
        f = np.fft.rfftfreq(period, 1.0 / sample_rate)
        lines = colour(f) * np.exp(2j * np.pi * rng.random(len(f)))
        lines[0] = 0.0
        y = np.fft.irfft(lines, period)
        if level is not None:
            y = y * level(np.arange(period) / period, rng)
        return np.tile(y / np.abs(y).max(), n // period + 1)[:n]

    return recipe


def _hands(turn, rng):
    """Three hundred claps in a turn, anywhere."""
    level = np.zeros(len(turn))
    np.add.at(level, rng.integers(0, len(turn), 300), rng.uniform(0.2, 1.0, 300))
    decay = np.exp(-np.arange(len(turn)) / len(turn) / 0.006)
    return np.fft.irfft(np.fft.rfft(level) * np.fft.rfft(decay), len(turn))


def _blades(turn, rng):
    return np.exp(-((11.0 * turn) % 1.0) * 3.5)


def _surf(f):
    return 1.0 / np.maximum(f, 60.0) ** 0.8


def _clap(f):
    return np.exp(-(np.log2(np.maximum(f, 1.0) / 1500.0) ** 2) / 1.2)


def _rotor(f):
    return 1.0 / (1.0 + (f / 180.0) ** 2) + 0.02 / (1.0 + (f / 2500.0) ** 2)


def _one(recipe, seconds, rates=SKINS):
    return Sound(recipe, (60,), seconds, loop=0, rates=rates)


_TRIANGLE = np.array([1.0, 2.13, 3.31, 4.62, 5.97, 7.1]) * 1480.0

PERCUSSION = {
    "kick": _one(hit(drums.kick, pitch=60.0, sweep=1.3, sweep_t60=0.06, t60=0.38,
                     click=0.9), 0.35),
    "deep kick": _one(hit(drums.kick, pitch=50.0, sweep=1.6, sweep_t60=0.08, t60=0.5,
                          click=0.5), 0.4),
    "stick": _one(hit(drums.rim, pitch=430.0, click=0.8), 0.08),
    "snare": _one(hit(drums.snare, pitch=205.0, t60=0.2, wires=0.75, wires_t60=0.32,
                      brightness=1300.0), 0.3),
    "electric snare": _one(hit(drums.snare, pitch=180.0, t60=0.26, wires=0.55), 0.3),
    "clap": _one(hit(drums.clap, t60=0.28), 0.3),
    "tom": _one(hit(drums.tom, pitch=120.0, sweep=0.35, t60=0.7, skin=0.4), 0.5),
    "closed hat": _one(hit(drums.hi_hat, t60=0.13, metal=0.3, pitch=2.7,
                           brightness=6000.0), 0.12, METALS),
    "pedal hat": _one(hit(drums.hi_hat, t60=0.16, metal=0.35, pitch=2.2,
                          brightness=4500.0, attack=0.006), 0.14, METALS),
    "open hat": _one(hit(drums.hi_hat, t60=0.95, metal=0.3, pitch=2.7,
                         brightness=5500.0), 0.65, METALS),
    "crash": _one(cymbal(2.4, pitch=3.1, brightness=3200.0, metal=0.2, wash=0.25),
                  1.15, METALS),
    "ride": _one(cymbal(1.8, pitch=3.3, brightness=5000.0, metal=0.45, bell=0.06),
                 0.7, METALS),
    "ride bell": _one(cymbal(1.4, pitch=3.3, brightness=6000.0, metal=0.4, bell=0.6),
                      0.6, SKINS),
    "china": _one(cymbal(1.2, pitch=1.9, brightness=2200.0, metal=0.4, wash=0.7), 0.7),
    "tambourine": _one(jingles, 0.22, METALS),
    "cowbell": _one(hit(drums.cowbell, pitch=590.0, t60=0.3), 0.25),
    "vibraslap": _one(vibraslap, 0.55, SKINS),
    "bongo": _one(rung((420, 672, 905, 1210), (1, 0.35, 0.2, 0.1),
                       (0.25, 0.13, 0.1, 0.07), contact=0.001, strike=0.3), 0.2),
    "mute conga": _one(rung((330, 560, 840), (1, 0.5, 0.3), (0.12, 0.07, 0.05),
                            strike=0.6), 0.12),
    "conga": _one(rung((220, 352, 480, 640), (1, 0.4, 0.2, 0.1),
                       (0.5, 0.25, 0.16, 0.1), contact=0.0015, strike=0.2), 0.35),
    "timbale": _one(rung((330, 526, 710, 960, 1260), (1, 0.7, 0.5, 0.4, 0.3),
                         (0.6, 0.5, 0.4, 0.3, 0.25), strike=0.5), 0.4),
    "agogo": _one(rung((905, 1480, 2700, 3890), (1, 0.8, 0.5, 0.3),
                       (0.6, 0.45, 0.3, 0.2)), 0.35),
    "cabasa": _one(hit(drums.shaker, brightness=5000.0, t60=0.14, attack=0.008), 0.13,
                   METALS),
    "maracas": _one(hit(drums.shaker, brightness=4500.0, t60=0.07, attack=0.004), 0.08,
                    METALS),
    "short whistle": _one(sliding(2350.0, 2350.0, 0.14, trill=0.02, rough=0.15), 0.16),
    "long whistle": _one(sliding(2350.0, 2330.0, 0.5, trill=0.02, rough=0.15), 0.52),
    "short guiro": _one(scraped(9, 0.12), 0.14),
    "long guiro": _one(scraped(24, 0.4), 0.42),
    "claves": _one(rung((2480, 6100), (1, 0.2), (0.11, 0.04)), 0.1),
    "wood block": _one(rung((920, 2300, 3900), (1, 0.5, 0.3), (0.12, 0.07, 0.04),
                            strike=0.3), 0.11),
    "mute cuica": _one(sliding(520.0, 640.0, 0.12, shape="triangle", rough=0.1), 0.14),
    "open cuica": _one(sliding(430.0, 860.0, 0.3, shape="triangle", rough=0.1), 0.32),
    "mute triangle": _one(rung(_TRIANGLE, 1.0 / np.arange(1, 7) ** 0.4, 0.25), 0.15,
                          METALS),
    "open triangle": _one(rung(_TRIANGLE, 1.0 / np.arange(1, 7) ** 0.4, 2.2), 0.6,
                          METALS),
    "taiko": _one(rung((82, 131, 176, 235), (1, 0.5, 0.3, 0.2), (1.1, 0.6, 0.4, 0.3),
                       contact=0.004, strike=0.25), 0.7),
    "synth drum": _one(sliding(420.0, 70.0, 0.4), 0.42),
    "reverse cymbal": _one(
        backwards(cymbal(1.6, pitch=3.1, brightness=3000.0, wash=0.2)), 0.9
    ),
    "squeak": _one(squeak, 0.32),
    "sigh": _one(sighing, 0.47),
    "bird": _one(sliding(3300.0, 5200.0, 0.13, trill=0.06), 0.16),
    "gunshot": _one(gunshot, 0.6),
}  # fmt: skip

ENDLESS = {
    "surf": Sound(around(_surf), (60,), 0.0, loop=1.0, turns=True),
    "applause": Sound(around(_clap, _hands), (60,), 0.0, loop=1.0, turns=True),
    "helicopter": Sound(around(_rotor, _blades), (60,), 0.0, loop=1.0, turns=True,
                        rates=(11025,)),
    "telephone": Sound(ringing, (60,), 0.0, loop=0.1, turns=True),
}  # fmt: skip
