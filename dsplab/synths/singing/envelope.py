"""Spectral envelopes: what a throat does to any pitch, known at one pitch only.

A voice sung at f0 shows its envelope at f0, 2 f0, 3 f0 ... and not between. What is
between is a guess: that of a throat is an all-pole model, whose resonances may well lie
where no harmonic is. What the model does not explain at the harmonics is added to it on
straight lines, so that at the pitch that was sung nothing changes:

    E(f) = M(f) + line through (L_h - M(h f0))    in decibels
"""

import math

import numpy as np

from dsplab._arguments import as_values, integer, positive
from dsplab._array import array_namespace
from dsplab.synths.singing.database import FLOOR_DB

NARROWEST = 60.0  # Hz; no resonance of a throat is narrower
RANGE_DB = 70.0  # harmonics that far below the loudest are not modelled


def all_pole(level_db, *, order, n_iterations=8):
    """Fit an all-pole model to the levels of harmonics.

    1 / |A(w)|^2 is wanted at the harmonics w_h = pi h / (H + 1) only. Plain linear
    prediction takes the lines for the spectrum itself and pulls every resonance to the
    nearest one; here A is corrected until its response, sampled where the harmonics
    are, has their correlation:

        R a = h,   h_i = (1 / H) sum_h cos(w_h i) / A(w_h)

    Args:
      level_db: of the harmonics of frames, (..., n_harmonics, n_frames).
      order: number of poles, below the number of harmonics.
      n_iterations: corrections. After many, a resonance that falls on a harmonic can
        become infinitely narrow, as nothing between the harmonics speaks against it.

    Returns:
      Coefficients a[0], a[1] ... of A, (..., n_frames, order + 1).

    Raises:
      ValueError: if there are not enough harmonics for the order.

    Reference:
      El-Jaroudi and Makhoul, "Discrete all-pole modeling", IEEE Trans. Signal
      Processing 39, 1991; each step goes half of the way, and there are few of them.

    >>> w = np.pi * np.arange(1, 31) / 31
    >>> A = 1 - 1.6 * np.exp(-1j * w) + 0.9 * np.exp(-2j * w)
    >>> a = all_pole(-20 * np.log10(abs(A))[:, None], order=2, n_iterations=40)
    >>> (a[0] / a[0, 0]).round(3).tolist()
    [1.0, -1.6, 0.9]
    """
    level_db = as_values(level_db, name="level_db")
    n_harmonics = level_db.shape[-2]
    integer(order, name="order", most=max(n_harmonics - 1, 1))
    xp = array_namespace(level_db)
    top = xp.max(level_db, axis=-2, keepdims=True)
    level = xp.maximum(level_db, top - RANGE_DB) - top
    power = xp.swapaxes(10.0 ** (level / 10.0), -1, -2)  # (..., n_frames, n_harmonics)
    mean = xp.mean(power, axis=-1, keepdims=True)
    power = power / mean
    angle = np.pi * np.arange(1, n_harmonics + 1) / (n_harmonics + 1)
    lags = np.arange(order + 1)
    wave = xp.asarray(np.cos(angle[:, None] * lags))
    turn = xp.asarray(np.exp(-1j * angle[:, None] * lags))
    r = power @ wave / n_harmonics
    R = r[..., abs(lags[:, None] - lags)] + 1e-9 * xp.asarray(np.eye(order + 1))
    first = xp.asarray(np.eye(order + 1)[0])[:, None]
    a = xp.linalg.solve(R, xp.broadcast_to(first, (*R.shape[:-1], 1)))[..., 0]
    a = a / xp.sqrt(xp.maximum(a[..., :1], 1e-12))  # of least squares: error 1
    inverse = xp.linalg.inv(R)
    for _ in range(n_iterations):
        response = 1.0 / (a @ turn.T)
        h = (response @ turn).real / n_harmonics
        a = 0.5 * a + 0.5 * (inverse @ h[..., None])[..., 0]
    gain = (power * xp.abs(a @ turn.T) ** 2).mean(axis=-1, keepdims=True)
    return a / xp.sqrt(gain * mean) * 10.0 ** (-xp.swapaxes(top, -1, -2) / 20.0)


