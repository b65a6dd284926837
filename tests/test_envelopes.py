"""Envelopes: their levels at every time, released at any time, found again."""

import functools
import math

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.sources.envelopes import adsr, breakpoints, decay, ramp

RATE, N = 100, 120
TIMES = {"attack": 0.21, "decay": 0.3, "sustain": 0.4, "release": 0.25}
adsr_jit = jax.jit(adsr, static_argnums=(1, 2))


def bend(u, curve):
    u = min(max(u, 0.0), 1.0)
    return u if curve == 0 else (1 - math.exp(-curve * u)) / (1 - math.exp(-curve))


def textbook_adsr(held, *, attack, decay, sustain, release, curves=(1.0, 4.0, 4.0)):
    """A level for each sample, by cases."""

    def pressed(t):
        if t < attack:
            return bend(t / attack, curves[0])
        return 1 + (sustain - 1) * bend((t - attack) / decay, curves[1])

    def level(t):
        if t < held:
            return pressed(t)
        return pressed(held) * (1 - bend((t - held) / release, curves[2]))

    return np.array([level(n / RATE) for n in range(N)])


def run(xp):
    return adsr_jit if xp is jnp else adsr


# in the attack, in the decay, in the sustain, at once
@pytest.mark.parametrize("held", [0.105, 0.333, 0.8, 0.0])
def test_adsr_equals_the_textbook_wherever_it_is_released(xp, held):
    y = run(xp)(xp.asarray(held), N, RATE, **TIMES)
    np.testing.assert_allclose(y, textbook_adsr(held, **TIMES), atol=1e-12)


def test_a_batch_is_its_rows(xp):
    held, attack = np.array([0.1, 0.5, 0.8]), np.array([0.3, 0.01, 0.1])
    y = run(xp)(xp.asarray(held), N, RATE, **{**TIMES, "attack": xp.asarray(attack)})
    for row, h, a in zip(y, held, attack, strict=True):
        expected = textbook_adsr(h, **{**TIMES, "attack": a})
        np.testing.assert_allclose(row, expected, atol=1e-12)


@pytest.mark.parametrize("curve", [0.0, 1e-6, 2.9e-3, 3.1e-3, -0.5, 6.0, -60.0])
def test_a_ramp_bends(xp, curve):
    time = np.linspace(-1, 3, 41)
    expected = [bend(t / 2, curve if abs(curve) > 1e-5 else 0.0) for t in time]
    tolerance = 1e-6 if abs(curve) < 1e-5 else 1e-12
    y = ramp(time, 2.0, curve=curve)  # of a number: no series is needed
    np.testing.assert_allclose(y, expected, atol=tolerance)
    bent = jax.jit(ramp) if xp is jnp else ramp
    y = bent(xp.asarray(time), 2.0, curve=xp.asarray([[curve], [1.0]]))
    np.testing.assert_allclose(y[0], expected, atol=tolerance)


def test_no_time_at_all_is_a_step(xp):
    none = dict.fromkeys(("attack", "decay", "release"), xp.asarray(0.0))
    y = run(xp)(xp.asarray(0.5), N, RATE, **(none | {"sustain": xp.asarray(0.4)}))
    np.testing.assert_allclose(y, np.where(np.arange(N) < 50, 0.4, 0.0), atol=1e-12)
    y = run(xp)(xp.asarray(0.5), N, RATE, **(none | {"sustain": xp.asarray(1.0)}))
    assert y[0] == 1.0


def test_delay_and_hold_wait():
    times = {"attack": 0.1, "decay": 0.1, "sustain": 0.5}
    early = adsr(0.9, N, RATE, **times)
    late = adsr(1.0, N, RATE, delay=0.1, **times)
    np.testing.assert_allclose(late[10:], early[:-10], atol=1e-12)
    held = adsr(1.0, N, RATE, hold=0.2, **times)
    np.testing.assert_allclose(held[:10], early[:10], atol=1e-12)
    np.testing.assert_allclose(held[10:31], 1.0)
    np.testing.assert_allclose(held[31:91], early[11:71], atol=1e-12)
    assert not adsr(0.05, N, RATE, delay=0.1, **times).any()  # let go before it began


def test_a_long_float32_envelope_is_smooth():
    y = adsr(jnp.float32(59.0), 60 * 8000, 8000, release=1.0, release_curve=0.0)
    assert y.dtype == np.float32
    slope = np.diff(np.asarray(y[59 * 8000 + 1 :], float))
    assert abs(slope + 0.7 / 8000).max() < 2e-7  # no steps: one float32 digit


def line(levels, durations, **options):
    return functools.partial(
        breakpoints, length=N, sample_rate=RATE, levels=levels, durations=durations,
        **options,
    )  # fmt: skip


