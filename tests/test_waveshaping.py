"""Wave shaping: the curves, their means, few aliases, no delay, the right levels."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.integrate

from dsplab.shaping.curves import CURVES, chebyshev, diode, find_curve
from dsplab.shaping.waveshaping import waveshape

RATE = 44100
RNG = np.random.default_rng(0)
NAMES = pytest.mark.parametrize("name", CURVES)
# far apart, close, equal, on corners, across them, all on one side
NODES = np.concatenate(
    [
        RNG.uniform(-4, 4, (40, 3)),
        RNG.uniform(-2, 2, (40, 1)) + RNG.uniform(-0.3, 0.3, (40, 3)),
        RNG.uniform(-2, 2, (20, 1)) + 1e-3 * RNG.uniform(-1, 1, (20, 3)),
        RNG.uniform(-2, 2, (20, 1)) + np.array([0.0, 1e-9, 0.5]),
        [[1, 1, 1], [-1, 1, 1], [0, 0, 0], [3, 1, -1], [-1, 0, 1], [0, 2, 0]],
    ]
).T


def every_curve():
    return {
        **CURVES,
        "polynomial": chebyshev([0.1, 0.5, 0.3, -0.2]),
        "d": diode(low=2.0),
    }


def mean_on_triangle(f, nodes, n=400):
    """The definition, on a fine grid that is denser towards one corner."""
    u = (np.arange(n) + 0.5) / n
    r, t = np.meshgrid(u, u)
    a, b, c = nodes
    x = (1 - r) * a + r * (1 - t) * b + r * t * c
    return (2 * r * f(x)).mean()


@pytest.mark.parametrize("name", every_curve())
def test_means_are_integrals_of_the_curve(name):
    curve, (a, b, c) = every_curve()[name], NODES
    y = curve.over_three(a, b, c)
    expected = [mean_on_triangle(curve.value, nodes) for nodes in NODES.T]
    np.testing.assert_allclose(y, expected, rtol=2e-5, atol=2e-4)
    y = curve.over_two(a, b)
    expected = [
        curve.value(low)
        if low == high
        else scipy.integrate.quad(
            lambda x: float(curve.value(np.asarray(x))), low, high, limit=200
        )[0]
        / (high - low)
        for low, high in NODES.T[:, :2]
    ]
    np.testing.assert_allclose(y, expected, atol=1e-7)


@pytest.mark.parametrize("name", every_curve())
def test_the_order_of_the_samples_does_not_matter(name):
    a, b, c = NODES
    y = every_curve()[name].over_three(a, b, c)
    for nodes in ((b, a, c), (c, b, a), (b, c, a)):
        other = every_curve()[name].over_three(*nodes)
        np.testing.assert_allclose(other, y, atol=1e-9)


@NAMES
def test_float32_loses_no_digits_that_matter(name):
    x = 10 * np.sin(2 * np.pi * 441 * np.arange(2000) / RATE / 4)
    nodes = x[:-2], x[1:-1], x[2:]
    exact = CURVES[name].over_three(*nodes)
    y = CURVES[name].over_three(*(part.astype(np.float32) for part in nodes))
    assert y.dtype == np.float32
    assert np.sqrt(np.mean((y - exact) ** 2)) < 4e-5  # -88 dB


def aliases_db(curve, frequency, **options):
    """Power of all that is no harmonic, and the error of the highest harmonic."""
    n = np.arange(2 * RATE)
    x = np.sin(2 * np.pi * (frequency * n % RATE) / RATE)
    y = waveshape(x, curve, **options)[RATE // 2 :][:RATE]
    power = abs(np.fft.rfft(y) / RATE) ** 2
    harmonic = np.arange(power.size) % frequency == 0
    return 10 * np.log10(power[~harmonic].sum() / power[harmonic].sum()), power


def harmonic_level(curve, drive, k):
    t = np.arange(1 << 16) / (1 << 16)
    y = find_curve(curve).value(drive * np.sin(2 * np.pi * t))
    return abs(np.fft.rfft(y)[k]) / t.size


@pytest.mark.parametrize("frequency, highest, bar", [(1245, 11, -100), (4186, 3, -80)])
def test_a_hard_clip_is_clean(frequency, highest, bar):
    alias, power = aliases_db("hard clip", frequency, drive=10.0)
    assert alias < bar
    level = np.sqrt(power[frequency * highest])
    exact = harmonic_level("hard clip", 10.0, highest)
    assert abs(20 * np.log10(level / exact)) < 0.01


def test_each_measure_against_aliases_helps():
    steps = [
        aliases_db("hard clip", 1245, drive=10.0, antialiasing=a, oversampling=o)[0]
        for a, o in [(0, 1), (1, 1), (2, 1), (0, 4), (2, 2), (2, 4)]
    ]
    assert np.all(np.diff(steps) < -3)


@pytest.mark.parametrize("antialiasing, oversampling", [(0, 4), (1, 4), (2, 4), (2, 1)])
def test_what_is_not_bent_passes_unchanged_and_in_time(antialiasing, oversampling):
    n = np.arange(1000)
    for frequency, loss_db in [(200, 0.001), (5000, 0.001), (16000, 0.1)]:
        if oversampling == 1 and frequency > 200:
            continue  # averaging takes off highs
        x = 0.3 * np.sin(2 * np.pi * frequency * n / RATE)
        y = waveshape(
            x, "hard clip", antialiasing=antialiasing, oversampling=oversampling
        )
        error = abs(y - x)[200:800].max() / 0.3
        assert error < 10 ** (loss_db / 20) - 1 + 2e-3 * (oversampling == 1)


def test_plain_shaping_is_the_curve():
    x = RNG.uniform(-2, 2, (2, 100))
    for name in CURVES:
        y = waveshape(x, name, drive=2.0, bias=0.5, antialiasing=0, oversampling=1)
        np.testing.assert_allclose(y, CURVES[name].value(2.0 * x + 0.5), atol=1e-12)
    y = waveshape(x, np.cos, antialiasing=0, oversampling=1)
    np.testing.assert_allclose(y, np.cos(x), atol=1e-12)


def test_antialiasing_alone_is_the_textbook_formula():
    x = np.sin(2 * np.pi * 0.07 * np.arange(200)) * 3
    integral = np.log(np.cosh(x))
    y = waveshape(x, "tanh", antialiasing=1, oversampling=1)
    np.testing.assert_allclose(y[1:], np.diff(integral) / np.diff(x), atol=1e-10)


def test_chebyshev_makes_the_harmonics_asked_for():
    weights = [0.0, 0.6, 0.0, 0.3, 0.1]
    x = np.cos(2 * np.pi * 500 * np.arange(RATE) / RATE)
    y = waveshape(x, chebyshev(weights))
    spectrum = np.fft.rfft(y[RATE // 4 : RATE // 4 + RATE // 2])[:2500:250] / (RATE / 4)
    np.testing.assert_allclose(spectrum[1:5], weights[1:], atol=1e-4)


@NAMES
def test_both_libraries_agree(name):
    curve = CURVES[name]
    means = jax.jit(
        lambda nodes: (curve.over_two(*nodes[:2]), curve.over_three(*nodes))
    )
    two, three = means(jnp.asarray(NODES))
    np.testing.assert_allclose(two, curve.over_two(*NODES[:2]), atol=1e-9)
    np.testing.assert_allclose(three, curve.over_three(*NODES), atol=1e-9)


def test_both_libraries_agree_on_the_whole():
    x = np.random.default_rng(1).uniform(-1, 1, (2, 300))
    drive = np.linspace(1, 5, 300)
    for antialiasing in (1, 2):
        options = {"bias": 0.1, "antialiasing": antialiasing}
        y = waveshape(x, "hard clip", drive=drive, **options)
        jitted = jax.jit(lambda x, d: waveshape(x, "hard clip", drive=d, **options))  # noqa: B023
        np.testing.assert_allclose(jitted(jnp.asarray(x), drive), y, atol=1e-9)


@pytest.mark.parametrize("name", ["hard clip", "tanh", "diode", "triangle fold"])
def test_gradients(name):
    x = jnp.asarray([0.3, -0.2, 1.4, 1.41, -3.0, 0.3, 0.3, 0.9])

    def loss(x, drive):
        y = CURVES[name].over_three(*(drive * x[k : k + 6] for k in range(3)))
        return (y**2).sum() + (CURVES[name].over_two(x[:-1], x[1:]) ** 3).sum()

    gradient = jax.jit(jax.value_and_grad(loss, (0, 1)))
    _, (by_x, by_drive) = gradient(x, 1.7)
    step = 1e-6
    more, less = gradient(x, 1.7 + step)[0], gradient(x, 1.7 - step)[0]
    np.testing.assert_allclose(by_drive, (more - less) / (2 * step), rtol=1e-4)
    for k in range(8):
        nudge = step * jnp.eye(8)[k]
        change = gradient(x + nudge, 1.7)[0] - gradient(x - nudge, 1.7)[0]
        np.testing.assert_allclose(by_x[k], change / (2 * step), rtol=1e-3, atol=1e-6)


def test_learning_through_the_whole():
    x = jnp.asarray(np.random.default_rng(2).uniform(-1, 1, 300))

    def loss(parameters):
        curve = diode(high=parameters[1])
        y = waveshape(x, curve, drive=parameters[0], antialiasing=1, oversampling=2)
        return (y**2).sum()

    gradient, at = jax.jit(jax.value_and_grad(loss)), jnp.asarray([2.0, 0.8])
    for k, slope in enumerate(gradient(at)[1]):
        nudge = 1e-5 * jnp.eye(2)[k]
        change = gradient(at + nudge)[0] - gradient(at - nudge)[0]
        np.testing.assert_allclose(slope, change / 2e-5, rtol=1e-6)


def test_long_signals_are_bent_in_blocks_without_seams():
    x = np.random.default_rng(3).uniform(-1, 1, 9000)
    whole = waveshape(x, "hard clip", drive=3.0)
    part = waveshape(x[3000:6000], "hard clip", drive=3.0)
    np.testing.assert_allclose(part[300:-300], whole[3300:5700], atol=1e-12)


def test_stereo_dtype_and_library(xp):
    x = xp.ones((2, 50), dtype=xp.float32)
    y = waveshape(x, "hard clip", drive=np.array([[1.0], [2.0]]), oversampling=1)
    assert y.shape == (2, 50) and y.dtype == np.float32 and type(y) is type(x)


def test_errors():
    x = np.ones(50)
    with pytest.raises(ValueError, match="curve must be one of 'hard clip'"):
        waveshape(x, "hard")
    with pytest.raises(ValueError, match="antialiasing must be an integer in 0..2"):
        waveshape(x, antialiasing=3)
    with pytest.raises(ValueError, match="antialiasing must be 0"):
        waveshape(x, np.sin)
    with pytest.raises(ValueError, match="drive must be a number or broadcast"):
        waveshape(x, drive=np.ones(49))
    with pytest.raises(ValueError, match="factor must be a power of two"):
        waveshape(x, oversampling=3)
    with pytest.raises(ValueError, match="weights must have shape"):
        chebyshev([[1.0]])
