"""Chapter 2: single notes by learning."""

import dataclasses
import functools

import jax
import numpy as np

import neural
from dsplab.analysis.pitch import autocorrelation_pitch
from dsplab.convert import midi_to_hz
from dsplab.quantise import mu_law_decode, mu_law_encode
from dsplab.resampling import resample
from neural.data.notes import NAMES
from neural.evaluation.entropy import bigram_entropy
from neural.notes import samplernn, wavenet, wavernn
from neural.recipes import samplernn as samplernn_recipe
from neural.recipes import told_notes
from neural.recipes import wavenet as recipe
from neural.recipes import wavernn as wavernn_recipe
from tour import measures, pictures
from tour.pictures import Curve, Picture, Plot
from tour.records import Chapter, Figure, Player, Result
from tour.sounds import Sound

LESSON = "tutorials/lesson_10_wavenet.py"
LATER = "tutorials/lesson_20_autoregressive_models.py"
TUNE = (60, 64, 67, 72)  # MIDI numbers
NOTE_SECONDS = 0.5

chapter = Chapter(
    2,
    "Single notes by learning",
    "No equation says what comes next; a network has heard enough notes to guess. It "
    "starts with WaveNet, which composes a sound one sample at a time.",
)


@chapter.system("µ-law: sound as 256 codes", source="dsplab/quantise.py", lesson=LESSON)
def companding(material):
    """Spaces the steps finely where sound is quiet. 256 codes then do for what would
    need thousands of equal steps, few enough to be guessed by a network.
    """
    sound = material.voice
    x = sound.x[: round(5.0 * sound.sample_rate)]
    x = 0.06 * x / np.abs(x).max()  # a quiet passage
    codes = mu_law_encode(x)
    curved, even = np.asarray(mu_law_decode(codes), dtype=float), evenly(x)
    levels = np.arange(-60.0, 0.1, 2.0)
    tone = np.sin(2 * np.pi * np.sqrt(2) * np.arange(8192) / 97)
    curves = []
    for name, copy in (
        ("µ-law", lambda y: np.asarray(mu_law_decode(mu_law_encode(y)), dtype=float)),
        ("equal steps", evenly),
    ):
        ratios = []
        for level in levels:
            y = 10.0 ** (level / 20.0) * tone
            ratios.append(-20 * np.log10(max(measures.error_db(y, copy(y)), 1e-9)))
        curves.append(Curve(levels, np.array(ratios), name))
    plot = Plot(curves, "signal above noise", "level of a tone, dB", "dB")
    at = measures.loudest(sound.like(x))
    detail = [
        pictures.wave(sound.like(y), label=name, around=at, span=0.012).curves[0]
        for name, y in (("before", x), ("µ-law", curved), ("equal steps", even))
    ]
    return Result(
        players=[
            Player("before, very quiet", sound.like(x)),
            Player("256 codes, µ-law", sound.like(curved)),
            Player("256 equal steps", sound.like(even)),
        ],
        picture=pictures.plots(
            Plot(detail, "12 ms of it", "milliseconds"),
            plot,
            alt="Left, a quiet waveform: µ-law stays close to it, equal steps turn it "
            "into coarse stairs. Right, the signal-to-noise ratio: µ-law holds about "
            "38 decibels down to quiet levels, equal steps lose a decibel for each "
            "decibel.",
        ),
        figures=[
            measures.db(
                "Noise, µ-law", measures.error_db(x, curved), "below this passage"
            ),
            measures.db(
                "Noise, equal steps", measures.error_db(x, even), "below this passage"
            ),
        ],
    )


def evenly(x):
    """x in 256 equal steps of [-1, 1], each value in the middle of its step."""
    return (np.clip(np.floor(128.0 * x), -128, 127) + 0.5) / 128.0


@functools.cache
def _model(name="wavenet"):
    return neural.pretrained(name)


@chapter.system("WaveNet", source="neural/notes/wavenet.py", lesson=LESSON)
def babble(_material):
    """Guesses the next sample from those before it, draws it, and asks again. Told a
    pitch and an instrument, the small shipped network plays notes it has learned.
    """
    return tunes("wavenet", wavenet.generate, recipe, top=4000.0)


@chapter.system("SampleRNN", source="neural/notes/samplernn.py", lesson=LATER)
def tiers(_material):
    """Remembers instead of looking back: networks at three clocks, the slowest of which
    hears the longest. The small one works at 4 kHz, hence the dull sound.
    """
    result = tunes("samplernn", samplernn.generate, samplernn_recipe, top=2000.0)
    return beside_counting(result, "samplernn", samplernn_recipe)


@chapter.system("WaveRNN", source="neural/notes/wavernn.py", lesson=LATER)
def one_memory(_material):
    """One memory that takes a step at every sample, and says each in two halves, the
    coarse bits and then the fine ones. The small one works at 4 kHz in 12 bits.
    """
    result = tunes("wavernn", wavernn.generate, wavernn_recipe, top=2000.0)
    return beside_counting(result, "wavernn", wavernn_recipe)


