"""What a wave meets on its way round a string or a pipe: losses, stiffness, tuning.

A wave that needs T samples to come back repeats 1 / T times a sample: that is the whole
of pitch. Each filter it passes takes time of its own, its phase delay; what is left of
T is the length of the delay line. Counted exactly, every note is in tune.
"""

import math

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive, require
from dsplab._array import array_namespace, scan, stop_gradient
from dsplab.sources.interpolation import lagrange

LOWEST = 20.0  # Hz: how much the ring of a delay line must hold
ORDER = 7  # of the polynomial that reads a delay line between its samples
STEPS = 30  # of bisection
BELL = 12  # taps of the open end of a pipe


def steady(f0):
    """A curve that does not move, as one sample: quicker. Under JAX, nobody can know.

    >>> steady(np.full(1000, 440.0)).tolist()
    [440.0]
    """
    one = f0[..., :1]
    return one if isinstance(f0, np.ndarray) and (f0 == one).all() else f0


def as_rows(line, shape):
    """The line of a batch of any rank as that of rows, steady where it is."""
    xp, n_rows = array_namespace(*line), int(np.prod(shape[:-1]))

    def flat(part, *leading):
        rest = part.shape[len(leading) :]
        part = part.reshape(*leading, *(1,) * (len(shape) - len(rest)), *rest)
        part = xp.broadcast_to(part, (*leading, *shape[:-1], rest[-1]))
        return part.reshape(*leading, n_rows, -1)

    return flat(line[0]), flat(line[1], len(line[1]))


def playable(f0, sample_rate, *, shortest):
    """f0 as a signal: Hz from LOWEST to where a period has `shortest` samples left."""
    f0 = as_signal(f0, name="f0")
    highest = positive(sample_rate, name="sample_rate") / shortest
    inside = (f0 >= LOWEST) & (f0 <= highest)
    require(inside, f"f0 must be within {LOWEST:g}..{highest:g} Hz at this sample rate")
    return f0


def numbers_like(x, **values):
    """The values, numbers or arrays, checked and of x's library and dtype."""
    xp = array_namespace(x, *values.values())
    checked = (as_values(value, name=name) for name, value in values.items())
    return tuple(xp.asarray(value, dtype=x.dtype) for value in checked)


def same_length(f0, **signals):
    """Raise unless every signal has as many samples as f0."""
    for name, x in signals.items():
        if x.shape[-1] != f0.shape[-1]:
            raise ValueError(
                f"{name} and f0 must have the same number of samples, got {x.shape} "
                f"and {f0.shape}"
            )


