"""Ways through a latent space: their ends, the sphere, beyond, and the keyboard."""

import jax.numpy as jnp
import numpy as np

from neural.latents import between, places, straight


def test_the_way_between_two_timbres_is_on_the_sphere():
    a, b = jnp.array([2.0, 0.0, 0.0]), jnp.array([0.0, 2.0, 0.0])
    way = between(a, b, jnp.linspace(0.0, 1.0, 5))
    np.testing.assert_allclose(way[0], a, atol=1e-6)
    np.testing.assert_allclose(way[-1], b, atol=1e-6)
    np.testing.assert_allclose(jnp.linalg.norm(way, axis=-1), 2.0, atol=1e-5)
    angles = jnp.arctan2(way[:, 1], way[:, 0])
    np.testing.assert_allclose(jnp.diff(angles), np.pi / 8, atol=1e-5)
    np.testing.assert_allclose(between(a, a, 0.3), a, atol=1e-6)


def test_beyond_its_ends_the_way_goes_on():
    a, b = jnp.array([2.0, 0.0]), jnp.array([0.0, 2.0])
    np.testing.assert_allclose(between(a, b, 1.5), [-(2**0.5), 2**0.5], atol=1e-5)
    np.testing.assert_allclose(between(a, b, -0.5), [2**0.5, -(2**0.5)], atol=1e-5)
    np.testing.assert_allclose(straight(a, b, [-0.5, 2.0]), [[3, -1], [-2, 4]])


def test_every_key_has_its_place():
    found = places([36, 48, 60, 84], (48, 72), reach=(-0.5, 1.5))
    np.testing.assert_allclose(found, [-1.5, -0.5, 0.5, 2.5])
    np.testing.assert_allclose(places([50, 70], (60, 60), (0.5, 0.5)), 0.5)
