"""Few things in long rows: where the largest are, what is nearest, put them back."""

import numpy as np

from dsplab._array.library import array_namespace, computed_once


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

        x = jax.numpy.where(mask, x, 0.0)
        self.n, width = n, x.shape[-1]
        # one of two neighbours, so that half as many are compared
        still = [(0, 0)] * (x.ndim - 1)
        x = jax.numpy.pad(x, [*still, (0, width % 2)])
        low, high = x[..., ::2], x[..., 1::2]
        values, places = jax.lax.top_k(
            jax.numpy.maximum(low, high), min(n, low.shape[-1])
        )
        places = 2 * places + jax.numpy.take_along_axis(high > low, places, axis=-1)
        # what is there first, in order of place: a scatter would go one by one
        places = jax.numpy.sort(jax.numpy.where(values > 0, places, width), axis=-1)
        self.found = places < width
        self.column = jax.numpy.where(self.found, places, 0)

    def read(self, rows, ahead=0):
        """rows' elements there, or after there; 1 where there is none."""
        return array_namespace(rows).where(
            self.found, take(rows, self.column + ahead), 1.0
        )

    def put(self, values):
        """Rows (..., n) of values that belong to the elements, 0 behind them."""
        xp = array_namespace(values)
        blank = [(0, 0)] * (values.ndim - 1) + [(0, self.n - values.shape[-1])]
        return xp.pad(xp.where(self.found, values, 0), blank)


def nearest_in(rows, values):
    """Index of the element of rows (..., n), ascending, nearest to each of values.

    rows and values have the same leading axes. Between two, the lower one.
    """
    xp = array_namespace(rows, values)
    if xp is np:
        return _nearest(rows, values)
    rows, values = computed_once(rows), computed_once(values)  # a search reads often
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


def _jax_insertion(rows, values):
    import jax

    def one(row, value):
        return jax.numpy.searchsorted(row, value, method="scan_unrolled")

    return jax.numpy.vectorize(one, signature="(n),(m)->(m)")(rows, values)


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
