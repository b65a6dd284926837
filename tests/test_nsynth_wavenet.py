"""The NSynth autoencoder: what both networks see, and that both ways to play agree."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dsplab.quantise import mu_law_encode
from neural import optimization
from neural.data import note_set
from neural.layers import count_parameters
from neural.notes import nsynth_wavenet
from neural.notes.nsynth_wavenet import Autoencoder, Config
from neural.recipes import nsynth_wavenet as recipe

SMALL = Config(
    sample_rate=8000,
    n_codes=16,
    hop_length=8,
    n_latent=3,
    encoder_channels=5,
    encoder_dilations=(1, 2),
    n_channels=6,
    n_gated=5,
    n_skip=7,
    dilations=(1, 2, 4),
)
APPLY = jax.jit(nsynth_wavenet.apply, static_argnames="config")


@functools.cache
def random_params(config=SMALL):
    """Parameters with nothing left at zero, and logits of a trained model's size."""
    params = nsynth_wavenet.init(jax.random.key(0), config)
    rng = np.random.default_rng(1)
    return jax.tree.map(
        lambda a: a + 0.5 * rng.standard_normal(a.shape).astype(np.float32), params
    )


def random_codes(n_samples=40, batch=2):
    rng = np.random.default_rng(2)
    return rng.integers(SMALL.n_codes, size=(batch, n_samples)).astype(np.int32)


def encode(codes, params=None):
    net = Autoencoder(SMALL)
    return net.apply({"params": params or random_params()}, codes, method="encode")


def test_sizes_of_the_paper():
    paper = Config.paper()
    assert count_parameters(nsynth_wavenet.init, paper) == 61_804_048
    assert count_parameters(nsynth_wavenet.init, Config.tiny()) == 112_904
    assert paper.receptive_field == 6141  # and crops of 6144 are just longer
    encoder = jax.eval_shape(
        lambda: nsynth_wavenet.init(jax.random.key(0), paper)["encoder"]
    )
    assert sum(leaf.size for leaf in jax.tree.leaves(encoder)) == 1_976_336


def test_shapes_at_the_size_of_the_paper():
    # four seconds at 16 kHz are 125 frames of 16 numbers: abstractly, nothing is built
    paper = Config.paper()
    params = jax.eval_shape(lambda: nsynth_wavenet.init(jax.random.key(0), paper))
    x = jax.ShapeDtypeStruct((2, 64000), jnp.float32)
    z = jax.eval_shape(lambda p, x: nsynth_wavenet.encode(p, x, paper), params, x)
    assert z.shape == (2, 125, 16)
    rule = optax.adam(2e-4)
    state = jax.eval_shape(lambda p: optimization.init_state(p, rule), params)
    batch = {"codes": jax.ShapeDtypeStruct((2, 6144), jnp.int32)}
    state, metrics = jax.eval_shape(
        functools.partial(nsynth_wavenet.train_step, config=paper, optimizer=rule),
        state,
        batch,
    )
    assert metrics["loss"].shape == ()
    assert jax.tree.map(jnp.shape, state["params"]) == jax.tree.map(jnp.shape, params)


def test_an_untrained_decoder_knows_nothing():
    params = nsynth_wavenet.init(jax.random.key(0), SMALL)
    nats = nsynth_wavenet.loss(params, random_codes(), SMALL)
    assert abs(float(nats) - np.log(SMALL.n_codes)) < 0.1


def test_the_decoder_is_causal_and_z_is_not():
    params, codes = random_params(), random_codes()
    z = encode(codes)
    logits = APPLY(params, codes, SMALL, z=z)
    changed = codes.copy()
    changed[:, 20] = (changed[:, 20] + 5) % SMALL.n_codes
    after = APPLY(params, changed, SMALL, z=z)
    np.testing.assert_array_equal(after[:, :21], logits[:, :21])
    assert np.abs(after[:, 21] - logits[:, 21]).min() > 0
    # the encoder reaches 1 + 1 + 2 samples to both sides, then takes means of 8
    assert frames_moved_by(20) == [2, 3]  # samples 16 to 24
    assert frames_moved_by(19) == [1, 2]  # samples 15 to 23


def frames_moved_by(t):
    """Which frames of z change with the code at t."""
    codes = random_codes()
    z = encode(codes)
    codes[:, t] = (codes[:, t] + 5) % SMALL.n_codes
    return np.flatnonzero(np.abs(encode(codes) - z).max(axis=(0, 2))).tolist()


def test_the_receptive_field_of_the_decoder():
    params, z = random_params(), encode(random_codes())[:1]
    net = Autoencoder(SMALL).bind({"params": params})

    def last(past):
        return net.from_levels(past, z)[0, -1].sum()

    rng = np.random.default_rng(3)
    past = jnp.asarray(rng.uniform(-1, 1, (1, 40, 1)), jnp.float32)
    reach = np.flatnonzero(np.abs(jax.grad(last)(past)[0, :, 0]))
    assert 40 - reach.min() == SMALL.receptive_field == 17


