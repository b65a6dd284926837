"""NSynth's spectral autoencoder: its pictures, its shapes, what its code leaves out."""

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
from dsplab.spectral import stft
from neural import optimization
from neural.data import note_set
from neural.instruments import record
from neural.latents import straight
from neural.layers import count_parameters, n_parameters
from neural.notes import nsynth_spectral as model
from neural.notes.nsynth_spectral import Config
from neural.recipes import nsynth_spectral as recipe

SMALL = dataclasses.replace(
    Config.tiny(),
    n_samples=1024,
    n_fft=128,
    hop_length=64,
    n_frames=16,
    n_folded=16,
    encoder_channels=(8, 8),
    encoder_kernels=(5, 4),
    decoder_channels=(8, 8),
    decoder_kernels=(3, 3),
    n_hidden=16,
    n_first=64,
    n_code=6,
    n_pitch=4,
)
# 2-D, normalised, transposed, as published, and small
FLAT = dataclasses.replace(SMALL, n_folded=1, normalised=True, transposed=True)


def tones(config, frequency, n=1):
    t = np.arange(config.n_samples) / config.sample_rate
    x = 0.3 * np.sin(2 * np.pi * np.asarray(frequency)[:, None] * t)
    return np.tile(x, (n, 1)).astype(np.float32)


def abstract(config, batch=1):
    params = jax.eval_shape(lambda: model.init(jax.random.key(0), config))
    rows = jax.ShapeDtypeStruct((batch, config.n_rows, config.n_frames), jnp.float32)
    pitch = jax.ShapeDtypeStruct((batch,), jnp.int32)
    return params, rows, pitch


def test_the_published_network_has_its_number_of_parameters():
    # kernels without biases, one shift for each normalised channel
    encoder = 16_196_288
    decoder = 20_565_377
    params, _, _ = abstract(Config.paper())
    assert n_parameters(params["encoder"]) == encoder
    assert n_parameters(params["decoder"]) == decoder
    assert n_parameters(params) == 36_761_665
    assert count_parameters(model.init, Config.tiny()) < 250_000  # a checkpoint of 1 MB


def layers(module, params, *inputs):
    """Shapes that leave each activation of a network, in order."""

    def through(params, *inputs):
        return module.apply(
            {"params": params},
            *inputs,
            capture_intermediates=lambda m, _: isinstance(m, model.Activated),
            mutable=["intermediates"],
        )

    out, seen = jax.eval_shape(through, params, *inputs)
    names = sorted(seen["intermediates"], key=lambda name: int(name.split("_")[1]))
    found = [seen["intermediates"][name]["__call__"][0].shape[1:] for name in names]
    return out.shape, found


def test_the_published_shapes():
    config = Config.paper()
    params, picture, pitch = abstract(config)
    out, seen = layers(model.Encoder(config), params["encoder"], picture)
    sides = [(256, 128), (128, 64), (64, 32), (32, 16), (16, 8), (8, 4), (4, 2), (2, 1)]
    channels = [128, 128, 128, 256, 256, 256, 512, 512]
    down = [(*side, c) for side, c in zip(sides, channels, strict=True)]
    assert seen == [*down, (1, 1, 512), (1024,)]
    assert out == (1, 1984)
    z = jax.ShapeDtypeStruct((1, 1984), jnp.float32)
    out, seen = layers(model.Decoder(config), params["decoder"], z, pitch)
    channels = [512, 512, 256, 256, 256, 128, 128, 128]
    up = [(2 * n, 2 * n if n < 256 else 256) for n in (1, 2, 4, 8, 16, 32, 64, 128)]
    up = [(*side, c) for side, c in zip(up, channels, strict=True)]
    assert seen == [(1024,), *up, (512, 256, 128)]
    assert out == (1, 512, 256)


@pytest.mark.parametrize("which", ["paper", "tiny"])
def test_a_step_of_training_keeps_every_shape(which):
    config, rule = getattr(Config, which)(), optax.adam(1e-4, b1=0.5)
    params, picture, pitch = abstract(config, batch=8)
    state = jax.eval_shape(lambda p: optimization.init_state(p, rule), params)
    step = functools.partial(model.train_step, config=config, optimizer=rule)
    batch = {"picture": picture, "pitch": pitch, "target": picture}
    after, metrics = jax.eval_shape(step, state, batch)
    assert jax.tree.map(jnp.shape, after) == jax.tree.map(jnp.shape, state)
    assert metrics["loss"].shape == ()


def test_the_mask():
    weights = model.mask(Config.paper())[:, 0]  # bins of 15.6 Hz, 4 kHz is number 256
    assert weights.shape == (512,)
    assert weights[0] == 10.0 and weights[255] == 1.0 and (weights[256:] == 1.0).all()
    np.testing.assert_allclose(np.diff(weights[:256]), -9.0 / 255.0, rtol=1e-4)
    assert (model.mask(Config.tiny()) == 1.0).all()


