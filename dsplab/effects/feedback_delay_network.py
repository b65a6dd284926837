"""A room of delay lines that all feed each other, with the decay you ask for.

What comes out of N lines is mixed by a matrix that keeps its energy and put in again.
Filters in front of the matrix take away just so much that each frequency loses 60 dB in
the time that was ordered.
"""

import numpy as np

from dsplab._arguments import (
    as_curves,
    as_values,
    integer,
    one_of,
    positive,
    require,
)
from dsplab._array import array_namespace, in_loop, is_traced, lfilter_rows, line_ends
from dsplab.effects._settings import LONGEST, channels, dry_wet, ring
from dsplab.effects.delays import late
from dsplab.filters.design import first_order, series

SHORTEST, LONGEST_LINE = 0.031, 0.079  # seconds of the lines, for size 1
MATRICES = ("householder", "hadamard")
PRESETS = {
    "room": {"decay": 0.5, "decay_high": 0.3, "size": 0.4, "mix": 0.25},
    "hall": {"decay": 2.2, "decay_low": 2.8, "decay_high": 1.0, "pre_delay": 0.02},
    "plate": {"decay": 1.8, "decay_low": 1.2, "decay_high": 1.5, "size": 0.3},
    "cathedral": {"decay": 5.5, "decay_low": 7.0, "decay_high": 1.8, "size": 1.6,
                  "pre_delay": 0.04},
    "frozen": {"decay": 60.0, "mix": 0.5, "tail": 10.0},
}  # fmt: skip


def feedback_delay_network(
    x,
    sample_rate,
    *,
    decay=2.0,
    decay_low=None,
    decay_high=None,
    low=250.0,
    high=4000.0,
    size=1.0,
    mix=0.3,
    pre_delay=0.0,
    n_lines=8,
    matrix="householder",
    tail=None,
):
    """Let a sound ring in a room whose decay you order for lows, middle and highs.

        s_i[n] = F_i(w_i[n - D_i]),   w[n] = B x[n] + A s[n],   wet[n] = C s[n]

    A is orthogonal: without the filters F the energy would go round for ever. F_i loses
    60 D_i / (T60 sample_rate) dB, so that all lines, short and long, decay at the same
    pace; where T60 differs between the bands, F_i has two first-order shelves. The
    channels put their sound in, and take it out, with signs that are orthogonal: every
    pair of channels is uncorrelated. White noise keeps its level.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      decay: seconds until the middle is 60 dB down (T60).
      decay_low, decay_high: the same far below `low` and far above `high`; None as
        decay. At `low` itself the loss in dB is half-way between both. The decay at any
        frequency: `decay_times`.
      low, high: Hz; where the bands meet.
      size: 1 is a hall with lines of 31 to 79 ms; 0.3 a small room.
      mix: share of the room, 0 to 1; a number or a curve.
      pre_delay: seconds before the room answers.
      n_lines: 4, 8 or 16; more are denser.
      matrix: "householder" or "hadamard", which mixes more.
      tail: seconds to go on after x; None until the slowest band is 60 dB down.

    Returns:
      Signal, (..., n_samples and the tail).

    Raises:
      ValueError: if an argument is out of range.

    Reference:
      J.-M. Jot and A. Chaigne, "Digital delay networks for designing artificial
      reverberators", 1991. Shelves in three bands and the level are ours.

    >>> feedback_delay_network(np.ones(100), 8000, decay=0.5).shape
    (4100,)
    """
    x, mix = as_curves(x, mix=mix)
    rate = positive(sample_rate, name="sample_rate")
    lengths = line_lengths(rate, size=size, n_lines=n_lines)
    decays = _decays(x, decay_low, decay, decay_high)
    xp = array_namespace(x, *(d for d in decays if d is not None))
    x = xp.asarray(x)
    before = positive(pre_delay, name="pre_delay", allow_zero=True)
    seconds = _tail(tail, decays, before)
    long = late(ring(x, seconds, rate), round(before * rate))
    b, a = absorption(lengths, decays, rate, low=low, high=high)
    turn = mixing_matrix(n_lines, matrix=matrix)
    wet = _network(channels(long), lengths, b, a, turn)
    lost = 6.0 * float(np.log(10.0) * np.mean(lengths)) / (decays[1] * rate)
    level = xp.sqrt(len(lengths) / wet.shape[-2] * xp.expm1(lost))
    return dry_wet(x, (level * wet).reshape(long.shape), mix)


def _network(x, lengths, b, a, turn):
    """C s of the lines, (..., n_channels, n_samples), from B x."""
    xp, n_lines, n_channels = array_namespace(x), len(lengths), x.shape[-2]
    turn = xp.asarray(turn, dtype=x.dtype)
    signs = mixing_matrix(n_lines, matrix="hadamard")
    order = np.arange(2 * n_channels) % n_lines
    enter, leave = signs[order[:n_channels]].T, signs[order[n_channels:]]
    enter, leave = (xp.asarray(m.copy(), dtype=x.dtype) for m in (enter, leave))
    matrix = xp.concatenate([turn, leave])  # (n_lines + n_channels, n_lines)
    matrix = matrix * b[0] if len(b) == 1 else matrix
    shape, block = (*x.shape[:-2], n_lines), min(lengths)

    def step(state, past, x):
        ends = line_ends(past, lengths, block)
        if len(b) > 1:
            ends, state = lfilter_rows(b, a, ends, state)
        both = matrix @ ends
        return state, enter @ x + both[..., :n_lines, :], both[..., n_lines:, :]

    state = xp.zeros((b.shape[0] - 1, *shape), dtype=x.dtype)
    return in_loop(step, state, x, block=block, memory=max(lengths), shape=shape)


