"""WaveRNN: both halves of a sample, what they may see, and that the network learns."""

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

from dsplab.quantise import uniform_decode, uniform_encode
from neural import optimization
from neural.layers import count_parameters, n_parameters
from neural.notes import wavernn
from neural.notes.wavernn import Config
from neural.recipes import wavernn as recipe

SMALL = Config(
    n_bits=6,
    n_hidden=24,
    n_truncated=12,
    n_instruments=3,
    n_features=4,
    pitches=(48, 50),
    hop_length=6,
)
PLAIN = dataclasses.replace(SMALL, n_instruments=0, n_features=0)
SIZES = {"small": SMALL, "plain": PLAIN}
EVERY = pytest.mark.parametrize("config", SIZES.values(), ids=SIZES)
INIT = jit(wavernn.init, static_argnames="config")
APPLY = jit(wavernn.apply, static_argnames="config")
STEPWISE = jit(wavernn.apply_stepwise, static_argnames="config")


random_params = functools.partial(small_models.random_params, wavernn)
random_batch = functools.partial(small_models.random_batch, time=24)


def test_the_published_network_has_its_number_of_parameters():
    n = 896
    recurrent, inward, biases = n * 3 * n, (2 + 3) * 3 * n // 2, 3 * n
    head = (n // 2 * n // 2 + n // 2) + (n // 2 * 256 + 256)
    assert recurrent + inward + biases + 2 * head == 3_050_048
    assert count_parameters(wavernn.init, Config.paper()) == 3_050_048


def test_one_step_of_the_published_size():
    config, optimizer = Config.paper(), optax.adam(1e-4)

    def step(codes):
        params = wavernn.init(jax.random.key(0), config)
        state = optimization.init_state(params, optimizer)
        batch = {"codes": codes}
        state, metrics = wavernn.train_step(
            state, batch, config=config, optimizer=optimizer
        )
        return state, metrics, wavernn.apply(params, codes, config)

    codes = jax.ShapeDtypeStruct((8, 1920), jnp.int32)
    state, metrics, (coarse, fine, _) = jax.eval_shape(step, codes)
    assert n_parameters(state["ema"]) == 3_050_048 and metrics["loss"].shape == ()
    assert coarse.shape == fine.shape == (8, 1920, 256)


def test_a_sample_is_its_two_halves():
    # all 65 536 of them
    codes = np.arange(65536)
    coarse, fine = wavernn.split(codes, Config.paper())
    assert coarse.min() == fine.min() == 0 and coarse.max() == fine.max() == 255
    assert len(set(zip(coarse.tolist(), fine.tolist(), strict=True))) == 65536
    np.testing.assert_array_equal(wavernn.join(coarse, fine, Config.paper()), codes)
    signal = uniform_decode(codes, n_codes=65536)  # and nothing is rounded away
    np.testing.assert_array_equal(uniform_encode(signal, n_codes=65536), codes)


@EVERY
def test_coarse_sees_the_past_and_fine_the_coarse_half_too(config):
    params, batch = random_params(config), random_batch(config)
    before = APPLY(params, config=config, **batch)

    def changed(code):
        codes = batch["codes"].copy()
        codes[:, 13] = code
        after = APPLY(params, config=config, **{**batch, "codes": codes})
        return [
            np.flatnonzero(np.abs(new - old).max(axis=(0, 2)) > 0)[0]
            for new, old in zip(after[:2], before[:2], strict=True)
        ]

    coarse, fine = wavernn.split(batch["codes"][:, 13], config)
    other_coarse = wavernn.join((coarse + 3) % config.n_half, fine, config)
    other_fine = wavernn.join(coarse, (fine + 3) % config.n_half, config)
    assert changed(other_coarse) == [14, 13]
    assert changed(other_fine) == [14, 14]


@EVERY
def test_stepwise_has_the_logits_of_the_whole(config):
    params, batch = random_params(config), random_batch(config)
    whole = APPLY(params, config=config, **batch)
    steps = STEPWISE(params, config=config, **batch)
    for ours, theirs in zip(steps, whole[:2], strict=True):
        assert theirs.std() > 0.3
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_gates_are_their_equations():
    params, batch = random_params(PLAIN), random_batch(PLAIN)
    p = jax.tree.map(lambda leaf: np.asarray(leaf, float), params)
    codes, n = batch["codes"][0], PLAIN.n_hidden

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    def number(value):
        return 2 * value / 7 - 1

    h, last = np.zeros(n), 32
    for code in codes[:4]:
        x = number(np.array([last // 8, last % 8, code // 8]))
        coarse = (x[:2] @ p["to_coarse"]["kernel"]).reshape(3, -1)
        fine = (x @ p["to_fine"]["kernel"]).reshape(3, -1)
        inward = np.concatenate([coarse, fine], axis=1) + p["bias"]
        heard = np.einsum("i,igo->go", h, p["recurrent"])
        u, r = sigmoid(heard[0] + inward[0]), sigmoid(heard[1] + inward[1])
        h = u * h + (1 - u) * np.tanh(r * heard[2] + inward[2])
        last = code
    expected = []
    for which, half in enumerate((h[: n // 2], h[n // 2 :])):
        head, out = p[f"heads_{which}"], p[f"logits_{which}"]
        a = np.maximum(half @ head["kernel"] + head["bias"], 0.0)
        expected.append(a @ out["kernel"] + out["bias"])
    got = APPLY(params, config=PLAIN, **batch)
    np.testing.assert_allclose(got[0][0, 3], expected[0], atol=1e-5)
    np.testing.assert_allclose(got[1][0, 3], expected[1], atol=1e-5)


def test_two_halves_with_the_state_carried_are_one_pass():
    params, batch = random_params(SMALL), random_batch(SMALL)
    first, second = part(batch, 0, 12, SMALL), part(batch, 12, 24, SMALL)
    whole = APPLY(params, config=SMALL, **batch)
    *before, carry = APPLY(params, config=SMALL, **first)
    again = functools.partial(APPLY, params, config=SMALL, carry=carry)
    after = again(reset=np.array([False, False]), **second)
    for which in (0, 1):
        joined = np.concatenate([before[which], after[which]], axis=1)
        np.testing.assert_allclose(joined, whole[which], atol=1e-5)
    # a row that is reset begins as if nothing had been before
    mixed = again(reset=np.array([True, False]), **first)
    np.testing.assert_allclose(mixed[0][0], before[0][0], atol=1e-6)
    assert np.abs(mixed[0][1] - before[0][1]).max() > 0.1


def test_the_first_loss_is_that_of_not_knowing_in_either_half():
    config = Config.tiny()
    params = INIT(jax.random.key(0), config)
    codes = recipe.batch(0, 0, config, batch_size=2)
    told = {"instrument": codes["instrument"], "features": codes["features"][:, :5]}
    nats = jit(wavernn.halves_nats, static_argnames="config")
    coarse, fine, _ = nats(params, codes["codes"][:, :200], config=config, **told)
    np.testing.assert_allclose([coarse, fine], np.log(64), atol=0.05)


def test_training_learns_one_batch_by_heart_and_compiles_once():
    config = dataclasses.replace(SMALL, n_hidden=32)
    optimizer = optax.adam(1e-2)
    params = INIT(jax.random.key(0), config)
    state = optimization.init_state(params, optimizer)
    batch = random_batch(config)
    options = {"config": config, "optimizer": optimizer}
    update = jit(functools.partial(wavernn.train_step, **options))
    for _ in range(200):
        state, metrics = update(state, batch)
    assert update._cache_size() == 1
    assert metrics["loss"] < 0.4 < np.log(64)


def test_the_same_key_plays_the_same_notes():
    params = random_params(SMALL)
    play = functools.partial(
        wavernn.generate, params, n_samples=23, config=SMALL, pitch=[48, 49.5]
    )
    first = play(jax.random.key(3), instrument=[0, 1])
    assert first.shape == (2, 23) and first.dtype == jnp.float32
    np.testing.assert_array_equal(first, play(jax.random.key(3), instrument=[0, 1]))
    assert (first != play(jax.random.key(4), instrument=[2, 1], temperature=0.9)).any()
    with pytest.raises(ValueError, match="pitch must be within 48 and 50, got 51"):
        wavernn.generate(
            params, jax.random.key(0), n_samples=9, config=SMALL, pitch=51, instrument=0
        )
    with pytest.raises(ValueError, match="n_samples"):
        play(jax.random.key(0), n_samples=0, instrument=0)


def test_what_is_written_is_drawn_from_the_logits():
    # read again what was written at temperature 0: each half is the likeliest
    params = random_params(PLAIN)
    options = {"n_samples": 24, "config": PLAIN, "batch": 2}
    sample = jit(functools.partial(wavernn.sample, **options))
    codes = sample(params, jax.random.key(0), None, 0.0)
    logits = APPLY(params, codes, config=PLAIN)[:2]
    for half, values in zip(logits, wavernn.split(codes, PLAIN), strict=True):
        np.testing.assert_array_equal(values, half.argmax(axis=-1))


def test_yardstick_by_hand():
    # coarse 0 1 0 1 is known from the one before; fine is 0 or 1 whatever it is
    coarse, fine = np.array([[0, 1, 0, 1, 0]]), np.array([[0, 0, 1, 1, 0]])
    codes = wavernn.join(coarse, fine, SMALL)
    given_zero = -(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3))
    expected = 3 / 5 * given_zero + 2 / 5 * np.log(2)
    np.testing.assert_allclose(recipe.yardstick(codes, SMALL), expected)
