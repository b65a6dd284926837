"""The string as an equation: every point of it, from one moment to the next.

Newton's law for each of N pieces, written with differences: what a piece does next
follows from where it and its neighbours are and were. Nothing is said about partials,
reflections or pitch, and all of them are there.
"""

import math
from typing import NamedTuple

import numpy as np

from dsplab._arguments import as_signal, as_values, integer, positive, require
from dsplab._array import array_namespace, is_traced, scan
from dsplab.synths._round_trip import numbers_like
from dsplab.synths.notes import find_patch, play_notes, velocity_gain

PEAK = 0.5  # at velocity 127
LEAP = 256  # steps that NumPy takes at a time


def string_motion(
    shape, n_samples, *, courant=1.0, stiffness=0.0, loss=0.0, dulling=0.0
):
    """Pull a string into a shape, let go, and watch all of it.

    With d2 the second difference along the string (ends fixed and free to turn), and
    one step of time and one piece of string as units:

        (1 + loss) u[n+1] = 2 u[n] - (1 - loss) u[n-1]
            + courant^2 d2 u[n] - stiffness d2 d2 u[n]
            + 2 dulling (d2 u[n] - d2 u[n-1])

    Args:
      shape: displacement at the points between the ends, (..., n_points); a string of
        n_points + 1 pieces.
      n_samples: steps of time.
      courant: pieces that a wave runs in a step, a number or (n_samples,). At 1, and
        without stiffness, the scheme is exact: two waves that move a piece a step.
      stiffness: kappa^2 k^2 / h^4 of the textbook; 0 for a perfectly flexible string.
      loss: of all frequencies alike.
      dulling: loss that grows with frequency.

    Returns:
      Displacement, (..., n_points, n_samples), of which the first is `shape`.

    Raises:
      ValueError: if courant^2 + 4 stiffness + 4 dulling > 1: such a scheme explodes.

    Reference: S. Bilbao, "Numerical Sound Synthesis", 2009, chapters 6 and 7.

    >>> string_motion(np.array([0.0, 1.0, 0.0]), 5).T.tolist()[:3]
    [[0.0, 1.0, 0.0], [0.5, 0.0, 0.5], [0.0, 0.0, 0.0]]
    """
    shape, n = as_signal(shape, name="shape"), integer(n_samples, name="n_samples")
    xp = array_namespace(shape)
    numbers = {"courant": courant, "stiffness": stiffness}
    numbers |= {"loss": loss, "dulling": dulling}
    coefficients = _coefficients(n, shape.dtype, xp, **numbers)
    _, u = scan(_step, _at_rest(shape, coefficients), coefficients)
    return u[..., 2:-2, :]


def _coefficients(n, dtype, xp, *, courant, stiffness, loss, dulling):
    """The four numbers of the scheme at every step, (n,) each, checked."""
    parts = {"courant": courant, "stiffness": stiffness, "loss": loss}
    parts = {k: as_values(v, name=k) for k, v in (parts | {"dulling": dulling}).items()}
    courant, stiffness, loss, dulling = parts.values()
    total = courant**2 + 4.0 * (stiffness + dulling)
    if not is_traced(total) and not (total <= 1.0 + 1e-9).all():
        raise ValueError(
            "courant^2 + 4 stiffness + 4 dulling must be at most 1, got "
            f"{float(total.max()):.4g}"
        )
    c2, still = courant**2, 1.0 + loss
    every = (
        (2.0 - 2.0 * c2 - 6.0 * stiffness - 4.0 * dulling) / still,  # u[n] itself
        (c2 + 4.0 * stiffness + 2.0 * dulling) / still,  # its neighbours
        -stiffness / still,  # and theirs
        -(1.0 - loss - 4.0 * dulling) / still,  # u[n-1]
        -2.0 * dulling / still,
    )
    return tuple(xp.broadcast_to(xp.asarray(c, dtype=dtype), (n,)) for c in every)


def _with_ends(u):
    """The string and its ends, beyond which it goes on upside down."""
    xp = array_namespace(u)
    end = xp.zeros_like(u[..., :1])
    return xp.concatenate([-u[..., :1], end, u, end, -u[..., -1:]], axis=-1)


def _step(state, now):
    """The scheme, multiplied out: from (u[n], u[n-1]) to (u[n+1], u[n]); shows u[n]."""
    u, before = state
    a0, a1, a2, b0, b1 = now
    after = a0 * u[..., 2:-2] + a1 * (u[..., 1:-3] + u[..., 3:-1])
    after = after + a2 * (u[..., :-4] + u[..., 4:]) + b0 * before[..., 2:-2]
    after = after + b1 * (before[..., 1:-3] + before[..., 3:-1])
    return (_with_ends(after), u), u