def test_a_picture_is_decibels_under_the_loudest_point():
    config = SMALL
    x = tones(config, [1000.0, 2000.0])
    seen = model.picture(x, config)
    assert seen.shape == (2, 64, 16) and seen.dtype == np.float32
    np.testing.assert_array_equal(seen.max(axis=(1, 2)), 1.0)
    np.testing.assert_allclose(model.picture(0.25 * x, config), seen, atol=1e-5)
    power = np.abs(stft(x, n_fft=128, hop_length=64)[:, :64, :16]) ** 2
    decibels = 10 * np.log10(power / power.max(axis=(1, 2), keepdims=True) + 1e-20)
    near = decibels > -100
    np.testing.assert_allclose(120 * (seen - 1)[near], decibels[near], atol=1e-3)
    assert seen.min() >= 0.0
    np.testing.assert_array_equal(model.picture(0 * x, config), 0.0)
    half = model.picture(x[:, :512], config)  # black beyond the sound
    np.testing.assert_array_equal(half[..., 9:], 0.0)
    np.testing.assert_allclose(half[..., :7], seen[..., :7], atol=1e-3)


def test_pictures_in_both_libraries():
    x = tones(SMALL, [440.0])
    found = jax.jit(model.picture, static_argnames="config")(jnp.asarray(x), SMALL)
    assert isinstance(found, jax.Array)
    # -100 dB of a float32 sound is rounding
    np.testing.assert_allclose(found, model.picture(x, SMALL), atol=2e-2)


def test_a_picture_sounds_as_it_looks():
    config = Config.tiny()
    x = tones(config, [440.0, 523.0]) + 0.5 * tones(config, [880.0, 1046.0])
    seen = model.picture(x, config)
    worse = None
    for n_iterations in (1, 10, 60):  # each nearer to the picture
        y = model.sound(seen, config, n_iterations=n_iterations)
        heard = model.picture(y, config)
        loud = seen[:, :, 1:-2] > 0.5  # 60 dB; the sound ends within the last frames
        off = 120 * np.abs(heard - seen)[:, :, 1:-2][loud].mean()
        assert worse is None or off <= worse
        worse = off
    assert y.shape == x.shape and off < 1.0  # decibels
    np.testing.assert_allclose(np.abs(y).max(axis=-1), 1.0, rtol=1e-6)
    assert (model.sound(np.zeros((1, 256, 32)), config) == 0.0).all()


def test_upsampling_is_a_permutation():
    x = jnp.arange(2 * 3 * 2 * 8.0).reshape(2, 3, 2, 8)
    y = model.upsampled(x, (2, 2))
    assert y.shape == (2, 6, 4, 2)
    for s in range(2):
        for t in range(2):
            part = x.reshape(2, 3, 2, 2, 2, 2)[:, :, :, s, t]
            np.testing.assert_array_equal(y[:, s::2, t::2], part)


@pytest.mark.parametrize("config", [SMALL, FLAT], ids=["tiny", "paper"])
def test_it_learns_a_batch_by_heart(config):
    x = tones(config, [500.0, 1000.0, 1500.0, 2500.0])
    batch = {"picture": model.picture(x, config), "pitch": np.array([60, 61, 62, 63])}
    rule = optax.adam(1e-2, b1=0.5)
    state = optimization.init_state(model.init(jax.random.key(0), config), rule)
    step = functools.partial(model.train_step, config=config, optimizer=rule)
    compiled = model.train_step._cache_size()
    state, first = step(state, batch)
    for _ in range(120):
        state, metrics = step(state, batch)
    assert model.train_step._cache_size() == compiled + 1
    assert metrics["loss"] < 0.1 * first["loss"]


def test_the_loss_is_its_equation_and_another_pitch_is_another_target():
    config = dataclasses.replace(SMALL, low_weight=10.0, weighted_to=2000.0)
    params = model.init(jax.random.key(0), config)
    seen = model.picture(tones(config, [500.0, 900.0]), config)
    pitch = np.array([60, 65])
    z = model.encode(params, seen, config)
    painted = np.asarray(model.decode(params, z, pitch, config=config))
    assert painted.shape == seen.shape and 0 < painted.min() and painted.max() < 1
    weights = np.concatenate([np.linspace(10, 1, 32), np.ones(32)])[:, None]
    for target in (seen, seen[::-1]):
        expected = (weights * (painted - target) ** 2).mean()
        found = model.loss(
            params, picture=seen, pitch=pitch, target=target, config=config
        )
        np.testing.assert_allclose(found, expected, rtol=1e-5)
    alone = model.loss(params, picture=seen, pitch=pitch, config=config)
    np.testing.assert_allclose(alone, (weights * (painted - seen) ** 2).mean(), 1e-5)
    higher = model.decode(params, z, pitch + 2, config=config)
    assert np.abs(higher - painted).max() > 1e-3


