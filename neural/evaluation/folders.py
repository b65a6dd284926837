"""Two folders of sounds, the real ones and a model's: how far are they apart?

    frechet_audio_distance   one number, in memory that does not grow with the folders
    compare_folders          every measure that needs no classifier, as a `Comparison`

Sounds of any rate, length and number of channels; each is cut into clips by the
embedding (0.96 s for VGGish), and the clips of a folder are its set. Where both folders
hold files of the same name, such as a copy and its original, those are also compared
one to one.
"""

import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer
from dsplab.analysis.folders import sound_files
from dsplab.formats.audio_files import read_audio
from dsplab.formats.errors import FormatError
from neural.evaluation.density_coverage import density_coverage
from neural.evaluation.frechet import (
    FewSamplesWarning,
    frechet_distance,
    gaussian_of_blocks,
)
from neural.evaluation.ndb import make_bins, ndb
from neural.evaluation.precision_recall import precision_recall
from neural.evaluation.spectral_distance import (
    multi_resolution_distance,
    multi_scale_distance,
)

CLIPS_A_BIN = 10  # at least, on average
MOST_BINS = 100


class Comparison(NamedTuple):
    """What `compare_folders` found.

    Attributes:
      embedding: name of what listened.
      files: how many sounds each folder holds.
      clips: how many clips were cut from each.
      pairs: how many files of the same name and length were compared one to one.
      measures: name to value; what could not be measured is missing.
      scores: what a judge says of each folder: name to (real, generated).
      notes: sentences that say why, and what to beware of.
    """

    embedding: str
    files: tuple[int, int]
    clips: tuple[int, int]
    pairs: int
    measures: dict[str, float]
    notes: tuple[str, ...]
    scores: dict[str, tuple]


def embed_folder(folder, embedding):
    """Embed the sounds of a folder, one after the other.

    Yields:
      Path and features (n, d) of each file, in the order of their names.

    Raises:
      FormatError: if there is no sound, or one is too short; the message says how many
        were found and how short they may be.
    """
    paths = sound_files(folder)
    for path in paths:
        x, sample_rate = read_audio(path)
        seconds = x.shape[-1] / sample_rate
        if seconds < embedding.shortest - 3e-5:
            raise FormatError(
                f"cannot evaluate '{folder}': of its {len(paths)} sounds, '{path.name}'"
                f" lasts {seconds:.3f} s, and {embedding.name} needs at least "
                f"{embedding.shortest:g} s: lengthen it with silence, or leave it out"
            )
        yield path, embedding.function(x, sample_rate)


def frechet_audio_distance(real, generated, embedding):
    """Frechet distance of two folders, holding one sound at a time.

    Args:
      real: folder of sounds.
      generated: folder of sounds.
      embedding: `Embedding`; with VGGish's this is the Frechet audio distance (FAD).

    Returns:
      float; see `frechet.frechet_distance`.

    Warns:
      FewSamplesWarning: if a folder has no more clips than features.
    """
    a, b = (
        gaussian_of_blocks(rows for _, rows in embed_folder(folder, embedding))
        for folder in (real, generated)
    )
    return frechet_distance(a, b)


def compare_folders(
    real, generated, embedding, *, k=5, n_bins=None, seed=0, judge=None
):
    """Take every measure that needs nothing but two sets.

    Args:
      real: folder of sounds.
      generated: folder of sounds.
      embedding: `Embedding`.
      k: neighbours, of density and coverage; precision and recall take 3.
      n_bins: of NDB; by default as many as leave ten real clips a bin, at most 100.
      seed: of k-means.
      judge: function of a folder to a dict of scores and a list of sentences, such as
        `note_scores`; None for none.

    Returns:
      `Comparison`.
    """
    paths, sets = [], []
    for folder in (real, generated):
        rows = list(embed_folder(folder, embedding))
        paths.append([path for path, _ in rows])
        sets.append(np.concatenate([features for _, features in rows]))
    clips = tuple(map(len, sets))
    measures, notes = {}, []
    _frechet(sets, measures, notes)
    _neighbours(sets, k, measures, notes)
    _bins(sets, n_bins, seed, measures, notes)
    pairs = _pairs(real, generated, paths, measures)
    files = tuple(map(len, paths))
    scores = _judged((real, generated), judge, notes) if judge else {}
    return Comparison(
        embedding.name, files, clips, pairs, measures, tuple(notes), scores
    )


def _judged(folders, judge, notes):
    """Scores of both folders, side by side; None where one has none."""
    found, said = zip(*map(judge, folders), strict=True)
    notes += dict.fromkeys(note for each in said for note in each)
    names = dict.fromkeys([*found[0], *found[1]])
    return {name: tuple(scores.get(name) for scores in found) for name in names}


def _frechet(sets, measures, notes):
    if min(map(len, sets)) < 2:
        notes.append("no Frechet distance: it needs 2 clips in each folder")
        return
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", FewSamplesWarning)
        measures["Frechet distance"] = frechet_distance(*sets)
    notes += [str(w.message) for w in said if w.category is FewSamplesWarning]


def _neighbours(sets, k, measures, notes):
    k, fewest = integer(k, name="k"), min(map(len, sets))
    if fewest > 3:
        found = precision_recall(*sets, k=3)
        measures |= {"precision": found.precision, "recall": found.recall}
    else:
        notes.append("no precision and recall: they need 4 clips in each folder")
    if len(sets[0]) > k:
        found = density_coverage(*sets, k=k)
        measures |= {"density": found.density, "coverage": found.coverage}
    else:
        notes.append(f"no density and coverage: they need {k + 1} real clips")


def _bins(sets, n_bins, seed, measures, notes):
    real, generated = sets
    if n_bins is None:
        n_bins = min(len(real) // CLIPS_A_BIN, MOST_BINS)
        if n_bins < 2:
            notes.append(f"no NDB and JSD: they need {2 * CLIPS_A_BIN} real clips")
            return
    found = ndb(make_bins(real, n_bins=n_bins, rng=seed), generated)
    measures |= {"NDB / K": found.share, "JSD": found.jsd}
    notes.append(f"NDB and JSD are of K = {n_bins} bins; 0.05 is what chance gives NDB")


def _pairs(real, generated, paths, measures):
    """Compare files of the same name and length one to one; how many there are."""
    theirs = {path.relative_to(generated): path for path in paths[1]}
    rows = []
    for path in paths[0]:
        other = theirs.get(path.relative_to(Path(real)))
        if other is None:
            continue
        (x, rate), (y, other_rate) = read_audio(path), read_audio(other)
        if x.shape == y.shape and rate == other_rate:
            both = multi_scale_distance(x, y), multi_resolution_distance(x, y)
            rows.append([float(np.mean(distance)) for distance in both])
    if rows:
        names = "multi-scale spectral distance", "multi-resolution STFT distance"
        measures |= dict(zip(names, np.mean(rows, axis=0).tolist(), strict=True))
    return len(rows)
