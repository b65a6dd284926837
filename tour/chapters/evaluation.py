"""Chapter 2, evaluation and data: how good a model is, and what models learn from."""

import numpy as np

from dsplab.synths.drum_loops import drum_loop
from neural.data import notes
from neural.data.log_spectra import log_spectrum
from neural.data.loop_mel import log_mel
from neural.data.one_bar import one_bar_loops
from neural.evaluation.density_coverage import density_coverage
from neural.evaluation.frechet import frechet_distance
from neural.evaluation.ndb import make_bins, ndb
from neural.evaluation.precision_recall import precision_recall
from tour import measures
from tour.chapters.notes import chapter
from tour.pictures import Picture
from tour.records import Figure, Player, Result
from tour.sounds import Sound

LESSON = "tutorials/lesson_19_how_good_is_a_model.py"
NOTE_RATE, N_NOTES = 8000, 200
LOOP_RATE = 44100
LOOP_BPM = 133.0


def features(x):
    """Mean and deviation of eight mel bands of each note, (n, 16)."""
    bands = log_mel(x, NOTE_RATE, n_fft=256, hop_length=80, n_mels=8)
    return np.concatenate([bands.mean(axis=1), bands.std(axis=1)], axis=1)


def imagined():
    """Sets of notes that models with a known fault would play; real ones first."""
    many = notes.batch(
        0, 0, batch_size=2 * N_NOTES, n_samples=4000, sample_rate=NOTE_RATE,
        hop_length=80,
    )  # fmt: skip
    real, fresh = np.split(many["x"], 2)
    organ = many["instrument"][N_NOTES:] == notes.NAMES.index("organ")
    noise = np.random.default_rng(0).standard_normal(fresh.shape)
    return real, {
        "real, not heard before": fresh,
        "one note only": np.repeat(fresh[:1], N_NOTES, axis=0),
        "with a hiss": fresh + (0.03 * noise).astype(np.float32),
        "no organ": np.resize(fresh[~organ], fresh.shape),
    }


def judge(known, y):
    """The measures of one set beside the known one."""
    pr, dc = precision_recall(known, y), density_coverage(known, y)
    bins = ndb(make_bins(known, n_bins=20, n_runs=3), y)
    return {
        "precision": pr.precision,
        "recall": pr.recall,
        "density": dc.density,
        "coverage": dc.coverage,
        "NDB / K": bins.share,
        "Fréchet": frechet_distance(known, y),
    }


@chapter.system(
    "Judging a model by its sounds",
    source="neural/evaluation/density_coverage.py",
    lesson=LESSON,
)
def sets_of_notes(_material):
    """Four imagined models, whose faults are known, beside notes they should match.
    Precision asks whether all they play is real, coverage whether all that is real is
    played; a model that repeats one good note is perfect by the first.
    """
    real, models = imagined()
    known = features(real)
    sets = {name: features(x) for name, x in models.items()}
    found = {name: judge(known, y) for name, y in sets.items()}
    first, collapsed, noisy, gap = found.values()
    return Result(
        players=[
            Player(name, Sound(name, np.concatenate(x[1:7]).astype(float), NOTE_RATE))
            for name, x in models.items()
        ],
        picture=_clouds(known, sets, found),
        figures=[
            _figure("Real against real", first, "coverage", "1 − 2⁻⁵ is expected"),
            _figure("One note: precision", collapsed, "precision", "fooled"),
            _figure("One note: coverage", collapsed, "coverage", "not fooled"),
            _figure("Hiss: precision", noisy, "precision", "quality"),
            _figure("No organ: coverage", gap, "coverage", "variety"),
            _figure("No organ: NDB / K", gap, "NDB / K", "0.05 is chance"),
            _figure("No organ: Fréchet", gap, "Fréchet",
                    f"real: {measures.number(first['Fréchet'], 2)}"),
        ],
    )  # fmt: skip


def _figure(label, found, name, how):
    return Figure(label, measures.number(found[name], 2), "", how)


def _clouds(known, sets, found):
    """Each set over the known one, in the two directions where most happens."""
    centre = known.mean(axis=0)
    axes = np.linalg.svd(known - centre, full_matrices=False)[2][:2].T
    grey = (known - centre) @ axes
    clouds = {name: (y - centre) @ axes for name, y in sets.items()}

    def draw(figure, narrow):
        shape = (2, 2) if narrow else (1, 4)
        panels = figure.subplots(*shape, sharex=True, sharey=True)
        for ax, (name, points) in zip(panels.flat, clouds.items(), strict=True):
            ax.plot(*grey.T, ".", color="0.6", markersize=3, alpha=0.6)
            ax.plot(*points.T, ".", color="C1", markersize=3)
            row = found[name]
            said = [f"{key} {row[key]:.2f}" for key in ("precision", "coverage")]
            ax.set_title("\n".join([name, *said]))
            ax.set(xticklabels=[], yticklabels=[])

    alt = (
        "Four panels of points over the grey cloud of the real notes: one covers it, "
        "one is a single point, one lies beside it, one leaves a part of it empty."
    )
    return Picture(draw, alt, (2.8, 4.6))


@chapter.system(
    "Loops cut into bars",
    source="neural/data/one_bar.py",
    lesson=LESSON,
)
def bars_of_a_loop(_material):
    """Loop models learn single bars of one tempo. The tempo is found, or follows from
    the length of a loop that was cut well; each bar is cut out and stretched to two
    seconds, its attacks as sharp as before.
    """
    rng = np.random.default_rng(1)
    x = drum_loop("house", sample_rate=LOOP_RATE, bars=2, tempo=LOOP_BPM, rng=rng)
    found, seconds = measures.timed(one_bar_loops, x, LOOP_RATE)
    before = Sound("two bars", x, LOOP_RATE)
    bars = [Sound("a bar", bar, LOOP_RATE) for bar in found.x]
    seen = [log_spectrum(bar, "looptest") for bar in found.x]
    return Result(
        players=[
            Player(f"two bars at {LOOP_BPM:g}", before),
            Player("the first at 120", bars[0]),
            Player("the second at 120", bars[1]),
        ],
        picture=_bars(seen),
        figures=[
            Figure("Tempo found", measures.number(found.bpm, 5), "a minute",
                   f"played at {LOOP_BPM:g}"),
            Figure("A bar", measures.number(found.x.shape[1], 5), "samples",
                   "2 s at 44.1 kHz"),
            Figure("What a model sees", f"{seen[0].shape[0]} × {seen[0].shape[1]}",
                   "numbers", "LoopTest's log mel bands"),
            measures.speed(x.shape[-1] / LOOP_RATE, seconds),
        ],
    )  # fmt: skip


def _bars(seen):
    """The two bars as models see them."""

    def draw(figure, narrow):
        shape = (2, 1) if narrow else (1, 2)
        panels = figure.subplots(*shape, sharex=True, sharey=True)
        for ax, picture, name in zip(panels, seen, ("first", "second"), strict=True):
            ax.imshow(picture.T, origin="lower", aspect="auto", vmin=-4.0, vmax=0.7,
                      extent=(0.0, 2.0, 0, picture.shape[1]))  # fmt: skip
            ax.set(title=f"the {name} bar", xlabel="seconds", ylabel="mel band")
            ax.grid(False)
            ax.label_outer()

    alt = (
        "Mel spectrograms of two bars of drums: bass and snare on the beats, hats "
        "between them, at the same places in both until the second ends with a fill."
    )
    return Picture(draw, alt, (2.7, 4.0))
