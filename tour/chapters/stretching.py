"""Chapter 1, duration and pitch by overlap-add.

All methods get the same two tasks, so that they can be compared by ear: a phrase of
music and a voice, slower and faster.
"""

import functools

import numpy as np

from dsplab.analysis.comparison import interchannel_correlation, spectral_convergence
from dsplab.analysis.separation import harmonic_percussive
from dsplab.convert import amplitude_to_db, cents_to_ratio, hz_to_midi, midi_to_hz
from dsplab.sources.oscillators import harmonic_oscillator
from dsplab.stretch.hptsm import hptsm
from dsplab.stretch.ola import ola
from dsplab.stretch.phase_vocoder import phase_vocoder
from dsplab.stretch.pitch_shift import pitch_shift
from dsplab.stretch.psola import psola
from dsplab.stretch.time_stretch import time_stretch
from dsplab.stretch.wsola import wsola
from dsplab.windows import hann
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import RATE, Sound

LESSON = "tutorials/lesson_09_time_stretching.py"
SLOW, FAST = 0.75, 1.5
SEMITONES = 4


def stretched(method, material, *, melodic=True, on="music"):
    """What a method makes of the music (or the voice), and how well.

    Returns:
      players, figures, and the slow copy for a picture.
    """
    sound = getattr(material, on)
    rate = sound.sample_rate
    y, seconds = measures.timed(method, sound.x, SLOW, sample_rate=rate)
    slow, fast = sound.like(y), sound.like(method(sound.x, FAST, sample_rate=rate))
    players = [
        Player("before", sound),
        Player("slower, 0.75 × speed", slow),
        Player("faster, 1.5 × speed", fast),
    ]
    figures = []
    if melodic:
        tune = material.melody if on == "music" else sound
        alone = y if tune is sound else method(tune.x, SLOW, sample_rate=rate)
        figures.append(measures.pitch_figure(tune, tune.like(alone), rate=SLOW))
    if on == "music":
        figures += measures.onset_figures(sound, slow, rate=SLOW)
    if sound.ideal is not None:
        figures.append(measures.ideal_figure(sound.ideal(SLOW), y))
    figures.append(measures.speed(sound.duration, seconds))
    return players, figures, slow


def periods(sound, slow, *, seconds=0.06):
    """The waveform in detail, before and after, at the same moment of the music."""
    at = measures.loudest(sound)
    return [
        pictures.wave(sound, title="before", around=at, span=seconds),
        pictures.wave(slow, title="slower", around=at / SLOW, span=seconds),
    ]


def attacks(sound, slow):
    """How the energy of all hits, on average, rises and falls, before and after."""
    curves = [
        measures.attack_curve(sound, 1.0, "before"),
        measures.attack_curve(slow, SLOW, "slower", hits_at=measures.hits(sound)),
    ]
    title = "the hits, averaged, above 1.5 kHz"
    return Plot(curves, title, "milliseconds", "dB", {"ylim": (-42, 3)})


@chapter.system("OLA", source="dsplab/stretch/ola.py", lesson=LESSON)
def overlap_add(material):
    """Cuts the sound into frames and adds them up again at another distance. Attacks
    stay crisp, but the periods of a tone no longer meet: it warbles.
    """
    players, figures, _ = stretched(ola, material)
    voice = material.voice
    slow = voice.like(ola(voice.x, SLOW, sample_rate=voice.sample_rate))
    alt = (
        "The waveform of a voice before and after: its even row of pulses becomes "
        "uneven, weak where two frames cancel each other."
    )
    picture = pictures.plots(*periods(voice, slow), alt=alt)
    return Result(players=players, picture=picture, figures=figures)


@chapter.system("WSOLA", source="dsplab/stretch/wsola.py", lesson=LESSON)
def similar_frames(material):
    """Lets each frame move a little, to where it continues the one before it best.
    Tones stay whole; an attack may sound twice or come a little late.
    """
    players, figures, _ = stretched(wsola, material)
    voice = material.voice
    slow = voice.like(wsola(voice.x, SLOW, sample_rate=voice.sample_rate))
    alt = (
        "The waveform of a voice before and after: the row of pulses goes on evenly, "
        "with the same distance and shape."
    )
    picture = pictures.plots(*periods(voice, slow), alt=alt)
    return Result(players=players, picture=picture, figures=figures)


@chapter.system("TD-PSOLA, duration", source="dsplab/stretch/psola.py", lesson=LESSON)
def voice_duration(material):
    """Cuts a voice at its own periods and repeats or leaves out whole ones. What was
    sung comes out slower or faster, with every vowel as it was.
    """
    players, figures, slow = stretched(psola, material, on="voice")
    images = [
        pictures.image(material.voice, top=5000.0, title="before"),
        pictures.image(slow, top=5000.0, title="0.75 × speed"),
    ]
    alt = (
        "Spectrograms on one time axis: below, the same harmonics and the same bands "
        "of the vowels, drawn out to four thirds of the time."
    )
    picture = pictures.spectrograms(images, stacked=True, alt=alt)
    return Result(players=players, picture=picture, figures=figures)


