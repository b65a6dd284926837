"""Loudness that takes care of itself: compressor, limiter, gate.

A detector says how loud it is, a curve what to do about it, in dB, and two time
constants how fast. Everything is computed ahead: nothing comes later than the input.
"""

from dsplab._arguments import as_curves, as_signal, as_values, one_of, positive, require
from dsplab._array import (
    array_namespace,
    linear_recursion,
    moving_max,
    moving_sum,
    running_max,
)
from dsplab.convert import amplitude_to_db, power_to_db
from dsplab.effects._settings import dry_wet

DETECTORS = ("peak", "rms")
PRESETS = {
    "vocal": {"threshold_db": -22.0, "ratio": 3.0, "knee_db": 8.0, "attack": 0.005,
              "release": 0.12},
    "drums": {"threshold_db": -18.0, "ratio": 4.0, "attack": 0.015, "release": 0.06},
    "bus": {"threshold_db": -16.0, "ratio": 2.0, "knee_db": 6.0, "attack": 0.03,
            "release": 0.2, "detector": "rms"},
    "parallel": {"threshold_db": -35.0, "ratio": 10.0, "attack": 0.001,
                 "release": 0.08, "makeup_db": 12.0, "mix": 0.4},
}  # fmt: skip


def compressor(
    x,
    sample_rate,
    *,
    threshold_db=-18.0,
    ratio=4.0,
    knee_db=6.0,
    attack=0.005,
    release=0.1,
    makeup_db=0.0,
    detector="peak",
    lookahead=0.0,
    sidechain=None,
    link=True,
    mix=1.0,
):
    """Turn down what is loud, so that everything else may be turned up.

    What the curve takes off (`gain_curve`) is followed by `smooth`; the gain is never
    heard as a step.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      threshold_db: level above which it is turned down; 0 dB is amplitude 1.
      ratio: dB of level above the threshold for one dB more of output; at least 1.
      knee_db: width of the bend of the curve around the threshold; 0 is a corner.
      attack, release: seconds in which 63 % of a change are done, of the gain in dB:
        down when it gets loud, up again when it gets quiet.
      makeup_db: gain afterwards.
      detector: "peak", or "rms": the mean power of the last 10 ms.
      lookahead: seconds by which the gain knows of what is to come.
      sidechain: signal that decides in place of x, of the shape of x (or one that
        broadcasts to it): a voice that turns the music down, a drum that pumps.
      link: whether all channels get the gain of the loudest, so that the image stays.
      mix: share of the compressed sound, 0 to 1 ("parallel compression").
      Settings are numbers or curves, lookahead a number.

    Returns:
      Signal like x.

    Raises:
      ValueError: if ratio is below 1 or a time negative.

    Reference:
      D. Giannoulis, M. Massberg and J. D. Reiss, "Digital dynamic range compressor
      design: a tutorial and analysis", 2012: their decoupled detector on the gain in
      dB. (Their release is what we call so; its curve is smoothed by the attack.)

    >>> y = compressor(np.ones(4), 8000, threshold_db=-20, ratio=2, knee_db=0, attack=0)
    >>> y.round(6).tolist()
    [0.316228, 0.316228, 0.316228, 0.316228]
    """
    x, threshold_db, ratio, knee_db, attack, release, makeup_db, mix = as_curves(
        x, threshold_db=threshold_db, ratio=ratio, knee_db=knee_db, attack=attack,
        release=release, makeup_db=makeup_db, mix=mix,
    )  # fmt: skip
    key = x if sidechain is None else as_curves(x, sidechain=sidechain)[1]
    level = level_db(key, sample_rate, detector=detector, link=link)
    level = _ahead(level, lookahead, sample_rate)
    curve = gain_curve(level, threshold_db, ratio=ratio, knee_db=knee_db)
    loss = smooth(-curve, sample_rate, attack=attack, release=release)
    return dry_wet(x, x * _gain(makeup_db - loss), mix)


def _gain(db):
    return 10.0 ** (db / 20.0)


