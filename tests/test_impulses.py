"""Short waves between the samples, and rows added where they belong."""

import jax
import jax.numpy as jnp
import jax.test_util
import numpy as np

from dsplab._array import place_kernels, scatter_rows

RNG = np.random.default_rng(0)
TABLE = RNG.standard_normal((3, 5))
WEIGHT = RNG.standard_normal((2, 200)) * (RNG.uniform(size=(2, 200)) < 0.2)
FRACTION = RNG.uniform(size=(2, 200))


def test_place_kernels_is_its_sum(xp):
    expected = np.zeros((2, 204))
    for row in range(2):
        for m in range(200):
            u = FRACTION[row, m] - 0.5
            kernel = u ** np.arange(3) @ TABLE
            expected[row, m : m + 5] += WEIGHT[row, m] * kernel
    y = place_kernels(xp.asarray(WEIGHT), xp.asarray(FRACTION), TABLE)
    np.testing.assert_allclose(y, expected, atol=1e-12)


def test_place_kernels_keeps_float32_and_has_gradients():
    single = place_kernels(WEIGHT.astype(np.float32), FRACTION, TABLE)
    assert single.dtype == np.float32

    def level(weight, fraction):
        return (place_kernels(weight, fraction, TABLE) * jnp.arange(204.0)).sum()

    jax.test_util.check_grads(jax.jit(level), (WEIGHT, FRACTION), 1, ["rev"], rtol=1e-4)


def test_scatter_rows_adds_and_forgets_what_is_beyond(xp):
    rows, begins = np.arange(12.0).reshape(2, 3, 2), np.array([0, 1, 4])
    y = scatter_rows(xp.asarray(rows), xp.asarray(begins), 5)
    np.testing.assert_array_equal(y, [[0, 3, 3, 0, 4], [6, 15, 9, 0, 10]])
