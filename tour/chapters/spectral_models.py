"""Chapter 1, a sound as sinusoids and noise: taken apart, changed, joined, morphed."""

import numpy as np

from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import amplitude_to_db
from dsplab.sources.oscillators import harmonic_oscillator
from dsplab.spectral_models import (
    add_noise,
    add_residual,
    harmonic_analysis,
    morph_spectra,
    morph_with_noise,
    scale_frequency,
    scale_time_with_noise,
    sinusoidal_analysis,
    sinusoidal_synthesis,
    with_noise,
    with_residual,
)
from dsplab.synths import winds
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSONS = "tutorials/lesson_{}.py"
SINES = LESSONS.format("14_sinusoids_and_harmonics")
RESIDUAL = LESSONS.format("15_residual_and_stochastic")
TRANSFORM = LESSONS.format("16_transformations_and_morphing")
SECONDS = 3.0  # of a sound that is analysed
LOWEST_DB = -75.0


def hop_of(sound):
    """Samples between frames, 5.8 ms."""
    return max(round(sound.sample_rate * 256 / 44100), 1)


def start_of(sound, seconds=SECONDS):
    """The first seconds of a sound, mono, and nothing known about it but its pitch."""
    x = sound.mono[: round(seconds * sound.sample_rate)]
    return Sound(sound.name, x, sound.sample_rate, f0=sound.f0)


def noise_for(x, seed=0):
    """White noise as long as a sound."""
    return np.random.default_rng(seed).standard_normal(x.shape[-1])


def tracks(partials, sound, title, *, top=5000.0, most=400):
    """A plot of partials over time, the louder ones."""
    level = amplitude_to_db(np.maximum(partials.amplitude, 1e-9))
    here = (partials.frequency > 0) & (level > max(level.max() - 60, -90))
    lines = np.where(here, partials.frequency, np.nan)
    order = np.argsort(-np.nansum(partials.amplitude, axis=1))[:most]
    when = np.arange(lines.shape[1]) * hop_of(sound) / sound.sample_rate

    class Lines(Plot):
        """All in one colour, no legend."""

        def draw(self, ax):
            ax.plot(when, lines[order].T, color="C0", linewidth=0.8)
            limits = {"xlim": (0, sound.duration), "ylim": (0, top)}
            ax.set(xlabel="seconds", ylabel="Hz", title=title, **limits)

    return Lines([])


@chapter.system(
    "Sinusoidal model",
    source="dsplab/spectral_models/sinusoidal.py",
    lesson=SINES,
)
def sinusoids(material):
    """Follows every peak of the spectrum through time and writes down its frequency,
    amplitude and phase. From these tables alone the sound is made again.
    """
    sound = start_of(material.melody)
    options = {"hop_length": hop_of(sound), "threshold_db": LOWEST_DB}

    def there_and_back(x):
        found = sinusoidal_analysis(x, sound.sample_rate, n_partials=60, **options)
        y = sinusoidal_synthesis(
            found, sound.sample_rate, hop_length=hop_of(sound), length=x.size
        )
        return found, y

    (partials, y), seconds = measures.timed(there_and_back, sound.x)
    count = int((partials.frequency > 0).sum(axis=0).max())
    rest = sound.like(sound.x - y)
    return Result(
        players=[
            Player("before", sound),
            Player("sinusoids only", sound.like(y)),
            Player("what they leave over", rest),
        ],
        picture=pictures.plots(
            tracks(partials, sound, "the sinusoids"),
            pictures.image(sound, top=5000.0, title="the sound"),
            alt="Left, thin lines, one for each sinusoid, that rise and fall with the "
            "melody; right, its spectrogram, where the same lines are ridges.",
        ),
        figures=[
            measures.db("Left over", measures.error_db(sound.x, y)),
            Figure("Sinusoids at a time", f"{count}", "", "at most"),
            measures.speed(sound.duration, seconds),
        ],
        same_loudness=False,
    )


