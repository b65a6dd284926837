"""Few things in long rows: where the largest are, what is nearest, put them back."""

import numpy as np

from dsplab._array.library import array_namespace, computed_once


def largest(x, n):
    """Places of the n largest positive elements along the last axis, in order of place.

    Returns (places, found), each (..., n), where NumPy leaves out columns that no row
    needs: where fewer are positive, found is False in the end and the place 0.
    """
    if array_namespace(x) is not np:
        return _jax_largest(x, n)
    rows = x.reshape(-1, x.shape[-1])
    row, column = np.nonzero(rows > 0)
    counts = np.bincount(row, minlength=len(rows))
    first = np.cumsum(counts) - counts
    places = np.zeros((len(rows), counts.max(initial=1)), dtype=np.intp)
    places[row, np.arange(len(row)) - first[row]] = column
    for r in np.flatnonzero(counts > n):  # few rows have more
        best = places[r, : counts[r]]
        places[r, :n] = np.sort(best[np.argpartition(-rows[r, best], n)[:n]])
    places = places[:, :n]
    found = np.arange(places.shape[-1]) < counts[:, None]
    shape = (*x.shape[:-1], places.shape[-1])
    return places.reshape(shape), found.reshape(shape)


def _jax_largest(x, n):
    import jax

    # what is there first, in order of place: a scatter would go one by one
    values, places = jax.lax.top_k(x, min(n, x.shape[-1]))
    places = jax.numpy.sort(jax.numpy.where(values > 0, places, x.shape[-1]), axis=-1)
    found = places < x.shape[-1]
    return jax.numpy.where(found, places, 0), found


def nearest_in(rows, values):
    """Index of the element of rows (..., n), ascending, nearest to each of values.

    rows and values have the same leading axes. Between two, the lower one.
    """
    xp = array_namespace(rows, values)
    rows, values = computed_once(rows), computed_once(values)  # a search reads often
    at = _insertion(rows, values) if xp is np else _jax_insertion(rows, values)
    above = xp.clip(at, 0, rows.shape[-1] - 1)
    below = xp.maximum(at - 1, 0)
    high, low = take(rows, above), take(rows, below)
    return computed_once(xp.where(values - low <= high - values, below, above))


def _insertion(rows, values):
    """`searchsorted` row by row, as one search in all rows end to end."""
    *batch, n = rows.shape
    span = 2.0 * (max(rows.max(), values.max()) + 1.0)  # values are not negative
    start = (np.arange(rows.size // n) * span).reshape(*batch, 1)
    places = np.searchsorted((rows + start).ravel(), (values + start).ravel())
    first = (np.arange(rows.size // n) * n).reshape(*batch, 1)
    return places.reshape(values.shape) - first


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
    """The arrays without last columns that are zero in the first one; JAX keeps all."""
    if array_namespace(first) is not np:
        return first, *rest
    used = np.flatnonzero(first.reshape(-1, first.shape[-1]).any(axis=0))
    width = used[-1] + 1 if len(used) else 1
    return tuple(a[..., :width] for a in (first, *rest))
