"""Test inputs: simple ones first, and the search for the simplest that still fails.

A *space* says what may vary: a tuple of values for each name, the simplest first. A
case is one choice of each. Because simple cases are tried first, the first failure is
nearly always small already; `simplest` then replaces one value at a time by a simpler
one.
"""

import itertools

import numpy as np

KINDS = ("zeros", "ones", "impulse", "ramp", "noise")


class Signal:
    """A test signal that knows how to make itself, of some kind and length."""

    def __init__(self, kind, n_samples):
        """Choose; the array is made by `array`."""
        self.kind, self.n_samples = kind, n_samples

    def array(self):
        """The signal, the same at every call, float64."""
        n = self.n_samples
        if self.kind == "noise":
            return np.random.default_rng(n).uniform(-1.0, 1.0, n)
        if self.kind == "impulse":
            return (np.arange(n) == n // 3).astype(np.float64)
        if self.kind == "ramp":
            return np.arange(n) / 1.0
        return np.full(n, 1.0 if self.kind == "ones" else 0.0)


def signals(*lengths, kinds=KINDS):
    """All signals of those kinds and lengths, simple ones first."""
    return tuple(Signal(kind, n) for n in lengths for kind in kinds)


def cases(space, *, count):
    """At most `count` cases of a space, in the order of their complexity.

    All there are if they are few; otherwise the simplest and a fixed random choice.

    >>> list(cases({"a": (1, 2), "b": (5, 6)}, count=10))
    [{'a': 1, 'b': 5}, {'a': 1, 'b': 6}, {'a': 2, 'b': 5}, {'a': 2, 'b': 6}]
    """
    sizes = [len(values) for values in space.values()]
    if np.prod(sizes, dtype=int) <= count:
        chosen = itertools.product(*map(range, sizes))
    else:
        draw = np.random.default_rng(0).integers(0, sizes, (count - 1, len(sizes)))
        chosen = {(0,) * len(sizes), *map(tuple, draw.tolist())}
    for index in sorted(chosen, key=lambda index: (sum(index), index)):
        yield _case(space, index)


def simplest(space, case, fails, *, attempts=100):
    """Make a failing case simpler, one value at a time, while it still fails.

    Args:
      space: the values each name may take, simplest first.
      case: a failing choice of them.
      fails: function of a case, whether it fails.
      attempts: how often `fails` may be called.

    >>> space = {"a": tuple(range(10)), "b": tuple(range(10))}
    >>> simplest(space, {"a": 9, "b": 7}, lambda case: case["a"] > 3)
    {'a': 4, 'b': 0}
    """
    improved = True
    while improved and attempts > 0:
        improved = False
        for name, values in space.items():
            for value in values[: values.index(case[name])]:
                attempts -= 1
                if attempts >= 0 and fails({**case, name: value}):
                    case, improved = {**case, name: value}, True
                    break
    return case


def _case(space, index):
    pairs = zip(space.items(), index, strict=True)
    return {name: values[i] for (name, values), i in pairs}
