"""The only module that knows which array library is in use.

Everything else asks `array_namespace` for `xp` and calls `xp.sin`, `xp.fft.rfft`, ...
What cannot be said well, or fast enough, in that common language lives here: `scan`
(a recursion), `lfilter` (the recursion SciPy has compiled), `wrapped_cumsum` (a sum
that float32 would spoil) and `fft` (SciPy's transforms, faster than NumPy's).
"""

import sys

import numpy as np

from dsplab._sorting import selection_network


def array_namespace(*arrays):
    """Return `jax.numpy` if any argument is a JAX array or tracer, else `numpy`."""
    for array in arrays:
        namespace = getattr(array, "__array_namespace__", None)
        if namespace is not None and namespace() is not np:
            return namespace()
    return np


def is_array(x):
    """Whether x is a NumPy or JAX array (a NumPy scalar counts)."""
    return hasattr(x, "__array_namespace__") or isinstance(x, np.generic)


def is_traced(x):
    """Whether x is an abstract value inside `jax.jit`, `vmap` or `grad`."""
    jax = sys.modules.get("jax")  # nothing is traced in a process without JAX
    return jax is not None and isinstance(x, jax.core.Tracer)


def is_finite(x):
    """Whether every element is finite; True where x is traced, its values unknown."""
    if is_traced(x):
        return True
    # Inf and NaN survive a sum: one read of x; but a sum may overflow by itself
    with np.errstate(all="ignore"):
        return bool(np.isfinite(x.sum())) or bool(array_namespace(x).isfinite(x).all())


def fft(x):
    """The FFT module for x: `jax.numpy.fft`, or `scipy.fft` (faster than NumPy's)."""
    xp = array_namespace(x)
    if xp is not np:
        return xp.fft
    import scipy.fft

    return scipy.fft


def stop_gradient(x):
    """x, as a constant to differentiation."""
    if array_namespace(x) is np:
        return x
    import jax

    return jax.lax.stop_gradient(x)


def scan(step, state, x, *, axis=-1):
    """Fold `step(state, x[..., n]) -> (state, y[..., n])` along the last axis of x.

    x may be a tuple of arrays, y any tuple or array. `jax.lax.scan` for JAX arrays, a
    Python loop (about 1 microsecond a step) for NumPy ones. With axis=0 the steps lie
    along the first axis of x and y instead, which saves transposing long rows.

    Returns:
      The final state, and y with the steps along its last axis (or `axis`).
    """
    several = isinstance(x, tuple)
    xp = array_namespace(*x) if several else array_namespace(x)
    if xp is not np:
        return _jax_scan(step, state, x, axis)
    columns = [np.moveaxis(part, axis, 0) for part in (x if several else (x,))]
    ys = []
    for x_n in zip(*columns, strict=True) if several else columns[0]:
        state, y_n = step(state, x_n)
        ys.append(y_n)
    if ys and isinstance(ys[0], tuple):
        return state, tuple(np.stack(y, axis=axis) for y in zip(*ys, strict=True))
    return state, np.stack(ys, axis=axis)


def _jax_scan(step, state, x, axis):
    import jax

    def first(a):
        return jax.numpy.moveaxis(a, axis, 0)

    def last(a):
        return jax.numpy.moveaxis(a, 0, axis)

    state, y = jax.lax.scan(step, state, jax.tree.map(first, x))
    return state, jax.tree.map(last, y)


def wrapped_cumsum(x):
    """Cumulative sum of x modulo 1 along the last axis, accurate in float32.

    NumPy sums in float64. JAX wraps at every step, because a plain float32 sum of
    440 / 44100 leaves a sine with noise at -64 dB after ten seconds.
    """
    xp = array_namespace(x)
    if xp is np:
        return (np.cumsum(x, axis=-1, dtype=np.float64) % 1.0).astype(x.dtype)

    def step(total, x_n):
        total = (total + x_n) % 1.0
        return total, total

    return scan(step, xp.zeros_like(x[..., 0]), x)[1]


def lfilter(b, a, x):
    """Filter x along its last axis by b(z) / a(z), where a[0] is 1."""
    xp = array_namespace(b, a, x)
    b, a = xp.asarray(b, dtype=x.dtype), xp.asarray(a, dtype=x.dtype)
    if xp is np:
        import scipy.signal

        return scipy.signal.lfilter(b, a, x)
    return difference_equation(b, a, xp.asarray(x))


