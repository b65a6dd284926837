"""Envelopes: how a level moves in time, while a key is held and after it.

Every segment is a ramp from 0 to 1 that a curvature bends; an envelope adds ramps, each
multiplied by the step in level that it makes. Times are arrays or numbers, and so a
whole chord is one call, and a gradient finds the attack of a recorded note.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_values, integer, positive, require
from dsplab._array import array_namespace, in_blocks, is_array, is_traced

STRAIGHT = 3e-3  # curvature below which a bend is taken from its series


def adsr(
    held,
    length,
    sample_rate,
    *,
    attack=0.01,
    decay=0.1,
    sustain=0.7,
    release=0.2,
    delay=0.0,
    hold=0.0,
    attack_curve=1.0,
    decay_curve=4.0,
    release_curve=4.0,
):
    """Shape a note: it rises, falls to the sustain level, and ends after the key.

    The envelope waits for `delay`, rises to 1 in `attack`, stays there for `hold`,
    falls to `sustain` in `decay` and stays until the key is let go. Then it falls to 0
    in `release` from wherever it is, even half-way up the attack:

        y(t) = level(min(t, held)) (1 - ramp(t - held, release)),
        level(t) = ramp(t - delay, attack)
                   (1 - (1 - sustain) ramp(t - delay - attack - hold, decay))

    Args:
      held: seconds for which the key is down, a number or an array (...,). The first
        array among the arguments decides library and dtype.
      length: samples of the envelope, release included.
      sample_rate: Hz.
      attack, decay, release: seconds, numbers or arrays that broadcast with held. 0
        jumps, which clicks; 0.002 does not.
      sustain: level while the key is held, 0 to 1.
      delay: seconds before the attack.
      hold: seconds at the top, between attack and decay.
      attack_curve, decay_curve, release_curve: 0 is a straight line; above 0 a segment
        moves quickly first, as a capacitor that charges (4 is an analogue envelope,
        6.9 a fall by 60 dB); below 0 slowly first (see `ramp`).

    Returns:
      Envelope between 0 and 1, shape (..., length).

    Raises:
      ValueError: if a time is negative, or sustain is outside 0..1.

    >>> times = dict(attack=0.2, decay=0.2, sustain=0.5, release=0.2)
    >>> straight = dict(attack_curve=0, decay_curve=0, release_curve=0)
    >>> adsr(0.5, 8, 10, **times, **straight).tolist()
    [0.0, 0.5, 1.0, 0.75, 0.5, 0.5, 0.25, 0.0]
    """
    times = {"held": held, "delay": delay, "attack": attack, "hold": hold}
    times |= {"decay": decay, "release": release}
    xp, n, columns = _prepare(length, **times, sustain=sustain)
    for name, column in columns.items():
        require(column >= 0.0, f"{name} must be at least 0")
    sustain = columns.pop("sustain")
    require(sustain <= 1.0, "sustain must be at most 1")
    # in samples, which float32 counts exactly for minutes
    rate = positive(sample_rate, name="sample_rate")
    held, delay, attack, hold, decay, release = (rate * t for t in columns.values())
    attack_curve = _column(attack_curve, "attack_curve")
    decay_curve = _column(decay_curve, "decay_curve")
    release_curve = _column(release_curve, "release_curve")

    def envelope(n):
        pressed = xp.minimum(n, held) - delay
        level = _ramp(pressed, attack, attack_curve)
        fall = _ramp(pressed - (attack + hold), decay, decay_curve)
        end = _ramp(n - held, release, release_curve)
        return level * (1.0 - (1.0 - sustain) * fall) * (1.0 - end)

    return _in_parts(envelope, n)


def breakpoints(
    held,
    length,
    sample_rate,
    *,
    levels,
    durations,
    curves=0.0,
    sustain=None,
    loop=None,
):
    """Move through any number of levels: the envelope of a drawn line.

    The line starts at levels[0] and reaches levels[k + 1] in durations[k]. Two segments
    of one level are a delay or a hold; a duration of 0 is a jump. While the key is
    held, the line waits at the point `sustain`, or goes round between the two points of
    `loop`; when it is let go, the segments after them follow, the first of them from
    the level that was reached.

    Args:
      held: seconds for which the key is down, a number or an array (...,); without
        sustain and loop it does not matter.
      length: samples of the envelope.
      sample_rate: Hz.
      levels: values at the points, shape (..., n_segments + 1), of any sign.
      durations: seconds of the segments, shape (..., n_segments).
      curves: curvature of each segment (see `ramp`), shape (..., n_segments), or one.
      sustain: index of the point where the line waits; -1 is the last.
      loop: (first, last), indices of two points: at the last one it goes on as at the
        first, without a jump if both have one level.

    Returns:
      Envelope, shape (..., length); after its end it stays at the last level.

    Raises:
      ValueError: if the shapes do not belong together, or a point does not exist.

    >>> y = breakpoints(0.4, 7, 10, levels=[0.0, 1.0, 0.0], durations=[0.2, 0.2],
    ...     sustain=1)
    >>> y.tolist()
    [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0]
    """
    n_segments = _count_segments(levels, durations, curves)
    xp, n, columns = _prepare(length, held=held, levels=levels, durations=durations)
    held, levels, durations = columns.values()
    require(held >= 0.0, "held must be at least 0")
    require(durations >= 0.0, "durations must be at least 0")
    rate = positive(sample_rate, name="sample_rate")
    line = _Line(
        [levels[..., k, :] for k in range(n_segments + 1)],
        [durations[..., k, :] * rate for k in range(n_segments)],
        _split_curves(curves, n_segments),
    )
    if sustain is None and loop is None:
        return _in_parts(lambda n: _follow(line, n), n)
    points = _waiting_points(sustain, loop, n_segments)
    stop, last = held * rate, points[1]
    reached = _follow(line, _place(line, stop, *points))
    rest = _Line([reached, *line.levels[last + 1 :]], *(p[last:] for p in line[1:]))

    def envelope(n):
        pressed = _follow(line, _place(line, xp.minimum(n, stop), *points))
        return xp.where(n < stop, pressed, _follow(rest, n - stop))

    return _in_parts(envelope, n)


def decay(t60, length, sample_rate):
    """Fall exponentially from 1, as everything that is struck: by 60 dB in t60.

        y(t) = 10^(-3 t / t60)

    Args:
      t60: seconds, a number or an array (...,).
      length: samples.
      sample_rate: Hz.

    Returns:
      Envelope, shape (..., length).

    >>> decay(3.0, 3, 1.0).round(6).tolist()
    [1.0, 0.1, 0.01]
    """
    xp, n, columns = _prepare(length, t60=t60)
    require(columns["t60"] > 0.0, "t60 must be positive")
    rate = positive(sample_rate, name="sample_rate")
    return xp.exp(n * (-3.0 * math.log(10.0) / (columns["t60"] * rate)))


def ramp(time, duration, *, curve=0.0):
    """Rise from 0 at time 0 to 1 at time `duration`, straight or bent.

        ramp = (1 - exp(-curve u)) / (1 - exp(-curve)),  u = time / duration in 0..1

    which becomes u itself when the curve goes to 0.

    Args:
      time: any unit, an array; the ramp is 0 before 0 and 1 after `duration`.
      duration: in the unit of time, broadcasts to it; 0 makes a step.
      curve: 0 is straight, above 0 quick first, below 0 slow first; within -80..80.

    Returns:
      Values between 0 and 1, of the shape that time, duration and curve have together.

    >>> ramp(np.array([-1.0, 0.0, 1.0, 2.0, 3.0]), 2.0).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """
    time = as_values(time, name="time")
    duration = as_values(duration, name="duration")
    require(duration >= 0.0, "duration must be at least 0")
    xp = array_namespace(time, duration, curve)
    duration = xp.asarray(duration, dtype=time.dtype)
    return _ramp(xp.asarray(time), duration, _check_curve(curve, "curve"))


def _ramp(time, duration, curve):
    xp = array_namespace(time, duration)
    if not is_traced(time) and not is_traced(duration):  # over, or not begun: quick
        for still, over in ((1.0, time.min() >= duration), (0.0, time.max() < 0.0)):
            if not is_traced(over) and over.all():
                shape = np.broadcast_shapes(time.shape, duration.shape, np.shape(curve))
                return xp.broadcast_to(xp.asarray(still, dtype=time.dtype), shape)
    lasts = duration > 0.0
    u = xp.clip(time / xp.where(lasts, duration, 1.0).astype(time.dtype), 0.0, 1.0)
    if is_traced(lasts) or not lasts.all():  # no time at all: a step
        u = xp.where(lasts, u, (time >= 0.0).astype(time.dtype))
    return _bend(u, curve)


def _bend(u, curve):
    xp = array_namespace(u, curve)
    known = None if is_traced(curve) else np.asarray(curve)
    if known is not None and not known.any():
        return u
    c = xp.asarray(curve, dtype=u.dtype)
    if known is not None and (abs(known) > STRAIGHT).all():
        return (1.0 - xp.exp(-c * u)) / (1.0 - xp.exp(-c))
    return u * _mean_decay(c * u) / _mean_decay(c)


def _mean_decay(z):
    """(1 - exp(-z)) / z, which is 1 at 0: there by its series."""
    xp = array_namespace(z)
    small = xp.abs(z) < STRAIGHT
    divisor = xp.where(small, 1.0, z).astype(z.dtype)
    series = 1.0 - z / 2.0 * (1.0 - z / 3.0 * (1.0 - z / 4.0))
    return xp.where(small, series, -xp.expm1(-divisor) / divisor)


def _in_parts(envelope, n):
    """envelope(n), which NumPy computes a few thousand samples at a time."""
    (y,) = in_blocks(lambda n: (envelope(n[:, 0])[..., None],), n[:, None], size=4096)
    return y[..., 0]


class _Line(NamedTuple):
    levels: list  # one more than segments, each (..., 1)
    durations: list  # samples
    curves: list


def _follow(line, place):
    """The line's level at a place, in samples from its start, (..., n)."""
    y, start = line.levels[0], 0.0
    steps = zip(line.levels, line.levels[1:], strict=False)
    for (a, b), duration, curve in zip(steps, *line[1:], strict=True):
        y = y + (b - a) * _ramp(place - start, duration, curve)
        start = start + duration
    xp = array_namespace(place, y)
    return xp.broadcast_to(y, xp.broadcast_shapes(y.shape, place.shape))


