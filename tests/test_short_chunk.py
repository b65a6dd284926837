"""The short-chunk CNN: sizes, laws of its parts, and that it learns."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural.classifiers import short_chunk
from neural.classifiers.short_chunk import Config
from neural.layers import count_parameters
from neural.optimization import init_state

SMALL = Config(n_classes=5, n_bands=16, n_channels=(4, 6), n_hidden=8, n_groups=2)


@pytest.fixture(scope="module")
def params():
    return short_chunk.init(jax.random.key(0), SMALL)


@pytest.fixture(scope="module")
def picture():
    return np.random.default_rng(0).normal(size=(6, 20, 16)).astype("f4")


def test_the_paper_s_number_of_parameters():
    assert count_parameters(short_chunk.init, Config.paper()) == 2_300_100
    logits = jax.eval_shape(
        lambda: short_chunk.apply(
            short_chunk.init(jax.random.key(0), Config.paper()),
            jnp.zeros((2, 320, 80)),
            Config.paper(),
        )
    )
    assert logits.shape == (2, 66)


def test_halved_is_the_maximum_of_each_square():
    x = np.random.default_rng(1).normal(size=(2, 5, 7, 3))
    y = np.asarray(short_chunk.halved(jnp.asarray(x)))
    assert y.shape == (2, 2, 3, 3)
    for t in range(2):
        for f in range(3):
            square = x[:, 2 * t : 2 * t + 2, 2 * f : 2 * f + 2]
            np.testing.assert_allclose(y[:, t, f], square.max((1, 2)), rtol=1e-6)


def test_sounds_do_not_know_each_other_and_level_does_not_matter(params, picture):
    logits = short_chunk.apply(params, picture, SMALL)
    turned = short_chunk.apply(params, picture[::-1], SMALL)
    np.testing.assert_allclose(turned[::-1], logits, atol=1e-5)
    # a gain adds a constant to a logarithmic picture
    louder = short_chunk.apply(params, picture + 3.0, SMALL)
    np.testing.assert_allclose(louder, logits, atol=1e-4)


def test_embedding_is_what_the_last_layer_reads(params, picture):
    hidden = short_chunk.embed(params, picture, SMALL)
    assert hidden.shape == (6, 8)
    last = params["Dense_1"]
    logits = hidden @ last["kernel"] + last["bias"]
    np.testing.assert_allclose(
        short_chunk.apply(params, picture, SMALL), logits, atol=1e-5
    )


def test_dropout_keeps_the_mean_and_draws_by_rows():
    x = jnp.ones((4000, 3), jnp.float64)
    y = np.asarray(short_chunk.dropped(x, 0.25, jnp.arange(4000, dtype=jnp.uint32)))
    assert set(np.unique(y)) == {0.0, 1.0 / 0.75}
    np.testing.assert_allclose(y.mean(0), 1.0, atol=0.03)
    again = short_chunk.dropped(x[:2], 0.25, jnp.array([7, 2000], jnp.uint32))
    np.testing.assert_array_equal(again, y[[7, 2000]])
    assert short_chunk.dropped(x, 0.25, None) is x


def test_it_starts_at_chance_and_learns_a_batch(params, picture):
    batch = {"picture": picture, "label": np.array([0, 1, 2, 3, 4, 0])}
    first = short_chunk.loss(params, config=SMALL, **batch)
    assert abs(first - np.log(5)) < 0.8
    rule = optax.adam(3e-2)
    state = init_state(params, rule)
    batch["dice"] = np.arange(6, dtype=np.uint32)
    for _ in range(40):
        state, metrics = short_chunk.train_step(
            state, batch, config=SMALL, optimizer=rule
        )
    assert metrics["loss"] < 0.05
    assert (
        short_chunk.apply(state["params"], picture, SMALL).argmax(-1) == batch["label"]
    ).all()
