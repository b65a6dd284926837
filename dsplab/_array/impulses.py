"""Short waves at places that lie between the samples, added into a signal."""

import numpy as np

from dsplab._array.library import array_namespace


def place_kernels(weight, fraction, table):
    """Add weight[m] k(j + fraction[m]) at sample m + j, for every m and every tap j.

    The kernel k is a polynomial of fraction - 1/2 between every two of its taps:

        y[m + j] += weight[m] sum_i table[i, j] (fraction[m] - 1/2)^i,  fraction in
        [0, 1].

    Most weights may be zero: NumPy touches only the others. JAX, whose shapes must not
    depend on values, filters the weights by all powers, as products of matrices.

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
    table = xp.asarray(table, dtype=weight.dtype)
    n_powers, n_taps = table.shape
    powers = [weight]
    for _ in range(n_powers - 1):
        powers.append(powers[-1] * (fraction - 0.5))
    n = weight.shape[-1] + n_taps - 1
    n_blocks = -(-n // n_taps) + 1  # of n_taps samples, one of silence before the first
    rest = n_blocks * n_taps - n_taps - weight.shape[-1]
    x = xp.stack(powers, axis=-2)
    x = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(n_taps, rest)])
    x = x.reshape(*x.shape[:-1], n_blocks, n_taps)  # (..., n_powers, n_blocks, n_taps)
    distance = np.arange(n_taps) - np.arange(n_taps)[:, None]  # of output after input
    within = xp.where(distance >= 0, table[:, distance % n_taps], 0.0)
    across = xp.where(distance < 0, table[:, distance % n_taps], 0.0)
    y = xp.einsum("...pbi,pio->...bo", x[..., 1:, :], within)
    y = y + xp.einsum("...pbi,pio->...bo", x[..., :-1, :], across)
    return y.reshape(*y.shape[:-2], -1)[..., :n]


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
