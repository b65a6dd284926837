"""Exercises of lesson 19: inception_score, coverage."""

import numpy as np

from dsplab.check.comparing import agree
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

inception_score = exercise(
    "inception_score",
    "inception_score(p)",
    "row i of p, shape (sounds, classes), says how probable a classifier finds each "
    "class for sound i; q is the mean of all rows. Return exp of the mean over the "
    "sounds of KL = sum over the classes of p log(p / q); 0 log 0 is 0",
)
SURE = tuple(np.eye(3).tolist())
UNSURE = ((0.25, 0.75),) * 4
SIZES = ((5, 3), (40, 2), (30, 8))


def _rows(n, k):
    """Probabilities, some nearly sure."""
    logits = 2.0 * np.random.default_rng(n + k).standard_normal((n, k))
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def _score(p):
    q = p.mean(axis=0)
    safe = np.maximum(p, 1e-300)
    return np.exp((p * np.log(safe / np.maximum(q, 1e-300))).sum(axis=1).mean())


def _number(got):
    """The student's result, if it is one real number."""
    if np.ndim(got) or np.iscomplexobj(got):
        raise Wrong(f"Your result has shape {np.shape(got)}, expected one number.")
    return np.asarray(got, dtype=float)


@inception_score.property(
    "it is one number",
    "Sum over the classes (axis=1), then the mean over the sounds.",
    sizes=SIZES,
)
def _(student, sizes):
    _number(student(_rows(*sizes)))


@inception_score.property(
    "if all sounds are answered alike, it is 1",
    "Then every row is q, the mean of all rows: log(p / q) is 0, and exp(0) is 1. "
    "Compare with that mean, not with equal shares; and the last step is exp.",
    p=(UNSURE, ((0.1, 0.2, 0.7),) * 3),
)
def _(student, p):
    agree(_number(student(np.array(p))), np.asarray(1.0))


@inception_score.property(
    "sure answers give the number of classes that occur",
    "0 log 0 is NaN for NumPy and must count as 0, also where a class never occurs: "
    "p = np.maximum(p, 1e-300) before anything else, or scipy.special.rel_entr. "
    "Logarithm and exp have the same base, e.",
    p=(tuple(np.eye(2).tolist()), SURE, SURE * 3, SURE[:2] * 2),
)
def _(student, p):
    agree(
        _number(student(np.array(p))), np.asarray(np.unique(p, axis=0).shape[0] * 1.0)
    )


@inception_score.property(
    "it follows the definition",
    "KL of each sound: the sum over its row of p log(p / q). Then the mean, then exp: "
    "exp of a mean is less than the mean of exp.",
    points=2,
    sizes=SIZES,
)
def _(student, sizes):
    p = _rows(*sizes)
    agree(_number(student(p)), np.asarray(_score(p)))


coverage = exercise(
    "coverage",
    "coverage(real, generated, k)",
    "rows are sounds, columns features. The ball of a real sound reaches to its k-th "
    "nearest neighbour among the other real ones. Return the share of real sounds that "
    "have at least one generated sound inside their ball",
)
SETS = ((6, 5, 1), (20, 30, 2), (40, 25, 3))
PAIRS = {"sizes": SETS, "k": (1, 3, 5)}


def _sets(n, m, d):
    """Real and generated features, different enough that a measure says something."""
    rng = np.random.default_rng(n + m)
    real = rng.standard_normal((n, d)) * (1.0 + 2.0 * (np.arange(d) == 0))
    return real, 0.8 * rng.standard_normal((m, d)) + 0.4


def _distances(x, y):
    return np.sqrt(((x[:, None] - y) ** 2).sum(axis=-1))


def _coverage(real, generated, k):
    radii = np.sort(_distances(real, real), axis=1)[:, k]
    return (_distances(real, generated) < radii[:, None]).any(axis=1).mean()


@coverage.property(
    "it is one number, a share",
    "For each real sound yes or no, one generated sound inside is enough; the mean of "
    "that is the share of yes, from 0 to 1.",
    **PAIRS,
)
def _(student, sizes, k):
    _number(student(*_sets(*sizes), k))
    apart = 10.0 * np.arange(6.0)[:, None]
    got = _number(student(apart, np.full((4, 1), 5.0), 1))
    if not 0.0 <= got <= 1.0:
        raise Wrong(f"Your result is {got:.3g}, which is no share.")


@coverage.property(
    "a copy of the real set covers all of it",
    "Each real sound has its own copy at distance 0, inside its ball: 1.0.",
    **PAIRS,
)
def _(student, sizes, k):
    real, _ = _sets(*sizes)
    agree(_number(student(real, real.copy(), k)), np.asarray(1.0))


@coverage.property(
    "one good sound, repeated, covers little",
    "The share is of the *real* sounds: how many of them have a generated one near? "
    "That all generated ones are near real ones is precision.",
    sizes=SETS,
)
def _(student, sizes):
    real, _ = _sets(*sizes)
    got = _number(student(real, np.repeat(real[:1], sizes[1], axis=0), 1))
    if got > 0.5:
        text = f"{sizes[1]} copies of one of the {sizes[0]} real sounds"
        raise Wrong(f"By your function, {text} cover a share of {got:.3g}.")


@coverage.property(
    "a strange generated sound changes nothing",
    "Balls are drawn around the real sounds only, and reach to real ones: a generated "
    "sound far away has no say. (That is what recall gets wrong.)",
    **PAIRS,
)
def _(student, sizes, k):
    real, generated = _sets(*sizes)
    strange = np.concatenate([generated, np.full((1, sizes[2]), 1e3)])
    before, after = (_number(student(real, x, k)) for x in (generated, strange))
    if abs(before - after) > 1e-9:
        raise Wrong(
            f"With one generated sound more, far from all, {before:.3g} becomes "
            f"{after:.3g}."
        )


@coverage.property(
    "features in other units give the same",
    "No radius is fixed: everything 100 times as large is 100 times as far away.",
    **PAIRS,
)
def _(student, sizes, k):
    real, generated = _sets(*sizes)
    values = [_number(student(f * real, f * generated, k)) for f in (1.0, 100.0)]
    agree(values[1], values[0], what="Your result for features 100 times as large")


@coverage.property(
    "a sound is not its own neighbour",
    "In the sorted distances of a real sound to all real ones the first, 0, is to "
    "itself: the k-th neighbour is at index k.",
    k=(1, 2),
)
def _(student, k):
    line = np.arange(5.0)[:, None]
    generated = line + k + 0.5  # just beyond the k-th neighbour of the first
    wanted = np.asarray(_coverage(line, generated, k))
    agree(_number(student(line, generated, k)), wanted)


@coverage.property(
    "it follows the definition",
    "Euclidean distances, np.sqrt(((a - b) ** 2).sum()), radii and distances both with "
    "the root or both without; one generated sound inside is enough.",
    points=2,
    **PAIRS,
)
def _(student, sizes, k):
    real, generated = _sets(*sizes)
    agree(
        _number(student(real, generated, k)),
        np.asarray(_coverage(real, generated, k)),
    )
