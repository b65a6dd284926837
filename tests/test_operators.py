"""FM operators: the textbook's equations, Bessel's lines, reflection, feedback."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from dsplab._array import sine_of_cycles, sine_ring
from dsplab._array.segments import in_segments
from dsplab.sources.phasor import phase
from dsplab.synths.operators import (
    bessel,
    carson_bandwidth,
    feedback_operator,
    frequency_modulation,
    lines,
    phase_modulation,
    play_operators,
    sidebands,
)

RATE, N = 8000, 2000
T = np.arange(N) / RATE
C = np.full(N, 400.0)


def test_phase_modulation_is_the_formula(xp):
    index = np.linspace(0, 5, N)
    y = phase_modulation(xp.asarray(C), 260.0, RATE, index=index)
    inner = index * np.sin(2 * np.pi * 260 * T)
    np.testing.assert_allclose(y, np.sin(2 * np.pi * 400 * T + inner), atol=1e-9)


def test_steady_frequency_modulation_sounds_like_phase_modulation():
    deviation = 3.0 * 40.0
    y = frequency_modulation(C, 40.0, RATE, deviation=deviation)
    # the sum of the cosine, taken sample by sample, is a sine half a sample late
    half = np.pi * 40 / RATE
    inner = (np.sin(2 * np.pi * 40 * T - half) + np.sin(half)) / np.sin(half)
    inner *= np.pi * deviation / RATE
    np.testing.assert_allclose(y, np.sin(2 * np.pi * 400 * T + inner), atol=1e-9)
    spectra = [
        abs(np.fft.rfft(s))
        for s in (y, phase_modulation(C, 40.0, RATE, index=3.0))
    ]  # fmt: skip
    np.testing.assert_allclose(spectra[0], spectra[1], atol=3.0)


@pytest.mark.parametrize("index", [0.0, 0.7, 5.0, 40.0, -3.0])
def test_bessel_functions(xp, index):
    found = bessel(xp.asarray(index), n_orders=30)
    expected = scipy.special.jv(np.arange(30), index)
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 2.0, 1.4, 7.3])
def test_sidebands_are_the_spectrum(ratio):
    """With reflection at 0 Hz and at half the sampling rate, sign for sign."""
    carrier, modulator = 400.0, 400.0 * ratio
    y = phase_modulation(C, modulator, RATE, index=4.0)
    frequency, amplitude = lines(*sidebands(carrier, modulator, 4.0, sample_rate=RATE))
    spectrum = np.fft.rfft(y) / (N / 2)  # every line on a bin of 4 Hz
    expected = np.zeros(N // 2 + 1)
    bins = np.round(frequency / 4).astype(int)
    keep = (bins > 0) & (bins < N // 2)
    expected[bins[keep]] = amplitude[keep]
    np.testing.assert_allclose(-spectrum.imag[1:-1], expected[1:-1], atol=1e-9)


def test_nearly_all_power_lies_within_carsons_band():
    for index in (0.5, 2.0, 8.0, 30.0):
        frequency, amplitude = sidebands(5000.0, 100.0, index)
        within = abs(frequency - 5000) <= carson_bandwidth(100.0, index) / 2
        assert 0.975 < (amplitude[within] ** 2).sum() <= 1.0 + 1e-9


@pytest.mark.parametrize("kind", ["mean", "plain"])
def test_feedback_is_its_loop(xp, kind):
    p = np.tile(phase(C[:200], RATE), (2, 1))
    level, moved = np.linspace(1, 0.2, 200), 0.3 * np.sin(np.arange(200))
    y = feedback_operator(xp.asarray(p), level, amount=1.1, modulation=moved, kind=kind)
    before = earlier = 0.0
    for n in range(200):
        back = 0.5 * (before + earlier) if kind == "mean" else before
        now = level[n] * np.sin(2 * np.pi * p[0, n] + moved[n] + 1.1 * back)
        np.testing.assert_allclose(y[:, n], now, atol=1e-9)
        before, earlier = now, before


def test_feedback_makes_a_saw():
    y = feedback_operator(phase(np.full(N, 100.0), RATE), amount=1.0)
    spectrum = abs(np.fft.rfft(y[-1600:]))[20:120:20]
    falls = 20 * np.log10(spectrum / spectrum[0])
    assert np.all(np.diff(falls) < 0) and falls[4] > -40


def test_stacks_and_branches():
    p = [phase(np.full(N, f), RATE) for f in (200.0, 300.0, 50.0)]
    angles = [2 * np.pi * part for part in p]
    stack = play_operators(p, [1.0, 2.0, 0.5], modulators=((1,), (2,), ()))
    inner = 2 * np.sin(angles[1] + 0.5 * np.sin(angles[2]))
    np.testing.assert_allclose(stack, np.sin(angles[0] + inner), atol=1e-12)
    branch = play_operators(p, [1.0, 2.0, 0.5], modulators=((1, 2), (), ()))
    inner = 2 * np.sin(angles[1]) + 0.5 * np.sin(angles[2])
    np.testing.assert_allclose(branch, np.sin(angles[0] + inner), atol=1e-12)
    organ = play_operators(p, [1.0, 2.0, 0.5], modulators=((),) * 3, carriers=(0, 1, 2))
    heard = np.sin(angles[0]) + 2 * np.sin(angles[1]) + 0.5 * np.sin(angles[2])
    np.testing.assert_allclose(organ, heard, atol=1e-12)


def test_gradients():
    def loss(x):
        y = phase_modulation(jnp.asarray(C[:200]), x[0], RATE, index=x[1])
        fed = feedback_operator(phase(jnp.asarray(C[:200]), RATE), amount=x[2])
        return (y**3).sum() + (fed**2).sum() + (bessel(x[1], n_orders=5) ** 3).sum()

    both, at = jax.jit(jax.value_and_grad(loss)), jnp.asarray([260.0, 1.5, 0.8])
    for k, slope in enumerate(both(at)[1]):
        nudge = 1e-5 * jnp.eye(3)[k]
        change = both(at + nudge)[0] - both(at - nudge)[0]
        np.testing.assert_allclose(slope, change / 2e-5, rtol=1e-4)


def test_float32_and_errors():
    y = phase_modulation(C.astype(np.float32), 260.0, RATE, index=2.0)
    assert y.dtype == np.float32
    with pytest.raises(ValueError, match="modulators of operator 1 must be in 2..1"):
        play_operators([C, C], [1.0, 1.0], modulators=((1,), (0,)))
    with pytest.raises(ValueError, match="modulators must be 2 tuples"):
        play_operators([C, C], [1.0, 1.0], modulators=((1,),))
    with pytest.raises(ValueError, match="carriers must be in 0..1"):
        play_operators([C, C], [1.0, 1.0], modulators=((), ()), carriers=())
    with pytest.raises(ValueError, match="kind must be one of 'mean', 'plain'"):
        feedback_operator(C, amount=1.0, kind="none")
    with pytest.raises(ValueError, match="index must be a number or broadcast"):
        phase_modulation(C, 1.0, RATE, index=np.ones(3))


@pytest.mark.parametrize("n_sines", [1, 2, 3, 4])
def test_rings_of_operators_are_their_recursion(xp, compiled, n_sines):
    rng = np.random.default_rng(n_sines)
    angles = list(rng.uniform(-3.0, 3.0, (n_sines, 200)))
    levels = [rng.uniform(0.0, 1.0, 200), *rng.uniform(0.2, 1.0, n_sines - 1)]
    ring = compiled(lambda a, g: sine_ring(a, g, 0.6))
    sounds = ring([xp.asarray(a) for a in angles], [xp.asarray(g) for g in levels])
    y, before = 0.0, 0.0
    for n in range(200):
        x = 0.6 * (y + before) / 2
        for k in range(n_sines):
            x = np.broadcast_to(levels[k], 200)[n] * np.sin(angles[k][n] + x)
            assert float(sounds[k][n]) == pytest.approx(x, abs=1e-12)
        y, before = x, y


@pytest.mark.parametrize("n_sines, loud", [(1, 1.2), (1, 12.0), (2, 9.0), (3, 5.0)])
def test_long_rings_are_played_side_by_side_without_a_seam(n_sines, loud):
    n = 36 * 512 + 100
    angles = [0.03 * (k + 1) * np.arange(n) % 300.0 for k in range(n_sines)]
    # from noise, where it is loud, to a sine, and silence
    level = np.maximum(np.linspace(loud, -0.2 * loud, n), 0.0)
    *others, y = sounds = sine_ring(angles, [level] * n_sines, 0.25)
    x = 0.25 * (np.append(0.0, y[:-1]) + np.append([0.0, 0.0], y[:-2])) / 2
    for angle, played in zip(angles, sounds, strict=True):
        x = level * np.sin(angle + x)
        np.testing.assert_allclose(played, x, atol=1e-9)
    assert not y[level == 0.0].any() and len(others) == n_sines - 1


def test_only_rings_that_do_not_forget_need_a_loop():
    angle, asked = 0.03 * np.arange(30 * 512 + 7), []

    def loop(start, stop, state):
        asked.append((start, stop))
        return np.zeros(stop - start)

    in_segments([angle, np.full(angle.size, 0.6)], loop)
    assert asked == [(30 * 512, angle.size)]
    asked.clear()
    in_segments([angle, np.full(angle.size, 6.0)], loop)
    assert asked == [(0, angle.size)]


def test_sines_of_long_arrays():
    rng = np.random.default_rng(0)
    p, moved = rng.uniform(-20.0, 20.0, (2, 3, 8000))
    expected = np.sin(2.0 * np.pi * p + moved)
    np.testing.assert_allclose(sine_of_cycles(p, moved), expected, atol=1e-13)
    edges = np.linspace(-1.0, 1.0, 4001)
    np.testing.assert_allclose(
        sine_of_cycles(edges), np.sin(2 * np.pi * edges), 0, 4e-15
    )
    assert sine_of_cycles(p[..., ::2].astype(np.float32)).dtype == np.float32
    backwards = sine_of_cycles(p[:, ::-1], moved[:, ::-1])
    np.testing.assert_allclose(backwards, expected[:, ::-1], atol=1e-13)


def test_sounds_that_are_known_are_not_played_again():
    p = [np.arange(100) * f for f in (0.01, 0.02)]
    chain = {"modulators": ((1,), ())}
    known = {1: np.sin(2 * np.pi * p[1])}
    y = play_operators(p, [1.0, 0.0], **chain, sounds=known)
    np.testing.assert_allclose(y, play_operators(p, [1.0, 1.0], **chain), atol=1e-12)


def test_a_ring_among_other_operators():
    p = [np.arange(100) * f for f in (0.01, 0.02, 0.031)]
    stack = {"modulators": ((1,), (2,), ()), "feedback": (None, None, 0.5)}
    y = play_operators(p, [1.0, 0.7, 0.9], **stack, ring=(2, 1))
    angles = [2 * np.pi * p[2], 2 * np.pi * p[1]]
    moved = sine_ring(angles, [np.full(100, 0.9), np.full(100, 0.7)], 0.5)[1]
    np.testing.assert_allclose(y, np.sin(2 * np.pi * p[0] + moved), atol=1e-12)
    alone = play_operators(p, [1.0, 0.7, 0.9], **stack)
    assert abs(alone - y).max() > 0.01