@chapter.system(
    "Harmonic plus residual",
    source="dsplab/spectral_models/combined.py",
    lesson=RESIDUAL,
)
def harmonics(material):
    """Keeps of all sinusoids those at multiples of the pitch and subtracts them from
    the waveform. What remains is breath, bow and consonants; both parts add up to the
    sound exactly.
    """
    sound = start_of(material.voice, 4.0)
    rate, hop = sound.sample_rate, hop_of(sound)
    options = {"hop_length": hop, "threshold_db": LOWEST_DB}
    partials, seconds = measures.timed(harmonic_analysis, sound.x, rate, **options)
    model = with_residual(sound.x, partials, rate, hop_length=hop)
    again = add_residual(model, rate, hop_length=hop)
    alone = sound.like(again - model.residual)
    rest = sound.like(model.residual)
    return Result(
        players=[
            Player("before", sound),
            Player("its harmonics", alone),
            Player("the residual", rest),
        ],
        picture=pictures.spectrograms(
            [
                pictures.image(alone, title="harmonics"),
                pictures.image(rest, title="residual"),
            ],
            alt="Two spectrograms: the harmonics, which carry the vowels, and the "
            "residual, faint, without lines.",
        ),
        figures=[
            measures.db("Sum against the sound", measures.error_db(sound.x, again)),
            measures.db("Residual", np.linalg.norm(rest.x) / np.linalg.norm(sound.x)),
            measures.speed(sound.duration, seconds),
        ],
        same_loudness=False,
    )


@chapter.system(
    "Harmonic plus stochastic",
    source="dsplab/spectral_models/stochastic.py",
    lesson=RESIDUAL,
)
def stochastic(_material):
    """Describes the residual by its power in bands, and nothing else: another noise,
    coloured alike, takes its place, and nobody hears that no sample is the same.
    """
    tune = [(0.0, 0.8, 67), (0.8, 0.5, 70), (1.3, 1.0, 67)]
    x = winds.play(tune, RATE, patch="shakuhachi")
    sound = Sound("a shakuhachi", 1.5 * x, RATE)
    hop = hop_of(sound)
    options = {"hop_length": hop, "n_harmonics": 8, "threshold_db": -55.0}
    partials = harmonic_analysis(sound.x, RATE, **options)
    model = with_noise(sound.x, partials, RATE, hop_length=hop)
    rest = with_residual(sound.x, partials, RATE, hop_length=hop).residual
    again, seconds = measures.timed(
        add_noise, model, noise_for(sound.x), RATE, hop_length=hop
    )
    breath = again - (sound.x - rest)
    numbers = model.envelope.size + 3 * (partials.frequency > 0).sum()
    return Result(
        players=[
            Player("before", sound),
            Player("harmonics and noise", sound.like(again)),
            Player("the breath that was", sound.like(rest)),
            Player("the breath made anew", sound.like(breath)),
        ],
        picture=pictures.plots(
            Plot(
                [
                    measures.spectrum(sound.like(rest), 1.0, "the residual"),
                    measures.spectrum(sound.like(breath), 1.0, "noise, coloured"),
                ],
                "spectra of half a second",
                "kHz",
                "dB",
                {"ylim": (-60, 3)},
            ),
            pictures.image(sound.like(again), title="harmonics and noise"),
            alt="Left, the spectra of the breath and of its replacement, which run "
            "together. Right, the spectrogram of the whole: lines in a haze.",
        ),
        figures=[
            Figure(
                "Level of the new breath",
                measures.number(
                    20 * np.log10(np.linalg.norm(breath) / np.linalg.norm(rest)), 2
                ),
                "dB",
                "against the old",
            ),
            Figure(
                "Numbers in the model",
                measures.number(100 * numbers / sound.x.size, 2),
                "%",
                "of the samples",
            ),
            measures.speed(sound.duration, seconds),
        ],
        same_loudness=False,
    )


@chapter.system(
    "Spectral transformations",
    source="dsplab/spectral_models/transformations.py",
    lesson=TRANSFORM,
)
def transformations(material):
    """Changes the tables instead of the sound: slower, higher with the same mouth, or
    with harmonics pulled apart until a voice is a bell.
    """
    sound = start_of(material.voice)
    rate, hop = sound.sample_rate, hop_of(sound)
    options = {"hop_length": hop, "threshold_db": LOWEST_DB}
    partials = harmonic_analysis(sound.x, rate, n_harmonics=60, **options)
    model = with_noise(sound.x, partials, rate, hop_length=hop)
    noise = noise_for(sound.x)

    def higher(**changes):
        moved = scale_frequency(partials, 1.26, rate, hop_length=hop, **changes)
        changed = model._replace(partials=moved)
        return sound.like(add_noise(changed, noise, rate, hop_length=hop))

    slow = scale_time_with_noise(model, 0.6, rate, hop_length=hop)
    longer = np.random.default_rng(1).standard_normal(round(sound.x.size / 0.6))
    slow = sound.like(add_noise(slow, longer, rate, hop_length=hop))
    kept, moved = higher(keep_timbre=True), higher()
    bell = higher(stretching=1.03)
    same = sinusoidal_synthesis(
        partials, rate, hop_length=hop, length=sound.x.size
    )  # what no transformation at all would give
    middle = sound.duration / 2
    return Result(
        players=[
            Player("before", sound),
            Player("slower, 0.6 × speed", slow),
            Player("higher, vowels kept", kept),
            Player("higher, vowels moved", moved),
            Player("harmonics pulled apart", bell),
        ],
        picture=pictures.plots(
            Plot(
                [
                    measures.spectrum(s, middle, label)
                    for s, label in (
                        (sound, "before"),
                        (kept, "kept"),
                        (moved, "moved"),
                    )
                ],
                "the spectrum, smoothed",
                "kHz",
                "dB",
                {"xlim": (0, 5), "ylim": (-60, 3)},
            ),
            pictures.image(bell, title="harmonics pulled apart"),
            alt="Left, smoothed spectra: with the vowel kept the formants stay where "
            "they were, with it moved they lie higher. Right, lines that spread.",
        ),
        figures=[
            measures.pitch_figure(sound, kept, ratio=1.26),
            measures.renamed(
                measures.pitch_figure(sound, slow, rate=0.6), "Pitch error, slower"
            ),
            measures.db("Left over, unchanged", measures.error_db(sound.x, same)),
        ],
    )


