"""WaveNet: what the network is, that it learns, and that both ways to run it agree."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import small_models
from jax import jit

import neural
from dsplab.quantise import mu_law_encode
from neural import optimization
from neural.conditions import condition_frames, note_features
from neural.evaluation.entropy import bigram_entropy, unigram_entropy
from neural.layers import CausalConv, n_parameters
from neural.notes import wavenet
from neural.notes.wavenet import Config
from neural.recipes import wavenet as recipe

SMALL = Config(
    n_codes=16,
    n_channels=6,
    n_gated=5,
    n_skip=7,
    dilations=(1, 2, 4, 2),
    n_instruments=3,
    n_features=4,
    pitches=(48, 50),
    hop_length=5,
)
PLAIN = dataclasses.replace(SMALL, n_instruments=0, n_features=0)
WIDE = dataclasses.replace(SMALL, kernel_size=3, front_kernel_size=4)
GLOBAL = dataclasses.replace(SMALL, n_features=0)
SIZES = {"small": SMALL, "plain": PLAIN, "kernel 3": WIDE, "global only": GLOBAL}
INIT = jit(wavenet.init, static_argnames="config")
APPLY = jit(wavenet.apply, static_argnames="config")
STEPWISE = jit(wavenet.apply_stepwise, static_argnames="config")
LOSS = jit(wavenet.loss, static_argnames="config")
EVERY = pytest.mark.parametrize("config", SIZES.values(), ids=SIZES)


random_params = functools.partial(small_models.random_params, wavenet, size=0.5)
random_batch = functools.partial(small_models.random_batch, time=60)


def test_the_public_configuration_has_its_number_of_parameters():
    # one front convolution without bias; 50 layers of filter, gate, residual and skip
    # with biases; two 1x1 in the head: ibab/tensorflow-wavenet, wavenet_params.json
    front = 2 * 256 * 32
    layer = 2 * (2 * 32 * 32 + 32) + (32 * 32 + 32) + (32 * 512 + 512)
    head = (512 * 512 + 512) + (512 * 256 + 256)
    assert front + 50 * layer + head == 1_515_968
    shapes = jax.eval_shape(wavenet.init, jax.random.key(0), Config.paper())
    assert n_parameters(shapes) == 1_515_968
    assert Config.paper().receptive_field == 5117


@pytest.mark.parametrize("kernel_size", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 3])
def test_causal_conv_is_its_equation(kernel_size, dilation):
    conv = CausalConv(3, 4, kernel_size, dilation)
    x = jax.random.normal(jax.random.key(0), (2, 11, 3), jnp.float32)
    variables = conv.init(jax.random.key(1), x)
    kernel = variables["params"]["kernel"]
    expected = np.zeros((2, 11, 4))
    for t in range(11):
        for j in range(kernel_size):
            if t - j * dilation >= 0:
                expected[:, t] += x[:, t - j * dilation] @ kernel[kernel_size - 1 - j]
    np.testing.assert_allclose(conv.apply(variables, x), expected, atol=1e-5)


@EVERY
def test_fast_generation_has_the_logits_of_the_full_convolution(config):
    # 60 samples: the first receptive field, and several turns of every ring buffer
    params, batch = random_params(config), random_batch(config)
    full = APPLY(params, config=config, **batch)
    fast = STEPWISE(params, config=config, **batch)
    assert full.std() > 0.5
    np.testing.assert_allclose(fast, full, atol=1e-5)


@pytest.mark.parametrize("config", [SMALL, WIDE], ids=["small", "kernel 3"])
def test_receptive_field_by_probing(config):
    params, batch = random_params(config), random_batch(config, time=50, batch=1)
    h = condition_frames(
        config, instrument=batch.get("instrument"), features=batch.get("features")
    )
    net = wavenet.WaveNet(config).bind({"params": params})
    past = net.one_hot(batch["codes"])

    def last(one_hot):
        return net.from_one_hot(one_hot, h)[0, -1].sum()

    reach = np.abs(jax.jit(jax.grad(last))(past)).sum(axis=(0, 2)) > 0
    assert reach[-config.receptive_field :].all()
    assert not reach[: -config.receptive_field].any()


@EVERY
def test_the_future_changes_nothing(config):
    params, batch = random_params(config), random_batch(config)
    before = APPLY(params, config=config, **batch)
    codes = batch["codes"].copy()
    codes[:, 30:] = (codes[:, 30:] + 1) % config.n_codes
    after = APPLY(params, config=config, **{**batch, "codes": codes})
    changed = np.abs(before - after).max(axis=(0, 2)) > 0
    assert not changed[:31].any()  # logits at 30 saw codes before 30
    assert changed[31]


def test_conditions_are_heard_from_their_frame_on():
    params, batch = random_params(SMALL), random_batch(SMALL)
    before = APPLY(params, config=SMALL, **batch)
    features = batch["features"].copy()
    features[:, 4] += 1.0
    other = APPLY(params, config=SMALL, **{**batch, "features": features})
    changed = np.abs(before - other).max(axis=(0, 2)) > 0
    assert not changed[:20].any() and changed[20:25].all()
    instrument = batch["instrument"] + 1
    other = APPLY(params, config=SMALL, **{**batch, "instrument": instrument})
    assert (np.abs(before - other).max(axis=(0, 2)) > 0).all()


def test_silent_conditions_are_no_conditions():
    params, batch = random_params(SMALL), random_batch(SMALL)
    muted = jax.tree_util.tree_map_with_path(
        lambda path, leaf: 0 * leaf if "conditions" in str(path) else leaf, params
    )
    told = APPLY(muted, config=SMALL, **batch)
    plain = {k: v for k, v in params.items() if "conditions" not in k}
    alone = APPLY(plain, batch["codes"], config=PLAIN)
    np.testing.assert_allclose(told, alone, atol=1e-6)


def test_pitch_is_told_as_waves_in_its_place():
    config = dataclasses.replace(SMALL, pitches=(60, 64), n_features=6)
    told = note_features([[60.0, 61.5, 64.0]], [[0.0, 0.5, 1.0]], config)
    half = np.sqrt(0.5)  # 61.5 is at -1/4: angles -pi/8 and -pi/4
    sine, cosine = np.sin(np.pi / 8), np.cos(np.pi / 8)
    expected = [
        [-1, -1, 0, 0, -1, 0],
        [-0.25, -sine, -half, cosine, half, 0.5],
        [1, 1, 0, 0, -1, 1],
    ]
    np.testing.assert_allclose(told[0], expected, atol=1e-6)


def test_a_little_higher_is_told_a_little_differently():
    # also where a semitone ends: what is learned of one pitch holds for its neighbours
    pitch = np.linspace(48, 72, 24 * 10 + 1)[None]
    told = note_features(pitch, np.ones_like(pitch), Config.tiny())[0]
    steps = np.linalg.norm(np.diff(told, axis=0), axis=1)
    assert 0.1 < steps.min() and steps.max() < 1.3 * steps.min()
    # and no two pitches, a quarter tone or more apart, are nearly alike
    apart = np.linalg.norm(told[:, None] - told[None], axis=-1)
    assert apart[np.abs(pitch.T - pitch) > 0.5].min() > 0.5


def test_the_first_loss_is_that_of_not_knowing():
    config = Config.tiny()
    params = INIT(jax.random.key(0), config)
    batch = recipe.batch(0, 0, config, seconds=0.05)
    nats = LOSS(params, config=config, **batch)
    np.testing.assert_allclose(nats, np.log(256), atol=0.02)


def test_training_learns_one_batch_by_heart_and_compiles_once():
    config = dataclasses.replace(SMALL, n_channels=16, n_gated=16, n_skip=16)
    optimizer = optax.adam(1e-2)
    params = INIT(jax.random.key(0), config)
    state = optimization.init_state(params, optimizer)
    batch = random_batch(config, time=40)
    compiled = wavenet.train_step._cache_size()
    for _ in range(200):
        state, metrics = wavenet.train_step(
            state, batch, config=config, optimizer=optimizer
        )
    assert wavenet.train_step._cache_size() == compiled + 1
    assert metrics["loss"] < 0.3 < np.log(16)


def test_the_same_key_plays_the_same_notes():
    params = random_params(SMALL)
    play = functools.partial(
        wavenet.generate, params, n_samples=23, config=SMALL, pitch=[48, 49.5]
    )
    compiled = wavenet.sample._cache_size()
    first = play(jax.random.key(3), instrument=[0, 1])
    assert first.shape == (2, 23) and first.dtype == jnp.float32
    np.testing.assert_array_equal(first, play(jax.random.key(3), instrument=[0, 1]))
    assert (first != play(jax.random.key(4), instrument=[2, 1], temperature=0.9)).any()
    assert wavenet.sample._cache_size() == compiled + 1
    greedy = play(jax.random.key(5), instrument=0, temperature=0.0)
    other_key = play(jax.random.key(6), instrument=0, temperature=0.0)
    np.testing.assert_array_equal(greedy, other_key)


def test_playing_may_be_jitted_from_outside():
    params = random_params(SMALL)

    def play(params, key, pitch):
        options = {"n_samples": 23, "config": SMALL, "instrument": 1}
        return wavenet.generate(params, key, pitch=pitch, **options)

    pitch = jnp.asarray([48.0, 49.5])
    expected = play(params, jax.random.key(3), pitch)
    got = jax.jit(play)(params, jax.random.key(3), pitch)
    np.testing.assert_array_equal(got, expected)


def test_generation_draws_from_the_logits():
    # the distribution of the second code, given the first, over many notes
    config = dataclasses.replace(PLAIN, n_codes=4, dilations=(1,))
    params = jax.tree.map(lambda leaf: 0.3 * leaf, random_params(config))
    n = 4000
    codes = np.asarray(
        wavenet.sample(
            params, jax.random.key(0), None, 1.0, n_samples=2, config=config, batch=n
        )
    )
    every = np.tile(np.arange(4)[:, None], 2)
    after = APPLY(params, every, config=config)[:, 1]
    for first, logits in enumerate(after):
        rows = codes[codes[:, 0] == first]
        seen = np.bincount(rows[:, 1], minlength=4) / len(rows)
        np.testing.assert_allclose(seen, jax.nn.softmax(logits), atol=0.07)


def test_an_unconditional_model_plays_too():
    params = random_params(PLAIN)
    x = wavenet.generate(params, jax.random.key(0), n_samples=9, config=PLAIN)
    assert x.shape == (1, 9)


def test_wrong_notes_are_refused():
    params = random_params(SMALL)
    play = functools.partial(
        wavenet.generate, params, jax.random.key(0), n_samples=9, config=SMALL
    )
    with pytest.raises(ValueError, match=r"pitch must be within 48 and 50, got 51"):
        play(pitch=[51.0], instrument=0)
    with pytest.raises(ValueError, match=r"instrument must be within 0 and 2, got 3"):
        play(pitch=[48.0], instrument=3)
    with pytest.raises(ValueError, match="loudness"):
        play(pitch=[48.0], instrument=0, loudness=np.ones(5))
    with pytest.raises(ValueError, match="pitch is needed"):
        play(instrument=0)
    with pytest.raises(ValueError, match="n_samples"):
        wavenet.generate(params, jax.random.key(0), n_samples=0, config=SMALL, pitch=48)
    with pytest.raises(ValueError, match="pitch cannot be told"):
        wavenet.generate(
            random_params(PLAIN), jax.random.key(0), n_samples=9, config=PLAIN, pitch=48
        )


def test_entropies_by_hand():
    codes = np.array([[0, 1, 0, 2], [0, 1, 0, 1]])
    p = np.array([4, 3, 1]) / 8
    np.testing.assert_allclose(unigram_entropy(codes), -(p * np.log(p)).sum())
    # after 0: 1, 2, 1, 1; after 1: 0, 0
    after_zero = -(0.75 * np.log(0.75) + 0.25 * np.log(0.25))
    np.testing.assert_allclose(bigram_entropy(codes), 4 / 6 * after_zero)


def test_the_shipped_model_runs_fast_and_full_alike():
    params, config = neural.pretrained("wavenet")
    batch = recipe.batch(5, 0, config, batch_size=2, seconds=0.15, test=True)
    full = APPLY(params, config=config, **batch)
    fast = STEPWISE(params, config=config, **batch)
    # float32 sums in another order; the logits reach several tens
    np.testing.assert_allclose(fast, full, atol=1e-5 * float(np.abs(full).max()))


def test_mu_law_is_what_the_model_hears():
    config = Config.tiny()
    batch = recipe.batch(0, 3, config)
    assert batch["codes"].dtype == np.int32 and batch["codes"].max() < 256
    assert mu_law_encode(np.zeros(1))[0] == config.n_codes // 2
