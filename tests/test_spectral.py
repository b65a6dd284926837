"""Transforms: equal to their definitions and to librosa and SciPy, and invertible."""

import hypothesis
import hypothesis.strategies as st
import jax
import jax.test_util
import librosa
import numpy as np
import pytest
import scipy.signal

from dsplab import spectral
from dsplab.analysis.comparison import spectral_convergence
from dsplab.formats.audio_files import read_audio
from dsplab.phase_retrieval import griffin_lim, steady_angle
from dsplab.spectral import istft, stft
from dsplab.windows import hann


def noise(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("n", [1, 2, 8, 64])
def test_textbook_transforms_are_numpys(xp, n):
    for x in (noise(2, n), noise(2, n) + 1j * noise(2, n, seed=1)):
        expected = np.fft.fft(x)
        x = xp.asarray(x)
        np.testing.assert_allclose(spectral.dft(x), expected, atol=1e-12)
        np.testing.assert_allclose(spectral.fft(x), expected, atol=1e-12)
        np.testing.assert_allclose(spectral.idft(spectral.dft(x)), x, atol=1e-12)
        np.testing.assert_allclose(spectral.ifft(spectral.fft(x)), x, atol=1e-12)


def test_dft_takes_any_length_and_fft_says_it_does_not():
    x = noise(15)
    np.testing.assert_allclose(spectral.dft(x), np.fft.fft(x), atol=1e-12)
    with pytest.raises(ValueError, match="power of two samples, got 15"):
        spectral.fft(x)


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("padding", ["constant", "reflect"])
def test_stft_is_librosas(xp, center, padding):
    x = noise(2, 4001)
    X = stft(xp.asarray(x), n_fft=256, hop_length=60, center=center, padding=padding)
    expected = librosa.stft(
        x, n_fft=256, hop_length=60, center=center, pad_mode=padding
    )
    np.testing.assert_allclose(X, expected, atol=1e-12)


@pytest.mark.parametrize("scaling", ["none", "magnitude", "psd"])
def test_stft_is_scipys(xp, scaling):
    x, rate = noise(3000), 8000.0
    scale_to = None if scaling == "none" else scaling
    oracle = scipy.signal.ShortTimeFFT(
        hann(256), 64, rate, phase_shift=None, scale_to=scale_to
    )
    X = stft(xp.asarray(x), n_fft=256, hop_length=64, scaling=scaling)
    # SciPy's density is per Hz: it divides by the rate, too
    unit = np.sqrt(rate) if scaling == "psd" else 1.0
    expected = oracle.stft(x, p0=0)[:, : X.shape[-1]] * unit
    np.testing.assert_allclose(X, expected, atol=1e-12)


def test_scaling_has_its_meaning():
    x = 0.8 * np.cos(2 * np.pi * 1000 * np.arange(8000) / 8000)
    magnitude = abs(stft(x, n_fft=512, hop_length=128, scaling="magnitude"))
    assert magnitude[64, 20] == pytest.approx(0.4, rel=1e-6)
    energy = abs(stft(noise(80000), n_fft=512, scaling="psd")) ** 2
    assert energy.mean() == pytest.approx(1.0, rel=0.02)  # white noise: its variance


@hypothesis.given(
    n=st.integers(1, 500),
    hop=st.integers(1, 32),
    n_fft=st.sampled_from([64, 63]),
    scaling=st.sampled_from(["none", "psd"]),
)
@hypothesis.settings(deadline=None, max_examples=40)
def test_istft_inverts_stft(n, hop, n_fft, scaling):
    x = noise(2, n)
    X = stft(x, n_fft=n_fft, hop_length=hop, scaling=scaling)
    y = istft(X, n_fft=n_fft, hop_length=hop, length=n, scaling=scaling)
    np.testing.assert_allclose(y, x, atol=1e-9)


def test_istft_is_librosas_on_a_modified_spectrum(xp):
    X = stft(noise(4000), n_fft=256, hop_length=64)
    X = X * np.linspace(0, 1, X.shape[0])[:, None] * 1j
    expected = librosa.istft(X, hop_length=64)
    np.testing.assert_allclose(
        istft(xp.asarray(X), hop_length=64), expected, atol=1e-12
    )


def test_istft_fills_a_longer_signal_with_zeros_and_uncovered_samples_too(xp):
    X = stft(xp.asarray(noise(100)), n_fft=32, hop_length=16, center=False)
    y = np.asarray(istft(X, hop_length=16, center=False, length=200))
    assert y.shape == (200,) and (y[112:] == 0).all() and y[0] == 0
    assert np.isfinite(y).all()


def test_library_and_dtype_are_those_of_the_input(xp):
    x = xp.asarray(noise(500), dtype=xp.float32)
    X = stft(x, n_fft=64)
    y = istft(X)
    assert type(y) is type(x) and y.dtype == x.dtype and X.dtype == np.complex64
    assert griffin_lim(abs(X), n_iterations=2).dtype == x.dtype


def test_gradient_of_stft_energy():
    def energy(x):
        return (abs(stft(x, n_fft=64, hop_length=16)) ** 2).sum()

    x = jax.numpy.asarray(noise(300))
    jax.test_util.check_grads(energy, (x,), 1, ["rev"])


def test_griffin_lim_keeps_a_consistent_spectrum(xp):
    X = stft(noise(2000), n_fft=256, hop_length=64)
    options = {"hop_length": 64, "n_iterations": 3, "length": 2000}
    y = griffin_lim(xp.asarray(abs(X)), angle=np.angle(X), **options)
    np.testing.assert_allclose(y, noise(2000), atol=1e-9)


def melody(rate=8000):
    t = np.arange(2 * rate) / rate
    notes = 220 * 2 ** (np.floor(4 * t) / 6)
    return np.sin(2 * np.pi * np.cumsum(notes) / rate) * np.exp(-3 * (t % 0.25))


def error_db(x, y, **sizes):
    return 20 * np.log10(spectral_convergence(x, y, **sizes))


def test_fast_griffin_lim_is_nearer_than_the_plain_one():
    x = melody()
    sizes = {"n_fft": 512, "hop_length": 128}
    magnitude = abs(stft(x, **sizes))

    random = np.random.default_rng(0).uniform(0, 2 * np.pi, magnitude.shape)

    def error(momentum, angle=random):
        options = {"hop_length": 128, "length": x.size, "momentum": momentum}
        y = griffin_lim(magnitude, angle=angle, **options)
        return error_db(x, y, **sizes)

    assert error(0.0) < -15 and error(0.95) < error(0.0) - 3
    assert error(0.95, angle=None) < error(0.95) - 1  # steady_angle


def test_steady_angle_is_that_of_a_sine(xp):
    frequency = 1003.0
    x = np.cos(2 * np.pi * frequency * np.arange(8000) / 8000)
    X = stft(x, n_fft=512, hop_length=128)
    angle = np.asarray(steady_angle(xp.asarray(abs(X)), hop_length=128))
    k = round(frequency / 8000 * 512)
    turn = np.exp(1j * (angle - np.angle(X)))[k - 1 : k + 2, 4:-4]
    # but for a constant: nobody knows where it began
    assert abs(np.angle(turn[1:] / turn[:-1])).max() < 0.05
    assert abs(np.angle(turn[:, 1:] / turn[:, :-1])).max() < 0.05


def test_griffin_lim_is_the_iteration_of_the_papers(xp):
    magnitude = abs(stft(noise(3000), n_fft=256, hop_length=64))
    angle = noise(*magnitude.shape, seed=1)
    sizes = {"hop_length": 64, "length": 3000}
    options = {"n_iterations": 3, "momentum": 0.7, **sizes}
    y = griffin_lim(xp.asarray(magnitude), angle=angle, **options)
    unit, before = np.exp(1j * angle), 0.0
    for _ in range(3):
        C = stft(istft(magnitude * unit, **sizes), n_fft=256, hop_length=64)
        unit = np.exp(1j * np.angle(C + 0.7 * (C - before)))
        before = C
    np.testing.assert_allclose(y, istft(magnitude * unit, **sizes), atol=1e-9)


def test_griffin_lim_is_as_good_as_librosas(recordings):
    x, _ = read_audio(recordings / "speech-female.wav")
    magnitude = abs(stft(x))
    theirs = [
        error_db(x, librosa.griffinlim(magnitude, random_state=seed, length=x.size))
        for seed in range(3)
    ]
    assert error_db(x, griffin_lim(magnitude, length=x.size)) < min(*theirs, -27) - 3


@pytest.mark.parametrize("frequency", [100.0, 441.0, 3000.0])
def test_instantaneous_frequency_of_a_sine(xp, frequency):
    x = np.cos(2 * np.pi * frequency * np.arange(8000) / 8000)
    angle = np.angle(stft(x, n_fft=512, hop_length=128))
    found = spectral.instantaneous_frequency(
        xp.asarray(angle), hop_length=128, sample_rate=8000
    )
    k = round(frequency / 8000 * 512)
    np.testing.assert_allclose(found[k, 4:-4], frequency, atol=0.02)


@hypothesis.given(seed=st.integers(0, 99), hop=st.integers(1, 64))
@hypothesis.settings(deadline=None, max_examples=20)
def test_phases_come_back_from_their_frequencies(seed, hop):
    angle = np.random.default_rng(seed).uniform(-np.pi, np.pi, (2, 17, 30))
    options = {"hop_length": hop, "sample_rate": 8000}
    frequency = spectral.instantaneous_frequency(angle, **options)
    back = spectral.angle_from_frequency(frequency, **options)
    np.testing.assert_allclose(np.exp(1j * back), np.exp(1j * angle), atol=1e-9)
    assert (back > -np.pi).all() and (back <= np.pi).all()


def test_errors():
    with pytest.raises(ValueError, match="x must have at least 2048 samples"):
        stft(np.ones(100), center=False)
    with pytest.raises(ValueError, match="padding must be one of"):
        stft(np.ones(100), padding="zero")
    with pytest.raises(ValueError, match="X must be complex"):
        istft(np.ones((5, 3)))
    with pytest.raises(ValueError, match="X must have shape .* = 9, n_frames"):
        istft(np.ones((5, 3)) * 1j, n_fft=16)
    with pytest.raises(ValueError, match="magnitude must have shape"):
        griffin_lim(np.ones(5))
