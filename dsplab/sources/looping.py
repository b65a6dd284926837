"""Loops: where a recording of a second can go on for a minute."""

import numpy as np

from dsplab._arguments import as_signal, positive, require_finite

WINDOW_SECONDS = 0.03  # of sound that is compared at both ends of a loop
ENDS = 8  # places tried for the end


def find_loop(x, sample_rate, *, shortest=0.1, first=0.25, last=0.95):
    """Find where a sustained recording may jump back without being noticed.

    For some places near the end, the sound before each is compared with the sound
    before every earlier place, and the pair that is most alike makes the loop:

        likeness(a, b) = <x_a, x_b> / max(<x_a, x_a>, <x_b, x_b>)

    with x_a the samples around a. It is 1 for a sound that repeats, and less also where
    only the level differs.

    Args:
      x: recording, (..., n_samples), NumPy only; channels are compared together.
      sample_rate: Hz.
      shortest: least length of a loop in seconds: below a tenth, it sounds like a
        reed organ.
      first: share of the recording before which no loop begins (the attack).
      last: share after which none ends (the release).

    Returns:
      start, end: in samples, integers; the loop is x[start:end].

    Raises:
      ValueError: if there is no room for a loop.

    >>> x = np.sin(2 * np.pi * 100 * np.arange(8000) / 8000)
    >>> start, end = find_loop(x, 8000)
    >>> (end - start) % 80
    0
    """
    import scipy.signal

    x = np.asarray(as_signal(x), dtype=float)
    positive(sample_rate, name="sample_rate")
    window = max(int(WINDOW_SECONDS * sample_rate), 4)
    rows = require_finite(x).reshape(-1, x.shape[-1])
    n = rows.shape[-1]
    gap = int(positive(shortest, name="shortest") * sample_rate)
    begin, stop = int(first * n), int(last * n) - window
    earliest = begin + gap
    if stop <= earliest:
        raise ValueError(
            f"x must be longer for a loop of {shortest} seconds between {first} and "
            f"{last} of it, got {n} samples"
        )
    energy = np.convolve((rows**2).sum(axis=0), np.ones(window), "valid")
    best = (-np.inf, 0, 0)
    for end in np.unique(np.linspace((earliest + stop) // 2, stop, ENDS).astype(int)):
        template = rows[:, end : end + window]
        part = rows[:, begin : end - gap + window]
        products = scipy.signal.correlate(part, template, "valid", method="fft")[0]
        own = energy[begin : begin + len(products)]
        likeness = products / np.maximum(np.maximum(own, energy[end]), 1e-30)
        place = int(likeness.argmax())
        best = max(best, (float(likeness[place]), begin + place, int(end)))
    return best[1], best[2]
