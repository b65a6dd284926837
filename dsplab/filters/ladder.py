"""R. Moog's ladder (1965): four gentle filters in a row and a feedback around them."""

import numpy as np

from dsplab._arguments import as_curves, as_values, one_of, positive, require
from dsplab._array import (
    array_namespace,
    linear_scan,
    number_scan,
    settled,
    tangent,
    tanh_ratio,
)
from dsplab.filters.time_varying import HIGHEST

# what of (input of the first stage, outputs of the four) each kind is made of; with
# p = 1 / (1 + s) for a stage, a highpass is (1 - p)^n, a bandpass (p (1 - p))^n 2^n
OUTPUTS = {
    "lowpass24": (0, 0, 0, 0, 1),
    "lowpass18": (0, 0, 0, 1, 0),
    "lowpass12": (0, 0, 1, 0, 0),
    "lowpass6": (0, 1, 0, 0, 0),
    "bandpass24": (0, 0, 4, -8, 4),
    "bandpass12": (0, 2, -2, 0, 0),
    "highpass24": (1, -4, 6, -4, 1),
    "highpass12": (1, -2, 1, 0, 0),
    "notch": (1, -2, 2, 0, 0),
}
PASSES = 2  # times that the nonlinear circuit's equation is solved for each sample


def ladder(x, cutoff, sample_rate, *, resonance=0.0, drive=None, kind="lowpass24"):
    """Filter as the Minimoog does: fat, 24 dB an octave, whistling when you ask it to.

    Each of four stages follows the one before it; the last one's output, k = 4
    resonance times, is taken from the input of the first:

        u = x - k y4,   dy_i/dt = w (tanh y_{i-1} - tanh y_i),   y_0 = u

    Small signals meet H(s) = 1 / ((1 + s)^4 + k), which oscillates at k = 4; large ones
    bend in the transistors (the tanh). The integrals are trapezoids without a delay
    anywhere. In this formula the resonance lies below the cutoff, at

        r = sqrt(m - 1),   m^3 + k m = 4 k     (r = 1 at k = 4),

    and the trapezoidal rule is tuned to that very place: it is in tune, and as high as
    the circuit's, up to the highest notes. The linear recursion is solved exactly. In
    the nonlinear one tanh y is y times a slope, which is guessed from the charges,
    and once more from the y that follows from it.

    Args:
      x: signal, shape (..., n_samples).
      cutoff: Hz; a number, or a curve that broadcasts to x, held between 0 and 0.49
        sample_rate.
      sample_rate: Hz.
      resonance: 0 to 1, a number or a curve. At 1 it whistles for ever: a pure sine.
        With drive it may be larger and still stays bounded.
      drive: None: no saturation. Otherwise above 0, a number or a curve: how far x
        reaches into the bend, y = bent(drive x) / drive. 0.1 is clean, 1 warm, 5
        rough. It makes overtones, which alias: oversample (`dsplab.resampling`) then.
      kind: one of `OUTPUTS`: "lowpass24" is the Minimoog's; the others mix the stages.

    Returns:
      Signal like x. The lower frequencies lose 1 / (1 + k), as in the instrument.

    Reference:
      V. Zavalishin, The Art of VA Filter Design, rev. 2.1.2, 2018, chapter 5; A.
      Huovilainen, Non-linear digital implementation of the Moog ladder filter, DAFx
      2004, for the equation. Tuned to the peak instead of the cutoff: ours.

    >>> y = ladder(np.ones(400), 1000.0, 8000, resonance=0.5)
    >>> print(y[-1].round(6))  # 1 / (1 + 4 * 0.5)
    0.333333
    """
    one_of(kind, OUTPUTS, name="kind")
    linear = drive is None
    x, cutoff, resonance, drive = as_curves(
        x, cutoff=cutoff, resonance=resonance, drive=1.0 if linear else drive
    )
    xp = array_namespace(x)
    require(resonance >= 0.0, "resonance must be at least 0")
    require(drive > 0.0, "drive must be above 0, or None")
    k = 4.0 * (xp.clip(resonance, 0.0, 1.0) if linear else resonance)
    g = _tuned_gain(cutoff, k, sample_rate)
    output = _mixer(OUTPUTS[kind])

    if linear:

        def step(s, x_n, c):
            s, u, y = _linear_step(s, x_n, *c)
            return s, output(u, y)

        return linear_scan(step, (0.0,) * 4, x, (g, k), prepare=_prepared)[1]

    def bent_step(s, x_n, c):
        s, u, y = _bent_step(s, x_n, *c)
        return s, output(u, y)

    return number_scan(bent_step, (0.0,) * 4, drive * x, (g, k))[1] / drive


