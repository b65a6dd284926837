"""Distances between all rows of two sets, a block of rows at a time.

10 000 x 10 000 distances are 800 MB; a block of 512 rows is 41.
"""

import numpy as np

BLOCK = 512  # rows
ROUNDING = 64.0 * np.finfo(np.float64).eps  # of |x|^2 + |y|^2 - 2 x.y


def distance_blocks(x, y, *, block=BLOCK):
    """Walk through the squared distances of the rows of x (n, d) and of y (m, d).

    A distance that is smaller than the rounding error of its calculation is 0, so that
    equal rows are equal.

    Yields:
      slice of rows of x, and squared distances (rows, m).
    """
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    x_squares, y_squares = (x**2).sum(axis=1), (y**2).sum(axis=1)
    for start in range(0, len(x), block):
        rows = slice(start, start + block)
        sums = x_squares[rows, None] + y_squares
        squares = sums - 2.0 * (x[rows] @ y.T)
        squares[squares < ROUNDING * sums] = 0.0
        yield rows, squares


def squared_radii(x, k):
    """Squared distance of each row of x (n, d) to its k-th neighbour in x.

    >>> squared_radii(np.array([[0.0], [1.0], [3.0]]), 1)
    array([1., 1., 4.])
    """
    radii = np.empty(len(x))
    for rows, squares in distance_blocks(x, x):
        n = np.arange(len(squares))
        squares[n, n + rows.start] = 0.0  # oneself, the nearest of all
        radii[rows] = np.partition(squares, k, axis=1)[:, k]
    return radii
