"""Rows cut out of a long signal, and long signals made of rows."""

import functools

import numpy as np

from dsplab._array.library import array_namespace, computed_once, fft, is_traced

ALL = 1 << 62  # rows
INTEGERS = int, np.integer
ALONE = 1 << 18  # multiplications that BLAS does in one thread


def frames_at(x, starts, frame_length):
    """Copy frames x[..., s : s + frame_length], one per start: (..., n_frames, length).

    starts are integers, every frame inside x; a Python range or NumPy array is best.
    """
    xp = array_namespace(x, starts)
    if xp is np:
        every = np.lib.stride_tricks.sliding_window_view(x, frame_length, axis=-1)
        return every[..., np.asarray(starts), :]
    import jax

    # indices are ready and in bounds: or XLA finds the place of every sample anew
    last = x.ndim - 1
    numbers = jax.lax.GatherDimensionNumbers(
        offset_dims=(*range(last), last + 1),
        collapsed_slice_dims=(),
        start_index_map=(last,),
    )
    at = computed_once(xp.asarray(starts))[:, None]
    sizes = (*x.shape[:-1], frame_length)
    return jax.lax.gather(x, at, numbers, sizes, mode="promise_in_bounds")


def frames_seen(x, starts, frame_length):
    """`frames_at` for a range of starts, to be read only: NumPy copies nothing."""
    if array_namespace(x) is not np:
        return frames_at(x, starts, frame_length)
    every = np.lib.stride_tricks.sliding_window_view(x, frame_length, axis=-1)
    return every[..., starts.start : starts.stop : starts.step, :]


def row_spectra(rows, w, n_fft, size=32):
    """Spectra (..., n_rows, 1 + n_fft // 2) of rows under a window, zeros after it.

    NumPy takes `size` rows at a time, which stay in the cache.
    """
    if array_namespace(rows) is not np:
        xp = array_namespace(rows)
        return xp.fft.rfft(rows * xp.asarray(w, dtype=rows.dtype), n_fft)
    *batch, n_rows, n = rows.shape
    w, rfft = w.astype(rows.dtype), fft(rows).rfft
    windowed = np.zeros((*batch, min(size, n_rows), n_fft), rows.dtype)
    for at in range(0, n_rows, size):
        some = windowed[..., : min(size, n_rows - at), :]
        np.multiply(rows[..., at : at + size, :], w, out=some[..., :n])
        X = rfft(some)
        if n_rows <= size:
            return X
        if at == 0:
            spectra = np.empty((*batch, n_rows, X.shape[-1]), X.dtype)
        spectra[..., at : at + size, :] = X
    return spectra


def lag_products(rows, w, n_lags, size=32):
    """sum_n w[n] rows[..., n] rows[..., n + lag] for each lag, (..., n_rows, n_lags).

    Rows are circles: w is zero where n + lag would go round. NumPy takes `size` of them
    at a time, which stay in the cache.
    """
    xp, n = array_namespace(rows), rows.shape[-1]
    if xp is not np:
        part = xp.fft.rfft(rows * xp.asarray(w))
        return xp.fft.irfft(xp.conj(part) * xp.fft.rfft(rows), n)[..., :n_lags]
    rfft, irfft = fft(rows).rfft, fft(rows).irfft
    products = np.empty((*rows.shape[:-1], n_lags), rows.dtype)
    for at in range(0, rows.shape[-2], size):
        some = rows[..., at : at + size, :]
        part = rfft(some * w)
        np.conjugate(part, out=part)
        part *= rfft(some)
        products[..., at : at + size, :] = irfft(part, n)[..., :n_lags]
    return products


def row_reader(x, longest):
    """Return read(starts, length): rows x[..., s : s + length], length <= longest."""
    if not isinstance(x, np.ndarray):
        return lambda starts, length: frames_at(x, starts, length)
    every = np.lib.stride_tricks.sliding_window_view(x, longest, axis=-1)
    return lambda starts, length: every[..., starts, :length]


def block_reader(x, length):
    """Return read(*starts): rows x[..., s : s + length] for one array after the other.

    It is for a few rows at a time, in a loop. XLA gives what reads a long signal to all
    its threads, and waits for them longer than a few rows take; but not what writes a
    part of an array, as `map` does.
    """
    if isinstance(x, np.ndarray):
        every = np.lib.stride_tricks.sliding_window_view(x, length, axis=-1)
        return lambda *starts: (every[..., s, :] for s in starts)

    def read(*starts):
        import jax

        one = functools.partial(frames_at, x, frame_length=length)
        return jax.lax.map(one, jax.numpy.stack(starts))

    return read


