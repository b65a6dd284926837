"""Rhythm: note values at a tempo, swing, patterns as text, Euclidean rhythms.

"1/4" "1/8." "1/16T"    note values: a quarter, a dotted eighth, a triplet
"x...o.X."              a pattern: x a hit, X an accent, o a ghost note, . nothing
"""

import re
from fractions import Fraction

import numpy as np

from dsplab._arguments import integer, positive

STRENGTHS = {"x": 90.0, "X": 120.0, "o": 40.0, ".": 0.0, "-": 0.0}  # velocities
_VALUE = re.compile(r"([1-9]\d*)(?:/([1-9]\d*))?(\.|T)?")


def note_beats(value):
    """Number of beats (quarters) that a note value lasts.

    Args:
      value: "1/4", "1/8." (dotted, half as long again), "1/8T" (triplet, three in the
        time of two), "1" (a whole bar of four), "2" (two bars); or beats as a number.

    >>> [note_beats(v) for v in ("1/4", "1/16", "1/4.", "1", 0.5)]
    [1.0, 0.25, 1.5, 4.0, 0.5]
    """
    match = _VALUE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        if not isinstance(value, str):
            return float(positive(value, name="value"))
        raise ValueError(f"value must be written as 1/4, 1/8. or 1/16T, got {value!r}")
    over, under, suffix = match.groups()
    factor = {".": Fraction(3, 2), "T": Fraction(2, 3), None: 1}[suffix]
    return float(4 * Fraction(int(over), int(under or 1)) * factor)


def note_seconds(value, tempo):
    """Seconds that a note value lasts at a tempo in beats a minute.

    >>> note_seconds("1/8", 120.0)
    0.25
    """
    return note_beats(value) * 60.0 / positive(tempo, name="tempo")


def note_hz(value, tempo):
    """How often a note value fits into a second: the frequency of a synchronous LFO.

    >>> note_hz("1/8", 120.0), note_hz("1/8T", 120.0)
    (4.0, 6.0)
    """
    return 1.0 / note_seconds(value, tempo)


def step_times(n_steps, tempo, *, value="1/16", swing=0.5):
    """When each of n_steps even steps begins, in seconds.

    Every second step is late when the rhythm swings: it begins at the part `swing` of
    its pair. Pairs stay where they are, so that the length of a bar does not change.

    Args:
      n_steps: how many.
      tempo: beats a minute.
      value: note value of a step (see `note_beats`).
      swing: 0.5 is straight, 2/3 a triplet shuffle, 0.54 to 0.6 a relaxed groove.

    Returns:
      Seconds, shape (n_steps,).

    >>> step_times(4, 60.0, value="1/4", swing=0.75).tolist()
    [0.0, 1.5, 2.0, 3.5]
    """
    n = np.arange(integer(n_steps, name="n_steps"))
    late = (2.0 * _check_swing(swing) - 1.0) * (n % 2)
    return (n + late) * note_seconds(value, tempo)


def _check_swing(swing):
    if positive(swing, name="swing") >= 1.0:
        raise ValueError(f"swing must be below 1, got {swing}")
    return float(swing)


def pattern(text):
    """Velocities of the steps that a text draws: 0 where nothing is struck.

    Args:
      text: x a hit (90), X an accent (120), o a ghost note (40), 1 to 9 any strength
        (9 is 127), . or - nothing; spaces and | may divide it.

    Returns:
      Velocities, 0 to 127, shape (n_steps,).

    >>> pattern("x..o X.9.").tolist()
    [90.0, 0.0, 0.0, 40.0, 120.0, 0.0, 127.0, 0.0]
    """
    if not isinstance(text, str):
        raise ValueError(f"text must be a string, got {type(text).__name__}")
    signs = text.replace(" ", "").replace("|", "")
    strengths = STRENGTHS | {str(d): 127.0 * d / 9 for d in range(1, 10)}
    if not signs or set(signs) - set(strengths):
        raise ValueError(f"text must be made of x X o 1..9 . - (and | ), got {text!r}")
    return np.array([strengths[sign] for sign in signs])


def euclidean(n_hits, n_steps, *, rotation=0):
    """Spread hits over steps as evenly as whole steps allow.

    Step n is struck where floor(n n_hits / n_steps) goes up. (3, 8) is the tresillo,
    (5, 8) the cinquillo, (2, 5), (7, 12) and (4, 9) are heard all over the world.

    Args:
      n_hits: from 0 to n_steps.
      n_steps: length of the cycle.
      rotation: steps by which everything comes earlier.

    Returns:
      Truth values, shape (n_steps,), the first of them True (before the rotation).

    Reference:
      G. Toussaint, "The Euclidean algorithm generates traditional musical rhythms",
      2005. The same necklaces; ours begin where a hit falls on the first step.

    >>> "".join(".x"[hit] for hit in euclidean(3, 8).astype(int))
    'x..x..x.'
    """
    n_steps = integer(n_steps, name="n_steps")
    n_hits = integer(n_hits, name="n_hits", least=0, most=n_steps)
    n = np.arange(n_steps) + integer(rotation, name="rotation", least=-n_steps)
    return (n * n_hits) % n_steps < n_hits