def difference_equation(b, a, x):
    """Direct form II transposed, as in the textbook; the meaning of `lfilter`.

    y[n] = b[0] x[n] + s1,  s1 = b[1] x[n] - a[1] y[n] + s2,  ...,
                            sN = b[N] x[n] - a[N] y[n]
    """
    xp = array_namespace(b, a, x)
    order = max(len(a), len(b)) - 1
    b = xp.concatenate([b, xp.zeros(order + 1 - len(b), dtype=x.dtype)])
    a = xp.concatenate([a, xp.zeros(order + 1 - len(a), dtype=x.dtype)])

    def step(state, x_n):
        y_n = b[0] * x_n + (state[0] if state else 0.0)
        following = (*state[1:], 0.0)[:order]
        state = tuple(
            b[k + 1] * x_n - a[k + 1] * y_n + s for k, s in enumerate(following)
        )
        return state, y_n

    return scan(step, (0.0 * x[..., 0],) * order, x)[1]


def frames_at(x, starts, frame_length):
    """Copy frames x[..., s : s + frame_length], one per start: (..., n_frames, length).

    starts are integers, every frame inside x; a Python range or NumPy array is best.
    """
    xp = array_namespace(x, starts)
    if xp is np:
        every = np.lib.stride_tricks.sliding_window_view(x, frame_length, axis=-1)
        return every[..., np.asarray(starts), :]
    import jax

    def one(start):
        return jax.lax.dynamic_slice_in_dim(x, start, frame_length, axis=-1)

    return jax.vmap(one, out_axes=-2)(xp.asarray(starts))


def row_reader(x, longest):
    """Return read(starts, length): rows x[..., s : s + length], length <= longest."""
    if not isinstance(x, np.ndarray):
        return lambda starts, length: frames_at(x, starts, length)
    every = np.lib.stride_tricks.sliding_window_view(x, longest, axis=-1)
    return lambda starts, length: every[..., starts, :length]


def join_rows(make, begins, n_samples, longest, *, like, size=32):
    """Join rows of different lengths: row k sounds from begins[k] to begins[k + 1].

    make(rows, length) returns the rows of a slice, (..., n_rows, length); what follows
    their ends may be anything. NumPy asks for `size` at a time, which stay in the
    processor's cache; JAX (if `like` is of it) for all of them at once, and lets each
    overwrite the rest of the one before.
    """
    n = n_samples
    if array_namespace(like, begins) is not np:
        return _jax_join_rows(make(slice(None), longest), begins, n)
    y = np.empty((*like.shape[:-1], n), dtype=like.dtype)
    ends = np.append(begins[1:], n)
    for first in range(0, len(begins), size):
        some = slice(first, first + size)
        rows = make(some, (ends[some] - begins[some]).max())
        for r, (begin, end) in enumerate(zip(begins[some], ends[some], strict=True)):
            y[..., begin:end] = rows[..., r, : end - begin]
    return y


def _jax_join_rows(rows, begins, n_samples):
    import jax

    def step(y, row_at):
        row, at = row_at
        return jax.lax.dynamic_update_slice_in_dim(y, row, at, axis=-1), None

    *batch, _, longest = rows.shape
    y = jax.numpy.zeros((*batch, n_samples + longest), dtype=rows.dtype)
    rows = jax.numpy.moveaxis(rows, -2, 0)
    y, _ = jax.lax.scan(step, y, (rows, jax.numpy.asarray(begins)))
    return y[..., :n_samples]


def in_blocks(function, x, *, size=128):
    """function(x), whose results are tuples; rows (..., n_rows, n) do not interact.

    NumPy takes `size` rows at a time, so that what is between stays in the cache.
    """
    if not isinstance(x, np.ndarray):
        return function(x)
    starts = range(0, x.shape[-2], size)
    parts = [function(x[..., start : start + size, :]) for start in starts]
    return tuple(np.concatenate(part, axis=-2) for part in zip(*parts, strict=True))


def slice_at(x, start, length):
    """x[..., start : start + length], where start may be traced; no copy in NumPy."""
    if isinstance(x, np.ndarray) and not is_traced(start):  # in inner loops: quick
        return x[..., start : start + length]
    import jax

    return jax.lax.dynamic_slice_in_dim(x, start, length, axis=-1)


def running_max(x):
    """Greatest of x[0], ..., x[n] for each n, along the last axis."""
    if array_namespace(x) is np:
        return np.maximum.accumulate(x, axis=-1)
    import jax

    return jax.lax.cummax(x, axis=x.ndim - 1)


def moving_sum(x, length):
    """Sum of x[..., n : n + length] for each n, accurate also where x gets small.

    NumPy takes differences of one float64 sum. JAX, in float32, doubles the length of
    the sums instead.
    """
    xp = array_namespace(x)
    if xp is np:
        total = np.zeros((*x.shape[:-1], x.shape[-1] + 1))
        np.cumsum(x, axis=-1, dtype=np.float64, out=total[..., 1:])
        return (total[..., length:] - total[..., :-length]).astype(x.dtype, copy=False)
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


