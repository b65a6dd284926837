"""Dynamics: the curve, the time constants, the ceiling that nothing passes."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.effects.dynamics import (
    PRESETS,
    compressor,
    gain_curve,
    gate,
    level_db,
    limiter,
    smooth,
)

RATE, N = 8000, 4000
RNG = np.random.default_rng(0)
X = 0.5 * RNG.standard_normal((2, N)) * np.repeat([0.1, 1.0, 0.2, 0.01], N // 4)


def curve_loop(level, threshold, ratio, knee):
    """Giannoulis, Massberg and Reiss (2012), equation 4, less its input."""
    over = level - threshold
    if 2 * over < -knee:
        return 0.0
    if 2 * abs(over) <= knee and knee > 0:
        return (1 / ratio - 1) * (over + knee / 2) ** 2 / (2 * knee)
    return (1 / ratio - 1) * over


@pytest.mark.parametrize("knee", [0.0, 6.0, 20.0])
def test_curve_is_the_formula(xp, knee):
    levels = np.linspace(-60.0, 10.0, 141)
    wanted = [curve_loop(level, -18.0, 4.0, knee) for level in levels]
    got = gain_curve(xp.asarray(levels), -18.0, ratio=4.0, knee_db=knee)
    np.testing.assert_allclose(got, wanted, atol=1e-12)


@pytest.mark.parametrize("level", [-30.0, -17.0, -3.0])
@pytest.mark.parametrize("detector", ["peak", "rms"])
def test_a_steady_tone_gets_the_gain_of_the_curve(level, detector):
    n = np.arange(8 * RATE)
    if detector == "peak":  # a wave that is always at its peak
        x = 10 ** (level / 20) * np.where(n % 20 < 10, 1.0, -1.0)
    else:
        x = 10 ** (level / 20) * np.sin(2 * np.pi * 400 * n / RATE)
    y = compressor(x, RATE, threshold_db=-18.0, ratio=3.0, detector=detector)
    gain = float(gain_curve(np.array(level), -18.0, ratio=3.0, knee_db=6.0))
    last = slice(-RATE, None)
    np.testing.assert_allclose(y[last], x[last] * 10 ** (gain / 20), atol=1e-12)


def smooth_loop(loss, attack, release):
    a, r = np.exp(-1 / (attack * RATE)), np.exp(-1 / (release * RATE))
    y, held, last = np.zeros_like(loss), 0.0, 0.0
    for n, value in enumerate(loss):
        held = max(value, r * held)
        last = a * last + (1 - a) * held
        y[n] = last
    return y


def test_smooth_equals_the_loop(xp):
    loss = np.maximum(RNG.standard_normal(N) * 6.0, 0.0)
    y = smooth(xp.asarray(loss), RATE, attack=0.003, release=0.05)
    np.testing.assert_allclose(y, smooth_loop(loss, 0.003, 0.05), atol=1e-9)


def test_attack_and_release_are_time_constants():
    loss = np.repeat([0.0, 10.0, 0.0], RATE)
    y = smooth(loss, RATE, attack=0.01, release=0.2)
    np.testing.assert_allclose(y[RATE + 80 - 1], 10 * (1 - np.exp(-1)), rtol=1e-9)
    fast = smooth(loss, RATE, attack=0.0, release=0.2)
    at = 2 * RATE - 1 + 1600
    np.testing.assert_allclose(fast[at], 10 * np.exp(-1), rtol=1e-9)


def test_compressed_steps_have_no_step():
    x = np.repeat([0.05, 0.8, 0.05], N)
    y = compressor(x, RATE, attack=0.01, release=0.05, threshold_db=-30.0)
    gain = y / x
    assert np.abs(np.diff(20 * np.log10(gain))).max() < 0.4  # dB a sample


def test_channels_share_a_gain_or_not():
    x = X * np.array([[1.0], [0.1]])
    y = compressor(x, RATE, threshold_db=-40.0)
    np.testing.assert_allclose(y[0] * x[1], y[1] * x[0], atol=1e-12)
    alone = compressor(x[0], RATE, threshold_db=-40.0)
    apart = compressor(x, RATE, threshold_db=-40.0, link=False)
    np.testing.assert_allclose(apart[0], alone, atol=1e-12)


def test_a_sidechain_decides():
    x = np.full(N, 0.1)
    key = np.repeat([0.0, 1.0], N // 2)
    y = compressor(x, RATE, sidechain=key, threshold_db=-20.0, ratio=2.0, knee_db=0.0)
    np.testing.assert_allclose(y[: N // 2], 0.1)
    np.testing.assert_allclose(y[-1], 0.1 * 10 ** (-10 / 20), rtol=1e-9)


def test_lookahead_is_ready_in_time():
    x = np.repeat([0.01, 1.0], N // 2)
    options = {"threshold_db": -20.0, "attack": 0.001, "knee_db": 0.0}
    late = compressor(x, RATE, **options)
    early = compressor(x, RATE, lookahead=0.01, **options)
    assert late.max() > 0.7 and early[:-80].max() < 0.18


@pytest.mark.parametrize("lookahead", [0.0, 0.0004, 0.005])
def test_nothing_passes_the_ceiling(lookahead):
    options = {"ceiling_db": -6.0, "gain_db": 20.0, "lookahead": lookahead}
    for x in (X, X[0], np.sign(X), np.eye(2, N)):
        assert np.abs(limiter(x, RATE, **options)).max() <= 10 ** (-6 / 20)


def test_the_gain_alone_keeps_the_ceiling_and_moves_smoothly():
    loud = np.stack([X[0], 1e-3 * X[0]])  # the second channel is never clipped
    y = limiter(loud, RATE, ceiling_db=-6.0, gain_db=20.0, lookahead=0.005)
    gain = y[1] / loud[1]
    assert np.abs(gain * loud[0]).max() <= 10 ** (-6 / 20) * (1 + 1e-9)
    assert np.abs(np.diff(20 * np.log10(gain))).max() < 1.5  # dB a sample


def test_the_limiter_bends_instead_of_clipping():
    x = np.sin(2 * np.pi * 100 * np.arange(N) / RATE)
    y = limiter(x, RATE, ceiling_db=-6.0, release=10.0)
    np.testing.assert_allclose(y[800:] / x[800:].max(), 10**-0.3 * x[800:], atol=2e-3)
    quiet = 0.3 * x
    np.testing.assert_allclose(limiter(quiet, RATE), quiet, atol=1e-12)


def test_gate_shuts_out_what_is_quiet():
    loud = np.sin(2 * np.pi * 200 * np.arange(N) / RATE)
    x = np.concatenate([0.001 * loud, 0.5 * loud, 0.001 * loud])
    y = gate(x, RATE, threshold_db=-40.0, range_db=60.0, release=0.05)
    np.testing.assert_allclose(y[N + 200 : 2 * N], x[N + 200 : 2 * N], rtol=1e-3)
    assert np.abs(y[: N - 50]).max() < 2e-6
    assert np.abs(y[-800:]).max() < 2e-6
    gain = 20 * np.log10(np.abs(y[1:] / np.where(x[1:] == 0, 1, x[1:])) + 1e-9)
    assert gain[2 * N + 100] > -1.0  # still held open


def test_an_expander_follows_its_ratio():
    x = np.full(RATE, 10 ** (-50 / 20))
    y = gate(x, RATE, threshold_db=-40.0, ratio=2.0, range_db=80.0)
    np.testing.assert_allclose(20 * np.log10(y[-1]), -60.0, atol=1e-2)


@pytest.mark.parametrize("effect", [compressor, gate])
def test_no_mix_gives_back_the_input(effect):
    np.testing.assert_array_equal(effect(X, RATE, mix=0.0), X)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_make_the_range_smaller(name):
    y = compressor(X, RATE, **PRESETS[name])
    loud, quiet = slice(1500, 2000), slice(2500, 3000)
    before = X[:, loud].std() / X[:, quiet].std()
    assert y[:, loud].std() / y[:, quiet].std() < 0.9 * before


@pytest.mark.parametrize("effect", [compressor, limiter, gate])
def test_jax_makes_the_same_of_it(effect):
    y = jax.jit(lambda x: effect(x, RATE))(jnp.asarray(X))
    np.testing.assert_allclose(y, effect(X, RATE), atol=1e-9)
    assert effect(X.astype(np.float32), RATE).dtype == np.float32


def test_gradient():
    def energy(threshold, ratio, attack, release):
        options = {"ratio": ratio, "attack": attack, "release": release}
        y = compressor(jnp.asarray(X[0]), RATE, threshold_db=threshold, **options)
        return (y**2).sum()

    start = (-20.0, 4.0, 0.01, 0.1)
    jax.test_util.check_grads(
        jax.jit(energy), start, 1, ["rev"], eps=1e-5, atol=1e-2, rtol=1e-2
    )


def test_errors():
    with pytest.raises(ValueError, match="ratio must be at least 1"):
        compressor(X, RATE, ratio=0.5)
    with pytest.raises(ValueError, match="release must be positive"):
        compressor(X, RATE, release=0.0)
    with pytest.raises(ValueError, match="detector must be one of 'peak', 'rms'"):
        level_db(X, RATE, detector="mean")
    with pytest.raises(ValueError, match="sidechain must be a number or broadcast"):
        compressor(X, RATE, sidechain=np.ones(7))
    with pytest.raises(ValueError, match="hold must be a number"):
        gate(X, RATE, hold=-1.0)
