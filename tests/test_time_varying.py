"""Filters that move: the fixed filter when still, the sample loop when not, bounded."""

import functools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.filters import design, time_varying

RATE, N = 8000, 300
RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, N))
CUTOFF = 700.0 * 2.0 ** RNG.uniform(-2, 2, N)
Q = 3.0 * 2.0 ** RNG.uniform(-2, 2, (2, N))


@functools.cache
def jitted(function, **options):
    return jax.jit(
        lambda x, cutoff, **more: function(x, cutoff, RATE, **options, **more)
    )


def run(xp, function, x, cutoff, *, kind, **more):
    """Under JAX: jitted, with arrays for numbers, so that it compiles once."""
    if xp is np:
        return function(x, cutoff, RATE, kind=kind, **more)
    more = {name: jnp.asarray(value) for name, value in more.items()}
    return jitted(function, kind=kind)(jnp.asarray(x), jnp.asarray(cutoff), **more)


@pytest.mark.parametrize("kind", design.KINDS)
def test_still_it_is_the_second_order_filter(xp, kind):
    b, a = design.second_order(kind, 700.0, RATE, q=3.0, gain_db=7.0)
    expected = scipy.signal.lfilter(b, a, X)
    more = {"q": np.full((2, N), 3.0), "gain_db": 7.0}
    y = run(xp, time_varying.state_variable, X, np.full(N, 700.0), kind=kind, **more)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12)
    still = time_varying.state_variable(X, 700.0, RATE, kind=kind, q=3.0, gain_db=7.0)
    np.testing.assert_allclose(still, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", design.KINDS)
def test_moving_it_is_the_same_in_both_libraries(kind):
    more = {"q": Q, "gain_db": 7.0}
    y, expected = (
        run(xp, time_varying.state_variable, X, CUTOFF, kind=kind, **more)
        for xp in (jnp, np)
    )
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-9)


def test_moving_it_is_the_loop_of_two_trapezoidal_integrators(xp):
    y = run(xp, time_varying.state_variable, X, CUTOFF, kind="lowpass", q=Q,
            gain_db=0.0)  # fmt: skip
    s1, s2 = np.zeros(2), np.zeros(2)
    for n in range(N):
        g, k = np.tan(np.pi * CUTOFF[n] / RATE), 1 / Q[:, n]
        band = (s1 + g * (X[:, n] - s2)) / (1 + g * (g + k))
        low = s2 + g * band
        s1, s2 = 2 * band - s1, 2 * low - s2
        np.testing.assert_allclose(y[:, n], low, atol=1e-12)


def test_the_outputs_add_up_to_the_input(xp):
    y = time_varying.state_variable_outputs(xp.asarray(X[:, :50]), 900.0, RATE, q=2.0)
    np.testing.assert_allclose(y.low + y.band / 2.0 + y.high, X[:, :50], atol=1e-12)
    low = time_varying.state_variable(X[:, :50], 900.0, RATE, q=2.0)
    np.testing.assert_allclose(y.low, low, atol=1e-12)


@pytest.mark.parametrize("kind", design.FIRST_ORDER_KINDS)
def test_still_one_pole_is_the_first_order_filter(xp, kind):
    b, a = design.first_order(kind, 700.0, RATE, gain_db=7.0)
    expected = scipy.signal.lfilter(b, a, X)
    y = run(xp, time_varying.one_pole, X, np.full(N, 700.0), kind=kind, gain_db=7.0)
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-12)


def test_moving_one_pole_is_the_loop_of_a_trapezoidal_integrator(xp):
    y = run(xp, time_varying.one_pole, X, CUTOFF, kind="lowpass", gain_db=0.0)
    s = np.zeros(2)
    for n in range(N):
        g = np.tan(np.pi * CUTOFF[n] / RATE)
        low = (s + g * X[:, n]) / (1 + g)
        s = 2 * low - s
        np.testing.assert_allclose(y[:, n], low, atol=1e-12)


def test_direct_form_is_its_loop(xp):
    b, a = design.second_order("peaking", CUTOFF / 4, RATE, q=2.0, gain_db=9.0)
    y = time_varying.direct_form(xp.asarray(X[:, :60]), b[:60], a[:60])
    wanted = np.zeros((2, 60))
    for n in range(60):
        for k in range(min(n, 2) + 1):
            wanted[:, n] += b[n, k] * X[:, n - k]
            wanted[:, n] -= a[n, k] * wanted[:, n - k] if k else 0.0
    np.testing.assert_allclose(y, wanted, atol=1e-12)


@pytest.mark.parametrize(
    "octaves",
    [2 * np.sin(2 * np.pi * 500 * np.arange(44100) / 44100), RNG.uniform(-4, 4, 44100)],
    ids=["500 Hz", "noise"],
)
def test_modulated_at_audio_rate_it_stays_bounded(xp, octaves):
    x = np.random.default_rng(1).uniform(-0.44, 0.44, 44100)
    y = jitted_44100(xp)(xp.asarray(x), xp.asarray(1000.0 * 2.0**octaves))
    assert abs(np.asarray(y)).max() < 10.0


def jitted_44100(xp):
    def swept(x, cutoff):
        return time_varying.state_variable(x, cutoff, 44100, q=50.0)

    return swept if xp is np else jax.jit(swept)


def test_the_direct_form_does_not(xp):
    octaves = 2 * np.sin(2 * np.pi * 500 * np.arange(8000) / 44100)
    b, a = design.second_order("lowpass", 1000.0 * 2.0**octaves, 44100, q=50.0)
    x = np.random.default_rng(1).uniform(-0.44, 0.44, 8000)
    assert abs(time_varying.direct_form(x, b, a)).max() > 1e9


def test_a_cutoff_beyond_the_ends_stays_there(xp):
    beyond = xp.asarray([-50.0, 0.0, 3950.0, 90000.0] * 5)
    held = xp.asarray([0.0, 0.0, 3920.0, 3920.0] * 5)
    x = xp.asarray(X[0, :20])
    y, expected = (time_varying.one_pole(x, f, RATE) for f in (beyond, held))
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_float32_is_near(xp):
    x, cutoff = X.astype(np.float32), CUTOFF.astype(np.float32)
    y = run(xp, time_varying.state_variable, x, cutoff, kind="lowpass",
            q=Q.astype(np.float32), gain_db=np.float32(0.0))  # fmt: skip
    exact = time_varying.state_variable(X, CUTOFF, RATE, q=Q)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, exact, atol=1e-4)


@pytest.mark.parametrize("kind", ["bandpass", "lowshelf"])
def test_gradients(kind):
    def filtered(x, cutoff, q, gain_db):
        return time_varying.state_variable(
            x, cutoff, RATE, kind=kind, q=q, gain_db=gain_db
        )

    x, cutoff = jnp.asarray(X[0, :30]), jnp.asarray(np.linspace(300, 900, 30))
    numbers = (jnp.asarray(3.0), jnp.asarray(5.0))
    jax.test_util.check_grads(jax.jit(filtered), (x, cutoff, *numbers), 1, rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="cutoff must be a number or broadcast to"):
        time_varying.state_variable(X, np.ones(7), RATE)
    with pytest.raises(ValueError, match="q must be positive"):
        time_varying.state_variable(X, 100.0, RATE, q=-1.0)
    with pytest.raises(ValueError, match="kind must be one of 'lowpass'"):
        time_varying.one_pole(X, 100.0, RATE, kind="bandpass")
    with pytest.raises(ValueError, match="b must have shape"):
        time_varying.direct_form(X, np.ones((5, 3)), np.ones(3))