def _at_rest(shape, coefficients):
    """The state of a string that has the shape and does not move: u[-1] is u[1].

    Twice that is what the scheme makes of u[0] alone, were nothing lost.
    """
    a0, a1, a2, b0, b1 = (c[..., 0] for c in coefficients)
    half = 1.0 / (a0 + 2.0 * a1 + 2.0 * a2)  # (1 + loss) / 2
    first = (half * a0, half * a1, half * a2, 0.0 * b0, 0.0 * b1)
    u = _with_ends(shape)
    return u, _step((u, u), first)[0][0]


def energy(u, *, courant=1.0, stiffness=0.0):
    """Energy between each two steps of a motion: constant when nothing is lost.

        E = (1/2) sum (u[n] - u[n-1])^2 + (courant^2 / 2) sum (d u[n]) (d u[n-1])
            + (stiffness / 2) sum (d2 u[n]) (d2 u[n-1])

    Args:
      u: what `string_motion` returns, (..., n_points, n_samples).
      courant, stiffness: numbers, as there.

    Returns:
      Energy, (..., n_samples - 1).
    """
    u = as_signal(u, name="u", min_length=2)
    if u.ndim < 2:
        raise ValueError(f"u must have 2 or more dimensions, got shape {u.shape}")
    xp = array_namespace(u)
    y = xp.swapaxes(u, -1, -2)  # (..., n_samples, n_points)
    wide = _with_ends(y)
    bend = wide[..., 1:-3] - 2.0 * y + wide[..., 3:-1]
    moving = (y[..., 1:, :] - y[..., :-1, :]) ** 2
    # summed by parts: (d u)(d v) is -u (d2 v) where both ends are fixed
    pulled = -y[..., 1:, :] * bend[..., :-1, :]
    bent = bend[..., 1:, :] * bend[..., :-1, :]
    return 0.5 * (moving + courant**2 * pulled + stiffness * bent).sum(axis=-1)


def tuned(f0, sample_rate, *, segments, inharmonicity=0.0):
    """Courant number and stiffness with which a string of so many pieces sounds f0.

    The scheme's own partials lie at sin^2(omega / 2) = courant^2 s^2 + stiffness 4 s^4,
    s = sin(pi k / (2 segments)): solved for k = 1, the fundamental is in tune exactly.

    Args:
      f0: Hz, any shape.
      sample_rate: Hz.
      segments: pieces of the string.
      inharmonicity: B of partials k f0 sqrt(1 + B k^2).

    Returns:
      courant, stiffness, like f0.

    >>> courant, stiffness = tuned(np.array(441.0), 44100, segments=50)
    >>> float(courant.round(12)), float(stiffness)
    (1.0, 0.0)
    """
    f0 = as_values(f0, name="f0")
    xp = array_namespace(f0, inharmonicity)
    s2 = np.sin(np.pi / (2.0 * segments)) ** 2
    part = inharmonicity * (segments / np.pi) ** 2
    sine = xp.sin(np.pi * f0 / positive(sample_rate, name="sample_rate"))
    courant = sine / xp.sqrt(s2 + 4.0 * part * s2 * s2)
    return courant, part * courant**2


def most_segments(f0, sample_rate, *, inharmonicity=0.0, dulling=0.0):
    """The finest division of a string that is stable up to the pitch f0, a number.

    >>> most_segments(441.0, 44100)
    50
    """
    quarter = positive(sample_rate, name="sample_rate") / 4.0
    n = int(2.0 * quarter / positive(f0, name="f0")) + 1
    while n > 2:
        options = {"segments": n, "inharmonicity": inharmonicity}
        courant, stiffness = tuned(f0, sample_rate, **options)
        if courant**2 + 4.0 * (stiffness + dulling) <= 1.0 + 1e-12:
            return n
        n -= 1
    raise ValueError(f"f0 must be below a quarter of the sample rate, got {f0:g}")


class Patch(NamedTuple):
    """A string, how it is plucked, and where it is heard."""

    t60: float = 4.0  # seconds
    dulling: float = 1e-3  # more of it is darker
    inharmonicity: float = 0.0
    position: float = 0.2  # of the pluck, part of the string
    pickup: float = 0.11
    release: float = 0.15
    segments: int = 0  # 0: as many as the highest pitch allows


PRESETS = {
    "nylon string": Patch(dulling=3e-3, position=0.3, pickup=0.15),
    "steel string": Patch(6.0, 4e-4, 1e-4, 0.13, 0.08),
    "piano wire": Patch(8.0, 3e-4, 6e-4, 0.12, 0.07, 0.1),
    "rubber band": Patch(0.3, 2e-2, 0.0, 0.4, 0.3, 0.1),
}


