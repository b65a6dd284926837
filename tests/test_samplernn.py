"""SampleRNN: what the network is, that it learns, that both ways to run it agree."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_models
from jax import jit
from small_models import part

from neural import optimization
from neural.layers import count_parameters, n_parameters
from neural.notes import samplernn
from neural.notes.samplernn import Config
from neural.recipes import samplernn as recipe

SMALL = Config(
    n_codes=16,
    frame_sizes=(6, 2),
    n_hidden=16,
    n_embedding=3,
    n_truncated=24,
    n_instruments=3,
    n_features=4,
    pitches=(48, 50),
    hop_length=12,
)
PLAIN = dataclasses.replace(SMALL, n_instruments=0, n_features=0)
TWO = dataclasses.replace(SMALL, frame_sizes=(6,), n_layers=2)
FOUR = dataclasses.replace(PLAIN, frame_sizes=(12, 4, 2), independent=True)
SIZES = {"three tiers": SMALL, "two tiers": TWO, "four tiers": FOUR}
EVERY = pytest.mark.parametrize("config", SIZES.values(), ids=SIZES)
INIT = jit(samplernn.init, static_argnames="config")
APPLY = jit(samplernn.apply, static_argnames="config")
STEPWISE = jit(samplernn.apply_stepwise, static_argnames="config")
LOSS = jit(samplernn.loss, static_argnames="config")


random_params = functools.partial(small_models.random_params, samplernn)
random_batch = functools.partial(small_models.random_batch, time=48)


def test_the_published_networks_have_their_numbers_of_parameters():
    # the authors' three_tier.py at its best setting, layer by layer
    n, wide = 1024, 256
    gru = n * 2 * n + 2 * n + n * n + n  # recurrent, one length for each column
    big = 8 * 3 * n + 2 * 3 * n + gru + n + (n * 4 * n + 2 * 4 * n)
    frame = (2 * n + 2 * n) + (n * 3 * n + 2 * 3 * n + gru) + n
    frame += n * 2 * n + 2 * 2 * n
    sample = wide * wide + (2 * wide * n + n) + 2 * (n * n + 2 * n)
    sample += n * wide + 2 * wide
    assert big + frame + sample == 18_744_832
    assert count_parameters(samplernn.init, Config.paper()) == 18_744_832
    guessing = dataclasses.replace(Config.paper(), independent=True)
    assert count_parameters(samplernn.init, guessing) == 20_846_080
    assert count_parameters(samplernn.init, Config.two_tier()) == 39_243_264


def test_one_step_of_the_published_size():
    config = Config.paper()
    batch = {"codes": jax.ShapeDtypeStruct((128, 1024), jnp.int32)}
    optimizer = optax.chain(optax.clip(1.0), optax.adam(1e-3))

    def step(codes):
        params = samplernn.init(jax.random.key(0), config)
        state = optimization.init_state(params, optimizer)
        return samplernn.train_step(state, codes, config=config, optimizer=optimizer)

    state, metrics = jax.eval_shape(step, batch)
    assert n_parameters(state["ema"]) == 18_744_832 and metrics["loss"].shape == ()
    logits, guess, _ = jax.eval_shape(
        lambda codes: samplernn.apply(
            samplernn.init(jax.random.key(0), config), codes, config
        ),
        batch["codes"],
    )
    assert logits.shape == (128, 1024, 256) and guess is None


@EVERY
def test_stepwise_has_the_logits_of_the_whole(config):
    params, batch = random_params(config), random_batch(config)
    whole = APPLY(params, config=config, **batch)[0]
    assert whole.std() > 0.3
    steps = STEPWISE(params, config=config, **batch)
    np.testing.assert_allclose(steps, whole, atol=1e-5)


@EVERY
def test_the_future_changes_nothing(config):
    params, batch = random_params(config), random_batch(config)
    before = APPLY(params, config=config, **batch)
    for t in range(24, 24 + config.frame_sizes[0]):  # every place in a frame
        codes = batch["codes"].copy()
        codes[:, t] = (codes[:, t] + 5) % config.n_codes
        after = APPLY(params, config=config, **{**batch, "codes": codes})
        changed = np.abs(before[0] - after[0]).max(axis=(0, 2)) > 0
        assert not changed[: t + 1].any() and changed[t + 1]
        assert changed[t + 1 :].mean() > 0.5  # and the tiers pass it on
        if before[1] is not None:  # the top tier's own guess: from its next frame on
            following = (t // config.frame_sizes[0] + 1) * config.frame_sizes[0]
            changed = np.abs(before[1] - after[1]).max(axis=(0, 2)) > 0
            assert not changed[:following].any() and changed[following]


def test_each_tier_hears_its_own_frame():
    # with the other tiers' ways out muted, a change reaches what reads it, not more
    params, batch = random_params(PLAIN), random_batch(PLAIN)
    codes = batch["codes"].copy()
    codes[:, 25] = (codes[:, 25] + 5) % 16  # in frames 24 ... 29 and 24, 25

    def changed(*muted):
        quiet = {**params}
        for name in muted:
            out = jax.tree.map(jnp.zeros_like, params[name]["outward"])
            # an empty column has no direction: length 0 instead
            out["kernel"] = jnp.ones_like(out["kernel"])
            quiet[name] = {**params[name], "outward": out}
        before = APPLY(quiet, batch["codes"], config=PLAIN)[0]
        after = APPLY(quiet, codes, config=PLAIN)[0]
        return np.flatnonzero(np.abs(before - after).max(axis=(0, 2)) > 1e-7)

    np.testing.assert_array_equal(changed("tiers_0", "tiers_1"), [26, 27])
    np.testing.assert_array_equal(changed("tiers_0")[:4], [26, 27, 28, 29])
    np.testing.assert_array_equal(changed("tiers_0"), range(26, 48))
    # the fastest tier reads frames of 2 and speaks to the sample level alone, so what
    # the slowest says goes through it
    np.testing.assert_array_equal(changed("tiers_1"), [26, 27])


@EVERY
def test_two_halves_with_the_state_carried_are_one_pass(config):
    # the second half as a piece of training takes it: reset is there, and false
    params, batch = random_params(config), random_batch(config)
    whole, _, end = APPLY(params, config=config, **batch)
    first, _, carry = APPLY(params, config=config, **part(batch, 0, 24, config))
    second, _, last = APPLY(
        params,
        config=config,
        carry=carry,
        reset=np.zeros(2, bool),
        **part(batch, 24, 48, config),
    )
    np.testing.assert_allclose(np.concatenate([first, second], 1), whole, atol=1e-5)
    for ours, theirs in zip(jax.tree.leaves(last), jax.tree.leaves(end), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_reset_restores_the_first_state_of_the_rows_it_names():
    params, batch = random_params(SMALL), random_batch(SMALL)
    fresh, _, carry = APPLY(params, config=SMALL, **part(batch, 0, 24, SMALL))
    again = functools.partial(
        APPLY, params, config=SMALL, carry=carry, **part(batch, 0, 24, SMALL)
    )
    going = again(reset=np.array([False, False]))[0]
    mixed = again(reset=np.array([True, False]))[0]
    np.testing.assert_allclose(mixed[0], fresh[0], atol=1e-6)
    np.testing.assert_array_equal(mixed[1], going[1])
    assert np.abs(fresh[1] - going[1]).max() > 0.1


def test_the_first_state_is_learned():
    def first(params):
        return samplernn.loss(params, config=SMALL, **random_batch(SMALL))[0]

    grads = jit(jax.grad(first))(random_params(SMALL))
    for tier in ("tiers_0", "tiers_1"):
        assert np.abs(grads[tier]["grus_0"]["first"]).max() > 1e-6


def test_the_first_loss_is_that_of_not_knowing():
    config = Config.tiny()
    params = INIT(jax.random.key(0), config)
    batch = recipe.batch(0, 0, config, batch_size=2)
    nats, _ = LOSS(params, config=config, **part(batch, 400, 600, config))
    np.testing.assert_allclose(nats, np.log(256), atol=0.05)
    np.testing.assert_allclose(nats / np.log(2), 8.0, atol=0.07)  # bits, as published


def test_training_learns_one_batch_by_heart_and_compiles_once():
    config = dataclasses.replace(SMALL, n_hidden=24)
    optimizer = optax.chain(optax.clip(1.0), optax.adam(1e-2))
    params = INIT(jax.random.key(0), config)
    state = optimization.init_state(params, optimizer)
    batch = random_batch(config)
    options = {"config": config, "optimizer": optimizer}
    update = jit(functools.partial(samplernn.train_step, **options))
    for _ in range(150):
        state, metrics = update(state, batch)
    assert update._cache_size() == 1
    assert metrics["loss"] < 0.3 < np.log(16)


def test_the_same_key_plays_the_same_notes():
    params = random_params(SMALL)
    play = functools.partial(
        samplernn.generate, params, n_samples=23, config=SMALL, pitch=[48, 49.5]
    )
    first = play(jax.random.key(3), instrument=[0, 1])
    assert first.shape == (2, 23) and first.dtype == jnp.float32
    np.testing.assert_array_equal(first, play(jax.random.key(3), instrument=[0, 1]))
    assert (first != play(jax.random.key(4), instrument=[2, 1], temperature=0.9)).any()
    greedy = play(jax.random.key(5), instrument=0, temperature=0.0)
    other_key = play(jax.random.key(6), instrument=0, temperature=0.0)
    np.testing.assert_array_equal(greedy, other_key)
    with pytest.raises(ValueError, match="pitch must be within 48 and 50, got 51"):
        samplernn.generate(
            params, jax.random.key(0), n_samples=9, config=SMALL, pitch=51, instrument=0
        )
    with pytest.raises(ValueError, match="n_samples"):
        play(jax.random.key(0), n_samples=0, instrument=0)


def test_what_is_written_is_drawn_from_the_logits():
    # read again what was written at temperature 0: each code is the likeliest
    params = random_params(PLAIN)
    options = {"n_samples": 48, "config": PLAIN, "batch": 2}
    sample = jit(functools.partial(samplernn.sample, **options))
    codes = sample(params, jax.random.key(0), None, 0.0)
    logits = APPLY(params, codes, config=PLAIN)[0]
    np.testing.assert_array_equal(codes, logits.argmax(axis=-1))


def test_a_piece_must_fit():
    with pytest.raises(ValueError, match="time must be a multiple of 24, got 30"):
        optimization.in_pieces({"codes": jnp.zeros((2, 30), int)}, 24)
