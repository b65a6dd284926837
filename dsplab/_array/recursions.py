"""Recursions and running sums: what a sample owes to the samples before it."""

import functools

import numpy as np

from dsplab._array.library import array_namespace


def scan(step, state, x, *, axis=-1, unroll=1):
    """Fold `step(state, x[..., n]) -> (state, y[..., n])` along the last axis of x.

    x may be a tuple of arrays, y any tuple or array. `jax.lax.scan` for JAX arrays, a
    Python loop (about 1 microsecond a step) for NumPy ones. With axis=0 the steps lie
    along the first axis of x and y instead, which saves transposing long rows. JAX does
    `unroll` steps in each turn of its loop, worth it where a step is short.

    Returns:
      The final state, and y with the steps along its last axis (or `axis`).
    """
    several = isinstance(x, tuple)
    xp = array_namespace(*x) if several else array_namespace(x)
    if xp is not np:
        return _jax_scan(step, state, x, axis, unroll)
    columns = [np.moveaxis(part, axis, 0) for part in (x if several else (x,))]
    ys = []
    for x_n in zip(*columns, strict=True) if several else columns[0]:
        state, y_n = step(state, x_n)
        ys.append(y_n)
    if ys and isinstance(ys[0], tuple):
        return state, tuple(np.stack(y, axis=axis) for y in zip(*ys, strict=True))
    return state, np.stack(ys, axis=axis)


def _jax_scan(step, state, x, axis, unroll):
    import jax

    def first(a):
        return jax.numpy.moveaxis(a, axis, 0)

    def last(a):
        return jax.numpy.moveaxis(a, 0, axis)

    x = jax.tree.map(first, x)
    if len(jax.tree.leaves(x)[0]) == 1:  # a block of one sample: no loop inside a loop
        state, y = step(state, jax.tree.map(lambda a: a[0], x))
        return state, jax.tree.map(lambda a: last(a[None]), y)
    state, y = jax.lax.scan(step, state, x, unroll=unroll)
    return state, jax.tree.map(last, y)


def wrapped_cumsum(x, *, period=1.0):
    """Cumulative sum of x / period modulo 1 along the last axis, without drift.

    The sum runs in integers, of which the whole range is one cycle: they wrap around
    by themselves and never round. (A float32 sum of 440 / 44100 leaves a sine with
    noise at -64 dB after ten seconds.) Its derivative is that of a plain sum.

    A step of a float32 frequency by a period of thousands is split into whole parts,
    multiplied exactly, and a rest summed beside them: it is in tune for hours.
    """
    if array_namespace(x) is not np:
        return _jax_wrapped_cumsum(float(period))(x)
    x64 = np.asarray(x, dtype=np.float64)
    return _integer_cumsum(x64, period).astype(x.dtype)


def _integer_cumsum(x, period):
    xp = array_namespace(x)
    if x.dtype == np.float32:
        total, bits, digits = _short_integer_cumsum(x, period), 32, 24
    else:
        bits, digits = 64, 53
        part = x / period
        part = part - xp.floor(part + 0.5)  # [-1/2, 1/2)
        steps = (part * 2.0**bits).astype("int64").view("uint64")
        total = _cumsum(steps)
    kept = (total >> (bits - digits)).astype(x.dtype)  # as many as the type has
    return kept * 2.0**-digits


def _short_integer_cumsum(x, period, *, size=256):
    """The sum in units of 2^-32: x = whole + part, and so are 2^32 / period.

    Rows of `size` samples side by side, each from its own start on; then the starts.
    """
    xp, n = array_namespace(x), x.shape[-1]
    size = min(size, max(n, 1))
    x = x - period * xp.floor(x / period + 0.5)
    rows = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, -n % size)])
    rows = rows.reshape(*x.shape[:-1], -1, size)
    unit = 2.0**32 / period

    def step(sums, x_n):
        whole = xp.floor(x_n + 0.5)
        exact = whole.astype("int32").view("uint32") * np.uint32(int(unit) % 2**32)
        rest = whole * (unit % 1.0) + (x_n - whole) * unit
        near = xp.floor(rest + 0.5)
        sums = _add(sums, exact + near.astype("int32").view("uint32"), rest - near)
        return sums, sums[0]

    nothing = xp.zeros_like(rows[..., 0])
    ends, totals = scan(step, (nothing.astype("uint32"), nothing), rows)
    nothing = nothing[..., 0]
    start = (nothing.astype("uint32"), nothing)
    _, starts = scan(lambda sums, end: (_add(sums, *end), sums[0]), start, ends)
    return (totals + starts[..., None]).reshape(*x.shape[:-1], -1)[..., :n]


