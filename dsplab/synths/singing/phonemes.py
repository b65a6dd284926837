"""Phonemes: the sounds of a language that is sung as it is spelt, nearly.

Solfege, church Latin and Italian need five vowels and a score of consonants, and a few
rules lead from letters to them. What the rules get wrong is written in brackets,
phoneme by phoneme: [k w e s t].
"""

import re
from typing import NamedTuple

VOWELS = tuple("aeiou")
VOICED = tuple("bdgvzZmnlrjw")  # with vibrating vocal folds
SONORANTS = tuple("mnlrjw")  # and without a hiss
STOPS = tuple("ptkbdg")  # silence, and a burst
VOICELESS = tuple("ptkfsSh")
CONSONANTS = VOICED + VOICELESS
SILENCE = "_"
PHONEMES = (*VOWELS, *CONSONANTS)
SILENT_LABELS = {"", "_", "-", "#", "sil", "silence", "sp", "pau", "br"}
# letters and what they sound like; what stands first is tried first
RULES = [
    (r"sc(?=[ei]|ae|oe)|sh", "S"),
    (r"cc?(?=[eiy]|ae|oe)", "tS"),
    (r"gg?(?=[eiy]|ae|oe)", "dZ"),
    (r"gn", "nj"),
    (r"ch|ck|cc?|q(?!u)", "k"),
    (r"qu", "kw"),
    (r"gu(?=[aeio])", "gw"),
    (r"ph", "f"),
    (r"th|tt", "t"),
    (r"[ao]e", "e"),
    (r"x", "ks"),
    (r"y", "i"),
    (r"bb|dd|ff|gg|ll|mm|nn|pp|rr|ss|vv|zz|[abd-pr-wz]", None),  # said once
]
_LETTERS = re.compile("|".join(f"({pattern})" for pattern, _ in RULES))
_GLIDES = {"i": "j", "u": "w"}


class Syllable(NamedTuple):
    """What is said on a note: consonants, a vowel that is held, consonants."""

    onset: tuple
    vowel: str
    coda: tuple


def syllable(text):
    """Read a syllable as it is spelt, or its phonemes in brackets.

    Args:
      text: letters such as "glo", "ri", "ae", "do"; or "[t S e]".

    Returns:
      `Syllable`. Of two vowels the first is held ("lau": l, a, u), but for an i or u
      before another ("ia", "quo"), which is a consonant.

    Raises:
      ValueError: if there is no vowel, or a sign that is no letter or phoneme.

    >>> syllable("glo")
    Syllable(onset=('g', 'l'), vowel='o', coda=())
    >>> syllable("ces").onset, syllable("[s j a]").onset
    (('t', 'S'), ('s', 'j'))
    """
    if not isinstance(text, str):
        raise ValueError(f"text must be a string, got {type(text).__name__}")
    if text.startswith("[") and text.endswith("]"):
        said = tuple(text[1:-1].split())
        unknown = [p for p in said if p not in PHONEMES]
    else:
        letters = re.sub(r"[\W\d_]", "", text.lower())
        said, unknown = _spelt(letters)
    if unknown:
        raise ValueError(
            f"text {text!r} has {unknown[0]!r}, which is no phoneme; there are "
            f"{' '.join(PHONEMES)}"
        )
    places = [k for k, p in enumerate(said) if p in VOWELS]
    if not places:
        raise ValueError(f"text {text!r} has no vowel to be sung ({' '.join(VOWELS)})")
    first = places[0]
    return Syllable(said[:first], said[first], said[first + 1 :])


def _spelt(letters):
    """Phonemes of letters, and what has no sound."""
    sounds, at = [], 0
    while at < len(letters):
        match = _LETTERS.match(letters, at)
        if match is None:
            return (), [letters[at]]
        _, sound = RULES[match.lastindex - 1]
        sounds += sound if sound is not None else match.group()[:1]
        at = match.end()
    return tuple(_glided(sounds)), []


def _glided(sounds):
    """The sounds, i and u before a vowel made consonants: at the start, after one."""
    for k, sound in enumerate(sounds):
        before = sounds[k - 1] if k else SILENCE
        follows = k + 1 < len(sounds) and sounds[k + 1] in VOWELS
        between = before in (*VOWELS, SILENCE)
        yield _GLIDES[sound] if sound in _GLIDES and follows and between else sound


def is_voiced(phoneme):
    """Whether it has a pitch; what is not known is taken for voiced.

    >>> is_voiced("a"), is_voiced("s"), is_voiced("_")
    (True, False, False)
    """
    return phoneme not in VOICELESS and phoneme != SILENCE