def horn_like(f0, level):
    """A brassy tone on a curve of pitch."""
    k = np.arange(1, 31)[:, None]
    f = k * np.median(f0)
    gain = np.exp(-(((f - 1300) / 900) ** 2)) + 0.4 / k
    return 0.16 * level * harmonic_oscillator(f0, gain[:, 0], RATE)


@chapter.system(
    "Morphing",
    source="dsplab/spectral_models/morphing.py",
    lesson=TRANSFORM,
)
def morphing(material):
    """Makes a sound between two, harmonic by harmonic and band by band: not a mixture
    of both, but one whose pitch, timbre and breath lie between theirs.
    """
    t = np.arange(round(2.5 * RATE)) / RATE
    level = np.clip(np.minimum(t / 0.06, (2.5 - t) / 0.2), 0, 1)
    vibrato = 0.3 * np.sin(2 * np.pi * 5.4 * t) * np.clip(2 * t, 0, 1)
    k = np.arange(1, 25)
    vowel = sum(
        g * np.exp(-(((k * 196 - f) / 150) ** 2))
        for f, g in ((660, 1.0), (1150, 0.6), (2600, 0.3))
    )
    one = 0.2 * level * harmonic_oscillator(196 * 2 ** (vibrato / 12), vowel, RATE)
    one = Sound("a voice", one + 0.002 * level * noise_for(t), RATE)
    other = Sound("a horn", horn_like(np.full(t.size, 294.0), level), RATE)
    hop = hop_of(one)
    models = []
    for sound in (one, other):
        options = {"hop_length": hop, "n_harmonics": 40, "threshold_db": -70.0}
        partials = harmonic_analysis(sound.x, RATE, **options)
        models.append(with_noise(sound.x, partials, RATE, hop_length=hop))

    def between(share):
        both = morph_with_noise(*models, share, RATE, hop_length=hop)
        return one.like(add_noise(both, noise_for(t), RATE, hop_length=hop))

    half = between(0.5)
    n_frames = models[0].partials.frequency.shape[-1]
    moving = between(np.clip(np.linspace(-0.3, 1.3, n_frames), 0, 1))
    f0 = autocorrelation_pitch(half.x, sample_rate=RATE)
    wanted = np.interp(f0.times, t, np.sqrt(294.0 * 196 * 2 ** (vibrato / 12)))
    inside = (f0.times > 0.2) & (f0.times < 2.2)
    music = start_of(material.music, 2.5)
    voice = start_of(material.voice, 2.5)
    balance = {"balance": 0.9, "smoothing": 0.06}
    talking = morph_spectra(music.x, voice.x, music.sample_rate, **balance)
    return Result(
        players=[
            Player("a voice", one),
            Player("a horn", other),
            Player("half way between", half),
            Player("from one to the other", moving),
            Player("the music, shaped by the voice", music.like(talking)),
        ],
        picture=pictures.spectrograms(
            [
                pictures.image(s, top=5000.0, title=title)
                for s, title in (
                    (one, "a voice"),
                    (half, "half way"),
                    (other, "a horn"),
                )
            ],
            alt="Three spectrograms: wavy lines of a voice, straight ones of a horn, "
            "and between them lines half as wavy, at heights between.",
        ),
        figures=[
            measures.cents_figure(
                "Pitch of the morph",
                f0.f0[inside],
                wanted[inside],
                "off the geometric mean of both",
            ),
        ],
    )