@chapter.system("TD-PSOLA, melody", source="dsplab/stretch/psola.py", lesson=LESSON)
def voice_melody(material):
    """Sets the same periods closer together or further apart: another tune from the
    same mouth, since the shape of a period, and with it the vowel, is left alone.
    """
    voice = material.voice
    options = {"sample_rate": voice.sample_rate}
    track = measures.track(voice)
    target = snapped(track.f0, step=3.0)
    tune = voice.like(psola(voice.x, 1.0, target_f0=target, f0=track.f0, **options))
    players, figures = (
        [Player("before", voice), Player("steps of three semitones", tune)],
        [],
    )
    for semitones in (SEMITONES, -12):
        ratio = 2.0 ** (semitones / 12.0)
        y = psola(voice.x, 1.0, pitch_ratio=ratio, f0=track.f0, **options)
        name = f"{abs(semitones)} semitones {'up' if semitones > 0 else 'down'}"
        players.append(Player(name, voice.like(y)))
        figure = measures.pitch_figure(voice, voice.like(y), ratio=ratio)
        figures.append(measures.renamed(figure, f"Pitch error, {name}"))
    heard = measures.track(tune)
    wanted = np.interp(heard.times, track.times, target)
    figures.append(measures.cents_figure("Pitch error, steps", heard.f0, wanted))
    curves = [
        Curve(track.times, track.f0, "sung"),
        Curve(track.times, target, "wanted", width=3.5),
        Curve(heard.times, heard.f0, "heard", "--", width=1.8),
    ]
    picture = pictures.plots(
        Plot(curves, "the melody", y_label="Hz"),
        pictures.image(tune, top=3000.0, title="the result"),
        alt="Left, pitch over time: the sung melody slides and swings, the wanted one "
        "is flat steps, and the pitch that is heard lies on the steps. Right, the "
        "spectrogram of the result: straight harmonics, with the bands of the vowels.",
    )
    return Result(players=players, picture=picture, figures=figures)


def snapped(f0, *, step):
    """Each pitch moved to the nearest multiple of `step` semitones."""
    voiced = np.isfinite(f0)
    note = hz_to_midi(np.where(voiced, f0, 440.0))
    return np.where(voiced, midi_to_hz(step * np.round(note / step)), np.nan)


def vocoder(locking):
    """The textbook's phase vocoder, which treats attacks like anything else."""
    return functools.partial(phase_vocoder, locking=locking, transients=False)


@chapter.system(
    "Phase vocoder",
    source="dsplab/stretch/phase_vocoder.py",
    lesson=LESSON,
)
def classic_vocoder(material):
    """Moves the frames of a spectrum apart and turns every bin on by its own frequency.
    Each partial runs on smoothly, but they lose hold of each other: attacks smear.
    """
    players, figures, slow = stretched(vocoder("none"), material)
    alt = (
        "The energy around the hits: before, it jumps up at once; "
        "after stretching, it creeps up and dies down over tens of milliseconds."
    )
    picture = pictures.plots(attacks(material.music, slow), alt=alt)
    return Result(players=players, picture=picture, figures=figures)


@chapter.system(
    "Phase vocoder, identity locking",
    source="dsplab/stretch/phase_vocoder.py",
    lesson=LESSON,
)
def locked_vocoder(material):
    """Turns the bins around a peak together, as Laroche and Dolson proposed, so that
    the pulses of a voice keep their shape instead of blurring into a chorus.
    """
    players, figures, _ = stretched(vocoder("identity"), material)
    reed, wanted = reedy(1.0), reedy(SLOW)
    copies, waves, at = {}, [], 1.5
    for name, locking in (("not locked", "none"), ("locked", "identity")):
        y = vocoder(locking)(reed.x, SLOW, sample_rate=RATE)
        copies[name] = reed.like(y)
        ratio = spectral_convergence(wanted.x, y)
        figures.append(
            measures.db(f"Distance, {name}", ratio, "a reed tone, from ideal")
        )
    for title, sound, rate in (
        ("a reed tone", reed, 1.0),
        ("not locked", copies["not locked"], SLOW),
        ("locked", copies["locked"], SLOW),
    ):
        waves.append(pictures.wave(sound, title=title, around=at / rate, span=0.02))
    alt = (
        "Three waveforms. Before: the teeth of a saw. Stretched without locking: the "
        "teeth have turned into another shape. With locking: teeth again."
    )
    return Result(
        players=players, picture=pictures.plots(*waves, alt=alt), figures=figures
    )


