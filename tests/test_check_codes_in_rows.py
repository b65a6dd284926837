"""The exercises of lesson 23: wrong solutions are caught, right ones pass."""

import numpy as np
import scipy.spatial

# ---- residual_codes


def plain(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmin())
        x = x - book[codes[-1]]
    return np.array(codes)


def by_trees(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(scipy.spatial.KDTree(book).query(x)[1])
        x = x - book[codes[-1]]
    return codes


def by_products(x, codebooks):
    """|x - b|^2 is |x|^2 - 2 <x, b> + |b|^2, and the first is the same for all."""
    codes = np.zeros(len(codebooks), int)
    for k, book in enumerate(codebooks):
        codes[k] = np.argmax(book @ x - 0.5 * (book**2).sum(axis=1))
        x = x - book[codes[k]]
    return codes


def from_the_sum_so_far(x, codebooks):
    y, codes = np.zeros_like(x), []
    for book in codebooks:
        codes.append(int(np.argmin(np.linalg.norm(x - (y + book), axis=-1))))
        y = y + book[codes[-1]]
    return codes


def never_subtracts(x, codebooks):
    return [((x - book) ** 2).sum(axis=1).argmin() for book in codebooks]


def farthest(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmax())
        x = x - book[codes[-1]]
    return codes


def largest_product(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(np.argmax(book @ x))
        x = x - book[codes[-1]]
    return codes


def first_number_only(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(np.abs(x[0] - book[:, 0]).argmin())
        x = x - book[codes[-1]]
    return codes


def row_goes_on(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmin())
        x = book[codes[-1]]
    return codes


def added(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmin())
        x = x + book[codes[-1]]
    return codes


def other_way_round(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmin())
        x = book[codes[-1]] - x
    return codes


def positive_rest(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmin())
        x = np.abs(x - book[codes[-1]])
    return codes


def in_place(x, codebooks):
    codes = []
    for book in codebooks:
        codes.append(((x - book) ** 2).sum(axis=1).argmin())
        x -= book[codes[-1]]
    return codes


def one_codebook(x, codebooks):
    return [((x - codebooks[0]) ** 2).sum(axis=1).argmin()]


def rows_not_numbers(x, codebooks):
    return [np.abs(x - book).sum(axis=1).min() for book in codebooks]


def distances_only(x, codebooks):
    return ((x - codebooks) ** 2).sum(axis=-1)


def rest_of_x(x, codebooks):
    """Always takes the row from the first x."""
    codes, rest = [], x
    for book in codebooks:
        codes.append(((rest - book) ** 2).sum(axis=1).argmin())
        rest = x - book[codes[-1]]
    return codes


# ---- delay


def filled(codes, nothing):
    n, length = codes.shape
    y = np.full((n, length + n - 1), nothing)
    for k in range(n):
        y[k, k : k + length] = codes[k]
    return y


def padded(codes, nothing):
    n = len(codes)
    rows = [
        np.pad(row, (k, n - 1 - k), constant_values=nothing)
        for k, row in enumerate(codes)
    ]
    return np.stack(rows)


def rolled(codes, nothing):
    n, length = codes.shape
    wide = np.concatenate([codes, np.full((n, n - 1), nothing)], axis=1)
    return np.stack([np.roll(row, k) for k, row in enumerate(wide)])


def by_a_mask(codes, nothing):
    n, length = codes.shape
    frame = np.arange(length + n - 1) - np.arange(n)[:, None]
    there = (frame >= 0) & (frame < length)
    looked_up = np.take_along_axis(codes, np.clip(frame, 0, length - 1), axis=1)
    return np.where(there, looked_up, nothing)


def no_delay(codes, nothing):
    n, length = codes.shape
    return np.pad(codes, [(0, 0), (0, n - 1)], constant_values=nothing)


def from_the_bottom(codes, nothing):
    return filled(codes[::-1], nothing)[::-1]


def rolled_too_short(codes, nothing):
    return np.stack([np.roll(row, k) for k, row in enumerate(codes)])


def cut_off(codes, nothing):
    return filled(codes, nothing)[:, : codes.shape[1]]


def of_zeros(codes, nothing):
    y = filled(codes, nothing)
    y[y == nothing] = 0
    return y


def one_more(codes, nothing):
    return np.pad(filled(codes, nothing), [(0, 0), (0, 1)], constant_values=nothing)


def all_late(codes, nothing):
    y = filled(codes, nothing)
    return np.roll(y, 1, axis=1) if len(codes) > 1 else y


def wraps(codes, nothing):
    n, length = codes.shape
    wide = np.concatenate([codes, codes[:, : n - 1]], axis=1)
    wide = np.pad(wide, [(0, 0), (0, max(0, length + n - 1 - wide.shape[1]))])
    return np.stack([np.roll(row, k) for k, row in enumerate(wide)])


def backwards(codes, nothing):
    return filled(codes[:, ::-1], nothing)


def turned(codes, nothing):
    return filled(codes, nothing).T


def repeats_the_last(codes, nothing):
    n = len(codes)
    rows = [
        np.concatenate([np.full(k, nothing), row, np.full(n - 1 - k, row[-1])])
        for k, row in enumerate(codes)
    ]
    return np.stack(rows)


RIGHT = {
    "residual_codes": [plain, by_trees, by_products, from_the_sum_so_far],
    "delay": [filled, padded, rolled, by_a_mask],
}
WRONG = {
    "residual_codes": [
        (never_subtracts, "take its chosen row away"),
        (farthest, "np.argmin, not"),
        (largest_product, "long rows would win"),
        (first_number_only, "not the first number alone"),
        (row_goes_on, "neither x itself nor the row"),
        (added, "what all the rows before leave over"),
        (other_way_round, "take its chosen row away"),
        (positive_rest, "made positive"),
        (in_place, "work on a copy"),
        (one_codebook, "too few"),
        (rows_not_numbers, "number of a row"),
        (distances_only, "expected"),
        (rest_of_x, "what all the rows before leave over"),
    ],
    "delay": [
        (no_delay, "row k by k"),
        (from_the_bottom, "Row 0 is not delayed"),
        (rolled_too_short, "too few"),
        (cut_off, "too few"),
        (of_zeros, "Zero is a code like any other"),
        (one_more, "too many"),
        (all_late, "Row 0 is not delayed"),
        (wraps, "Fill the whole array"),
        (backwards, "keep their order"),
        (turned, "wrong way round"),
        (repeats_the_last, "the last one repeated"),
    ],
}
