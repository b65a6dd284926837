"""Things that go on from row to row: who keeps which place."""

import numpy as np

from dsplab._array.library import array_namespace
from dsplab._array.places import put_at, take
from dsplab._array.recursions import scan


def numbered(exists, before, n):
    """Number of each thing, (..., n_rows, n_things), below n; n where it has none.

    A thing that exists keeps the number of the one in the row before whose index is
    `before`, if that has any; another one, or one whose index is -1, gets the least
    that nobody had in the row before, in their order, as long as there are any.
    """
    if array_namespace(exists) is not np:
        return _jax_numbered(exists, before, n)
    before = np.where(exists, before, -1)
    numbers = np.full((*exists.shape[:-1], exists.shape[-1] + 1), n)
    for signal in np.ndindex(exists.shape[:-2]):
        rows = exists[signal], before[signal], numbers[signal]
        last = numbers[signal][0]  # nobody has a number; one place more, for -1
        for there, index, now in zip(*rows, strict=True):
            now[:-1] = last[index]
            (new,) = (there & (now[:-1] == n)).nonzero()
            if len(new):
                empty = np.ones(n + 1, dtype=bool)
                empty[last] = False
                free = empty[:n].nonzero()[0][: len(new)]
                now[new[: len(free)]] = free
            last = now
    return numbers[..., :-1]


def _jax_numbered(exists, before, n):
    xp = array_namespace(exists)
    batch = exists.shape[:-2]
    taken = xp.ones_like(exists[..., 0, :])
    every = xp.broadcast_to(xp.arange(n), (*batch, n))

    def step(last, now):
        exists, before = now
        numbers = take(last, xp.maximum(before, 0))
        goes_on = exists & (before >= 0) & (numbers < n)
        empty = ~put_at(last, taken, n)
        place = xp.where(empty, empty.cumsum(axis=-1) - 1, n)
        free = put_at(place, every, n)  # the empty ones, from the first on
        new = exists & ~goes_on
        rank = new.cumsum(axis=-1)
        n_free = n - (last < n).sum(axis=-1, keepdims=True)
        given = take(free, xp.minimum(rank, n) - 1)
        given = xp.where(new & (rank <= n_free), given, n)
        numbers = xp.where(goes_on, numbers, given)
        return numbers, numbers

    start = xp.full((*batch, exists.shape[-1]), n)
    _, numbers = scan(step, start, (exists, before), axis=-2)
    return numbers
