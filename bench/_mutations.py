"""Damaged files: what the fuzzer feeds the parsers, a pure function of a number."""

import random

NUMBERS = (
    0,
    1,
    2,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
LARGE_EVERY = 1000  # one file of so many is a large one


def mutation(seeds, words, number, *, most):
    """Return one damaged file.

    Args:
      seeds: (small, large), lists of good files.
      words: bytes that mean something in the format.
      number: which one; the same number gives the same file.
      most: its greatest length in bytes.
    """
    draw = random.Random(number)
    large = number % LARGE_EVERY == LARGE_EVERY - 1
    small, huge = seeds
    data = bytearray(draw.choice(huge if large else small))
    for _ in range(draw.choice((1, 1, 2, 3, 4, 8, 16))):
        if data:
            draw.choice(CHANGES)(data, draw, words, small)
            del data[most:]
    return bytes(data)


def _place(data, draw):
    """A position; half of the time among the first or the last bytes."""
    end = len(data)
    if draw.random() < 0.5:
        return draw.randrange(end)
    near = draw.randrange(min(end, 64))
    return near if draw.random() < 0.5 else end - 1 - near


def _span(data, draw):
    start = _place(data, draw)
    return start, min(len(data), start + draw.choice((1, 2, 4, 10, 38, 46, 200, 5000)))


def _flip(data, draw, words, seeds):
    data[_place(data, draw)] ^= 1 << draw.randrange(8)


def _byte(data, draw, words, seeds):
    data[_place(data, draw)] = draw.choice((0, 1, 127, 128, 255, draw.randrange(256)))


def _number(data, draw, words, seeds):
    """A whole number of some width, of either order, at the edge of what fits."""
    size = draw.choice((2, 4, 4, 8))
    value = draw.choice((*NUMBERS, len(data), len(data) - 8, draw.randrange(2**16)))
    order = draw.choice(("little", "big"))
    start = _place(data, draw)
    data[start : start + size] = (value % 2 ** (8 * size)).to_bytes(size, order)


def _nudge(data, draw, words, seeds):
    """A number that is there, one or two more or less."""
    start = _place(data, draw) & ~1
    old = int.from_bytes(data[start : start + 2], "little")
    step = draw.choice((-2, -1, 1, 2))
    data[start : start + 2] = ((old + step) % 65536).to_bytes(2, "little")


def _cut(data, draw, words, seeds):
    del data[_place(data, draw) :]


def _remove(data, draw, words, seeds):
    start, end = _span(data, draw)
    del data[start:end]


def _repeat(data, draw, words, seeds):
    start, end = _span(data, draw)
    data[start:start] = data[start:end] * draw.choice((1, 2, 50))


def _swap(data, draw, words, seeds):
    (a, b), (c, d) = sorted((_span(data, draw), _span(data, draw)))
    if b <= c:
        data[a:d] = data[c:d] + data[b:c] + data[a:b]


def _noise(data, draw, words, seeds):
    start, end = _span(data, draw)
    data[start:end] = draw.randbytes(end - start)


def _word(data, draw, words, seeds):
    start, word = _place(data, draw), draw.choice(words)
    data[start : start + len(word) * draw.randrange(2)] = word


def _splice(data, draw, words, seeds):
    other = draw.choice(seeds)
    start, end = _span(other, draw)
    data[_place(data, draw) :] = other[start:] if draw.random() < 0.5 else other[:end]


CHANGES = (_flip, _byte, _byte, _number, _number, _nudge, _nudge, _cut, _remove)
CHANGES += (_repeat, _swap, _noise, _word, _word, _splice)