def _add(sums, whole, part):
    """Add to a sum in two parts, the second within 1/2: it never loses a digit."""
    xp = array_namespace(part)
    total, rest = sums
    over = xp.floor(rest + part + 0.5)
    return total + whole + over.astype("int32").view("uint32"), rest + part - over


def _cumsum(x, *, size=256):
    """Cumulative sum in the type of x; JAX sums rows of `size` side by side."""
    if array_namespace(x) is np:
        return np.cumsum(x, axis=-1, dtype=x.dtype)
    import jax

    n = x.shape[-1]
    size = min(size, max(n, 1))
    rest = -n % size
    rows = jax.numpy.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, rest)])
    rows = rows.reshape(*x.shape[:-1], -1, size)

    def step(total, now):
        total = total + now
        return total, total

    totals, sums = scan(step, jax.numpy.zeros_like(rows[..., 0]), rows)
    before = jax.numpy.cumsum(totals, axis=-1, dtype=x.dtype) - totals
    return (sums + before[..., None]).reshape(*x.shape[:-1], -1)[..., :n]


@functools.cache
def _jax_wrapped_cumsum(period):
    import jax

    summed = jax.custom_jvp(functools.partial(_integer_cumsum, period=period))
    summed.defjvps(lambda x_dot, _y, _x: jax.numpy.cumsum(x_dot, axis=-1) / period)
    return summed


def lfilter(b, a, x):
    """Filter x along its last axis by b(z) / a(z), where a[0] is 1."""
    xp = array_namespace(b, a, x)
    b, a = xp.asarray(b, dtype=x.dtype), xp.asarray(a, dtype=x.dtype)
    if xp is np:
        import scipy.signal

        return scipy.signal.lfilter(b, a, x)
    return difference_equation(b, a, xp.asarray(x))


def lfilter_sections(sections, x):
    """Filter x by b(z) / a(z) in series, rows (b0 b1 b2 1 a1 a2) of sections."""
    xp = array_namespace(sections, x)
    sections = xp.asarray(sections, dtype=x.dtype)
    if xp is np:
        import scipy.signal

        return scipy.signal.sosfilt(sections, x)
    x = xp.asarray(x)
    for row in sections:
        x = difference_equation(row[:3], row[3:], x)
    return x


def difference_equation(b, a, x, *, state=None):
    """Direct form II transposed, as in the textbook; the meaning of `lfilter`.

    y[n] = b[0] x[n] + s1,  s1 = b[1] x[n] - a[1] y[n] + s2,  ...,
                            sN = b[N] x[n] - a[N] y[n]

    Coefficients may have a second axis, one column for each row of x. Given a state
    (s1, ..., sN) to begin with, it returns y and the state after the last sample.
    """
    xp = array_namespace(b, a, x)
    order = max(len(a), len(b)) - 1
    more_b, more_a = ((order + 1 - len(c), *c.shape[1:]) for c in (b, a))
    b = xp.concatenate([b, xp.zeros(more_b, dtype=x.dtype)])
    a = xp.concatenate([a, xp.zeros(more_a, dtype=x.dtype)])

    def step(state, x_n):
        y_n = b[0] * x_n + (state[0] if state else 0.0)
        following = (*state[1:], 0.0)[:order]
        state = tuple(
            b[k + 1] * x_n - a[k + 1] * y_n + s for k, s in enumerate(following)
        )
        return state, y_n

    if state is None:
        return scan(step, (0.0 * x[..., 0],) * order, x)[1]
    state, y = scan(step, tuple(state), x)
    return y, xp.stack(state)


def linear_recursion(a, v):
    """y[n] = v[n] - a[0][n] y[n-1] - a[1][n] y[n-2] - ..., with y = 0 before the start.

    The coefficients may change at every sample: a is a sequence of arrays (or numbers)
    that broadcast to v (..., n_samples). NumPy solves the whole recursion as what it
    is, a triangular system of equations with few diagonals, by LAPACK, in float64.
    """
    xp = array_namespace(v, *a)
    a = tuple(xp.broadcast_to(xp.asarray(a_k, dtype=v.dtype), v.shape) for a_k in a)
    if xp is np:
        return _solve_triangular(a, v).astype(v.dtype, copy=False)

    def step(before, now):
        v_n, a_n = now
        y_n = v_n - sum(a_k * y_k for a_k, y_k in zip(a_n, before, strict=True))
        return (y_n, *before[:-1]), y_n

    return scan(step, (0.0 * v[..., 0],) * len(a), (v, a))[1]


