"""Echoes: one, many, in time with the music, from side to side.

Effects that ring on make the sound longer: by default until the echoes have fallen by
60 dB, or by `tail` seconds (0 keeps the length). dry and wet are mixed linearly, (1 -
mix) dry + mix wet, so that mix = 0 gives back the input, bit for bit.
"""

import numpy as np

from dsplab._arguments import as_curves, as_signal, as_values, positive, require
from dsplab._array import array_namespace, in_loop, is_traced, lfilter_rows, line_ends
from dsplab.effects._moving_line import moving_line
from dsplab.effects._settings import (
    channels,
    channels_of,
    dry_wet,
    held,
    ring,
    tail_seconds,
)
from dsplab.effects.mixing import pan_gains
from dsplab.filters.design import first_order, series

PRESETS = {
    "slapback": {"time": 0.11, "feedback": 0.0, "mix": 0.35},
    "echo": {"time": 0.375, "feedback": 0.45, "mix": 0.35},
    "tape": {
        "time": 0.32, "feedback": 0.6, "damping": 2500.0, "low_cut": 150.0, "mix": 0.4,
    },
    "canyon": {"time": 0.7, "feedback": 0.65, "damping": 1800.0, "mix": 0.4},
}  # fmt: skip


def delay(
    x,
    sample_rate,
    *,
    time=0.375,
    feedback=0.45,
    mix=0.35,
    damping=None,
    low_cut=None,
    ping_pong=False,
    tail=None,
):
    """Repeat a sound like a canyon or a tape: once, or again and again, ever softer.

    A line holds the last D samples. What comes out of it is heard and, weaker, put in
    again; filters on that way make each repeat darker or thinner than the one before:

        w[n] = x[n] + feedback F(w[n - D]),    wet[n] = w[n - D]

    With ping_pong there are two lines that feed each other: the repeats of both
    channels' mean come from the left, from the right, from the left ...

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      time: seconds between repeats: a number, rounded to samples (in time with the
        music: sources.rhythm.note_seconds("1/8.", tempo)), or a curve, read between
        the samples, which moves the pitch of the repeats like a tape that is slowed.
      feedback: how much of each repeat is repeated, in (-1, 1); a number or a curve.
      mix: share of the repeats, 0 to 1; a number or a curve.
      damping: Hz; each repeat loses what is above (6 dB an octave).
      low_cut: Hz; each repeat loses what is below.
      ping_pong: whether repeats alternate between the two channels of x.
      tail: seconds to go on after x; None until the repeats are 60 dB down.

    Returns:
      Signal, (..., n_samples and the tail).

    Raises:
      ValueError: if x does not have two channels for ping_pong; if tail is None and
        feedback 1 or more.

    >>> delay(np.array([1.0, 0.0, 0.0]), 2, time=1.0, mix=1.0, tail=1.5).tolist()
    [0.0, 0.0, 1.0, 0.0, 0.45, 0.0]
    """
    x = as_signal(x)
    channels_of(x, exactly=2 if ping_pong else None, why="for ping_pong")
    rate = positive(sample_rate, name="sample_rate")
    moving = np.ndim(time) > 0
    longest = _greatest(time) if moving else positive(time, name="time")
    x, feedback, mix = as_curves(x, feedback=feedback, mix=mix)
    long = ring(x, tail_seconds(tail, longest, feedback), rate)
    v = channels(long)
    lowpass = _loop_filter(v, damping, low_cut, rate)
    if ping_pong:
        v = _first_line_only(v.mean(axis=-2, keepdims=True))
    gain = held(feedback, v.shape[-1])
    if moving:
        samples = rate * held(as_curves(x, time=time)[1], v.shape[-1])
        wet = _moving_echoes(v, gain, samples, rate * longest, lowpass, ping_pong)
    else:
        length = max(1, round(rate * longest))
        wet = _echoes(v, gain, length, lowpass, ping_pong)
    return dry_wet(x, wet.reshape(long.shape), mix)


def _greatest(time):
    """The greatest value of a curve, which must be known and positive."""
    if is_traced(time):
        raise ValueError("time must not be traced: it decides how long a line is")
    time = as_values(time, name="time")
    require(time > 0.0, "time must be positive")
    return float(time.max())


def _first_line_only(v):
    xp = array_namespace(v)
    return xp.concatenate([v, xp.zeros_like(v)], axis=-2)


