"""Phase: where in its cycle an oscillator is, and where the cycles begin."""

from dsplab._arguments import as_signal, as_values, positive
from dsplab._array import array_namespace, wrapped_cumsum


def phase(frequency, sample_rate, *, start=0.0):
    """Integrate a frequency curve to the phase of an oscillator, in cycles.

        phase[n] = start + sum_{m < n} frequency[m] / sample_rate   (mod 1)

    Args:
      frequency: Hz at every sample, shape (..., n_samples); may be negative.
      sample_rate: Hz.
      start: phase of the first sample, in cycles; a number, or an array that
        broadcasts to the frequency (a curve shifts the phase at every sample).

    Returns:
      Phase in [0, 1), shape (..., n_samples), precise in float32 for any length.

    >>> phase(np.full(4, 2.0), 8.0).tolist()
    [0.0, 0.25, 0.5, 0.75]
    """
    frequency = as_signal(frequency, name="frequency")
    positive(sample_rate, name="sample_rate")
    start = as_values(start, name="start")
    xp = array_namespace(frequency, start)
    start = xp.asarray(start, dtype=frequency.dtype)
    before = xp.concatenate(
        [xp.zeros_like(frequency[..., :1]), frequency[..., :-1]], axis=-1
    )
    turns = wrapped_cumsum(before, period=sample_rate) + start
    return fractional_part(turns)


def fractional_part(x):
    """x - floor(x), always below 1 (of a tiny negative number it would round to 1)."""
    xp = array_namespace(x)
    p = x - xp.floor(x)
    return xp.where(p < 1.0, p, xp.zeros_like(p))


def phase_step(frequency, sample_rate):
    """Cycles from the sample before to this one: what `phase` adds, (..., n_samples).

    Before the first sample the oscillator is taken to have run as at the first.
    """
    xp = array_namespace(frequency)
    before = xp.concatenate([frequency[..., :1], frequency[..., :-1]], axis=-1)
    return before / sample_rate


def wraps(p, step):
    """Where a phase passes a whole cycle, from which side, and how long ago.

    Args:
      p: phase in [0, 1), (..., n_samples).
      step: cycles from the sample before to this one, within -1/2 and 1/2.

    Returns:
      direction: 1 where p went up through 1 since the sample before, -1 where it went
        down through 0, else 0; (..., n_samples). The first sample has none.
      delay: how many samples ago, 0 to 1 (0 where direction is 0).

    >>> direction, delay = wraps(np.array([0.7, 0.1, 0.5]), np.full(3, 0.4))
    >>> direction.tolist(), delay.round(3).tolist()
    ([0.0, 1.0, 0.0], [0.0, 0.25, 0.0])
    """
    xp = array_namespace(p, step)
    last = xp.concatenate([p[..., :1], p[..., :-1]], axis=-1)
    audible = xp.abs(step) < 0.5
    up = audible & (step > 0) & (p < last)
    down = audible & (step < 0) & (p > last)
    passed = up | down
    moved = xp.where(passed, step, xp.ones_like(step))  # no division by zero
    beyond = xp.where(down, p - 1.0, xp.where(up, p, xp.zeros_like(p)))
    return up.astype(p.dtype) - down.astype(p.dtype), xp.clip(beyond / moved, 0.0, 1.0)
