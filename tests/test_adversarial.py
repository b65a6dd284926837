"""Two networks in turn: losses, penalties, who learns when, and a ring learned."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural import adversarial
from neural.adversarial import GAMES, alternate, gradient_penalty, init_state, r1

SGD = optax.sgd(0.1), optax.sgd(0.1)


@pytest.mark.parametrize(
    "game, critic, generator",
    [
        ("logistic", np.log1p(np.exp(-2.0)) + np.log1p(np.exp(0.5)), 0.4740769841801),
        ("hinge", 0.0 + 1.5, -0.5),
        ("wasserstein", 0.5 - 2.0, -0.5),
    ],
)
def test_games_by_hand(game, critic, generator):
    real, fake = jnp.array([2.0, 2.0]), jnp.array([0.5, 0.5])
    np.testing.assert_allclose(GAMES[game].critic(real, fake), critic, rtol=1e-6)
    np.testing.assert_allclose(GAMES[game].generator(fake), generator, rtol=1e-6)


def test_penalties_of_a_plane():
    """D(x) = 3 x + 4 y has slope 5 everywhere."""

    def plane(x):
        return x @ jnp.array([3.0, 4.0])

    real, fake = jnp.ones((4, 2)), jnp.zeros((4, 2))
    key = jax.random.key(0)
    np.testing.assert_allclose(gradient_penalty(plane, real, fake, key), 16.0, 1e-6)
    np.testing.assert_allclose(
        gradient_penalty(plane, real, fake, key, target=5.0), 0.0, atol=1e-9
    )
    np.testing.assert_allclose(r1(plane, real), 12.5, rtol=1e-6)


def test_the_penalty_is_taken_between_real_and_fake():
    """The slope of x^2 is 2 x: 0 ... 2 between 0 and 1, each row at its own point."""
    real, fake = jnp.ones((2000, 1)), jnp.zeros((2000, 1))
    found = gradient_penalty(
        lambda x: x[:, 0] ** 2, real, fake, jax.random.key(1), target=0.0
    )
    np.testing.assert_allclose(found, 4 / 3, rtol=0.05)  # mean of (2 u)^2


def scalars():
    """G and D of one number each, whose losses tell who moved, and on what."""

    def of_generator(g, d, batch, key):
        return g["a"] * batch.mean() + 0.0 * d["b"]

    def of_critic(d, g, batch, key):
        return d["b"] * batch.mean() + 0.0 * g["a"]

    state = init_state({"a": jnp.zeros(())}, {"b": jnp.zeros(())}, SGD)
    return state, (of_generator, of_critic)


def test_d_takes_n_steps_each_on_its_part_then_g_one():
    state, losses = scalars()
    batch = jnp.array([1.0, 10.0, 100.0, 1.0, 10.0, 100.0])
    state, metrics = alternate(
        state,
        batch,
        jax.random.key(0),
        losses=losses,
        optimizers=SGD,
        n_critic=3,
        ema_decay=0.5,
    )
    np.testing.assert_allclose(state["discriminator"]["params"]["b"], -11.1, rtol=1e-6)
    np.testing.assert_allclose(state["generator"]["params"]["a"], -10.0, rtol=1e-6)
    np.testing.assert_allclose(state["generator"]["ema"]["a"], -5.0, rtol=1e-6)
    assert set(metrics) == {"loss", "grad_norm", "critic_loss", "critic_grad_norm"}


def test_neither_moves_the_other():
    """Gradients of one's loss do not reach the other's parameters."""
    state, _ = scalars()
    both = [lambda mine, other, batch, key: mine_of(mine) * mine_of(other)] * 2

    def mine_of(params):
        return sum(jax.tree.leaves(params)) + 1.0

    state, _ = alternate(
        state, jnp.ones(1), jax.random.key(0), losses=both, optimizers=SGD
    )
    np.testing.assert_allclose(state["discriminator"]["params"]["b"], -0.1, rtol=1e-6)
    np.testing.assert_allclose(state["generator"]["params"]["a"], -0.09, rtol=1e-6)


def test_a_batch_that_cannot_be_shared_is_refused():
    state, losses = scalars()
    with pytest.raises(ValueError, match="multiple of n_critic=2 rows; got shape .3,."):
        alternate(
            state,
            jnp.ones(3),
            jax.random.key(0),
            losses=losses,
            optimizers=SGD,
            n_critic=2,
        )


def dense(params, x):
    for w, b in params[:-1]:
        x = jax.nn.leaky_relu(x @ w + b, 0.2)
    w, b = params[-1]
    return x @ w + b


def layers(key, sizes):
    keys = jax.random.split(key, len(sizes) - 1)
    pairs = zip(keys, sizes[:-1], sizes[1:], strict=True)
    return [
        (jax.random.normal(k, (n, m), jnp.float32) * (2 / n) ** 0.5, jnp.zeros(m))
        for k, n, m in pairs
    ]


@pytest.mark.slow
def test_a_generator_learns_a_ring():
    """Points of a circle of radius 1: distance and angles of what G makes of noise."""
    optimizers = (optax.adam(1e-3, 0.0, 0.9), optax.adam(2e-3, 0.0, 0.9))

    def of_generator(g, d, batch, key):
        fake = dense(g, jax.random.normal(key, (len(batch), 4), batch.dtype))
        return GAMES["logistic"].generator(dense(d, fake))

    def of_critic(d, g, batch, key):
        fake = dense(g, jax.random.normal(key, (len(batch), 4), batch.dtype))
        game = GAMES["logistic"].critic(dense(d, batch), dense(d, fake))
        return game + 0.1 * r1(functools.partial(dense, d), batch)

    step = jax.jit(
        functools.partial(
            alternate,
            losses=(of_generator, of_critic),
            optimizers=optimizers,
            ema_decay=0.99,
        )
    )
    keys = jax.random.split(jax.random.key(0), 3)
    state = init_state(
        layers(keys[0], (4, 32, 32, 2)), layers(keys[1], (2, 32, 32, 1)), optimizers
    )

    def quality(params):
        made = dense(params, jax.random.normal(keys[2], (2000, 4), jnp.float32))
        angle = np.arctan2(*np.asarray(made).T)
        counts = np.histogram(angle, 8, (-np.pi, np.pi))[0] / 2000
        return np.abs(np.linalg.norm(made, axis=1) - 1.0).mean(), counts.min()

    untrained = quality(state["generator"]["params"])
    rng = np.random.default_rng(0)
    for i in range(1500):
        angle = rng.uniform(0, 2 * np.pi, 128)
        batch = np.stack([np.cos(angle), np.sin(angle)], 1).astype(np.float32)
        state, _ = step(state, batch, jax.random.key(i))
    distance, rarest = quality(state["generator"]["ema"])
    assert distance < 0.1 < untrained[0]
    assert rarest > 0.05  # no eighth of the ring is left out
    assert adversarial.GAMES.keys() == {"logistic", "hinge", "wasserstein"}
