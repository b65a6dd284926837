"""Progressive GAN: its published size, a step at any stage, and notes that grow."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import neural
from neural.adversarial import init_state
from neural.layers import count_parameters
from neural.notes import progressive_gan as model
from neural.notes.progressive_gan import Config
from neural.recipes import progressive_gan as recipe
from neural.recipes.running import Run

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


def test_training_grows_step_by_step():
    """Four tenths of the steps in four parts: small, fading, middle, fading; large."""
    at = [recipe.progress_at(step, 100, Config.tiny()) for step in range(100)]
    np.testing.assert_allclose(at[:10], 0.0)
    np.testing.assert_allclose(np.diff(at[10:20]), 0.1, atol=1e-6)
    np.testing.assert_allclose(at[20:30], 1.0)
    assert 1.0 < at[35] < 2.0
    np.testing.assert_allclose(at[40:], 2.0, atol=1e-5)


def test_an_update_computes_the_blocks_that_its_progress_needs(monkeypatch):
    asked = []
    monkeypatch.setattr(
        model, "train_step", lambda *a, **named: asked.append(named["n_blocks"])
    )
    for progress in (0.0, 0.5, 1.0, 1.2, 2.0):
        rows = {"seed": np.arange(2), "progress": np.full(2, progress, np.float32)}
        recipe.update({}, rows, config=SMALL, rules=RULES)
    assert asked == [1, 2, 2, 3, 3]
    spread = {"seed": jnp.arange(2), "progress": jnp.zeros(2)}
    jax.make_jaxpr(lambda b: recipe.update({}, b, config=SMALL, rules=RULES))(spread)
    assert asked[-1] is None  # known to the devices only: all blocks


def test_there_are_no_photographs_to_learn_from():
    with pytest.raises(ValueError, match="train --config tiny, which draws notes"):
        recipe.train(Config.paper(), Run("nowhere"))


def test_the_shipped_model_reaches_its_figure():
    """Notes that are surely of a key, and many keys; untrained it gets 1.4."""
    params, config = neural.pretrained("progressive-gan")
    assert config == Config.tiny()
    x = model.play(params, jax.random.key(0), n_notes=300, config=config)
    assert x.shape == (300, config.n_samples)
    assert recipe.inception_of(x, config) > 14.0  # real notes: 24, of 500: 15.6
    long = recipe.generate(params, config, duration=0.6)
    assert long.shape == (2400,) and not long[2048:].any() and long[:2048].any()