def _place(line, n, first, last):
    """Where the line is while the key is held: it waits, or goes round."""
    xp = array_namespace(n, *line.durations)
    begin = sum(line.durations[:first], xp.zeros_like(line.durations[0]))
    around = sum(line.durations[first:last], xp.zeros_like(begin))
    if first == last:
        return xp.minimum(n, begin)
    require(around > 0.0, "loop must last longer than 0 seconds")
    return xp.where(n < begin, n, begin + (n - begin) % around)


def _waiting_points(sustain, loop, n_segments):
    """First and last point of the loop; a sustain point is a loop of no length."""
    if sustain is not None and loop is not None:
        raise ValueError("sustain and loop exclude each other, got both")
    name, points = ("sustain", (sustain,)) if loop is None else ("loop", tuple(loop))
    bounds = {"least": -n_segments - 1, "most": n_segments}
    points = [integer(p, name=name, **bounds) % (n_segments + 1) for p in points]
    first, last = points[0], points[-1]
    if loop is not None and (len(points) != 2 or first >= last):
        raise ValueError(f"loop must be (first, last), first < last, got {loop!r}")
    return first, last


def _count_segments(levels, durations, curves):
    n = as_values(durations, name="durations").shape[-1:]
    levels, curves = as_values(levels, name="levels"), as_values(curves, name="curves")
    if not n or levels.shape[-1:] != (n[0] + 1,):
        raise ValueError(
            "levels must have shape (..., n_segments + 1) and durations "
            f"(..., n_segments), got {levels.shape} and {n}"
        )
    if curves.ndim and curves.shape[-1] != n[0]:
        raise ValueError(f"curves must be one or {n[0]}, got shape {curves.shape}")
    return n[0]


def _split_curves(curves, n_segments):
    curves = _check_curve(curves, "curves")
    if not curves.ndim:
        return [curves] * n_segments
    return [curves[..., k, None] for k in range(n_segments)]


def _column(curve, name):
    """A curvature beside the samples; a plain number stays one."""
    curve = _check_curve(curve, name)
    return curve[..., None] if curve.ndim else curve


def _check_curve(curve, name):
    curve = as_values(curve, name=name)
    require(abs(curve) <= 80.0, f"{name} must be within -80..80")
    return curve


def _prepare(length, **values):
    """The library, samples 0..length-1, and the values as (..., 1) of one dtype."""
    arrays = [value for value in values.values() if is_array(value)]
    xp = array_namespace(*arrays)
    dtypes = [a.dtype for a in arrays if array_namespace(a) is xp]
    dtype = xp.result_type(dtypes[0] if dtypes else float, xp.float32)
    values = {name: as_values(value, name=name) for name, value in values.items()}
    columns = {k: xp.asarray(v, dtype=dtype)[..., None] for k, v in values.items()}
    return xp, xp.arange(integer(length, name="length"), dtype=dtype), columns
