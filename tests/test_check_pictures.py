"""Exercises of lesson 21, pictures: wrong solutions caught, right ones pass."""

import numpy as np


def picture(power, range_db, *, factor=10.0, top=np.max, clip=True,
            scale=lambda d, r: 1.0 + d / r):  # fmt: skip
    """The picture, and what can go wrong with it."""
    power = np.maximum(power, 1e-30)
    if power.max() <= 1e-30:
        return np.zeros_like(power)
    decibels = factor * np.log10(power / top(power))
    decibels = np.maximum(decibels, -range_db) if clip else decibels
    return scale(decibels, range_db)


def picture_of_magnitude(power, range_db):
    magnitude = np.sqrt(power)
    loudest = magnitude.max()
    if loudest == 0:
        return np.zeros_like(power)
    with np.errstate(divide="ignore"):
        return np.clip(20 * np.log10(magnitude / loudest) / range_db + 1, 0, None)


def picture_point_by_point(power, range_db):
    y = np.zeros(power.shape)
    least = power.max() / 10 ** (range_db / 10)
    for place in np.argwhere(power > least):
        fall = np.log10(power.max() / power[tuple(place)])
        y[tuple(place)] = (range_db - 10 * fall) / range_db
    return y


def by_zero(power, range_db):
    with np.errstate(divide="ignore", invalid="ignore"):
        decibels = 10 * np.log10(power / power.max())
    return 1 + np.maximum(decibels, -range_db) / range_db


def by_frame(power):
    return power.max(axis=0, keepdims=True)


def magnitude(y, range_db, *, unit=20.0, black=0.0, white=1.0):
    return np.where(y > 0, 10 ** ((y - white) * range_db / unit), black)


def magnitude_by_exp(y, range_db):
    level = np.log(10) / 20 * range_db * (y - 1)
    return np.exp(level) * (y > 0)


def magnitude_by_root(y, range_db):
    out = np.zeros_like(y)
    out[y > 0] = np.sqrt(10 ** (range_db / 10 * (y[y > 0] - 1)))
    return out


def means(y, hop):
    n = len(y) // hop
    return y[: n * hop].reshape(n, hop, y.shape[1]).mean(axis=1)


def means_by_loop(y, hop):
    return np.array([y[i * hop : (i + 1) * hop].mean(0) for i in range(len(y) // hop)])


def means_by_sums(y, hop):
    total = np.concatenate([np.zeros((1, y.shape[1])), np.cumsum(y, axis=0)])
    return np.diff(total[::hop][: len(y) // hop + 1], axis=0) / hop


def means_across(y, hop):
    n = len(y) // hop
    return y[: n * hop].reshape(hop, n, y.shape[1]).mean(axis=0)


def means_mixed(y, hop):
    n = len(y) // hop
    mean = y[: n * hop].reshape(n, -1).mean(axis=1, keepdims=True)
    return np.repeat(mean, y.shape[1], axis=1)


RIGHT = {
    "note_picture": [picture, picture_of_magnitude, picture_point_by_point],
    "picture_magnitude": [magnitude, magnitude_by_exp, magnitude_by_root],
    "frame_means": [means, means_by_loop, means_by_sums],
}
WRONG = {
    "note_picture": [
        (lambda p, r: picture(p, r).T, "shape of power"),
        (lambda p, r: picture(p, r, factor=20.0), "10 log10"),
        (lambda p, r: picture(p, r, factor=10 / np.log(10)), "1 + decibels"),
        (lambda p, r: picture(p, r, top=lambda p: 1.0), "power.max"),
        (lambda p, r: picture(p, r, top=by_frame), "power.max"),
        (lambda p, r: picture(p, r, top=np.mean), "power.max"),
        (lambda p, r: picture(p, r, clip=False), "np.maximum|-range_db"),
        (lambda p, r: picture(p, r, scale=lambda d, r: -d / r), "shall become"),
        (lambda p, r: picture(p, r, scale=lambda d, r: d), "shall become"),
        (lambda p, r: picture(p, r, scale=lambda d, r: 1 + d / 120), "shall become"),
        (lambda p, r: picture(p, r, scale=lambda d, r: 1 + 2 * d / r), "shall become"),
        (lambda p, r: np.maximum(p / p.max(), 10 ** (-r / 10)), "0 dB|shall become"),
        (by_zero, "logarithm of zero"),
    ],
    "picture_magnitude": [
        (lambda y, r: magnitude(y, r).T, "shape of the picture"),
        (lambda y, r: magnitude(y, r, unit=10.0), "not |X|"),
        (lambda y, r: magnitude(y, r, white=0.0), "0 dB"),
        (lambda y, r: magnitude(1 - y, r), "0 dB"),
        (lambda y, r: y, "10 ** (decibels / 20)"),
        (lambda y, r: magnitude(y, 120.0), "/ 20"),
        (lambda y, r: magnitude(y, r, black=10 ** (-r / 20)), "noise"),
        (lambda y, r: np.exp((y - 1) * r / 20) * (y > 0), "/ 20"),
    ],
    "frame_means": [
        (lambda y, h: y[::h], "hop_length codes|no mean"),
        (lambda y, h: y[: len(y) // h * h : h], "not the sum|no mean"),
        (lambda y, h: h * means(y, h), "divide by"),
        (lambda y, h: means(y, h).T, "codes"),
        (means_across, "t // hop_length|every n-th"),
        (means_mixed, "not the sum|channels"),
        (lambda y, h: np.repeat(means(y, h), h, axis=0), "codes"),
        (lambda y, h: means(y[len(y) % h :], h), "t // hop_length|whole"),
    ],
}
