"""GANSynth: its published size, its losses, and what it may be asked."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import neural
from neural.adversarial import init_state
from neural.data.note_set import NoteSet
from neural.layers import count_parameters
from neural.notes import gansynth as model
from neural.notes.gansynth import Config
from neural.recipes import gansynth as recipe
from neural.spectrogram_pictures import (
    denormalised,
    drawn,
    from_patches,
    normalised,
)

RULES = (optax.adam(2e-3, b1=0.0, b2=0.99),) * 2
SMALL = dataclasses.replace(
    Config.tiny(),
    start=(2, 4),
    n_blocks=2,
    n_base=16,
    n_most=6,
    n_latent=4,
    n_samples=100,
)
KEY = jax.random.key(0)
TONES = (60, 68, 76, 84)  # 262 to 1047 Hz, where a bin is 125 Hz
N_LEARNING = 700


@functools.cache
def networks():
    return model.init(KEY, SMALL), model.init_discriminator(KEY, SMALL)


def notes_of(config, pitch=range(60, 68)):
    rng = np.random.default_rng(0)
    pitch, n = np.array(pitch, np.int32), len(pitch)
    turns = 440.0 * 2 ** ((pitch[:, None] - 69) / 12) * np.arange(config.n_samples)
    x = 0.1 * np.sin(2 * np.pi * turns / config.sample_rate + rng.random((n, 1)))
    kinds = np.zeros((4, n), np.int32)
    columns = kinds[0], pitch, *kinds[1:]
    return NoteSet(x.astype(np.float32), *columns, np.arange(n), config.sample_rate)


def test_the_published_sizes():
    for config in (Config.paper(), dataclasses.replace(Config.paper(), start=(4, 8))):
        assert count_parameters(model.init, config) == 7_311_246
        assert count_parameters(model.init_discriminator, config) == 6_831_230
    assert count_parameters(model.init, Config.tiny()) == 80_856


def test_a_step_of_the_published_size():
    config = Config.paper()

    def start(key):
        nets = model.init(key, config), model.init_discriminator(key, config)
        return init_state(*nets, RULES)

    state = jax.eval_shape(start, KEY)
    rows = jax.ShapeDtypeStruct((8,), jnp.int32)
    batch = {
        "x": jax.ShapeDtypeStruct((8, 128, 1024, 2), jnp.float32),
        "z": jax.ShapeDtypeStruct((8, 256), jnp.float32),
        **dict.fromkeys(("pitch", "asked", "seed"), rows),
    }
    step = functools.partial(model.train_step, config=config, optimizers=RULES)
    after, metrics = jax.eval_shape(step, state, batch)
    assert jax.tree.structure(after) == jax.tree.structure(state)
    assert metrics["critic_loss"].shape == ()
    params, z = state["generator"]["params"], batch["z"]
    drawn = jax.eval_shape(
        functools.partial(model.apply, config=config), params, z, rows
    )
    assert drawn.shape == (8, 128, 1024, 2)
    play = functools.partial(model.played, config=config)
    assert jax.eval_shape(play, params, z, rows).shape == (8, 64000)


def test_the_published_normaliser():
    logs = jnp.array([[-13.8155, 1.0], [10.3766, -1.0]], jnp.float32)
    found = normalised(logs, Config.paper())
    np.testing.assert_allclose(found, [[-0.8, 0.8], [0.8, -0.8]], atol=1e-5)
    back = denormalised(found, Config.paper())
    np.testing.assert_allclose(back, logs, atol=1e-4)
    far = normalised(jnp.array([[40.0, 2.0]]), Config.paper())
    np.testing.assert_array_equal(far, 1.0)


def test_who_does_not_know_the_pitch_loses_ln_61():
    pitch = jnp.array([24, 60, 84])
    found = model.pitch_loss(jnp.zeros((3, 61)), pitch, Config.paper())
    np.testing.assert_allclose(found, np.log(61), rtol=1e-6)
    assert abs(np.log(61) - 4.111) < 1e-3
    sure = 100.0 * jax.nn.one_hot(pitch - 24, 61)
    np.testing.assert_allclose(
        model.pitch_loss(sure, pitch, Config.paper()), 0.0, atol=1e-6
    )


def test_pictures_go_both_ways():
    x = notes_of(Config.tiny()).x
    patches = drawn(x, Config.tiny())
    assert patches.shape == (8, 8, 64, 8)
    assert np.abs(patches).max() <= 1.0 and patches.std() > 0.1


@pytest.mark.parametrize("of_logs", [False, True])
def test_losses_by_hand(of_logs):
    """With a discriminator that knows nothing but constants."""
    config = dataclasses.replace(SMALL, penalty_of_logs=of_logs, drift=0.5)
    g, d = networks()
    d = jax.tree.map(jnp.zeros_like, d)
    d["logit"]["bias"] = jnp.array([3.0], jnp.float32)
    batch = recipe.batch(notes_of(SMALL), 0, 0, SMALL, batch_size=4)
    critic_of, ours_of = (
        jax.jit(functools.partial(function, config=config))
        for function in (model.discriminator_loss, model.loss)
    )
    critic = critic_of(d, g, batch, KEY)
    # no distance, no slope: (0 - 1)^2; drift; pitches unknown
    wanted = 0.0 + 10.0 + 0.5 * 9.0 + 10.0 * np.log(25)
    np.testing.assert_allclose(critic, wanted, rtol=1e-5)
    ours = ours_of(g, d, batch, KEY)
    np.testing.assert_allclose(ours, -3.0 + 10.0 * np.log(25), rtol=1e-5)


@functools.cache
def trained(n_steps):
    """After so many steps on tones of four pitches; also the metrics of the last."""
    notes = notes_of(SMALL, pitch=TONES * 4)
    state, metrics = init_state(*networks(), RULES), None
    for step in range(n_steps):
        batch = recipe.batch(notes, 0, step, SMALL)
        state, metrics = model.train_step(
            state, batch, config=SMALL, optimizers=RULES, ema_decay=0.9
        )
    return state, metrics


def test_training_moves_all_but_what_is_shut_out():
    state, metrics = trained(2)
    assert all(np.isfinite(value) for value in metrics.values())
    before, after = networks()[0], state["generator"]["params"]
    for name, layer in before.items():
        moved = np.abs(layer["kernel"] - after[name]["kernel"]).max()
        assert (moved == 0) == (name == "to_picture_1"), name  # shut out when grown


def nearest(params, like):
    """Share of 40 drawn notes whose loudness is most like real ones of their pitch."""
    z = jax.random.normal(KEY, (40, SMALL.n_latent), jnp.float32)
    asked = np.tile(TONES, 10)
    made = model.apply(params, z, jnp.asarray(asked), SMALL)
    made, real = (from_patches(p, SMALL.patch)[..., 0] for p in (made, like))
    off = np.square(made[:, None] - real[None]).mean(axis=(2, 3))
    return np.mean(np.array(TONES)[off.argmin(axis=1)] == asked)


def test_training_teaches_the_pitches():
    """Tones at four pitches; to draw the one that is asked for is 1 in 4 by chance."""
    like = drawn(notes_of(SMALL, pitch=TONES).x, SMALL)
    assert nearest(networks()[0], like) < 0.5
    state, _ = trained(N_LEARNING)
    assert nearest(state["generator"]["ema"], like) > 0.75


def test_batches_follow_from_seed_and_step():
    notes = notes_of(SMALL)
    one, same = (recipe.batch(notes, 3, 5, SMALL) for _ in range(2))
    jax.tree.map(np.testing.assert_array_equal, one, same)
    part = recipe.batch(notes, 3, 5, SMALL, part=slice(2, 5))
    jax.tree.map(
        lambda whole, rows: np.testing.assert_allclose(whole[2:5], rows, atol=1e-6),
        one,
        part,
    )
    other = recipe.batch(notes, 3, 6, SMALL)
    assert np.abs(one["z"] - other["z"]).max() > 0.1


def test_the_same_key_plays_the_same_notes_at_the_pitches_it_knows():
    params = networks()[0]
    play = functools.partial(model.generate, params, config=SMALL)
    x = play(KEY, pitch=[60, 84])
    assert x.shape == (2, 100) and x.dtype == np.float32
    np.testing.assert_array_equal(x, play(KEY, pitch=[60, 84]))
    assert np.abs(x - play(jax.random.key(1), pitch=[60, 84])).max() > 0
    z = jnp.ones(4)
    assert np.abs(np.diff(play(None, pitch=[60, 61], z=z), axis=0)).max() > 0
    for wrong in (59, 85, 60.5):
        with pytest.raises(ValueError, match=rf"within 60 and 84, got {wrong:g}"):
            play(KEY, pitch=[60, wrong])


def test_the_recipe_plays_as_long_as_asked():
    params = networks()[0]
    x = recipe.generate(params, SMALL, duration=0.05, pitch=62)
    assert x.shape == (200,) and not x[100:].any() and x[:100].any()


def test_in_tune_is_what_is_asked():
    config = Config.tiny()
    notes = notes_of(config)
    assert recipe.in_tune(notes.x, notes.pitch, config) == 1.0
    assert recipe.in_tune(notes.x, notes.pitch + 1, config) == 0.0
    assert recipe.in_tune(notes.x, notes.pitch - 12, config) == 0.0
    assert recipe.in_tune(notes.x, notes.pitch - 12, config, octaves=True) == 1.0


def test_the_shipped_model_reaches_its_figure():
    params, config = neural.pretrained("gansynth")
    assert config == Config.tiny()
    x, pitch = recipe.asked_notes(params, config, n_notes=100)
    assert recipe.in_tune(x, pitch, config) > recipe.IN_TUNE - 0.06  # by chance: 0.04
