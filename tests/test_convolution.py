"""Convolution: NumPy's, however it is cut; one, two and four impulse responses."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np
import pytest

from dsplab.effects.convolution import convolution_reverb, convolve, decaying_noise

RATE = 8000
RNG = np.random.default_rng(0)
X, H = RNG.standard_normal((2, 300)), RNG.standard_normal((2, 2, 90))


@pytest.mark.parametrize("block_length", [None, 1, 16, 90, 1000])
def test_convolve_is_a_convolution(block_length):
    y = convolve(X[0], H[0, 0], block_length=block_length)
    np.testing.assert_allclose(y, np.convolve(X[0], H[0, 0]), atol=1e-12)


def test_in_both_libraries(xp):
    y = convolve(xp.asarray(X), xp.asarray(H[0]), block_length=64)
    wanted = [np.convolve(x, h) for x, h in zip(X, H[0], strict=True)]
    np.testing.assert_allclose(y, wanted, atol=1e-12)
    x = xp.asarray(X, dtype=xp.float32)
    y = convolution_reverb(x, H[0], RATE)
    assert y.dtype == np.float32 and type(y) is type(x)


def test_true_stereo_goes_from_each_to_each():
    y = convolution_reverb(X, H, RATE, mix=1.0, normalise=False)
    for out in range(2):
        wanted = sum(np.convolve(X[c], H[out, c]) for c in range(2))
        np.testing.assert_allclose(y[out], wanted, atol=1e-12)


def test_one_response_for_all_channels_or_one_for_each():
    options = {"mix": 1.0, "normalise": False}
    one = convolution_reverb(X, H[0, 0], RATE, **options)
    each = convolution_reverb(X, H[0], RATE, **options)
    np.testing.assert_allclose(one[1], np.convolve(X[1], H[0, 0]), atol=1e-12)
    np.testing.assert_allclose(each[1], np.convolve(X[1], H[0, 1]), atol=1e-12)


def test_length_pre_delay_and_mix():
    click = np.eye(1, 10)[0]
    y = convolution_reverb(
        click, H[0, 0], RATE, mix=1.0, pre_delay=0.01, normalise=False
    )
    assert y.shape == (10 + 89 + 80,)
    np.testing.assert_allclose(y[80:170], H[0, 0], atol=1e-12)
    np.testing.assert_allclose(y[:80], 0.0, atol=1e-12)
    dry = convolution_reverb(X, H, RATE, mix=0.0, tail=0.0)
    np.testing.assert_array_equal(dry, X)


def test_noise_keeps_its_level():
    noise = RNG.standard_normal((2, 20000))
    y = convolution_reverb(noise, H, RATE, mix=1.0)
    assert abs(20 * np.log10(y[:, 1000:-1000].std() / noise.std())) < 0.5


def test_decaying_noise_loses_60_db_in_its_time(xp):
    h = decaying_noise(xp.ones(8001), 0.5, RATE)
    np.testing.assert_allclose(h[4000], 1e-3, rtol=1e-9)
    np.testing.assert_allclose(h[8000], 1e-6, rtol=1e-9)


def test_gradient():
    def energy(h):
        return (convolution_reverb(jnp.asarray(X[0]), h, RATE) ** 2).sum()

    jax.test_util.check_grads(jax.jit(energy), (jnp.asarray(H[0, 0]),), 1, ["rev"])


def test_errors():
    with pytest.raises(ValueError, match="impulse_response must have shape"):
        convolution_reverb(X, np.ones((3, 10)), RATE)
    with pytest.raises(ValueError, match="block_length must be an integer"):
        convolve(X, H[0], block_length=0)
