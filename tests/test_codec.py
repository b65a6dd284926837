"""The neural audio codec: its convolutions, its quantizers, and that it learns."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from dsplab.spectral import stft
from neural import optimization
from neural.layers import count_parameters
from neural.notes import codec
from neural.notes.codec import Config
from neural.notes.codec_sound import (
    band_distance,
    components,
    heard,
    log_magnitude,
    log_magnitude_of,
    seen,
)
from neural.vector_quantization import (
    ResidualQuantizer,
    nearest,
    residual_k_means,
)
from neural.wave_layers import NormConv, Snake, squared_sine

SMALL = Config(
    sample_rate=8000,
    rates=(8,),
    encoder_channels=4,
    decoder_channels=12,
    dilations=(1,),
    n_codebooks=3,
    codebook_size=16,
    codebook_width=4,
    windows=(64,),
)
SPECTRAL = dataclasses.replace(
    SMALL,
    n_fft=64,
    together=2,
    rates=(1,),
    taps=3,
    codebook_width=8,
    normalized=False,
)


NET = ResidualQuantizer(3, 16, 4, SMALL.n_latent)


@functools.cache
def random_params():
    """Parameters with nothing left at zero."""
    params = codec.init(jax.random.key(0), SMALL)
    rng = np.random.default_rng(1)
    return jax.tree.map(
        lambda a: a + 0.3 * rng.standard_normal(a.shape).astype(np.float32), params
    )


def sound(batch=2, n_samples=64):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (batch, n_samples)).astype(np.float32)


@jax.jit
def _quantized(params, z, n_used):
    return NET.apply({"params": params["quantizer"]}, z, n_used)


@jax.jit
def _looked_up(params, codes):
    return NET.apply({"params": params["quantizer"]}, codes, method="look_up")


def quantized(z, n_used=(3, 3, 3, 3)):
    return _quantized(random_params(), z, jnp.asarray(n_used))


def looked_up(codes):
    return _looked_up(random_params(), codes)


def tones(n_samples):
    t = np.arange(n_samples) / 8000
    frequencies = np.array([[440.0], [1250.0]])
    return 0.5 * np.sin(2 * np.pi * frequencies * t).astype(np.float32)


@functools.cache
def latent():
    rng = np.random.default_rng(3)
    return jnp.asarray(rng.standard_normal((4, 6, SMALL.n_latent)), jnp.float32)


@pytest.mark.parametrize(
    ("rates", "n_codebooks", "expected"),
    [
        ((2, 4, 8, 8), 9, 76_651_890),  # 44.1 kHz
        ((2, 4, 5, 8), 12, 74_175_906),  # 16 kHz
        ((2, 4, 5, 8), 32, 74_708_706),  # 24 kHz
    ],
)
def test_sizes_of_the_published_models(rates, n_codebooks, expected):
    config = Config(rates=rates, n_codebooks=n_codebooks)
    assert count_parameters(codec.init, config) == expected


def test_shapes_at_the_size_of_the_paper():
    paper = Config.paper()
    assert (paper.hop_length, paper.n_latent) == (512, 1024)
    assert abs(paper.bit_rate - 7752) < 1
    params = jax.eval_shape(lambda: codec.init(jax.random.key(0), paper))
    x = jax.ShapeDtypeStruct((2, 44100), jnp.float32)
    codes = jax.eval_shape(lambda p, x: codec.encode(p, x, paper), params, x)
    assert codes.shape == (2, 9, 87)
    y = jax.eval_shape(lambda p, c: codec.decode(p, c, paper), params, codes)
    assert y.shape == (2, 87 * 512)


def normalised(params, axes):
    v, g = params["kernel"], params["scale"]
    return g * v / np.sqrt(np.sum(np.asarray(v) ** 2, axis=axes, keepdims=True))


@pytest.mark.parametrize("s", [2, 4, 5, 8])
def test_strided_and_transposed_convolutions_are_those_of_the_library(s):
    rng = np.random.default_rng(s)
    x = jnp.asarray(rng.standard_normal((2, 8 * s, 3)), jnp.float32)
    around = -(-s // 2)
    net = NormConv(5, stride=s)
    params = net.init(jax.random.key(s), x)["params"]
    params["scale"] = params["scale"] * 1.7
    kernel = normalised(params, (0, 1))
    wanted = jax.lax.conv_general_dilated(
        x, kernel, (s,), [(around, 2 * s)], dimension_numbers=("NTC", "TIO", "NTC")
    )[:, :8]
    np.testing.assert_allclose(net.apply({"params": params}, x), wanted, atol=1e-5)

    net = NormConv(5, transposed=s)
    params = net.init(jax.random.key(s), x)["params"]
    params["scale"] = params["scale"] * 0.6
    assert params["scale"].shape == (1, 3, 1)  # a length for each input
    kernel = normalised(params, (0, 2))
    wanted = np.zeros((2, 9 * s * s, 5), np.float32)
    for n in range(x.shape[1]):  # as it is defined: every input adds its 2 s samples
        wanted[:, n * s : (n + 2) * s] += np.einsum("bi,tio->bto", x[:, n], kernel)
    wanted = wanted[:, around : around + x.shape[1] * s]
    np.testing.assert_allclose(net.apply({"params": params}, x), wanted, atol=1e-5)


def test_snake_is_a_line_at_its_origin():
    net = Snake()
    params = net.init(jax.random.key(0), jnp.zeros((1, 2)))
    snake = functools.partial(net.apply, params)
    assert not np.any(snake(jnp.zeros((1, 2))))
    slope = jax.grad(lambda x: snake(x * jnp.ones((1, 2))).sum())(0.0)
    assert slope == 2.0
    x = jnp.array([[0.3, -2.0]])
    np.testing.assert_allclose(snake(x), x + np.sin(x) ** 2, atol=1e-6)


def test_the_sine_of_snake_is_one_and_so_is_its_slope():
    x = jnp.linspace(-20, 20, 4001)
    np.testing.assert_allclose(squared_sine(x), np.sin(x) ** 2, atol=3e-6)
    slope = jax.jit(jax.vmap(jax.grad(squared_sine)))(x)
    np.testing.assert_allclose(slope, np.sin(2 * x), atol=1e-5)


def test_codes_say_what_the_decoder_hears():
    y, codes, _, _ = quantized(latent())
    np.testing.assert_allclose(y, looked_up(codes), atol=1e-4)
    assert codes.shape == (4, 3, 6) and codes.min() >= 0 and codes.max() < 16
    fewer = quantized(latent(), jnp.array([1, 1, 2, 3]))[0]
    for n in (1, 2):
        part = looked_up(codes[:, :n])
        rows = [k for k, used in enumerate((1, 1, 2, 3)) if used == n]
        rows = np.array(rows)
        np.testing.assert_allclose(fewer[rows], part[rows], atol=1e-4)


def test_the_nearest_direction_is_chosen_and_its_row_handed_on():
    params = random_params()["quantizer"]["quantizers_0"]
    book = np.asarray(params["codebook"])
    directions = book / np.linalg.norm(book, axis=1, keepdims=True)
    down = normalised(params["down"], (0, 1))[0]
    e = np.asarray(latent()) @ down + params["down"]["bias"]
    e_unit = e / np.linalg.norm(e, axis=-1, keepdims=True)
    distances = np.sum((e_unit[..., None, :] - directions) ** 2, axis=-1)
    codes = quantized(latent())[1][:, 0]
    np.testing.assert_array_equal(codes, distances.argmin(axis=-1))
    assert np.abs(np.linalg.norm(book, axis=1) - 1).min() > 0.01  # rows are not unit


def test_the_nearest_row_is_chosen_where_lengths_count():
    rng = np.random.default_rng(4)
    book = rng.standard_normal((16, 4)).astype(np.float32)
    e = rng.standard_normal((2, 5, 4)).astype(np.float32)
    wanted = np.sum((e[..., None, :] - book) ** 2, axis=-1).argmin(axis=-1)
    found = nearest(jnp.asarray(e), jnp.asarray(book), normalized=False)
    np.testing.assert_array_equal(found, wanted)
    for normalized in (False, True):  # a row is its own nearest
        own = nearest(jnp.asarray(book), jnp.asarray(book), normalized=normalized)
        np.testing.assert_array_equal(own, np.arange(16))


def test_codebooks_begin_with_k_means():
    rng = np.random.default_rng(0)
    middles = 10 * rng.standard_normal((6, 3)).astype(np.float32)
    points = np.repeat(middles, 40, axis=0)
    points += 0.1 * rng.standard_normal(points.shape).astype(np.float32)
    books = residual_k_means(points, 2, 12, rng)
    found = np.abs(middles[:, None] - books[0]).max(axis=2).min(axis=1)
    assert found.max() < 0.2 and books[1].shape == (12, 3)
    left = [points]
    for book in books:
        chosen = np.asarray(nearest(left[-1], book, normalized=False))
        left.append(left[-1] - book[chosen])
    sizes = [np.mean(rest**2) for rest in left]
    assert sizes[0] > 100 * sizes[1] > 150 * sizes[2]


def test_gradients_go_through_the_choice_and_not_into_the_codebook():
    def total(params, z):
        return jnp.sum(jnp.cos(_quantized(params, z, jnp.full(4, 3))[0]))

    both = jax.jit(jax.grad(total, argnums=(0, 1)))
    grads, dz = both(random_params(), latent())
    assert not np.any(grads["quantizer"]["quantizers_0"]["codebook"])
    assert np.all(np.abs(dz).max(axis=-1) > 0)

    # straight through: a codebook's q counts as e, so dy/dz is up . down
    def first(z):
        return _quantized(random_params(), z, jnp.ones(4, int))[0]

    params = random_params()["quantizer"]["quantizers_0"]
    both = normalised(params["down"], (0, 1))[0] @ normalised(params["up"], (0, 1))[0]
    pushed = jax.jvp(first, (latent(),), (jnp.ones_like(latent()),))[1]
    np.testing.assert_allclose(
        pushed, jnp.ones_like(latent()) @ both, rtol=1e-4, atol=1e-4
    )


def test_losses_pull_codebook_and_encoder_towards_each_other():
    def terms(params, z):
        return jnp.stack(_quantized(params, z, jnp.full(4, 3))[2:])

    pull, stay = terms(random_params(), latent())
    np.testing.assert_allclose(pull, stay, rtol=1e-5)  # the same number, and
    jacobian = jax.jit(jax.jacrev(terms))(random_params(), latent())
    d_book, d_stay = (jax.tree.map(lambda a, k=k: a[k], jacobian) for k in (0, 1))
    assert np.any(d_book["quantizer"]["quantizers_0"]["codebook"])
    assert not np.any(d_stay["quantizer"]["quantizers_0"]["codebook"])
    assert np.any(d_stay["quantizer"]["quantizers_0"]["down"]["kernel"])


def test_it_learns_two_tones_and_more_codebooks_say_more():
    x = tones(256)
    rule = optimization.clipped(optax.adam(6e-3))
    params = codec.init(jax.random.key(0), SMALL)
    state = optimization.init_state(params, rule)
    batch = {"x": x, "n_used": np.array([3, 3])}
    step = functools.partial(codec.train_step, config=SMALL, optimizer=rule)
    first = None
    for _ in range(150):
        state, metrics = step(state, batch)
        first = first or metrics["loss"]
    assert metrics["loss"] < 0.5 * first
    params = state["params"]
    codes = codec.encode(params, x, SMALL)
    back = [codec.decode(params, codes[:, :n], SMALL) for n in (1, 3)]
    far = [codec.mel_distance(x, y, SMALL) for y in back]
    assert far[1] < far[0]


def test_a_spectrum_is_seen_as_components_and_heard_again():
    x = tones(2048)
    config = dataclasses.replace(
        SPECTRAL, n_fft=256, encoder_channels=8, codebook_width=16
    )
    known = {"components": components(np.concatenate([x, sound(2, 2048)]), config)}
    mean, vectors = known["components"].values()
    assert mean.shape == (258,) and vectors.shape == (258, 16)  # two spectra together
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(16), atol=1e-5)
    shown = seen(known, x, config)
    assert shown.shape == (2, 16, 16)  # every 128 samples
    power = np.abs(stft(x, n_fft=256, hop_length=64)) ** 2
    logs = 0.5 * np.log(np.maximum(power, 1e-10)).swapaxes(1, 2)[:, :-1]
    np.testing.assert_allclose(log_magnitude(x, config), logs, atol=2e-3)
    back = log_magnitude_of(known, shown, config)
    assert np.mean((back - logs) ** 2) < 0.05 * np.mean((logs - logs.mean()) ** 2)
    y = np.asarray(heard(known, shown, config))
    assert y.shape == x.shape
    peaks = np.abs(np.fft.rfft(y, n=8000)).argmax(axis=1)
    np.testing.assert_allclose(peaks, [440, 1250], atol=4)
    level = np.sqrt(np.mean(y**2, axis=1) / np.mean(x**2, axis=1))
    assert np.abs(level - 1).max() < 0.2


def test_bands_are_compared_by_their_energy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3, 33)).astype(np.float32)
    wanted = 0.0
    for width in (1, 2, 4, 8, 16):
        one, other = (
            np.log(np.exp(2 * z[:, :-1]).reshape(3, -1, width).mean(axis=-1))
            for z in (a, b)
        )
        wanted += 0.5 * np.abs(one - other).mean() / 5
    np.testing.assert_allclose(band_distance(a, b), wanted, rtol=1e-5)
    assert band_distance(a, a) == 0
    np.testing.assert_allclose(band_distance(a, a + 1), 1.0, rtol=1e-5)


def test_a_codec_of_spectra_begins_near_its_notes_and_learns_on():
    x = tones(1024)
    fresh = codec.init(jax.random.key(0), SPECTRAL)
    params = codec.begun(fresh, x, SPECTRAL)
    rule = optimization.clipped(optax.adam(3e-3))
    state = optimization.init_state(params, rule)
    step = functools.partial(codec.train_step, config=SPECTRAL, optimizer=rule)
    batch, far = {"x": x, "n_used": np.full(2, 3)}, []
    for _ in range(40):
        state, metrics = step(state, batch)
        far.append(float(metrics["bands"]))
    fresh = step(optimization.init_state(fresh, rule), batch)[1]["bands"]
    assert far[0] < 0.3 * fresh and far[-1] < 0.8 * far[0]
    np.testing.assert_array_equal(  # they do not learn on
        state["params"]["components"]["vectors"], params["components"]["vectors"]
    )
    codes = codec.encode(state["params"], x, SPECTRAL)
    assert codes.shape == (2, 3, 32)
    y = codec.decode(state["params"], codes, SPECTRAL)
    assert y.shape == x.shape
    peaks = np.abs(np.fft.rfft(np.asarray(y), n=8000)).argmax(axis=1)
    np.testing.assert_allclose(peaks, [440, 1250], atol=60)


def test_any_length_and_fewer_codebooks():
    codes = codec.encode(random_params(), sound(n_samples=61), SMALL)
    assert codes.shape == (2, 3, 8)
    y = codec.decode(random_params(), codes[:, :2], SMALL)
    assert y.shape == (2, 64) and np.abs(y).max() <= 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: codec.encode(p, np.zeros(8), SMALL), "x must be signals"),
        (lambda p: Config(n_fft=64), "rates must be 1 and codebook_width at least"),
        (
            lambda p: codec.decode(p, np.zeros((1, 4, 2), int), SMALL),
            "1 to 3 codebooks",
        ),
        (lambda p: codec.decode(p, np.zeros((1, 2), int), SMALL), "codes must be"),
    ],
)
def test_mistakes_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(random_params())
