"""What is recorded: words in which every sound meets every other.

Each is a row of phonemes, said in one breath. A real singer may take the same list.
"""

from data_scripts.voice.throat import SOUNDS
from dsplab.synths.singing.phonemes import CONSONANTS, SILENCE, VOWELS

VOWEL, HELD, SILENT = 0.24, 0.75, 0.12  # seconds
LIQUIDS, STOPS = "lr", "ptkbdgf"
CLUSTERS = (
    *((a, b) for a in STOPS for b in LIQUIDS),
    *(("s", b) for b in "ptkmnl"),
    *((a, b) for a in "mnlrs" for b in "tdkgpbsfvmn" if a != b),
    *((a, "w") for a in "kg"),
    *((a, "j") for a in "nlsrt"),
    ("t", "S"),
    ("d", "Z"),
    ("t", "s"),
    ("k", "s"),
    ("k", "t"),
    ("p", "s"),
)


def words():
    """Rows of (phoneme, seconds), from silence to silence."""
    for vowel in VOWELS:
        yield _word([(vowel, HELD)])
    for consonant in CONSONANTS:
        c = (consonant, SOUNDS[consonant].duration)
        for vowel in VOWELS:
            yield _word([(vowel, VOWEL), c, (vowel, VOWEL)])
        yield _word([c, ("a", VOWEL), c])
    for one in VOWELS:
        for other in VOWELS:
            if one != other:
                yield _word([(one, VOWEL), (other, VOWEL)])
    for pair in dict.fromkeys(CLUSTERS):
        middle = [(c, 0.9 * SOUNDS[c].duration) for c in pair]
        yield _word([("a", VOWEL), *middle, ("a", VOWEL)])


def _word(sounds):
    return [(SILENCE, SILENT), *sounds, (SILENCE, SILENT)]
