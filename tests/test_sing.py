"""SING: lengths, windows, the distance, three stages of learning, and its figure."""

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
from dsplab.convert import midi_to_hz
from neural import optimization
from neural.data import note_set
from neural.layers import n_parameters
from neural.notes import sing
from neural.notes.sing import Config
from neural.recipes import sing as recipe
from neural.recipes.told_notes import cents_off

SMALL = dataclasses.replace(
    Config.tiny(),
    n_samples=256,
    n_pitches=5,
    n_instruments=3,
    lstm_sizes=(6,),
    n_code=4,
    kernel_size=32,
    hop_length=8,
    n_context=3,
    n_channels=8,
    n_fft=64,
    of_samples=False,
)
TOLD = {name: np.array([0, 0]) for name in ("instrument", "pitch", "velocity")}
STAGES = ("autoencoder", "embedding", "sound")


# as one: op by op, JAX would compile every one of them
encode, decode = (
    jax.jit(functools.partial(f, config=SMALL)) for f in (sing.encode, sing.decode)
)
sequence = jax.jit(lambda params, told: sing.sequence(params, SMALL, **told))


@jax.jit
def slope(params, towards, batch):
    """How the loss changes when the parameters move in a direction."""
    return jax.jvp(lambda p: sing.loss(p, config=SMALL, **batch), (params,), (towards,))


loss = jax.jit(sing.loss, static_argnames="config")
distance = jax.jit(sing.spectral_distance, static_argnames="config")


@pytest.fixture(scope="module")
def params():
    """As `init` makes them, quicker: normal numbers, and no biases."""
    rng = np.random.default_rng(0)

    def drawn(path, leaf):
        size = 0.0 if "bias" in path[-1].key else 0.4
        return (size * rng.standard_normal(leaf.shape)).astype(leaf.dtype)

    return jax.tree_util.tree_map_with_path(drawn, params_of(SMALL))


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
    assert 2 * n_parameters(tiny) < 1_000_000  # bytes


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


def test_the_decoder_overlaps_windowed_frames(params):
    # one bias everywhere, nothing else: then every frame is the last layer's kernel
    # times what its input makes of a constant
    z = jnp.ones((2, SMALL.n_frames, SMALL.n_code))
    y = np.asarray(decode(params, z))
    assert y.shape == (2, SMALL.n_samples)
    period = y[0].reshape(-1, SMALL.hop_length)  # the same frame again and again
    np.testing.assert_allclose(period, period[:1].repeat(len(period), 0), atol=1e-5)
    assert np.abs(y).max() > 1e-3


def test_the_encoder_and_the_decoder_keep_the_time(params):
    # a change of one sample moves the frames that hold it, and these nearby samples
    x = np.repeat(batch("autoencoder")["autoencoder"]["x"][:1], 2, axis=0)
    x[1, 128] += 1.0
    moved = np.abs(np.diff(encode(params, x), axis=0)).max(axis=(0, 2)) > 0
    ends = SMALL.strip + SMALL.margin
    starts = 8 * np.arange(SMALL.n_frames) - ends
    inside = (starts < 128) & (starts + 32 > 128 + 1)  # its window begins with 0
    np.testing.assert_array_equal(moved, inside)
    z = np.zeros((2, SMALL.n_frames, SMALL.n_code), np.float32)
    middle = SMALL.n_frames // 2
    z[1, middle] = 1.0
    heard = np.flatnonzero(np.abs(np.diff(decode(params, z), axis=0))[0] > 1e-7)
    at = 8 * middle - ends  # where that frame's window begins
    assert at - 8 <= heard.min() and heard.max() < at + 32 + 8
    assert heard.max() - heard.min() > 16


