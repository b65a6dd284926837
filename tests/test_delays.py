"""Echoes: the textbook loop, shifts by whole samples, sides, how long they last."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.effects.delays import PRESETS, delay, multi_tap
from dsplab.effects.mixing import pan, stereo, widen
from dsplab.filters.design import first_order

RATE, N = 1000, 300
X = np.random.default_rng(0).standard_normal((2, N))
OPTIONS = {"time": 0.05, "feedback": 0.6, "mix": 0.4, "tail": 0.1}


def loop(x, length, feedback, mix, more, damping=None, cross=False):
    """Sample by sample; the lowpass in the loop by its difference equation."""
    x = np.pad(x, [(0, 0), (0, more)])
    b, a = ([1.0, 0.0], [1.0, 0.0])
    if damping:
        b, a = first_order("lowpass", damping, RATE)
    v = np.stack([x.mean(axis=0), np.zeros(x.shape[1])]) if cross else x
    w, ends, back = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for n in range(x.shape[1]):
        ends[:, n] = w[:, n - length] if n >= length else 0.0
        before = (ends[:, n - 1], back[:, n - 1]) if n else (0.0, 0.0)
        back[:, n] = b[0] * ends[:, n] + b[1] * before[0] - a[1] * before[1]
        w[:, n] = v[:, n] + feedback * (back[::-1, n] if cross else back[:, n])
    return (1 - mix) * x + mix * ends


@pytest.mark.parametrize("more", [{}, {"damping": 120.0}, {"ping_pong": True}])
def test_delay_equals_the_loop(xp, more):
    wanted = loop(X, 50, 0.6, 0.4, 100, more.get("damping"), "ping_pong" in more)
    y = delay(xp.asarray(X), RATE, **OPTIONS, **more)
    np.testing.assert_allclose(y, wanted, atol=1e-12)


def test_one_echo_of_whole_samples_is_a_shift(xp):
    x = xp.asarray(X[0])
    y = delay(x, RATE, time=0.037, feedback=0.0, mix=1.0)
    assert y.shape == (N + 37,)
    np.testing.assert_array_equal(y[37:], x)
    np.testing.assert_array_equal(y[:37], 0.0)


@pytest.mark.parametrize("tail", [0.0, 0.2])
def test_no_mix_gives_back_the_input(tail):
    y = delay(X, RATE, mix=0.0, tail=tail, damping=100.0)
    np.testing.assert_array_equal(y[:, :N], X)
    np.testing.assert_array_equal(y[:, N:], 0.0)


def test_repeats_go_from_side_to_side():
    x = np.zeros((2, 10))
    x[:, 0] = 1.0
    y = delay(x, RATE, time=0.02, feedback=0.5, mix=1.0, ping_pong=True, tail=0.1)
    np.testing.assert_allclose(y[0, [20, 60]], [1.0, 0.25])
    np.testing.assert_allclose(y[1, [40, 80]], [0.5, 0.125])
    assert np.count_nonzero(y) == 5  # the fifth repeat is from the left again


def test_it_ends_when_the_repeats_are_60_db_down():
    click = np.eye(1, 10)[0]
    y = delay(click, RATE, time=0.1, feedback=0.5, mix=1.0)
    assert np.abs(y[-20:]).max() == 0.0 or np.abs(y[-120:]).max() <= 2e-3
    longer = delay(click, RATE, time=0.1, feedback=0.5, mix=1.0, tail=3.0)
    assert np.abs(longer[y.size :]).max() <= 1e-3


def test_each_repeat_loses_treble_and_bass():
    click = np.eye(1, 10)[0]
    options = {"time": 0.25, "feedback": 0.9, "mix": 1.0, "tail": 1.5}
    y = delay(click, 8000, damping=1000.0, low_cut=200.0, **options)
    fourth = np.fft.rfft(y[8000 : 8000 + 2000])
    f = np.arange(fourth.size) * 4.0
    b, a = first_order("lowpass", 1000.0, 8000)
    once = scipy.signal.freqz(b, a, f[1:], fs=8000)[1]
    b, a = first_order("highpass", 200.0, 8000)
    once = 0.9 * once * scipy.signal.freqz(b, a, f[1:], fs=8000)[1]
    np.testing.assert_allclose(abs(fourth[1:]), abs(once) ** 3, atol=2e-3)


def test_feedback_may_be_a_curve(xp):
    curve = np.repeat([0.0, 0.9], N // 2)
    click = xp.asarray(np.eye(1, N)[0])
    y = delay(click, RATE, time=0.1, feedback=xp.asarray(curve), mix=1.0, tail=0.1)
    np.testing.assert_allclose(y[100], 1.0)  # the echo itself
    np.testing.assert_allclose(y[200], 0.0)  # came back while there was no feedback


@pytest.mark.parametrize("more", [{}, {"damping": 120.0}, {"ping_pong": True}])
def test_a_curve_that_stands_still_is_a_number(xp, more):
    moving = delay(xp.asarray(X), RATE, **{**OPTIONS, "time": np.full(N, 0.05)}, **more)
    np.testing.assert_allclose(moving, delay(X, RATE, **OPTIONS, **more), atol=1e-9)


def test_a_curve_moves_the_pitch_of_the_echo():
    n = np.arange(8000)
    x = np.exp(2j * np.pi * 400 * n / 8000)
    options = {"time": 0.1 + 0.05 * n / 8000, "feedback": 0.0, "mix": 1.0, "tail": 0.0}
    parts = [delay(part.copy(), 8000, **options) for part in (x.real, x.imag)]
    turns = np.unwrap(np.angle(parts[0] + 1j * parts[1])[2000:7900]) / (2 * np.pi)
    frequency = (turns[-1] - turns[0]) * 8000 / (turns.size - 1)
    assert abs(frequency - 400 * 0.95) < 0.01


def test_taps_are_where_and_as_loud_as_asked(xp):
    x = xp.asarray(X)
    y = multi_tap(x, RATE, times=[0.01, 0.2], gains=[0.5, -0.3], mix=1.0)
    wanted = np.zeros((2, N + 200))
    wanted[:, 10 : 10 + N] += 0.5 * X
    wanted[:, 200:] -= 0.3 * X
    np.testing.assert_allclose(y, wanted, atol=1e-12)
    y = multi_tap(x, RATE, times=[0.1], gains=[1.0], pans=[-1.0], mix=1.0)
    np.testing.assert_allclose(y[0, 100:], X.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(y[1], 0.0, atol=1e-12)


def test_image(xp):
    x = xp.asarray(X)
    np.testing.assert_array_equal(stereo(x[0]), np.stack([X[0], X[0]]))
    np.testing.assert_allclose(widen(x, 1.0), X, atol=1e-12)
    np.testing.assert_allclose(widen(x, 0.0)[0], X.mean(axis=0), atol=1e-12)
    wide = np.asarray(widen(x, 2.0))
    np.testing.assert_allclose(wide[0] - wide[1], 2 * (X[0] - X[1]), atol=1e-12)
    for place in (-1.0, 0.3, 1.0):
        y = np.asarray(pan(x[0], place))
        np.testing.assert_allclose((y**2).sum(axis=0), X[0] ** 2, atol=1e-12)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_make_echoes_without_clipping(name):
    x = 0.9 * np.sin(2 * np.pi * 220 * np.arange(2000) / 8000)
    y = delay(x, 8000, **PRESETS[name])
    assert y.size > x.size and np.abs(y).max() <= 1.0


def test_dtype_and_library_stay(xp):
    x = xp.asarray(X, dtype=xp.float32)
    y = delay(x, RATE, **OPTIONS)
    assert y.dtype == np.float32 and type(y) is type(x)


def test_gradient():
    def energy(feedback, damping):
        options = {"time": 0.05, "tail": 0.0, "damping": damping}
        y = delay(jnp.asarray(X[0]), RATE, feedback=feedback, **options)
        return (y**2).sum()

    jax.test_util.check_grads(jax.jit(energy), (0.5, 120.0), 1, ["rev"], eps=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="x must have 2 channels for ping_pong"):
        delay(X[0], RATE, ping_pong=True)
    with pytest.raises(ValueError, match="tail must be given: feedback 1 never"):
        delay(X, RATE, feedback=1.0)
    with pytest.raises(ValueError, match="time must be a number, finite and positive"):
        delay(X, RATE, time=0.0)
    with pytest.raises(ValueError, match="gains must be a number or broadcast"):
        multi_tap(X, RATE, times=[0.1], gains=[0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="feedback must be a number or broadcast"):
        delay(X, RATE, feedback=np.ones(7))