def table_rows(table, which):
    """table[which], few rows of a long table in a loop; see `block_reader`."""
    if isinstance(table, np.ndarray):
        return table[which]
    import jax

    return jax.lax.map(lambda row: table[row], which)


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


def in_blocks(function, *x, size=128):
    """function(*x), whose results are tuples; rows (..., n_rows, n) do not interact.

    `size` rows are taken at a time, so that what is between stays in the cache; the
    leading axes stay whole, for the function may know what belongs to each.
    """
    if not all(isinstance(rows, np.ndarray) for rows in x):
        return _jax_in_blocks(function, x, size)
    n = x[0].shape[-2]
    first = function(*(r[..., :size, :] for r in x))
    if n <= size:
        return first
    shapes = [(*part.shape[:-2], n, part.shape[-1]) for part in first]
    results = [np.empty(s, p.dtype) for s, p in zip(shapes, first, strict=True)]
    for at in range(0, n, size):
        parts = function(*(r[..., at : at + size, :] for r in x)) if at else first
        for result, part in zip(results, parts, strict=True):
            result[..., at : at + size, :] = part
    return tuple(results)


def _jax_in_blocks(function, x, size):
    import jax

    n = x[0].shape[-2]
    if n <= size:
        return function(*x)

    def blocks(rows):
        still = [(0, 0)] * (rows.ndim - 2)
        rows = jax.numpy.pad(rows, [*still, (0, -n % size), (0, 0)])
        rows = rows.reshape(*rows.shape[:-2], -1, size, rows.shape[-1])
        return jax.numpy.moveaxis(rows, -3, 0)

    def joined(rows):
        rows = jax.numpy.moveaxis(rows, 0, -3)
        return rows.reshape(*rows.shape[:-3], -1, rows.shape[-1])[..., :n, :]

    y = jax.lax.map(lambda rows: function(*rows), tuple(blocks(rows) for rows in x))
    return tuple(joined(rows) for rows in y)


def rows_at_once(like, numpy=32, jax=8):
    """How many rows to compute together: what a cache holds; in JAX, of a batch.

    XLA needs no blocks where it joins all of the work to one loop: then jax=ALL.
    """
    return numpy if array_namespace(like) is np else jax


def once_each(function, keys, *, apart, most):
    """Rows of function(keys) for the different keys, and which row is whose.

    Keys are integers up to `most`, 0 or at least `apart` from each other. The function
    is called for `rows_at_once` of those that there are. JAX, where the number of rows
    must be known beforehand, has room for one in each multiple of `apart`, and passes
    no gradient.
    """
    if isinstance(keys, np.ndarray):
        different, which = np.unique(keys, return_inverse=True)
        size = rows_at_once(keys)
        parts = range(0, len(different), size)
        rows = [function(different[k : k + size]) for k in parts]
        return np.concatenate(rows), which
    return _jax_once_each(function, keys, apart, most)