@chapter.system(
    "Phase vocoder, attacks kept",
    source="dsplab/stretch/phase_vocoder.py",
    lesson=LESSON,
)
def crisp_vocoder(material):
    """The locked vocoder, which starts its phases afresh at each attack and lets it
    sound once, at its own speed: smooth and crisp at once.
    """
    players, figures, slow = stretched(phase_vocoder, material)
    alt = (
        "The energy around the hits, before and after stretching: it jumps up at once."
    )
    picture = pictures.plots(attacks(material.music, slow), alt=alt)
    return Result(players=players, picture=picture, figures=figures)


@chapter.system(
    "Adaptive vocoder",
    source="dsplab/stretch/adaptive_vocoder.py",
    lesson=LESSON,
)
def adaptive(material):
    """Takes longer frames in the bass while low chords sound, whose partials beat in
    short ones, and short frames for all that glides. The project's choice for music,
    `time_stretch`.
    """
    players, figures, _ = stretched(time_stretch, material)
    chord, wanted = low_chord(1.0), low_chord(SLOW)
    curves = [lines(wanted, "as it should be")]
    methods = (("frames all alike", phase_vocoder), ("longer frames", time_stretch))
    for title, method in methods:
        copy = chord.like(method(chord.x, SLOW, sample_rate=RATE))
        curves.append(lines(copy, title))
        players.append(Player(f"a low chord, slower, {title}", copy))
        ratio = spectral_convergence(wanted.x, copy.x)
        figures.append(
            measures.db(f"Distance, {title}", ratio, "a low chord, from ideal")
        )
    alt = (
        "The spectrum of a low chord, slower. As it should be: one sharp line for each "
        "partial. With frames all alike the lines are broad and stand in a thicket; "
        "with longer frames they are sharp again."
    )
    plot = Plot(curves, "a low chord, slower", "Hz", "dB", {"ylim": (-50, 3)})
    return Result(
        players=players, picture=pictures.plots(plot, alt=alt), figures=figures
    )


def low_chord(rate, *, seconds=3.0):
    """C major, an octave below the middle, at a speed."""
    t = np.arange(round(seconds * RATE / rate)) / RATE
    level = 0.1 * np.clip(np.minimum(t, seconds / rate - t) / 0.05, 0.0, 1.0)
    partials = (
        np.cos(2 * np.pi * k * f0 * t + k) / k
        for f0 in midi_to_hz(np.array([48, 52, 55]))
        for k in range(1, 7)
    )
    return Sound("a low chord", level * sum(partials), RATE)


def lines(sound, label):
    """The lowest partials of a sound, beside the strongest."""
    x = sound.x * hann(len(sound.x))
    level = amplitude_to_db(abs(np.fft.rfft(x)) + 1e-9)
    frequency = np.fft.rfftfreq(len(x), 1 / RATE)
    seen = (frequency > 100.0) & (frequency < 420.0)
    return Curve(frequency[seen], (level - level.max())[seen], label)


def reedy(rate, *, seconds=3.0):
    """A saw with vibrato at a speed: all that its partials have in common is phase."""
    t = np.arange(round(seconds * RATE / rate)) * (rate / RATE)
    f0 = 220.0 * cents_to_ratio(60.0 * np.sin(2 * np.pi * 5.5 * t))
    level = 0.25 * np.clip(np.minimum(t, seconds - t) / 0.05, 0.0, 1.0)
    x = level * harmonic_oscillator(f0, 1.0 / np.arange(1, 21), RATE)
    return Sound("a reed tone", x, RATE)


@chapter.system(
    "Harmonic and percussive parts",
    source="dsplab/analysis/separation.py",
    lesson=LESSON,
)
def separation(material):
    """Tones are lines along time in a spectrogram, hits are lines along frequency: a
    median filter each way tells them apart.
    """
    sound = material.music
    split, seconds = measures.timed(
        harmonic_percussive, sound.x, sample_rate=sound.sample_rate
    )
    tones, strokes = sound.like(split.harmonic), sound.like(split.percussive)
    images = [
        pictures.image(part, top=16000.0, title=title)
        for part, title in ((tones, "harmonic"), (strokes, "percussive"))
    ]
    figures = [measures.db("Error of the sum", measures.error_db(sound.x, sum(split)))]
    if sound.percussion is not None:
        ratio = measures.error_db(sound.percussion, strokes.x)
        how = "from the percussion that was mixed in"
        figures.append(measures.db("Distance of the hits", ratio, how))
    figures.append(measures.speed(sound.duration, seconds))
    return Result(
        players=[
            Player("the whole", sound),
            Player("harmonic", tones),
            Player("percussive", strokes),
        ],
        picture=pictures.spectrograms(
            images,
            alt="Two spectrograms: on the left only the level lines of the notes, on "
            "the right only the upright lines of the hits.",
        ),
        figures=figures,
        same_loudness=False,
    )


