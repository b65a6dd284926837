"""Chapter 0: sound and spectra, what every later system stands on."""

import numpy as np

from dsplab.analysis.comparison import pitch_error
from dsplab.analysis.pitch import autocorrelation_pitch, yin
from dsplab.convert import amplitude_to_db, power_to_db
from dsplab.mel import mel_spectrogram, mel_to_audio
from dsplab.phase_retrieval import griffin_lim
from dsplab.sources.oscillators import harmonic_oscillator, oscillator
from dsplab.spectral import dft, fft, instantaneous_frequency, istft, stft
from tour import measures, pictures
from tour.pictures import Curve, Image, Plot
from tour.records import Chapter, Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_01_sound_and_spectra.py"

chapter = Chapter(
    0,
    "Sound and spectra",
    "A sound is a row of numbers; a spectrum says which frequencies are in it at each "
    "moment. Going there and back without loss is the ground that everything stands "
    "on.",
)


def _spectrum_db(x, n_fft):
    """Level of each bin in dB, a sine of amplitude 1 being 0, averaged over time."""
    X = stft(
        x, n_fft=n_fft, scaling="magnitude", window="blackman_harris", center=False
    )
    return power_to_db((4.0 * np.abs(X) ** 2).mean(axis=-1))


@chapter.system(
    "Discrete Fourier transform",
    source="dsplab/spectral.py",
    lesson=LESSON,
)
def fourier(_material):
    """Asks of every frequency how much of it is in the sound. The textbook's sum of N²
    products and the fast transform by halving give the same answer.
    """
    n, seconds = 2048, 2.0
    f0 = np.full(int(seconds * RATE), 220.0)
    fade = np.minimum(
        1.0, 30 * np.minimum(np.linspace(0, 1, f0.size), np.linspace(1, 0, f0.size))
    )
    sines = [(1, 0.5), (2, 0.25), (3, 0.35), (5, 0.18), (8, 0.12)]
    amplitudes = np.zeros(8)
    for k, amplitude in sines:
        amplitudes[k - 1] = amplitude
    tone = Sound(
        "five sines", 0.6 * fade * harmonic_oscillator(f0, amplitudes, RATE), RATE
    )
    x = tone.x[RATE // 2 :][:n]
    slow, slow_seconds = measures.timed(dft, x)
    fast, fast_seconds = measures.timed(fft, x)
    f = np.arange(n // 2) * RATE / n
    window = np.hanning(n)
    level = amplitude_to_db(np.abs(fft(x * window))[: n // 2] * 4 / n)
    spectrum = Curve(f / 1000, level)
    zoom = {"xlim": (0, 3), "ylim": (-80, 3)}
    plot = Plot([spectrum], f"its spectrum, {n} samples", "kHz", "dB", zoom)
    return Result(
        players=[Player("five sines over 220 Hz", tone)],
        picture=pictures.plots(
            pictures.wave(tone, title="the sound, 20 ms of it", around=1.0, span=0.02),
            plot,
            alt="A repeating waveform beside its spectrum: five sharp peaks at 220, "
            "440, 660, 1100 and 1760 hertz, and nothing between them.",
        ),
        figures=[
            measures.db(
                "Fast transform against the sum", measures.error_db(slow, fast)
            ),
            Figure(
                "Faster than the sum",
                measures.number(slow_seconds / fast_seconds, 2),
                "×",
                f"{n} samples, both from the lesson",
            ),
        ],
    )


@chapter.system("Oscillators", source="dsplab/sources/oscillators.py", lesson=LESSON)
def oscillators(_material):
    """Saw, square, triangle and sine at any frequency curve. Drawn by their formula,
    edges fold back from half the sample rate as wrong notes; summed from harmonics,
    they stay clean.
    """
    seconds = 3.0
    t = np.arange(round(seconds * RATE)) / RATE
    fade = np.minimum(1.0, 20 * np.minimum(t, seconds - t) / seconds)
    f0 = 440.0 * 2.0 ** (2.0 * t / seconds)  # two octaves up
    k = np.arange(1, 51)
    plain = -0.4 * fade * oscillator(f0, RATE, shape="saw", antialiasing="none")
    clean = 0.4 * fade * harmonic_oscillator(f0, 2.0 / (np.pi * k), RATE)
    steady = np.full(1 << 15, 1318.51)
    spectra = {
        "by formula": _spectrum_db(
            oscillator(steady, RATE, shape="saw", antialiasing="none"), 1 << 13
        ),
        "from harmonics": _spectrum_db(
            harmonic_oscillator(steady, 2.0 / (np.pi * k), RATE), 1 << 13
        ),
    }
    f = np.arange((1 << 12) + 1) * RATE / (1 << 13)
    off = np.abs(f / 1318.51 - np.round(f / 1318.51)) * 1318.51 > 6 * RATE / (1 << 13)
    loudest = {name: float(level[off].max()) for name, level in spectra.items()}
    worst = measures.number(loudest["by formula"])
    clean_worst = measures.number(max(loudest["from harmonics"], -120.0))
    names = [
        Sound("saw by its formula", plain, RATE),
        Sound("from harmonics", clean, RATE),
    ]
    images = [pictures.image(s, n_fft=1024, top=20000.0) for s in names]
    return Result(
        players=[Player(s.name, s) for s in names],
        picture=pictures.spectrograms(
            images,
            alt="Two spectrograms of a saw gliding up two octaves. On the left, lines "
            "that reach the top edge turn back down through the picture; on the right, "
            "they end there.",
        ),
        figures=[
            Figure("Loudest wrong note, by formula", worst, "dB", "saw at 1319 Hz"),
            Figure("Loudest wrong note, harmonics", clean_worst, "dB", "same saw"),
        ],
    )


@chapter.system(
    "Short-time Fourier transform",
    source="dsplab/spectral.py",
    lesson=LESSON,
)
def short_time(material):
    """The spectrum of each moment. A long frame tells notes apart, a short one tells
    when they begin; either way the sound comes back unharmed.
    """
    sound = material.music
    long_, short = (
        int(2 ** round(np.log2(s * sound.sample_rate))) for s in (0.093, 0.006)
    )

    def there_and_back(x):
        return istft(stft(x, n_fft=long_), length=x.shape[-1])

    y, seconds = measures.timed(there_and_back, sound.x)
    images = [
        pictures.image(sound, n_fft=n, title=f"{n} samples a frame")
        for n in (long_, short)
    ]
    return Result(
        players=[Player("before", sound), Player("there and back", sound.like(y))],
        picture=pictures.spectrograms(
            images,
            alt="Two spectrograms of the same sound. With long frames the notes are "
            "thin lines and attacks are blurred; with short frames attacks are sharp "
            "upright lines and notes are broad bands.",
        ),
        figures=[
            measures.db("Reconstruction error", measures.error_db(sound.x, y)),
            measures.speed(sound.duration, seconds),
        ],
    )


@chapter.system("Instantaneous frequency", source="dsplab/spectral.py", lesson=LESSON)
def turning(_material):
    """How fast the phase of a bin turns gives its frequency far more exactly than the
    bin's own place: the key to the phase vocoder, and what GANSynth learns to write.
    """
    n_fft, hop, seconds = 2048, 128, 3.0
    t = np.arange(round(seconds * RATE)) / RATE
    f0 = 500.0 + 18.0 * np.sin(2 * np.pi * 1.2 * t)
    fade = np.minimum(1.0, 20 * np.minimum(t, seconds - t))
    x = 0.5 * fade * oscillator(f0, RATE)
    X = stft(x, n_fft=n_fft, hop_length=hop)
    frequency = instantaneous_frequency(np.angle(X), hop_length=hop, sample_rate=RATE)
    frames = np.arange(20, X.shape[-1] - 20)
    best = np.abs(X).argmax(axis=0)[frames]
    found, true = frequency[best, frames], f0[frames * hop]
    cents = 1200 * np.log2(found / true)
    place = best * RATE / n_fft
    when = frames * hop / RATE
    curves = [
        Curve(when, place, "the loudest bin's place"),
        Curve(when, found, "from its phase"),
    ]
    place_cents = float(np.median(np.abs(1200 * np.log2(place / true))))
    how = f"vibrato of ±18 Hz, frames of {n_fft}"
    return Result(
        players=[Player("a sine with vibrato", Sound("sine", x, RATE))],
        picture=pictures.plots(
            Plot(curves, "which frequency is it?", y_label="Hz"),
            alt="Frequency over time: the loudest bin jumps in steps of 22 hertz, "
            "while the frequency read from the phase follows the smooth vibrato.",
        ),
        figures=[
            Figure(
                "Error from the phase",
                measures.number(np.median(np.abs(cents)), 2),
                "cents",
                how,
            ),
            Figure(
                "Error of the bin's place",
                measures.number(place_cents, 2),
                "cents",
                how,
            ),
        ],
    )


@chapter.system("Griffin-Lim", source="dsplab/spectral.py", lesson=LESSON)
def phase_guessing(material):
    """Finds a sound when only the magnitudes of its spectrum are known: guess phases,
    make the spectrum consistent, restore the magnitudes, repeat.
    """
    sound = material.music
    x = sound.mono[: round(3.0 * sound.sample_rate)]
    n_fft = int(2 ** round(np.log2(0.046 * sound.sample_rate)))
    magnitude = np.abs(stft(x, n_fft=n_fft))

    def distance(y):
        Y = np.abs(stft(y, n_fft=n_fft))
        return np.linalg.norm(Y - magnitude) / np.linalg.norm(magnitude)

    counts = (1, 4, 12, 32)
    curves, sounds, final = [], {}, {}
    for name, momentum in (("Griffin and Lim", 0.0), ("fast variant", 0.95)):
        levels, y, angle, done = [], None, None, 0
        for count in counts:
            options = {"n_iterations": count - done, "momentum": momentum}
            if momentum:  # its steps depend on the one before: from the start
                options["n_iterations"] = count
                angle = None
            y = griffin_lim(magnitude, angle=angle, length=x.size, **options)
            angle, done = np.angle(stft(y, n_fft=n_fft)), count
            levels.append(20 * np.log10(distance(y)))
        curves.append(Curve(np.array(counts), np.array(levels), name, "-o"))
        sounds[name], final[name] = y, levels[-1]
    plot = Plot(curves, "distance of the magnitudes", "iterations", "dB")
    return Result(
        players=[
            Player("before", sound.like(x)),
            Player("32 iterations", sound.like(sounds["Griffin and Lim"])),
            Player("32 iterations, fast", sound.like(sounds["fast variant"])),
        ],
        picture=pictures.plots(
            plot,
            pictures.image(sound.like(sounds["fast variant"]), title="what it found"),
            alt="Left, the distance to the wanted magnitudes falls with every "
            "iteration, further for the fast variant. Right, the spectrogram of the "
            "sound found.",
        ),
        figures=[
            Figure(
                "Distance after 32, fast", measures.number(final["fast variant"]), "dB"
            ),
            Figure(
                "Distance after 32, classic",
                measures.number(final["Griffin and Lim"]),
                "dB",
            ),
        ],
    )


@chapter.system("Mel spectrum and back", source="dsplab/mel.py", lesson=LESSON)
def mel(material):
    """Gathers the spectrum into bands as wide as the ear's. Most of what is thrown away
    is not missed, which is why learned vocoders start from here.
    """
    sound = material.music
    x = sound.mono[: round(3.0 * sound.sample_rate)]
    n_fft, n_mels = int(2 ** round(np.log2(0.046 * sound.sample_rate))), 80
    options = {"n_fft": n_fft, "n_mels": n_mels}
    bands = mel_spectrogram(x, sound.sample_rate, **options)
    y = mel_to_audio(bands, sound.sample_rate, n_fft=n_fft)
    again = mel_spectrogram(y, sound.sample_rate, **options)
    n = min(bands.shape[-1], again.shape[-1])
    ratio = np.linalg.norm(np.sqrt(again[:, :n]) - np.sqrt(bands[:, :n]))
    ratio /= np.linalg.norm(np.sqrt(bands[:, :n]))
    top = sound.sample_rate / 2
    db = power_to_db(bands / bands.max()).astype(np.float32)
    shrink = (x.size / sound.sample_rate) * sound.sample_rate / bands.size
    image = Image(db, x.size / sound.sample_rate, top, f"{n_mels} mel bands")
    return Result(
        players=[
            Player("before", sound.like(x)),
            Player("from 80 bands", sound.like(y)),
        ],
        picture=pictures.spectrograms(
            [
                image,
                pictures.image(sound.like(y), top=top, title="the sound made of them"),
            ],
            alt="Left, a mel spectrogram: 80 rows, the harmonics merged into broad "
            "bands above. Right, the spectrogram of the sound rebuilt from it, "
            "harmonics blurred but in place.",
        ),
        figures=[
            measures.db("Distance of the bands", ratio, "rebuilt against original"),
            Figure("Samples for each number kept", measures.number(shrink, 2)),
        ],
    )


@chapter.system("Pitch tracking", source="dsplab/analysis/pitch.py", lesson=LESSON)
def pitch(material):
    """How high a voice sounds at each moment, by Boersma's autocorrelation and by YIN:
    the delay after which a sound repeats itself.
    """
    sound = material.voice
    f_max = min(800.0, sound.sample_rate / 4)
    options = {"sample_rate": sound.sample_rate, "f_min": 70.0, "f_max": f_max}
    track, seconds = measures.timed(autocorrelation_pitch, sound.mono, **options)
    other = yin(sound.mono, **options)
    figures = []
    for name, found in (("autocorrelation", track), ("YIN", other)):
        if sound.f0 is not None:
            error = pitch_error(found.f0, sound.f0(found.times))
            wrong = measures.number(float(error.percent_wrong), 2)
            how = f"median; {wrong} % of frames are wrong"
            cents = measures.number(float(error.cents), 2)
            figures.append(Figure(f"Error, {name}", cents, "cents", how))
    voiced = np.isfinite(track.f0)
    if sound.f0 is None:
        share = measures.number(100 * voiced.mean(), 2)
        figures.append(Figure("Frames with a pitch", share, "%"))
        both = voiced & np.isfinite(other.f0[: voiced.size])
        if both.any():
            apart = np.abs(
                1200 * np.log2(track.f0[both] / other.f0[: voiced.size][both])
            )
            text = measures.number(np.median(apart), 2)
            figures.append(Figure("The two methods apart", text, "cents", "median"))
    figures.append(measures.speed(sound.duration, seconds))
    curves = [
        Curve(track.times, track.f0, "autocorrelation"),
        Curve(other.times, other.f0, "YIN", "--"),
    ]
    if sound.f0 is not None:
        score = sound.f0(track.times)
        curves.insert(0, Curve(track.times, score, "score", width=4.0))
    return Result(
        players=[
            Player("the sound", sound),
            Player("a sine on its track", sound.like(sonified(track, sound))),
        ],
        picture=pictures.plots(
            Plot(curves, "pitch", y_label="Hz"),
            pictures.image(sound, top=2000.0, title=sound.name),
            alt="Left, pitch over time: autocorrelation lies on the line of the "
            "score, with its slides and its vibrato; YIN does too, but for some "
            "frames an octave above. Right, the spectrogram up to 2 kilohertz, whose "
            "harmonics move alike.",
        ),
        figures=figures,
    )


def sonified(track, sound):
    """A sine that follows a pitch track, silent where there is none."""
    t = np.arange(sound.mono.size) / sound.sample_rate
    voiced = np.isfinite(track.f0)
    if not voiced.any():
        return np.zeros(t.size)
    f0 = np.interp(t, track.times[voiced], track.f0[voiced])
    level = np.interp(t, track.times, voiced.astype(float))
    return 0.3 * level * oscillator(f0, sound.sample_rate)