def test_a_frame_of_z_holds_for_its_samples():
    params, codes = random_params(), random_codes()
    z = np.array(encode(codes))
    logits = APPLY(params, codes, SMALL, z=z)
    z[:, 2] += 1.0
    moved = np.abs(APPLY(params, codes, SMALL, z=z) - logits).max(axis=(0, 2))
    assert not moved[:16].any() and moved[16:24].all()


@pytest.mark.parametrize("kernel_size", [2, 3])
def test_sample_by_sample_gives_the_same_logits(kernel_size):
    config = dataclasses.replace(SMALL, kernel_size=kernel_size)
    params, codes = random_params(config), random_codes()
    z = encode(codes)
    steps = nsynth_wavenet.apply_stepwise(params, codes, config, z=z)
    whole = APPLY(params, codes, config, z=z)
    np.testing.assert_allclose(steps, whole, atol=1e-5 * np.abs(whole).max())


def test_playing():
    params, z = random_params(), encode(random_codes())
    x = nsynth_wavenet.generate(params, jax.random.key(1), z, config=SMALL)
    again = nsynth_wavenet.generate(params, jax.random.key(1), z, config=SMALL)
    other = nsynth_wavenet.generate(params, jax.random.key(2), z, config=SMALL)
    assert x.shape == (2, 40) and np.abs(x).max() <= 1.0
    np.testing.assert_array_equal(x, again)
    assert np.abs(x - other).max() > 0
    # at temperature 0 it takes the likeliest code, step by step
    greedy = nsynth_wavenet.sample(params, jax.random.key(1), z, 0.0, config=SMALL)
    logits = APPLY(params, greedy, SMALL, z=z)
    np.testing.assert_array_equal(np.argmax(logits, axis=-1), greedy)


def test_one_batch_can_be_learned_by_heart_and_z_is_what_tells_rows_apart():
    # all rows begin alike, so that only z can say which one is played
    codes = random_codes(n_samples=16, batch=4)
    rule = optax.adam(3e-2)
    state = optimization.init_state(nsynth_wavenet.init(jax.random.key(0), SMALL), rule)
    for _ in range(150):
        state, metrics = nsynth_wavenet.train_step(
            state, {"codes": codes}, config=SMALL, optimizer=rule
        )
    assert metrics["loss"] < 0.5
    z = encode(codes, state["params"])
    loss = functools.partial(nsynth_wavenet.loss, state["params"], codes, SMALL)
    assert loss(z=z[::-1]) > loss(z=z) + 0.5


def test_encode_hears_any_length():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 29)).astype(np.float32)
    z = nsynth_wavenet.encode(random_params(), x, SMALL)
    padded = np.pad(x, [(0, 0), (0, 3)])
    codes = mu_law_encode(padded, n_codes=SMALL.n_codes)
    np.testing.assert_allclose(z, encode(codes), atol=1e-6)
    assert z.shape == (2, 4, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: nsynth_wavenet.encode(p, np.zeros(8), SMALL), "x must be signals"),
        (
            lambda p: nsynth_wavenet.apply(p, np.zeros((1, 9), int), SMALL),
            "whole frames of 8 samples, got 9",
        ),
        (
            lambda p: nsynth_wavenet.generate(
                p, jax.random.key(0), np.zeros((1, 4, 2)), config=SMALL
            ),
            r"z must be \(batch, frames, 3\)",
        ),
        (
            lambda p: recipe.generate(p, SMALL, duration=1, instrument="Kazoo"),
            "instrument must be one of .*flute.*; got 'Kazoo'",
        ),
        (
            lambda p: recipe.generate(p, SMALL, duration=1, pitch=128),
            "pitch must be 0 to 127",
        ),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(random_params())


def test_a_batch_follows_from_seed_and_step():
    n = 8000
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (5, n)).astype(np.float32)
    numbers = [np.arange(5)] * 5
    notes = note_set.NoteSet(x, *numbers, np.array(list("abcde")), 8000)
    whole = recipe.batch(notes, 3, 1, Config.tiny(), batch_size=4)["codes"]
    assert whole.shape == (4, 2048) and whole.min() >= 0 and whole.max() <= 255
    rest = recipe.batch(notes, 3, 1, Config.tiny(), batch_size=4, part=slice(1, 4))
    np.testing.assert_array_equal(rest["codes"], whole[1:])
    other = recipe.batch(notes, 3, 2, Config.tiny(), batch_size=4)["codes"]
    assert (other != whole).any()


def test_a_note_of_the_bank_is_heard_at_its_pitch():
    x = recipe.bank_note("flute", 69, 4000, Config.tiny())
    spectrum = np.abs(np.fft.rfft(x * np.hanning(4000)))
    assert abs(np.argmax(spectrum) * 2 - 440) <= 4
    assert np.isclose(np.abs(x).max(), 0.9)
