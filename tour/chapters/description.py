"""Chapter 1, at its end: what can be said of a sound in figures."""

import numpy as np

from dsplab.analysis.beats import beats
from dsplab.analysis.chroma import hpcp
from dsplab.analysis.collections import k_means, standardise
from dsplab.analysis.description import describe_all
from dsplab.analysis.key import find_key, key_name
from dsplab.analysis.loudness import loudness, momentary_loudness, true_peak
from dsplab.analysis.spectral_shape import spectral_centroid
from dsplab.synths import modal, plucked, subtractive, winds
from tour import measures, pictures
from tour.chapters.synthesizers import chapter
from tour.pictures import Curve, Plot
from tour.records import Figure, Player, Result
from tour.sounds import Sound

LESSON = "tutorials/lesson_17_description_of_sounds.py"
CLASSES = "C C♯ D E♭ E F F♯ G A♭ A B♭ B".split()
DRAWERS = {
    plucked: ("nylon guitar", "harp", "bass"),
    winds: ("clarinet", "flute", "recorder"),
    modal: ("marimba", "glockenspiel", "bell"),
    subtractive: ("brass", "pad"),
}
RATE = 16000  # Hz, of the collection
LEAST_SECONDS = 3.0  # in which a beat can be found


class Classes(Plot):
    """Pitch classes over time."""

    def draw(self, ax):
        """Draw them as an image."""
        classes, duration = self.curves
        ax.imshow(
            classes,
            origin="lower",
            aspect="auto",
            extent=(0, duration, -0.5, 11.5),
            interpolation="nearest",
        )
        ax.set_yticks(range(12), CLASSES)
        ax.set(xlabel="seconds", title=self.title)
        ax.grid(False)


@chapter.system("Key, beat, loudness", source="dsplab/analysis/key.py", lesson=LESSON)
def figures_of(material):
    """Says of a piece of music what a listener would say first: how loud it is, how
    bright, which notes are in it, in which key, and where one would tap a foot.
    """
    sound = material.music
    rate, x = sound.sample_rate, sound.mono
    figures, clicks, places = [], np.zeros(x.size), np.zeros(0, int)
    if sound.duration >= LEAST_SECONDS:
        found, seconds = measures.timed(beats, x, rate)
        places = (found.times * rate).astype(int)
        tempo = measures.number(float(found.tempo))
        figures.append(Figure("Tempo", tempo, "beats a minute"))
        figures.append(measures.speed(sound.duration, seconds))
    tick = np.sin(2 * np.pi * 1500 * np.arange(round(0.02 * rate)) / rate)
    for place in places[places < x.size - tick.size]:
        clicks[place : place + tick.size] += 0.4 * tick
    top = {"f_max": min(5000.0, 0.45 * rate)}
    key = find_key(x, rate, **top)
    classes = hpcp(x, rate, hop_length=round(0.05 * rate), **top)
    n_fft = 2 ** round(np.log2(0.046 * rate))
    bright = spectral_centroid(x, rate, n_fft=n_fft)
    level = np.zeros(0)
    if rate > 4000:  # the filter of the ear needs more
        level = momentary_loudness(sound.x, rate)
        lufs = measures.number(float(loudness(sound.x, rate)))
        figures.append(Figure("Loudness", lufs, "LUFS"))
    when = 0.2 + 0.1 * np.arange(level.size)
    times = np.arange(bright.size) * (n_fft // 4) / rate
    return Result(
        players=[
            Player("the music", sound),
            Player("a click on every beat", sound.like(0.7 * x + clicks)),
        ],
        picture=pictures.plots(
            Classes([classes, sound.duration], "pitch classes"),
            Plot([Curve(when, level)], "loudness", y_label="LUFS"),
            Plot([Curve(times, bright / 1000)], "brightness", y_label="kHz"),
            alt="Left, a grid of the twelve notes over time, those of the chords dark. "
            "Middle, the loudness, right, the spectral centroid over time.",
        ),
        figures=[
            Figure("Key", key_name(key), "", f"correlation {float(key.strength):.2f}"),
            Figure(
                "True peak",
                measures.number(float(np.max(true_peak(sound.x, rate)))),
                "dBTP",
            ),
            *figures,
        ],
    )


def collection():
    """Sounds (n, n_samples) and their names: eleven instruments, two notes each."""
    names, sounds = [], []
    for engine, patches in DRAWERS.items():
        for patch in patches:
            for note in (55, 64):
                x = engine.play([(0.0, 0.4, note)], RATE, patch=patch)
                x = np.pad(x, (0, 8000))[:8000]
                x = x * np.minimum(1, np.arange(8000)[::-1] / 800)
                names.append(patch)
                sounds.append(0.3 * x / np.abs(x).max())
    return np.stack(sounds), names


@chapter.system(
    "A collection in order",
    source="dsplab/analysis/collections.py",
    lesson=LESSON,
)
def drawers(_material):
    """Makes a row of figures of every sound and puts those into one drawer whose rows
    are alike. Nobody told it what an instrument is.
    """
    sounds, names = collection()
    table, seconds = measures.timed(describe_all, sounds, RATE)
    features = standardise(table[:, table.std(axis=0) > 1e-9]).features
    groups = k_means(features, 5).label
    flat = features @ np.linalg.svd(features, full_matrices=False)[2][:2].T
    rows = {}
    for name, group in zip(names, groups, strict=True):
        rows.setdefault(int(group), set()).add(name)
    members = [Sound("drawer", sounds[groups == g].ravel(), RATE) for g in sorted(rows)]
    together = np.mean([groups[k] == groups[k + 1] for k in range(0, len(names), 2)])

    class Map(Plot):
        """A point for each sound, a colour for each drawer."""

        def draw(self, ax):
            ax.scatter(*flat.T, c=groups, cmap="Dark2", s=24)
            ax.margins(0.15, 0.1)
            for place, name in zip(flat[::2], names[::2], strict=True):
                ax.annotate(
                    name, place, xytext=(4, 3), textcoords="offset points", fontsize=8
                )
            ax.set(xlabel="first axis", ylabel="second axis", title=self.title)

    labels = [", ".join(sorted(rows[g])) for g in sorted(rows)]
    kinds = "; ".join(labels)
    return Result(
        players=[
            Player(f"drawer {n}", sound) for n, sound in enumerate(members, start=1)
        ],
        picture=pictures.plots(
            Map([], "a map of the sounds"),
            alt="Points on a plane, each with the name of its instrument; those of one "
            "drawer share a colour and lie together.",
            each=3.6,
        ),
        figures=[
            Figure("In one drawer", measures.number(100 * together), "%",
                   "of the instruments, with both notes"),
            measures.speed(sounds.size / RATE, seconds),
        ],
        note=f"The drawers: {kinds}.",
    )  # fmt: skip
