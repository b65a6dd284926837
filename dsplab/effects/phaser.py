"""Phaser: notches that wander, at no harmonic distance."""

import numpy as np

from dsplab._arguments import as_curves, as_values, integer, positive, require
from dsplab._array import array_namespace, linear_recursion, linear_scan
from dsplab.effects._settings import dry_wet
from dsplab.effects.chorus import phases, sweep

PRESETS = {
    "slow": {"n_stages": 4, "frequency": 0.2, "centre": 700.0, "octaves": 2.0},
    "swirl": {"n_stages": 6, "frequency": 0.6, "centre": 900.0, "feedback": 0.5},
    "deep": {"n_stages": 8, "frequency": 0.1, "centre": 600.0, "octaves": 2.5,
             "feedback": 0.7},
    "bubble": {"n_stages": 4, "frequency": 3.5, "centre": 1200.0, "octaves": 1.0},
}  # fmt: skip


def phaser(
    x,
    sample_rate,
    *,
    n_stages=6,
    frequency=0.4,
    centre=800.0,
    octaves=1.5,
    feedback=0.0,
    spread=1.0,
    mix=1.0,
):
    """Turn the phases of a sound and add it to itself: notches where they cancel.

    Each of N first-order allpass stages turns the phase by 90 degrees at the frequency
    f and leaves the strength; f moves up and down. u_0 is what enters the first stage:

        u_0[n] = x[n] + feedback u_N[n-1],
        u_k[n] = c[n] u_{k-1}[n] + u_{k-1}[n-1] - c[n-1] u_k[n-1],
        c = (tan(pi f / sample_rate) - 1) / (tan(pi f / sample_rate) + 1),
        wet = (u_0 + u_N) / 2

    N / 2 notches: `notch_frequencies`. They stay where they are, and as deep, with
    feedback, which sharpens the peaks between them.

    Args:
      x: signal, (n_samples,) or (..., n_channels, n_samples).
      sample_rate: Hz.
      n_stages: 2 to 12, even: two for each notch.
      frequency: of the movement, in Hz, a number or a curve.
      centre: Hz around which f moves, a number or a curve.
      octaves: how far f moves up and down.
      feedback: in (-1, 1), a number or a curve.
      spread: how differently the channels move, 0 (alike) to 1.
      mix: share of wet, 0 to 1; a number or a curve.

    Returns:
      Signal like x.

    Raises:
      ValueError: if n_stages is odd.

    >>> phaser(np.ones((2, 100)), 8000).shape
    (2, 100)
    """
    x, frequency, centre, octaves, feedback, mix = as_curves(
        x, frequency=frequency, centre=centre, octaves=octaves, feedback=feedback,
        mix=mix,
    )  # fmt: skip
    n_stages = _even(n_stages)
    require(abs(feedback) < 1.0, "feedback must be in (-1, 1)")
    wave = sweep(x, frequency, sample_rate, start=phases(x, spread / 4.0))
    c = allpass_coefficient(centre * 2.0 ** (octaves * wave), sample_rate)
    if isinstance(feedback, np.ndarray) and not feedback.any():
        y, c = x, array_namespace(x).broadcast_to(c, x.shape)
        for _ in range(n_stages):  # one after the other: quicker than all at once
            y = linear_recursion((_last(c),), c * y + _last(y))
        return dry_wet(x, 0.5 * (x + y), mix)

    def step(state, x_n, now):
        c, back = now
        u = first = x_n + back * state[-1]
        stages = []
        for s in state[:-1]:
            y = c * u + s
            stages.append(u - c * y)
            u = y
        return (*stages, u), 0.5 * (first + u)

    wet = linear_scan(step, (0.0,) * (n_stages + 1), x, (c, feedback))[1]
    return dry_wet(x, wet, mix)


def _last(x):
    """x[n - 1] for each n, 0 before the start."""
    xp = array_namespace(x)
    return xp.concatenate([xp.zeros_like(x[..., :1]), x[..., :-1]], axis=-1)


def _even(n_stages):
    n_stages = integer(n_stages, name="n_stages", least=2, most=12)
    if n_stages % 2:
        raise ValueError(f"n_stages must be even, got {n_stages}")
    return n_stages


def allpass_coefficient(cutoff, sample_rate):
    """c of a first-order allpass that turns the phase by 90 degrees at the cutoff.

    >>> float(allpass_coefficient(2000.0, 8000).round(9))
    -0.0
    """
    cutoff = as_values(cutoff, name="cutoff")
    rate, xp = positive(sample_rate, name="sample_rate"), array_namespace(cutoff)
    t = xp.tan(xp.clip(cutoff, 0.0, 0.49 * rate) * (np.pi / rate))
    return (t - 1.0) / (t + 1.0)


def notch_frequencies(cutoff, sample_rate, *, n_stages=6):
    """Where N allpass stages have turned the phase by 180, 540, 900 ... degrees.

        tan(pi f_k / sample_rate) = tan(pi cutoff / sample_rate) tan((2 k + 1) pi / 2 N)

    Args:
      cutoff: Hz, the frequency f of all stages.
      sample_rate: Hz.
      n_stages: N, even.

    Returns:
      Hz, (n_stages / 2,).

    >>> notch_frequencies(1000.0, 44100, n_stages=4).round(1).tolist()
    [414.8, 2394.8]
    """
    n_stages, rate = _even(n_stages), positive(sample_rate, name="sample_rate")
    at = np.tan(np.pi * positive(cutoff, name="cutoff") / rate)
    turned = np.tan((2 * np.arange(n_stages // 2) + 1) * np.pi / (2 * n_stages))
    return np.arctan(at * turned) * rate / np.pi
