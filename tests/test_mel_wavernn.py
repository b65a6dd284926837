"""WaveRNN as a vocoder: its published size, what it sees, and that it learns."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_models
from jax import jit

from neural import optimization
from neural.layers import count_parameters, n_parameters
from neural.notes import mel_wavernn
from neural.notes.mel_wavernn import Config

SMALL = Config(
    n_codes=64,
    n_logistics=2,
    n_hidden=10,
    n_mels=3,
    scales=(2, 3),
    n_around=1,
    n_blocks=1,
    n_channels=8,
)
SOFTMAX = dataclasses.replace(SMALL, n_codes=16, n_logistics=0)
EVERY = pytest.mark.parametrize("config", [SMALL, SOFTMAX], ids=["bells", "softmax"])
INIT = jit(mel_wavernn.init, static_argnames="config")
APPLY = jit(mel_wavernn.apply, static_argnames="config")
STEPWISE = jit(mel_wavernn.apply_stepwise, static_argnames="config")


random_params = functools.partial(small_models.random_params, mel_wavernn)


def random_batch(config, frames=4):
    rng = np.random.default_rng(0)
    codes = rng.integers(config.n_codes, size=(2, frames * config.hop_length))
    mel = rng.random((2, frames + 2 * config.n_around, config.n_mels), np.float32)
    return {"codes": codes.astype(np.int32), "mel": mel}


def test_the_published_networks_have_their_numbers_of_parameters():
    assert count_parameters(mel_wavernn.init, Config.paper()) == 4_233_675
    assert count_parameters(mel_wavernn.init, Config.nine_bits()) == 4_480_941


def test_one_step_of_the_published_size():
    config, optimizer = Config.paper(), optax.adam(1e-4)

    def step(batch):
        params = mel_wavernn.init(jax.random.key(0), config)
        state = optimization.init_state(params, optimizer)
        return mel_wavernn.train_step(state, batch, config=config, optimizer=optimizer)

    batch = {
        "codes": jax.ShapeDtypeStruct((32, 1375), jnp.int32),
        "mel": jax.ShapeDtypeStruct((32, 9, 80), jnp.float32),
    }
    state, metrics = jax.eval_shape(step, batch)
    assert n_parameters(state["ema"]) == 4_233_675 and metrics["loss"].shape == ()


@EVERY
def test_stepwise_has_the_outputs_of_the_whole(config):
    params, batch = random_params(config), random_batch(config)
    whole = APPLY(params, config=config, **batch)
    assert whole.std() > 0.3
    steps = STEPWISE(params, config=config, **batch)
    np.testing.assert_allclose(steps, whole, atol=1e-5)


@EVERY
def test_the_future_changes_nothing_and_frames_reach_as_far_as_they_should(config):
    params, batch = random_params(config), random_batch(config)
    before = APPLY(params, config=config, **batch)

    def first_change(**other):
        after = APPLY(params, config=config, **{**batch, **other})
        return np.flatnonzero(np.abs(after - before).max(axis=(0, 2)) > 1e-7)[0]

    codes, mel = batch["codes"].copy(), batch["mel"].copy()
    codes[:, 13] = (codes[:, 13] + 7) % config.n_codes
    assert first_change(codes=codes) == 14
    mel[:, 4] += 1.0  # frame 3 of those that sound, from sample 18 on
    # looked at from the frame before on, smoothed over 2 * 3 and 3 samples
    assert first_change(mel=mel) == min(12, 18 - 6 - 3)


def test_a_constant_spectrogram_stays_what_it_is():
    params = INIT(jax.random.key(0), SMALL)
    net = mel_wavernn.MelWaveRNN(SMALL).bind({"params": params})
    mel = jnp.broadcast_to(jnp.array([1.0, -2.0, 0.5]), (1, 8, 3))
    smooth = net.told(mel)[0, :, :3]
    assert smooth.shape == (6 * 6, 3)
    np.testing.assert_allclose(smooth[3:-3], mel[0, :1].repeat(30, axis=0), atol=1e-6)


def test_bells_learn_a_wave():
    config = dataclasses.replace(SMALL, n_hidden=24)
    optimizer = optimization.clipped(optax.adam(1e-2))
    params = INIT(jax.random.key(0), config)
    state = optimization.init_state(params, optimizer)
    wave = 31.5 + 25.0 * np.sin(0.8 * np.arange(24))
    batch = {**random_batch(config), "codes": np.tile(wave, (2, 1)).astype(np.int32)}
    options = {"config": config, "optimizer": optimizer}
    update = jit(functools.partial(mel_wavernn.train_step, **options))
    for _ in range(150):
        state, metrics = update(state, batch)
    assert metrics["loss"] < 3.0 < np.log(64)


@EVERY
def test_the_same_key_plays_the_same_sound(config):
    params, mel = random_params(config), random_batch(config)["mel"]
    play = functools.partial(mel_wavernn.generate, params, mel=mel, config=config)
    x = play(jax.random.key(3))
    assert x.shape == (2, 24) and x.dtype == jnp.float32 and np.abs(x).max() <= 1.0
    np.testing.assert_array_equal(x, play(jax.random.key(3)))
    assert (x != play(jax.random.key(4))).any()
    with pytest.raises(ValueError, match="temperature"):
        play(jax.random.key(3), temperature=-1.0)