def blend(a, b, weight):
    """a + weight (b - a), exactly a where both agree. NumPy overwrites b."""
    if array_namespace(a, b) is not np:
        return a + weight * (b - a)
    np.subtract(b, a, out=b)
    np.multiply(b, weight, out=b)
    return np.add(b, a, out=b)


def filter_rows(rows, taps):
    """sum_k taps[:, k] rows[..., k : k + length]: each row filtered by its own taps."""
    n_taps = taps.shape[-1]
    length = rows.shape[-1] - n_taps + 1
    if array_namespace(rows, taps) is np:
        window = np.lib.stride_tricks.sliding_window_view(rows, length, axis=-1)
        return (taps[:, None, :] @ window)[..., 0, :]
    return sum(taps[:, k, None] * rows[..., k : k + length] for k in range(n_taps))


def either(condition, then, otherwise):
    """then() if the condition is true, else otherwise(); both where it is traced."""
    if isinstance(condition, bool | np.bool_):
        return then() if condition else otherwise()
    import jax

    return jax.tree.map(
        lambda a, b: jax.numpy.where(condition, a, b), then(), otherwise()
    )


def overlap_add(rows, hop_length):
    """Sum rows (..., n_frames, frame_length), each hop_length after the one before."""
    xp = array_namespace(rows)
    *batch, n_frames, frame_length = rows.shape
    hops = -(-frame_length // hop_length)  # hops that a frame spans, rounded up
    still = [(0, 0)] * len(batch)
    if hops * hop_length != frame_length:
        rows = xp.pad(rows, [*still, (0, 0), (0, hops * hop_length - frame_length)])
    parts = rows.reshape(*batch, n_frames, hops, hop_length)
    blocks = n_frames + hops - 1
    if xp is np:
        y = np.zeros((*batch, blocks, hop_length), dtype=rows.dtype)
        for k in range(hops):
            y[..., k : k + n_frames, :] += parts[..., k, :]
    else:
        y = sum(
            xp.pad(parts[..., k, :], [*still, (k, hops - 1 - k), (0, 0)])
            for k in range(hops)
        )
    length = frame_length + hop_length * (n_frames - 1)
    return y.reshape(*batch, blocks * hop_length)[..., :length]


def nearest_true(mask):
    """Index along the last axis of the True nearest to each element; its own if none.

    Between two, the lower one has the middle.
    """
    xp = array_namespace(mask)
    n = mask.shape[-1]
    if xp is np:
        return _numpy_nearest_true(mask | ~mask.any(axis=-1, keepdims=True))
    import jax

    k = xp.arange(n)
    below = jax.lax.cummax(xp.where(mask, k, -n), axis=mask.ndim - 1)
    above = jax.lax.cummin(xp.where(mask, k, 2 * n), axis=mask.ndim - 1, reverse=True)
    nearest = xp.where(k - below <= above - k, below, above)
    return xp.where(mask.any(axis=-1, keepdims=True), nearest, k)


def _numpy_nearest_true(mask):
    n = mask.shape[-1]
    where = np.flatnonzero(mask)  # at least one in each row
    first, last = where[:-1], where[1:]
    new_row = first // n != last // n
    ends = np.where(new_row, last - last % n, (first + last) // 2 + 1)
    lengths = np.diff(ends, prepend=0, append=mask.size)
    return np.repeat(where % n, lengths).reshape(mask.shape)


def running_median(x, size, *, spacing=1):
    """Median of `size` (odd) elements around each, `spacing` apart, on the last axis.

    Beyond the ends x is mirrored. SciPy's running median of one long row for NumPy, a
    network of minima and maxima, which has no branches, for JAX: keep size below 20.
    """
    xp = array_namespace(x)
    half, length = size // 2 * spacing, x.shape[-1]
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(half, half)], mode="symmetric")
    if xp is np:
        import scipy.ndimage

        y = np.empty_like(x)
        for k in range(spacing):
            part = x[..., k::spacing]
            median = scipy.ndimage.median_filter(part.reshape(-1), size=size)
            y[..., k::spacing] = median.reshape(part.shape)
        return y[..., half : half + length]
    values = [x[..., k * spacing : k * spacing + length] for k in range(size)]
    for i, j, smaller, larger in selection_network(size, size // 2):
        a, b = values[i], values[j]
        values[i] = xp.minimum(a, b) if smaller else a
        values[j] = xp.maximum(a, b) if larger else b
    return values[size // 2]