def line_lengths(sample_rate, *, size=1.0, n_lines=8):
    """Lengths of the lines in samples: primes, evenly spread on a logarithmic scale.

    Primes share no beat, so that the echoes of different lines never fall together.

    >>> line_lengths(1000, n_lines=4)
    [31, 43, 59, 79]
    """
    n_lines = one_of(integer(n_lines, name="n_lines"), (4, 8, 16), name="n_lines")
    size, rate = positive(size, name="size"), positive(sample_rate, name="sample_rate")
    seconds = size * np.geomspace(SHORTEST, LONGEST_LINE, n_lines)
    lengths = []
    for length in np.round(seconds * rate).astype(int):
        length = max(2, length)
        while length in lengths or not _is_prime(length):
            length += 1
        lengths.append(int(length))
    return lengths


def _is_prime(n):
    return n > 1 and all(n % k for k in range(2, int(n**0.5) + 1))


def mixing_matrix(n_lines, *, matrix="householder"):
    """An orthogonal matrix, (n_lines, n_lines): it moves energy and loses none.

    Householder's, I - (2 / N) 1 1^T, sends each line mostly back into itself; that of
    Hadamard, all +-1 / sqrt(N), into all lines alike.

    >>> mixing_matrix(2, matrix="hadamard").round(2).tolist()
    [[0.71, 0.71], [0.71, -0.71]]
    """
    one_of(matrix, MATRICES, name="matrix")
    n_lines = integer(n_lines, name="n_lines")
    if matrix == "householder":
        return np.eye(n_lines) - 2.0 / n_lines
    if n_lines & (n_lines - 1):
        raise ValueError(f"n_lines must be a power of two, got {n_lines}")
    signs = np.ones((1, 1))
    while len(signs) < n_lines:
        signs = np.block([[signs, signs], [signs, -signs]])
    return signs / np.sqrt(n_lines)


def absorption(lengths, decays, sample_rate, *, low=250.0, high=4000.0):
    """Filters that make lines of different lengths decay at the same pace.

    Args:
      lengths: samples, one for each line.
      decays: T60 in seconds of lows, middle and highs; None where as the middle.
      sample_rate: Hz.
      low, high: Hz, where the bands meet.

    Returns:
      b and a, (order + 1, n_lines) each: a gain, and a shelf for each band that
      differs.
    """
    rate = positive(sample_rate, name="sample_rate")
    xp = array_namespace(*(d for d in decays if d is not None))
    middle = xp.asarray(as_values(decays[1], name="decays"))
    lengths = xp.asarray(np.asarray(lengths), dtype=middle.dtype)

    def loss(decay):
        return 10.0 ** (-3.0 * lengths / (decay * rate))

    filters = [(loss(middle)[:, None], xp.ones_like(lengths)[:, None])]
    for kind, cutoff, decay in (
        ("lowshelf", positive(low, name="low"), decays[0]),
        ("highshelf", positive(high, name="high"), decays[2]),
    ):
        if decay is not None:
            gain_db = 20.0 * xp.log10(loss(decay) / loss(middle))
            cutoff = xp.asarray(min(cutoff, 0.49 * rate), dtype=middle.dtype)
            filters.append(first_order(kind, cutoff, rate, gain_db=gain_db))
    b, a = series(*filters)
    return xp.asarray(b.T, dtype=middle.dtype), xp.asarray(a.T, dtype=middle.dtype)


def decay_times(
    frequency,
    sample_rate,
    *,
    decay=2.0,
    decay_low=None,
    decay_high=None,
    low=250.0,
    high=4000.0,
    size=1.0,
    n_lines=8,
):
    """T60 in seconds at frequencies in Hz, as the filters of the network make it.

        T60 = -60 sum_i D_i / (sample_rate sum_i 20 log10 |F_i|)

    Args:
      frequency: Hz, any shape.
      sample_rate: Hz.
      decay, decay_low, decay_high, low, high, size, n_lines: those of
        `feedback_delay_network`.

    Returns:
      Seconds, shaped like frequency.

    >>> float(decay_times(1000.0, 44100, decay=1.5).round(6))
    1.5
    """
    frequency = as_values(frequency, name="frequency")
    rate = positive(sample_rate, name="sample_rate")
    lengths = line_lengths(rate, size=size, n_lines=n_lines)
    decays = _decays(frequency, decay_low, decay, decay_high)
    b, a = absorption(lengths, decays, rate, low=low, high=high)
    xp = array_namespace(frequency, b)
    z = xp.exp(-2j * np.pi * xp.asarray(frequency)[..., None] / rate)
    over = sum(c * z**k for k, c in enumerate(b))
    h = over / sum(c * z**k for k, c in enumerate(a))
    per_round = 20.0 * xp.log10(xp.abs(h)).sum(axis=-1)
    return -60.0 * float(np.sum(lengths)) / (rate * per_round)


def _decays(like, low, middle, high):
    """The T60s of lows, middle and highs in the dtype of `like`, or None."""
    decays = []
    for name, value in (("decay_low", low), ("decay", middle), ("decay_high", high)):
        if value is not None:
            value = as_values(value, name=name)
            if value.ndim:
                raise ValueError(f"{name} must be a number of seconds")
            xp = array_namespace(like, value)
            value = xp.asarray(value, dtype=like.dtype)
            require(value > 0.0, f"{name} must be positive")
        decays.append(value)
    return decays


def _tail(tail, decays, before):
    if tail is not None:
        return positive(tail, name="tail", allow_zero=True)
    given = [decay for decay in decays if decay is not None]
    if any(is_traced(decay) for decay in given):
        raise ValueError("tail must be given in seconds where decay is traced")
    return before + min(max(float(decay) for decay in given), LONGEST)
