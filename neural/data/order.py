"""Which examples a training step takes: a pure function of (seed, step).

The examples of all steps, one after the other, are an endless row: a permutation of the
set, another one, and so on. So each example comes once before any comes again, and a
step needs nothing but its number: training that was interrupted goes on exactly where
it was. What else is drawn for an example (where it is cut, say) depends on the seed and
its place in that row, so many processes, each with its part of every batch, draw the
same as one.
"""

import functools
from typing import NamedTuple

import numpy as np

from dsplab._arguments import integer

PERMUTING, DRAWING = 11, 12  # so that the two never draw the same numbers


class Draw(NamedTuple):
    """An example of a batch: its number in the set, and what draws the rest of it."""

    row: int
    rng: np.random.Generator


def draws(n_examples, seed, step, *, batch_size, part=slice(None)):
    """The examples of a training step.

    Args:
      n_examples: size of the set.
      seed: of the whole run.
      step: the batch's number, from 0.
      batch_size: examples of all processes together.
      part: slice of the batch that this process brings: `neural.devices.rows`.

    Returns:
      List of `Draw`.

    Raises:
      ValueError: if the set is empty, or step is negative.

    >>> [draw.row for draw in draws(4, 0, 1, batch_size=2)]
    [1, 3]
    """
    n = integer(n_examples, name="n_examples")
    integer(step, name="step", least=0)
    first = step * integer(batch_size, name="batch_size")
    places = range(first, first + batch_size)[part]
    return [
        Draw(int(permutation(n, seed, at // n)[at % n]), generator(seed, at))
        for at in places
    ]


def generator(seed, place):
    """What draws for the example at a place of the endless row."""
    return np.random.default_rng([seed, DRAWING, place])


@functools.lru_cache(maxsize=4)
def permutation(n_examples, seed, epoch):
    """The order of a set in its epoch-th round."""
    rng = np.random.default_rng([seed, PERMUTING, epoch])
    order = rng.permutation(n_examples)
    order.flags.writeable = False
    return order