def test_breakpoints_are_a_drawn_line(xp):
    levels, durations = np.array([0.2, 1.0, -0.5, -0.5, 0.3]), [0.1, 0.25, 0.2, 0.3]
    y = line(xp.asarray(levels), durations)(0.0)
    points = np.concatenate([[0.0], np.cumsum(durations)])
    np.testing.assert_allclose(
        y, np.interp(np.arange(N) / RATE, points, levels), atol=1e-12
    )


def test_breakpoints_with_three_segments_are_an_adsr(xp):
    shape = line([0.0, 1.0, 0.4, 0.0], [0.21, 0.3, 0.25], curves=[1.0, 4, 4], sustain=2)
    held = xp.asarray([0.333, 0.8])
    y = jax.jit(shape)(held) if xp is jnp else shape(held)
    np.testing.assert_allclose(
        y[0], textbook_adsr(0.333, **TIMES, curves=(1, 4, 4)), atol=1e-12
    )
    np.testing.assert_allclose(y[1], textbook_adsr(0.8, **TIMES), atol=1e-12)


def test_a_loop_goes_round_until_the_key_is_let_go(xp):
    shape = line([0.0, 1.0, 0.5, 1.0, 0.0], [0.1, 0.1, 0.1, 0.2], loop=(1, 3))
    held = xp.asarray(0.75)
    y = np.asarray(jax.jit(shape)(held) if xp is jnp else shape(held))
    np.testing.assert_allclose(y[10:30], y[30:50], atol=1e-9)
    np.testing.assert_allclose(y[[10, 20, 30, 40]], [1, 0.5, 1, 0.5], atol=1e-9)
    reached = 0.75  # half-way up again
    expected = reached * (1 - np.arange(45) / 20).clip(0, 1)
    np.testing.assert_allclose(y[75:], expected, atol=1e-9)


def test_decay_falls_by_sixty_db(xp):
    y = decay(xp.asarray([0.5, 1.0]), N, RATE)
    assert y.shape == (2, N)
    np.testing.assert_allclose(20 * np.log10(np.asarray(y[:, 50])), [-60, -30])


def test_dtype_is_kept(xp):
    held = xp.asarray([0.2, 0.3], dtype=xp.float32)
    for f in (
        lambda t: adsr(t, N, RATE),
        lambda t: line([0, 1, 0], [1, 1], sustain=1)(t),
        lambda t: decay(t, N, RATE),
        lambda t: ramp(t, 2.0, curve=1.0),
    ):
        y = jax.jit(f)(held) if xp is jnp else f(held)
        assert y.dtype == np.float32 and type(y) is type(held)


def test_gradients():
    def envelope(held, attack, fall, sustain, release, curve):
        y = adsr(
            held, N, RATE, attack=attack, decay=fall, sustain=sustain, release=release,
            attack_curve=curve, decay_curve=curve, release_curve=0.0 * curve,
        )  # fmt: skip
        return (y**2).sum()

    where = tuple(map(jnp.asarray, (0.733, 0.213, 0.303, 0.4, 0.252, 1.5)))
    jax.test_util.check_grads(jax.jit(envelope), where, 1, ["rev"])


def test_an_attack_is_found_again():
    target = adsr(jnp.asarray(0.8), N, RATE, attack=jnp.asarray(0.3))

    def loss(attack):
        return ((adsr(0.8, N, RATE, attack=attack) - target) ** 2).mean()

    step, attack = jax.jit(jax.value_and_grad(loss)), jnp.asarray(0.1)
    for _ in range(60):
        attack = attack - 0.15 * step(attack)[1]
    assert abs(attack - 0.3) < 1e-3


def test_errors():
    with pytest.raises(ValueError, match="attack must be at least 0"):
        adsr(1.0, N, RATE, attack=-0.1)
    with pytest.raises(ValueError, match="sustain must be at most 1"):
        adsr(1.0, N, RATE, sustain=1.5)
    with pytest.raises(ValueError, match="decay_curve must be within -80..80"):
        adsr(1.0, N, RATE, decay_curve=100.0)
    with pytest.raises(ValueError, match="levels must have shape"):
        line([0, 1], [1, 1])(0.5)
    with pytest.raises(ValueError, match="curves must be one or 2"):
        line([0, 1, 0], [1, 1], curves=[1, 2, 3])(0.5)
    with pytest.raises(ValueError, match="sustain must be an integer in -3..2"):
        line([0, 1, 0], [1, 1], sustain=3)(0.5)
    with pytest.raises(ValueError, match=r"loop must be \(first, last\)"):
        line([0, 1, 0], [1, 1], loop=(1, 1))(0.5)
    with pytest.raises(ValueError, match="loop must last longer"):
        line([0, 1, 0], [0, 0], loop=(0, 1))(0.5)
    with pytest.raises(ValueError, match="exclude each other"):
        line([0, 1, 0], [1, 1], loop=(0, 1), sustain=1)(0.5)
    with pytest.raises(ValueError, match="t60 must be positive"):
        decay(0.0, N, RATE)
    with pytest.raises(ValueError, match="duration must be at least 0"):
        ramp(np.zeros(3), -1.0)
