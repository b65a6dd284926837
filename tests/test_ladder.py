"""The ladder: its analogue formula, its circuit, and its calm."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from dsplab.filters.ladder import OUTPUTS, ladder, peak_ratio

RATE, N = 44100, 300
RNG = np.random.default_rng(0)
X = RNG.standard_normal((2, N))
CUTOFF = 1000.0 * 2.0 ** RNG.uniform(-2, 2, N)
RESONANCE = RNG.uniform(0, 1, (2, N))


@functools.cache
def jitted(kind, bends):
    def run(x, cutoff, resonance, drive):
        drive = drive if bends else None
        return ladder(x, cutoff, RATE, resonance=resonance, drive=drive, kind=kind)

    return jax.jit(run)


def run(xp, x, cutoff, resonance, *, drive=None, kind="lowpass24"):
    if xp is np:
        return ladder(x, cutoff, RATE, resonance=resonance, drive=drive, kind=kind)
    arrays = map(jnp.asarray, (x, cutoff, resonance, drive or 1.0))
    return jitted(kind, drive is not None)(*arrays)


def analogue(w, k):
    return 1.0 / abs((1.0 + 1j * w) ** 4 + k)


@pytest.mark.parametrize("cutoff", [250.0, 1000.0, 4000.0, 8000.0, 12000.0])
@pytest.mark.parametrize("resonance", [0.5, 0.9, 0.975])
def test_the_peak_is_where_and_as_high_as_the_circuits(cutoff, resonance):
    k, n = 4 * resonance, 24000
    w = np.linspace(0.7, 1.1, 400001)
    top = w[analogue(w, k).argmax()]
    assert peak_ratio(resonance) == pytest.approx(top, abs=2e-6)
    y = ladder(np.eye(1, n)[0], cutoff, RATE, resonance=resonance)
    cents = np.linspace(-8, 8, 161)
    f = cutoff * top * 2 ** (cents / 1200)
    gain = abs(np.exp(-2j * np.pi / RATE * np.outer(f, np.arange(n))) @ y)
    assert abs(cents[gain.argmax()]) < 0.2
    assert abs(20 * np.log10(gain.max() / analogue(top, k))) < 0.05


@pytest.mark.parametrize("kind", OUTPUTS)
def test_the_outputs_are_mixtures_of_stages(kind):
    """Well below half the sample rate, where the frequencies are not bent."""
    y = ladder(np.eye(1, 60000)[0], 200.0, RATE, resonance=0.3, kind=kind)
    f = np.array([40.0, 200.0, 500.0])
    got = np.exp(-2j * np.pi / RATE * np.outer(f, np.arange(60000))) @ y
    p = 1.0 / (1.0 + 1j * f / 200.0)
    parts = np.stack([p**0, p, p**2, p**3, p**4]) / (1.0 + 1.2 * p**4)
    np.testing.assert_allclose(got, OUTPUTS[kind] @ parts, rtol=2e-2, atol=2e-3)


def test_it_is_the_loop_of_four_trapezoids(xp):
    y = run(xp, X, CUTOFF, np.full((2, N), 0.9))
    ratio, s = peak_ratio(0.9), np.zeros((4, 2))
    for n in range(N):
        g = np.tan(np.pi * CUTOFF[n] * ratio / RATE) / ratio
        # y_i = s_i + g (y_{i-1} - y_i), y_0 = x - k y_4: four equations
        matrix = np.eye(4) * (1 + g) - np.eye(4, k=-1) * g
        matrix[0, 3] += 3.6 * g
        right = s.copy()
        right[0] += g * X[:, n]
        out = np.linalg.solve(matrix, right)
        s = 2 * out - s
        np.testing.assert_allclose(y[:, n], out[3], atol=1e-12)


@pytest.mark.parametrize("kind, drive", [("notch", None), ("bandpass24", 2.0)])
def test_both_libraries_agree(kind, drive):
    arguments = (X, CUTOFF, RESONANCE)
    y, expected = (run(xp, *arguments, drive=drive, kind=kind) for xp in (jnp, np))
    np.testing.assert_allclose(y, expected, rtol=0, atol=1e-9)


def test_driven_it_is_the_nonlinear_circuit(xp):
    """Against an integration of the differential equation; four times the rate."""
    rate, t = 4 * RATE, np.arange(2 * N) / (4 * RATE)

    def force(t):
        return 3.0 * np.sin(2 * np.pi * 700 * t)

    def circuit(t, y):
        bent = np.tanh([force(t) - 3.2 * y[3], *y])
        return 2 * np.pi * 1500 * (bent[:-1] - bent[1:])

    exact = scipy.integrate.solve_ivp(
        circuit, (0, t[-1]), np.zeros(4), t_eval=t, rtol=1e-9, atol=1e-11
    ).y[3]
    y = ladder(xp.asarray(force(t)), 1500.0, rate, resonance=0.8, drive=1.0)
    error = np.asarray(y) - exact
    assert np.sqrt((error**2).mean() / (exact**2).mean()) < 2e-3


def test_little_drive_is_linear(xp):
    y = run(xp, X, CUTOFF, RESONANCE, drive=1e-4)
    np.testing.assert_allclose(y, run(np, X, CUTOFF, RESONANCE), atol=1e-6)


def test_it_whistles_a_sine_by_itself_and_stays_bounded(xp):
    x = 0.01 * np.eye(1, 12000)[0]
    y = run(xp, x, np.full(12000, 1000.0), np.full(12000, 1.1), drive=1.0)
    y = np.asarray(y)[-4410:]
    spectrum = abs(np.fft.rfft(y * np.hanning(y.size)))
    assert 0.05 < abs(y).max() < 2.0
    assert 10 * abs(spectrum.argmax() - 100.0) < 30


def test_swept_by_noise_it_stays_bounded():
    octaves = np.random.default_rng(2).uniform(-4, 4, 20000)
    x = np.random.default_rng(1).uniform(-0.44, 0.44, 20000)
    y = ladder(x, 1000.0 * 2.0**octaves, RATE, resonance=0.98)
    assert abs(y).max() < 10.0


def test_dtype_is_kept(xp):
    x = xp.asarray(X, dtype=xp.float32)
    for drive in (None, 2.0):
        y = run(xp, x, CUTOFF.astype("float32"), RESONANCE.astype("float32"),
                drive=drive)  # fmt: skip
        assert y.dtype == np.float32
        exact = run(np, X, CUTOFF, RESONANCE, drive=drive)
        np.testing.assert_allclose(y, exact, atol=2e-4)


@pytest.mark.parametrize("drive", [None, 1.5])
def test_gradients(drive):
    """Those of JAX, against differences of what NumPy computes."""

    def loss(cutoff, resonance):
        y = ladder(X[0, :30], cutoff, RATE, resonance=resonance, drive=drive)
        return (y * X[1, :30]).sum()

    got = jax.jit(jax.grad(loss, (0, 1)))(jnp.asarray(3000.0), jnp.asarray(0.7))
    of_cutoff = (loss(3000.1, 0.7) - loss(2999.9, 0.7)) / 0.2
    of_resonance = (loss(3000.0, 0.7001) - loss(3000.0, 0.6999)) / 0.0002
    np.testing.assert_allclose(got, [of_cutoff, of_resonance], rtol=1e-5)


def test_errors():
    with pytest.raises(ValueError, match="resonance must be at least 0"):
        ladder(X, 100.0, RATE, resonance=-0.1)
    with pytest.raises(ValueError, match="drive must be above 0, or None"):
        ladder(X, 100.0, RATE, drive=0.0)
    with pytest.raises(ValueError, match="kind must be one of 'lowpass24'"):
        ladder(X, 100.0, RATE, kind="lowpass")
