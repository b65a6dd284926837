"""Operators: sines that move each other's phase, the bricks of FM synthesis.

An operator is a sine with a level. What it is connected to makes its level something
else: of a carrier, which is heard, it is the loudness; of a modulator, which moves the
phase of another operator, it is the modulation index in radians, the brightness.
"""

import numpy as np

from dsplab._arguments import as_curves, as_signal, as_values, integer, one_of, positive
from dsplab._array import array_namespace, is_traced, sine_of_cycles, sine_ring
from dsplab.sources.phasor import phase

FEEDBACKS = ("mean", "plain")


def phase_modulation(carrier, modulator, sample_rate, *, index):
    """Play two operators, one moving the phase of the other.

        y(t) = sin(2 pi carrier t + index sin(2 pi modulator t))

    The spectrum has lines at carrier + k modulator for all whole k, with the weights
    J_k(index) of Bessel (see `sidebands`): a whole-number ratio gives harmonics of one
    tone, another ratio a bell.

    Args:
      carrier: Hz at every sample, (..., n_samples).
      modulator: Hz, a number or a curve that broadcasts to carrier.
      sample_rate: Hz.
      index: radians of phase, a number or a curve: 0 is a sine, 10 is bright.

    Returns:
      Signal, (..., n_samples).

    Reference:
      Chowning, "The synthesis of complex audio spectra by means of frequency
      modulation", Journal of the Audio Engineering Society 21, 1973.

    >>> y = phase_modulation(np.full(4, 2.0), 2.0, 8.0, index=0.0)
    >>> (y.round(6) + 0.0).tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    carrier, modulator, index = as_curves(
        carrier, called="carrier", modulator=modulator, index=index
    )
    xp = array_namespace(carrier)
    modulator = phase(xp.broadcast_to(modulator, carrier.shape), sample_rate)
    moved = index * xp.sin(2.0 * np.pi * modulator)
    return xp.sin(2.0 * np.pi * phase(carrier, sample_rate) + moved)


def frequency_modulation(carrier, modulator, sample_rate, *, deviation):
    """Let a sine move the frequency of another: vibrato, until it is quick enough.

        frequency(t) = carrier + deviation cos(2 pi modulator t)

    Its integral is the phase, which moves by index = deviation / modulator radians: a
    steady sound is that of `phase_modulation`. But where the deviation has a mean,
    here the pitch drifts, and there only the phase; so synthesizers modulate phase.

    Args:
      carrier: Hz at every sample, (..., n_samples).
      modulator: Hz, a number or a curve that broadcasts to carrier.
      sample_rate: Hz.
      deviation: Hz, a number or a curve.

    Returns:
      Signal, (..., n_samples).

    >>> y = frequency_modulation(np.full(4, 2.0), 2.0, 8.0, deviation=0.0)
    >>> (y.round(6) + 0.0).tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    carrier, modulator, deviation = as_curves(
        carrier, called="carrier", modulator=modulator, deviation=deviation
    )
    xp = array_namespace(carrier)
    moving = phase(xp.broadcast_to(modulator, carrier.shape), sample_rate)
    frequency = carrier + deviation * xp.cos(2.0 * np.pi * moving)
    return xp.sin(2.0 * np.pi * phase(frequency, sample_rate))


def operator(p, level=1.0, *, modulation=0.0):
    """Play one operator.

        y = level sin(2 pi p + modulation)

    Args:
      p: phase in cycles, (..., n_samples).
      level: number or curve.
      modulation: radians: what the operators that modulate it play, or 0.

    Returns:
      Signal, (..., n_samples).

    >>> operator(np.array([0.0, 0.25]), 0.5).tolist()
    [0.0, 0.5]
    """
    p, level, modulation = as_curves(p, called="p", level=level, modulation=modulation)
    return _operator(p, level, modulation)


def _operator(p, level, modulation):
    return level * sine_of_cycles(p, modulation)


