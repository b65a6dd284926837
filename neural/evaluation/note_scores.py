"""What the project's classifiers say of a folder of notes.

    inception score (families)   sure of the family, and all families there; at most 11
    inception score (pitches)    the same of pitches; at most 88
    pitch entropy                how unsure of the pitch, in nats
    pitch accuracy               share of notes at the pitch asked for, if that is known

A classifier errs too. So every figure is taken of real notes as well: what a model
reaches is to be read beside what real notes reach, and where real notes fail, the
classifier is at fault.

**What was asked for** says a table, the folder's only .csv, with the columns `file` and
`pitch`; or the names of the files: NSynth's (organ_electronic_044-055-127.wav), or
anything with pitch60, pitch-60 or midi_60 in it. If some have none, nothing is counted.

The inception scores of the literature were taken with other classifiers, and are not
comparable with these.
"""

import csv
import functools
import importlib
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

import neural
from dsplab.analysis.folders import sound_files
from dsplab.formats.audio_files import read_audio
from dsplab.formats.errors import unreadable
from neural.evaluation.inception_score import inception_score
from neural.evaluation.pitch_accuracy import pitch_accuracy, pitch_entropy

JUDGES = {"families": "family-classifier", "pitches": "pitch-classifier"}
NSYNTH_NAME = re.compile(r"-(\d{3})-\d{3}$")
PITCH_NAME = re.compile(r"(?:pitch|midi)[-_ ]?(\d{1,3})(?!\d)", re.IGNORECASE)


class Judge(NamedTuple):
    """A shipped classifier of notes.

    probabilities: (x, sample_rate), notes (n, n_samples), to (n, k).
    embed: the same to features (n, d).
    config: of the classifier.
    """

    probabilities: object
    embed: object
    config: object


@functools.cache
def open_judge(name):
    """A classifier that comes along, such as "pitch-classifier"."""
    params, config = neural.pretrained(name)
    model = importlib.import_module(neural.MODELS[name])

    def with_params(function):
        return lambda x, sample_rate: function(params, x, sample_rate, config)

    return Judge(with_params(model.probabilities), with_params(model.embed), config)


def note_scores(folder):
    """Listen to a folder of notes.

    Args:
      folder: of sounds, each of them one note; of channels the mean is taken.

    Returns:
      dict: name to value, see the module; and sentences: how good the classifiers are,
      and what is missing.
    """
    paths = sound_files(folder)
    heard = {name: [] for name in JUDGES}
    for path in paths:
        x, sample_rate = read_audio(path)
        x = np.atleast_2d(x).mean(axis=0, keepdims=True)
        for name, judge in JUDGES.items():
            heard[name].append(open_judge(judge).probabilities(x, sample_rate)[0])
    p = {name: np.stack(rows) for name, rows in heard.items()}
    scores = {
        f"inception score ({name})": inception_score(rows).score
        for name, rows in p.items()
    }
    scores["pitch entropy"] = pitch_entropy(p["pitches"])
    notes = [f"the {name}: {accuracy_of(name)}" for name in JUDGES.values()]
    asked, trouble = asked_pitches(folder, paths)
    if asked is not None:
        config = open_judge(JUDGES["pitches"]).config
        lowest = config.lowest_pitch
        highest = lowest + config.n_pitches - 1
        if asked.min() < lowest or asked.max() > highest:
            trouble = f"the classifier knows the pitches {lowest} to {highest} only"
        else:
            accuracy = pitch_accuracy(p["pitches"], asked, lowest_pitch=lowest)
            scores["pitch accuracy"] = accuracy
    if trouble:
        notes.append(f"no pitch accuracy of '{folder}': {trouble}")
    return scores, notes


def accuracy_of(name):
    """What a classifier reached on real notes of instruments that it never heard."""
    recipe = importlib.import_module(f"neural.recipes.{name.replace('-', '_')}")
    return recipe.ABOUT["accuracy"]


def asked_pitches(folder, paths):
    """The MIDI pitches that the sounds of a folder should have.

    Args:
      folder: with a table, or without.
      paths: of its sounds.

    Returns:
      Integers (n,), or None if that is not known of all; and a sentence that says why.

    Raises:
      FormatError: a ValueError, if the table says something that is no pitch.
    """
    table = _table(Path(folder))
    found = []
    for path in paths:
        name = path.relative_to(folder).as_posix()
        pitch = _named(path.stem) if table is None else table.get(name)
        if pitch is None:
            where = "its table" if table else "its name"
            text = f"{where} does not say which pitch '{path.name}' should have"
            return None, text
        found.append(pitch)
    return np.array(found), ""


def _named(stem):
    """The pitch that a file's name says; None if it says none."""
    match = NSYNTH_NAME.search(stem) or PITCH_NAME.search(stem)
    return int(match.group(1)) if match else None


def _table(folder):
    """File to pitch, as the folder's only table says; None if it has none."""
    tables = sorted(folder.glob("*.csv"))
    if len(tables) != 1:
        return None
    with open(tables[0], newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if not rows or not {"file", "pitch"} <= rows[0].keys():
        return None
    for row in rows:
        if not re.fullmatch(r"\d{1,3}", row["pitch"] or ""):
            text = f"pitch of {row['file']!r} must be a MIDI number, got "
            raise unreadable(tables[0], text + repr(row["pitch"]))
    return {row["file"]: int(row["pitch"]) for row in rows}