def voice(f0, held, sample_rate, *, velocity=100.0, patch="steel string"):
    """Pluck one note.

    Args:
      f0: Hz at every sample, (n_samples,), release included; bends change the tension.
      held: seconds until it is damped, a number.
      sample_rate: Hz.
      velocity: 1 to 127.
      patch: name of a preset or a `Patch`; where f0 is traced, with its own number of
        segments, at most sample_rate / (2 f0).

    Returns:
      Signal like f0: the displacement under the pick-up.
    """
    f0 = as_signal(f0, name="f0", ndim=1)
    patch = find_patch(patch, PRESETS)
    quarter = positive(sample_rate, name="sample_rate") / 4.0
    require((f0 > 0.0) & (f0 < quarter), f"f0 must be within 0..{quarter:g} Hz")
    xp, n = array_namespace(f0, held, velocity, *patch), f0.shape[-1]
    segments = integer(patch.segments, name="patch.segments", least=0)
    stiff = patch.inharmonicity
    if not segments:
        if is_traced(f0):
            raise ValueError("patch.segments must be given where f0 is traced, got 0")
        options = {"inharmonicity": float(stiff), "dulling": float(patch.dulling)}
        segments = most_segments(float(f0.max()), sample_rate, **options)
    courant, stiffness = tuned(f0, sample_rate, segments=segments, inharmonicity=stiff)
    numbers = {"courant": courant, "stiffness": stiffness}
    numbers |= {"loss": 0.0, "dulling": patch.dulling}
    coefficients = _coefficients(n, f0.dtype, xp, **numbers)
    x = np.arange(1, segments) / segments
    pull = xp.minimum(x / patch.position, (1.0 - x) / (1.0 - patch.position))
    away = xp.abs(np.arange(-1, segments + 2) - patch.pickup * segments)
    ear = xp.asarray(xp.maximum(1.0 - away, 0.0), dtype=f0.dtype)  # in two points
    y = _listen(xp.asarray(pull, dtype=f0.dtype), coefficients, ear)
    held, velocity = numbers_like(f0, held=held, velocity=velocity)
    t = xp.asarray(np.arange(n) / sample_rate, dtype=f0.dtype)
    damped = xp.maximum(t - held - 0.01, 0.0) / patch.release
    # loss of all frequencies alike is a factor of the whole motion
    level = xp.exp(-math.log(1000.0) * (t / patch.t60 + damped))
    return PEAK * velocity_gain(velocity)[..., None] * level * y


def _listen(shape, coefficients, ear):
    """Let go, and hear ear @ u[n] at every step.

    Where nothing changes, a step is a product with one matrix T, learned from the
    scheme itself, and step i + B k is T^i T^(B k): NumPy takes B steps at a time.
    """
    start = _at_rest(shape, coefficients)
    if not isinstance(shape, np.ndarray) or any(np.ptp(c) for c in coefficients):

        def one(state, now):
            state, u = _step(state, now)
            return state, u @ ear

        return scan(one, start, coefficients)[1]
    n, n_points = coefficients[0].size, shape.size
    units = _with_ends(np.eye(2 * n_points)[:, :n_points])
    units = units, np.roll(units, n_points, axis=0)
    after, _ = _step(units, tuple(c[0] for c in coefficients))
    matrix = np.concatenate([part[:, 2:-2] for part in after], axis=1)
    heard = np.append(ear[2:-2], np.zeros(n_points))[:, None]
    while heard.shape[1] < min(n, LEAP):  # twice as many steps: T^(B + i) = T^B T^i
        heard = np.concatenate([heard, matrix @ heard], axis=1)
        matrix = matrix @ matrix
    state = np.concatenate([part[2:-2] for part in start])
    states = [state]
    for _ in range(-(-n // heard.shape[1]) - 1):
        states.append(states[-1] @ matrix)
    return (np.stack(states) @ heard).reshape(-1)[:n].astype(shape.dtype)


def tail(patch="steel string"):
    """Seconds that a note sounds on after its key is released."""
    return float(find_patch(patch, PRESETS).release) + 0.02


def play(notes, sample_rate, *, patch="steel string", **options):
    """Pluck notes; see `dsplab.synths.notes.play_notes`.

    >>> y = play([(0.0, 0.05, 57)], 8000, patch="rubber band")
    >>> bool(0.05 < np.abs(y).max() < 0.5)
    True
    """
    patch = find_patch(patch, PRESETS)
    options = {"patch": patch, "tail": tail(patch)} | options
    return play_notes(voice, notes, sample_rate, **options)