def _echoes(v, gain, length, lowpass, cross):
    """The ends of one line a channel, fed by v and by themselves (or each other)."""
    state, back = _way_back(v, lowpass, cross)
    xp = array_namespace(v, gain, *lowpass)
    v, gain = xp.asarray(v), xp.broadcast_to(gain, v.shape)

    def step(state, past, v, gain):
        ends = line_ends(past, (length,) * v.shape[-2], length)
        fed, state = back(ends, state)
        return state, v + gain * fed, ends

    options = {"block": length, "memory": length, "shape": v.shape[:-1]}
    return in_loop(step, state, (v, gain), **options)


def _moving_echoes(v, gain, samples, longest, lowpass, cross):
    """The same where the lines change their length, in samples, all the time."""
    state, back = _way_back(v, lowpass, cross)
    options = {"filter_back": back, "state": state, "longest": longest}
    return moving_line(v, samples, gain, **options)


def _way_back(v, lowpass, cross):
    """What lies between the ends of the lines and their beginnings: a filter's state,
    and a function of ends and state that returns the same.
    """
    xp, (b, a) = array_namespace(v, *lowpass), lowpass
    state = xp.zeros((b.shape[0] - 1, *v.shape[:-1]), dtype=v.dtype)

    def back(ends, state):
        if len(b) > 1:
            ends, state = lfilter_rows(b, a, ends, state)
        return (ends[..., ::-1, :] if cross else ends), state

    return state, back


def _loop_filter(x, damping, low_cut, sample_rate):
    """b and a, (order + 1, 1), of a first-order low- and highpass in a row."""
    given = [("lowpass", "damping", damping), ("highpass", "low_cut", low_cut)]
    b = a = array_namespace(x).ones(1, dtype=x.dtype)
    for kind, name, cutoff in given:
        if cutoff is not None:
            cutoff = as_curves(x.reshape(-1)[:1], **{name: cutoff})[1]
            b, a = series((b, a), first_order(kind, cutoff, sample_rate))
    return b[:, None], a[:, None]


def multi_tap(x, sample_rate, *, times, gains, pans=None, mix=0.5, tail=None):
    """Repeat a sound at moments of your choice, each as loud and where you like.

        wet[n] = sum_k gains[k] x[n - times[k]]

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      times: seconds, one for each repeat, rounded to samples.
      gains: one for each repeat.
      pans: where each repeat comes from, -1 (left) to 1 (right), made of the mean of
        both channels; None keeps each channel by itself.
      mix: share of the repeats, 0 to 1; a number or a curve.
      tail: seconds to go on after x; None until the last repeat has ended.

    Returns:
      Signal, (..., n_samples and the tail).

    Raises:
      ValueError: if times, gains and pans are not equally many, or x does not have two
        channels for pans.

    >>> y = multi_tap(np.ones(1), 10, times=[0.1, 0.3], gains=[0.5, 0.25], mix=1.0)
    >>> y.tolist()
    [0.0, 0.5, 0.0, 0.25]
    """
    x, mix = as_curves(x, mix=mix)
    rate = positive(sample_rate, name="sample_rate")
    xp, dtype = array_namespace(x), x.dtype
    times = [positive(time, name="times", allow_zero=True) for time in times]
    _, gains = as_curves(xp.zeros(len(times), dtype), gains=gains)
    gains = xp.broadcast_to(gains, (len(times),))[:, None]  # (n_taps, 1)
    v = channels(x)
    if pans is not None:
        channels_of(x, exactly=2, why="for pans")
        _, pans = as_curves(xp.zeros(len(times), dtype), pans=pans)
        gains = gains * xp.stack(pan_gains(pans), axis=-1)  # (n_taps, 2)
        v = xp.broadcast_to(v.mean(axis=-2, keepdims=True), v.shape)
    starts = [round(time * rate) for time in times]
    more = max(starts) / sample_rate if tail is None else tail
    long = ring(v, positive(more, name="tail", allow_zero=True), sample_rate)
    wet = sum(
        gain[:, None] * late(long, start)
        for gain, start in zip(gains, starts, strict=True)
    )
    return dry_wet(x, wet.reshape(*x.shape[:-1], -1), mix)


def late(x, length):
    """x, `length` samples later, and as long as before."""
    xp, n = array_namespace(x), x.shape[-1]
    return xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(length, 0)])[..., :n]
