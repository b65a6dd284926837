"""Gain, products, cross-fades: their laws, both libraries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from dsplab.shaping.combination import (
    amplify,
    amplitude_modulate,
    combine,
    crossfade,
    ring_modulate,
)

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(-1, 1, (2, 2, 400))


def sine(k, n=2000):
    return np.sin(2 * np.pi * k * np.arange(n) / n)


def lines(y, level=0.2):
    """Frequencies, in cycles per signal, of what is not small."""
    spectrum = abs(np.fft.rfft(y)) / (len(y) / 2)
    return {int(k) for k in range(len(spectrum)) if spectrum[k] > level}


def test_ring_modulation_makes_sums_and_differences_only():
    y = ring_modulate(sine(200), sine(350))
    assert lines(y, 0.3) == {150, 550}
    # sums above half the sampling rate are left out instead of coming back
    assert lines(ring_modulate(sine(700), sine(800)), 0.3) == {100}
    assert 500 in lines(ring_modulate(sine(700), sine(800), oversampling=1), 0.3)


def test_amplitude_modulation_keeps_the_carrier():
    y = amplitude_modulate(sine(300), sine(20))
    assert lines(y) == {280, 300, 320}
    np.testing.assert_allclose(
        amplitude_modulate(X, Y, depth=0.0, oversampling=1), X, atol=1e-12
    )


def test_crossfade_goes_from_one_to_the_other(xp):
    x, y = xp.asarray(X), xp.asarray(Y)
    for law in ("power", "linear"):
        np.testing.assert_allclose(crossfade(x, y, 0.0, law=law), X, atol=1e-12)
        np.testing.assert_allclose(crossfade(x, y, 1.0, law=law), Y, atol=1e-12)
    np.testing.assert_allclose(crossfade(x, x, 0.3, law="linear"), X, atol=1e-12)
    position = np.linspace(0, 1, 400)
    one = crossfade(np.ones(400), np.zeros(400), position)
    other = crossfade(np.zeros(400), np.ones(400), position)
    np.testing.assert_allclose(one**2 + other**2, 1.0, atol=1e-12)


def test_combinations(xp):
    x, y = xp.asarray(X), xp.asarray(Y)
    np.testing.assert_array_equal(combine(x, y), np.minimum(X, Y))
    np.testing.assert_array_equal(combine(x, y, "maximum"), np.maximum(X, Y))
    louder = np.asarray(combine(x, y, "louder"))
    quieter = np.asarray(combine(x, y, "quieter"))
    np.testing.assert_array_equal(abs(louder), np.maximum(abs(X), abs(Y)))
    np.testing.assert_allclose(louder + quieter, X + Y)


def test_amplifier_with_and_without_a_ceiling():
    np.testing.assert_allclose(amplify(X, 6.0), X * 10**0.3)
    quiet = 0.001 * sine(20)
    y = amplify(quiet, 20.0, ceiling=1.0)
    np.testing.assert_allclose(y[200:-200], 10 * quiet[200:-200], atol=1e-6)
    loud = amplify(sine(20), 40.0, ceiling=0.5)
    assert 0.49 < np.median(abs(loud)) < 0.51


def test_both_libraries_agree():
    gain = np.linspace(-6, 12, 400)
    for f in (
        lambda x, y: amplify(x, gain),
        ring_modulate,
        lambda x, y: amplitude_modulate(x, y, depth=gain / 20),
    ):
        ours = jax.jit(f)(jnp.asarray(X), jnp.asarray(Y))
        np.testing.assert_allclose(ours, f(X, Y), atol=1e-12)
        assert f(X.astype(np.float32), Y).dtype == np.float32


def test_errors():
    with pytest.raises(ValueError, match="law must be one of 'power', 'linear'"):
        crossfade(X, Y, law="cosine")
    with pytest.raises(ValueError, match="how must be one of 'minimum'"):
        combine(X, Y, "xor")
    with pytest.raises(ValueError, match="y must be a number or broadcast"):
        ring_modulate(X, Y[:, :5])
