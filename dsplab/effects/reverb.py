"""Rooms made of combs and allpasses: Schroeder's, and the one everybody has heard.

A room is echoes of echoes, soon too many to be told apart. A comb repeats a sound and
makes it ring; an allpass repeats it without favouring any frequency. dry and wet are
mixed linearly, and the sound goes on until its reverberation is 60 dB down (`tail`).
"""

import numpy as np

from dsplab._arguments import as_curves, integer, positive
from dsplab._array import (
    array_namespace,
    in_loop,
    lfilter_rows,
    line_ends,
    spaced_lfilter,
)
from dsplab.effects._settings import (
    LONGEST,
    channels,
    dry_wet,
    ring,
    tail_seconds,
)
from dsplab.effects.delays import late
from dsplab.effects.mixing import widen

COMBS = (0.0297, 0.0371, 0.0411, 0.0437)  # s; Schroeder's, between 30 and 45 ms
ALLPASSES = (0.005, 0.0017)  # s
ALLPASS_GAIN = 0.7
SPREAD = 0.0005  # s by which each further channel's lines are longer
# Freeverb's lines, in samples at 44.1 kHz, and the ranges of its knobs
TUNED_AT = 44100.0
FREEVERB_COMBS = (1116, 1188, 1277, 1356, 1422, 1491, 1557, 1617)
FREEVERB_ALLPASSES = (556, 441, 341, 225)
FREEVERB_SPREAD = 23
INPUT_GAIN, WET_GAIN = 0.015, 3.0
PRESETS = {
    "room": {"room_size": 0.4, "damping": 0.5, "mix": 0.25},
    "hall": {"room_size": 0.85, "damping": 0.4, "pre_delay": 0.02, "mix": 0.35},
    "bright hall": {"room_size": 0.85, "damping": 0.05, "mix": 0.35},
    "cathedral": {"room_size": 1.0, "damping": 0.2, "pre_delay": 0.04, "mix": 0.45},
}


def comb(x, length, gain):
    """Repeat a sound every `length` samples, each time `gain` as loud.

        y[n] = x[n] + gain y[n - length]

    Its spectrum is that of a comb: teeth sample_rate / length apart. After t seconds
    gain^(t sample_rate / length) is left.

    Args:
      x: signal, (..., n_samples).
      length: samples.
      gain: a number in (-1, 1).

    Returns:
      Signal like x.

    >>> comb(np.array([1.0, 0.0, 0.0, 0.0, 0.0]), 2, 0.5).tolist()
    [1.0, 0.0, 0.5, 0.0, 0.25]
    """
    x, gain = as_curves(x, gain=gain)
    xp = array_namespace(x)
    one = xp.ones_like(gain)
    length = integer(length, name="length")
    return spaced_lfilter(one[None], xp.stack([one, -gain]), x, spacing=length)


def allpass(x, length, gain):
    """Repeat a sound every `length` samples and yet keep every frequency's strength.

        y[n] = -gain x[n] + x[n - length] + gain y[n - length],  |H(f)| = 1

    Args:
      x: signal, (..., n_samples).
      length: samples.
      gain: a number in (-1, 1); 0.7 rings long, 0 is a plain delay.

    Returns:
      Signal like x.

    >>> allpass(np.array([1.0, 0.0, 0.0, 0.0, 0.0]), 2, 0.5).tolist()
    [-0.5, 0.0, 0.75, 0.0, 0.375]
    """
    x, gain = as_curves(x, gain=gain)
    xp = array_namespace(x)
    one = xp.ones_like(gain)
    b, a = xp.stack([-gain, one]), xp.stack([one, -gain])
    return spaced_lfilter(b, a, x, spacing=integer(length, name="length"))


def schroeder(x, sample_rate, *, decay=1.5, mix=0.3, pre_delay=0.0, tail=None):
    """Let a sound ring as in a room: the first of all digital reverberators.

    Four combs side by side, of lengths without a common beat, make the echoes dense in
    frequency; two short allpasses in a row make them dense in time. Each comb loses 60
    dB in the same time:

        gain = 10^(-3 length / (decay sample_rate))

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples); each channel's lines are
        a little longer than those of the one before.
      sample_rate: Hz.
      decay: seconds until the reverberation is 60 dB down (T60).
      mix: share of the room, 0 to 1; a number or a curve.
      pre_delay: seconds before the room answers.
      tail: seconds to go on after x; None is pre_delay and decay.

    Returns:
      Signal, (..., n_samples and the tail).

    Raises:
      ValueError: if an argument is out of range.

    Reference:
      M. R. Schroeder, "Natural sounding artificial reverberation", 1962. The lengths
      are of our choice, within the range given there.

    >>> schroeder(np.ones(100), 8000, decay=0.5).shape
    (4100,)
    """
    x, decay, mix = as_curves(x, decay=decay, mix=mix)
    xp, rate = array_namespace(x), positive(sample_rate, name="sample_rate")
    before = positive(pre_delay, name="pre_delay", allow_zero=True)
    seconds = before + _decay_tail(tail, decay)
    long = late(ring(x, seconds, rate), round(before * rate))
    rows = []
    for c, row in enumerate(_rows(long)):
        lengths = [max(1, round((s + c * SPREAD) * rate)) for s in COMBS]
        gains = [10.0 ** (-3.0 * length / (decay * rate)) for length in lengths]
        pairs = zip(lengths, gains, strict=True)
        y = sum(comb(row, length, gain) for length, gain in pairs) / len(COMBS)
        for s in ALLPASSES:
            y = allpass(y, max(1, round((s + 0.1 * c * SPREAD) * rate)), ALLPASS_GAIN)
        rows.append(y)
    return dry_wet(x, xp.stack(rows, axis=-2).reshape(long.shape), mix)


