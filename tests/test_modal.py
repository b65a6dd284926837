"""Modal synthesis: equal to its closed forms, bodies with the modes of the textbook."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest
import scipy.signal

from dsplab.synths import modal
from dsplab.synths.modal import mallet, modes, resonate

RATE = 8000


def test_modes_are_their_formula(xp):
    rng = np.random.default_rng(0)
    f, t60 = rng.uniform(50, 3900, (2, 7)), rng.uniform(0.1, 3, (2, 7))
    a = rng.uniform(-1, 1, (2, 7))
    y = modes(xp.asarray(f), xp.asarray(t60), a, sample_rate=RATE, n_samples=1300)
    t = np.arange(1300) / RATE
    turns = np.remainder(f[..., None] * t, 1.0)
    level = a[..., None] * 10 ** (-3 * t / t60[..., None])
    expected = (level * np.sin(2 * np.pi * turns)).sum(axis=1)
    np.testing.assert_allclose(y, expected, atol=1e-11)


def test_modes_above_half_the_sample_rate_are_silent(xp):
    y = modes(xp.asarray([4000.0, 5000.0]), 1.0, 1.0, sample_rate=RATE, n_samples=9)
    assert not np.asarray(y).any()


def test_float32_stays_in_tune():
    y = modes(jnp.asarray([1000.3], "float32"), 1e6, 1.0, sample_rate=RATE,
              n_samples=80000)  # fmt: skip
    t = np.arange(80000)
    error = np.asarray(y) - np.sin(2 * np.pi * np.remainder(1000.3 * t / RATE, 1.0))
    assert y.dtype == np.float32 and abs(error[-800:]).max() < 0.02  # 1000.3 rounded


def test_resonate_is_a_bank_of_resonators(xp):
    x = np.random.default_rng(1).standard_normal((2, 500))
    f, t60 = np.array([300.0, 1234.0]), np.array([0.1, 0.05])
    y = resonate(xp.asarray(x), f, t60, amplitude=[1.0, 0.5], sample_rate=RATE)
    expected = 0.0
    for k, amplitude in enumerate((1.0, 0.5)):
        r, w = 10 ** (-3 / (t60[k] * RATE)), 2 * np.pi * f[k] / RATE
        b, a = [0, amplitude * r * np.sin(w)], [1, -2 * r * np.cos(w), r * r]
        expected = expected + scipy.signal.lfilter(b, a, x)
    np.testing.assert_allclose(y, expected, atol=1e-9)


def test_a_mallet_is_the_spectrum_of_its_push():
    contact, n = 0.003, 3000
    push = np.hanning(n + 1) / np.hanning(n + 1).sum()
    t = (np.arange(n + 1) / n - 0.5) * contact
    for f in (0.0, 123.0, 1 / contact, 700.0):
        expected = (push * np.cos(2 * np.pi * f * t)).sum()
        assert float(mallet(f, contact)) == pytest.approx(expected, abs=1e-6)


def test_a_free_bar_has_the_modes_of_its_equation():
    """Finite differences of the bar's fourth derivative, both ends free."""
    n = 400
    bend = np.diff(np.eye(n), n=2, axis=0)  # moment at the inner points: 0 at ends
    squared, shapes = np.linalg.eigh(bend.T @ bend)
    ratios = np.sqrt(squared[2:6] / squared[2])  # the first two: it moves as a whole
    np.testing.assert_allclose(modal.bar_ratios(4), ratios, rtol=2e-2)
    at = 120
    levels = abs(shapes[at, 2:6]) / abs(shapes[0, 2:6])
    measured = modal.bar_levels(4, (at + 0.5) / n)
    np.testing.assert_allclose(measured, levels, atol=0.03)


def test_ratios_of_the_textbook():
    np.testing.assert_allclose(modal.string_ratios(5), np.arange(1, 6))
    np.testing.assert_allclose(modal.bar_ratios(3), [1, 2.756, 5.404], atol=1e-3)
    assert modal.plate_ratios(6, aspect=1.0).tolist() == [1, 2.5, 2.5, 4, 5, 5]


def test_a_bent_note_is_a_steady_one_where_it_does_not_bend():
    f0 = np.full(1000, 440.0)
    bent = f0.copy()
    bent[-1] = 441.0
    for name in ("vibraphone", "bell"):
        a, b = (modal.voice(f, 0.05, RATE, patch=name) for f in (f0, bent))
        np.testing.assert_allclose(a[:-1], b[:-1], atol=1e-10)


def test_numpy_equals_jax():
    run = jax.jit(modal.voice, static_argnums=2, static_argnames="patch")
    for f0 in (np.full(1000, 440.0), np.linspace(440.0, 450.0, 1000)):
        y = run(jnp.asarray(f0), 0.05, RATE, velocity=90.0, patch="vibraphone")
        expected = modal.voice(f0, 0.05, RATE, velocity=90.0, patch="vibraphone")
        np.testing.assert_allclose(y, expected, atol=1e-9)


@pytest.mark.parametrize("name", modal.PRESETS)
def test_presets_are_of_one_level_in_tune_and_end(name):
    y = modal.voice(np.full(44100, 440.0), 0.5, 44100, velocity=127.0, patch=name)
    assert 0.2 < abs(y).max() <= 0.5
    spectrum = abs(np.fft.rfft(y))
    near = spectrum[430:451]
    assert near.argmax() == 10 and near.max() > 0.1 * spectrum.max()


def test_play_batch_and_dtype(xp):
    assert 0.05 < abs(modal.play([(0.0, 0.1, 69.0)], RATE, patch="glass")).max() < 0.5
    f0 = xp.asarray(np.full((2, 50), 440.0, dtype=np.float32))
    y = modal.voice(f0, 0.1, RATE)
    assert y.shape == (2, 50) and y.dtype == np.float32 and type(y) is type(f0)


def test_gradients():
    def energy(f, t60, a):
        y = modes(f, t60, a, sample_rate=RATE, n_samples=100)
        return (y * jnp.linspace(-1, 1, 100)).sum()

    values = jnp.asarray([300.0, 800.0]), jnp.asarray(0.02), jnp.asarray([1.0, 0.4])
    jax.test_util.check_grads(jax.jit(energy), values, 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="frequency must have 1 or more dimensions"):
        modes(440.0, 1.0, 1.0, sample_rate=RATE, n_samples=10)
    with pytest.raises(ValueError, match="f0 must be above 0 Hz"):
        modal.voice(np.zeros(5), 1.0, RATE)