def level_db(x, sample_rate, *, detector="peak", link=True, window=0.01):
    """How loud a signal is at each sample, in dB; silence is -120 dB.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      detector: "peak", 20 log10 |x|, or "rms", of the mean of x^2 over the last
        `window` seconds, +3 dB, so that both agree on a sine.
      link: whether the loudest channel stands for all: (..., 1, n_samples).
      window: seconds.

    >>> level_db(np.array([1.0, -0.1, 0.0]), 8000).tolist()
    [0.0, -20.0, -120.0]
    """
    x, rate = as_signal(x), positive(sample_rate, name="sample_rate")
    one_of(detector, DETECTORS, name="detector")
    if detector == "peak":
        level = amplitude_to_db(x)
    else:
        length = max(1, round(positive(window, name="window") * rate))
        power = _before(x**2, length - 1, 0.0)
        level = power_to_db(2.0 * moving_sum(power, length) / length)
    return level.max(axis=-2, keepdims=True) if link and x.ndim > 1 else level


def gain_curve(level, threshold_db, *, ratio=4.0, knee_db=6.0):
    """The static curve of a compressor: dB of gain, at most 0, at each level in dB.

        gain = (1 / ratio - 1) r(level - threshold_db),
        r(d) = 0 below the knee,  (d + knee / 2)^2 / (2 knee) in it,  d above

    Args:
      level: dB, any shape.
      threshold_db, ratio, knee_db: see `compressor`; what broadcasts to level.

    Returns:
      dB, like level.

    >>> gain_curve(np.array([-30.0, -10.0]), -20.0, ratio=2.0, knee_db=0.0).tolist()
    [0.0, -5.0]
    """
    level, ratio = as_values(level, name="level"), as_values(ratio, name="ratio")
    require(ratio >= 1.0, "ratio must be at least 1")
    over = _bend(level - threshold_db, knee_db)
    return over / ratio - over


def _bend(over, knee_db):
    """0 for negative values, their own for positive ones, a parabola in between."""
    xp = array_namespace(over, knee_db)
    knee = xp.asarray(as_values(knee_db, name="knee_db"), dtype=over.dtype)
    require(knee >= 0.0, "knee_db must be at least 0")
    inside = xp.clip(over + knee / 2.0, 0.0, knee)
    above = xp.maximum(over - knee / 2.0, 0.0)
    return inside**2 / (2.0 * xp.maximum(knee, 1e-12)) + above


def smooth(loss, sample_rate, *, attack=0.005, release=0.1):
    """Follow a loss quickly when it grows and slowly when it shrinks.

        held[n] = max(loss[n], r held[n-1]),      r = exp(-1 / (release sample_rate))
        y[n]    = a y[n-1] + (1 - a) held[n],     a = exp(-1 / (attack sample_rate))

    The first holds peaks, so that the second sees no gaps between the periods of a
    tone. Its maxima are those of log loss[m] + m / (release sample_rate), which is why
    no loop is needed.

    Args:
      loss: at least 0, (..., n_samples), in dB.
      sample_rate: Hz.
      attack, release: seconds, numbers or curves; an attack of 0 is at once.

    Returns:
      Like loss.

    >>> y = smooth(np.array([0.0, 8.0, 0.0]), 1.0, attack=0.0, release=1.4427)
    >>> y.round(3).tolist()
    [0.0, 8.0, 4.0]
    """
    loss, attack, release = as_curves(
        as_signal(loss, name="loss"), attack=attack, release=release
    )
    require(attack >= 0.0, "attack must be at least 0")
    require(release > 0.0, "release must be positive")
    rate, xp = positive(sample_rate, name="sample_rate"), array_namespace(loss)
    steps = xp.broadcast_to(1.0 / (release * rate), loss.shape)
    fallen = xp.cumsum(steps, axis=-1)
    held = xp.exp(running_max(xp.log(xp.maximum(loss, 1e-30)) + fallen) - fallen)
    a = xp.exp(-1.0 / xp.maximum(attack * rate, 1e-9))
    return linear_recursion((-a,), (1.0 - a) * held)


