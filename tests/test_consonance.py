"""Roughness by its formula, inharmonicity of stretched partials."""

import jax
import numpy as np
import pytest
from jax.test_util import check_grads

from dsplab.analysis import consonance as co

RATE = 8000
T = np.arange(4000) / RATE


def test_roughness_is_the_sum_over_pairs(xp, compiled):
    rng = np.random.default_rng(0)
    f, a = rng.uniform(100, 2000, (2, 6)), rng.random((2, 6))

    def slow(f, a):
        total = 0.0
        for i in range(6):
            for j in range(i):
                d = 0.24 * abs(f[i] - f[j]) / (0.0207 * min(f[i], f[j]) + 18.96)
                total += min(a[i], a[j]) * (np.exp(-3.5 * d) - np.exp(-5.75 * d))
        return total

    d = np.linspace(0.0, 2.0, 100001)
    worst = (np.exp(-3.5 * d) - np.exp(-5.75 * d)).max()
    expected = [slow(*row) / worst for row in zip(f, a, strict=True)]
    found = compiled(co.roughness)(xp.asarray(f), xp.asarray(a))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_intervals_of_harmonic_sounds():
    """The curve of a sound with six partials has its minima at the just intervals."""
    h = np.arange(1.0, 7.0)
    amplitudes = np.tile(0.88 ** np.arange(6), 2)
    ratio = 2.0 ** (np.arange(-100, 1301) / 1200)
    f = 261.6 * np.concatenate([h + 0 * ratio[:, None], h * ratio[:, None]], axis=1)
    curve = co.roughness(f, np.broadcast_to(amplitudes, f.shape))
    low = np.flatnonzero((curve[1:-1] < curve[:-2]) & (curve[1:-1] < curve[2:])) + 1
    for just in (1, 6 / 5, 5 / 4, 4 / 3, 3 / 2, 5 / 3, 2):
        assert np.abs(1200 * np.log2(ratio[low] / just)).min() < 5.0, just


def test_dissonance_of_a_sound_does_not_know_its_level(xp, compiled):
    x = np.sin(2 * np.pi * 400 * T) + np.sin(2 * np.pi * 437 * T)
    both = xp.asarray(np.stack([x, 0.01 * x]))
    found = compiled(lambda x: co.dissonance(x, RATE, n_peaks=4))(both)
    expected = co.roughness([400.0, 437.0], [1.0, 1.0]) / 2.0
    np.testing.assert_allclose(np.asarray(found)[0, 4], expected, rtol=0.01)
    np.testing.assert_allclose(np.asarray(found)[1, 4], expected, rtol=0.01)


def test_inharmonicity_by_its_formula(xp, compiled):
    f, a = np.array([200.0, 410.0, 615.0]), np.array([1.0, 0.8, 0.5])
    x = (a[:, None] * np.sin(2 * np.pi * f[:, None] * T)).sum(axis=0)
    expected = 2 / 200 * (abs(f - [200, 400, 600]) * a**2).sum() / (a**2).sum()
    options = {"f0": 200.0, "n_peaks": 4}
    found = compiled(lambda x: co.inharmonicity(x, RATE, **options))(xp.asarray(x))
    np.testing.assert_allclose(found[4], expected, rtol=0.01)


def test_inharmonicity_finds_the_pitch_or_says_that_there_is_none():
    x = sum(np.sin(2 * np.pi * 180 * h * T) / h for h in range(1, 8))
    assert co.inharmonicity(x, RATE)[4] < 0.002
    noise = np.random.default_rng(0).standard_normal(4000)
    assert np.isnan(co.inharmonicity(noise, RATE)).any()


def test_string_stretch(xp, compiled):
    n = np.arange(1, 13)
    f0, stiffness = np.array([[55.0], [220.0]]), np.array([[1e-3], [3e-4]])
    f = xp.asarray(n * f0 * np.sqrt(1 + stiffness * n**2))
    found = compiled(co.string_stretch)(f)
    np.testing.assert_allclose(found.f0, f0[:, 0], rtol=1e-9)
    np.testing.assert_allclose(found.stiffness, stiffness[:, 0], rtol=1e-6)
    wrong = f + xp.asarray(np.where(n == 5, 30.0, 0.0))
    weights = xp.asarray(np.broadcast_to(np.where(n == 5, 0.0, 1.0), f.shape))
    again = co.string_stretch(wrong, amplitudes=weights)
    np.testing.assert_allclose(again.f0, f0[:, 0], rtol=1e-9)


def test_gradient_and_errors():
    a = np.array([1.0, 0.7, 0.2])
    check_grads(
        jax.jit(lambda r: co.roughness(np.array([200.0, 260.0, 300.0]) * r, a * r)),
        (1.3,),
        order=1,
        modes=["rev"],
    )
    with pytest.raises(ValueError, match="amplitudes must have the shape"):
        co.roughness([100.0, 200.0], [1.0])
    assert co.roughness([100.0], [1.0]) == 0.0
