"""The codec's discriminators: published sizes, what they see, and the game."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from neural import adversarial
from neural.layers import count_parameters
from neural.notes import codec
from neural.notes import codec_discriminators as judges
from neural.notes.codec_discriminators import ByPeriod, Sizes, in_bands

FEW = Sizes(periods=(2, 3), period_channels=(4, 6), windows=(64,), band_channels=2)
CODEC = codec.Config(
    sample_rate=8000,
    rates=(8,),
    encoder_channels=4,
    decoder_channels=8,
    dilations=(1,),
    n_codebooks=2,
    codebook_size=8,
    codebook_width=4,
    windows=(64,),
)


def sounds(n_samples=128):
    rng = np.random.default_rng(0)
    return rng.uniform(-1, 1, (2, 2, n_samples)).astype(np.float32)


@functools.cache
def params():
    return judges.init(jax.random.key(0), FEW)


@jax.jit
def heard(params, x, y):
    """What is seen in x and in y, and both losses: compiled together."""
    losses = [f(params, x, y, FEW) for f in (judges.critic_loss, judges.generator_loss)]
    return *(judges.seen(params, each, FEW) for each in (x, y)), *losses


def test_parameters_of_the_published_ones():
    # by period: a length and a bias for each output besides the kernel
    widths = (1, 32, 128, 512, 1024, 1024)
    by_period = sum(5 * a * b + 2 * b for a, b in zip(widths, widths[1:], strict=False))
    by_period += 3 * 1024 + 2
    band = (2 * 27 + 2) * 32 + 3 * (32 * 27 + 2) * 32 + (32 * 9 + 2) * 32
    by_band = 5 * band + 32 * 9 + 2
    wanted = 5 * by_period + 3 * by_band
    assert wanted == 42_519_760
    assert count_parameters(judges.init, Sizes.paper()) == wanted


def test_shapes_at_the_size_of_the_paper():
    sizes = Sizes.paper()
    x = jax.ShapeDtypeStruct((2, 8192), jnp.float32)
    weights = jax.eval_shape(lambda: judges.init(jax.random.key(0), sizes))
    found = jax.eval_shape(functools.partial(judges.seen, sizes=sizes), weights, x)
    assert [len(layers) for layers in found] == 5 * [6] + 3 * [26]
    assert found[0][0].shape == (2, 1366, 2, 32)  # 8194 samples in pairs, every third
    assert found[5][-1].shape[1] == 8192 // 512


def test_a_step_of_the_published_widths():
    # one of each kind: none knows of the others, and none of the codec's size
    sizes = dataclasses.replace(Sizes.paper(), periods=(11,), windows=(2048,))
    rules = (optax.adamw(1e-4), optax.adamw(1e-4))

    def start():
        keys = jax.random.split(jax.random.key(0))
        first, second = codec.init(keys[0], CODEC), judges.init(keys[1], sizes)
        return adversarial.init_state(first, second, rules)

    batch = {
        "x": jax.ShapeDtypeStruct((2, 8192), jnp.float32),
        "n_used": jax.ShapeDtypeStruct((2,), jnp.int32),
    }
    step = functools.partial(
        judges.train_step, config=CODEC, sizes=sizes, optimizers=rules
    )
    state = jax.eval_shape(start)
    after, metrics = jax.eval_shape(step, state, batch)
    assert metrics["loss"].shape == metrics["critic_loss"].shape == ()
    assert jax.tree.structure(after) == jax.tree.structure(state)


def test_samples_a_period_apart_are_heard_together_and_no_others():
    net = ByPeriod(3, (4, 6))
    x = jnp.asarray(sounds()[0][:1, :98])
    weights = net.init(jax.random.key(0), x)
    jacobian = jax.jit(jax.jacrev(lambda x: net.apply(weights, x)[-1][0, :, 1, 0]))(x)
    heard = np.any(np.asarray(jacobian)[:, 0] != 0, axis=0)
    assert heard[1::3].all() and not heard[0::3].any() and not heard[2::3].any()


def test_bands_are_those_of_the_spectrum_of_centred_frames():
    x = sounds()[0]
    bands = in_bands(jnp.asarray(x), 64)
    assert [band.shape[2] for band in bands] == [3, 5, 8, 8, 9]
    both = np.concatenate(bands, axis=2)
    frame = np.pad(x, [(0, 0), (24, 24)], mode="reflect")[:, 48:112]  # the fourth
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(64) / 64)
    wanted = np.fft.rfft(frame * window)
    assert both.shape == (2, 8, 33, 2)
    np.testing.assert_allclose(both[:, 3, :, 0], wanted.real, atol=1e-4)
    np.testing.assert_allclose(both[:, 3, :, 1], wanted.imag, atol=1e-4)


def test_loudness_and_offset_are_not_judged():
    x = sounds()[0]
    one, other, *_ = heard(params(), x, 0.1 * x + 0.3)
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_losses_are_those_of_the_game():
    x, y = sounds()
    real, fake, critic, generator = heard(params(), x, y)
    wanted = sum(
        np.mean((np.asarray(a[-1]) - 1) ** 2) + np.mean(np.asarray(b[-1]) ** 2)
        for a, b in zip(real, fake, strict=True)
    )
    np.testing.assert_allclose(critic, wanted, rtol=1e-5)
    wanted = sum(np.mean((np.asarray(b[-1]) - 1) ** 2) for b in fake)
    for a, b in zip(real, fake, strict=True):
        pairs = list(zip(a, b, strict=True))[:-1]
        wanted += 2 * sum(np.mean(np.abs(np.asarray(p - q))) for p, q in pairs)
    np.testing.assert_allclose(generator, wanted, rtol=1e-5)


@pytest.fixture(scope="module")
def played():
    """Thirty steps of a small game: metrics of the first and the last, and states."""
    rules = (optax.adam(1e-3), optax.adam(3e-3))
    first = codec.init(jax.random.key(0), CODEC)
    before = adversarial.init_state(first, params(), rules)
    batch = {"x": sounds()[0], "n_used": np.array([2, 1])}
    step = functools.partial(
        judges.train_step, config=CODEC, sizes=FEW, optimizers=rules
    )
    state, history = before, []
    for _ in range(30):
        state, metrics = step(state, batch)
        history.append(metrics)
    return before, state, history


def test_discriminators_learn_to_tell_and_the_codec_learns_too(played):
    before, after, history = played
    assert history[-1]["critic_loss"] < 0.8 * history[0]["critic_loss"]
    for part in ("generator", "discriminator"):
        pairs = zip(
            jax.tree.leaves(before[part]["params"]),
            jax.tree.leaves(after[part]["params"]),
            strict=True,
        )
        moved = [np.any(np.asarray(a) != np.asarray(b)) for a, b in pairs]
        assert np.mean(moved) > 0.9  # a row of a codebook that nobody uses stays


def test_spectra_have_no_phases_to_be_judged():
    with pytest.raises(ValueError, match="must code waves"):
        judges.train_step(
            {}, {}, config=codec.Config.tiny(), sizes=FEW, optimizers=(None, None)
        )