def test_the_lstm_is_its_equations():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 5, 3)).astype(np.float32)
    layer = sing.LSTM(4)
    params = jax.jit(layer.init)(jax.random.key(0), x)["params"]
    params = jax.tree.map(np.asarray, params)
    expected = np.zeros((2, 5, 4))
    h = c = np.zeros((2, 4))
    for t in range(5):
        a = x[:, t] @ params["kernel"] + h @ params["recurrent"]
        a = np.asarray(a + params["biases"][0] + params["biases"][1], float)
        i, f, g, o = np.split(a, 4, axis=-1)
        i, f, o = (1 / (1 + np.exp(-gate)) for gate in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = expected[:, t] = o * np.tanh(c)
    found = jax.jit(layer.apply)({"params": params}, x)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_distance():
    config = Config.tiny()
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 1, 4096)).astype(np.float32)
    assert distance(x, x, config=config) == 0.0
    np.testing.assert_allclose(distance(x, -x, config=config), 0.0, atol=1e-6)
    there, back = distance(x, y, config=config), distance(y, x, config=config)
    np.testing.assert_allclose(there, back, rtol=1e-6)
    assert there > 0.5
    # frames from the first sample on, none beyond the last: no padding
    frames = x[0, np.arange(0, 4096 - 511, 128)[:, None] + np.arange(512)]
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(512) / 512)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    found = jax.jit(functools.partial(sing.log_spectrum, config=config))(x)[0]
    np.testing.assert_allclose(found, np.log(1 + power).T, atol=2e-3)


def test_silence_stays_silence_without_biases(params):
    x = np.zeros((2, SMALL.n_samples), np.float32)  # biases begin at 0
    np.testing.assert_array_equal(decode(params, encode(params, x)), x)


def test_the_velocity_that_is_left_out():
    velocity = [25, 50, 75, 100, 127]
    np.testing.assert_array_equal(sing.velocity_index(velocity), [0, 1, 2, 4, 5])
    plain = sing.velocity_index(velocity, published=False)
    np.testing.assert_array_equal(plain, [0, 1, 2, 3, 4])
    assert sing.velocity_index(127).max() < Config.paper().n_velocities
    with pytest.raises(ValueError, match="velocity must be one of 25, 50"):
        sing.velocity_index([100, 99])


def test_each_stage_learns_from_its_error_what_it_teaches(params):
    told = batch("sound")["sound"]
    x = told["x"]
    wanted = {name: told[name] for name in TOLD}
    z, said = encode(params, x), sequence(params, wanted)
    assert said.shape == z.shape == (2, SMALL.n_frames, 4)
    through, made = decode(params, z), decode(params, said)
    expected = {
        "autoencoder": (distance(through, x, config=SMALL), {"encoder", "decoder"}),
        "embedding": (np.mean((said - z) ** 2), {"encoder", "sequence"}),
        "sound": (distance(made, x, config=SMALL), {"sequence", "decoder"}),
    }
    for stage, (value, parts) in expected.items():
        found = loss(params, config=SMALL, **batch(stage))
        np.testing.assert_allclose(found, value, rtol=1e-5)
        for name in params:
            other = params | {name: jax.tree.map(lambda p: 1.1 * p, params[name])}
            moved = loss(other, config=SMALL, **batch(stage)) != found
            assert moved == (name in parts)
    still = jax.tree.map(np.zeros_like, params)
    for name in params:  # the teacher does not learn from the pupil
        towards = still | {name: params[name]}
        assert (slope(params, towards, batch("embedding"))[1] != 0) == (
            name == "sequence"
        )


def test_an_error_of_samples_and_a_floor(params):
    told = batch("sound")["sound"]
    x = told["x"]
    of_samples = dataclasses.replace(SMALL, of_samples=True)
    found = loss(params, config=of_samples, **batch("autoencoder"))
    expected = np.mean((decode(params, encode(params, x)) - x) ** 2)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    made = decode(params, sequence(params, {name: told[name] for name in TOLD}))
    power = jax.jit(functools.partial(sing.power_spectrum, config=SMALL))
    logs = (np.log(50.0 + power(a)) for a in (made, x))
    coarse = {"sound": {**told, "floor": np.full(2, 50.0, np.float32)}}
    found = loss(params, config=SMALL, **coarse)
    np.testing.assert_allclose(found, np.abs(np.subtract(*logs)).mean(), rtol=1e-5)


def test_an_instrument_is_its_row_of_the_table(params):
    table = np.asarray(sing.timbres(params))
    assert table.shape == (SMALL.n_instruments, SMALL.instrument_size)
    told = {"pitch": np.array([1, 4]), "velocity": np.array([0, 0])}
    named = sing.apply(params, SMALL, instrument=np.array([2, 0]), **told)
    placed = {"instrument": table[np.array([2, 0])], **told}
    np.testing.assert_allclose(
        named, decode(params, sequence(params, placed)), atol=1e-5
    )


