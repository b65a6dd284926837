"""The sinusoidal model: peaks, their tracks, and the sounds made of them."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.analysis.peaks import Peaks
from dsplab.spectral_models import (
    Partials,
    follow_peaks,
    sinusoidal_analysis,
    sinusoidal_synthesis,
    spectral_peaks,
)

RATE = 16000
T = np.arange(RATE // 2) / RATE
HOP = 64
INSIDE = slice(1600, -1600)


def snr_db(x, y):
    x, y = x[..., INSIDE], np.asarray(y)[..., INSIDE]
    return 10 * np.log10((x**2).sum() / ((x - y) ** 2).sum())


def resynthesised(x):
    if isinstance(x, jax.Array):
        return jitted(x)
    partials = sinusoidal_analysis(x, RATE, hop_length=HOP, n_partials=8)
    return sinusoidal_synthesis(partials, RATE, hop_length=HOP, length=x.shape[-1])


@jax.jit
def jitted(x):
    partials = sinusoidal_analysis(x, RATE, hop_length=HOP, n_partials=8)
    return sinusoidal_synthesis(partials, RATE, hop_length=HOP, length=x.shape[-1])


def measured(x):
    return spectral_peaks(x, RATE, hop_length=HOP, n_peaks=3)


JITTED_PEAKS = jax.jit(measured)


@pytest.mark.parametrize("frequency", [100.3, 440.0, 1234.56, 5000.7])
def test_a_sine_is_measured(xp, frequency):
    x = 0.5 * np.cos(2 * np.pi * frequency * T + 0.3)
    find = measured if xp is np else JITTED_PEAKS
    f, a, angle = find(xp.asarray(x))
    m = np.arange(f.shape[-1])[20:-20]
    k = np.argmax(np.asarray(a[:, 60]))
    assert abs(1200 * np.log2(np.asarray(f)[k, m] / frequency)).max() < 0.2  # cents
    assert abs(20 * np.log10(np.asarray(a)[k, m] / 0.5)).max() < 2e-3
    off = np.asarray(angle)[k, m] - (2 * np.pi * frequency * m * HOP / RATE + 0.3)
    assert abs(np.angle(np.exp(1j * off))).max() < 3e-4


def test_peaks_are_of_every_channel_and_both_libraries_agree():
    x = np.stack([np.cos(2 * np.pi * 500 * T), np.cos(2 * np.pi * 700 * T**1.5)])
    options = {"hop_length": 400, "n_peaks": 4, "threshold_db": -60.0}
    peaks = spectral_peaks(x, RATE, **options)
    one = spectral_peaks(x[1], RATE, **options)
    same = jax.jit(lambda x: spectral_peaks(x, RATE, **options))(jnp.asarray(x))
    for a, b, c in zip(peaks, one, same, strict=True):
        assert a.shape == (2, 4, 21)
        np.testing.assert_allclose(a[1], b, atol=1e-9)
        np.testing.assert_allclose(a, c, atol=1e-9)


def test_the_strongest_peaks_are_kept_in_order():
    x = sum(
        a * np.cos(2 * np.pi * f * T)
        for f, a in [(400, 0.1), (900, 0.5), (1500, 0.02), (2500, 0.3)]
    )
    f = spectral_peaks(x, RATE, n_peaks=3, hop_length=1000).frequency[:, 4]
    np.testing.assert_allclose(f, [400, 900, 2500], atol=0.1)


@pytest.mark.parametrize(
    "name, phase, least_db",
    [
        ("steady", 440 * T, 85),
        ("100 Hz/s", 1000 * T + 50 * T**2, 80),
        ("1 kHz/s", 1000 * T + 500 * T**2, 60),
        ("vibrato", 440 * T + 3 * np.sin(2 * np.pi * 5 * T) / 5, 60),
    ],
)
def test_resynthesis_of_moving_sines(xp, name, phase, least_db):
    x = 0.5 * np.cos(2 * np.pi * phase + 0.7)
    assert snr_db(x, resynthesised(xp.asarray(x))) > least_db, name


def test_two_glides_and_a_swelling_partial_are_kept_apart():
    x = 0.4 * np.cos(2 * np.pi * (600 * T + 300 * T**2))
    x = x + 0.2 * np.cos(2 * np.pi * (1500 * T - 200 * T**2))
    x = x + 0.3 * T * np.cos(2 * np.pi * 3000 * T)
    partials = sinusoidal_analysis(x, RATE, hop_length=HOP, n_partials=8)
    assert (partials.frequency[:, 20:-20] > 0).sum(axis=0).max() == 3
    rows = [row for row in partials.frequency[:, 30:-30] if (row > 0).all()]
    assert len(rows) == 3  # each of them in one row all along
    assert snr_db(x, resynthesised(x)) > 60


def test_synthesis_is_the_sum_of_cosines_with_faded_frames(xp):
    rng = np.random.default_rng(0)
    f, a = rng.uniform(100, 4000, (2, 3, 5)), rng.uniform(size=(2, 3, 5))
    angle = rng.uniform(-3, 3, (2, 3, 5))
    hop = 40
    partials = Partials(*(xp.asarray(v) for v in (f, a, angle)))
    y = sinusoidal_synthesis(partials, RATE, hop_length=hop, length=200)
    move = np.gradient(f, axis=-1)
    wanted = np.zeros((2, 200))
    for n in range(200):
        for m in range(5):
            t = (n - m * hop) / RATE
            fade = max(1 - abs(n - m * hop) / hop, 0)
            bend = np.pi * move[..., m] / (hop / RATE) * t**2
            turn = angle[..., m] + 2 * np.pi * f[..., m] * t
            both = np.cos(turn) - bend * np.sin(turn)
            wanted[:, n] += fade * (a[..., m] * both).sum(axis=-1)
    np.testing.assert_allclose(y, wanted, atol=1e-9)


def test_peaks_that_cross_a_gap_begin_anew_in_a_row_that_was_empty():
    f = np.array([[200.0, 201, 0, 205, 206, 0], [0.0, 0, 0, 400, 401, 402]])
    order = np.argsort(np.where(f > 0, f, 9e9), axis=0)
    peaks = Peaks(*(np.take_along_axis(f, order, axis=0) for _ in range(3)))
    tracks = follow_peaks(peaks, n_partials=3).frequency
    assert tracks.tolist() == [
        [200, 201, 0, 205, 206, 0],
        [0, 0, 0, 400, 401, 402],
        [0, 0, 0, 0, 0, 0],
    ]
    short = follow_peaks(peaks, n_partials=3, shortest=3).frequency
    assert short.tolist()[1] == [0, 0, 0, 400, 401, 402]
    assert not short[0].any()


def test_a_step_that_is_too_far_is_a_new_partial(xp):
    f = xp.asarray([[1000.0, 1029, 1060, 1000]])
    peaks = Peaks(f, f / f, 0 * f)
    tracks = follow_peaks(peaks, n_partials=2, deviation=20.0, slope=0.01).frequency
    assert tracks.tolist() == [[1000, 1029, 0, 1000], [0, 0, 1060, 0]]


def test_only_the_nearest_goes_on_from_a_peak():
    f = np.array([[1000.0, 994, 1000], [0, 1003, 1010]])
    peaks = Peaks(f, f, 0 * f)
    tracks = follow_peaks(peaks, n_partials=3, deviation=20.0, slope=0.0).frequency
    assert tracks.tolist() == [[1000, 1003, 1000], [0, 994, 0], [0, 0, 1010]]


def test_batch_and_jit_equal_one_by_one():
    x = np.stack([np.cos(2 * np.pi * f * T) for f in (300.0, 555.0)])
    both = resynthesised(x)
    np.testing.assert_allclose(both[1], resynthesised(x[1]), atol=1e-9)
    np.testing.assert_allclose(both, resynthesised(jnp.asarray(x)), atol=1e-9)


def test_float32_stays(xp):
    x = xp.asarray(np.cos(2 * np.pi * 440 * T), dtype=np.float32)
    y = resynthesised(x)
    assert y.dtype == np.float32
    assert snr_db(np.asarray(x, dtype=np.float64), y) > 60


def test_gradient_of_the_synthesis():
    rng = np.random.default_rng(0)
    parts = [
        jnp.asarray(v)
        for v in (
            rng.uniform(900, 1000, (2, 4)),
            rng.uniform(0.1, 1, (2, 4)),
            rng.uniform(-1, 1, (2, 4)),
        )
    ]

    @jax.jit
    def loud(f, a, angle):
        y = sinusoidal_synthesis(Partials(f, a, angle), RATE, hop_length=16)
        return (y**2).sum()

    jax.test_util.check_grads(loud, parts, order=1, modes=["rev"], rtol=1e-4)


def test_silence_has_no_partials():
    partials = sinusoidal_analysis(np.zeros(3000), RATE)
    assert not any(a.any() for a in partials)
    assert not sinusoidal_synthesis(partials, RATE, hop_length=HOP).any()


@pytest.mark.parametrize(
    "options, message",
    [
        ({"window_length": 100}, "window_length must be odd"),
        ({"window_length": 601, "n_fft": 512}, "n_fft"),
        ({"n_partials": 0}, "n_p"),
        ({"shortest": -1.0}, "shortest"),
    ],
)
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        sinusoidal_analysis(np.ones(3000), RATE, **options)