@chapter.system("HPTSM", source="dsplab/stretch/hptsm.py", lesson=LESSON)
def harmonic_percussive_stretch(material):
    """Separates tones from hits, stretches the tones with a phase vocoder and the hits
    with OLA, and adds them: another way to be smooth and crisp at once.
    """
    players, figures, slow = stretched(hptsm, material)
    if slow.x.ndim == 2:
        before, after = (
            measures.number(float(interchannel_correlation(sound.x)))
            for sound in (material.music, slow)
        )
        how = f"of left and right; {before} before"
        figures.append(Figure("Stereo image", after, "correlation", how))
    picture = pictures.plots(
        attacks(material.music, slow),
        pictures.image(slow, title="slower", top=16000.0),
        alt="Left, the energy around the hits, before and after: both curves "
        "jump up at the same moment and fall alike. Right, the spectrogram of the "
        "result: thin lines of notes and thin lines of hits.",
    )
    return Result(players=players, picture=picture, figures=figures)


@chapter.system(
    "Time map",
    source="dsplab/stretch/time_map.py",
    lesson=LESSON,
)
def bent_time(material):
    """Speed may change as one likes: anchor points say which moment sounds when. Here
    the music slows down, stands still on one moment, and runs on twice as fast.
    """
    sound = material.music
    rate, n = sound.sample_rate, sound.x.shape[-1]
    anchors = np.array(
        [(0.0, 0.0), (0.25, 0.25), (0.4, 0.55), (0.4, 0.8), (0.85, 1.03)]
    )
    anchors = np.round(anchors * n)
    y, seconds = measures.timed(phase_vocoder, sound.x, anchors, sample_rate=rate)
    bent = sound.like(y)
    line = Curve(anchors[:, 1] / rate, anchors[:, 0] / rate)
    plot = Plot([line], "which moment sounds when", "seconds of output", "of input")
    alt = (
        "Left, input time over output time: a line that rises, flattens, stays level "
        "and then rises steeply. Right, the spectrogram: where the line is level, the "
        "notes are long level lines."
    )
    return Result(
        players=[Player("before", sound), Player("slower, frozen, faster", bent)],
        picture=pictures.plots(plot, pictures.image(bent, title="the result"), alt=alt),
        figures=[
            Figure(
                "Length error",
                str(abs(y.shape[-1] - int(anchors[-1, 1]))),
                "samples",
                f"of {y.shape[-1]}",
            ),
            measures.speed(bent.duration, seconds),
        ],
    )


@chapter.system(
    "Pitch shift",
    source="dsplab/stretch/pitch_shift.py",
    lesson=LESSON,
)
def shifted(material):
    """Plays any sound higher or lower in the same time. The resonances move along, as
    on a tape, or stay where they are, as in a larynx.
    """
    voice, music = material.voice, material.music
    ratio, up = 2.0 ** (SEMITONES / 12.0), f"{SEMITONES} semitones up"
    copies, figures = {}, []
    for name, ways in (
        ("formants moved", {}),
        ("formants kept", {"formants": True}),
        ("kept by envelope", {"formants": True, "method": "envelope"}),
    ):
        options = {"sample_rate": voice.sample_rate} | ways
        y, seconds = measures.timed(pitch_shift, voice.x, SEMITONES, **options)
        copies[name] = voice.like(y)
        figure = measures.pitch_figure(voice, copies[name], ratio=ratio)
        figures.append(measures.renamed(figure, f"Pitch error, {name}"))
        if voice.sung_at is not None:
            wanted = voice.sung_at(ratio, keep_formants=bool(ways))
            figures.append(measures.timbre_figure(wanted, y, f"Spectrum, {name}"))
    figures.append(measures.speed(voice.duration, seconds))
    deep = music.like(pitch_shift(music.x, -SEMITONES, sample_rate=music.sample_rate))
    at = measures.loudest(voice)
    shown = [(voice, "before")] + [
        (copies[name], name) for name in ("formants moved", "formants kept")
    ]
    plot = Plot(
        [measures.spectrum(sound, at, label) for sound, label in shown],
        f"the vowel, {up}",
        "kHz",
        "dB",
        {"xlim": (0, 4), "ylim": (-60, 3)},
    )
    alt = (
        "Spectra of a sung vowel. The peaks of its envelope lie at the same "
        "frequencies before and with formants kept; with formants moved they lie a "
        "quarter higher."
    )
    return Result(
        players=[
            Player("the voice", voice),
            *(Player(f"{up}, {name}", copy) for name, copy in copies.items()),
            Player("the music", music),
            Player(f"{SEMITONES} semitones down", deep),
        ],
        picture=pictures.plots(plot, alt=alt),
        figures=figures,
    )