def _solve_triangular(a, v):
    import scipy.linalg.lapack

    n = v.shape[-1]
    rows = v.reshape(-1, n)
    y = np.empty(rows.shape)
    band = np.zeros((1 + len(a), n), order="F")  # LAPACK's storage: a column, its rows
    for r, row in enumerate(rows):
        for k, a_k in enumerate(a[: n - 1], start=1):  # what reaches into the row
            band[k, : n - k] = a_k.reshape(-1, n)[r, k:]
        y[r] = scipy.linalg.lapack.dtbtrs(band, row, uplo="L", diag="U")[0]
    return y.reshape(v.shape)


def running_product(a, start, *, source=None, only=None, restart=None):
    """y[n] = a[n] y[n-1] along the first axis, from the y before the start on.

    Then y[n] = y[n][source[n]], if there is a source, of indices, everywhere or `only`
    where booleans are true; and where restart[n], of booleans, is true, y[n] = 1. NumPy
    overwrites a: for rows that are long and few.
    """
    if array_namespace(a) is not np:
        return _jax_running_product(a, start, source, only, restart)
    anew = np.zeros(len(a), dtype=bool)
    if restart is not None:  # as bytes: `any` of booleans is slow
        anew = restart.view(np.uint8).max(axis=1)
    moved = None if source is None else _moved(source, only)
    y = start
    for n, row in enumerate(a):
        y = np.multiply(row, y, out=row)
        if moved is not None:
            at, to = moved(n)
            row[at] = row[to]
        if anew[n]:
            np.copyto(row, 1.0, where=restart[n])
    return a


def _moved(source, only):
    """A function of n: which elements of row n are replaced, and by which."""
    if only is None:
        return lambda n: (slice(None), source[n])
    at = np.flatnonzero(only)
    ends = np.searchsorted(at, source.shape[1] * np.arange(len(source) + 1))
    at, to = at % source.shape[1], source.reshape(-1)[at]
    return lambda n: (at[ends[n] : ends[n + 1]], to[ends[n] : ends[n + 1]])


def _jax_running_product(a, start, source, only, restart):
    import jax

    where = jax.numpy.where

    def step(y, now):
        a, source, only, restart = now
        y = y * a
        moved = y if source is None else y[source]
        y = moved if only is None else where(only, moved, y)
        y = y if restart is None else where(restart, 1.0, y)
        return y, y

    return jax.lax.scan(step, start, (a, source, only, restart))[1]


def running_max(x):
    """Greatest of x[0], ..., x[n] for each n, along the last axis."""
    if array_namespace(x) is np:
        return np.maximum.accumulate(x, axis=-1)
    import jax

    return jax.lax.associative_scan(jax.numpy.maximum, x, axis=-1)


def moving_max(x, length):
    """Greatest of x[..., n : n + length] for each n, (..., n_samples - length + 1)."""
    xp, size = array_namespace(x), 1
    while 2 * size <= length:  # x holds the greatest of size neighbours
        x = xp.maximum(x[..., size:], x[..., :-size])
        size *= 2
    rest = length - size
    return xp.maximum(x[..., rest:], x[..., : x.shape[-1] - rest]) if rest else x


def moving_sum(x, length):
    """Sum of x[..., n : n + length] for each n, accurate also where x gets small.

    No large sum is taken from another. NumPy adds in float64: x is cut into rows of
    that length, and each sum is the rest of a row and the beginning of the next. JAX
    doubles the length of the sums instead.
    """
    xp = array_namespace(x)
    if xp is np:
        return _numpy_moving_sum(x, length).astype(x.dtype, copy=False)
    still = [(0, 0)] * (x.ndim - 1)
    n_sums = x.shape[-1] - length + 1
    total, done, size = xp.zeros_like(x), 0, 1
    while size <= length:  # x holds the sums of size neighbours
        if length & size:
            total = total + xp.pad(x[..., done:], [*still, (0, done)])
            done += size
        x = x + xp.pad(x[..., size:], [*still, (0, size)])
        size *= 2
    return total[..., :n_sums]


def _numpy_moving_sum(x, length):
    *batch, n = x.shape
    n_sums = n - length + 1
    if length <= 16 or n_sums < 1:  # rows would be short
        parts = (x[..., k : k + n_sums] for k in range(length))
        return sum(parts, np.zeros((*batch, max(n_sums, 0))))
    n_rows = -(-n // length)
    rows = np.zeros((*batch, n_rows * length))
    rows[..., :n] = x
    rows = rows.reshape(*batch, n_rows, length)
    begun = rows[..., 1:, :-1].cumsum(axis=-1)
    backwards = rows[..., ::-1]
    np.cumsum(backwards, axis=-1, out=backwards)  # the rest of each row
    rows[..., :-1, 1:] += begun
    return rows.reshape(*batch, -1)[..., :n_sums]