def _jax_once_each(function, keys, apart, most):
    import jax

    jnp, size = jax.numpy, rows_at_once(keys)
    slots = jnp.where(keys == 0, 0, 1 + keys // apart)
    n_rows = 2 + most // apart
    n_rows += -n_rows % size
    blank = jnp.zeros(n_rows, dtype=keys.dtype)
    there = blank.at[slots].max(keys)
    place = jnp.cumsum(there > 0, dtype=jnp.int32)  # row 0 is of key 0
    different = blank.at[jnp.where(there > 0, place, n_rows)].set(there, mode="drop")
    n_used = greatest_of_batch()(1 + place[-1])
    row = jax.eval_shape(function, different[:size])

    def block(state):
        k, rows = state
        some = function(jax.lax.dynamic_slice_in_dim(different, k, size))
        return k + size, jax.lax.dynamic_update_slice_in_dim(rows, some, k, axis=0)

    rows = jnp.zeros((n_rows, *row.shape[1:]), dtype=row.dtype)
    state = jnp.zeros_like(n_used), rows
    rows = jax.lax.while_loop(lambda state: state[0] < n_used, block, state)[1]
    return rows, jnp.where(keys == 0, 0, place[slots])


@functools.cache
def greatest_of_batch():
    """x, or the greatest x of a batch: how often a loop runs must be one number."""
    import jax

    @jax.custom_batching.custom_vmap
    def greatest(x):
        return x

    @greatest.def_vmap
    def of_batch(size, is_batched, x):
        return greatest(x.max(axis=0)), False

    return greatest


def slice_at(x, start, length):
    """x[..., start : start + length], where start may be traced; no copy in NumPy."""
    if isinstance(x, np.ndarray) and (  # in inner loops: quick
        isinstance(start, INTEGERS) or not is_traced(start)
    ):
        return x[..., start : start + length]
    import jax

    return jax.lax.dynamic_slice_in_dim(x, start, length, axis=-1)


def overlap_add(rows, hop_length, before=None):
    """Sum rows (..., n_frames, frame_length), each hop_length after the one before.

    What rows before these left, (..., at most frame_length), is added where they begin.
    """
    xp = array_namespace(rows)
    *batch, n_frames, frame_length = rows.shape
    hops = -(-frame_length // hop_length)  # hops that a frame spans, rounded up
    blocks = n_frames + hops - 1
    first, *parts = (
        rows[..., k * hop_length : (k + 1) * hop_length] for k in range(hops)
    )
    width = first.shape[-1]  # of a hop, or of a frame that is shorter
    if xp is np:
        y = np.empty((*batch, blocks, hop_length), dtype=rows.dtype)
        y[..., :n_frames, :width] = first
        y[..., n_frames:, :], y[..., width:] = 0.0, 0.0
        for k, part in enumerate(parts, 1):
            y[..., k : k + n_frames, : part.shape[-1]] += part
    else:  # in place, hop by hop, in loops that need no division to find a sample
        still = [(0, 0)] * len(batch)
        y = xp.pad(first, [*still, (0, hops - 1), (0, hop_length - width)])
        for k, part in enumerate(parts, 1):
            y = y.at[..., k : k + n_frames, : part.shape[-1]].add(part)
    length = frame_length + hop_length * (n_frames - 1)
    y = y.reshape(*batch, blocks * hop_length)
    if before is not None and xp is np:
        y[..., : before.shape[-1]] += before
    elif before is not None:
        y = y.at[..., : before.shape[-1]].add(before)
    return y[..., :length]


def filter_rows(rows, taps):
    """sum_k taps[:, k] rows[..., k : k + length]: each row filtered by its own taps."""
    n_taps = taps.shape[-1]
    length = rows.shape[-1] - n_taps + 1
    if array_namespace(rows, taps) is np:
        window = np.lib.stride_tricks.sliding_window_view(rows, length, axis=-1)
        return (taps[:, None, :] @ window)[..., 0, :]
    return sum(taps[:, k, None] * rows[..., k : k + length] for k in range(n_taps))


def add_at(y, row, begin):
    """y with row (..., length) added from sample begin on. NumPy overwrites y."""
    end = begin + row.shape[-1]
    if isinstance(y, np.ndarray):
        y[..., begin:end] += row
        return y
    return y.at[..., begin:end].add(row)


def correlate_long(x, taps):
    """y[..., n] = sum_k taps[k] x[..., n + k] for every n that fits: an FIR filter.

    A block of outputs is the product of a block of inputs and the next one with a
    matrix that holds the taps in its diagonals: the quickest form in both libraries.
    """
    xp = array_namespace(x)
    n, n_taps = x.shape[-1], len(taps)
    n_out = n - n_taps + 1
    block = max(32, n_taps - 1)  # of outputs, made from this block and the next
    matrix = np.zeros((2 * block, block))
    for output in range(block):
        matrix[output : output + n_taps, output] = taps
    rest = (1 - (-n_out // block)) * block - n
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, max(rest, 0))])[..., : n + rest]
    y = pairs_times(x.reshape(*x.shape[:-1], -1, block), matrix)
    return y.reshape(*x.shape[:-1], -1)[..., :n_out]


def pairs_times(rows, matrix):
    """Each row and the next, as one, times a matrix: (..., n_rows - 1, n_columns)."""
    upper, lower = matrix.reshape(2, rows.shape[-1], -1)
    y = rows_times(rows[..., :-1, :], upper)
    y += rows_times(rows[..., 1:, :], lower)
    return y


def rows_times(rows, matrix):
    """rows @ matrix, of many short rows: (..., n_rows, n_columns).

    NumPy takes a few rows at a time. BLAS would give a larger product to its threads,
    and those wait, busily, much longer for another than they took for this one.
    """
    xp = array_namespace(rows)
    matrix = xp.asarray(matrix, dtype=rows.dtype)
    if xp is not np:  # accelerators would round float32 to fewer digits than sound has
        return xp.matmul(rows, matrix, precision="highest")
    n_rows, size = rows.shape[-2], max(ALONE // matrix.size, 1)
    y = np.empty((*rows.shape[:-1], matrix.shape[1]), dtype=rows.dtype)
    for at in range(0, n_rows, size):
        some = slice(at, at + size)
        np.matmul(rows[..., some, :], matrix, out=y[..., some, :])
    return y