def test_the_centroid_of_a_picture():
    config = SMALL
    seen = model.picture(tones(config, [1000.0, 2500.0]), config)
    np.testing.assert_allclose(recipe.centroid(seen, config), [1000, 2500], atol=15)


def test_two_notes_at_once_are_louder_where_both_are():
    config = SMALL
    first, second = model.picture(tones(config, [500.0, 2500.0]), config)
    nothing = np.zeros((64, 16), np.float32)
    same = recipe.coloured(first, second, 0.0, nothing, config)
    np.testing.assert_allclose(same, first, atol=1e-5)
    both = recipe.coloured(first, second, 0.5, nothing, config)
    np.testing.assert_allclose(both, np.maximum(first, second), atol=0.026)  # 3 dB
    assert both.max() == 1.0
    louder = recipe.coloured(first, second, 0.5, 0.1 + nothing, config)
    np.testing.assert_allclose(louder, both, atol=1e-5)  # level is not in a picture
    along_f, along_t = recipe.smooth(config)
    assert along_f.shape == (64, 4) and along_t.shape == (16, 4)
    np.testing.assert_array_equal(along_f[:, 0], 1.0)


# the instruments that data_scripts.render_notes puts into nsynth-test
HELD_OUT = (7, 38, 44, 56, 74, 86, 88, 93, 96, 97, 111)


@pytest.fixture(scope="module")
def held_out(tmp_path_factory):
    """A few notes of instruments that the shipped model has never heard."""
    folder = tmp_path_factory.mktemp("notes")
    arguments = ["--sound-font", str(general_midi()), "--pitches", "50", "70", "5"]
    arguments += ["--velocities", "100", "--held-out", "0", "0"]
    programs = [str(program) for program in HELD_OUT]
    assert render_notes([str(folder), *arguments, "--programs", *programs]) == 0
    return recipe.load([folder], Config.tiny())


def test_the_shipped_model_reaches_its_figures(held_out):
    params, config = neural.pretrained("nsynth-spectral")
    assert config == Config.tiny()
    assert len(held_out.picture) == 55
    assert recipe.same_error(params, config, held_out) < recipe.FEW_ERROR + 2e-4
    found = recipe.transposition(params, config, held_out)
    assert found["follows"] >= 0.8
    assert found["error"] < recipe.FEW_TRANSPOSED + 2e-4
    assert recipe.one_way(params, config, held_out) >= recipe.FEW_ONE_WAY - 0.02


def test_pairs_are_of_one_instrument(held_out):
    notes = held_out.notes
    params = {"same": 0.0, "config": Config.tiny(), "batch_size": 8}
    found = recipe.batch(held_out, 3, 0, **params)
    again = recipe.batch(held_out, 3, 0, **params)
    for name, rows in found.items():
        np.testing.assert_array_equal(rows, again[name])
    part = recipe.batch(held_out, 3, 0, **params, part=slice(4, 8))
    np.testing.assert_array_equal(part["target"], found["target"][4:])
    assert found["picture"].shape == (8, 256, 32)
    assert np.isin(found["pitch"], notes.pitch).all()
    for shift in (-5, 5):
        rows, target = recipe.transposed(held_out, shift)
        assert len(rows) == 44
        np.testing.assert_array_equal(notes.pitch[rows] + shift, notes.pitch[target])
        np.testing.assert_array_equal(notes.instrument[rows], notes.instrument[target])


def test_playing_what_the_model_understands():
    params, config = neural.pretrained("nsynth-spectral")
    play = functools.partial(recipe.generate, params, config)
    x = play(duration=0.5, instrument="oboe", pitch=67)
    assert x.shape == (4000,) and x.dtype == np.float32
    assert 0.05 < np.abs(x).max() <= 0.5
    with pytest.raises(ValueError, match="pitch must be a whole number from 48 to 72"):
        play(duration=0.5, pitch=90)
    with pytest.raises(ValueError, match="instrument must be one of .flute"):
        play(duration=0.5, instrument="kazoo")


def test_an_instrument_between_two():
    player = recipe.instrument(*neural.pretrained("nsynth-spectral"))
    ends = [player.latent(name) for name in ("flute", "organ")]
    np.testing.assert_allclose(
        player.latent("flute+organ"), straight(*ends, 0.5), atol=1e-5
    )
    options = {"sounds": ("flute", "organ"), "sample_rate": 8000}
    takes = record(player, pitch=[48, 55, 72], **options)
    assert [take.pitch for take in takes] == [48, 55, 72]
    assert all(abs(take.cents) < 20.0 and take.loop for take in takes)
    with pytest.raises(ValueError, match="instrument must be one of 'flute'"):
        record(player, sounds=["kazoo"])


def test_no_notes_no_training(tmp_path):
    with pytest.raises(ValueError, match="there are no notes in"):
        recipe.load([tmp_path / "nowhere"], Config.tiny())
    assert note_set.NUMBERS[0] == "instrument"
