"""The phaser, and what else an LFO does: notches where computed, swells, places."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.effects import tremolo as tremolos
from dsplab.effects.equaliser import equaliser
from dsplab.effects.phaser import (
    PRESETS,
    allpass_coefficient,
    notch_frequencies,
    phaser,
)
from dsplab.effects.tremolo import auto_pan, tremolo
from dsplab.filters import design

RATE, N = 8000, 800
X = np.random.default_rng(0).standard_normal((2, N))


@pytest.mark.parametrize("feedback", [0.0, 0.6, -0.6])
def test_phaser_equals_the_loop(feedback):
    y = phaser(X[0], RATE, n_stages=4, frequency=5.0, feedback=feedback)
    f = 800.0 * 2.0 ** (1.5 * np.sin(2 * np.pi * 5.0 * np.arange(N) / RATE))
    t = np.tan(np.pi * f / RATE)
    c = (t - 1) / (t + 1)
    s, last = np.zeros(4), 0.0
    wanted = np.zeros(N)
    for n in range(N):
        u = first = X[0, n] + feedback * last
        for k in range(4):
            out = c[n] * u + s[k]
            s[k] = u - c[n] * out
            u = out
        last = u
        wanted[n] = (first + u) / 2
    np.testing.assert_allclose(y, wanted, atol=1e-9)


@pytest.mark.parametrize("feedback", [0.0, 0.7])
@pytest.mark.parametrize("n_stages", [4, 6])
def test_notches_are_where_they_are_computed(n_stages, feedback):
    n = 80000
    options = {"octaves": 0.0, "centre": 900.0, "feedback": feedback}
    H = abs(np.fft.rfft(phaser(np.eye(1, n)[0], RATE, n_stages=n_stages, **options)))
    for f in notch_frequencies(900.0, RATE, n_stages=n_stages):
        around = slice(round((f - 50) * n / RATE), round((f + 50) * n / RATE))
        lowest = around.start + int(H[around].argmin())
        assert abs(lowest * RATE / n - f) < 0.2
        assert H[lowest] < 2e-3
    assert H[0] > 0.99


def test_the_sweep_goes_as_far_as_asked():
    # a tone at the notch of the highest place disappears only there
    top = float(notch_frequencies(800.0 * 2.0, RATE, n_stages=2)[0])
    n = np.arange(RATE)
    tone = np.sin(2 * np.pi * top * n / RATE)
    y = phaser(tone, RATE, n_stages=2, frequency=1.0, octaves=1.0)
    level = np.sqrt((y**2).reshape(100, 80).mean(axis=1))
    assert abs(level[5:].argmin() + 5 - 25) <= 1  # after a quarter of the cycle


def test_channels_and_mix():
    y = phaser(np.stack([X[0], X[0]]), RATE, spread=0.0)
    np.testing.assert_allclose(y[0], y[1], atol=1e-12)
    y = phaser(np.stack([X[0], X[0]]), RATE)
    assert np.abs(y[0] - y[1]).max() > 0.1
    np.testing.assert_allclose(y[0], phaser(X[0], RATE), atol=1e-12)
    np.testing.assert_array_equal(phaser(X, RATE, mix=0.0), X)
    assert allpass_coefficient(RATE / 4, RATE) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("feedback", [0.0, 0.5])
def test_jax_makes_the_same_of_it(feedback):
    y = jax.jit(lambda x: phaser(x, RATE, feedback=feedback))(jnp.asarray(X))
    np.testing.assert_allclose(y, phaser(X, RATE, feedback=feedback), atol=1e-9)
    assert phaser(X.astype(np.float32), RATE).dtype == np.float32


@pytest.mark.parametrize("name", PRESETS)
def test_presets_stay_bounded(name):
    y = phaser(np.sign(np.sin(np.arange(4000) / 20)), RATE, **PRESETS[name])
    assert 0.1 < np.abs(y).max() < 5.0


def test_gradient():
    def energy(centre, feedback):
        y = phaser(jnp.asarray(X[0, :200]), RATE, centre=centre, feedback=feedback)
        return (y**2).sum()

    jax.test_util.check_grads(jax.jit(energy), (700.0, 0.4), 1, ["rev"], eps=1e-4)


def test_tremolo_and_auto_pan(xp):
    x = xp.ones((2, RATE))
    wave = np.sin(2 * np.pi * 5 * np.arange(RATE) / RATE)
    y = tremolo(x, RATE, frequency=5.0, depth=0.6)
    np.testing.assert_allclose(y[0], 1 - 0.3 * (1 - wave), atol=1e-9)
    apart = tremolo(x, RATE, frequency=5.0, depth=1.0, spread=1.0)
    np.testing.assert_allclose(apart[0] + apart[1], 1.0, atol=1e-9)
    y = np.asarray(auto_pan(x, RATE, frequency=1.0))
    np.testing.assert_allclose((y**2).sum(axis=0), 2.0, atol=1e-9)
    np.testing.assert_allclose(y[:, RATE // 4], [0.0, np.sqrt(2)], atol=1e-9)
    np.testing.assert_allclose(tremolo(x, RATE, depth=0.0), x)


@pytest.mark.parametrize("name", tremolos.PRESETS)
def test_tremolo_presets(name):
    y = tremolo(np.ones((2, RATE)), RATE, **tremolos.PRESETS[name])
    assert 0.0 <= y.min() < 0.7 and 0.9 < y.max() <= 1.0


def test_equaliser_is_its_filters_in_a_row(xp):
    bands = [("peaking", 1000.0, 6.0, 2.0), ("lowpass", 3000.0)]
    click = xp.asarray(np.eye(1, N)[0])
    H = np.fft.rfft(np.asarray(equaliser(click, RATE, bands=bands)))
    z = np.exp(-2j * np.pi * np.arange(H.size) / N)
    wanted = 1.0
    for kind, f, *more in bands:
        options = dict(zip(("gain_db", "q"), more, strict=False))
        b, a = design.second_order(kind, f, RATE, **options)
        wanted = wanted * np.polyval(b[::-1], z) / np.polyval(a[::-1], z)
    np.testing.assert_allclose(H, wanted, atol=1e-9)


def test_errors():
    with pytest.raises(ValueError, match="n_stages must be even"):
        phaser(X, RATE, n_stages=3)
    with pytest.raises(ValueError, match=r"feedback must be in \(-1, 1\)"):
        phaser(X, RATE, feedback=1.0)
    with pytest.raises(ValueError, match="bands must be tuples"):
        equaliser(X, RATE, bands=[("peak", 100.0)])
    with pytest.raises(ValueError, match="x must have 2 channels"):
        auto_pan(X[0], RATE)