def test_stages_follow_each_other():
    names, done = zip(*(recipe.stage(step, 100) for step in range(100)), strict=True)
    assert [name for n, name in enumerate(names) if name not in names[:n]] == [*STAGES]
    for name, share in recipe.STAGES:
        assert names.count(name) == round(100 * share)
        of_it = [far for far, of in zip(done, names, strict=True) if of == name]
        np.testing.assert_allclose(of_it, np.arange(len(of_it)) / len(of_it), atol=1e-9)
    rates = [float(recipe.rate(step, 100)) for step in range(100)]
    first = names.index("sound")
    np.testing.assert_allclose(rates[:first], recipe.LEARNING_RATE)
    assert rates[first] == pytest.approx(recipe.LEARNING_RATE / 2)
    assert (np.diff(rates[first:]) < 0).all() and 0 < rates[-1] < 0.1 * rates[first]


def tones(pitch, *, seed):
    """Notes of harmonics that begin anywhere in their periods."""
    config = Config.tiny()
    k, t = np.arange(1, 6)[:, None], np.arange(config.n_samples) / config.sample_rate
    begin = np.random.default_rng(seed).random((len(pitch), 5, 1))
    f0 = midi_to_hz(np.asarray(pitch, float))[:, None, None]
    x = (np.sin(2 * np.pi * (f0 * k * t + begin)) / k).sum(axis=1)
    same = np.zeros(len(pitch), np.int32)
    columns = (same, np.array(pitch, np.int32), same, same, same, same.astype(str))
    return note_set.NoteSet(0.4 * x.astype(np.float32), *columns, config.sample_rate)


def test_aligned_notes_begin_alike_and_sound_as_before():
    one, other = tones([50, 60, 71], seed=0), tones([50, 60, 71], seed=1)
    assert np.abs(one.x - other.x).std() > 0.2
    x, y = (recipe.aligned(notes, Config.tiny()).x for notes in (one, other))
    middle = slice(512, -512)  # of a frame there, nothing lies beyond the ends
    np.testing.assert_allclose(x[:, middle], y[:, middle], atol=0.02)
    far, silence = (
        distance(a[:, middle], one.x[:, middle], config=Config.tiny())
        for a in (x, 0.0 * x)
    )
    assert far < 0.1 * silence


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
    config = Config.tiny()
    options = {"config": config, "n_steps": 100, "batch_size": 4}
    pair = known, known._replace(x=-known.x)
    rows = recipe.batch(pair, 0, 99, **options)["sound"]
    assert rows["x"].shape == (4, 4096) and set(rows["pitch"]) <= set(known.pitch)
    part = recipe.batch(pair, 0, 99, part=slice(2, 4), **options)["sound"]
    np.testing.assert_array_equal(part["pitch"], rows["pitch"][2:])
    # at first the aligned ones, and a floor that falls to the config's
    mirrored = recipe.batch(pair, 0, 0, **options)["autoencoder"]["x"]
    assert any(np.array_equal(mirrored[0], -x) for x in known.x)
    batches = (recipe.batch(pair, 0, step, **options) for step in (40, 60, 95))
    first, later, last = (rows["sound"]["floor"][0] for rows in batches)
    assert recipe.FLOOR == pytest.approx(first)
    assert config.floor < later < first and last == config.floor


def test_the_shipped_model_reaches_its_figure(notes):
    params, config = neural.pretrained("sing")
    assert config == Config.tiny()
    known, wanted = recipe.parts(notes)
    found = recipe.distance(params, config, wanted)
    assert found < recipe.ORGAN_DISTANCE + 0.005
    silence = distance(wanted.x, 0.0 * wanted.x, config=config)
    assert found < silence - 0.03
    assert recipe.distance(params, config, known) < silence - 0.05
    x = recipe.generate(params, config, duration=0.5, pitch=60, instrument="organ")
    assert x.shape == (2000,) and np.abs(x).max() > 0.05
    player = recipe.instrument(params, config)
    told = np.array([60, 54]), np.array([100, 100])
    latent = np.stack([player.latent("organ")] * 2)
    played = player.notes(*told, latent)
    np.testing.assert_allclose(played[0, :2000], x, atol=1e-5)
    assert (cents_off(played, told[0], 4000) < 20.0).all()
    with pytest.raises(ValueError, match="pitch must be a whole number from 48 to 72"):
        recipe.generate(params, config, duration=0.5, pitch=60.5)
    with pytest.raises(ValueError, match="instrument must be one of 'piano'"):
        recipe.generate(params, config, duration=0.5, instrument="kazoo")
    with pytest.raises(ValueError, match="sounds must be one of 'piano'"):
        player.latent("kazoo")
