"""Few things in long rows: where the largest are, what is nearest, put them back."""

import numpy as np

from dsplab._array.library import array_namespace, computed_once, stop_gradient
from dsplab._array.rows import greatest_of_batch


def largest(x, mask, n):
    """Places of the n largest elements along the last axis among those of a mask, of
    which none lies beside another, as those of maxima do.

    They are read with `read(rows, ahead)`, `ahead` places after their own, `column`
    says which these are, and `put(values)` makes rows (..., n) of what belongs to them,
    in order of place. NumPy has a list of those that there are, JAX n in each row.
    """
    return (Listed if array_namespace(x) is np else Spread)(x, mask, n)


class Listed:
    """Elements of NumPy's rows, one after the other."""

    def __init__(self, x, mask, n):
        self.shape = (*x.shape[:-1], n)
        counts = np.count_nonzero(mask, axis=-1).ravel()
        (at,) = mask.ravel().nonzero()
        if counts.max(initial=0) > n:
            at = _strongest(x.ravel(), at, counts, n)
            counts = np.minimum(counts, n)
        rows = np.arange(len(counts))
        self.row = rows.repeat(counts)
        self.column = at - self.row * x.shape[-1]
        before = counts.cumsum() - counts
        self.place = np.arange(len(at)) + (rows * n - before).repeat(counts)

    def read(self, rows, ahead=0):
        """rows' elements there, or after there."""
        at = self.row * rows.shape[-1] + (self.column + ahead)
        return rows.reshape(-1)[at]

    def put(self, values):
        """Rows (..., n) of values that belong to the elements, 0 behind them."""
        rows = np.zeros(self.shape, dtype=values.dtype)
        rows.reshape(-1)[self.place] = values
        return rows


def _strongest(x, at, counts, n):
    """Of the places in x, `counts` of them in each row, those of the n largest."""
    parts = np.split(at, counts[:-1].cumsum())
    for r in (counts > n).nonzero()[0]:  # few rows have more
        best = np.argpartition(-x[parts[r]], n)[:n]
        parts[r] = parts[r][np.sort(best)]
    return np.concatenate(parts)


class Spread:
    """Elements of JAX's rows, n in each, some of which stand for none."""

    def __init__(self, x, mask, n):
        import jax

        jnp = jax.numpy
        self.n = n
        # one of two neighbours, so that half as many are looked at
        still = [(0, 0)] * (x.ndim - 1)
        odd = [*still, (0, x.shape[-1] % 2)]
        mask, x = jnp.pad(mask, odd), jnp.pad(x, odd)
        first, second = mask[..., ::2], mask[..., 1::2]
        there = first | second
        x = jnp.where(second, x[..., 1::2], x[..., ::2])
        too_many = greatest_of_batch()(there.sum(axis=-1).max()) > n
        x = stop_gradient(jnp.where(there, x, 0.0))
        there = there & jax.lax.cond(
            too_many, lambda x: _among_largest(x, n), lambda x: x >= 0.0, x
        )
        rank = jax.lax.associative_scan(jnp.add, there.astype(jnp.int32), axis=-1)
        slots = jnp.where(there & (rank <= n), rank - 1, n)
        places = 2 * np.arange(x.shape[-1]) + second
        column = put_at(slots, places + 1, n)
        self.found = column > 0
        self.column = jnp.maximum(column - 1, 0)

    def read(self, rows, ahead=0):
        """rows' elements there, or after there; 1 where there is none."""
        return array_namespace(rows).where(
            self.found, take(rows, self.column + ahead), 1.0
        )

    def put(self, values):
        """Rows (..., n) of values that belong to the elements, 0 behind them."""
        return array_namespace(values).where(self.found, values, 0)


def _among_largest(x, n):
    """Which elements of JAX's rows, none negative, are among the n largest of theirs.

    The n-th is found bit by bit: positive numbers are in order as whole numbers, too.
    """
    import jax

    jnp, n_bits = jax.numpy, 8 * x.dtype.itemsize
    bits = jax.lax.bitcast_convert_type(x, jnp.dtype(f"int{n_bits}"))
    one = jnp.ones((), dtype=bits.dtype)

    def step(k, least):
        more = least | (one << (n_bits - 2 - k))
        enough = (bits >= more).sum(axis=-1, keepdims=True, dtype=jnp.int32) >= n
        return jnp.where(enough, more, least)

    least = jax.lax.fori_loop(0, n_bits - 1, step, jnp.zeros_like(bits[..., :1]))
    return bits >= least


