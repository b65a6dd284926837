"""Controllers held and smoothed, the wheel's range, the pedal's rules."""

import functools

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.midi_modulation import (
    controller_curve,
    pitch_bend_curve,
    sustain_pedal,
)

RATE, N = 100, 200
EVENTS = np.array([[0.5, 127.0], [1.0, 0.0], [1.0, 63.5], [1.5, 12.7]])
STEPS = np.repeat([0.25, 1.0, 0.5, 0.1], 50)


def run(xp, f, events, **options):
    f = functools.partial(f, length=N, sample_rate=RATE, **options)
    events = xp.asarray(events)
    return jax.jit(f)(events) if xp is jnp else f(events)


def test_events_hold_until_the_next(xp):
    y = run(xp, controller_curve, EVENTS, initial=0.25 * 127, smoothing=0)
    np.testing.assert_allclose(y, STEPS, atol=1e-12)


def test_smoothing_is_a_one_pole_filter(xp):
    y = run(xp, controller_curve, EVENTS, initial=0.25 * 127, smoothing=0.03)
    level, expected = 0.25, []
    for x in STEPS:
        level += (1 - np.exp(-1 / 3)) * (x - level)
        expected.append(level)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    assert abs(y[52] - (1 - 0.75 / np.e)) < 1e-9  # 63 % after 0.03 s


def test_the_wheel_reaches_both_ends(xp):
    events = [[0.0, 0.0], [0.5, 8191.0], [1.0, -8192.0], [1.5, -4096.0]]
    y = run(xp, pitch_bend_curve, events, semitones=12.0, smoothing=0)
    np.testing.assert_allclose(y, np.repeat([0, 12, -12, -6.0], 50), atol=1e-12)


def test_dtype_and_gradient(xp):
    events = xp.asarray(EVENTS, dtype=xp.float32)
    for f in (controller_curve, pitch_bend_curve):
        y = run(xp, f, events)
        assert y.dtype == np.float32 and type(y) is type(events)

    def loss(values):
        events = jnp.stack([jnp.asarray(EVENTS[:, 0]), values], axis=-1)
        return (controller_curve(events, N, RATE) ** 2).mean()

    jax.test_util.check_grads(jax.jit(loss), (jnp.asarray(EVENTS[:, 1]),), 1, ["rev"])


def test_the_pedal_holds_what_is_let_go():
    notes = [(0.0, 1.0, 60), (0.2, 0.1, 64), (1.0, 5.0, 67), (2.5, 0.1, 72)]
    pedal = [(0.5, 127), (2.0, 10), (2.2, 64)]
    ends = [n.onset + n.duration for n in sustain_pedal(notes, pedal)]
    # caught; let go before the pedal; held by its key longer; pedal never lifted
    assert ends == pytest.approx([2.0, 0.3, 6.0, 6.0])


def test_a_key_struck_again_ends_its_own_sound():
    notes = [(0.0, 0.5, 60), (1.0, 0.5, 60), (1.2, 0.1, 64)]
    ends = [n.onset + n.duration for n in sustain_pedal(notes, [(0, 100), (3.0, 0)])]
    assert ends == pytest.approx([1.0, 3.0, 3.0])


def test_errors():
    with pytest.raises(ValueError, match="events must be rows"):
        controller_curve([1.0, 2.0], N, RATE)
    with pytest.raises(ValueError, match="events must be in order of time"):
        controller_curve([(1.0, 2.0), (0.5, 2.0)], N, RATE)
    with pytest.raises(ValueError, match="within -8192..8191"):
        pitch_bend_curve([(0.0, 9000)], N, RATE)
    with pytest.raises(ValueError, match="smoothing"):
        controller_curve(EVENTS, N, RATE, smoothing=-1)