def delay_taps(delay):
    """A delay of any length in samples, as `delay_loop` reads it.

    Args:
      delay: (..., n_samples), at least 1 + ORDER // 2.

    Returns:
      Integers (..., n_samples) and weights (ORDER + 1, ..., n_samples).
    """
    xp = array_namespace(delay)
    whole = xp.ceil(stop_gradient(delay))
    u = whole - delay - 0.5
    powers = xp.stack([u**p for p in range(ORDER + 1)], axis=-1)
    weights = powers @ xp.asarray(lagrange(ORDER)[:, ::-1], dtype=delay.dtype)
    nearest = xp.maximum(whole - (ORDER + 1) // 2, 1.0).astype("int32")
    return nearest, xp.moveaxis(weights, -1, 0)


def bell_taps(delay, cutoff, sample_rate):
    """The way through a pipe and back from its open end, as `delay_loop` reads it.

    The end lets high frequencies out. It is a low-pass filter with the shape of a bell
    curve, centred on the delay wherever that lies between the samples: filter and
    delay in one, and every frequency takes exactly as long, so that all the resonances
    of the pipe are in tune.

        w[k] = exp(-(k - delay)^2 / (2 sigma^2)),  sigma = 0.1325 sample_rate / cutoff

    Args:
      delay: in samples, (..., n_samples), at least 1 + BELL / 2.
      cutoff: where 3 dB are lost, Hz; between 0.09 and 0.17 of the sample rate.
      sample_rate: Hz.

    Returns:
      Integers (..., n_samples) and weights (BELL, ..., n_samples).
    """
    xp = array_namespace(delay, cutoff)
    sigma = math.sqrt(0.5 * math.log(2.0)) / (2.0 * math.pi) * sample_rate / cutoff
    sigma = xp.clip(xp.asarray(sigma, dtype=delay.dtype), 0.78, 1.5)
    middle = xp.ceil(stop_gradient(delay))
    q = xp.exp((delay - middle) / (sigma * sigma))  # the bell is q^k times one at rest
    k = range(-(BELL // 2), BELL - BELL // 2)
    weights = xp.stack([q**j * xp.exp(-0.5 * j * j / (sigma * sigma)) for j in k])
    nearest = xp.maximum(middle - BELL // 2, 1.0).astype("int32")
    return nearest, weights / weights.sum(axis=0)


def pole_delay(pole, omega):
    """Phase delay in samples of the low-pass 1 / (1 - pole z^-1)."""
    xp = array_namespace(pole, omega)
    turn = xp.arctan2(pole * xp.sin(omega), 1.0 - pole * xp.cos(omega))
    return turn / omega


def average_delay(stretch, omega):
    """Phase delay in samples of the average (1 - stretch) x[n] + stretch x[n - 1]."""
    xp = array_namespace(stretch, omega)
    sine, cosine = stretch * xp.sin(omega), 1.0 - stretch + stretch * xp.cos(omega)
    return xp.arctan2(sine, cosine) / omega


def average_gain(stretch, omega):
    """Gain of the average (1 - stretch) x[n] + stretch x[n - 1]."""
    xp = array_namespace(stretch, omega)
    less = 2.0 * stretch * (1.0 - stretch) * (1.0 - xp.cos(omega))
    return xp.sqrt(1.0 - less)


def allpass_delay(coefficient, omega):
    """Phase delay in samples of (c + z^-1) / (1 + c z^-1)."""
    xp = array_namespace(coefficient, omega)
    turn = xp.arctan2(coefficient * xp.sin(omega), 1.0 + coefficient * xp.cos(omega))
    return 1.0 - 2.0 * turn / omega


def tuning_allpass(delay, omega):
    """The coefficient whose phase delay at omega is exactly `delay` samples.

    c = sin((1 - d) omega / 2) / sin((1 + d) omega / 2),  about (1 - d) / (1 + d)
    """
    xp = array_namespace(delay, omega)
    half = 0.5 * omega
    return xp.sin((1.0 - delay) * half) / xp.sin((1.0 + delay) * half)


def stiff_part(omega, inharmonicity, n_sections):
    """The allpasses of a stiff string, and the samples that they take at omega.

    They belong to the string: where the pitch moves they stay, fitting its mean.
    """
    if not integer(n_sections, name="n_allpasses", least=0):
        return [], 0.0 * omega
    middle = omega.mean(axis=-1, keepdims=True)
    stiff = stiffness_allpass(inharmonicity, middle, n_sections)
    return [stiff] * n_sections, n_sections * allpass_delay(stiff, omega)


def allpasses_in_a_row(coefficients, batch, dtype):
    """Allpasses one after the other as one filter (b, a), a column for each string."""
    xp = array_namespace(*coefficients)
    a = [xp.ones(batch, dtype=dtype)]
    for c in coefficients:
        c = xp.broadcast_to(c[..., 0], batch)
        a = [p + c * q for p, q in zip([*a, 0.0], [0.0, *a], strict=True)]
    a = xp.stack(a).reshape(len(a), -1)
    return a[::-1], a


def stiffness_allpass(inharmonicity, omega, n_sections):
    """The coefficient of n_sections allpasses that send high partials round sooner.

    A stiff string's partials are k f0 sqrt((1 + B k^2) / (1 + B)). The coefficient is
    chosen so that, the fundamental in tune, so is partial K = 12 (or that near a third
    of the sample rate, if it comes first). With P the phase delay of one section:

        n_sections (P(omega_K) - P(omega)) = 2 pi (K / omega_K - 1 / omega)

    The root is found by bisection; a step of Newton's makes it exact, and a function of
    B and omega that has a derivative.

    Args:
      inharmonicity: B, 0 to about 0.01, (..., 1).
      omega: fundamental in radians a sample, (..., 1).
      n_sections: how many allpasses, one after the other.

    Returns:
      Coefficient in (-0.98, 0], (..., 1).
    """
    xp = array_namespace(inharmonicity, omega)
    partial = xp.clip(2.0 * np.pi / (3.0 * omega), 2.0, 12.0)
    stretched = (1.0 + inharmonicity * partial**2) / (1.0 + inharmonicity)
    high = partial * omega * xp.sqrt(stretched)

    def missing(c):  # samples by which partial K still comes round too early or late
        sections = n_sections * (allpass_delay(c, high) - allpass_delay(c, omega))
        return 2.0 * np.pi * (partial / high - 1.0 / omega) - sections

    def slope(c):
        low, top = (
            xp.sin(w) / (w * (1.0 + 2.0 * c * xp.cos(w) + c * c)) for w in (omega, high)
        )
        return 2.0 * n_sections * (top - low)

    def halve(bounds, _):
        low, top = bounds
        middle = 0.5 * (low + top)
        late = missing(middle) < 0.0
        return (xp.where(late, low, middle), xp.where(late, middle, top)), middle

    zero = 0.0 * missing(0.0 * omega)
    steps = xp.zeros(STEPS, dtype=zero.dtype)
    (low, top), _ = scan(halve, (zero - 0.98, zero), steps)
    c = stop_gradient(0.5 * (low + top))
    return c - missing(c) / slope(c)
