"""Sorting networks: which pairs to compare, in order, to sort n values or find one."""


def sorting_network(n):
    """Comparisons (i, j), i < j, that sort any n values: Batcher's merge exchange.

    After each the smaller value stands at i and the larger one at j (Knuth, The Art of
    Computer Programming, vol. 3, algorithm 5.2.2M).

    >>> sorting_network(3)
    [(0, 2), (0, 1), (1, 2)]
    """
    pairs = []
    top = 1 << max((n - 1).bit_length() - 1, 0)
    p = top
    while p > 0:
        q, r, d = top, 0, p
        while d > 0:
            pairs += [(i, i + d) for i in range(n - d) if i & p == r]
            d, q, r = q - p if q != p else 0, q >> 1, p
        p >>= 1
    return pairs


def selection_network(n, rank):
    """The part of the sorting network that decides which value comes at place `rank`.

    Returns:
      List of (i, j, keep_smaller, keep_larger): what is still needed of each pair.
    """
    needed, kept = {rank}, []
    for i, j in reversed(sorting_network(n)):
        if i in needed or j in needed:
            kept.append((i, j, i in needed, j in needed))
            needed |= {i, j}
    return kept[::-1]
