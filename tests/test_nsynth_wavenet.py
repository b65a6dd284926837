"""The NSynth autoencoder: what both networks see, and that both ways to play agree."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import neural
from data_scripts.render_notes import main as render_notes
from dsplab.banks import general_midi
from dsplab.quantise import mu_law_encode
from neural import optimization
from neural.data import note_set
from neural.layers import n_parameters
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


def abstract(config):
    """Parameters of any size, not built."""
    return jax.eval_shape(lambda: nsynth_wavenet.init(jax.random.key(0), config))


@functools.cache
def random_params(config=SMALL):
    """Parameters with nothing left at zero, and logits of a trained model's size."""
    rng = np.random.default_rng(1)

    def drawn(leaf):
        scale = 0.5 + leaf.shape[-2] ** -0.5 if leaf.ndim > 1 else 0.5
        return jnp.asarray(scale * rng.standard_normal(leaf.shape), jnp.float32)

    return jax.tree.map(drawn, abstract(config))


@pytest.fixture(scope="module")
def untrained():
    return nsynth_wavenet.init(jax.random.key(0), SMALL)


def random_codes(n_samples=40, batch=2):
    rng = np.random.default_rng(2)
    return rng.integers(SMALL.n_codes, size=(batch, n_samples)).astype(np.int32)


def encode(codes):
    return nsynth_wavenet.encode_codes(random_params(), codes, SMALL)


def test_sizes_of_the_paper_and_shapes_through_it():
    # four seconds at 16 kHz are 125 frames of 16 numbers: abstractly, nothing is built
    paper = Config.paper()
    params = abstract(paper)
    assert n_parameters(params) == 61_804_048
    assert n_parameters(params["encoder"]) == 1_976_336
    assert n_parameters(abstract(Config.tiny())) == 112_904
    assert paper.receptive_field == 6141  # and crops of 6144 are just longer
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


def test_an_untrained_decoder_knows_nothing(untrained):
    codes = random_codes()
    z = nsynth_wavenet.encode_codes(untrained, codes, SMALL)
    log_p = jax.nn.log_softmax(APPLY(untrained, codes, SMALL, z=z))
    assert abs(float(log_p.mean()) + np.log(SMALL.n_codes)) < 0.1


def test_the_loss_is_the_mean_surprise():
    params, codes = random_params(), random_codes()
    logits = APPLY(params, codes, SMALL, z=encode(codes))
    p = np.exp(np.float64(logits))
    p /= p.sum(axis=-1, keepdims=True)
    wanted = -np.log(np.take_along_axis(p, codes[..., None], axis=-1)).mean()
    nats = jax.jit(nsynth_wavenet.loss, static_argnames="config")
    np.testing.assert_allclose(nats(params, codes, SMALL), wanted, rtol=1e-5)


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
    codes, changed = random_codes(), random_codes()
    changed[:, t] = (changed[:, t] + 5) % SMALL.n_codes
    moved = np.abs(encode(changed) - encode(codes)).max(axis=(0, 2))
    return np.flatnonzero(moved).tolist()


def test_the_receptive_field_of_the_decoder():
    params, z = random_params(), encode(random_codes())[:1]
    net = Autoencoder(SMALL).bind({"params": params})

    @jax.jit
    @jax.grad
    def last(past):
        return net.from_levels(past, z)[0, -1].sum()

    rng = np.random.default_rng(3)
    past = jnp.asarray(rng.uniform(-1, 1, (1, 40, 1)), jnp.float32)
    reach = np.flatnonzero(np.abs(last(past)[0, :, 0]))
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


def test_one_batch_can_be_learned_by_heart_and_z_is_what_tells_rows_apart(untrained):
    # all rows begin alike, so that only z can say which one is played
    codes = random_codes(n_samples=16, batch=4)
    rule = optax.adam(3e-2)
    state = optimization.init_state(untrained, rule)
    for _ in range(150):
        state, metrics = nsynth_wavenet.train_step(
            state, {"codes": codes}, config=SMALL, optimizer=rule
        )
    assert metrics["loss"] < 0.5
    known, other = recipe.held_out_nats(state["params"], SMALL, codes)
    assert known < 0.5 and other > known + 0.5


def test_encode_hears_any_length():
    x = np.random.default_rng(0).uniform(-1, 1, (2, 37)).astype(np.float32)
    z = nsynth_wavenet.encode(random_params(), x, SMALL)
    padded = np.pad(x, [(0, 0), (0, 3)])
    codes = mu_law_encode(padded, n_codes=SMALL.n_codes)
    np.testing.assert_allclose(z, encode(codes), atol=1e-6)
    assert z.shape == (2, 5, 3)


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
            "instrument must be one of .*flute.*Kazoo",
        ),
        (
            lambda p: recipe.generate(p, SMALL, duration=1, pitch=128),
            "pitch must be a whole number from 0 to 127",
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


# the instruments that data_scripts.render_notes puts into nsynth-test
HELD_OUT = (7, 38, 44, 56, 74, 86, 88, 93, 96, 97, 111)


@pytest.fixture(scope="module")
def unheard(tmp_path_factory):
    """Three notes of each instrument that the shipped model has never heard."""
    folder = tmp_path_factory.mktemp("notes")
    arguments = ["--sound-font", str(general_midi()), "--pitches", "50", "70", "10"]
    arguments += ["--velocities", "100", "--held-out", "0", "0"]
    programs = [str(program) for program in HELD_OUT]
    assert render_notes([str(folder), *arguments, "--programs", *programs]) == 0
    return recipe.load(Config.tiny(), [folder], "train")


def test_the_shipped_model_reaches_its_figures(unheard):
    params, config = neural.pretrained("nsynth-wavenet")
    assert config == Config.tiny()
    codes = recipe.held_out(unheard, config, n_notes=22)
    own, other = recipe.held_out_nats(params, config, codes)
    assert own < recipe.FEW_NATS + 0.01
    assert other > own + 0.1
    # stops are drawn: what is heard of a way differs from one drawing to another
    share = recipe.one_way(params, config, unheard, n_ways=12)
    assert share >= recipe.ONE_WAY - 0.15


def test_the_recipe_plays_what_is_half_way():
    play = functools.partial(recipe.generate, random_params(), SMALL, duration=0.003)
    x = play(instrument="flute+organ")
    assert x.shape == (24,) and np.abs(x).max() <= 1.0
    np.testing.assert_array_equal(x, play(instrument="flute+organ"))