def feedback_operator(p, level=1.0, *, amount, modulation=0.0, kind="mean"):
    """Play an operator that modulates itself: from a sine to a saw to noise.

        y[n] = level sin(2 pi p[n] + modulation + amount (y[n-1] + y[n-2]) / 2)

    Around amount 1 it is a saw, above 1.5 it turns to noise. The mean of two samples is
    what the DX7 feeds back: from one alone ("plain") the wave begins to flutter at half
    the sampling rate.

    Args:
      p: phase in cycles, (..., n_samples).
      level: number or curve.
      amount: radians for a sample of height one: a number or a curve.
      modulation: radians: what other operators play.
      kind: "mean", or "plain" for amount y[n-1].

    Returns:
      Signal, (..., n_samples).

    Reference:
      Tomisawa, "Tone production method for an electronic musical instrument", US
      patent 4249447, 1981.

    >>> y = feedback_operator(np.array([0.25, 0.25]), amount=np.pi / 2, kind="plain")
    >>> y.round(6).tolist()
    [1.0, 0.0]
    """
    one_of(kind, FEEDBACKS, name="kind")
    p, level, amount, modulation = as_curves(
        p, called="p", level=level, amount=amount, modulation=modulation
    )
    newest = 0.5 if kind == "mean" else 1.0
    angle = 2.0 * np.pi * p + modulation
    return sine_ring([angle], [level], amount, newest=newest)[0]


def play_operators(
    phases,
    levels,
    *,
    modulators,
    carriers=(0,),
    feedback=None,
    ring=(),
    sounds=None,
):
    """Play any number of operators that modulate each other: an algorithm.

    Args:
      phases: in cycles, one (..., n_samples) for each operator.
      levels: one number or curve for each operator.
      modulators: for each operator, the numbers of those that modulate it. They come
        later in the row, so that all can be played one after the other: ((1,), (2,),
        ()) is a stack of three, ((1, 2), (), ()) two that modulate one.
      carriers: numbers of the operators that are heard; they are added.
      feedback: for each operator, the amount by which it modulates itself, or None.
      ring: numbers of a stack whose last modulates the first, instead of itself, by the
        feedback of the first: (5, 4) where 5 modulates 4, and comes back to 5.
      sounds: what operators play by their number, of those for which it is known.

    Returns:
      Signal, (..., n_samples).

    Raises:
      ValueError: if the connections are not such.

    >>> p = np.array([0.0, 0.25, 0.5])
    >>> play_operators([p, p], [1.0, 0.0], modulators=((1,), ())).round(6).tolist()
    [0.0, 1.0, 0.0]
    """
    n = len(phases)
    feedback = (None,) * n if feedback is None else feedback
    check_algorithm(n, modulators, carriers)
    sounds = [(sounds or {}).get(k) for k in range(n)]
    for k in reversed(range(n)):
        if sounds[k] is not None:
            continue  # known, or played with the others of its ring
        moved = _sum(sounds[j] for j in modulators[k])
        if not is_traced(levels[k]) and k not in ring and not np.any(levels[k]):
            sounds[k] = 0.0 * phases[k]
            continue
        if feedback[k] is None:
            sounds[k] = _operator(phases[k], levels[k], moved)
            continue
        members = ring if k in ring else (k,)
        angles = [2.0 * np.pi * phases[j] for j in members]
        angles[0] = angles[0] + moved
        played = sine_ring(angles, [levels[j] for j in members], feedback[k])
        for j, y in zip(members, played, strict=True):
            sounds[j] = y
    return _sum(sounds[k] for k in carriers)


def _sum(sounds):
    """Their sum, and 0.0 of none."""
    sounds = list(sounds)
    return sum(sounds[1:], sounds[0]) if sounds else 0.0


def check_algorithm(n, modulators, carriers):
    """Raise unless n operators can be connected like this."""
    if len(modulators) != n:
        raise ValueError(f"modulators must be {n} tuples, got {modulators!r}")
    for k, row in enumerate(modulators):
        if any(not k < j < n for j in row):
            raise ValueError(
                f"modulators of operator {k} must be in {k + 1}..{n - 1}, got {row!r}"
            )
    if not carriers or any(not 0 <= k < n for k in carriers):
        raise ValueError(f"carriers must be in 0..{n - 1}, got {carriers!r}")