def tunes(name, generate, recipe, *, top):
    """Four rising notes on each instrument, as a shipped model plays them."""
    params, config = _model(name)
    pitch = np.tile(TUNE, len(NAMES))
    instrument = np.repeat(np.arange(len(NAMES)), len(TUNE))
    options = {
        "n_samples": round(NOTE_SECONDS * config.sample_rate),
        "config": config,
        "pitch": pitch,
        "instrument": instrument,
        "temperature": recipe.TEMPERATURE,
    }

    def play(key):
        return np.asarray(generate(params, key, **options), dtype=float)

    notes, seconds = measures.timed(play, jax.random.key(7))
    played = [
        audible(Sound(name, notes[instrument == n].ravel(), config.sample_rate))
        for n, name in enumerate(NAMES)
    ]
    heard = [steady_pitch(note, config.sample_rate) for note in notes]
    off = told_notes.cents_off(notes, pitch, config.sample_rate)
    wanted = midi_to_hz(pitch.astype(float))
    return Result(
        players=[Player(tune.name, tune) for tune in played],
        picture=pictures.spectrograms(
            [pictures.image(tune, n_fft=512, top=top) for tune in played],
            alt=f"Spectrograms of {', '.join(NAMES)}, four rising notes each: the "
            f"harmonics that make the instrument, over a floor of faint noise.",
        ),
        figures=[
            measures.cents_figure(
                "Pitch error", np.array(heard), wanted, "median of all notes"
            ),
            Figure(
                "In tune",
                f"{np.mean(off < 50):.0%}",
                "of notes",
                "within 50 cents, octaves aside",
            ),
            Figure(
                "Generation",
                measures.number(notes.size / seconds),
                "samples/s",
                f"{len(notes)} notes at once",
            ),
            measures.speed(notes.size / config.sample_rate, seconds),
        ],
    )


def beside_counting(result, name, recipe):
    """The same, and what surprises the model beside what surprises a bigram."""
    params, config = _model(name)
    codes = np.asarray(recipe.held_out(config, n_notes=4)["codes"])
    nats = recipe.held_out_nats(params, config, n_notes=4)
    if hasattr(recipe, "yardstick"):
        counting = recipe.yardstick(codes, config)
    else:
        counting = bigram_entropy(codes, n_codes=config.n_codes)
    where = "notes never trained on"
    figures = [
        Figure("Held-out loss", measures.number(nats), "nats/sample", where),
        Figure("Counting pairs", measures.number(counting), "nats/sample", where),
    ]
    return dataclasses.replace(result, figures=[*result.figures, *figures])


def audible(sound):
    """The same at 8 kHz at least, which every browser plays."""
    if sound.sample_rate >= 8000:
        return sound
    times = -(-8000 // sound.sample_rate)
    return Sound(
        sound.name,
        resample(sound.x, times * len(sound.x)),
        times * sound.sample_rate,
    )


def steady_pitch(note, sample_rate):
    """Median pitch of a note in Hz, NaN if it has none."""
    track = autocorrelation_pitch(note, sample_rate=sample_rate, f_min=100.0)
    voiced = track.f0[np.isfinite(track.f0)]
    return float(np.median(voiced)) if voiced.size else np.nan


@chapter.system(
    "What WaveNet expects",
    source="neural/recipes/wavenet.py",
    lesson=LESSON,
)
def expectation(_material):
    """Before each sample the network says how likely each of the 256 codes is. The
    better it has learned, the less the true sound surprises it: its loss, in nats.
    """
    params, config = _model()
    told = recipe.held_out(config)
    codes = np.asarray(told["codes"])
    apply = jax.jit(wavenet.apply, static_argnames="config")
    conditions = {name: value for name, value in told.items() if name != "codes"}
    logits = apply(params, told["codes"], config=config, **conditions)
    log_p = np.asarray(jax.nn.log_softmax(logits))
    nats = -np.take_along_axis(log_p, codes[..., None], axis=-1)[..., 0]
    best = log_p.argmax(axis=-1)
    start, n = 2000, 160
    piece = slice(start, start + n)
    note = int(np.argmax(np.abs(mu_law_decode(codes)[:, piece]).sum(axis=-1)))
    x = np.asarray(mu_law_decode(codes[note]), dtype=float)
    guessed = np.asarray(mu_law_decode(best[note]), dtype=float)
    milliseconds = 1000.0 * np.arange(n) / config.sample_rate
    picture = _expectations(
        np.exp(log_p[note, piece]).T, codes[note, piece], milliseconds
    )
    bigram = bigram_entropy(codes, n_codes=config.n_codes)
    return Result(
        players=[
            Player("a note never trained on", Sound("note", x, config.sample_rate)),
            Player(
                "the likeliest code each time",
                Sound("guess", guessed, config.sample_rate),
            ),
        ],
        picture=picture,
        figures=[
            Figure(
                "Held-out loss",
                measures.number(float(nats.mean())),
                "nats/sample",
                "notes never trained on",
            ),
            Figure(
                "Knowing one sample back",
                measures.number(bigram),
                "nats/sample",
                "entropy of pairs of codes",
            ),
            Figure(
                "Sees back",
                f"{config.receptive_field}",
                "samples",
                f"{1000 * config.receptive_field / config.sample_rate:.0f} ms",
            ),
        ],
    )


def _expectations(p, codes, milliseconds):
    """The distribution before each sample, and the code that came."""

    def draw(figure, _narrow):
        ax = figure.subplots()
        ax.imshow(
            np.sqrt(p),  # so that the unlikely is seen too
            origin="lower",
            aspect="auto",
            extent=(milliseconds[0], milliseconds[-1], 0, p.shape[0]),
            interpolation="nearest",
        )
        ax.plot(
            milliseconds,
            codes + 0.5,
            "o",
            color="C1",
            markersize=2.4,
            label="what came",
        )
        ax.set(xlabel="milliseconds", ylabel="code")
        ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 0.99), borderaxespad=0.0)
        ax.grid(False)

    alt = (
        "For each sample in 20 milliseconds, how likely each of 256 codes is, as a "
        "dark band that follows the wave; the true codes, as dots, lie inside the "
        "band."
    )
    return Picture(draw, alt)
