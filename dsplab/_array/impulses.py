"""Short waves at places that lie between the samples, added into a signal."""

import numpy as np

from dsplab._array.library import array_namespace, computed_once
from dsplab._array.recursions import scan


def place_kernels(weight, fraction, table):
    """Add weight[m] k(j + fraction[m]) at sample m + j, for every m and every tap j.

    The kernel k is a polynomial of fraction - 1/2 between every two of its taps:

        y[m + j] += weight[m] sum_i table[i, j] (fraction[m] - 1/2)^i,  fraction in
        [0, 1].

    Most weights may be zero: NumPy touches only the others. JAX, whose shapes must not
    depend on values, filters the weights times all powers of the fraction.

    Args:
      weight: (..., n).
      fraction: how many samples before m the place lies, (..., n).
      table: (n_powers, n_taps).

    Returns:
      (..., n + n_taps - 1)
    """
    xp = array_namespace(weight, fraction)
    if xp is np:
        return _scattered(weight, fraction, table)
    # computed here and not where they are cut into rows: a fifth quicker
    return _filtered(computed_once(weight), computed_once(fraction), table)


def _filtered(weight, fraction, table, *, n_rows=64):
    """JAX: rows of n_taps samples; each, and its powers, is filtered by one product of
    matrices, into its own place and that of the next row. A few rows at a time stay in
    the processor's cache, and products of that size are several times as quick.
    """
    xp = array_namespace(weight, fraction)
    n_powers, n_taps = table.shape
    *batch, n = weight.shape
    length = n + n_taps - 1
    rest = -length % (n_taps * n_rows) + n_taps - 1

    def parts(x):  # (n_parts, ..., n_rows, n_taps)
        x = xp.pad(x, [(0, 0)] * len(batch) + [(0, rest)])
        return xp.moveaxis(x.reshape(*batch, -1, n_rows, n_taps), -3, 0)

    distance = np.arange(n_taps) - np.arange(n_taps)[:, None]  # of output after input
    shifted = table[:, distance % n_taps]
    matrix = [np.where(distance >= 0, shifted, 0), np.where(distance < 0, shifted, 0)]
    matrix = np.concatenate(matrix, axis=-1).reshape(n_powers * n_taps, 2 * n_taps)
    matrix = xp.asarray(matrix, dtype=weight.dtype)

    def step(late, now):
        powers = [now[0]]
        for _ in range(n_powers - 1):
            powers.append(powers[-1] * now[1])
        y = xp.matmul(xp.concatenate(powers, axis=-1), matrix, precision="highest")
        late = xp.concatenate([late, y[..., n_taps:]], axis=-2)
        return late[..., -1:, :], y[..., :n_taps] + late[..., :-1, :]

    late = xp.zeros((*batch, 1, n_taps), dtype=weight.dtype)
    _, y = scan(step, late, (parts(weight), parts(fraction - 0.5)), axis=0)
    return xp.moveaxis(y, 0, -3).reshape(*batch, -1)[..., :length]


def _scattered(weight, fraction, table):
    n_powers, n_taps = table.shape
    rows = weight.reshape(-1, weight.shape[-1])
    row, m = np.nonzero(rows)
    weights = rows[row, m]
    u = np.broadcast_to(fraction, weight.shape).reshape(rows.shape)[row, m] - 0.5
    basis = np.vander(u, n_powers, increasing=True) * weights[:, None]
    values = basis.astype(weight.dtype) @ table.astype(weight.dtype)
    length = rows.shape[-1] + n_taps - 1
    y = np.zeros(len(rows) * length, dtype=weight.dtype)
    for j in range(n_taps):  # within one tap no place occurs twice
        y[row * length + m + j] += values[:, j]
    return y.reshape(*weight.shape[:-1], length)


def scatter_rows(rows, begins, n_samples):
    """Add rows (..., n_rows, length) into silence, each from its own sample on.

    begins are integers, (n_rows,), 0 at least; what reaches beyond the end is lost.
    """
    xp = array_namespace(rows, begins)
    *batch, n_rows, length = rows.shape
    if xp is np:
        y = np.zeros((*batch, n_samples + length), dtype=rows.dtype)
        for k, begin in enumerate(np.minimum(begins, n_samples)):
            y[..., begin : begin + length] += rows[..., k, :]
    else:
        place = xp.minimum(begins, n_samples)[:, None] + np.arange(length)
        y = xp.zeros((*batch, n_samples + length), dtype=rows.dtype)
        y = y.at[..., place].add(rows)
    return y[..., :n_samples]