def _decay_tail(tail, decay):
    if tail is not None:
        return positive(tail, name="tail", allow_zero=True)
    tail_seconds(None, 1.0, 0.0 * decay)  # refuses a traced decay
    return min(float(np.max(np.asarray(decay))), LONGEST)


def _rows(x):
    """The channels, each (..., n_samples)."""
    x = channels(x)
    return [x[..., c, :] for c in range(x.shape[-2])]


def freeverb(
    x,
    sample_rate,
    *,
    room_size=0.5,
    damping=0.5,
    mix=0.33,
    width=1.0,
    pre_delay=0.0,
    tail=None,
):
    """Let a sound ring in the room of countless programs: dense, warm, a bit metallic.

    Eight combs side by side, in whose loops a first-order lowpass takes the treble
    away, then four allpasses in a row. All channels feed all rooms; those of the second
    channel are 23 samples longer, which makes the image wide:

        w[n] = x[n] + g s[n],   s[n] = (1 - d) w[n - D] + d s[n - 1]
        g = 0.7 + 0.28 room_size,   d = 0.4 damping

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz; the lines, tuned at 44.1 kHz, keep their durations.
      room_size: 0 to 1; low frequencies take about 0.6 s to 12 s to fall by 60 dB.
      damping: 0 (hard walls) to 1 (curtains).
      mix: share of the room, 0 to 1; a number or a curve.
      width: of a stereo room, 0 (mono) to 1.
      pre_delay: seconds before the room answers.
      tail: seconds to go on after x; None until the room is 60 dB down.

    Returns:
      Signal, (..., n_samples and the tail).

    Reference:
      Jezar at Dreampoint, "Freeverb", 2000, in the public domain. Its allpasses are
      none exactly, (-1 + 1.5 z^-D) / (1 - 0.5 z^-D); they are kept, as is its level.

    >>> freeverb(np.ones(100), 8000, tail=0.1).shape
    (900,)
    """
    x, room_size, damping, mix = as_curves(
        x, room_size=room_size, damping=damping, mix=mix
    )
    rate = positive(sample_rate, name="sample_rate")
    before = positive(pre_delay, name="pre_delay", allow_zero=True)
    feedback = 0.7 + 0.28 * room_size
    once = max(FREEVERB_COMBS) / TUNED_AT
    seconds = tail_seconds(tail, once, feedback) + (before if tail is None else 0.0)
    long = late(ring(x, seconds, rate), round(before * rate))
    wet = _freeverb_room(channels(long), rate, feedback, 0.4 * damping)
    wet = widen(wet, width) if wet.shape[-2] == 2 else wet
    return dry_wet(x, wet.reshape(long.shape), mix)


def _freeverb_room(x, rate, feedback, damping):
    """What the room alone makes of (..., n_channels, n_samples)."""
    xp, n_channels = array_namespace(x), x.shape[-2]

    def samples(length, channel):
        return max(1, round((length + FREEVERB_SPREAD * channel) * rate / TUNED_AT))

    every = range(n_channels)
    lengths = [samples(length, c) for c in every for length in FREEVERB_COMBS]
    v = INPUT_GAIN * x.sum(axis=-2, keepdims=True) * (2.0 / n_channels)
    wet = _damped_combs(v, lengths, feedback, damping, n_channels)
    rows = []
    for c, row in enumerate(_rows(wet)):
        for length in FREEVERB_ALLPASSES:
            b, a = [-1.0, 1.5], [1.0, -0.5]
            row = spaced_lfilter(b, a, row, spacing=samples(length, c))
        rows.append(WET_GAIN * row)
    return xp.stack(rows, axis=-2)


def _damped_combs(v, lengths, feedback, damping, n_channels):
    """Sums of combs, (..., n_channels, n_samples), all fed by v (..., 1, n)."""
    xp = array_namespace(v)
    one = xp.ones((), dtype=v.dtype)
    b = xp.stack([one - damping, 0.0 * damping])[:, None]
    a = xp.stack([one, -damping])[:, None]
    shape, block = (*v.shape[:-2], len(lengths)), min(lengths)

    def step(state, past, v):
        ends = line_ends(past, lengths, block)
        back, state = lfilter_rows(b, a, ends, state)
        y = ends.reshape(*shape[:-1], n_channels, -1, block).sum(axis=-2)
        return state, v + feedback * back, y

    state = xp.zeros((1, *shape), dtype=v.dtype)
    return in_loop(step, state, v, block=block, memory=max(lengths), shape=shape)