def bessel(index, *, n_orders):
    """J_k(index) for k = 0 .. n_orders - 1: how strong each sideband of FM is.

    J_k is the k-th Fourier coefficient of the modulated wave itself,

        J_k(index) = mean over a period of exp(i (index sin(a) - k a)),

    and an FFT gives all of them to the last digit.

    Args:
      index: number or array (...,).
      n_orders: how many; from index + 12 on they are nearly zero. For any index below
        n_orders + 200.

    Returns:
      (..., n_orders)

    >>> abs(bessel(2.404826, n_orders=2)).round(3).tolist()  # the carrier disappears
    [0.0, 0.519]
    """
    index = as_values(index, name="index")
    xp = array_namespace(index)
    n = 4 * integer(n_orders, name="n_orders") + 512
    angle = xp.asarray(2.0 * np.pi * np.arange(n) / n, dtype=index.dtype)
    wave = xp.exp(1j * index[..., None] * xp.sin(angle))
    return xp.fft.fft(wave)[..., :n_orders].real / n


def sidebands(carrier, modulator, index, *, sample_rate=None, n_orders=None):
    """Predict the spectrum of `phase_modulation`: its lines and their heights.

        sin(c t + I sin(m t)) = sum_k J_k(I) sin((c + k m) t),  J_-k = (-1)^k J_k

    Lines below 0 Hz are reflected, as -sin: where they meet others (the ratio is a
    whole number, or a half) they add to or take from them. Those above half the
    sampling rate come back, too.

    Args:
      carrier, modulator: Hz, numbers or arrays that broadcast with index.
      index: radians.
      sample_rate: Hz; None for a world without one.
      n_orders: sidebands on either side; None for all that matter: index + 12 of a
        Python number.

    Returns:
      Frequencies in Hz, at least 0, and signed amplitudes of sines, both (..., 2
      n_orders + 1), from the lowest sideband to the highest. `lines` adds up those that
      coincide.

    Reference:
      Chowning 1973, as in `phase_modulation`.

    >>> frequency, amplitude = sidebands(100.0, 100.0, 1.0, n_orders=2)
    >>> frequency.tolist(), amplitude.round(3).tolist()
    ([100.0, 0.0, 100.0, 200.0, 300.0], [-0.115, -0.44, 0.765, 0.44, 0.115])
    """
    index = as_values(index, name="index")
    xp = array_namespace(index)
    if n_orders is None:
        n_orders = int(np.abs(np.asarray(index)).max()) + 12
    upper = bessel(index, n_orders=n_orders + 1)
    k = np.arange(-n_orders, n_orders + 1)
    sign = xp.asarray(np.where(k < 0, (-1.0) ** k, 1.0), dtype=index.dtype)
    amplitude = sign * upper[..., abs(k)]
    carrier = as_values(carrier, name="carrier")[..., None]
    frequency = carrier + k * as_values(modulator, name="modulator")[..., None]
    if sample_rate is not None:
        positive(sample_rate, name="sample_rate")
        frequency = frequency - sample_rate * xp.round(frequency / sample_rate)
    return xp.abs(frequency), xp.where(frequency < 0.0, -amplitude, amplitude)


def lines(frequency, amplitude, *, tolerance=1e-6):
    """Add the amplitudes of sines at one frequency, in order of frequency (NumPy only).

    >>> lines(np.array([100.0, 0.0, 100.0]), np.array([-0.115, 0.0, 0.765]))[1].tolist()
    [0.0, 0.65]
    """
    frequency = as_signal(frequency, name="frequency", ndim=1)
    amplitude = as_signal(amplitude, name="amplitude", ndim=1)
    if frequency.shape != amplitude.shape:
        raise ValueError(
            f"frequency and amplitude must be of one shape, got {frequency.shape} and "
            f"{amplitude.shape}"
        )
    order = np.argsort(np.asarray(frequency), kind="stable")
    frequency, amplitude = np.asarray(frequency)[order], np.asarray(amplitude)[order]
    group = np.cumsum(np.diff(frequency, prepend=frequency[0]) > tolerance)
    return frequency[np.unique(group, return_index=True)[1]], np.bincount(
        group, weights=amplitude
    )


def carson_bandwidth(modulator, index):
    """Hz within which nearly all (98 %) of the power of FM lies, around the carrier.

        bandwidth = 2 (index + 1) modulator

    Reference:
      Carson, "Notes on the theory of modulation", Proceedings of the IRE 10, 1922.

    >>> float(carson_bandwidth(100.0, 4.0))
    1000.0
    """
    modulator = as_values(modulator, name="modulator")
    return 2.0 * (as_values(index, name="index") + 1.0) * modulator
