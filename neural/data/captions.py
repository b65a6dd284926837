"""What a note sounds like, in words: captions made of what a set says of its notes.

    caption(notes, row, rng)   "a bright acoustic plucked string, nylon guitar"

Family, source and qualities of NSynth's format each have a few words; which of them are
said, and in which order, is drawn, so that a text encoder learns each by itself. The
title of the instrument, where the set knows it, says more than they do. *Bright* and
*dark* are said of what is so among notes of the same pitch: `brightness`, of a whole
set, compares them.
"""

import re

import numpy as np

from neural.data.nsynth import FAMILIES, QUALITIES, SOURCES

FAMILY_WORDS = {
    "bass": ("bass",),
    "brass": ("brass", "horn"),
    "flute": ("flute", "pipe", "woodwind"),
    "guitar": ("guitar", "plucked string"),
    "keyboard": ("keyboard", "piano"),
    "mallet": ("mallet", "struck bar", "bell"),
    "organ": ("organ", "pipes"),
    "reed": ("reed", "woodwind"),
    "string": ("string", "strings"),
    "synth_lead": ("synth lead", "synth pad", "synthesizer"),
    "vocal": ("vocal", "voice", "choir"),
}
SOURCE_WORDS = {
    "acoustic": ("acoustic", "natural"),
    "electronic": ("electronic", "electric"),
    "synthetic": ("synthetic", "synth"),
}
QUALITY_WORDS = {
    "distortion": ("distorted", "dirty"),
    "fast_decay": ("short", "fast decay", "dry"),
    "long_release": ("long release", "lingering"),
    "multiphonic": ("multiphonic",),
    "nonlinear_env": ("swelling", "moving"),
    "percussive": ("percussive", "sharp attack"),
    "reverb": ("reverberant",),
    "tempo-synced": ("rhythmic",),
}
HELD_WORDS = ("sustained", "held")  # neither percussive nor of fast decay
BRIGHT_WORDS, DARK_WORDS = ("bright", "brilliant"), ("dark", "mellow", "warm")
PLUCKED = "plucked"  # a string that is percussive
SAID = 0.6  # how often each thing is said
PART = 1.0 / 3.0  # of the notes of a pitch that are bright, and that are dark


def brightness(notes):
    """Which third of the notes of its pitch each is in: -1 dark, 0, 1 bright.

    Args:
      notes: `neural.data.note_set.NoteSet`.

    Returns:
      (n,) integers, by the centre of the spectrum.
    """
    power = np.abs(np.fft.rfft(notes.x, axis=-1)) ** 2
    centre = power @ np.arange(power.shape[1]) / power.sum(axis=1)
    found = np.zeros(len(centre), int)
    for pitch in np.unique(notes.pitch):
        at = np.flatnonzero(notes.pitch == pitch)
        low, high = np.quantile(centre[at], [PART, 1.0 - PART])
        found[at] = (centre[at] > high).astype(int) - (centre[at] < low)
    return found


def things(notes, row, bright):
    """What can be said of a note: a tuple of words for each thing.

    Args:
      notes: `NoteSet`.
      row: which note.
      bright: its `brightness`.
    """
    family = FAMILIES[notes.family[row]]
    has = {
        name
        for name, there in zip(QUALITIES, notes.qualities[row], strict=True)
        if there
    }
    said = [FAMILY_WORDS[family], SOURCE_WORDS[SOURCES[notes.source[row]]]]
    said += [words for name, words in QUALITY_WORDS.items() if name in has]
    if bright:
        said.append(BRIGHT_WORDS if bright > 0 else DARK_WORDS)
    if not has & {"percussive", "fast_decay"}:
        said.append(HELD_WORDS)
    elif family in ("guitar", "string", "bass") and "percussive" in has:
        said.append((PLUCKED,))
    return said


def caption(notes, row, bright, rng=None):
    """A note in words.

    Args:
      notes: `NoteSet`.
      row: which note.
      bright: its `brightness`.
      rng: `numpy.random.Generator` that draws what is said, how, and in which order,
        the title included; None for the first word of everything, and no title.
    """
    said = things(notes, row, bright)
    if rng is None:
        return " ".join(words[0] for words in said[::-1])
    if title := re.sub(r"\d", "", str(notes.title[row])).strip():
        said.append((title.lower(),))
    chosen = [words for words in said if rng.random() < SAID] or [said[0]]
    rng.shuffle(chosen)
    return " ".join(str(rng.choice(words)) for words in chosen)
