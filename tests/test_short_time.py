"""The short-time spectrum, filtered, or shaped by another sound's."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.spectral import stft
from dsplab.spectral_models import filter_spectrum, morph_spectra

RATE = 8000
N = 4000
RNG = np.random.default_rng(0)
X, OTHER = RNG.standard_normal((2, N))
SIZES = {"n_fft": 256, "hop_length": 64}
INSIDE = slice(512, -512)


def level_db(x, low, high):
    power = abs(np.fft.rfft(np.asarray(x)[INSIDE] * np.hanning(N - 1024))) ** 2
    f = np.fft.rfftfreq(N - 1024, 1 / RATE)
    return 10 * np.log10(power[(f >= low) & (f < high)].mean())


def test_flat_filters_are_gains(xp):
    y = filter_spectrum(
        xp.asarray(X), RATE, frequencies=[50.0], gains_db=[-6.0], **SIZES
    )
    np.testing.assert_allclose(y, X * 10 ** (-6 / 20), atol=1e-12)


def test_a_filter_has_the_response_that_is_drawn():
    options = {"frequencies": [1000.0, 2000.0], "gains_db": [0.0, -40.0]}
    y = filter_spectrum(X, RATE, **options, **SIZES)
    for low, high, wanted in [(100, 900, 0), (1480, 1520, -20), (2200, 3900, -40)]:
        change = level_db(y, low, high) - level_db(X, low, high)
        assert change == pytest.approx(wanted, abs=0.5)


def test_a_filter_may_move(xp):
    gains = np.zeros((2, 1 + N // 64))
    gains[:, 32:] = -60.0
    options = {"frequencies": [0.0, 4000.0], **SIZES}
    y = filter_spectrum(xp.asarray(X), RATE, gains_db=xp.asarray(gains), **options)
    before, after = slice(0, 29 * 64), slice(34 * 64, None)
    np.testing.assert_allclose(y[before], X[before], atol=1e-12)
    np.testing.assert_allclose(y[after], 1e-3 * X[after], atol=1e-12)


def test_no_balance_changes_nothing_and_the_same_sound_neither(xp):
    x = xp.asarray(X)
    still = morph_spectra(x, xp.asarray(OTHER), RATE, balance=0.0, **SIZES)
    np.testing.assert_allclose(still, X, atol=1e-12)
    same = morph_spectra(x, x, RATE, balance=1.0, smoothing=1.0, **SIZES)
    np.testing.assert_allclose(same, X, atol=1e-11)


def test_the_balance_is_one_of_decibels_frame_by_frame():
    balance = np.linspace(0.0, 1.0, 1 + N // 64)
    y = morph_spectra(X, 0.01 * X, RATE, balance=balance, smoothing=1.0, **SIZES)
    m = 31  # in the middle
    gain = abs(stft(y, **SIZES)[:, m]) / abs(stft(X, **SIZES)[:, m])
    assert 20 * np.log10(np.median(gain)) == pytest.approx(-40 * balance[m], abs=0.5)


def test_the_shape_is_the_others_and_the_harmonics_are_not():
    t = np.arange(N) / RATE
    voice = sum(np.cos(2 * np.pi * 125 * h * t) for h in range(1, 31))
    bright = filter_spectrum(
        voice, RATE, frequencies=[500.0, 1500.0], gains_db=[-40.0, 0.0], **SIZES
    )
    y = morph_spectra(X, bright, RATE, balance=1.0, smoothing=0.03, **SIZES)
    shape = level_db(y, 2500, 3500) - level_db(y, 100, 400)
    assert 30 < shape < 42
    on = np.mean([level_db(y, f - 10, f + 10) for f in range(2500, 3500, 125)])
    off = np.mean([level_db(y, f + 52, f + 72) for f in range(2500, 3500, 125)])
    assert abs(on - off) < 3
    whole = morph_spectra(X, bright, RATE, balance=1.0, smoothing=1.0, n_fft=1024)
    on = np.mean([level_db(whole, f - 10, f + 10) for f in range(2500, 3500, 125)])
    off = np.mean([level_db(whole, f + 52, f + 72) for f in range(2500, 3500, 125)])
    assert on - off > 20


def test_the_other_is_gone_through_from_begin_to_end():
    other = np.concatenate([X[:1000], 0.01 * X[1000:2000]])
    y = morph_spectra(X, other, RATE, balance=1.0, smoothing=0.05, **SIZES)
    early, late = y[300:1700].std(), y[2300:3700].std()
    assert 20 * np.log10(early / late) == pytest.approx(40, abs=1)
    halves = y[300:1000].std(), y[1000:1700].std()  # both of the other's first half
    assert 20 * np.log10(halves[0] / halves[1]) == pytest.approx(0, abs=1)


def test_silence_stays_silent():
    assert not morph_spectra(0 * X, X, RATE, balance=1.0, **SIZES).any()


def test_both_libraries_channels_and_float32():
    x = np.stack([X, OTHER])

    def both(x, other):
        y = morph_spectra(x, other, RATE, balance=0.7, **SIZES)
        return filter_spectrum(
            y, RATE, frequencies=[100.0, 900.0], gains_db=[0.0, 9.0], **SIZES
        )

    y = both(x, OTHER)
    np.testing.assert_allclose(both(x[1], OTHER), y[1], atol=1e-12)
    jitted = jax.jit(both)
    np.testing.assert_allclose(jitted(x=jnp.asarray(x), other=OTHER), y, atol=1e-9)
    small = both(x.astype(np.float32), OTHER.astype(np.float32))
    assert small.dtype == np.float32
    np.testing.assert_allclose(small, y, atol=1e-3)


def test_gradients():
    def loud(x, other, gains):
        y = morph_spectra(x, other, RATE, balance=0.4, **SIZES)
        y = filter_spectrum(
            y, RATE, frequencies=[100.0, 900.0], gains_db=gains, **SIZES
        )
        return (y**2).sum()

    arguments = [jnp.asarray(v) for v in (X[:600], OTHER[:500], np.array([0.0, 3.0]))]
    jax.test_util.check_grads(jax.jit(loud), arguments, 1, ["rev"], rtol=1e-4)


def test_errors():
    with pytest.raises(ValueError, match="gains_db must have a value for each"):
        filter_spectrum(X, RATE, frequencies=[1.0, 2.0], gains_db=[0.0])
    with pytest.raises(ValueError, match="smoothing"):
        morph_spectra(X, OTHER, RATE, smoothing=1.5)
    with pytest.raises(ValueError, match="balance must be a number or have 63 frames"):
        morph_spectra(X, OTHER, RATE, balance=np.ones(5), **SIZES)
