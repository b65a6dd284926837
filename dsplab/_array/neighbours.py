"""What an element has to do with those around it."""

import numpy as np

from dsplab._array.library import array_namespace
from dsplab._array.recursions import moving_sum
from dsplab._array.rows import slice_at
from dsplab._array.sorting import selection_network


def nearest_true(mask):
    """Index along the last axis of the True nearest to each element; its own if none.

    Between two, the lower one has the middle.
    """
    xp = array_namespace(mask)
    n = mask.shape[-1]
    if xp is np:
        return _numpy_nearest_true(mask | ~mask.any(axis=-1, keepdims=True))
    import jax

    # one bin after the other, for all rows at once: quicker than parallel prefixes
    mask, k = xp.moveaxis(mask, -1, 0), xp.arange(n)

    def up(below, now):
        below = xp.where(now[1], now[0], below)
        return below, below

    def down(above, now):
        k, here, below = now
        above = xp.where(here, k, above)
        nearest = xp.where(k - below <= above - k, below, above)
        return above, xp.where((below < 0) & (above > n), k, nearest)

    _, below = jax.lax.scan(up, xp.full_like(mask[0], -n, dtype=k.dtype), (k, mask))
    nowhere = xp.full_like(below[0], 2 * n)
    nearest = jax.lax.scan(down, nowhere, (k, mask, below), reverse=True)[1]
    return xp.moveaxis(nearest, 0, -1)


def _numpy_nearest_true(mask):
    n = mask.shape[-1]
    where = np.flatnonzero(mask)  # at least one in each row
    first, last = where[:-1], where[1:]
    new_row = first // n != last // n
    ends = np.where(new_row, last - last % n, (first + last) // 2 + 1)
    lengths = np.diff(ends, prepend=0, append=mask.size)
    return np.repeat(where % n, lengths).reshape(mask.shape)


def greatest_near(values, where, reach):
    """Index of the greatest of each element and `reach` others on both sides of it.

    It is found where the booleans `where` are true, at least `reach` from the ends of
    the last axis, and is anything elsewhere. Of equals the nearest counts.
    """
    xp, n = array_namespace(values), values.shape[-1]
    steps = [d for k in range(1, reach + 1) for d in (-k, k)]
    if xp is np:
        here = np.flatnonzero(where)
        values = values.reshape(-1)
        best, at = values[here], here
        for d in steps:
            other = values[here + d]
            at = np.where(other > best, here + d, at)
            best = np.maximum(best, other)
        index = np.zeros(where.shape, dtype=np.intp)
        index.reshape(-1)[here] = at % n
        return index
    best, at, k = values, xp.arange(n), xp.arange(n)
    padded = xp.pad(values, [(0, 0)] * (values.ndim - 1) + [(reach, reach)])
    for d in steps:
        other = padded[..., reach + d : reach + d + n]
        at = xp.where(other > best, k + d, at)
        best = xp.maximum(best, other)
    return at


def running_median(x, size, *, spacing=1, axis=-1):
    """Median of `size` (odd) elements around each, `spacing` apart, along an axis.

    Beyond the ends x is mirrored. SciPy's running median of one long row for NumPy, a
    network of minima and maxima, which has no branches, for JAX: keep size below 20.
    """
    xp = array_namespace(x)
    half, length = size // 2 * spacing, x.shape[axis]
    sides = [(0, 0)] * x.ndim
    sides[axis] = (half, half)
    x = xp.pad(x, sides, mode="symmetric")
    if xp is np:
        return _scipy_median(np.swapaxes(x, axis, -1), size, spacing).swapaxes(axis, -1)
    import jax

    x = jax.lax.optimization_barrier(x)  # or each of the slices computes it again
    starts = range(0, size * spacing, spacing)
    values = [jax.lax.slice_in_dim(x, k, k + length, axis=axis) for k in starts]
    for i, j, smaller, larger in selection_network(size, size // 2):
        a, b = values[i], values[j]
        values[i] = xp.minimum(a, b) if smaller else a
        values[j] = xp.maximum(a, b) if larger else b
    return values[size // 2]


def _scipy_median(x, size, spacing):
    import scipy.ndimage

    y, half = np.empty_like(x), size // 2 * spacing
    for k in range(spacing):
        part = x[..., k::spacing]
        median = scipy.ndimage.median_filter(part.reshape(-1), size=size)
        y[..., k::spacing] = median.reshape(part.shape)
    return y[..., half : x.shape[-1] - half]


def correlate(x, template):
    """Products sum_c,n x[c, l + n] template[c, n] for each lag l that fits: (n_lags,).

    `numpy.correlate`, or the convolution of neural networks in JAX.
    """
    if not isinstance(x, np.ndarray):
        import jax

        return jax.lax.conv(x[None], template[None], (1,), "VALID")[0, 0]
    if len(x) == 1:
        return np.correlate(x[0], template[0])
    return sum(np.correlate(a, b) for a, b in zip(x, template, strict=True))


def sums_reader(x, n):
    """Return read(start, length): sums of x[k : k + n], k = start, start + 1, ...

    It is for a few at a time, in a loop. NumPy has all of them beforehand, which takes
    less than its calls do; JAX sums what is asked for.
    """
    if isinstance(x, np.ndarray):
        sums = moving_sum(x, n)
        return lambda start, length: sums[start : start + length]
    ones = array_namespace(x).ones((1, n), x.dtype)
    return lambda start, length: correlate(
        slice_at(x, start, n + length - 1)[None], ones
    )


def sum_of_squares(x):
    """Along the last axis: `einsum` in NumPy, a product with ones in JAX.

    For short rows XLA's own sum takes four times as long.
    """
    xp = array_namespace(x)
    if xp is np:
        return np.einsum("...n,...n->...", x, x)
    return xp.matmul(x * x, xp.ones(x.shape[-1], x.dtype), precision="highest")


def times(a, b):
    """a * b, of the shape and dtype of a. NumPy overwrites a, which saves memory."""
    if array_namespace(a, b) is not np:
        return a * b
    return np.multiply(a, b, out=a)


def blend(a, b, weight):
    """a + weight (b - a), exactly a where both agree. NumPy overwrites b."""
    if array_namespace(a, b) is not np:
        return a + weight * (b - a)
    np.subtract(b, a, out=b)
    np.multiply(b, weight, out=b)
    return np.add(b, a, out=b)
