"""SING: lengths, windows, the distance, three stages of learning, and its figure."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from data_scripts.render_notes import main as render_notes
from dsplab.banks import general_midi
from neural import optimization
from neural.layers import n_parameters
from neural.notes import sing
from neural.notes.sing import Config
from neural.recipes import sing as recipe

SMALL = dataclasses.replace(
    Config.tiny(),
    n_samples=256,
    n_pitches=5,
    n_instruments=3,
    lstm_sizes=(6, 5),
    n_code=4,
    kernel_size=32,
    hop_length=8,
    n_context=3,
    n_channels=8,
    n_fft=64,
    linear=0.0,
)
TOLD = {name: np.array([0, 0]) for name in ("instrument", "pitch", "velocity")}
STAGES = ("autoencoder", "embedding", "sound")


def params_of(config):
    return jax.eval_shape(lambda: sing.init(jax.random.key(0), config))


def batch(stage, config=SMALL, seed=0):
    x = np.random.default_rng(seed).standard_normal((2, config.n_samples))
    told = {} if stage == "autoencoder" else {**TOLD, "pitch": np.array([1, 4])}
    return {stage: {"x": 0.3 * x.astype(np.float32), **told}}


def test_the_published_network_has_its_number_of_parameters():
    params = params_of(Config.paper())
    assert n_parameters(params["decoder"]) == 42_479_617
    assert n_parameters(params["encoder"]) == 38_285_440
    tables = 6 * 2 + 1006 * 16 + 109 * 8 + 265 * 4
    assert n_parameters(params["sequence"]) == 21_250_176 + tables
    assert n_parameters(sing.playing(params)) == 63_747_833
    tiny = sing.playing(params_of(Config.tiny()))
    assert 4 * n_parameters(tiny) < 1_000_000  # bytes


def test_the_lengths():
    c = Config.paper()
    assert c.strip == 1792 and c.margin == 512 and c.n_frames == 265
    assert c.n_samples + 2 * (c.strip + c.margin) == 68_608
    params = params_of(c)
    x = jax.ShapeDtypeStruct((1, 64_000), jnp.float32)
    z = jax.eval_shape(functools.partial(sing.encode, config=c), params, x)
    assert z.shape == (1, 265, 128)
    made = jax.eval_shape(
        lambda p, z: sing.Decoder(c).apply({"params": p}, z), params["decoder"], z
    )
    assert made.shape == (1, 65_024)
    told = {name: jax.ShapeDtypeStruct((1,), jnp.int32) for name in TOLD}
    y = jax.eval_shape(lambda p, t: sing.apply(p, c, **t), params, told)
    assert y.shape == (1, 64_000)


@pytest.mark.parametrize("stage", STAGES)
def test_a_step_of_published_size_keeps_every_shape(stage):
    config, rule = Config.paper(), optax.adam(3e-4)
    params = params_of(config)
    state = jax.eval_shape(lambda p: optimization.init_state(p, rule), params)
    x = {"x": jax.ShapeDtypeStruct((2, config.n_samples), jnp.float32)}
    told = {name: jax.ShapeDtypeStruct((2,), jnp.int32) for name in TOLD}
    rows = x if stage == "autoencoder" else {**x, **told}
    step = functools.partial(sing.train_step, config=config, optimizer=rule)
    after, metrics = jax.eval_shape(step, state, {stage: rows})
    assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, state)
    assert metrics["loss"].shape == ()


@pytest.mark.parametrize("config", [Config.paper(), Config.tiny()])
def test_squared_windows_add_up_to_a_constant(config):
    window = sing.squared_hann(config)
    hops = window.reshape(-1, config.hop_length).sum(axis=0)
    np.testing.assert_allclose(hops, 1.5, rtol=1e-5)


def test_the_decoder_overlaps_windowed_frames():
    # one bias everywhere, nothing else: then every frame is the last layer's kernel
    # times what its input makes of a constant
    params = sing.init(jax.random.key(0), SMALL)
    z = jnp.ones((1, SMALL.n_frames, SMALL.n_code))
    y = np.asarray(sing.decode(params, z, SMALL))
    assert y.shape == (1, SMALL.n_samples)
    period = y[0].reshape(-1, SMALL.hop_length)  # the same frame again and again
    np.testing.assert_allclose(period, period[:1].repeat(len(period), 0), atol=1e-5)
    assert np.abs(y).max() > 1e-3


def test_the_encoder_and_the_decoder_keep_the_time():
    # a change of one sample moves the frames that hold it, and these nearby samples
    params = sing.init(jax.random.key(1), SMALL)
    x = np.asarray(batch("autoencoder")["autoencoder"]["x"][:1])
    other = x.copy()
    other[0, 128] += 1.0
    encode = jax.jit(functools.partial(sing.encode, config=SMALL))
    moved = np.abs(encode(params, x) - encode(params, other)).max(axis=(0, 2)) > 0
    ends = SMALL.strip + SMALL.margin
    starts = 8 * np.arange(SMALL.n_frames) - ends
    inside = (starts < 128) & (starts + 32 > 128 + 1)  # its window begins with 0
    np.testing.assert_array_equal(moved, inside)
    decode = jax.jit(functools.partial(sing.decode, config=SMALL))
    z = np.zeros((1, SMALL.n_frames, SMALL.n_code), np.float32)
    pulse = z.copy()
    middle = SMALL.n_frames // 2
    pulse[0, middle] = 1.0
    heard = np.flatnonzero(np.abs(decode(params, pulse) - decode(params, z))[0] > 1e-7)
    at = 8 * middle - ends  # where that frame's window begins
    assert at - 8 <= heard.min() and heard.max() < at + 32 + 8
    assert heard.max() - heard.min() > 16


def test_the_lstm_is_its_equations():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 5, 3)).astype(np.float32)
    layer = sing.LSTM(4)
    params = layer.init(jax.random.key(0), x)["params"]
    expected = np.zeros((2, 5, 4))
    h = c = np.zeros((2, 4))
    for t in range(5):
        a = x[:, t] @ params["kernel"] + h @ params["recurrent"]
        a = np.asarray(a + params["biases"][0] + params["biases"][1], float)
        i, f, g, o = np.split(a, 4, axis=-1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = expected[:, t] = o * np.tanh(c)
    np.testing.assert_allclose(layer.apply({"params": params}, x), expected, atol=1e-5)


def test_the_distance():
    config = Config.tiny()
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 1, 4096)).astype(np.float32)
    distance = jax.jit(sing.spectral_distance, static_argnames="config")
    assert distance(x, x, config=config) == 0.0
    np.testing.assert_allclose(distance(x, -x, config=config), 0.0, atol=1e-6)
    there, back = distance(x, y, config=config), distance(y, x, config=config)
    np.testing.assert_allclose(there, back, rtol=1e-6)
    assert there > 0.5
    # frames from the first sample on, none beyond the last: no padding
    frames = x[0, np.arange(0, 4096 - 511, 128)[:, None] + np.arange(512)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    np.testing.assert_allclose(
        sing.log_spectrum(x, config)[0], np.log(1 + power).T, atol=2e-3
    )


def test_silence_stays_silence_without_biases():
    params = sing.init(jax.random.key(0), SMALL)  # biases begin at 0
    x = np.zeros((1, SMALL.n_samples), np.float32)
    z = sing.encode(params, x, SMALL)
    np.testing.assert_array_equal(sing.decode(params, z, SMALL), x)


def test_the_velocity_that_is_left_out():
    velocity = [25, 50, 75, 100, 127]
    np.testing.assert_array_equal(sing.velocity_index(velocity), [0, 1, 2, 4, 5])
    plain = sing.velocity_index(velocity, published=False)
    np.testing.assert_array_equal(plain, [0, 1, 2, 3, 4])
    assert sing.velocity_index(127).max() < Config.paper().n_velocities
    with pytest.raises(ValueError, match="velocity must be one of 25, 50"):
        sing.velocity_index([100, 99])


def test_each_stage_moves_what_it_teaches():
    params = sing.init(jax.random.key(0), SMALL)
    moved = {}
    for stage in STAGES:
        grads = jax.grad(sing.loss)(params, config=SMALL, **batch(stage))
        moved[stage] = {
            part
            for part in grads
            if max(np.abs(g).max() for g in jax.tree.leaves(grads[part])) > 0
        }
    assert moved["autoencoder"] == {"encoder", "decoder"}
    assert moved["embedding"] == {"sequence"}
    assert moved["sound"] == {"sequence", "decoder"}


def test_the_losses_are_their_definitions():
    params = sing.init(jax.random.key(0), SMALL)
    told = batch("sound")["sound"]
    x = told["x"]
    z = sing.encode(params, x, SMALL)
    wanted = {name: told[name] for name in TOLD}
    said = sing.sequence(params, SMALL, **wanted)
    assert said.shape == z.shape == (2, SMALL.n_frames, 4)
    through = sing.decode(params, z, SMALL)
    made = sing.apply(params, SMALL, **wanted)
    np.testing.assert_allclose(made, sing.decode(params, said, SMALL), atol=1e-6)
    expected = {
        "autoencoder": sing.spectral_distance(through, x, SMALL),
        "embedding": np.mean((said - z) ** 2),
        "sound": sing.spectral_distance(made, x, SMALL),
    }
    for stage, value in expected.items():
        found = sing.loss(params, config=SMALL, **batch(stage))
        np.testing.assert_allclose(found, value, rtol=1e-5)


def test_stages_follow_each_other():
    names = [recipe.stage(step, 100) for step in range(100)]
    assert [name for n, name in enumerate(names) if name not in names[:n]] == [*STAGES]
    for name, share in recipe.STAGES:
        assert names.count(name) == round(100 * share)


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Three of the ten instruments, around pitches that were never heard of them."""
    folder = tmp_path_factory.mktemp("notes")
    arguments = ["--sound-font", str(general_midi()), "--velocities", "100"]
    arguments += ["--held-out", "0", "0", "--pitches", "48", "72", "1"]
    assert render_notes([str(folder), *arguments, "--programs", "16"]) == 0
    found = recipe.load([folder], Config.tiny())
    return found


def test_notes_as_the_model_is_told_of_them(notes):
    assert notes.x.shape == (25, 4096) and notes.sample_rate == 4000
    assert (notes.instrument == recipe.NAMES.index("organ")).all()
    assert (notes.velocity == 0).all()
    np.testing.assert_allclose(np.abs(notes.x).max(axis=-1), 1.0)
    known, wanted = recipe.parts(notes)
    np.testing.assert_array_equal(wanted.pitch, [54, 64])
    assert len(known.x) == 23
    rows = recipe.batch(known, 0, 99, n_steps=100, batch_size=4)["sound"]
    assert rows["x"].shape == (4, 4096) and set(rows["pitch"]) <= set(known.pitch)
    part = recipe.batch(known, 0, 99, n_steps=100, batch_size=4, part=slice(2, 4))
    np.testing.assert_array_equal(part["sound"]["pitch"], rows["pitch"][2:])
