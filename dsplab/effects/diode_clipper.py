"""The diode clipper: two diodes that short a capacitor, solved as the circuit it is.

A resistor feeds a capacitor; two diodes across it, one for each direction, conduct ever
better as its voltage v grows. It is a low-pass whose cutoff rises with loudness, which
no curve alone can do: highs are dulled when quiet and bitten off when loud.
"""

from dsplab._arguments import as_curves, integer, positive
from dsplab._array import array_namespace, linear_recursion, stop_gradient
from dsplab.resampling import downsample, upsample

RESISTANCE, CAPACITANCE = 2200.0, 10e-9  # ohms, farads
SATURATION_CURRENT, THERMAL_VOLTAGE = 2.52e-9, 45.3e-3  # of a 1N4148: amperes, volts
ROUNDS = 8  # of Newton's method through the signal: 1e-7 of a thermal voltage at 45 V
MARGIN = 64  # samples that the filters of resampling reach into


def diode_clipper(
    x,
    sample_rate,
    *,
    resistance=RESISTANCE,
    capacitance=CAPACITANCE,
    saturation_current=SATURATION_CURRENT,
    thermal_voltage=THERMAL_VOLTAGE,
    oversampling=4,
):
    """Solve the circuit of the diode clipper for its output voltage.

        dv/dt = (x - v) / (R C) - (2 I / C) sinh(v / V)

    by the trapezoidal rule: each sample asks for the root of an equation that holds the
    root of the sample before. Instead of one after the other all are found together.
    With q the sum of all that belongs to the new sample,

        q[n] = (1 + b) v[n] + a sinh(v[n])
             = 2 v[n-1] - q[n-1] + b (x[n] + x[n-1])

    (voltages in units of V, a = I / (C V f), b = 1 / (2 R C f), f the raised sampling
    rate) v is a function of q whose slope is nowhere above one. So Newton's method
    on the whole signal, a linear recursion in each round, converges to all digits in
    eight rounds, from the voltages that would be reached without a capacitor.

    Args:
      x: the voltage that drives it, (..., n_samples), of some volts for distortion.
      sample_rate: Hz.
      resistance: ohms.
      capacitance: farads.
      saturation_current: of a diode, amperes.
      thermal_voltage: times the emission coefficient, volts: what the current needs to
        grow e times. All four are numbers, which may be learned.
      oversampling: 1, 2, 4 ...: the factor on the sampling rate, against aliases.

    Returns:
      Voltage at the output, (..., n_samples): hardly ever above 0.7.

    Raises:
      ValueError: if an argument is out of range.

    Reference:
      Yeh, Abel and Smith, "Simulation of the diode limiter in guitar distortion
      circuits by numerical solution of ordinary differential equations", DAFx 2007.
      Theirs solves one sample after the other; the rounds through the signal are ours.

    >>> x = 4.5 * np.sin(2 * np.pi * 100 * np.arange(441) / 44100)
    >>> bool(0.55 < diode_clipper(x, 44100).max() < 0.65)
    True
    """
    x, R, C, current, volt = as_curves(
        x,
        resistance=resistance,
        capacitance=capacitance,
        saturation_current=saturation_current,
        thermal_voltage=thermal_voltage,
    )
    rate = positive(sample_rate, name="sample_rate")
    xp = array_namespace(x)
    rate *= integer(oversampling, name="oversampling")
    a, b = current / (C * volt * rate), 0.5 / (R * C * rate)
    around = [(0, 0)] * (x.ndim - 1) + [(MARGIN, MARGIN)]
    u = upsample(xp.pad(x / volt, around), oversampling)
    v = _solve(u, a, b)
    return volt * downsample(v, oversampling)[..., MARGIN:-MARGIN]


def _solve(u, a, b):
    """Voltages v for the driving u, in thermal voltages."""
    xp = array_namespace(u)
    w = b * (u + _late(u))
    still, bend = stop_gradient(1.0 + b), stop_gradient(a)
    v = _root(stop_gradient(u), 1.0, stop_gradient(a / b))
    q = still * v + bend * xp.sinh(v)
    # only the last round is differentiated, which is exact where the rounds agree
    for _ in range(ROUNDS - 1):
        q = _round(q, stop_gradient(w), bend, still)
    q = _round(stop_gradient(q), w, a, 1.0 + b)
    return _root(q, 1.0 + b, a)


def _round(q, w, a, b):
    """One step of Newton's method: the recursion made straight around the last q."""
    v = _root(q, b, a)
    constant = stop_gradient(v)
    slope = 2.0 / stop_gradient(b + a * array_namespace(q).cosh(constant)) - 1.0
    slope = stop_gradient(slope)
    v = 2.0 * v - (1.0 + slope) * q
    return linear_recursion((-_late(slope),), w + _late(v))


def _root(q, b, a):
    """The v with b v + a sinh(v) = q.

    Halley's method from above, where it cannot miss. Derivatives pass through a last
    step of Newton's alone.
    """
    xp = array_namespace(q)
    size, scale, bend = (stop_gradient(value) for value in (xp.abs(q), b, a))
    v = xp.minimum(size / scale, xp.arcsinh(size / bend))
    for _ in range(3):
        f, slope = _equation(v, size, scale, bend)
        v = v - 2.0 * f * slope / (2.0 * slope**2 - f * (f + size - scale * v))
    v = stop_gradient(v)
    f, slope = _equation(v, xp.abs(q), b, a)
    return xp.sign(q) * (v - f / stop_gradient(slope))


def _equation(v, q, b, a):
    """b v + a sinh(v) - q, and its derivative."""
    grown = array_namespace(v).expm1(v)  # one exponential for both functions
    shrunk = 1.0 / (grown + 1.0)
    sinh = 0.5 * grown * (1.0 + shrunk)
    return b * v + a * sinh - q, b + a * (sinh + shrunk)


def _late(x):
    """x[n-1], silence before."""
    xp = array_namespace(x)
    return xp.concatenate([xp.zeros_like(x[..., :1]), x[..., :-1]], axis=-1)
