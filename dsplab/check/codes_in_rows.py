"""Exercises of lesson 23: residual vector quantisation, and codes written in rows."""

import numpy as np

from dsplab.check.comparing import agree, same_shape
from dsplab.check.exercise import exercise
from dsplab.check.trial import Wrong

residual_codes = exercise(
    "residual_codes",
    "residual_codes(x, codebooks)",
    "codes of one vector x (d,): the first is the number of the row of codebooks[0] "
    "that is nearest to x (least squared distance), the second that of the row of "
    "codebooks[1] nearest to what the first row leaves over, and so on; integers, one "
    "for each of the codebooks, which are an array (n, rows, d)",
)
delay = exercise(
    "delay",
    "delay(codes, nothing)",
    "the delay pattern of codes (n, T): an array (n, T + n - 1) in whose row k the "
    "codes of row k stand k places later, and `nothing` wherever there is no code",
)


def _books(n, rows, d, seed):
    rng = np.random.default_rng([n, rows, d, seed])
    scale = 0.5 ** np.arange(n)[:, None, None]
    return scale * rng.standard_normal((n, rows, d))


def _codes_of(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(int(np.argmin(((x - book) ** 2).sum(axis=-1))))
        x = x - book[codes[-1]]
    return codes


def _whole(got, n):
    same_shape(got, (n,))
    if got.dtype.kind not in "iu":
        raise Wrong(
            f"Codes are whole numbers, yours are {got.dtype}.",
            "A code is the number of a row, which np.argmin gives, not the row itself.",
        )
    return got


BOOKS = {"n": (1, 2, 3, 4), "rows": (2, 3, 8), "d": (1, 2, 5), "seed": (0, 1, 2)}


@residual_codes.property(
    "one whole number for each codebook",
    "A loop over the codebooks, and in each of them np.argmin over its rows: the sum "
    "of squares is over the last axis.",
    **BOOKS,
)
def _(student, n, rows, d, seed):
    books = _books(n, rows, d, seed)
    codes = _whole(student(np.full(d, 0.3), books), n)
    if codes.min() < 0 or codes.max() >= rows:
        raise Wrong(f"There are rows 0 to {rows - 1}; you gave {codes.tolist()}.")


@residual_codes.property(
    "the first code is the nearest row",
    "The nearest row has the least sum of squared differences. Not the largest product "
    "with x (long rows would win), not the first number alone, and np.argmin, not "
    "np.argmax.",
    **BOOKS,
)
def _(student, n, rows, d, seed):
    books = _books(n, rows, d, seed)
    x = np.random.default_rng(seed).standard_normal(d)
    first, wanted = _whole(student(x, books), n)[0], _codes_of(x, books)[0]
    if first != wanted:
        raise Wrong(f"The first code is {first}, where {wanted} is right.")


@residual_codes.property(
    "each further one is nearest to what is left over",
    "After each codebook take its chosen row away: x = x - row. The next codebook sees "
    "what all the rows before leave over, neither x itself nor the row; and nothing is "
    "scaled or made positive.",
    points=2,
    **BOOKS | {"n": (2, 3, 4)},
)
def _(student, n, rows, d, seed):
    books = _books(n, rows, d, seed)
    x = 2.0 * np.random.default_rng(seed + 9).standard_normal(d)
    got, wanted = _whole(student(x, books), n), _codes_of(x, books)
    if got.tolist() != wanted:
        raise Wrong(f"Your codes are {got.tolist()}, where {wanted} is right.")


def _delayed(codes, nothing):
    n, length = codes.shape
    y = np.full((n, length + n - 1), nothing)
    for k in range(n):
        y[k, k : k + length] = codes[k]
    return y


def _text(n, length):
    return np.arange(n * length).reshape(n, length) % 7 + np.arange(n)[:, None]


SHAPES = {"n": (1, 2, 3, 4), "length": (1, 2, 5, 6), "nothing": (99, -1)}


@delay.property(
    "there are n - 1 more columns",
    "The last row ends n - 1 columns after the first: T + n - 1 columns in all, for "
    "every row.",
    **SHAPES,
)
def _(student, n, length, nothing):
    same_shape(student(_text(n, length), nothing), (n, length + n - 1))


@delay.property(
    "no code is lost",
    "Every code is in the result once; np.roll on a row of T columns moves the last "
    "ones to the front, and a slice that is too short cuts them off.",
    **SHAPES,
)
def _(student, n, length, nothing):
    codes = _text(n, length)
    y = student(codes, nothing)
    same_shape(y, (n, length + n - 1))
    for k in range(n):
        if not np.isin(codes[k], y[k]).all():
            raise Wrong(f"Row {k} was {codes[k].tolist()}, and is {y[k].tolist()}.")


@delay.property(
    "row k begins k columns late",
    "Row 0 is not delayed, row 1 by one column, row k by k: y[k, k : k + T] = "
    "codes[k]. Time runs on: within a row the codes keep their order.",
    points=2,
    **SHAPES,
)
def _(student, n, length, nothing):
    codes = _text(n, length)
    y = student(codes, nothing)
    same_shape(y, (n, length + n - 1))
    for k in range(n):
        if not np.array_equal(y[k, k : k + length], codes[k]):
            raise Wrong(f"Row {k} was {codes[k].tolist()}, and is {y[k].tolist()}.")


@delay.property(
    "everywhere else there is nothing",
    "Fill the whole array with `nothing` first, before and after the codes: np.full. "
    "Zero is a code like any other, and so is the last one repeated.",
    **SHAPES,
)
def _(student, n, length, nothing):
    codes = _text(n, length)
    agree(student(codes, nothing), _delayed(codes, nothing))
