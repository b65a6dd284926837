"""Progressive GAN: its published size, and a step at any stage."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from neural.adversarial import init_state
from neural.layers import count_parameters
from neural.notes import progressive_gan as model
from neural.notes.progressive_gan import Config

RULES = (optax.adam(1e-3, b1=0.0, b2=0.99),) * 2
SMALL = Config(start=(2, 2), n_blocks=3, n_base=16, n_most=6, n_channels=1, n_latent=4)


def state_of(config, key):
    keys = jax.random.split(key)
    nets = model.init(keys[0], config), model.init_discriminator(keys[1], config)
    return init_state(*nets, RULES)


def batch_of(config, rows):
    side = config.start[0] * 2 ** (config.n_blocks - 1)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((rows, side, side, config.n_channels), np.float32)
    return {"x": x, "z": rng.standard_normal((rows, config.n_latent), np.float32)}


def test_the_published_size():
    config = Config.paper()
    assert count_parameters(model.init, config) == 23_079_115
    assert count_parameters(model.init_discriminator, config) == 23_087_249


def test_a_step_of_the_published_size():
    config, key = Config.paper(), jax.random.key(0)
    state = jax.eval_shape(functools.partial(state_of, config), key)
    batch = {
        "x": jax.ShapeDtypeStruct((4, 1024, 1024, 3), jnp.float32),
        "z": jax.ShapeDtypeStruct((4, 512), jnp.float32),
    }
    step = functools.partial(
        model.train_step, config=config, optimizers=RULES, progress=7.5
    )
    after, metrics = jax.eval_shape(step, state, batch, key)
    assert jax.tree.structure(after) == jax.tree.structure(state)
    assert metrics["loss"].shape == ()
    pictures = jax.eval_shape(
        functools.partial(model.generate, n_pictures=2, config=config),
        state["generator"]["params"],
        key,
    )
    assert pictures.shape == (2, 1024, 1024, 3)


def test_blocks_that_have_not_grown_learn_nothing():
    key = jax.random.key(1)
    state, batch = state_of(SMALL, key), batch_of(SMALL, 4)
    after, metrics = model.train_step(
        state, batch, key, progress=0.5, config=SMALL, optimizers=RULES, n_blocks=2
    )
    assert all(np.isfinite(value) for value in metrics.values())
    for network in ("generator", "discriminator"):
        for name, old in state[network]["params"].items():
            moved = np.abs(old["kernel"] - after[network]["params"][name]["kernel"])
            assert (moved.max() == 0) == ("_3" in name), name
