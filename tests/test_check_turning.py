"""Exercises of lesson 22: wrong solutions get the right hint, right ones pass."""

import numpy as np

pi = np.pi


def wrap(half, span=2.0):
    return half - span * np.round(half / span)


def turns(angle, *, wrapped=wrap, axis=1, scale=pi, sign=1.0, first=True):
    """The steps from frame to frame; and what can go wrong with them."""
    d = wrapped(sign * np.diff(angle, axis=axis) / scale)
    return np.concatenate([angle[:, :1] / scale, d], axis=1) if first else d


def by_unwrapping(angle):
    steps = np.diff(np.unwrap(angle, axis=1), axis=1)
    return np.concatenate([angle[:, :1], steps], axis=1) / pi


def by_products(angle):
    z = np.exp(1j * angle)
    step = z[:, 1:] * np.conj(z[:, :-1])
    return np.angle(np.concatenate([z[:, :1], step], axis=1)) / pi


def by_prepending(angle):
    half = angle / pi
    return (np.diff(half, axis=1, prepend=0.0) + 1.0) % 2.0 - 1.0


def again(turns):
    return pi * wrap(np.cumsum(turns, axis=1))


def by_angles(turns):
    return np.angle(np.exp(1j * pi * np.cumsum(turns, axis=1)))


def by_rotating(turns):
    return np.angle(np.cumprod(np.exp(1j * pi * turns), axis=1))


def one_by_one(turns):
    y = np.array(pi * turns)
    for m in range(1, turns.shape[1]):
        y[:, m] = (y[:, m - 1] + y[:, m] + pi) % (2 * pi) - pi
    return y


RIGHT = {
    "phase_turns": [turns, by_unwrapping, by_products, by_prepending],
    "phases_again": [again, by_angles, by_rotating, one_by_one],
}

WRONG = {
    "phase_turns": [
        (lambda a: turns(a, first=False), "1 too few"),
        (lambda a: np.diff(a / pi, axis=1, prepend=0.0), "np.unwrap"),
        (lambda a: turns(a, scale=1.0), "divided by pi|times"),
        (lambda a: turns(a, scale=2 * pi), "divided by pi|times"),
        (lambda a: turns(a, sign=-1.0), "wrong sign|new phase"),
        (lambda a: np.concatenate([0 * a[:, :1], turns(a)[:, 1:]], 1), "No frame"),
        (lambda a: turns(a, wrapped=lambda d: wrap(d, 1.0)), "np.unwrap"),
        (lambda a: turns(a, wrapped=np.abs), "along axis 1|new phase"),
        (lambda a: turns(a, wrapped=lambda d: np.clip(d, -1, 1)), "np.unwrap"),
        (lambda a: turns(a).T, "wrong way round|np.concatenate|No frame"),
        (lambda a: a / pi, "new phase less the old"),
        (lambda a: np.diff(np.unwrap(a, axis=0), axis=1, prepend=0.0) / pi,
         "No frame|np.unwrap"),
        (lambda a: np.exp(1j * turns(a)), "complex"),
    ],
    "phases_again": [
        (lambda t: pi * np.cumsum(t, axis=1), "whole turns away"),
        (lambda t: wrap(np.cumsum(t, axis=1)), "times pi"),
        (lambda t: pi * wrap(np.cumsum(t, axis=0)), "Half turns times pi|axis 1"),
        (lambda t: pi * t, "np.cumsum"),
        (lambda t: pi * wrap(np.cumsum(t[:, 1:], axis=1)), "1 too few"),
        (lambda t: pi * wrap(np.cumsum(t, axis=1) - t[:, :1]), "Half turns times pi"),
        (lambda t: pi * np.clip(np.cumsum(t, axis=1), -1, 1), "Sum first"),
        (lambda t: pi * wrap(np.cumsum(t, axis=1), 1.0), "Sum first|Half turns"),
        (lambda t: -again(t), "wrong sign"),
        (lambda t: np.exp(1j * again(t)), "complex"),
        (lambda t: again(t).ravel(), "shape"),
    ],
}  # fmt: skip