def limiter(
    x,
    sample_rate,
    *,
    ceiling_db=-1.0,
    gain_db=0.0,
    lookahead=0.005,
    release=0.1,
    link=True,
):
    """Never let a sample past the ceiling, and bend rather than clip.

    The loss that each sample needs is held for `lookahead` seconds before it, released
    slowly, and then averaged over that very time: each average is of values that are
    all large enough. What rounding leaves over, 1e-12 and less, is cut off.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      ceiling_db: highest level; 0 dB is amplitude 1.
      gain_db: gain beforehand, a number or a curve: louder, with the same ceiling.
      lookahead: seconds in which the gain goes down; 0 clips.
      release: seconds in which 63 % of the loss (in dB) are given back.
      link: whether all channels get the same gain.

    Returns:
      Signal like x, no sample above 10^(ceiling_db / 20).

    >>> float(abs(limiter(np.array([0.1, 3.0, -2.0]), 8000, ceiling_db=0.0)).max())
    1.0
    """
    x, ceiling_db, gain_db, release = as_curves(
        x, ceiling_db=ceiling_db, gain_db=gain_db, release=release
    )
    xp, rate = array_namespace(x), positive(sample_rate, name="sample_rate")
    x = x * _gain(gain_db)
    length = round(positive(lookahead, name="lookahead", allow_zero=True) * rate)
    loss = xp.maximum(level_db(x, rate, link=link) - ceiling_db, 0.0)
    padded = _before(_after(loss, length, 0.0), length, 0.0)
    need = moving_max(padded, length + 1)  # from `length` samples before x begins
    more = [(0, 0)] * (release.ndim - 1) + [(length, 0)]
    slow = xp.pad(release, more, mode="edge") if _moves(release) else release
    loss = smooth(need, rate, attack=0.0, release=slow)
    for part in (length // 2, length - length // 2):
        loss = moving_sum(loss, part + 1) / (part + 1)
    ceiling = _gain(ceiling_db)
    return xp.clip(x * _gain(-loss), -ceiling, ceiling)


def _moves(value):
    return value.ndim > 0 and value.shape[-1] > 1


def gate(
    x,
    sample_rate,
    *,
    threshold_db=-45.0,
    ratio=10.0,
    range_db=60.0,
    knee_db=0.0,
    attack=0.001,
    hold=0.03,
    release=0.08,
    detector="peak",
    lookahead=0.001,
    link=True,
    mix=1.0,
):
    """Turn down what is quiet: noise, hum, the other drums. Also called expander.

    Below the threshold each dB less becomes `ratio` dB less, down to range_db. How far
    the gate is open is followed by `smooth`, which is why it neither clicks nor
    stutters: it opens within the attack, stays open for `hold`, closes slowly.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      threshold_db: level below which it is turned down; 0 dB is amplitude 1.
      ratio: at least 1; 2 expands gently, 10 and more is a gate.
      range_db: dB at most by which it is turned down.
      knee_db: width of the bend of the curve around the threshold.
      attack, release: seconds in which it opens, closes, by 63 % of the gain in dB.
      hold: seconds that it stays open at least, longer than a period of the sound.
      detector: "peak" or "rms".
      lookahead: seconds by which it opens before the sound.
      link: whether all channels get the gain of the loudest.
      mix: share of the gated sound, 0 to 1.
      Settings are numbers or curves, hold and lookahead numbers.

    Returns:
      Signal like x.

    >>> y = gate(np.full(4000, 0.001), 8000)
    >>> float(abs(y[-1]).round(9))
    1e-06
    """
    x, threshold_db, ratio, range_db, attack, release, mix = as_curves(
        x, threshold_db=threshold_db, ratio=ratio, range_db=range_db, attack=attack,
        release=release, mix=mix,
    )  # fmt: skip
    require(ratio >= 1.0, "ratio must be at least 1")
    require(range_db >= 0.0, "range_db must be at least 0")
    xp, rate = array_namespace(x), positive(sample_rate, name="sample_rate")
    level = _ahead(level_db(x, rate, detector=detector, link=link), lookahead, rate)
    loss = (ratio - 1.0) * _bend(threshold_db - level, knee_db)
    openness = range_db - xp.minimum(loss, range_db)
    length = round(positive(hold, name="hold", allow_zero=True) * rate)
    openness = moving_max(_before(openness, length, 0.0), length + 1)
    openness = smooth(openness, rate, attack=attack, release=release)
    return dry_wet(x, x * _gain(openness - range_db), mix)


def _ahead(level, lookahead, sample_rate):
    """The level `lookahead` seconds later: silence follows the end."""
    seconds = positive(lookahead, name="lookahead", allow_zero=True)
    length = round(seconds * positive(sample_rate, name="sample_rate"))
    return _after(level, length, -120.0)[..., length:]


def _before(x, length, value):
    still = [(0, 0)] * (x.ndim - 1)
    return array_namespace(x).pad(x, [*still, (length, 0)], constant_values=value)


def _after(x, length, value):
    still = [(0, 0)] * (x.ndim - 1)
    return array_namespace(x).pad(x, [*still, (0, length)], constant_values=value)