def widened(a, least):
    """Let no resonance of all-pole models be narrower than that of a throat.

    Args:
      a: coefficients, (n_frames, order + 1).
      least: bandwidth as a share of the sample rate, (n_frames,).

    Returns:
      Coefficients like a.

    >>> a = np.array([[1.0, 0.0, 0.9801]])  # a pole of radius 0.99 at a quarter
    >>> widened(a, np.array([0.02])).round(3).tolist()
    [[1.0, 0.0, 0.882]]
    """
    order = a.shape[-1] - 1
    companion = np.zeros((*a.shape[:-1], order, order))
    companion[..., 0, :] = -a[..., 1:] / a[..., :1]
    companion[..., np.arange(1, order), np.arange(order - 1)] = 1.0
    poles = np.linalg.eigvals(companion)
    radius = np.maximum(np.abs(poles), 1e-9)
    inside = np.minimum(radius, 1.0 / radius)
    poles = poles / radius * np.minimum(inside, np.exp(-np.pi * least)[..., None])
    rows = np.zeros_like(a, dtype=complex)
    rows[..., 0] = 1.0
    for k in range(order):
        rows[..., 1:] = rows[..., 1:] - poles[..., k : k + 1] * rows[..., :-1]
    return rows.real * a[..., :1]


def model_db(a, place):
    """Level of all-pole models at places in units of the harmonic number.

    Args:
      a: coefficients, (n_frames, order + 1).
      place: angles in radians, (n_rows, n_frames).

    Returns:
      Decibels, (n_rows, n_frames).
    """
    turn = np.exp(-1j * np.asarray(place))
    A = np.zeros_like(turn)
    for k in range(a.shape[-1] - 1, -1, -1):
        A = A * turn + a[:, k]
    return -20.0 * np.log10(np.maximum(np.abs(A), 1e-12))


def order_for(f0, top=7000.0):
    """Poles for a voice that has harmonics up to `top` Hz at f0: two for each formant.

    >>> order_for(110.0), order_for(440.0)
    (16, 10)
    """
    positive(f0, name="f0")
    n_harmonics = int(top / f0)
    formants = min(math.ceil(top / 1000.0) + 1, max(n_harmonics // 3, 2))
    return min(2 * formants, n_harmonics - 1)


def transpose(level_db, f0, wanted, *, n_rows=None):
    """Sing with the same throat at another pitch.

    Args:
      level_db: of the harmonics at f0, (n_harmonics, n_frames).
      f0: Hz of each frame, (n_frames,), above 0.
      wanted: the new pitch, Hz, (n_frames,).
      n_rows: harmonics of the result; None for as many as there were.

    Returns:
      Levels of the harmonics of the new pitch, (n_rows, n_frames). Beyond the highest
      harmonic that was known they sink to silence.

    >>> level = np.array([[0.0], [-10.0], [-20.0], [-30.0], [-40.0]])
    >>> same = transpose(level, np.array([100.0]), np.array([100.0]))
    >>> bool(np.allclose(same, level))
    True
    """
    level_db, f0 = as_values(level_db, name="level_db"), as_values(f0, name="f0")
    wanted = as_values(wanted, name="wanted")
    n_harmonics, n_frames = level_db.shape
    n_rows = n_harmonics if n_rows is None else integer(n_rows, name="n_rows")
    order = min(order_for(float(np.median(f0))), n_harmonics - 1)
    place = np.arange(1, n_rows + 1)[:, None] * (wanted / f0)  # in harmonics of f0
    number = np.arange(1.0, n_harmonics + 1)[:, None]
    # a source falls by 6 dB an octave at least; the throat is what remains
    level_db = level_db + 20.0 * np.log10(number)
    if order < 2:
        model, at_place = np.zeros_like(level_db), np.zeros_like(place)
    else:
        narrow = NARROWEST / (2.0 * (n_harmonics + 1) * f0)
        a = widened(all_pole(level_db, order=order), narrow)
        angle = np.pi / (n_harmonics + 1)
        model = model_db(a, angle * np.broadcast_to(number, level_db.shape))
        at_place = model_db(a, angle * np.minimum(place, n_harmonics + 1.0))
    rest = _on_lines(level_db - model, place)
    beyond = np.maximum(place - n_harmonics, 0.0) * 12.0  # dB for each harmonic more
    slope = 20.0 * np.log10(place)
    return np.maximum(at_place + rest - slope - beyond, FLOOR_DB)


def _on_lines(rows, place):
    """Rows 1, 2, 3 ... of each frame, read between them on straight lines."""
    low = np.clip(np.floor(place).astype(int) - 1, 0, len(rows) - 1)
    high = np.minimum(low + 1, len(rows) - 1)
    share = np.clip(place - 1.0 - low, 0.0, 1.0)
    take = np.take_along_axis
    return take(rows, low, axis=0) * (1.0 - share) + take(rows, high, axis=0) * share
