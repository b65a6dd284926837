"""Networks that grow: shares, scales, norms, and that growing changes nothing."""

import functools
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from neural import growing
from neural.growing import EqualConv, FirstPicture, generator_share, progress_of

SIZES = SimpleNamespace(
    start=(2, 4), n_blocks=3, n_base=16, n_most=8, n_channels=2, squashed=True
)
KEY = jax.random.key(0)


def normal(key, shape):
    return jax.random.normal(key, shape, jnp.float32)


@functools.cache
def grown():
    """A generator, its parameters and some vectors."""
    network = growing.Generator(SIZES)
    z = normal(KEY, (3, 5))
    return network, jax.jit(network.init)(KEY, z, 2.0), z


@functools.cache
def judging():
    network = growing.Discriminator(SIZES, n_asked=4)
    pictures = normal(KEY, (4, 8, 16, 2))
    return network, jax.jit(network.init)(KEY, pictures, 2.0), pictures


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0, 1.75, 4.5, 6.0])
def test_the_shares_of_all_blocks_are_one(progress):
    shares = [generator_share(b, progress) for b in range(1, 8)]
    np.testing.assert_allclose(sum(shares), 1.0, atol=1e-6)
    assert min(shares) >= 0


def test_progress_of_the_published_schedule():
    at = functools.partial(progress_of, n_stable=800_000, n_fading=800_000, n_blocks=7)
    seen = jnp.array([0, 799_999, 1_200_000, 1_600_000, 10_399_999, 11_000_000])
    wanted = [0.0, 0.0, 0.5, 1.0, 6.0, 6.0]
    np.testing.assert_allclose(jax.vmap(at)(seen), wanted, atol=2e-6)


@pytest.mark.parametrize("n", [1, 2])
def test_growing_by_a_block_changes_nothing_at_first(n):
    network, params, z = grown()
    apply = jax.jit(network.apply, static_argnums=3)
    before = apply(params, z, n - 1.0, n)
    after = apply(params, z, n - 1.0, n + 1)
    assert before.shape == (3, 8, 16, 2) and before.std() > 0.01
    np.testing.assert_allclose(before, after, atol=1e-6)
    later = apply(params, z, n - 0.5, n + 1)
    assert np.abs(later - after).max() > 0.01
    # coarse: each pixel is a square of the finished picture
    side = 2 ** (3 - n)
    coarse = growing.upscaled(growing.downscaled(before, side), side)
    np.testing.assert_allclose(before, coarse, atol=1e-6)


@pytest.mark.parametrize("n", [1, 2])
def test_a_new_block_of_the_discriminator_is_not_heard_at_first(n):
    network, params, pictures = judging()
    seen = growing.blended(pictures, n - 1.0, 3)
    apply = jax.jit(network.apply, static_argnums=3)
    before = apply(params, seen, n - 1.0, n)
    after = apply(params, seen, n - 1.0, n + 1)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    later = apply(params, seen, n - 0.5, n + 1)
    assert np.abs(later[1] - after[1]).max() > 1e-3


def test_real_pictures_are_blended_like_the_generators():
    x = judging()[2]
    np.testing.assert_allclose(growing.blended(x, 2.0, 3), x, atol=1e-6)
    half = growing.upscaled(growing.downscaled(x, 2), 2)
    np.testing.assert_allclose(growing.blended(x, 1.0, 3), half, atol=1e-6)
    between = growing.blended(x, 1.25, 3)
    np.testing.assert_allclose(between, 0.75 * half + 0.25 * x, atol=1e-6)


def test_scaling_keeps_means_and_pixels():
    x = normal(KEY, (2, 4, 6, 3))
    np.testing.assert_allclose(
        growing.downscaled(growing.upscaled(x, 2), 2), x, atol=1e-6
    )
    np.testing.assert_allclose(
        growing.downscaled(x, 2)[0, 0, 0], x[0, :2, :2].mean(axis=(0, 1)), atol=1e-6
    )


def test_pixel_norm_makes_the_mean_square_one():
    x = 7.0 * normal(KEY, (2, 3, 4, 16))
    squares = jnp.mean(growing.pixel_norm(x) ** 2, axis=-1)
    np.testing.assert_allclose(squares, 1.0, atol=1e-5)
    assert np.isfinite(growing.pixel_norm(jnp.zeros((1, 1, 1, 4)))).all()


@pytest.mark.parametrize("kernel, gain", [((3, 3), 2**0.5), ((1, 1), 1.0)])
def test_equalised_layers_have_the_deviation_of_their_gain(kernel, gain):
    x = normal(KEY, (4, 16, 16, 64))
    layer = EqualConv(64, kernel, gain, "VALID")
    params = layer.init(jax.random.key(1), x)
    assert 0.98 < np.std(params["params"]["kernel"]) < 1.02  # scaled only in use
    np.testing.assert_allclose(np.std(layer.apply(params, x)), gain, rtol=0.05)


def test_the_first_picture_is_a_convolution_of_a_padded_pixel():
    layer, z = FirstPicture(5, (2, 3)), normal(KEY, (2, 4))
    params = layer.init(KEY, z)
    kernel = params["params"]["kernel"] * (2 / (2 * 3 * 4)) ** 0.5
    padded = np.zeros((2, 3, 5, 4), np.float32)
    padded[:, 1, 2] = z
    wanted = np.zeros((2, 2, 3, 5))
    for i in range(2):
        for j in range(3):
            seen = padded[:, i : i + 2, j : j + 3]
            wanted[:, i, j] = np.einsum("bhwi,hwio->bo", seen, kernel)
    np.testing.assert_allclose(layer.apply(params, z), wanted, atol=1e-5)


def test_minibatch_deviation_of_equal_pictures_is_its_floor():
    same = jnp.ones((4, 2, 3, 5))
    channel = growing.minibatch_deviation(same)[..., -1]
    np.testing.assert_allclose(channel, 1e-3, rtol=1e-5)  # sqrt(1e-6)
    differing = jnp.stack([same[0], -same[0]])
    found = growing.minibatch_deviation(differing)
    assert found.shape == (2, 2, 3, 6)
    np.testing.assert_allclose(found[..., -1], 1.0, rtol=1e-4)


def test_channels_of_blocks():
    wanted = [256, 256, 256, 256, 256, 128, 64, 32]
    sizes = SimpleNamespace(n_base=4096, n_most=256)
    assert [growing.n_filters(b, sizes) for b in range(8)] == wanted