def nearest_in(rows, values):
    """Index of the element of rows (..., n), ascending, nearest to each of values.

    rows and values have the same leading axes. Between two, the lower one.
    """
    xp = array_namespace(rows, values)
    if xp is np:
        return _nearest(rows, values)
    at = _jax_insertion(rows, values)
    above = xp.clip(at, 0, rows.shape[-1] - 1)
    below = xp.maximum(at - 1, 0)
    high, low = take(rows, above), take(rows, below)
    return computed_once(xp.where(values - low <= high - values, below, above))


def _nearest(rows, values):
    """The same with one search in all rows end to end."""
    *batch, n = rows.shape
    number = np.arange(rows.size // n).reshape(*batch, 1)
    start = number * (2.0 * (max(rows.max(), values.max()) + 1.0))  # none is negative
    at = np.searchsorted((rows + start).ravel(), (values + start).ravel())
    at, first, rows = at.reshape(values.shape), number * n, rows.ravel()
    above = np.minimum(at, first + (n - 1))
    below = np.maximum(at - 1, first)
    lower = values - rows[below] <= rows[above] - values
    return np.where(lower, below, above) - first


def _jax_insertion(rows, values, some=16):
    """How many elements of its row lie below each value.

    They are counted, `some` in a step: up to a thousand quicker than looked for.
    """
    import jax

    jnp = jax.numpy
    still = [(0, 0)] * (rows.ndim - 1)
    rest = -rows.shape[-1] % some
    rows = jnp.pad(rows, [*still, (0, rest)], constant_values=jnp.inf)

    def step(k, count):
        part = jax.lax.dynamic_slice_in_dim(rows, k * some, some, axis=-1)
        return count + sum(
            (part[..., i : i + 1] < values).astype(count.dtype) for i in range(some)
        )

    nothing = jnp.zeros(values.shape, dtype=jnp.int32)
    return jax.lax.fori_loop(0, rows.shape[-1] // some, step, nothing)


def take(rows, places):
    """rows[..., places[..., k]] for each k: `take_along_axis`, quick for one row."""
    if isinstance(rows, np.ndarray) and rows.ndim == 1:
        return rows[places]
    return array_namespace(rows).take_along_axis(rows, places, axis=-1)


def put_at(places, values, n):
    """Rows (..., n) that hold values (..., m) at places; what is at n is dropped."""
    xp = array_namespace(values)
    blank = xp.zeros((*values.shape[:-1], n + 1), dtype=values.dtype)
    if xp is np:
        if blank.ndim == 1:
            blank[places] = values
        else:
            np.put_along_axis(blank, places, values, axis=-1)
        return blank[..., :n]
    return xp.put_along_axis(blank, places, values, axis=-1, inplace=False)[..., :n]


def occupied(first, *rest):
    """The arrays without columns that are zero in the first one; JAX keeps all."""
    if array_namespace(first) is not np:
        return first, *rest
    used = first.reshape(-1, first.shape[-1]).any(axis=0)
    used[0] |= not used.any()
    return tuple(a[..., used] for a in (first, *rest))


def gathered(mask, *rows, least=1):
    """The mask and rows (..., n) or (n,), with less to do where few of it are true.

    NumPy moves the elements there to the front of shorter rows, `least` long or more,
    with zeros behind them; JAX keeps all where they are.
    """
    if array_namespace(mask) is not np:
        return mask, *rows
    *batch, n = mask.shape
    counts = np.count_nonzero(mask, axis=-1).reshape(-1)
    length = max(counts.max(initial=0), least)
    numbers = np.arange(len(counts))
    row = numbers.repeat(counts)
    column = mask.reshape(-1).nonzero()[0] - row * n
    before = counts.cumsum() - counts
    place = np.arange(len(row)) + (numbers * length - before).repeat(counts)

    def front(values):
        short = np.zeros((*batch, length), dtype=values.dtype)
        there = values[column] if values.ndim == 1 else values[mask]
        short.reshape(-1)[place] = there
        return short

    there = (np.arange(length) < counts[:, None]).reshape(*batch, length)
    return there, *(front(values) for values in rows)