def peak_ratio(resonance):
    """Where the ladder's resonance lies, as a part of the cutoff: 0 (none) to 1.

    The top of |1 / ((1 + j w)^4 + k)|, k = 4 resonance: with m = w^2 + 1 the derivative
    of the square vanishes where m^3 + k m = 4 k. Below k = 1 / 3 there is no peak.

    >>> print(peak_ratio(np.array([0.05, 0.5, 0.975, 1.0])).round(4))
    [0.     0.8187 0.9937 1.    ]
    """
    resonance = as_values(resonance, name="resonance")
    require(resonance >= 0.0, "resonance must be at least 0")
    return _peak_ratio(4.0 * resonance, least=0.0)


def _peak_ratio(k, *, least):
    """The real root of m^3 + k m = 4 k, by sinh as a cosine would give three."""
    xp = array_namespace(k)
    k = xp.maximum(k, 1.0 / 3.0)
    m = 2.0 * xp.sqrt(k / 3.0) * xp.sinh(xp.arcsinh(6.0 * xp.sqrt(3.0 / k)) / 3.0)
    return xp.sqrt(xp.maximum(m - 1.0, least))


def _tuned_gain(cutoff, k, sample_rate):
    """The trapezoid's gain g, for which the peak at r cutoff is warped to its place."""
    xp = array_namespace(cutoff, k)
    positive(sample_rate, name="sample_rate")
    ratio = _peak_ratio(k, least=1e-4)
    inside = xp.clip(cutoff, 0.0, HIGHEST * sample_rate)
    return tangent(np.pi / sample_rate * ratio * inside) / ratio


def _mixer(weights):
    """The sum of u and the stages, without those that do not matter."""
    used = [(j, weight) for j, weight in enumerate(weights) if weight]
    last = used[-1][0]
    if len(used) == 1:
        return lambda u, y: y[last - 1]
    return lambda u, y: sum([weight * (u, *y)[j] for j, weight in used])


def _prepared(g, k):
    f = 1.0 / (1.0 + g)
    return g, f, k, 1.0 / (1.0 + k * (g * f) ** 4)


def _linear_step(s, x, g, f, k, loop):
    """The stages y = (s + g y before) f; the loop without delay is solved for u."""
    u = (x - k * _stages(s, 0.0, g, f)[3]) * loop
    y = _stages(s, u, g, f)
    return tuple(2.0 * y_i - s_i for y_i, s_i in zip(y, s, strict=True)), u, y


def _stages(s, u, g, f):
    y1 = (s[0] + g * u) * f
    y2 = (s[1] + g * y1) * f
    y3 = (s[2] + g * y2) * f
    return y1, y2, y3, (s[3] + g * y3) * f


def _bent_step(s, x, g, k):
    """The same with tanh y = t y, where the slope t is that of the last guess of y."""
    s1, s2, s3, s4 = s
    u, y1, y2, y3, y4 = x - k * s4, s1, s2, s3, s4
    for _ in range(PASSES):
        g1, g2 = g * tanh_ratio(y1), g * tanh_ratio(y2)
        g3, g4 = g * tanh_ratio(y3), g * tanh_ratio(y4)
        f1, f2 = 1.0 / (1.0 + g1), 1.0 / (1.0 + g2)
        f3, f4 = 1.0 / (1.0 + g3), 1.0 / (1.0 + g4)
        # each stage is y = free + h (y before), free what its charge alone gives
        h1, h2, h3, h4, free1, free2, free3, free4 = settled(
            *(g * tanh_ratio(u) * f1, g1 * f2, g2 * f3, g3 * f4),
            *(s1 * f1, s2 * f2, s3 * f3, s4 * f4),
        )
        alone = ((free1 * h2 + free2) * h3 + free3) * h4 + free4
        u = (x - k * alone) / (1.0 + k * (h1 * h2 * h3 * h4))
        y1 = free1 + h1 * u
        y2 = free2 + h2 * y1
        y3 = free3 + h3 * y2
        y4 = free4 + h4 * y3
    s = (2.0 * y1 - s1, 2.0 * y2 - s2, 2.0 * y3 - s3, 2.0 * y4 - s4)
    return s, u, (y1, y2, y3, y4)
